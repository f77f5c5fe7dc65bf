"""When an application is due: computed from its dated events, copied into its row and its case's clock."""

from __future__ import annotations

from datetime import datetime

from linli.foundation.calendar import Due
from linli.foundation.calendar.clock import now
from linli.mechanisms.cases import timers
from linli.mechanisms.cases.models import Case
from linli.mechanisms.cases.registry import deadline
from linli.services.gov import procedure
from linli.services.gov.models import Application
from linli.services.gov.procedure import Event, Rule, State
from linli.services.gov.procedure.days import midnight_after

CLOCK = "decide"
VERSION = "procedure"


def rule_of(application: Application) -> Rule:
    """The clock of the pinned version, whatever is published by now."""
    local = application.version.body["local"]
    return procedure.read(local["clock"], steps=local.get("steps") or ())


def events_of(application: Application) -> list[Event]:
    """What has happened, oldest first."""
    return [procedure.read_event(one) for one in
            application.procedure_events.order_by("at", "pk").values_list("data", flat=True)]


def state_of(application: Application, moment: datetime | None = None) -> tuple[State, Rule]:
    """What is known about its deadlines now; provisional where it runs into a year without a notice."""
    rule = rule_of(application)
    return procedure.clock_or_provisional(events_of(application), rule, moment or now()), rule


def due_of(state: State) -> datetime | None:
    """What its row and its case carry: what is due next; in a pause, when that should end."""
    if state.due is None and state.resumes_by is not None:
        return midnight_after(state.resumes_by)
    return state.due_at


def refresh(application: Application) -> State:
    """Copy what the clock says into the row and aim the case's clock by it. The case is locked by the caller."""
    state, _rule = state_of(application)
    application.due_at, application.is_provisional = due_of(state), state.provisional
    application.phase = state.phase.code
    application.save(update_fields=["due_at", "is_provisional", "phase"])
    if application.case is not None and application.case.is_open:
        timers.reaim(application.case, CLOCK)
    return state


@deadline("gov.deadline")
def of_case(case: Case) -> Due | None:
    """For the case's clock. None before its events are written, and where no day is set: its ordinary limit holds."""
    application = Application.objects.select_related("version").filter(case=case).first()
    if application is None:
        return None
    state, _rule = state_of(application)
    at = due_of(state)
    return None if at is None else Due(at, state.provisional, VERSION)
