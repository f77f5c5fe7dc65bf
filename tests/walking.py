"""Every address of the house, with real things of the demo community in the place of its parameters."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from itertools import product
from pathlib import Path
from typing import Any
from urllib.parse import unquote_to_bytes

import yaml
from django.apps import apps
from django.db import connection, transaction
from django.template import loader
from django.test import Client, RequestFactory
from django.test.client import BOUNDARY, MULTIPART_CONTENT, ClientHandler, FakePayload, encode_multipart
from django.urls import NoReverseMatch, URLPattern, URLResolver, get_resolver, reverse

TABLE = Path(__file__).with_name("grants.yaml")
ROWS_OF_A_MODEL = 2  # so many of the oldest and of the newest
ADDRESSES_OF_A_VIEW = 6


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

    def urls(self, address: Address) -> list[str]:
        """Some addresses of the view; empty if no value fits its parameters."""
        if not address.parameters:
            return [reverse(address.name)]
        label = address.name.partition(":")[0]
        values = [self._values(label, address.route, parameter) for parameter in address.parameters]
        found = []
        for row in product(*values):
            try:
                found.append(reverse(address.name, kwargs=dict(zip(address.parameters, row, strict=True))))
            except NoReverseMatch:
                continue
        # The first and the last rows are different people's; what lies between tells nothing more.
        half = ADDRESSES_OF_A_VIEW // 2
        return found if len(found) <= 2 * half else [*found[:half], *found[-half:]]

    def _values(self, label: str, route: str, parameter: str) -> Sequence[Any]:
        alternatives = re.search(rf"\(\?P<{parameter}>([a-z_|]+)\)", route)
        if alternatives:
            return alternatives[1].split("|")
        known = self._known.get(f"{label}.{parameter}", self._known.get(parameter))
        return known if known is not None else self._keys(label)

    @cached_property
    def _known(self) -> dict[str, Sequence[Any]]:
        """Parameters that are no row's key; a room's own meaning of a name is `label.name`."""
        from linli.foundation.areas.models import Area
        from linli.foundation.policy.shipped import rules
        from linli.mechanisms.cases.models import Case
        from linli.services.gov.models import Application, Bundle, LocalDraft, ServiceItem

        waiting = LocalDraft.objects.filter(state="waiting").order_by("pk")
        handed_in = Application.objects.exclude(number="")
        numbers = list(Case.objects.exclude(number="").order_by("pk").values_list("number", flat=True))
        return {
            "number": [*numbers[:3], *numbers[-3:]],
            "key": sorted(rules())[:2], "way": ["approve", "reject", "withdraw"],
            "kind": ["job", "event", "delivery"], "token": ["forged-token-of-nobody"], "size": [1],
            "code": list(Area.objects.filter(level="community").values_list("code", flat=True)),
            "gov.slug": [*waiting.values_list("item__slug", flat=True)[:1],
                         *ServiceItem.objects.order_by("kind", "pk").values_list("slug", flat=True)[:2],
                         *Bundle.objects.order_by("pk").values_list("slug", flat=True)[:2]],
            "gov.number": list(handed_in.order_by("pk").values_list("number", flat=True)[:3]),
            "gov.draft": list(waiting.values_list("pk", flat=True)[:1]), "gov.before": [1], "gov.after": [1, 0],
            "verb": ["extend", "park", "escalate", "supervise"], "name": ["accept", "take", "finish", "close", "rate"],
        }

    def _keys(self, label: str) -> list[Any]:
        models = list(apps.get_app_config(label).get_models()) if label in apps.app_configs else []
        if not models:  # a shell shows the things of the mechanisms
            models = list(apps.get_app_config("cases").get_models())
        found: list[Any] = []
        for model in models:
            rows = model._default_manager.order_by("pk").values_list("pk", flat=True)
            found += [*rows[:ROWS_OF_A_MODEL], *rows.reverse()[:ROWS_OF_A_MODEL]]
        return list(dict.fromkeys(found))


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


class Door:
    """One person who asks, signed in once, past the browser: the test client copies what each template was given.

    `ask` notes whether the audit log grew, and undoes what was done, the sign-out too.
    """

    _handler = ClientHandler(enforce_csrf_checks=False)
    _factory = RequestFactory(headers={"accept-language": "zh-CN"})

    def __init__(self, role: str, person: Any) -> None:
        self.role = role
        client = Client()
        if person is not None:
            client.force_login(person, backend="linli.foundation.people.backends.PersonBackend")
        self._cookies = "; ".join(f"{name}={morsel.value}" for name, morsel in client.cookies.items())

    def ask(self, method: str, name: str, url: str) -> Answer:
        path, _mark, query = url.partition("?")
        # A form that was sent empty; the API takes it for broken JSON, and says so before it looks who asks.
        body = encode_multipart(BOUNDARY, {}) if method == "POST" else b""
        with transaction.atomic():
            before = _newest_audit()
            given = self._handler(self._factory._base_environ(
                PATH_INFO=unquote_to_bytes(path).decode("latin-1"), REQUEST_METHOD=method, QUERY_STRING=query,
                HTTP_COOKIE=self._cookies, CONTENT_TYPE=MULTIPART_CONTENT if body else "",
                CONTENT_LENGTH=str(len(body)), **{"wsgi.input": FakePayload(body)}))
            status = _read_to_the_end(given)
            grown = _newest_audit() - before
            transaction.set_rollback(True)
        return Answer(self.role, method, name, url, status, given.headers.get("Location", ""), grown)


def _read_to_the_end(given: Any) -> int:
    """The status, 500 where a stream breaks on its way. A stream that is closed unread takes the connection along."""
    if given.streaming:
        try:
            for _part in given.streaming_content:
                pass
        except Exception:  # whatever it is, the reader has half a file
            return 500
    return int(given.status_code)


@contextmanager
def undrawn(off: bool) -> Iterator[None]:
    """Views answer without drawing their page: as they do, at a third of the cost."""
    whole = loader.render_to_string
    if off:
        loader.render_to_string = lambda *_facts, **_more: ""
    try:
        yield
    finally:
        loader.render_to_string = whole


def _newest_audit() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT max(id) FROM audit_auditentry")
        return int(cursor.fetchone()[0] or 0)


NEXT_DOOR = {
    "neighbouring_resident": "resident", "neighbouring_worker": "worker", "neighbouring_property": "property_desk",
}


class Table:
    """`grants.yaml`: view → the roles that may be let in, for reading and for writing."""

    def __init__(self, roles: Iterable[str], known: Iterable[Address]) -> None:
        raw = yaml.safe_load(TABLE.read_text("utf-8"))
        self.roles = frozenset(roles)
        self.groups: dict[str, frozenset[str]] = {"anyone": self.roles, "nobody": frozenset()}
        waiting = dict(raw["groups"])
        while waiting:  # a group may name another, in any order
            ready = {name: text for name, text in waiting.items() if not set(text.split()) & (waiting.keys() - {name})}
            if not ready:
                raise AssertionError(f"grants.yaml: these groups name each other: {sorted(waiting)}")
            for name, text in ready.items():
                self.groups[name] = self._resolve(text)
                del waiting[name]
        self.reading_is_recorded = frozenset(raw["reading_is_recorded"])
        of_all = {address.name for address in known if not address.parameters}
        self.views: dict[str, tuple[frozenset[str], frozenset[str]]] = {}
        for name, entry in raw["views"].items():
            both = entry if isinstance(entry, dict) else {"get": entry, "post": entry}
            get, post = self._resolve(both.get("get", "nobody")), self._resolve(both.get("post", "nobody"))
            self.views[name] = (_next_door(get), _next_door(post)) if name in of_all else (get, post)

    def _resolve(self, members: str) -> frozenset[str]:
        found: set[str] = set()
        for member in members.split():
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


def draft(answers: Iterable[Answer], table: Table) -> str:
    """Who was let in beyond the table, as lines to read one by one and then, perhaps, to put into it."""
    found: dict[str, dict[str, set[str]]] = {}
    for answer in answers:
        doors = found.setdefault(answer.name, {"get": set(), "post": set()})
        if answer.let_in and not table.allows(answer):
            doors[answer.method.lower()].add(answer.role)
    return "".join(
        f"  {name}: {{get: {_said(doors['get'])}, post: {_said(doors['post'])}}}\n"
        for name, doors in sorted(found.items()) if name not in table.views or doors["get"] or doors["post"])


def _said(roles: set[str]) -> str:
    return " ".join(sorted(roles)) or "nobody"


def _next_door(roles: frozenset[str]) -> frozenset[str]:
    return roles | {theirs for theirs, ours in NEXT_DOOR.items() if ours in roles}
