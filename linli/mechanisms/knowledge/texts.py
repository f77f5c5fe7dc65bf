"""Words as terms: cut by a dictionary, as pairs of characters, and one by one, so that two-letter words are found."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path

import rjieba
import yaml

_BLANK = re.compile(r"\s+")
_WORDS = Path(__file__).with_name("words")
_RUNS = re.compile(r"[\u4e00-\u9fff]+|[a-z0-9]+")
# Characters that say nothing alone; within a word or a pair they stay.
_STOP_CHARS = frozenset(
    "的了吗呢吧啊呀嘛么得地着我您你他她它们请想要该就都也很"
    "把给让被跟和与及或在是有怎何什啥咋问些个一")


def even(text: str) -> str:
    """One spelling for the same characters: narrow, lower case, single blanks."""
    return _BLANK.sub(" ", unicodedata.normalize("NFKC", text)).strip().lower()


def subject_of(text: str) -> str:
    """`text` without the words that only make it a question; the whole of it where nothing else would be left.

    Whole words are left out, never characters: 不动产 and 社会 stay what they are.
    """
    plain = even(text)
    asking = _asking()
    # False: no guessed words, which glue 能 to 领.
    kept = "".join(" " if word in asking else word for word in rjieba.cut(plain, False))
    kept = _BLANK.sub(" ", kept).strip()
    return kept if len(re.sub(r"\W", "", kept)) >= 2 else plain


@cache
def _asking() -> frozenset[str]:
    rows = yaml.safe_load((_WORDS / "asking.yaml").read_text(encoding="utf-8"))
    return frozenset(word for row in rows for word in row.split())


def widened(text: str) -> str:
    """A question's subject with what papers write beside what people say (words/synonyms.yaml), each once."""
    words, pattern = _synonyms()
    found = dict.fromkeys(words[hit] for hit in pattern.findall(text))
    return " ".join([text, *(word for word in found if word not in text)])


@cache
def _synonyms() -> tuple[Mapping[str, str], re.Pattern[str]]:
    rows = yaml.safe_load((_WORDS / "synonyms.yaml").read_text(encoding="utf-8"))
    words = {even(str(said)): str(written) for said, written in rows.items()}
    return words, re.compile("|".join(re.escape(word) for word in sorted(words, key=len, reverse=True)))


def terms(text: str) -> Iterator[str]:
    """Terms of a subject, each with its sort in front: `w` a word, `b` two characters, `c` one."""
    for run in _RUNS.findall(even(text)):
        if run.isascii():
            yield "w" + run
            continue
        for word in rjieba.cut_for_search(run, False):
            if len(word) > 1:
                yield "w" + word
        for at in range(len(run) - 1):
            yield "b" + run[at:at + 2]
        for char in run:
            if char not in _STOP_CHARS:
                yield "c" + char


SORTS = ("w", "b", "c")
