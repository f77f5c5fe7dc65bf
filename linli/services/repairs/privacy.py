"""This room's part in a person's rights. The repairs themselves are the cases mechanism's to copy and to erase."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _

from linli.services.repairs.models import Payment, Quote, ReportDraft

if TYPE_CHECKING:
    from linli.foundation.people.models import Person


def copy_of(person: Person) -> dict[str, Any]:
    """The half-made report, the quotes one was asked about, and what one paid."""
    draft = ReportDraft.objects.filter(person=person).first()
    quotes = Quote.objects.filter(case__requester=person).select_related("case").order_by("pk")
    payments = Payment.objects.filter(case__requester=person).select_related("case").order_by("pk")
    return {
        "draft": draft.data if draft else None,
        "quotes": [{"case": q.case.number, "total": str(q.total), "state": q.state, "made_at": q.made_at.isoformat()}
                   for q in quotes],
        "payments": [{"case": p.case.number, "amount": str(p.amount), "how": p.how, "at": p.at.isoformat()}
                     for p in payments],
    }


def erase(person: Person) -> list[str]:
    """The half-made report goes; quotes and payments are records of money and stay with their case, without a name."""
    sentences = []
    forgotten, _rows = ReportDraft.objects.filter(person=person).delete()
    if forgotten:
        sentences.append(_("您写到一半的报修已删除。"))
    if Payment.objects.filter(case__requester=person).exists():
        sentences.append(_("付过的钱的记录随工单留到期限，里面没有您的姓名和电话。"))
    return sentences
