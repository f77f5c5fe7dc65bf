"""A fortnight of the demo community's kitchen, through the actions: nothing in it breaks a rule."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from django.utils import timezone

from linli.foundation.areas.models import Facility
from linli.foundation.calendar.clock import now, today
from linli.foundation.people.models import Person
from linli.services.kitchen.actions import (
    cooking,
    delivering,
    eating,
    giving,
    ordering,
    planning,
    recalling,
    shifting,
    stocking,
)
from linli.services.kitchen.models import Gift, Ingredient, Lot, Menu, Recipe, Shift, Stop

INGREDIENTS: tuple[tuple[str, str, list[str]], ...] = (
    ("大米", "gram", []), ("面粉", "gram", ["gluten"]), ("青菜", "gram", []), ("土豆", "gram", []),
    ("豆腐", "gram", ["soy"]),
    ("鸡蛋", "piece", ["egg"]), ("鸡腿肉", "gram", []), ("鱼片", "gram", ["fish"]), ("菜油", "gram", []),
    ("花生", "gram", ["peanut"]))
DISHES = (
    ("米饭", ["halal", "vegetarian", "soft", "low_salt", "low_sugar"], {"大米": 120}),
    ("清炒青菜", ["halal", "vegetarian", "soft", "low_salt", "low_sugar"], {"青菜": 150, "菜油": 8}),
    ("番茄味豆腐", ["halal", "vegetarian", "soft", "low_sugar"], {"豆腐": 120, "菜油": 6}),
    ("蒸蛋羹", ["halal", "soft", "low_salt", "low_sugar"], {"鸡蛋": 1}),
    ("土豆烧鸡", ["halal", "low_sugar"], {"土豆": 100, "鸡腿肉": 90, "菜油": 8}),
    ("清蒸鱼片", ["soft", "low_salt", "low_sugar"], {"鱼片": 110}),
    ("花生拌菜", ["vegetarian"], {"花生": 20, "青菜": 80}))
WEEK = (("米饭", "清炒青菜", "土豆烧鸡"), ("米饭", "番茄味豆腐", "蒸蛋羹"), ("米饭", "清炒青菜", "清蒸鱼片"),
        ("米饭", "土豆烧鸡", "清炒青菜"), ("米饭", "番茄味豆腐", "清炒青菜"))
DOORS = ("按门铃，耳朵不好", "走得慢，多等一会儿", "", "门口有狗，不咬人", "", "敲窗户也行")


@dataclass
class Kitchen:
    """What the parts of the story share."""

    demo: Any
    worker: Person
    other: Person
    eaters: list[Person] = field(default_factory=list)
    dishes: dict[str, Recipe] = field(default_factory=dict)
    goods: dict[str, Ingredient] = field(default_factory=dict)


def furnish(demo: Any) -> None:
    """Shelves and donors, a week of menus, today's round half walked with a shut door, and a lot called back."""
    workers = demo.people("worker")
    heads = demo.people("community_head")
    if not workers or not demo.residents:
        return
    kitchen = Kitchen(demo, workers[0], heads[0] if heads else workers[0])
    with demo.days_ago(20, hour=9):
        _shelves(kitchen)
        _eaters(kitchen)
    _gifts(kitchen)
    tofu = _shelve(kitchen, "豆腐", 9_000, ago=9, keeps=12, label="DF-1108")
    for ago in (5,) if demo.small else (7, 6, 5, 4, 2):
        _past_day(kitchen, ago, ("米饭", "番茄味豆腐", "蒸蛋羹") if ago == 5 else WEEK[(0, 2, 3)[ago % 3]])
    with demo.days_ago(3, hour=15):
        made = recalling.recall(
            kitchen.worker, tofu, reason="厂家通知这批豆腐检出菌落超标",
            advice="没吃完的不要再吃。肚子不舒服，带上这条消息去社区医院，或打厨房电话。")
        for call in made.calls.select_related("recall__area")[:3]:
            recalling.called(kitchen.worker, call, answer="都好，没有不舒服")
    _today(kitchen)
    _to_come(kitchen)
    _shifts(kitchen)


def _shelves(kitchen: Kitchen) -> None:
    demo, worker = kitchen.demo, kitchen.worker
    canteen = Facility.objects.filter(area=demo.area, kind="canteen").order_by("pk").first()
    stocking.save_site(worker, demo.area, name="梧桐里爱心厨房", phone="0571-00000041", facility=canteen,
                       organisation=demo.organisations.get("梧桐里社区居委会"))
    for name, measure, allergens in INGREDIENTS:
        kitchen.goods[name] = stocking.save_ingredient(
            worker, demo.area, name=name, measure=measure, allergens=allergens)
    for name, diets, lines in DISHES:
        kitchen.dishes[name] = planning.save_recipe(
            worker, demo.area, name=name, diets=diets,
            lines={kitchen.goods[one].pk: amount for one, amount in lines.items()})


