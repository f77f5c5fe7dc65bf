"""Who to call and where one may look: the reads of the shell's own pages."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Q
from django.utils.functional import Promise
from django.utils.translation import gettext, gettext_lazy as _

from linli.foundation.areas.models import Area, Compound, Facility, FacilityKind, Level
from linli.foundation.people.models import Organisation, Person, Residency, prefix_q
from linli.interfaces.components.shell import Found, Menus, address
from linli.interfaces.components.telling_time import WEEKDAYS

COMMUNITIES_SHOWN_MAX = 60
STATIONS_SHOWN_MAX = 5
_OSM_DAYS = ("Mo", "Tu", "We", "Th", "Fr", "Sa", "Su")
_HOURS_RULE = re.compile(
    rf"(?P<first>{'|'.join(_OSM_DAYS)})(?:-(?P<last>{'|'.join(_OSM_DAYS)}))? "
    r"(?P<opens>\d\d:\d\d)-(?P<closes>\d\d:\d\d)")


@dataclass(frozen=True)
class Station:
    """A place with people in it: where it is and when it is open, as far as the community wrote it down."""

    name: str
    where: str
    hours: str


def property_companies(person: Person | None, area: Area | None) -> Sequence[Organisation]:
    """Of the compound one lives in first, then the others of the community. Two queries."""
    if area is None:
        return []
    homes = Residency.objects.filter(person=person or None, state=Residency.State.CONFIRMED)
    mine = set(homes.values_list("home__building__compound__property_company", flat=True)) if person else set()
    held = Compound.objects.filter(area__code__startswith=area.code, property_company__isnull=False)
    companies = Organisation.objects.filter(pk__in=held.values("property_company"), is_active=True)
    return sorted(companies, key=lambda company: (company.pk not in mine, company.name))


def stations(area: Area | None) -> Sequence[Station]:
    """The stations 驿站 of the community, with the OSM keys their entry carries (addr:full, opening_hours)."""
    if area is None:
        return []
    held = Facility.objects.filter(area__code__startswith=area.code, kind=FacilityKind.STATION)
    rows = held.select_related("compound").order_by("name")[:STATIONS_SHOWN_MAX]
    return [
        Station(row.name, str(row.access.get("addr:full", "")) or _place(row.compound),
                hours_in_words(str(row.access.get("opening_hours", ""))))
        for row in rows
    ]


def _place(compound: Compound | None) -> str:
    return f"{compound.name} {compound.address}".strip() if compound else ""


def hours_in_words(hours: str) -> str:
    """OSM's `Mo-Sa 08:30-17:00; Su 09:00-12:00` in the reader's language; what it cannot read stays as written."""
    words = []
    for rule in filter(None, (part.strip() for part in hours.split(";"))):
        found = _HOURS_RULE.fullmatch(rule)
        if found is None:
            return hours
        days = [str(WEEKDAYS[_OSM_DAYS.index(day)]) for day in found.group("first", "last") if day]
        span = gettext("%(first)s至%(last)s") % {"first": days[0], "last": days[1]} if len(days) == 2 else days[0]
        words.append(f"{span} {found['opens']}–{found['closes']}")
    return gettext("；").join(words)


def communities(person: Person, words: str = "", *, code: str = "") -> Sequence[Area]:
    """The communities this person's roles reach, by code; at most `COMMUNITIES_SHOWN_MAX`. One query."""
    reach = Q(pk__in=[])
    for prefix in {standing.area_code for standing in person.standings if standing.area_code}:
        reach |= prefix_q("code", prefix[:12])
    found = Area.objects.filter(reach, level=Level.COMMUNITY, name__icontains=words).order_by("code")
    if code:
        found = found.filter(code=code)
    return list(found[:COMMUNITIES_SHOWN_MAX])


