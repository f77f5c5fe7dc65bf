"""An application that was just handed in, for the tests of what the staff do with it."""

from __future__ import annotations

from itertools import count

from linli.foundation.areas.models import Area
from linli.foundation.calendar.clock import now
from linli.foundation.people.models import Person
from linli.mechanisms.cases import actions as cases
from linli.services.gov import deadline, letters
from linli.services.gov.models import Application, ProcedureEvent
from linli.services.gov.procedure import Event, Kind
from linli.services.gov.queries import items

_numbers = count(1)


def handed_in(slug: str, subject: Person | None, area: Area, *, actor: Person | None = None) -> Application:
    actor = actor or subject
    assert actor is not None
    published = items.published(slug, area)
    assert published is not None, slug
    steps = published.version.body["local"]["steps"]
    case = cases.open_case(
        actor, "application", area, system=True, category="", title="办事申请", requester=subject or actor)
    row: Application = Application.objects.create(
        area=area, version=published.version, subject=subject, actor=actor, case=case, state="submitted",
        handed_in_at=now(), number=f"LL261125{next(_numbers):05d}", step=steps[0]["key"],
        contact_name="" if subject else "钱奶奶", contact_phone="" if subject else "+8613011112222")
    event = Event(now(), Kind.RECEIVED)
    ProcedureEvent.objects.create(application=row, kind=event.kind.code, at=event.at, data=event.as_data(), by=actor)
    deadline.refresh(row)
    letters.write(row, "receipt", by=actor)
    return row
