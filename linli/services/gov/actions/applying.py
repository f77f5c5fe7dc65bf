"""What who applies does: begin, fill in, bring papers, hand in, mend what is missing, take back.

Who it is for (`subject`, or a contact without an account), who does it (`person`), by what right (`mandate`) and how
(`channel`) stand apart from the first moment (services.md, "Acting for another").
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db import IntegrityError
from django.db.transaction import atomic
from django.urls import reverse
from django.utils.translation import gettext as _, gettext_lazy as lazy

from linli.foundation import audit
from linli.foundation.areas.models import Area
from linli.foundation.calendar.clock import now
from linli.foundation.events import emit
from linli.foundation.files import StoredFile, attach
from linli.foundation.notices import tell
from linli.foundation.people.models import Mandate, Person
from linli.foundation.people.permit import may, permit
from linli.foundation.people.queries import mandate_for
from linli.foundation.web import Denied, Refused
from linli.mechanisms.cases import actions as cases
from linli.mechanisms.forms import actions as forms, versions
from linli.mechanisms.forms.models import FormVersion, Sheet, SheetState
from linli.services.gov import deadline, joined, letters, papers_needed as papers
from linli.services.gov.actions.moving import held, note, step
from linli.services.gov.actions.sending import queue
from linli.services.gov.models import (
    Application,
    ApplicationState,
    Brought,
    BundleVersion,
    Channel,
    Correction,
    Filing,
    Publication,
    PublicState,
    Way,
)
from linli.services.gov.procedure import Event, Kind
from linli.services.gov.queries import items

ROOM = "gov"
AT_COUNTER = frozenset({Channel.WINDOW, Channel.PHONE, Channel.HOME_VISIT, Channel.KIOSK})
Thing = Application | Filing


@atomic
def begin(person: Person, *, item: str, area: Area | None = None, subject: Person | None = None,
          contact: tuple[str, str] | None = None, mandate: Mandate | None = None, channel: str = Channel.APP,
          once: str = "") -> Thing:
    """Begin an item or a bundle (`item`: its slug), or go on with the draft begun before, on another device too.

    `area`: the community where it is handled; left out, that of who it is for. Raises `Denied`; `Refused`: off,
    not_online, no_contact, no_community.
    """
    slug = item
    area = area or (subject or person).community
    if area is None:
        raise Refused("no_community", _("请先在「我的」里选您的社区。"))
    permit(person, "gov.apply", area)
    for_nobody = subject is None and contact is not None
    whose = None if for_nobody else subject or person
    mandate = _right(person, whose, area, channel, mandate, for_nobody=for_nobody)
    earlier = _begun(person, area, slug, whose, once, for_nobody=for_nobody)
    if earlier is not None:
        return earlier
    name, phone = contact if contact is not None and for_nobody else ("", "")
    if for_nobody and not (name.strip() and phone.strip()):
        raise Refused("no_contact", _("请写对方的姓名和电话，办得怎么样要告诉他。"), field="contact")
    filed: dict[str, Any] = {
        "area": area, "subject": whose, "actor": person, "mandate": mandate, "channel": channel,
        "contact_name": name.strip()[:60], "contact_phone": phone.strip()[:20], "once": once[:60]}
    bundle = items.current_bundle(slug)
    try:
        with atomic():
            thing: Thing = _filing(bundle, area, channel, filed) if bundle else _application(slug, area, channel, filed)
    except IntegrityError:  # two taps at once: the first one's draft is the answer to both
        again = _begun(person, area, slug, whose, once, for_nobody=for_nobody)
        if again is None:
            raise
        return again
    audit.record(person, "gov.begin", thing, acting_for=whose if whose != person else None, item=slug, channel=channel)
    return thing


def _right(person: Person, whose: Person | None, area: Area, channel: str, mandate: Mandate | None, *,
           for_nobody: bool) -> Mandate | None:
    """By what right: one's own matter, a mandate, or the counter at which the person stands. Raises `Denied`."""
    if whose is not None and whose.pk == person.pk:
        if channel in AT_COUNTER - {Channel.KIOSK}:
            raise Denied("gov.apply", visible=True)  # who files at a counter for themselves handles their own matter
        return None
    found = mandate_for(person, whose, ROOM) if whose is not None else None
    if found is not None:
        return found
    if channel in AT_COUNTER and may(person, "gov.receive", area):
        return mandate
    raise Denied("gov.apply", visible=True) if for_nobody else Denied("gov.apply")


