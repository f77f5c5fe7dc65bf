"""Residents' pages: find a way, facilities by my need, what does not work now."""

from __future__ import annotations

from collections.abc import Sequence
from math import isfinite
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.http import Http404, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from linli.foundation.areas.mapping import features_of
from linli.foundation.areas.models import Area, Facility, FacilityKind
from linli.foundation.calendar.clock import now
from linli.foundation.files import received, takes_files
from linli.foundation.people.permit import may
from linli.foundation.web.middleware import Request
from linli.foundation.web.views import keyset_page, refusal_shown_in, signed_in
from linli.services.access.actions import facts as fact_verbs, outages as outage_verbs
from linli.services.access.forms import OutageForm, ProposeForm, thing_lists
from linli.services.access.models import Outage, OutageState, PathEdge
from linli.services.access.places import Place
from linli.services.access.queries import drawing, facts, network
from linli.services.access.views.common import here, need_of, sent
from linli.services.access.ways.finding import Plan, Way
from linli.services.access.ways.telling import hindrance_words, steps_of

KINDS = ("toilet", "lift", "aed", "canteen", "station", "room", "clinic", "parking")


@signed_in
@require_safe
def home(request: Request) -> HttpResponse:
    """The doors of this room, and what does not work just now."""
    area = here(request)
    return render(request, "access/home.html", {"outages": network.closing(area, now())[:5], "place": area})


def kind_choices() -> list[tuple[str, str]]:
    labels = dict(FacilityKind.choices)
    return [(kind, _("卫生站、诊所") if kind == "clinic" else str(labels[kind])) for kind in KINDS]


@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def way(request: Request) -> HttpResponse:
    """From where, to where, how I move about; below it the way in words and drawn.

    Sent, it leads to the address of that way: a position that was tapped or measured becomes the nearest place of the
    network there, and stands in no address.
    """
    area = here(request)
    if request.method == "POST":
        start, problem = chosen_start(request, area)
        if not problem:
            given = {"need": request.POST.get("need", ""), "from": start, "to": request.POST.get("to", "")}
            return redirect(f"{reverse('access:way')}?{urlencode(given)}")
        shown = {**_way(request, area, typed=request.POST), "problem": problem}
        return render(request, "access/way.html", shown, status=422)
    return render(request, "access/way.html", _way(request, area))


def chosen_start(request: Request, area: Area) -> tuple[str, str]:
    """(key of the start, "") or ("", what is wrong with the position): a listed place, else a point of the map."""
    given = request.POST
    lon, lat = (_number(given.get(name, "")) for name in ("lon", "lat"))
    listed = given.get("from", "")
    if lon is None or lat is None or (listed and given.get("place") != "other"):
        missing = given.get("place") == "other"
        return listed, _("请在地图上点一下起点，或者点「我在这里」。") if missing else ""
    found = network.near(area, lon, lat)
    if found is None:
        return "", _("这个位置离有记录的路太远，请点近一点的地方，或者选一个地方。")
    return found, ""


def _number(text: str) -> float | None:
    try:
        value = float(text)
    except ValueError:
        return None
    return value if isfinite(value) else None


@signed_in
@require_safe
def way_print(request: Request) -> HttpResponse:
    """The same way on paper, in large type."""
    area = here(request)
    shown = _way(request, area)
    if not shown["way"]:
        raise Http404
    title = next(title for code, title, _hint in shown["needs"] if code == shown["need"])
    return render(request, "access/way_print.html", {**shown, "printed_at": now(), "need_title": title})


def _way(request: Request, area: Area, typed: QueryDict | None = None) -> dict[str, Any]:
    """What the page shows; `typed`: a form that could not be used."""
    choices = network.needs(area)
    need = need_of(request, {code for code, _title, _hint in choices}, typed)
    asked = request.GET if typed is None else typed
    start, goal = asked.get("from", ""), asked.get("to", "")
    spots = network.spots(area)
    known = {spot.key for spot in spots}
    shown: dict[str, Any] = {
        "place": area,
        "needs": choices,
        "need": need,
        "start": start,
        "goal": goal,
        "groups": _grouped(spots),
        "kinds": [(f"kind:{kind}", label) for kind, label in kind_choices()],
        "asked": bool(start and goal) and typed is None,
        "typed": typed or {},
        "sheet": features_of(area),
        "way": None,
        "has_network": bool(network.graph_of(area).links),
    }
    if not shown["asked"]:
        return shown
    nearest = goal.startswith("kind:") and goal.removeprefix("kind:") in KINDS
    from_map = start.startswith("p-") and network.find_spot(area, network.graph_of(area), start) is not None
    shown["from_map"] = from_map
    if not need or (start not in known and not from_map) or (goal not in known and not nearest) or start == goal:
        shown["problem"] = (
            _("请先选您怎么走。")
            if not need
            else _("起点和终点是同一个地方，请改一个。")
            if start == goal
            else _("请从列出的地方里选起点和终点。")
        )
        return shown
    found = network.answer(area, need, start, goal)
    if found is None:
        shown["problem"] = (
            _("起点或终点附近还没有路网记录，找不出路。请打社区电话，或者找人陪您走。")
            if not nearest
            else _("附近没有记录过您能用的这种设施。可以打社区电话问。")
        )
        return shown
    return {**shown, **_told(area, found, need)}


