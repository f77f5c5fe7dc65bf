"""Ninety days of requests and enquiries of the demo community, in every state, through the same actions people use."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import yaml

from linli.foundation.areas.models import Area
from linli.foundation.calendar.clock import now
from linli.foundation.people.models import Organisation, Person
from linli.mechanisms.cases import actions as cases, routing
from linli.mechanisms.cases.models import Case, Leg
from linli.services.requests import actions, classifying
from linli.services.requests.actions.asking import Asked
from linli.services.requests.actions.desk import Taken
from linli.services.requests.desk_forms import polite_text
from linli.services.requests.guards import may_lead

COUNT = 380
DAYS = 90
# How a matter that had time to end did end; what is younger stands somewhere on the way.
ENDS = {"closed": 52, "not_fixed": 7, "by_phone": 7, "redirected": 6, "parked": 4, "cancelled": 4, "extended": 5,
        "objected": 3, "whistled": 4, "overdue": 4, "excluded": 2, "contested": 2}
ON_THE_WAY = {"submitted": 4, "dispatched": 2, "working": 5, "paused": 2, "done": 2, "call_back": 2}


@dataclass
class Stage:
    """The demo community with the staff who act, and what people say."""

    demo: Any
    said: dict[str, Any]
    workers: list[Person]
    head: Person
    leader: Person
    units: dict[str, Organisation]
    desks: dict[int, Person]

    @property
    def area(self) -> Area:
        place: Area = self.demo.area
        return place

    def pick(self, name: str) -> str:
        words: str = self.demo.random.choice(self.said["answers"][name])
        return words

    def handler(self, case: Case) -> Person:
        """Who takes the case: the desk of its unit where it has one, else a worker of the community."""
        return self.desks.get(case.unit_id or 0) or self.demo.random.choice(self.workers)

    def leading(self, case: Case) -> Organisation:
        """Who is dispatched to: the unit the rules found, unless the community may not lead such a matter."""
        unit: Organisation | None = case.unit
        allowed = unit is not None and may_lead(unit, case.category, case.area_code)
        return unit if unit is not None and allowed else self.units["街道物业科"]

    def other(self, *but: Person | None) -> Person:
        """A colleague who had nothing to do with it, for the call-back."""
        taken = {one.pk for one in but if one is not None}
        return next(one for one in [*self.workers, self.head] if one.pk not in taken)


def furnish(demo: Any) -> None:
    """At least 350 matters (a tenth in the small community), deterministic by the demo's own chance."""
    said = yaml.safe_load(Path(__file__).with_name("demo.yaml").read_text(encoding="utf-8"))
    stars = demo.stars
    stage = Stage(
        demo, said, workers=[stars["worker"], stars["worker2"]], head=stars["head"], leader=stars["leader"],
        units=demo.organisations, desks={demo.organisations["街道城管办"].pk: stars["department"]})
    routing.forget()
    sentences = [(kind, category, text) for kind in ("complaint", "consult")
                 for category, texts in said[kind].items() for text in texts]
    count = COUNT // 10 if demo.small else COUNT
    for number in range(count):
        kind, category, text = sentences[number] if number < len(sentences) and not demo.small else (
            demo.random.choice(sentences))
        _live(stage, number, kind, category, text)
    _complaints_about_a_company(stage)
    _like_ones(stage)
    _no_water(stage)


def _live(stage: Stage, number: int, kind: str, category: str, text: str) -> None:
    chance = stage.demo.random
    age = DAYS * chance.random() ** 1.6 + 0.05
    words = text.replace("{n}", str(chance.randint(1, 6)))
    guessed = _guess(words)
    with stage.demo.days_ago(age):
        case = _opened(stage, number, kind, category, words, guessed)
    if age < 4:
        end = chance.choices(list(ON_THE_WAY), list(ON_THE_WAY.values()))[0]
    else:
        end = chance.choices(list(ENDS), list(ENDS.values()))[0]
    if kind == "consult":
        _answered(stage, case, age, end)
    else:
        _handled(stage, case, age, end)


def _guess(words: str) -> dict[str, Any]:
    """Today's guess: the word list of three months ago may not have been written yet."""
    return classifying.told(classifying.suggest(words))


