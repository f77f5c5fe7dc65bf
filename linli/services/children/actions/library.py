"""Verbs of the desk of the small library and of its readers: lend, take back, renew, hold."""

from __future__ import annotations

import secrets
from datetime import timedelta

from django.db import IntegrityError
from django.db.models import F
from django.db.transaction import atomic
from django.urls import reverse
from django.utils.translation import gettext as _, gettext_lazy

from linli.foundation import audit
from linli.foundation.areas.models import Area
from linli.foundation.calendar.clock import now, today
from linli.foundation.events import emit
from linli.foundation.notices import tell
from linli.foundation.people.models import Person
from linli.foundation.people.permit import permit
from linli.foundation.policy import policy
from linli.foundation.web import Denied, Refused
from linli.services.children.models import Copy, CopyState, Hold, HoldState, Loan, ReaderCard, Title
from linli.services.children.rules import may_renew

LIVE = (HoldState.WAITING, HoldState.READY)


@atomic
def card_of(person: Person, *, by: Person | None = None) -> ReaderCard:
    """The person's card: made when they ask for it, or when the desk (`by`) lends them the first book. Twice is once.

    Raises `Denied` for who lives in no community.
    """
    permit(person, "children.read", person)
    found = ReaderCard.objects.filter(person=person).first()
    if found is not None:
        return found
    for _try in range(20):
        try:
            with atomic():
                card = ReaderCard.objects.create(person=person, number=f"{secrets.randbelow(10**8):08d}")
        except IntegrityError:
            found = ReaderCard.objects.filter(person=person).first()
            if found is not None:
                return found
            continue
        audit.record(by or person, "children.make_card", card)
        return card
    raise AssertionError("no free card number")


@atomic
def lend(person: Person, copy: Copy, reader: Person) -> Loan:
    """Give `copy` to `reader`: the row of the copy decides, so it goes to one of two who ask at once.

    A copy kept for somebody goes to that somebody only. A late book stops nobody from reading another.
    Raises `Denied`, `Refused`: not_here, kept, too_many.
    """
    permit(person, "children.lend", copy)
    if reader.area_code[:12] != copy.area_code[:12]:
        raise Denied("children.lend")
    row = Copy.objects.select_for_update(of=("self",)).select_related("title", "area").get(pk=copy.pk)
    hold = Hold.objects.filter(title=row.title, reader=reader, state__in=LIVE).first()
    if row.state == CopyState.KEPT:
        kept_for = Hold.objects.filter(copy=row, state=HoldState.READY).first()
        if kept_for is not None and kept_for.reader_id != reader.pk:
            raise Refused("kept", _("这本留给了预约的人，请另拿一本，或者帮读者排队。"))
        hold = kept_for or hold
    elif row.state in {CopyState.LENT, CopyState.WITHDRAWN}:
        raise Refused("not_here", _("这本登记的是「%(state)s」，请先还，或者换一本。") % {
            "state": row.get_state_display()})
    Person.objects.select_for_update().get(pk=reader.pk)  # the limit is counted by one desk at a time
    if Loan.objects.filter(reader=reader, returned_at=None).count() >= policy("children.loans_most"):
        raise Refused("too_many", _("一张证最多借 %(most)s 本，请先还几本。") % {"most": policy("children.loans_most")})
    moment = now()
    loan = Loan.objects.create(
        area=row.area, copy=row, reader=reader, lent_at=moment,
        due_on=today() + timedelta(days=policy("children.loan_days")))
    row.state, row.seen_at = CopyState.LENT, moment
    row.save(update_fields=["state", "seen_at"])
    if hold is not None:
        other = hold.copy_id if hold.copy_id not in {None, row.pk} else None
        _end(hold, HoldState.DONE)
        if other is not None:
            _pass_on(Copy.objects.select_for_update(of=("self",)).select_related("title", "area").get(pk=other))
    card_of(reader, by=person)
    audit.record(person, "children.lend", row)
    return loan


