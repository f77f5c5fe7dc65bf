"""One helper, one elder: offer, ask, propose, say yes or no, part. A no costs nothing and is written down nowhere."""

from __future__ import annotations

from collections.abc import Sequence

from django.db import IntegrityError
from django.db.transaction import atomic
from django.urls import reverse
from django.utils.translation import gettext as _

from linli.foundation import audit
from linli.foundation.areas.models import Area
from linli.foundation.calendar.clock import now
from linli.foundation.events import emit
from linli.foundation.people.models import Person, Residency
from linli.foundation.people.permit import may, permit
from linli.foundation.people.queries import mandate_for
from linli.foundation.policy import policy
from linli.foundation.privacy.retention import start_retention
from linli.foundation.web import Denied, Refused
from linli.mechanisms.bookings import actions as bookings
from linli.services.learning import catalogue
from linli.services.learning.models import (
    LIVING,
    AskState,
    HelpAsk,
    Helper,
    Match,
    MatchState,
    Slot,
    Visit,
    VisitState,
)

CATEGORY = "learning.one_to_one"


@atomic
def offer_help(person: Person, area: Area, *, topics: Sequence[str], slots: Sequence[str], goes_home: bool = False,
               ) -> Helper:
    """Sign up to teach one to one; staff meet them before the first time. A second offer changes the first.

    Raises `Denied`, `Refused`: no_topic, no_slot.
    """
    permit(person, "learning.offer_help", area)
    topics, slots = _topics(topics), _slots(slots)
    row = Helper.objects.select_for_update().filter(person=person, area=area, left_at=None).first()
    if row is None:
        try:
            with atomic():
                row = Helper.objects.create(person=person, area=area, topics=topics, slots=slots, goes_home=goes_home)
        except IntegrityError:
            raise Refused("already", _("您已经报过名了。")) from None
        emit("learning.help_offered", helper=row.pk)
    else:
        row.topics, row.slots, row.goes_home = topics, slots, goes_home
        row.save(update_fields=["topics", "slots", "goes_home"])
    audit.record(person, "learning.offer_help", row)
    found: Helper = row
    return found


@atomic
def check_helper(person: Person, helper: Helper) -> Helper:
    """Staff met them and went through the rules. Nobody checks themselves. Raises `Denied`, `Refused`: own, already."""
    permit(person, "learning.match", helper)
    row: Helper = Helper.objects.select_for_update(of=("self",)).select_related("area", "person").get(pk=helper.pk)
    if row.person_id == person.pk:
        raise Refused("own", _("自己报的名要请另一位同事核对。"))
    if row.checked_by_id or row.left_at:
        raise Refused("already", _("这一条已经办过了，请刷新看看。"))
    offer = bookings.create_offer(
        person, row.area, category=CATEGORY, title=_("一对一教手机"), owner=f"learning.helper:{row.pk}",
        host=row.person, verb="learning.match", manage_verb="learning.keep_times", book_verb="learning.meet",
        url=reverse("learning:tutoring"), is_sealed=True,
        rules={"party_max": 1, "no_show": False, "cancel_h": 0, "waiting": False, "calendar": "veiled"})
    row.checked_by, row.checked_at, row.offer_id = person, now(), offer.pk
    row.save(update_fields=["checked_by", "checked_at", "offer_id"])
    audit.record(person, "learning.check_helper", row)
    emit("learning.helper_checked", helper=row.pk)
    return row


@atomic
def leave_help(person: Person, helper: Helper) -> Helper:
    """Teach no more. Raises `Denied`, `Refused`: still_booked."""
    permit(person, "learning.leave_help", helper)
    row: Helper = Helper.objects.select_for_update().get(pk=helper.pk)
    if Visit.objects.filter(match__helper=row, state=VisitState.BOOKED, ends__gt=now()).exists():
        raise Refused("still_booked", _("还有约好的课。请先取消，或者打社区电话换人。"))
    if row.left_at is None:
        row.left_at = now()
        row.save(update_fields=["left_at"])
        for match in Match.objects.filter(helper=row, state__in=LIVING).select_related("ask"):
            _end(match, MatchState.ENDED)
        audit.record(person, "learning.leave_help", row)
    return row


