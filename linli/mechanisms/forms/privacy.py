"""This room's part in a person's rights: a copy of what they filled in, and that it is forgotten in time."""

from __future__ import annotations

from typing import Any

from django.db.transaction import atomic
from django.utils.translation import gettext as _

from linli.foundation import audit
from linli.foundation.calendar.clock import now, today
from linli.foundation.files import forget_files_of
from linli.foundation.people.models import Person
from linli.foundation.privacy.erasers import eraser
from linli.mechanisms.forms import walk
from linli.mechanisms.forms.models import Sheet, SheetState


def copy_of(person: Person) -> dict[str, Any]:
    """What the person filled in, begun or handed in, by the names of the questions."""
    rows = Sheet.objects.filter(subject=person, erased_at=None).select_related("version__form").order_by("created")
    return {"sheets": [{
        "form": sheet.version.form.title, "version": sheet.version.number, "state": sheet.state,
        "saved": sheet.saved_at.isoformat(),
        "submitted": sheet.submitted_at.isoformat() if sheet.submitted_at else None, "signed": sheet.signed_name,
        "answers": [{"question": row.label, "answer": row.text}
                    for section in walk.sections(sheet.definition, sheet.values, "own", on=today())
                    for row in section.rows if row.text]} for sheet in rows]}


def erase(person: Person) -> list[str]:
    """What was only begun goes; what was handed in to a service is that service's to keep or to let go."""
    rows = list(Sheet.objects.filter(subject=person, erased_at=None))
    for sheet in rows:
        if sheet.state != SheetState.SUBMITTED or sheet.inquiry_id is not None:
            empty(sheet)
    kept = any(sheet.erased_at is None for sheet in rows)
    found = [_("您填过的表已清空。")] if rows and not kept else []
    return found + ([_("您交给办事部门的表随那件事一起保存，到期删除。")] if kept else [])


@eraser("forms.sheet")
@atomic
def erase_sheet(sheet: Sheet, purpose: str) -> str:
    """A term has ended: the answers, the files, the name. That somebody answered stays for counting."""
    if purpose == "forms.draft" and sheet.state == SheetState.SUBMITTED:
        return "kept: handed in"
    empty(sheet)
    audit.record(None, "forms.erase", sheet, purpose=purpose)
    return "anonymised"


def empty(sheet: Sheet) -> None:
    """Nothing personal is left in the row, and its files are gone."""
    forget_files_of(sheet)
    sheet.content = sheet.signed_name = ""
    sheet.subject = sheet.actor = None
    sheet.erased_at = now()
    if sheet.state == SheetState.DRAFT:
        sheet.state = SheetState.WITHDRAWN
    sheet.seen += 1
    sheet.save()
