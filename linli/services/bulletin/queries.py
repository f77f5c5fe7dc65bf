"""Reads that the pages, the API, the feed and the search share."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db.models import Count, Exists, OuterRef, Prefetch, Q, QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _, ngettext

from linli.foundation.areas.models import Area, Building, Compound
from linli.foundation.calendar.clock import now, today
from linli.foundation.notices import profile_allowed
from linli.foundation.people.models import Organisation, Person, Residency, RoleName
from linli.foundation.people.permit import may
from linli.services.bulletin import rules
from linli.services.bulletin.models import KEEPERS, Announcement, Read, State, Target
from linli.services.bulletin.rules import Why

if TYPE_CHECKING:
    from datetime import datetime

_TARGETS = Prefetch("targets", Target.objects.select_related("area", "compound", "building", "building__compound"))


@dataclass(frozen=True)
class Shown:
    """An announcement as one reader sees it: `concerns` says whether it is among theirs, `nearest` their home's."""

    announcement: Announcement
    reasons: tuple[Why, ...]
    is_unread: bool

    @property
    def concerns(self) -> bool:
        return bool(self.reasons)

    @property
    def is_about_home(self) -> bool:
        return Why.BUILDING in self.reasons or Why.COMPOUND in self.reasons

    @property
    def sub(self) -> str:
        """The second line of a list: who says it, and that it is about one's home."""
        if self.is_about_home:
            return _("%(issuer)s · 与您家有关") % {"issuer": self.announcement.issuer}
        return self.announcement.issuer


def reader_of(person: Person) -> rules.Reader:
    """What may be known of `person` for choosing announcements. One query."""
    rows = Residency.objects.filter(person=person, state=Residency.State.CONFIRMED).values_list(
        "home__building_id", "home__building__compound_id", "home__area__code", "home__building__grid__code")
    return rules.Reader(
        area_codes=frozenset(s.area_code for s in person.standings if s.area_code),
        homes=tuple(rules.HomeAt(building, compound, code[:12], grid or "") for building, compound, code, grid in rows),
        birth_year=person.birth_year, may_use_age=may_use_age(person))


def may_use_age(person: Person) -> bool:
    """False for who switched off pushes that are based on them, here or in the settings of their notices."""
    return profile_allowed(person) and not (person.channels or {}).get("plain_only", False)


def audience_of(row: Announcement) -> rules.Audience:
    """Whom `row` is for. No query if its targets are prefetched."""
    places = tuple(
        rules.Place(area_code=t.area.code if t.area else "", compound=t.compound_id or 0, building=t.building_id or 0)
        for t in row.targets.all())
    return rules.Audience(row.area.code, places, row.ages)


def on_board(person: Person | None, at: datetime | None = None) -> QuerySet[Announcement]:
    """What hangs there for `person` now (None: what is public everywhere), pinned first, then newest."""
    moment = at or now()
    rows = Announcement.objects.visible_to(person) if person else Announcement.objects.filter(is_public=True)
    return _told(rows.filter(state=State.PUBLISHED, shown_from__lte=moment, expires_at__gt=moment)).order_by(
        "-is_pinned", "-shown_from", "-id")


def concerning(person: Person, reader: rules.Reader) -> QuerySet[Announcement]:
    """Of `on_board`, what `rules.reasons` finds a reason for; the database does the choosing, so pages stay whole."""
    mine = Target.objects.filter(announcement=OuterRef("pk")).filter(
        Q(building__in=[home.building for home in reader.homes])
        | Q(compound__in=[home.compound for home in reader.homes])
        | Q(area__code__in=_codes_around(reader.homes)))
    found = on_board(person).filter(Q(is_for_all=True) | Exists(mine))
    if not reader.may_use_age:
        return found
    anyone = Q(age_from=None, age_to=None)
    if reader.birth_year is None:
        return found.filter(anyone)
    age = today().year - reader.birth_year
    return found.filter(anyone | (Q(age_from=None) | Q(age_from__lte=age)) & (Q(age_to=None) | Q(age_to__gte=age)))


def _codes_around(homes: Iterable[rules.HomeAt]) -> set[str]:
    return {code for home in homes for code in rules.ancestors(home.grid_code or home.community_code)}


def board(person: Person, *, only_mine: bool, kind: str = "", words: str = "") -> QuerySet[Announcement]:
    """The residents' list: what concerns them, or everything of their place."""
    rows = concerning(person, reader_of(person)) if only_mine else on_board(person)
    if kind:
        rows = rows.filter(kind=kind)
    return rows.filter(Q(title__icontains=words) | Q(body__icontains=words)) if words else rows


def as_shown(person: Person, rows: Sequence[Announcement], reader: rules.Reader | None = None) -> list[Shown]:
    """`rows` with the reasons and the unread mark of `person`. Two queries for any number of rows."""
    reader, year = reader or reader_of(person), today().year
    read = set(Read.objects.filter(
        person=person, announcement__in=[row.pk for row in rows]).values_list("announcement_id", flat=True))
    return [Shown(row, rules.reasons(audience_of(row), reader, year), row.pk not in read) for row in rows]


