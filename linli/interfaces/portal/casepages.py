"""A matter as its people read it: what is being done, by whom, by when, and what happens if not."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _, gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from linli.foundation.files import link, received, takes_files
from linli.foundation.files.links import signed
from linli.foundation.files.models import StoredFile
from linli.foundation.people import limits
from linli.foundation.people.models import Person, RoleName
from linli.foundation.people.views.client import client_at
from linli.foundation.web import Denied, Refused
from linli.foundation.web.middleware import Request, not_found
from linli.foundation.web.views import keyset_page, refusal_shown_in, sent, signed_in
from linli.interfaces.components import shell
from linli.mechanisms.cases import actions, engine, queries
from linli.mechanisms.cases.kinds import Kind, Transition, say
from linli.mechanisms.cases.models import PLACE_ROLES, Case, Follower, Visibility
from linli.mechanisms.cases.parties import is_party, stands_for
from linli.mechanisms.cases.reach import may_on
from linli.mechanisms.cases.sights import shows_photos

# What a resident may do by themselves from the page, and what has its own form there.
ANSWERS = ("rate", "not_fixed")


class WordsForm(forms.Form):
    text = forms.CharField(
        label=gettext_lazy("您想补充什么"), max_length=2000, widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": gettext_lazy("请先写几个字，照片拍的是什么也行。")})
    photos = forms.FileField(label=gettext_lazy("照片"), required=False)


class NoteForm(forms.Form):
    """What a step of the requester may say: why."""

    note = forms.CharField(max_length=500, required=False, label=gettext_lazy("说一句原因"))


class AnswerForm(forms.Form):
    """真修好了吗: yes or no weigh the same; the grade and the words are nobody's duty."""

    solved = forms.ChoiceField(
        label=gettext_lazy("您看好了没有"), widget=forms.RadioSelect,
        choices=[("yes", gettext_lazy("好了")), ("no", gettext_lazy("还没好"))],
        error_messages={"required": gettext_lazy("请选一个：好了，还是还没好")})
    contacted = forms.ChoiceField(
        label=gettext_lazy("有人及时联系您吗"), required=False, widget=forms.RadioSelect,
        choices=[("yes", gettext_lazy("联系了")), ("no", gettext_lazy("没有")), ("", gettext_lazy("不记得了"))])
    satisfied = forms.ChoiceField(
        label=gettext_lazy("满意吗"), required=False, widget=forms.RadioSelect,
        choices=[("5", gettext_lazy("很满意")), ("4", gettext_lazy("满意")), ("3", gettext_lazy("一般")),
                 ("2", gettext_lazy("不满意")), ("1", gettext_lazy("很不满意")), ("", gettext_lazy("不评"))])
    note = forms.CharField(label=gettext_lazy("想说的话"), required=False, max_length=500,
                           widget=forms.Textarea(attrs={"rows": 2}))

    def __init__(self, kind: Kind, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        yes, no = (kind.transitions.get(name) for name in ANSWERS)
        if yes and no:
            self.fields["solved"].choices = [("yes", str(yes)), ("no", str(no))]  # type: ignore[attr-defined]


class TrackForm(forms.Form):
    number = forms.CharField(label=gettext_lazy("单号"), max_length=24, help_text=gettext_lazy("例如 WTL-261124-0031"))
    last4 = forms.RegexField(
        r"^[0-9]{4}\Z", label=gettext_lazy("报事时手机号的后 4 位"), error_messages={
            "invalid": gettext_lazy("请填 4 位数字")}, widget=forms.TextInput(attrs={"inputmode": "numeric"}))


def _case(request: Request, number: str) -> Case:
    """The case, for its parties and its hands; who else sees it in a list, or in outline, is `Denied`."""
    try:
        case = queries.by_number(request.person, number)
    except Case.DoesNotExist:
        raise Denied("cases.see") from None
    if not (may_read_own(request.person, case) or queries.is_hand(request.person, case)):
        raise Denied("cases.see")
    return case


def _own(request: Request, number: str) -> Case:
    """The case, for who asked for it or asked on their behalf; its hands answer from the desk. Raises `Denied`."""
    case = _case(request, number)
    if not is_party(request.person, case):
        raise Denied("cases.own", visible=True)
    return case


@require_safe
@signed_in
def case_page(request: Request, number: str) -> HttpResponse:
    person = request.person
    try:
        case = queries.by_number(person, number)
    except Case.DoesNotExist:
        return _outline(request, number)
    if not (may_read_own(person, case) or queries.is_hand(person, case)):
        return _outline(request, number)
    return render(request, "portal/cases/case.html", _context(request, case))


def may_read_own(person: Person, case: Case) -> bool:
    """Is the person a party of the case (not merely a neighbour who joined)?"""
    return person.pk == case.assignee_id or is_party(person, case)


def _context(
    request: Request, case: Case, *, words: forms.Form | None = None, answer: forms.Form | None = None,
    note: forms.Form | None = None, trying: str = "",
) -> dict[str, Any]:
    """`note` is the form of the step `trying` that was refused: it is shown open, with what was typed."""
    person = request.person
    steps = engine.transitions_for(person, case)
    merged = case.merged_into if case.merged_into_id else None
    return {
        "case": case, "events": story(case, person), "words": words or WordsForm(), "merged": merged,
        "answer": answer or AnswerForm(case.kind), "note": note, "trying": trying,
        "asks": any(step.name in ANSWERS for step in steps) and is_party(person, case),
        "steps": [step for step in steps if step.name not in ANSWERS and "@requester" in step.who],
        "may_nudge": case.is_open and may_on(person, "cases.nudge", case),
        "may_write": case.is_open and is_party(person, case), "subject": stands_for(person, case),
        "photos": photos_of(case, person), "after_photos": photos_of(case, person, "after"),
        "category": case.kind.category(case.category),
        "cards": shell.cards(request, "case.side", case),
    }


def story(case: Case, person: Person) -> list[dict[str, Any]]:
    """The timeline, newest first: who, what, when, in the words of the kind."""
    told = []
    for event in queries.timeline(case, person):
        step = case.kind.transitions.get(event.name)
        by_party = event.actor_id is not None and (
            event.actor_id in (case.requester_id, case.agent_id) or event.acting_for_id == case.requester_id)
        hide_actor = by_party and not queries.shows_requester(person, case)
        hide_actor |= event.name in ("join", "leave") and event.actor_id != person.pk
        who = ""
        if event.actor is not None and not hide_actor:
            who = _("您") if event.actor_id == person.pk else event.actor.shown_name
            if event.acting_for_id and event.acting_for is not None:
                who = _("%(who)s（替%(subject)s）") % {"who": who, "subject": event.acting_for.shown_name}
        elif event.channel == "system":
            who = _("系统")
        reason = event.data.get("reason", "")
        about = case.kind.timers.get(event.data.get("timer", "")) if event.name == "rung" else None
        told.append({
            "title": str(step) if step else engine.event_title(event.name), "at": event.at,
            "who": _("%(clock)s，第 %(level)s 级") % {"clock": say(about.title), "level": event.data.get("level", 1)}
            if about else who,
            "text": event.text_public, "internal": event.text_internal, "name": event.name,
            "icon": step.icon if step else ICONS.get(event.name, "message"),
            "tone": (step.tone if step else "") or "ok",
            "reason": say_reason(step, reason) if step else "",
        })
    told.reverse()
    return told


ICONS = {"open": "send", "message": "message", "note": "lock", "nudge": "bell",
         "remind": "bell", "join": "people", "rung": "clock",
         "attach": "camera", "extend": "clock", "merge": "people", "broadcast": "message", "quote": "doc"}


def say_reason(step: Transition, code: str) -> str:
    """A reason's words, or the words themselves where the reason was free text."""
    return say(step.reasons[code]) if code in step.reasons else str(code)


def photos_of(case: Case, person: Person, when: str = "report") -> Sequence[dict[str, str]]:
    """Links to the case's photos for this person; what they may not open is left out."""
    ids = case.facts.get(f"{when}_photos", [])
    if not ids:
        return []
    shown = []
    sees = shows_photos(person, case)  # asked once, not once for each photo
    for stored in StoredFile.objects.filter(pk__in=ids, about_type="cases.case", about_id=str(case.pk)).order_by("pk"):
        give = signed if sees and not stored.is_sealed else link
        try:
            shown.append({"thumb": give(stored, person, thumb=True), "full": give(stored, person), "name": stored.name})
        except Denied:
            continue
    return shown


def _outline(request: Request, number: str) -> HttpResponse:
    """What a neighbour reads: matter, building, dates, unit, public result; nobody's name, phone or door."""
    case = Case.objects.filter(queries.shared_q(), number=number).select_related("unit", "building").first()
    here = {s.area_code[:12] for s in request.person.standings
            if s.area_code and s.role in (RoleName.RESIDENT, *PLACE_ROLES)}
    if case is None or not any(case.area_code.startswith(code) for code in here):
        return not_found(request)
    following = Follower.objects.filter(case=case, person=request.person).exists()
    return render(request, "portal/cases/outline.html", {
        "case": case, "following": following, "category": case.kind.category(case.category),
        "result": _reviewed_result(case)})


def _reviewed_result(case: Case) -> str:
    """The result text is shown to neighbours only once somebody reviewed it (facts.public_result)."""
    return str(case.facts.get("public_result", ""))


@require_POST
@signed_in
def step(request: Request, number: str, name: str) -> HttpResponse:
    """A transition the requester makes: withdraw, go on, reopen. What was typed survives a refusal."""
    case = _own(request, number)
    form = NoteForm(request.POST)
    if form.is_valid():
        with refusal_shown_in(form):
            actions.act(request.person, case, name, note=form.cleaned_data["note"],
                        seen=queries.whole(request.POST.get("seen")))
            return redirect("portal:case", number=number)
    case = _own(request, number)  # as it is now: the page says what changed
    return render(request, "portal/cases/case.html", _context(request, case, note=form, trying=name), status=422)


@require_POST
@signed_in
def answer(request: Request, number: str) -> HttpResponse:
    """真修好了吗: "yes" ends it, "no" restarts the clock without a new report."""
    case = _own(request, number)
    form = AnswerForm(case.kind, request.POST)
    if form.is_valid():
        given = form.cleaned_data
        with refusal_shown_in(form):
            actions.act(
                request.person, case, "rate" if given["solved"] == "yes" else "not_fixed", note=given["note"],
                solved=given["solved"], contacted=given["contacted"], satisfied=given["satisfied"])
            return redirect("portal:case", number=number)
    return render(request, "portal/cases/case.html", _context(request, case, answer=form), status=422)


@takes_files
@require_POST
@signed_in
def words(request: Request, number: str) -> HttpResponse:
    """More words or photos from the requester; what rested until it had them goes on."""
    case = _own(request, number)
    form = WordsForm(request.POST)
    if form.is_valid():
        with refusal_shown_in(form):
            files = received(request, "photos", purpose="cases.photo", about=case)
            if files:
                actions.attach(request.person, case, [stored.pk for stored in files])
            actions.supply(request.person, case, form.cleaned_data["text"])
            return redirect("portal:case", number=number)
    return render(request, "portal/cases/case.html", _context(request, case, words=form), status=422)


@require_POST
@signed_in
def nudge(request: Request, number: str) -> HttpResponse:
    actions.nudge(request.person, _own(request, number))
    return redirect("portal:case", number=number)


@require_POST
@signed_in
def join(request: Request, number: str) -> HttpResponse:
    """我也遇到, and its undo."""
    case = Case.objects.filter(number=number).first()
    if case is None:
        raise Denied("cases.follow")
    if request.POST.get("leave"):
        actions.unfollow(request.person, case)
    else:
        actions.follow(request.person, case, words=request.POST.get("words", ""))
    return redirect("portal:case", number=number)


@require_safe
@signed_in
def receipt(request: Request, number: str) -> HttpResponse:
    """收到了: number, who comes by when, what then. Prints well."""
    case = _case(request, number)
    return render(request, "portal/cases/receipt.html", {
        "case": case, "cards": shell.cards(request, "case.receipt", case)})


@require_safe
@signed_in
def near(request: Request) -> HttpResponse:
    """What neighbours reported, in outline, newest first; `?open=1` only what is still open."""
    rows = queries.near(request.person, request.person.area_code or request.area.code)
    kind = request.GET.get("kind", "")
    if kind:
        rows = rows.filter(kind_code=kind)
    if request.GET.get("open"):
        rows = rows.filter(is_open=True)
    page = keyset_page(rows.select_related("unit"), request, size=20)
    return render(request, "portal/cases/near.html", {"page": page, "only_open": bool(request.GET.get("open"))})


@require_safe
@signed_in
def mine(request: Request) -> HttpResponse:
    """Everything the person asked for, newest first."""
    page = keyset_page(queries.mine(request.person).select_related("unit", "assignee"), request, size=20)
    return render(request, "portal/cases/mine.html", {"page": page})


TRIES_AN_HOUR, TRIES_PER_NUMBER = 10, 20
TRIES_WINDOW = timedelta(hours=1)


def track(request: HttpRequest) -> HttpResponse:
    """Without signing in: number and last 4 of the phone give the state and its deadline, no more. Rate-limited."""
    form = TrackForm(sent(request))
    found: Case | None = None
    if form.is_valid():
        with refusal_shown_in(form):
            number = form.cleaned_data["number"].strip().upper()
            _limit(request, number)
            found = _tracked(number, form.cleaned_data["last4"])
            if found is None:
                raise Refused("unknown", _("没有找到。请看看单号和手机号后 4 位对不对，或打社区电话问。"))
    return render(request, "portal/cases/track.html", {"form": form, "found": found},
                  status=422 if form.errors else 200)


def _limit(request: HttpRequest, number: str) -> None:
    """By address, and by number too: many addresses must not try the ten thousand endings of one phone."""
    address = client_at(request).address
    counted = (limits.count("track.address", address, TRIES_AN_HOUR, TRIES_WINDOW),
               limits.count("track.number", number, TRIES_PER_NUMBER, TRIES_WINDOW))
    if not all(counted):
        raise Refused("too_often", _("查得太勤了，请一小时后再查，或打社区电话问。"))


def _tracked(number: str, last4: str) -> Case | None:
    case = Case.objects.filter(number=number).exclude(visibility=Visibility.SEALED).select_related("requester").first()
    if case is None:
        return None
    contact = getattr(case, "contact", None)
    phones = [case.requester.phone if case.requester else "", contact.phone if contact else ""]
    return case if any(phone and phone.endswith(last4) for phone in phones) else None
