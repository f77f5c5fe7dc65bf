"""This room's part in a person's rights, and what goes when a term of keeping ends."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _

from linli.foundation.files.actions import forget_files_of
from linli.foundation.people.models import Person
from linli.foundation.privacy.erasers import eraser
from linli.services.window.models import Help, Ticket, Visit, VisitReport, VisitState


def copy_of(person: Person) -> dict[str, Any]:
    """Tickets, matters filed for the person, home visits."""
    return {
        "tickets": [{"day": one.day.isoformat(), "number": one.number, "topic": one.topic, "class": one.klass,
                     "state": one.state} for one in Ticket.objects.filter(person=person)],
        "filed_for_me": [
            {"number": one.number, "what": one.title, "helped_by": one.actor.shown_name, "checked": one.check_kind,
             "at": one.began_at.isoformat(), "objection": one.objection, "answer": one.answer}
            for one in Help.objects.filter(subject=person).select_related("actor")],
        "visits": [{"wanted_on": one.wanted_on.isoformat(), "state": one.state, "address": one.address,
                    "words": one.words, "name": one.name, "phone": one.phone}
                   for one in Visit.objects.filter(asked_by=person) | Visit.objects.filter(subject=person)],
    }


def erase(person: Person) -> list[str]:
    """Tickets lose their person at once; open visits stay until they are over; filed matters stay for their term."""
    said = []
    Ticket.objects.filter(person=person).update(person=None)
    for row in Visit.objects.filter(asked_by=person, subject=None, state__in=[
            VisitState.DONE, VisitState.CANCELLED]):
        erase_visit(row, "window.visit")
        said = [_("上门办理的姓名、电话、住址已删除。")]
    if Help.objects.filter(subject=person).exists():
        said.append(_("窗口替您交过的事按规定要留三年，到期自动删除。"))
    return said


@eraser("window.help")
def erase_help(row: Help, purpose: str) -> str:
    """Names, telephone and the photograph go; that it was filed, when and by which way stays as a count."""
    forget_files_of(row)
    row.photo, row.is_agent = None, False
    row.agent_name = ""
    if purpose == "window.help":
        row.name = row.phone = row.objection = row.answer = ""
        row.subject = None
    row.save()
    return "anonymised"


@eraser("window.visit")
def erase_visit(row: Visit, purpose: str) -> str:
    row.name = row.phone = row.address = row.words = ""
    row.save(update_fields=["name", "phone", "address", "words"])
    for made in VisitReport.objects.filter(visit=row):
        made.note = ""
        made.save(update_fields=["note"])
    return "anonymised"
