"""What newcomers find of children's things in the demo community: all made up, all through the actions."""

from __future__ import annotations

import io
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import yaml
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone
from PIL import Image, ImageDraw

from linli.foundation.areas.models import Facility
from linli.foundation.calendar.clock import now, today
from linli.foundation.people.models import Organisation, Person, RoleAssignment
from linli.services.children.actions import care, days, library, outings, people, places, routes
from linli.services.children.models import CareGroup, CareSite, Child, CopyState, DayEntry, DayState, Title

_TONES = ((196, 160, 128), (160, 180, 150), (180, 150, 160), (150, 165, 190))


def furnish(demo: Any) -> None:
    """Nine places, two ways with a walking bus, sixty books, a care group with its day, two outings."""
    facts = yaml.safe_load(Path(__file__).with_name("demo.yaml").read_text(encoding="utf-8"))
    worker = demo.people("worker")[0]
    head = demo.people("community_head")[0]
    school = _school(demo)
    with demo.days_ago(80):
        _places(demo, worker, facts["places"])
        way = _ways(demo, worker, school, facts["ways"])
        titles = _books(demo, worker, facts["books"])
    with demo.days_ago(30):
        carers = _carers(demo, head, worker)
        site = _site(demo, worker)
        group = _group(demo, worker, site, school, carers)
        families = _families(demo, worker, school, group, facts["children"])
        bus = routes.save_bus(worker, way, name="梧桐苑步行队", weekdays=[1, 2, 3, 4, 5], departs=time(7, 30),
                              meets_at="梧桐苑东门", adults_min=2, phone="0571-00000031")
    _checks(demo, worker, facts["places"])
    _hazards(demo, way)
    _reading(demo, worker, titles)
    for guardian, child in families[:3]:
        routes.join_bus(guardian, bus, child)
    for n in range(1, 4 if demo.small else 8):
        day = today() + timedelta(days=n)
        if day.isoweekday() <= 5:
            for carer in carers[: 2 if n % 3 else 1]:
                routes.take_turn(carer, bus, day)
    _outings(demo, worker, families)
    _days(demo, group, carers[0], families)


def _school(demo: Any) -> Organisation:
    school: Organisation = Organisation.objects.create(
        name="梧桐小学", kind="school", area=demo.street, phone="0571-00000030")
    teacher = Person.objects.create(
        phone="+8613900000971", name="方静", title="方老师", is_demo=True)
    RoleAssignment.objects.create(person=teacher, role="department_desk", area=demo.street, organisation=school,
                                  since=now() - timedelta(days=200))
    demo.organisations["梧桐小学"] = school
    demo.stars["teacher"] = teacher
    return school


def _places(demo: Any, worker: Person, rows: list[dict[str, Any]]) -> None:
    for n, row in enumerate(rows):
        known = {key: value for key, value in row.items() if key not in {"name", "facility", "x", "y"}}
        facility = next((one for one in demo.facilities if one.name == row["name"]), None)
        if facility is None:
            lon, lat = demo.facilities[0].lon or 120.118, demo.facilities[0].lat or 30.279
            facility = Facility.objects.create(
                area=demo.area, kind=row["facility"], name=row["name"], code=f"ET-{n + 1:03d}",
                compound=demo.compounds[n % len(demo.compounds)], lon=round(lon + row["x"], 6),
                lat=round(lat + row["y"], 6))
        places.save_spot(worker, demo.area, facility=facility, **known)


def _checks(demo: Any, worker: Person, rows: list[dict[str, Any]]) -> None:
    from linli.services.children.models import Spot

    items = ("frame", "edges", "ground", "fence", "light", "clean")
    for n, spot in enumerate(Spot.objects.filter(area=demo.area).order_by("pk").select_related("facility", "area")):
        with demo.days_ago((20, 95, 50, 6, 12, 70, 33, 84, 3)[n % 9]):
            bad = {"ground": "mend"} if n == 2 else {}
            places.check_spot(worker, spot, items={**dict.fromkeys(items, "good"), **bad},
                              findings="沙里有小石子，要筛一遍" if bad else "")


def _hazards(demo: Any, way: Any) -> None:
    with demo.days_ago(2):
        places.report_hazard(demo.resident(5), segment=way.segments.get(order=2), category="traffic",
                             text="早上 7 点半右转车多，斑马线上不让人")


