"""A case, its append-only history, and the list columns that are folded from it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from django.db.models import (
    CASCADE,
    PROTECT,
    BigIntegerField,
    BooleanField,
    CharField,
    DateField,
    DateTimeField,
    FloatField,
    ForeignKey,
    Index,
    JSONField,
    OneToOneField,
    PositiveIntegerField,
    PositiveSmallIntegerField,
    Q,
    TextChoices,
    TextField,
    UniqueConstraint,
)
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from linli.foundation.areas.models import Building, Facility, Home, VisibleModel
from linli.foundation.calendar.clock import now
from linli.foundation.people.models import ORGANISATION_ROLES, STAFF_ROLES, Organisation, Person
from linli.foundation.privacy.fields import EncryptedTextField
from linli.foundation.records import Record

if TYPE_CHECKING:
    from linli.mechanisms.cases.kinds import Kind, State

# A case without a running clock sorts last; a column that is never null can be paged by its key.
FAR = datetime(2999, 1, 1, tzinfo=UTC)


class Visibility(TextChoices):
    PUBLIC = "public", _("公开")
    AREA = "area", _("本社区居民看得到大概")
    PARTIES = "parties", _("只有当事人和经办人")
    SEALED = "sealed", _("密封")


class Urgency(TextChoices):
    NORMAL = "normal", _("这几天")
    URGENT = "urgent", _("今天要办")
    DANGER = "danger", _("有危险")


class KindVersion(Record):
    """A published, immutable version of a kind; a case stays on the one it began with."""

    code = CharField(max_length=30)
    version = PositiveIntegerField()
    digest = CharField(max_length=64)
    data = JSONField()
    published_at = DateTimeField(default=now)

    class Meta:
        constraints = [
            UniqueConstraint(fields=["code", "version"], name="kind_version_once"),
            UniqueConstraint(fields=["code", "digest"], name="kind_digest_once"),
        ]


class Numbering(Record):
    """The last sequence number given out in a place on a day."""

    area_code = CharField(max_length=12)
    day = DateField()
    last = PositiveIntegerField(default=0)

    class Meta:
        constraints = [UniqueConstraint(fields=["area_code", "day"], name="numbering_once")]


class Case(VisibleModel):
    """One matter with a life and a deadline. The row holds what lists filter on; the story is in its events."""

    number = CharField(_("单号"), max_length=24, unique=True)
    kind_code = CharField(max_length=30)
    kind_version = PositiveIntegerField(default=1)
    state = CharField(max_length=20)
    is_open = BooleanField(default=True)
    area_code = CharField(max_length=12)
    grid_code = CharField(max_length=15, blank=True)
    category = CharField(max_length=60, blank=True)
    title = CharField(max_length=80)
    text = TextField(blank=True)
    place = CharField(max_length=120, blank=True, help_text="exact, for who handles it")
    place_public = CharField(max_length=120, blank=True, help_text="what neighbours read: building at most")
    building = ForeignKey(Building, PROTECT, null=True, blank=True, related_name="+")
    home = ForeignKey(Home, PROTECT, null=True, blank=True, related_name="+", db_index=False)
    facility = ForeignKey(Facility, PROTECT, null=True, blank=True, related_name="+")
    lon = FloatField(null=True, blank=True)
    lat = FloatField(null=True, blank=True)
    unit = ForeignKey(Organisation, PROTECT, null=True, blank=True, related_name="+", db_index=False)
    assignee = ForeignKey(Person, PROTECT, null=True, blank=True, related_name="+", db_index=False)
    offered_to = ForeignKey(Person, PROTECT, null=True, blank=True, related_name="+", db_index=False)
    requester = ForeignKey(Person, PROTECT, null=True, blank=True, related_name="+", db_index=False)
    agent = ForeignKey(Person, PROTECT, null=True, blank=True, related_name="+", db_index=False)
    channel = CharField(max_length=12, default="app")
    urgency = CharField(max_length=8, choices=Urgency, default=Urgency.NORMAL)
    visibility = CharField(max_length=8, choices=Visibility, default=Visibility.AREA)
    is_anonymous = BooleanField(default=False)
    facts = JSONField(default=dict, help_text="what the kind's own room keeps beside the case")
    due_at = DateTimeField(default=FAR)
    due_name = CharField(max_length=20, blank=True)
    is_provisional = BooleanField(default=False)
    level = PositiveSmallIntegerField(default=0, help_text="highest rung of the ladder reached in this cycle")
    cycle = PositiveSmallIntegerField(default=1)
    nudges = PositiveSmallIntegerField(default=0)
    followers = PositiveIntegerField(default=0)
    merged_into = ForeignKey("self", PROTECT, null=True, blank=True, related_name="merged")
    incident = ForeignKey("self", PROTECT, null=True, blank=True, related_name="tied")
    source = CharField(max_length=30, blank=True)
    source_number = CharField(max_length=60, blank=True)
    once = CharField(max_length=64, blank=True)
    seq = PositiveIntegerField(default=0)
    created = DateTimeField(default=now)
    updated = DateTimeField(default=now)
    closed_at = DateTimeField(null=True, blank=True)
    erased_at = DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            UniqueConstraint(
                fields=["source", "source_number"], condition=~Q(source_number=""), name="case_source_once"),
            UniqueConstraint(fields=["requester", "once"], condition=~Q(once=""), name="case_once"),
        ]
        indexes = [
            Index(fields=["area_code", "due_at", "id"], condition=Q(is_open=True), name="case_open_in_area"),
            Index(fields=["unit", "due_at", "id"], condition=Q(is_open=True), name="case_open_of_unit"),
            Index(fields=["assignee", "due_at", "id"], condition=Q(is_open=True), name="case_open_of_worker"),
            Index(fields=["due_at", "id"], condition=Q(is_open=True), name="case_open"),
            Index(fields=["state", "due_at", "id"], condition=Q(is_open=True), name="case_open_in_state"),
            Index(fields=["offered_to", "due_at", "id"], condition=Q(is_open=True, offered_to__isnull=False),
                  name="case_offered"),
            Index(fields=["merged_into"], condition=Q(merged_into__isnull=False), name="case_merged"),
            Index(fields=["requester", "created"], name="case_of_requester"),
            Index(fields=["agent", "created"], condition=Q(agent__isnull=False), name="case_of_agent"),
            Index(fields=["area_code", "created"], name="case_in_area"),
        ]

    def __str__(self) -> str:
        return self.number

    @cached_property
    def kind(self) -> Kind:
        from linli.mechanisms.cases.kinds import kind_at

        return kind_at(self.kind_code, self.kind_version)

    @property
    def now_state(self) -> State:
        return self.kind.states[self.state]

    @property
    def clock_at(self) -> datetime | None:
        """The deadline that runs now, or None while the clock is paused or the matter is over."""
        return None if self.due_at >= FAR else self.due_at

    @property
    def organisation_ids(self) -> tuple[int, ...]:
        """The organisation that answers for this case. Helpers called in reach it through `reach.py`."""
        return (self.unit_id,) if self.unit_id else ()

    @property
    def complained_of(self) -> int | None:
        """The organisation a complaint is about, which never handles it (信访工作条例 第30条)."""
        value = self.facts.get("complained_of")
        return int(value) if value and str(value).isdecimal() else None

    @property
    def data_subject_id(self) -> int | None:
        return self.requester_id

    @classmethod
    def seen_by(cls, person: Person) -> Q:
        """Its parties; the desk of its place (not when sealed); the staff of the unit that answers for it."""
        from linli.mechanisms.cases.parties import parties_q
        from linli.mechanisms.cases.reach import not_about_own

        mine = parties_q(person) | Q(assignee=person) | Q(offered_to=person)
        desk = person.scope_q("area_code", roles=PLACE_ROLES)
        for code in grid_codes(person):
            desk |= Q(grid_code=code)
        units = unit_ids(person)
        if units:
            desk |= Q(unit__in=units) | Q(pk__in=Leg.objects.filter(unit__in=units, closed_at=None).values("case"))
        return mine | (desk & ~Q(visibility=Visibility.SEALED) & not_about_own(person))

    @property
    def more_text(self) -> str:
        """What was written beyond the title; "" where the title says it all already."""
        text, signs = self.text.strip(), "。；;！!？?…. "
        return "" if text.rstrip(signs) == self.title.strip().rstrip(signs) else text

    def relations_to(self, person: Person) -> frozenset[str]:
        from linli.mechanisms.cases.parties import is_party

        found = set()
        if is_party(person, self):
            found.add("@requester")
        if person.pk == self.assignee_id:
            found.add("@assignee")
        if person.pk == self.offered_to_id:
            found.add("@offered")
        return frozenset(found)


AUDIT_ROLES = frozenset({"system_admin", "security_admin", "audit_admin", "auditor"})
PLACE_ROLES = STAFF_ROLES - ORGANISATION_ROLES - AUDIT_ROLES


def unit_ids(person: Person) -> list[int]:
    """The organisations `person` works for now."""
    return [s.organisation_id for s in person.standings if s.organisation_id and s.role in ORGANISATION_ROLES]


def grid_codes(person: Person) -> list[str]:
    """The grid cells 网格 (15 digits) in which `person` holds a role of the place."""
    return sorted({s.area_code for s in person.standings if len(s.area_code) > 12 and s.role in PLACE_ROLES})


class Contact(Record):
    """Who to call, for a case that no account stands behind."""

    case = OneToOneField(Case, CASCADE, related_name="contact")
    name = EncryptedTextField(_("姓名"), purpose="cases.contact", blank=True)
    phone = EncryptedTextField(_("手机号"), purpose="cases.contact", blank=True)

    @property
    def area_code(self) -> str:
        return self.case.area_code

    @property
    def data_subject_id(self) -> int | None:
        return self.case.requester_id


class CaseEvent(Record):
    """One thing that happened to a case. Appended, never changed: the database itself refuses."""

    case = ForeignKey(Case, PROTECT, related_name="events", db_index=False)
    seq = PositiveIntegerField()
    at = DateTimeField(default=now)
    actor = ForeignKey(Person, PROTECT, null=True, related_name="+", db_index=False)
    acting_for = ForeignKey(Person, PROTECT, null=True, related_name="+", db_index=False)
    channel = CharField(max_length=12, default="app")
    name = CharField(max_length=30)
    from_state = CharField(max_length=20, blank=True)
    to_state = CharField(max_length=20, blank=True)
    data = JSONField(default=dict)
    changes = JSONField(default=dict, help_text="the columns of the case row that this event set")
    text_public = TextField(blank=True)
    text_internal = TextField(blank=True)

    class Meta:
        constraints = [UniqueConstraint(fields=["case", "seq"], name="case_event_seq")]


class Timer(Record):
    """A clock of a case: started, stopped and paused only by the transitions its kind names."""

    class State(TextChoices):
        RUNNING = "running"
        PAUSED = "paused"
        STOPPED = "stopped"

    case = ForeignKey(Case, PROTECT, related_name="timers", db_index=False)
    leg_id = BigIntegerField(null=True)
    name = CharField(max_length=20)
    cycle = PositiveSmallIntegerField(default=1)
    level = PositiveSmallIntegerField(default=0, help_text="rungs fired so far")
    calendar = CharField(max_length=60)
    calendar_version = CharField(max_length=40, blank=True)
    allowance_s = BigIntegerField()
    started_at = DateTimeField()
    resumed_at = DateTimeField()
    paused_at = DateTimeField(null=True)
    consumed_s = BigIntegerField(default=0, help_text="worked seconds used before the last pause")
    due_at = DateTimeField(help_text="when the whole allowance is used")
    next_at = DateTimeField(null=True, help_text="when the next rung fires")
    is_provisional = BooleanField(default=False)
    state = CharField(max_length=8, choices=State, default=State.RUNNING)
    stopped_at = DateTimeField(null=True)

    @property
    def shown_title(self) -> str:
        """What the clock is called in its kind."""
        from linli.mechanisms.cases.kinds import say

        rule = self.case.kind.timers.get(self.name)
        return say(rule.title) if rule else self.name

    class Meta:
        indexes = [
            Index(fields=["case", "state"], name="timer_of_case"),
            Index(fields=["next_at"], condition=Q(state="running"), name="timer_due"),
        ]


class TimerFiring(Record):
    """A rung reached: once for each timer, cycle and level, whatever dies in between."""

    timer = ForeignKey(Timer, PROTECT, related_name="firings", db_index=False)
    cycle = PositiveSmallIntegerField()
    level = PositiveSmallIntegerField()
    due_at = DateTimeField()
    fired_at = DateTimeField(default=now)
    late_by_s = BigIntegerField(default=0)

    class Meta:
        constraints = [UniqueConstraint(fields=["timer", "cycle", "level"], name="timer_fires_once")]


class Leg(VisibleModel):
    """协办: a helper unit's part, with its own clocks. The lead leg is the case row itself, so there is one."""

    case = ForeignKey(Case, PROTECT, related_name="legs")
    unit = ForeignKey(Organisation, PROTECT, related_name="+")
    opened_by = ForeignKey(Person, PROTECT, related_name="+")
    reason = CharField(max_length=300)
    opened_at = DateTimeField(default=now)
    arrived_at = DateTimeField(null=True, blank=True)
    reported_at = DateTimeField(null=True, blank=True)
    report = TextField(blank=True)
    closed_at = DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [Index(fields=["unit", "closed_at"], name="leg_of_unit")]
        constraints = [UniqueConstraint(fields=["case", "unit"], condition=Q(closed_at=None), name="leg_once")]

    @property
    def area_code(self) -> str:
        return self.case.area_code

    @property
    def organisation_ids(self) -> tuple[int, ...]:
        return (self.unit_id,)

    @classmethod
    def seen_by(cls, person: Person) -> Q:
        return Q(case__in=Case.objects.visible_to(person).values("pk"))


