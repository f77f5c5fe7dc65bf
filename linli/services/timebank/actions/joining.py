"""Volunteers, guardians, skills, family, entitlement, teams, and moving between organisations (R4, R7, R9, R16)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.db import IntegrityError
from django.db.transaction import atomic
from django.utils.translation import gettext_lazy as _

from linli.foundation import audit
from linli.foundation.areas.models import Area
from linli.foundation.calendar.clock import now, today
from linli.foundation.events import emit
from linli.foundation.notices import tell
from linli.foundation.people.models import Organisation, Person, Residency
from linli.foundation.people.permit import permit
from linli.foundation.web import Denied, Refused
from linli.services.timebank import rules
from linli.services.timebank.models import Entitlement, Kinship, Move, Team, TeamMember, Volunteer
from linli.services.timebank.models.people import MIRRORED
from linli.services.timebank.presets import terms_on
from linli.services.timebank.sentences import refuse, stop_at


@dataclass(frozen=True)
class Profile:
    """What a volunteer says of themselves. `slots` are "0am" … "6eve" (Monday to Sunday)."""

    birth_date: date | None = None
    gender: str = ""
    skills: Sequence[str] = ()
    languages: Sequence[str] = ()
    slots: Sequence[str] = ()
    items: Sequence[str] = ()
    unfit_for: Sequence[str] = ()
    health: str = ""
    document: str = ""


@atomic
def register(person: Person, area: Area, profile: Profile, *, subject: Person | None = None,
             guardian: Person | None = None) -> Volunteer:
    """Register `subject` (oneself by default; another by staff, R23) as a volunteer of `area`.

    Under 18 a guardian is named and agrees later. Raises `Denied`, `Refused`: already, age_unknown.
    """
    subject = subject or person
    permit(person, "timebank.register" if subject == person else "timebank.enter_for", area)
    if subject != person and not subject.area_code.startswith(area.code):
        raise Denied("timebank.enter_for")
    if Volunteer.objects.filter(person=subject).exists():
        refuse("already")
    day = today()
    full_years = rules.age(day, subject.birth_year, profile.birth_date)
    if full_years is None:
        refuse("age_unknown", field="birth_date")
    home = Residency.objects.filter(person=subject, state="confirmed").select_related("home__building").first()
    row = Volunteer(
        person=subject, area=area, registered_on=day, organisation=_recorder(area),
        lon=home.home.building.lon if home else None, lat=home.home.building.lat if home else None)
    row.number = f"{area.short or area.code}-V{row.pk % 10**9:09d}"
    _describe(row, profile)
    if full_years < 18 and guardian is not None and guardian != subject:
        row.guardian = guardian
        tell(guardian, _("%(who)s 想当志愿者，要您同意。"), values={"who": subject.shown_name}, about=row,
             key=f"timebank.guardian.{subject.pk}", url="/timebank/volunteer/")
    row.save(force_insert=True)
    audit.record(person, "timebank.register", row, acting_for=None if subject == person else subject)
    emit("timebank.registered", volunteer=row.pk)
    return row


def _recorder(area: Area) -> Organisation | None:
    """谁组织谁记录: by default the community's own committee."""
    return Organisation.objects.filter(area=area, kind="residents_committee", is_active=True).order_by("pk").first()


def _describe(row: Volunteer, profile: Profile) -> None:
    row.birth_date = profile.birth_date.isoformat() if profile.birth_date else row.birth_date
    row.gender, row.health = profile.gender, profile.health.strip()
    row.document = profile.document.strip() or row.document
    row.skills, row.languages = sorted(set(profile.skills)), sorted(set(profile.languages))
    row.slots, row.items = sorted(set(profile.slots)), sorted(set(profile.items))
    row.unfit_for = sorted(set(profile.unfit_for))


@atomic
def describe(person: Person, volunteer: Volunteer, profile: Profile) -> Volunteer:
    """Change what a volunteer says of themselves. Raises `Denied`."""
    permit(person, "timebank.describe", volunteer)
    row = Volunteer.objects.select_for_update().get(pk=volunteer.pk)
    _describe(row, profile)
    row.save()
    audit.record(person, "timebank.describe", row)
    return row


@atomic
def agree_as_guardian(person: Person, volunteer: Volunteer) -> Volunteer:
    """The named guardian agrees (R4). Raises `Denied`."""
    permit(person, "timebank.agree_as_guardian", volunteer)
    row = Volunteer.objects.select_for_update().get(pk=volunteer.pk)
    row.guardian_agreed_at = row.guardian_agreed_at or now()
    row.save(update_fields=["guardian_agreed_at"])
    audit.record(person, "timebank.agree_as_guardian", row)
    return row


@atomic
def certify_volunteer(person: Person, volunteer: Volunteer, *, trained_on: date | None, insured_until: date | None,
                      insurance: str = "", proven_skills: Sequence[str] = ()) -> Volunteer:
    """Staff write down training, insurance and the certificates they saw (R4, R21). Raises `Denied`, `own_case`."""
    permit(person, "timebank.certify_volunteer", volunteer)
    if volunteer.person_id == person.pk:
        refuse("own_case")
    row = Volunteer.objects.select_for_update().get(pk=volunteer.pk)
    row.trained_on, row.insured_until, row.insurance = trained_on, insured_until, insurance.strip()
    row.proven_skills = sorted(set(proven_skills))
    row.save(update_fields=["trained_on", "insured_until", "insurance", "proven_skills"])
    audit.record(person, "timebank.certify_volunteer", row)
    return row


