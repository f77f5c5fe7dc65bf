"""Who opens a photo of a fact or an outage: whoever belongs to the place and may see the fact itself."""

from __future__ import annotations

from linli.foundation.files import accept, sight
from linli.foundation.people.models import Person
from linli.services.access.models import Fact, Outage

accept("access.photo", "photo")


@sight("access.fact")
def sees_fact(person: Person | None, thing_id: str) -> bool:
    """Only those who look and who took it: a neighbour's photo may show more than the ramp."""
    from linli.foundation.people.permit import may

    row = Fact.objects.visible_to(person).select_related("area").filter(pk=int(thing_id)).first()
    return (
        row is not None
        and person is not None
        and (row.recorded_by_id == person.pk or may(person, "access.confirm", row))
    )


@sight("access.outage")
def sees_outage(person: Person | None, thing_id: str) -> bool:
    from linli.foundation.people.permit import may

    row = (
        Outage.objects.visible_to(person).select_related("area", "facility__compound").filter(pk=int(thing_id)).first()
    )
    return (
        row is not None
        and person is not None
        and (row.reported_by_id == person.pk or may(person, "access.check_outage", row))
    )
