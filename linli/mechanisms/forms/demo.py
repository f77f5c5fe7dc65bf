"""Two forms of the demo community: one prepared, agreed to and sent round with answers, one still being made."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

from linli.foundation.calendar.clock import today
from linli.foundation.people.models import Person
from linli.mechanisms.forms import actions, located
from linli.mechanisms.forms.models import Inquiry
from linli.mechanisms.forms.walk import steps

_SAID = ("楼下电动车多，早点装。", "离窗户远一点就行。", "装在北侧更合适，东侧是孩子玩的地方。",
         "电费怎么算要先说清楚。", "")
_STILL_TO_ANSWER = ("林女士", "王阿姨")  # whoever tries the demo finds something to fill in


def furnish(demo: Any) -> None:
    """An open inquiry with answers of some residents, one announced before and closed, one draft that waits."""
    workers, heads = demo.people("worker"), demo.people("community_head")
    if not workers or not heads:
        return
    # Small demos and large ones show the same pages; only the number of answers differs.
    people = list(Person.objects.filter(community=demo.area, is_active=True).exclude(
        title__in=_STILL_TO_ANSWER).order_by("pk")[:60])
    many = 4 if len(people) < 30 else 14
    with demo.days_ago(9):
        piles = _sent(demo, workers[0], heads[0], "piles.yaml", "opinion", "3号楼东侧加装充电桩，您怎么看",
                      "业主提出在3号楼东侧加装电动自行车充电桩。先听大家的意见，汇总后在公告栏公布，"
                      "再决定装不装、装在哪。", 21,
                      title_en="Chargers on the east side of building 3: what do you think?",
                      why_en="Owners suggest chargers for e-bikes there. We ask everybody first, publish the result on "
                             "the notice board, and then decide whether and where.")
    with demo.days_ago(3):
        for person in demo.random.sample(people, k=min(many, len(people))):
            _answer(demo, person, piles)
    with demo.days_ago(1):
        draft = actions.begin_form(workers[0], demo.area, title="暑期托管班登记", title_en="Summer care sign-up")
        actions.change_draft(workers[0], draft, _body("care.yaml"), seen=0)
        actions.ask_to_publish(workers[0], draft, note="暑期托管先登记人数", seen=1)


def _body(name: str) -> dict[str, Any]:
    body: dict[str, Any] = located.read(Path(__file__).parent / "demo_forms" / name).data
    return body


def _sent(demo: Any, worker: Person, head: Person, name: str, kind: str, title: str, why: str, days: int,
          **english: str) -> Inquiry:
    body = _body(name)
    draft = actions.begin_form(worker, demo.area, title=body["title"], title_en=body.get("title_en", ""))
    draft = actions.change_draft(worker, draft, body, seen=0)
    draft = actions.ask_to_publish(worker, draft, note="", seen=1)
    version = actions.publish(head, draft, seen=2)
    return actions.open_inquiry(worker, version, kind=kind, title=title, why=why,
                                closes_on=today() + timedelta(days=days), once=f"demo.{name}", **english)


def _answer(demo: Any, person: Person, inquiry: Inquiry) -> None:
    sheet = actions.answer(person, inquiry)
    stance = demo.random.choice(("agree", "agree", "agree", "disagree", "abstain"))
    given = {
        "opinion.stance": stance, "own.q1": demo.random.choice(("a1", "a2", "a3")),
        "own.q2": demo.random.choice((["a1"], ["a1", "a2"], ["a3"])), "own.q3": demo.random.choice(("yes", "no")),
        "opinion.text": demo.random.choice(_SAID)}
    for step in steps(sheet.definition, given, on=today()):
        sheet = actions.save_page(person, sheet, step.token, given, seen=sheet.seen)
    if demo.random.random() < 0.85:
        actions.submit(person, sheet, signed_name=person.name or person.shown_name, agreed=True, seen=sheet.seen)