class Follower(Record):
    """我也遇到: a neighbour who has the same trouble and is told at each step."""

    case = ForeignKey(Case, CASCADE, related_name="joined", db_index=False)
    person = ForeignKey(Person, CASCADE, related_name="+")
    since = DateTimeField(default=now)
    words = CharField(max_length=300, blank=True)

    class Meta:
        constraints = [UniqueConstraint(fields=["case", "person"], name="follower_once")]


class Outcome(Record):
    """How one cycle of a case ended, for the rates; a reopened case begins a new one and keeps the old."""

    case = ForeignKey(Case, PROTECT, related_name="outcomes", db_index=False)
    cycle = PositiveSmallIntegerField(default=1)
    area_code = CharField(max_length=12)
    kind_code = CharField(max_length=30)
    unit = ForeignKey(Organisation, PROTECT, null=True, related_name="+")
    proposed_at = DateTimeField(default=now)
    handler = ForeignKey(Person, PROTECT, null=True, related_name="+", db_index=False)
    in_first_limit = BooleanField(default=True)
    in_extended_limit = BooleanField(default=True)
    contacted = BooleanField(null=True)
    solved = BooleanField(null=True)
    satisfied = PositiveSmallIntegerField(null=True, help_text="1–5")
    answered_at = DateTimeField(null=True)
    answered_by = CharField(max_length=12, blank=True, help_text="requester, call, no_answer")
    excluded_for = CharField(max_length=20, blank=True)
    excluded_by = ForeignKey(Person, PROTECT, null=True, related_name="+", db_index=False)
    excluded_second = ForeignKey(Person, PROTECT, null=True, related_name="+", db_index=False)

    class Meta:
        constraints = [UniqueConstraint(fields=["case", "cycle"], name="outcome_once")]
        indexes = [Index(fields=["area_code", "proposed_at"], name="outcome_in_area")]