@atomic
def ask_help(person: Person, *, learner: Person | None = None, topics: Sequence[str], slots: Sequence[str],
             at_home: bool = False, note: str = "", once: str = "") -> HelpAsk:
    """Ask for somebody who teaches alone: oneself, family with a mandate, or the desk for who came by.

    Raises `Denied`, `Refused`: no_topic, no_slot, no_community, has_one.
    """
    who = learner or person
    if once:
        sent = HelpAsk.objects.filter(asked_by=person, once=once).first()
        if sent is not None:
            earlier: HelpAsk = sent
            return earlier
    if who.community is None:
        raise Refused("no_community", _("请先在「我的」里选住在哪个社区。"))
    if who == person:
        permit(person, "learning.ask_help", who.community)
    elif mandate_for(person, who, "learning") is None and not may(person, "learning.match", who):
        raise Denied("learning.ask_help")
    lived = Residency.objects.filter(person=who, state=Residency.State.CONFIRMED).select_related(
        "home__building__grid", "area").first()
    grid = lived.home.building.grid if lived else None
    try:
        with atomic():
            row: HelpAsk = HelpAsk.objects.create(
                area=who.community, person=who, asked_by=person, topics=_topics(topics), slots=_slots(slots),
                at_home=at_home, note=note.strip()[:500], once=once, place=grid.code if grid else who.community.code)
    except IntegrityError:
        twin = HelpAsk.objects.filter(asked_by=person, once=once).first() if once else None
        if twin is not None:  # the other of two taps was first
            return twin
        raise Refused("has_one", _("已经有一条在办了，不用再提。想改，先把那条取消。")) from None
    audit.record(person, "learning.ask_help", row, acting_for=who if who != person else None)
    emit("learning.help_asked", ask=row.pk)
    return row


@atomic
def withdraw_ask(person: Person, ask: HelpAsk) -> HelpAsk:
    """Not wanted any more; what is booked is cancelled first. Raises `Denied`, `Refused`: not_now, still_booked."""
    permit(person, "learning.withdraw_ask", ask)
    row = _ask_locked(ask)
    if Visit.objects.filter(match__ask=row, state=VisitState.BOOKED, ends__gt=now()).exists():
        raise Refused("still_booked", _("还有约好的课。请先取消，或者打社区电话换人。"))
    for match in Match.objects.filter(ask=row, state__in=LIVING):
        _end(match, MatchState.ENDED)
    row.state = AskState.DONE if Visit.objects.filter(
        match__ask=row, state__in=[VisitState.DONE, VisitState.CONFIRMED]).exists() else AskState.WITHDRAWN
    row.save(update_fields=["state"])
    start_retention(row, "learning.lesson")
    audit.record(person, "learning.withdraw_ask", row)
    return row


@atomic
def propose(person: Person, ask: HelpAsk, helper: Helper) -> Match:
    """Staff bring two together, mostly as the ranking says; its reasons are kept. Nothing is agreed by it.

    Raises `Denied`, `Refused`: not_open, not_checked, full, oneself, declined.
    """
    from linli.services.learning.queries.pairing import fit_of

    permit(person, "learning.match", ask)
    Area.objects.select_for_update().get(pk=ask.area_id)  # one helper is not given to too many at once
    row = _ask_locked(ask)
    if row.state != AskState.OPEN:
        raise Refused("not_open", _("这一条已经变了，请刷新看看。"))
    found = fit_of(row, helper)
    if helper.area_id != row.area_id or helper.left_at or "unchecked" in found.cannot:
        raise Refused("not_checked", _("这位志愿者还没核对过，请另选一位。"), field="helper")
    if helper.person_id == row.person_id:
        raise Refused("oneself", _("不能自己教自己，请另选一位。"), field="helper")
    if "full" in found.cannot:
        raise Refused("full", _("这位志愿者已经带满了，请另选一位。"), field="helper")
    if Match.objects.filter(ask=row, helper=helper, state=MatchState.DECLINED).exists():
        raise Refused("declined", _("这两位之前说过不合适，请另选一位。"), field="helper")
    standing = Match.objects.filter(ask=row, helper=helper, state__in=LIVING).first()
    if standing is not None:
        earlier: Match = standing
        return earlier
    match: Match = Match.objects.create(area=row.area, ask=row, helper=helper, proposed_by=person,
                                        reasons=[list(reason) for reason in found.reasons])
    audit.record(person, "learning.propose", match, points=found.points)
    emit("learning.proposed", match=match.pk)
    return match


