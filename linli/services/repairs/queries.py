"""The reads that repairs' pages, API, guards and jobs share."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import Count, Max, Q, QuerySet, Sum
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from linli.foundation.areas.models import Area, Building, Compound, Facility, Home
from linli.foundation.calendar.clock import now, today
from linli.foundation.people.models import Organisation, Person, Residency, RoleAssignment
from linli.foundation.people.queries import subjects_for
from linli.foundation.policy import policy
from linli.foundation.prepared import Prepared
from linli.mechanisms.cases import queries as cases, similar
from linli.mechanisms.cases.kinds import Category, Kind, current
from linli.mechanisms.cases.models import Case, CaseEvent
from linli.mechanisms.cases.parties import own_q
from linli.services.repairs import rules, slots
from linli.services.repairs.models import (
    ListState,
    Payment,
    Pool,
    PriceItem,
    PriceList,
    Quote,
    QuoteLine,
    QuoteState,
    ReportDraft,
    StockMove,
)

FAMILY_LIMIT = 4  # facilities offered beside one's own building
HOMES_MOST = 5


def kind() -> Kind:
    return current("repair")


def draft_of(person: Person) -> ReportDraft | None:
    """The report this person is making, if there is one."""
    return _draft.first(person.pk)


_draft = Prepared(lambda person: ReportDraft.objects.filter(person=person).order_by("pk")[:1])


def subjects(person: Person) -> list[Person]:
    """Those this person may report for (亲情代办)."""
    return subjects_for(person, "repairs")


def homes_of(person: Person) -> list[Home]:
    """Where `person` lives, confirmed or still to be confirmed: a repair does not wait for paper."""
    return [row.home for row in _living.all(person.pk)]


_living = Prepared(lambda person: Residency.objects.filter(
    person=person, state__in=[Residency.State.CONFIRMED, Residency.State.CLAIMED]).select_related(
    "home__building__compound__area", "home__building__grid", "home__building__area").defer(
    "home__building__compound__area__outline", "home__building__grid__outline", "home__building__area__outline",
).order_by("state", "-pk")[:HOMES_MOST])


@dataclass(frozen=True)
class Place:
    """One answer to "where": its form key, how it is called, and what it stands for."""

    key: str
    title: str
    sub: str = ""
    icon: str = "pin"
    building: Building | None = None
    home: Home | None = None
    facility: Facility | None = None
    lon: float | None = None
    lat: float | None = None


def places_for(person: Person, data: dict[str, Any], area: Area) -> list[Place]:
    """What is offered first: the sticker that was scanned, one's homes, their buildings, the lifts there, the photo."""
    found: list[Place] = []
    code = str(data.get("facility", ""))
    if code:
        scanned = facility_by_code(area, code)
        if scanned is not None:
            found.append(of_facility(scanned, _("设备码 %(code)s · 您扫的") % {"code": scanned.code}))
    homes = homes_of(person)
    found += [Place(f"home:{home.pk}", _("家里面"), str(home), "home", home.building, home) for home in homes]
    buildings = {home.building_id: home.building for home in homes}
    found += [Place(f"building:{b.pk}", _("%(name)s的楼道、大门、屋顶") % {"name": b.name}, str(b.compound),
                    "building", b) for b in buildings.values()]
    near = _near.all(area.code[:12], area.code[:12] + ":", *[*buildings, *[0] * HOMES_MOST][:HOMES_MOST])
    found += [of_facility(f) for f in near if f"facility:{f.pk}" not in {p.key for p in found}]
    if data.get("photo_lon") is not None:
        found.append(Place("photo", _("拍照片的地方"), _("用照片里的位置，只有办事的人看得到"), "camera",
                           lon=data["photo_lon"], lat=data["photo_lat"]))
    return found


# Of a building of this place, whose code begins with the first argument: ":" is the sign after "9".
_near = Prepared(lambda code, end, b1, b2, b3, b4, b5: Facility.objects.filter(
    Q(building=b1) | Q(building=b2) | Q(building=b3) | Q(building=b4) | Q(building=b5),
    area__code__gte=code, area__code__lt=end).select_related(
    "building__compound", "compound", "area").order_by("kind", "name")[:FAMILY_LIMIT])


