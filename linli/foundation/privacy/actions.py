"""The verbs: agree and take back, read in full with a reason, ask about one's data and answer, hold."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING, Any

from django.db import IntegrityError
from django.db.transaction import atomic
from django.utils import timezone
from django.utils.translation import get_language, gettext_lazy as _

from linli.foundation import audit, calendar
from linli.foundation.calendar.clock import now
from linli.foundation.events import emit
from linli.foundation.people.models import Mandate, Person
from linli.foundation.people.permit import may, permit
from linli.foundation.privacy import erasers, reveals, rules
from linli.foundation.privacy.consents import current_text, text_hash
from linli.foundation.privacy.models import (
    Channel,
    Consent,
    ConsentText,
    DataRequest,
    RequestKind,
    RequestState,
    RetentionHold,
    Reveal,
)
from linli.foundation.privacy.purposes import purpose as declared
from linli.foundation.web import Denied, Refused

if TYPE_CHECKING:
    from datetime import date


@atomic
def give_consent(
    actor: Person, purpose: str, *, person: Person | None = None, text: str = "", version: str = "",
    channel: str = Channel.APP,
) -> Consent:
    """Agree to `purpose`: oneself, for somebody who gave a mandate, or (staff, on paper) for who signed.

    `text` is what was read, exactly; by default the text the page shows. Agreeing again to the same text changes
    nothing; to a new text it replaces the former consent. Raises `Denied`, `Refused("needs_no_consent")`.
    """
    subject = person or actor
    _may_speak_for(actor, subject, purpose, channel)
    if declared(purpose).basis != "consent":
        raise Refused("needs_no_consent", _("这一项不用您同意：它依据的是法律或者您要办的事。"))
    read = _kept_text(purpose, text or current_text(purpose), version)
    former = Consent.objects.select_for_update().filter(person=subject, purpose=purpose, withdrawn_at=None).first()
    if former is not None:
        if former.text_id == read.pk:
            return former
        _end(former, actor)
    consent = Consent.objects.create(person=subject, purpose=purpose, text=read, channel=channel, actor=actor)
    audit.record(actor, "privacy.give_consent", consent, purpose=purpose, text=read.hash, channel=str(channel))
    emit("privacy.consent_given", consent=consent.pk)
    return consent


@atomic
def withdraw_consent(actor: Person, purpose: str, *, person: Person | None = None) -> None:
    """Take a consent back, from now on (个人信息保护法 第15条); without one nothing happens. Raises `Denied`."""
    subject = person or actor
    _may_speak_for(actor, subject, purpose, Channel.APP)
    consent = Consent.objects.select_for_update().filter(person=subject, purpose=purpose, withdrawn_at=None).first()
    if consent is None:
        return
    _end(consent, actor)
    audit.record(actor, "privacy.withdraw_consent", consent, purpose=purpose)
    emit("privacy.consent_withdrawn", consent=consent.pk)


def _may_speak_for(actor: Person, subject: Person, purpose: str, channel: str) -> None:
    if actor.pk == subject.pk:
        return
    moment, room = now(), purpose.split(".", 1)[0]
    held = Mandate.objects.filter(
        subject=subject, agent=actor, agreed_at__isnull=False, withdrawn=None, since__lte=moment)
    if any(room in mandate.scope and (mandate.until is None or mandate.until > moment) for mandate in held):
        return
    if channel in {Channel.PAPER, Channel.WINDOW} and may(actor, "privacy.record_consent", subject):
        return
    raise Denied("privacy.give_consent")


def _kept_text(purpose: str, text: str, version: str) -> ConsentText:
    language = get_language() or "zh-hans"
    digest = text_hash(purpose, language, text)
    return ConsentText.objects.get_or_create(
        hash=digest,
        defaults={"purpose": purpose, "language": language, "text": text, "version": version or digest[:12]})[0]


def _end(consent: Consent, actor: Person) -> None:
    consent.withdrawn_at, consent.withdrawn_by = now(), actor
    consent.save(update_fields=["withdrawn_at", "withdrawn_by"])


@atomic
def reveal(person: Person, thing: Any, field: str, reason: str) -> str:
    """The whole of a masked value; who, whose, what and why are written down, and the person it is about sees it.

    Who may: the roles of `privacy.reveal` over that thing, and only a thing they see anyway. A reader's own value
    needs no reason and no log. Raises `Denied`, `Refused("no_reason")`.
    """
    if not reveals.is_encrypted(thing, field):
        raise Denied("privacy.reveal")
    subject = reveals.subject_of(thing)
    if subject == person.pk:
        return getattr(thing, field) or ""
    manager = type(thing)._default_manager
    if not hasattr(manager, "visible_to") or not manager.visible_to(person).filter(pk=thing.pk).exists():
        raise Denied("privacy.reveal")
    permit(person, "privacy.reveal", thing)
    if not rules.is_reason(reason):
        raise Refused("no_reason", _("请写明为什么要看，至少 4 个字。本人能看到您写的原因。"), field="reason")
    reason = reason.strip()[:200]
    Reveal.objects.create(
        who=person, subject_id=subject, thing_type=thing._meta.label_lower, thing_id=str(thing.pk),
        area_code=thing.area_code or "", field=field, reason=reason)
    audit.record(person, "privacy.reveal", thing, personal={"reason": reason}, subject=subject, field=field)
    return getattr(thing, field) or ""


@atomic
def make_request(person: Person, kind: str, what: str = "") -> DataRequest:
    """Ask about one's own data; the clock of `rules.ANSWER_WORKING_DAYS` starts. Raises `Refused`."""
    what = what.strip()
    if kind in {RequestKind.CORRECT, RequestKind.EXPLAIN} and len(what) < rules.REASON_LETTERS_MIN:
        raise Refused("no_words", _("请写一下哪里不对、想怎么办，几个字就行。"), field="what")
    due = answer_due(now())
    try:
        with atomic():
            request = DataRequest.objects.create(
                person=person, area=person.community, kind=kind, what=what[:1000], due_at=due.at,
                due_is_provisional=due.provisional)
    except IntegrityError:
        raise Refused("already_asked", _("您已经提过这个请求，正在办，不用再提。")) from None
    audit.record(person, "privacy.make_request", request, kind=str(kind))
    emit("privacy.request_made", request=request.pk)
    return request


