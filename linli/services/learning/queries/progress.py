"""What somebody can do, module by module; and their certificates."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import QuerySet

from linli.foundation.people.models import Person
from linli.foundation.policy import policy
from linli.services.learning import catalogue, rules
from linli.services.learning.catalogue import Module, Skill
from linli.services.learning.models import Certificate, Progress


@dataclass(frozen=True)
class SkillLine:
    skill: Skill
    row: Progress | None

    @property
    def own(self) -> str:
        return self.row.own if self.row else ""

    @property
    def taught(self) -> str:
        return self.row.taught if self.row else ""

    @property
    def is_asked(self) -> bool:
        """Was it asked again after a month, and not answered yet?"""
        return bool(self.row and self.row.asked_at)


@dataclass(frozen=True)
class Standing:
    """One module: its skills, how many one does alone, and whether the certificate can be had."""

    module: Module
    lines: Sequence[SkillLine]
    certificate: Certificate | None
    is_earned: bool

    @property
    def alone(self) -> int:
        return sum("alone" in (line.own, line.taught) for line in self.lines)

    @property
    def is_begun(self) -> bool:
        return any(line.own or line.taught for line in self.lines)


def standing(person: Person) -> list[Standing]:
    """Every module, as this person stands in it. Two queries."""
    rows = {row.skill: row for row in Progress.objects.filter(person=person).select_related("taught_by")}
    held = {row.module: row for row in Certificate.objects.filter(person=person, revoked_at=None)}
    levels = policy("learning.certificate_levels")
    found = []
    for module in catalogue.load().values():
        lines = [SkillLine(skill, rows.get(skill.code)) for skill in module.skills]
        earned = rules.is_earned([line.skill.code for line in lines], {
            line.skill.code: line.taught for line in lines}, levels)
        found.append(Standing(module, lines, held.get(module.code), earned))
    return found


def standing_in(person: Person, module: Module) -> Standing:
    """As `standing`, for one module."""
    return next(one for one in standing(person) if one.module.code == module.code)


def asked_again(person: Person) -> QuerySet[Progress]:
    """What was asked again after a month and waits for a word."""
    return Progress.objects.filter(person=person, asked_at__isnull=False).order_by("asked_at", "id")


def certificates(person: Person) -> QuerySet[Certificate]:
    return Certificate.objects.filter(person=person).select_related("area").order_by("-issued_at", "-id")


def certificates_at_desk(person: Person) -> QuerySet[Certificate]:
    """Those that staff (or a street leader) may look up here, newest first."""
    rows: QuerySet[Certificate] = Certificate.objects.filter(
        person.scope_q("area__code", roles=frozenset({"worker", "community_head", "street_leader"})))
    return rows.select_related("person", "area").order_by("-issued_at", "-id")