def of_facility(facility: Facility, sub: str = "") -> Place:
    told = sub or (_("设备码 %(code)s") % {"code": facility.code} if facility.code else "")
    icon = "stairs" if facility.kind == "lift" else "pin"
    return Place(f"facility:{facility.pk}", facility.name, told, "ladder" if icon == "stairs" else icon,
                 facility.building, None, facility, facility.lon, facility.lat)


def facility_by_code(area: Area, code: str) -> Facility | None:
    """The thing whose sticker says `code`, in this community."""
    return Facility.objects.filter(area__code__startswith=area.code[:12], code__iexact=code.strip()[:20]).exclude(
        code="").select_related("building__compound", "building__grid", "compound").first()


def buildings(area: Area) -> QuerySet[Building]:
    return Building.objects.filter(area__code__startswith=area.code[:12]).select_related("compound", "grid").order_by(
        "compound__name", "number", "name")


def guess(text: str, only: Iterable[Category] | None = None) -> Category | None:
    """The category whose words the text holds: the family with the longest word, in it the most exact one."""
    hits = [(len(word), category) for category in only or kind().categories.values()
            for word in category.words if word in text]
    if not hits:
        return None
    family = max(hits, key=lambda hit: hit[0])[1].code.partition(".")[0]
    own = [hit for hit in hits if hit[1].code.partition(".")[0] == family]
    return max(own, key=lambda hit: (hit[1].code.count("."), hit[0]))[1]


def like(area: Area, *, category: str, text: str, building: int | None, facility: int | None,
         lon: float | None, lat: float | None) -> list[similar.Likeness]:
    """Open cases that may be the same trouble."""
    return similar.candidates(kind(), area.code, category=category, text=text, building_id=building,
                              facility_id=facility, lon=lon, lat=lat)


def posted_list(compound: Compound | int | None) -> PriceList | None:
    """The list in force in a compound."""
    found = PriceList.objects.filter(compound=compound, state=ListState.POSTED).first() if compound else None
    return found if isinstance(found, PriceList) else None


def list_for(case: Case) -> PriceList | None:
    """The list in force where the case is."""
    return posted_list(compound_of(case))


def compound_of(case: Case) -> int | None:
    if case.building_id and case.building:
        return case.building.compound_id
    return case.facility.compound_id if case.facility_id and case.facility else None


def quotes_of(case: Case) -> list[Quote]:
    """All quotes of a case, the newest first, with their lines. Two statements."""
    return list(Quote.objects.filter(case=case).select_related("made_by").prefetch_related("lines").order_by("-pk"))


def quotes_for(person: Person) -> list[Quote]:
    """The quotes that wait for this person's yes or no, the oldest first, at most three."""
    rows = Quote.objects.filter(
        case__in=Case.objects.filter(own_q(person)).values("pk"), state=QuoteState.PROPOSED, case__is_open=True,
        valid_until__gte=today()).select_related("case").order_by("pk")
    return list(rows[:3])


def agreed_total(case: Case) -> Decimal:
    """What the requester has agreed to pay, in yuan."""
    found = Quote.objects.filter(case=case, state=QuoteState.AGREED).aggregate(s=Sum("total"))["s"]
    return found or Decimal("0.00")


def paid(case: Case) -> Decimal:
    found = Payment.objects.filter(case=case).aggregate(s=Sum("amount"))["s"]
    return found or Decimal("0.00")


def materials_of(case: Case) -> list[StockMove]:
    return list(StockMove.objects.filter(case=case).select_related("item", "by").order_by("pk"))


def payer_of(case: Case) -> rules.Payer:
    """Who is proposed to pay, from the place, the category and the age of the compound."""
    on = today()
    category = case.kind.category(case.category)
    system = _SYSTEMS.get(case.category) or _SYSTEMS.get(case.category.partition(".")[0], "")
    utility = case.category.partition(".")[0] in policy("repairs.utility_part", on=on)
    common = (category is not None and category.common_part is True) or not case.home_id
    built = _built_in(case)
    matter = rules.Matter(
        part="utility" if utility else ("common" if common else "own"), system=system,
        work="renewal" if case.facts.get("renewal") else "upkeep",
        years=Decimal(on.year - built) if built else None, seasons=on.year - built if built else None)
    return rules.payer(
        matter, builder_years=policy("repairs.builder_years", on=on),
        builder_seasons=int(policy("repairs.builder_seasons", on=on)),
        urgent=policy("repairs.urgent_fund", on=on, area=case.area_code))


