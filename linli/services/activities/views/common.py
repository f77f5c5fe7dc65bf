"""What the pages of this room share."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from typing import Any

from django.db.models import Model
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _

from linli.foundation.areas.models import Area
from linli.foundation.files import StoredFile, keep
from linli.foundation.files.receiving import refuse_big_files
from linli.foundation.people.models import Person
from linli.foundation.people.permit import permit
from linli.foundation.web import Denied, Refused
from linli.foundation.web.middleware import Request
from linli.mechanisms.bookings.models import Session
from linli.services.activities.models import Activity

NAMELESS = ".jpg"  # a name of nothing but an ending: the files room keeps none


def seen(model: type[Model], person: Person, pk: int, *related: str) -> Any:
    """The row of that number if the person may see it, else 404."""
    rows = model._default_manager.visible_to(person)  # type: ignore[attr-defined]  # a visible model
    return get_object_or_404(rows.select_related(*related) if related else rows, pk=pk)


def activity_of(request: Request, pk: int) -> Activity:
    """An activity the person may see, with what its pages need."""
    found: Activity = seen(
        Activity, request.person, pk, "area", "host", "organisation", "facility", "club", "offer__area")
    return found


def running(request: Request, pk: int, verb: str = "activities.run") -> Activity:
    """An activity the person runs or keeps. Raises `Denied`: 403 where they may see it, 404 where not."""
    found = activity_of(request, pk)
    permit(request.person, verb, found)
    return found


def session_of(activity: Activity, pk: int) -> Session:
    """One of its times, else 404."""
    rows = Session.objects.select_related("offer__area")
    found: Session = get_object_or_404(rows, pk=pk, offer=activity.offer_id)
    found.offer = activity.offer if activity.offer is not None else found.offer
    return found


def own_area(request: Request) -> Area:
    """The community that is being looked at. Raises `Denied` (404) where there is none."""
    area: Any = request.area  # lazy, and None for who belongs to no place
    if not area:
        raise Denied("activities")
    found: Area = area
    return found


def working_area(request: Request, verb: str) -> Area:
    """The community whose desk this is. Raises `Denied` (404) for who may not do `verb` there."""
    area = own_area(request)
    permit(request.person, verb, area)
    return area


def by_phone(typed: str, field: str = "phone") -> Person:
    """The account of that number. Raises `Refused("no_account")`."""
    digits = "".join(sign for sign in typed if sign.isdigit() or sign == "+")
    number = digits if digits.startswith("+") else f"+86{digits}"
    found = Person.objects.by_phone(number).filter(is_active=True).first()
    if found is None:
        raise Refused("no_account", _("没有这个手机号的账号。请先让他登录一次。"), field=field)
    return found


def words_of(request: Request) -> str:
    """`?q=…`, without what no database takes."""
    return request.GET.get("q", "").replace("\0", "").strip()[:60]


def one_photo(request: Request, field: str, *, purpose: str) -> StoredFile | None:
    """The photograph of this form: sent now, or kept when the form came back. Without the name it had on the device.

    A name of a file often says whose it is, and some who see the picture must not know. Raises `Refused` as `keep`.
    """
    refuse_big_files(request)
    upload = request.FILES.get(field)
    if upload is not None:
        upload.name = NAMELESS
        return keep(request.person, upload, purpose=purpose)
    before = request.POST.get(f"{field}_id", "")
    if not before.isdecimal():
        return None
    found: StoredFile | None = StoredFile.objects.filter(
        pk=before, owner=request.person, purpose=purpose, about_type="", name="").first()
    return found


def as_csv(name: str, head: Sequence[object], rows: Iterable[Sequence[object]]) -> HttpResponse:
    """A table for a spreadsheet: UTF-8 with a mark; no cell begins like a formula."""
    out = io.StringIO()
    sheet = csv.writer(out)
    sheet.writerow([str(one) for one in head])
    for row in rows:
        sheet.writerow([f"'{cell}" if str(cell)[:1] in "=+-@\t" and str(cell) else str(cell) for cell in row])
    answer = HttpResponse("\ufeff" + out.getvalue(), content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    return answer


def pdf(content: bytes, name: str) -> HttpResponse:
    answer = HttpResponse(content, content_type="application/pdf")
    answer["Content-Disposition"] = f'inline; filename="{name}.pdf"'
    answer["X-Content-Type-Options"] = "nosniff"
    return answer
