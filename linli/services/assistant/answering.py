"""Words in, an answer made of published fields out: the policy gate, then the index, then the field that was asked for.

Nothing is written here and no person is known: `actions` keeps the conversation. No number, date, fee or telephone of
an answer comes from anywhere but a published field (or, for emergencies, from the gate's dated rules).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Literal

from django.utils.translation import get_language, gettext as _

from linli.foundation.calendar.clock import today
from linli.foundation.policy import policy
from linli.mechanisms.knowledge import Unit, search
from linli.mechanisms.knowledge.aspects import aspect_of
from linli.mechanisms.knowledge.searching import Found, Hit, group_of
from linli.services.assistant import gate

Kind = Literal["answer", "choices", "decline", "refuse", "sos", "refer", "complaint", "person", "greeting"]
WORDS_MAX = 300


@dataclass(frozen=True)
class Reply:
    """An answer. `text` is every word of it; `spans` are the published texts it was made of; `hits` the best groups.

    `call` are telephone numbers of the gate's rule, `acts` its offers (gate.ACTS) or the units' (label, address).
    """

    kind: Kind
    text: str
    aspect: str = "what"
    group: str = ""
    groups: tuple[str, ...] = ()
    hits: tuple[Hit, ...] = ()
    units: tuple[Unit, ...] = ()
    gate: str = ""
    call: tuple[str, ...] = ()
    offers: tuple[str, ...] = ()
    acts: tuple[tuple[str, str], ...] = ()
    source: str = ""
    version: str = ""
    checked_on: str = ""
    unchecked: bool = False
    url: str = ""
    title: str = ""
    asked_for: bool = True  # the field is the one that was asked for, not the next best
    ai: bool = False
    p_first: float = 0.0

    @property
    def spans(self) -> tuple[str, ...]:
        return tuple(part for unit in self.units for part in (unit.text, unit.title, unit.source, unit.version) if part)


def reply(words: str, *, area_code: str = "", dense: bool = True, phrase: bool = True) -> Reply:
    """The answer to `words` for somebody of `area_code`. Reads only.

    `dense` False leaves meaning out; `phrase` False leaves a configured endpoint out.
    """
    words = words.strip()[:WORDS_MAX]
    ruled = gate.judge(words, gate.in_force(area_code))
    if ruled is not None:
        return replace(_by_rule(ruled), aspect=aspect_of(words))
    found = search(words, area_code=area_code, limit=_choices(), dense=dense)
    weak = gate.judge(words, gate.in_force(area_code, gate.AFTERWARDS.get(found.kind, ())))
    if weak is not None:
        return replace(_by_rule(weak), aspect=found.aspect, hits=found.hits)
    if phrase:
        from linli.services.assistant import endpoint

        if endpoint.is_on():
            return endpoint.phrased(words, found, from_found(found), area_code=area_code)
    return from_found(found)


def from_found(found: Found) -> Reply:
    """The default answer to what was found: one card, three choices, or an honest word."""
    if found.kind == "sure" and found.hits[0].units:
        return replace(about(found.hits[0], found.aspect), hits=found.hits, p_first=found.p_first,
                       groups=tuple(hit.group for hit in found.hits))
    if found.kind in ("sure", "likely"):
        return Reply("choices", _("您要问的是下面哪一件？"), found.aspect, hits=found.hits,
                     groups=tuple(hit.group for hit in found.hits), p_first=found.p_first)
    return Reply("decline", _("这个我不知道，公布的内容里没有找到。可以换个说法再问，也可以找人工。"), found.aspect,
                 hits=found.hits, offers=("person",), p_first=found.p_first)


def about(hit: Hit, aspect: str) -> Reply:
    """The published field of one group; the next best one where that field does not exist, and it is said."""
    unit = hit.unit(aspect)
    if unit is None:
        return Reply("decline", _("这件事公布的内容里没有写。可以找人工问。"), aspect, offers=("person",))
    acts = tuple(dict.fromkeys(act for one in hit.units for act in one.acts))
    return Reply(
        "answer", unit.text, aspect, group=hit.group, groups=(hit.group,), hits=(hit,), units=(unit,), acts=acts,
        source=unit.source, version=unit.version, checked_on=unit.checked_on, unchecked=hit.unchecked,
        url=unit.url or hit.url, title=hit.title, asked_for=unit.aspect == aspect)


def of_group(group: str, aspect: str, *, area_code: str = "") -> Reply | None:
    """The answer for a group that somebody chose from three; None where it is not there, or not for that place."""
    hit = group_of(group, area_code=area_code)
    return about(hit, aspect) if hit is not None else None


def _by_rule(ruled: gate.Ruled) -> Reply:
    kind: Any = ruled.kind
    return Reply(kind, ruled.sentence(get_language() or "zh"), gate=ruled.code, call=ruled.call, offers=ruled.acts)


def _choices() -> int:
    return int(policy("assistant.choices", on=today()))
