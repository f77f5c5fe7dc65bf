"""The desk of the library: out and in, late books, new books, a list as a table, labels, stock-takes also offline."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from typing import Any

import segno
from django import forms
from django.contrib import messages
from django.http import HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.templatetags.static import static
from django.urls import reverse
from django.utils import timezone
from django.utils.safestring import mark_safe
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from linli.foundation.files import takes_files
from linli.foundation.people.models import Person
from linli.foundation.web import Refused
from linli.foundation.web.middleware import Request
from linli.foundation.web.views import keyset_page, refusal_shown_in, sent, signed_in, staff_only
from linli.services.children import importing, queries
from linli.services.children.actions import library, stock
from linli.services.children.forms import TitleForm
from linli.services.children.models import Copy, CopyImport, CopyState, StockTake
from linli.services.children.views.common import by_phone, seen, words_of, working_area

VERB = "children.lend"


def _copy(area: Any, code: str) -> Copy:
    found = Copy.objects.select_related("title", "area").filter(area=area, barcode=code.strip()[:20]).first()
    if found is None:
        raise Refused("no_copy", _("没有这个馆藏条码，请再扫一次。"), field="barcode")
    return found


def _reader(typed: str) -> Person:
    card = queries.card(typed)
    return card.person if card else by_phone(typed)


class OutForm(forms.Form):
    reader = forms.CharField(max_length=20)
    barcode = forms.CharField(max_length=20)


class InForm(forms.Form):
    barcode = forms.CharField(max_length=20)


@staff_only
@require_safe
def desk(request: Request) -> HttpResponse:
    """Scan a card and books out, scan books in. Works with a scanner that types, a camera, or by hand."""
    area = working_area(request, VERB)
    typed = request.GET.get("reader", "")[:20]
    reader, loans = None, []
    if typed:
        try:
            reader = _reader(typed)
        except Refused as refusal:
            messages.error(request, str(refusal.sentence))
    if reader is not None and reader.area_code[:12] == area.code[:12]:
        loans = queries.loans_of(reader)
    else:
        reader = None
    return render(request, "children/desk_library.html", {
        "reader": reader, "typed": typed, "loans": loans, "late": queries.overdue(area).count(),
        "takes": StockTake.objects.visible_to(request.person).filter(area=area)[:5]})


@staff_only
@require_POST
def out(request: Request) -> HttpResponse:
    area = working_area(request, VERB)
    form = OutForm(request.POST)
    if not form.is_valid():
        raise Refused("empty", _("请扫读者证和书上的条码。"))
    reader = _reader(form.cleaned_data["reader"])
    loan = library.lend(request.person, _copy(area, form.cleaned_data["barcode"]), reader)
    messages.success(request, _("借出《%(book)s》，%(on)s 前还。") % {
        "book": loan.copy.title.name, "on": f"{loan.due_on:%Y-%m-%d}"})
    return redirect(f"{reverse('children:desk_library')}?reader={library.card_of(reader).number}")


@staff_only
@require_POST
def take_in(request: Request) -> HttpResponse:
    area = working_area(request, VERB)
    form = InForm(request.POST)
    if not form.is_valid():
        raise Refused("empty", _("请扫书上的条码。"))
    copy = _copy(area, form.cleaned_data["barcode"])
    kept = library.take_back(request.person, copy)
    if kept is not None:
        messages.warning(request, _("《%(book)s》有人预约了，请放到预约架，%(until)s 前留着。") % {
            "book": copy.title.name, "until": f"{kept.ready_until:%Y-%m-%d}"})
    else:
        messages.success(request, _("还好了：《%(book)s》，放回 %(shelf)s。") % {
            "book": copy.title.name, "shelf": copy.shelf or _("书架")})
    return redirect("children:desk_library")


@staff_only
@require_safe
def late(request: Request) -> HttpResponse:
    """Who to remind in person; a masked name and number, nothing of what was read before."""
    area = working_area(request, VERB)
    return render(request, "children/desk_late.html", {"page": keyset_page(queries.overdue(area), request, size=50)})


@staff_only
def books(request: Request) -> HttpResponse:
    """The stock: find, add by hand or by scanning the ISBN."""
    area = working_area(request, VERB)
    form = TitleForm(sent(request))
    if form.is_valid():
        with refusal_shown_in(form):
            made = library.add_title(request.person, area, **form.cleaned_data)
            messages.success(request, _("《%(book)s》登记好了。") % {"book": made.name})
            return redirect("children:desk_books")
    rows = queries.catalogue(request.person, area, words=words_of(request))
    return render(request, "children/desk_books.html", {
        "form": form, "page": keyset_page(rows, request, size=30), "words": words_of(request),
        "shelves": queries.shelves(area)}, status=422 if form.errors else 200)


@staff_only
@require_POST
def mark(request: Request, pk: int) -> HttpResponse:
    """A copy is missing, withdrawn or back."""
    working_area(request, VERB)
    copy = seen(Copy, request.person, pk, "title", "area")
    state = request.POST.get("state", "")
    if state not in {CopyState.SHELF, CopyState.MISSING, CopyState.WITHDRAWN}:
        raise Refused("no_state", _("请选这本现在怎么样。"))
    library.mark_copy(request.person, copy, state)
    return redirect("children:title", copy.title_id)


class FileForm(forms.Form):
    """Carries the sentence of a refusal."""

    file = forms.CharField(required=False)


@takes_files
@staff_only
def import_page(request: Request) -> HttpResponse:
    """A table of copies: what it would do, row by row, then one button."""
    area = working_area(request, VERB)
    form, judged, draft = FileForm(request.POST if request.method == "POST" else None), None, None
    if request.method == "POST":
        form.is_valid()
        with refusal_shown_in(form):
            upload = request.FILES.get("file")
            if upload is None:
                raise Refused("no_file", _("请选一个表格文件。"), field="file")
            draft, judged = stock.draft_import(request.person, area, file_name=upload.name or "", raw=upload.read())
    bad = bool(form.errors) or bool(judged and judged.errors)
    return render(request, "children/desk_import.html", {
        "form": form, "judged": judged, "draft": draft, "columns": list(importing.COLUMNS)}, status=422 if bad else 200)


@staff_only
@require_POST
def import_confirm(request: Request, pk: int) -> HttpResponse:
    working_area(request, VERB)
    count = stock.import_copies(request.person, seen(CopyImport, request.person, pk, "area"))
    messages.success(request, _("导入了 %(count)s 本。") % {"count": count})
    return redirect("children:desk_books")


@staff_only
@require_safe
def import_template(request: Request) -> HttpResponse:
    working_area(request, VERB)
    answer = HttpResponse(
        importing.template(), content_type="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet")
    answer["Content-Disposition"] = 'attachment; filename="copies.xlsx"'
    return answer


@staff_only
@require_safe
def labels(request: Request) -> HttpResponse:
    """Labels to print: barcode as QR, title, call number, shelf. `?shelf=`, `?q=` narrow them."""
    area = working_area(request, VERB)
    rows = Copy.objects.filter(area=area).exclude(state=CopyState.WITHDRAWN).select_related("title")
    shelf, words = request.GET.get("shelf", "")[:20], words_of(request)
    rows = rows.filter(shelf=shelf) if shelf else rows
    rows = rows.filter(title__name__icontains=words) if words else rows
    drawn = [(copy, mark_safe(segno.make(copy.barcode, micro=False, error="m").svg_inline(  # noqa: S308 - by segno
        scale=3, border=1, omitsize=True, svgclass="code", lineclass=None))) for copy in rows.order_by(
            "shelf", "barcode")[:200]]
    return render(request, "children/labels.html", {"labels": drawn, "shelf": shelf, "shelves": queries.shelves(area)})


@staff_only
@require_POST
def stock_open(request: Request) -> HttpResponse:
    area = working_area(request, VERB)
    take = stock.open_take(request.person, area, name=request.POST.get("name", ""),
                           shelf=request.POST.get("shelf", "").strip()[:20])
    return redirect("children:stock", take.pk)


@staff_only
def stock_page(request: Request, pk: int) -> HttpResponse:
    """A stock-take. With script it scans and keeps the list on the device, also without a connection; without, it
    takes a list of codes by form."""
    working_area(request, VERB)
    take = seen(StockTake, request.person, pk, "area")
    if request.method == "POST":
        codes = request.POST.get("codes", "").split()
        fresh = stock.add_scans(request.person, take, [(code, None) for code in codes])
        messages.success(request, _("记下了 %(count)s 本新扫到的。") % {"count": fresh})
        return redirect("children:stock", take.pk)
    return render(request, "children/stock.html", {"take": take, "progress": queries.take_progress(take)})


@staff_only
@require_POST
def stock_sync(request: Request, pk: int) -> JsonResponse:
    """The device's list: `{"scans": [{"barcode": …, "at": ISO}, …]}`. Sent again it adds nothing."""
    working_area(request, VERB)
    take = seen(StockTake, request.person, pk, "area")
    try:
        body = json.loads(request.body or b"{}")
        scans = [(str(one["barcode"]), _moment(one.get("at"))) for one in body["scans"]]
    except (ValueError, KeyError, TypeError, AttributeError):
        return JsonResponse({"error": _("这份清单读不懂，请再传一次。")}, status=400)
    try:
        fresh = stock.add_scans(request.person, take, scans)
    except Refused as refusal:
        return JsonResponse({"error": str(refusal.sentence), "code": refusal.code}, status=409)
    progress = queries.take_progress(take)
    return JsonResponse({"fresh": fresh, "kept": len(scans), "seen": progress.seen, "wanted": progress.wanted})


