"""The columns of an import, each with its rule in words: the template, the check and docs/people-and-areas.md agree."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _, gettext_lazy

from linli.foundation.areas.models import LEVEL_DIGITS, AreaSource, FacilityKind


class Wrong(ValueError):  # noqa: N818 - read as "raise Wrong(sentence)"
    """A cell that cannot be taken; its text says what to do."""


@dataclass(frozen=True)
class Column:
    """One column: its Chinese heading, the key of the row, and what may stand in it."""

    heading: str
    key: str
    kind: str = "text"  # text, code, whole, area, degree, choice, yes, day
    required: bool = False
    longest: int = 60
    choices: Mapping[str, str] = field(default_factory=dict)
    hint: str | Promise = ""

    def clean(self, text: str) -> Any:
        """The value of a cell. Raises `Wrong`."""
        if not text:
            if self.required:
                raise Wrong(_("「%(column)s」要填。") % {"column": self.heading})
            return None
        return getattr(self, f"_{self.kind}")(text)

    def _text(self, text: str) -> str:
        if len(text) > self.longest:
            raise Wrong(_("「%(column)s」最多 %(longest)d 个字，现在是 %(count)d 个。") % {
                "column": self.heading, "longest": self.longest, "count": len(text)})
        return text

    def _code(self, text: str) -> str:
        if not (text.isascii() and text.isdigit() and len(text) in LEVEL_DIGITS.values()):
            raise Wrong(_("「%(column)s」是 2、4、6、9、12 或 15 位数字，现在是「%(text)s」。") % {
                "column": self.heading, "text": text[:30]})
        return text

    def _whole(self, text: str) -> int:
        try:
            number = int(text)
        except ValueError:
            number = -10_000
        if not -99 <= number <= 9_999:
            raise Wrong(_("「%(column)s」要写整数，现在是「%(text)s」。") % {"column": self.heading, "text": text[:30]})
        return number

    def _area(self, text: str) -> str:
        try:
            number = Decimal(text).quantize(Decimal("0.01"))
        except InvalidOperation:
            number = Decimal(0)
        if not 0 < number < 1_000_000:
            raise Wrong(_("「%(column)s」写平方米数，例如 89.60，现在是「%(text)s」。") % {
                "column": self.heading, "text": text[:30]})
        return str(number)

    def _degree(self, text: str) -> float:
        limit = 180 if self.key == "lon" else 90
        try:
            number = float(text)
        except ValueError:
            number = 999.0
        if not -limit <= number <= limit:
            raise Wrong(_("「%(column)s」写度数，例如 120.1234，现在是「%(text)s」。") % {
                "column": self.heading, "text": text[:30]})
        return number

    def _choice(self, text: str) -> str:
        if text not in self.choices:
            raise Wrong(_("「%(column)s」只能是：%(choices)s。现在是「%(text)s」。") % {
                "column": self.heading, "choices": "、".join(self.choices), "text": text[:30]})
        return self.choices[text]

    def _day(self, text: str) -> str:
        from datetime import date

        try:
            return date.fromisoformat(text.replace("/", "-")).isoformat()
        except ValueError:
            raise Wrong(_("「%(column)s」写日期，例如 2026-05-01，现在是「%(text)s」。") % {
                "column": self.heading, "text": text[:30]}) from None


# The stored value by the Chinese word a spreadsheet uses, whatever language the page is in.
FACILITY_KINDS = {
    "电梯": FacilityKind.LIFT, "坡道": FacilityKind.RAMP, "门禁": FacilityKind.DOOR,
    "儿童乐园": FacilityKind.PLAYGROUND,
    "AED": FacilityKind.AED, "食堂": FacilityKind.CANTEEN, "驿站": FacilityKind.STATION, "停车场": FacilityKind.PARKING,
    "垃圾投放点": FacilityKind.BINS, "路灯": FacilityKind.LIGHT, "消防设施": FacilityKind.FIRE,
    "活动室": FacilityKind.ROOM,
    "公共厕所": FacilityKind.TOILET, "绿地": FacilityKind.GREEN, "其他设施": FacilityKind.OTHER}
AREA_SOURCES = {
    "不动产登记簿": AreaSource.REGISTER, "买卖合同": AreaSource.CONTRACT, "测绘成果": AreaSource.MEASURED,
    "未核实": AreaSource.UNKNOWN}
_YES = {"是": "yes", "有": "yes", "否": "no", "无": "no"}
_WHEELCHAIR = {"能": "yes", "要人帮": "limited", "不能": "no"}
# Keys as in OpenStreetMap, so that what is known here can be compared with what is known there.
ACCESS_KEYS = ("wheelchair", "door_width_cm", "steps", "handrail", "tactile", "speech", "toilet")

COLUMNS: Mapping[str, Sequence[Column]] = {
    "areas": (
        Column("区划代码", "code", "code", required=True,
               hint=gettext_lazy("省 2 位、市 4、区 6、街道 9、社区 12、网格 15 位")),
        Column("名称", "name", required=True, hint=gettext_lazy("例如 梧桐里社区")),
        Column("单号字头", "short", longest=6, hint=gettext_lazy("写在单号前面的字母，例如 WTL")),
        Column("值班电话", "phone", longest=20, hint=gettext_lazy("居民看得到")),
    ),
    "homes": (
        Column("小区", "compound", required=True, hint=gettext_lazy("例如 梧桐苑")),
        Column("小区地址", "address", longest=120),
        Column("竣工年份", "completed_on_year", "whole", hint=gettext_lazy("例如 1998")),
        Column("物业", "company", longest=80, hint=gettext_lazy("要先在「单位」里加好，名字一模一样")),
        Column("楼栋", "building", required=True, longest=30, hint=gettext_lazy("例如 3号楼")),
        Column("楼号", "building_number", "whole", hint=gettext_lazy("排序用，例如 3")),
        Column("层数", "floors", "whole"),
        Column("单元数", "entrances", "whole"),
        Column("网格代码", "grid", "code", hint=gettext_lazy("15 位，要先导入")),
        Column("单元", "entrance", longest=10, hint=gettext_lazy("例如 2")),
        Column("楼层", "floor", "whole", hint=gettext_lazy("不填就按房号推：702 是 7 楼")),
        Column("房号", "number", required=True, longest=12, hint=gettext_lazy("例如 702")),
        Column("专有面积", "exclusive_area", "area", hint=gettext_lazy("平方米，例如 89.60")),
        Column("面积来源", "area_source", "choice", choices=AREA_SOURCES, hint=gettext_lazy("填了面积就要写来源")),
    ),
    "facilities": (
        Column("种类", "kind", "choice", required=True, choices=FACILITY_KINDS),
        Column("名称", "name", required=True, hint=gettext_lazy("例如 3号楼2单元电梯")),
        Column("设备码", "code", longest=20, hint=gettext_lazy("贴在设备上的码，社区里不重复；再导入时按它对上")),
        Column("小区", "compound"),
        Column("楼栋", "building", longest=30),
        Column("单元", "entrance", longest=10),
        Column("经度", "lon", "degree"),
        Column("纬度", "lat", "degree"),
        Column("坐标系", "datum", "choice", choices={"WGS84": "wgs84", "GCJ02": "gcj02"},
               hint=gettext_lazy("高德、腾讯地图上取的写 GCJ02；不填是 WGS84")),
        Column("最近检验", "checked_on", "day", hint=gettext_lazy("例如 2026-05-01")),
        Column("轮椅", "wheelchair", "choice", choices=_WHEELCHAIR),
        Column("门宽厘米", "door_width_cm", "whole"),
        Column("台阶数", "steps", "whole"),
        Column("扶手", "handrail", "choice", choices=_YES),
        Column("盲文", "tactile", "choice", choices=_YES),
        Column("语音", "speech", "choice", choices=_YES),
        Column("无障碍厕所", "toilet", "choice", choices=_YES),
    ),
}
KINDS: Mapping[str, Promise] = {
    "areas": gettext_lazy("区划"), "homes": gettext_lazy("小区、楼栋和房屋"), "facilities": gettext_lazy("设施")}
_EXAMPLES: Mapping[str, Sequence[str]] = {
    "areas": ("330106001001", "梧桐里社区", "WTL", "0571-00000001"),
    "homes": ("梧桐苑", "梧桐路 8 号", "1998", "", "3号楼", "3", "11", "2", "", "1", "7", "702", "89.60",
              "不动产登记簿"),
    "facilities": ("电梯", "3号楼1单元电梯", "LT-0301", "梧桐苑", "3号楼", "1", "120.1234", "30.2741", "WGS84",
                   "2026-05-01", "能", "90", "0", "有", "有", "有", "无"),
}


def headings(kind: str) -> list[str]:
    """The first line of a template; a star marks what must be filled in."""
    return [column.heading + ("*" if column.required else "") for column in COLUMNS[kind]]


def example(kind: str) -> Sequence[str]:
    """One line that shows how it is filled in."""
    return _EXAMPLES[kind]


def hints(kind: str) -> list[str]:
    """A line for each column: what it takes."""
    lines = [_("带 * 的要填。第 2 行是例子，填之前删掉。")]
    for column in COLUMNS[kind]:
        words = [str(column.hint)] if column.hint else []
        words += ["、".join(column.choices)] if column.choices else []
        lines.append(f"{column.heading}：{'；'.join(words)}" if words else column.heading)
    return lines
