"""Around the day: who signed up, check-in with the mark of who may be in pictures, choosing and drawing, pictures."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from linli.foundation import audit
from linli.foundation.files import link, takes_files
from linli.foundation.files.queries import files_of
from linli.foundation.privacy.masks import mask_phone
from linli.foundation.web import Refused
from linli.foundation.web.middleware import Request
from linli.foundation.web.views import refusal_shown_in, signed_in
from linli.mechanisms.bookings import actions as bookings, queries as booked
from linli.mechanisms.bookings.models import Draw, Reservation, Session, WaitEntry
from linli.services.activities import consents, queries
from linli.services.activities.actions import joining, photos as hanging
from linli.services.activities.forms import CommitForm, DeskSignUpForm, PhotoForm, RunForm
from linli.services.activities.models import Activity, Photo
from linli.services.activities.views.common import as_csv, one_photo, running, session_of


@signed_in
@require_safe
def sign_ups(request: Request, pk: int) -> HttpResponse:
    """Everybody who signed up, as a table; whole names and numbers leave the house: written down."""
    row = running(request, pk)
    audit.record(request.person, "activities.export", row)
    head = [_("场次"), _("预约人"), _("电话"), _("谁来"), _("几个人"), _("状态"), _("怎么来的"), _("报名时间"),
            _("拍照")]
    return as_csv(f"sign-ups-{row.pk}", head, (line for one in queries.sessions_of(row, all_rows=True)
                                              for line in _lines(row, one)))


def _lines(activity: Activity, session: Session) -> list[list[object]]:
    found = []
    for one in booked.roster(session):
        members = [there.member for there in one.attendances.all() if there.is_active]
        yes = consents.guardian_yes(members)
        allowed = all(consents.agrees(member, activity, yes) for member in members)
        found.append([
            _local(session.starts), one.party.full_name, one.party.phone, "、".join(m.full_name for m in members),
            one.places, one.get_state_display(), one.party.channel, _local(one.created),
            _("可以拍") if allowed else _("不拍照")])
    return found


def _local(moment: Any) -> str:
    return timezone.localtime(moment).strftime("%Y-%m-%d %H:%M")


@signed_in
@require_safe
def check_in(request: Request, pk: int, session: int) -> HttpResponse:
    """Who came, by big buttons; beside each name whether pictures may show them, in colour and in a word."""
    row = running(request, pk)
    return _check_in(request, row, session_of(row, session))


def _check_in(request: Request, row: Activity, time: Session, *, form: DeskSignUpForm | None = None) -> HttpResponse:
    words = request.GET.get("q", "").replace("\0", "").strip()[:30]
    lines = []
    for one in booked.roster(time):
        there = [found for found in one.attendances.all() if found.is_active]
        members = [found.member for found in there]
        if words and not any(words in member.full_name for member in members) and one.ticket != words.upper():
            continue
        yes = consents.guardian_yes(members)
        lines.append((one, [(member, consents.agrees(member, row, yes)) for member in members], min(
            (found.came_at for found in there if found.came_at), default=None)))
    return render(request, "activities/check_in.html", {
        "activity": row, "session": time, "lines": lines, "words": words, "counts": booked.counts(time),
        "waiting": [(one, mask_phone(one.party.phone)) for one in booked.waiting(time)],
        "form": form or DeskSignUpForm()}, status=422 if form and form.errors else 200)


@signed_in
@require_POST
def came(request: Request, pk: int, session: int) -> HttpResponse:
    """One tap: they are here."""
    row = running(request, pk)
    time = session_of(row, session)
    typed = request.POST.get("reservation", "")
    found = get_object_or_404(Reservation, pk=int(typed) if typed.isdecimal() else 0, session=time)
    done = bookings.check_in(request.person, time, found)
    if done.first_used:
        messages.info(request, _("%(name)s 已经签过到了。") % {"name": found.party.shown_name})
    return redirect("activities:check_in", row.pk, time.pk)


@signed_in
@require_POST
def sign_up_for(request: Request, pk: int, session: int) -> HttpResponse:
    """Somebody rang or came to the window."""
    row = running(request, pk)
    time = session_of(row, session)
    form = DeskSignUpForm(request.POST)
    if form.is_valid():
        with refusal_shown_in(form):
            got = joining.sign_up_for(request.person, row, time, **form.cleaned_data)
            messages.success(request, _("报上了。") if isinstance(got, Reservation) else _(
                "满了，排上了候补，轮到打电话告诉他。"))
            return redirect("activities:check_in", row.pk, time.pk)
    return _check_in(request, row, time, form=form)


# ── choosing and drawing ──

@signed_in
@require_safe
def choose(request: Request, pk: int, session: int) -> HttpResponse:
    """Who registered: for the teacher to choose from, or for the draw."""
    row = running(request, pk)
    return _choose(request, row, session_of(row, session))


def _choose(request: Request, row: Activity, time: Session, *, commit: CommitForm | None = None,
            run: RunForm | None = None) -> HttpResponse:
    entries = WaitEntry.objects.filter(
        wishes__session=time, wishes__is_open=True, state__in=["applied", "waiting"]).select_related(
        "party__booker").prefetch_related("party__members__person").order_by("created", "id")
    draw = next((one for one in Draw.objects.filter(offer=row.offer_id).order_by("-id") if time.pk in one.session_ids),
                None)
    bad = bool((commit and commit.errors) or (run and run.errors))
    return render(request, "activities/desk_choose.html", {
        "activity": row, "session": time, "entries": list(entries), "draw": draw, "terms": time.offer.terms,
        "commit": commit or CommitForm(), "run": run or RunForm()}, status=422 if bad else 200)


@signed_in
@require_POST
def choose_verb(request: Request, pk: int, session: int, verb: str) -> HttpResponse:
    """The teacher's choice; the list of a draw fixed; the draw itself."""
    row = running(request, pk)
    time = session_of(row, session)
    if verb == "choose":
        chosen = [int(one) for one in request.POST.getlist("entry") if one.isdecimal()]
        entries = WaitEntry.objects.filter(pk__in=chosen, wishes__session=time).select_related("party__offer__area")
        made = joining.choose(request.person, row, list(entries.distinct()))
        messages.success(request, _("录取了 %(count)s 组，已经告诉他们。") % {"count": len(made)})
        return redirect("activities:choose", row.pk, time.pk)
    if verb == "commit":
        form = CommitForm(request.POST)
        if form.is_valid():
            with refusal_shown_in(form):
                rest = [one for one in queries.sessions_of(row) if one.state == "open"] if (
                    time.offer.terms.unit == "term") else [time]
                bookings.commit_draw(request.person, time.offer, rest, **form.cleaned_data)
                messages.success(request, _("名单定了，它的指纹已经公布，谁都改不了。"))
                return redirect("activities:choose", row.pk, time.pk)
        return _choose(request, row, time, commit=form)
    run = RunForm(request.POST)
    if run.is_valid():
        with refusal_shown_in(run):
            draw = next((one for one in Draw.objects.filter(offer=row.offer_id).select_related("offer__area").order_by(
                "-id") if time.pk in one.session_ids), None)
            if draw is None:
                raise Refused("no_list", _("请先公布名单，再摇号。"))
            bookings.run_draw(request.person, draw, **run.cleaned_data)
            messages.success(request, _("摇好了，谁都能照公布的方法再算一遍。"))
            return redirect("activities:choose", row.pk, time.pk)
    return _choose(request, row, time, run=run)


