"""This room's part in a person's rights, and what goes when a term of keeping ends."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.utils.translation import gettext as _

from linli.foundation.calendar.clock import today
from linli.foundation.files.actions import forget_files_of
from linli.foundation.people.models import Person
from linli.foundation.privacy.erasers import eraser
from linli.services.children.actions.library import drop_hold
from linli.services.children.models import (
    BusTurn,
    Child,
    Collector,
    CustodyBlock,
    DayEntry,
    Enrolment,
    EnrolmentState,
    Guardianship,
    GuardState,
    Hold,
    HoldState,
    Loan,
    PlanChange,
    ReaderCard,
    Vetting,
)

_LIVE = [HoldState.WAITING, HoldState.READY]


def copy_of(person: Person) -> dict[str, Any]:
    """Everything tied to the person; the data of their children belongs to the verified guardian's copy."""
    claims = Guardianship.objects.filter(person=person, state=GuardState.VERIFIED).select_related("child__school")
    card = ReaderCard.objects.filter(person=person).first()
    return {
        "children": [_child(row.child, row.bond) for row in claims],
        "reader_card": card.number if card else None,
        "loans": [{"title": one.copy.title.name, "due_on": one.due_on.isoformat()}
                  for one in Loan.objects.filter(reader=person, returned_at=None).select_related("copy__title")],
        "holds": [{"title": one.title.name, "state": one.state}
                  for one in Hold.objects.filter(reader=person, state__in=_LIVE).select_related("title")],
        "walking_bus": [turn.on.isoformat() for turn in BusTurn.objects.filter(volunteer=person)],
        "vetting": [row.checked_on.isoformat() for row in Vetting.objects.filter(person=person)],
        "collector_for": Collector.objects.filter(person=person, state="active").count(),
    }


def _child(child: Child, bond: str) -> dict[str, Any]:
    days = DayEntry.objects.filter(child=child).prefetch_related("handovers").order_by("on")
    return {
        "name": child.name, "born_on": child.born_on, "school": child.school.name if child.school else "",
        "class": child.school_class, "health": child.health, "bond": bond,
        "second_contact": [child.second_name, child.second_phone],
        "collectors": [{"name": one.name, "relation": one.relation, "state": one.state}
                       for one in child.collectors.all()],
        "enrolments": [{"group": str(one.group), "state": one.state}
                       for one in child.enrolments.select_related("group")],
        "days": [{"on": day.on.isoformat(), "state": day.state,
                  "handed": [{"at": one.at.isoformat(), "to_or_from": one.other} for one in day.handovers.all()]}
                 for day in days],
    }


def erase(person: Person) -> list[str]:
    """Readers' data at once; a child's when no other guardian is left and it is in no group."""
    said = []
    if Loan.objects.filter(reader=person, returned_at=None).exists():
        said.append(_("您还有书没还，借书的记录等还了才能删。"))
    for one in Hold.objects.filter(reader=person, state__in=_LIVE):
        drop_hold(person, one)
    if not Loan.objects.filter(reader=person, returned_at=None).exists():
        count, _rows = ReaderCard.objects.filter(person=person).delete()
        said += [_("您的读者证和预约已删除。")] if count else []
    BusTurn.objects.filter(volunteer=person, on__gte=today()).delete()
    for claim in Guardianship.objects.filter(person=person).select_related("child"):
        others = Guardianship.objects.filter(child=claim.child, state=GuardState.VERIFIED).exclude(person=person)
        if Enrolment.objects.filter(child=claim.child).exclude(state=EnrolmentState.ENDED).exists():
            said.append(_("孩子还在托管班，孩子的信息等退托以后再删。"))
        elif others.exists():
            said.append(_("孩子的信息另一位监护人还在用，只删了您和孩子的关系。"))
            claim.delete()
        else:
            forget_child(claim.child)
            said.append(_("孩子的姓名、出生日期、健康情况和接送人已删除。"))
    return said


def forget_child(child: Child) -> None:
    """The rows stay as bare counts; nothing in them says whose they were."""
    for one in child.collectors.all():
        forget_files_of(one)
        one.delete()
    child.blocks.filter(until__lt=today() - timedelta(days=1)).delete()
    child.guardianships.all().delete()
    DayEntry.objects.filter(child=child).update(absent_because="", said_by=None)
    for change in PlanChange.objects.filter(entry__child=child):
        change.told_by = ""
        change.save(update_fields=["told_by"])
    for day in DayEntry.objects.filter(child=child).prefetch_related("handovers"):
        for made in day.handovers.all():
            made.other = made.note = ""
            made.save(update_fields=["other", "note"])
    child.name = child.born_on = child.health = child.second_name = child.second_phone = ""
    child.school, child.school_class, child.is_active = None, "", False
    child.save()


@eraser("children.child")
def erase_child(child: Child, purpose: str) -> str:
    """The term after the last day in care has ended."""
    if Enrolment.objects.filter(child=child).exclude(state=EnrolmentState.ENDED).exists():
        return "in use"
    forget_child(child)
    return "anonymised"


@eraser("children.collector")
def erase_collector(row: Collector, purpose: str) -> str:
    """Who no longer collects: name, number and photograph go."""
    forget_files_of(row)
    row.delete()
    return "deleted"



@eraser("children.custodyblock")
def erase_block(row: CustodyBlock, purpose: str) -> str:
    """A paper that no longer holds: who it named goes."""
    row.delete()
    return "deleted"


@eraser("children.vetting")
def erase_vetting(row: Vetting, purpose: str) -> str:
    """A look-up that a newer one replaced."""
    row.delete()
    return "deleted"
