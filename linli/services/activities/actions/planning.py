"""Planning: write an activity, give it times, publish it, change it, copy it, call it off."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Max, Min
from django.db.transaction import atomic
from django.urls import reverse
from django.utils.translation import gettext as _

from linli.foundation import audit
from linli.foundation.areas.models import Area
from linli.foundation.calendar.clock import now, today
from linli.foundation.events import emit
from linli.foundation.people.models import Person
from linli.foundation.people.permit import permit
from linli.foundation.policy import policy
from linli.foundation.web import Refused
from linli.mechanisms.bookings import actions as bookings
from linli.mechanisms.bookings.models import Offer, OfferState, Resource, Series, Session, SessionState
from linli.services.activities import permits
from linli.services.activities.actions import permits as approvals
from linli.services.activities.models import Activity, ActivityKind, ActivityState, Custom

KEEP = "activities.keep"
FIELDS = frozenset({
    "kind", "title", "summary", "text", "audience", "age_from", "age_to", "place", "facility", "step_free", "bring",
    "cost", "phone", "host", "organisation", "club", "signup", "weather_plan", "expected", "event_class", "is_public",
    "is_daily_business", "by_government", "vetted_on", "vetted_receipt"})
# What an offer's rules say of who may come and how; see bookings.rules.OfferRules.
RULES = frozenset({
    "mode", "newcomers_until", "newcomer_months", "residents_until", "criteria", "cap_term", "unit", "approval",
    "party_max", "adults_min", "guardian", "closes_h", "cancel_h", "waiting", "release_min", "walk_in", "shares"})


@atomic
def create(
    person: Person, area: Area, *, rules: Mapping[str, Any] | None = None, custom: Mapping[str, Any] | None = None,
    term: str = "", **facts: Any,
) -> Activity:
    """Write an activity down: a draft that nobody else reads yet. `rules` are those of its offer (`RULES`).

    `custom` (day, done, leader, hazards, safety) is needed for the kind folk. Raises `Denied`, `Refused`: no_title,
    no_place, bad_ages, no_custom, bad_rules.
    """
    permit(person, KEEP, area)
    known = {"host": person, **{name: facts[name] for name in facts if name in FIELDS}}
    _only_known(facts, FIELDS)
    activity = Activity(area=area, created_by=person, **known)
    _check(activity, custom)
    activity.save(force_insert=True)
    if custom and activity.kind == ActivityKind.FOLK:
        Custom.objects.create(activity=activity, **custom)
    activity.offer = bookings.create_offer(
        person, area, category=category_of(activity), title=activity.title, owner=activity, term=term,
        rules=offer_rules(activity, rules or {}), verb=KEEP, manage_verb="activities.run",
        book_verb="activities.join", organisation=activity.organisation, host=activity.host,
        url=reverse("activities:activity", args=[activity.pk]), is_public=True, state=OfferState.DRAFT)
    activity.save(update_fields=["offer"])
    audit.record(person, "activities.create", activity, kind=activity.kind)
    return activity


def category_of(activity: Activity) -> str:
    """The category of its offer; newcomers, caps and pauses count within it."""
    return f"activity.{activity.kind}"


def offer_rules(activity: Activity, given: Mapping[str, Any]) -> dict[str, Any]:
    """The rules of the offer: what was chosen, and what follows from the activity itself."""
    _only_known(given, RULES)
    rules = {name: value for name, value in given.items() if value not in (None, "")}
    rules |= {"photo": True, "age_from": activity.age_from, "age_to": activity.age_to}
    if activity.is_for_minors:
        rules["guardian"] = True
    return rules


def _only_known(given: Mapping[str, Any], known: frozenset[str]) -> None:
    unknown = set(given) - known
    if unknown:
        raise ValueError(f"an activity has no {', '.join(sorted(unknown))}")


def _check(activity: Activity, custom: Mapping[str, Any] | None) -> None:
    activity.title, activity.place = activity.title.strip()[:60], activity.place.strip()[:80]
    if len(activity.title) < 2:
        raise Refused("no_title", _("请写活动的名称。"), field="title")
    if not activity.place:
        raise Refused("no_place", _("请写在哪里办。"), field="place")
    if activity.age_from is not None and activity.age_to is not None and activity.age_to < activity.age_from:
        raise Refused("bad_ages", _("年龄的上限比下限小，请改一下。"), field="age_to")
    if activity.kind == ActivityKind.FOLK and custom is not None and not (
            custom.get("day", "").strip() and custom.get("done", "").strip() and custom.get("leader", "").strip()):
        raise Refused("no_custom", _("民俗活动请写清楚：什么节令、做什么、谁来领。"), field="day")


@atomic
def change(person: Person, activity: Activity, *, rules: Mapping[str, Any] | None = None,
           custom: Mapping[str, Any] | None = None, **facts: Any) -> Activity:
    """Change what is written of it. What a permit covers may not leave it (第15条).

    Who signed up keeps the place. Raises `Denied`, `Refused`: as `create`, over, permit, not_vetted.
    """
    row = _locked(person, activity, KEEP)
    if row.is_cancelled:
        raise Refused("over", _("这个活动取消了，可以复制一份再办。"))
    _only_known(facts, FIELDS)
    activity_place = row.place
    for name, value in facts.items():
        setattr(row, name, value)
    _check(row, custom)
    row.save()
    if row.kind == ActivityKind.FOLK and custom is not None:
        Custom.objects.update_or_create(activity=row, defaults=dict(custom))
    offer = _offer(row)
    kept = {name: value for name, value in offer.rules.items() if name in RULES}
    bookings.change_offer(
        person, offer, title=row.title, category=category_of(row), host=row.host, organisation=row.organisation,
        rules=offer_rules(row, rules if rules is not None else kept))
    if row.place != activity_place:
        _move_sessions(person, row, activity_place)
    approvals.adopt_content(row)
    if row.is_published:
        _refuse_unready(row)
    else:
        permits.refuse_uncovered(row)
    audit.record(person, "activities.change", row, changed=sorted(facts))
    emit("activities.changed", activity=row.pk)
    return row


def _move_sessions(person: Person, row: Activity, before: str) -> None:
    """The times still to come move with the activity; bookings tells everybody. One moved by hand stays there."""
    coming = Session.objects.filter(offer=row.offer_id, starts__gt=now(), place=before)
    for session in coming.exclude(state=SessionState.CANCELLED).select_related("offer__area").order_by("pk"):
        bookings.change_session(person, session, by_hand=False, place=row.place)


@atomic
def copy(person: Person, activity: Activity) -> Activity:
    """A new draft with the same words, rules and host; without times, people, permits and pictures. Raises `Denied`."""
    permit(person, KEEP, activity)
    custom = Custom.objects.filter(activity=activity).first()
    facts = {name: getattr(activity, name) for name in FIELDS}
    offer = _offer(activity)
    made = create(
        person, activity.area, rules={name: value for name, value in offer.rules.items() if name in RULES},
        custom={"day": custom.day, "done": custom.done, "leader": custom.leader, "hazards": custom.hazards,
                "safety": custom.safety} if custom else None, term=offer.term, **facts)
    made.copied_from = activity
    made.save(update_fields=["copied_from"])
    return made


# ── times ──

@atomic
def add_session(
    person: Person, activity: Activity, *, starts: datetime, ends: datetime, places: int, room: Resource | None = None,
    title: str = "", cutoff: datetime | None = None,
) -> Session:
    """One time. Raises `Denied`, `Refused`: those of bookings (resource_taken …), permit."""
    row = _locked(person, activity, KEEP)
    made = bookings.add_session(
        person, _offer(row), starts, ends, places, place=row.place, resources=[room] if room else (), title=title,
        cutoff=cutoff)
    _times_moved(row)
    return made


@atomic
def add_series(
    person: Person, activity: Activity, *, rrule: str, first: datetime, minutes: int, places: int,
    until: date | None = None, holidays: str = "skip", room: Resource | None = None, conflicts: str = "stop",
) -> Series:
    """Times by a rule (RFC 5545), `first` in local time without zone. Raises as `bookings.repeat`, permit."""
    row = _locked(person, activity, KEEP)
    made = bookings.repeat(
        person, _offer(row), rrule=rrule, first=first, minutes=minutes, capacity=places, place=row.place,
        resources=[room] if room else (), until=until, holidays=holidays, conflicts=conflicts)
    _times_moved(row)
    return made


@atomic
def change_session(person: Person, activity: Activity, session: Session, *, scope: str = "this",
                   **changes: Any) -> None:
    """Another time or number of places: of this one, of this and the following, or of all still to come.

    Everybody who is in it is told by bookings. Raises as `bookings.change_session`, permit.
    """
    row = _locked(person, activity, KEEP)
    _of(row, session)
    if scope == "this":
        bookings.change_session(person, session, **changes)
    else:
        bookings.change_series(person, session, scope=scope, **changes)
    _times_moved(row)


@atomic
def cancel_session(person: Person, activity: Activity, session: Session, *, reason: str) -> Session:
    """Call one time off: bookings tells everybody. Raises `Denied`, `Refused("no_reason")`."""
    row = _locked(person, activity, "activities.run")
    _of(row, session)
    done = bookings.cancel_session(person, session, reason=reason)
    _times_moved(row)
    return done


def _of(activity: Activity, session: Session) -> None:
    if session.offer_id != activity.offer_id:
        raise ValueError("the session is another activity's")


def _times_moved(row: Activity) -> None:
    """Keep `starts` and `ends` in step with the sessions; what is published must still be covered by its permit."""
    found = Session.objects.filter(offer=row.offer_id).exclude(state=SessionState.CANCELLED).aggregate(
        first=Min("starts"), last=Max("ends"))
    if found["first"] is not None:
        row.starts, row.ends = found["first"], found["last"]
        row.save(update_fields=["starts", "ends"])
    permits.refuse_uncovered(row)


# ── out into the open, and off ──

@atomic
def publish(person: Person, activity: Activity) -> Activity:
    """Let everybody read it and sign up. Twice is once.

    Raises `Denied`, `Refused`: over, no_times, not_vetted (未保法 第62条), no_custom, permit (第11条, 第15条).
    """
    row = _locked(person, activity, KEEP)
    if row.is_published:
        return row
    if row.is_cancelled:
        raise Refused("over", _("这个活动取消了，可以复制一份再办。"))
    if not any(one.ends > now() for one in permits.living_sessions(row)):
        raise Refused("no_times", _("还没有排时间。请先加一场。"))
    if row.kind == ActivityKind.FOLK and not Custom.objects.filter(activity=row).exists():
        raise Refused("no_custom", _("民俗活动请写清楚：什么节令、做什么、谁来领。"))
    row.state, row.published_at = ActivityState.PUBLISHED, now()
    _refuse_unready(row)
    row.save(update_fields=["state", "published_at"])
    bookings.publish(person, _offer(row))
    audit.record(person, "activities.publish", row, expected=row.expected)
    emit("activities.published", activity=row.pk)
    return row


def _refuse_unready(row: Activity) -> None:
    if row.is_for_minors and not is_vetted(row, today()):
        raise Refused(
            "not_vetted", _("给未成年人办的活动，带的人要先查犯罪记录，填上查询日期和回执号（未成年人保护法第62条）。"),
            field="vetted_on")
    permits.refuse_uncovered(row)


def is_vetted(activity: Activity, on: date) -> bool:
    """Was who leads looked up, not longer ago than the policy says?"""
    if activity.vetted_on is None or not activity.vetted_receipt.strip():
        return False
    return activity.vetted_on <= on <= activity.vetted_on + timedelta(days=policy("activities.vetting_days", on=on))


@atomic
def cancel(person: Person, activity: Activity, *, reason: str) -> Activity:
    """Call the whole of it off: every time still to come, and the volunteers' shifts. Twice is once.

    Of a permitted event the police are told in writing beforehand, and the permit goes back (第15条第4款): the page
    says so. Raises `Denied`, `Refused("no_reason")`.
    """
    row = _locked(person, activity, KEEP)
    if row.is_cancelled:
        return row
    if len(reason.strip()) < 2:
        raise Refused("no_reason", _("请写一句为什么取消，报名的人会看到。"), field="reason")
    offers = [offer for offer in (row.offer_id, row.helper_offer_id) if offer]
    coming = Session.objects.filter(offer__in=offers, starts__gt=now()).exclude(state=SessionState.CANCELLED)
    for session in coming.select_related("offer__area").order_by("pk"):
        bookings.cancel_session(person, session, reason=reason.strip()[:200])
    for offer in Offer.objects.filter(pk__in=offers).select_related("area"):
        bookings.change_offer(person, offer, state=OfferState.CLOSED)
    row.state, row.reason = ActivityState.CANCELLED, reason.strip()[:200]
    row.save(update_fields=["state", "reason"])
    audit.record(person, "activities.cancel", row)
    emit("activities.cancelled", activity=row.pk)
    return row


def to_call(activity: Activity) -> list[Any]:
    """People of it without an account, whom somebody must ring; each once."""
    from linli.mechanisms.bookings.models import Reservation

    rows = Reservation.objects.filter(session__offer=activity.offer_id, party__booker=None).select_related(
        "party", "session")
    found: dict[int, Any] = {}
    for row in rows.order_by("session__starts", "created"):
        found.setdefault(row.party_id, row)
    return list(found.values())


def _locked(person: Person, activity: Activity, verb: str) -> Activity:
    """The row, locked, for who may. The offer's own lock comes after it, always in this order."""
    permit(person, verb, activity)
    found: Activity = Activity.objects.select_for_update(of=("self",)).select_related(
        "area", "host", "organisation").get(pk=activity.pk)
    return found


def _offer(activity: Activity) -> Offer:
    assert activity.offer_id is not None, "every activity is created with its offer"
    return Offer.objects.select_related("area").get(pk=activity.offer_id)


def rooms_of(person: Person, area: Area) -> Sequence[Resource]:
    """The rooms of the community that a session may take."""
    rows = Resource.objects.visible_to(person).filter(kind="room", is_active=True, area__code__startswith=area.code)
    return list(rows.order_by("name")[:200])
