"""What every letter may say about an application, read from its version, its people and its clock."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.utils import timezone

from linli.foundation.calendar.clock import today
from linli.services.gov import deadline
from linli.services.gov.items.reading import spoken
from linli.services.gov.letters.composing import Fact, told_days
from linli.services.gov.procedure.rule import LICENCES, Rule
from linli.services.gov.procedure.state import Phase, State

if TYPE_CHECKING:
    from linli.foundation.people.models import Person
    from linli.services.gov.models import Application, ItemVersion


def mine_url(number: str) -> str:
    """The applicant's page of an application, as it is printed."""
    return f"{settings.LINLI_BASE_URL}/gov/mine/{number}/"


def both(body: Mapping[str, Any], english: Mapping[str, Any], *path: str) -> dict[str, str]:
    """A text of an item in both languages, by its path in the body."""
    found: dict[str, str] = {}
    for language, here in (("zh", body), ("en", english)):
        value: Any = here
        for part in path:
            value = value.get(part) if isinstance(value, Mapping) else None
        found[language] = str(value) if value else ""
    return found if found["zh"] else {}


def of_version(version: ItemVersion) -> dict[str, Fact]:
    """What the item says of itself."""
    body, english = version.body, spoken(version.body, "en")
    contact = {name: both(body, english, "local", "contact", name)
               for name in ("window", "address", "hours", "phone", "complaints")}
    remedies: dict[str, Fact] = {
        f"remedy_{name}": both(body, english, "local", "remedies", name)
        for name in ("review", "lawsuit", "complaint")}
    department = both(body, english, "local", "department")
    return {"item": both(body, english, "base", "name"), "department": department, "signer": department,
            "phone": contact["phone"] or "12345", "window": contact["window"], "address": contact["address"],
            "hours": contact["hours"], **remedies}


def of_application(application: Application) -> dict[str, Fact]:
    """Everything a template may name, but for what belongs to one step."""
    state, rule = deadline.state_of(application)
    return {**of_version(application.version), **_of_people(application), **_of_clock(state, rule),
            "number": application.number, "day": today(), "url": mine_url(application.number)}


def _of_people(application: Application) -> dict[str, Fact]:
    subject, actor = application.subject, application.actor
    name = real_name(subject) if subject else application.contact_name
    return {"applicant": name, "agent": real_name(actor) if actor.pk != application.subject_id else ""}


def real_name(person: Person) -> str:
    return person.name or person.shown_name


def holder(application: Application) -> str:
    """Whose matter it is, in full: for the paper itself, never for a public page."""
    return real_name(application.subject) if application.subject else application.contact_name


def _of_clock(state: State, rule: Rule) -> dict[str, Fact]:
    licence = rule.procedure in LICENCES
    due = state.expected if state.is_paused and state.expected else state.promised or state.statutory
    waiting = state.phase in (Phase.RECEIVED, Phase.CORRECTED)
    accepted = next((one for one in state.tacit if one.effect == "accepted"), None)
    granted = next((one for one in state.tacit if one.effect == "granted"), None)
    return {
        "by_law": {"zh": "依据" if licence else "参照", "en": "under" if licence else "by analogy with"},
        "received": state.received or today(), "accept_due": state.due if waiting else None,
        "due": due if state.phase == Phase.REVIEWING else None,
        "promised": told_days(rule.promised.days, rule.promised.unit) if rule.promised else None,
        "statutory": told_days(rule.statutory.days, rule.statutory.unit) if rule.statutory else None,
        "tacit_since": accepted.since if accepted else None, "tacit": granted is not None,
        "tacit_basis": rule.tacit_basis or (rule.renew.basis if rule.renew else ""),
        "deliver_due": state.due if state.phase in (Phase.DECIDED, Phase.ISSUED) else None,
    }


def local_day(moment: datetime) -> date:
    """The date of a moment as it is lived here."""
    return timezone.localtime(moment).date()
