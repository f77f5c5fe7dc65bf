"""Verbs of learning: what one says of oneself, what a teacher saw, and asking again after a month."""

from __future__ import annotations

from collections.abc import Mapping

from django.db import IntegrityError
from django.db.transaction import atomic
from django.utils.translation import gettext as _

from linli.foundation import audit
from linli.foundation.areas.models import Area
from linli.foundation.calendar.clock import now, today
from linli.foundation.people.models import Person
from linli.foundation.people.permit import permit
from linli.foundation.people.queries import mandate_for
from linli.foundation.policy import policy
from linli.foundation.privacy.retention import start_retention
from linli.foundation.web import Denied, Refused
from linli.services.learning import catalogue, rules
from linli.services.learning.models import Course, Level, Progress, Visit


@atomic
def say_of_myself(person: Person, levels: Mapping[str, str], *, learner: Person | None = None) -> int:
    """What somebody says they can do, skill by skill; family with a mandate may write it down for them.

    Returns how many changed. Raises `Denied`, `Refused`: no_level, no_community.
    """
    who = learner or person
    if who != person and mandate_for(person, who, "learning") is None:
        raise Denied("learning.learn")
    permit(who, "learning.learn", who)
    area = _home(who)
    changed = 0
    for skill, level in _checked(levels).items():
        row = _row(who, area, skill)
        if row.own == level and row.asked_at is None:
            continue
        row.own, row.own_at = level, now()
        _keep(row, level)
        changed += 1
    if changed:
        audit.record(person, "learning.say_of_myself", who, acting_for=who if who != person else None, skills=changed)
    return changed


@atomic
def mark(person: Person, thing: Course | Visit, learner: Person, levels: Mapping[str, str]) -> int:
    """What a teacher saw, in their class or lesson. Nobody marks themselves.

    Returns how many changed. Raises `Denied`, `Refused`: no_level, oneself.
    """
    permit(person, "learning.mark", thing)
    if learner.pk == person.pk:
        raise Refused("oneself", _("自己的让另一位老师来看。"))
    changed = 0
    for skill, level in _checked(levels).items():
        row = _row(learner, thing.area, skill)
        if row.taught == level:
            continue
        row.taught, row.taught_at, row.taught_by = level, now(), person
        _keep(row, level)
        changed += 1
    if changed:
        audit.record(person, "learning.mark", thing, subject=learner.pk, skills=changed)
    return changed


@atomic
def ask_again(pk: int) -> Person | None:
    """A month later: does it still go? By the clock; a second run does nothing. Returns who is to be told."""
    row = Progress.objects.select_for_update().filter(pk=pk, ask_on__lte=today()).first()
    if row is None:
        return None
    row.ask_on, row.asked_at = None, now()
    row.save(update_fields=["ask_on", "asked_at"])
    audit.record(None, "learning.ask_again", row)
    found: Person = Person.objects.get(pk=row.person_id)
    return found


def _keep(row: Progress, level: str) -> None:
    """Save it, ask again in a month, and let its term of keeping begin anew."""
    days = policy("learning.ask_again_days")
    row.ask_on = rules.ask_again_on(level, today(), days, was_asked=row.asked_at is not None)
    row.asked_at = None
    row.save()
    start_retention(row, "learning.progress")


def _checked(levels: Mapping[str, str]) -> dict[str, str]:
    known = {skill: level for skill, level in levels.items() if skill in catalogue.skills() and level}
    if any(level not in Level.values for level in known.values()):
        raise Refused("no_level", _("请选：自己会、要人帮一下、还不会。"))
    return known


def _row(who: Person, area: Area, skill: str) -> Progress:
    found = Progress.objects.select_for_update().filter(person=who, skill=skill).first()
    if found is None:
        try:
            with atomic():
                found = Progress.objects.create(area=area, person=who, skill=skill)
        except IntegrityError:  # a second window had it first
            found = Progress.objects.select_for_update().get(person=who, skill=skill)
    row: Progress = found
    return row


def _home(who: Person) -> Area:
    if who.community is None:
        raise Refused("no_community", _("请先在「我的」里选住在哪个社区。"))
    return who.community
