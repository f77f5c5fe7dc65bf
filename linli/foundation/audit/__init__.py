"""Append-only record of who did what to what; sealed into a Merkle tree, checked without this program."""

from linli.foundation.audit.recording import Ref, drop_salts, prove, record, trail, verbs

__all__ = ["Ref", "drop_salts", "prove", "record", "trail", "verbs"]
