"""Applying from a sofa: begin, fill in page by page, bring the papers, read it back and sign. No script is needed.

Every page is saved as it is sent, so that another device, another day and a session that ended go on where it stopped.
"""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.db.transaction import atomic
from django.forms import CharField, ChoiceField, Form, RadioSelect
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import get_language, gettext as _, gettext_lazy as lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from linli.foundation.files import accept_attribute, limits_told, link, received, takes_files
from linli.foundation.people.acting import subject_of
from linli.foundation.people.permit import may, permit
from linli.foundation.web import Denied, Refused
from linli.foundation.web.middleware import Request
from linli.foundation.web.views import signed_in
from linli.mechanisms.forms import filling
from linli.mechanisms.forms.models import Sheet, SheetState
from linli.services.gov import papers_needed
from linli.services.gov.actions import applying
from linli.services.gov.items import sheet as sheets
from linli.services.gov.items.reading import translated
from linli.services.gov.models import Application, Filing, Way
from linli.services.gov.models.applications import ROOM
from linli.services.gov.queries import applications, bundles as bundled, items
from linli.services.gov.views.common import area_of

PURPOSE = "gov.application"
# What one says of a paper from home; that the original was seen is for the counter to say.
WAYS = {Way.FILE: lazy("现在拍照交"), Way.WINDOW: lazy("到窗口带去"), Way.LATER: lazy("以后补"),
        Way.PROMISED: lazy("我承诺属实，免交"), "wallet": lazy("用我的证照里的")}


