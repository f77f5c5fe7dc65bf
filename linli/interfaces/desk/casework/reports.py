"""What the shift needs to see at once: overdue, load, hand-over, rates, map, and the list as a workbook."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.contrib import messages
from django.db.models import Count, Q
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe
from openpyxl import Workbook
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE

from linli.foundation import audit
from linli.foundation.areas.models import Area, Building, Compound, MapLayer
from linli.foundation.calendar.clock import now
from linli.foundation.people.models import Person
from linli.foundation.people.permit import permit
from linli.foundation.privacy.masks import mask_text
from linli.foundation.web import Denied, Refused
from linli.foundation.web.middleware import Request
from linli.foundation.web.views import staff_only
from linli.interfaces.desk.casework.views import FILTERS
from linli.mechanisms.cases import actions, queries, rates
from linli.mechanisms.cases.models import FAR, Case

EXPORT_MAX = 20_000


@require_safe
@staff_only
def shift(request: Request) -> HttpResponse:
    """Who is overdue, who holds how much, and what goes to the next shift."""
    permit(request.person, "cases.worklist")
    desk = queries.desk_q(request.person)
    open_rows = Case.objects.filter(desk, is_open=True)
    moment = now()
    soon = moment + timedelta(hours=12)
    late = Count("pk", filter=Q(due_at__lt=moment))
    by_worker = (open_rows.exclude(assignee=None).order_by().values("assignee")
                 .annotate(held=Count("pk"), late=late).order_by("-late", "-held")[:50])
    due_soon = open_rows.filter(due_at__gte=moment, due_at__lt=soon).order_by("due_at", "id")
    people = Person.objects.in_bulk([row["assignee"] for row in by_worker])
    return render(request, "desk/cases/shift.html", {
        "overdue": queries.stuck(request.person, limit=50),
        "soon": queries.with_people(due_soon)[:30],
        "nobody": queries.with_people(open_rows.filter(assignee=None).order_by("due_at", "id"))[:30],
        "load": [(people[row["assignee"]], row["held"], row["late"]) for row in by_worker],
        "mine": Case.objects.filter(assignee=request.person, is_open=True).count(),
        "colleagues": [p for p in people.values() if p.pk != request.person.pk], "at": moment})


@require_POST
@staff_only
def hand_over(request: Request) -> HttpResponse:
    """交班: offer all one's open cases to a colleague, who takes them one by one; until then they stay mine."""
    permit(request.person, "cases.worklist")
    colleague = request.POST.get("colleague", "")
    done = skipped = 0
    for case in Case.objects.filter(assignee=request.person, is_open=True).order_by("id")[:200]:
        try:
            actions.act(request.person, case, "hand_over", worker=colleague, reason=_("交班"), channel="desk")
            done += 1
        except (Refused, Denied):
            skipped += 1
    messages.success(request, _("转出 %(done)s 件，等对方接下；%(skipped)s 件转不了，还在您手上。") % {
        "done": done, "skipped": skipped})
    return redirect("desk:shift")


@require_safe
@staff_only
def rates_page(request: Request) -> HttpResponse:
    """响应率, 解决率, 满意率 of the place: numerator, denominator, exclusions by reason, interval."""
    permit(request.person, "cases.rates")
    days = int(request.GET["days"]) if request.GET.get("days", "") in ("7", "30", "90", "365") else 30
    until = now()
    since = until - timedelta(days=days)
    code = max((s.area_code for s in request.person.standings if s.role != "resident"), default="", key=len)
    told = []
    from linli.mechanisms.cases.kinds import current, shipped

    for kind_code in shipped():
        told.append((current(kind_code), rates.rates(code, since, until, kind_code=kind_code)))
    return render(request, "desk/cases/rates.html", {
        "told": told, "days": days, "spans": (7, 30, 90, 365), "since": since, "until": until})


@require_safe
@staff_only
def map_page(request: Request) -> HttpResponse:
    """Open cases on the community's own map, with the same content as a list."""
    permit(request.person, "cases.worklist")
    filters = {name: request.GET.get(name, "") for name in FILTERS}
    rows = queries.narrowed(Case.objects.filter(queries.desk_q(request.person), is_open=True), filters)
    cases = list(queries.with_people(rows.order_by("due_at", "id"))[:60])
    return render(request, "desk/cases/map.html", {
        "features": _features(request.area), "marks": _marks(cases), "rows": cases})


def _marks(cases: list[Case]) -> list[dict[str, Any]]:
    """One mark a place: its only case's words, or how many there are; red as soon as one is overdue."""
    places: dict[tuple[float, float], list[Case]] = {}
    for case in cases:
        lon = case.lon if case.lon is not None else (case.building.lon if case.building else None)
        lat = case.lat if case.lat is not None else (case.building.lat if case.building else None)
        if lon is not None and lat is not None:
            places.setdefault((round(lon, 5), round(lat, 5)), []).append(case)
    moment = now()
    return [{
        "lon": lon, "lat": lat, "tone": "bad" if any(case.due_at < moment for case in here) else "info",
        "word": here[0].title[:8] if len(here) == 1 else _("%(count)s 件") % {"count": len(here)},
    } for (lon, lat), here in places.items()]


def _features(area: Area | None) -> list[Any]:
    """The community's own layers, with its compounds and buildings by their names."""
    if area is None:
        return []
    layers = MapLayer.objects.filter(area__code=area.code)
    found: list[Any] = [feature for layer in layers for feature in layer.features.get("features", [])]
    for model, kind in ((Compound, "edge"), (Building, "block")):
        found += [{"type": "Feature", "properties": {
            "kind": kind, "name": thing.name if kind == "block" else ""}, "geometry": thing.outline}
                  for thing in model.objects.filter(area__code=area.code).exclude(outline=None)]
    return found


@require_safe
@staff_only
def export(request: Request) -> HttpResponse:
    """The list as XLSX: masked, at most 20,000 rows, itself an audited act."""
    permit(request.person, "cases.export")
    filters = {name: request.GET.get(name, "") for name in FILTERS}
    rows = queries.narrowed(queries.queue(request.person, request.GET.get("queue", "open")), filters)
    book = Workbook(write_only=True)
    sheet = book.create_sheet(_("工单"))
    sheet.append([
        _("单号"), _("类型"), _("状态"), _("种类"), _("事情"), _("地点"), _("急不急"), _("负责单位"), _("谁在办"),
        _("报的时间"), _("期限"), _("办结时间"), _("催单"), _("邻居")])
    count = 0
    for case in rows.select_related("unit", "assignee")[:EXPORT_MAX].iterator(chunk_size=500):
        sheet.append([plain(value) for value in (
            case.number, str(case.kind), str(case.now_state), str(case.kind.category(case.category) or case.category),
            mask_text(case.title), case.place_public, case.get_urgency_display(),
            case.unit.name if case.unit else "", case.assignee.shown_name if case.assignee else "",
            case.created, None if case.due_at >= FAR else case.due_at, case.closed_at, case.nudges, case.followers)])
        count += 1
    audit.record(request.person, "cases.export", request.person, rows=count)
    answer = HttpResponse(
        content_type="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        headers={"Content-Disposition": f'attachment; filename="cases-{timezone.localdate():%Y%m%d}.xlsx"'})
    book.save(answer)
    return answer


def plain(value: Any) -> Any:
    """A cell that no spreadsheet takes for a formula, and a local time without zone."""
    if isinstance(value, datetime):
        return timezone.localtime(value).replace(tzinfo=None)
    if isinstance(value, str):
        value = ILLEGAL_CHARACTERS_RE.sub("", value)
        return "'" + value if value[:1] in ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠") else value
    return value