@atomic
def take_back(person: Person, copy: Copy) -> Hold | None:
    """The copy came back: who had it is cut from the loan at once; the next who waits gets it.

    Returns the hold it is now kept for, if any. Raises `Denied`, `Refused("not_lent")`.
    """
    permit(person, "children.lend", copy)
    row = Copy.objects.select_for_update(of=("self",)).select_related("title", "area").get(pk=copy.pk)
    loan = Loan.objects.select_for_update().filter(copy=row, returned_at=None).first()
    if loan is None:
        raise Refused("not_lent", _("这本没有登记借出。放回书架就行。"))
    loan.reader, loan.returned_at = None, now()
    loan.save(update_fields=["reader", "returned_at"])
    row.seen_at = loan.returned_at
    kept = _pass_on(row)
    audit.record(person, "children.take_back", row, kept=kept is not None)
    return kept


@atomic
def renew(person: Person, loan: Loan) -> Loan:
    """Keep a book longer, unless somebody waits for it.

    Raises `Denied`, `Refused`: waited_for, renewed_enough, overdue, returned.
    """
    permit(person, "children.renew", loan)
    row = Loan.objects.select_for_update(of=("self",)).select_related("copy").get(pk=loan.pk)
    if row.returned_at is not None:
        raise Refused("returned", _("这本已经还了。"))
    waiting = Hold.objects.filter(title=row.copy.title_id, state=HoldState.WAITING).count()
    why = may_renew(renewals=row.renewals, renewals_most=policy("children.renew_most"), waiting=waiting,
                    due_on=row.due_on, today=today())
    if why:
        raise Refused(why, {
            "waited_for": _("有人在等这本书，这次不能续，请按时还。"),
            "renewed_enough": _("续满次数了，请先还，想看可以再借。"),
            "overdue": _("已经过期了，请先拿来还，再借一次。")}[why])
    row.due_on = max(row.due_on, today()) + timedelta(days=policy("children.loan_days"))
    row.renewals = F("renewals") + 1
    row.save(update_fields=["due_on", "renewals"])
    row.refresh_from_db()
    audit.record(person, "children.renew", row.copy)
    return row


@atomic
def hold(person: Person, title: Title) -> Hold:
    """Wait for a title, in order of asking; a copy on the shelf is kept at once.

    Raises `Denied`, `Refused`: no_copy, has_it, too_many.
    """
    permit(person, "children.read", title)
    Title.objects.select_for_update().get(pk=title.pk)  # one queue, one order
    found = Hold.objects.filter(title=title, reader=person, state__in=LIVE).first()
    if found is not None:
        return found
    if Loan.objects.filter(copy__title=title, reader=person, returned_at=None).exists():
        raise Refused("has_it", _("这本书您正借着，不用预约。"))
    if not title.copies.exclude(state__in=[CopyState.WITHDRAWN, CopyState.MISSING]).exists():
        raise Refused("no_copy", _("这本书现在一本也没有，预约不了。"))
    most = policy("children.holds_most")
    if Hold.objects.filter(reader=person, state__in=LIVE).count() >= most:
        raise Refused("too_many", _("最多同时预约 %(most)s 本，请先取走或取消一本。") % {"most": most})
    asked = Hold.objects.create(area=title.area, title=title, reader=person, asked_at=now())
    free = title.copies.select_for_update(of=("self",)).select_related("title", "area").filter(
        state=CopyState.SHELF).order_by("barcode").first()
    if free is not None:
        _pass_on(free)
        asked.refresh_from_db()
    audit.record(person, "children.hold", title)
    return asked


@atomic
def drop_hold(person: Person, one: Hold) -> None:
    """No longer wanted; a copy that was kept goes to the next. Raises `Denied`."""
    permit(person, "children.renew", one)
    Title.objects.select_for_update().get(pk=one.title_id)
    row = Hold.objects.select_for_update().get(pk=one.pk)
    if row.state not in LIVE:
        return
    _release(row, HoldState.CANCELLED)
    audit.record(person, "children.drop_hold", row)


@atomic
def expire_hold(pk: int) -> bool:
    """What was kept and not fetched in time goes to the next. By the clock; a second run does nothing."""
    row = Hold.objects.select_for_update().filter(pk=pk, state=HoldState.READY, ready_until__lt=today()).first()
    if row is None:
        return False
    reader = row.reader
    _release(row, HoldState.EXPIRED)
    audit.record(None, "children.expire_hold", row)
    if reader is not None:
        tell(reader, gettext_lazy("给您留的书过了日子没取，已经给下一位了。还想看可以再预约。"), about=row,
             key=f"children.hold_expired.{row.pk}", url=reverse("children:mine"))
    return True


