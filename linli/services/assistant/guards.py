"""What a configured model may say: only what stands in the published text it was given. Pure functions.

Every sentence cites a span; every number, date, address, telephone in it stands in that span; it adds no word of
obligation or amount that is not there. What fails is not mended: the default answer is shown instead.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

_NUMBERS = re.compile(r"\d[\d,.:：/\-—–年月日%]*\d|\d")
_CHINESE = re.compile(
    r"[〇零一二两三四五六七八九十百千万亿]+(?=[天日个月年岁元块毛角分次份张人倍成号楼小时分钟周趟名件种条项%])"
    r"|第[〇零一二三四五六七八九十百]+")
_WORDY = re.compile(
    r"半(?:年|月|天|个月|价)|当(?:天|场|日)|次日|免费|不收费|全额|无需|不用|不需要|必须|一律|保证|一定|绝对|肯定")
_LINKS = re.compile(
    r"(?:https?://|www\.)[^\s，。；）)]+|[A-Za-z0-9._%+-]+@[A-Za-z0-9.-]+"
    r"|[A-Za-z0-9-]+\.(?:com|cn|net|org|gov|io|top|xyz)\b")
_MARKUP = re.compile(r"[<>{}\[\]`]|javascript:|!\(|\]\(")
_HANS = re.compile(r"[\u4e00-\u9fff]")
OVERLAP = 0.6  # of a sentence's pairs of characters must stand in its span: it rephrases, it does not add
SENTENCES_MAX, SENTENCE_CHARS = 6, 200


@dataclass(frozen=True)
class Sentence:
    """One sentence of a model with the number of the span it cites."""

    text: str
    span: int


def even(text: str) -> str:
    return unicodedata.normalize("NFKC", text)


def wrong_with(sentences: Sequence[Sentence], spans: Sequence[str]) -> str:
    """Why these sentences may not be shown (a code for the log); empty where they may."""
    if not sentences or len(sentences) > SENTENCES_MAX:
        return "count"
    for sentence in sentences:
        if not 0 <= sentence.span < len(spans):
            return "no_span"
        fault = _fault(even(sentence.text).strip(), even(spans[sentence.span]))
        if fault:
            return fault
    return ""


def _fault(text: str, span: str) -> str:
    if not text or len(text) > SENTENCE_CHARS:
        return "length"
    if _MARKUP.search(text):
        return "markup"
    plain = re.sub(r"\s", "", span)
    said = re.sub(r"\s", "", text)
    for name, pattern in (("number", _NUMBERS), ("number_in_words", _CHINESE), ("promise", _WORDY), ("link", _LINKS)):
        for found in pattern.findall(said):
            if not _stands(found, plain):
                return name
    if _overlap(said, plain) < OVERLAP:
        return "not_from_span"
    return ""


def _stands(part: str, span: str) -> bool:
    """Does `part` stand in the span as a whole: 5 does not stand in 15?"""
    pattern = re.escape(part)
    if part[0].isdigit():
        pattern = r"(?<![\d.])" + pattern
    if part[-1].isdigit():
        pattern += r"(?![\d]|\.\d)"
    return re.search(pattern, span) is not None


def _overlap(text: str, span: str) -> float:
    letters = [char for char in text if char.isalnum()]
    pairs = ["".join(pair) for pair in pairwise(letters)]
    plain = "".join(char for char in span if char.isalnum())
    return sum(pair in plain for pair in pairs) / len(pairs) if pairs else 1.0


def numbers_of(text: str) -> list[str]:
    """Every number, date and telephone of a text, as it is written (for measuring fidelity)."""
    return _NUMBERS.findall(re.sub(r"\s", "", even(text)))


def unfaithful(text: str, spans: Sequence[str]) -> list[str]:
    """The numbers of `text` that stand in none of `spans`."""
    plain = [re.sub(r"\s", "", even(span)) for span in spans]
    return [found for found in numbers_of(text) if not any(_stands(found, span) for span in plain)]


def chosen(answer: Mapping[str, object], count: int) -> int | None:
    """Which of `count` candidates a model picked; None for anything that is not one of them."""
    pick = answer.get("pick")
    return pick if isinstance(pick, int) and not isinstance(pick, bool) and 0 <= pick < count else None
