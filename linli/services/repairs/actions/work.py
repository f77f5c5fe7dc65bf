"""Workers' side: shifts, photos from before the work, and whose turn it is when nobody picks."""

from __future__ import annotations

from collections.abc import Sequence

from django.db.transaction import atomic
from django.utils.translation import gettext as _

from linli.foundation import audit
from linli.foundation.events import emit
from linli.foundation.people.models import Person, RoleAssignment
from linli.foundation.people.permit import permit
from linli.foundation.web import Refused
from linli.mechanisms.cases import actions as cases, engine
from linli.mechanisms.cases.models import Case
from linli.services.repairs import queries, rules
from linli.services.repairs.models import Pool


@atomic
def set_shift(person: Person, role: RoleAssignment, *, on: bool) -> RoleAssignment:
    """On or off shift: the worker's own tap, or the desk's. Off shift nobody's turn comes."""
    permit(person, "repairs.keep_pool" if role.person_id != person.pk else "repairs.own_shift", role.organisation)
    if role.role != "property_worker":
        raise Refused("no_worker", _("只有维修师傅有在班、下班。"))
    locked = RoleAssignment.objects.select_for_update().get(pk=role.pk)
    if locked.on_shift != on:
        locked.on_shift = on
        locked.save(update_fields=["on_shift"])
        audit.record(person, "repairs.set_shift", locked, on=on)
        emit("repairs.shift_changed", role=locked.pk, on=on)
    assert isinstance(locked, RoleAssignment)
    return locked


@atomic
def add_before_photos(person: Person, case: Case, files: Sequence[int]) -> Case:
    """Photos from before the work, by the worker at the spot."""
    if not files:
        raise Refused("no_photo", _("请拍一张动手前的照片。"), field="photos")
    cases.attach(person, case, [int(pk) for pk in files], when="before")
    return case


@atomic
def rotate(case: Case) -> Person | None:
    """轮训: give an offered case to the next worker in turn. None where nobody may have it now."""
    locked = engine.lock(case.pk)
    if locked.state != "offered" or locked.unit_id is None or not locked.is_open or locked.merged_into_id:
        return None
    Pool.objects.get_or_create(organisation_id=locked.unit_id)
    pool = Pool.objects.select_for_update().get(organisation=locked.unit_id)
    workers, may_now = queries.eligible(locked)
    turn = rules.next_in_turn(workers, pool.last_id, may_now)
    if turn is None:
        return None
    worker = Person.objects.get(pk=turn)
    cases.act(None, locked, "dispatch", worker=worker.pk, system=True, channel="system",
              internal=_("放出后没人接，按轮次派给 %(worker)s") % {"worker": worker.shown_name})
    pool.last = worker
    pool.turns = {**pool.turns, str(worker.pk): pool.turns.get(str(worker.pk), 0) + 1}
    pool.save(update_fields=["last", "turns"])
    audit.record(None, "repairs.rotate", locked, worker=str(worker.pk))
    return worker
