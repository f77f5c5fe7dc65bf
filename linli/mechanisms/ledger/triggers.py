"""The database itself refuses to change or delete a transfer, an entry, a link of the chain, a seal or a finding."""

from __future__ import annotations

from linli.foundation.triggers import Guard, Kept

_WORDS = "the ledger is append-only"

GUARD = Guard(
    Kept("ledger_transfer", _WORDS, once=(
        "key = NEW.key",
        "NEW.kind = 'reverse' AND of_id = NEW.of_id AND kind = 'reverse'",
        "NEW.kind IN ('post', 'void', 'expire') AND of_id = NEW.of_id AND kind IN ('post', 'void', 'expire')")),
    Kept("ledger_entry", _WORDS),
    Kept("ledger_link", _WORDS, once=(
        "account_id = NEW.account_id AND number = NEW.number",
        "entry_id = NEW.entry_id AND account_id = NEW.account_id")),
    Kept("ledger_seal", _WORDS), Kept("ledger_reconciliation", _WORDS))
TABLES, lifted, missing = GUARD.tables, GUARD.lifted, GUARD.missing