def for_home(person: Person, most: int = 3) -> list[Shown]:
    """What the home page shows: this week's about one's home first, then urgent, pinned, unread, newest."""
    reader = reader_of(person)
    rows = list(concerning(person, reader).filter(shown_from__gt=now() - timedelta(days=45))[:30])
    shown = as_shown(person, rows, reader)
    week = now() - timedelta(days=7)
    shown.sort(key=lambda one: (
        not (one.is_about_home and one.announcement.shown_from > week), not one.announcement.is_urgent,
        not one.announcement.is_pinned, not one.is_unread))
    return shown[:most]


def readable(person: Person | None, pk: int) -> Announcement | None:
    """The announcement, if `person` may read it (None: if it was published for all); expired and withdrawn too."""
    if person:
        rows = Announcement.objects.visible_to(person)
    else:
        rows = Announcement.objects.filter(
            is_public=True, published_at__isnull=False, shown_from__lte=now(),
            state__in=[State.PUBLISHED, State.WITHDRAWN])
    found: Announcement | None = _told(rows).filter(pk=pk).first()
    return found


def why(person: Person, row: Announcement) -> list[str]:
    """「为什么我会看到」: whole sentences, the nearest reason first."""
    reader = reader_of(person)
    found = rules.reasons(audience_of(row), reader, today().year)
    if not found:
        return [_("这条是发给%(whom)s的，没有专门推给您。社区里的公告，您都能看。") % {"whom": for_whom(row)}]
    return [_sentence(reason, row, reader) for reason in found]


def _sentence(reason: Why, row: Announcement, reader: rules.Reader) -> str:
    facts = {"place": row.area.name, "where": _where(row), "ages": ages_in_words(row.ages), "basis": row.age_basis}
    if reason in {Why.BUILDING, Why.COMPOUND}:
        homes = {home.building for home in reader.homes} | {home.compound for home in reader.homes}
        facts["here"] = next((str(t) for t in row.targets.all() if (t.building_id or t.compound_id) in homes), "")
        return _("您家在%(here)s，这条是发给那里的。") % facts
    return {
        Why.PLACE: _("这条是发给%(place)s全体居民的。") % facts,
        Why.AREA: _("这条发给%(where)s，您家在那里。") % facts,
        Why.AGE: _("这条发给%(ages)s的人，按您登记的出生年份选的。依据：%(basis)s。") % facts,
        Why.AGE_NOT_USED: _(
            "这条本来发给%(ages)s的人。您关了「按我的情况推送」，所以没有看您的年龄，照样给您列出来。") % facts,
    }[reason]


def ages_in_words(ages: rules.Ages | None) -> str:
    """满 60 岁; 6 到 12 岁; 不到 19 岁."""
    if ages is None:
        return ""
    if ages.end is None:
        return _("满 %(start)s 岁") % {"start": ages.start}
    if not ages.start:
        return _("%(end)s 岁以下") % {"end": ages.end}
    return _("%(start)s 到 %(end)s 岁") % {"start": ages.start, "end": ages.end}


def for_whom(row: Announcement) -> str:
    """梧桐里社区; 梧桐苑 3号楼、梧桐苑 5号楼; with the age group where there is one."""
    where = _where(row)
    return _("%(where)s（%(ages)s）") % {"where": where, "ages": ages_in_words(row.ages)} if row.ages else where


def _where(row: Announcement) -> str:
    targets = [str(target) for target in row.targets.all()]
    return _("、").join(targets) if targets else row.area.name


def readers_in_words(count: int) -> str:
    """326 人看过; below five only that it is below five."""
    safe = rules.safe_count(count)
    if safe is None:
        return _("不足 %(least)s 人看过") % {"least": rules.SMALLEST_GROUP}
    return ngettext("%(count)s 人看过", "%(count)s 人看过", safe) % {"count": safe} if safe else _("还没有人看过")


def desk(person: Person, *, state: str = "", words: str = "") -> QuerySet[Announcement]:
    """What `person` keeps, newest first; `state` is one of State or "expired"."""
    rows = _told(Announcement.objects.filter(Announcement.kept_by(person)))
    if state == "expired":
        rows = rows.filter(state=State.PUBLISHED, expires_at__lte=now())
    elif state == State.PUBLISHED:
        rows = rows.filter(state=state, expires_at__gt=now())
    elif state:
        rows = rows.filter(state=state)
    if words:
        rows = rows.filter(Q(title__icontains=words) | Q(body__icontains=words))
    return rows.order_by("-created", "-id")


def with_counts(rows: QuerySet[Announcement]) -> QuerySet[Announcement]:
    """Each row with `read_count`. Never shown as it is: see `readers_in_words`."""
    return rows.annotate(read_count=Count("reads"))