def _opened(stage: Stage, number: int, kind: str, category: str, words: str, guessed: dict[str, Any]) -> Case:
    chance, person = stage.demo.random, stage.demo.resident(stage.demo.random.randrange(100_000))
    home = stage.demo.home_of.get(person.pk)
    building = home.building if home is not None and chance.random() < 0.7 else None
    known = category if classifying.is_known(category) else classifying.OTHER
    asked = Asked(
        kind=kind, text=words, category=known, building=building, suggestion=guessed, once=f"demo-{number}",
        visibility="area" if kind == "complaint" and chance.random() < 0.6 else "parties",
        is_anonymous=chance.random() < 0.04)
    if chance.random() < 0.22:  # by telephone or at the window
        return actions.take_in(chance.choice(stage.workers), stage.area, Taken(
            asked, channel=chance.choice(["phone", "phone", "window", "12345"]),
            requester=person if chance.random() < 0.7 else None, contact=("张先生", f"+8619800{number:06d}")))
    case = actions.ask(person, stage.area, asked)
    if case.visibility == "area" and chance.random() < 0.15:
        for _n in range(chance.randint(1, 4)):
            cases.follow(stage.demo.resident(chance.randrange(100_000)), case)
    return case


class _Clock:
    """Moments of one matter: each asked for later than the last, none after now."""

    def __init__(self, stage: Stage, age: float) -> None:
        self.stage, self.age, self.at = stage, age, age

    def after(self, share: float) -> Any:
        """`share` of what is left between the last moment and now."""
        self.at = max(self.at * (1 - share), 0.0)
        return self.stage.demo.days_ago(self.at)

    def hours(self, hours: float) -> Any:
        self.at = max(self.at - hours / 24, 0.0)
        return self.stage.demo.days_ago(self.at)


def _handled(stage: Stage, case: Case, age: float, end: str) -> None:
    chance, clock = stage.demo.random, _Clock(stage, age)
    handler = stage.handler(case)
    if end in ("submitted", "cancelled", "redirected", "contested", "parked", "objected"):
        _not_begun(stage, case, clock, end)
        return
    is_department = handler not in stage.workers
    if end == "dispatched" or is_department or chance.random() < 0.3:
        with clock.hours(chance.uniform(0.5, 5)):
            case = cases.act(stage.workers[0], case, "dispatch", unit=stage.leading(case), channel="desk")
    if end == "dispatched":
        return
    with clock.hours(chance.uniform(0.5, 8)):
        cases.act(handler, case, "take", channel="desk")
        if chance.random() < 0.5:
            cases.send_message(handler, _fresh(case), stage.pick("message"), channel="desk")
    if end in ("working", "overdue"):
        if end == "overdue" and case.requester is not None:
            with clock.after(0.5):
                cases.nudge(case.requester, _fresh(case), words=stage.pick("nudge"))
        return
    if end == "paused":
        with clock.hours(2):
            cases.act(handler, case, "ask_more", note=stage.pick("ask_more"), channel="desk")
        return
    if end == "extended":
        _extended(stage, case, clock, handler)
    elif end == "whistled":
        _whistled(stage, case, clock)
    _ended(stage, case, clock, handler, end)


def _ended(stage: Stage, case: Case, clock: _Clock, handler: Person, end: str) -> None:
    """办结, the requester's word, and 回访 by somebody else."""
    chance = stage.demo.random
    with clock.hours(chance.uniform(8, 90)):
        cases.act(handler, case, "finish", note=stage.pick("fixed"), channel="desk")
    if end == "done":
        return
    person = _fresh(case).requester
    if end == "not_fixed" and person is not None:
        with clock.hours(20):
            cases.act(person, case, "not_fixed", note=stage.pick("not_fixed"), solved="no",
                      satisfied=str(chance.choice([1, 2, 2, 3])))
        with clock.hours(10):
            if "take" in {step.name for step in _steps(handler, case)}:
                cases.act(handler, case, "take", channel="desk")
        with clock.hours(30):
            cases.act(handler, case, "finish", note=stage.pick("fixed"), channel="desk")
    caller = stage.other(handler, _fresh(case).assignee)
    if person is None or end == "by_phone":
        with clock.hours(30):
            cases.act(caller, case, "ask_by_phone", channel="desk")
    else:
        with clock.hours(15):
            cases.act(person, case, "rate", solved="yes", contacted=chance.choice(["yes", "yes", "yes", "no"]),
                      satisfied=str(chance.choice([5, 5, 5, 4, 4, 3])))
    if end == "call_back":
        return
    with clock.hours(20):
        if chance.random() < 0.2:
            cases.record_call_try(caller, _fresh(case))
        cases.act(caller, case, "call_back", solved="yes", channel="phone", contacted="yes",
                  satisfied=str(chance.choice([5, 4, 4, 3])))
    if end == "excluded":
        cases.exclude_from_rates(stage.head, _fresh(case), reason="unreasonable")
        cases.exclude_from_rates(stage.leader, _fresh(case), reason="unreasonable")


