"""The verbs of the wallet: add a paper, show it to a window, check the original, use it in a matter, take it out."""

from __future__ import annotations

import base64
import secrets
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from django.db import IntegrityError
from django.db.transaction import atomic
from django.utils.translation import gettext as _

from linli.foundation import audit
from linli.foundation.calendar.clock import now, today
from linli.foundation.files import accept, keep
from linli.foundation.files.actions import forget
from linli.foundation.files.jobs import scan as scan_now
from linli.foundation.files.models import Scan
from linli.foundation.people import limits
from linli.foundation.people.models import Person
from linli.foundation.people.permit import may, permit
from linli.foundation.people.queries import mandate_for
from linli.foundation.policy import policy
from linli.foundation.privacy.actions import give_consent
from linli.foundation.privacy.consents import has_consent
from linli.foundation.privacy.crypto import blind
from linli.foundation.privacy.models import Channel
from linli.foundation.privacy.retention import start_retention
from linli.foundation.web import Denied, Refused
from linli.services.gov.models.wallet import Paper, PaperScan, PaperUse, Showing, Source, UseKind

if TYPE_CHECKING:
    from django.core.files import File

PURPOSE = "gov.wallet"
accept(PURPOSE, "photo", "document")
LOOK_S = 600  # how long a window may look at what was shown to it
_PDF = "application/pdf"
_USABLE = frozenset({"draft", "submitted", "correcting", "accepted"})


def add_paper(person: Person, owner: Person, *, licence: str, number: str = "", valid_until: date | None = None,
              file: File[Any] | None = None, agreed: bool = False, name: str = "", once: str = "") -> Paper:
    """Put a paper into the owner's wallet; nobody has checked it yet. By the owner, or with a mandate for this room.

    Raises `Denied`, `Refused`: consent_missing, no_such_licence, over, too_many, no_file, too_big, and as `files.keep`.
    """
    if mandate_for(person, owner, "gov") is None:
        permit(person, "gov.hold_paper", owner)
    title = _title(licence, name)
    _refuse_over(valid_until)
    if file is None:
        raise Refused("no_file", _("请拍一张照片，或者选一个 PDF。"), field="file")
    if not agreed and not has_consent(owner, PURPOSE):
        raise Refused("consent_missing", _("要先同意把这张证加密存着，才能放进来。"), field="agreed")
    content, media_type = _checked(person, file)
    with atomic():
        if agreed:
            give_consent(person, PURPOSE, person=owner)
        earlier = Paper.objects.filter(added_by=person, once=once).first() if once else None
        if earlier is not None:
            return earlier
        _refuse_hoard(owner)
        paper = Paper(owner=owner, licence=licence, name=title, number=number.strip()[:60], source=Source.OWN,
                      valid_until=valid_until, added_by=person, once=once)
        if not _saved(paper):
            return Paper.objects.get(added_by=person, once=once)
        _keep_scan(paper, content, media_type)
        audit.record(person, "gov.hold_paper", paper, acting_for=owner if owner.pk != person.pk else None,
                     licence=licence, source=str(Source.OWN))
    return paper


def keep_verified(staff: Person, owner: Person, *, licence: str, file: File[Any] | None = None,
                  valid_until: date | None = None, name: str = "", number: str = "", once: str = "") -> Paper:
    """Staff saw the original of somebody at their window, who agreed there, and put it into the wallet.

    Raises as `add_paper`, and `Refused("own_paper")`.
    """
    permit(staff, "gov.verify_paper", owner)
    if staff.pk == owner.pk:
        raise Refused("own_paper", _("自己的证要请同事核对。"))
    title = _title(licence, name)
    _refuse_over(valid_until)
    scanned = _checked(staff, file) if file is not None else None
    with atomic():
        earlier = Paper.objects.filter(added_by=staff, once=once).first() if once else None
        if earlier is not None:
            return earlier
        give_consent(staff, PURPOSE, person=owner, channel=Channel.WINDOW)
        _refuse_hoard(owner)
        paper = Paper(owner=owner, licence=licence, name=title, number=number.strip()[:60], source=Source.VERIFIED,
                      valid_until=valid_until, added_by=staff, verified_by=staff, verified_at=now(), once=once)
        if not _saved(paper):
            return Paper.objects.get(added_by=staff, once=once)
        if scanned is not None:
            _keep_scan(paper, *scanned)
        PaperUse.objects.create(paper=paper, kind=UseKind.VERIFIED, title=title, by=staff)
        audit.record(staff, "gov.verify_paper", paper, licence=licence)
    return paper


