"""Ninety days of repairs in the demo community, in every state, through the actions people themselves use."""

from __future__ import annotations

from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import yaml
from django.core.files.base import ContentFile
from django.db.transaction import atomic

from linli.foundation.areas.models import Building, Facility
from linli.foundation.calendar.clock import now
from linli.foundation.files import keep
from linli.foundation.people.models import Person
from linli.foundation.policy import policy
from linli.mechanisms.cases import actions as cases, routing
from linli.mechanisms.cases.models import Case
from linli.services.repairs import actions, queries
from linli.services.repairs.actions.money import Line
from linli.services.repairs.demo_stars import agreed_hours, drawn, furnish_stars
from linli.services.repairs.models import PriceItem, QuoteState

COUNT, DAYS = 1260, 90
# How often people report what; the rest of demo.yaml is as frequent as 1.
OFTEN = {"water": 9, "water.drain": 8, "power.light": 8, "public": 8, "door": 7, "door.lock": 6, "lift": 5,
         "lift.noise": 5, "lift.door": 4, "water.roof": 4, "power": 4, "clean": 4, "heating": 4, "green": 3,
         "parking": 3, "pest": 3, "other": 3}
ENDS = {"closed": 70, "silent": 7, "not_fixed": 5, "by_phone": 5, "cancelled": 4, "redirected": 3, "reopened": 2,
        "parked": 2, "overdue": 2}
CHUNK = 60  # cases in one transaction


@dataclass
class Stage:
    """The demo, the words of demo.yaml, and who works for which company."""

    demo: Any
    words: dict[str, Any]
    desks: dict[int, Person]
    fitters: dict[int, list[Person]]
    workers: list[Person]
    lifts: list[Facility]
    open_by_building: dict[int, list[Case]] = field(default_factory=dict)
    pictures: dict[str, bytes] = field(default_factory=dict)
    fit: dict[tuple[int, str], list[Person]] = field(default_factory=dict)

    def pick(self, name: str) -> str:
        said: str = self.demo.random.choice(self.words[name])
        return said

    def picture(self, category: str) -> ContentFile[bytes]:
        """A drawn photo for a category; the same each time."""
        family = category.partition(".")[0]
        if family not in self.pictures:
            self.pictures[family] = drawn(family)
        return ContentFile(self.pictures[family], "before.png")

    def able(self, case: Case) -> list[Person]:
        """The company's fitters who hold what the case asks for."""
        key = self.unit(case), case.category
        if key not in self.fit:
            self.fit[key] = [w for w in self.fitters[key[0]] if not queries.lacks(w, case)]
        return self.fit[key]

    def unit(self, case: Case) -> int:
        """The company at work; what the rules sent elsewhere stays with the first company's desk to look at."""
        return case.unit_id if case.unit_id in self.desks else next(iter(self.desks))


class Clock:
    """The moments of one case, each later than the last; `is_over` once the present is reached."""

    def __init__(self, demo: Any, age_days: float) -> None:
        self.demo, self.age = demo, age_days

    def later(self, hours: float) -> AbstractContextManager[None]:
        self.age -= hours / 24
        moment: AbstractContextManager[None] = self.demo.days_ago(max(self.age, 0.0))
        return moment

    def has(self, hours: float) -> bool:
        """Do that many hours still lie in the past?"""
        return self.age - hours / 24 > 0


def furnish(demo: Any) -> None:
    """1,260 repairs (a tenth in the small community), the price lists, the stores, and the stars' own matters."""
    stars, companies = demo.stars, demo.organisations
    first, second = companies["安和物业"].pk, companies["邻安物业"].pk
    stage = Stage(
        demo, yaml.safe_load(Path(__file__).with_name("demo.yaml").read_text(encoding="utf-8")),
        desks={first: stars["desk"], second: stars["desk2"]},
        fitters={first: [stars["fitter"], stars["fitter2"], stars["fitter3"]],
                 second: [stars["fitter4"], stars["fitter5"]]},
        workers=[stars["worker"], stars["worker2"]], lifts=[f for f in demo.facilities if f.kind == "lift"])
    routing.forget()
    with atomic():
        _prices(stage)
        _stock(stage)
    count = COUNT // 10 if demo.small else COUNT
    kinds = list(stage.words["said"])
    weights = [OFTEN.get(code, 1) for code in kinds]
    ages = sorted((DAYS * demo.random.random() ** 1.25 + 0.02 for _ in range(count)), reverse=True)
    for start in range(0, count, CHUNK):
        with atomic():
            for number in range(start, min(start + CHUNK, count)):
                code = demo.random.choices(kinds, weights)[0]
                _live(stage, number, code, ages[number])
    with atomic():
        furnish_stars(stage)
    with atomic():
        agreed_hours(stage)


