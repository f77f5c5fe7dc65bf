"""A quarter of a year of the demo community's time bank, through the actions: nothing in it breaks a rule."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from django.utils import timezone

from linli.foundation.calendar import clock
from linli.foundation.people.models import Mandate, Person
from linli.foundation.web import Refused
from linli.services.timebank import queries
from linli.services.timebank.actions import asking, attending, giving, joining, keeping, proving, settling
from linli.services.timebank.actions.asking import Wanted
from linli.services.timebank.actions.joining import Profile
from linli.services.timebank.models import Need, Service

THANKS = ("谢谢您陪我说话。", "菜买得新鲜，谢谢。", "手机会用了，孙女也夸。", "", "", "走路扶得稳，谢谢。")
NOTES = ("耳朵不太好，说话慢一点。", "要下楼走走，腿脚慢。", "微信看不到孙子的照片了。", "帮带一袋米、一桶油。", "")
ITEMS = ("company", "shopping", "phone", "reading", "cleaning")


def furnish(demo: Any) -> None:
    """Volunteers, elders with issued time, settled services, gifts, a team, and what waits at the desk today."""
    workers, heads = demo.people("worker"), demo.people("community_head")
    leaders = demo.people("street_leader")
    if not workers or not heads or not leaders:
        return
    with demo.days_ago(95, hour=9):
        decision = keeping.propose_decision(
            heads[0], demo.area, number="梧街发〔2026〕18号", title="困难老人每季度发放", limit_minutes=60 * 400,
            since=clock.today() - timedelta(days=5))
        keeping.agree_decision(leaders[0], decision)
        keeping.fund_pool(workers[0], decision, 60 * 40, once="start")
    elders = _elders(demo, workers[0], decision)
    helpers = _helpers(demo, workers[0])
    if not elders or not helpers:
        return
    for number in range(6 if demo.small else 26):
        ago = 84 - number * (14 if demo.small else 3)
        _serve(demo, helpers[number % len(helpers)], elders[number % len(elders)], workers[0], ago, number)
    _aunt_and_mother(demo, helpers, workers[0])
    _team(demo, helpers)
    _today(demo, elders, helpers, workers)


def _grown(demo: Any, least: int, most: int) -> list[Person]:
    year = clock.today().year
    return [one for one in demo.residents if one.birth_year and least <= year - one.birth_year <= most and one.phone]


def _elders(demo: Any, worker: Person, decision: Any) -> list[Person]:
    """王阿姨 and a handful of elders; those in hardship are issued time."""
    star = demo.stars.get("elder")
    found = ([star] if star else []) + [one for one in _grown(demo, 72, 90) if one != star][:3 if demo.small else 7]
    with demo.days_ago(92, hour=10):
        for number, elder in enumerate(found):
            joining.entitle(worker, demo.area, elder, kind="hardship" if number % 3 else "key_empty_nest",
                            source=f"低保证 2026-{number + 11:03d}" if number % 3 else "空巢独居老人登记 2026 年")
            keeping.issue(worker, decision, elder, 60 * 20, once="quarter")
    return found


def _helpers(demo: Any, worker: Person) -> list[Person]:
    star = demo.stars.get("resident")
    people = ([star] if star else []) + [one for one in _grown(demo, 45, 66) if one != star][:3 if demo.small else 9]
    done = []
    slots = ["0am", "1pm", "2am", "2pm", "4pm", "5am", "5pm", "6am"]
    with demo.days_ago(90, hour=14):
        for number, person in enumerate(people):
            born = date(person.birth_year or 1970, 1 + number % 12, 3 + number)
            volunteer = joining.register(person, demo.area, Profile(
                birth_date=born, gender="f" if "女士" in person.title or "阿姨" in person.title else "m",
                skills=["cooking"] if number % 2 else ["teaching", "haircut"], languages=["zh", "wu"],
                slots=slots[number % 4:number % 4 + 4], items=[ITEMS[number % 5], ITEMS[(number + 2) % 5]]))
            if number < len(people) - 1 or demo.small:
                joining.certify_volunteer(
                    worker, volunteer, trained_on=clock.today(), insured_until=clock.today() + timedelta(days=365),
                    insurance=f"示例保险 2026-{number + 1:04d}", proven_skills=["haircut"] if number == 2 else [])
                done.append(person)
    return done


def _wanted(demo: Any, elder: Person, number: int, *, minutes: int, item: str = "") -> Wanted:
    home = demo.home_of.get(elder.pk)
    return Wanted(
        item=item or ITEMS[number % len(ITEMS)], begins=clock.now(), minutes=minutes,
        place=str(home.building) if home else "梧桐驿站", door=str(home) if home else "",
        note=NOTES[number % len(NOTES)], building=home.building if home else None)


def _serve(demo: Any, helper: Person, elder: Person, worker: Person, ago: int, number: int) -> Service | None:
    """One service from the asking to the minutes; some on paper, some confirmed by time."""
    minutes = (60, 90, 120, 60)[number % 4]
    with demo.days_ago(ago, hour=9 + number % 7):
        start = clock.now()
        try:
            if number % 4 == 3:
                need = asking.ask(worker, demo.area, _wanted(demo, elder, number, minutes=minutes), subject=elder)
            else:
                need = asking.ask(elder, demo.area, _wanted(demo, elder, number, minutes=minutes))
            service = asking.accept(helper, asking.publish(worker, need))
        except Refused:
            return None  # the demo's people are drawn by chance: somebody is busy, or short of time
        attending.check_in(helper, service, code=service.code_in)
    with clock.at(min(start + timedelta(minutes=minutes - 5 + number % 3 * 5), timezone.localtime())):
        service = attending.check_out(helper, service, code=service.code_out)
        if number % 4 == 3:
            return settling.confirm(worker, service, way="paper")
        return settling.confirm(elder, service, thanks=THANKS[number % len(THANKS)])


def _aunt_and_mother(demo: Any, helpers: list[Person], worker: Person) -> None:
    """林女士's mother is 王阿姨: she may act for her, and gives her an hour of what she earned."""
    daughter, mother = demo.stars.get("resident"), demo.stars.get("elder")
    if daughter is None or mother is None or daughter not in helpers:
        return
    with demo.days_ago(20, hour=19):
        joining.confirm_kin(worker, joining.claim_kin(daughter, demo.area, mother, "parent"))
        if not Mandate.objects.filter(agent=daughter, subject=mother, withdrawn=None).exists():
            Mandate.objects.create(subject=mother, agent=daughter, scope=["timebank"], evidence="witnessed",
                                   since=clock.now(), agreed_at=clock.now())
        if queries.mine(daughter, demo.area).purse.earned >= 60:
            giving.give(daughter, demo.area, mother, 60, once="demo")
    with demo.days_ago(3, hour=20):
        if queries.mine(daughter, demo.area).lifetime:
            proving.issue_certificate(daughter, demo.area, since=clock.today() - timedelta(days=90),
                                      until=clock.today())