def _told(area: Area, found: network.Answer, need: str) -> dict[str, Any]:
    plan = found.plan
    if plan.best is None:
        return {
            "no_way": True,
            "blocked_by_outage": any(reason.code == "outage" for one in plan.blocked for reason in one.reasons),
            "blocked": [hindrance_words(one) for one in plan.blocked],
            "answer": found,
        }
    best = plan.best
    goal = found.goal.title if found.goal else ""
    others = [*plan.others, *([plan.shorter_unsure] if plan.shorter_unsure else [])]
    return {
        "answer": found,
        "way": best,
        "goal_title": goal,
        "minutes": minutes(best),
        "steps": steps_of(best, found.graph, blind=need == "blind", deaf=need == "deaf"),
        "facts": _facts(best, found.profile.rest_every_m),
        "instead": [hindrance_words(one) for one in plan.instead],
        "short_m": round(plan.short_m) if plan.short_m else None,
        "others": [_other(plan, one) for one in others],
        "outages": found.avoided,
        "features": drawing.features(area, found.graph, best, others),
        "marks": drawing.marks(found.graph, best.start, best.goal, found.start.title, goal, found.avoided),
    }


def minutes(way: Way) -> int:
    return max(1, round(way.seconds / 60))


def _facts(way: Way, rest_every_m: float | None) -> list[tuple[str, str]]:
    """What to know before setting out: length, steepest part, steps, what nobody measured."""
    steepest = way.steepest
    rise = (steepest.link.incline or 0.0) * (1 if steepest.forward else -1) if steepest else 0.0
    values = {
        "percent": f"{abs(rise):.1f}".rstrip("0").rstrip("."),
        "metres": round(steepest.link.length_m) if steepest else 0,
    }
    slope = (
        _("没有坡")
        if not steepest
        else (_("上坡 %(percent)s%%，长 %(metres)s 米") if rise > 0 else _("下坡 %(percent)s%%，长 %(metres)s 米"))
        % values
    )
    if any(leg.link.incline is None and leg.link.kind in ("footway", "road", "ramp") for leg in way.legs):
        slope = _("%(known)s；有的坡没人量过") % {"known": slope}
    uncounted = any(leg.link.steps is None and leg.link.kind not in ("lift", "steps", "crossing") for leg in way.legs)
    steps = _("%(count)s 级") % {"count": way.steps} if way.steps else _("没有")
    if way.has_uncounted_steps or uncounted:
        steps = _("%(known)s；有的地方没人看过") % {"known": steps}
    found = [
        (_("多远"), _("%(metres)s 米") % {"metres": round(way.length_m)}),
        (_("最陡的地方"), slope),
        (_("台阶"), steps),
    ]
    if rest_every_m:
        found.append((_("最长一段没椅子"), _("%(metres)s 米") % {"metres": round(way.longest_without_bench_m)}))
    return found


def _other(plan: Plan, way: Way) -> dict[str, Any]:
    return {
        "metres": round(way.length_m),
        "minutes": minutes(way),
        "steps": way.steps,
        "unsure_m": round(way.unsure_m),
        "is_sure": way.is_sure,
        "names": _names(way),
        "is_shorter": plan.shorter_unsure is way,
    }


def _names(way: Way) -> str:
    """The street names along it, each once: what tells two ways apart."""
    names = list(dict.fromkeys(leg.link.name for leg in way.legs if leg.link.name))
    return _("、").join(names[:4])


def _grouped(spots: Sequence[network.Spot]) -> list[tuple[str, list[network.Spot]]]:
    groups: dict[str, list[network.Spot]] = {}
    for spot in spots:
        groups.setdefault(spot.group, []).append(spot)
    return list(groups.items())


