"""The guards only barrier-free works know: no step without the paper behind it."""

from __future__ import annotations

from django.utils.translation import gettext as _

from linli.foundation.web import Refused
from linli.mechanisms.cases.registry import Move, guard


@guard("access.has_survey")
def has_survey(move: Move) -> None:
    from linli.services.access.queries import works

    if works.survey_of(move.case) is None:
        raise Refused("no_survey", _("还没有勘查记录。请先在「无障碍改造」里写现场看到什么。"))


@guard("access.has_plan")
def has_plan(move: Move) -> None:
    """A plan newer than the last refusal of one, on a survey that says it can be done."""
    from linli.services.access.queries import works

    found, plan = works.survey_of(move.case), works.plan_of(move.case)
    if found is None or not found.can_be_done:
        raise Refused("cannot_be_done", _("勘查说不具备改造条件。请改用「改不了，用别的办法」，写明替代措施。"))
    if plan is None:
        raise Refused("no_plan", _("还没有方案。请先在「无障碍改造」里写怎么改、谁负责。"))


@guard("access.has_consent")
def has_consent(move: Move) -> None:
    """The owners' consent to the newest plan, as 民法典 第278条 counts it, where that plan needs it."""
    from linli.services.access.queries import works

    if not works.consent_holds(move.case):
        raise Refused("no_consent", _("同意的人数和面积还不够，或者还没有记。请看「无障碍改造」里差多少。"))


@guard("access.measured_well")
def measured_well(move: Move) -> None:
    """Every item of the category is measured in this cycle and good; who accepts did not build it."""
    from linli.services.access.queries import works

    lines = works.acceptance(move.case)
    if any(line.value is None for line in lines):
        raise Refused("not_measured", _("还有没量的：%(what)s。") % {
            "what": _("、").join(line.title for line in lines if line.value is None)})
    if not all(line.is_good for line in lines):
        raise Refused("not_good", _("不合格：%(what)s。请返工，或重新量。") % {
            "what": _("、").join(line.title for line in lines if not line.is_good)})
    if move.person is not None and move.person.pk == move.case.assignee_id:
        raise Refused("own_work", _("验收要请没有跟这件事的同事来点。"))