def _team(demo: Any, helpers: list[Person]) -> None:
    with demo.days_ago(60, hour=18):
        team = joining.start_team(helpers[-1], demo.area, name="周末陪伴队", about="周末陪老人散步、聊天，教用手机。")
        for person in helpers[:-1][:4]:
            joining.join_team(person, team)


def _today(demo: Any, elders: list[Person], helpers: list[Person], workers: list[Person]) -> None:
    """What an ordinary morning has: to review, to match, a visit this afternoon, one to confirm, family to look at."""
    now = clock.now()
    midnight = timezone.localtime(now).replace(hour=0, minute=0, second=0, microsecond=0)
    wishes = (("company", 1, 10, 60), ("hospital", 2, 8, 180), ("phone", 2, 15, 60), ("shopping", 3, 9, 60),
              ("reading", 1, 16, 60))
    made: list[Need] = []
    for number, (item, days, hour, minutes) in enumerate(wishes[:3] if demo.small else wishes):
        elder = elders[(number + 1) % len(elders)]
        wanted = _wanted(demo, elder, number, minutes=minutes, item=item)
        try:
            made.append(asking.ask(elder, demo.area, Wanted(**{
                **wanted.__dict__, "begins": midnight + timedelta(days=days, hours=hour)})))
        except Refused:
            continue  # short of time: those whose hours are spent ask nobody today
    for need in made[1:]:
        asking.publish(workers[0], need, risk_told="出门乘车，老人走路慢，请带好医保卡。" if need.risk != "low" else "")
    if len(made) > 2:
        helper = next((one for one in helpers if one != demo.stars.get("resident")), helpers[0])
        try:
            asking.accept(demo.stars.get("resident") or helper, made[2])
        except Refused:
            pass  # somebody is busy just then: the need goes on looking
    star = demo.stars.get("elder")
    if star is not None:
        with demo.days_ago(1, hour=15):
            try:
                need = asking.publish(workers[0], asking.ask(star, demo.area, _wanted(demo, star, 1, minutes=60)))
                service = asking.accept(helpers[1 % len(helpers)], need)
                attending.check_in(helpers[1 % len(helpers)], service, code=service.code_in)
                begun = clock.now()
            except Refused:
                return
        with clock.at(min(begun + timedelta(minutes=58), now)):
            attending.check_out(helpers[1 % len(helpers)], service)
    if len(elders) > 2 and len(helpers) > 2:
        joining.claim_kin(helpers[2], demo.area, elders[2], "parent")