def _begun(person: Person, area: Area, slug: str, whose: Person | None, once: str, *, for_nobody: bool) -> Thing | None:
    """This very submission, or the person's own draft of the same."""
    if once:
        for model in (Application, Filing):
            found: Thing | None = model.objects.filter(actor=person, once=once).first()
            if found is not None:
                return found
    if for_nobody:
        return None
    filing = Filing.objects.filter(bundle__bundle__slug=slug, subject=whose, area=area, handed_in_at=None).first()
    if filing is not None:
        return filing
    draft: Application | None = Application.objects.filter(
        version__item__slug=slug, subject=whose, area=area, state=ApplicationState.DRAFT, filing=None).first()
    return draft


def applicable(slug: str, area: Area | None, channel: str) -> Publication:
    """What counts of an item there. Raises `Refused`: off, not_online (it is not offered that way, or has no form)."""
    row = items.published(slug, area)
    if row is None or row.state != PublicState.PUBLISHED:
        raise Refused("off", _("这件事现在不能在这里申请。去之前请先打电话问清楚。"))
    channels = row.version.body["local"].get("channels") or []
    wanted = "online" if channel == Channel.APP else channel
    if row.version.form_version is None or (wanted not in channels and wanted != Channel.PHONE):
        raise Refused("not_online", _("这件事不能这样申请，请看办事指南里写的办法。"))
    return row


def _application(slug: str, area: Area, channel: str, filed: dict[str, Any]) -> Application:
    row = applicable(slug, area, channel)
    made: Application = Application.objects.create(version=row.version, **filed)
    made.sheet = _sheet(made, FormVersion.objects.get(pk=row.version.form_version or 0))
    made.save(update_fields=["sheet"])
    return made


def _filing(bundle: BundleVersion, area: Area, channel: str, filed: dict[str, Any]) -> Filing:
    made: Filing = Filing.objects.create(bundle=bundle, **filed)
    rows = [applicable(one["item"], area, channel).version for one in bundle.body["members"]]
    definition = joined.form(bundle, rows)
    version = versions.keep(definition.key, definition.source, room=ROOM, title=bundle.bundle.name)
    made.sheet = _sheet(made, version)
    made.save(update_fields=["sheet"])
    shared = {**filed, "once": ""}
    for row in rows:
        Application.objects.create(version=row, filing=made, **shared)
    return made


def _sheet(thing: Thing, version: FormVersion) -> Sheet:
    return forms.start(thing.actor, version, about=thing, subject=thing.subject, for_nobody_here=thing.subject is None)


@atomic
def take_up(person: Person, thing: Thing) -> Thing:
    """Go on with a draft that somebody else of the family (or of the desk) began. Raises `Denied`."""
    permit(person, "gov.own", thing)
    if thing.sheet is not None and person.pk not in (thing.sheet.subject_id, thing.sheet.actor_id):
        forms.start(person, thing.sheet.version, about=_home(thing), subject=thing.subject)
    return thing


def _sheet_of(home: Thing, *, lock: bool = False) -> Sheet:
    """Its answers as they stand; every draft has a sheet from its first moment."""
    rows = Sheet.objects.select_for_update() if lock else Sheet.objects
    found: Sheet = rows.get(pk=home.sheet_id or 0)
    return found


def _home(thing: Thing) -> Thing:
    return thing.filing if isinstance(thing, Application) and thing.filing is not None else thing


@atomic
def bring(person: Person, application: Application, key: str, *, way: str, files: Sequence[StoredFile] = ()) -> Brought:
    """Say how one of the papers comes; with pictures where it is photographed. Again replaces what was said.

    Raises `Denied`; `Refused`: unknown, not_now, no_file, must_come.
    """
    row = held(application)
    if not (row.channel in AT_COUNTER and row.is_open and may(person, "gov.receive", row.area)):
        permit(person, "gov.own", row)
    needed = {one.key: one for one in papers.needed(row)}
    if key not in needed:
        raise Refused("unknown", _("这件事不要这份材料。"))
    asked = {one["key"] for one in row.correction.needs if one["kind"] == "material"} if _is_corrected(row) else set()
    if row.state not in ("draft", "waiting") and not (row.state == "correcting" and key in asked):
        raise Refused("not_now", _("材料已经交了。要改请给经办人留言，或者等补正通知。"))
    if way == Way.FILE and not files:
        raise Refused("no_file", _("请拍一张或选一个文件。"), field="file")
    if way not in needed[key].ways:
        raise Refused("must_come", _("这份材料不能这样交，请拍照或者带到窗口。"), field="way")
    found, _made = Brought.objects.update_or_create(
        application=row, key=key, defaults={"area": row.area, "way": way, "by": person, "at": now()})
    if files:
        attach(person, list(files), found)
    audit.record(person, "gov.bring", row, material=key, way=way)
    return found


