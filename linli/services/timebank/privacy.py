"""This room's part in a person's rights: a copy of all that is kept, and what is forgotten."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db.models import Q
from django.utils.translation import gettext as _

from linli.foundation.calendar.clock import now
from linli.services.timebank.models import Certificate, Claim, Gift, Kinship, Need, Service, TeamMember, Volunteer
from linli.services.timebank.models.helping import OPEN_STATES

if TYPE_CHECKING:
    from linli.foundation.people.models import Person


def copy_of(person: Person) -> dict[str, Any]:
    """Registration, needs, services given and received, gifts, claims, certificates; the minutes are the ledger's."""
    volunteer = Volunteer.objects.filter(person=person).first()
    return {
        "volunteer": None if volunteer is None else {
            "number": volunteer.number, "registered_on": volunteer.registered_on.isoformat(),
            "birth_date": volunteer.birth_date, "document": volunteer.document, "gender": volunteer.gender,
            "skills": volunteer.skills, "languages": volunteer.languages, "slots": volunteer.slots,
            "items": volunteer.items, "unfit_for": volunteer.unfit_for, "health": volunteer.health},
        "family": [{"relation": row.relation, "confirmed": row.confirmed_at is not None}
                   for row in Kinship.objects.filter(person=person).order_by("pk")],
        "needs": [{"item": row.item, "begins": row.begins.isoformat(), "minutes": row.minutes, "place": row.place,
                   "door": row.door, "note": row.note, "state": row.state}
                  for row in Need.objects.filter(Q(person=person) | Q(asked_by=person)).order_by("pk")],
        "services": [{"as": "helper" if row.helper_id == person.pk else "helped", "item": row.item,
                      "came": row.in_at.isoformat() if row.in_at else None,
                      "went": row.out_at.isoformat() if row.out_at else None, "minutes": row.credit,
                      "state": row.state, "thanks": row.thanks,
                      "evidence": [{"kind": one.kind, "phase": one.phase, "at": one.at.isoformat(), **one.facts}
                                   for one in row.evidence.all()]}
                     for row in Service.objects.filter(Q(helper=person) | Q(helped=person)).order_by("pk")],
        "gifts": [{"given": row.giver_id == person.pk, "minutes": row.minutes, "at": row.at.isoformat()}
                  for row in Gift.objects.filter(Q(giver=person) | Q(to=person)).order_by("pk")],
        "claims": [{"text": row.text, "answer": row.answer, "appeal": row.appeal, "state": row.state}
                   for row in Claim.objects.filter(by=person).order_by("pk")],
        "certificates": [{"number": row.number, "minutes": row.minutes, "revoked": row.revoked_at is not None}
                         for row in Certificate.objects.filter(person=person).order_by("pk")],
    }


def erase(person: Person) -> list[str]:
    """Words, doors, health and documents go; times and minutes stay as the record of both sides, without a name.

    A certificate keeps its number and says "signed off" when somebody checks it.
    """
    said = []
    for need in Need.objects.filter(Q(person=person) | Q(asked_by=person)).exclude(note="", door=""):
        need.note = need.door = ""
        need.save(update_fields=["note", "door"])
    for service in Service.objects.filter(Q(helper=person) | Q(helped=person)):
        if service.thanks or service.helper_device or service.helped_device:
            service.thanks = service.helper_device = service.helped_device = ""
            service.save(update_fields=["thanks", "helper_device", "helped_device"])
    for claim in Claim.objects.filter(by=person):
        claim.text = claim.answer = claim.appeal = ""
        claim.save(update_fields=["text", "answer", "appeal"])
    volunteer = Volunteer.objects.filter(person=person).first()
    if volunteer is not None:
        volunteer.birth_date = volunteer.document = volunteer.health = ""
        volunteer.skills = volunteer.languages = volunteer.slots = volunteer.items = volunteer.unfit_for = []
        volunteer.lon = volunteer.lat = None
        volunteer.left_on = volunteer.left_on or now().date()
        volunteer.save()
        said.append(_("您的志愿者登记已清空。服务时间的记录不带姓名地留着，是双方的凭据。"))
    Kinship.objects.filter(Q(person=person) | Q(other=person)).delete()
    TeamMember.objects.filter(person=person, until=None).update(until=now())
    if Service.objects.filter(Q(helper=person) | Q(helped=person), state__in=OPEN_STATES).exists():
        said.append(_("还有没完的服务，时间先冻结着，由社区处理完。"))
    return said
