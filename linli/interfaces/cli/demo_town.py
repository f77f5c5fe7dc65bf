"""The places and people of 梧桐里社区, an invented community. Everything follows from the seed number."""

from __future__ import annotations

import math
import random
from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from decimal import Decimal

from django.db.transaction import atomic

from linli.foundation.areas.models import Area, AreaSource, Building, Compound, Facility, Home, Level, MapLayer
from linli.foundation.calendar.clock import now
from linli.foundation.people.models import Mandate, Organisation, Person, Residency, RoleAssignment
from linli.interfaces.cli.demoing import Demo
from linli.mechanisms.cases.models import RoutingRow, RoutingTable

LON, LAT = 120.1180, 30.2790  # an empty spot of the map; the community itself is invented
SURNAMES = "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林高罗郑梁谢宋唐许韩冯邓曹彭曾肖田董袁潘于蒋蔡余杜叶程苏魏吕丁任沈"
GIVEN = "小青大树文静子涵思远佳怡志强建国秀英桂兰玉梅丽华晓明雨桐浩然一诺欣怡俊杰梓轩海燕春生福根阿宝月娥水根金凤"

# name, year, floors, entrances, buildings, homes a floor and entrance
COMPOUNDS = (
    ("梧桐苑", 2012, 18, 2, 6, 2, "安和物业"),
    ("香樟花园", 2003, 6, 4, 10, 2, "安和物业"),
    ("河畔小区", 1996, 6, 3, 8, 2, "邻安物业"),
)
STAFF = (
    # short name, name, title, role, of what
    ("worker", "周敏", "周敏", "worker", "area"),
    ("worker2", "许晴", "许晴", "worker", "area"),
    ("head", "吴建平", "吴书记", "community_head", "area"),
    ("grid", "陈国强", "陈师傅", "grid_worker", "area"),
    ("grid2", "方小兰", "方大姐", "grid_worker", "area"),
    ("desk", "何静", "何静", "property_desk", "安和物业"),
    ("fitter", "赵福生", "赵师傅", "property_worker", "安和物业"),
    ("fitter2", "钱有才", "钱师傅", "property_worker", "安和物业"),
    ("fitter3", "孙大勇", "孙师傅", "property_worker", "安和物业"),
    ("desk2", "曹丽", "曹丽", "property_desk", "邻安物业"),
    ("fitter4", "马师来", "马师傅", "property_worker", "邻安物业"),
    ("fitter5", "石根宝", "石师傅", "property_worker", "邻安物业"),
    ("department", "汪立", "汪立", "department_desk", "街道城管办"),
    ("leader", "沈卫东", "沈主任", "street_leader", "street"),
    ("district", "韩区", "韩主任", "district_leader", "district"),
    ("system", "倪工", "倪工", "system_admin", "area"),
    ("security", "万安", "万安", "security_admin", "area"),
    ("auditor", "第三方甲", "审计员甲", "auditor", "area"),
)
# The certificates of the fitters: who may open a lift, who may touch a live wire.
SKILLS: Mapping[str, Sequence[str]] = {
    "fitter": ["电工证", "特种设备作业人员证"], "fitter2": ["电工证"], "fitter3": ["特种设备作业人员证"],
    "fitter4": ["电工证", "特种设备作业人员证"], "fitter5": [],
}


