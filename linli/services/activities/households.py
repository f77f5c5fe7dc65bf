"""Who lives with whom, and how a family is written down when it signs up."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from linli.foundation.calendar.clock import today
from linli.foundation.people.models import Person, Residency
from linli.foundation.web import Refused
from linli.mechanisms.bookings.actions import Member

EXTRA_MOST = 8


def housemates(person: Person) -> list[Person]:
    """Accounts that are confirmed in a home this person is confirmed in; without themselves. One query."""
    homes = Residency.objects.filter(person=person, state=Residency.State.CONFIRMED).values("home")
    rows = Residency.objects.filter(home__in=homes, state=Residency.State.CONFIRMED, person__is_active=True).exclude(
        person=person).select_related("person__community").order_by("claimed_at", "pk")
    return list({row.person_id: row.person for row in rows}.values())


def live_together(one: int, others: Sequence[int]) -> set[int]:
    """Those of `others` (ids) who are, or ever claimed to be, in a home with `one`; themselves included. One query."""
    homes = Residency.objects.filter(person=one).exclude(state=Residency.State.REJECTED).values("home")
    rows = Residency.objects.filter(home__in=homes, person__in=others).exclude(
        state=Residency.State.REJECTED).values_list("person", flat=True)
    return set(rows) | ({one} & set(others))


def is_verified(person: Person, area_code: str) -> bool:
    """Does the person live in that community, confirmed by staff?"""
    return Residency.objects.filter(
        person=person, state=Residency.State.CONFIRMED, area__code__startswith=area_code[:12]).exists()


@dataclass(frozen=True)
class Guest:
    """One who comes along without an account: a name, and a year of birth where it is known."""

    name: str
    birth_year: int | None = None


def read_guests(text: str) -> list[Guest]:
    """A line each: a name, then the year of birth if wanted. Raises `Refused("bad_line" | "too_many")`."""
    found: list[Guest] = []
    year = today().year
    for line in text.splitlines():
        words = line.replace("，", " ").replace(",", " ").replace("\0", "").split()
        if not words:
            continue
        born = int(words[-1]) if len(words) > 1 and words[-1].isdecimal() and len(words[-1]) == 4 else None
        name = " ".join(words[:-1] if born else words)[:20]
        if (born is not None and not year - 120 <= born <= year) or any(sign.isdigit() for sign in name):
            raise Refused("bad_line", _("「%(line)s」要写成：称呼 出生年份，例如 小雨 2019。") % {"line": line[:20]},
                          field="guests")
        found.append(Guest(name, born))
    if len(found) > EXTRA_MOST:
        raise Refused("too_many", _("一次最多写 %(most)s 个人，请分开报。") % {"most": EXTRA_MOST}, field="guests")
    return found


def party_of(booker: Person, others: Sequence[Person], guests: Sequence[Guest], *, comes: bool) -> list[Member]:
    """The members of a party: the booker if they come themselves, housemates, and who has no account.

    Raises `Refused("nobody" | "not_housemate")`.
    """
    known = {one.pk for one in housemates(booker)} if others else set()
    if any(one.pk not in known for one in others):
        raise Refused("not_housemate", _("只能替住在一起的家人报名，别的人请他们自己报。"), field="housemates")
    party = [Member(booker)] if comes else []
    party += [Member(one) for one in others]
    party += [Member(name=one.name, birth_year=one.birth_year) for one in guests]
    if not party:
        raise Refused("nobody", _("请选谁来参加。"), field="comes")
    return party
