"""Conversations of the demo community: answered, waiting, with a person, and made a case at night."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

from linli.mechanisms.knowledge import rebuild
from linli.services.assistant import actions
from linli.services.assistant.actions.gaps import note_gap


def furnish(demo: Any) -> None:
    """The index by words alone (the worker adds meaning), some questions, one talk with a person, one that waits."""
    rebuild(dense=False)
    said = yaml.safe_load(Path(__file__).with_name("demo.yaml").read_text(encoding="utf-8"))
    for number, text in enumerate(said["asked"][:2 if demo.small else None]):
        person = demo.resident(number + 11)
        with demo.days_ago(number + 1, hour=20):
            talk = actions.ask(person, demo.area, text)
            actions.close(person, talk)
    with demo.days_ago(3, hour=21):
        for text in said["gaps"]:
            note_gap(demo.area, text)
    _with_a_person(demo, said["talk"])
    with demo.days_ago(1, hour=22):
        actions.want_person(demo.resident(23), demo.area, text=said["late"])


def _with_a_person(demo: Any, words: dict[str, str]) -> None:
    """Yesterday at ten, or the working day before: the desk is open then."""
    from linli.services.assistant import queries

    person = demo.resident(21)
    for days in range(1, 12):
        with demo.days_ago(days, hour=10):
            if not queries.is_desk_open(demo.area.code):
                continue
            talk = actions.want_person(person, demo.area, text=words["ask"])
            actions.take(demo.worker, talk)
            actions.reply_to(demo.worker, talk, words["answer"])
            actions.say(person, talk, words["thanks"])
            actions.close(demo.worker, talk)
            return