# ── pictures ──

@takes_files
@signed_in
def photos(request: Request, pk: int) -> HttpResponse:
    """Hang a picture: who one recognises in it is said first."""
    row = running(request, pk)
    people = hanging.choices(row)
    form = PhotoForm(request.POST, people=people) if request.method == "POST" else PhotoForm(people=people)
    kept = None
    if request.method == "POST":
        form.is_valid()
        with refusal_shown_in(form):
            kept = one_photo(request, "photo", purpose=hanging.PURPOSE)
        if not form.errors:
            with refusal_shown_in(form):
                hanging.hang(request.person, row, kept=kept, caption=form.cleaned_data["caption"],
                             shown=form.cleaned_data["shown"], no_others=form.cleaned_data["no_others"])
                messages.success(request, _("放上了。谁撤回同意，照片马上撤下。"))
                return redirect("activities:photos", row.pk)
    rows = [(one, _link(request, one), [found.member.full_name for found in one.shown.select_related(
        "member__person")]) for one in consents.gallery(request.person, row)]
    gone = Photo.objects.filter(activity=row, is_removed=True, removed_because="consent").count()
    return render(request, "activities/desk_photos.html", {
        "activity": row, "form": form, "rows": rows, "kept": kept, "people": people, "gone": gone},
        status=422 if form.errors else 200)


def _link(request: Request, photo: Photo) -> str:
    stored = files_of(photo).first()
    return link(stored, request.person) if stored else ""


@signed_in
@require_POST
def photo_remove(request: Request, pk: int) -> HttpResponse:
    found: Photo = get_object_or_404(Photo.objects.visible_to(request.person).select_related("activity__area"), pk=pk)
    hanging.remove(request.person, found)
    messages.success(request, _("撤下了，照片已经删掉。"))
    return redirect("activities:photos", found.activity_id)
