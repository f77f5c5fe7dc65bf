"""The two ways an action says no, and nothing else; both are answered once, in the middleware."""

from __future__ import annotations

from typing import Any

from django.utils.functional import Promise


class Refused(Exception):  # noqa: N818 - reads as a sentence: "raises Refused"
    """Something the person can mend: a stable `code` and a sentence that says what to do.

    `field` names the form field the sentence belongs to, when it belongs to one.
    `data` goes into the problem+json answer of the API.
    """

    def __init__(self, code: str, sentence: str | Promise, *, field: str | None = None, **data: Any) -> None:
        super().__init__(code)
        self.code = code
        self.sentence = sentence
        self.field = field
        self.data = data


class Denied(Exception):  # noqa: N818
    """What this person may not do. Becomes 404, or 403 where the object itself is visible to them."""

    def __init__(self, verb: str, *, visible: bool = False) -> None:
        super().__init__(verb)
        self.verb = verb
        self.visible = visible
