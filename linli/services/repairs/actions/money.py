"""Money before work: quotes from the posted list, the requester's yes or no, who pays, what was paid."""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from hashlib import sha256

from django.db.transaction import atomic
from django.utils.translation import gettext as _, gettext_lazy

from linli.foundation import audit
from linli.foundation.calendar.clock import now, today
from linli.foundation.events import emit
from linli.foundation.files import StoredFile, attach
from linli.foundation.notices import tell
from linli.foundation.people.models import Person
from linli.foundation.people.permit import permit
from linli.foundation.policy import policy
from linli.foundation.web import Refused
from linli.mechanisms.cases import engine
from linli.mechanisms.cases.models import Case
from linli.mechanisms.cases.parties import parties_told, stands_for
from linli.services.repairs import queries, rules
from linli.services.repairs.actions import fees
from linli.services.repairs.models import Payment, PriceItem, Quote, QuoteLine, QuoteState
from linli.services.repairs.texts import NOT_THE_RESIDENT, PAYERS

CODE_TRIES_MAX = 5
CENT = Decimal("0.01")


@dataclass(frozen=True)
class Line:
    """One line of a quote: labour and material in yuan for one unit of the item."""

    item: int
    quantity: Decimal
    labour: Decimal
    material: Decimal = Decimal(0)


@atomic
def quote(person: Person, case: Case, lines: Sequence[Line], *, note: str = "") -> Quote:
    """Propose what it will cost. Only items of the posted list, only inside their ranges.

    Source: 法释〔2020〕17号 第2条 (what lies outside the posted list may be refused and reclaimed).
    More work is a new quote; one that still waits, or was declined, is replaced by it.
    Raises `Denied`, `Refused("over" | "no_list" | "no_lines" | "not_listed" | "outside_range" | "not_the_resident" |
    "in_warranty")`.
    """
    permit(person, "repairs.quote", case)
    locked = engine.lock(case.pk)
    if not locked.is_open or locked.state == "done":
        raise Refused("over", _("这件事已经修完，不能再报价。"))
    if locked.facts.get("rework_of"):
        raise Refused("in_warranty", _("上次修的还在保修期内，这次返修免费，不能报价。"))
    confirmed = locked.facts.get("payer", {})
    if confirmed.get("confirmed") and confirmed.get("code") in NOT_THE_RESIDENT:
        raise Refused("not_the_resident", _("已定为「%(payer)s」，不能再向住户收费。") % {
            "payer": PAYERS[confirmed["code"]]})
    posted = queries.list_for(locked)
    if posted is None:
        raise Refused("no_list", _("这个小区还没有公布价目表，不能收费（法释〔2020〕17号 第2条）。请先公布价目表。"))
    if not lines:
        raise Refused("no_lines", _("请至少选一项。"))
    items = {item.pk: item for item in PriceItem.objects.filter(price_list=posted)}
    rows = [_checked(line, items.get(line.item)) for line in lines]
    total = sum((row.amount for row in rows), Decimal(0)).quantize(CENT)
    Quote.objects.filter(case=locked, state__in=[QuoteState.PROPOSED, QuoteState.DECLINED]).update(
        state=QuoteState.SUPERSEDED)
    valid = today() + timedelta(days=int(policy("repairs.quote_valid_days", on=today(), area=locked.area_code)))
    made = Quote.objects.create(
        case=locked, price_list=posted, total=total, note=note.strip()[:300], made_by=person, made_at=now(),
        valid_until=valid)
    for row in rows:
        row.quote = made
        row.save(force_insert=True)
    _note(locked, person, "quote", made, _("报价 %(total)s 元，等居民同意") % {"total": total}, state="proposed",
          make_safe=False)
    audit.record(person, "repairs.quote", locked, quote=str(made.pk), total=str(total))
    emit("repairs.quoted", case=locked.pk, quote=made.pk)
    for whom in {p.pk: p for p in parties_told(locked)}.values():
        tell(whom, gettext_lazy("「%(title)s」报价 %(total)s 元。您同意了才动手，不同意也不用付钱。"),
             values={"title": locked.title, "total": total}, about=locked, key=f"repairs.quoted.{made.pk}",
             title=locked.title, url=f"/cases/{locked.number}/#quote")
    return made