def _shelve(kitchen: Kitchen, name: str, amount: int, *, ago: int, keeps: int, label: str = "") -> Lot:
    """A bought lot that came `ago` days back and keeps for `keeps` days from then."""
    with kitchen.demo.days_ago(ago, hour=8.5):
        return stocking.shelve(
            kitchen.worker, kitchen.demo.area, ingredient=kitchen.goods[name], amount=amount, label=label,
            expires_on=today() + timedelta(days=keeps), storage="chilled", source="社区助餐经费采购")


def _gifts(kitchen: Kitchen) -> None:
    """A shop, a company and a neighbour gave; one offer waits, one is to be handed over, one could not be taken."""
    demo, worker = kitchen.demo, kitchen.worker
    shop = giving.enter_donor(worker, demo.area, name="青禾粮油店", phone="0571-00000051", is_body=True)
    firm = giving.enter_donor(worker, demo.area, name="河畔农场合作社", phone="0571-00000052", is_body=True)
    giving.allow_name(worker, shop, is_named=True)
    aunt = giving.donor_of(demo.stars.get("resident", demo.resident(0)), demo.area, name="林女士")
    rows = (
        (18, shop, "大米", "大米", 90_000, 160), (18, shop, "菜油", "菜油", 12_000, 200),
        (13, firm, "土豆", "土豆", 40_000, 34), (13, firm, "青菜", "青菜", 24_000, 14),
        (12, firm, "鲜鸡蛋", "鸡蛋", 240, 26), (3, firm, "速冻青菜", "青菜", 36_000, 40),
        (6, aunt, "香米", "大米", 10_000, 90))
    for number, (ago, donor, what, good, amount, keeps) in enumerate(rows):
        _given(kitchen, donor, what, kitchen.goods[good], amount, ago=ago, keeps=keeps, number=number)
    for good, amount, ago, keeps in (
            ("鸡腿肉", 30_000, 12, 40), ("鱼片", 30_000, 12, 30), ("豆腐", 20_000, 1, 7), ("面粉", 10_000, 15, 100),
            ("花生", 3_000, 15, 17)):  # two days left: the desk is told
        _shelve(kitchen, good, amount, ago=ago, keeps=keeps)
    with demo.days_ago(1, hour=16):
        waiting = _offer(worker, firm, "胡萝卜", 15_000, today() + timedelta(days=12), once="demo.carrot")
        giving.decline_gift(worker, _offer(worker, shop, "临期饼干", 4_000, today() + timedelta(days=9),
                                           once="demo.biscuit"), why="甜点吃不完，下次捐米面油更合适")
        bean = _offer(aunt.person or worker, aunt, "黄豆", 5_000, today() + timedelta(days=120), once="demo.bean",
                      agreement=True)
        giving.accept_gift(worker, bean, collect_at=_at(today() + timedelta(days=2), 9, 30),
                           collect_where="爱心厨房后门")
    assert waiting.state == "offered"


def _offer(person: Person, donor: Any, what: str, amount: int, expires_on: date, *, once: str,
           agreement: bool = False) -> Gift:
    return giving.offer_gift(
        person, donor, what=what, measure="gram" if what != "鲜鸡蛋" else "piece", amount=amount,
        expires_on=expires_on, storage="room", once=once, none_refused=True, wants_agreement=agreement)


def _given(kitchen: Kitchen, donor: Any, what: str, good: Ingredient, amount: int, *, ago: int, keeps: int,
           number: int) -> None:
    demo, worker = kitchen.demo, kitchen.worker
    with demo.days_ago(ago + 1, hour=10):
        gift = _offer(donor.person or worker, donor, what, amount, today() + timedelta(days=keeps + 1),
                      once=f"demo.{number}")
        giving.accept_gift(worker, gift, collect_at=_at(today() + timedelta(days=1), 9), collect_where="爱心厨房后门")
    with demo.days_ago(ago, hour=9):
        giving.receive_gift(worker, gift, ingredient=good, counted=amount, condition="good",
                            expires_on=today() + timedelta(days=keeps), storage="room", not_recalled=True)


