"""Words that mean: telephone first. Found before anything is sent, shown first, and kept with the case."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import get_language

from linli.foundation.calendar.clock import today
from linli.foundation.policy import policy

Group = Mapping[str, Any]


@dataclass(frozen=True)
class Emergency:
    """What was found: the groups' codes, the words, whom to call (in order), what to do, and whether it is private."""

    codes: tuple[str, ...]
    words: tuple[str, ...]
    call: tuple[str, ...]
    says: tuple[str, ...]
    private: bool

    def told(self) -> dict[str, Any]:
        """As a case keeps it: the words were the person's own, so only their groups are written down."""
        return {"codes": list(self.codes), "call": list(self.call)}


def look_for(text: str, groups: Sequence[Group], *, language: str = "zh") -> Emergency | None:
    """The groups whose words stand in `text` outside their ordinary phrases; None where there are none."""
    codes: list[str] = []
    words: list[str] = []
    call: list[str] = []
    says: list[str] = []
    private = False
    for group in groups:
        rest = text
        for phrase in group["unless"]:
            rest = rest.replace(phrase, "　")
        hits = [word for word in group["words"] if word in rest]
        if not hits:
            continue
        codes.append(group["code"])
        words += hits
        call += [number for number in group["call"] if number not in call]
        says.append(group["say"].get(language) or group["say"]["zh"])
        private = private or bool(group["private"])
    return Emergency(tuple(codes), tuple(words), tuple(call), tuple(says), private) if codes else None


def lines(area_code: str) -> list[dict[str, Any]]:
    """Every group of the list in force there, for a page that shows the line while one types."""
    groups, english = policy("requests.emergency_words", on=today(), area=area_code), (
        get_language() or "").startswith("en")
    return [
        {"words": "|".join(group["words"]), "unless": "|".join(group["unless"]),
         "text": group["say"].get("en" if english else "zh") or group["say"]["zh"],
         "calls": [(number, number) for number in group["call"]]}
        for group in groups]


def found_in(text: str, area_code: str) -> Emergency | None:
    """As `look_for`, by the list in force for that place, in the reader's language."""
    groups = policy("requests.emergency_words", on=today(), area=area_code)
    return look_for(text, groups, language="en" if (get_language() or "").startswith("en") else "zh")
