"""What the account itself holds of a person: to be handed out, and to be emptied."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _

from linli.foundation.calendar.clock import now
from linli.foundation.people.credentials import SecondFactor, SignInCode
from linli.foundation.people.models import Mandate, Person, Residency, RoleAssignment
from linli.foundation.privacy.models import Consent


def account_of(person: Person) -> dict[str, Any]:
    """The person's own row, homes, roles and mandates. Of others only the name they are shown by."""
    residencies = Residency.objects.filter(person=person).select_related("home__building__compound", "area")
    roles = RoleAssignment.objects.filter(person=person).select_related("area", "organisation")
    mandates = Mandate.objects.filter(subject=person) | Mandate.objects.filter(agent=person)
    return {
        "phone": person.phone, "name": person.name, "title": person.title, "birth_year": person.birth_year,
        "community": str(person.community or ""), "language": person.language, "created": person.created.isoformat(),
        "look": person.look, "channels": person.channels,
        "homes": [
            {"home": str(one.home), "community": one.area.name, "bond": one.bond, "state": one.state,
             "claimed_at": one.claimed_at.isoformat()} for one in residencies],
        "roles": [
            {"role": one.role, "place": str(one.area or one.organisation or ""), "since": one.since.isoformat(),
             "until": one.until.isoformat() if one.until else None} for one in roles],
        "mandates": [
            {"gives_to": one.agent.shown_name if one.subject_id == person.pk else None,
             "acts_for": one.subject.shown_name if one.agent_id == person.pk else None, "scope": one.scope,
             "since": one.since.isoformat(), "until": one.until.isoformat() if one.until else None,
             "withdrawn": one.withdrawn.isoformat() if one.withdrawn else None}
            for one in mandates.select_related("agent", "subject")],
    }


def empty_account(person: Person) -> list[str]:
    """Close the account and take everything personal out of it; the empty row stays, for what points at it."""
    moment = now()
    Consent.objects.filter(person=person, withdrawn_at=None).update(withdrawn_at=moment, withdrawn_by=person)
    Residency.objects.filter(person=person, state__in=["claimed", "confirmed"]).update(state="ended", note="")
    for given in (Mandate.objects.filter(subject=person), Mandate.objects.filter(agent=person)):
        given.filter(withdrawn=None).update(withdrawn=moment)
        given.update(evidence_note="")
    for rows in (person.sign_ins, person.recovery_codes, person.passkeys):
        rows.all().delete()
    SecondFactor.objects.filter(person=person).delete()
    SignInCode.objects.filter(asked_by=person).delete()
    person.phone, person.name, person.title, person.birth_year = None, "", "", None
    person.look, person.channels, person.is_active = {}, {}, False
    person.set_unusable_password()
    person.save()
    return [
        _("账号已注销，手机号、姓名、出生年份已删除。"),
        _("您同意过什么、谁看过您的信息，这些记录留到法定期限，只供查验（个人信息保护法 第51条、第54条）。"),
    ]
