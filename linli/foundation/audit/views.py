from __future__ import annotations

import json

from django.db.transaction import atomic
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.cache import never_cache

from linli.foundation import audit
from linli.foundation.audit import keys, queries
from linli.foundation.audit.forms import SearchForm
from linli.foundation.audit.models import AuditCheckpoint, AuditFinding
from linli.foundation.people.permit import permit
from linli.foundation.web.middleware import Request
from linli.foundation.web.views import keyset_page, staff_only


@never_cache
@staff_only
@atomic
def entries_page(request: Request) -> HttpResponse:
    """What was done, for those who watch over it; that they looked, and for what, is written down as well."""
    permit(request.person, "audit.read")
    form = SearchForm(request.GET or None)
    asked = form.cleaned_data if form.is_valid() else {}
    page = keyset_page(queries.search(request.person, asked), request)
    names = queries.named(page.rows)
    where = next(s.area_code for s in request.person.standings if s.role in queries.READERS)
    # The page first, then the record of looking at it: one's own look is the first line of the next one.
    who = queries.people_of(asked["who"]) if asked.get("who") else None
    audit.record(
        request.person, "audit.read", audit.Ref("audit.auditentry", "", where), shown=len(page), of=who,
        asked={name: value for name, value in asked.items() if value and name != "who"})
    rows = [
        {"entry": row, "actor": names.get(row.actor_id or 0, ""), "acting_for": names.get(row.acting_for_id or 0, ""),
         "facts": [(key, value) for key, value in json.loads(row.facts).items() if key != "personal"]}
        for row in page]
    return render(request, "audit/entries.html", {
        "form": form, "page": page, "rows": rows, "finding": AuditFinding.objects.order_by("-pk").first()})


def checkpoints_page(request: HttpRequest) -> HttpResponse:
    """Public: every signed state of the log, so that anyone may keep one and ask later whether it still holds."""
    page = keyset_page(queries.checkpoints(), request, size=30)
    return render(request, "audit/checkpoints.html", {"page": page, "key": keys.verifier_line()})


def checkpoint(request: HttpRequest, size: int) -> HttpResponse:
    """Public: one signed checkpoint as plain text, to be kept."""
    found = get_object_or_404(AuditCheckpoint, size=size)
    return HttpResponse(found.note, content_type="text/plain; charset=utf-8")