@atomic
def build(number: int, *, small: bool = False) -> Demo:
    """Areas, organisations, homes, people, their roles and the routing table."""
    chance = random.Random(number)
    city = [Area(code="33", name="示例省", level=Level.PROVINCE), Area(code="3301", name="示例市", level=Level.CITY),
            Area(code="330199", name="示例区", level=Level.DISTRICT)]
    street = Area(code="330199001", name="梧桐街道", level=Level.STREET, phone="0571-00000001")
    area = Area(code="330199001001", name="梧桐里社区", level=Level.COMMUNITY, short="WTL", phone="0571-00000012",
                outline=_box(-0.0042, -0.0030, 0.0042, 0.0030))
    other = Area(code="330199001002", name="银杏社区", level=Level.COMMUNITY, short="YX", phone="0571-00000013")
    grids = [Area(code=f"330199001001{n:03d}", name=f"梧桐里第{n}网格", level=Level.GRID) for n in (1, 2, 3)]
    Area.objects.bulk_create([*city, street, area, other, *grids])
    demo = Demo(seed=number, street=street, area=area, other=other, random=chance, small=small)
    for name, kind, where in (
        ("安和物业", "property_company", area), ("邻安物业", "property_company", area),
        ("梧桐里社区居委会", "residents_committee", area), ("街道城管办", "department", street),
        ("街道物业科", "street_office", street), ("安和电梯维保", "contractor", area), ("示例水务", "utility", street),
        ("示例供电", "utility", street), ("示例燃气", "utility", street),
    ):
        demo.organisations[name] = Organisation.objects.create(
            name=name, kind=kind, area=where, phone=f"0571-0000{len(demo.organisations) + 20:04d}")
    _places(demo, grids)
    _residents(demo, 0.1 if small else 1.0)
    _staff(demo, city[2])
    _routing(demo)
    return demo


def _box(west: float, south: float, east: float, north: float) -> dict[str, object]:
    ring = [[LON + west, LAT + south], [LON + east, LAT + south], [LON + east, LAT + north],
            [LON + west, LAT + north], [LON + west, LAT + south]]
    return {"type": "Polygon", "coordinates": [[[round(x, 6), round(y, 6)] for x, y in ring]]}


def _places(demo: Demo, grids: list[Area]) -> None:
    areas = (Decimal("58.42"), Decimal("89.60"), Decimal("104.35"), Decimal("126.80"))
    for index, (name, year, floors, entrances, count, per_floor, company) in enumerate(COMPOUNDS):
        west = -0.0040 + index * 0.0028
        compound = Compound.objects.create(
            area=demo.area, name=name, completed_on_year=year, address=f"梧桐路{12 + index * 20}号",
            property_company=demo.organisations[company], outline=_box(west, -0.0024, west + 0.0025, 0.0024))
        demo.compounds.append(compound)
        if demo.small:
            count = min(count, 2)
        tall = floors
        for n in range(1, count + 1):
            floors = min(tall, 9 if n == 1 else 6) if demo.small else tall  # the small town has one house with lifts
            column, line = (n - 1) % 2, (n - 1) // 2
            x, y = west + 0.0002 + column * 0.00118, -0.0020 + line * (0.0043 / max(math.ceil(count / 2), 1))
            building = Building(
                area=demo.area, compound=compound, name=f"{n}号楼", number=n, floors=floors, entrances=entrances,
                grid=grids[index], outline=_box(x, y, x + 0.00098, y + 0.00030),
                lon=round(LON + x + 0.0005, 6), lat=round(LAT + y + 0.00015, 6))
            building.save()
            demo.buildings.append(building)
            demo.homes += [
                Home(area=demo.area, building=building, entrance=str(e), floor=f, number=f"{f}{door:02d}",
                     exclusive_area=demo.random.choice(areas),
                     area_source=demo.random.choices(list(AreaSource.values), [80, 12, 4, 4])[0])
                for e in range(1, entrances + 1) for f in range(1, floors + 1) for door in range(1, per_floor + 1)]
            for e in range(1, entrances + 1):
                if floors > 7:
                    demo.facilities.append(_facility(
                        demo, "lift", f"{n}号楼{e}单元电梯", f"LT-{n:02d}{e:02d}", building, str(e),
                        {"wheelchair": "yes", "door_width_cm": 80, "braille": "yes"}))
            if n % 3 == 1:
                demo.facilities.append(_facility(
                    demo, "ramp", f"{name}{n}号楼坡道", "", building, "", {"wheelchair": "yes", "incline_percent": 8}))
    places = (("playground", "儿童乐园", 0), ("aed", "东门 AED", 0), ("canteen", "长者食堂", 1),
              ("station", "梧桐驿站", 1), ("bins", "1号垃圾投放点", 0), ("bins", "7号垃圾投放点", 2),
              ("room", "社区活动室", 1),
              ("toilet", "河边公共厕所", 2), ("parking", "地下停车场", 0), ("green", "梧桐园", 1))
    for n, (kind, name, which) in enumerate(places):
        compound = demo.compounds[which]
        facility = Facility(area=demo.area, kind=kind, name=name, compound=compound, code=f"SS-{n + 1:03d}",
                            lon=round(LON - 0.0030 + which * 0.0028, 6), lat=round(LAT + 0.0026 - n * 0.0004, 6),
                            access={"wheelchair": "yes" if n % 3 else "limited"})
        if kind == "station":
            facility.access |= {"addr:full": "梧桐路32号，东门进来左手边，有坡道", "opening_hours": "Mo-Sa 08:30-17:30"}
        demo.facilities.append(facility)
    Home.objects.bulk_create(demo.homes, batch_size=500)
    Facility.objects.bulk_create(demo.facilities)
    layer = {"type": "FeatureCollection", "features": list(_map())}
    MapLayer.objects.create(area=demo.area, name="map", features=layer)


