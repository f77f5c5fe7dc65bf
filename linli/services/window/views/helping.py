"""Staff file for the person in front: find, begin, fill, bring, hand in, print the slip."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode
from uuid import uuid4

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from linli.foundation import audit
from linli.foundation.files import received, takes_files
from linli.foundation.people.models import Person
from linli.foundation.people.permit import permit
from linli.foundation.web import Refused
from linli.foundation.web.acts import perform
from linli.foundation.web.middleware import Request
from linli.foundation.web.views import refusal_shown_in, sent, staff_only
from linli.services.window import papers
from linli.services.window.actions import helping, pins
from linli.services.window.forms import AnswerForm, AnswersForm, FindForm, HelpForm, LookUpForm, SignForm
from linli.services.window.models import Help, Ticket
from linli.services.window.views.common import seen, working_area

CODE_MOST = 400  # a scanner types the whole address


def _ticket(request: Request) -> Ticket | None:
    pk = request.GET.get("ticket", "")
    if not pk.isdecimal():
        return None
    row = Ticket.objects.visible_to(request.person).filter(pk=int(pk[:18])).first()
    assert row is None or isinstance(row, Ticket)
    return row


@staff_only
@require_safe
def find(request: Request) -> HttpResponse:
    """What does the person want? Items and bundles by everyday words, or by the code on a paper form."""
    area = working_area(request, "window.help")
    words = request.GET.get("q", "").replace("\0", "").strip()[:CODE_MOST]
    if "/paper/" in words:
        onward = _from_paper(request, words)
        if onward is not None:
            return onward
    hits = perform("gov.find", request.person, words=words[:100], limit=8, area=area) if words else []
    return render(request, "window/help_find.html", {
        "form": FindForm({"q": words} if words else None), "words": words, "hits": hits, "ticket": _ticket(request)})


def _from_paper(request: Request, words: str) -> HttpResponse | None:
    """A scanned paper form: the same code leads every scanner to the same help, and so to one draft."""
    found = perform("gov.read_paper", request.person, code=words)
    if found is None:
        messages.error(request, _("这个码不是这里印的表上的。请再扫一次，或者按要办的事找。"))
        return None
    asked = {"item": found["item"], "title": found["title"], "paper": found["once"],
             "ticket": request.GET.get("ticket", "")}
    return redirect(f"{reverse('window:help_begin')}?{urlencode(asked)}")


@takes_files
@staff_only
def begin(request: Request) -> HttpResponse:
    """For whom, on what word; then the form. `?item=` and, from a counter, `?ticket=`."""
    area = working_area(request, "window.help")
    item, title = request.GET.get("item", "")[:80], request.GET.get("title", "")[:120]
    ticket = _ticket(request)
    form = HelpForm(sent(request), area=area)
    if form.is_valid():
        given = form.cleaned_data
        with refusal_shown_in(form):
            subject = _account(given["subject_phone"])
            photo = received(request, "photo", purpose="window.mandate")
            row = helping.begin(
                request.person, area, item=item, title=title or item, check=given["check"], subject=subject,
                name="" if subject else given["name"], phone="" if subject else given["subject_phone"],
                channel=given["channel"], ticket=ticket, agent_name=given["agent_name"],
                photo=photo[0] if photo else None, once=request.POST.get("once", "")[:60] or uuid4().hex)
            return redirect("window:help", row.pk)
    once = request.POST.get("once") or request.GET.get("paper", "")[:40] or uuid4().hex
    return render(request, "window/help_begin.html", {
        "form": form, "item": item, "title": title, "ticket": ticket, "once": once,
    }, status=422 if form.errors else 200)


def _account(typed: str) -> Person | None:
    digits = "".join(sign for sign in typed if sign.isdigit() or sign == "+")
    number = digits if digits.startswith("+") else f"+86{digits}"
    found: Person | None = Person.objects.by_phone(number).filter(is_active=True).first()
    return found


def _help(request: Request, pk: int) -> Help:
    row: Help = seen(Help, request.person, pk, "area", "subject", "actor", "ticket__counter")
    permit(request.person, "window.help", row)
    return row


@takes_files
@staff_only
def help_page(request: Request, pk: int) -> HttpResponse:
    """One matter: its pages, its papers, handing in; then the slip."""
    row = _help(request, pk)
    form = SignForm(sent(request), initial={"signed_name": row.shown_subject})
    if form.is_valid():
        with refusal_shown_in(form):
            helping.hand_in(request.person, row, signed_name=form.cleaned_data["signed_name"])
            return redirect("window:help", row.pk)
    answer_form = AnswerForm()
    return render(request, "window/help.html", {
        "row": row, "form": form, "answer_form": answer_form, "is_own": row.actor_id == request.person.pk,
        "papers": [] if row.number or row.actor_id != request.person.pk else helping.papers(request.person, row),
    }, status=422 if form.errors else 200)


@staff_only
def help_step(request: Request, pk: int, step: str) -> HttpResponse:
    """One page of the form, as gov's act tells it; its sentences stand beside the questions."""
    row = _help(request, pk)
    told = helping.page(request.person, row, step)
    questions = [dict(one) for one in told["fields"]]
    files = [one for one in questions if one["type"] in ("file", "files")]
    form = AnswersForm(sent(request), questions=[one for one in questions if one not in files])
    if request.method == "POST" and form.is_valid():
        with refusal_shown_in(form):
            seen_at = request.POST.get("seen", "")
            done = helping.save_page(request.person, row, step, _given(form.cleaned_data),
                                     seen=int(seen_at) if seen_at.isdecimal() else told["seen"])
            if done["errors"]:
                form.told(dict(done["errors"]))
            elif done["next"]:
                return redirect("window:help_step", row.pk, done["next"])
            else:
                return redirect("window:help", row.pk)
    return render(request, "window/help_step.html", {
        "row": row, "form": form, "title": told["title"], "seen": request.POST.get("seen") or told["seen"],
        "files": files}, status=422 if form.errors else 200)