_SYSTEMS = {
    "water.roof": "roof", "water.drain": "drain", "water": "pipes", "power": "wiring", "heating": "heating",
    "lift": "lift", "public.falling": "facade", "door": "equipment",
}


def _built_in(case: Case) -> int | None:
    if case.building_id and case.building:
        return case.building.compound.completed_on_year
    return case.facility.compound.completed_on_year if case.facility_id and case.facility and (
        case.facility.compound) else None


def history(case: Case) -> tuple[int, int]:
    """(days, how many repairs of the same facility in them, this one included)."""
    days = int(policy("repairs.history_days", on=today(), area=case.area_code))
    if not case.facility_id:
        return days, 0
    return days, Case.objects.filter(
        facility=case.facility_id, kind_code="repair", created__gte=now() - timedelta(days=days)).count()


def warranties(case: Case) -> list[tuple[QuoteLine, date]]:
    """What was repaired at this home or thing before and is still under warranty: (line, last day)."""
    if not (case.home_id or case.facility_id):
        return []
    same = Q(case__home=case.home_id) if case.home_id else Q(case__facility=case.facility_id)
    family = case.category.partition(".")[0]
    quotes = Quote.objects.filter(
        same, state=QuoteState.AGREED, case__closed_at__isnull=False, case__category__startswith=family,
        case__kind_code="repair").exclude(case=case.pk).select_related("case").prefetch_related("lines").order_by("-pk")
    found = []
    for quote in quotes[:20]:
        for line in quote.lines.all():
            line.quote = quote
            closed = quote.case.closed_at
            until = rules.add_months(closed.date(), line.warranty_months) if closed else None
            if until is not None and until >= today():
                found.append((line, until))
    return found


# Pools


def load_of(workers: Sequence[Person]) -> dict[int, int]:
    """Repairs each worker still has to do: what waits for the resident's word or a call-back is none. One statement."""
    to_do = [state.code for state in kind().visible_states if state.waits_for == "worker"]
    rows = Case.objects.filter(assignee__in=[w.pk for w in workers], is_open=True, kind_code="repair", state__in=to_do)
    return dict(rows.order_by().values_list("assignee").annotate(n=Count("pk")))


def why_not(person: Person, case: Case) -> str:
    """Why this worker may not pick the case, in words; "" if they may. Two statements."""
    held = RoleAssignment.objects.filter(
        person=person, withdrawn=None, role="property_worker", organisation=case.unit_id).first()
    if held is None or not held.on_shift:
        return _("您现在不在班，上班后再接。")
    if person.pk in case.facts.get("sent_back", []):
        return _("这件您退过，留给别的师傅。")
    skill = rules.skill_for(case.category, policy("repairs.skills", on=today()))
    if skill and skill not in held.skills:
        return _("这件要有%(skill)s，您的资质里没有。") % {"skill": skill}
    most = int(policy("repairs.open_jobs_max", on=today(), area=case.area_code))
    if load_of([person]).get(person.pk, 0) >= most:
        return _("您手上已有 %(count)s 件没办完，先办完几件再接。") % {"count": most}
    return ""


def lacks(person: Person, case: Case) -> str:
    """The certificate that the case's category asks for and no role of `person` in the lead unit holds, or ""."""
    skill = rules.skill_for(case.category, policy("repairs.skills", on=today()))
    if not skill:
        return ""
    rows = RoleAssignment.objects.filter(person=person, organisation=case.unit_id, withdrawn=None)
    held = list(rows.values_list("skills", flat=True))  # none: not of the unit, which is refused for that reason
    return "" if not held or any(skill in skills for skills in held) else skill


