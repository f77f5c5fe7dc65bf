"""What everybody reads, signed in or not: the door, what was found, an item, am I entitled, a bundle."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import get_language
from django.views.decorators.http import require_http_methods, require_safe

from linli.foundation.calendar.clock import today
from linli.foundation.web.views import keyset_page
from linli.mechanisms.forms.rules import elements_in
from linli.services.gov import entitling, linked, papers
from linli.services.gov.items import reading, sheet as sheets
from linli.services.gov.items.shape import LIFE_EVENTS, TOPICS
from linli.services.gov.models import ItemKind, PublicState
from linli.services.gov.queries import bundles as bundled, items
from linli.services.gov.views.common import area_of, manner_of, public

_ICONS = {
    "elders": "elder", "children": "child", "health": "heart", "work": "chart", "housing": "home", "identity": "doc",
    "family": "people", "disability": "chair", "hardship": "hands", "pets": "leaf", "volunteering": "star",
    "birth": "child", "school": "book", "retirement": "elder", "illness": "heart", "moving": "truck", "death": "leaf"}


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """The one door: say it in your own words, or by topic, by what happens in a life, or as one thing."""
    return render(request, "gov/home.html", {
        "topics": [(code, reading.topic(code), _ICONS[code]) for code in TOPICS],
        "events": [(code, reading.life_event(code), _ICONS[code]) for code in LIFE_EVENTS],
        "bundles": [(row.bundle.slug, bundled.telling(row, area_of(request), _manner())) for row in
                    items.newest_bundles()],
        "counts": items.counts()})


@require_safe
def found(request: HttpRequest) -> HttpResponse:
    """By words, or everything of a topic or a moment in life."""
    words = request.GET.get("q", "").strip()[:100]
    topic, event, kind = (request.GET.get(name, "") for name in ("topic", "event", "kind"))
    title = reading.topic(topic) if topic in TOPICS else reading.life_event(event) if event in LIFE_EVENTS else ""
    context: dict[str, Any] = {"words": words, "topic": topic, "event": event, "kind": kind, "title": title}
    if words:
        context["hits"] = _in_language(items.find(words, area=area_of(request), limit=20))
    else:
        page = keyset_page(items.browse(topic=topic, event=event, kind=kind), request, size=30)
        here = items.effective(page.rows, area_of(request))
        context |= {"page": page, "rows": [
            (row, here[row.pk], sheets.sheet(here[row.pk].version.body, _manner())) for row in page
            if row.pk in here and here[row.pk].state != PublicState.OFF]}
    return render(request, "gov/found.html", context)


@require_safe
def item(request: HttpRequest, slug: str) -> HttpResponse:
    """An item: what it is, who may, what to bring, how long, how much, where, on what ground, and what if not."""
    area = area_of(request)
    row = public(slug, area)
    manner = manner_of(request, row.version.body)
    told = sheets.sheet(row.version.body, manner)
    if row.state == PublicState.OFF:
        return render(request, "gov/off.html", {"told": told, "row": row}, status=410)
    return render(request, "gov/item.html", {
        "row": row, "told": told, "manner": manner, "is_imported": row.item.kind == ItemKind.IMPORTED,
        "manners": [(code, title) for code, title in (("official", "正式版"), ("easy", "简明版"), ("en", "English"))
                    if reading.translated(row.version.body, code)],
        "brought": sum(1 for one in told.papers if one.brought in ("bring", "later")),
        "bundles": items.bundles_with(slug), "overdue": bool(row.due_on and row.due_on <= today()),
        "linked": linked.schema_org(row), "can_apply": items.can_apply(row)})


@require_http_methods(["GET", "HEAD", "POST"])
def entitled(request: HttpRequest, slug: str) -> HttpResponse:
    """Question by question; every answer travels with the page and is kept nowhere."""
    row = public(slug, area_of(request))
    eligibility = row.version.body.get("eligibility") or {}
    if row.state == PublicState.OFF or eligibility.get("rule") is None:
        raise Http404
    facts: dict[str, Any] = {}
    form = None
    if request.method == "POST":
        facts = entitling.facts_in(request.POST, elements_in(eligibility["rule"]))
        standing = entitling.standing(eligibility, facts, today())
        if standing.asks is not None and request.POST.get("asked") == standing.asks.id:
            form = entitling.QuestionForm(standing.asks, request.POST)
            if form.is_valid():
                facts[standing.asks.id] = form.value()
                form = None
    standing = entitling.standing(eligibility, facts, today())
    if form is None and standing.asks is not None:
        form = entitling.QuestionForm(standing.asks)
    answer = render(request, "gov/entitled.html", {
        "row": row, "told": sheets.sheet(row.version.body, _manner()), "standing": standing, "form": form,
        "verdict": standing.verdict}, status=422 if form is not None and form.errors else 200)
    answer["Cache-Control"] = "no-store"
    return answer


@require_safe
def notice(request: HttpRequest, slug: str) -> HttpResponse:
    """一次性告知单 as a PDF in large type."""
    area = area_of(request)
    row = public(slug, area)
    if row.state == PublicState.OFF:
        raise Http404
    told = sheets.sheet(row.version.body, manner_of(request, row.version.body))
    made = papers.notice(row, told, area=area, url=f"{settings.LINLI_BASE_URL}{reverse('gov:item', args=[slug])}")
    answer = HttpResponse(made, content_type="application/pdf")
    answer["Content-Disposition"] = f'inline; filename="{slug}.pdf"'
    answer["X-Content-Type-Options"] = "nosniff"
    return answer


@require_safe
def bundle(request: HttpRequest, slug: str) -> HttpResponse:
    """Several items in one go."""
    row = items.current_bundle(slug)
    if row is None:
        raise Http404
    manner = request.GET.get("words", "")
    told = bundled.telling(row, area_of(request), manner if manner == "easy" else _manner())
    return render(request, "gov/bundle.html", {
        "row": row, "told": told, "manner": manner, "saved": told.asked - len(told.papers),
        "checked": row.body.get("checked") or {},
        "can_apply": told.can_apply})


@require_safe
def item_data(request: HttpRequest, slug: str) -> HttpResponse:
    """One item as CPSV-AP in JSON-LD."""
    row = public(slug, area_of(request))
    if row.state == PublicState.OFF:
        raise Http404
    return _linked({"@context": linked.CONTEXT, **linked.cpsv(row)})


@require_safe
def catalogue(request: HttpRequest) -> HttpResponse:
    """Everything published (with `?all=1` what is only listed as well) as one CPSV-AP file."""
    return _linked(linked.catalogue(items.everything(area_of(request), listed=request.GET.get("all") == "1")))


def _linked(made: dict[str, Any]) -> JsonResponse:
    return JsonResponse(made, content_type="application/ld+json", json_dumps_params={"ensure_ascii": False})


def _manner() -> str:
    return "en" if (get_language() or "").startswith("en") else "official"


def _in_language(hits: list[items.Hit]) -> list[items.Hit]:
    """The hits with their English names, where the reader wants English and there are some."""
    if _manner() != "en":
        return hits
    said = items.english([hit.slug for hit in hits if not hit.is_bundle])
    bundles = items.english_bundles() if any(hit.is_bundle for hit in hits) else {}
    found = []
    for hit in hits:
        words = (bundles if hit.is_bundle else said).get(hit.slug)
        found.append(replace(hit, name=words[0], summary=words[1]) if words else hit)
    return found
