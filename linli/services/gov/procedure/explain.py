"""The clock in sentences, for the applicant and for staff: what happened, what is due, and by which rule."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from typing import NamedTuple

from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from linli.services.gov.procedure.law import law
from linli.services.gov.procedure.rule import Rule
from linli.services.gov.procedure.state import Pause, Phase, Problem, State

Text = str | Promise
Fact = str | int | date | Promise


class Line(NamedTuple):
    """One sentence. `str(line)` is in the reader's language at that moment; `key` names what it is about."""

    key: str
    text: Text
    facts: Mapping[str, Fact]

    def __str__(self) -> str:
        return str(self.text) % {
            key: date_format(value, "DATE_FORMAT") if isinstance(value, date) else str(value)
            for key, value in self.facts.items()}


_LIMITS: dict[str, tuple[Text, Text]] = {
    "promised": (_("承诺 %(days)s 个工作日内办好，最晚 %(due)s。"), _("承诺 %(days)s 天内办好，最晚 %(due)s。")),
    "statutory": (_("法定 %(days)s 个工作日内办好，最晚 %(due)s。"), _("法定 %(days)s 天内办好，最晚 %(due)s。")),
    "left": (_("已用 %(used)s 个工作日，还剩 %(left)s 个工作日。"), _("已用 %(used)s 天，还剩 %(left)s 天。")),
    "extended": (_("%(day)s 经批准延长 %(days)s 个工作日，理由：%(reasons)s"),
                 _("%(day)s 经批准延长 %(days)s 天，理由：%(reasons)s")),
    "paused": (_("%(pause)s：从 %(since)s 起不计入时限，还剩 %(left)s 个工作日。"),
               _("%(pause)s：从 %(since)s 起不计入时限，还剩 %(left)s 天。")),
}
_ENDS: dict[Phase, Text] = {
    Phase.REFUSED: _("%(day)s 不予受理。"),
    Phase.WITHDRAWN: _("%(day)s 您撤回了申请。"),
    Phase.TRANSFERRED: _("%(day)s 转交给有权办理的部门。"),
    Phase.DELIVERED: _("%(day)s 送达，已办结。"),
}
_MISSED: dict[str, Text] = {
    "accept": _("应在 %(due)s 前决定是否受理，没有做到。"),
    "first_review": _("应在 %(due)s 前初审完，没有做到。"),
    "promised": _("承诺 %(due)s 前办好，没有做到。"),
    "statutory": _("法定应在 %(due)s 前办好，没有做到。"),
    "deliver": _("应在 %(due)s 前送到您手上，没有做到。"),
}
_PAUSES: dict[str, Text] = {
    "hearing": _("听证"), "tender": _("招标"), "auction": _("拍卖"), "inspection": _("检验"), "test": _("检测"),
    "quarantine": _("检疫"), "appraisal": _("鉴定"), "expert_review": _("专家评审"), "notice": _("公示"),
}
_PROBLEMS: dict[str, Text] = {
    "received_twice": _("已经收过这份申请，以第一次收到的日子为准。"),
    "not_received": _("没有收件记录就受理了，按受理这天收件算。"),
    "out_of_turn": _("这一步现在不能做，没有生效。"),
    "asked_twice": _("补正只能一次告知，第二次要求不算。"),
    "asked_too_late": _("申请已经受理，再要求补正不算。"),
    "corrections_not_asked": _("没有要求补正，这次补交不影响时限。"),
    "accepted_late": _("逾期没有告知补正，收到那天就已受理，时限从那天算。"),
    "accepted_twice": _("已经受理过，以第一次受理的日子为准。"),
    "refused_too_late": _("申请已经受理，不能再不予受理。"),
    "no_reasons": _("没有写明理由，请补上并告知申请人。"),
    "pause_out_of_turn": _("不在审查中，没有时限可以暂停。"),
    "pause_without_basis": _("这个事项没有写明这段时间可以不计入，照常计时。"),
    "pause_begun_twice": _("这项特别程序正在进行，第二次开始不算。"),
    "pause_not_begun": _("这项特别程序没有开始，谈不上结束。"),
    "pause_not_told": _("没有书面告知申请人需要多久，这段时间照常计时。"),
    "pause_told_late": _("晚了才书面告知申请人，告知之前照常计时。"),
    "pause_told_after": _("结束以后才告知申请人，这段时间照常计时。"),
    "extension_out_of_turn": _("现在没有办理时限可以延长，没有生效。"),
    "extension_without_basis": _("这个事项不能延长，没有生效。"),
    "extension_without_approver": _("没有经有权的负责人批准，延长没有生效。"),
    "extension_without_reasons": _("没有把延长的理由告知申请人，延长没有生效。"),
    "extension_late": _("时限已过才批准，延长没有生效。"),
    "extended_twice": _("只能延长一次，第二次没有生效。"),
    "decided_in_pause": _("特别程序还没结束就作了决定，请核对。"),
    "decided_twice": _("已经作过决定，以第一次为准。"),
    "decided_after_grant": _("逾期没有决定，已经视为准予，这个决定没有生效。"),
    "issued_without_grant": _("没有准予的决定，不能发证。"),
    "expired_already": _("原来的证件已经过期，要按新办处理。"),
    "renewal_late": _("申请时离到期已经太近，不适用逾期视为准予。"),
}


