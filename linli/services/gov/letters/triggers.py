"""The database itself refuses to change or delete a letter, a step and a decision; when the matter's term ends their
words go, and nothing else."""

from __future__ import annotations

from linli.foundation.triggers import Guard, Kept

GUARD = Guard(
    Kept("gov_letter", "a letter is never changed", may_become={"content": "''"},
         once=("application_id = NEW.application_id AND once = NEW.once", "number = NEW.number")),
    Kept("gov_handling", "a step that was done stays done", may_become={"note": "''"},
         once=("application_id = NEW.application_id AND step = NEW.step",)),
    Kept("gov_decision", "a decision is never changed", may_become={"reasons": "''"},
         once=("application_id = NEW.application_id",)))
