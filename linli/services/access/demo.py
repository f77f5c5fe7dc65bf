"""无障碍 in the demo community: a measured network with gaps, facts and proposals, outages, works, guides."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from django.utils import timezone

from linli.foundation.areas.actions import save_facility
from linli.foundation.areas.models import Facility
from linli.foundation.calendar.clock import now, today
from linli.foundation.people.models import Person
from linli.mechanisms.cases import actions as cases
from linli.services.access.actions import facts, guiding, outages, signing, works
from linli.services.access.demo_paths import draw
from linli.services.access.models import GuideRequest


def furnish(demo: Any) -> None:
    if not demo.people("worker"):
        return
    worker: Person = demo.worker
    if demo.compounds:
        spot = demo.compounds[-1]
        with demo.days_ago(80):
            save_facility(
                worker,
                demo.area,
                {
                    "kind": "other",
                    "name": "社区卫生服务站",
                    "code": "SS-020",
                    "compound": spot,
                    "lon": round(demo.facilities[-1].lon + 0.0028, 6) if demo.facilities[-1].lon else None,
                    "lat": demo.facilities[-1].lat,
                    "access": {"wheelchair": "yes"},
                },
            )
    draw(demo)
    _facts(demo, worker)
    _outages(demo, worker)
    _works(demo, worker)
    _guides(demo, worker)
    _signing(demo, worker)


def _facility(demo: Any, name: str) -> Facility | None:
    found: Facility | None = (
        Facility.objects.filter(area=demo.area, name=name).select_related("area", "building").first()
    )
    return found


def _facts(demo: Any, worker: Person) -> None:
    """Measured by the worker over the autumn; two neighbours say it is otherwise, one was wrong."""
    measured = (
        ("河边公共厕所", {"toilets:wheelchair": "yes", "width_cm": "90", "handrail": "yes", "kerb_cm": "1"}),
        ("长者食堂", {"wheelchair": "yes", "width_cm": "110", "low_counter": "yes", "automatic_door": "no"}),
        ("梧桐驿站", {"wheelchair": "yes", "hearing_loop": "yes", "visual_display": "yes", "low_counter": "yes"}),
        ("社区活动室", {"step_count": "2", "ramp": "no", "width_cm": "85", "wheelchair": "no"}),
        ("东门 AED", {"braille": "yes", "speech_output": "yes"}),
        ("地下停车场", {"incline_percent": "14", "wheelchair": "limited"}),
        ("梧桐园", {"bench": "yes", "surface": "paving_stones", "step_count": "0"}),
    )
    for number, (name, known) in enumerate(measured):
        one = _facility(demo, name)
        if one is None:
            continue
        with demo.days_ago(62 - 6 * number, hour=10):
            for key, value in known.items():
                facts.record_fact(worker, one, key=key, value=value)
    lifts = list(
        Facility.objects.filter(area=demo.area, kind="lift").select_related("area", "building").order_by("pk")[:6]
    )
    for one in lifts:
        with demo.days_ago(30, hour=15):
            facts.record_fact(worker, one, key="speech_output", value="yes", note="逐部听过")
    proposals = (
        (6, 11, "长者食堂", "automatic_door", "yes", "上周换了感应门"),
        (2, 17, "儿童乐园", "surface", "gravel", "铺了碎石，婴儿车推不动"),
        (1, 23, "社区活动室", "ramp", "yes", "搭了块木板，能推上去"),
    )
    for ago, who, name, key, value, note in proposals:
        one = _facility(demo, name)
        if one is None:
            continue
        with demo.days_ago(ago, hour=9):
            row = facts.propose_fact(demo.resident(who), one, key=key, value=value, note=note)
        if ago == 6:
            with demo.days_ago(5, hour=16):
                facts.confirm_fact(worker, row, answer="去看过，是感应门")


def _outages(demo: Any, worker: Person) -> None:
    """A lift that was out last month, one that is out today with its repair, a ramp blocked by bicycles."""
    lifts = list(
        Facility.objects.filter(area=demo.area, kind="lift").select_related("area", "building").order_by("pk")[:4]
    )
    ramps = list(
        Facility.objects.filter(area=demo.area, kind="ramp").select_related("area", "building").order_by("pk")[:3]
    )
    if lifts:
        with demo.days_ago(33, hour=8):
            old = outages.report_outage(demo.resident(3), demo.area, facility=lifts[0], kind="out", note="门关不上")
        with demo.days_ago(32, hour=11):
            outages.end_outage(worker, old)
        with demo.days_ago(0.2):
            row = outages.report_outage(
                demo.resident(9),
                demo.area,
                facility=lifts[-1],
                kind="out",
                note="停在 1 楼不动，里面没人",
                ask_repair=True,
            )
            outages.confirm_outage(worker, row, until=now() + timedelta(hours=20))
    if len(ramps) > 1:
        with demo.days_ago(0.4):
            outages.report_outage(
                demo.resident(14), demo.area, facility=ramps[1], kind="blocked", note="停了三辆电动车"
            )


def _works(demo: Any, worker: Person) -> None:
    """A ramp from request to acceptance, a lift whose owners do not agree yet, a handrail just asked for."""
    old = [one for one in demo.buildings if one.compound.name != "梧桐苑"] or list(demo.buildings)
    if len(old) < 2:
        return
    head = demo.people("community_head")[0]
    with demo.days_ago(75, hour=9):
        ramp = works.ask_work(
            demo.resident(5),
            demo.area,
            category="ramp",
            building=old[0],
            place="1 单元门口 4 级台阶",
            text="我妈坐轮椅，出门要两个人抬。",
        )
    with demo.days_ago(72, hour=10):
        works.keep_survey(
            worker,
            ramp,
            found="台阶 4 级共 60 厘米，门前宽 3.2 米，没有管线，能做折返坡道。",
            users="12 位老人，1 位坐轮椅",
            surveyed_on=today(),
        )
        ramp = cases.act(worker, ramp, "surveyed")
    with demo.days_ago(64, hour=14):
        works.keep_plan(
            worker,
            ramp,
            text="做 1:12 折返坡道，净宽 1.2 米，两侧扶手。",
            consent_rule="ordinary",
            responsible="安和物业",
            builder="安和物业工程部",
            cost=Decimal("18600.00"),
            paid_from="维修资金",
        )
        ramp = cases.act(worker, ramp, "ask_owners")
    with demo.days_ago(45, hour=16):
        works.keep_consent(
            worker,
            ramp,
            owners=48,
            owners_took_part=40,
            owners_agreed=37,
            m2=Decimal("4180.40"),
            m2_took_part=Decimal("3502.10"),
            m2_agreed=Decimal("3240.00"),
            held_on=today(),
            paper="书面征求意见表 40 份，存业委会 2 号柜",
        )
        ramp = cases.act(worker, ramp, "build")
    with demo.days_ago(20, hour=10):
        ramp = cases.act(worker, ramp, "built")
        for item, value in (
            ("ramp_gradient", "8.20"),
            ("ramp_width", "122.00"),
            ("ramp_cross", "1.10"),
            ("handrail_height", "86.00"),
            ("handrail_height_top", "86.00"),
            ("works", "1.00"),
        ):
            works.keep_measurement(worker, ramp, item=item, value=Decimal(value), with_user=item == "works")
    with demo.days_ago(19, hour=9):
        cases.act(head, ramp, "accept", note="坡度 8.2%，净宽 122 厘米，和坐轮椅的阿姨一起试过。")
    with demo.days_ago(40, hour=9):
        lift = works.ask_work(
            demo.resident(12),
            demo.area,
            category="lift",
            building=old[1],
            place="2 单元",
            text="六楼没有电梯，老人半年没下过楼。",
        )
    with demo.days_ago(36, hour=10):
        works.keep_survey(worker, lift, found="北侧有 2.4 米空地，可做外挂电梯，要迁一根雨水管。", surveyed_on=today())
        lift = cases.act(worker, lift, "surveyed")
    with demo.days_ago(28, hour=10):
        works.keep_plan(
            worker,
            lift,
            text="北侧外挂电梯，停 2 至 6 层。",
            consent_rule="rebuild",
            responsible="2 单元业主",
            cost=Decimal("560000.00"),
            paid_from="业主分摊，区里有补贴",
        )
        lift = cases.act(worker, lift, "ask_owners")
        works.keep_consent(
            worker,
            lift,
            owners=12,
            owners_took_part=10,
            owners_agreed=7,
            m2=Decimal("1003.20"),
            m2_took_part=Decimal("836.00"),
            m2_agreed=Decimal("590.40"),
            held_on=today(),
            paper="2 单元书面意见 10 份，存社区",
        )
    with demo.days_ago(2, hour=19):
        works.ask_work(
            demo.stars.get("elder", demo.resident(1)),
            demo.area,
            category="handrail",
            building=old[0],
            place="楼道 1 到 2 层",
            text="楼梯只有一边有扶手，下楼没有抓的。",
        )


def _guides(demo: Any, worker: Person) -> None:
    """Five neighbours who guide, one of them new; one visit that went well, one agreed, one that waits."""
    offers = (
        (31, ["escort", "read"], "周二、周四上午"),
        (36, ["push", "carry"], "周末"),
        (44, ["escort", "push"], "下班以后"),
        (52, ["read"], "随时"),
        (58, ["push"], "周一上午"),
    )
    held = []
    for number, (who, kinds, when) in enumerate(offers):
        with demo.days_ago(50 - number * 10, hour=10):
            guide = guiding.offer_guide(demo.resident(who), demo.area, kinds=kinds, when=when)
            if number < 4:
                held.append(guiding.check_guide(worker, guide))
    if GuideRequest.objects.filter(area=demo.area).exists():
        return
    elder = demo.stars.get("elder", demo.resident(1))
    with demo.days_ago(9, hour=8):
        starts = now() + timedelta(hours=1)
        row = guiding.ask_guide(
            demo.resident(7),
            demo.area,
            kind="escort",
            starts=starts,
            ends=starts + timedelta(hours=3),
            place="在 3 单元门口碰头，去区医院眼科",
            note="看不清台阶，请先说一声",
        )
        row = guiding.match_guide(worker, row, held[0])
    with demo.days_ago(9, hour=12):
        row = guiding.report_guiding(held[0].person, row, minutes=150)
    with demo.days_ago(8, hour=9):
        guiding.confirm_guiding(demo.resident(7), row)
    with demo.days_ago(1, hour=10):
        starts = _at(today() + timedelta(days=3), 9)
        row = guiding.ask_guide(
            elder,
            demo.area,
            kind="push",
            starts=starts,
            ends=starts + timedelta(hours=2),
            place="家里碰头，去社区卫生服务站拿药",
        )
        guiding.match_guide(worker, row, held[1])
    with demo.days_ago(0.3):
        starts = _at(today() + timedelta(days=2), 14)
        guiding.ask_guide(
            demo.resident(19),
            demo.area,
            kind="read",
            starts=starts,
            ends=starts + timedelta(hours=1),
            place="驿站碰头，念医保的信",
        )


def _signing(demo: Any, worker: Person) -> None:
    """Four interpreters, one of them deaf; a visit to the doctor, a confidential talk, a long meeting with two."""
    with demo.days_ago(60, hour=10):
        for who, level, certificate, is_deaf, on_site in (
            (63, "expert", "国家手语翻译员（高级）", False, True),
            (67, "skilled", "手语翻译培训结业", False, True),
            (71, "skilled", "", False, False),
            (76, "skilled", "聋人协会推荐", True, True),
        ):
            signing.add_interpreter(
                worker,
                demo.area,
                demo.resident(who),
                level=level,
                certificate=certificate,
                is_deaf=is_deaf,
                on_site=on_site,
            )
    deaf = demo.resident(27)
    with demo.days_ago(12, hour=9):
        starts = _at(today() + timedelta(days=2), 9)
        past = signing.book_interpreter(
            deaf,
            starts=starts,
            ends=starts + timedelta(hours=1),
            place="区医院内科门诊",
            about="看高血压",
            level="expert",
        )
    with demo.days_ago(9, hour=17):
        signing.finish_signing(worker, past)
    with demo.days_ago(1, hour=9):
        ahead = _at(today() + timedelta(days=3), 14)
        signing.book_interpreter(
            deaf,
            starts=ahead,
            ends=ahead + timedelta(hours=1),
            place="心理服务站，201 室",
            about="单独谈",
            confidential=True,
            level="expert",
        )
        later = _at(today() + timedelta(days=4), 19)
        signing.book_interpreter(
            worker,
            person=demo.resident(29),
            starts=later,
            ends=later + timedelta(hours=2),
            place="社区活动室",
            about="加装电梯业主会",
            level="skilled",
        )


def _at(day: date, hour: int) -> datetime:
    return timezone.make_aware(datetime.combine(day, time(hour)))
