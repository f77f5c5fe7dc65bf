"""The guards and effects only repairs know: money before work, photos, and who may pick or send back."""

from __future__ import annotations

from datetime import timedelta

from django.utils.translation import gettext as _

from linli.foundation.calendar.clock import today
from linli.foundation.people.models import Person
from linli.foundation.policy import policy
from linli.foundation.web import Refused
from linli.mechanisms.cases.models import CaseEvent
from linli.mechanisms.cases.queries import whole
from linli.mechanisms.cases.registry import Move, effect, guard
from linli.services.repairs import rules


@guard("repairs.may_pick")
def may_pick(move: Move) -> None:
    """On shift, qualified, not the one who sent it back, below the cap of open jobs."""
    from linli.services.repairs.queries import why_not

    if move.person is None:
        return
    reason = why_not(move.person, move.case)
    if reason:
        raise Refused("may_not_pick", reason)


@guard("repairs.is_qualified")
def is_qualified(move: Move) -> None:
    """Whoever the desk or a colleague gives the work to holds the certificate its category asks for."""
    from linli.services.repairs.queries import lacks

    if not rules.skill_for(move.case.category, policy("repairs.skills", on=today())):
        return
    worker = move.data.get("worker") or move.person
    if not isinstance(worker, Person):
        worker = Person.objects.filter(pk=whole(worker) or 0).first()
    missing = lacks(worker, move.case) if worker is not None else ""
    if worker is not None and missing:
        raise Refused("not_qualified", _("这件要有%(skill)s，%(name)s没有。请选有证的，或改派给有资质的单位。") % {
            "skill": missing, "name": worker.shown_name}, field="worker")


@guard("repairs.may_send_back")
def may_send_back(move: Move) -> None:
    """Within the minutes the policy gives, counted from when the case came to the worker."""
    minutes = int(policy("repairs.send_back_minutes", on=today(), area=move.case.area_code))
    came = CaseEvent.objects.filter(case=move.case, name__in=["pick", "take", "dispatch", "accept_over"])
    since = came.order_by("-seq").values_list("at", flat=True).first()
    if since is not None and move.at - since > timedelta(minutes=minutes):
        raise Refused("too_late", _("接到 %(minutes)s 分钟以后不能退单了，请转单给同事，或请前台改派。") % {
            "minutes": minutes})


@guard("repairs.has_before_photo")
def has_before_photo(move: Move) -> None:
    """Where money is often asked for, a photo from before the work lies with the case, whoever took it."""
    if move.case.facts.get("report_photos") or move.case.facts.get("before_photos"):
        return
    if move.case.category in policy("repairs.before_photo", on=today(), area=move.case.area_code):
        raise Refused("no_before_photo", _("还缺一张动手前的照片。请先在这件事的「修前照片」里补上。"))


@guard("repairs.quote_settled")
def quote_settled(move: Move) -> None:
    """No quote waits for an answer, none was declined without another; else only make-safe work is done."""
    state = move.case.facts.get("quote", {}).get("state", "")
    if state not in ("proposed", "declined") or move.case.facts.get("make_safe"):
        return
    if state == "proposed":
        raise Refused("quote_open", _("报价还等居民同意。同意前只能做应急处理；做完应急请在报价里点「只做了应急」。"))
    raise Refused("quote_declined", _("居民没同意报价。请重新报价，或在报价里点「只做了应急」，不收费。"))


@effect("repairs.keep_visit")
def keep_visit(move: Move) -> None:
    """Who arrives has kept the visit that was agreed."""
    if not move.case.facts.get("visit"):
        return
    from linli.services.repairs.actions import visits

    row = visits.agreed(move.case)
    if row is not None:
        visits.keep(move.person, row)


@effect("repairs.mind_visit")
def mind_visit(move: Move) -> None:
    """The step ends the matter or gives it to somebody else: the agreed visit goes with it, or is freed."""
    if move.case.facts.get("visit"):
        from linli.services.repairs.actions import visits

        visits.keep_in_step(move.person, move.case)