def counts_by_state(person: Person) -> dict[str, int]:
    """How many the desk of `person` has in each state, expired apart. One query."""
    ends = Q(state=State.PUBLISHED, expires_at__lte=now())
    tallies: dict[str, Any] = {state: Count("pk", filter=Q(state=state) & ~ends) for state in State.values}
    found: dict[str, int] = Announcement.objects.filter(Announcement.kept_by(person)).aggregate(
        **tallies, expired=Count("pk", filter=ends))
    return found


@dataclass(frozen=True)
class Board:
    """A place or company in whose name `person` may write. `key` is what a form sends."""

    area: Area
    organisation: Organisation | None = None

    @property
    def key(self) -> str:
        return f"{self.area.pk}-{self.organisation.pk if self.organisation else 0}"

    def __str__(self) -> str:
        if self.organisation:
            return _("%(company)s（%(place)s）") % {"company": self.organisation.name, "place": self.area.name}
        return self.area.name


def boards(person: Person) -> list[Board]:
    """Where `person` may write: their communities and streets, and their property company's communities."""
    codes = {s.area_code for s in person.standings if s.role in KEEPERS and s.area_code}
    within = Q(pk__in=[])
    for code in codes:
        within |= Q(code=code) | Q(code__startswith=code, level="community")
    found = [Board(area) for area in Area.objects.filter(within).order_by("code")] if codes else []
    companies = [s.organisation_id for s in person.standings if s.role == RoleName.PROPERTY_DESK]
    pairs = Compound.objects.filter(property_company__in=companies).select_related("area", "property_company")
    found += [Board(area, company) for area, company in {(row.area, row.property_company): None for row in pairs}]
    return [one for one in found if may(person, "bulletin.write", one.organisation or one.area)]


def places_of(one: Board) -> list[Area | Compound | Building]:
    """What a board can aim at: compounds, each with its buildings; above a community, communities."""
    if len(one.area.code) < 12:
        return list(Area.objects.filter(code__startswith=one.area.code, level="community").order_by("code"))
    compounds = Compound.objects.filter(area__code__startswith=one.area.code).select_related("area")
    if one.organisation:
        compounds = compounds.filter(property_company=one.organisation)
    found: list[Area | Compound | Building] = []
    buildings = Prefetch("buildings", Building.objects.select_related("area", "compound"))
    for compound in compounds.prefetch_related(buildings):
        found += [compound, *compound.buildings.all()]
    return found


def concerned(row: Announcement, *, after: int, most: int) -> list[Person]:
    """Up to `most` people of the places and ages of `row`, with ids above `after`, in the order of ids."""
    people = Person.objects.filter(is_active=True, pk__gt=after, community__code__startswith=row.area.code)
    targets = list(row.targets.all())
    if targets:
        where = Q(home__building__in=[t.building_id for t in targets if t.building_id])
        where |= Q(home__building__compound__in=[t.compound_id for t in targets if t.compound_id])
        for target in targets:
            if target.area:
                where |= Q(home__building__grid__code__startswith=target.area.code)
                where |= Q(home__area__code__startswith=target.area.code)
        people = people.filter(Exists(
            Residency.objects.filter(where, person=OuterRef("pk"), state=Residency.State.CONFIRMED)))
    year = today().year
    if row.age_from is not None:
        people = people.filter(birth_year__lte=year - row.age_from)
    if row.age_to is not None:
        people = people.filter(birth_year__gte=year - row.age_to)
    return list(people.order_by("pk").select_related("community")[:most])


def feed(area: Area, most: int = 50) -> list[dict[str, Any]]:
    """The public announcements of `area` and of the places above it, newest first: entries for an Atom feed."""
    rows = on_board(None).filter(area__code__in=rules.ancestors(area.code)).order_by("-shown_from", "-id")
    return [{
        "id": f"{settings.LINLI_BASE_URL}{reverse('bulletin:page', args=[row.pk])}",
        "url": f"{settings.LINLI_BASE_URL}{reverse('bulletin:page', args=[row.pk])}",
        "title": row.title, "text": row.body, "author": row.issuer, "category": row.get_kind_display(),
        "published": row.shown_from, "updated": _last_change(row),
    } for row in rows.prefetch_related("versions")[:most]]


def _last_change(row: Announcement) -> datetime:
    approved = [version.approved_at for version in row.versions.all() if version.approved_at]
    return max([row.shown_from, *approved])


def search(person: Person | None, area: Area | None, words: str) -> list[tuple[str, str, str, str]]:
    """Answers of this room to the search box: (title, second line, address, icon)."""
    if not words.strip():
        return []
    rows = on_board(person)
    if person is None:
        rows = rows.filter(area__code__in=rules.ancestors(area.code)) if area else rows.none()
    hits = rows.filter(Q(title__icontains=words) | Q(body__icontains=words))[:10]
    sub = _("公告 · %(issuer)s")
    return [
        (row.title, sub % {"issuer": row.issuer}, reverse("bulletin:page", args=[row.pk]), row.icon) for row in hits]


def _told(rows: QuerySet[Announcement]) -> QuerySet[Announcement]:
    return rows.select_related("area", "organisation", "author").prefetch_related(_TARGETS)
