"""What who applies reads of their applications: what is begun, what is being done, until when, what is missing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import Q, QuerySet
from django.urls import reverse
from django.utils.translation import get_language, gettext as _

from linli.foundation.people.acting import subject_of
from linli.foundation.people.models import Person
from linli.mechanisms.forms import walk
from linli.mechanisms.forms.models import Sheet
from linli.services.gov import deadline, papers_needed
from linli.services.gov.items.reading import spoken
from linli.services.gov.models import Application, Correction, Filing
from linli.services.gov.models.applications import ROOM, ApplicationState
from linli.services.gov.procedure import State, explain

Thing = Application | Filing
_WITH = ("version__item", "area", "case", "subject", "actor", "filing__bundle__bundle", "filing__sheet__version",
         "sheet__version")


def own_q(person: Person) -> Q:
    """Those whose subject one is now (oneself, or whom one acts for), and what one filed for others from home.

    What somebody of the desk filed at a counter is at the desk, not among their own matters.
    """
    subject = subject_of(person, ROOM)
    if subject.pk != person.pk:
        return Q(subject=subject)
    return Q(subject=person) | Q(actor=person, channel="app", subject__isnull=False)


def mine(person: Person) -> QuerySet[Application]:
    """What was handed in, the newest first; what waits for its turn in a bundle too."""
    rows: QuerySet[Application] = Application.objects.filter(own_q(person)).exclude(state=ApplicationState.DRAFT)
    return rows.select_related(*_WITH).order_by("-created", "-id")


def drafts(person: Person, *, most: int = 20) -> list[Thing]:
    """What is begun and not handed in, bundles as one."""
    single: list[Thing] = list(Application.objects.filter(own_q(person), state="draft", filing=None).select_related(
        *_WITH).order_by("-created")[:most])
    bundles: list[Thing] = list(Filing.objects.filter(own_q(person), handed_in_at=None).select_related(
        "bundle__bundle", "area", "subject", "actor", "sheet__version").order_by("-created")[:most])
    return sorted([*single, *bundles], key=lambda one: one.created, reverse=True)[:most]


def by_number(person: Person, number: str) -> Application | None:
    """An application with that number that `person` sees; None where it is not there for them."""
    if not number:
        return None
    found: Application | None = Application.objects.visible_to(person).filter(number=number).select_related(
        *_WITH).first()
    return found


def thing_of(person: Person, pk: int) -> Thing | None:
    """An application or a filing by its id (they never share one), where `person` sees it."""
    found: Thing | None = Application.objects.visible_to(person).filter(pk=pk).select_related(*_WITH).first()
    return found or filing_of(person, pk)


def filing_of(person: Person, pk: int) -> Filing | None:
    found: Filing | None = Filing.objects.visible_to(person).filter(pk=pk).select_related(
        "bundle__bundle", "area", "subject", "actor", "sheet__version").first()
    return found


def members(thing: Thing) -> list[Application]:
    """The application itself, or every one of a filing, in the bundle's order."""
    if isinstance(thing, Application):
        return [thing]
    order = [str(one["item"]) for one in thing.bundle.body["members"]]
    rows = list(thing.applications.select_related(*_WITH))
    return sorted(rows, key=lambda row: order.index(row.slug) if row.slug in order else len(order))


def sheet_of(thing: Thing) -> Sheet | None:
    """The answers behind it; of a bundle's item those of the one form."""
    if thing.sheet is not None:
        return thing.sheet
    return thing.filing.sheet if isinstance(thing, Application) and thing.filing is not None else None


def name_of(thing: Thing) -> str:
    """What it is called, for the reader."""
    english = (get_language() or "").startswith("en")
    if isinstance(thing, Filing):
        body = thing.bundle.body
        return str((body.get("name_en") if english else "") or body["name"])
    return str(spoken(thing.version.body, "en" if english else "official")["base"]["name"])


@dataclass(frozen=True)
class Missing:
    """Something the applicant is asked for. `url`: where it is mended; "" where it is not on a page."""

    name: str
    sentence: str
    is_there: bool
    kind: str
    key: str


