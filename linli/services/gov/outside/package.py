"""What a department is told of an application: made once, in the transaction that hands it in, and never again."""

from __future__ import annotations

import json
from typing import Any

from linli.foundation.calendar.clock import now
from linli.mechanisms.forms import union
from linli.services.gov.letters.forms import form_of

FORMAT = "linli.application/1"


def packed(application: Any, what: str, key: str) -> str:
    """The body as canonical JSON (sorted keys, no spaces): the same bytes at every attempt."""
    body = application.version.body
    told: dict[str, Any] = {
        "format": FORMAT, "key": key, "what": what, "number": application.number, "at": now().isoformat(),
        "area": application.area.code, "channel": application.channel,
        "item": {"code": body["local"].get("code") or body["base"]["code"], "name": body["base"]["name"],
                 "version": application.version.number},
    }
    if what != "withdrawn":  # who takes it back sends nothing of himself again
        told["subject"] = _subject(application)
        told["acted_for"] = application.actor_id != application.subject_id
        told["values"] = _values(application)
        told["materials"] = [{"key": row["key"], "name": row["name"]} for row in body["local"].get("materials", ())]
    return json.dumps(told, ensure_ascii=False, sort_keys=True, separators=(",", ":"), default=str)


def _subject(application: Any) -> dict[str, str]:
    person = application.subject
    if person is None:
        return {"name": application.contact_name or "", "phone": application.contact_phone or ""}
    return {"name": person.name, "phone": person.phone or ""}


def _values(application: Any) -> dict[str, Any]:
    """The answers; of a bundle only the share of this item."""
    if application.sheet is not None:
        return dict(application.sheet.values)
    filing = application.filing
    definition = form_of(application.version)
    if filing is None or filing.sheet is None or definition is None:
        return {}
    return dict(union.values_for(definition, filing.sheet.values))
