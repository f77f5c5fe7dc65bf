"""What newcomers find of community life in the demo: all made up, all through the actions."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Any

from django.utils import timezone

from linli.foundation.calendar.clock import now, today
from linli.foundation.people.models import Organisation, Person
from linli.mechanisms.bookings import actions as bookings
from linli.mechanisms.bookings.models import Attendance, Reservation
from linli.services.activities import demo_works, households
from linli.services.activities.actions import clubs, festival, joining, permits, photos, planning
from linli.services.activities.models import Activity
from linli.services.activities.queries import sessions_of

UPSTAIRS = "梧桐驿站二楼活动室"
STEP_FREE = "东门有坡道，一楼平进。二楼有电梯，厕所有扶手。"
PROGRAMME = (
    (0, 0, 15, "开场锣鼓", "河畔锣鼓队"), (0, 20, 10, "合唱《我们这条街》", "梧桐合唱队"),
    (0, 35, 15, "太极扇", "晨练队"),
    (0, 55, 20, "小品《电梯来了》", "三号楼邻居"), (0, 80, 15, "民乐《喜洋洋》", "青桐小学民乐团"),
    (0, 100, 20, "大家一起跳", "所有人"), (1, 10, 50, "写春联", "书法班"), (1, 65, 45, "剪纸体验", "王阿姨"),
    (2, 10, 30, "包团子", "食堂师傅"), (2, 45, 30, "老手艺：磨剪子、补锅", "赵师傅"),
)


def furnish(demo: Any) -> None:
    """A full class where a family waits together, a festival, a custom, a call in voting, a club, a past activity."""
    worker = demo.worker
    _full_class(demo, worker)
    _past(demo, worker)
    club = _club(demo, worker)
    fest = _festival(demo, worker)
    demo_works.furnish(demo, worker, fest)
    if not demo.small:
        _more(demo, worker, club)
    _lantern_fair(demo, worker)


def _at(day: date, hour: int, minute: int = 0) -> datetime:
    return timezone.make_aware(datetime.combine(day, time(hour, minute)))


def _saturday(weeks: int = 0) -> date:
    day = today()
    return day + timedelta(days=((5 - day.weekday()) % 7 or 7) + 7 * weeks)


def _adults(demo: Any, count: int, *, skip: int = 0) -> list[Person]:
    """Residents, each once, without the people one signs in as and who lives with them."""
    stars = {person.pk for person in demo.stars.values()}
    homes = {home.pk for pk, home in demo.home_of.items() if pk in stars}
    found = [one for one in demo.residents if one.pk not in stars and (
        one.pk not in demo.home_of or demo.home_of[one.pk].pk not in homes)]
    step = next(one for one in (7, 11, 13, 1) if one == 1 or len(found) % one)  # prime to their number: nobody twice
    return [found[(skip + n * step) % len(found)] for n in range(count)]


def _full_class(demo: Any, worker: Person) -> None:
    """剪纸: twelve places, all taken; 林女士 and two of hers wait; then three places are kept for them."""
    day = _saturday(1)
    with demo.days_ago(9):
        row = planning.create(
            worker, demo.area, kind="class", title="剪纸班：一家人来剪窗花",
            summary="从一张红纸开始，两个小时剪好一幅带回家。",
            text="老师从怎么拿剪刀讲起。孩子用圆头剪刀，大人坐旁边。", audience="零基础，大人孩子都行", place=UPSTAIRS,
            step_free=STEP_FREE, bring="不用带，纸和剪刀都有", phone=demo.area.phone, expected=12)
        planning.add_session(worker, row, starts=_at(day, 14), ends=_at(day, 16), places=12)
        row = planning.publish(worker, row)
        session = sessions_of(row)[0]
        families: list[Reservation] = []
        *first, late = _adults(demo, 5)
        for n, person in enumerate(first):
            got = joining.sign_up(person, row, session, guests=[
                households.Guest("爱人"), households.Guest("孩子", today().year - 8 - n)], key=f"demo-{n}")
            if isinstance(got, Reservation):
                families.append(got)
    with demo.days_ago(6):
        lin = demo.stars.get("resident") or demo.resident(0)
        mates = households.housemates(lin)[:2]
        guests = [households.Guest("先生"), households.Guest("小满", today().year - 7)][: 2 - len(mates)]
        joining.sign_up(lin, row, session, others=mates, guests=guests, key="demo-lin")
        joining.sign_up(late, row, session, key="demo-next")
    # The whole family of three cancelled this morning: the places are kept for 林女士's family until she answers.
    bookings.cancel(worker, families[1], reason="孩子发烧")


def _past(demo: Any, worker: Person) -> None:
    """重阳包饺子: who came, pictures of those who agreed, and what they said."""
    came = _adults(demo, 3 if demo.small else 7, skip=1)
    with demo.days_ago(20):
        row = planning.create(
            worker, demo.area, kind="neighbours", title="包饺子，话家常", summary="面和馅都备好了，人来就行。",
            audience="谁来都行，一个人住的老邻居更欢迎", place="社区食堂", step_free="门口平进，桌子间能过轮椅。",
            phone=demo.area.phone, expected=30)
        day = today() + timedelta(days=11)
        planning.add_session(worker, row, starts=_at(day, 14), ends=_at(day, 16), places=30)
        row = planning.publish(worker, row)
        session = sessions_of(row)[0]
        for n, person in enumerate(came):
            joining.sign_up(person, row, session, key=f"dumplings-{n}")
    with demo.days_ago(9, hour=14.2):
        for got in Reservation.objects.filter(session=session).select_related("session__offer__area"):
            bookings.check_in(worker, session, got)
    with demo.days_ago(9, hour=18):
        for person in came[:-1]:
            members = [one.member_id for one in Attendance.objects.filter(session=session, person=person)]
            joining.consent(person, row, agreed=members)
        listed = {one.person_id: one.member_id for one in Attendance.objects.filter(session=session)}
        for n, caption in enumerate(("长桌边，几位邻居在包饺子，桌上摆着一排排饺子", "一盘刚出锅的饺子冒着热气")):
            if n and demo.small:
                break
            photos.hang(worker, row, kept=demo_works.kept(worker, n + 20, photos.PURPOSE), caption=caption,
                        shown=[listed[came[0].pk], listed[came[1].pk]] if n == 0 else [], no_others=True)
    with demo.days_ago(8):
        for n, person in enumerate(came[:6]):
            joining.answer(person, row, choice="again" if n != 3 else "fine", text=(
                "馅儿香，下回早点开始。", "认识了楼上的邻居。", "", "椅子有点挤。", "", "明年还来。")[n])


def _club(demo: Any, worker: Person) -> Any:
    members = _adults(demo, 4 if demo.small else 14, skip=2)
    with demo.days_ago(60):
        club = clubs.found(
            worker, demo.area, name="梧桐合唱队", about="唱老歌，也学新歌。不识谱没关系，跟着唱就会。",
            leader=members[0], meets="每周二、周四晚上 7:00", place=UPSTAIRS)
    with demo.days_ago(50):
        for person in members[1:]:
            clubs.join(person, club)
    first = datetime.combine(today() + timedelta(days=(1 - today().weekday()) % 7 or 7), time(19))
    clubs.meet(members[0], club, starts=first, minutes=90, places=40,
               weekly_until=first.date() + timedelta(weeks=2 if demo.small else 8))
    lin = demo.stars.get("resident")
    if lin is not None:
        clubs.join(lin, club)
    return club


def _festival(demo: Any, worker: Person) -> Activity:
    day = _saturday(2)
    with demo.days_ago(12):
        row = planning.create(
            worker, demo.area, kind="festival", title="梧桐里冬日文化节",
            summary="三个舞台，一个下午：看的、学的、吃的都有。",
            text="节目都是邻居自己出的。累了可以到食堂坐坐，有热茶。", audience="全家", place="梧桐广场",
            step_free="广场是平的，东侧有无障碍厕所，轮椅席在主舞台左边。", phone=demo.area.phone, expected=450,
            signup=False, weather_plan="改到社区食堂和驿站二楼，当天早上 8 点在消息里通知。",
            event_class="performance")
        planning.add_session(worker, row, starts=_at(day, 13), ends=_at(day, 17), places=450)
        row = planning.publish(worker, row)
        stages = [festival.add_stage(worker, row, name=name, place=place) for name, place in (
            ("主舞台", "广场中间"), ("手艺棚", "广场东侧"), ("吃的棚", "食堂门口"))]
        for stage, after, minutes, title, who in PROGRAMME[: 4 if demo.small else None]:
            begins = _at(day, 13) + timedelta(minutes=after)
            festival.put_item(worker, stages[stage], title=title, who=who, starts=begins,
                              ends=begins + timedelta(minutes=minutes))
        eve = day - timedelta(days=1)
        festival.put_item(worker, stages[0], title="全体走台", kind="rehearsal", starts=_at(eve, 19), ends=_at(eve, 20))
        shifts = [festival.add_shift(worker, row, name=name, what=what, starts=_at(day, hour), places=places,
                                     ends=_at(day, hour + 2)) for name, what, hour, places in (
            ("引导", "在东门口指路，帮推轮椅", 13, 4), ("茶水", "烧水、添茶、收杯子", 13, 3),
            ("收场", "收椅子，分类垃圾", 16, 6))]
    with demo.days_ago(4):
        for n, person in enumerate(_adults(demo, 3 if demo.small else 8, skip=4)):
            joining.help_out(person, shifts[n % 3])
    return row


def _more(demo: Any, worker: Person, club: Any) -> None:
    """A term of calligraphy, an audition, a lecture, and the winter solstice."""
    first, concert, solstice = _saturday(1), _saturday(3), _saturday(3) + timedelta(days=1)
    lecture = today() + timedelta(days=3)
    with demo.days_ago(10):
        row = planning.create(
            worker, demo.area, kind="class", title="书法班（楷书入门）", summary="十二次课，从横竖撇捺写到一副春联。",
            audience="没学过的大人", place=UPSTAIRS, step_free=STEP_FREE, bring="毛笔；墨和纸这里有",
            phone=demo.area.phone, expected=20, host=demo.worker, term="冬季班", rules={
                "mode": "newcomers", "newcomers_until": (now() + timedelta(days=5)).isoformat(), "unit": "term",
                "cap_term": 1})
        planning.add_series(worker, row, rrule="FREQ=WEEKLY;COUNT=12", minutes=90, places=20,
                            first=datetime.combine(first, time(9, 30)))
        row = planning.publish(worker, row)
        session = sessions_of(row)[0]
        for n, person in enumerate(_adults(demo, 9, skip=5)):
            joining.sign_up(person, row, session, key=f"brush-{n}")
        show = planning.create(
            worker, demo.area, kind="show", title="新年音乐会：招领唱", summary="合唱队要四位领唱，先登记，试唱后选。",
            audience="喜欢唱歌的大人", place=UPSTAIRS, step_free=STEP_FREE, phone=demo.area.phone,
            expected=20, club=club, rules={"mode": "choice", "criteria": "音准、节奏，每周二能来", "party_max": 1})
        planning.add_session(worker, show, starts=_at(concert, 19), ends=_at(concert, 21), places=4)
        show = planning.publish(worker, show)
        for person in _adults(demo, 6, skip=6):
            joining.sign_up(person, show, sessions_of(show)[0])
        talk = planning.create(
            worker, demo.area, kind="lecture", title="冬天怎么护心脏", summary="社区医院的医生来讲，讲完可以量血压。",
            audience="60 岁以上的邻居和家人", place="社区食堂", step_free="门口平进，桌子间能过轮椅。",
            phone=demo.area.phone, expected=60)
        planning.add_session(worker, talk, starts=_at(lecture, 9, 30), ends=_at(lecture, 11), places=60)
        talk = planning.publish(worker, talk)
    with demo.days_ago(2):
        for n, person in enumerate(_adults(demo, 12, skip=8)):
            joining.sign_up(person, talk, sessions_of(talk)[0], key=f"heart-{n}")
        custom = planning.create(
            worker, demo.area, kind="folk", title="冬至：磨豆浆、搓汤圆", summary="冬至大如年，一起搓一碗圆子。",
            audience="全家", place="社区食堂", step_free="门口平进，桌子间能过轮椅。", phone=demo.area.phone,
            expected=40, custom={
                "day": "冬至", "done": "石磨磨豆浆，搓汤圆，给一个人住的老邻居送一碗。", "leader": "食堂师傅和钱奶奶",
                "hazards": ["food", "fire"], "safety": "灶台只有师傅能进，锅边拉线。"})
        planning.add_session(worker, custom, starts=_at(solstice, 9), ends=_at(solstice, 11), places=40)
        custom = planning.publish(worker, custom)


def _lantern_fair(demo: Any, worker: Person) -> None:
    """A draft of 1,200: it cannot be published before the police's permit is there."""
    day = today() + timedelta(days=45)
    street = Organisation.objects.filter(kind="residents_committee", area__code__startswith=demo.area.code).first() or (
        Organisation.objects.filter(area__code__startswith=demo.area.code[:9], kind="street_office").first())
    with demo.days_ago(3):
        row = planning.create(
            worker, demo.area, kind="folk", title="元宵灯会",
            summary="两百盏邻居自己糊的灯，猜灯谜、吃汤圆。", audience="全家",
            place="河畔步道", step_free="步道全程平坦，两头有坡道。", phone=demo.area.phone, expected=1200,
            event_class="fair", organisation=street, weather_plan="顺延一天，要先取得公安机关同意。", custom={
                "day": "元宵", "done": "糊灯、猜灯谜、走桥。", "leader": "灯彩社的老师傅",
                "hazards": ["crowd", "fire", "water"],
                "safety": "灯里用 LED，不点蜡烛；河边有救生员。"})
        planning.add_session(worker, row, starts=_at(day, 18), ends=_at(day, 21), places=1200)
        for code, text in (("frame", "元宵当晚 6 点到 9 点，河畔步道，社区承办，分三段进场。"),
                           ("staff", "安全员 24 人，穿绿背心，每 50 米一人。"),
                           ("rescue", "东西两头各一辆救护车位，集合点在小学操场。")):
            permits.write_point(worker, row, code, text)
