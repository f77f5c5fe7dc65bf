"""What staff may change of the index: the ways in which residents say a thing."""

from __future__ import annotations

from django.db.transaction import atomic
from django.utils.translation import gettext as _

from linli.foundation import audit
from linli.foundation.areas.models import Area
from linli.foundation.people.models import Person
from linli.foundation.people.permit import permit
from linli.foundation.privacy.masks import mask_text
from linli.foundation.web import Refused
from linli.mechanisms.knowledge.models import IndexedUnit, Wording
from linli.mechanisms.knowledge.texts import even
from linli.mechanisms.knowledge.units import WORDING_MAX


@atomic
def add_wording(person: Person, area: Area, group: str, text: str) -> Wording:
    """Let `text` find `group` from now on. The same words twice are one row.

    Raises `Denied`, `Refused("no_group" | "no_text" | "too_long" | "personal")`.
    """
    permit(person, "knowledge.word", area)
    plain = even(text)
    if not plain:
        raise Refused("no_text", _("请写居民的说法。"), field="text")
    if len(plain) > WORDING_MAX:
        raise Refused(
            "too_long", _("一个说法最多 %(most)s 个字，请只留说的是什么事。") % {"most": WORDING_MAX}, field="text")
    if mask_text(plain) != plain:
        raise Refused("personal", _("说法里有电话或证件号。请删掉，只留说的是什么事。"), field="text")
    if not IndexedUnit.objects.filter(group=group).exists():
        raise Refused("no_group", _("没有这个事项，请重选。"), field="group")
    row, made = Wording.objects.get_or_create(group=group, text=plain, defaults={"area": area, "added_by": person})
    if made:
        audit.record(person, "knowledge.word", row, group=group)
        _changed()
    return row


@atomic
def remove_wording(person: Person, row: Wording) -> None:
    """Take an added wording back. Raises `Denied`."""
    permit(person, "knowledge.word", row)
    audit.record(person, "knowledge.unword", row, group=row.group)
    row.delete()
    _changed()


def _changed() -> None:
    from linli.mechanisms.knowledge.jobs import index

    index.enqueue_once("knowledge.index.", room="")