def _facility(demo: Demo, kind: str, name: str, code: str, building: Building, entrance: str,
              access: dict[str, object]) -> Facility:
    prefix = str(demo.compounds.index(building.compound) + 1)
    return Facility(area=demo.area, kind=kind, name=name, code=f"{code[:3]}{prefix}{code[3:]}" if code else "",
                    compound=building.compound, building=building, entrance=entrance, lon=building.lon,
                    lat=building.lat, access=access)


def _map() -> Iterator[dict[str, object]]:
    """Roads, green and water of the community, as its own GeoJSON."""
    def line(points: list[tuple[float, float]], name: str, width: int) -> dict[str, object]:
        return {"type": "Feature", "properties": {"kind": "road", "name": name, "width": width}, "geometry": {
            "type": "LineString", "coordinates": [[round(LON + x, 6), round(LAT + y, 6)] for x, y in points]}}

    yield line([(-0.0044, -0.0027), (0.0044, -0.0027)], "梧桐路", 14)
    yield line([(-0.0014, -0.0030), (-0.0014, 0.0030)], "香樟巷", 9)
    yield line([(0.00145, -0.0030), (0.00145, 0.0030)], "河畔路", 9)
    yield line([(-0.0044, 0.0027), (0.0044, 0.0027)], "银杏街", 12)
    yield {"type": "Feature", "properties": {"kind": "green", "name": "梧桐园"}, "geometry": _box(
        -0.0002, 0.0014, 0.0010, 0.0023)}
    yield {"type": "Feature", "properties": {"kind": "water", "name": "小河"}, "geometry": _box(
        0.0042, -0.0030, 0.0046, 0.0030)}