def _is_corrected(row: Application) -> bool:
    return Correction.objects.filter(application=row).exists()


@atomic
def hand_in(person: Person, thing: Thing) -> list[Application]:
    """Hand in what is filled and signed: a number and a receipt at once, however often it is pressed.

    The sheet must have been submitted. Of a bundle the items that wait for none are handed in; the others follow by
    themselves. Of an application in correction it says that all is there. Raises `Denied`; `Refused`: not_signed.
    """
    permit(person, "gov.own", thing)
    home = _home(thing)
    sheet = _sheet_of(home, lock=True)
    if sheet.state != SheetState.SUBMITTED:
        raise Refused("not_signed", _("还没签名。请从核对页看一遍，签上名字再交。"))
    if isinstance(home, Filing):
        return _hand_in_filing(person, home)
    row = held(home)
    if row.state == ApplicationState.CORRECTING:
        return [answer_corrections(person, row)]
    if row.state == ApplicationState.DRAFT:
        row = receive(row, person)
    return [row]


def _hand_in_filing(person: Person, filing: Filing) -> list[Application]:
    filing = Filing.objects.select_for_update().get(pk=filing.pk)
    rows = list(filing.applications.select_related("version__item").order_by("pk"))
    correcting = [row for row in rows if row.state == ApplicationState.CORRECTING]
    for row in correcting:
        answer_corrections(person, row)
    if filing.handed_in_at is None:
        filing.handed_in_at = now()
        filing.save(update_fields=["handed_in_at"])
        audit.record(person, "gov.hand_in_bundle", filing, bundle=filing.bundle.bundle.slug)
        first = joined.ready(filing.bundle.body, set())
        for row in rows:
            if row.slug in first:
                receive(held(row), person)
            else:
                row.state = ApplicationState.WAITING
                row.save(update_fields=["state"])
    return list(filing.applications.select_related("version__item", "area").order_by("pk"))


def receive(row: Application, person: Person | None) -> Application:
    """Open the case of a draft that was handed in (or whose turn has come): number, RECEIVED, receipt, department.

    Called with the row held. The same clock starts whatever the channel.
    """
    case = cases.open_case(
        person, "application", row.area, system=True, category="", title=row.version.item.name, requester=row.subject,
        contact=(row.contact_name, row.contact_phone) if row.subject is None else None,
        agent=row.actor if row.subject_id not in (None, row.actor_id) else None, channel=row.channel,
        once=f"gov.{row.pk}")
    row.case, row.number = case, case.number
    row.state, row.handed_in_at = ApplicationState.SUBMITTED, now()
    steps = row.version.body["local"].get("steps") or ()
    row.step = str(steps[0]["key"]) if steps else ""
    row.save(update_fields=["case", "number", "state", "handed_in_at", "step"])
    note(row, person, Event(now(), Kind.RECEIVED, by=str(person.pk) if person else ""))
    deadline.refresh(row)
    late = [{"name": one, "lines": []} for one in papers.to_follow(row)]
    letters.write(row, "receipt", by=person, facts={"missing": late})
    queue(row, "handed_in")
    audit.record(person, "gov.hand_in", row, acting_for=row.subject if row.subject != person else None,
                 number=row.number, channel=row.channel)
    emit("gov.handed_in", application=row.pk)
    for one in {p.pk: p for p in (row.subject, row.actor) if p is not None and p != person}.values():
        for_them = one == row.subject and one != row.actor
        tell(one, lazy("替您办的一件事交上去了，单号 %(number)s。不是您的意思，请马上点「提出异议」。")
             if for_them else lazy("单号 %(number)s 交上去了。"), about=row, key=f"gov.handed_in.{row.pk}.{one.pk}",
             url=f"/gov/mine/{row.number}/", values={"number": row.number})
    return row