@atomic
def claim_kin(person: Person, area: Area, other: Person, relation: str, *, subject: Person | None = None) -> Kinship:
    """Say what `other` is to `subject` (oneself by default, another by staff). Raises `Denied`, `already`."""
    subject = subject or person
    permit(person, "timebank.register" if subject == person else "timebank.enter_for", area)
    if subject == other:
        refuse("not_found", field="phone")
    try:
        with atomic():
            row = Kinship.objects.create(person=subject, other=other, relation=relation)
    except IntegrityError:
        raise Refused("already", _("你们的关系已经登记过了。")) from None
    audit.record(person, "timebank.claim_kin", row, acting_for=None if subject == person else subject)
    emit("timebank.kin_claimed", kinship=row.pk)
    return row


@atomic
def confirm_kin(person: Person, kinship: Kinship) -> Kinship:
    """Staff saw the household register or the like; the bond then holds both ways. Raises `Denied`."""
    permit(person, "timebank.confirm_kin", kinship)
    if person.pk in (kinship.person_id, kinship.other_id):
        refuse("own_case")
    row: Kinship = Kinship.objects.select_for_update().get(pk=kinship.pk)
    if row.confirmed_at is None:
        row.confirmed_at, row.confirmed_by = now(), person
        row.save(update_fields=["confirmed_at", "confirmed_by"])
        back = MIRRORED.get(row.relation, row.relation)
        Kinship.objects.get_or_create(person=row.other, other=row.person, defaults={
            "relation": back, "confirmed_at": row.confirmed_at, "confirmed_by": person})
        audit.record(person, "timebank.confirm_kin", row)
        tell(row.person, _("你们的关系核对好了，可以送时间了。"), about=row, key=f"timebank.kin.{row.pk}",
             url="/timebank/gift/")
    return row


@atomic
def entitle(person: Person, area: Area, elder: Person, *, kind: str, source: str,
            until: date | None = None) -> Entitlement:
    """Put down an elder to whom time may be issued, with the paper it rests on (R9). Raises `Denied`, `no_reason`."""
    permit(person, "timebank.entitle", area)
    if not elder.area_code.startswith(area.code):
        raise Denied("timebank.entitle")
    if len(source.strip()) < 4:
        refuse("no_reason", field="source")
    row, _made = Entitlement.objects.update_or_create(person=elder, kind=kind, defaults={
        "area": area, "source": source.strip(), "since": today(), "until": until, "by": person})
    audit.record(person, "timebank.entitle", row, acting_for=elder, kind=kind)
    return row


@atomic
def start_team(person: Person, area: Area, *, name: str, about: str = "", leader: Person | None = None) -> Team:
    """A team that gives together (R7). Raises `Denied`, `Refused`: already."""
    permit(person, "timebank.start_team", area)
    if Team.objects.filter(area=area, name=name.strip()).exists():
        raise Refused("already", _("已经有这个名字的服务队了，换一个名字。"), field="name")
    team = Team.objects.create(area=area, name=name.strip(), about=about.strip(), leader=leader or person)
    TeamMember.objects.create(team=team, person=leader or person)
    audit.record(person, "timebank.start_team", team)
    return team


@atomic
def join_team(person: Person, team: Team) -> TeamMember:
    """Join; a second time changes nothing. Raises `Denied`."""
    permit(person, "timebank.join_team", team)
    row, made = TeamMember.objects.get_or_create(team=team, person=person, until=None)
    if made:
        audit.record(person, "timebank.join_team", team)
    return row


@atomic
def leave_team(person: Person, team: Team) -> None:
    """Leave freely. Raises `Denied`."""
    permit(person, "timebank.join_team", team)
    if TeamMember.objects.filter(team=team, person=person, until=None).update(until=now()):
        audit.record(person, "timebank.leave_team", team)


@atomic
def ask_move(person: Person, volunteer: Volunteer, to: Organisation) -> Move:
    """Ask that a volunteer's record go to another organisation; the volunteer agrees or not (R16)."""
    permit(person, "timebank.ask_move", volunteer)
    stop_at(rules.move_obstacles(
        terms_on(volunteer.area, today()).moving, consented=True, same=volunteer.organisation_id == to.pk))
    if volunteer.moves.filter(consented_at=None, refused_at=None).exists():
        refuse("already")
    row = Move.objects.create(
        area=volunteer.area, volunteer=volunteer, to=to, was=volunteer.organisation, asked_by=person)
    audit.record(person, "timebank.ask_move", row)
    tell(volunteer.person, _("要把您的服务记录转到 %(where)s，要您同意。不同意也没关系。"),
         values={"where": to.name}, about=row, key=f"timebank.move.{row.pk}", url="/timebank/volunteer/")
    return row


@atomic
def answer_move(person: Person, move: Move, *, agree: bool) -> Move:
    """The volunteer's own yes or no. Raises `Denied`, `not_now`."""
    permit(person, "timebank.answer_move", move)
    row: Move = Move.objects.select_for_update().get(pk=move.pk)
    if row.consented_at or row.refused_at:
        refuse("not_now")
    if agree:
        row.consented_at = now()
        Volunteer.objects.filter(pk=row.volunteer_id).update(organisation=row.to)
    else:
        row.refused_at = now()
    row.save(update_fields=["consented_at", "refused_at"])
    audit.record(person, "timebank.answer_move", row, agree=agree)
    return row