def explain(state: State, rule: Rule) -> tuple[Line, ...]:
    """What a person should know about this clock, in the order in which it happened; the problems come last."""
    return tuple(_lines(state, rule))


def problem(found: Problem) -> Line:
    """What is wrong with an event and what holds instead."""
    return Line(found.code, _PROBLEMS[found.code], {})


def pause_name(kind: str, rule: Rule) -> Text:
    """The name of a special procedure: the item's own, else that of the law."""
    special = rule.specials.get(kind)
    return special.name if special else _PAUSES.get(kind, kind)


def _lines(state: State, rule: Rule) -> Iterator[Line]:
    if state.received is not None:
        yield from _life(state, rule)
    yield from (problem(found) for found in state.problems)


def _life(state: State, rule: Rule) -> Iterator[Line]:
    yield Line("received", _("%(day)s 收到您的申请。"), {"day": state.received or ""})
    if state.phase in (Phase.RECEIVED, Phase.CORRECTED) and state.due:
        yield Line("accept", _("最晚 %(due)s 决定是否受理；到时不告知，就算已经受理（%(basis)s）。"),
                   {"due": state.due, "basis": rule.accept.basis})
    if state.phase == Phase.CORRECTING:
        yield Line("correct", _("材料要补正，请您补齐；补齐以后才开始计时。"), {})
    yield from _running(state, rule)
    yield from (Line(f"missed_{missed.limit}", _MISSED[missed.limit], {"due": missed.due}) for missed in state.missed)
    yield from _decided(state, rule)
    if state.phase in _ENDS and state.ended:
        yield Line(state.phase.code, _ENDS[state.phase], {"day": state.ended})
    if state.provisional:
        yield Line("provisional", _("有的年份还没公布放假安排，日期是暂定的，公布后会重算。"), {})