@atomic
def keep_issued(owner: Person | None, *, licence: str, result: Any) -> Paper | None:
    """What was just granted, put into its holder's wallet; once a result. None for a holder without an account."""
    if owner is None or not licence:
        return None
    earlier = Paper.objects.filter(result=result.pk).first()
    if earlier is not None:
        return earlier
    paper: Paper = Paper.objects.create(
        owner=owner, licence=licence, name=result.name[:120], number=result.number, source=Source.ISSUED,
        valid_from=result.valid_from, valid_until=result.valid_until, result=result.pk, added_by=owner)
    audit.record(None, "gov.keep_issued", paper, licence=licence, result=str(result.pk))
    return paper


@atomic
def revoke_issued(result: Any) -> None:
    """The result does not hold any more, nor does the paper it is."""
    if Paper.objects.filter(result=result.pk, revoked_at=None).update(revoked_at=now()):
        audit.record(None, "gov.revoke_paper", Paper.objects.get(result=result.pk), result=str(result.pk))


@atomic
def show(person: Person, paper: Paper) -> str:
    """A new code of eight digits by which one window may look at `paper` once, for some minutes. Former codes end.

    Raises `Denied`, `Refused("paper_over")`.
    """
    permit(person, "gov.show_paper", paper)
    _refuse_dead(paper)
    moment = now()
    paper.showings.filter(opened_at=None, until__gt=moment).update(until=moment)
    until = moment + timedelta(minutes=int(policy("gov.wallet_code_minutes")))
    for _try in range(5):
        code = f"{secrets.randbelow(10**8):08d}"
        try:
            with atomic():
                Showing.objects.create(paper=paper, code_hash=hashed(code), made_by=person, until=until)
        except IntegrityError:
            continue
        audit.record(person, "gov.show_paper", paper)
        return code
    raise AssertionError("five codes were taken already")


def hashed(code: str) -> str:
    return blind(code, "gov.showing|code")


def open_shown(staff: Person, code: str) -> Showing:
    """The paper of that code, at a window. Once; the owner reads later who looked.

    One sentence for a wrong, used, late code and for somebody of another place: a guesser learns nothing.
    Raises `Denied`, `Refused`: code_unknown, too_many_tries.
    """
    permit(staff, "gov.see_shown")
    tries = int(policy("gov.wallet_code_tries_per_hour"))
    if not limits.count("gov.showing", str(staff.pk), tries, timedelta(hours=1)):
        raise Refused("too_many_tries", _("试得太多了，请过一会儿再输。"), field="code")
    return _opened(staff, code)


@atomic
def _opened(staff: Person, code: str) -> Showing:
    plain = "".join(code.split())
    row = Showing.objects.select_for_update().filter(code_hash=hashed(plain)).first()
    if row is None or row.opened_at is not None or row.until <= now() or not row.paper.is_good or not may(
            staff, "gov.see_shown", row.paper):
        raise Refused("code_unknown", _("没有这个码，或者它已经过期。请对方再点一次「出示」。"), field="code")
    row.opened_by, row.opened_at = staff, now()
    row.save(update_fields=["opened_by", "opened_at"])
    PaperUse.objects.create(paper=row.paper, kind=UseKind.WINDOW, title=row.paper.name, by=staff)
    audit.record(staff, "gov.see_shown", row.paper)
    return row


@atomic
def verify(staff: Person, showing: Showing, *, number: str = "", valid_until: date | None = None) -> Paper:
    """The original lay on the counter and agrees with what is shown. `number`, `valid_until` mend what was written.

    Twice does it once. Raises `Denied`, `Refused`: own_paper, shown_over, over.
    """
    row = Showing.objects.select_related("paper__owner").get(pk=showing.pk)
    paper = Paper.objects.select_for_update(of=("self",)).select_related("owner").get(pk=row.paper_id)
    permit(staff, "gov.verify_paper", paper)
    if row.opened_by_id != staff.pk:
        raise Denied("gov.verify_paper")
    if staff.pk in (paper.owner_id, row.made_by_id):
        raise Refused("own_paper", _("自己的证要请同事核对。"))
    if not is_open(row) or not paper.is_good:
        raise Refused("shown_over", _("出示的时间过了。请对方再点一次「出示」。"))
    if paper.source != Source.OWN:
        return paper
    _refuse_over(valid_until)
    paper.source, paper.verified_by, paper.verified_at = Source.VERIFIED, staff, now()
    paper.number = number.strip()[:60] or paper.number
    paper.valid_until = valid_until or paper.valid_until
    paper.save(update_fields=["source", "verified_by", "verified_at", "number", "valid_until"])
    PaperUse.objects.create(paper=paper, kind=UseKind.VERIFIED, title=paper.name, by=staff)
    audit.record(staff, "gov.verify_paper", paper, licence=paper.licence)
    return paper