def _residents(demo: Demo, share: float) -> None:
    """About 3,000 people of believable ages in about 1,200 homes; two thirds of the homes are lived in by owners."""
    chance, year = demo.random, now().year
    rows: list[Person] = []
    residencies: list[Residency] = []
    serial = 10_000_000
    moment = now() - timedelta(days=200)
    wanted = [home for home in demo.homes if chance.random() < 0.97]
    target = int(3000 * share)
    for home in wanted:
        if len(rows) >= target:
            break
        rented = chance.random() < 0.22
        size = chance.choices([1, 2, 3, 4, 5], [16, 30, 30, 18, 6])[0]
        head_age = min(max(int(chance.gauss(47, 17)), 22), 92)
        surname = chance.choice(SURNAMES)
        for place in range(size):
            age = _age(chance, head_age, place)
            family = surname if place != 1 else chance.choice(SURNAMES)
            name = family + "".join(chance.sample(GIVEN, chance.choice((1, 2, 2))))
            serial += chance.randint(1, 9)
            gender = chance.choice(("先生", "女士"))
            person = Person(
                phone=f"+86199{serial:08d}" if age >= 12 else None, name=name,
                title=f"{family}{gender}" if age >= 18 else "", community=demo.area, birth_year=year - age,
                created=moment, look={"mode": "elder"} if age >= 72 and chance.random() < 0.5 else {})
            rows.append(person)
            bond = "tenant" if rented else ("owner" if place == 0 else "family")
            residencies.append(Residency(
                area=demo.area, person=person, home=home, bond=bond, claimed_at=moment,
                state="confirmed" if chance.random() < 0.96 else "claimed",
                decided_at=moment))
            demo.home_of[person.pk] = home
    lin, wang = rows[0], rows[1]
    for star, person, name, title, age in (
            ("resident", lin, "林小青", "林女士", 38), ("elder", wang, "王桂兰", "王阿姨", 78)):
        person.name, person.title, person.birth_year, person.is_demo = name, title, year - age, True
        person.look = {"mode": "elder"} if star == "elder" else {}
        demo.stars[star] = person
    for person, phone in ((lin, "+8613800138000"), (wang, "+8613900139000")):
        person.phone = phone
        residency = next(r for r in residencies if r.person is person)
        residency.state, residency.bond = "confirmed", "owner"
    stranger = Person(phone="+8619800000009", name="郑外", title="郑先生", community=demo.other, is_demo=True,
                      birth_year=year - 41)
    demo.stars["stranger"] = stranger
    Person.objects.bulk_create([*rows, stranger], batch_size=400)
    Residency.objects.bulk_create(residencies, batch_size=500)
    Mandate.objects.create(  # 亲情代办: 王阿姨 lets 林女士 report and answer for her
        subject=wang, agent=lin, scope=["repairs", "requests"], evidence=Mandate.Evidence.APP, since=moment,
        agreed_at=moment)
    demo.residents = [person for person in rows if person.birth_year and year - person.birth_year >= 18]


def _age(chance: random.Random, head: int, place: int) -> int:
    if place == 0:
        return head
    if place == 1:
        return max(20, head + chance.randint(-5, 4))
    if head < 55:
        return chance.randint(0, max(head - 22, 1)) if place == 2 or chance.random() < 0.7 else min(head + 26, 93)
    return max(1, head - 27 + chance.randint(-4, 4)) if place == 2 else max(0, head - 55 + chance.randint(-3, 3))


def _staff(demo: Demo, district: Area) -> None:
    where = {"area": demo.area, "street": demo.street, "district": district}
    for number, (short, name, title, role, of) in enumerate(STAFF):
        person = Person.objects.create(
            phone=f"+8619700000{number:03d}", name=name, title=title, is_demo=True, birth_year=now().year - 40)
        organisation = demo.organisations.get(of)
        area = where.get(of) or (organisation.area if organisation else demo.area)
        RoleAssignment.objects.create(
            person=person, role=role, area=area, organisation=organisation, since=now() - timedelta(days=420),
            skills=SKILLS.get(short, []))
        demo.stars[short] = person


def _routing(demo: Demo) -> None:
    """Published rules of the demo: each compound's company for repairs, departments for what is theirs."""
    table = RoutingTable.objects.create(
        area_code=demo.area.code, version=1, state="published", effective_from=now() - timedelta(days=420),
        proposed_by=demo.stars["worker"], published_by=demo.stars["head"], note="初始版本")
    rows = [RoutingRow(
        table=table, order=10 + n, area_prefix=demo.area.code, kind_code="repair", compound_id=compound.pk,
        unit=compound.property_company, note=f"{compound.name}由{compound.property_company.name}管")
        for n, compound in enumerate(demo.compounds) if compound.property_company]
    for order, kind, category, unit, note in (
        (40, "repair", "", "安和物业", "没有写明小区的报修"), (20, "repair", "gas", "示例燃气", "燃气归燃气公司"),
        (60, "complaint", "", "梧桐里社区居委会", "诉求先由社区接"),
        (50, "complaint", "城乡建设", "街道城管办", "市容归城管办"),
        (70, "consult", "", "梧桐里社区居委会", "咨询由社区答"), (999, "", "", None, "兜底：社区值班"),
    ):
        rows.append(RoutingRow(table=table, order=order, area_prefix=demo.area.code, kind_code=kind, category=category,
                               unit=demo.organisations[unit] if unit else None, note=note))
    RoutingRow.objects.bulk_create(rows)
