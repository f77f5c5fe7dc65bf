"""The index as it is kept: what the rooms know, vectors by the text they stand for, which state is current."""

from __future__ import annotations

from django.db.models import (
    PROTECT,
    BinaryField,
    BooleanField,
    CharField,
    DateTimeField,
    ForeignKey,
    Index,
    IntegerField,
    JSONField,
    TextField,
    UniqueConstraint,
)
from django.utils.translation import gettext_lazy as _

from linli.foundation.areas.models import AreaModel
from linli.foundation.calendar.clock import now
from linli.foundation.people.models import Person
from linli.foundation.records import Record
from linli.mechanisms.knowledge.units import GROUP_MAX, KEY_MAX, TITLE_MAX, WORDING_MAX, Unit


class IndexedUnit(Record):
    """One `Unit` of a room. Public: who may be told a thing is decided by its kind and place when it is searched."""

    key = CharField(max_length=KEY_MAX, unique=True)
    room = CharField(max_length=40)
    group = CharField(max_length=GROUP_MAX)
    kind = CharField(max_length=12)
    aspect = CharField(max_length=12)
    title = CharField(max_length=TITLE_MAX)
    text = TextField(blank=True)
    wordings = JSONField(default=list)
    url = CharField(max_length=300, blank=True)
    area_code = CharField(max_length=15, blank=True)
    source = TextField()
    version = CharField(max_length=60, blank=True)
    checked_on = CharField(max_length=10, blank=True)
    unchecked = BooleanField(default=False)
    acts = JSONField(default=list)
    digest = CharField(max_length=64, help_text="SHA-256 of the unit: an unchanged one is not written again")

    class Meta:
        indexes = [
            Index(fields=["group", "aspect"], name="knowledge_by_group"),
            Index(fields=["room"], name="knowledge_by_room"),
        ]

    def __str__(self) -> str:
        return self.key

    @property
    def unit(self) -> Unit:
        return Unit(
            key=self.key, group=self.group, kind=self.kind, title=self.title, aspect=self.aspect, text=self.text,
            wordings=tuple(self.wordings), url=self.url, area_code=self.area_code, source=self.source,
            version=self.version, checked_on=self.checked_on, unchecked=self.unchecked,
            acts=tuple((label, url) for label, url in self.acts))


class Meaning(Record):
    """The vector of one text by one embedding, float32 as bytes; made by a job, found again by the text's digest."""

    digest = CharField(max_length=64, unique=True, help_text="SHA-256 of the embedding's name and the text")
    vector = BinaryField()

    def __str__(self) -> str:
        return self.digest[:12]


class Wording(AreaModel):
    """A way of saying it that staff added for a group, because somebody asked so and was not understood."""

    group = CharField(_("事项"), max_length=GROUP_MAX)
    text = CharField(_("居民的说法"), max_length=WORDING_MAX)
    added_by = ForeignKey(Person, PROTECT, related_name="+")
    added_at = DateTimeField(default=now)

    class Meta:
        constraints = [UniqueConstraint(fields=["group", "text"], name="knowledge_wording_once")]
        ordering = ["-added_at", "-id"]

    def __str__(self) -> str:
        return self.text


class Version(Record):
    """Which state of the index is current: one row. A process reads it, and loads the index anew when it changed."""

    name = CharField(max_length=10, unique=True, default="current")
    stamp = CharField(max_length=64, blank=True, help_text="SHA-256 of everything the index is made of")
    built_at = DateTimeField(default=now)
    units = IntegerField(default=0)
    groups = IntegerField(default=0)
    phrases = IntegerField(default=0)
    meanings = IntegerField(default=0, help_text="phrases that have a vector")
    law = JSONField(default=dict, help_text="weights and chances fitted on this index (calibration.py)")

    def __str__(self) -> str:
        return self.stamp[:12]
