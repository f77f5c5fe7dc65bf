"""R11, R12: coming and going, each with its proof. A position is judged in or out here, and then forgotten."""

from __future__ import annotations

import hmac
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db.transaction import atomic
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from linli.foundation import audit
from linli.foundation.calendar.clock import now
from linli.foundation.events import emit
from linli.foundation.notices import tell
from linli.foundation.people.models import Person
from linli.foundation.people.permit import may, permit
from linli.foundation.web import Refused
from linli.services.timebank import rules
from linli.services.timebank.models import Evidence, NeedState, Service, ServiceState
from linli.services.timebank.presets import terms_on
from linli.services.timebank.sentences import refuse
from linli.services.timebank.terms import Proof

EARLY = timedelta(hours=1)
WRONG_MOST = 5
Position = tuple[float, float, float]  # lon, lat, accuracy in metres


@atomic
def check_in(person: Person, service: Service, *, code: str = "", position: Position | None = None,
             photo: int | None = None, device: str = "") -> Service:
    """The helper has come; by the helper, the recipient's tap, or staff. The rules of this local day count from now on.

    Raises `Denied`, `Refused`: not_now, too_early, wrong_code, too_many_codes.
    """
    permit(person, "timebank.attend", service)
    row = _locked(service)
    if row.state != ServiceState.ACCEPTED or row.need is None:
        refuse("not_now")
    if now() < row.need.begins - EARLY:
        refuse("too_early")
    row.in_at, row.rule_day, row.state = now(), timezone.localtime(now()).date(), ServiceState.RUNNING
    _prove(person, row, "in", code=code, position=position, photo=photo)
    _device(person, row, device)
    row.save()
    row.need.state = NeedState.RUNNING
    row.need.save(update_fields=["state"])
    audit.record(person, "timebank.check_in", row)
    emit("timebank.checked_in", service=row.pk)
    return row


@atomic
def check_out(person: Person, service: Service, *, code: str = "", position: Position | None = None,
              photo: int | None = None, travel_minutes: int = 0, device: str = "") -> Service:
    """The helper is leaving; the recipient is asked to confirm. Raises as `check_in`."""
    permit(person, "timebank.attend", service)
    row = _locked(service)
    if row.state != ServiceState.RUNNING or row.need is None:
        refuse("not_now")
    row.out_at, row.state, row.travel_minutes = now(), ServiceState.DONE, max(0, min(travel_minutes, 480))
    _prove(person, row, "out", code=code, position=position, photo=photo)
    _device(person, row, device)
    row.save()
    _ask_to_confirm(person, row)
    audit.record(person, "timebank.check_out", row)
    emit("timebank.checked_out", service=row.pk)
    return row


@atomic
def enter_times(person: Person, service: Service, *, came: datetime, went: datetime) -> Service:
    """Staff put a paper slip's times in: an elder without a phone, a volunteer without one (R23).

    Raises `Denied`, `Refused`: not_now, own_case, bad_times.
    """
    permit(person, "timebank.enter_times", service)
    row = _locked(service)
    if row.state not in (ServiceState.ACCEPTED, ServiceState.RUNNING) or row.need is None:
        refuse("not_now")
    if person.pk in (row.helper_id, row.helped_id):
        refuse("own_case")
    if not came < went <= now() + timedelta(minutes=1):
        raise Refused("bad_times", _("离开要在到达以后，而且不能晚于现在。"), field="went")
    row.in_at, row.out_at, row.rule_day = came, went, timezone.localtime(came).date()
    row.state = ServiceState.DONE
    for phase in ("in", "out"):
        _add(person, row, "paper", phase, {})
    row.save()
    _ask_to_confirm(person, row)
    audit.record(person, "timebank.enter_times", row)
    return row


def _ask_to_confirm(person: Person, row: Service) -> None:
    assert row.need is not None
    row.need.state = NeedState.DONE
    row.need.save(update_fields=["state"])
    tell(row.need.asked_by, _("%(who)s 的服务结束了，请您确认。"), values={"who": row.helper.shown_name}, about=row,
         key=f"timebank.confirm.{row.pk}", url=f"/timebank/services/{row.pk}/confirm/")


def _prove(person: Person, row: Service, phase: str, *, code: str, position: Position | None,
           photo: int | None) -> None:
    terms: Proof = terms_on(row.area, row.rule_day or timezone.localtime(now()).date()).evidence
    _add(person, row, "times", phase, {})
    relations = row.relations_to(person)
    if relations & {"@helped", "@agent"} and "@helper" not in relations:
        _add(person, row, "recipient_code", phase, {"pressed": True})
    elif "@helper" not in relations and may(person, "timebank.enter_times", row):
        _add(person, row, "staff", phase, {})
    if code:
        wanted = row.code_in if phase == "in" else row.code_out
        if row.wrong_codes >= WRONG_MOST:
            refuse("too_many_codes", field="code")
        if not hmac.compare_digest(code.strip(), wanted):
            _count_wrong(row)
        else:
            _add(person, row, "recipient_code", phase, {"typed": True})
    if position is not None and row.need is not None and row.need.spot is not None:
        lon, lat, accuracy = position
        facts = rules.fence_facts(row.need.spot, (lon, lat), accuracy, terms)
        _add(person, row, "geofence" if facts["inside"] else "outside", phase, facts)
    if photo is not None:
        _add(person, row, "photo", phase, {"file": photo})


class WrongCode(Refused):
    """Kept apart, so that the view can count the try after the transaction was rolled back."""


def _count_wrong(row: Service) -> None:
    from linli.services.timebank.sentences import SENTENCES

    raise WrongCode("wrong_code", SENTENCES["wrong_code"], field="code", service=row.pk)


def count_wrong_code(service_id: int) -> None:
    """One wrong code more; after five only staff may check in. Runs outside the refused transaction."""
    from django.db.models import F

    Service.objects.filter(pk=service_id).update(wrong_codes=F("wrong_codes") + 1)


def _add(person: Person, row: Service, kind: str, phase: str, facts: dict[str, Any]) -> None:
    at = now()
    row.chain = rules.evidence_hash(row.chain, {
        "service": row.pk, "kind": kind, "phase": phase, "at": at.astimezone(UTC).isoformat(), "by": person.pk,
        "facts": facts})
    Evidence.objects.create(
        area=row.area, service=row, kind=kind, phase=phase, at=at, by=person, facts=facts, hash=row.chain)


def chain_holds(service: Service) -> bool:
    """Is every piece of proof as it was written (R12)?"""
    before = ""
    for one in service.evidence.order_by("id"):
        before = rules.evidence_hash(before, {
            "service": service.pk, "kind": one.kind, "phase": one.phase, "at": one.at.astimezone(UTC).isoformat(),
            "by": one.by_id, "facts": one.facts})
        if before != one.hash:
            return False
    return before == service.chain


def _device(person: Person, row: Service, device: str) -> None:
    if not device:
        return
    if person.pk == row.helper_id:
        row.helper_device = device
    elif person.pk == row.helped_id:
        row.helped_device = device


def _locked(service: Service) -> Service:
    row: Service = Service.objects.select_for_update(of=("self",)).select_related(
        "area", "helper", "helped", "need__person", "need__asked_by", "need__area").get(pk=service.pk)
    return row
