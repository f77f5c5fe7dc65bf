"""The verbs of the notice board: draft, revise, submit, send back, approve, withdraw, mark read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from unicodedata import category

from django.db.transaction import atomic
from django.utils.translation import gettext_lazy as _

from linli.foundation import audit
from linli.foundation.areas.models import Area, Building, Compound
from linli.foundation.calendar.clock import now
from linli.foundation.events import emit
from linli.foundation.files import attach
from linli.foundation.people.permit import permit
from linli.foundation.policy import policy
from linli.foundation.web import Refused
from linli.services.bulletin.models import BODY_MAX, Announcement, Read, State, Target, Version

if TYPE_CHECKING:
    from linli.foundation.files import StoredFile
    from linli.foundation.people.models import Organisation, Person

Place = Area | Compound | Building


@dataclass(frozen=True)
class Text:
    """What is written. `places` empty: everybody of the area (a property company: of its compounds)."""

    title: str
    body: str
    kind: str = "other"
    places: Sequence[Place] = ()
    age_from: int | None = None
    age_to: int | None = None
    age_basis: str = ""
    publish_at: datetime | None = None
    expires_at: datetime | None = None
    is_pinned: bool = False
    is_urgent: bool = False
    is_public: bool = True


@atomic
def draft(person: Person, area: Area, text: Text, *, organisation: Organisation | None = None,
          files: Sequence[StoredFile | int] = ()) -> Announcement:
    """Begin an announcement of `area`, or of a property company (`organisation`) to its own compounds.

    Raises `Denied`, `Refused`: empty_title, empty_body, too_long, not_your_compound, outside, no_basis, bad_ages,
    expires_too_early, expires_too_late, file_gone.
    """
    permit(person, "bulletin.write", organisation or area)
    announcement = Announcement(area=area, organisation=organisation, author=person)
    places = _set(announcement, text)
    announcement.save(force_insert=True)
    _aim(announcement, places)
    _remember(person, announcement, 1)
    attach(person, files, announcement)
    audit.record(person, "bulletin.draft", announcement, kind=announcement.kind)
    return announcement


@atomic
def revise(person: Person, announcement: Announcement, text: Text, *,
           files: Sequence[StoredFile | int] = ()) -> Announcement:
    """Change the words. A draft changes at once; a submitted one becomes a draft again; the change of a published
    one waits as the next version while the old words stay up, and only its title and body can change.

    Raises as `draft`, or `Refused`: withdrawn, unchanged, no_new_files (they would be seen before they are approved).
    """
    permit(person, "bulletin.write", announcement)
    row = _locked(announcement)
    if row.state == State.WITHDRAWN or row.is_expired():
        raise Refused("withdrawn", _("这条公告已经撤下，不能再改。请另写一条。"))
    if row.state == State.PUBLISHED:
        if files:
            raise Refused("no_new_files", _("已经发布的公告不能加附件。请撤回后另写一条。"))
        title, body = _words(text)
        if (title, body) == (row.title, row.body):
            raise Refused("unchanged", _("文字没有变化。要改发给谁或者时间，请撤回后另写一条。"), field="body")
        _remember(person, row, _last_number(row) + 1, title=title, body=body)
    else:
        places = _set(row, text)
        row.state, row.version = State.DRAFT, _last_number(row) + 1
        row.save()
        row.targets.all().delete()
        _aim(row, places)
        _remember(person, row, row.version)
    attach(person, files, row)
    audit.record(person, "bulletin.revise", row, was=row.state)
    return row


@atomic
def submit(person: Person, announcement: Announcement) -> Announcement:
    """Ask another person to look at it. Raises `Denied`, `Refused`: not_draft, expires_too_early."""
    permit(person, "bulletin.write", announcement)
    row = _locked(announcement)
    if row.state != State.DRAFT:
        raise Refused("not_draft", _("这条公告已经交上去了，请刷新看看。"))
    if row.expires_at <= max(now(), row.publish_at or now()):
        raise Refused("expires_too_early", _("过期时间已经到了，请先改到以后。"), field="expires_at")
    row.state, row.submitted_by, row.note = State.SUBMITTED, person, ""
    row.save(update_fields=["state", "submitted_by", "note"])
    audit.record(person, "bulletin.submit", row)
    emit("bulletin.submitted", announcement=row.pk)
    return row


@atomic
def send_back(person: Person, announcement: Announcement, *, note: str) -> Announcement:
    """Give it back to who wrote it, saying what to change; a waiting change of a published one is turned down.

    Raises `Denied`, `Refused`: no_note, nothing_waits.
    """
    permit(person, "bulletin.approve", announcement)
    row, waiting = _locked(announcement), _waiting_version(announcement)
    if len(note.strip()) < 2:
        raise Refused("no_note", _("请写一句要改什么，写的人才知道怎么改。"), field="note")
    if row.state == State.PUBLISHED and waiting:
        waiting.refused = True
        waiting.save(update_fields=["refused"])
    elif row.state == State.SUBMITTED:
        row.state = State.DRAFT
    else:
        raise Refused("nothing_waits", _("这条公告没有等审核的内容，请刷新看看。"))
    row.note = note.strip()[:200]
    row.save(update_fields=["state", "note"])
    audit.record(person, "bulletin.send_back", row)
    emit("bulletin.sent_back", announcement=row.pk)
    return row


@atomic
def approve(person: Person, announcement: Announcement, *, version: int) -> Announcement:
    """Publish what was submitted, or put up the waiting change: by somebody else than who wrote or submitted it.

    `version` is the one that was read before approving. Raises `Denied`, `Refused`: own_text, nothing_waits,
    changed_meanwhile, expires_too_early, too_many_pinned.
    """
    permit(person, "bulletin.approve", announcement)
    row, waiting = _locked(announcement), _waiting_version(announcement)
    if waiting is None or row.state not in {State.SUBMITTED, State.PUBLISHED}:
        raise Refused("nothing_waits", _("这条公告没有等审核的内容，请刷新看看。"))
    if waiting.number != version:
        raise Refused("changed_meanwhile", _("您看的时候文字又改了。请再看一遍新的，再发布。"))
    if person.pk in {waiting.written_by_id, row.submitted_by_id if row.state == State.SUBMITTED else None}:
        raise Refused("own_text", _("自己写的要请另一位同事审核。"))
    moment = now()
    if row.expires_at <= max(moment, row.publish_at or moment):
        raise Refused("expires_too_early", _("过期时间已经到了，请先退回去改时间。"))
    is_first = row.state == State.SUBMITTED
    if is_first and row.is_pinned:
        _refuse_crowded_top(row)
    waiting.approved_by, waiting.approved_at = person, moment
    waiting.save(update_fields=["approved_by", "approved_at"])
    row.title, row.body, row.version = waiting.title, waiting.body, waiting.number
    row.decided_by, row.note = person, ""
    if is_first:
        row.state, row.published_at, row.shown_from = State.PUBLISHED, moment, max(moment, row.publish_at or moment)
    elif row.submitted_by_id == person.pk:
        row.submitted_by = waiting.written_by  # who asked for this change; never who approves it
    row.save()
    audit.record(person, "bulletin.approve", row, version=row.version)
    emit("bulletin.published" if is_first else "bulletin.changed", announcement=row.pk)
    return row


@atomic
def withdraw(person: Person, announcement: Announcement, *, reason: str) -> Announcement:
    """Take it off the board; whoever opens its address reads why.

    Raises `Denied`, `Refused`: no_reason, not_published.
    """
    permit(person, "bulletin.withdraw", announcement)
    row = _locked(announcement)
    if len(reason.strip()) < 2:
        raise Refused("no_reason", _("请写一句为什么撤回，看过的人会看到。"), field="reason")
    if row.state != State.PUBLISHED:
        raise Refused("not_published", _("这条公告没有发布，不用撤回。"))
    row.state, row.note = State.WITHDRAWN, reason.strip()[:200]
    row.save(update_fields=["state", "note"])
    audit.record(person, "bulletin.withdraw", row)
    emit("bulletin.withdrawn", announcement=row.pk)
    return row


def mark_read(person: Person, announcement: Announcement) -> None:
    """Count `person` among the readers, once. Raises `Denied`. Not audited: only the sum is of use to anybody."""
    permit(person, "bulletin.read", announcement)
    if not Read.objects.filter(announcement=announcement, person=person).exists():
        Read.objects.bulk_create([Read(announcement=announcement, person=person)], ignore_conflicts=True)


def _words(text: Text) -> tuple[str, str]:
    title, body = _writing(" ".join(text.title.split())), _writing(text.body.replace("\r\n", "\n")).strip()
    if not title:
        raise Refused("empty_title", _("请写标题。"), field="title")
    if not body:
        raise Refused("empty_body", _("请写正文：什么事、什么时候、要大家做什么。"), field="body")
    if len(title) > 60:
        raise Refused("too_long", _("标题最多 60 个字，请写短一点。"), field="title")
    if len(body) > BODY_MAX:
        raise Refused("too_long", _("正文最多 10000 个字，长的内容请放进附件。"), field="body")
    return title, body


def _writing(words: str) -> str:
    """Without control signs: an Atom feed and a sheet cannot hold them, and nobody typed them on purpose."""
    return "".join(sign for sign in words if sign in "\n\t" or category(sign) != "Cc")


def _set(row: Announcement, text: Text) -> list[Place]:
    """Put `text` into `row`, checked. Returns the places it is aimed at."""
    row.title, row.body = _words(text)
    row.kind, row.is_pinned, row.is_urgent, row.is_public = text.kind, text.is_pinned, text.is_urgent, text.is_public
    row.age_from, row.age_to, row.age_basis = text.age_from, text.age_to, text.age_basis.strip()
    if row.age_from is not None and row.age_to is not None and row.age_to < row.age_from:
        raise Refused("bad_ages", _("年龄的上限比下限小，请改一下。"), field="age_to")
    if row.ages and len(row.age_basis) < 4:
        raise Refused(
            "no_basis", _("按年龄发要写依据，例如政策文件的名称。不按年龄发就把年龄留空。"), field="age_basis")
    begins = max(now(), text.publish_at or now())
    row.publish_at = text.publish_at
    row.expires_at = text.expires_at or begins + timedelta(days=policy("bulletin.default_days"))
    if row.expires_at <= begins:
        raise Refused("expires_too_early", _("过期时间要在发布以后。"), field="expires_at")
    if row.expires_at > begins + timedelta(days=policy("bulletin.most_days")):
        raise Refused("expires_too_late", _("最长一年，到时候请重新写、重新审。"), field="expires_at")
    places = _within(row, list(text.places))
    row.is_for_all = not places
    return places


def _within(row: Announcement, places: list[Place]) -> list[Place]:
    """The places, all of them inside the board's area; a property company's are its own compounds and no other."""
    for place in places:
        if not place.area_code.startswith(row.area_code):
            raise Refused("outside", _("选的地方不在您这里，请重新选。"), field="places")
    if row.organisation is None:
        return places
    theirs = Compound.objects.filter(property_company=row.organisation, area=row.area)
    own = {compound.pk: compound for compound in theirs}
    if not own:
        raise Refused("not_your_compound", _("您的公司在这个社区没有小区，发不了公告。"), field="places")
    for place in places:
        compound = place.compound_id if isinstance(place, Building) else place.pk
        if isinstance(place, Area) or compound not in own:
            raise Refused("not_your_compound", _("物业只能发给自己管的小区，请重新选。"), field="places")
    return places or list(own.values())


def _aim(row: Announcement, places: Sequence[Place]) -> None:
    kinds = {Area: "area", Compound: "compound", Building: "building"}
    Target.objects.bulk_create(Target(announcement=row, **{kinds[type(place)]: place}) for place in places)


def _remember(person: Person, row: Announcement, number: int, *, title: str = "", body: str = "") -> None:
    """The next version; one that still waited is overtaken by it."""
    row.versions.filter(approved_by=None, refused=False).update(refused=True)
    Version.objects.create(
        announcement=row, number=number, title=title or row.title, body=body or row.body, written_by=person)


def _last_number(row: Announcement) -> int:
    return int(row.versions.order_by("-number").values_list("number", flat=True)[0])


def _waiting_version(row: Announcement) -> Version | None:
    found: Version | None = Version.objects.filter(announcement=row, approved_by=None, refused=False).first()
    return found


def _refuse_crowded_top(row: Announcement) -> None:
    pinned = Announcement.objects.filter(
        area=row.area, state=State.PUBLISHED, is_pinned=True, expires_at__gt=now()).exclude(pk=row.pk).count()
    if pinned >= policy("bulletin.most_pinned"):
        raise Refused(
            "too_many_pinned", _("已经置顶了 %(most)s 条。请先撤下一条，或者退回去取消置顶。") % {"most": pinned})


def _locked(announcement: Announcement) -> Announcement:
    row: Announcement = Announcement.objects.select_for_update(of=("self",)).select_related(
        "area", "organisation").get(pk=announcement.pk)
    return row
