"""What the pages of this room share."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.http import Http404
from django.utils.translation import gettext as _

from linli.foundation.areas.models import Area
from linli.foundation.people.actions import register_person
from linli.foundation.people.models import Person
from linli.foundation.people.permit import may, permit
from linli.foundation.web import Denied, Refused
from linli.foundation.web.middleware import Request
from linli.mechanisms.bookings.models import Session
from linli.services.learning.models import Course


def own_area(request: Request) -> Area:
    """The community that is being looked at. Raises `Denied` (404) where there is none."""
    area: Any = request.area  # lazy, and None for who belongs to no place
    if not area or len(area.code) < 12:
        raise Denied("learning")
    found: Area = area if len(area.code) == 12 else Area.objects.get(code=area.community_code)
    return found


def working_area(request: Request, verb: str) -> Area:
    """The community whose desk this is. Raises `Denied` (404) for who may not do `verb` there."""
    area = own_area(request)
    permit(request.person, verb, area)
    return area


def seen(rows: QuerySet[Any], pk: int) -> Any:
    """The row of that number among `rows`, else 404."""
    found = rows.filter(pk=pk).first()
    if found is None:
        raise Http404
    return found


def time_of(course: Course, pk: int) -> Session:
    """One time of a course, else 404."""
    found: Session = seen(Session.objects.select_related("offer__area").filter(offer=course.offer_id), pk)
    return found


def by_phone(area: Area, typed: str) -> Person:
    """The account of that number, of this community. Raises `Refused("no_account")`."""
    digits = "".join(sign for sign in typed if sign.isdigit() or sign == "+")
    digits = digits.removeprefix("86") if len(digits) == 13 else digits
    number = digits if digits.startswith("+") else f"+86{digits}"
    found = Person.objects.by_phone(number).filter(is_active=True).select_related("community").first()
    if found is None or not found.area_code.startswith(area.code):
        raise Refused("no_account", _("本社区没有这个手机号的账号。请先帮他登记。"), field="phone")
    return found


def somebody(area: Area, typed: str) -> Person:
    """Who has that number; or, without a digit in it, who is registered here by that name and has no phone.

    Raises `Refused`: no_account, several.
    """
    if any(sign.isdigit() for sign in typed):
        return by_phone(area, typed)
    rows = Person.objects.filter(community__code__startswith=area.code, phone_index=None, is_active=True)
    found = [one for one in rows.select_related("community") if one.name == typed.strip()]
    if len(found) > 1:
        raise Refused("several", _("有两位同名的，请填手机号来分清。"), field="phone")
    if not found:
        raise Refused("no_account", _("没找到这位居民。请填手机号，或者先替他登记。"), field="phone")
    return found[0]


def learner_at_desk(staff: Person, area: Area, given: dict[str, Any]) -> Person:
    """Who stands at the window: by phone, by name where registered already, else registered now, without a phone.

    Raises `Denied`, `Refused`: no_account, several.
    """
    if given.get("phone"):
        return by_phone(area, given["phone"])
    try:
        return somebody(area, given["name"])
    except Refused as refusal:
        if refusal.code != "no_account":
            raise
    return register_person(staff, area, name=given["name"], birth_year=given.get("birth_year"))


def doors(request: Request) -> dict[str, bool]:
    """Which of the room's desk pages this person has."""
    verbs = {"courses": "keep_courses", "pairs": "match", "devices": "lend", "drills": "keep_drills",
             "report": "report", "certificates": "look_up"}
    return {name: may(request.person, f"learning.{verb}") for name, verb in verbs.items()}
