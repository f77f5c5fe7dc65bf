"""Clubs: find one, join, leave; the leader says when it meets."""

from __future__ import annotations

from django.contrib import messages
from django.db.models import Count, Q
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from linli.foundation.calendar.clock import now
from linli.foundation.people.permit import may, permit
from linli.foundation.web import Refused
from linli.foundation.web.middleware import Request
from linli.foundation.web.views import keyset_page, refusal_shown_in, signed_in, staff_only
from linli.mechanisms.bookings import actions as bookings
from linli.mechanisms.bookings.models import Reservation, Session, SessionState
from linli.services.activities import queries
from linli.services.activities.actions import clubs as actions
from linli.services.activities.forms import ClubForm, LeaderForm, MeetForm
from linli.services.activities.models import Club, ClubMember
from linli.services.activities.views.common import as_csv, by_phone, own_area, seen, words_of, working_area


@signed_in
@require_safe
def clubs(request: Request) -> HttpResponse:
    """The clubs of the community."""
    rows = Club.objects.visible_to(request.person).filter(
        area__code__startswith=own_area(request).code[:12], is_active=True)
    if words_of(request):
        rows = rows.filter(Q(name__icontains=words_of(request)) | Q(about__icontains=words_of(request)))
    rows = rows.annotate(size=Count("members", filter=Q(members__left_at=None))).order_by("name", "id")
    mine = set(ClubMember.objects.filter(person=request.person, left_at=None).values_list("club", flat=True))
    return render(request, "activities/clubs.html", {
        "page": keyset_page(rows, request, size=20), "mine": mine, "words": words_of(request)})


def _club(request: Request, pk: int) -> Club:
    found: Club = seen(Club, request.person, pk, "area", "leader", "offer__area")
    return found


@signed_in
@require_safe
def club(request: Request, pk: int) -> HttpResponse:
    """A club: when it meets, its calendar, its leader; members are a number, names for its leader."""
    return _page(request, _club(request, pk))


def _page(request: Request, row: Club, *, meet: MeetForm | None = None, edit: LeaderForm | None = None) -> HttpResponse:
    sessions = Session.objects.filter(offer=row.offer_id, ends__gt=now()).exclude(
        state=SessionState.CANCELLED).select_related("offer__area").order_by("starts", "id")[:8]
    leads = may(request.person, "activities.lead", row)
    members = row.members.filter(left_at=None).select_related("person")
    bad = bool((meet and meet.errors) or (edit and edit.errors))
    return render(request, "activities/club.html", {
        "club": row, "sessions": [(one, queries.place_of(request.person, one)) for one in sessions], "leads": leads,
        "is_member": members.filter(person=request.person).exists(), "count": members.count(),
        "members": list(members[:200]) if leads else [], "meet": meet or MeetForm(), "edit": edit or LeaderForm(
            initial={"about": row.about, "meets": row.meets, "place": row.place}),
        "may_join": row.is_active and may(request.person, "activities.join", row)}, status=422 if bad else 200)


@signed_in
@require_POST
def club_verb(request: Request, pk: int, verb: str) -> HttpResponse:
    """Join or leave."""
    row = _club(request, pk)
    if verb == "join":
        actions.join(request.person, row)
        messages.success(request, _("您加入了%(club)s。") % {"club": row.name})
    else:
        actions.leave(request.person, row)
        messages.success(request, _("您退出了%(club)s。") % {"club": row.name})
    return redirect("activities:club", row.pk)


@signed_in
@require_POST
def going(request: Request, pk: int, session: int) -> HttpResponse:
    """I come to this meeting, or after all not."""
    row = _club(request, pk)
    time = Session.objects.select_related("offer__area").filter(pk=session, offer=row.offer_id).first()
    if time is None:
        raise Refused("gone", _("这一次聚会取消了。"))
    mine = queries.place_of(request.person, time)
    if request.POST.get("do") == "leave":
        if mine is not None and mine.reservation is not None:
            bookings.cancel(request.person, mine.reservation)
        elif mine is not None and mine.entry is not None:
            bookings.leave(request.person, mine.entry)
    elif mine is None:
        got = bookings.book_or_wait(request.person, time, auto_accept=True)
        messages.success(request, _("报上了，到时候见。") if isinstance(got, Reservation) else _(
            "满了，排上了候补，轮到会告诉您。"))
    return redirect("activities:club", row.pk)


@signed_in
@require_POST
def meet(request: Request, pk: int) -> HttpResponse:
    """The leader sets a meeting, or one each week."""
    row = _club(request, pk)
    permit(request.person, "activities.lead", row)
    form = MeetForm(request.POST)
    if form.is_valid():
        given = dict(form.cleaned_data)
        given["starts"] = timezone.localtime(given["starts"]).replace(tzinfo=None)
        with refusal_shown_in(form):
            actions.meet(request.person, row, **given)
            messages.success(request, _("排好了，大家的日历里会看到。"))
            return redirect("activities:club", row.pk)
    return _page(request, row, meet=form)


@signed_in
@require_POST
def edit(request: Request, pk: int) -> HttpResponse:
    """The leader changes what the page says."""
    row = _club(request, pk)
    permit(request.person, "activities.lead", row)
    form = LeaderForm(request.POST)
    if form.is_valid():
        with refusal_shown_in(form):
            actions.change(request.person, row, **form.cleaned_data)
            return redirect("activities:club", row.pk)
    return _page(request, row, edit=form)


# ── desk ──

@staff_only
def desk_clubs(request: Request) -> HttpResponse:
    """The clubs of the place; found a new one."""
    area = working_area(request, "activities.keep_clubs")
    form = ClubForm(request.POST) if request.method == "POST" else ClubForm()
    if request.method == "POST" and form.is_valid():
        given = dict(form.cleaned_data)
        with refusal_shown_in(form):
            leader = by_phone(given.pop("leader_phone"), "leader_phone")
            made = actions.found(request.person, area, leader=leader, **given)
            messages.success(request, _("%(club)s建好了。") % {"club": made.name})
            return redirect("activities:desk_clubs")
    rows = Club.objects.visible_to(request.person).filter(area__code__startswith=area.code).select_related("leader")
    rows = rows.annotate(size=Count("members", filter=Q(members__left_at=None))).order_by("name", "id")
    return render(request, "activities/desk_clubs.html", {
        "page": keyset_page(rows, request, size=30), "form": form}, status=422 if form.errors else 200)


@staff_only
@require_POST
def club_close(request: Request, pk: int) -> HttpResponse:
    actions.close(request.person, _club(request, pk))
    messages.success(request, _("这个社团停了，原来的记录还在。"))
    return redirect("activities:desk_clubs")


@staff_only
@require_POST
def club_hand_over(request: Request, pk: int) -> HttpResponse:
    """Another leader, by telephone number."""
    row = _club(request, pk)
    actions.hand_over(request.person, row, by_phone(request.POST.get("phone", "")[:20]))
    messages.success(request, _("换好了。"))
    return redirect("activities:desk_clubs")


@staff_only
@require_safe
def clubs_csv(request: Request) -> HttpResponse:
    area = working_area(request, "activities.keep_clubs")
    rows = Club.objects.visible_to(request.person).filter(area__code__startswith=area.code).select_related("leader")
    rows = rows.annotate(size=Count("members", filter=Q(members__left_at=None)))
    return as_csv("clubs", [_("名称"), _("负责人"), _("成员"), _("平时什么时候聚"), _("地点")], (
        [row.name, row.leader.shown_name, row.size, row.meets, row.place] for row in rows))