def answer_due(start: datetime) -> calendar.Due:
    """The end of the last of the working days in which a request is answered; the first day does not count."""
    tomorrow = timezone.localtime(start).date() + timedelta(days=1)
    midnight = timezone.make_aware(datetime.combine(tomorrow, time.min))
    due = calendar.due_or_provisional(midnight, rules.ANSWER_WORKING_DAYS * 86_400, "days")
    return replace(due, at=due.at - timedelta(seconds=1))  # 24:00 is read as the next day


@atomic
def record_copy(person: Person) -> DataRequest:
    """Write down that a person took the copy of their data, which they may at any time (第45条)."""
    moment = now()
    request = DataRequest.objects.create(
        person=person, area=person.community, kind=RequestKind.COPY, state=RequestState.DONE, made_at=moment,
        due_at=moment, handled_at=moment)
    audit.record(person, "privacy.take_copy", request)
    return request


@atomic
def withdraw_request(person: Person, request: DataRequest) -> None:
    """The person no longer wants it. Raises `Denied`, `Refused("not_open")`."""
    permit(person, "privacy.withdraw_request", request)
    request = _open(request)
    request.state, request.handled_at = RequestState.WITHDRAWN, now()
    request.save(update_fields=["state", "handled_at"])
    audit.record(person, "privacy.withdraw_request", request)


@atomic
def fulfil_request(person: Person, request: DataRequest, answer: str = "") -> DataRequest:
    """Do what was asked. A deletion is carried out here, room by room, and the answer says what had to stay.

    Raises `Denied`, `Refused("not_open")`, `Refused("own_request")`, `Refused("no_answer")`.
    """
    permit(person, "privacy.handle_request", request)
    request = _open(request, handler=person)
    answer = answer.strip()
    if request.kind == RequestKind.DELETE:
        answer = "\n".join([*filter(None, [answer]), *erasers.erase_everywhere(request.person)])
    elif request.kind != RequestKind.COPY and not answer:
        raise Refused("no_answer", _("请写一下怎么办的，本人会看到。"), field="answer")
    _close(request, person, RequestState.DONE, answer)
    audit.record(person, "privacy.fulfil_request", request, kind=request.kind)
    emit("privacy.request_answered", request=request.pk)
    return request


@atomic
def refuse_request(person: Person, request: DataRequest, reason: str) -> DataRequest:
    """Say no, with the reason the person will read (第50条). Raises as `fulfil_request`, `Refused("no_reason")`."""
    permit(person, "privacy.handle_request", request)
    request = _open(request, handler=person)
    if not rules.is_reason(reason):
        raise Refused("no_reason", _("不同意要写清理由和依据，本人会看到，还可以去法院起诉。"), field="answer")
    _close(request, person, RequestState.REFUSED, reason.strip())
    audit.record(person, "privacy.refuse_request", request, kind=request.kind)
    emit("privacy.request_answered", request=request.pk)
    return request


def _open(request: DataRequest, handler: Person | None = None) -> DataRequest:
    request = DataRequest.objects.select_for_update(of=("self",)).select_related("person", "area").get(pk=request.pk)
    if request.state != RequestState.RECEIVED:
        raise Refused("not_open", _("这个请求已经办完了，请刷新后再看。"))
    if handler is not None and request.person_id == handler.pk:
        raise Refused("own_request", _("这是您自己的请求，要由另一位同事来办。"))
    return request


def _close(request: DataRequest, person: Person, state: str, answer: str) -> None:
    request.state, request.handled_by, request.handled_at, request.answer = state, person, now(), answer
    request.save(update_fields=["state", "handled_by", "handled_at", "answer"])


@atomic
def place_hold(person: Person, thing: Any, *, source: str, until: date | None = None) -> RetentionHold:
    """Keep a thing beyond its term, for a named statute or proceeding. Raises `Denied`, `Refused("no_source")`."""
    permit(person, "privacy.place_hold", thing)
    if not rules.is_reason(source):
        raise Refused("no_source", _("请写明依据哪条法律或哪个案件要留着。"), field="source")
    hold = RetentionHold.objects.create(
        thing_type=thing._meta.label_lower, thing_id=str(thing.pk), area_code=thing.area_code or "",
        source=source.strip()[:200], until=until, placed_by=person)
    audit.record(person, "privacy.place_hold", thing, source=hold.source, until=until)
    return hold


@atomic
def release_hold(person: Person, hold: RetentionHold) -> None:
    """The thing may go at its term again. Raises `Denied`."""
    permit(person, "privacy.place_hold", hold)
    if hold.released_at is None:
        hold.released_at, hold.released_by = now(), person
        hold.save(update_fields=["released_at", "released_by"])
        audit.record(person, "privacy.release_hold", audit.Ref(hold.thing_type, hold.thing_id, hold.area_code))


__all__ = [
    "answer_due", "fulfil_request", "give_consent", "make_request", "place_hold", "record_copy", "refuse_request",
    "release_hold", "reveal", "withdraw_consent", "withdraw_request",
]