def is_open(showing: Showing) -> bool:
    """May the window that opened it still look?"""
    return showing.opened_at is not None and now() < showing.opened_at + timedelta(seconds=LOOK_S)


@atomic
def use(person: Person, application: Any, material: str, paper: Paper) -> PaperUse:
    """The tap: bring `paper` for a material of `application`. Another paper for the same material replaces the former.

    Raises `Denied`, `Refused`: paper_over, matter_over, no_such_material.
    """
    permit(person, "gov.use_paper", paper)
    _refuse_dead(paper)
    if paper.owner_id not in (application.subject_id, application.actor_id):
        raise Denied("gov.use_paper")
    if application.state not in _USABLE:
        raise Refused("matter_over", _("这件事已经办完，不能再加材料。"))
    if material not in {row["key"] for row in application.version.body["local"].get("materials", ())}:
        raise Refused("no_such_material", _("这件事不要这样材料。请刷新后再看。"))
    row = PaperUse.objects.select_for_update().filter(
        kind=UseKind.MATTER, application=application.pk, material=material).first()
    if row is not None and row.paper_id == paper.pk:
        return row
    row = row or PaperUse(kind=UseKind.MATTER, application=application.pk, material=material)
    row.paper, row.by, row.at = paper, person, now()
    row.title = str(application.version.body["base"]["name"])[:200]
    row.save()
    audit.record(person, "gov.use_paper", paper, acting_for=paper.owner if paper.owner_id != person.pk else None,
                 application=str(application.pk), material=material)
    return row


@atomic
def drop(person: Person, paper: Paper) -> None:
    """Out of the wallet. What went into a matter stays with it, and goes when its term ends. Raises `Denied`."""
    permit(person, "gov.drop_paper", paper)
    audit.record(person, "gov.drop_paper", paper, licence=paper.licence)
    take_out(paper)


def take_out(paper: Paper) -> bool:
    """Delete the paper; or, where a matter rests on it, hide it until that matter's term ends. True: deleted."""
    if not paper.uses.filter(kind=UseKind.MATTER).exists():
        paper.delete()
        return True
    paper.showings.all().delete()
    Paper.objects.filter(pk=paper.pk, dropped_at=None).update(dropped_at=now())
    start_retention(paper, "gov.application")
    return False


def _title(licence: str, name: str) -> str:
    from linli.services.gov import wallet

    if licence not in wallet.kinds():
        raise Refused("no_such_licence", _("请选是哪种证。"), field="licence")
    return name.strip()[:120] or wallet.kinds()[licence]["zh"]


def _refuse_over(valid_until: date | None) -> None:
    if valid_until is not None and valid_until < today():
        raise Refused("over", _("这张证已经过期。请先换新的，再放进来。"), field="valid_until")


def _refuse_dead(paper: Paper) -> None:
    if not paper.is_good:
        raise Refused("paper_over", _("这张证过期或者作废了，不能再用。请换新的。"))


def _refuse_hoard(owner: Person) -> None:
    Person.objects.select_for_update().get(pk=owner.pk)
    if Paper.objects.filter(owner=owner, dropped_at=None).count() >= int(policy("gov.wallet_papers_most")):
        raise Refused("too_many", _("放得太多了。先拿出几张不用的，再放新的。"), field="file")


def _saved(paper: Paper) -> bool:
    try:
        with atomic():
            paper.save(force_insert=True)
    except IntegrityError:
        if not paper.once:
            raise
        return False
    return True


def _checked(person: Person, upload: File[Any]) -> tuple[bytes, str]:
    """The redrawn photo or the PDF. It goes through the files room's checks and then leaves its plain folder:
    papers lie sealed. Raises `Refused`."""
    stored = keep(person, upload, purpose=PURPOSE)
    try:
        if stored.scan == Scan.PENDING:
            scan_now(file=stored.pk)
            stored.refresh_from_db()
        if stored.scan == Scan.INFECTED:
            raise Refused("infected", _("这个文件带有病毒，没有收下。请换一份再传。"), field="file")
        if not stored.is_photo and stored.media_type != _PDF:
            raise Refused("not_accepted", _("这里只收照片和 PDF。请拍一张照片。"), field="file")
        content = stored.path.read_bytes()
    finally:
        with atomic():
            forget(stored)
    if len(content) > int(policy("gov.wallet_scan_bytes")):
        raise Refused("too_big", _("这份扫描件太大了。请拍成照片再传。"), field="file")
    return content, stored.media_type


def _keep_scan(paper: Paper, content: bytes, media_type: str) -> None:
    PaperScan.objects.create(
        paper=paper, content=base64.b64encode(content).decode(), media_type=media_type, size=len(content))
