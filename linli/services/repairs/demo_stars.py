"""What the people one signs in as find: a matter to confirm, one in repair, a quote to answer, work in each queue."""

from __future__ import annotations

import io
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from PIL import Image, ImageDraw

from linli.foundation.calendar.clock import now
from linli.foundation.files import keep
from linli.foundation.people.models import Person
from linli.mechanisms.cases import actions as cases
from linli.mechanisms.cases.models import Case
from linli.services.repairs import actions, queries, slots
from linli.services.repairs.actions.money import Line
from linli.services.repairs.actions.visits import grace

if TYPE_CHECKING:
    from linli.services.repairs.demo import Stage


def furnish_stars(stage: Stage) -> None:
    """林女士: one to confirm, one in repair, older ones closed. 王阿姨: a quote to answer. The desk: each queue."""
    demo, stars = stage.demo, stage.demo.stars
    lin, wang = stars["resident"], stars["elder"]
    home = demo.home_of[lin.pk]
    desk = stage.desks[home.building.compound.property_company_id]
    fitter = stage.fitters[home.building.compound.property_company_id][0]
    next_door = next(b for b in demo.buildings if b.compound_id == home.building.compound_id and b.number == 2)
    older = (
        (61, "power.light", "楼道灯坏了，晚上回家黑漆漆", home.building, None),
        (40, "door", "单元门关不上，谁都能进", home.building, None),
        (23, "water", "厨房水龙头关不紧，一直滴水", home.building, home),
    )
    for number, (ago, code, text, building, inside) in enumerate(older):
        with demo.days_ago(ago, hour=19.2):
            case = _report(stage, lin, f"lin-{number}", text, code, building=building, home=inside)
        with demo.days_ago(ago - 1, hour=9):
            _taken(desk, fitter, case)
            _finished(stage, fitter, case, "换了新的，试过几遍都正常。")
        with demo.days_ago(ago - 1, hour=20):
            cases.act(lin, case, "rate", solved="yes", contacted="yes", satisfied="5", note="来得快，修得也好。")
    with demo.days_ago(2, hour=17.5):
        rail = _report(stage, lin, "lin-rail", "2号楼坡道扶手松动，老人不敢扶", "public", building=next_door,
                       title_place="坡道中段")
        for n in (11, 23, 37):
            cases.follow(demo.resident(n), rail)
    with demo.days_ago(1, hour=9):
        _taken(desk, fitter, rail)
        cases.act(fitter, rail, "arrive")
    with demo.days_ago(0.25):
        _finished(stage, fitter, rail, "扶手重新焊牢，打磨过，不划手。")
    with demo.days_ago(0.6):
        lift = next((f for f in stage.lifts if f.building_id == home.building_id), None)  # a small town has no lifts
        noise = _report(stage, lin, "lin-lift", "电梯异响，上行时咔咔响", "lift.noise", building=home.building,
                        facility=lift)
        for n in (5, 17):
            cases.follow(demo.resident(n), noise)
    with demo.days_ago(0.5):
        _taken(desk, fitter, noise)
    with demo.days_ago(0.1):
        cases.act(fitter, noise, "arrive")
        cases.send_message(fitter, _again(noise), "在查导靴和钢丝绳，今天给您准信。", channel="desk")
    _elder(stage, wang)
    _desk(stage, desk, fitter)


def _elder(stage: Stage, wang: Person) -> None:
    """王阿姨's tap: the worker came, looked, and asks whether the price is all right."""
    demo, home = stage.demo, stage.demo.home_of[wang.pk]
    company = home.building.compound.property_company_id
    desk, fitter = stage.desks[company], stage.fitters[company][1]
    with demo.days_ago(1, hour=10):
        case = _report(stage, wang, "wang-tap", "卫生间水龙头漏水，拿盆接着呢", "water", building=home.building,
                       home=home, entry="call", at_home=["alone"])
    with demo.days_ago(0.8):
        _taken(desk, fitter, case)
    with demo.days_ago(0.2):
        cases.act(fitter, case, "arrive")
        posted = queries.list_for(_again(case))
        item = posted.items.filter(name="换水龙头").first() if posted else None
        if item is not None:
            actions.quote(fitter, _again(case), [Line(item.pk, Decimal(1), item.labour_min, Decimal(46))],
                          note="换一个普通的冷水龙头，您要自己买也行。")


