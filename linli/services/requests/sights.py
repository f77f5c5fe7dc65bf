"""Photos of a request are seen by whoever sees the request; only photos are taken."""

from __future__ import annotations

from linli.foundation.files import accept

accept("requests.photo", "photo")
