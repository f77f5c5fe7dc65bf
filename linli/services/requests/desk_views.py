"""Taking in what comes by telephone, at the window or from 12345; correcting a category."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

from django.contrib import messages
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from linli.foundation.areas.models import Area
from linli.foundation.people.models import Organisation, Person
from linli.foundation.people.permit import permit
from linli.foundation.web import Denied, Refused
from linli.foundation.web.middleware import Request
from linli.foundation.web.views import refusal_shown_in, staff_only
from linli.mechanisms.cases import queries, routing, similar
from linli.mechanisms.cases.kinds import current
from linli.mechanisms.cases.models import Case
from linli.mechanisms.cases.reach import permit_on
from linli.services.requests import actions, classifying, emergencies
from linli.services.requests.actions.asking import Asked
from linli.services.requests.actions.desk import Taken
from linli.services.requests.desk_forms import IntakeForm, polite_text
from linli.services.requests.places import here


@require_http_methods(["GET", "POST"])
@staff_only
def intake(request: Request) -> HttpResponse:
    """`step=look` recognises the person, guesses the category and the unit, and fills in the polite words."""
    area = here(request)
    permit(request.person, "requests.take_in", area)
    if request.method == "GET":
        form = IntakeForm(request.person, area, initial={"once": uuid4().hex, "channel": "phone"})
        return _page(request, form, {})
    form = IntakeForm(request.person, area, request.POST)
    if not form.is_valid():
        return _page(request, form, {}, status=422)
    seen = _look(request.person, area, form)
    filled = _filled(request.POST, form, area, seen)
    if request.POST.get("step") != "save":
        return _page(request, IntakeForm(request.person, area, filled), seen)
    shown = form
    if form.cleaned_data["category"] and (form.cleaned_data["note"] or not form.reason):
        with refusal_shown_in(form):
            case = actions.take_in(request.person, area, _taken(form, seen))
            messages.success(request, _("登记好了，单号 %(number)s。请告诉对方。") % {"number": case.number})
            return redirect("desk:case", number=case.number)
    else:
        shown = IntakeForm(request.person, area, filled)
        shown.add_error(None, _("种类和答复的话替您填上了，请看过再点「保存」。"))
    return _page(request, shown, seen, status=422)


def _page(request: Request, form: IntakeForm, seen: dict[str, Any], *, status: int = 200) -> HttpResponse:
    return render(request, "requests/intake.html", {
        "form": form, "codes": classifying.codes(), "place": form.area, **seen}, status=status)


def _look(person: Person, area: Area, form: IntakeForm) -> dict[str, Any]:
    """What the program knows about what was typed."""
    given = form.cleaned_data
    suggestion = classifying.suggest(given["text"])
    category = given["category"] or classifying.chosen(suggestion)
    where, target = given["where"], given["complained_of"]
    building = where.building or (where.facility.building if where.facility else None)
    routed = routing.route(
        area_code=area.code, kind_code=given["kind"], category=category, text=given["text"],
        source=given["channel"] if given["source_number"] else "",
        compound_id=building.compound_id if building else None, not_unit=target.pk if target else None)
    return {
        "suggestion": suggestion, "category": category, "routed": routed,
        "unit": Organisation.objects.filter(pk=routed.unit_id).first() if routed.unit_id else None,
        "resident": _resident(person, given["phone"]), "looked": True,
        "emergency": emergencies.found_in(given["text"], area.code),
        "alike": similar.candidates(
            current(given["kind"]), area.code, category=category, text=given["text"],
            building_id=building.pk if building else None,
            facility_id=where.facility.pk if where.facility else None)}


def _resident(person: Person, phone: str) -> Person | None:
    """The account with that telephone, if the person's desk may see it at all."""
    if not phone:
        return None
    found = Person.objects.by_phone(phone).first()
    if found is None or not Person.objects.visible_to(person).filter(pk=found.pk).exists():
        return None
    return found


def _filled(data: QueryDict, form: IntakeForm, area: Area, seen: dict[str, Any]) -> QueryDict:
    """What was typed, with the category and the polite words where they were left empty."""
    filled = data.copy()
    if not filled.get("category"):
        filled["category"] = seen["category"]
    if form.reason and not filled.get("note", "").strip():
        resident = seen["resident"]
        filled["note"] = polite_text(
            form.reason, area, earlier=form.cleaned_data["earlier"], target=form.cleaned_data["target"],
            language=resident.language if resident is not None else "zh")
    return filled


def _taken(form: IntakeForm, seen: dict[str, Any]) -> Taken:
    given, where, resident = form.cleaned_data, form.cleaned_data["where"], seen["resident"]
    return Taken(
        asked=Asked(
            kind=given["kind"], text=given["text"], category=given["category"], place=given["place"] or str(where),
            building=where.building, facility=where.facility, complained_of=given["complained_of"],
            is_anonymous=given["anonymous"], visibility=given["visibility"], once=given["once"],
            suggestion=classifying.told(seen["suggestion"])),
        channel=given["channel"], requester=resident, contact=(given["name"], given["phone"]),
        source_number=given["source_number"], outcome=given["outcome"].partition(":")[0], reason=form.reason,
        note=given["note"], target=given["target"] or (given["earlier"].number if given["earlier"] else ""))


@require_POST
@staff_only
def recategorise(request: Request, number: str) -> HttpResponse:
    """改成这个: one tap, and the rules say anew who answers."""
    try:
        case = queries.by_number(request.person, number)
    except Case.DoesNotExist:
        raise Denied("cases.see") from None
    permit_on(request.person, "cases.edit", case)
    found = classifying.find_category(request.POST.get("category", ""))
    if len(found) != 1:
        raise Refused("no_category", _("没有这个种类，或者有好几种，请写全一点。"))
    routed = actions.recategorise(request.person, case, found[0], seen=queries.whole(request.POST.get("seen")))
    if routed is None:
        messages.success(request, _("改成了「%(category)s」，还由现在的人办。") % {
            "category": classifying.shown(found[0])})
    else:
        unit = Organisation.objects.filter(pk=routed.unit_id).first() if routed.unit_id else None
        messages.success(request, _("改成了「%(category)s」，按规则归%(unit)s。") % {
            "category": classifying.shown(found[0]), "unit": unit.name if unit else _("社区值班")})
    return redirect("desk:case", number=case.number)