def _at(day: date, hour: int, minute: int = 0) -> datetime:
    return timezone.make_aware(datetime.combine(day, time(hour, minute)))


def _eaters(kitchen: Kitchen) -> None:
    """Elders with a door; two with an allergy, one who wants soft food, some with a subsidy."""
    demo, worker = kitchen.demo, kitchen.worker
    star = demo.stars.get("elder")
    old = [one for one in demo.residents if one.birth_year and today().year - one.birth_year >= 68 and one != star]
    kitchen.eaters = ([star] if star else []) + (old or demo.residents)[:5 if demo.small else 13]
    for number, person in enumerate(kitchen.eaters):
        home = demo.home_of.get(person.pk)
        building = home.building if home else demo.buildings[number % len(demo.buildings)]
        eating.save_eater(
            worker, demo.area, person, channel="window", building=building,
            door=f"{home.entrance}单元{home.number}" if home else f"1单元{101 + number}",
            door_words=DOORS[number % len(DOORS)], diets=["soft"] if number % 5 == 2 else [],
            allergies=["fish"] if number == 3 else ["peanut"] if number == 5 else [], agrees_health=True,
            neighbour="对门老李" if number % 4 == 1 else "", contact="女儿" if number % 3 == 0 else "",
            contact_phone=f"1390000{7000 + number:04d}" if number % 3 == 0 else "")
        if number % 2 == 0:
            eating.set_subsidy(worker, demo.area, person, code=("age80", "alone", "hardship")[number % 3],
                               source="身份证、社区名册")


def _menu(kitchen: Kitchen, day: date, names: tuple[str, ...], portions: int) -> Menu:
    begins = _at(day, 11)
    menu = planning.make_menu(
        kitchen.worker, kitchen.demo.area, on=day, serving="lunch", dishes=[kitchen.dishes[one] for one in names],
        portions=portions, price=1200, serves_from=begins, serves_until=begins + timedelta(minutes=90),
        cutoff_at=begins - timedelta(hours=18))
    planning.fill(kitchen.worker, menu)
    return planning.open_menu(kitchen.worker, menu)


def _order_all(kitchen: Kitchen, menu: Menu, eaters: list[Person]) -> None:
    for number, person in enumerate(eaters):
        if not _may_eat(kitchen, menu, number):
            continue
        ordering.place(
            kitchen.worker if number % 2 else person, menu, person, portions=2 if number == 4 else 1,
            way="pick_up" if number % 6 == 5 else "deliver", channel="phone", once=f"demo.{menu.pk}", knows_diet=True,
            note="饭软一点" if number == 0 else "")


def _may_eat(kitchen: Kitchen, menu: Menu, number: int) -> bool:
    """The fourth is allergic to fish and would be refused."""
    return number != 3 or kitchen.dishes["清蒸鱼片"].pk not in menu.dishes


def _served(kitchen: Kitchen, menu: Menu, day_ago: float, *, hour: float) -> None:
    """Cut-off, one pot, boxes, bags."""
    worker = kitchen.worker
    with kitchen.demo.days_ago(day_ago + 1, hour=18):
        planning.lock_menu(menu)
    with kitchen.demo.days_ago(day_ago, hour=hour):
        cooking.cook(worker, menu, portions=menu.portions, celsius=Decimal("78.5"), sample_grams=150)
        cooking.pack(worker, menu)
        delivering.make_rounds(worker, menu, carriers=1 if kitchen.demo.small else 2)


def _past_day(kitchen: Kitchen, ago: int, names: tuple[str, ...]) -> None:
    """A whole day: ordered, cooked, carried, fetched, said how it was, closed."""
    demo, worker = kitchen.demo, kitchen.worker
    with demo.days_ago(ago + 2, hour=10):
        menu = _menu(kitchen, today() + timedelta(days=2), names, len(kitchen.eaters) + 4)
        _order_all(kitchen, menu, kitchen.eaters)
    _served(kitchen, menu, ago, hour=10)
    with demo.days_ago(ago, hour=12):
        for stop in Stop.objects.filter(round__menu=menu).select_related("round__area", "round__menu"):
            delivering.report(worker, stop, what="delivered", once=f"demo.{stop.pk}")
        for order in menu.orders.filter(state="packed", way="pick_up").select_related("menu__area", "area", "person"):
            delivering.hand_out(worker, order)
        for number, order in enumerate(menu.orders.filter(state="delivered").select_related(
                "menu", "area", "person")[:6]):
            if order.person is not None:
                ordering.say_how(order.person, order, taste=("good", "good", "fine", "good", "good", "bad")[number],
                                 words_said="青菜有点咸" if number == 5 else "")
        cooking.close_menu(worker, menu)