def eligible(case: Case) -> tuple[list[int], set[int]]:
    """(all workers of the unit in their fixed order, those who may have this case now). Two statements."""
    held = list(RoleAssignment.objects.filter(
        role="property_worker", organisation=case.unit_id, withdrawn=None).select_related("person").order_by("person"))
    skill = rules.skill_for(case.category, policy("repairs.skills", on=today()))
    most = int(policy("repairs.open_jobs_max", on=today(), area=case.area_code))
    load = load_of([row.person for row in held])
    out = set(case.facts.get("sent_back", []))
    may = {row.person_id for row in held if row.on_shift and row.person_id not in out and (
        not skill or skill in row.skills) and load.get(row.person_id, 0) < most}
    return [row.person_id for row in held], may


def offered(person: Person) -> list[tuple[Case, datetime]]:
    """The pool of this person's companies: (case, since when it is offered), the longest waiting first."""
    rows = list(cases.with_people(Case.objects.filter(
        cases.desk_q(person), kind_code="repair", is_open=True, state="offered")).order_by("due_at")[:200])
    since = dict(CaseEvent.objects.filter(case__in=rows, name="offer").order_by().values_list("case").annotate(
        at=Max("at")))
    return sorted(((case, since.get(case.pk, case.created)) for case in rows), key=lambda pair: pair[1])


@dataclass(frozen=True)
class Hand:
    """One worker on the pool's board."""

    person: Person
    role: RoleAssignment
    open_jobs: int
    sent_back: int
    turns: int
    failed: int


def hands(companies: Sequence[int]) -> list[Hand]:
    """The workers of these companies: on shift, how much they hold; sent back and not come in the last 90 days."""
    held = list(RoleAssignment.objects.filter(
        role="property_worker", organisation__in=companies, withdrawn=None).select_related("person").order_by("person"))
    load = load_of([row.person for row in held])
    back = dict(CaseEvent.objects.filter(
        name="send_back", actor__in=[row.person_id for row in held], at__gte=now() - timedelta(days=90),
    ).order_by().values_list("actor").annotate(n=Count("pk")))
    turns: dict[str, int] = {}
    for pool in Pool.objects.filter(organisation__in=companies):
        turns.update(pool.turns)
    failed = slots.failures([row.person_id for row in held], now() - timedelta(days=90))
    return [Hand(row.person, row, load.get(row.person_id, 0), back.get(row.person_id, 0),
                 turns.get(str(row.person_id), 0), failed.get(row.person_id, 0)) for row in held]


def companies_of(person: Person) -> list[Organisation]:
    """The companies whose prices, stock and pool this person keeps or sees as staff of the place."""
    units = [s.organisation_id for s in person.standings if s.organisation_id and s.role in (
        "property_desk", "property_worker")]
    found = Q(pk__in=units)
    if person.holds("worker", "community_head", "street_leader"):
        found |= person.scope_q("area__code", roles=frozenset({"worker", "community_head", "street_leader"}))
    return list(Organisation.objects.filter(found, kind="property_company", is_active=True).order_by("name"))


def compounds_of(person: Person) -> QuerySet[Compound]:
    """The compounds of those companies."""
    return Compound.objects.filter(property_company__in=companies_of(person)).select_related(
        "area", "property_company").order_by("name")


def price_groups(price_list: PriceList) -> list[tuple[str, list[PriceItem]]]:
    """The items by category, titled."""
    groups: dict[str, list[PriceItem]] = {}
    for item in price_list.items.all():
        category = kind().category(item.category)
        groups.setdefault(str(category) if category else _("别的"), []).append(item)
    return list(groups.items())


def words_of(code: str, table: Sequence[tuple[str, str | Promise]]) -> str:
    return str(dict(table).get(code, ""))


def home_by_room(building: Building, room: str) -> Home | None:
    """A home by how people write it: 602, 2-602, 2单元602."""
    parts = [part for part in room.replace("单元", "-").replace("室", "").replace(" ", "-").split("-") if part]
    found = Home.objects.filter(building=building, number=parts[-1] if parts else "").select_related(
        "building__compound__area", "area")
    if len(parts) > 1:
        found = found.filter(entrance=parts[-2])
    rows = list(found[:2])
    return rows[0] if len(rows) == 1 else None
