"""The resident's pages: asking, choosing, a person please, what was said before. Each works without scripts."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from urllib.parse import urlencode
from uuid import uuid4

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext as _, gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from linli.foundation.areas.models import Area
from linli.foundation.calendar.clock import today
from linli.foundation.people.limits import count
from linli.foundation.people.models import Person
from linli.foundation.people.permit import may
from linli.foundation.policy import policy
from linli.foundation.web import Refused
from linli.foundation.web.middleware import Request
from linli.foundation.web.views import keyset_page, refusal_shown_in, signed_in
from linli.services.assistant import actions, answering, eligibility, queries
from linli.services.assistant.actions.talking import told
from linli.services.assistant.forms import AskForm, ChooseForm, PersonForm, SayForm
from linli.services.assistant.models import Conversation, Turn, Who
from linli.services.assistant.states import MUTE, State

_HOUR = timedelta(hours=1)
# What the gate offers beside its sentence: (url name, icon, words).
OFFERS = {
    "person": ("assistant:person", "headset", gettext_lazy("人工服务")),
    "sos": ("portal:sos", "siren", gettext_lazy("马上求助")),
    "mandates": ("people:mandates", "people", gettext_lazy("帮家人办")),
    "request": ("requests:ask", "message", gettext_lazy("提诉求")),
    "repair": ("repairs:report", "wrench", gettext_lazy("报修")),
    "clinic": ("portal:help", "heart", gettext_lazy("社区电话和窗口")),
}


@require_http_methods(["GET", "HEAD", "POST"])
def ask(request: HttpRequest) -> HttpResponse:
    """The conversation and the field to ask in. Who has not signed in is answered too, and nothing of it is kept."""
    person = _asker(request)
    if "part" in request.GET and request.method != "POST":
        return _part(request, person)
    if person is None:
        return _ask_unsigned(request)
    talk = queries.current(person)
    kind = SayForm if talk is not None and talk.state in (State.QUEUED, State.HUMAN) else AskForm
    form = kind(request.POST) if request.method == "POST" else kind(initial=_first(request))
    if form.is_bound and form.is_valid():
        with refusal_shown_in(form):
            actions.ask(person, request.area, form.cleaned_data["text"],  # type: ignore[attr-defined]
                        once=form.cleaned_data["once"])
            return redirect(f"{reverse('assistant:ask')}#last")
    return _page(request, talk, form)


def _part(request: HttpRequest, person: Person | None) -> HttpResponse:
    """The conversation alone, for a page that stands open: 204 while nothing was said and nothing moved."""
    key = request.GET["part"]
    rows = queries.own(person).select_related("staff", "area") if person is not None and key.isdecimal() else None
    talk = rows.filter(pk=int(key[:18])).first() if rows is not None else None
    if talk is None:
        raise Http404
    context = _talk_shown(talk)
    if request.GET.get("seen") == context["seen"]:
        return HttpResponse(status=204)
    return render(request, "assistant/turns.html", context)


def _talk_shown(talk: Conversation) -> dict[str, Any]:
    """What the conversation's part of the page needs. It is looked at anew while a person is, or will be, at it."""
    turns, waiting = queries.turns(talk), queries.waiting(talk)
    in_talk = talk.state not in MUTE
    return {
        "talk": talk, "turns": [shown(turn, turn is turns[-1], in_talk=in_talk) for turn in turns],
        "waiting": waiting, "hours": queries.hours_in_words(talk.area.code),
        "is_live": talk.state in (State.QUEUED, State.HUMAN),
        "seen": f"{talk.turns}.{talk.state}.{waiting.place if waiting else ''}"}


@require_http_methods(["GET", "HEAD", "POST"])
def eligible(request: HttpRequest) -> HttpResponse:
    """Am I entitled, question by question, under the conversation. The answers travel with the page; none is kept."""
    sent = request.POST if request.method == "POST" else request.GET
    item = eligibility.item_in(sent)
    person = _asker(request)
    talk = queries.current(person) if person is not None else None
    if not item:
        return redirect("assistant:ask")
    if person is None or (talk is not None and talk.state in MUTE):  # the bot is mute: the item's own page asks
        return redirect(eligibility.page_of(item) or "assistant:ask")
    answers = eligibility.answers_in(request.POST) if request.method == "POST" else {}
    told = eligibility.step(person, request.area, item, answers)  # type: ignore[attr-defined]
    question = eligibility.QuestionForm(told["question"]) if told["question"] else None
    answer = _page(request, talk, AskForm(initial=_first(request)), told=told, item=item, question=question)
    answer["Cache-Control"] = "no-store"
    return answer


def _asker(request: HttpRequest) -> Person | None:
    """Who asks with a conversation of their own: somebody who lives or works in the place looked at."""
    person: Person | None = request.person or None  # type: ignore[attr-defined]
    area: Area | None = request.area or None  # type: ignore[attr-defined]
    return person if person is not None and area is not None and may(person, "assistant.ask", area) else None


def _ask_unsigned(request: HttpRequest) -> HttpResponse:
    form = AskForm(request.POST) if request.method == "POST" else AskForm(initial=_first(request))
    turns: list[Turn] = []
    if form.is_bound and form.is_valid():
        with refusal_shown_in(form):
            turns = _answered(request, form.cleaned_data["text"])
    shown = form if form.errors or not form.is_bound else AskForm(initial={"once": ""})
    return render(request, "assistant/ask.html", {
        "form": shown, "talk": None, "turns": turns, "unsigned": True}, status=422 if form.errors else 200)


