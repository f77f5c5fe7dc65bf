"""Who is told what, after the commit."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from linli.foundation.notices import tell
from linli.mechanisms.cases.listeners import audience, desk_link
from linli.mechanisms.cases.models import Case, CaseEvent
from linli.services.repairs.actions import fees
from linli.services.repairs.models import Quote, QuoteState


def on_disputed(case: int, **_rest: object) -> None:
    """Somebody does not agree with who pays: the unit's desk and the community's workers learn of it."""
    row = Case.objects.select_related("unit").get(pk=case)
    event = CaseEvent.objects.filter(case=row, name="payer", data__disputed=True).order_by("-seq").first()
    key = f"repairs.disputed.{event.pk if event else case}"
    for person in {p.pk: p for whom in ("unit", "worker") for p in audience(row, whom)}.values():
        tell(person, _("居民对「%(title)s」由谁付有不同意见，请联系他，谈不拢可以请调解员。"), about=row,
             values={"title": row.title}, key=f"{key}.{person.pk}", title=row.title, url=desk_link(row))


def on_moved(case: int, transition: str = "", **_rest: object) -> None:
    """A report that was withdrawn owes nothing any more."""
    if transition == "cancel" and Quote.objects.filter(case=case, state=QuoteState.AGREED).exists():
        fees.release(Case.objects.get(pk=case))
