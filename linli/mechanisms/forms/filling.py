"""Filling in, one page at a time, for any room that mounts it: works without script, keeps what was typed.

    @takes_files
    @signed_in
    def fill_page(request, pk, step):
        sheet = …  # who may see it is the room's to say
        return filling.fill(request, sheet, step, filling.Mount(…))
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _, gettext_lazy as lazy

from linli.foundation.calendar.clock import today
from linli.foundation.files import StoredFile, accept_attribute, limits_told, link, received
from linli.foundation.web import Refused
from linli.foundation.web.middleware import Request
from linli.foundation.web.views import refusal_shown_in, sent
from linli.mechanisms.forms import actions, known, values as kept, walk
from linli.mechanisms.forms.definition import Field
from linli.mechanisms.forms.fields import StepForm, name_of
from linli.mechanisms.forms.models import Sheet, SheetState

FILES = "forms.file"


@dataclass(frozen=True)
class Mount:
    """Where a room hangs a form: its addresses, its shell, and what it does when the sheet was handed in."""

    step_url: Callable[[str], str]
    review_url: str
    back_url: str
    done: Callable[[Request, Sheet], HttpResponse]
    base: str = "portal/base.html"


class SignForm(forms.Form):
    use_required_attribute = False
    signed_name = forms.CharField(max_length=60, error_messages={"required": lazy("请写上您的名字，当作签名。")})
    agreed = forms.BooleanField(error_messages={"required": lazy("请看过以后勾上「我看过了，填的都是真的」。")})
    agreed_sensitive = forms.BooleanField(required=False)


def fill(request: Request, sheet: Sheet, token: str, mount: Mount) -> HttpResponse:
    """One step of a sheet, shown or sent. A mistake answers 422 with everything that was typed."""
    if sheet.state != SheetState.DRAFT:
        return redirect(mount.review_url)
    step = walk.step_of(sheet.definition, sheet.values, token, on=today())
    if step is None:
        return redirect(_way_on(sheet, mount))
    if request.method != "POST":
        return _page(request, sheet, step, mount)
    seen = _number(request.POST.get("seen"))
    move = request.POST.get("move", "next")
    try:
        if move == "remove":
            actions.remove_member(request.person, sheet, step.page.key, step.index or 0, seen=seen)
            return redirect(mount.step_url(f"{step.page.key}.{max((step.index or 0) - 1, 0)}"))
        if move == "skip":
            sheet = actions.skip_members(request.person, sheet, step.page.key, seen=seen)
            return redirect(_after(request, sheet, step, mount))
        return _sent(request, sheet, step, mount, seen, move)
    except Refused as refusal:
        return _page(request, sheet, step, mount, refusal=refusal)


def _sent(request: Request, sheet: Sheet, step: walk.Step, mount: Mount, seen: int, move: str) -> HttpResponse:
    form = sheet.definition
    asked = [one.element for one in step.page.asked
             if one.computed is None and one.element in request.POST.getlist("asked")]
    waiting: dict[str, list[StoredFile]] = {}
    try:
        raw = _everything(request, sheet, step, asked, waiting)
        given = known.values_for(sheet.subject, form)
        sources = {name: given[name].source for name in asked
                   if name in given and raw[name] == kept.typed(form.element(name), given[name].value)}
        sheet = actions.save_page(request.person, sheet, step.token, raw, seen=seen, sources=sources)
    except Refused as refusal:
        return _page(request, sheet, step, mount, refusal=refusal, waiting=waiting)
    fresh = walk.step_of(form, sheet.values, step.token, on=today())
    if fresh is not None and _came_up(sheet, fresh, asked):
        return redirect(mount.step_url(step.token) + "#" + "id_" + name_of(_came_up(sheet, fresh, asked)[0]))
    if move == "later":
        messages.success(request, _("存好了。什么时候接着填都行，换个手机也行。"))
        return redirect(mount.back_url)
    if move == "add":
        count = walk.members(step.page, sheet.values) or 0
        actions.add_member(request.person, sheet, step.page.key, seen=sheet.seen)
        return redirect(mount.step_url(f"{step.page.key}.{count}"))
    return redirect(_after(request, sheet, step, mount))


def _came_up(sheet: Sheet, step: walk.Step, asked: Sequence[str]) -> list[str]:
    """The fields of this step whose condition the answers just sent have made true."""
    return [one.element for one in walk.shown_fields(sheet.definition, step, sheet.values, on=today())
            if isinstance(one, Field) and one.computed is None and one.element not in asked]


def _everything(request: Request, sheet: Sheet, step: walk.Step, asked: Sequence[str],
                waiting: dict[str, list[StoredFile]]) -> dict[str, Any]:
    """What was sent for all of them. A file that is refused is blamed at its own field; the others are kept."""
    raw: dict[str, Any] = {}
    refusals: dict[str, Refused] = {}
    for name in asked:
        try:
            raw[name] = _raw(request, sheet, step, name, waiting)
        except Refused as refusal:
            refusals[name] = refusal
    if refusals:
        first = next(iter(refusals.values()))
        raise Refused(first.code, first.sentence, errors={name: str(one.sentence) for name, one in refusals.items()})
    return raw


def _raw(request: Request, sheet: Sheet, step: walk.Step, element: str, waiting: dict[str, list[StoredFile]]) -> Any:
    """What was sent for one element, as text; of files, the numbers of those kept now and before."""
    kind, name = sheet.definition.element(element), name_of(element)
    if kind.is_file:
        held = [row.pk for row in _held(sheet, step, element)]
        dropped = {_number(one) for one in request.POST.getlist(f"{name}_drop")}
        waiting[element] = received(request, name, purpose=FILES)
        fresh = [row.pk for row in waiting[element]]
        return [pk for pk in held if pk not in dropped and not (fresh and kind.type == "file")] + fresh
    return request.POST.getlist(name) if kind.type == "choices" else request.POST.get(name, "")


def _page(request: Request, sheet: Sheet, step: walk.Step, mount: Mount, *, refusal: Refused | None = None,
          waiting: Mapping[str, Sequence[StoredFile]] | None = None) -> HttpResponse:
    sheet = Sheet.objects.select_related("version", "subject", "inquiry").get(pk=sheet.pk)
    form, on = sheet.definition, today()
    step = walk.step_of(form, sheet.values, step.token, on=on) or step
    facts = walk.facts_at(form, step, sheet.values, on=on)
    shown = walk.shown_fields(form, step, sheet.values, on=on)
    fields = StepForm(form, step, facts, shown, data=request.POST if refusal else None,
                      known=known.values_for(sheet.subject, form), on=on)
    elsewhere: dict[str, str] = {}
    if refusal is not None:
        errors = refusal.data.get("errors") or {}
        fields.blame(errors)
        if not errors:
            fields.add_error(None, str(refusal.sentence))
        if refusal.code == "changed_elsewhere":
            elsewhere = _differing(request, sheet, facts)
    held = {one.element: _held(sheet, step, one.element) for one in step.page.asked
            if form.element(one.element).is_file}
    found = walk.steps(form, sheet.values, on=on)
    number = next((place for place, one in enumerate(found, start=1) if one.token == step.token), 1)
    repeat = step.page.repeat
    count = walk.members(step.page, sheet.values) or 0
    return render(request, "forms/fill.html", {
        "base": mount.base, "sheet": sheet, "form": fields, "step": step, "definition": form, "number": number,
        "total": len(found) + 1, "items": fields.items(held=held, waiting=waiting, elsewhere=elsewhere),
        "back_url": mount.step_url(found[number - 2].token) if number > 1 else mount.back_url,
        "then": request.POST.get("then") or request.GET.get("then", ""), "limits": limits_told(FILES),
        "accept": accept_attribute(FILES), "review_url": mount.review_url,
        "can_add": repeat is not None and step.index == step.total - 1 and max(count, step.total) < repeat.max,
        "can_remove": repeat is not None and count > max(repeat.min, 0),
        "can_skip": repeat is not None and repeat.min == 0 and count == 0,
    }, status=422 if refusal else 200)


def _differing(request: Request, sheet: Sheet, facts: Mapping[str, Any]) -> dict[str, str]:
    """What the other window saved, where it is not what is typed here."""
    found: dict[str, str] = {}
    for element in request.POST.getlist("asked"):
        value = facts.get(element)
        kind = sheet.definition.known_elements.get(element)
        if kind is None or value is None or kind.is_file:
            continue
        name = name_of(element)
        typed = request.POST.getlist(name) if kind.type == "choices" else request.POST.get(name, "")
        if typed != kept.typed(kind, value):
            found[element] = kept.in_words(kind, value)
    return found


def _held(sheet: Sheet, step: walk.Step, element: str) -> list[StoredFile]:
    value = sheet.values.get(element) or []
    if step.index is not None:
        value = (value[step.index] if step.index < len(value) else None) or []
    return list(StoredFile.objects.filter(pk__in=value, about_id=str(sheet.pk)).order_by("pk"))


def _after(request: Request, sheet: Sheet, step: walk.Step, mount: Mount) -> str:
    """Where one goes on: back to the review where one came from, else to the next step, at the end to the review."""
    if request.POST.get("then") == "review":
        return mount.review_url
    following = walk.next_step(sheet.definition, sheet.values, step.token, on=today())
    return mount.step_url(following.token) if following else mount.review_url


def first_url(sheet: Sheet, mount: Mount) -> str:
    """Where filling goes on: the first step that was not sent or lacks something, else the review."""
    return _way_on(sheet, mount)


def _way_on(sheet: Sheet, mount: Mount) -> str:
    done = frozenset(sheet.data["done"])
    missing = walk.unanswered(sheet.definition, sheet.values, on=today(), done=done)
    return mount.step_url(missing[0][0].token) if missing else mount.review_url


def review(request: Request, sheet: Sheet, mount: Mount) -> HttpResponse:
    """The last page: everything read back, the signature and the consent; handing in."""
    if sheet.state == SheetState.SUBMITTED:
        return mount.done(request, sheet)
    if sheet.state != SheetState.DRAFT:
        return redirect(mount.back_url)
    sign = SignForm(sent(request))
    if sign.is_bound and sign.is_valid():
        with refusal_shown_in(sign):
            sheet = actions.submit(request.person, sheet, seen=_number(request.POST.get("seen")), **sign.cleaned_data)
            return mount.done(request, sheet)
    sheet = Sheet.objects.select_related("version", "subject", "inquiry").get(pk=sheet.pk)
    data = sheet.data
    found = walk.sections(sheet.definition, data["values"], "own", on=today(), sources=data["sources"],
                          done=frozenset(data["done"]))
    steps = walk.steps(sheet.definition, data["values"], on=today())
    return render(request, "forms/review.html", {
        "base": mount.base, "sheet": sheet, "definition": sheet.definition, "sign": sign, "seen": sheet.seen,
        "sections": [(section, mount.step_url(section.step.token) + "?then=review") for section in found],
        "open": [(section, mount.step_url(section.step.token) + "?then=review")
                 for section in found if section.is_open],
        "files": file_links(request, sheet), "number": len(steps) + 1,
        "back_url": mount.step_url(steps[-1].token) if steps else mount.back_url,
        "whose": sheet.subject if sheet.subject_id != request.person.pk else None,
    }, status=422 if sign.errors else 200)


def file_links(request: Request, sheet: Sheet) -> list[tuple[str, str]]:
    """(name, signed address) of the files of a sheet that this reader may open."""
    rows = StoredFile.objects.filter(about_type=sheet._meta.label_lower, about_id=str(sheet.pk)).order_by("pk")
    return [(row.name, link(row, request.person)) for row in rows]


def _number(text: Any) -> int:
    return int(text) if str(text or "").isdecimal() and len(str(text)) < 19 else 0