def _checked(line: Line, item: PriceItem | None) -> QuoteLine:
    if item is None:
        raise Refused("not_listed", _("这一项不在公布的价目表里，不能收费（法释〔2020〕17号 第2条）。"), field="item")
    if line.quantity <= 0:
        raise Refused("no_lines", _("「%(item)s」的数量要大于 0。") % {"item": item.name}, field="quantity")
    if not rules.in_range(line.labour, item.labour_min, item.labour_max):
        raise Refused("outside_range", _("「%(item)s」的人工费公布的是 %(least)s–%(most)s 元，不能超出。") % {
            "item": item.name, "least": item.labour_min, "most": item.labour_max}, field="labour")
    # The owner may bring the material: nothing is charged for it then.
    if line.material != 0 and not rules.in_range(line.material, item.material_min, item.material_max):
        raise Refused("outside_range", _("「%(item)s」的材料费公布的是 %(least)s–%(most)s 元，不能超出。") % {
            "item": item.name, "least": item.material_min, "most": item.material_max}, field="material")
    return QuoteLine(item=item, name=item.name, unit=item.unit, quantity=line.quantity, labour=line.labour,
                     material=line.material, warranty_months=item.warranty_months)


def _note(case: Case, person: Person | None, event: str, row: Quote, text: str, *, state: str,
          make_safe: bool | None = None, channel: str = "app") -> None:
    """Fold the quote's state into the case, where the guard of 修好了 reads it."""
    facts = {**case.facts, "quote": {"id": str(row.pk), "state": state, "total": str(row.total)}}
    if make_safe is not None:
        facts["make_safe"] = make_safe
    engine.append(case, person, event, channel=channel, changes={"facts": facts}, text_public=text,
                  data={"quote": str(row.pk), "total": str(row.total)})


@atomic
def agree_quote(person: Person, row: Quote, *, by: str = "tap", code: str = "",
                paper: StoredFile | None = None) -> Quote:
    """The requester agrees: by a tap, by the code staff had sent to the telephone, or on signed paper (photo).

    Raises `Denied`, `Refused("answered" | "expired" | "no_paper" | "bad_code")`.
    """
    verb = "repairs.answer_quote" if by == "tap" else "repairs.take_agreement"
    permit(person, verb, row)
    locked, row = _open_quote(row)
    if today() > row.valid_until:
        raise Refused("expired", _("这份报价过期了，请师傅重新报。"))
    if by == "paper":
        if paper is None:
            raise Refused("no_paper", _("请拍一张签了字的报价单。"), field="paper")
        attach(person, [paper], locked)
        row.paper = str(paper.pk)
    elif by == "sms":
        wrong = _check_code(row, code)
        if wrong:
            return _refuse_code(row, wrong)
    row.state, row.answered_at, row.answered_by, row.agreed_by, row.code_hash = (
        QuoteState.AGREED, now(), person, by, "")
    row.save(update_fields=["state", "answered_at", "answered_by", "agreed_by", "paper", "code_hash"])
    fees.promise(person, row, verb=verb)
    _note(locked, person, "agree_quote", row, _("同意报价 %(total)s 元") % {"total": row.total}, state="agreed")
    audit.record(person, "repairs.agree_quote", locked, acting_for=stands_for(person, locked), quote=str(row.pk), by=by,
                 total=str(row.total))
    emit("repairs.quote_answered", case=locked.pk, quote=row.pk, agreed=True)
    _tell_worker(locked, row, gettext_lazy("居民同意了「%(title)s」的报价 %(total)s 元，可以动手了。"), person)
    return row