def _prices(stage: Stage) -> None:
    """Each compound has a posted list; the first has a second version already."""
    demo = stage.demo
    for number, compound in enumerate(demo.compounds):
        desk = stage.desks[compound.property_company_id]
        for ago in ((400, 120) if number == 0 else (200,)):
            with demo.days_ago(ago, hour=10):
                draft = actions.draft_list(desk, compound)
                if not draft.items.exists():
                    for order, row in enumerate(stage.words["items"]):
                        name, unit, category, low, high, least, most, months = row
                        actions.save_item(
                            desk, draft, order=order * 10, name=name, unit=unit, category=category,
                            labour_min=Decimal(low), labour_max=Decimal(high), material_min=Decimal(least),
                            material_max=Decimal(most), warranty_months=months)
                actions.post_list(desk, draft, note="公示栏同时张贴")


def _stock(stage: Stage) -> None:
    for company, desk in stage.desks.items():
        organisation = next(o for o in stage.demo.organisations.values() if o.pk == company)
        with stage.demo.days_ago(88, hour=9):
            for name, unit, price, count, least in stage.words["stock"]:
                item = actions.add_item(desk, organisation, name=name, unit=unit, price=Decimal(str(price)),
                                        least=Decimal(least))
                actions.receive(desk, item, Decimal(count), note="月初进货")


def said(stage: Stage, code: str) -> str:
    """One of the sentences of that category, with its numbers filled in."""
    chance = stage.demo.random
    text: str = chance.choice(stage.words["said"][code]["texts"])
    return text.replace("{f}", str(chance.randint(2, 17))).replace("{e}", str(chance.randint(1, 3))).replace(
        "{n}", str(chance.randint(2, 5)))


def told(stage: Stage, number: int, code: str, person: Person) -> actions.Report:
    """What this person would report: in their home, at their building, in a lift of their compound, outdoors."""
    demo, where = stage.demo, stage.words["said"][code]["where"]
    home = demo.home_of[person.pk]
    building: Building | None = home.building
    facility = None
    if where == "lift" and stage.lifts:
        mine = [f for f in stage.lifts if f.building_id == home.building_id] or stage.lifts
        facility = demo.random.choice(mine)
        building = facility.building
    corner = demo.random.choice(("靠东那边", "单元门口", "朝南那一面", "", "", ""))
    return actions.Report(
        text=said(stage, code), category=code, building=building, home=home if where == "home" else None,
        facility=facility, detail=corner if where in ("common", "open") else "", once=f"demo-repair-{number}",
        entry=demo.random.choice(("call", "knock")) if where == "home" else "",
        at_home=demo.random.choice(([], [], ["pet"], ["child"], ["alone"])) if where == "home" else [],
        is_private=demo.random.random() < 0.04, danger_told=True)


def _live(stage: Stage, number: int, code: str, age: float) -> None:
    demo, chance = stage.demo, stage.demo.random
    person = demo.resident(chance.randrange(100_000))
    while person.is_demo:  # the stars have their own matters
        person = demo.resident(chance.randrange(100_000))
    clock = Clock(demo, age)
    with clock.later(0):
        report = told(stage, number, code, person)
        if chance.random() < 0.16:
            report.channel, report.contact = chance.choice(("phone", "phone", "window", "paper")), (
                person.name, person.phone or "+8619800000000")
            case = actions.report_at_desk(chance.choice(stage.workers), demo.area, report, requester=person)
        else:
            case = actions.report(person, demo.area, report)
    if _neighbours(stage, case, clock):
        return
    end = chance.choices(list(ENDS), list(ENDS.values()))[0]
    if case.urgency == "danger":
        end = "closed"
    if end == "cancelled" and clock.has(2):
        with clock.later(1.5):
            cases.act(person, case, "cancel")
    elif end == "redirected" and clock.has(3):
        with clock.later(2):
            cases.act(stage.desks[stage.unit(case)] if case.unit_id in stage.desks else stage.workers[0], case,
                      "redirect", reason=chance.choice(("outside", "repeat", "channel")),
                      note=stage.pick("redirect"), channel="desk")
    elif end == "parked" and clock.has(30):
        with clock.later(28):
            until = (now() + timedelta(days=chance.randint(80, 89))).date().isoformat()
            cases.act(stage.demo.stars["head"], case, "park", reason=chance.choice(("money", "season", "upper")),
                      until=until, note=stage.pick("park"), channel="desk")
    elif case.unit_id not in stage.desks:  # the gas company's own line: it was rung at once
        if clock.has(0.4):
            with clock.later(0.3):
                cases.act(stage.workers[0], case, "redirect", reason="emergency", channel="desk",
                          note="燃气公司抢修的人已经出发，电话 96777。先不要进屋，不要开关电器。")
    else:
        worker = _assigned(stage, case, clock)
        if worker is not None:
            _worked(stage, case, clock, worker, end)


