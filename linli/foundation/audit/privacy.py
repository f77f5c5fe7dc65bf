"""The log's part in a person's rights: no personal value lies in it, only commitments; erasing drops their salts."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _

from linli.foundation.audit import drop_salts
from linli.foundation.audit.models import AuditEntry
from linli.foundation.people.models import Person

_ENTRIES_MAX = 10_000


def copy_of(person: Person) -> dict[str, Any]:
    """What the person did here, the newest first."""
    rows = AuditEntry.objects.filter(actor_id=person.pk).order_by("-at", "-pk")[:_ENTRIES_MAX]
    return {"done": [
        {"at": one.at.isoformat(), "verb": one.verb, "thing": f"{one.thing_type}#{one.thing_id}"} for one in rows]}


def erase(person: Person) -> list[str]:
    """Entries stay, since nobody may change the log; what in them could be tied to a value goes."""
    drop_salts(person.pk)
    return [_(
        "操作记录里能对应到您个人信息的部分已删除；操作记录本身依法留存，任何人不能改"
        "（网络安全法 第二十三条第三项）。")]
