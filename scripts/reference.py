"""Writes docs/reference/ from the code: settings, commands, permissions, events, kinds of cases, API routes.

`make reference`. `tests/test_docs.py` fails while a name stands in the code and not in these files.
"""

from __future__ import annotations

import os
import re
import sys
import tempfile
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

HERE = Path(__file__).resolve().parent.parent
TARGET = HERE / "docs" / "reference"
NOTE = "<!-- Written by `make reference` from the code; change the code, not this file. -->\n"
_EMIT = re.compile(r"""\bemit\(\s*f?["']([a-z_]+\.[a-z_{}.]+)["']((?:\s*,\s*\w+=)?[^)]*)""")


def settings() -> Iterator[str]:
    from linli import config

    yield "# Settings\n\nFrom the environment and nowhere else; `linli check-settings` shows the values in force.\n"
    yield "| name | default | for |\n|---|---|---|"
    for setting in config.SETTINGS:
        default = f"`{setting.default}`" if setting.default else "(empty)"
        yield f"| `{setting.name}` | {default} | {_cell(setting.about)} |"


def commands() -> Iterator[str]:
    from linli.interfaces.cli.main import builtin_verbs, room_commands

    yield "# Commands\n\n`linli VERB --help` says more.\n"
    yield "| command | does |\n|---|---|"
    for name, path in builtin_verbs().items():
        yield f"| `linli {name}` | {_cell(import_module(path).HELP.splitlines()[0])} |"
    for verb, names in sorted(room_commands().items()):
        for command in names.values():
            yield f"| `linli {f'{verb} {command.name}'.strip()}` | {_cell(command.help)} |"


def permissions() -> Iterator[str]:
    from linli.foundation.people.models import RoleName
    from linli.foundation.web.manifest import grants

    yield "# Permissions\n\nWhat is not granted here is denied. `@name` is a relation to the thing itself.\n"
    yield "Roles: " + ", ".join(f"`{value}` {label}" for value, label in RoleName.choices) + ".\n"
    yield "| permission | who |\n|---|---|"
    for verb, who in sorted(grants().items()):
        yield f"| `{verb}` | {', '.join(f'`{one}`' for one in sorted(who)) or 'nobody'} |"


def emitted() -> dict[str, set[str]]:
    """Event → the rooms that say it, read from the calls of `emit` in the source."""
    found: dict[str, set[str]] = {}
    for path in sorted((HERE / "linli").rglob("*.py")):
        if "tests" in path.parts or "migrations" in path.parts:
            continue
        room = ".".join(path.relative_to(HERE / "linli").parts[:2])
        for name, _rest in _EMIT.findall(path.read_text("utf-8")):
            found.setdefault(name, set()).add(room)
    return found


def events() -> Iterator[str]:
    from linli.foundation.web.manifest import manifests

    listeners: dict[str, list[str]] = {}
    for manifest in manifests():
        for event, target in manifest.listens.items():
            listeners.setdefault(event, []).append(target if isinstance(target, str) else ", ".join(target))
    yield "# Events\n\nSaid in the transaction of the change, delivered at least once afterwards.\n"
    yield "| event | said by | heard by |\n|---|---|---|"
    said = emitted()
    for name in sorted(said.keys() | listeners.keys()):
        heard = ", ".join(f"`{target}`" for target in listeners.get(name, []))
        yield f"| `{name}` | {', '.join(sorted(said.get(name, set())))} | {heard} |"


def kinds() -> Iterator[str]:
    yield "# Kinds of cases\n\nA kind is data: its states, steps and clocks, in a file of the room that owns it.\n"
    yield "| kind | name | states |\n|---|---|---|"
    for code, title, states in case_kinds():
        yield f"| `{code}` | {_cell(title)} | {', '.join(f'`{state}`' for state in states)} |"


def case_kinds() -> list[tuple[str, str, list[str]]]:
    """Code, English (or only) title and states of every kind that the rooms ship."""
    from linli.mechanisms.cases.kinds import parse, shipped

    found = []
    for code, data in sorted(shipped().items()):
        kind = parse(data)
        title = kind.title if isinstance(kind.title, str) else kind.title.get("en") or kind.title.get("zh", "")
        found.append((code, title, list(kind.states)))
    return found


def routes() -> list[tuple[str, str, str]]:
    """Method, path and summary of every operation of the API, from its own OpenAPI description."""
    from importlib.util import find_spec

    from django.urls import get_resolver
    from ninja import NinjaAPI

    if find_spec("linli.interfaces.api.urls") is None:
        return []
    module = import_module("linli.interfaces.api.urls")
    apis = [found for found in vars(module).values() if isinstance(found, NinjaAPI)]
    list(get_resolver().url_patterns)  # mounts the API, without which it does not know its paths
    return [
        (method.upper(), path, str(facts.get("summary", "")))
        for api in apis
        for path, methods in api.get_openapi_schema(path_prefix="/api/v1/")["paths"].items()
        for method, facts in methods.items()
    ]


def api() -> Iterator[str]:
    yield "# API routes\n\nThe full description, OpenAPI 3.1, is served at `/api/v1/openapi.json`.\n"
    yield "| method | path | does |\n|---|---|---|"
    for method, path, summary in sorted(routes(), key=lambda row: (row[1], row[0])):
        yield f"| {method} | `{path}` | {_cell(summary)} |"


PAGES = {
    "settings": settings, "commands": commands, "permissions": permissions, "events": events, "kinds": kinds,
    "api": api,
}


def set_up() -> None:
    """Django over a folder that is thrown away: a reference needs no data."""
    sys.path.insert(0, str(HERE))
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "linli.settings")
    os.environ["LINLI_DATA"] = tempfile.mkdtemp(prefix="linli-reference-")
    import django

    django.setup()


def _cell(text: object) -> str:
    return str(text).replace("|", "\\|").replace("\n", " ")


def main() -> int:
    set_up()
    TARGET.mkdir(parents=True, exist_ok=True)
    for name, page in PAGES.items():
        (TARGET / f"{name}.md").write_text(NOTE + "\n".join(page()) + "\n", encoding="utf-8")
        print(f"docs/reference/{name}.md")
    return 0


if __name__ == "__main__":
    sys.exit(main())
