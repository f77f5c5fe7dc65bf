"""Filing for the person in front, through the acts of gov: actor, subject, mandate and channel stay apart."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.db.transaction import atomic
from django.utils.translation import gettext as _, gettext_lazy

from linli.foundation import audit
from linli.foundation.areas.models import Area
from linli.foundation.calendar.clock import now
from linli.foundation.events import emit
from linli.foundation.files import attach
from linli.foundation.files.models import StoredFile
from linli.foundation.notices import tell
from linli.foundation.people.models import Mandate, Person
from linli.foundation.people.permit import permit
from linli.foundation.privacy.retention import start_retention
from linli.foundation.web import Refused
from linli.foundation.web.acts import perform
from linli.services.window import settings
from linli.services.window.models import Help, HelpChannel, Ticket

# A paper form that is typed in was handed over at the window; a visit has a longer name there.
_AS_GOV_SAYS = {HelpChannel.PAPER.value: "window", HelpChannel.VISIT.value: "home_visit"}


@atomic
def begin(
    person: Person, area: Area, *, item: str, title: str, check: str, once: str, subject: Person | None = None,
    name: str = "", phone: str = "", channel: str = HelpChannel.WINDOW, ticket: Ticket | None = None,
    agent_name: str = "", mandate: Mandate | None = None, photo: StoredFile | None = None,
) -> Help:
    """Begin an application for `subject`, or for somebody without an account by `name` and `phone`.

    `check`: which kind of paper was looked at in person (policy `window.checks`), never its number. `agent_name`: who
    stands here for the subject; then `photo` is the signed mandate. The same `once` gives the same help.
    Raises `Denied`, `Refused("not_checked" | "no_subject" | "no_mandate" | "own_matter")`, and what gov.begin raises.
    """
    permit(person, "window.help", area)
    found = Help.objects.select_related("area", "subject", "actor").filter(once=once).first()
    if found is not None:
        assert isinstance(found, Help)
        return found
    if subject == person:
        raise Refused("own_matter", _("自己的事请在手机上办，或请同事帮您办。"))
    if check not in settings.checks(area):
        raise Refused("not_checked", _("请当面看过证件，选看的是哪一种。"), field="check")
    if subject is None and not (name.strip() and phone.strip()):
        raise Refused("no_subject", _("请写姓名和电话，办理的消息要能告诉本人。"), field="name")
    if agent_name and photo is None:
        raise Refused("no_mandate", _("别人来代办，要拍下签了字的委托书。"), field="photo")
    begun = perform(
        "gov.begin", person, item=item, subject=subject, contact=None if subject else (name, phone), mandate=mandate,
        channel=_AS_GOV_SAYS.get(channel, channel), once=f"window.{once}", area=area)
    row = Help(
        area=area, ticket=ticket, actor=person, subject=subject, name=name, phone=phone, is_agent=bool(agent_name),
        agent_name=agent_name, mandate=mandate, photo=photo.pk if photo else None, channel=channel, check_kind=check,
        checked_by=person, checked_at=now(), item=item, title=title[:120], application=int(begun["application"]),
        pages=[[one["page"], str(one["title"])] for one in begun.get("pages", ())], once=once)
    row.save(force_insert=True)
    if photo is not None:
        attach(person, [photo], row)
    audit.record(person, "window.help", row, acting_for=subject, item=item, check=check, channel=channel,
                 agent=bool(agent_name))
    return row


def page(person: Person, row: Help, key: str) -> Mapping[str, Any]:
    """One page of the form: `dict(title, fields, seen)`, asked of gov. Raises `Denied`, `Refused`."""
    permit(person, "window.help", row)
    found: Mapping[str, Any] = perform("gov.page", person, application=row.application, page=key)
    return found


def save_page(person: Person, row: Help, key: str, values: Mapping[str, Any], *, seen: Any) -> Mapping[str, Any]:
    """`dict(errors, next, seen)`. Raises `Denied`, `Refused`."""
    permit(person, "window.help", row)
    told: Mapping[str, Any] = perform(
        "gov.save_page", person, application=row.application, page=key, values=values, seen=seen)
    return told


def bring(person: Person, row: Help, material: str, file: UploadedFile) -> None:
    """A paper of the person, photographed at the window. Raises `Denied`, `Refused`."""
    permit(person, "window.help", row)
    perform("gov.attach", person, application=row.application, material=material, file=file)
    audit.record(person, "window.bring", row, material=material)


def papers(person: Person, row: Help) -> list[Mapping[str, Any]]:
    """What is to be brought, and what is there."""
    permit(person, "window.help", row)
    return list(perform("gov.papers", person, application=row.application))


def hand_in(person: Person, row: Help, *, signed_name: str) -> Help:
    """Hand it in; pressed ten times it is one number. The subject is told, with a way to object.

    Raises `Denied`, and what gov.hand_in raises.
    """
    permit(person, "window.help", row)
    return _handed_in(person, row, signed_name)


@atomic
def _handed_in(person: Person, row: Help, signed_name: str) -> Help:
    told = perform("gov.hand_in", person, application=row.application, signed_name=signed_name)
    mine: Help = Help.objects.select_for_update(of=("self",)).select_related("area", "actor", "subject").get(pk=row.pk)
    if mine.number:
        return mine
    due = told.get("due_at")
    mine.number, mine.handed_in_at = str(told["number"]), now()
    mine.due_at = datetime.fromisoformat(due) if isinstance(due, str) and due else due or None
    mine.missing = [str(one.get("name", "")) if isinstance(one, Mapping) else str(one)
                    for one in told.get("missing", [])]
    mine.save(update_fields=["number", "handed_in_at", "due_at", "missing"])
    audit.record(person, "window.hand_in", mine, acting_for=mine.subject, number=mine.number)
    emit("window.handed_in", help=mine.pk)
    start_retention(mine, "window.help")
    if mine.is_agent:
        start_retention(mine, "window.mandate")
    if mine.subject is not None:
        tell(mine.subject, gettext_lazy("社区在窗口替您交了一件事，单号 %(number)s。不是您要办的，打开就能提出异议。"),
             about=mine, key=f"window.handed_in.{mine.pk}", url=f"/window/helped/{mine.token}/",
             values={"number": mine.number})
    return mine


@atomic
def object_to(row: Help, words: str) -> Help:
    """Whoever holds the slip, or the subject by the notice, objects. Twice is once; the first words stay."""
    mine: Help = Help.objects.select_for_update(of=("self",)).select_related("area").get(pk=row.pk)
    if not words.strip():
        raise Refused("no_words", _("请写哪里不对。"), field="words")
    if mine.objected_at is None:
        mine.objected_at, mine.objection = now(), words.strip()[:500]
        mine.save(update_fields=["objected_at", "objection"])
        audit.record(None, "window.object", mine)
        emit("window.objected", help=mine.pk)
    return mine


@atomic
def answer(person: Person, row: Help, words: str) -> Help:
    """Answer an objection: never by who filed it. Raises `Denied`, `Refused("own_help" | "no_objection")`."""
    permit(person, "window.help", row)
    mine: Help = Help.objects.select_for_update(of=("self",)).select_related("area", "subject").get(pk=row.pk)
    if mine.objected_at is None:
        raise Refused("no_objection", _("这件事没有人提出异议。"))
    if mine.actor_id == person.pk:
        raise Refused("own_help", _("谁帮办的谁不能答复，请同事来答复。"))
    if mine.answered_at is None:
        mine.answered_at, mine.answered_by, mine.answer = now(), person, words.strip()[:500]
        mine.save(update_fields=["answered_at", "answered_by", "answer"])
        audit.record(person, "window.answer", mine)
        if mine.subject is not None:
            tell(mine.subject, gettext_lazy("您的异议有答复了，单号 %(number)s。"), about=mine,
                 key=f"window.answered.{mine.pk}", url=f"/window/helped/{mine.token}/", values={"number": mine.number})
    return mine
