"""Unfinished sheets move to a newer version only where that version says how (its `migrate` lines)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db.transaction import atomic
from django.utils.translation import gettext as _

from linli.foundation import audit
from linli.foundation.calendar.clock import today
from linli.foundation.people.models import Person
from linli.foundation.people.permit import permit
from linli.foundation.web import Refused
from linli.mechanisms.forms.definition import Definition
from linli.mechanisms.forms.models import FormVersion, Inquiry, Sheet, SheetState


def rule_from(version: FormVersion, number: int) -> Mapping[str, Any] | None:
    """How the answers of version `number` become those of `version`; None: they stay where they are."""
    return next((rule for rule in version.definition.migrate if rule["from"] == number), None)


def moved(data: Mapping[str, Any], rule: Mapping[str, Any], new: Definition) -> dict[str, Any]:
    """The answers under a rule: renamed, dropped, and of the rest what the new form asks in the same way.

    Every page counts as unsent, so that the person looks at each once more before handing in.
    """
    rename, drop = rule.get("rename") or {}, set(rule.get("drop") or ())
    values: dict[str, Any] = {}
    for name, value in data["values"].items():
        name = rename.get(name, name)
        if name in drop or name not in new.element_ids:
            continue
        if (name in new.repeated) == isinstance(value, list) or new.element(name).type in ("choices", "files", "file"):
            values[name] = value
    return {"values": values, "sources": {name: text for name, text in data["sources"].items() if name in values},
            "done": []}


@atomic
def move_running(person: Person, version: FormVersion) -> int:
    """Move every unfinished sheet of older versions that the rules of `version` name; gives how many.

    Raises `Denied`, `Refused("no_rule")`.
    """
    permit(person, "forms.publish", version.form)
    if not version.definition.migrate:
        raise Refused("no_rule", _("这一版没有写怎么从旧版搬过来（migrate），没交的表留在旧版上。"))
    count = 0
    for rule in version.definition.migrate:
        # Who answers an open inquiry from now on answers the new version.
        Inquiry.objects.filter(version__form=version.form, version__number=rule["from"], closed_at=None,
                               closes_on__gte=today()).update(version=version)
        rows = Sheet.objects.select_for_update().filter(
            version__form=version.form, version__number=rule["from"], state=SheetState.DRAFT)
        for sheet in rows.select_related("version"):
            sheet.data = moved(sheet.data, rule, version.definition)
            sheet.version = version
            sheet.seen += 1
            sheet.save(update_fields=["content", "version", "seen"])
            count += 1
    audit.record(person, "forms.move_running", version.form, version=version.number, sheets=count)
    return count
