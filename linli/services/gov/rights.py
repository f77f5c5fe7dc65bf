"""This part's share in a person's rights: the wallet, and appointments in other houses (`privacy.py` calls it)."""

from __future__ import annotations

from typing import Any

from django.db.transaction import atomic
from django.utils.translation import gettext as _, ngettext

from linli.foundation import audit
from linli.foundation.calendar.clock import now
from linli.foundation.people.models import Person
from linli.foundation.privacy.erasers import eraser
from linli.foundation.privacy.models import Consent
from linli.services.gov.actions.wallet import PURPOSE, take_out
from linli.services.gov.models import Dispatch, OutsideBooking, Paper, Source


def copy_of_wallet(person: Person) -> dict[str, Any]:
    """The person's papers, and their appointments."""
    papers = Paper.objects.filter(owner=person, dropped_at=None).prefetch_related("uses")
    booked = OutsideBooking.objects.filter(subject=person).select_related("place__organisation")
    return {
        "papers": [
            {"name": row.name, "licence": row.licence, "number": row.number, "source": row.source,
             "valid_until": row.valid_until.isoformat() if row.valid_until else None,
             "uses": [{"kind": use.kind, "title": use.title, "at": use.at.isoformat()} for use in row.uses.all()]}
            for row in papers],
        "appointments": [
            {"service": row.service, "place": str(row.place), "starts_at": row.starts_at.isoformat(),
             "state": row.state, "number": row.their_number, "told": row.sent} for row in booked],
    }


def erase_wallet(person: Person) -> list[str]:
    """Every paper goes, but for what a matter rests on; an appointment to come is for its own house to cancel."""
    said = []
    gone = stays = 0
    for row in Paper.objects.filter(owner=person, dropped_at=None):
        if take_out(row):
            gone += 1
        else:
            stays += 1
    if gone:
        said.append(ngettext("从证照里删掉了 %(count)s 张证。",
                             "从证照里删掉了 %(count)s 张证。", gone) % {"count": gone})
    if stays:
        said.append(ngettext("有 %(count)s 张证用在交过的申请里，跟着申请留到期限，到期一起删。",
                             "有 %(count)s 张证用在交过的申请里，跟着申请留到期限，到期一起删。",
                             stays) % {"count": stays})
    rows = OutsideBooking.objects.filter(subject=person)
    if rows.filter(starts_at__gt=now(), state__in=["asking", "booked", "cancelling"]).exists():
        said.append(_("还有没到的预约：请先取消，或者打电话给对方，这里删掉不等于那边取消。"))
    for one in rows.exclude(state__in=["asking", "cancelling"]):
        _forget_booking(one)
    return said


def _forget_booking(row: OutsideBooking) -> None:
    row.sent, row.said, row.with_whom = "", "", ""
    row.save(update_fields=["sent", "said", "with_whom"])


@eraser("gov.outsidebooking")
def erase_booking(row: OutsideBooking, purpose: str) -> str:
    """What was told to the other house goes; that there was an appointment stays as a bare row."""
    _forget_booking(row)
    return "anonymised"


@eraser("gov.dispatch")
def erase_dispatch(row: Dispatch, purpose: str) -> str:
    row.body = ""
    row.save(update_fields=["body"])
    return "body deleted"


@eraser("gov.paper")
def erase_paper(row: Paper, purpose: str) -> str:
    """The matter's term has ended, and the owner had taken the paper out of the wallet before."""
    if row.dropped_at is None:
        return "in the wallet"
    row.delete()
    return "deleted"


@atomic
def on_consent_withdrawn(consent: int) -> None:
    """Listener of `privacy.consent_withdrawn`: what was kept by that consent goes; what was issued here is no such."""
    row = Consent.objects.select_related("person").filter(pk=consent).first()
    if row is None or row.purpose != PURPOSE:
        return
    if Consent.objects.filter(person=row.person, purpose=PURPOSE, withdrawn_at=None).exists():
        return  # agreed again to a newer text
    for paper in Paper.objects.filter(owner=row.person, dropped_at=None).exclude(source=Source.ISSUED):
        audit.record(None, "gov.forget_paper", paper)
        take_out(paper)
