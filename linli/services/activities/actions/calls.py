"""Calls for works: rules in versions, works handed in by their authors, complaints, the originals back."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from itertools import pairwise
from typing import Any

from django.db import IntegrityError
from django.db.transaction import atomic
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _, gettext_lazy

from linli.foundation import audit
from linli.foundation.areas.models import Area
from linli.foundation.calendar.clock import now, today
from linli.foundation.events import emit
from linli.foundation.files import StoredFile, attach
from linli.foundation.files.actions import forget_files_of
from linli.foundation.notices import tell
from linli.foundation.people.models import Person
from linli.foundation.people.permit import permit
from linli.foundation.policy import policy
from linli.foundation.web import Denied, Refused
from linli.services.activities import exhibition
from linli.services.activities.models import Call, CallRules, CallState, Juror, MadeByAI, Work, WorkState
from linli.services.activities.rules import ADULT, METHODS, TIES, class_of

KEEP = "activities.keep_calls"
PURPOSE = "activities.work"
NUMBERS = (101, 999)
_RULES = frozenset({"text", "ages", "method", "cut", "tie", "prizes"})


@atomic
def draft(person: Person, area: Area, *, title: str, about: str, deadline: datetime, show_until: date,
          rules: Mapping[str, Any], **facts: Any) -> Call:
    """Write a call down with version 1 of its rules. Raises `Denied`, `Refused`: no_title, bad_dates, bad_rules …"""
    permit(person, KEEP, area)
    if len(title.strip()) < 2:
        raise Refused("no_title", _("请写征集的名称。"), field="title")
    call = Call(area=area, title=title.strip()[:60], about=about.strip()[:1500], deadline=deadline,
                show_until=show_until, created_by=person, **facts)
    _check_dates(call)
    call.save(force_insert=True)
    _new_rules(person, call, 1, rules)
    audit.record(person, "activities.draft_call", call)
    return call


def _check_dates(call: Call) -> None:
    if call.deadline <= now():
        raise Refused("bad_dates", _("截止时间已经过去，请改成以后的时间。"), field="deadline")
    if (call.vote_from is None) != (call.vote_until is None):
        raise Refused("bad_dates", _("投票的开始和结束要都填，或者都不填。"), field="vote_until")
    if call.vote_from is not None and call.vote_until is not None and not (
            call.deadline <= call.vote_from < call.vote_until):
        raise Refused("bad_dates", _("投票要在截止以后开始，结束要晚于开始。"), field="vote_from")
    last = call.vote_until or call.deadline
    if call.show_until < timezone.localtime(last).date():
        raise Refused("bad_dates", _("展出的日子要到评选以后。"), field="show_until")


def _new_rules(person: Person, call: Call, version: int, given: Mapping[str, Any]) -> CallRules:
    unknown = set(given) - _RULES
    if unknown:
        raise ValueError(f"rules of a call have no {', '.join(sorted(unknown))}")
    row = CallRules(call=call, version=version, by=person, **given)
    if len(row.text.strip()) < 10:
        raise Refused("no_rules", _("请写清楚规则：收什么、怎么评、怎么用。"), field="rules_text")
    if row.method not in METHODS or row.tie not in TIES or not 0 < row.cut < 4:
        raise Refused("bad_rules", _("请选评分的办法。"), field="method")
    bounds = sorted((one.age_from, one.age_to) for one in row.classes)
    if not bounds or any(low > high for low, high in bounds) or any(
            one[1] >= other[0] for one, other in pairwise(bounds)):
        raise Refused("bad_ages", _("年龄组不能重叠，也不能一个都没有。"), field="ages")
    if len({one.code for one in row.classes}) != len(row.classes):
        raise Refused("bad_ages", _("年龄组不能重叠，也不能一个都没有。"), field="ages")
    row.save(force_insert=True)
    return row


def rules_of(call: Call, version: int | None = None) -> CallRules:
    """The rules in force, or those of an earlier version."""
    found: CallRules = call.rules.get(version=version or call.version)
    return found


@atomic
def revise(person: Person, call: Call, *, rules: Mapping[str, Any]) -> CallRules:
    """A new version of the rules; who handed in before is told. Not once the judging has begun.

    Raises `Denied`, `Refused("judging")` and as `draft`.
    """
    row = _locked(person, call)
    if row.state not in (CallState.DRAFT, CallState.OPEN):
        raise Refused("judging", _("评选开始以后，规则不能再改。"))
    row.version += 1
    made = _new_rules(person, row, row.version, rules)
    row.save(update_fields=["version"])
    audit.record(person, "activities.revise_rules", row, version=row.version)
    on = timezone.localtime(row.deadline).date()
    for work in row.works.filter(state=WorkState.IN).select_related("author"):
        klass = class_of(made.classes, int(work.birth_year), on)
        if klass is None:
            raise Refused("bad_ages", _("已经交来的作品里，有的年龄没有组了。请留着它们的组。"), field="ages")
        if klass.code != work.age_class:
            work.age_class = klass.code
            work.save(update_fields=["age_class"])
        if work.author is not None:
            tell(work.author, gettext_lazy("“%(call)s”的规则改了，请看看。不同意可以撤回作品。"), about=row,
                 key=f"activities.rules.{work.pk}.{row.version}", values={"call": row.title},
                 url=reverse("activities:call", args=[row.pk]))
    return made


@atomic
def open_call(person: Person, call: Call) -> Call:
    """Let people hand in. Twice is once. Raises `Denied`, `Refused("bad_dates" | "over")`."""
    row = _locked(person, call)
    if row.state == CallState.OPEN:
        return row
    if row.state != CallState.DRAFT:
        raise Refused("over", _("这次征集已经过了收作品的时候。"))
    _check_dates(row)
    row.state = CallState.OPEN
    row.save(update_fields=["state"])
    audit.record(person, "activities.open_call", row)
    emit("activities.call_opened", call=row.pk)
    return row


@atomic
def hand_in(
    person: Person, call: Call, *, photo: StoredFile | None, signed_as: str, birth_year: int, title: str, alt: str,
    ai: str, ai_note: str = "", is_original: bool, licence: bool, is_guardian: bool = False, version: int,
    once: str = "",
) -> Work:
    """Hand in a work: own or that of one's child. It gets a number drawn at random. The same `once` is the same work.

    The author keeps the right; showing it is a licence until `call.show_until`, and only if ticked.
    Raises `Denied`, `Refused`: over, juror, too_many, no_photo, no_name, no_alt, no_ai, not_original, no_licence,
    guardian, no_class, rules_changed.
    """
    permit(person, "activities.hand_in", call)
    row = Call.objects.select_for_update(of=("self",)).select_related("area").get(pk=call.pk)
    earlier = Work.objects.filter(author=person, once=once).first() if once else None
    if earlier is not None:
        found: Work = earlier
        return found
    if row.state != CallState.OPEN or now() >= row.deadline:
        raise Refused("over", _("这次征集截止了，谢谢您。"))
    if Juror.objects.filter(call=row, person=person, left_at=None).exists():
        raise Refused("juror", _("您是这次的评委，不能参评。"))
    if version != row.version:
        raise Refused("rules_changed", _("规则刚刚改了，请看一遍再交。"))
    rules = rules_of(row)
    klass = class_of(rules.classes, birth_year, timezone.localtime(row.deadline).date())
    most = policy("activities.works_most", area=row.area)
    if Work.objects.filter(call=row, author=person, state=WorkState.IN).count() >= most:
        raise Refused("too_many", _("一个账号最多交 %(most)s 件。") % {"most": most})
    _check_work(photo, signed_as, alt, ai, is_original=is_original, licence=licence)
    if klass is None:
        raise Refused("no_class", _("这个年龄没有对应的组，请看看规则。"), field="birth_year")
    young = today().year - birth_year < ADULT
    if young and not is_guardian:
        raise Refused("guardian", _("未成年人的作品请监护人来交，并且勾上同意。"), field="is_guardian")
    work = Work(
        call=row, number=_number(row), author=person, signed_as=signed_as.strip()[:20], birth_year=str(birth_year),
        age_class=klass.code, by_guardian=young, title=title.strip()[:40] or _("无题"), alt=alt.strip()[:300], ai=ai,
        ai_note=ai_note.strip()[:120], rules_version=row.version, licensed_until=row.show_until, once=once[:40])
    try:
        with atomic():
            work.save(force_insert=True)
    except IntegrityError:
        again = Work.objects.filter(author=person, once=once).first() if once else None
        if again is None:
            raise
        return again
    assert photo is not None, "checked above"
    attach(person, [photo], work)
    audit.record(person, "activities.hand_in", work, age_class=klass.code)
    emit("activities.work_in", work=work.pk)
    return work


def _check_work(photo: StoredFile | None, signed_as: str, alt: str, ai: str, *, is_original: bool,
                licence: bool) -> None:
    if photo is None:
        raise Refused("no_photo", _("请拍一张作品的照片。"), field="photo")
    if not signed_as.strip():
        raise Refused("no_name", _("请写署名，可以是笔名。"), field="signed_as")
    if len(alt.strip()) < 4:
        raise Refused("no_alt", _("请写一句画面上有什么，看不见的邻居靠它知道。"), field="alt")
    if ai not in MadeByAI.values:
        raise Refused("no_ai", _("请选有没有用 AI。"), field="ai")
    if not is_original:
        raise Refused("not_original", _("要是本人原创才能交。"), field="is_original")
    if not licence:
        raise Refused("no_licence", _("不同意展出就没法评选。著作权还是您的，到期不再展。"), field="licence")


def _number(call: Call) -> int:
    """A free number at random: from its order nobody learns who came when. The call is locked."""
    taken = set(call.works.values_list("number", flat=True))
    low, high = NUMBERS if len(taken) < 600 else (1000, 99_999)
    free = [number for number in range(low, high + 1) if number not in taken]
    return secrets.choice(free)


@atomic
def withdraw(person: Person, work: Work) -> Work:
    """The author takes the work back, or ends the licence to show it: at any time. Its file goes. Twice is once.

    Raises `Denied`.
    """
    permit(person, "activities.author", work)
    row: Work = Work.objects.select_for_update(of=("self",)).select_related("call__area").get(pk=work.pk)
    if row.state == WorkState.WITHDRAWN:
        return row
    row.state, row.licensed_until = WorkState.WITHDRAWN, None
    row.save(update_fields=["state", "licensed_until"])
    forget_files_of(row)
    if row.call.state in (CallState.ANNOUNCED, CallState.CLOSED):
        row.awards.all().delete()
    audit.record(person, "activities.withdraw_work", row)
    return row


@atomic
def exclude(person: Person, work: Work, *, reason: str) -> Work:
    """Take a work out of the judging; the author reads why. Raises `Denied`, `Refused("no_reason")`."""
    _locked(person, work.call)
    if len(reason.strip()) < 2:
        raise Refused("no_reason", _("请写一句为什么，作者会看到。"), field="reason")
    row: Work = Work.objects.select_for_update(of=("self",)).select_related("call__area", "author").get(pk=work.pk)
    if row.state == WorkState.IN:
        row.state, row.reason = WorkState.EXCLUDED, reason.strip()[:200]
        row.save(update_fields=["state", "reason"])
        audit.record(person, "activities.exclude_work", row)
        if row.author is not None:
            tell(row.author, gettext_lazy("您的作品 %(number)s 号不参评：%(reason)s"), about=row,
                 key=f"activities.excluded.{row.pk}", values={"number": row.number, "reason": row.reason},
                 url=reverse("activities:work", args=[row.pk]))
    return row


@atomic
def take_original(person: Person, work: Work) -> Work:
    """The original was handed in at the window. Raises `Denied`."""
    _locked(person, work.call)
    work.has_original = True
    work.save(update_fields=["has_original"])
    audit.record(person, "activities.take_original", work)
    return work


@atomic
def give_back(person: Person, work: Work, *, signed_by: str) -> Work:
    """The original goes back against a signature. Twice is once.

    Raises `Denied`, `Refused("not_here" | "no_signature")`.
    """
    _locked(person, work.call)
    row: Work = Work.objects.select_for_update(of=("self",)).select_related("call__area").get(pk=work.pk)
    if row.returned_at is not None:
        return row
    if not row.has_original:
        raise Refused("not_here", _("这件作品没有交过原件。"))
    if len(signed_by.strip()) < 2:
        raise Refused("no_signature", _("请写是谁签收的。"), field="signed_by")
    row.returned_at, row.returned_to = now(), signed_by.strip()[:30]
    row.save(update_fields=["returned_at", "returned_to"])
    audit.record(person, "activities.give_back_work", row)
    return row


def originals(works: Sequence[Work]) -> list[Work]:
    """Those whose original still lies here."""
    return [one for one in works if one.has_original and one.returned_at is None]


def _locked(person: Person, call: Call) -> Call:
    permit(person, KEEP, call)
    if not call.are_authors_open and exhibition.is_juror(person, call):
        raise Denied(KEEP)  # became staff after being asked to judge: the authors stay hidden
    found: Call = Call.objects.select_for_update(of=("self",)).select_related("area").get(pk=call.pk)
    return found