class RoutingTable(Record):
    """One version of the rules that say who answers for what, in one area and below it."""

    area_code = CharField(max_length=15)
    version = PositiveIntegerField()
    state = CharField(max_length=10, default="draft")
    effective_from = DateTimeField(null=True)
    proposed_by = ForeignKey(Person, PROTECT, null=True, related_name="+")
    published_by = ForeignKey(Person, PROTECT, null=True, related_name="+")
    note = CharField(max_length=200, blank=True)

    class Meta:
        constraints = [UniqueConstraint(fields=["area_code", "version"], name="routing_version_once")]


class RoutingRow(Record):
    """`area_prefix` × `category` (a prefix of the tree; empty = any) × `source` → lead unit and helpers."""

    table = ForeignKey(RoutingTable, CASCADE, related_name="rows")
    order = PositiveIntegerField(default=100)
    area_prefix = CharField(max_length=15)
    kind_code = CharField(max_length=30, blank=True)
    category = CharField(max_length=60, blank=True)
    source = CharField(max_length=30, blank=True)
    words = JSONField(default=list, blank=True, help_text="any of these in the text; empty = any text")
    compound_id = BigIntegerField(null=True, blank=True)
    unit = ForeignKey(Organisation, PROTECT, null=True, blank=True, related_name="+")
    helpers = JSONField(default=list, blank=True)
    urgency = CharField(max_length=8, blank=True)
    note = CharField(max_length=200, blank=True)

    class Meta:
        ordering = ["order", "id"]


class SavedView(Record):
    """A worklist a staff member keeps by a name."""

    person = ForeignKey(Person, CASCADE, related_name="+")
    name = CharField(max_length=40)
    query = CharField(max_length=400)

    class Meta:
        ordering = ["name"]
        constraints = [UniqueConstraint(fields=["person", "name"], name="saved_view_once")]


def jsonable(value: Any) -> Any:
    """A column's value as it stands in an event's `changes`."""
    if isinstance(value, datetime):
        return value.isoformat()
    return value.pk if hasattr(value, "pk") else value