@atomic
def decline_quote(person: Person, row: Quote, *, reason: str = "") -> Quote:
    """The requester does not agree. Nothing is owed; only make-safe work is done. Raises `Denied`, `Refused`."""
    permit(person, "repairs.answer_quote", row)
    locked, row = _open_quote(row)
    row.state, row.answered_at, row.answered_by = QuoteState.DECLINED, now(), person
    row.save(update_fields=["state", "answered_at", "answered_by"])
    words = reason.strip()[:200]
    _note(locked, person, "decline_quote", row, words or _("没同意报价"), state="declined")
    audit.record(person, "repairs.decline_quote", locked, acting_for=stands_for(person, locked), quote=str(row.pk))
    emit("repairs.quote_answered", case=locked.pk, quote=row.pk, agreed=False)
    _tell_worker(
        locked, row, gettext_lazy("居民没同意「%(title)s」的报价 %(total)s 元。请重新报，或只做应急处理。"), person)
    return row


def _open_quote(row: Quote) -> tuple[Case, Quote]:
    locked = engine.lock(row.case_id)
    fresh = Quote.objects.select_for_update().get(pk=row.pk)
    assert isinstance(fresh, Quote)
    if fresh.state != QuoteState.PROPOSED:
        raise Refused("answered", _("这份报价已经是「%(state)s」了，请看最新的。") % {
            "state": fresh.get_state_display()})
    fresh.case = locked
    return locked, fresh


def _tell_worker(case: Case, row: Quote, sentence: object, by: Person) -> None:
    if case.assignee is not None and case.assignee_id != by.pk:
        tell(case.assignee, sentence, values={"title": case.title, "total": row.total},  # type: ignore[arg-type]
             about=case, key=f"repairs.answered.{row.pk}", title=case.title, url=f"/desk/cases/{case.number}/")


@atomic
def send_code(person: Person, row: Quote) -> Quote:
    """Have a code sent to the requester's telephone: who reads it aloud to the worker agrees to this very quote.

    Raises `Denied`, `Refused("answered" | "no_contact")`.
    """
    from linli.services.repairs.jobs import send_quote_code

    permit(person, "repairs.take_agreement", row)
    locked, row = _open_quote(row)
    if not phone_of(locked):
        raise Refused("no_contact", _("这件事没有留手机号，请签在纸上拍照。"))
    minutes = int(policy("repairs.quote_code_minutes", on=today(), area=locked.area_code))
    row.code_until, row.code_tries, row.code_hash = now() + timedelta(minutes=minutes), 0, ""
    row.save(update_fields=["code_until", "code_tries", "code_hash"])
    audit.record(person, "repairs.send_code", locked, quote=str(row.pk))
    send_quote_code.enqueue(quote=row.pk)
    return row


def phone_of(case: Case) -> str:
    """Where the requester is reached: the contact left with the case, else the account's number."""
    contact = getattr(case, "contact", None)
    return (contact.phone if contact else "") or (case.requester.phone if case.requester else "") or ""


def new_code(row: Quote) -> str:
    """A fresh six-digit code for this quote; only its hash is kept."""
    code = f"{secrets.randbelow(1_000_000):06d}"
    row.code_hash = _hash(row, code)
    row.save(update_fields=["code_hash"])
    return code


def _hash(row: Quote, code: str) -> str:
    return sha256(f"{row.pk}|{row.total}|{code.strip()}".encode()).hexdigest()


def _check_code(row: Quote, code: str) -> str:
    if not row.code_hash or row.code_until is None or now() > row.code_until:
        return _("同意码过期了，请再发一次。")
    if row.code_tries >= CODE_TRIES_MAX:
        return _("输错太多次了，请再发一次。")
    return "" if hmac.compare_digest(row.code_hash, _hash(row, code)) else _("同意码不对，请看短信再填一次。")


def _refuse_code(row: Quote, sentence: str) -> Quote:
    """A wrong try is counted even though nothing else is written; the page reads `refused_for`."""
    row.code_tries += 1
    row.save(update_fields=["code_tries"])
    row.refused_for = sentence  # type: ignore[attr-defined]
    return row