@atomic
def reopen(person: Person, application: Application) -> Application:
    """Open the answers again to mend what the correction notice asks for. Raises `Denied`; `Refused`: not_now."""
    row = held(application)
    permit(person, "gov.own", row)
    if row.state != ApplicationState.CORRECTING:
        raise Refused("not_now", _("现在没有要补的。"))
    home = _home(row)
    take_up(person, row)
    sheet = _sheet_of(home)
    if sheet.state == SheetState.SUBMITTED:
        forms.withdraw(person, sheet)
    return row


@atomic
def answer_corrections(person: Person, application: Application) -> Application:
    """Everything that was asked for is there; the five days begin anew. Twice is once.

    Raises `Denied`; `Refused`: still_missing, not_signed.
    """
    from linli.services.gov.actions.receiving import note_corrected

    row = held(application)
    permit(person, "gov.own", row)
    if row.state != ApplicationState.CORRECTING:
        return row
    asked = Correction.objects.get(application=row)
    there = dict(Brought.objects.filter(application=row).exclude(way=Way.LATER).values_list("key", "at"))
    missing = [one for one in asked.needs if one["kind"] == "material" and not (
        one["key"] in there and there[one["key"]] >= asked.asked_at) and one["key"] not in papers.from_wallet(row)]
    if missing:
        raise Refused("still_missing", _("还差：%(names)s。补上再交。") % {
            "names": "、".join(one["name"]["zh"] for one in missing)})
    sheet = _sheet_of(_home(row))
    if sheet.state != SheetState.SUBMITTED:
        raise Refused("not_signed", _("改过的内容还没签名。请从核对页看一遍，签上名字再交。"))
    step(row, person, "corrected", Event(now(), Kind.CORRECTIONS_RECEIVED, by=str(person.pk)), state="submitted")
    note_corrected(row, by=person)
    queue(row, "corrected")
    audit.record(person, "gov.correct", row, number=row.number)
    emit("gov.corrected", application=row.pk)
    return row


@atomic
def withdraw(person: Person, application: Application, *, reason: str = "") -> Application:
    """Take an application back before it is decided. It meets whoever handles it head-on: one of both comes first.

    Raises `Denied`; `Refused("moved_on")`.
    """
    row = held(application)
    permit(person, "gov.withdraw", row)
    if row.state == ApplicationState.WITHDRAWN:
        return row
    if row.state == ApplicationState.WAITING:
        row.state = ApplicationState.WITHDRAWN
        row.save(update_fields=["state"])
    elif row.state in ("submitted", "correcting", "accepted"):
        step(row, person, "withdraw", Event(now(), Kind.WITHDRAWN, by=str(person.pk)), state="withdrawn")
        letters.write(row, "withdrawn", by=person, facts={"reason": reason.strip()[:300]})
        queue(row, "withdrawn")
    else:
        raise Refused("moved_on", _("这件现在是「%(state)s」，不能撤回了。不同意结果，请看决定书里写的办法。") % {
            "state": row.get_state_display()})
    audit.record(person, "gov.withdraw", row, number=row.number)
    emit("gov.withdrawn", application=row.pk)
    return row


@atomic
def forget(person: Person, thing: Thing) -> None:
    """Throw a draft away with everything typed. Raises `Denied`; `Refused`: handed_in."""
    permit(person, "gov.own", thing)
    home = _home(thing)
    is_draft = home.handed_in_at is None
    if not is_draft:
        raise Refused("handed_in", _("已经交了。不办了请点「撤回」。"))
    sheet = home.sheet
    take_up(person, home)
    audit.record(person, "gov.forget", home)
    if isinstance(home, Filing):
        home.applications.all().delete()
    home.delete()
    if sheet is not None:
        forms.forget(person, Sheet.objects.get(pk=sheet.pk))


@atomic
def say(person: Person, application: Application, text: str) -> None:
    """A message between who applies and who handles it: the case's own. Raises `Denied`, `Refused`: no_text."""
    row = held(application)
    if not may(person, "gov.own", row) and not may(person, "gov.review", row):
        permit(person, "gov.own", row)
    assert row.case is not None, "handed in, so it has a case"
    cases.send_message(person, row.case, text, channel=row.channel)


def fill_url(thing: Thing) -> str:
    """Where filling goes on."""
    home = _home(thing)
    return reverse("gov:fill_filing" if isinstance(home, Filing) else "gov:fill", args=[home.pk])
