"""What the auditor's page reads."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any

from django.db.models import Q, QuerySet
from django.utils import timezone

from linli.foundation.audit.models import AuditCheckpoint, AuditEntry
from linli.foundation.people.models import Person, RoleName, prefix_q

if TYPE_CHECKING:
    pass

READERS = frozenset({RoleName.AUDIT_ADMIN, RoleName.AUDITOR})


def readable(person: Person) -> QuerySet[AuditEntry]:
    """The entries of the places over which the person audits; those of no place only for an audit administrator."""
    allowed = Q(pk__in=[])
    for standing in person.standings:
        if standing.role in READERS and standing.area_code:
            allowed |= prefix_q("area_code", standing.area_code)
        if standing.role == RoleName.AUDIT_ADMIN:
            allowed |= Q(area_code="")
    return AuditEntry.objects.filter(allowed)


def search(person: Person, asked: Mapping[str, Any]) -> QuerySet[AuditEntry]:
    """Entries by `thing` ("type" or "type#id"), `verb` (or the beginning of one: "privacy."), `who` (id or telephone),
    `since` and `until` (days, both included); the newest first."""
    rows = readable(person)
    if thing := str(asked.get("thing") or "").strip():
        kind, _hash, pk = thing.partition("#")
        rows = rows.filter(thing_type=kind.lower(), **({"thing_id": pk} if pk else {}))
    if verb := str(asked.get("verb") or "").strip():
        rows = rows.filter(verb__startswith=verb) if verb.endswith(".") else rows.filter(verb=verb)
    if who := str(asked.get("who") or "").strip():
        rows = rows.filter(actor_id__in=people_of(who))
    if since := asked.get("since"):
        rows = rows.filter(at__gte=_midnight(since))
    if until := asked.get("until"):
        rows = rows.filter(at__lt=_midnight(until + timedelta(days=1)))
    return rows.order_by("-at", "-pk")


def named(rows: Sequence[AuditEntry]) -> Mapping[int, str]:
    """How the acting people of these rows are shown (masked). One query."""
    ids = {found for row in rows for found in (row.actor_id, row.acting_for_id) if found}
    return {person.pk: person.shown_name for person in Person.objects.filter(pk__in=ids)}


def checkpoints() -> QuerySet[AuditCheckpoint]:
    """Every signed state of the log, the newest first. Public: a size, a hash, a time."""
    return AuditCheckpoint.objects.order_by("-size")


def people_of(who: str) -> list[int]:
    """The ids that an id, or a telephone number, stands for."""
    digits = who.removeprefix("+86").replace(" ", "").replace("-", "")
    if len(digits) == 11 and digits.startswith("1") and digits.isascii() and digits.isdigit():
        return list(Person.objects.by_phone(f"+86{digits}").values_list("pk", flat=True))
    return [int(digits)] if digits.isascii() and digits.isdigit() and len(digits) < 19 else []


def _midnight(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time.min))