def _answered(request: HttpRequest, words: str) -> list[Turn]:
    """Question and answer as turns that are never saved. Raises `Refused("too_many")`."""
    address = request.META.get("REMOTE_ADDR", "")
    if not count("assistant.ask", address, int(policy("assistant.questions_an_hour", on=today())), _HOUR):
        raise Refused("too_many", _("问得太多了，过一会儿再问，或者登录后接着问。"), field="text")
    area = request.area  # type: ignore[attr-defined]
    reply = answering.reply(words, area_code=area.code if area else "")
    return [shown(Turn(number=1, who=Who.RESIDENT, text=words), False),
            shown(Turn(number=2, who=Who.BOT, text=reply.text, told=told(reply)), True)]


def _first(request: HttpRequest) -> dict[str, Any]:
    return {"text": request.GET.get("q", "").strip()[:answering.WORDS_MAX], "once": uuid4().hex}


def shown(turn: Turn, is_last: bool, *, in_talk: bool = False) -> Turn:
    """A turn with what its template needs: the links of its offers, and whether it is the last one.

    `in_talk`: the bot may still ask here, so 「看我能不能办」 goes on in the conversation.
    """
    turn.acts = [_act(label, url, in_talk) for label, url in turn.told.get("acts", ())]  # type: ignore[attr-defined]
    turn.is_last = is_last  # type: ignore[attr-defined]
    turn.links = [  # type: ignore[attr-defined]
        (url, icon, words) for name in turn.told.get("offers", ())
        for address, icon, words in [OFFERS[name]] if (url := _address(address))]
    return turn


def _act(label: str, url: str, in_talk: bool) -> tuple[str, str]:
    item = eligibility.item_behind(url) if in_talk else ""
    if not item:
        return label, url
    return _("看我能不能办"), f"{reverse('assistant:eligible')}?{urlencode({'item': item})}#asked"


def _address(name: str) -> str:
    """The address of a page, or nothing: the room may not be installed."""
    try:
        return reverse(name)
    except NoReverseMatch:
        return ""


def _page(
    request: HttpRequest, talk: Conversation | None, form: AskForm, *, question: eligibility.QuestionForm | None = None,
    **more: Any,
) -> HttpResponse:
    context = _talk_shown(talk) if talk is not None else {"talk": None, "turns": []}
    wrong = form.errors or (question is not None and question.errors)
    return render(request, "assistant/ask.html", {**context, "form": form, "question": question, **more},
                  status=422 if wrong else 200)


@require_POST
def choose(request: HttpRequest) -> HttpResponse:
    """One of three. Without a sign-in the chosen thing is shown and nothing kept."""
    form = ChooseForm(request.POST)
    if not form.is_valid():
        return redirect("assistant:ask")
    group, aspect = form.cleaned_data["group"], form.cleaned_data["aspect"] or "what"
    person = _asker(request)
    talk = queries.current(person) if person is not None else None
    if person is not None and talk is not None:
        actions.choose(person, talk, group, aspect)
        return redirect(f"{reverse('assistant:ask')}#last")
    area = request.area  # type: ignore[attr-defined]
    reply = answering.of_group(group, aspect, area_code=area.code if area else "")
    if reply is None:
        raise Refused("no_group", _("没有这一件，请重新问。"))
    turns = [shown(Turn(number=1, who=Who.BOT, text=reply.text, told=told(reply)), True)]
    return render(request, "assistant/ask.html", {
        "form": AskForm(initial=_first(request)), "talk": None, "turns": turns, "unsigned": person is None})


@require_http_methods(["GET", "HEAD", "POST"])
def person(request: HttpRequest) -> HttpResponse:
    """A person, please. Without a sign-in: whom to telephone, where to go."""
    asker = _asker(request)
    if asker is None:
        return redirect("portal:help")
    area = request.area  # type: ignore[attr-defined]
    form = PersonForm(request.POST) if request.method == "POST" else PersonForm()
    if form.is_bound and form.is_valid():
        with refusal_shown_in(form):
            talk = actions.want_person(asker, area, text=form.cleaned_data["text"])
            return redirect("assistant:talk", talk.pk) if talk.case_number else redirect("assistant:ask")
    talk_now = queries.current(asker)
    return render(request, "assistant/person.html", {
        "form": form, "talk": talk_now, "is_open": queries.is_desk_open(area.code),
        "opens_at": queries.opens_at(area.code), "hours": queries.hours_in_words(area.code),
        "has_asked": talk_now is not None and talk_now.said.filter(who=Who.RESIDENT).exists(),
    }, status=422 if form.errors else 200)


@require_POST
@signed_in
def step(request: Request, verb: str) -> HttpResponse:
    """None of these; not now; out of the queue; the end."""
    talk = queries.current(request.person)
    if talk is None:
        return redirect("assistant:ask")
    verbs = {"none": actions.none_of_these, "not_now": actions.not_now, "leave": actions.leave_queue,
             "close": actions.close}
    verbs[verb](request.person, talk)
    return redirect("assistant:talk", talk.pk) if verb == "close" else redirect(f"{reverse('assistant:ask')}#last")


@require_safe
@signed_in
def talks(request: Request) -> HttpResponse:
    """My conversations, the latest first."""
    return render(request, "assistant/talks.html", {
        "page": keyset_page(queries.own(request.person), request, size=20)})


@require_safe
@signed_in
def talk(request: Request, pk: int) -> HttpResponse:
    """One of my conversations, to read."""
    row = get_object_or_404(Conversation.objects.filter(person=request.person).select_related("staff", "area"), pk=pk)
    return render(request, "assistant/talk.html", {
        "talk": row, "turns": [shown(turn, False) for turn in queries.turns(row)]})
