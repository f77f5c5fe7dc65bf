"""The one way in which an application changes: case first, then its row; events, state and clock together."""

from __future__ import annotations

from typing import Any

from linli.foundation.people.models import Person
from linli.mechanisms.cases import actions as cases, engine
from linli.services.gov import deadline
from linli.services.gov.models import Application, ProcedureEvent
from linli.services.gov.procedure import Event

_WITH = ("version__item", "area", "subject", "actor", "filing", "mandate")


def held(application: Application) -> Application:
    """The application as it stands, its case and then its row locked until the transaction ends."""
    case_id = application.case_id or Application.objects.values_list("case", flat=True).get(pk=application.pk)
    case = engine.lock(case_id) if case_id else None
    row: Application = Application.objects.select_for_update(of=("self",)).select_related(*_WITH).get(pk=application.pk)
    if row.case_id and case is None:  # handed in meanwhile
        case = engine.lock(row.case_id)
    if case is not None:
        row.case = case
    return row


def note(row: Application, person: Person | None, *events: Event) -> None:
    """Write down what happened."""
    for event in events:
        ProcedureEvent.objects.create(
            application=row, kind=event.kind.code, at=event.at, data=event.as_data(), by=person)


def step(row: Application, person: Person | None, transition: str, *events: Event, state: str = "",
         granted: bool | None = None, note: str = "", **data: Any) -> None:
    """Make a step of a row that `held` gave: its events, the case's transition, its state, its clock.

    The caller has authorised `person`; the case's transitions belong to the system, so that no general button of the
    desk goes round a procedure. Raises `Refused("moved_on")`.
    """
    assert row.case is not None, "handed in, so it has a case"
    for event in events:
        ProcedureEvent.objects.create(
            application=row, kind=event.kind.code, at=event.at, data=event.as_data(), by=person)
    row.case = cases.act(person, row.case, transition, note=note, system=True, channel="desk", **data)
    if state:
        row.state = state
    if granted is not None:
        row.granted = granted
    row.step = standing_at(row)
    row.save(update_fields=["state", "granted", "step"])
    deadline.refresh(row)


def standing_at(row: Application) -> str:
    """The key of the step that is next: the first of the version's that nobody has done."""
    from linli.services.gov.models.deciding import Handling

    done = set(Handling.objects.filter(application=row).values_list("step", flat=True))
    steps = row.version.body["local"].get("steps") or ()
    return next((str(one["key"]) for one in steps if one["key"] not in done), "")