def _neighbours(stage: Stage, case: Case, clock: Clock) -> bool:
    """Some neighbours have it too; a second report of the same is merged into the first (then true)."""
    chance = stage.demo.random
    if case.visibility != "area" or case.building_id is None:
        return False
    if chance.random() < 0.12 and clock.has(2):
        with clock.later(1):
            for _n in range(chance.randint(1, 4)):
                cases.follow(stage.demo.resident(chance.randrange(100_000)), case)
    earlier = [c for c in stage.open_by_building.get(case.building_id, []) if c.category == case.category]
    if earlier and chance.random() < 0.5 and clock.has(2):
        first = Case.objects.get(pk=earlier[-1].pk)
        if first.is_open and not first.merged_into_id:
            with clock.later(1):
                cases.merge(stage.workers[0], Case.objects.get(pk=case.pk), first, reason="同一处")
            return True
    stage.open_by_building.setdefault(case.building_id, []).append(case)
    return False


def _assigned(stage: Stage, case: Case, clock: Clock) -> Person | None:
    """指派, 抢单 or the pool's turn; None where nobody has accepted yet."""
    chance, desk = stage.demo.random, stage.desks[stage.unit(case)]
    quick = case.urgency == "danger"
    wait = 0.05 if quick else chance.expovariate(1 / 1.2)
    if not clock.has(wait):
        return None
    worker: Person = chance.choice(stage.able(case))
    if chance.random() < 0.3 and not quick:
        with clock.later(wait):
            cases.act(desk, case, "offer", channel="desk")
        if not clock.has(0.4):
            return None
        with clock.later(0.3):
            _workers, may_now = queries.eligible(_fresh(case))
            able = [w for w in stage.fitters[stage.unit(case)] if w.pk in may_now]
            if not able:
                return None
            if chance.random() < 0.6:
                worker = chance.choice(able)
                cases.act(worker, case, "pick")
                return worker
            turn = actions.rotate(case)  # nobody picked it: whose turn it is gets it
            if turn is None:
                return None
            worker = turn
    else:
        with clock.later(wait):
            cases.act(desk, case, "dispatch", worker=worker.pk, channel="desk")
    if not clock.has(0.3):
        return None
    if chance.random() < 0.04 and not quick:
        with clock.later(0.2):
            cases.act(worker, case, "take")
            cases.act(worker, case, "send_back", reason=chance.choice(("skill", "time")))
        worker = next((w for w in stage.able(case) if w.pk != worker.pk), worker)
        with clock.later(0.5):
            cases.act(desk, case, "dispatch", worker=worker.pk, channel="desk")
    with clock.later(0.05 if quick else chance.expovariate(1 / 0.8)):
        cases.act(worker, case, "take")
    return worker


def _worked(stage: Stage, case: Case, clock: Clock, worker: Person, end: str) -> None:
    chance, person = stage.demo.random, _requester(case)
    if person is not None and chance.random() < 0.12 and clock.has(1):
        with clock.later(0.5):
            cases.send_message(person, _fresh(case), stage.pick("message"))
            cases.send_message(worker, _fresh(case), stage.pick("reply"), channel="desk")
    if end == "overdue":  # it lies there; the ladder does the rest
        if person is not None and clock.has(60):
            with clock.later(50):
                cases.nudge(person, _fresh(case), words=stage.pick("nudge"))
        if clock.age < 20 or not clock.has(240):
            return
        clock.age -= 8
    if chance.random() < 0.06 and clock.has(4) and case.urgency != "danger":
        reason = chance.choice(list(stage.words["pause"]))
        with clock.later(3):
            cases.act(worker, case, "pause", reason=reason, note=chance.choice(stage.words["pause"][reason]))
        if not clock.has(30):
            return
        with clock.later(28):
            cases.act(worker, case, "resume")
    hours = 0.4 if case.urgency == "danger" else chance.expovariate(1 / (5 if case.urgency == "urgent" else 16))
    if not clock.has(hours):
        return
    with clock.later(hours):
        cases.act(worker, case, "arrive")
        _charged(stage, case, worker)
    if not clock.has(1):
        return
    with clock.later(chance.uniform(0.3, 1.5)):
        _finish(stage, case, worker)
    _answered(stage, case, clock, worker, end)