@signed_in
@require_safe
def facilities(request: Request) -> HttpResponse:
    """The facilities of the community, those I can use first."""
    area = here(request)
    choices = network.needs(area)
    need = need_of(request, {code for code, _title, _hint in choices})
    kind = request.GET.get("kind", "")
    kind = kind if kind in KINDS or kind in FacilityKind.values else ""
    words = request.GET.get("q", "").strip()[:60]
    only = request.GET.get("only") == "1" and bool(need)
    rows = facts.rows(
        request.person, area, need=need, kind=kind, words=words, only_usable=only, outages=network.closing(area, now())
    )
    return render(
        request,
        "access/facilities.html",
        {
            "rows": rows,
            "needs": choices,
            "need": need,
            "kind": kind,
            "kinds": kind_choices(),
            "words": words,
            "only": only,
        },
    )


@takes_files
@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def facility(request: Request, pk: int) -> HttpResponse:
    """What is known of one facility, who looked and when; and: that is not so."""
    one = get_object_or_404(Facility.objects.visible_to(request.person).select_related("area", "building"), pk=pk)
    if not may(request.person, "access.look", Place(one.area)):
        raise Http404
    form = ProposeForm(sent(request))
    if form.is_valid():
        with refusal_shown_in(form):
            given = form.cleaned_data
            files = received(request, "photos", purpose="access.photo")
            fact_verbs.propose_fact(
                request.person, one, key=given["key"], value=given["said"], note=given["note"], files=files
            )
            messages.success(request, _("收到了。社区看过以后就改，改好告诉您。"))
            return redirect("access:facility", one.pk)
    known = facts.facts_of([one]).get(one.pk, [])
    verdicts = [(title, facts.judged(code, one, known)) for code, title, _hint in network.needs(one.area)]
    outages = [row for row in network.closing(one.area, now()) if row.facility_id == one.pk]
    return render(
        request,
        "access/facility.html",
        {
            "one": one,
            "lines": facts.lines_of(one, known),
            "form": form,
            "outages": outages,
            "verdicts": [(title, verdict.answer, facts.in_words(verdict.because)) for title, verdict in verdicts],
            "waiting": [
                (row, facts.title_of(row.key), facts.words_of(row.key, row.value))
                for row in facts.own_proposals(request.person, one)
            ],
            "may_propose": may(request.person, "access.propose", one),
            "marks": [{"lon": one.lon, "lat": one.lat, "word": one.name}] if one.lon is not None else [],
            "features": features_of(one.area) if one.lon is not None else [],
        },
        status=422 if form.errors else 200,
    )


@signed_in
@require_safe
def outages(request: Request) -> HttpResponse:
    """Everything that does not work now, and what is over again lately."""
    area = here(request)
    recent = (
        Outage.objects.visible_to(request.person)
        .filter(area=area, state=OutageState.OVER)
        .select_related("facility", "edge", "area")
        .order_by("-reported_at", "-pk")
    )
    return render(
        request,
        "access/outages.html",
        {"rows": network.closing(area, now()), "page": keyset_page(recent, request, size=20)},
    )


@takes_files
@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def report_outage(request: Request) -> HttpResponse:
    """A lift is out, a ramp is blocked."""
    area = here(request)
    _buildings, things = thing_lists(request.person, area)
    edges = list(
        PathEdge.objects.visible_to(request.person)
        .filter(area=area)
        .exclude(name="")
        .select_related("area")
        .order_by("name", "pk")[:200]
    )
    first = {"what": request.GET.get("what", ""), "kind": request.GET.get("kind", "")}
    form = OutageForm(things, edges, sent(request), initial=first)
    if form.is_valid():
        with refusal_shown_in(form):
            given = form.cleaned_data
            files = received(request, "photos", purpose="access.photo")
            row = outage_verbs.report_outage(
                request.person,
                area,
                kind=given["kind"],
                note=given["note"],
                starts=given["starts"],
                until=given["until"],
                ask_repair=given["ask_repair"],
                files=files,
                **form.thing,
            )
            messages.success(request, _("记下了：%(where)s。找路会绕开它，社区会去看。") % {"where": row.where})
            return redirect("access:outages")
    return render(request, "access/report_outage.html", {"form": form}, status=422 if form.errors else 200)


@signed_in
@require_POST
def end_outage(request: Request, pk: int) -> HttpResponse:
    """Who reported it, or staff, says that it works again."""
    row = get_object_or_404(Outage.objects.visible_to(request.person).select_related("area"), pk=pk)
    outage_verbs.end_outage(request.person, row)
    messages.success(request, _("好，记下了：又能用了。"))
    return redirect("access:outages")
