"""A bundle as one: its union form, and whose turn it is when some of its items are done."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from linli.mechanisms.forms.definition import Definition
from linli.mechanisms.forms.models import FormVersion
from linli.mechanisms.forms.union import union
from linli.services.gov.models import BundleVersion, ItemVersion


def form(bundle: BundleVersion, rows: Sequence[ItemVersion]) -> Definition:
    """The one form of these versions, each element asked once. Raises `BadForm`."""
    kept = {row.pk: row for row in FormVersion.objects.filter(pk__in=[one.form_version for one in rows])}
    definitions = [kept[one.form_version].definition for one in rows if one.form_version in kept]
    body = bundle.body
    return union(definitions, key=f"gov.bundle.{bundle.bundle.slug}", title=str(body["name"]),
                 title_en=str(body.get("name_en") or ""), order=[str(one) for one in body.get("pages") or []])


def ready(body: Mapping[str, Any], done: set[str]) -> set[str]:
    """The members whose turn has come: those that wait for nothing that is not `done`."""
    return {str(one["item"]) for one in body["members"] if set(one.get("after") or []) <= done}