def _ways(demo: Any, worker: Person, school: Organisation, rows: list[dict[str, Any]]) -> Any:
    lon, lat = demo.facilities[0].lon or 120.118, demo.facilities[0].lat or 30.279
    made = []
    for row in rows:
        segments = [
            {**one, "points": [[round(lon + x, 6), round(lat + y, 6)] for x, y in one["points"]]}
            for one in row["segments"]]
        made.append(routes.save_route(
            worker, demo.area, name=row["name"], school=school, starts_at=row["starts_at"], segments=segments,
            walked_on=today() - timedelta(days=3)))
    return made[0]


def _books(demo: Any, worker: Person, rows: list[list[Any]]) -> list[Title]:
    found = []
    for n, (name, authors, age, call, copies) in enumerate(rows[: 11 if demo.small else None]):
        codes = [f"TS{n + 1:04d}{letter}" for letter in "ABC"[:copies]]
        found.append(library.add_title(
            worker, demo.area, name=name, authors=authors, age_from=age, call_number=call, barcodes=codes,
            shelf="ABCD"[n % 4] + str(n % 3 + 1), publisher="梧桐里自编", year=2019 + n % 6, isbn=_isbn(n)))
    return found


def _isbn(n: int) -> str:
    """A number with a right check digit from the range 979-0, which no book has."""
    stem = f"97900000{n:04d}"
    total = sum(int(digit) * (3 if place % 2 else 1) for place, digit in enumerate(stem))
    return f"{stem}{-total % 10}"


def _reading(demo: Any, worker: Person, titles: list[Title]) -> None:
    for n, title in enumerate(titles[: 4 if demo.small else 9]):
        copy = title.copies.select_related("title", "area").filter(state=CopyState.SHELF).first()
        if copy is None:
            continue
        reader = demo.resident(n * 3)
        with demo.days_ago((34, 12, 8, 26, 3, 40, 20, 15, 1)[n % 9]):
            library.lend(worker, copy, reader)
        if n in {5, 6}:
            with demo.days_ago(2):
                library.take_back(worker, copy)
    library.hold(demo.resident(2), titles[0])
    library.hold(demo.resident(8), titles[1])
    library.hold(demo.resident(0), titles[10])


def _carers(demo: Any, head: Person, worker: Person) -> list[Person]:
    found = []
    for n, (phone, name, title) in enumerate((
            ("+8613900000981", "许青", "许老师"), ("+8613900000982", "罗小梅", "罗老师"))):
        person = Person.objects.create(phone=phone, name=name, title=title, community=demo.area, is_demo=True)
        people.record_vetting(worker, demo.area, person, checked_on=today() - timedelta(days=20 + n),
                              receipt=f"查{today():%Y}-{1041 + n}")
        found.append(person)
    people.record_vetting(head, demo.area, worker, checked_on=today() - timedelta(days=40),
                          receipt=f"查{today():%Y}-0987")
    demo.stars["carer"] = found[0]
    return found


def _site(demo: Any, worker: Person) -> CareSite:
    operator = Organisation.objects.create(
        name="小青树儿童服务中心", kind="group", area=demo.area, phone="0571-00000032")
    site = care.save_site(
        worker, demo.area, name="小青树托管点", operator=operator, address="梧桐路32号梧桐驿站二楼",
        phone="0571-00000032", room_m2=104, fire_limit=40, seats=26, meals=20)
    for kind, number, left in (("licence", "托备〔2025〕018", 300), ("fire", "消验〔2024〕077", 210), (
            "food", "JY33019900012", 45)):
        care.record_paper(worker, site, kind=kind, number=number, valid_until=today() + timedelta(days=left))
    return site


def _group(demo: Any, worker: Person, site: CareSite, school: Organisation, carers: list[Person]) -> CareGroup:
    group = care.save_group(
        worker, site, name="低年级班", school=school, starts_on=today(), ends_on=today() + timedelta(days=110),
        weekdays=[1, 2, 3, 4, 5], meets=time(15, 40), closes=time(18, 0), has_meal=True, grades="一到三年级")
    for carer in carers:
        care.add_staff(worker, group, carer)
    return care.open_group(worker, group)


