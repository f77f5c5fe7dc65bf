"""Tables that leave the house: the day's orders, the shelf, the register of gifts. UTF-8, with a spreadsheet's mark."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence

from django.utils import timezone
from django.utils.translation import gettext as _

from linli.services.kitchen.models import Gift, Menu
from linli.services.kitchen.queries import orders, stock


def _file(heads: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """No cell begins like a formula."""
    out = io.StringIO()
    out.write("\ufeff")
    writer = csv.writer(out)
    writer.writerow(heads)
    for row in rows:
        cells = [str(cell) for cell in row]
        writer.writerow([f"'{cell}" if cell[:1] in "=+-@\t" else cell for cell in cells])
    return out.getvalue()


def orders_of(menu: Menu) -> str:
    """One line an order: masked names, no doors."""
    heads = [_("哪天"), _("哪一餐"), _("谁"), _("几份"), _("怎么拿"), _("怎么订的"), _("状态"), _("锅次"),
             _("价（分）"), _("补贴（分）")]
    return _file(heads, (
        [menu.on.isoformat(), menu.get_serving_display(), one.shown_name, one.portions, one.get_way_display(),
         one.get_channel_display(), one.get_state_display(), one.batch.code if one.batch else "", one.price,
         one.subsidy] for one in orders.of_menu(menu)))


def register_of(gifts: Iterable[Gift]) -> str:
    """慈善法 第54条: the register of what was given. A donor's name whole where it may be public or is a body's."""
    heads = [_("哪天"), _("捐赠人"), _("捐的是什么"), _("多少"), _("计量"), _("到期日"), _("状态"), _("点下来"),
             _("收据"), _("编号")]
    return _file(heads, (
        [timezone.localtime(one.offered_at).date().isoformat(),
         one.donor.name if one.donor.is_named else one.donor.shown_name, one.what, one.amount,
         one.get_measure_display(), one.expires_on.isoformat(), one.get_state_display(), one.counted,
         one.receipt.get_kind_display() if hasattr(one, "receipt") else "",
         one.receipt.number if hasattr(one, "receipt") else ""] for one in gifts))


def shelf_of(lots: Iterable[stock.OnShelf]) -> str:
    """One line a lot: where it stands by the book."""
    heads = [_("批次号"), _("食材"), _("收到"), _("还剩"), _("菜单留着"), _("计量"), _("到期日"), _("状态"),
             _("哪天收的")]
    return _file(heads, (
        [one.lot.code, one.lot.ingredient.name, one.lot.amount, one.left, one.kept,
         one.lot.ingredient.get_measure_display(), one.lot.expires_on.isoformat(), one.lot.get_state_display(),
         timezone.localtime(one.lot.received_at).date().isoformat()] for one in lots))
