"""The desk: items with their state and what fails, a place's own words with four eyes, taking off, checking again."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from linli.foundation.calendar.clock import today
from linli.foundation.people.permit import may, permit
from linli.foundation.web import Denied
from linli.foundation.web.middleware import Request
from linli.foundation.web.views import keyset_page, refusal_shown_in, sent, staff_only
from linli.services.gov import exporting
from linli.services.gov.actions import publishing as verbs
from linli.services.gov.forms import LocalForm, ReasonForm
from linli.services.gov.items import checks, overlay, sheet as sheets
from linli.services.gov.models import DraftState, ItemKind, ItemVersion, LocalDraft, PublicState
from linli.services.gov.queries import desk as listing, items
from linli.services.gov.views.common import item_of, working_area


@staff_only
@require_safe
def desk(request: Request) -> HttpResponse:
    """The catalogue as it stands here; what waits and what is due first of all."""
    area = working_area(request, "gov.desk")
    state, kind, words = (request.GET.get(name, "") for name in ("state", "kind", "q"))
    page = keyset_page(listing.at_desk(area, state=state, kind=kind or ItemKind.SHIPPED, words=words), request, size=30)
    return render(request, "gov/desk.html", {
        "page": page, "rows": listing.lines(page.rows, area), "state": state, "kind": kind, "asked": words,
        "states": PublicState.choices, "kinds": ItemKind.choices, "waiting": listing.waiting(area),
        "overdue": listing.overdue(area), "bases": listing.unread_bases(area),
        "may_publish": may(request.person, "gov.publish", area)})


@staff_only
@require_safe
def desk_item(request: Request, slug: str) -> HttpResponse:
    return _page(request, slug)


def _page(request: Request, slug: str, **bad: object) -> HttpResponse:
    area = working_area(request, "gov.desk")
    item = item_of(slug)
    row = verbs.publication_for(item, area)
    if row is None:
        raise Http404
    faults = verbs.failing(row) if item.kind == ItemKind.SHIPPED else []
    held = {fault.code for fault in faults}
    facts = {
        "item": item, "row": row, "told": sheets.sheet(row.version.body),
        "checks": [
            (check.title, check.code not in held, [fault.sentence for fault in faults if fault.code == check.code])
            for check in checks.CHECKS] if item.kind == ItemKind.SHIPPED else [],
        "versions": list(items.versions(item, area)[:20]), "drafts": list(items.drafts(item, area)[:10]),
        "off_form": ReasonForm(label=_("为什么下架，居民会看到"), auto_id="off_%s"),
        "check_form": ReasonForm(label=_("对照了什么"), auto_id="check_%s"),
        "back_form": ReasonForm(label=_("要改什么"), auto_id="back_%s"),
        "may_edit": may(request.person, "gov.edit_local", area),
        "may_publish": may(request.person, "gov.publish", area),
        "may_check": may(request.person, "gov.check", area), "is_shipped": item.kind == ItemKind.SHIPPED,
        "own": row.area is not None, "overdue": verbs.is_overdue(row, today())}
    return render(request, "gov/desk_item.html", {**facts, **bad}, status=422 if bad else 200)


@staff_only
@require_http_methods(["GET", "HEAD", "POST"])
def local(request: Request, slug: str) -> HttpResponse:
    """A place's own words, and what it asks for; looked at before a colleague is asked to publish them."""
    area = working_area(request, "gov.edit_local")
    item = item_of(slug)
    row = verbs.publication_for(item, area)
    if row is None or item.kind != ItemKind.SHIPPED:
        raise Http404
    base = verbs.base_version(item).body
    here = row.version
    form = LocalForm(sent(request), base=base, initial={
        **LocalForm.of(here.body["local"]), **LocalForm.of_asks(base, here.body, here.changes), "once": uuid4().hex})
    form.fields["note"].required = "look" not in request.POST
    facts: dict[str, Any] = {"form": form, "item": item, "told": sheets.sheet(base), "row": row}
    if form.is_valid():
        changes = form.changes()
        with refusal_shown_in(form):
            if "look" in request.POST:
                verbs.may_be_said(base, changes)
                made = overlay.merged(base, changes)
                facts |= {"looked": sheets.sheet(made), "lines": overlay.differences(here.body, made)}
            else:
                verbs.propose_local(request.person, area, item, note=form.cleaned_data["note"],
                                    once=form.cleaned_data["once"], changes=changes)
                messages.success(request, _("写好了。请另一位同事来看，看过才公布。"))
                return redirect("gov:desk_item", slug)
    form.fields["note"].required = True
    return render(request, "gov/desk_local.html", facts, status=422 if form.errors else 200)