def _desk(stage: Stage, desk: Person, fitter: Person) -> None:
    """Work in each of the desk's queues: hers, offered to her, in the pool, late, and a helping hand asked for."""
    demo = stage.demo
    mine = [b for b in demo.buildings if stage.desks.get(b.compound.property_company_id) == desk]
    others = [b for b in demo.buildings if b not in mine and b.compound.property_company_id in stage.desks]
    with demo.days_ago(0.3):
        own = _report(stage, demo.resident(41), "desk-own", "门禁卡不灵，新办的也不行", "door", building=mine[0])
        cases.act(desk, own, "dispatch", worker=desk.pk, channel="desk")
        cases.act(desk, own, "take")
    with demo.days_ago(0.2):
        passed = _report(stage, demo.resident(43), "desk-passed", "车库道闸抬不起杆，早上出门堵了一串", "door",
                         building=mine[-1])
        _taken(desk, fitter, passed)
        cases.act(fitter, passed, "hand_over", worker=desk.pk, reason="要找厂家，请前台联系")
    for n, text, code in ((47, "单元门把手掉了，老人拉不开", "door"), (53, "健身器材螺丝松了，摇起来咣当响", "public"),
                          (59, "楼道拐角灯坏了两盏", "power.light")):
        with demo.days_ago(0.01 * n / 47):
            pooled = _report(stage, demo.resident(n), f"desk-pool-{n}", text, code, building=mine[n % len(mine)])
            cases.act(desk, pooled, "offer", channel="desk")
    with demo.days_ago(9, hour=11):
        late = _report(stage, demo.resident(61), "desk-late", "楼顶防水坏了，雨水顺着墙渗下来", "water.roof",
                       building=mine[0])
        cases.act(desk, late, "dispatch", worker=fitter.pk, channel="desk")
        cases.act(fitter, late, "take")
    _not_come(stage, late)
    with demo.days_ago(0.15):
        _report(stage, demo.resident(67), "desk-fresh", "单元门玻璃裂了，怕扎着孩子", "door", building=mine[-1])
        if others:
            drain = _report(stage, demo.resident(71), "desk-help", "两个小区交界的井盖响，车一过哐当一声", "public",
                            building=others[0])
            cases.whistle(stage.workers[0], drain, demo.organisations["安和物业"], reason="交界处，请一起看井圈归谁换")


def _not_come(stage: Stage, case: Case) -> None:
    """A time was agreed on, and nobody came; the requester said so the next morning."""
    with stage.demo.days_ago(2, hour=9):
        window = next(iter(slots.free_windows(case.area_code, case.unit_id, _again(case))), None)
        if window is not None and case.requester is not None:
            actions.agree_visit(case.requester, _again(case), window.starts, window.ends)
    with stage.demo.days_ago(1, hour=9):
        visit = slots.visit_of(case)
        if visit is not None and case.requester is not None and now() >= visit.ends + grace(case):
            actions.fail_visit(case.requester, _again(case))


def agreed_hours(stage: Stage) -> None:
    """What stands in the fitters' calendars for the next days: the newest cases that somebody has taken."""
    rows = Case.objects.filter(
        kind_code="repair", is_open=True, state="taken", requester__isnull=False, unit__in=list(stage.desks),
    ).exclude(assignee=None).select_related("unit", "assignee", "requester").order_by("-created", "-pk")
    for number, case in enumerate(rows[:4 if stage.demo.small else 10]):
        windows = slots.free_windows(case.area_code, case.unit_id, case)
        if windows and case.requester is not None:
            window = windows[(number * 2) % len(windows)]
            actions.agree_visit(case.requester, case, window.starts, window.ends)


def _report(stage: Stage, person: Person, once: str, text: str, code: str, *, title_place: str = "",
            **where: Any) -> Case:
    return actions.report(person, stage.demo.area, actions.Report(
        text=text, category=code, detail=title_place, once=f"demo-{once}", **where))


def _taken(desk: Person, fitter: Person, case: Case) -> None:
    cases.act(desk, case, "dispatch", worker=fitter.pk, channel="desk")
    cases.act(fitter, case, "take")


def _finished(stage: Stage, fitter: Person, case: Case, note: str) -> None:
    """With a drawn photo from before and from after."""
    for when in ("before", "after"):
        fresh = _again(case)
        kept = keep(fitter, stage.picture(fresh.category), purpose="repairs.photo", about=fresh)
        cases.attach(fitter, fresh, [kept.pk], when=when)
    cases.act(fitter, case, "finish", note=note, after_photo=1)


def _again(case: Case) -> Case:
    return Case.objects.select_related("unit", "assignee", "requester", "agent", "building__compound").get(pk=case.pk)


def drawn(family: str) -> bytes:
    """A small picture of a thing that could be broken, as PNG: no photo of any real place."""
    picture = Image.new("RGB", (480, 360), "#c9d2cd")
    pen = ImageDraw.Draw(picture)
    pen.rectangle([0, 290, 480, 360], fill="#8d9a94")
    if family == "water":
        pen.rectangle([220, 40, 260, 190], fill="#7b8882")
        pen.rectangle([170, 150, 310, 190], fill="#5f6c66")
        pen.ellipse([228, 210, 252, 250], fill="#1d5b9b")
    elif family in ("power", "lift"):
        pen.rectangle([140, 60, 340, 290], fill="#e7ebe8", outline="#5f6c66", width=6)
        pen.line([240, 60, 240, 290], fill="#7b8882", width=4)
        pen.ellipse([370, 150, 396, 176], fill="#b0251d")
    elif family == "heating":
        for x in range(120, 360, 40):
            pen.rounded_rectangle([x, 110, x + 28, 280], 12, fill="#f6f4ef", outline="#7b8882", width=3)
    else:
        pen.rectangle([150, 50, 330, 290], fill="#a1471c", outline="#5f6c66", width=6)
        pen.ellipse([300, 165, 318, 183], fill="#f6f4ef")
        pen.line([150, 120, 330, 150], fill="#39423e", width=3)
    buffer = io.BytesIO()
    picture.resize((240, 180)).save(buffer, "PNG")
    return buffer.getvalue()
