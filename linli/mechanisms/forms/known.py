"""Ask once: what the house already knows of a person is shown for confirmation, not asked."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from linli.foundation.people.models import Person, Residency
from linli.mechanisms.forms.definition import Definition

Provider = Callable[[Person], Any]


@dataclass(frozen=True)
class Known:
    """A value and where it comes from, in words."""

    value: Any
    source: str


_providers: dict[str, tuple[Provider, str | Promise]] = {}


def provides(name: str, source: str | Promise) -> Callable[[Provider], Provider]:
    """Register who knows the value `name` (an element's `known:`); None means "not known". Called at start-up."""

    def registered(function: Provider) -> Provider:
        _providers[name] = (function, source)
        return function

    return registered


def values_for(person: Person | None, definition: Definition) -> dict[str, Known]:
    """What is known for the elements of a form; repeated ones are other people's and are left out."""
    found: dict[str, Known] = {}
    if person is None:
        return found
    answers: dict[str, Any] = {}
    for name in definition.element_ids:
        element = definition.known_elements.get(name)
        if element is None or element.known not in _providers or name in definition.repeated:
            continue
        provider, source = _providers[element.known]
        if element.known not in answers:
            answers[element.known] = provider(person)
        if answers[element.known] not in (None, ""):
            found[name] = Known(answers[element.known], str(source))
    return found


@provides("person.name", _("您的资料"))
def _name(person: Person) -> Any:
    return person.name


@provides("person.phone", _("您的资料"))
def _phone(person: Person) -> Any:
    return person.phone


@provides("home.address", _("您登记的住址"))
def _address(person: Person) -> Any:
    row = Residency.objects.filter(person=person, state="confirmed").select_related(
        "home__building__compound").order_by("-decided_at", "-pk").first()
    return f"{row.home.building.compound.address} {row.home}".strip() if row else None


@provides("home.home", _("您登记的住址"))
def _home(person: Person) -> Any:
    row = Residency.objects.filter(person=person, state="confirmed").select_related(
        "home__building__compound").order_by("-decided_at", "-pk").first()
    return str(row.home) if row else None