def _moment(text: Any) -> datetime | None:
    found = datetime.fromisoformat(str(text).replace("Z", "+00:00")) if text else None
    return timezone.make_aware(found) if found is not None and timezone.is_naive(found) else found


@staff_only
@require_POST
def stock_close(request: Request, pk: int) -> HttpResponse:
    working_area(request, VERB)
    stock.close_take(request.person, seen(StockTake, request.person, pk, "area"))
    return redirect("children:stock", pk)


@signed_in
@require_safe
def stock_worker(request: Request) -> HttpResponse:
    """The service worker of the stock-take pages alone: book numbers, no personal data, so they may be kept."""
    files = [static("children/stock.js"), static("children/scan.js")]
    line = f"self.FILES = {json.dumps(files)};\nself.SCOPE = {json.dumps(reverse('children:stock_scope'))};\n"
    source = (Path(__file__).parent.parent / "static/children/stock-worker.js").read_text(encoding="utf-8")
    answer = HttpResponse(line + source, content_type="text/javascript; charset=utf-8")
    answer["Cache-Control"] = "no-cache"
    answer["Service-Worker-Allowed"] = reverse("children:stock_scope")
    return answer


@staff_only
@require_safe
def stock_scope(request: Request) -> HttpResponse:
    """All stock-takes."""
    area = working_area(request, VERB)
    rows = StockTake.objects.visible_to(request.person).filter(area=area).order_by("-id")
    return render(request, "children/stocks.html", {
        "page": keyset_page(rows, request, size=30), "shelves": queries.shelves(area)})

