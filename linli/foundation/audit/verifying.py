"""`linli audit verify FILE`: the stand-alone verifier as a verb."""

from __future__ import annotations

from linli.foundation.audit.verifier import add_arguments, run

__all__ = ["add_arguments", "run"]
