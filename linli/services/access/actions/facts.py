"""Recording, proposing and confirming facts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from django.db import IntegrityError
from django.db.models import F
from django.db.transaction import atomic
from django.utils.translation import gettext as _

from linli.foundation import audit
from linli.foundation.areas.models import Area, Facility
from linli.foundation.calendar.clock import today
from linli.foundation.events import emit
from linli.foundation.files import attach
from linli.foundation.people.models import Person
from linli.foundation.people.permit import permit
from linli.foundation.web import Refused
from linli.services.access.models import Fact, FactState, Network, PathEdge
from linli.services.access.queries import facts as reads

if TYPE_CHECKING:
    from linli.foundation.files import StoredFile


@atomic
def propose_fact(person: Person, facility: Facility, *, key: str, value: str, note: str = "",
                 files: Sequence[StoredFile | int] = ()) -> Fact:
    """Say that something about a facility is so; staff look at it before it counts.

    Raises `Denied`, `Refused`: no_such_key, bad_value, already_so, already_proposed, file_gone.
    """
    permit(person, "access.propose", facility)
    fact = _propose(person, facility, key, value, note)
    attach(person, files, fact)
    return fact


def _propose(person: Person, facility: Facility, key: str, value: str, note: str) -> Fact:
    value = clean(key, value)
    known = reads.merged(facility, reads.facts_of([facility]).get(facility.pk, []))
    is_checked = Fact.objects.filter(facility=facility, key=key, state=FactState.CONFIRMED).exists()
    if known.get(key) == value and is_checked:
        raise Refused("already_so", _("这一条已经是这样记的，不用改。"), field="value")
    try:
        with atomic():
            fact: Fact = Fact.objects.create(
                area=facility.area, facility=facility, key=key, value=value, note=note.strip()[:200], recorded_by=person
            )
    except IntegrityError:
        raise Refused("already_proposed", _("您提过这一条，正在等社区核对。"), field="key") from None
    audit.record(person, "access.propose", fact, key=key)
    emit("access.fact_proposed", fact=fact.pk)
    return fact


def clean(key: str, value: str) -> str:
    """The value as it is kept. Raises `Refused`: no_such_key, bad_value."""
    entry = next((entry for entry in reads.entries_of_keys() if entry["key"] == key), None)
    if entry is None:
        raise Refused("no_such_key", _("请选要改的是哪一样。"), field="key")
    value = value.strip()
    if entry["kind"] == "choice":
        if value not in {code for code, _zh, _en in entry["choices"]}:
            raise Refused("bad_value", _("请从列出的里面选。"), field="value")
        return value
    try:
        number = float(value.replace("，", ".").replace(",", "."))
    except ValueError:
        number = float("nan")
    if not entry["low"] <= number <= entry["high"]:
        raise Refused(
            "bad_value",
            _("要填 %(low)s 到 %(high)s 之间的数字。") % {"low": entry["low"], "high": entry["high"]},
            field="value",
        )
    return f"{number:.1f}".rstrip("0").rstrip(".")


@atomic
def confirm_fact(person: Person, fact: Fact, *, answer: str = "") -> Fact:
    """Somebody of the community looked, and it is so: the fact counts from now, the earlier one is replaced.

    Raises `Denied`, `Refused`: not_waiting.
    """
    permit(person, "access.confirm", fact)
    row = _locked(fact)
    Fact.objects.filter(facility=row.facility_id, key=row.key, state=FactState.CONFIRMED).update(
        state=FactState.REPLACED
    )
    row.state, row.checked_by, row.checked_on, row.answer = FactState.CONFIRMED, person, today(), answer.strip()[:200]
    row.save(update_fields=["state", "checked_by", "checked_on", "answer"])
    if PathEdge.objects.filter(facility=row.facility_id).exists():
        touch_network(row.area)
    audit.record(person, "access.confirm", row, key=row.key)
    emit("access.fact_decided", fact=row.pk)
    return row


@atomic
def refuse_fact(person: Person, fact: Fact, *, answer: str) -> Fact:
    """It is not so; the person who proposed it is told why. Raises `Denied`, `Refused`: not_waiting, no_answer."""
    permit(person, "access.confirm", fact)
    if len(answer.strip()) < 2:
        raise Refused("no_answer", _("请写一句为什么不采用，提的人会看到。"), field="answer")
    row = _locked(fact)
    row.state, row.checked_by, row.checked_on, row.answer = FactState.REFUSED, person, today(), answer.strip()[:200]
    row.save(update_fields=["state", "checked_by", "checked_on", "answer"])
    audit.record(person, "access.refuse_fact", row, key=row.key)
    emit("access.fact_decided", fact=row.pk)
    return row


@atomic
def record_fact(person: Person, facility: Facility, *, key: str, value: str, note: str = "") -> Fact:
    """What staff measured themselves counts at once. Raises as `propose_fact` and `confirm_fact`."""
    permit(person, "access.confirm", facility)
    value = clean(key, value)
    waiting = Fact.objects.filter(facility=facility, key=key, recorded_by=person, state=FactState.PROPOSED).first()
    if waiting is not None and waiting.value != value:
        waiting.state, waiting.checked_by, waiting.checked_on = FactState.REPLACED, person, today()
        waiting.save(update_fields=["state", "checked_by", "checked_on"])
        waiting = None
    fact = waiting or Fact.objects.create(
        area=facility.area, facility=facility, key=key, value=value, note=note.strip()[:200], recorded_by=person
    )
    return confirm_fact(person, fact)


def _locked(fact: Fact) -> Fact:
    row: Fact = Fact.objects.select_for_update(of=("self",)).select_related("area", "facility").get(pk=fact.pk)
    if row.state != FactState.PROPOSED:
        raise Refused("not_waiting", _("这一条已经有人核对过了，请刷新看看。"))
    return row


def touch_network(area: Area) -> None:
    """Say to every process that its copy of the community's graph is old."""
    if not Network.objects.filter(area=area).update(version=F("version") + 1):
        Network.objects.get_or_create(area=area, defaults={"version": 1})