class BringForm(Form):
    """How one paper comes."""

    use_required_attribute = False
    key = CharField(max_length=60)
    way = ChoiceField(label=lazy("怎么交"), widget=RadioSelect,
                      error_messages={"required": lazy("请选一种交法。")})

    def __init__(self, *args: Any, ways: list[tuple[str, Any]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choice: Any = self.fields["way"]
        choice.choices = ways


@never_cache
@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def begin(request: Request, slug: str) -> HttpResponse:
    """What it takes, before anything is begun; sent, the draft is begun or gone on with."""
    person, area = request.person, area_of(request)
    subject = subject_of(person, ROOM)
    bundle = items.current_bundle(slug)
    row = None if bundle else items.published(slug, area)
    if bundle is None and row is None:
        raise Http404
    if area is None or not may(person, "gov.apply", subject.community or area):
        raise Denied("gov.apply", visible=True)
    refused = ""
    if request.method == "POST":
        try:
            thing = applying.begin(person, item=slug, area=subject.community or area, subject=subject, channel="app")
            return redirect(applying.fill_url(thing))
        except Refused as refusal:
            refused = str(refusal.sentence)
    manner = "en" if (get_language() or "").startswith("en") else "official"
    if bundle is not None:
        told: Any = bundled.telling(bundle, area, manner)
    else:
        assert row is not None, "one of both"
        told = sheets.sheet(row.version.body, manner if translated(row.version.body, manner) else "official")
    begun = next((one for one in applications.drafts(person) if _slug(one) == slug), None)
    return render(request, "gov/mine_begin.html", {
        "slug": slug, "told": told, "is_bundle": bundle is not None, "refused": refused, "begun": begun,
        "whose": subject if subject.pk != person.pk else None,
        "papers": [one for one in told.papers if one.brought in ("bring", "later", "show")],
    }, status=422 if refused else 200)


def _slug(thing: Application | Filing) -> str:
    return str(thing.bundle.bundle.slug) if isinstance(thing, Filing) else thing.slug


def thing_of(request: Request, pk: int, of: str) -> Application | Filing:
    """An application or a filing of the person's own. 404 where it is not there for them, 403 for who only reads it."""
    found = applications.filing_of(request.person, pk) if of == "filing" else applications.thing_of(request.person, pk)
    if found is None or (of == "application" and not isinstance(found, Application)):
        raise Http404
    permit(request.person, "gov.own", found)
    return found


def _home(thing: Application | Filing) -> Application | Filing:
    return thing.filing if isinstance(thing, Application) and thing.filing is not None else thing


def url_of(thing: Application | Filing, page: str = "", *more: str) -> str:
    """An address of the filling of `thing`: "", step, review, papers, forget."""
    home = _home(thing)
    name = "fill_filing" if isinstance(home, Filing) else "fill"
    return reverse(f"gov:{name}_{page}" if page else f"gov:{name}", args=[home.pk, *more])


def _sheet(request: Request, thing: Application | Filing) -> Sheet:
    """The sheet behind it, for this person to fill; taken up where another of the family began it (on POST only)."""
    held = applications.sheet_of(thing)
    if held is None:
        raise Http404
    if request.method == "POST" and held.state == SheetState.DRAFT:
        applying.take_up(request.person, thing)
    return Sheet.objects.select_related("version", "subject", "inquiry").get(pk=held.pk)


def mount_of(thing: Application | Filing) -> filling.Mount:
    """Where the form hangs. After the last page come the papers, then the review."""

    def done(request: Request, sheet: Sheet) -> HttpResponse:
        if request.method == "POST":
            rows = applying.hand_in(request.person, thing)
            first = next((row for row in rows if row.number), None)
            return redirect("gov:mine_receipt", first.number) if first is not None else redirect("gov:mine")
        return redirect(_after(thing))

    return filling.Mount(
        step_url=lambda token: url_of(thing, "step", token), review_url=url_of(thing, "review"),
        back_url=reverse("gov:mine"), done=done)


def _after(thing: Application | Filing) -> str:
    """Where who opens the form of what was handed in is led."""
    row = next((one for one in applications.members(_home(thing)) if one.number), None)
    return reverse("gov:mine_one", args=[row.number]) if row is not None else reverse("gov:mine")


@never_cache
@signed_in
@require_http_methods(["GET", "HEAD"])
def fill(request: Request, pk: int, of: str = "application") -> HttpResponse:
    """Where filling goes on: the first page that lacks something, else the papers, else the review."""
    thing = thing_of(request, pk, of)
    sheet = _sheet(request, thing)
    if sheet.state == SheetState.SUBMITTED and _handed_in(thing):
        return redirect(_after(thing))
    return redirect(filling.first_url(sheet, mount_of(thing)))


def _handed_in(thing: Application | Filing) -> bool:
    return _home(thing).handed_in_at is not None


@never_cache
@takes_files
@signed_in
def step(request: Request, pk: int, step: str, of: str = "application") -> HttpResponse:
    """One page of the form."""
    thing = thing_of(request, pk, of)
    return filling.fill(request, _sheet(request, thing), step, mount_of(thing))


@never_cache
@signed_in
def review(request: Request, pk: int, of: str = "application") -> HttpResponse:
    """Read back, sign, hand in: in one transaction, so that what is signed has its number or is still a draft."""
    thing = thing_of(request, pk, of)
    sheet = _sheet(request, thing)
    mount = mount_of(thing)
    if request.method == "POST":
        with atomic():
            return filling.review(request, sheet, mount)
    if sheet.state == SheetState.SUBMITTED and not _handed_in(thing):
        return render(request, "gov/mine_finish.html", {"thing": thing, "name": applications.name_of(thing),
                                                            "finish_url": url_of(thing, "finish")})
    if sheet.state == SheetState.DRAFT and not _handed_in(thing) and request.GET.get("papers") != "seen" and any(
            papers_needed.unsettled(row) for row in applications.members(thing)):
        return redirect(url_of(thing, "papers"))
    return filling.review(request, sheet, mount)


@never_cache
@takes_files
@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def papers(request: Request, pk: int, of: str = "application") -> HttpResponse:
    """Every paper these answers want, each with how it comes: photographed now, out of the wallet, or brought along."""
    thing = thing_of(request, pk, of)
    manner = "en" if (get_language() or "").startswith("en") else "official"
    bound: BringForm | None = None
    if request.method == "POST":
        bound = _bring(request, thing, manner)
        if bound is None:
            return redirect(f"{request.path}#paper-{request.POST.get('key', '')[:60]}")
    correcting = isinstance(thing, Application) and thing.state == "correcting"
    asked = {one.key for one in applications.missing_of(thing)} if isinstance(thing, Application) else set()
    shown: dict[str, Any] = {}
    for row in applications.members(thing):
        for line in papers_needed.lines(row, request.person, manner):
            if line.need.key in shown or (correcting and line.need.key not in asked):
                continue  # a bundle wants the same paper once; a correction only what was asked for
            ways = _ways(line)
            form = bound if bound is not None and request.POST.get("key") == line.need.key else BringForm(
                ways=ways, initial={"key": line.need.key, "way": _usual(line)}, auto_id=f"{line.need.key}_%s")
            shown[line.need.key] = (line, form, [(one.name, link(one, request.person)) for one in line.files])
    rows = list(shown.values())
    return render(request, "gov/mine_papers.html", {
        "thing": thing, "name": applications.name_of(thing), "rows": rows, "failed": bound,
        "open": sum(1 for line, _form, _files in rows if line.need.is_required and not line.is_settled),
        "review_url": _own(thing) if _handed_in(thing) else url_of(thing, "review") + "?papers=seen",
        "back_url": _own(thing) if _handed_in(thing) else url_of(thing),
        "limits": limits_told(PURPOSE), "accept": accept_attribute(PURPOSE),
        "is_correcting": correcting,
    }, status=422 if bound is not None else 200)


def _own(thing: Application | Filing) -> str:
    """The page of an application that has its number."""
    if isinstance(thing, Application) and thing.number:
        return reverse("gov:mine_one", args=[thing.number])
    return _after(thing)


def _ways(line: papers_needed.Line) -> list[tuple[str, Any]]:
    found = [(str(way), WAYS[Way(way)]) for way in line.need.ways if Way(way) in WAYS]
    return [("wallet", WAYS["wallet"]), *found] if line.offered is not None else found


def _usual(line: papers_needed.Line) -> str:
    if line.brought is not None:
        return str(line.brought.way)
    return "wallet" if line.offered is not None else str(line.need.ways[0])


def _bring(request: Request, thing: Application | Filing, manner: str) -> BringForm | None:
    """Keep what was said of one paper, for every item of a bundle that wants it. The form where it was refused."""
    from linli.services.gov import wallet

    key = request.POST.get("key", "")
    wanted = [(row, line) for row in applications.members(thing)
              for line in papers_needed.lines(row, request.person, manner) if line.need.key == key]
    if not wanted:
        raise Http404
    form = BringForm(request.POST, ways=_ways(wanted[0][1]), auto_id=f"{key}_%s")
    if not form.is_valid():
        return form
    way = form.cleaned_data["way"]
    try:
        with atomic():
            for number, (row, line) in enumerate(wanted):
                if way == "wallet":
                    if line.offered is not None:
                        wallet.use(request.person, row, key, line.offered)
                    continue
                if request.FILES:
                    for upload in request.FILES.getlist("file"):
                        upload.seek(0)
                files = received(request, "file", purpose=PURPOSE) if way == Way.FILE else []
                if number and way not in line.need.ways:
                    continue
                applying.bring(request.person, row, key, way=way, files=files)
    except Refused as refusal:
        form.add_error("way", str(refusal.sentence))
        return form
    return None


@signed_in
@require_POST
def finish(request: Request, pk: int, of: str = "application") -> HttpResponse:
    """What was signed but never reached its number (the line broke off) is handed in now."""
    thing = thing_of(request, pk, of)
    rows = applying.hand_in(request.person, thing)
    first = next((row for row in rows if row.number), None)
    return redirect("gov:mine_receipt", first.number) if first is not None else redirect("gov:mine")


@never_cache
@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def forget(request: Request, pk: int, of: str = "application") -> HttpResponse:
    """Throw a draft away; it is asked first."""
    thing = thing_of(request, pk, of)
    if request.method == "POST":
        applying.forget(request.person, thing)
        messages.success(request, _("删掉了，填的都没留下。"))
        return redirect("gov:mine")
    if _handed_in(thing):
        return redirect(_after(thing))
    return render(request, "gov/mine_forget.html", {"thing": thing, "name": applications.name_of(thing),
                                                    "back_url": url_of(thing)})
