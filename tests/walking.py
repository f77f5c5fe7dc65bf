"""Every address of the house, with real things of the demo community in the place of its parameters."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import islice, product
from pathlib import Path
from typing import Any

import yaml
from django.apps import apps
from django.db import transaction
from django.test import Client
from django.urls import NoReverseMatch, URLPattern, URLResolver, get_resolver, reverse

TABLE = Path(__file__).with_name("grants.yaml")
ROWS_OF_A_MODEL = 4  # newest and oldest of each model: enough to meet one's own and somebody else's
ADDRESSES_OF_A_VIEW = 24


@dataclass(frozen=True)
class Address:
    """One view, by its name, with the converters of its parameters."""

    name: str
    route: str
    parameters: tuple[str, ...]


def addresses() -> list[Address]:
    """Every named view of the house."""
    return sorted(set(_walk(get_resolver().url_patterns, "", "")), key=lambda address: address.name)


def _walk(patterns: Iterable[URLPattern | URLResolver], namespace: str, route: str) -> Iterator[Address]:
    for pattern in patterns:
        here = route + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            inner = f"{namespace}{pattern.namespace}:" if pattern.namespace else namespace
            yield from _walk(pattern.url_patterns, inner, here)
        elif pattern.name:
            named = (*pattern.pattern.converters, *pattern.pattern.regex.groupindex)
            yield Address(f"{namespace}{pattern.name}", here, tuple(dict.fromkeys(named)))
        else:
            raise AssertionError(f"The address {here} has no name; `reverse` and the table of grants need one.")


class Examples:
    """Real values for the parameters of addresses, from the rows of the room the address belongs to."""

    def __init__(self, given: Mapping[str, list[dict[str, Any]]]) -> None:
        self.given = given

    def urls(self, address: Address) -> list[str]:
        """Some addresses of the view; empty if no value fits its parameters."""
        if not address.parameters:
            return [reverse(address.name)]
        if address.name in self.given:
            choices: Iterable[dict[str, Any]] = self.given[address.name]
        else:
            values = [self._values(address, parameter) for parameter in address.parameters]
            choices = (dict(zip(address.parameters, row, strict=True)) for row in product(*values))
        found = []
        for choice in islice(choices, ADDRESSES_OF_A_VIEW * 10):
            try:
                found.append(reverse(address.name, kwargs=choice))
            except NoReverseMatch:
                continue
        return found[:ADDRESSES_OF_A_VIEW]

    def _values(self, address: Address, parameter: str) -> list[Any]:
        alternatives = re.search(rf"\(\?P<{parameter}>([a-z_|]+)\)", address.route)
        if alternatives:
            return alternatives[1].split("|")
        if parameter == "number":
            return self._numbers
        if parameter == "key":
            return self._policy_keys
        if parameter in {"pk", "id"} or parameter.endswith(("_id", "_pk")) or parameter in self._models:
            return self._keys(address.name.partition(":")[0], parameter)
        return self.given.get(parameter, [{"": "x"}]) and [row[""] for row in self.given.get(parameter, [{"": "x"}])]

    def _keys(self, label: str, parameter: str) -> list[Any]:
        model = self._models.get(parameter)
        models = (
            [model] if model else list(apps.get_app_config(label).get_models()) if label in apps.app_configs else []
        )
        if not models or label in {"api", "portal", "desk"}:
            models = models or []
            models += list(apps.get_app_config("cases").get_models())
        found: list[Any] = []
        for one in models:
            rows = one._default_manager.order_by("pk").values_list("pk", flat=True)
            found += [*rows[: ROWS_OF_A_MODEL // 2], *rows.reverse()[: ROWS_OF_A_MODEL // 2]]
        return list(dict.fromkeys(found))

    @cached_property
    def _models(self) -> dict[str, Any]:
        return {model._meta.model_name or "": model for model in apps.get_models() if "linli" in model.__module__}

    @cached_property
    def _numbers(self) -> list[str]:
        case = self._models.get("case")
        if case is None:
            return []
        rows = case._default_manager.exclude(number="").order_by("pk").values_list("number", flat=True)
        return [*rows[:6], *rows.reverse()[:6]]

    @cached_property
    def _policy_keys(self) -> list[str]:
        from linli.foundation.policy import catalogue

        names = getattr(catalogue, "keys", None) or getattr(catalogue, "known", None)
        return sorted(names())[:3] if callable(names) else []


@dataclass(frozen=True)
class Answer:
    """How one address answered one role."""

    role: str
    method: str
    name: str
    url: str
    status: int
    to: str = ""
    wrote: int = 0

    @property
    def let_in(self) -> bool:
        """Was the person let past the door? A redirect to sign-in, 403, 404, 405 and 429 are closed doors."""
        if self.method == "GET":
            return self.status == 200
        return (self.status < 400 and "/sign-in/" not in self.to) or self.status in {409, 422} or self.wrote > 0


def ask(client: Client, role: str, method: str, name: str, url: str) -> Answer:
    """Ask, note whether the audit log grew, and undo what it did."""
    from linli.foundation.audit.models import AuditEntry

    with transaction.atomic():
        before = AuditEntry.objects.count()
        given: Any = client.get(url) if method == "GET" else client.post(url)
        grown = AuditEntry.objects.count() - before
        if getattr(given, "streaming", False):
            given.close()
        transaction.set_rollback(True)
    return Answer(role, method, name, url, given.status_code, given.headers.get("Location", ""), grown)


class Table:
    """`grants.yaml`: view → the roles that may be let in, for reading and for writing."""

    def __init__(self, roles: Iterable[str]) -> None:
        raw = yaml.safe_load(TABLE.read_text("utf-8"))
        self.roles = frozenset(roles)
        self.groups: dict[str, frozenset[str]] = {
            "anyone": self.roles,
            "nobody": frozenset(),
            "signed_in": self.roles - {"anonymous"},
        }
        for name, members in raw["groups"].items():
            self.groups[name] = self._resolve(members)
        self.views: dict[str, tuple[frozenset[str], frozenset[str]]] = {}
        for name, entry in raw["views"].items():
            both = entry if isinstance(entry, dict) else {"get": entry, "post": entry}
            self.views[name] = (self._resolve(both.get("get", "nobody")), self._resolve(both.get("post", "nobody")))

    def _resolve(self, members: str | list[str]) -> frozenset[str]:
        found: set[str] = set()
        for member in members.split() if isinstance(members, str) else members:
            if member in self.groups:
                found |= self.groups[member]
            elif member in self.roles:
                found.add(member)
            else:
                raise AssertionError(f"grants.yaml names {member}, which is neither a role nor a group")
        return frozenset(found)

    def allows(self, answer: Answer) -> bool:
        get, post = self.views.get(answer.name, (frozenset(), frozenset()))
        return answer.role in (get if answer.method == "GET" else post)
