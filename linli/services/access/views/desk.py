"""The desk: facts to check, outages, the path network, works, guides."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.db.models import Q
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from linli.foundation.areas.models import Facility
from linli.foundation.calendar.clock import now
from linli.foundation.people.permit import may, permit
from linli.foundation.web import Refused
from linli.foundation.web.middleware import Request
from linli.foundation.web.views import keyset_page, refusal_shown_in, staff_only
from linli.services.access.actions import facts as fact_verbs, guiding as guide_verbs, network as net, outages as verbs
from linli.services.access.forms import EdgeForm, MatchForm, MinutesForm, ProposeForm, edge_initial
from linli.services.access.models import Fact, Guide, GuideRequest, GuideState, Outage, OutageState, PathEdge, PathKind
from linli.services.access.queries import facts, guiding, works
from linli.services.access.views.common import desk_doors, here, photos_of, sent

_MISSING = Q(steps=None) | Q(incline=None) | Q(width_cm=None)


@staff_only
@require_safe
def desk(request: Request) -> HttpResponse:
    """What waits: proposals to check, first the oldest."""
    return _desk(request)


def _desk(request: Request, *, refused: Fact | None = None, problem: str = "") -> HttpResponse:
    permit(request.person, "access.check_outage")
    page = keyset_page(facts.to_check(request.person), request, size=30)
    known = facts.facts_of(row.facility for row in page)
    shown = [
        (
            row,
            facts.title_of(row.key),
            facts.words_of(row.key, row.value),
            facts.words_of(row.key, now_is)
            if (now_is := facts.merged(row.facility, known.get(row.facility_id, [])).get(row.key))
            else "",
            photos_of(request, row),
        )
        for row in page
    ]
    return render(
        request,
        "access/desk_facts.html",
        {
            "page": page,
            "shown": shown,
            "refused": refused,
            "problem": problem,
            "may_confirm": may(request.person, "access.confirm"),
            "tab": "facts",
            "desk_doors": desk_doors(request),
        },
        status=422 if problem else 200,
    )


@staff_only
@require_POST
def decide_fact(request: Request, pk: int) -> HttpResponse:
    row = get_object_or_404(Fact.objects.visible_to(request.person).select_related("area", "facility"), pk=pk)
    answer = request.POST.get("answer", "")
    if request.POST.get("verb") == "confirm":
        fact_verbs.confirm_fact(request.person, row, answer=answer)
        messages.success(request, _("改好了：%(where)s。") % {"where": row.facility.name})
        return redirect("access:desk")
    try:
        fact_verbs.refuse_fact(request.person, row, answer=answer)
    except Refused as refusal:
        if refusal.field is None:
            raise
        return _desk(request, refused=row, problem=str(refusal.sentence))
    messages.success(request, _("没有采用，理由已经告诉提的人。"))
    return redirect("access:desk")


@staff_only
@require_http_methods(["GET", "HEAD", "POST"])
def desk_facility(request: Request, pk: int) -> HttpResponse:
    """Write down what staff measured themselves; it counts at once."""
    one = get_object_or_404(Facility.objects.visible_to(request.person).select_related("area", "building"), pk=pk)
    permit(request.person, "access.confirm", one)
    form = ProposeForm(sent(request))
    if form.is_valid():
        with refusal_shown_in(form):
            given = form.cleaned_data
            fact_verbs.record_fact(request.person, one, key=given["key"], value=given["said"], note=given["note"])
            messages.success(request, _("存好了。"))
            return redirect("access:desk_facility", one.pk)
    return render(
        request,
        "access/desk_facility.html",
        {"one": one, "form": form, "lines": facts.lines_of(one, facts.facts_of([one]).get(one.pk, []))},
        status=422 if form.errors else 200,
    )


@staff_only
@require_safe
def desk_outages(request: Request) -> HttpResponse:
    permit(request.person, "access.check_outage")
    state = request.GET.get("state", "open")
    state = state if state in ("open", *OutageState.values) else "open"
    page = keyset_page(facts.outages_for_desk(request.person, state=state), request, size=30)
    return render(
        request,
        "access/desk_outages.html",
        {
            "page": page,
            "state": state,
            "states": [("open", _("还没好的")), *OutageState.choices],
            "tab": "outages",
            "desk_doors": desk_doors(request),
            "moment": now(),
            "rows": [(row, photos_of(request, row)) for row in page],
        },
    )


@staff_only
@require_POST
def decide_outage(request: Request, pk: int, verb: str) -> HttpResponse:
    row = get_object_or_404(Outage.objects.visible_to(request.person).select_related("area"), pk=pk)
    if verb == "confirm":
        verbs.confirm_outage(request.person, row)
    elif verb == "over":
        verbs.end_outage(request.person, row)
    else:
        verbs.dismiss_outage(request.person, row)
    messages.success(
        request,
        {
            "confirm": _("核实了，找路会绕开它。"),
            "over": _("好，记下了：又能用了。"),
            "dismiss": _("好，记下了：没有这回事。"),
        }[verb],
    )
    return redirect("access:desk_outages")


@staff_only
@require_safe
def desk_paths(request: Request) -> HttpResponse:
    """The stretches of the network; first those where something was never measured."""
    area = here(request)
    permit(request.person, "access.draw_paths", area)
    only = request.GET.get("only", "missing")
    kind = request.GET.get("kind", "")
    words = request.GET.get("q", "").strip()[:60]
    rows = PathEdge.objects.visible_to(request.person).filter(area=area).select_related("start", "end", "checked_by")
    total = rows.count()
    unmeasured = rows.filter(_MISSING).exclude(kind__in=[PathKind.LIFT, PathKind.STEPS, PathKind.CROSSING])
    count = unmeasured.count()
    if only == "missing":
        rows = unmeasured
    if kind in PathKind.values:
        rows = rows.filter(kind=kind)
    if words:
        rows = rows.filter(Q(name__icontains=words) | Q(start__name__icontains=words) | Q(end__name__icontains=words))
    return render(
        request,
        "access/desk_paths.html",
        {
            "page": keyset_page(rows.order_by("-length_m", "pk"), request, size=40),
            "only": only,
            "kind": kind,
            "kinds": PathKind.choices,
            "total": total,
            "count": count,
            "words": words,
            "place": area,
            "tab": "paths",
            "desk_doors": desk_doors(request),
        },
    )


@staff_only
@require_http_methods(["GET", "HEAD", "POST"])
def desk_path(request: Request, pk: int) -> HttpResponse:
    """One stretch: what was measured, with who and when."""
    edge = get_object_or_404(
        PathEdge.objects.visible_to(request.person).select_related("area", "start", "end", "checked_by"), pk=pk
    )
    permit(request.person, "access.draw_paths", edge)
    form = EdgeForm(sent(request), initial=edge_initial(edge))
    if form.is_valid():
        with refusal_shown_in(form):
            net.measure_edge(request.person, edge, form.cleaned_data)
            messages.success(request, _("存好了，找路马上用新的。"))
            return redirect("access:desk_paths")
    line = edge.shape or [[edge.start.lon, edge.start.lat], [edge.end.lon, edge.end.lat]]
    feature = {
        "type": "Feature",
        "properties": {"kind": "road", "name": edge.name},
        "geometry": {"type": "LineString", "coordinates": line},
    }
    ends = [
        {"lon": node.lon, "lat": node.lat, "word": node.name or word, "shape": shape}
        for node, word, shape in ((edge.start, _("起"), "circle"), (edge.end, _("止"), "square"))
    ]
    return render(
        request,
        "access/desk_path.html",
        {"edge": edge, "form": form, "features": [feature], "marks": ends},
        status=422 if form.errors else 200,
    )


@staff_only
@require_safe
def desk_works(request: Request) -> HttpResponse:
    permit(request.person, "access.see_works")
    is_open = request.GET.get("state", "open") == "open"
    return render(
        request,
        "access/desk_works.html",
        {
            "page": keyset_page(works.works_for_desk(request.person, is_open=is_open), request, size=30),
            "is_open": is_open,
            "tab": "works",
            "desk_doors": desk_doors(request),
        },
    )


@staff_only
@require_safe
def desk_guides(request: Request) -> HttpResponse:
    return _guides(request)


def _guides(request: Request, *, form: Any = None, about: int = 0) -> HttpResponse:
    """Who asks, who could guide then, and who offered to."""
    permit(request.person, "access.match_guide")
    state = request.GET.get("state", GuideState.ASKED)
    state = state if state in GuideState.values else GuideState.ASKED
    page = keyset_page(guiding.requests_at_desk(request.person, state=state), request, size=20)
    rows = []
    for row in page:
        own = form if form is not None and about == row.pk else None
        can = row.state in (GuideState.ASKED, GuideState.MATCHED)
        rows.append((row, own if isinstance(own, MatchForm) else MatchForm(guiding.free_guides(row)) if can else None))
    return render(
        request,
        "access/desk_guides.html",
        {
            "page": page,
            "rows": rows,
            "state": state,
            "states": GuideState.choices,
            "tab": "guides",
            "desk_doors": desk_doors(request),
            "guides": list(guiding.guides_at_desk(request.person)[:100]),
            "minutes": MinutesForm(),
            "moment": now(),
        },
        status=422 if form is not None else 200,
    )


@staff_only
@require_POST
def match_guide(request: Request, pk: int) -> HttpResponse:
    row: GuideRequest = get_object_or_404(guiding.requests_at_desk(request.person), pk=pk)
    form = MatchForm(guiding.free_guides(row), request.POST)
    if form.is_valid():
        with refusal_shown_in(form):
            guide_verbs.match_guide(request.person, row, form.guides[form.cleaned_data["guide"]])
            messages.success(request, _("安排好了，两边都会收到消息。"))
            return redirect("access:desk_guides")
    return _guides(request, form=form, about=row.pk)


@staff_only
@require_POST
def check_guide(request: Request, pk: int) -> HttpResponse:
    row: Guide = get_object_or_404(guiding.guides_at_desk(request.person), pk=pk)
    guide_verbs.check_guide(request.person, row)
    messages.success(request, _("核对好了，可以安排了。"))
    return redirect("access:desk_guides")
