"""What the pages of this room share."""

from __future__ import annotations

from typing import Any

from django.db.models import Model
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _

from linli.foundation.areas.models import Area
from linli.foundation.people.acting import subject_of
from linli.foundation.people.models import Person
from linli.foundation.people.permit import permit
from linli.foundation.web import Denied, Refused
from linli.foundation.web.middleware import Request
from linli.services.kitchen.queries import orders


def seen(model: type[Model], person: Person, pk: int, *related: str) -> Any:
    """The row of that number if the person may see it, else 404."""
    rows = model._default_manager.visible_to(person)  # type: ignore[attr-defined]  # a visible model
    return get_object_or_404(rows.select_related(*related) if related else rows, pk=pk)


def kept(model: type[Model], request: Request, pk: int, *related: str, verb: str = "kitchen.keep") -> Any:
    """The row of that number for who keeps the kitchen: 404 unless seen, 403 where seen but not theirs to keep."""
    row = seen(model, request.person, pk, *related)
    permit(request.person, verb, row)
    return row


def own_area(request: Request) -> Area:
    """The community that is being looked at. Raises `Denied` (404) where there is none."""
    area: Any = request.area  # lazy, and None for who belongs to no place
    if not area:
        raise Denied("kitchen")
    found: Area = area
    return found


def working_area(request: Request, verb: str = "kitchen.keep") -> Area:
    """The community whose desk this is. Raises `Denied` (404) for who may not do `verb` there."""
    area = own_area(request)
    permit(request.person, verb, area)
    return area


def chosen(request: Request, typed: str) -> Person:
    """Who the form is about: oneself, who one acts for now, or the family member chosen. Raises `Denied`."""
    people = {str(one.pk): one for one in orders.family(request.person)}
    if typed:
        if typed not in people:
            raise Denied("kitchen.order")
        return people[typed]
    subject = subject_of(request.person, "kitchen")
    return people.get(str(subject.pk), request.person)


def eaters(request: Request) -> list[Person]:
    """Whom one may order for, the one acted for just now first."""
    subject = subject_of(request.person, "kitchen")
    return sorted(orders.family(request.person), key=lambda one: one.pk != subject.pk)


def by_phone(typed: str, *, field: str = "phone") -> Person:
    """The account of that number. Raises `Refused("no_account")`."""
    found = Person.objects.by_phone(typed).filter(is_active=True).select_related("community").first()
    if found is None:
        raise Refused("no_account", _("没有这个手机号的账号。请先让他登录一次，或者在居民页登记。"), field=field)
    return found


def by_name(area: Area, name: str) -> Person:
    """Somebody of the community without a telephone, by the whole name. Raises `Refused`: no_account, more_than_one.

    Names are sealed and cannot be searched in the database; those without a number are few.
    """
    rows = Person.objects.filter(community=area, phone_index=None, is_active=True).select_related("community")
    found = [one for one in rows.order_by("pk")[:500] if name.strip() in (one.name, one.title)]
    if not found:
        raise Refused("no_account", _("没有这个名字的人。请先在居民页登记，不用手机号。"), field="name")
    if len(found) > 1:
        raise Refused("more_than_one", _("同名的不止一位，请用手机号，或者从他的页面里订。"), field="name")
    return found[0]


def pdf(content: bytes, name: str) -> HttpResponse:
    """A paper to look at or print; never kept by a cache on the way."""
    answer = HttpResponse(content, content_type="application/pdf")
    answer["Content-Disposition"] = f'inline; filename="{name}.pdf"'
    answer["X-Content-Type-Options"] = "nosniff"
    answer["Cache-Control"] = "no-store"
    return answer


def table(content: str, name: str) -> HttpResponse:
    """A table to keep."""
    answer = HttpResponse(content, content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    answer["Cache-Control"] = "no-store"
    return answer


def words_of(request: Request) -> str:
    """`?q=…`, without what no database takes."""
    return request.GET.get("q", "").replace("\0", "").strip()[:40]
