"""What every step of an application asks first: who may, whose is it, where does it stand, what would the clock say.

Nothing is written here; the steps are in `receiving`, `reviewing` and `concluding`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _

from linli.foundation.calendar.clock import now
from linli.foundation.notices import tell
from linli.foundation.people.models import Person
from linli.foundation.people.permit import permit, reaches
from linli.foundation.web import Denied, Refused
from linli.mechanisms.cases import engine
from linli.services.gov import deadline
from linli.services.gov.actions.moving import held, standing_at
from linli.services.gov.models import Application
from linli.services.gov.models.deciding import Handling
from linli.services.gov.procedure import Event, clock_or_provisional, problem

if TYPE_CHECKING:
    from linli.services.gov.procedure import Rule, State

# Who decides on an item, by its level: community, street, everything above.
DECIDING = {
    "community": frozenset({"community_head"}), "street": frozenset({"street_leader"}),
    "": frozenset({"department_desk", "street_leader"}),
}
WORDS_LEAST = 4
ALLOWED = frozenset({"accepted_late"})  # a late acceptance is late, and still said


def opened(person: Person, application: Application, verb: str, *, seen: int | None) -> Application:
    """The application, locked and fresh, for a step that `person` may make. Raises `Denied`, `Refused("changed")`."""
    row = held(application)
    permit(person, f"gov.{verb}", row)
    not_own(person, row, verb)
    assert row.case is not None, "handed in, so it has a case"
    engine.check_version(row.case, seen)
    return row


def not_own(person: Person, row: Application, verb: str) -> None:
    """Four eyes: whose matter it is, and who filed it, handles no step of it. Raises `Denied` (403)."""
    if person.pk in (row.actor_id, row.subject_id):
        raise Denied(f"gov.{verb}", visible=True)


def deciders(row: Application) -> frozenset[str]:
    """The roles that decide on it and approve what takes longer."""
    return DECIDING.get(row.version.body["local"]["level"], DECIDING[""])


def may_decide(person: Person, row: Application) -> bool:
    """Does `person` hold a role that decides at the item's level?"""
    return reaches(person, deciders(row), row)


def permit_level(person: Person, row: Application, verb: str) -> None:
    """Raises `Denied`: a community's head does not decide what is the street's."""
    if not may_decide(person, row):
        raise Denied(f"gov.{verb}", visible=True)


def in_state(row: Application, *states: str) -> None:
    """Raises `Refused("moved_on")`."""
    if row.state not in states:
        raise Refused("moved_on", _("这件现在是「%(state)s」，不能这样办。请看最新的经过。") % {
            "state": row.get_state_display()})


def worded(text: str, field: str) -> str:
    """Reasons that a person can read. Raises `Refused("no_reason")`."""
    if len(text.strip()) < WORDS_LEAST:
        raise Refused("no_reason", _("请写明理由，申请人会看到。"), field=field)
    return text.strip()[:2000]


def try_out(row: Application, *events: Event) -> tuple[State, Rule]:
    """What the clock would say after `events`. Raises `Refused("procedure")` with the sentence of the first problem
    that they would make: what has no effect by law is not done at all."""
    before, rule = deadline.state_of(row)
    after = clock_or_provisional([*deadline.events_of(row), *events], rule, max(now(), *(one.at for one in events)))
    fresh = [one for one in after.problems if one not in before.problems and one.code not in ALLOWED]
    if fresh:
        raise Refused("procedure", str(problem(fresh[0])), problem=fresh[0].code)
    return after, rule


def done_steps(row: Application) -> dict[str, Handling]:
    """The item's steps that were done, by their keys."""
    return {one.step: one for one in Handling.objects.filter(application=row).select_related("by")}


def steps_of(row: Application, role: str = "") -> list[Mapping[str, Any]]:
    """The steps of the pinned version, in its order."""
    found: Sequence[Mapping[str, Any]] = row.version.body["local"].get("steps") or ()
    return [one for one in found if not role or one.get("role") == role]


def next_review(row: Application, done: Mapping[str, Handling]) -> Mapping[str, Any] | None:
    """The next step that somebody reviews; None when it is time to decide."""
    return next((one for one in steps_of(row, "reviews") if one["key"] not in done), None)


def handle(row: Application, person: Person | None, role: str, *, key: str = "", note: str = "",
           proposal: str = "") -> None:
    """Write down who did the step `key`, or every step of `role` that is not done yet, and where it stands now.
    `person` None: what the law makes of silence."""
    done = done_steps(row)
    for one in steps_of(row, role):
        if one["key"] not in done and key in ("", one["key"]):
            Handling.objects.create(
                application=row, area=row.area, step=one["key"], name=one["name"], role=role, by=person,
                filed_by=row.actor, note=note, proposal=proposal)
    row.step = standing_at(row)
    row.save(update_fields=["step"])


def tell_applicant(row: Application, sentence: str | Promise, *, key: str) -> None:
    """Who it is for, and who filed it for them. No personal value, and no item's name: some of them are private."""
    for person in {one.pk: one for one in (row.subject, row.actor) if one is not None}.values():
        tell(person, sentence, about=row, key=f"gov.{key}.{row.pk}", url=f"/gov/mine/{row.number}/",
             values={"number": row.number})
