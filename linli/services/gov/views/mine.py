"""The applicant's own pages: the list, one application from its number on, the receipt, and what one can do with it."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.forms import CharField, Form, Textarea
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import get_language, gettext as _, gettext_lazy as lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from linli.foundation.calendar.clock import today
from linli.foundation.files import link
from linli.foundation.people.permit import may, permit
from linli.foundation.web import Refused
from linli.foundation.web.middleware import Request
from linli.foundation.web.views import keyset_page, refusal_shown_in, signed_in
from linli.mechanisms.forms import union, walk
from linli.services.gov import letters, papers_needed
from linli.services.gov.actions import applying, deciding
from linli.services.gov.items import sheet as sheets
from linli.services.gov.items.reading import translated
from linli.services.gov.letters.forms import form_of
from linli.services.gov.models import Application, Objection
from linli.services.gov.queries import applications
from linli.services.gov.queries.outside import dispatches_of
from linli.services.gov.views.filling import url_of

WITHDRAWABLE = frozenset({"submitted", "correcting", "accepted"})


class WordsForm(Form):
    use_required_attribute = False
    text = CharField(label=lazy("想说什么"), max_length=2000, widget=Textarea(attrs={"rows": 3}),
                     error_messages={"required": lazy("请先写几个字。")})


class WithdrawForm(Form):
    use_required_attribute = False
    reason = CharField(label=lazy("为什么不办了"), max_length=300, required=False)


@never_cache
@signed_in
@require_safe
def mine(request: Request) -> HttpResponse:
    """我的办件: what is begun, what runs, what is over."""
    page = keyset_page(applications.mine(request.person), request, size=20)
    return render(request, "gov/mine.html", {
        "drafts": [(one, applications.name_of(one), url_of(one), url_of(one, "forget"))
                   for one in applications.drafts(request.person)],
        "page": page, "lines": [(row, applications.name_of(row), applications.where(row)) for row in page]})


def one_of(request: Request, number: str) -> Application:
    """An application of the person's own. 404 where it is not there for them, 403 for the desk."""
    row = applications.by_number(request.person, number)
    if row is None:
        raise Http404
    permit(request.person, "gov.own", row)
    return row


@never_cache
@signed_in
@require_safe
def one(request: Request, number: str) -> HttpResponse:
    """What is being done, by whom, until when; what is missing and how to mend it; messages, papers, copies."""
    return _page(request, one_of(request, number))


def _page(request: Request, row: Application, *, status: int = 200, **more: Any) -> HttpResponse:
    person = request.person
    manner = "en" if (get_language() or "").startswith("en") else "official"
    told = applications.where(row)
    held = applications.sheet_of(row)
    definition = form_of(row.version)
    sections: list[Any] = []
    if held is not None and definition is not None:
        values = held.values if row.sheet_id else union.values_for(definition, held.values)
        sections = [(section, "") for section in walk.sections(definition, values, "own", on=today())]
    case = row.case
    assert case is not None, "it has a number, so it has a case"
    missing = [(one, _mend_url(row, held, one)) for one in told.missing]
    siblings = [(other, applications.name_of(other), applications.one_url(other) if other.number else "")
                for other in applications.members(row.filing)] if row.filing is not None else []
    rated = getattr(row, "rating", None)
    return render(request, "gov/mine_one.html", {
        "row": row, "name": applications.name_of(row), "told": told, "case": case, "missing": missing,
        "all_there": bool(missing) and all(one.is_there for one, _url in missing if one.kind == "material"),
        "asks_words": any(one.kind == "element" for one, _url in missing),
        "item": sheets.sheet(row.version.body, manner if translated(row.version.body, manner) else "official"),
        "sections": sections, "siblings": siblings,
        "papers": [(line, [(file.name, link(file, person)) for file in line.files])
                   for line in papers_needed.lines(row, person, manner)],
        "letters": [(letter, letters.title(letter)) for letter in row.letters.order_by("-sequence")],
        "results": list(row.results.order_by("key")), "sendings": dispatches_of(row.pk),
        "messages_said": deciding.said(row), "rating": rated,
        "may_rate": rated is None and row.state == "delivered" and may(person, "gov.rate", row),
        "objections": list(Objection.objects.filter(application=row).order_by("pk")),
        "may_object": row.state in WITHDRAWABLE and may(person, "gov.object", row) and row.actor_id != person.pk,
        "may_withdraw": row.state in WITHDRAWABLE, "may_write": case.is_open,
        "whose": row.subject if row.subject_id not in (None, person.pk) else None,
        "by": row.actor if row.actor_id not in (person.pk, row.subject_id) else None,
        "words_form": WordsForm(auto_id="words_%s"), "object_form": WordsForm(auto_id="object_%s"),
        "withdraw_form": WithdrawForm(auto_id="withdraw_%s"), **more}, status=status)