@atomic
def answer(person: Person, match: Match, *, yes: bool) -> Match:
    """The helper says yes or no for themselves; the learner, their family, or staff on the telephone for the learner.

    Only when both said yes they are a pair. Raises `Denied`, `Refused`: not_now.
    """
    permit(person, "learning.answer", match)
    row: Match = Match.objects.select_for_update(of=("self",)).select_related(
        "ask__area", "helper__person", "area").get(pk=match.pk)
    is_helper = row.helper.person_id == person.pk
    said = row.helper_yes if is_helper else row.learner_yes
    if yes and said:
        return row  # a second tap
    if row.state != MatchState.PROPOSED:
        raise Refused("not_now", _("这一条已经变了，请刷新看看。"))
    if not yes:
        _end(row, MatchState.DECLINED)
        audit.record(None, "learning.decline", row)  # that it did not come about; not who said so
        emit("learning.declined", match=row.pk)
        return row
    ask = _ask_locked(row.ask)
    if is_helper:
        row.helper_yes = True
    else:
        row.learner_yes = True
    if row.helper_yes and row.learner_yes:
        if ask.state != AskState.OPEN:
            raise Refused("not_now", _("这一条已经变了，请刷新看看。"))
        row.state, ask.state = MatchState.AGREED, AskState.MATCHED
        ask.save(update_fields=["state"])
        for other in Match.objects.filter(ask=ask, state=MatchState.PROPOSED).exclude(pk=row.pk):
            _end(other, MatchState.ENDED)
    row.save(update_fields=["helper_yes", "learner_yes", "state"])
    audit.record(person, "learning.answer", row)
    if row.state == MatchState.AGREED:
        emit("learning.paired", match=row.pk)
    return row


@atomic
def part(person: Person, match: Match) -> Match:
    """End a pair; the ask goes on looking, unless its owner takes it back. Raises `Denied`, `Refused`: not_now,
    still_booked."""
    permit(person, "learning.answer", match)
    row: Match = Match.objects.select_for_update(of=("self",)).select_related("ask", "area").get(pk=match.pk)
    if row.state != MatchState.AGREED:
        raise Refused("not_now", _("这一条已经变了，请刷新看看。"))
    if row.visits.filter(state=VisitState.BOOKED, ends__gt=now()).exists():
        raise Refused("still_booked", _("还有约好的课。请先取消，或者打社区电话换人。"))
    _end(row, MatchState.ENDED)
    HelpAsk.objects.filter(pk=row.ask_id, state=AskState.MATCHED).update(state=AskState.OPEN)
    audit.record(None, "learning.part", row)
    emit("learning.parted", match=row.pk)
    return row


def _end(match: Match, state: str) -> None:
    """It is over; what each had said so far goes too, or one could read from it who said no."""
    match.state, match.ended_at, match.helper_yes, match.learner_yes = state, now(), False, False
    match.save(update_fields=["state", "ended_at", "helper_yes", "learner_yes"])


def _ask_locked(ask: HelpAsk) -> HelpAsk:
    row: HelpAsk = HelpAsk.objects.select_for_update(of=("self",)).select_related("area", "person").get(pk=ask.pk)
    if row.state in (AskState.DONE, AskState.WITHDRAWN):
        raise Refused("not_now", _("这一条已经变了，请刷新看看。"))
    return row


def _topics(codes: Sequence[str]) -> list[str]:
    found = [code for code in catalogue.load() if code in codes]
    if not found:
        raise Refused("no_topic", _("请至少选一样。"), field="topics")
    return found


def _slots(codes: Sequence[str]) -> list[str]:
    found = [code for code in Slot.values if code in codes]
    if not found:
        raise Refused("no_slot", _("请至少选一个方便的时间。"), field="slots")
    return found


def load_of(helper: Helper) -> int:
    """How many they are paired with, or may be in a moment."""
    return Match.objects.filter(helper=helper, state__in=LIVING).count()


def most_pairs(area: Area) -> int:
    return int(policy("learning.pairs_most", area=area))

