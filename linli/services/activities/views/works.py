"""Calls for works: read, hand in, take back, look, vote, object; and the jury's blind pages."""

from __future__ import annotations

import secrets
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from linli.foundation.calendar.clock import now, today
from linli.foundation.files import StoredFile, link, takes_files
from linli.foundation.files.links import signed
from linli.foundation.people.permit import may, permit
from linli.foundation.web import Denied, Refused
from linli.foundation.web.middleware import Request
from linli.foundation.web.views import keyset_page, refusal_shown_in, signed_in
from linli.services.activities import exhibition, households
from linli.services.activities.actions import calls as actions, judging
from linli.services.activities.forms import ComplaintForm, WorkForm
from linli.services.activities.models import AudienceTurn, Call, CallState, Juror, Work
from linli.services.activities.rules import shuffled
from linli.services.activities.views.common import one_photo, own_area, seen


@signed_in
@require_safe
def calls(request: Request) -> HttpResponse:
    """Open calls first, then what is judged, shown and over."""
    rows = Call.objects.visible_to(request.person).filter(
        area__code__startswith=own_area(request).code[:12]).exclude(state=CallState.DRAFT).order_by("-id")
    return render(request, "activities/calls.html", {"page": keyset_page(rows, request, size=20)})


def _call(request: Request, pk: int) -> Call:
    found: Call = seen(Call, request.person, pk, "area", "activity")
    return found


@signed_in
@require_safe
def call(request: Request, pk: int) -> HttpResponse:
    """What is asked for, the rules and their earlier versions, my works, the result."""
    row = _call(request, pk)
    rules = actions.rules_of(row)
    mine = list(Work.objects.filter(call=row, author=request.person).order_by("number"))
    return render(request, "activities/call.html", {
        "call": row, "rules": rules, "versions": list(row.rules.all()), "mine": mine, "results": _results(request, row),
        "may_hand_in": row.state == CallState.OPEN and now() < row.deadline and may(
            request.person, "activities.hand_in", row), "is_juror": exhibition.is_juror(request.person, row),
        "is_voting": exhibition.is_voting(row, now()), "keeps": may(request.person, "activities.keep_calls", row),
        "shown": len(exhibition.hung(row, today()))})


def _results(request: Request, row: Call) -> list[tuple[str, list[Any], list[Any]]]:
    """By class: the jury's places with a prize, the audience's; only after the judging."""
    if not row.are_authors_open:
        return []
    rules, found = actions.rules_of(row), []
    awards = list(row.awards.select_related("work").order_by("rank", "work__number"))
    for klass in rules.classes:
        of = [one for one in awards if one.age_class == klass.code and one.prize]
        jury, audience = ([one for one in of if one.kind == kind] for kind in ("jury", "audience"))
        if jury or audience:
            found.append((klass.name, jury, audience))
    return found


@takes_files
@signed_in
def work_new(request: Request, pk: int) -> HttpResponse:
    """Hand in a work, own or one's child's."""
    row = _call(request, pk)
    permit(request.person, "activities.hand_in", row)
    form = WorkForm(request.POST) if request.method == "POST" else WorkForm()
    photo: StoredFile | None = None
    if request.method == "POST":
        form.is_valid()
        with refusal_shown_in(form):
            photo = one_photo(request, "photo", purpose=actions.PURPOSE)
        if form.is_valid() and not form.errors:
            with refusal_shown_in(form):
                given = {name: value for name, value in form.cleaned_data.items() if name != "photo"}
                made = actions.hand_in(request.person, row, photo=photo, version=_version(request),
                                       once=request.POST.get("once", "")[:40], **given)
                messages.success(request, _("收到了，您的作品是 %(number)s 号。") % {"number": made.number})
                return redirect("activities:work", made.pk)
    return render(request, "activities/work_new.html", {
        "call": row, "rules": actions.rules_of(row), "form": form, "photo": photo,
        "once": request.POST.get("once") or secrets.token_hex(8)}, status=422 if form.errors else 200)


def _version(request: Request) -> int:
    typed = request.POST.get("version", "")
    return int(typed) if typed.isdecimal() and len(typed) < 6 else 0


@signed_in
@require_safe
def work(request: Request, pk: int) -> HttpResponse:
    """My work: its number, what I agreed to, where it is. For its author and who keeps the call."""
    row: Work = seen(Work, request.person, pk, "call__area")
    picture = exhibition.images([row]).get(row.pk)
    return render(request, "activities/work.html", {
        "work": row, "call": row.call, "picture": link(picture, request.person) if picture else "",
        "klass": actions.rules_of(row.call).class_name(row.age_class), "is_mine": row.author_id == request.person.pk,
        "awards": list(row.awards.all()) if row.call.are_authors_open else [],
        "complaints": list(row.complaints.exclude(state="open"))})


@signed_in
@require_POST
def withdraw(request: Request, pk: int) -> HttpResponse:
    row: Work = seen(Work, request.person, pk, "call__area")
    actions.withdraw(request.person, row)
    messages.success(request, _("撤回了，照片已经删掉。"))
    return redirect("activities:call", row.call_id)


