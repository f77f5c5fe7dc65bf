"""How an area's own value comes into force and goes: one proposes, another agrees, everything is written down."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.db import transaction
from django.db.models import F
from django.db.transaction import atomic
from django.utils.translation import gettext as _, gettext_lazy

from linli.foundation import audit
from linli.foundation.areas.models import Area
from linli.foundation.calendar.clock import now, today
from linli.foundation.events import emit
from linli.foundation.people.models import Person
from linli.foundation.people.permit import permit
from linli.foundation.policy import overlays
from linli.foundation.policy.models import OverlayRevision, PolicyOverlay, State
from linli.foundation.policy.shapes import Misshapen, require_shape
from linli.foundation.policy.shipped import NoPolicyYet, UnknownPolicy, rule
from linli.foundation.web import Refused

TYPE_NAMES = {
    "null": gettext_lazy("空"), "boolean": gettext_lazy("是或否"), "integer": gettext_lazy("整数"),
    "number": gettext_lazy("数字"), "text": gettext_lazy("文字"), "list": gettext_lazy("列表"),
    "object": gettext_lazy("一组带名字的值"),
}


@atomic
def propose_overlay(
    person: Person, area: Area, key: str, value: Any, *, source: str, valid_from: date,
) -> PolicyOverlay:
    """Propose `value` for `key` in `area` from `valid_from` on; nothing changes until another person agrees.

    Raises `Denied`, and `Refused` with: unknown_key, not_yet, fixed_by_source, wrong_type, no_source,
    in_the_past, already_proposed.
    """
    permit(person, "policy.propose_overlay", area)
    # Serialises two proposals for one area, so that the second reads a sentence and not a database error.
    Area.objects.select_for_update().get(pk=area.pk)
    _check_value(key, value, valid_from)
    if not source.strip():
        raise Refused("no_source", _("请写明依据，例如文件名和文号。"), field="source")
    if valid_from < today():
        raise Refused("in_the_past", _("开始日期不能早于今天，已经按原来的值办的事不改。"), field="valid_from")
    if PolicyOverlay.objects.filter(area=area, key=key, state=State.PROPOSED).exists():
        raise Refused("already_proposed", _("这一项已经有人提了修改，等那一份定了再提。"))
    overlay: PolicyOverlay = PolicyOverlay.objects.create(
        area=area, key=key, value=value, source=source.strip(), valid_from=valid_from, proposed_by=person)
    audit.record(person, "policy.propose_overlay", overlay, key=key, value=value, valid_from=valid_from.isoformat())
    emit("policy.overlay_proposed", overlay=overlay.pk)
    return overlay


@atomic
def approve_overlay(person: Person, overlay: PolicyOverlay) -> PolicyOverlay:
    """Bring a proposal into force, from its day or from today if that has passed: never backwards.

    Raises `Denied`, and `Refused` with: same_person, not_proposed, or what `propose_overlay` says of the value
    (the program may have been updated in between).
    """
    permit(person, "policy.approve_overlay", overlay)
    overlay = _proposed(overlay)
    if overlay.proposed_by_id == person.pk:
        raise Refused("same_person", _("这份修改是您提的，要请另一位同事来同意。"))
    overlay.valid_from = max(overlay.valid_from, today())
    _check_value(overlay.key, overlay.value, overlay.valid_from)
    overlay.state, overlay.approved_by, overlay.approved_at = State.APPROVED, person, now()
    overlay.save(update_fields=["state", "approved_by", "approved_at", "valid_from"])
    _changed()
    audit.record(
        person, "policy.approve_overlay", overlay, key=overlay.key, valid_from=overlay.valid_from.isoformat())
    emit("policy.overlay_approved", overlay=overlay.pk)
    return overlay


@atomic
def reject_overlay(person: Person, overlay: PolicyOverlay, *, reason: str) -> PolicyOverlay:
    """Say no to a proposal, with a reason. Raises `Denied`, `Refused` with: not_proposed, no_reason."""
    permit(person, "policy.reject_overlay", overlay)
    overlay = _end(person, _proposed(overlay), State.REJECTED, reason)
    audit.record(person, "policy.reject_overlay", overlay, key=overlay.key)
    emit("policy.overlay_rejected", overlay=overlay.pk)
    return overlay


@atomic
def withdraw_overlay(person: Person, overlay: PolicyOverlay, *, reason: str) -> PolicyOverlay:
    """Take back one's own proposal, or end a value in force from today on; days before keep it.

    One person suffices, because what comes back was agreed before or came with the program.
    Raises `Denied`, `Refused` with: not_in_force, no_reason.
    """
    permit(person, "policy.withdraw_overlay", overlay)
    overlay = _locked(overlay)
    if overlay.state not in {State.PROPOSED, State.APPROVED}:
        raise Refused("not_in_force", _("这份修改已经不在用了，请刷新后再看。"))
    # Asked again under the lock: a proposal that was approved meanwhile is no longer its proposer's to take back.
    permit(person, "policy.withdraw_overlay", overlay)
    was_in_force = overlay.state == State.APPROVED
    if was_in_force:
        overlay.valid_until = max(overlay.valid_from, today())
    overlay = _end(person, overlay, State.WITHDRAWN, reason)
    if was_in_force:
        _changed()
    audit.record(person, "policy.withdraw_overlay", overlay, key=overlay.key, was_in_force=was_in_force)
    emit("policy.overlay_withdrawn", overlay=overlay.pk)
    return overlay


def _check_value(key: str, value: Any, on: date) -> None:
    try:
        shipped = rule(key).on(on)
    except UnknownPolicy:
        raise Refused("unknown_key", _("没有这一项参数，请从列表里选。")) from None
    except NoPolicyYet:
        raise Refused("not_yet", _("这一项在那天还没有开始，请选晚一些的日期。"), field="valid_from") from None
    if shipped.fixed:
        raise Refused("fixed_by_source", _("这一项由“%(source)s”定死，本地不能改。") % {"source": shipped.source})
    try:
        require_shape(shipped.value, value)
    except Misshapen as error:
        expected = TYPE_NAMES.get(error.expected, "")
        sentence = (
            _("“%(path)s”要填%(type)s。") % {"path": error.path, "type": expected} if error.path
            else _("这里要填%(type)s。") % {"type": expected})
        raise Refused("wrong_type", sentence, field="value") from None


def _locked(overlay: PolicyOverlay) -> PolicyOverlay:
    found: PolicyOverlay = PolicyOverlay.objects.select_for_update(of=("self",)).select_related("area").get(
        pk=overlay.pk)
    return found


def _proposed(overlay: PolicyOverlay) -> PolicyOverlay:
    overlay = _locked(overlay)
    if overlay.state != State.PROPOSED:
        raise Refused("not_proposed", _("这份修改已经有人定过了，请刷新后再看。"))
    return overlay


def _end(person: Person, overlay: PolicyOverlay, state: State, reason: str) -> PolicyOverlay:
    if not reason.strip():
        raise Refused("no_reason", _("请写一句原因，提的人看得到。"), field="reason")
    overlay.state, overlay.ended_by, overlay.ended_at, overlay.reason = state, person, now(), reason.strip()
    overlay.save(update_fields=["state", "ended_by", "ended_at", "reason", "valid_until"])
    return overlay


def _changed() -> None:
    OverlayRevision.objects.get_or_create(pk=1)
    OverlayRevision.objects.filter(pk=1).update(number=F("number") + 1)
    transaction.on_commit(overlays.forget)