def _given(values: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in values.items() if key}


@takes_files
@staff_only
@require_POST
def help_bring(request: Request, pk: int) -> HttpResponse:
    """A paper photographed at the window."""
    row = _help(request, pk)
    file = request.FILES.get("file")
    if file is None:
        raise Refused("no_file", _("请先拍照或选文件。"))
    helping.bring(request.person, row, request.POST.get("material", "")[:80], file)
    messages.success(request, _("放进去了。"))
    return redirect("window:help", row.pk)


@staff_only
@require_POST
def help_answer(request: Request, pk: int) -> HttpResponse:
    """Answer an objection; never the one who filed it."""
    row = _help(request, pk)
    form = AnswerForm(request.POST)
    if not form.is_valid():
        raise Refused("no_words", _("请写怎么答复。"))
    helping.answer(request.person, row, form.cleaned_data["words"])
    return redirect("window:help", row.pk)


@staff_only
@require_POST
def help_pin(request: Request, pk: int) -> HttpResponse:
    """A PIN for the telephone, shown once, to be written on the slip."""
    row = _help(request, pk)
    plain = pins.set_pin(request.person, row.area, row.number)
    answer = render(request, "window/desk_pin.html", {"row": row, "pin": plain})
    answer["Cache-Control"] = "no-store"
    return answer


@staff_only
@require_safe
def slip(request: Request, pk: int) -> HttpResponse:
    """The slip in large type."""
    row = _help(request, pk)
    if not row.number:
        raise Refused("not_yet", _("还没交上，交了才有小票。"))
    answer = HttpResponse(papers.slip(row, request.build_absolute_uri("/")), content_type="application/pdf")
    answer["Content-Disposition"] = f'inline; filename="{row.number}.pdf"'
    answer["Cache-Control"] = "no-store"
    return answer


@staff_only
@require_safe
def paper_form(request: Request) -> HttpResponse:
    """The item's form on paper, with a QR code and a box for each question."""
    area = working_area(request, "window.help")
    item = request.GET.get("item", "")[:80]
    body = perform("gov.paper_form", request.person, item=item, area=area)
    audit.record(request.person, "window.paper_form", area, item=item)
    return HttpResponse(body, content_type="application/pdf")


@staff_only
@require_safe
def by_number(request: Request) -> HttpResponse:
    """Go on with what was begun: by the number of the slip, or by what the QR code of a paper says."""
    area = working_area(request, "window.help")
    typed = request.GET.get("code", "").replace("\0", "").strip()[:200]
    last = typed.rstrip("/").split("/")[-1]
    row = None
    if last:
        rows = Help.objects.visible_to(request.person).filter(area=area)
        row = rows.filter(number=last.upper()).first() or rows.filter(token=last).first()
    if row is not None:
        return redirect("window:help", row.pk)
    return render(request, "window/help_code.html", {"typed": typed})


@staff_only
def look_up(request: Request) -> HttpResponse:
    """On the telephone: number and PIN, and how the matter stands."""
    working_area(request, "window.look_up")
    form, told = LookUpForm(sent(request)), None
    if form.is_valid():
        with refusal_shown_in(form):
            told = pins.told_by_pin(request.person, **form.cleaned_data)
            form = LookUpForm()
    answer = render(request, "window/look_up.html", {"form": form, "told": told}, status=422 if form.errors else 200)
    answer["Cache-Control"] = "no-store"
    return answer