@signed_in
@require_safe
def wall(request: Request, pk: int) -> HttpResponse:
    """The online exhibition: pictures with words for who cannot see them; names only after the judging."""
    row = _call(request, pk)
    rules = actions.rules_of(row)
    shown = [(one, signed(one.image, request.person) if one.image else "", rules.class_name(one.work.age_class))
             for one in exhibition.wall(request.person, row, today())]
    return render(request, "activities/wall.html", {
        "call": row, "shown": shown, "is_juror": exhibition.is_juror(request.person, row),
        "is_voting": exhibition.is_voting(row, now())})


@signed_in
def vote(request: Request, pk: int) -> HttpResponse:
    """One vote in each age class, in an order of the voter's own."""
    row = _call(request, pk)
    permit(request.person, "activities.vote", row)
    if request.method == "POST":
        number = request.POST.get("number", "")
        judging.vote(request.person, row, request.POST.get("age_class", "")[:12],
                     int(number) if number.isdecimal() and len(number) < 8 else 0)
        messages.success(request, _("投好了。投给谁只有您知道。"))
        return redirect("activities:vote", row.pk)
    if exhibition.is_juror(request.person, row):
        raise Denied("activities.vote", visible=True)
    return render(request, "activities/vote.html", {
        "call": row, "is_voting": exhibition.is_voting(row, now()), "classes": _ballots(request, row),
        "is_verified": households.is_verified(request.person, row.area_code)})


def _ballots(request: Request, row: Call) -> list[tuple[str, str, bool, list[Any]]]:
    """By class: code, name, whether voted, and the works shuffled for this person."""
    if not exhibition.is_voting(row, now()):
        return []
    rules = actions.rules_of(row)
    works = {one.pk: one for one in exhibition.hung(row, today())}
    pictures = exhibition.images(list(works.values()))
    voted = set(AudienceTurn.objects.filter(call=row, person=request.person).values_list("age_class", flat=True))
    found = []
    for klass in rules.classes:
        mine = [pk for pk, one in works.items() if one.age_class == klass.code]
        order = shuffled(mine, secret=f"{row.pk}.{row.created.isoformat()}.{klass.code}", person=request.person.pk)
        if mine:
            found.append((klass.code, klass.name, klass.code in voted, [
                (works[pk], signed(pictures[pk], request.person) if pk in pictures else "") for pk in order]))
    return found


@signed_in
def complain(request: Request, pk: int, number: int) -> HttpResponse:
    """Doubt a work, or the result: by the number of the work."""
    row = _call(request, pk)
    permit(request.person, "activities.object", row)
    if exhibition.is_juror(request.person, row) and not row.are_authors_open:
        raise Denied("activities.object", visible=True)  # which numbers exist beside the juror's own list is no clue
    target = next((one for one in exhibition.hung(row, today()) if one.number == number), None)
    if target is None:
        raise Http404
    target.call = row
    form = ComplaintForm(request.POST) if request.method == "POST" else ComplaintForm()
    if request.method == "POST" and form.is_valid():
        with refusal_shown_in(form):
            judging.complain(request.person, target, **form.cleaned_data)
            messages.success(request, _("收到了。有人会核实，结果会告诉您。"))
            return redirect("activities:call", row.pk)
    return render(request, "activities/complain.html", {"call": row, "number": number, "form": form},
                  status=422 if form.errors else 200)


# ── the jury ──

def _juror(request: Request, pk: int) -> Juror:
    """The juror this person is, else 404."""
    found: Juror = get_object_or_404(
        Juror.objects.select_related("call__area", "person"), call=pk, person=request.person, left_at=None)
    return found


@signed_in
@require_safe
def jury(request: Request, pk: int) -> HttpResponse:
    """Numbers and pictures, a score each. Nothing here says who made what."""
    juror = _juror(request, pk)
    row, works = juror.call, []
    if row.state == CallState.JUDGING:
        rules, recused, given = actions.rules_of(row), exhibition.recused_of(juror), exhibition.points_of(juror)
        found = exhibition.to_judge(juror)
        pictures = exhibition.images(found)
        works = [(one, signed(pictures[one.pk], request.person) if one.pk in pictures else "", rules.class_name(
            one.age_class), given.get(one.pk), one.pk in recused) for one in found]
    done = sum(1 for _work, _link, _class, points, recused_it in works if points is not None or recused_it)
    return render(request, "activities/jury.html", {
        "call": row, "rules": actions.rules_of(row), "works": works, "done": done, "order": juror.order})


@signed_in
@require_POST
def jury_verb(request: Request, pk: int, number: int, verb: str) -> HttpResponse:
    """Score the work of that number, or step back from it."""
    row = _juror(request, pk).call
    if verb == "recuse":
        judging.recuse(request.person, row, number)
        messages.success(request, _("您回避了 %(number)s 号。") % {"number": number})
    else:
        typed = request.POST.get("points", "").strip()
        if not typed.isdecimal() or len(typed) > 3:
            raise Refused("bad_points", _("分数在 0 到 100 之间。"), field="points")
        judging.score(request.person, row, number, int(typed))
        messages.success(request, _("%(number)s 号的分记下了。") % {"number": number})
    return redirect(f"{reverse('activities:jury', args=[row.pk])}#work-{number}")