def _charged(stage: Stage, case: Case, worker: Person) -> None:
    """Work in a home is quoted from the list, mostly agreed to, paid; material comes from the store."""
    chance, case, person = stage.demo.random, _fresh(case), _requester(case)
    if case.home_id is None or person is None or case.facts.get("rework_of") or chance.random() < 0.35:
        return
    posted = queries.list_for(case)
    family = case.category.partition(".")[0]
    items: list[PriceItem] = [
        i for i in (posted.items.all() if posted else []) if i.category == case.category] or [
        i for i in (posted.items.all() if posted else []) if i.category.partition(".")[0] == family]
    if not items:
        return
    item = chance.choice(items)
    material = item.material_min if chance.random() < 0.8 else Decimal(0)
    row = actions.quote(worker, case, [Line(item.pk, Decimal(1), (item.labour_min + item.labour_max) / 2, material)])
    if chance.random() < 0.93:
        actions.agree_quote(person, row)
        actions.pay(worker, _fresh(case), amount=row.total, how=chance.choice(("cash", "transfer", "transfer")))
    else:
        actions.decline_quote(person, row, reason=chance.choice(("我自己找人", "太贵了", "")))
        actions.do_make_safe(worker, _fresh(case), note="关了阀门，擦干了水")


def _finish(stage: Stage, case: Case, worker: Person) -> None:
    """修好了, with the photos the category asks for: drawn, as nothing here was ever broken."""
    fresh = _fresh(case)
    if fresh.facts.get("quote", {}).get("state") == QuoteState.PROPOSED:
        return
    if fresh.category in policy("repairs.before_photo") and not fresh.facts.get("before_photos"):
        kept = keep(worker, stage.picture(fresh.category), purpose="repairs.photo", about=fresh)
        actions.add_before_photos(worker, fresh, [kept.pk])
    cases.act(worker, fresh, "finish", note=stage.pick("note"), after_photo=1)


def _answered(stage: Stage, case: Case, clock: Clock, worker: Person, end: str) -> None:
    """The requester says so, or says nothing, or is rung up."""
    chance, person = stage.demo.random, _requester(case)
    if _fresh(case).state != "done" or end == "silent" or person is None:
        return
    wait = chance.expovariate(1 / 14)
    if not clock.has(wait):
        return
    if end == "by_phone":
        caller = stage.workers[0]
        with clock.later(wait):
            cases.act(caller, case, "ask_by_phone", channel="desk")
        if clock.has(20):
            with clock.later(19):
                if chance.random() < 0.3:
                    cases.record_call_try(caller, _fresh(case), note="没人接")
                cases.act(stage.workers[1], case, "call_back", solved="yes", contacted="yes",
                          satisfied=str(chance.choice((5, 4, 4, 3))), note=stage.pick("call"), channel="phone")
        return
    if end == "not_fixed":
        with clock.later(wait):
            cases.act(person, case, "not_fixed", note=stage.pick("not_fixed"), solved="no",
                      satisfied=str(chance.choice((1, 2, 2, 3))))
        if clock.has(8):
            with clock.later(2):
                cases.act(stage.desks[stage.unit(case)], case, "dispatch", worker=worker.pk, channel="desk")
                cases.act(worker, case, "take")
            with clock.later(5):
                _finish(stage, case, worker)
        if not clock.has(10) or _fresh(case).state != "done":
            return
        wait = 9
    good = chance.random() < 0.86
    with clock.later(wait):
        cases.act(person, case, "rate", solved="yes", note=stage.pick("praise" if good else "grumble"),
                  contacted="yes" if good else chance.choice(("yes", "no")),
                  satisfied=str(chance.choice((5, 5, 5, 4)) if good else chance.choice((2, 3, 3, 4))))
    if end == "reopened" and clock.has(24 * 6):
        with clock.later(24 * 5):
            cases.act(person, case, "reopen", note="又坏了，跟上次一样")
        if clock.has(30):
            with clock.later(3):
                cases.act(stage.desks[stage.unit(case)], case, "dispatch", worker=worker.pk, channel="desk")
                cases.act(worker, case, "take")
            with clock.later(18):
                _finish(stage, case, worker)


def _fresh(case: Case) -> Case:
    """The row as it is now, with the people and the place that are known already."""
    found = Case.objects.get(pk=case.pk)
    assert isinstance(found, Case)
    for name in ("requester", "building"):
        if getattr(found, f"{name}_id") is not None:
            setattr(found, name, getattr(case, name))
    return found


def _requester(case: Case) -> Person | None:
    return case.requester