def _running(state: State, rule: Rule) -> Iterator[Line]:
    if state.runs_from is None:
        return
    if state.tacit and state.tacit[0].effect == "accepted":
        yield Line("tacit_accepted", _("%(days)s 个工作日内没有告知补正，视为 %(day)s 已受理（%(basis)s）。"),
                   {"days": rule.accept.days, "day": state.tacit[0].since, "basis": rule.accept.basis})
    else:
        yield Line("accepted", _("%(day)s 受理，从第二天起计时。"), {"day": state.runs_from})
    yield from (_pause(pause, rule) for pause in state.pauses if pause.ended)
    if state.extended:
        yield Line("extended", _in_unit("extended", rule.working), {
            "day": state.extended.on, "days": state.extended.days, "reasons": state.extended.reasons})
    if state.phase != Phase.REVIEWING:
        return
    yield from _limits(state, rule)
    for pause in state.pauses:
        if pause.ended is None and pause.counts_from is None and pause.kind in rule.pausable:
            yield Line("untold", _("%(pause)s：还没有书面告知需要多久，照常计时。"),
                       {"pause": pause_name(pause.kind, rule)})
    if state.paused_since:
        names = [str(pause_name(pause.kind, rule)) for pause in state.pauses
                 if pause.ended is None and pause.counts_from]
        yield Line("paused", _in_unit("paused", state.unit == "working_day"), {
            "pause": "、".join(names), "since": state.paused_since, "left": state.left_days or 0})
        if state.resumes_by and state.expected:
            yield Line("expected", _("预计 %(resumes)s 结束，之后最晚 %(due)s 办好。"),
                       {"resumes": state.resumes_by, "due": state.expected})
    elif state.left_days is not None and state.left_days >= 0:
        yield Line("left", _in_unit("left", state.unit == "working_day"),
                   {"used": state.used_days, "left": state.left_days})


def _limits(state: State, rule: Rule) -> Iterator[Line]:
    if state.duty == "review" and state.due and rule.first_review:
        yield Line("first_review", _("最晚 %(due)s 初审完，报上级决定（%(basis)s）。"),
                   {"due": state.due, "basis": rule.first_review.basis})
    if rule.promised and state.promised:
        yield Line("promised", _in_unit("promised", rule.promised.working),
                   {"days": rule.promised.days, "due": state.promised})
    if rule.statutory and state.statutory and state.duty != "review":
        yield Line("statutory", _in_unit("statutory", rule.statutory.working),
                   {"days": rule.statutory.days, "due": state.statutory})
        if rule.statutory.basis:
            yield Line("basis", _("依据：%(basis)s。"), {"basis": rule.statutory.basis})
    if state.expires_on:
        yield Line("renewal", _("原证 %(day)s 到期；到期前没有决定，视为准予延续（%(basis)s）。"),
                   {"day": state.expires_on, "basis": rule.renew.basis if rule.renew else ""})


def _pause(pause: Pause, rule: Rule) -> Line:
    facts: dict[str, Fact] = {"pause": pause_name(pause.kind, rule), "since": pause.begun, "until": pause.ended or ""}
    if pause.counts_from is None:
        return Line("pause_counted", _("%(pause)s：%(since)s 到 %(until)s，照常计时。"), facts)
    return Line("pause", _("%(pause)s：%(since)s 到 %(until)s，不计入时限（%(basis)s）。"), {
        **facts, "since": pause.counts_from,
        "basis": (rule.specials[pause.kind].term.basis if pause.kind in rule.specials else "")
        or law().not_counted_basis})


def _decided(state: State, rule: Rule) -> Iterator[Line]:
    if state.decided is None:
        return
    if state.tacit and state.tacit[-1].effect == "granted":
        basis = rule.renew.basis if state.expires_on and rule.renew else rule.tacit_basis
        yield Line("tacit_granted", _("到 %(day)s 没有作出决定，视为准予（%(basis)s）。"),
                   {"day": state.decided, "basis": basis})
    elif state.granted:
        yield Line("granted", _("%(day)s 作出决定：准予。"), {"day": state.decided})
    else:
        yield Line("denied", _("%(day)s 作出决定：不予。您可以申请复议或者起诉。"), {"day": state.decided})
    if state.due and state.phase in (Phase.DECIDED, Phase.ISSUED):
        yield Line("deliver", _("最晚 %(due)s 送到您手上。"), {"due": state.due})


def _in_unit(key: str, working: bool) -> Text:
    return _LIMITS[key][0 if working else 1]

