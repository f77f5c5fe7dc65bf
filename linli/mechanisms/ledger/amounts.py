"""How an amount of minor units is written for people, and for other programs."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _, ngettext

from linli.mechanisms.ledger.models import Unit

if TYPE_CHECKING:
    from linli.mechanisms.ledger.models import Book

# How many minor units make the unit of a spreadsheet column, and its name in an export.
SCALE = {Unit.MINUTE: 1, Unit.MEAL: 1, Unit.GRAM: 1000, Unit.CENT: 100, Unit.PIECE: 1}
COMMODITY = {Unit.MINUTE: "minute", Unit.MEAL: "meal", Unit.GRAM: "kg", Unit.CENT: "CNY", Unit.PIECE: "piece"}


def amount_words(book: Book, amount: int) -> str:
    """The amount as a sentence shows it: "2 小时 30 分", "¥12.50", "3.2 公斤", "4 份"."""
    sign, size = ("−" if amount < 0 else ""), abs(amount)
    match book.unit:
        case Unit.MINUTE:
            words = _hours(size)
        case Unit.CENT:
            words = f"¥{Decimal(size) / 100:,.2f}"
        case Unit.GRAM:
            words = _("%(kg)s 公斤") % {"kg": _trimmed(Decimal(size) / 1000)} if size >= 1000 else _(
                "%(g)s 克") % {"g": size}
        case Unit.MEAL:
            words = ngettext("%(count)s 份", "%(count)s 份", size) % {"count": f"{size:,}"}
        case _:
            words = ngettext("%(count)s 个", "%(count)s 个", size) % {"count": f"{size:,}"}
    return sign + words


def plain(book: Book, amount: int) -> str:
    """The amount as a number in the unit of an export: exact, no signs of thousands."""
    scale = SCALE[Unit(book.unit)]
    if scale == 1:
        return str(amount)
    places = len(str(scale)) - 1
    return f"{Decimal(amount).scaleb(-places):.{places}f}"


def _hours(minutes: int) -> str:
    hours, rest = divmod(minutes, 60)
    if hours and rest:
        return _("%(hours)s 小时 %(minutes)s 分") % {"hours": f"{hours:,}", "minutes": rest}
    if hours:
        return _("%(hours)s 小时") % {"hours": f"{hours:,}"}
    return _("%(minutes)s 分钟") % {"minutes": rest}


def _trimmed(number: Decimal) -> str:
    text = f"{number:,.3f}"
    return text.rstrip("0").rstrip(".")