def _not_begun(stage: Stage, case: Case, clock: _Clock, end: str) -> None:
    chance, worker = stage.demo.random, stage.demo.random.choice(stage.workers)
    if end == "cancelled" and case.requester is not None:
        with clock.hours(6):
            cases.act(case.requester, case, "cancel", note="")
    elif end in ("redirected", "contested"):
        reason = chance.choice(["channel", "repeat", "outside", "privacy", "unlawful"])
        with clock.hours(4):
            cases.act(worker, case, "redirect", reason=reason, channel="desk", note=polite_text(
                reason, stage.area, earlier=case, target="区市场监管局 12315", language="zh"))
        if end == "contested" and case.requester is not None:
            with clock.hours(20):
                cases.act(case.requester, case, "contest", note="我找过了，他们让我找社区。")
    elif end == "parked":
        with clock.hours(30):
            until = (now() + timedelta(days=chance.randint(60, 89))).date().isoformat()
            cases.act(stage.head, case, "park", reason=chance.choice(["money", "law", "upper", "season"]), until=until,
                      note=stage.pick("park"), channel="desk")
    elif end == "objected":
        _objected(stage, case, clock)


def _objected(stage: Stage, case: Case, clock: _Clock) -> None:
    """A department says it is not theirs; the street decides, which belongs to neither."""
    unit, desk = stage.units["街道城管办"], stage.demo.stars["department"]
    with clock.hours(2):
        case = cases.act(stage.workers[0], case, "dispatch", unit=unit, channel="desk")
    with clock.hours(3):
        cases.file_objection(desk, case, reason=stage.pick("object"), unit=stage.units["街道物业科"])
    if stage.demo.random.random() < 0.7:
        with clock.hours(6):
            upheld = stage.demo.random.random() < 0.5
            cases.decide_objection(stage.leader, _fresh(case), upheld=upheld, reason="看过图纸和现场")
        if not upheld:
            with clock.hours(3):
                cases.act(desk, case, "take", channel="desk")
            _ended(stage, case, clock, desk, "closed")


def _extended(stage: Stage, case: Case, clock: _Clock, handler: Person) -> None:
    with clock.hours(12):
        due = _fresh(case).clock_at
        if due is None or due <= now():
            return
        cases.ask_extension(handler, _fresh(case), until=due + timedelta(days=5), reason=stage.pick("extend"))
    with clock.hours(4):
        cases.decide_extension(stage.head, _fresh(case), agreed=stage.demo.random.random() < 0.8, reason="情况属实")


def _whistled(stage: Stage, case: Case, clock: _Clock) -> None:
    unit = stage.units["街道城管办"]
    if case.unit_id == unit.pk:
        return
    with clock.hours(5):
        leg = cases.whistle(stage.workers[0], _fresh(case), unit, reason=stage.pick("whistle"))
    with clock.hours(8):
        leg = cases.arrive_leg(stage.demo.stars["department"], Leg.objects.select_related("case").get(pk=leg.pk))
    with clock.hours(20):
        cases.report_leg(stage.demo.stars["department"], leg, report=stage.pick("report"))


