"""Neighbours who guide: offered, checked, asked for, matched by hand, reported, confirmed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import IntegrityError
from django.db.transaction import atomic
from django.utils.timezone import localdate
from django.utils.translation import gettext as _

from linli.foundation import audit
from linli.foundation.areas.models import Area
from linli.foundation.calendar.clock import now
from linli.foundation.events import emit
from linli.foundation.people.models import Person
from linli.foundation.people.permit import permit
from linli.foundation.policy import policy
from linli.foundation.privacy.retention import start_retention
from linli.foundation.web import Refused
from linli.services.access.models import Guide, GuideKind, GuideRequest, GuideState


@atomic
def offer_guide(person: Person, area: Area, *, kinds: Sequence[str], when: str = "") -> Guide:
    """Sign up to guide; staff look before the first time. A second offer changes the first.

    Raises `Denied`, `Refused`: no_kind.
    """
    permit(person, "access.offer_guide", area)
    chosen = [kind for kind in GuideKind.values if kind in kinds]
    if not chosen:
        raise Refused("no_kind", _("请至少选一样您能做的。"), field="kinds")
    row = Guide.objects.select_for_update().filter(person=person, area=area, left_at=None).first()
    if row is None:
        try:
            with atomic():
                row = Guide.objects.create(person=person, area=area, kinds=chosen, when=when.strip()[:100])
        except IntegrityError:
            raise Refused("already", _("您已经报过名了。")) from None
    else:
        if set(chosen) - set(row.kinds):
            row.checked_by, row.checked_at = None, None  # something new is looked at again
        row.kinds, row.when = chosen, when.strip()[:100]
        row.save(update_fields=["kinds", "when", "checked_by", "checked_at"])
    audit.record(person, "access.offer_guide", row)
    found: Guide = row
    return found


@atomic
def leave_guide(person: Person, guide: Guide) -> Guide:
    """Stop guiding; what is agreed already stays until it is cancelled. Raises `Denied`, `Refused`: still_matched."""
    permit(person, "access.leave_guide", guide)
    if GuideRequest.objects.filter(guide=guide, state=GuideState.MATCHED, ends__gt=now()).exists():
        raise Refused("still_matched", _("还有约好的陪伴。请先打社区电话改人，再退出。"))
    guide.left_at = now()
    guide.save(update_fields=["left_at"])
    audit.record(person, "access.leave_guide", guide)
    return guide


@atomic
def check_guide(person: Person, guide: Guide) -> Guide:
    """Staff met the person and explained how to guide. Nobody checks themselves.

    Raises `Denied`, `Refused`: own, already.
    """
    permit(person, "access.check_guide", guide)
    row = Guide.objects.select_for_update().get(pk=guide.pk)
    if row.person_id == person.pk:
        raise Refused("own", _("自己报的名要请另一位同事核对。"))
    if row.checked_by_id or row.left_at:
        raise Refused("already", _("这一条已经办过了，请刷新看看。"))
    row.checked_by, row.checked_at = person, now()
    row.save(update_fields=["checked_by", "checked_at"])
    audit.record(person, "access.check_guide", row)
    found: Guide = row
    return found


@atomic
def ask_guide(
    person: Person,
    area: Area,
    *,
    kind: str,
    starts: datetime,
    ends: datetime,
    place: str,
    note: str = "",
    once: str = "",
) -> GuideRequest:
    """Ask to be guided once. Raises `Denied`, `Refused`: no_kind, no_place, backwards, in_past, too_long."""
    permit(person, "access.ask_guide", area)
    if once:
        sent = GuideRequest.objects.filter(requester=person, once=once).first()
        if sent is not None:
            earlier: GuideRequest = sent
            return earlier
    if kind not in GuideKind.values:
        raise Refused("no_kind", _("请选要什么帮助。"), field="kind")
    if not place.strip():
        raise Refused("no_place", _("请写在哪里碰头、要去哪里。"), field="place")
    if ends <= starts:
        raise Refused("backwards", _("结束时间要在开始以后。"), field="ends")
    if starts < now():
        raise Refused("in_past", _("开始时间已经过了，请改到以后。"), field="starts")
    hours = policy("access.guide_hours_max", area=area)
    if ends - starts > timedelta(hours=hours):
        raise Refused("too_long", _("一次最长 %(hours)s 小时。更久的请分成两次。") % {"hours": hours}, field="ends")
    row: GuideRequest = GuideRequest.objects.create(
        area=area,
        requester=person,
        kind=kind,
        starts=starts,
        ends=ends,
        place=place.strip()[:200],
        note=note.strip()[:500],
        once=once,
    )
    start_retention(row, "access.guide", from_=localdate(ends))
    audit.record(person, "access.ask_guide", row, kind=kind)
    emit("access.guide_asked", request=row.pk)
    return row


@atomic
def match_guide(person: Person, request: GuideRequest, guide: Guide) -> GuideRequest:
    """Staff name who guides; both are told. Another guide may be named until it begins.

    Raises `Denied`, `Refused`: not_open, not_checked, not_free, oneself.
    """
    permit(person, "access.match_guide", request)
    Area.objects.select_for_update().get(pk=request.area_id)  # one guide is not given to two at once
    row = _locked(request, {GuideState.ASKED, GuideState.MATCHED})
    if guide.area_id != row.area_id or guide.checked_by_id is None or guide.left_at is not None:
        raise Refused("not_checked", _("这位志愿者还没核对过，请另选一位。"), field="guide")
    if guide.person_id == row.requester_id:
        raise Refused("oneself", _("不能请他自己陪自己。"), field="guide")
    busy = GuideRequest.objects.filter(
        guide=guide, state__in=[GuideState.MATCHED, GuideState.REPORTED], starts__lt=row.ends, ends__gt=row.starts
    ).exclude(pk=row.pk)
    if busy.exists():
        raise Refused("not_free", _("这位志愿者那个时间已经有约了，请另选一位。"), field="guide")
    row.guide, row.state, row.matched_by = guide, GuideState.MATCHED, person
    row.save(update_fields=["guide", "state", "matched_by"])
    audit.record(person, "access.match_guide", row)
    emit("access.guide_matched", request=row.pk, guide=guide.pk)
    return row


@atomic
def report_guiding(person: Person, request: GuideRequest, *, minutes: int) -> GuideRequest:
    """The guide (or staff for them) says how long it took.

    Raises `Denied`, `Refused`: not_open, too_early, bad_minutes.
    """
    permit(person, "access.report_guiding", request)
    row = _locked(request, {GuideState.MATCHED})
    if now() < row.starts:
        raise Refused("too_early", _("还没开始呢，陪完了再记。"), field="minutes")
    most = 60 * policy("access.guide_hours_max", area=row.area)
    if not 1 <= minutes <= most:
        raise Refused("bad_minutes", _("请填 1 到 %(most)s 分钟。") % {"most": most}, field="minutes")
    row.minutes, row.state, row.reported_by = minutes, GuideState.REPORTED, person
    row.save(update_fields=["minutes", "state", "reported_by"])
    audit.record(person, "access.report_guiding", row, minutes=minutes)
    emit("access.guide_reported", request=row.pk)
    return row


@atomic
def confirm_guiding(person: Person, request: GuideRequest) -> GuideRequest:
    """Whoever was guided, or staff, says that it was so; the hours are announced for whoever keeps them.

    After the days policy gives only staff may, who ask both. Raises `Denied`, `Refused`: not_open, lapsed, own_hours.
    """
    permit(person, "access.confirm_guiding", request)
    row = _locked(request, {GuideState.REPORTED, GuideState.LAPSED})
    if row.state == GuideState.LAPSED and person.pk == row.requester_id:
        raise Refused("lapsed", _("过了确认的日子。请打社区电话，由社区来确认。"))
    if person.pk in (row.reported_by_id, row.guide.person_id if row.guide else None):
        raise Refused("own_hours", _("时长要请另一个人确认。"))
    row.state = GuideState.DONE
    row.save(update_fields=["state"])
    audit.record(person, "access.confirm_guiding", row, minutes=row.minutes)
    assert row.guide is not None
    emit(
        "access.helped",
        request=row.pk,
        helper=row.guide.person_id,
        helped=row.requester_id,
        minutes=row.minutes,
        kind=row.kind,
        area=row.area_id,
        on=row.starts.isoformat(),
    )
    return row


@atomic
def cancel_guiding(person: Person, request: GuideRequest) -> GuideRequest:
    """Call it off. Raises `Denied`, `Refused`: not_open."""
    permit(person, "access.cancel_guiding", request)
    row = _locked(request, {GuideState.ASKED, GuideState.MATCHED})
    row.state = GuideState.CANCELLED
    row.save(update_fields=["state"])
    audit.record(person, "access.cancel_guiding", row)
    emit("access.guide_cancelled", request=row.pk)
    return row


@atomic
def expire_guiding(pk: int) -> bool:
    """Nobody confirmed the hours in the days policy gives: they count for nobody until staff have asked. Once."""
    row: GuideRequest = GuideRequest.objects.select_for_update(of=("self",)).select_related("area").get(pk=pk)
    days = policy("access.guide_confirm_days", area=row.area)
    if row.state != GuideState.REPORTED or now() < row.ends + timedelta(days=days):
        return False
    row.state = GuideState.LAPSED
    row.save(update_fields=["state"])
    audit.record(None, "access.expire_guiding", row, minutes=row.minutes)
    emit("access.guide_lapsed", request=row.pk)
    return True


def _locked(request: GuideRequest, states: set[GuideState]) -> GuideRequest:
    row: GuideRequest = (
        GuideRequest.objects.select_for_update(of=("self",)).select_related("area", "guide__person").get(pk=request.pk)
    )
    if row.state not in states:
        raise Refused("not_open", _("这一条已经变了，请刷新看看。"))
    return row