# The shell's own pages with the words people look for them by
# (工信厅信管函〔2021〕67号 附件2: 亲情版, 关爱版, 关怀版 find 长辈版).
_PAGES: Sequence[tuple[str, str | Promise, str | Promise, str, str]] = (
    ("portal:look", _("长辈版、字号和颜色"), _("大字、深色、高对比、语言"), "elder",
     ("长辈版 亲情版 关爱版 关怀版 老年版 老人版 适老 大字 字号 字体 深色 夜间 黑色 对比 颜色 "
     "语言 英文 english language dark font")),
    ("portal:help", _("人工：打电话、去窗口"), _("社区值班、物业、服务窗口"), "headset",
     "人工 客服 电话 值班 窗口 物业电话 社区电话 上班时间 地址 person phone call office help"),
    ("portal:sos", _("求助"), _("110、119、120 和社区值班"), "siren",
     "求助 救命 急救 报警 火警 着火 漏气 受伤 紧急 110 119 120 sos emergency fire ambulance police"),
    ("portal:matters", _("我的事"), _("您报的、您问的，办到哪一步了"), "list",
     "我的事 进展 进度 单号 办到哪 my status progress"),
    ("portal:me", _("我的"), _("账号、住址、家人、隐私"), "person",
     "我的 账号 密码 退出 住址 家人 隐私 account privacy password"),
)
# Pages of 「我的」 that rooms below have; a room that is not there is left out.
_MINE: Sequence[tuple[str | Promise, Sequence[tuple[str, str | Promise, str | Promise, str]]]] = (
    (_("账号"), (
        ("people:profile", _("称呼和手机号"), _("别人看到的称呼"), "person"),
        ("people:security", _("登录和安全"), _("密码、验证器、通行密钥"), "lock"),
        ("people:sessions", _("登录过的设备"), _("不认识的可以让它退出"), "phone"),
    )),
    (_("家和家人"), (
        ("people:residency", _("我住在哪"), _("业主、租户或家人"), "home"),
        ("people:mandates", _("帮家人办、请家人办"), _("亲情代办，随时可以收回"), "people"),
    )),
    (_("隐私和提醒"), (
        ("privacy:mine", _("我的个人信息"), _("看、改、删，以及谁看过"), "shield"),
        ("notices:settings", _("提醒怎么发给我"), _("站内、短信、推送、安静时段"), "bell"),
        ("portal:look", _("长辈版、字号和颜色"), _("大字、深色、高对比、语言"), "elder"),
        ("api:tokens", _("给程序用的钥匙"), _("让别的程序替您看和办，随时可以收回"), "lock"),
    )),
)


def doors(menus: Menus, words: str) -> list[Found]:
    """The doors of the portal and the shell's own pages that `words` names."""
    asked = words.casefold()
    found = [
        Found(str(door.title), "", door.url, door.icon)
        for door in menus.portal if asked in str(door.title).casefold() or str(door.title).casefold() in asked
    ]
    for name, title, sub, icon, aliases in _PAGES:
        known = [*aliases.split(), str(title).casefold()]
        if any(asked in alias or (len(alias) > 1 and alias in asked) for alias in known):
            found.append(Found(str(title), str(sub), address(name), icon))
    return found


TILES_MAX = 6


def tiles(menus: Menus, person: Person | None) -> list[Found]:
    """The tiles of 长辈版: what the rooms offer, then the shell's own, never more than fit one screen."""
    own = [
        ("portal:matters", _("看我的事"), _("办到哪一步了"), "list"),
        ("notices:inbox", _("看消息"), "", "bell"),
        ("portal:services", _("办别的事"), _("都在这里"), "grid"),
    ] if person else [
        ("people:sign_in", _("登录"), _("用手机号"), "phone"),
        ("portal:services", _("办别的事"), _("都在这里"), "grid"),
    ]
    last = [Found(str(title), str(sub), url, icon) for name, title, sub, icon in own if (url := address(name))]
    found = [Found(str(door.title), "", door.url, door.icon) for door in menus.elder]
    taken = {tile.url for tile in found}
    last = [tile for tile in last if tile.url not in taken]
    # The last place is always the way to everything else.
    found = found[:TILES_MAX - 1]
    return [*found, *last[:-1][:TILES_MAX - 1 - len(found)], last[-1]]


@dataclass(frozen=True)
class Group:
    """A card of 「我的」: its title and the pages that exist."""

    title: str | Promise
    pages: Sequence[Found]


def my_pages(menus: Menus) -> list[Group]:
    """What one may see and change about oneself; rooms add theirs with `Menu("me", …)`."""
    groups, seen = [], set()
    for title, rows in _MINE:
        pages = [
            Found(str(label), str(sub), url, icon) for name, label, sub, icon in rows if (url := address(name))]
        seen |= {page.url for page in pages}
        groups.append(Group(title, pages))
    more = [Found(str(door.title), "", door.url, door.icon) for door in menus.me if door.url not in seen]
    groups.append(Group(_("更多"), more))
    return [group for group in groups if group.pages]
