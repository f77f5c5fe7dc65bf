"""The applications' part in a person's rights: a copy of all of it, and what goes when the term of keeping ends."""

from __future__ import annotations

from typing import Any

from django.db.transaction import atomic
from django.utils.translation import gettext as _

from linli.foundation import audit
from linli.foundation.files import forget_files_of
from linli.foundation.people.models import Person
from linli.foundation.privacy.erasers import eraser
from linli.mechanisms.forms.privacy import empty
from linli.services.gov.letters.forgetting import forget
from linli.services.gov.models import Application, Brought, Filing, Letter
from linli.services.gov.models.applications import OPEN


def copy_of_applications(person: Person) -> dict[str, Any]:
    """Everything of the person's own matters; the answers themselves are in the forms' part."""
    rows = Application.objects.filter(subject=person).select_related("version__item", "actor").order_by("created")
    return {"applications": [{
        "number": row.number, "item": row.version.item.name, "version": row.version.number, "state": row.state,
        "granted": row.granted, "channel": row.channel, "filed_by": row.actor.name if row.actor != person else "",
        "begun": row.created.isoformat(), "handed_in": row.handed_in_at.isoformat() if row.handed_in_at else None,
        "papers": [{"key": one.key, "way": one.way} for one in row.brought.all()],
        "letters": [{"number": one.number, "kind": one.kind, "made": one.made_at.isoformat(), "words": one.pages}
                    for one in Letter.objects.filter(application=row)],
    } for row in rows]}


def erase_applications(person: Person) -> list[str]:
    """Drafts go at once. What was handed in is the record of an authority: it stays for its term, then goes."""
    said = []
    drafts = 0
    for filing in Filing.objects.filter(subject=person, handed_in_at=None):
        filing.applications.all().delete()
        filing.delete()
        drafts += 1
    drafts += Application.objects.filter(subject=person, state="draft").delete()[1].get("gov.Application", 0)
    if drafts:
        said.append(_("没交的办事草稿删掉了。"))
    mine = Application.objects.filter(subject=person).exclude(state="draft")
    if mine.filter(state__in=OPEN).exists():
        said.append(_("正在办的申请还在办；不办了请先撤回。"))
    if mine.exists():
        said.append(_("交过的申请是办事部门的记录，到期限自动删除内容。"))
    return said


@eraser("gov.application")
@atomic
def erase_application(row: Application, purpose: str) -> str:
    """Its term has ended: names, answers, pictures, letters' words go; that there was a matter, and how it ended,
    stays for counting."""
    row.contact_name = row.contact_phone = ""
    row.save(update_fields=["contact_name", "contact_phone"])
    for one in Brought.objects.filter(application=row):
        forget_files_of(one)
    forget(row)
    if row.sheet is not None and row.sheet.erased_at is None:
        empty(row.sheet)
    audit.record(None, "gov.erase", row, purpose=purpose)
    return "anonymised"


@eraser("gov.filing")
@atomic
def erase_filing(row: Filing, purpose: str) -> str:
    row.contact_name = row.contact_phone = ""
    row.save(update_fields=["contact_name", "contact_phone"])
    if row.sheet is not None and row.sheet.erased_at is None:
        empty(row.sheet)
    return "anonymised"
