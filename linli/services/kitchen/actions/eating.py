"""Verbs about who eats: what they may not eat (with consent), where their door is, which subsidy holds for them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import time

from django.db.transaction import atomic
from django.utils.translation import gettext as _

from linli.foundation import audit
from linli.foundation.areas.models import Area, Building
from linli.foundation.people.models import Person
from linli.foundation.people.permit import may, permit
from linli.foundation.people.queries import mandate_for
from linli.foundation.policy import policy
from linli.foundation.privacy.actions import give_consent
from linli.foundation.privacy.consents import has_consent
from linli.foundation.web import Denied, Refused
from linli.services.kitchen import words
from linli.services.kitchen.models import Eater


@atomic
def save_eater(person: Person, area: Area, eater: Person, *, diets: Iterable[str] = (), allergies: Iterable[str] = (),
               agrees_health: bool = False, building: Building | None = None, door: str = "", door_words: str = "",
               neighbour: str = "", contact: str = "", contact_phone: str = "", home_from: time | None = None,
               channel: str = "app") -> Eater:
    """Write down or change what the kitchen must know. Allergies are a sensitive kind (个保法 第28、29条): separate
    consent, of the person, of family with a mandate, or on paper at the window.

    Raises `Denied`, `Refused("no_health_consent")`.
    """
    _may_describe(person, area, eater)
    codes = sorted(set(allergies) & {code for code, _word in words.choices("allergens", area)})
    if codes and not has_consent(eater, "kitchen.health"):
        if not agrees_health:
            raise Refused("no_health_consent", _("写了过敏，要单独同意厨房用它来核对菜；不想写就一样也不勾。"),
                          field="agrees_health")
        give_consent(person, "kitchen.health", person=eater, channel=channel)
    row = Eater.objects.select_for_update(of=("self",)).filter(area=area, person=eater).first() or Eater(
        area=area, person=eater)
    row.diets = sorted(set(diets) & {code for code, _word in words.choices("diets", area)})
    row.allergies = ",".join(codes)
    row.building, row.door, row.door_words = building, door.strip()[:80], door_words.strip()[:120]
    row.neighbour, row.contact = neighbour.strip()[:60], contact.strip()[:30]
    row.contact_phone, row.home_from = contact_phone.strip()[:20], home_from
    row.save()
    audit.record(person, "kitchen.describe", row, acting_for=eater if eater.pk != person.pk else None)
    return row


def _may_describe(person: Person, area: Area, eater: Person) -> None:
    if eater.pk == person.pk:
        permit(person, "kitchen.order", area)
    elif not (may(person, "kitchen.order_for", area) and eater.area_code.startswith(area.code)) and (
            mandate_for(person, eater, "kitchen") is None):
        raise Denied("kitchen.describe")


@atomic
def set_subsidy(person: Person, area: Area, eater: Person, *, code: str, source: str) -> Eater:
    """Staff saw a paper and write down which subsidy holds; nobody does it for themselves.

    Raises `Denied`, `Refused`: no_class, no_source.
    """
    permit(person, "kitchen.subsidise", area)
    if eater.pk == person.pk or not eater.area_code.startswith(area.code):
        raise Denied("kitchen.subsidise")
    if code not in {one["code"] for one in policy("kitchen.subsidy", area=area)}:
        raise Refused("no_class", _("没有这一类补贴。"), field="code")
    if code != "none" and len(source.strip()) < 2:
        raise Refused("no_source", _("请写看过什么证件，例如 低保证。"), field="source")
    row = Eater.objects.select_for_update(of=("self",)).filter(area=area, person=eater).first() or Eater(
        area=area, person=eater)
    row.subsidy, row.subsidy_source, row.subsidy_by = code, source.strip()[:80], person
    row.save()
    audit.record(person, "kitchen.subsidise", row, subsidy=code)
    return row


@atomic
def forget_allergies(eater: Person) -> int:
    """Consent was taken back: what the kitchen kept of a person's health goes at once."""
    count = 0
    for row in Eater.objects.select_for_update(of=("self",)).filter(person=eater):
        if row.allergies:
            row.allergies = ""
            row.save(update_fields=["allergies"])
            count += 1
    return count
