"""What cases put on the portal's own pages."""

from __future__ import annotations

from collections.abc import Sequence

from django.urls import reverse
from django.utils.translation import gettext as _, ngettext

from linli.foundation.areas.models import Area
from linli.foundation.people.models import Person
from linli.foundation.web.manifest import Card
from linli.foundation.web.middleware import Request
from linli.mechanisms.cases import queries
from linli.mechanisms.cases.models import Case


def waiting(request: Request) -> Sequence[Card]:
    """The cases that wait for this person's word, one card each, the first greeting by name."""
    if not request.user.is_authenticated:
        return []
    cases = queries.waiting_for_me(request.person)
    greeting = ngettext("%(name)s，有 %(count)s 件事等您确认", "%(name)s，有 %(count)s 件事等您确认", len(cases)) % {
        "name": request.person.shown_name, "count": len(cases)}
    return [Card("portal/cases/mine_card.html", {
        "case": case, "greeting": greeting if n == 0 else _("还有一件等您确认")}, order=10 + n)
        for n, case in enumerate(cases[:3])]


def matters(request: Request) -> Sequence[Card]:
    """The newest of what the person reported."""
    if not request.user.is_authenticated:
        return []
    cases = queries.mine(request.person).select_related("unit", "assignee")[:6]
    return [Card("portal/cases/matters_card.html", {"cases": cases}, order=10)]


def search(person: Person | None, area: Area | None, words: str) -> Sequence[tuple[str, str, str, str]]:
    """The person's own cases, and the desk's, whose number, title or place hold the words; at most eight."""
    if person is None:
        return []
    own = queries.narrowed(queries.mine(person), {"q": words}).order_by("-created")[:8]
    found = {case.pk: (case, "portal:case") for case in own}
    if person.is_staff:
        desk = queries.narrowed(Case.objects.filter(queries.desk_q(person)), {"q": words}).order_by("-created")[:8]
        found |= {case.pk: (case, "desk:case") for case in desk}
    return [(case.title, f"{case.number} · {case.now_state}", reverse(name, args=[case.number]), case.kind.icon)
            for case, name in list(found.values())[:8]]
