"""Many people at the same moment: one wins, the others are told, nothing is done twice and nothing overwritten."""

from __future__ import annotations

import threading
import uuid
from collections import Counter
from collections.abc import Callable, Sequence

import pytest

from tests.faults.client import Answer, Client, quick_report
from tests.faults.conftest import BOTH
from tests.faults.place import Place, figures, size
from tests.faults.sound import assert_sound

pytestmark = pytest.mark.faults
OpenPlace = Callable[[str], Place]
CLIENTS, STAFF = 32, 20


def at_once(calls: Sequence[Callable[[], Answer]]) -> list[Answer]:
    """What each call answered, all of them begun at the same moment."""
    gate, answers = threading.Barrier(len(calls)), [Answer(0, "", "") for _ in calls]

    def run(place: int) -> None:
        gate.wait()
        answers[place] = calls[place]()

    threads = [threading.Thread(target=run, args=(n,), daemon=True) for n in range(len(calls))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    return answers


@BOTH
def test_thirty_two_pick_send_and_edit(open_place: OpenPlace, vendor: str) -> None:
    place = open_place(vendor)
    place.web(LINLI_WEB_PROCESSES="2")
    fitters = [Client(place, f"property_worker-{n}").sign_in() for n in range(CLIENTS)]
    desks = [Client(place, f"property_desk-{n}").sign_in() for n in range(32, 32 + STAFF)]
    resident = Client(place, "resident-0").sign_in()
    picked = _pick(place, fitters, size(20, 2))
    cases = _send(place, resident, size(20, 2))
    edits = _edit(place, desks, size(30, 3))
    place.work()
    found = assert_sound(place)
    figures(f"32 at once, {vendor}", clients=CLIENTS, offered_jobs=picked, winners_each=1, replayed_reports=cases,
            cases_each=1, staff=STAFF, edits_made=edits[0], lost_updates_refused=edits[1], lost_updates=0,
            steps=found["steps"])


def _pick(place: Place, fitters: Sequence[Client], rounds: int) -> int:
    """One offered job, 32 fitters: one has it, 31 read that it is taken."""
    for number in place.inside("report", count=rounds, offer=True):
        path = f"/desk/cases/{number}/step/pick/"
        answers = at_once([lambda who=who, path=path: who.post(path, {"note": ""}) for who in fitters])
        statuses = Counter(answer.status for answer in answers)
        assert statuses == {302: 1, 422: CLIENTS - 1}, statuses
        losers = [answer for answer in answers if answer.status == 422]
        assert all("不能再「抢单」" in " ".join(answer.errors) for answer in losers), losers[0].errors
        made = place.query("SELECT e.name FROM cases_caseevent e JOIN cases_case c ON c.id = e.case_id "
                           f"WHERE c.number = '{number}' AND e.name = 'pick'")
        assert len(made) == 1
    return rounds


def _send(place: Place, resident: Client, rounds: int) -> int:
    """One report, sent 32 times at once: 32 receipts of one case."""
    for _round in range(rounds):
        once = uuid.uuid4().hex
        answers = at_once([lambda once=once: resident.post("/repairs/quick/", quick_report(once, once))] * CLIENTS)
        assert Counter(answer.status for answer in answers) == {302: CLIENTS}, [a.errors for a in answers][:3]
        assert len({answer.number for answer in answers}) == 1
        assert place.one(f"SELECT count(*) FROM cases_case WHERE once = '{once}'") == 1
    return rounds


def _edit(place: Place, desks: Sequence[Client], rounds: int) -> tuple[int, int]:
    """Twenty members of staff correct the same case, each having read the same state of it: the first one's words
    stand, the others are told what changed and keep what they typed."""
    [number] = place.inside("report", count=1)
    read = f"SELECT seq, title FROM cases_case WHERE number = '{number}'"
    refused = 0
    for turn in range(rounds):
        [(seq, _title)] = place.query(read)
        words = [f"扶手松动 {turn}-{n}" for n in range(len(desks))]
        answers = at_once([
            lambda who=who, title=title, seq=seq: who.post(f"/desk/cases/{number}/edit/", {
                "category": "public", "title": title, "place": "1号楼", "place_public": "1号楼", "urgency": "normal",
                "visibility": "area", "reason": "写清楚", "seen": seq})
            for who, title in zip(desks, words, strict=True)])
        statuses = Counter(answer.status for answer in answers)
        assert statuses == {302: 1, 422: STAFF - 1}, (statuses, [a.errors for a in answers][:3])
        winner = next(n for n, answer in enumerate(answers) if answer.status == 302)
        [(after, title)] = place.query(read)
        assert title == words[winner]
        assert after == seq + 1
        for n, answer in enumerate(answers):
            if answer.status == 422:
                refused += 1
                assert "又有了变化" in " ".join(answer.errors)
                assert words[n] in answer.text, "what was typed is gone"
    return rounds, refused