def _answered(stage: Stage, case: Case, age: float, end: str) -> None:
    """An enquiry: mostly answered the same day, some at once from what is published."""
    chance, clock = stage.demo.random, _Clock(stage, age)
    worker, person = chance.choice(stage.workers), case.requester
    if end in ("submitted", "dispatched", "paused", "overdue"):
        return
    if end in ("redirected", "contested"):
        with clock.hours(4):
            cases.act(worker, case, "redirect", reason="outside", channel="desk", note=polite_text(
                "outside", stage.area, target="区人社窗口 12333", language="zh"))
        return
    if end in ("cancelled",) and person is not None:
        with clock.hours(3):
            cases.act(person, case, "cancel", note="")
        return
    if chance.random() < 0.35:
        with clock.hours(1):
            cases.act(worker, case, "answer_published", note=stage.pick("told"), channel="desk",
                      target="办事指南 2026 版")
        return
    with clock.hours(chance.uniform(0.5, 7)):
        cases.act(worker, case, "take", channel="desk")
    if end == "working":
        return
    with clock.hours(chance.uniform(0.5, 5)):
        cases.act(worker, case, "finish", note=stage.pick("told"), channel="desk")
    if end == "done" or person is None:
        return
    with clock.hours(12):
        if end == "not_fixed":
            cases.act(person, case, "not_fixed", note="没说要带什么材料。", solved="no", satisfied="2")
        else:
            cases.act(person, case, "rate", solved="yes", satisfied=str(chance.choice([5, 5, 4])))


def _complaints_about_a_company(stage: Stage) -> None:
    """Three about one property company: none of them reaches its desk."""
    company = stage.units["安和物业"]
    for n, text in enumerate(("物业前台说话难听，还不肯登记。", "物业把公共部位租给卖水的，没人告诉过我们。",
                              "报了三次修都说没人，最后自己花钱找人修的。")):
        guessed = _guess(text)
        with stage.demo.days_ago(12 - 5 * n):
            case = actions.ask(stage.demo.resident(40 + n), stage.area, Asked(
                kind="complaint", text=text, category="物业服务.服务态度", complained_of=company, once=f"demo-c{n}",
                suggestion=guessed))
        if n == 0:
            with stage.demo.days_ago(11):
                cases.act(stage.workers[1], case, "take", channel="desk")
            _ended(stage, case, _Clock(stage, 10), stage.workers[1], "closed")


def _like_ones(stage: Stage) -> None:
    """Two neighbours wrote of one lamp: the second rests inside the first."""
    made = []
    for n, text in enumerate(("东门里面第三盏路灯不亮。", "东门进来那盏路灯又灭了。")):
        guessed = _guess(text)
        with stage.demo.days_ago(2 - n * 0.5):
            made.append(actions.ask(stage.demo.resident(60 + n), stage.area, Asked(
                kind="complaint", text=text, category="公共设施.路灯", visibility="area", once=f"demo-l{n}",
                building=stage.demo.buildings[0], suggestion=guessed)))
    with stage.demo.days_ago(1):
        cases.merge(stage.workers[0], made[1], made[0], reason="同一盏灯")


def _no_water(stage: Stage) -> None:
    """停水: one incident, six matters tied to it, one answer to all."""
    texts = stage.said["complaint"]["水电气热.停水"]
    made = []
    for n in range(7):
        text = texts[n % len(texts)].replace("{n}", "2")
        guessed = _guess(text)
        with stage.demo.days_ago(0.4 - n * 0.02):
            made.append(actions.ask(stage.demo.resident(80 + n), stage.area, Asked(
                kind="complaint", text=text, category="水电气热.停水", visibility="area", once=f"demo-w{n}",
                title="2号楼停水" if n == 0 else "", building=stage.demo.buildings[1],
                suggestion=guessed)))
    with stage.demo.days_ago(0.2):
        cases.act(stage.workers[0], made[0], "take", channel="desk")
        for child in made[1:]:
            cases.tie(stage.workers[0], child, made[0])
        cases.broadcast(stage.workers[0], made[0], "2号楼水泵在换零件，今天 18 点前来水。一楼大厅放了桶装水。")


def _fresh(case: Case) -> Case:
    found: Case = Case.objects.select_related("requester", "assignee", "unit").get(pk=case.pk)
    return found


def _steps(person: Person, case: Case) -> list[Any]:
    from linli.mechanisms.cases import engine

    return engine.transitions_for(person, _fresh(case))
