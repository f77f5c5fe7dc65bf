"""Whether somebody may be with children: the look-up of 未成年人保护法 第62条, done and in date."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from django.db.models import Max
from django.utils.translation import gettext as _

from linli.foundation.people.models import Person
from linli.foundation.policy import policy
from linli.foundation.web import Refused
from linli.services.children.models import Vetting
from linli.services.children.rules import is_vetted


def vetted_until(people: Iterable[int]) -> dict[int, date]:
    """person id → the last look-up's date. One query."""
    rows = Vetting.objects.filter(person__in=list(people)).values("person").annotate(last=Max("checked_on"))
    return {row["person"]: row["last"] for row in rows}


def vetted_among(people: Iterable[int], day: date) -> set[int]:
    """Those of `people` whose look-up is in date on `day`. One query."""
    valid = policy("children.vetting_days")
    return {pk for pk, last in vetted_until(people).items() if is_vetted(last, day, valid)}


def refuse_unvetted(person: Person, day: date) -> None:
    """Raises `Refused("not_vetted")`."""
    if person.pk not in vetted_among([person.pk], day):
        raise Refused("not_vetted", _(
            "和孩子在一起的人，法律要求先查犯罪记录，每年一次。请先到社区办一下，办好就能报名。"))
