"""Times agreed on before fitters had calendars become reservations of bookings, the oldest promise first.

Where two cases were given the same hour of one fitter, the second is left as it is: the job `ask_after_visits` asks its
resident for another time. Run twice it does nothing more.
"""

import secrets
from datetime import timedelta

from django.db import migrations

from linli.foundation.calendar.clock import now

TRAVEL, QUANTUM_S = timedelta(minutes=15), 900
RULES = {"walk_in": False, "waiting": False, "no_show": False, "cancel_h": 0, "at_yours": True}


def book(apps, schema_editor):
    visits = apps.get_model("repairs", "Visit").objects.filter(state="agreed", reservation=None, starts__gt=now())
    for visit in visits.select_related("case__assignee", "case__unit", "case__requester").order_by("agreed_at", "pk"):
        if visit.case.assignee_id and visit.case.unit_id and visit.case.is_open:
            _book(apps, visit)


def _book(apps, visit):
    def model(name):
        return apps.get_model("bookings", name)

    case = visit.case
    resource = _calendar(apps, case)
    taken = range(int(visit.starts.timestamp()) // QUANTUM_S, -(-int((visit.ends + TRAVEL).timestamp()) // QUANTUM_S))
    if model("Quantum").objects.filter(resource=resource, quantum__in=list(taken)).exists():
        return
    area = apps.get_model("areas", "Area").objects.get(code=case.area_code)
    offer = model("Offer").objects.create(
        area=area, owner_room="repairs", owner_type="repairs.case", owner_id=str(case.pk), organisation=case.unit,
        category="repairs.visit", title="上门维修", url=f"/cases/{case.number}/", book_verb="repairs.keep_visits",
        manage_verb="repairs.keep_visits", reach=area.code, is_sealed=True, rules=RULES)
    session = model("Session")(
        offer=offer, starts=visit.starts, ends=visit.ends, closes_at=visit.starts, place=case.place_public, capacity=1,
        taken=1)
    session.uid = f"{session.pk}@linli"
    session.save(force_insert=True)
    claim = model("Claim").objects.create(resource=resource, session=session, starts=visit.starts, ends=visit.ends)
    model("Quantum").objects.bulk_create([
        model("Quantum")(resource=resource, quantum=one, claim=claim) for one in taken])
    contact = apps.get_model("cases", "Contact").objects.filter(case=case).first() if case.requester_id is None else None
    party = model("Party").objects.create(
        offer=offer, booker=case.requester, channel=case.channel, contact_name=contact.name if contact else "",
        contact_phone=contact.phone if contact else "")
    member = model("PartyMember").objects.create(
        party=party, person=case.requester, name=contact.name if contact else "")
    reservation = model("Reservation").objects.create(
        session=session, party=party, places=1, state="confirmed", ticket=secrets.token_hex(3).upper(),
        nonce=secrets.token_hex(8), confirmed_at=now())
    model("Attendance").objects.create(
        session=session, reservation=reservation, member=member, person=case.requester,
        who=f"p{case.requester_id}" if case.requester_id else f"v{visit.pk}")
    visit.reservation, visit.fitter = reservation, case.assignee
    visit.save(update_fields=["reservation", "fitter"])


def _calendar(apps, case):
    fitters, worker = apps.get_model("repairs", "Fitter").objects, case.assignee
    row = fitters.select_related("resource").filter(person=worker).first()
    if row is None:
        resource = apps.get_model("bookings", "Resource").objects.create(
            area=case.unit.area, kind="fitter", name=(worker.title or worker.name)[:80], person=worker,
            organisation=case.unit, manage_verb="repairs.keep_visits", owner_room="repairs",
            owner_type="repairs.fitter", owner_id=str(worker.pk), buffer_after_min=15)
        row = fitters.create(person=worker, resource=resource)
    return row.resource


class Migration(migrations.Migration):

    dependencies = [
        ("areas", "__first__"),
        ("bookings", "0001_initial"),
        ("cases", "0002_case_of_agent"),
        ("repairs", "0003_fitters_and_promises"),
    ]

    operations = [migrations.RunPython(book, migrations.RunPython.noop, elidable=True)]
