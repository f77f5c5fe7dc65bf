"""Sealing: entries get their place in the hash chain of each account they touch. Off the hot path, in batches."""

from __future__ import annotations

# Ids rise with time, but an older id may commit later: as long as a transaction may last, and clocks differ.
LOOK_BACK_IDS = (6 * 3600 * 1000) << 22
