"""The list of the desk as a spreadsheet."""

from __future__ import annotations

from django.utils.translation import gettext as _

from linli.foundation.areas.models import Area
from linli.foundation.areas.sheets import workbook
from linli.services.gov.items import sheet as sheets
from linli.services.gov.items.reading import checked_bases
from linli.services.gov.queries import desk


def items_xlsx(area: Area, *, kind: str = "") -> bytes:
    """Every item as it counts here: state, failing checks, who checked it, limits, bases read and not read."""
    heads = [_("名称"), _("编码"), _("编码问题"), _("部门"), _("状态"), _("没过的检查"), _("核对"), _("该重新核对"),
             _("办多久"), _("法定最长"), _("已核对的依据"), _("未核对的依据"), _("版本"), _("来源")]
    rows = []
    for line in desk.lines(desk.at_desk(area, kind=kind), area):
        told = sheets.sheet(line.row.version.body)
        read, unread = checked_bases(line.row.version.body)
        rows.append([
            line.item.name, told.code, line.item.code_fault, told.department, str(line.row.get_state_display()),
            "" if line.fails is None else str(line.fails),
            f"{line.row.checked_by} {line.row.checked_on}" if line.row.checked_on else "",
            str(line.row.due_on or ""), told.promised, told.statutory, str(read), str(unread),
            str(line.row.version.number), line.item.source])
    return workbook(_("事项"), heads, rows)
