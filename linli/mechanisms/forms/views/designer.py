"""The designer: one change at a time, with the page as residents will see it and the difference to what is in use."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from linli.foundation.calendar.clock import today
from linli.foundation.files import limits_told
from linli.foundation.people.permit import may, permit
from linli.foundation.web import Refused
from linli.foundation.web.middleware import Request
from linli.foundation.web.views import signed_in
from linli.mechanisms.forms import actions, designer, dictionary, located
from linli.mechanisms.forms.definition import Definition, Page, build, faults_of
from linli.mechanisms.forms.elements import Element
from linli.mechanisms.forms.faults import Fault, placed
from linli.mechanisms.forms.fields import StepForm
from linli.mechanisms.forms.models import DraftState, FormDraft
from linli.mechanisms.forms.pages import TextForm
from linli.mechanisms.forms.views.desk import kept_form
from linli.mechanisms.forms.walk import Step

_DECISIONS = ("ask", "publish", "send_back", "drop")


@signed_in
@require_safe
def draft(request: Request, pk: int) -> HttpResponse:
    """Pages and questions at the left, what a resident sees at the right."""
    row = _draft(request, pk)
    return _shown(request, row) if row else redirect("forms:form", pk)


@signed_in
@require_POST
def change(request: Request, pk: int) -> HttpResponse:
    """One change. What was typed stays where it cannot be made."""
    row = _draft(request, pk)
    if row is None:
        return redirect("forms:form", pk)
    permit(request.person, "forms.design", row)
    given = request.POST.dict()
    verb = given.get("verb", "")
    try:
        body = designer.apply(row.body, verb, given)
        row = actions.change_draft(request.person, row, body, seen=_number(given.get("seen")))
    except Refused as refusal:
        return _shown(request, row, refusal=refusal, typed=given)
    page = given.get("page", "")
    if verb == "page_add":
        page = row.body["pages"][-1]["key"]
    elif all(one["key"] != page for one in row.body["pages"]):
        page = row.body["pages"][0]["key"]
    return redirect(f"{reverse('forms:draft', args=[pk])}?page={page}")


@signed_in
def text(request: Request, pk: int) -> HttpResponse:
    """The whole form as text: for conditions, repeats, computed values, and for copying a form."""
    row = _draft(request, pk)
    if row is None:
        return redirect("forms:form", pk)
    permit(request.person, "forms.design", row)
    form = TextForm(request.POST) if request.method == "POST" else TextForm(
        initial={"text": designer.as_yaml(row.body), "seen": row.seen})
    faults: list[Fault] = []
    if form.is_bound and form.is_valid():
        body, faults = _read(form.cleaned_data["text"], row)
        if body is not None and not faults:
            try:
                actions.change_draft(request.person, row, body, seen=form.cleaned_data["seen"])
            except Refused as refusal:
                form.add_error(None, str(refusal.sentence))
            else:
                return redirect("forms:draft", pk)
    return render(request, "forms/text.html", {"row": row, "form": form, "faults": faults},
                  status=422 if form.errors or faults else 200)


def _read(text: str, row: FormDraft) -> tuple[dict[str, Any] | None, list[Fault]]:
    source = located.parse(text, "form.yaml")
    if source.faults:
        return None, source.faults
    if isinstance(source.data, dict):
        source.data["key"] = row.form.key  # the name in the database is not a matter of taste
    return source.data, placed(faults_of(source.data), source.file, source.lines)


@signed_in
@require_POST
def decide(request: Request, pk: int, verb: str) -> HttpResponse:
    """Hand over, publish, send back, throw away."""
    row = _draft(request, pk)
    if row is None:
        return redirect("forms:form", pk)
    seen, note = _number(request.POST.get("seen")), request.POST.get("note", "")
    try:
        if verb == "ask":
            actions.ask_to_publish(request.person, row, note=note, seen=seen)
        elif verb == "publish":
            actions.publish(request.person, row, seen=seen)
            return redirect("forms:form", pk)
        elif verb == "send_back":
            actions.send_back(request.person, row, answer=note, seen=seen)
        elif not actions.drop_draft(request.person, row, seen=seen):
            return redirect("forms:desk")
        else:
            return redirect("forms:form", pk)
    except Refused as refusal:
        return _shown(request, row, refusal=refusal, typed={"note": note})
    return redirect("forms:draft", pk)


def _draft(request: Request, pk: int) -> FormDraft | None:
    """The draft of a form of the person's places; None where nobody is changing it."""
    form = kept_form(request, pk)
    return FormDraft.objects.visible_to(request.person).filter(form=form).select_related(
        "form__area", "edited_by", "asked_by").first()