def _release(row: Hold, state: HoldState) -> None:
    kept = row.copy_id
    _end(row, state)
    if kept is not None:
        copy = Copy.objects.select_for_update(of=("self",)).select_related("title", "area").get(pk=kept)
        if copy.state == CopyState.KEPT:
            _pass_on(copy)


def _end(row: Hold, state: HoldState) -> None:
    row.state, row.reader, row.copy, row.ready_until = state, None, None, None
    row.save(update_fields=["state", "reader", "copy", "ready_until"])


def _pass_on(copy: Copy) -> Hold | None:
    """Keep a free copy for the first who waits, else put it on the shelf. The caller holds its row."""
    following: Hold | None = Hold.objects.select_for_update(of=("self",)).select_related("reader").filter(
        title=copy.title, state=HoldState.WAITING).order_by("asked_at", "id").first()
    copy.state = CopyState.KEPT if following else CopyState.SHELF
    copy.save(update_fields=["state", "seen_at"])
    if following is None:
        return None
    following.state, following.copy = HoldState.READY, copy
    following.ready_until = today() + timedelta(days=policy("children.pickup_days"))
    following.save(update_fields=["state", "copy", "ready_until"])
    if following.reader is not None:
        tell(following.reader, gettext_lazy("您预约的书到了，请在 %(days)s 天里来取。"),
             values={"days": policy("children.pickup_days")}, about=following,
             key=f"children.hold_ready.{following.pk}.{following.ready_until}", url=reverse("children:mine"))
    emit("children.hold_ready", hold=following.pk)
    return following


@atomic
def mark_copy(person: Person, copy: Copy, state: str, *, shelf: str | None = None) -> Copy:
    """Say that a copy is missing, withdrawn, or found again; or move it to another shelf.

    Raises `Denied`, `Refused("is_out")`.
    """
    permit(person, "children.lend", copy)
    row = Copy.objects.select_for_update(of=("self",)).select_related("title", "area").get(pk=copy.pk)
    if row.state in {CopyState.LENT, CopyState.KEPT} and state != row.state:
        raise Refused("is_out", _("这本正借出或留着，先还了再改。"))
    if shelf is not None:
        row.shelf = shelf.strip()[:20]
        row.save(update_fields=["shelf"])
    if state == CopyState.SHELF and row.state != CopyState.SHELF:
        row.seen_at = now()
        _pass_on(row)
    elif state != row.state:
        row.state = state
        row.save(update_fields=["state"])
    audit.record(person, "children.mark_copy", row, state=row.state)
    return row


@atomic
def add_title(person: Person, area: Area, *, name: str, barcodes: list[str], shelf: str = "", authors: str = "",
              isbn: str = "", publisher: str = "", year: int | None = None, age_from: int | None = None,
              call_number: str = "") -> Title:
    """A new book, or more copies of one that is there (same ISBN, or same name and authors without one).

    `isbn` must have been judged (`isbns.clean`). Raises `Denied`, `Refused`: no_name, barcode_taken.
    """
    permit(person, "children.lend", area)
    if not name.strip():
        raise Refused("no_name", _("请写书名。"), field="name")
    found = Title.objects.filter(area=area, isbn=isbn).first() if isbn else Title.objects.filter(
        area=area, isbn="", name=name.strip(), authors=authors.strip()).first()
    title = found or Title.objects.create(
        area=area, name=name.strip()[:120], authors=authors.strip()[:120], isbn=isbn, publisher=publisher.strip()[:60],
        year=year, age_from=age_from, call_number=call_number.strip()[:30])
    taken = list(Copy.objects.filter(area=area, barcode__in=barcodes).values_list("barcode", flat=True)[:1])
    if taken or len(set(barcodes)) < len(barcodes):
        raise Refused("barcode_taken", _("条码 %(code)s 已经贴在别的书上，请换一个。") % {
            "code": taken[0] if taken else barcodes[0]}, field="barcode")
    for barcode in barcodes:
        copy = Copy.objects.create(area=area, title=title, barcode=barcode, shelf=shelf.strip()[:20])
        copy.title, copy.area = title, area
        _pass_on(copy)
    audit.record(person, "children.lend", title, copies=len(barcodes))
    return title
