"""The wallet as other parts of this room know it: what is held, what could be brought, what was used, what is due."""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from django.apps import apps
from django.db.models import Q, QuerySet
from django.urls import reverse
from django.utils.translation import get_language, gettext_lazy as _

from linli.foundation.calendar.clock import now, today
from linli.foundation.notices import tell
from linli.foundation.people.models import Mandate, Person
from linli.foundation.people.queries import running
from linli.foundation.policy import policy
from linli.services.gov.actions.wallet import (
    is_open,
    keep_issued as keep_issued,
    keep_verified as _keep_verified,
    revoke_issued as revoke_issued,
    use as use,
)
from linli.services.gov.models.wallet import TRUST, Paper, PaperScan, PaperUse, Showing, UseKind


def kinds() -> dict[str, Mapping[str, str]]:
    """Code → {zh, en} of the licences that items ask for or give (policy `gov.wallet_kinds`)."""
    return {row["code"]: row for row in policy("gov.wallet_kinds")}


def kind_choices() -> list[tuple[str, str]]:
    language = "en" if (get_language() or "").startswith("en") else "zh"
    return [(code, row[language]) for code, row in kinds().items()]


def name_of(paper: Paper) -> str:
    """A paper's name for the reader: that of its kind in their language, unless it was given one of its own."""
    kind = kinds().get(paper.licence)
    if kind is None or paper.name != kind["zh"]:
        return paper.name
    return kind["en" if (get_language() or "").startswith("en") else "zh"]


def reminder_days() -> Sequence[int]:
    """How many days before its end a paper is spoken of."""
    found: Sequence[int] = policy("gov.wallet_reminder_days")
    return found


def held(person: Person, licence: str, *, on: date | None = None) -> Paper | None:
    """The paper of that kind that holds on the day (default today): the most trusted, then the newest."""
    day = on or today()
    rows = Paper.objects.filter(Q(valid_until=None) | Q(valid_until__gte=day), owner=person, licence=licence,
                                revoked_at=None, dropped_at=None).select_related("owner__community")
    return min(rows, key=lambda row: (TRUST.index(row.source), -row.pk), default=None)


def offer(person: Person, application: Any) -> list[tuple[str, Paper]]:
    """(material key, paper) for every material of `application` that its subject has in the wallet and that was not
    brought yet; nothing for who may not see the subject's wallet. One query beside the mandates."""
    subject = application.subject
    if subject is None:
        return []
    rows = Paper.objects.visible_to(person).filter(
        Q(valid_until=None) | Q(valid_until__gte=today()), owner=subject, revoked_at=None).select_related("owner")
    best: dict[str, Paper] = {}
    for row in sorted(rows, key=lambda one: (TRUST.index(one.source), -one.pk)):
        best.setdefault(row.licence, row)
    brought = set(used_in(application.pk))
    found = []
    for material in application.version.body["local"].get("materials", ()):
        paper = best.get(material.get("licence") or material["key"])
        if paper is not None and material["key"] not in brought:
            found.append((material["key"], paper))
    return found


def used_in(application: int) -> dict[str, Paper]:
    """Material key → the paper brought for it."""
    rows = PaperUse.objects.filter(kind=UseKind.MATTER, application=application).select_related("paper__owner")
    return {row.material: row.paper for row in rows}


def keep_verified(staff: Person, subject: Person, licence: str, file: Any, valid_until: date | None, *,
                  name: str = "", number: str = "", once: str = "") -> Paper:
    """See `actions.wallet.keep_verified`."""
    return _keep_verified(staff, subject, licence=licence, file=file, valid_until=valid_until, name=name,
                          number=number, once=once)


def papers_of(person: Person, owner: Person) -> QuerySet[Paper]:
    """The wallet of `owner`, as far as `person` may see it, the newest first."""
    rows: QuerySet[Paper] = Paper.objects.visible_to(person).filter(owner=owner)
    return rows.select_related("owner__community").order_by("-added_at", "-id")


