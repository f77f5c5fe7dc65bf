"""Finds the verb, sets Django up, runs it. A verb is a file in `verbs/`, or a `Command` in a room's manifest."""

from __future__ import annotations

import argparse
import os
import pkgutil
import sys
from collections.abc import Mapping, Sequence
from importlib import import_module
from types import ModuleType
from typing import Any

from linli.config import BadSetting
from linli.interfaces.cli import verbs


def builtin_verbs() -> Mapping[str, str]:
    """The name of each verb and the module that does it."""
    return {
        found.name.replace("_", "-"): f"{verbs.__name__}.{found.name}"
        for found in pkgutil.iter_modules(verbs.__path__)
    }


def room_commands() -> Mapping[str, Mapping[str, Any]]:
    """Verb → name → `Command`, as the rooms' manifests declare them. Needs Django set up."""
    from linli.foundation.web.manifest import manifests

    found: dict[str, dict[str, Any]] = {}
    for manifest in manifests():
        for command in manifest.commands:
            found.setdefault(command.verb, {})[command.name] = command
    return found


def run(argv: Sequence[str]) -> int:
    """Run `linli` with these arguments; the exit code."""
    if not argv or argv[0] in {"-h", "--help", "help"}:
        return _overview()
    if argv[0] == "--version":
        from importlib.metadata import PackageNotFoundError, version

        try:
            print(version("linli"))
        except PackageNotFoundError:
            print("0.1.0")
        return 0
    try:
        return _run_verb(argv[0], argv[1:])
    except BadSetting:
        raise
    except BrokenPipeError:
        # The reader (`| head`) went away; a second complaint at exit would only confuse.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except KeyboardInterrupt:
        return 130
    except Exception as error:
        if (sentence := _sentence(error)) is None:
            raise
        print(sentence, file=sys.stderr)
        return 1


def _run_verb(verb: str, rest: Sequence[str]) -> int:
    if verb in (known := builtin_verbs()):
        module = import_module(known[verb])
        # A verb may need a setting before Django reads them; what the operator set stays.
        for name, value in getattr(module, "ENVIRONMENT", {}).items():
            os.environ.setdefault(name, value)
        if getattr(module, "NEEDS_DJANGO", True):
            _set_up()
        return _call(f"linli {verb}", module, rest)
    _set_up()
    commands = room_commands().get(verb)
    if commands is None:
        print(f"There is no `linli {verb}`. `linli --help` lists what there is.", file=sys.stderr)
        return 2
    name = rest[0] if rest else ""
    command = commands.get(name) or (commands.get("") if not name or name.startswith("-") else None)
    if command is None:
        print(f"linli {verb} …\n" + "\n".join(f"  {verb} {c.name:<14} {c.help}" for c in commands.values()))
        return 0 if name in {"", "-h", "--help"} else 2
    program = f"linli {verb} {command.name}".rstrip()
    return _call(program, import_module(command.target), rest[1:] if command.name else rest)


def _call(program: str, module: ModuleType, rest: Sequence[str]) -> int:
    about = getattr(module, "HELP", "") or (module.__doc__ or "")
    parser = argparse.ArgumentParser(
        prog=program, description=about, formatter_class=argparse.RawDescriptionHelpFormatter)
    module.add_arguments(parser)
    return int(module.run(parser.parse_args(rest)) or 0)


def _set_up() -> None:
    import django

    django.setup()


def _overview() -> int:
    print("linli VERB …\n")
    for name, path in builtin_verbs().items():
        print(f"  {name:<18} {import_module(path).HELP.splitlines()[0]}")
    try:
        _set_up()
        commands = room_commands()
    except BadSetting as bad:
        print(f"\n{bad}", file=sys.stderr)
        return 1
    for verb, names in sorted(commands.items()):
        for command in names.values():
            print(f"  {f'{verb} {command.name}':<18} {command.help}")
    print("\n`linli VERB --help` says more. Settings come from the environment: `linli check-settings` lists them.")
    return 0


def _sentence(error: Exception) -> str | None:
    """What to tell the operator of an error that is theirs to mend; None for one that is ours."""
    from linli.foundation.web.refusals import Denied, Refused

    if isinstance(error, Refused):
        return f"{error.sentence} [{error.code}]"
    if isinstance(error, Denied):
        return f"Not allowed: {error.verb}"
    from django.db import OperationalError

    if isinstance(error, OperationalError):
        text = str(error).strip()
        if "no such table" in text or "does not exist" in text:
            return f"The database is not ready ({text}). Run: linli migrate"
        return f"The database does not answer: {text}"
    return None