@dataclass(frozen=True)
class Where:
    """Where an application stands, in words: what is being done, by whom, until when, what is missing, what is next."""

    doing: str
    who: str
    until: date | None
    until_at: datetime | None
    is_provisional: bool
    is_late: bool
    missing: Sequence[Missing]
    following: str
    lines: Sequence[str]
    state: State | None


def where(row: Application) -> Where:
    """See `Where`. Of one that was not handed in, nothing but that it was not."""
    if row.case_id is None:
        waits = row.state == ApplicationState.WAITING
        return Where(_("等前一项办好，就自动接着办。") if waits else _("还没交。"), "", None, None, False, False, (),
                     _("前一项办好，不用您再交一次。") if waits else _("填完、签名，交上去就有单号。"), (), None)
    state, rule = deadline.state_of(row)
    due = deadline.due_of(state)
    doing, following = _words(row, state)
    body = spoken(row.version.body, "en" if (get_language() or "").startswith("en") else "official")
    late = any(one.late_on is None for one in state.missed) and row.is_open
    return Where(doing, _who(row, body), state.due or state.resumes_by, due if row.is_open else None,
                 state.provisional and row.is_open, late, missing_of(row), following,
                 [str(line) for line in explain(state, rule)], state)


def _words(row: Application, state: State) -> tuple[str, str]:
    if state.is_paused:
        return _("在做一项特别程序，这段时间不算时限。"), _("做完就接着算时间，会告诉您。")
    return {
        "submitted": (_("在看材料齐不齐，决定受不受理。"), _("缺什么会一次说全；到时没告诉您，就算受理了。")),
        "correcting": (_("等您补材料，时限先停着。"), _("补齐交上来就接着办，不用重填。")),
        "accepted": (_("受理了，正在审查。"), _("审查完作决定，决定书会发给您。")),
        "decided": (_("有决定了，在准备送达。") if row.granted else _("有决定了：不予办理，原因写在决定书里。"),
                    _("拿到结果后，请您评一评。") if row.granted else _("不同意可以复议、起诉，办法写在决定书里。")),
        "delivered": (_("办完了，结果已经送达。"), _("结果在下面，随时能下载。")),
        "refused": (_("没有受理，原因写在决定书里。"), _("不同意可以复议、起诉，办法写在决定书里。")),
        "withdrawn": (_("您撤回了，不再办。"), _("想办随时可以重新申请。")),
    }.get(row.state, ("", ""))


def _who(row: Application, body: Any) -> str:
    if row.state == ApplicationState.CORRECTING:
        return _("您")
    step = next((one for one in body["local"].get("steps") or () if one["key"] == row.step), None)
    department = str(body["local"].get("department") or "")
    if row.is_open and step is not None:
        return _("%(department)s：%(step)s") % {"department": department, "step": step["name"]}
    return department


def missing_of(row: Application) -> list[Missing]:
    """What was asked for in the one request for corrections, each with whether it has come since."""
    asked: Correction | None = Correction.objects.filter(application=row).first()
    if asked is None or asked.answered_at is not None or row.state != ApplicationState.CORRECTING:
        return []
    english = (get_language() or "").startswith("en")
    there = {line.need.key: line for line in papers_needed.lines(row, row.actor)}
    found = []
    for one in asked.needs:
        line = there.get(one["key"]) if one["kind"] == "material" else None
        since = line is not None and (line.used is not None or (
            line.brought is not None and line.brought.at >= asked.asked_at and line.is_settled))
        name = one["name"].get("en" if english else "zh") or one["name"]["zh"]
        found.append(Missing(str(name), str(one["sentence"]), since, str(one["kind"]), str(one["key"])))
    return found


def step_with(sheet: Sheet, element: str, on: date) -> str:
    """The token of the step on which a question is asked; "" where it is not shown for these answers."""
    for step in walk.steps(sheet.definition, sheet.values, on=on):
        if any(one.element == element for one in step.page.asked):
            return step.token
    return ""


def one_url(row: Application) -> str:
    """The applicant's page of it; of one without a number that of the bundle's form."""
    if row.number:
        return reverse("gov:mine_one", args=[row.number])
    return reverse("gov:mine")
