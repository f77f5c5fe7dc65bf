"""What an area has changed, who proposed it and who agreed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db.models import (
    PROTECT,
    BigIntegerField,
    CharField,
    CheckConstraint,
    DateField,
    DateTimeField,
    F,
    ForeignKey,
    Index,
    JSONField,
    Model,
    PositiveSmallIntegerField,
    Q,
    TextChoices,
    UniqueConstraint,
)
from django.utils.translation import gettext_lazy as _

from linli.foundation.areas.models import AreaModel
from linli.foundation.calendar.clock import now
from linli.foundation.people.models import ORGANISATION_ROLES, STAFF_ROLES, Person

if TYPE_CHECKING:
    from linli.foundation.policy.shipped import Entry


class State(TextChoices):
    PROPOSED = "proposed", _("待同意")
    APPROVED = "approved", _("已同意")
    REJECTED = "rejected", _("没同意")
    WITHDRAWN = "withdrawn", _("已撤回")


class PolicyOverlay(AreaModel):
    """An area's own value for one key. In force from `valid_from` until before `valid_until`, once approved.

    A row is never edited after its decision: an approved value that was withdrawn keeps `approved_at`,
    so that a question about a day in the past still finds what was in force on it.
    """

    key = CharField(_("参数"), max_length=100)
    value = JSONField(_("本地值"))
    source = CharField(_("依据"), max_length=300)
    valid_from = DateField(_("从哪天起"))
    valid_until = DateField(null=True, blank=True)
    state = CharField(max_length=10, choices=State, default=State.PROPOSED)
    proposed_by = ForeignKey(Person, PROTECT, related_name="+")
    proposed_at = DateTimeField(default=now)
    approved_by = ForeignKey(Person, PROTECT, null=True, blank=True, related_name="+")
    approved_at = DateTimeField(null=True, blank=True)
    ended_by = ForeignKey(Person, PROTECT, null=True, blank=True, related_name="+")
    ended_at = DateTimeField(null=True, blank=True)
    reason = CharField(_("原因"), max_length=200, blank=True)

    class Meta:
        indexes = [
            Index(fields=["approved_at"], name="overlay_in_force", condition=Q(approved_at__isnull=False)),
            Index(fields=["area", "state"], name="overlay_of_area"),
        ]
        constraints = [
            CheckConstraint(name="overlay_two_people", condition=(
                Q(approved_by=None) | ~Q(approved_by=F("proposed_by")))),
            CheckConstraint(name="overlay_approved_by_someone", condition=(
                Q(state=State.APPROVED, approved_by__isnull=False, approved_at__isnull=False)
                | ~Q(state=State.APPROVED))),
            CheckConstraint(name="overlay_term_forward", condition=(
                Q(valid_until=None) | Q(valid_until__gte=F("valid_from")))),
            UniqueConstraint(fields=["area", "key"], condition=Q(state=State.PROPOSED), name="overlay_proposed_once"),
        ]

    def __str__(self) -> str:
        return f"{self.key} ({self.area})"

    @classmethod
    def seen_by(cls, person: Person) -> Q:
        """Staff of the place and of the places above it."""
        return person.scope_q("area__code", roles=STAFF_ROLES - ORGANISATION_ROLES)

    def relations_to(self, person: Person) -> frozenset[str]:
        """`@proposer` may take a proposal back, as long as nobody has decided."""
        mine = self.proposed_by_id == person.pk and self.state == State.PROPOSED
        return frozenset({"@proposer"}) if mine else frozenset()

    @property
    def shipped(self) -> Entry:
        """What came with the program for the day this value begins."""
        from linli.foundation.policy.shipped import rule

        return rule(self.key).on(self.valid_from)


class OverlayRevision(Model):
    """One row whose number moves with every change of what is in force; other processes watch it."""

    id = PositiveSmallIntegerField(primary_key=True, default=1)
    number = BigIntegerField(default=0)

    def __str__(self) -> str:
        return str(self.number)
