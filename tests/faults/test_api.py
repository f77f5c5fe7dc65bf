"""The API under the same faults as the pages: scripts, long words, ids from next door, requests sent again, kill -9."""

from __future__ import annotations

import json
import re
import threading
import time
import uuid
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.faults.client import Answer, Client, Program
from tests.faults.conftest import BOTH, BOTH_IN_FULL
from tests.faults.place import Place, chance, figures, size
from tests.faults.reading import SCRIPT, pages_of, unescaped
from tests.faults.sound import assert_sound
from tests.faults.test_races import CLIENTS, at_once

pytestmark = pytest.mark.faults
OpenPlace = Callable[[str], Place]
Operation = tuple[str, str, dict[str, Any]]  # method, path with {parameters}, what it takes


def operations(program: Program) -> Iterator[Operation]:
    """Every operation of the API's own description."""
    told = json.loads(program.get("/api/v1/openapi.json").text)
    for path, methods in told["paths"].items():
        for method, operation in methods.items():
            body = operation.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema", {})
            yield method.upper(), path.removeprefix("/api/v1"), filled(body, told["components"]["schemas"], SCRIPT)


def filled(schema: dict[str, Any], known: dict[str, Any], text: str) -> Any:
    """A value of that shape with `text` in every field that takes one."""
    if "$ref" in schema:
        return filled(known[schema["$ref"].rpartition("/")[2]], known, text)
    for choice in ("anyOf", "allOf", "oneOf"):
        if choice in schema:
            return filled(schema[choice][0], known, text)
    if schema.get("type") == "object":
        of_any = schema.get("additionalProperties")
        more = {"note": text, "reason": text} if of_any else {}
        return {**more, **{name: filled(one, known, text) for name, one in schema.get("properties", {}).items()}}
    if schema.get("type") == "array":
        return [filled(schema.get("items", {}), known, text)]
    if "enum" in schema:
        return schema["enum"][0]
    plain: dict[str, Any] = {"integer": 1, "number": 1, "boolean": True, "null": None}
    return plain.get(schema.get("type", "string"), text)


def at(path: str, number: str) -> str:
    """The address with our case in the place of every parameter."""
    return re.sub(r"{(\w+)}", lambda found: number if found[1] == "number" else "take" if found[1] == "name" else "1",
                  path)


def building_of(place: Place) -> int:
    return int(place.one("SELECT id FROM areas_building ORDER BY id LIMIT 1"))


def report(place: Place, words: str) -> dict[str, Any]:
    return {"text": f"门口堆着垃圾 {words}", "where": f"b-{building_of(place)}", "category": ""}


def test_a_script_and_long_words_in_every_field(open_place: OpenPlace) -> None:
    place = open_place("sqlite")
    [number] = place.inside("report", count=1)
    place.web()
    sent: Counter[int] = Counter()
    for title in ("林女士", "何静", "周敏"):
        program = Program(place, title).with_key()
        for method, path, body in operations(program):
            long = json.loads(json.dumps(body).replace(json.dumps(SCRIPT)[1:-1], "长" * 10_000))
            for data in [body, long] if body else [None]:
                given = program.ask(method, at(path, number), data)
                assert given.status < 500, (title, method, path, given.text[:500])
                assert given.sort.startswith(("application/json", "application/problem+json")), (path, given.sort)
                sent[given.status] += 1
    kept = Program(place, "林女士").with_key().ask("POST", "/requests/", {
        **report(place, SCRIPT), "kind": "complaint", "title": SCRIPT})
    assert kept.status == 201, kept.text
    place.work()
    shown = 0
    for title, begin in (("林女士", "/"), ("何静", "/desk/cases/"), ("周敏", "/desk/cases/")):
        for page, answer in pages_of(Client(place, title).sign_in(), begin, size(300, 30)):
            assert not unescaped(answer), page
            shown += "linli-" in answer.text
    assert shown
    assert_sound(place, audited=False)
    figures("API: scripts and long words", sent=sum(sent.values()), answers=dict(sorted(sent.items())), broken=0,
            pages_that_show_it_escaped=shown, unescaped=0)


