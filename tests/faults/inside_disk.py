"""What the campaign of the full disk does inside its own Linli."""

from __future__ import annotations
