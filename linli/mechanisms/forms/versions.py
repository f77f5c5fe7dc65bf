"""Numbered versions of a form: the same content is the same version, anything else the next number."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db.models import Max
from django.db.transaction import atomic

from linli.foundation.areas.models import Area
from linli.foundation.people.models import Person
from linli.mechanisms.forms.definition import digest_of, parse
from linli.mechanisms.forms.models import OWN_ROOM, Form, FormVersion


@atomic
def keep(key: str, body: Mapping[str, Any], *, room: str, title: str = "", area: Area | None = None,
         parameters: Mapping[str, Any] | None = None, by: Person | None = None, agreed_by: Person | None = None,
         note: str = "") -> FormVersion:
    """The version of the form `key` with this content, made if there is none. Raises `BadForm`.

    For a service that publishes its forms by its own rules; the desk's go through `actions.publish`.
    """
    data = {**body, "key": key}
    given = dict(parameters or {})
    definition = parse(data, parameters=given)
    digest = digest_of({"body": data, "parameters": given})
    form, _is_new = Form.objects.get_or_create(
        key=key, defaults={"room": room, "area": area, "title": (title or definition.title)[:80]})
    form = Form.objects.select_for_update().get(pk=form.pk)
    same = form.versions.filter(digest=digest).order_by("-number").first()
    if same is not None and (room != OWN_ROOM or same.number == _newest(form)):
        return same
    version = FormVersion.objects.create(
        form=form, number=_newest(form) + 1, body=data, parameters=given, digest=digest, note=note[:200],
        made_by=by, agreed_by=agreed_by)
    if form.title != definition.title[:80]:
        form.title = definition.title[:80]
        form.save(update_fields=["title"])
    return version


def _newest(form: Form) -> int:
    return int(form.versions.aggregate(most=Max("number"))["most"] or 0)