def _mend_url(row: Application, held: Any, one: applications.Missing) -> str:
    if one.kind == "material":
        return reverse("gov:fill_papers", args=[row.pk]) + f"#paper-{one.key}"
    if held is None or held.state != "draft":
        return ""
    token = applications.step_with(held, one.key, today())
    return (url_of(row, "step", token) + "?then=review") if token else url_of(row, "review")


@never_cache
@signed_in
@require_safe
def receipt(request: Request, number: str) -> HttpResponse:
    """The number, at once: when one hears, what is still to come, what follows."""
    row = one_of(request, number)
    rows = applications.members(row.filing) if row.filing is not None else [row]
    shown = [(other, applications.name_of(other), applications.where(other),
              other.letters.filter(kind="receipt").first() if other.number else None) for other in rows]
    return render(request, "gov/mine_receipt.html", {
        "row": row, "name": applications.name_of(row.filing or row), "rows": shown,
        "item": sheets.sheet(row.version.body),
        "to_follow": list({need.key: need.name for other in rows for need in papers_needed.unsettled(other)}.values()),
        "is_correction": row.procedure_events.filter(kind="corrections_received").exists()})


@signed_in
@require_POST
def withdraw(request: Request, number: str) -> HttpResponse:
    """Take it back; the page has asked first."""
    row = one_of(request, number)
    form = WithdrawForm(request.POST, auto_id="withdraw_%s")
    if form.is_valid():
        with refusal_shown_in(form):
            applying.withdraw(request.person, row, reason=form.cleaned_data["reason"])
            messages.success(request, _("撤回了。终止办理通知书在下面。"))
            return redirect("gov:mine_one", number)
    return _page(request, one_of(request, number), status=422, withdraw_form=form, failed=form)


@signed_in
@require_POST
def say(request: Request, number: str) -> HttpResponse:
    row = one_of(request, number)
    form = WordsForm(request.POST, auto_id="words_%s")
    if form.is_valid():
        with refusal_shown_in(form):
            applying.say(request.person, row, form.cleaned_data["text"])
            messages.success(request, _("发出去了，经办的人会看到。"))
            return redirect(reverse("gov:mine_one", args=[number]) + "#words")
    return _page(request, one_of(request, number), status=422, words_form=form, failed=form)


@signed_in
@require_POST
def object_to(request: Request, number: str) -> HttpResponse:
    """Who it is for says that it is not their wish."""
    row = one_of(request, number)
    form = WordsForm(request.POST, auto_id="object_%s")
    if form.is_valid():
        with refusal_shown_in(form):
            deciding.object_to(request.person, row, words=form.cleaned_data["text"])
            messages.success(request, _("记下了。答复您以前，不会作决定。"))
            return redirect("gov:mine_one", number)
    return _page(request, one_of(request, number), status=422, object_form=form, failed=form)


@signed_in
@require_POST
def mend(request: Request, number: str) -> HttpResponse:
    """Open the answers again, to change what was asked for."""
    row = applying.reopen(request.person, one_of(request, number))
    asked = [one.key for one in applications.missing_of(row) if one.kind == "element"]
    held = applications.sheet_of(row)
    token = applications.step_with(held, asked[0], today()) if held is not None and asked else ""
    return redirect((url_of(row, "step", token) + "?then=review") if token else url_of(row, "review"))


@signed_in
@require_POST
def corrected(request: Request, number: str) -> HttpResponse:
    """Everything that was asked for is there."""
    row = one_of(request, number)
    form = Form(request.POST)
    form.is_valid()
    try:
        applying.answer_corrections(request.person, row)
        return redirect("gov:mine_receipt", number)
    except Refused as refusal:
        form.add_error(None, str(refusal.sentence))
    return _page(request, one_of(request, number), status=422, failed=form)
