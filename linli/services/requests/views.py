"""Asking, checking what was understood, and the slip of who asked without a name."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

from django.core import signing
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from linli.foundation.areas.models import Area
from linli.foundation.files import received, takes_files
from linli.foundation.files.models import StoredFile
from linli.foundation.people.acting import subject_of
from linli.foundation.people.models import Organisation, Person
from linli.foundation.people.permit import permit
from linli.foundation.people.queries import subjects_for
from linli.foundation.web.middleware import Request, not_found
from linli.foundation.web.views import refusal_shown_in, signed_in
from linli.mechanisms.cases import routing, similar
from linli.mechanisms.cases.kinds import current, say
from linli.mechanisms.cases.models import Case, CaseEvent, Visibility
from linli.mechanisms.cases.queries import whole
from linli.services.requests import actions, classifying, emergencies, places
from linli.services.requests.actions.asking import Asked, headline
from linli.services.requests.forms import AskForm, CheckForm, carried

SLIP = "requests.slip"
PURPOSE = "requests.photo"


@takes_files
@require_http_methods(["GET", "POST"])
@signed_in
def ask(request: Request) -> HttpResponse:
    """Page one and page two at one address; `step` says which button was pressed."""
    subjects = subjects_for(request.person, "requests")
    area = _area(request, subjects)
    if request.method == "GET":
        own = subject_of(request.person, "requests")
        first = {"subject": own.pk if own.pk != request.person.pk else "", "once": uuid4().hex,
                 "text": request.GET.get("text", "")[:2000],
                 "kind": "consult" if request.GET.get("kind") == "consult" else "complaint"}
        return _first(request, AskForm(request.person, area, subjects, initial=first), [])
    step = request.POST.get("step", "check")
    form = AskForm(request.person, area, subjects, request.POST)
    if step == "edit":
        shown = AskForm(request.person, area, subjects, initial=carried(request.POST.dict()))
        return _first(request, shown, _waiting(request))
    if not form.is_valid():
        return _first(request, form, _waiting(request), status=422)
    earlier = actions.sent_before(request.person, form.cleaned_data["once"], subject=form.subject_person)
    if earlier is not None:
        return redirect(address_of(earlier))
    files: list[StoredFile] = []
    with refusal_shown_in(form):
        files = received(request, "photos", purpose=PURPOSE)
    if form.errors:
        return _first(request, form, _waiting(request), status=422)
    check = CheckForm(request.POST if step in ("send", "again") else None)
    if step == "send" and check.is_valid():
        with refusal_shown_in(check):
            case = actions.ask(request.person, area, _asked(form, check, files, request), subject=form.subject_person)
            return redirect(address_of(case))
    return _second(request, area, form, check, files)


def _area(request: Request, subjects: list[Person]) -> Area:
    """Where the matter is: the place looked at; for a father, the community he lives in."""
    asked = request.POST.get("subject", str(subject_of(request.person, "requests").pk))
    chosen = next((one for one in subjects if str(one.pk) == asked), None)
    if chosen is not None and chosen.community is not None:
        return chosen.community
    area = places.here(request)
    permit(request.person, "requests.ask", area)
    return area


def _waiting(request: Request) -> list[StoredFile]:
    """Photos that were kept while a page was corrected."""
    ids = [pk for pk in map(whole, request.POST.getlist("photos_id")) if pk is not None]
    return list(StoredFile.objects.filter(owner=request.person, about_type="", pk__in=ids))


def _first(request: Request, form: AskForm, files: list[StoredFile], *, status: int = 200) -> HttpResponse:
    return render(request, "requests/ask.html", {"form": form, "files": files, "steps": _steps(),
                  "dangers": emergencies.lines(form.area.code)}, status=status)


def _steps() -> list[str]:
    return [_("说事情"), _("核对")]


def _asked(form: AskForm, check: CheckForm, files: list[StoredFile], request: Request) -> Asked:
    given, where = form.cleaned_data, form.cleaned_data["where"]
    return Asked(
        kind=given["kind"], text=given["text"], category=check.cleaned_data["category"],
        title=check.cleaned_data["title"], place=given["place"] or str(where), building=where.building,
        facility=where.facility, complained_of=given["complained_of"], is_anonymous=given["anonymous"],
        visibility=given["visibility"], files=[stored.pk for stored in files], once=given["once"],
        suggestion=classifying.told(classifying.suggest(given["text"])))


def _second(request: Request, area: Area, form: AskForm, check: CheckForm, files: list[StoredFile]) -> HttpResponse:
    """Page two: what was understood, why, who would get it, who else has the trouble, what others will see."""
    given, where = form.cleaned_data, form.cleaned_data["where"]
    suggestion = classifying.suggest(given["text"])
    category = _category(check) or classifying.chosen(suggestion)
    if not check.is_bound:
        check = CheckForm(initial={"title": headline(given["text"]), "category": category})
    found = emergencies.found_in(given["text"], area.code)
    target: Organisation | None = given["complained_of"]
    routed = routing.route(
        area_code=area.code, kind_code=given["kind"], category=category, text=given["text"],
        compound_id=_compound(where), not_unit=target.pk if target else None)
    unit = Organisation.objects.filter(pk=routed.unit_id).first() if routed.unit_id else None
    private = target is not None or given["visibility"] == Visibility.PARTIES or (found is not None and found.private)
    alike = similar.candidates(
        current(given["kind"]), area.code, category=category, text=given["text"],
        building_id=where.building.pk if where.building else None,
        facility_id=where.facility.pk if where.facility else None,
        lon=_at(where)[0], lat=_at(where)[1])
    return render(request, "requests/check.html", {
        "form": form, "check": check, "files": files, "given": given, "where": where, "carried": carried(form.data),
        "suggestion": suggestion, "percent": round(100 * float(suggestion.confidence)), "category": category,
        "routed": routed, "unit": unit, "alike": alike, "emergency": found, "private": private,
        "kind": current(given["kind"]), "codes": classifying.codes(),
        "steps": _steps(),
    }, status=422 if check.errors else 200)


def _category(check: CheckForm) -> str:
    if not check.is_bound:
        return ""
    check.is_valid()
    return str(check.cleaned_data.get("category", ""))


def _compound(where: places.Where) -> int | None:
    building = where.building or (where.facility.building if where.facility else None)
    return building.compound_id if building else None


def _at(where: places.Where) -> tuple[float | None, float | None]:
    thing: Any = where.facility or where.building
    return (thing.lon, thing.lat) if thing is not None else (None, None)


def address_of(case: Case) -> str:
    """Where its asker reads on: the receipt, or, without a name, the slip that only the holder of its address has."""
    if case.is_anonymous:
        return reverse("requests:slip", args=[signing.dumps(case.number, salt=SLIP)])
    return reverse("portal:receipt", args=[case.number])


@require_safe
def slip(request: HttpRequest, token: str) -> HttpResponse:
    """The only way back for who left no name: whoever holds the address sees the state and the public answer."""
    try:
        number = signing.loads(token, salt=SLIP)
    except signing.BadSignature:
        return not_found(request)
    case = Case.objects.filter(number=number, is_anonymous=True).select_related("unit").first()
    if case is None:
        return not_found(request)
    words = [event for event in CaseEvent.objects.filter(case=case).order_by("-seq")
             if event.text_public and event.name in case.kind.transitions]
    response = render(request, "requests/slip.html", {
        "case": case, "words": words, "emergency": emergencies.found_in(f"{case.title} {case.text}", case.area_code),
        "kind_title": say(case.kind.title)})
    response["Referrer-Policy"] = "same-origin"  # the address is the key
    response["Cache-Control"] = "private, no-store"
    return response