@staff_only
@require_POST
def decide(request: Request, slug: str, draft: int, word: str) -> HttpResponse:
    """publish or back."""
    row = LocalDraft.objects.visible_to(request.person).filter(pk=draft, item__slug=slug).select_related(
        "item", "area").first()
    if row is None:
        raise Http404
    permit(request.person, "gov.publish" if word == "publish" else "gov.edit_local", row)
    if word == "publish":
        verbs.publish_local(request.person, row)
        messages.success(request, _("公布了，居民现在看到的就是新的。"))
        return redirect("gov:desk_item", slug)
    form = ReasonForm(request.POST, label=_("要改什么"), auto_id="back_%s")
    if form.is_valid():
        with refusal_shown_in(form):
            verbs.send_back(request.person, row, answer=form.cleaned_data["words"])
            messages.success(request, _("退回去了，写的人看得到要改什么。"))
            return redirect("gov:desk_item", slug)
    return _page(request, slug, back_form=form)


@staff_only
@require_POST
def change(request: Request, slug: str, word: str) -> HttpResponse:
    """off, on or check."""
    area = working_area(request, "gov.check" if word == "check" else "gov.publish")
    item = item_of(slug)
    if word == "on":
        row = verbs.put_back(request.person, area, item)
        messages.success(request, _("重新公布了。") if row.is_published else _("列出来了；有检查没过，先不算发布。"))
        return redirect("gov:desk_item", slug)
    name = "off_form" if word == "off" else "check_form"
    form = ReasonForm(request.POST, auto_id="off_%s" if word == "off" else "check_%s",
                      label=_("为什么下架，居民会看到") if word == "off" else _("对照了什么"))
    if form.is_valid():
        with refusal_shown_in(form):
            if word == "off":
                verbs.take_off(request.person, area, item, reason=form.cleaned_data["words"])
                messages.success(request, _("下架了。打开它的人会看到原因。"))
            else:
                verbs.renew_check(request.person, area, item, note=form.cleaned_data["words"])
                messages.success(request, _("记下了，到期前会再提醒。"))
            return redirect("gov:desk_item", slug)
    return _page(request, slug, **{name: form})


@staff_only
@require_safe
def diff(request: Request, slug: str, before: int, after: int) -> HttpResponse:
    """What differs between two versions of an item, or between the base and a draft (`after` 0 with ?draft=)."""
    area = working_area(request, "gov.desk")
    item = item_of(slug)
    first = _version(item.versions.filter(number=before).first(), area.code)
    draft = None
    if after == 0:
        draft = LocalDraft.objects.visible_to(request.person).filter(
            pk=_number(request.GET.get("draft", "")), item=item).select_related("prepared_by").first()
        if draft is None:
            raise Http404
        second = overlay.merged(verbs.base_version(item).body, draft.changes)
    else:
        second = _version(item.versions.filter(number=after).first(), area.code).body
    return render(request, "gov/desk_diff.html", {
        "item": item, "lines": overlay.differences(first.body, second), "before": before, "after": after,
        "draft": draft, "looked": sheets.sheet(second) if draft is not None else None,
        "may_decide": draft is not None and draft.state == DraftState.WAITING and draft.prepared_by != request.person
        and may(request.person, "gov.publish", area)})


def _version(found: ItemVersion | None, code: str) -> ItemVersion:
    if found is None or (found.area is not None and not code.startswith(found.area.code)):
        raise Http404
    return found


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 20 else 0


@staff_only
@require_safe
def export(request: Request) -> HttpResponse:
    """The list with states, checks and dates as XLSX."""
    area = working_area(request, "gov.desk")
    kind = request.GET.get("kind", "")
    if kind and kind not in ItemKind.values:
        raise Denied("gov.desk")
    answer = HttpResponse(
        exporting.items_xlsx(area, kind=kind),
        content_type="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet")
    answer["Content-Disposition"] = 'attachment; filename="items.xlsx"'
    return answer
