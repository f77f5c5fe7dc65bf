"""Names of topics and filters (MQTT 5 §4.7)."""

from __future__ import annotations


def is_filter(text: str) -> bool:
    """Whether `text` is a well-formed filter: `+` fills a level, `#` is the whole last level."""
    if not text:
        return False
    levels = text.split("/")
    return all(
        ("+" not in level or level == "+") and ("#" not in level or (level == "#" and number == len(levels) - 1))
        for number, level in enumerate(levels))


def matches(wanted: str, topic: str) -> bool:
    """Whether a message on `topic` belongs to the filter `wanted`; `$…` topics need a filter that names them."""
    if topic.startswith("$") and wanted[:1] in {"+", "#"}:
        return False
    asked, given = wanted.split("/"), topic.split("/")
    for number, level in enumerate(asked):
        if level == "#":
            return True
        if number >= len(given) or level not in {"+", given[number]}:
            return False
    return len(asked) == len(given)


def fixed_part(wanted: str) -> str:
    """What stands before the first wildcard of a filter."""
    return min((wanted.partition(sign)[0] for sign in "+#"), key=len)