def _today(kitchen: Kitchen) -> None:
    """The carrier is out: half the doors are done, one stayed shut twice and waits for somebody to look."""
    demo, worker = kitchen.demo, kitchen.worker
    with demo.days_ago(3, hour=11):
        menu = _menu(kitchen, today() + timedelta(days=3), WEEK[0], len(kitchen.eaters) + 3)
        _order_all(kitchen, menu, kitchen.eaters)
    _served(kitchen, menu, 0, hour=10)
    first, *others = list(menu.rounds.select_related("area", "menu").order_by("number"))
    carrier = demo.stars.get("resident", demo.resident(1))
    first = delivering.name_carrier(worker, first, carrier)
    for number, one in enumerate(others):
        delivering.name_carrier(worker, one, demo.resident(7 + number))
    delivering.set_out(carrier, first)
    stops = list(first.stops.select_related("round__area", "round__menu").order_by("position"))
    for stop in stops[: max(1, len(stops) // 2)]:
        delivering.report(carrier, stop, what="delivered", once=f"demo.{stop.pk}")
    shut = stops[-1]
    if shut not in stops[: max(1, len(stops) // 2)]:
        for tried in (1, 2):
            delivering.report(carrier, shut, what="absent", once=f"demo.{shut.pk}.{tried}")


def _to_come(kitchen: Kitchen) -> None:
    """A week of menus that take orders; the elder's standing order is in them; one menu is still a draft."""
    demo, worker, made = kitchen.demo, kitchen.worker, 0
    star = kitchen.eaters[0]
    with demo.days_ago(2, hour=9):
        standing = ordering.save_standing(star, demo.area, star, weekdays=[1, 2, 3, 4, 5], serving="lunch",
                                          portions=1, way="deliver")
    for ahead in range(1, 4 if demo.small else 8):
        day = today() + timedelta(days=ahead)
        if now() >= _at(day, 11) - timedelta(hours=18):
            continue
        portions = 14
        menu = _menu(kitchen, day, WEEK[ahead % 5], portions) if ahead < 6 else planning.make_menu(
            worker, demo.area, on=day, serving="lunch", dishes=[kitchen.dishes["米饭"], kitchen.dishes["花生拌菜"]],
            portions=portions, price=1200, serves_from=_at(day, 11), serves_until=_at(day, 12, 30),
            cutoff_at=_at(day, 11) - timedelta(hours=18))
        if menu.state != "open":
            continue
        if day.isoweekday() in standing.weekdays:
            ordering.place_standing(standing, menu)
        made += 1
        for number, person in enumerate(kitchen.eaters[: 3 if made > 1 or demo.small else 9]):
            if number and _may_eat(kitchen, menu, number):
                ordering.place(person, menu, person, way="pick_up", once=f"demo.{menu.pk}", knows_diet=True)


def _shifts(kitchen: Kitchen) -> None:
    """Shifts with hands in them; one volunteer's certificate is good, and a shift of last week is done."""
    demo, worker = kitchen.demo, kitchen.worker
    helpers = [one for one in demo.residents if one.birth_year and 30 <= today().year - one.birth_year <= 65][:4]
    if not helpers:
        return
    with demo.days_ago(25, hour=10):
        shifting.certify(kitchen.other, demo.area, helpers[0], number="杭健20260418",
                         valid_until=today() + timedelta(days=25 + 24))
    with demo.days_ago(6, hour=9):
        past = shifting.plan_shift(worker, demo.area, kind="pack", starts=_at(today() + timedelta(days=1), 10),
                                   ends=_at(today() + timedelta(days=1), 12), places=3)
        shifting.join(helpers[-1], past)
    with demo.days_ago(5, hour=10):
        came = shifting.check_in(helpers[-1], past, helpers[-1])
    with demo.days_ago(5, hour=12):
        shifting.check_out(helpers[-1], came)
    for kind, hour, places in (("cook", 8, 3), ("pack", 10, 3), ("carry", 11, 2)):
        for ahead in (1,) if demo.small else (1, 2):
            day = today() + timedelta(days=ahead)
            shift: Shift = shifting.plan_shift(worker, demo.area, kind=kind, starts=_at(day, hour),
                                               ends=_at(day, hour + 2), places=places)
            for helper in helpers[:1] if kind == "cook" else helpers[1:3]:
                shifting.join(helper, shift)
