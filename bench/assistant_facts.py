"""What the catalogue publishes, for the assistant's bench: loaded fresh, and kept apart to judge answers against it."""

from __future__ import annotations

import json
import re
import time
import unicodedata
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bench.running import Bench

if TYPE_CHECKING:
    from linli.services.assistant.answering import Reply

EVERY_NTH = 8  # of the imported records, in a quick run, besides those asked for
LISTED = re.compile(r"^\d+[.、]\s*", re.MULTILINE)  # the place in a list is no fact
NUMBER = re.compile(r"https?://\S+|\d+(?:\.\d+)?|[〇零一二三四五六七八九十百千万两]+(?=[个天日元年月岁份周页张寸%时次])")


def plain(name: str) -> str:
    """A name as it is compared: without spaces, brackets of one width."""
    return "".join(name.split()).replace("（", "(").replace("）", ")")


def load(bench: Bench, records: Path | None, wanted: set[str]) -> None:
    """The shipped catalogue, and the records of a JSONL file; in a quick run only some of them."""
    from linli.services.gov.actions.importing import import_records
    from linli.services.gov.actions.loading import load as load_shipped

    began = time.perf_counter()
    load_shipped()
    if records is not None:
        lines = records.read_text("utf-8").splitlines()
        if bench.quick:
            lines = [line for at, line in enumerate(lines)
                     if at % EVERY_NTH == 0 or plain(json.loads(line)["TASK_NAME"]) in wanted]
            bench.note(f"quick: {len(lines)} of the imported records")
        report = import_records(lines)
        bench.note(f"imported: {report.counts['new']} items, {report.counts['broken']} records not understood")
    bench.figure("load_s", time.perf_counter() - began)


def numbers(text: str) -> set[str]:
    """The numbers, addresses of the web and counted Chinese numerals of a text; 08 and 8 are the same."""
    found = NUMBER.findall(LISTED.sub("", unicodedata.normalize("NFKC", text)))
    return {one if one.startswith("http") else one.lstrip("0") or "0" for one in found}


@dataclass(frozen=True)
class Facts:
    """`documents`: all published words of a group, its wordings too; `texts`: the published fields alone; `sources`:
    the numbers of the record or the folder that a group was made from."""

    titles: frozenset[str]
    title_of: dict[str, str]
    documents: dict[str, str]
    texts: dict[str, frozenset[str]]
    sources: dict[str, frozenset[str]]

    @classmethod
    def read(cls, records: Path | None) -> Facts:
        from linli.mechanisms.knowledge.models import IndexedUnit

        titles: dict[str, str] = {}
        words: defaultdict[str, list[str]] = defaultdict(list)
        texts: defaultdict[str, set[str]] = defaultdict(set)
        for row in IndexedUnit.objects.order_by("group", "key"):
            unit = row.unit
            if unit.group not in titles:
                titles[unit.group] = plain(unit.title)
                words[unit.group].append(unit.title)
            words[unit.group] += [*unit.wordings, unit.text]
            texts[unit.group] |= {unit.text, unit.title, unit.source, unit.version, unit.checked_on}
        sources = _sources(records)
        return cls(frozenset(titles.values()), titles, {name: "\n".join(parts) for name, parts in words.items()},
                   {name: frozenset(parts) for name, parts in texts.items()},
                   {group: frozenset(sources[title]) for group, title in titles.items() if title in sources})

    def invented(self, reply: Reply) -> set[str]:
        """The numbers of an answer that no published field of the groups it shows has."""
        published = {text for group in (reply.group, *reply.groups) for text in self.texts.get(group, ())}
        return numbers(reply.text) - set().union(*map(numbers, published))

    def not_in_source(self, reply: Reply) -> set[str]:
        """The numbers of an answer that the record or folder behind its group has not."""
        if reply.group not in self.sources:
            return set()
        return {one for one in numbers(reply.text) if one not in self.sources[reply.group]}


def _sources(records: Path | None) -> dict[str, set[str]]:
    """Numbers by name, of what the catalogue was made from and not of what it made of it."""
    from linli.services.gov.models import BundleVersion, ItemKind, ItemVersion

    found: defaultdict[str, set[str]] = defaultdict(set)
    for version in ItemVersion.objects.filter(item__kind=ItemKind.SHIPPED).select_related("item"):
        found[plain(version.item.name)] |= _of_body(version.body)
    for union in BundleVersion.objects.select_related("bundle"):
        found[plain(union.bundle.name)] |= _of_body(union.body)
    for line in records.read_text("utf-8").splitlines() if records else ():
        found[plain(json.loads(line)["TASK_NAME"])] |= numbers(line)
    return found


def _of_body(body: dict[str, Any]) -> set[str]:
    """All numbers of a folder's data; an amount in cents may be told in yuan."""
    found = numbers(json.dumps(body, ensure_ascii=False))
    return found | {f"{cents / 100:g}" for cents in _amounts(body)} | {f"{cents / 100:.2f}" for cents in _amounts(body)}


def _amounts(given: Any, name: str = "") -> Iterator[int]:
    if isinstance(given, dict):
        for key, value in given.items():
            yield from _amounts(value, str(key))
    elif isinstance(given, list):
        for value in given:
            yield from _amounts(value, name)
    elif isinstance(given, int) and "cents" in name:
        yield given
