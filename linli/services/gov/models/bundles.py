"""Bundles 一件事: several items in one go."""

from __future__ import annotations

from typing import Any

from django.db.models import (
    PROTECT,
    CharField,
    DateTimeField,
    ForeignKey,
    JSONField,
    PositiveIntegerField,
    Q,
    UniqueConstraint,
)
from django.utils.translation import gettext_lazy as _

from linli.foundation.areas.models import VisibleModel
from linli.foundation.calendar.clock import now
from linli.foundation.people.models import Person


class Bundle(VisibleModel):
    """A thing in a life that takes several items. Public."""

    slug = CharField(max_length=80, unique=True)
    name = CharField(_("名称"), max_length=200)
    summary = CharField(max_length=400, blank=True)
    wordings = JSONField(default=list)
    created = DateTimeField(default=now)

    class Meta:
        ordering = ["name", "id"]

    def __str__(self) -> str:
        return self.name

    @classmethod
    def seen_by(cls, person: Person) -> Q:
        return Q()


class BundleVersion(VisibleModel):
    """A numbered state of a bundle with the versions of its members, never changed."""

    bundle = ForeignKey(Bundle, PROTECT, related_name="versions")
    number = PositiveIntegerField()
    body = JSONField()
    members = JSONField()  # [{"item": slug, "version": number}]
    digest = CharField(max_length=64)
    made_at = DateTimeField(default=now)

    class Meta:
        ordering = ["-number"]
        constraints = [UniqueConstraint(fields=["bundle", "number"], name="gov_bundle_number_once")]

    def __str__(self) -> str:
        return f"{self.bundle.slug} {self.number}"

    @classmethod
    def seen_by(cls, person: Person) -> Q:
        return Q()

    def save(self, *args: Any, **kwargs: Any) -> None:
        if not self._state.adding:
            raise TypeError("a version is never changed; make the next one")
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        raise TypeError("a version is never deleted")