def _shown(request: Request, row: FormDraft, *, refusal: Refused | None = None,
           typed: dict[str, Any] | None = None) -> HttpResponse:
    row = get_object_or_404(FormDraft.objects.visible_to(request.person).select_related(
        "form__area", "edited_by", "asked_by"), pk=row.pk)
    key = (typed or {}).get("page") or request.GET.get("page", "")
    body = row.body
    page = next((one for one in body["pages"] if one["key"] == key), body["pages"][0])
    newest = row.form.published
    faults = faults_of(body)
    mine = request.person.pk in (row.asked_by_id, row.edited_by_id)
    return render(request, "forms/draft.html", {
        "row": row, "body": body, "page": page, "newest": newest, "faults": faults, "refusal": refusal,
        "typed": typed or {}, "lines": _lines(body, page), "choices": _choices(body), "types": _types(),
        "changes": designer.difference(newest.body if newest else None, body), "preview": preview(body, page),
        "limits": limits_told("forms.file"), "is_waiting": row.state == DraftState.WAITING, "is_mine": mine,
        "may_publish": row.state == DraftState.WAITING and not mine and may(request.person, "forms.publish", row),
    }, status=422 if refusal else 200)


def _lines(body: dict[str, Any], page: dict[str, Any]) -> list[dict[str, Any]]:
    """The fields of the chosen page as the designer lists them."""
    found = []
    for place, one in enumerate(page["fields"]):
        element = designer.element_of(body, str(one.get("element", "")))
        when = one.get("when")
        options = designer.conditions_for(body, page["key"], place)
        chosen = next((value for value, _label in options if when == _condition(body, value)), "keep" if when else "")
        found.append({
            "place": place, "note": one.get("note", ""), "element": element, "name": one.get("element", ""),
            "is_required": one.get("required") is True, "is_ruled": isinstance(one.get("required"), dict),
            "is_computed": bool(one.get("computed")), "when": designer.as_rule(when) if when else "",
            "options": options, "chosen": chosen, "is_last": place == len(page["fields"]) - 1})
    return found


def _condition(body: dict[str, Any], value: str) -> dict[str, Any] | None:
    name, _bar, answer = value.partition("=")
    element = designer.element_of(body, name)
    return designer.condition(element, answer) if element else None


def _choices(body: dict[str, Any]) -> list[tuple[str, list[Element]]]:
    """The elements that are not asked yet, by group."""
    asked = {one.get("element") for page in body["pages"] for one in page["fields"]}
    groups: dict[str, list[Element]] = {}
    for element in dictionary.elements().values():
        if element.id not in asked and element.group not in ("signature", "consent"):
            groups.setdefault(element.group, []).append(element)
    return list(groups.items())


def _types() -> list[tuple[str, str]]:
    words = {"choice": _("选一个答案"), "choices": _("可以选几个答案"), "yes_no": _("是或否"), "text": _("一行字"),
             "long_text": _("一段话"), "number": _("数字"), "money": _("钱数"), "date": _("日期"), "phone": _("手机号"),
             "files": _("照片或文件")}
    return [(name, words[name]) for name in designer.QUESTION_TYPES]


def preview(body: dict[str, Any], page: dict[str, Any]) -> list[Any]:
    """The page as a resident sees it, with every condition taken as met; empty while something on it is unsound."""
    if not page["fields"] or faults_of({**body, "pages": [_bare(page)]}):
        return []
    form: Definition = build({**body, "pages": [_bare(page)]})
    made: Page = form.pages[0]
    step = Step(made, 0 if made.repeat else None)
    return StepForm(form, step, {}, made.fields, on=today(), auto_id="preview_%s").items()


def _bare(page: dict[str, Any]) -> dict[str, Any]:
    """Without conditions: what they read stands on other pages."""
    fields = [{name: value for name, value in one.items() if name not in ("when", "computed")
               and not (name == "required" and isinstance(value, dict))} for one in page["fields"]]
    return {**{name: value for name, value in page.items() if name != "when"}, "fields": fields}


def _number(text: Any) -> int:
    return int(text) if str(text or "").isdecimal() and len(str(text)) < 19 else 0