def test_ids_of_another_community(open_place: OpenPlace) -> None:
    place = open_place("sqlite")
    [number] = place.inside("report", count=1)
    place.web()
    stranger = Program(place, "郑先生").with_key()
    events = "SELECT count(*) FROM cases_caseevent"
    before, closed = place.one(events), Counter[int]()
    for method, path, body in operations(stranger):
        if "{number}" in path:
            given = stranger.ask(method, at(path, number), _polite(body))
            closed[given.status] += 1
            assert given.status in {404, 422}, (method, path, given.status, given.text[:300])
            assert "扶手松动" not in given.text
    for room in ("requests", "repairs"):
        given = stranger.ask("POST", f"/{room}/", {**report(place, "别人的楼"), "kind": "complaint"})
        closed[given.status] += 1
        assert given.status in {404, 409, 422}, (room, given.status, given.text[:300])
    assert closed[404] >= 5
    assert place.one(events) == before
    assert place.one("SELECT count(*) FROM cases_case") == 1
    figures("API: ids of another community", asked=sum(closed.values()), answers=dict(sorted(closed.items())), let_in=0)


def _polite(body: Any) -> Any:
    return json.loads(json.dumps(body).replace(json.dumps(SCRIPT)[1:-1], "x")) if body else None


@BOTH
def test_one_request_sent_by_32_at_once(open_place: OpenPlace, vendor: str) -> None:
    place = open_place(vendor)
    place.web(LINLI_WEB_PROCESSES="2")
    program = Program(place, "林女士").with_key()
    rounds = size(20, 2)
    for turn in range(rounds):
        once, body = uuid.uuid4().hex, {**report(place, f"同时 {turn}"), "kind": "complaint"}
        answers = at_once([lambda once=once, body=body: program.ask("POST", "/requests/", body, once=once)] * CLIENTS)
        assert Counter(answer.status for answer in answers) == {201: CLIENTS}, [a.text[:200] for a in answers][:3]
        assert len({answer.text for answer in answers}) == 1
        other = program.ask("POST", "/requests/", {**body, "title": "换了"}, once=once)
        assert (other.status, json.loads(other.text)["code"]) == (422, "key_reused")
    assert place.one("SELECT count(*) FROM cases_case") == rounds
    figures(f"API: one request sent by 32 at once, {vendor}", requests=rounds, sent=rounds * CLIENTS, cases=rounds)


@BOTH_IN_FULL
def test_killed_with_a_request_under_way(open_place: OpenPlace, vendor: str) -> None:
    """Whoever sends a request again with its key gets the one answer, however often the server died in it."""
    place, dice = open_place(vendor), chance()
    server = place.web()
    program = Program(place, "林女士").with_key()
    building, kills, keys, sent_again = building_of(place), size(30, 3), {}, 0
    for turn in range(kills):
        once, found = uuid.uuid4().hex, list[tuple[Answer, int]]()
        body = {"text": f"路灯不亮 {turn}", "where": f"b-{building}", "kind": "complaint"}
        sender = threading.Thread(target=lambda body=body, once=once, found=found: found.append(
            program.ask_patiently("POST", "/requests/", body, once=once)), daemon=True)
        sender.start()
        time.sleep(dice.uniform(0, 0.08))
        place.kill(server)
        server = place.web()
        sender.join(320)
        [(answer, sent)] = found
        assert answer.status == 201, (answer.status, answer.text)
        keys[once] = json.loads(answer.text)["number"]
        sent_again += sent - 1
    for once, number in keys.items():
        turn = list(keys).index(once)
        body = {"text": f"路灯不亮 {turn}", "where": f"b-{building}", "kind": "complaint"}
        assert json.loads(program.ask("POST", "/requests/", body, once=once).text)["number"] == number
    assert place.one("SELECT count(*) FROM cases_case") == kills == len(set(keys.values()))
    place.kill(server)
    place.work()
    assert_sound(place, audited=False)
    figures(f"API: kill -9 with a request under way, {vendor}", kills=kills, sent_again=sent_again, cases=kills,
            lost=0, doubled=0)
