"""Practice mode leaves the world unchanged, and no page of it looks real without the frame."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.db.transaction import atomic
from django.test import Client
from django.urls import reverse
from hypothesis import given, settings, strategies as st

from linli.foundation.notices import tell
from linli.foundation.people.models import Person
from linli.services.learning import jobs, sandbox
from linli.services.learning.models import SandboxVisit
from linli.services.learning.sandbox import guard, store, tasks, views
from linli.services.learning.words import BadText

OWN = {"learning_sandboxvisit"}
# What a signed-in visitor's session and the test's own bookkeeping touch; nothing of what people do here.
TECHNICAL = {"django_session", "people_signinsession", "sqlite_sequence"}
TASKS = list(tasks.load().values())


def tables() -> dict[str, str]:
    """Every table but those named above, as a fingerprint of all its rows."""
    found = {}
    with connection.cursor() as cursor:
        for name in sorted(set(connection.introspection.table_names(cursor)) - OWN - TECHNICAL):
            cursor.execute(f"SELECT * FROM {connection.ops.quote_name(name)}")
            rows = sorted(repr(row) for row in cursor.fetchall())
            found[name] = sha256("\n".join(rows).encode()).hexdigest()
    return found


def is_framed(answer: Any) -> bool:
    body = answer.content.decode()
    return 'data-practice="练习"' in body and body.count("<strong>练习</strong>") == 2 and "practice.css" in body


def ways(task: tasks.Task) -> Iterator[list[tuple[str, dict[str, str]]]]:
    """For each screen one way to it: the screens passed, each with what is sent there."""
    reached: dict[str, list[tuple[str, dict[str, str]]]] = {task.first: []}
    queue = [task.first]
    while queue:
        code = queue.pop(0)
        yield reached[code]
        for sent, to in right(task.screens[code]):
            if to not in reached:
                reached[to] = [*reached[code], (code, sent)]
                queue.append(to)


def right(screen: tasks.Screen) -> Iterator[tuple[dict[str, str], str]]:
    for press in screen.presses:
        if press.to:
            yield {"press": press.code}, press.to
    if screen.ask:
        yield {"typed": screen.ask.answer or "我到家了"}, screen.ask.to


def everything(screen: tasks.Screen) -> Iterator[dict[str, str]]:
    """All that can be sent from a screen: right, wrong, nothing at all, and something nobody offered."""
    yield from ({"press": press.code} for press in screen.presses)
    yield from ({}, {"press": "nobody-offered-this"}, {"typed": "'; DROP TABLE people_person; --"})
    if screen.ask:
        yield {"typed": screen.ask.answer or "我到家了"}


@pytest.mark.django_db
@pytest.mark.parametrize("signed_in", [False, True], ids=["visitor", "resident"])
def test_nothing_outside_changes_whatever_is_pressed(signed_in: bool, resident: Person, client_of: Any) -> None:
    client = client_of(resident) if signed_in else Client()
    client.get(reverse("learning:practice"))
    before, pages, presses = tables(), 0, 0
    assert "audit_auditentry" in before
    assert "events_outboxevent" in before
    assert is_framed(client.get(reverse("learning:practice")))
    for task in TASKS:
        url = reverse("learning:practice_task", args=[task.code])
        for way in ways(task):
            screen = task.screens[way[-1][0]] if way else task.screens[task.first]
            for last in [None, *everything(task.screens[_end(task, way)])]:
                client.post(reverse("learning:practice_again", args=[task.code]))
                for code, sent in way:
                    assert client.post(url, {"screen": code, **sent}).status_code == 302
                if last is not None:
                    assert client.post(url, {"screen": _end(task, way), **last}).status_code == 302
                    presses += 1
                answer = client.get(url)
                assert answer.status_code == 200
                assert is_framed(answer), (task.code, screen.code)
                pages += 1
    assert tables() == before
    assert pages > 150
    assert presses > 120


def _end(task: tasks.Task, way: list[tuple[str, dict[str, str]]]) -> str:
    if not way:
        return task.first
    code, sent = way[-1]
    return next(to for one, to in right(task.screens[code]) if one == sent)


@pytest.mark.django_db
def test_a_page_that_would_write_elsewhere_writes_nothing(monkeypatch: Any, resident: Person, client_of: Any) -> None:
    """The guard is no good will: a notice told from within is refused before the database hears of it."""
    keep = store.keep

    def with_a_notice(*args: Any) -> None:
        keep(*args)
        tell(resident, "假的", key="sandbox.leak")

    monkeypatch.setattr(store, "keep", with_a_notice)
    client, url, before = client_of(resident), reverse("learning:practice_task", args=["scan"]), tables()
    with pytest.raises(guard.LeftTheSandbox), atomic():
        client.post(url, {"screen": "home", "press": "wechat"})
    assert tables() == before


@pytest.mark.django_db
def test_a_page_without_its_frame_does_not_go_out(monkeypatch: Any) -> None:
    monkeypatch.setattr(views, "MARK", "data-something-else")
    with pytest.raises(AssertionError, match="frame"):
        Client().get(reverse("learning:practice"))


@pytest.mark.parametrize(("sql", "is_fine"), [
    ("SELECT 1", True),
    ('INSERT INTO "learning_sandboxvisit" ("id") VALUES (%s)', True),
    ("UPDATE learning_sandboxvisit SET tries = 1", True),
    ('DELETE FROM "learning_sandboxvisit" WHERE id = %s', True),
    ('INSERT INTO "events_outboxevent" ("id") VALUES (%s)', False),
    ("INSERT INTO audit_auditentry (id) VALUES (%s)", False),
    ('UPDATE "people_person" SET "look" = %s', False),
    ('DELETE FROM "learning_sandboxvisit_archive"', False),
    ('DELETE FROM "other"."learning_sandboxvisit"', False),
    ("WITH gone AS (DELETE FROM people_person RETURNING id) SELECT * FROM gone", False),
    ("SELECT 1; DELETE FROM people_person", False),
    ("DROP TABLE people_person", False),
    ("TRUNCATE people_person", False),
    ("  \n insert or replace into bookings_session (id) values (1)", False),
])
def test_what_the_guard_lets_through(sql: str, is_fine: bool) -> None:
    assert guard.is_allowed(sql) is is_fine


def test_the_sandbox_imports_nothing_that_could_leave_it() -> None:
    allowed = ("linli.foundation.calendar.clock", "linli.foundation.records", "linli.services.learning.sandbox",
               "linli.services.learning.models.sandbox", "linli.services.learning.words")
    assert sandbox.__file__ is not None
    for path in Path(sandbox.__file__).parent.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            names = [node.module or ""] if isinstance(node, ast.ImportFrom) else [
                one.name for one in node.names] if isinstance(node, ast.Import) else []
            for name in names:
                assert not name.startswith("linli") or name.startswith(allowed), f"{path.name} imports {name}"


@pytest.mark.django_db
def test_the_night_empties_it(client: Client) -> None:
    for task in TASKS:
        client.post(reverse("learning:practice_task", args=[task.code]), {
            "screen": task.first, "press": next((one.code for one in task.screens[task.first].presses), "")})
    assert SandboxVisit.objects.count() == len(TASKS)
    assert jobs.wipe_sandbox.function() == len(TASKS)
    assert not SandboxVisit.objects.exists()
    page = client.get(reverse("learning:practice_task", args=["scan"])).content.decode()
    assert "第 1 步" in page  # who left a page open overnight begins again


@pytest.mark.django_db
def test_what_is_typed_is_kept_nowhere(client: Client) -> None:
    url = reverse("learning:practice_task", args=["pay"])
    client.post(url, {"screen": "how", "press": "scan"})
    client.post(url, {"screen": "amount", "typed": "6.5"})
    client.post(url, {"screen": "look", "press": "right"})
    client.post(url, {"screen": "secret", "typed": "864213"})  # somebody's real one, in spite of all
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM learning_sandboxvisit")
        assert "864213" not in repr(cursor.fetchall())
    page = client.get(url).content.decode()
    assert "864213" not in page
    assert "再试一次" in page


@pytest.mark.django_db
def test_a_mistake_is_explained_and_then_the_way_is_shown(client: Client) -> None:
    url = reverse("learning:practice_task", args=["scan"])
    client.post(url, {"screen": "home", "press": "album"})
    page = client.get(url).content.decode()
    assert "再试一次" in page
    assert "这里放的是拍过的照片" in page
    assert "按这里" not in page
    client.post(url, {"screen": "home", "press": "phone"})
    assert "按这里" in client.get(url).content.decode()
    client.post(url, {"screen": "home", "press": "wechat"})
    page = client.get(url).content.decode()
    assert "再试一次" not in page
    client.post(url, {"screen": "home", "press": "wechat"})  # a second tap, or the back button
    assert client.get(url).content.decode().count("第 2 步") == 1


@pytest.mark.django_db
def test_the_letters_grow_in_the_exercise_and_nowhere_else(client: Client) -> None:
    url = reverse("learning:practice_task", args=["size"])
    client.post(url, {"screen": "settings", "press": "display"})
    client.post(url, {"screen": "type", "press": "large"})
    assert "--scale:1.5" in client.get(url).content.decode()
    assert "--scale:1.5" not in client.get(reverse("learning:practice")).content.decode()


@pytest.mark.django_db
def test_too_many_visitors_push_out_the_oldest(monkeypatch: Any) -> None:
    monkeypatch.setattr(store, "ROWS_MOST", 10)
    task = TASKS[0]
    for _number in range(30):
        store.keep(store.new_token(), task, tasks.begin(task), "")
    assert SandboxVisit.objects.count() <= 11


PRESS = st.tuples(st.sampled_from(["", "wechat", "plus", "scan", "board", "sign", "hang", "right", "sure", "me", "x"]),
                  st.sampled_from(["", "6.5", "123456", "１２３４５６", "到家了", "0"]))


@settings(deadline=None)
@given(st.sampled_from(TASKS), st.lists(PRESS, max_size=40))
def test_nobody_gets_lost_whatever_they_press(task: tasks.Task, pressed: list[tuple[str, str]]) -> None:
    """From wherever presses lead, the end is near: no more right presses away than the exercise is long."""
    state = tasks.begin(task)
    for code, typed in pressed:
        told = tasks.press(task, state, screen=state.screen, code=code, typed=typed)
        assert told.state.screen in task.screens
        assert (told.is_right is False) <= (told.words is not None)
        state = told.state
    assert 0 <= task.left(state.screen) <= len(task.screens)
    while not task.screens[state.screen].is_end:
        sent, _to = min(right(task.screens[state.screen]), key=lambda way: task.left(way[1]))
        state = tasks.press(task, state, screen=state.screen, code=sent.get("press", ""),
                            typed=sent.get("typed", "")).state


def _file(**changes: Any) -> dict[str, Any]:
    text = {"zh": "字", "en": "words"}
    screens = [
        {"code": "a", "title": text, "coach": text, "look": "list", "presses": [
            {"code": "on", "label": text, "to": "b"}, {"code": "off", "label": text, "wrong": text}]},
        {"code": "b", "title": text, "coach": text, "look": "words", "end": True}]
    return {"code": "t", "icon": "x", "title": text, "about": text, "first": "a", "screens": screens, **changes}


@pytest.mark.parametrize(("where", "change"), [
    ("nowhere", lambda data: data["screens"][0]["presses"][0].update(to="c")),
    ("no reason", lambda data: data["screens"][0]["presses"][1].pop("wrong")),
    ("both", lambda data: data["screens"][0]["presses"][1].update(to="b")),
    ("lost screen", lambda data: data["screens"].append({**data["screens"][1], "code": "c"})),
    ("dead end", lambda data: data["screens"][1].pop("end")),
    ("stuck", lambda data: data["screens"][0]["presses"][0].update(to="a")),
    ("no English", lambda data: data.update(title={"zh": "字"})),
    ("a bare yes", lambda data: data["screens"][0]["presses"][0].update(code=True)),
    ("an unknown look", lambda data: data["screens"][0].update(look="video")),
])
def test_an_exercise_in_which_one_gets_stuck_is_refused(where: str, change: Any) -> None:
    data = _file()
    tasks.read(data, "t.yaml")
    change(data)
    with pytest.raises((BadText, KeyError)):
        tasks.read(data, "t.yaml")
