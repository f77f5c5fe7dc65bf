"""Docs are tested: what exists in the code and not in docs/ fails here, and so does a command that CI does not run."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parent.parent
DOCS = HERE / "docs"
sys.path.insert(0, str(HERE / "scripts"))

import reference  # noqa: E402

AGAIN = "run: make reference"


def page(name: str) -> str:
    return (DOCS / "reference" / f"{name}.md").read_text("utf-8")


def missing(names: set[str], text: str) -> list[str]:
    return sorted(name for name in names if f"`{name}`" not in text)


def test_every_setting_is_documented() -> None:
    from linli import config

    names = {setting.name for setting in config.SETTINGS}
    assert not missing(names, page("settings")), AGAIN
    told = (DOCS / "settings.md").read_text("utf-8")
    assert not missing(names, told), "say in docs/settings.md when one would change it"


def test_every_command_is_documented() -> None:
    from linli.interfaces.cli.main import builtin_verbs, room_commands

    names = {f"linli {verb}" for verb in builtin_verbs()}
    names |= {f"linli {verb} {name}".strip() for verb, commands in room_commands().items() for name in commands}
    assert not missing(names, page("commands")), AGAIN
    assert not missing({f"linli {verb}" for verb in builtin_verbs()}, (DOCS / "cli.md").read_text("utf-8"))


def test_every_permission_is_documented() -> None:
    from linli.foundation.web.manifest import grants

    assert not missing(set(grants()), page("permissions")), AGAIN


def test_every_event_is_documented() -> None:
    from linli.foundation.web.manifest import manifests

    names = set(reference.emitted()) | {event for manifest in manifests() for event in manifest.listens}
    assert not missing(names, page("events")), AGAIN


def test_every_event_that_is_heard_is_said_by_somebody() -> None:
    from linli.foundation.web.manifest import manifests

    said = [re.compile(re.sub(r"\\\{.*?\\\}", ".+", re.escape(name)) + r"\Z") for name in reference.emitted()]
    heard = {event for manifest in manifests() for event in manifest.listens}
    deaf = sorted(event for event in heard if not any(name.match(event) for name in said))
    assert not deaf, f"listened to, never emitted: {deaf}"


def test_every_kind_of_case_is_documented() -> None:
    assert not missing({code for code, _title, _states in reference.case_kinds()}, page("kinds")), AGAIN


def test_every_api_route_is_documented() -> None:
    text = page("api")
    gone = [f"{method} {path}" for method, path, _ in reference.routes() if f"| {method} | `{path}` |" not in text]
    assert not gone, AGAIN


def test_the_commands_of_the_readme_exist_and_run_in_ci() -> None:
    told = set(re.findall(r"`make ([a-z-]+)", (HERE / "README.md").read_text("utf-8")))
    made = set(re.findall(r"^([a-z-]+):", (HERE / "Makefile").read_text("utf-8"), re.MULTILINE))
    assert told <= made, f"the README names make targets that do not exist: {sorted(told - made)}"
    assert "make test" in (HERE / ".ci" / "run").read_text("utf-8")


@pytest.mark.parametrize("path", sorted([*HERE.glob("*.md"), *DOCS.rglob("*.md")]), ids=lambda path: path.name)
def test_links_between_pages_lead_somewhere(path: Path) -> None:
    broken = []
    for target in re.findall(r"\]\((?!https?:|mailto:|#)([^)#\s]+)", path.read_text("utf-8")):
        if not (path.parent / target).exists():
            broken.append(target)
    assert not broken, f"{path.name}: {broken}"


def test_no_page_names_a_machine_of_ours() -> None:
    for path in [*HERE.glob("*.md"), *DOCS.rglob("*.md")]:
        found = re.findall(r"(?<![\w.])/(?:work|root)/\w+", path.read_text("utf-8"))
        assert not found, f"{path.name}: {found}"


def test_decisions_are_numbered_once_and_dated() -> None:
    numbers: dict[str, str] = {}
    for path in sorted((DOCS / "decisions").glob("*.md")):
        number, _, _title = path.stem.partition("-")
        assert re.fullmatch(r"\d{4}", number), path.name
        assert number not in numbers, f"{path.name} and {numbers[number]} have the same number"
        numbers[number] = path.name
        assert re.search(r"20\d\d-\d\d-\d\d", path.read_text("utf-8")), f"{path.name} bears no date"