def history(paper: Paper) -> QuerySet[PaperUse]:
    """Where it was used, the newest first."""
    return paper.uses.select_related("by").order_by("-at", "-id")


def may_open_scan(person: Person, paper: Paper) -> bool:
    """Who sees the wallet; the window it is shown to; and who handles a matter it was used in."""
    if Paper.objects.visible_to(person).filter(pk=paper.pk).exists():
        return True
    if not person.is_staff:
        return False
    shown = Showing.objects.filter(paper=paper, opened_by=person).order_by("-opened_at").first()
    return (shown is not None and is_open(shown)) or shown_in_matter(person, paper)


def shown_in_matter(person: Person, paper: Paper) -> bool:
    """Was it used in an application, handed in, that `person` sees as staff?"""
    try:
        model: Any = apps.get_model("gov", "Application")
    except LookupError:
        return False
    used = paper.uses.filter(kind=UseKind.MATTER).values("application")
    return bool(model.objects.visible_to(person).filter(pk__in=used).exclude(state="draft").exists())


def scan_of(paper: Paper) -> tuple[bytes, str] | None:
    """The opened picture or PDF and its type; None where none was kept."""
    found = PaperScan.objects.filter(paper=paper).first()
    return (base64.b64decode(found.content), found.media_type) if found else None


def has_scan(papers: Sequence[Paper]) -> frozenset[int]:
    """Which of `papers` have a picture, without opening one."""
    rows = PaperScan.objects.filter(paper__in=[paper.pk for paper in papers])
    return frozenset(rows.values_list("paper_id", flat=True))


def remind() -> int:
    """Tell owners, and who acts for them, that a paper ends soon: once for each of the policy's days. Gives how many.

    A day on which no worker ran is made up for: the smallest number of days that has come is told.
    """
    steps = sorted(reminder_days())
    last = today() + timedelta(days=steps[-1])
    rows = Paper.objects.filter(valid_until__range=(today(), last), revoked_at=None, dropped_at=None)
    told = 0
    for paper in rows.select_related("owner__community").order_by("pk").iterator(chunk_size=500):
        assert paper.valid_until is not None, "asked for above"
        if _renewed(paper):
            continue
        left = (paper.valid_until - today()).days
        step = next(days for days in steps if left <= days)
        agents = Mandate.objects.filter(running(), subject=paper.owner, agreed_at__isnull=False).select_related("agent")
        people = {paper.owner_id: paper.owner, **{row.agent_id: row.agent for row in agents if "gov" in row.scope}}
        for person in people.values():
            if not person.is_active:
                continue
            tell(person, _("有一张证还有 %(days)s 天到期。请看一看要不要换。"), about=paper,
                 key=f"gov.wallet.{paper.pk}.{paper.valid_until:%Y%m%d}.{step}",
                 url=reverse("gov:paper_in_wallet", args=[paper.pk]), values={"days": left}, title=_("证件快到期了"))
            told += 1
    return told


def _renewed(paper: Paper) -> bool:
    """Has the owner one of the same kind that lasts longer? Then nothing has to be done."""
    longer = Q(valid_until=None) | Q(valid_until__gt=paper.valid_until)
    return Paper.objects.filter(longer, owner=paper.owner, licence=paper.licence, revoked_at=None,
                                dropped_at=None).exclude(licence="other").exclude(pk=paper.pk).exists()


def sweep() -> int:
    """Delete codes of yesterday. Gives how many. A plain copy that a killed process left is swept by the files room."""
    old = Showing.objects.filter(until__lt=now() - timedelta(days=1))
    return old.delete()[0]


__all__ = [
    "has_scan", "held", "history", "keep_issued", "keep_verified", "kind_choices", "kinds", "may_open_scan", "offer",
    "papers_of", "remind", "reminder_days", "revoke_issued", "scan_of", "shown_in_matter", "sweep", "use", "used_in",
]
