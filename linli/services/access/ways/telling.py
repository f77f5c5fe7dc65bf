"""A way in words: short sentences, the turn first, made to be read aloud."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from django.utils.translation import gettext as _

from linli.services.access.ways.finding import Hindrance, Leg, Way
from linli.services.access.ways.graph import Graph, bearing, points
from linli.services.access.ways.judging import UNSURE, Reason


@dataclass
class Step:
    """One instruction. `notes` are what to know on it; `warnings` what nobody has measured on it."""

    text: str
    metres: float
    icon: str = "next"
    notes: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)


def kind_words(kind: str) -> str:
    return {
        "footway": _("人行道"),
        "road": _("路边，没有人行道"),
        "steps": _("台阶"),
        "ramp": _("坡道"),
        "lift": _("电梯"),
        "crossing": _("过街处"),
        "indoor": _("室内通道"),
    }.get(kind, kind)


def surface_words(surface: str) -> str:
    return {
        "asphalt": _("沥青"),
        "paved": _("硬路面"),
        "concrete": _("水泥"),
        "paving_stones": _("地砖"),
        "sett": _("石块路"),
        "cobblestone": _("卵石路"),
        "gravel": _("碎石"),
        "fine_gravel": _("细石"),
        "compacted": _("压实土"),
        "grass": _("草地"),
        "ground": _("土路"),
        "dirt": _("土路"),
        "sand": _("沙地"),
        "unpaved": _("没铺过的路"),
        "wood": _("木板"),
        "mud": _("泥地"),
        "pebblestone": _("卵石路"),
    }.get(surface, surface)


def missing_words(missing: Sequence[str]) -> str:
    """What nobody has measured, in one list."""
    words = {
        "steps": _("有没有台阶"),
        "incline": _("坡度"),
        "width": _("宽度"),
        "kerb": _("路缘多高"),
        "surface": _("路面"),
        "crossing": _("有没有信号灯"),
    }
    return _("、").join(words[name] for name in missing)


def reason_words(reason: Reason) -> str:
    """Why a stretch cannot be used."""
    if reason.code == "steps":
        return _("有 %(count)s 级台阶") % {"count": reason.found} if reason.found else _("有台阶")
    if reason.code == "incline":
        return _("坡度 %(found)s%%，您的上限是 %(limit)s%%") % {
            "found": _number(reason.found),
            "limit": _number(reason.limit),
        }
    if reason.code == "kerb":
        return _("路缘高 %(found)s 厘米，您的上限是 %(limit)s 厘米") % {
            "found": _number(reason.found),
            "limit": _number(reason.limit),
        }
    if reason.code == "width":
        return _("宽 %(found)s 厘米，您要 %(limit)s 厘米") % {
            "found": _number(reason.found),
            "limit": _number(reason.limit),
        }
    if reason.code == "surface":
        return _("路面是%(surface)s") % {"surface": surface_words(str(reason.found))}
    if reason.code == "outage":
        return _("现在走不了：有人报了故障")
    return _("轮椅过不去")


def _number(value: object) -> str:
    return f"{float(value):.1f}".rstrip("0").rstrip(".") if isinstance(value, int | float) else str(value)


def hindrance_words(hindrance: Hindrance) -> str:
    """「香樟巷（台阶）：有 5 级台阶」."""
    why = _("；").join(
        [*map(reason_words, hindrance.reasons)]
        or [_("没人量过：%(what)s") % {"what": missing_words(hindrance.missing)}]
    )
    kind = kind_words(hindrance.link.kind)
    where = _("%(name)s（%(kind)s）") % {"name": hindrance.link.name, "kind": kind} if hindrance.link.name else kind
    return _("%(where)s：%(why)s") % {"where": where, "why": why}


def steps_of(way: Way, graph: Graph, *, blind: bool = False, deaf: bool = False) -> list[Step]:
    """The instructions from the first door to the last. `blind` names what a cane and an ear find."""
    told: list[Step] = []
    heading: float | None = None
    before: Leg | None = None
    for leg in way.legs:
        line = list(points(leg.link, leg.forward, graph))
        into, out_of = bearing(line[0], line[1]), bearing(line[-2], line[-1])
        turn = None if heading is None else (into - heading + 180) % 360 - 180
        if told and before and _goes_on(before, leg, turn):
            told[-1].metres += leg.link.length_m
        else:
            text, icon = _sentence(leg, turn, into)
            told.append(Step(text, leg.link.length_m, icon))
        _note(told[-1], leg, blind=blind, deaf=deaf)
        heading, before = out_of, leg
    for step in told:
        step.text = _("%(what)s，走 %(metres)s 米") % {"what": step.text, "metres": max(1, round(step.metres))}
    goal = graph.nodes[way.goal].name
    told.append(Step(_("到了：%(place)s") % {"place": goal} if goal else _("到了"), 0.0, "flag"))
    return told


def _goes_on(before: Leg, leg: Leg, turn: float | None) -> bool:
    same = (
        before.link.kind == leg.link.kind
        and before.link.name == leg.link.name
        and before.link.facility == (leg.link.facility)
    )
    return same and leg.link.kind not in {"lift", "steps", "crossing", "ramp"} and turn is not None and abs(turn) < 30


def _sentence(leg: Leg, turn: float | None, into: float) -> tuple[str, str]:
    link = leg.link
    name = link.name or kind_words(link.kind)
    values = {"way": name}
    if link.kind == "lift":
        return _("乘%(way)s") % values, "building"
    if link.kind == "steps":
        count = link.steps
        return (_("走台阶，%(count)s 级") % {"count": count} if count else _("走台阶，级数没人数过")), "ladder"
    if link.kind == "crossing":
        return (_("过街：%(way)s") % {"way": link.name} if link.name else _("过街")), "alert"
    if turn is None:
        return _("从门口往%(side)s，沿%(way)s") % {"side": _compass(into), **values}, "flag"
    if abs(turn) < 30:
        return _("直走，沿%(way)s") % values, "next"
    if abs(turn) > 150:
        return _("掉头，沿%(way)s") % values, "undo"
    if turn > 0:
        return (_("右转，沿%(way)s") if turn > 60 else _("靠右，沿%(way)s")) % values, "next"
    return (_("左转，沿%(way)s") if turn < -60 else _("靠左，沿%(way)s")) % values, "back"


def _compass(into: float) -> str:
    sides = (_("北"), _("东北"), _("东"), _("东南"), _("南"), _("西南"), _("西"), _("西北"))
    return sides[round(into / 45) % 8]


def _note(step: Step, leg: Leg, *, blind: bool, deaf: bool) -> None:
    link = leg.link
    rise = (link.incline or 0.0) * (1 if leg.forward else -1)
    found = []
    if abs(rise) >= 2:
        words = _("上坡 %(percent)s%%") if rise > 0 else _("下坡 %(percent)s%%")
        found.append(words % {"percent": _number(abs(rise))})
    if link.kerb_cm:
        found.append(_("路缘 %(cm)s 厘米") % {"cm": _number(link.kerb_cm)})
    if link.kind == "crossing":
        found.append(
            {"signals": _("有信号灯"), "zebra": _("有斑马线，没有信号灯"), "unmarked": _("没有标线")}.get(
                link.crossing, _("有没有信号灯没人记过")
            )
        )
        if blind:
            found.append(_("信号灯有声音提示") if link.sound else _("没有声音提示，请听车，或请人带一下"))
        if deaf:
            found.append(_("听不见车声，请左右看清再过"))
    if blind:
        found.append(_("有盲道") if link.tactile else _("没有盲道"))
    if link.bench:
        found.append(_("路上有椅子可以歇"))
    if link.kind == "steps":
        found.append(
            _("有扶手") if link.handrail else _("没有扶手") if link.handrail is False else _("有没有扶手没人记过")
        )
    if link.wheelchair == "limited":
        found.append(_("有人帮一把才好过"))
    step.notes += [note for note in found if note not in step.notes]
    if leg.verdict.state == UNSURE:
        warning = _("没人量过：%(what)s") % {"what": missing_words(leg.verdict.missing)}
        if warning not in step.warnings:
            step.warnings.append(warning)
