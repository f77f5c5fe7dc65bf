"""Sign-language interpreters: kept by staff, booked for any window, meeting or counselling session."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db import IntegrityError
from django.db.transaction import atomic
from django.utils.timezone import localdate
from django.utils.translation import gettext as _

from linli.foundation import audit
from linli.foundation.areas.models import Area
from linli.foundation.calendar.clock import now
from linli.foundation.events import emit
from linli.foundation.people.models import Mandate, Person
from linli.foundation.people.permit import may, permit
from linli.foundation.policy import policy
from linli.foundation.privacy.retention import start_retention
from linli.foundation.web import Denied, Refused
from linli.mechanisms.bookings import actions as bookings
from linli.mechanisms.bookings.actions.resources import claim_all
from linli.services.access.models import Interpreter, Signing, SigningState, SignLevel
from linli.services.access.queries import signing as reads
from linli.services.access.rules import interpreters_needed

KEEP = "access.keep_interpreters"
HOURS_MAX = 10


@atomic
def add_interpreter(
    person: Person,
    area: Area,
    who: Person,
    *,
    level: str,
    certificate: str = "",
    is_deaf: bool = False,
    on_site: bool = True,
    remote: bool = True,
    hours: Mapping[str, Any] | None = None,
) -> Interpreter:
    """Take somebody onto the list; their time becomes a resource.

    Raises `Denied`, `Refused`: nowhere, already, no_level.
    """
    permit(person, KEEP, area)
    if not on_site and not remote:
        raise Refused("nowhere", _("能到现场、能视频，至少选一样。"), field="on_site")
    if level not in SignLevel.values:
        raise Refused("no_level", _("请选水平。"), field="level")
    if Interpreter.objects.filter(area=area, person=who).exists():
        raise Refused("already", _("这位已经在名单里了。"), field="phone")
    resource = bookings.add_resource(
        person,
        area,
        kind="interpreter",
        name=who.shown_name,
        owner="access.interpreter",
        verb=KEEP,
        manage_verb=KEEP,
        who=who,
        buffer_after_min=policy("access.interpreter_break_min", area=area),
        facts={"level": level, "deaf": is_deaf, "remote": remote, "on_site": on_site},
        hours=hours,
    )
    try:
        with atomic():
            row: Interpreter = Interpreter.objects.create(
                area=area,
                person=who,
                resource=resource,
                level=level,
                certificate=certificate.strip()[:100],
                is_deaf=is_deaf,
                on_site=on_site,
                remote=remote,
            )
    except IntegrityError:
        raise Refused("already", _("这位已经在名单里了。"), field="phone") from None
    audit.record(person, "access.add_interpreter", row, level=level)
    return row


@atomic
def rest_interpreter(person: Person, interpreter: Interpreter, *, is_active: bool) -> Interpreter:
    """Take them off the list for a while, or back on. What is booked stays. Raises `Denied`."""
    permit(person, KEEP, interpreter)
    interpreter.is_active = is_active
    interpreter.save(update_fields=["is_active"])
    interpreter.resource.is_active = is_active
    interpreter.resource.save(update_fields=["is_active"])
    audit.record(person, "access.rest_interpreter", interpreter, is_active=is_active)
    return interpreter


@atomic
def book_interpreter(
    actor: Person,
    *,
    person: Person | None = None,
    starts: datetime,
    ends: datetime,
    place: str,
    about: str = "",
    confidential: bool = False,
    remote: bool = False,
    level: str = SignLevel.SKILLED,
    once: str = "",
    wants_deaf: bool = False,
) -> Signing:
    """Book interpreting for `person` (oneself by default): one interpreter, two in turn for a long session.

    This is the act `access.book_interpreter`, for any room: `perform("access.book_interpreter", person, …)`. `about` is
    kept sealed, and of a `confidential` session neither interpreter nor calendar reads it. `wants_deaf` asks for a deaf
    interpreter beside the hearing one. `once` makes a second call return the first booking.
    Raises `Denied`, `Refused`: no_community, backwards, too_soon, too_long, no_place, no_level, none_free.
    """
    who = person or actor
    _permit_for(actor, who)
    if who.community is None:
        raise Refused("no_community", _("请先在「我的」里选住在哪个社区。"))
    area = who.community
    if once:
        earlier = Signing.objects.filter(person=who, once=once).exclude(state=SigningState.CANCELLED).first()
        if earlier is not None:
            found: Signing = earlier
            return found
    _check(area, starts, ends, place, level)
    Area.objects.select_for_update().get(pk=area.pk)  # two bookings choose one after the other
    count = interpreters_needed(
        (ends - starts).total_seconds() / 60, policy("access.two_interpreters_over_min", area=area)
    )
    free = reads.free(area, starts, ends, level=level, remote=remote)
    chosen = _choose(free, count, wants_deaf)
    if chosen is None:
        raise Refused(
            "none_free",
            _("那个时间没有空的手语翻译。请换个时间，或者改成视频翻译，也可以打社区电话想办法。"),
            field="starts",
            needed=count,
            free=len(free),
        )
    if once:
        Signing.objects.filter(person=who, once=once, state=SigningState.CANCELLED).update(once="")
    row: Signing = Signing.objects.create(
        area=area,
        person=who,
        booked_by=actor,
        starts=starts,
        ends=ends,
        place=place.strip()[:200],
        about=about.strip()[:300],
        confidential=confidential,
        remote=remote,
        level=level,
        count=len(chosen),
        once=once,
    )
    row.interpreters.set(chosen)
    start_retention(row, "access.signing", from_=localdate(ends))
    claim_all(actor, [one.resource for one in chosen], starts, ends, about=row)
    audit.record(
        actor,
        "access.book_interpreter",
        row,
        acting_for=who if who.pk != actor.pk else None,
        count=len(chosen),
        confidential=confidential,
    )
    emit("access.signing_booked", signing=row.pk)
    return row


def _permit_for(actor: Person, who: Person) -> None:
    """Oneself, staff of the place where the person lives, or who holds their mandate for this room."""
    if may(actor, "access.book_interpreter", who):
        return
    held = Mandate.objects.filter(agent=actor, subject=who, withdrawn=None, agreed_at__isnull=False)
    if any("access" in mandate.scope and (mandate.until is None or mandate.until > now()) for mandate in held):
        return
    raise Denied("access.book_interpreter")


def _check(area: Area, starts: datetime, ends: datetime, place: str, level: str) -> None:
    if ends <= starts:
        raise Refused("backwards", _("结束时间要在开始以后。"), field="ends")
    if ends - starts > timedelta(hours=HOURS_MAX):
        raise Refused("too_long", _("一次最长 %(hours)s 小时。更久的请分成两次。") % {"hours": HOURS_MAX}, field="ends")
    notice = policy("access.interpreter_notice_h", area=area)
    if starts < now() + timedelta(hours=notice):
        raise Refused(
            "too_soon", _("要提前 %(hours)s 小时约。更急的请打社区电话。") % {"hours": notice}, field="starts"
        )
    if not place.strip():
        raise Refused("no_place", _("请写在哪里；视频的写怎么连。"), field="place")
    if level not in SignLevel.values:
        raise Refused("no_level", _("请选水平。"), field="level")


def _choose(free: Sequence[Interpreter], count: int, wants_deaf: bool) -> list[Interpreter] | None:
    """`count` hearing interpreters, and a deaf one beside them where asked; None where there are too few.

    The order of `free` is kept: who had least in the last weeks comes first.
    """
    hearing = [one for one in free if not one.is_deaf][:count]
    deaf = [one for one in free if one.is_deaf][:1] if wants_deaf else []
    if len(hearing) < count or (wants_deaf and not deaf):
        return None
    return hearing + deaf


@atomic
def cancel_signing(person: Person, row: Signing) -> Signing:
    """Call it off; the interpreters' time is free again. Raises `Denied`, `Refused`: not_open."""
    permit(person, "access.cancel_signing", row)
    locked = _locked(row)
    locked.state = SigningState.CANCELLED
    locked.save(update_fields=["state"])
    bookings.let_go_of(locked)
    audit.record(person, "access.cancel_signing", locked)
    emit("access.signing_cancelled", signing=locked.pk)
    return locked


def cancel_signing_number(person: Person, *, signing: int) -> Signing:
    """The act `access.cancel_interpreter`: as `cancel_signing`, by the id that booking returned. Raises `Denied`."""
    row = Signing.objects.visible_to(person).select_related("area").filter(pk=signing).first()
    if row is None:
        raise Denied("access.cancel_signing")
    return cancel_signing(person, row)


@atomic
def finish_signing(person: Person, row: Signing) -> Signing:
    """Staff write down that it took place. Raises `Denied`, `Refused`: not_open, too_early."""
    permit(person, "access.finish_signing", row)
    locked = _locked(row)
    if locked.starts > now():
        raise Refused("too_early", _("还没开始呢，翻译过了再点。"))
    locked.state = SigningState.DONE
    locked.save(update_fields=["state"])
    audit.record(person, "access.finish_signing", locked)
    return locked


def _locked(row: Signing) -> Signing:
    locked: Signing = Signing.objects.select_for_update(of=("self",)).select_related("area").get(pk=row.pk)
    if locked.state != SigningState.BOOKED:
        raise Refused("not_open", _("这一条已经变了，请刷新看看。"))
    return locked
