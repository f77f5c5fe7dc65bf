"""What follows when an application has come to an end: the next item of its bundle, and the term of keeping."""

from __future__ import annotations

from django.db.transaction import atomic
from django.utils.translation import gettext_lazy as lazy

from linli.foundation import audit
from linli.foundation.events import emit
from linli.foundation.notices import tell
from linli.foundation.privacy.retention import start_retention
from linli.services.gov import joined
from linli.services.gov.actions.applying import receive
from linli.services.gov.actions.moving import held
from linli.services.gov.models import Application, ApplicationState, Filing
from linli.services.gov.models.applications import OVER

WAITING, WITHDRAWN = ApplicationState.WAITING, ApplicationState.WITHDRAWN


def on_delivered(application: int, **_rest: object) -> None:
    """What waited for it is handed in by itself, once; and its term of keeping begins."""
    row = Application.objects.select_related("filing__bundle").get(pk=application)
    if row.filing is not None and row.granted:
        _release(row.filing)
    elif row.filing is not None:
        _let_go(row.filing)
    _keep(row)


def on_stopped(application: int, **_rest: object) -> None:
    """Refused or withdrawn: what waited for it cannot come any more, and the person is told what to do."""
    row = Application.objects.select_related("filing__bundle").get(pk=application)
    if row.filing is not None:
        _let_go(row.filing)
    _keep(row)


@atomic
def _release(filing: Filing) -> None:
    filing = Filing.objects.select_for_update().get(pk=filing.pk)
    rows = list(filing.applications.select_related("version__item").order_by("pk"))
    done = {row.slug for row in rows if row.state == ApplicationState.DELIVERED and row.granted}
    turn = joined.ready(filing.bundle.body, done)
    for row in rows:
        if row.state == WAITING and row.slug in turn:
            receive(held(row), None)


@atomic
def _let_go(filing: Filing) -> None:
    filing = Filing.objects.select_for_update().get(pk=filing.pk)
    rows = list(filing.applications.select_related("version__item", "subject", "actor").order_by("pk"))
    after = {str(one["item"]): set(one.get("after") or []) for one in filing.bundle.body["members"]}
    lost = {row.slug for row in rows if row.state in ("refused", "withdrawn") or (
        row.state == "delivered" and not row.granted)}
    gone: list[Application] = []
    for _round in rows:  # at most as many rounds as items
        fresh = [row for row in rows if row.state == WAITING and after.get(row.slug, set()) & lost]
        for row in fresh:
            row.state = WITHDRAWN
            row.save(update_fields=["state"])
            audit.record(None, "gov.withdraw", row, cause="bundle")
            emit("gov.withdrawn", application=row.pk)
            lost.add(row.slug)
        gone += fresh
    for row in gone:
        for person in {p.pk: p for p in (row.subject, row.actor) if p is not None}.values():
            tell(person, lazy("一件事里前面一项没有办成，等着它的一项就没有交上去。您可以单独申请那一项。"),
                 about=row, key=f"gov.let_go.{row.pk}.{person.pk}", url="/gov/mine/")


def _keep(row: Application) -> None:
    """From the end on the term runs, of the matter and of its answers (of a bundle: when its last item is over)."""
    if row.state not in OVER:
        return
    start_retention(row, "gov.application")
    if row.sheet is not None:
        start_retention(row.sheet, "forms.answer")
    elif row.filing is not None and row.filing.sheet is not None and not row.filing.applications.exclude(
            state__in=OVER).exists():
        start_retention(row.filing.sheet, "forms.answer")
        start_retention(row.filing, "gov.application")
