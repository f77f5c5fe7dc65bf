"""Which values may stand in for one another: the same JSON type, all the way down."""

from __future__ import annotations

import math
from typing import Any


class Misshapen(ValueError):  # noqa: N818 - read after "raises"
    """A value of the wrong JSON type; its text says which was expected, in English, for files and logs."""

    def __init__(self, text: str, *, expected: str = "", path: str = "") -> None:
        super().__init__(text)
        self.expected = expected
        self.path = path


def json_type(value: Any) -> str:
    """null, boolean, integer, number, text, list or object. Raises `Misshapen` for what JSON does not have."""
    match value:
        case None:
            return "null"
        case bool():
            return "boolean"
        case int():
            return "integer"
        case float():
            if not math.isfinite(value):
                raise Misshapen(f"{value} is no number that JSON can write")
            return "number"
        case str():
            return "text"
        case list():
            for item in value:
                json_type(item)
            return "list"
        case dict():
            for name, item in value.items():
                if not isinstance(name, str):
                    raise Misshapen(f"{name!r} must be a text: quote it")
                json_type(item)
            return "object"
        case _:
            raise Misshapen(f"{value!r} is no JSON value: quote dates and times")


def require_shape(model: Any, value: Any, *, since: str = "", path: str = "") -> None:
    """Raise `Misshapen` unless `value` can be read wherever `model` is.

    An integer may stand where a number does, not the reverse. A list's items follow the model's first
    item; an object needs every name of the model's, so that code which reads it finds them.
    """
    expected, got = json_type(model), json_type(value)
    at = f"{path} " if path else ""
    when = f" ({since})" if since else ""
    if got != expected and not (expected == "number" and got == "integer"):
        raise Misshapen(f"{at}is {got}, expected {expected}{when}", expected=expected, path=path)
    if expected == "list" and model:
        for index, item in enumerate(value):
            require_shape(model[0], item, since=since, path=f"{path}[{index}]")
    if expected == "object":
        for name, item in model.items():
            if name not in value:
                raise Misshapen(f"{path}{name} is missing{when}", expected=json_type(item), path=f"{path}{name}")
            require_shape(item, value[name], since=since, path=f"{path}{name}")