@atomic
def do_make_safe(person: Person, case: Case, *, note: str) -> Case:
    """Only the danger was removed; the rest was not agreed to, and nothing is charged. Raises `Denied`, `Refused`."""
    permit(person, "repairs.quote", case)
    if not note.strip():
        raise Refused("missing", _("请写做了哪些应急处理。"), field="note")
    locked = engine.lock(case.pk)
    engine.append(locked, person, "quote", changes={"facts": {**locked.facts, "make_safe": True}},
                  data={"make_safe": True}, text_public=_("只做了应急，不收费：%(what)s") % {
                      "what": note.strip()[:200]})
    audit.record(person, "repairs.make_safe", locked)
    return locked


@atomic
def confirm_payer(person: Person, case: Case, *, code: str, reason: str = "") -> Case:
    """Staff confirm who pays, or say somebody else with a reason; the requester reads it with its article."""
    permit(person, "repairs.confirm_payer", case)
    locked = engine.lock(case.pk)
    if code not in PAYERS:
        raise Refused("payer", _("请选由谁付。"), field="code")
    proposed = queries.payer_of(locked)
    if code != proposed.code and not reason.strip():
        raise Refused("missing", _("和按规则算的不一样，请写明原因。"), field="reason")
    source = proposed.source if code == proposed.code else ""
    facts = {**locked.facts, "payer": {
        "code": code, "source": source, "reason": reason.strip()[:200], "confirmed": True, "by": person.pk}}
    text = "，".join(part for part in (str(PAYERS[code]), source, reason.strip()[:200]) if part)
    engine.append(locked, person, "payer", changes={"facts": facts}, text_public=text,
                  data={"code": code, "proposed": proposed.code, "source": source})
    audit.record(person, "repairs.confirm_payer", locked, code=code, proposed=proposed.code)
    emit("repairs.payer_confirmed", case=locked.pk, code=code)
    return locked


@atomic
def dispute_payer(person: Person, case: Case, *, words: str) -> Case:
    """The requester does not agree with who pays: written down, the desk is told, mediation is offered."""
    permit(person, "repairs.dispute_payer", case)
    if not words.strip():
        raise Refused("missing", _("请写一句您为什么不同意。"), field="words")
    locked = engine.lock(case.pk)
    engine.append(locked, person, "payer", changes={"facts": {**locked.facts, "payer_disputed": True}},
                  data={"disputed": True}, text_public=_("不同意由谁付：%(words)s") % {"words": words.strip()[:300]})
    audit.record(person, "repairs.dispute_payer", locked, acting_for=stands_for(person, locked))
    emit("repairs.payer_disputed", case=locked.pk)
    return locked


@atomic
def pay(person: Person, case: Case, *, amount: Decimal, how: str, note: str = "") -> Payment:
    """Write down money that changed hands; never more than what was agreed to. Raises `Denied`, `Refused`."""
    permit(person, "repairs.record_payment", case)
    locked = engine.lock(case.pk)
    if amount <= 0:
        raise Refused("amount", _("金额要大于 0。"), field="amount")
    if how not in Payment.How.values:
        raise Refused("how", _("请选怎么付的。"), field="how")
    fees.bring(locked)
    due = min(queries.agreed_total(locked) - queries.paid(locked), fees.owed(locked))
    if amount > due:
        raise Refused("over_agreed", _("居民同意的还剩 %(due)s 元没付，不能多收。") % {"due": due}, field="amount")
    row = Payment.objects.create(case=locked, amount=amount.quantize(CENT), how=how, at=now(), by=person,
                                 note=note.strip()[:100])
    fees.take(person, row, verb="repairs.record_payment")
    engine.append(locked, person, "payer", data={"paid": str(amount), "how": how},
                  text_public=_("收到 %(amount)s 元") % {"amount": amount.quantize(CENT)})
    audit.record(person, "repairs.pay", locked, amount=str(amount), how=how)
    return row