def _families(demo: Any, worker: Person, school: Organisation, group: CareGroup,
              rows: list[list[Any]]) -> list[tuple[Person, Child]]:
    found: list[tuple[Person, Child]] = []
    grown = [person for person in demo.residents if person.birth_year and 1978 <= person.birth_year <= 1996]
    stars = [demo.stars[name] for name in ("resident",) if name in demo.stars]
    guardians = [*stars, *[person for person in grown if person not in stars]] or demo.residents
    for n, (name, years, klass, collector, relation) in enumerate(rows[: 3 if demo.small else None]):
        guardian = guardians[n % len(guardians)]
        child = people.add_child(
            guardian, demo.area, name=name, born_on=date(today().year - years, 3 + n % 6, 4 + n), bond=(
                "mother" if n % 2 else "father"), agrees=True, school=school, school_class=klass,
            health="花生过敏" if n == 1 else "", agrees_health=n == 1)
        if n == (2 if demo.small else 4):
            continue  # still to be verified: the desk has something to do
        people.verify_guardian(worker, child.guardianships.get(), agree=True, evidence="户口本")
        people.add_collector(guardian, child, name=collector, relation=relation, photo=_face(n),
                             phone=f"1390000{8000 + n:04d}")
        care.enrol(guardian, group, child)
        found.append((guardian, child))
    return found


def _face(n: int) -> SimpleUploadedFile:
    """A drawn face: nobody's photograph."""
    picture = Image.new("RGB", (160, 160), (238, 232, 220))
    pen = ImageDraw.Draw(picture)
    pen.ellipse((40, 24, 120, 112), fill=_TONES[n % 4])
    pen.pieslice((20, 100, 140, 220), 180, 360, fill=(60 + 30 * (n % 4), 110, 100))
    out = io.BytesIO()
    picture.save(out, "JPEG", quality=80)
    return SimpleUploadedFile("face.jpg", out.getvalue(), content_type="image/jpeg")


def _outings(demo: Any, worker: Person, families: list[tuple[Person, Child]]) -> None:
    saturday = today() + timedelta(days=(5 - today().weekday()) % 7 or 7)
    for n, (title, text, low, high, place) in enumerate((
            ("亲子做灯笼", "竹丝和宣纸我们备好，带一把剪刀。", 4, 10, "社区活动室"),
            ("河边认鸟", "穿防滑鞋，带水。有望远镜的带上。", 6, 12, "河畔步道"))):
        day = saturday + timedelta(days=7 * n)
        starts = timezone.make_aware(datetime.combine(day, time(9, 30)))
        row = outings.plan(worker, demo.area, title=title, text=text, place=place, age_from=low, age_to=high,
                           starts=starts, ends=starts + timedelta(minutes=90), places=16)
        for guardian, _child in families[n: n + 2]:
            outings.join(guardian, row, adults=1, children=[("孩子", today().year - 7)])


def _days(demo: Any, group: CareGroup, carer: Person, families: list[tuple[Person, Child]]) -> None:
    """The last school days, and today as far as the clock has come."""
    for ago in (1,) if demo.small else (5, 4, 3, 2, 1):
        with demo.days_ago(ago, hour=15.7):
            days.prepare_day(group, today())
            for entry in DayEntry.objects.filter(group=group, on=today()).select_related("child"):
                days.take_in(carer, entry, teacher="方老师")
        with demo.days_ago(ago, hour=17.6):
            for entry in DayEntry.objects.filter(group=group, on=today(), state=DayState.ARRIVED).select_related(
                    "child", "group__area"):
                guardian = next(one for one, child in families if child.pk == entry.child_id)
                collector = entry.child.collectors.select_related("child__area").get()
                days.hand_out(carer, entry, collector, code=days.make_code(guardian, collector), looked=True)
    days.prepare_day(group, today())
    local = timezone.localtime()
    for n, entry in enumerate(DayEntry.objects.filter(group=group, on=today()).select_related("child").order_by("pk")):
        if (local.hour, local.minute) >= (15, 40) or n == 0:
            continue
        if n == 2:
            guardian = next(one for one, child in families if child.pk == entry.child_id)
            days.say_absent(guardian, entry, reason="去外婆家")
