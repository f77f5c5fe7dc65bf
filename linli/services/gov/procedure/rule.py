"""How long an item may take: read from its `clock` (and the limits of its steps), checked, compiled."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _

from linli.services.gov.procedure.days import Term
from linli.services.gov.procedure.law import Extension, law

PROCEDURES = ("licence", "licence_joint", "registration", "promised")
LICENCES = frozenset({"licence", "licence_joint"})
UNITS = {"working_day": True, "calendar_day": False}
DAYS_MAX = 1_000


@dataclass(frozen=True, slots=True)
class Special:
    """A special procedure of the item: a public notice, a check at home. `pauses`: its time does not count."""

    key: str
    name: str
    term: Term
    pauses: bool


@dataclass(frozen=True, slots=True)
class Rule:
    """The periods of one item. `statutory` or `promised` may be absent, not both; promised ≤ statutory.

    `first_review`: a lower level reviews first and sends it up (第43条), its own period before the deciding body's.
    `tacit_grant`: a decision not made within the statutory period counts as a grant, because a law says so.
    `pausable`: the kinds of pause whose time does not count; any other pause counts.
    """

    procedure: str
    accept: Term
    statutory: Term | None
    promised: Term | None
    extension: Extension | None = None
    deliver: Term | None = None
    first_review: Term | None = None
    tacit_grant: bool = False
    tacit_basis: str = ""
    renew: Term | None = None
    specials: Mapping[str, Special] = field(default_factory=dict)
    pausable: frozenset[str] = frozenset()
    pause_terms: Mapping[str, Term] = field(default_factory=dict)

    @property
    def working(self) -> bool:
        """Does the limit run in working days?"""
        limit = self.promised or self.statutory
        return limit is None or limit.working


class BadRule(ValueError):  # noqa: N818 - read after "raises"
    """A clock that contradicts itself or the law. `faults`: (where in the clock, what to do) of each."""

    def __init__(self, faults: Sequence[tuple[str, str]]) -> None:
        super().__init__("; ".join(f"{where}: {sentence}" for where, sentence in faults))
        self.faults = tuple(faults)


def read(clock: Mapping[str, Any], *, steps: Iterable[Mapping[str, Any]] = (), first_review: bool = False) -> Rule:
    """The rule of an item's `clock`, for one and all of its applications; read it once a version.

    Where a licence names no statutory limit, extension or delivery, the law's hold (第42、44条). `steps`: the item's,
    for the limit of the one that delivers. Raises `BadRule` with every fault.
    """
    faults = list(faults_of(clock))
    if faults:
        raise BadRule(faults)
    procedure = clock["procedure"]
    licence = procedure in LICENCES
    statutory = _term(clock.get("statutory")) or law().decide.get(procedure)
    specials = {row["key"]: Special(row["key"], str(row["name"]), _row(row), bool(row.get("pauses", True)))
                for row in clock.get("special") or ()}
    pausable = {key for key, special in specials.items() if special.pauses}
    pause_terms = {key: special.term for key, special in specials.items()}
    if licence:
        pausable |= law().not_counted - (specials.keys() - pausable)
        pause_terms.setdefault("hearing", law().hearing)
    tacit = clock.get("tacit") == "granted"
    return Rule(
        procedure=procedure, accept=_accept(licence), statutory=statutory, promised=_term(clock.get("promised")),
        extension=_extension(clock.get("extension")) or law().extend.get(procedure),
        deliver=law().deliver if licence else _delivery(steps),
        first_review=law().first_review if first_review else None,
        tacit_grant=tacit, tacit_basis=statutory.basis if tacit and statutory else "",
        renew=law().renew if licence else None,
        specials=specials, pausable=frozenset(pausable), pause_terms=pause_terms)


def faults_of(clock: Mapping[str, Any]) -> Iterable[tuple[str, str]]:
    """What is wrong with a clock: (place in it, what to do). Nothing is yielded for a usable one."""
    procedure = clock.get("procedure")
    if procedure not in PROCEDURES:
        yield "procedure", _("办理程序请从这些里选：%(known)s。") % {"known": "、".join(PROCEDURES)}
        return
    limits = {key: clock.get(key) for key in ("promised", "statutory")}
    wrong = [fault for key, row in limits.items() for fault in _limit_faults(key, row)]
    for row in clock.get("special") or ():
        wrong += _limit_faults(f"special.{row.get('key', '?')}", row)
    yield from wrong
    extension = clock.get("extension")
    if extension and not (_whole(extension.get("days")) and extension.get("approver")):
        yield "extension", _("延长要写天数，也要写由谁批准。")
        return
    if wrong:
        return
    yield from _against_each_other(procedure, _term(limits["promised"]), _term(limits["statutory"]), clock)


def _against_each_other(procedure: str, promised: Term | None, statutory: Term | None,
                        clock: Mapping[str, Any]) -> Iterable[tuple[str, str]]:
    of_law, stated, extension = law().decide.get(procedure), statutory, clock.get("extension")
    statutory = statutory or of_law
    if promised is None and statutory is None:
        yield "promised", _("没写多久办好：承诺时限和法定时限至少写一个。")
    if promised and statutory and promised.working != statutory.working:
        yield "promised", _("承诺时限和法定时限要用同一个单位。")
    elif promised and statutory and promised.days > statutory.days:
        yield "promised", _("承诺 %(promised)s 天，比法定 %(statutory)s 天还长，请改短。") % {
            "promised": promised.days, "statutory": statutory.days}
    if of_law and stated and not stated.basis and (stated.days > of_law.days or not stated.working):
        yield "statutory", _("比%(basis)s的 %(days)s 个工作日长，请写明依据哪部法律、法规。") % {
            "basis": of_law.basis, "days": of_law.days}
    more = law().extend.get(procedure)
    if more and extension and not extension.get("basis") and extension["days"] > more.days:
        yield "extension", _("比%(basis)s允许的 %(days)s 个工作日长，请写明依据哪部法律、法规。") % {
            "basis": more.basis, "days": more.days}
    unit = extension.get("unit") if extension else None
    limit = statutory or promised
    if unit and limit and unit != limit.unit:
        yield "extension", _("延长的天数和时限要用同一个单位。")
    if clock.get("tacit") == "granted" and not (statutory and statutory.basis):
        yield "tacit", _("逾期视为准予，要有法定时限和依据。")


def _limit_faults(where: str, row: Any) -> list[tuple[str, str]]:
    if row is None:
        return []
    if not isinstance(row, Mapping) or not _whole(row.get("days")):
        return [(where, _("天数请写 0 到 %(most)s 的整数。") % {"most": DAYS_MAX})]
    if row.get("unit") not in UNITS:
        return [(where, _("单位请写 working_day（工作日）或 calendar_day（自然日）。"))]
    return []


def _whole(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= DAYS_MAX


def _term(row: Mapping[str, Any] | None) -> Term | None:
    return None if row is None else _row(row)


def _row(row: Mapping[str, Any]) -> Term:
    return Term(row["days"], UNITS[row["unit"]], str(row.get("basis") or ""))


def _extension(row: Mapping[str, Any] | None) -> Extension | None:
    return Extension(row["days"], str(row["approver"]), str(row.get("basis") or "")) if row else None


def _accept(licence: bool) -> Term:
    """第32条 is about licences; we hold everything else to the same five days, and say so."""
    accept = law().accept
    return accept if licence else accept._replace(basis=f"参照{accept.basis}")


def _delivery(steps: Iterable[Mapping[str, Any]]) -> Term | None:
    """The limit of the step that hands the result over; two such steps follow each other."""
    limits = [step["limit"] for step in steps if step.get("role") == "delivers" and step.get("limit")]
    if not limits or any(_limit_faults("steps", row) for row in limits) or len({row["unit"] for row in limits}) > 1:
        return None
    return Term(sum(row["days"] for row in limits), UNITS[limits[0]["unit"]],
                "、".join(dict.fromkeys(str(row["basis"]) for row in limits if row.get("basis"))))
