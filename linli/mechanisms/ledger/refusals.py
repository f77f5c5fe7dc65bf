"""The sentences with which the ledger says no."""

from __future__ import annotations

from django.utils.translation import gettext as _

from linli.foundation.web import Refused
from linli.mechanisms.ledger.amounts import amount_words
from linli.mechanisms.ledger.models import Account, Book, TransferKind


def short(account: Account, book: Book, available: int, amount: int) -> Refused:
    return Refused("short", _("余额不够：可用 %(available)s，需要 %(amount)s。") % {
        "available": amount_words(book, max(available, 0)), "amount": amount_words(book, amount)},
        account=str(account.pk), available=available, amount=amount)


def full(account: Account, book: Book, room_left: int, amount: int) -> Refused:
    return Refused("full", _("超过上限：还能存入 %(room)s，这次是 %(amount)s。") % {
        "room": amount_words(book, max(room_left, 0)), "amount": amount_words(book, amount)},
        account=str(account.pk), room_left=room_left, amount=amount)


def closed(account: Account) -> Refused:
    return Refused("closed", _("这个账户已停用，不能再记账。"), account=str(account.pk))


def not_empty() -> Refused:
    return Refused("not_empty", _("账户里还有余额或冻结，请先结清再停用。"))


def same_id(key: str) -> Refused:
    return Refused("same_id", _("这个编号已经记过另一笔账，没有重复记账。请刷新后再看。"), key=key)


def resolved(by: str) -> Refused:
    sentence = {
        TransferKind.POST: _("这笔冻结已经结算。"), TransferKind.VOID: _("这笔冻结已经释放。"),
        TransferKind.EXPIRE: _("这笔冻结已经到期释放。"),
    }
    found = next((words for kind, words in sentence.items() if kind == by), _("这笔冻结已经了结。"))
    return Refused("resolved", found, by=by)


def expired() -> Refused:
    return Refused("expired", _("这笔冻结已过期限，不能再结算，请重新办理。"))


def reversed_already() -> Refused:
    return Refused("reversed", _("这笔账已经冲正过。"))


def not_reversible() -> Refused:
    return Refused("not_posted", _("只有已入账的才能冲正；冻结请释放。"))


def limits() -> Refused:
    return Refused("limits", _("下限不能高于上限。"))
