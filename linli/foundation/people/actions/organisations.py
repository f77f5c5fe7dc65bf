"""Bodies that answer for things."""

from __future__ import annotations

from django.db import IntegrityError
from django.db.transaction import atomic
from django.utils.translation import gettext as _

from linli.foundation import audit
from linli.foundation.areas.models import Area
from linli.foundation.events import emit
from linli.foundation.people.models import Organisation, OrganisationKind, Person
from linli.foundation.people.permit import permit
from linli.foundation.web.refusals import Refused


@atomic
def save_organisation(person: Person, *, area: Area, name: str, kind: str, phone: str = "",
                      organisation: Organisation | None = None) -> Organisation:
    """Add a body to `area`, or change one. Raises `Denied`, `Refused("name_taken")`."""
    permit(person, "people.manage_organisation", area)
    if kind not in OrganisationKind.values:
        raise Refused("kind_missing", _("请选类型。"), field="kind")
    if organisation is None:
        body, verb = Organisation(), "people.add_organisation"
    else:
        permit(person, "people.manage_organisation", organisation)
        body, verb = Organisation.objects.select_for_update().get(pk=organisation.pk), "people.change_organisation"
    body.area, body.name, body.kind, body.phone, body.is_active = area, name.strip(), kind, phone.strip(), True
    try:
        with atomic():
            body.save(force_insert=organisation is None)
    except IntegrityError:
        raise Refused("name_taken", _("这个地方已经有同名的单位。"), field="name") from None
    audit.record(person, verb, body, kind=kind)
    emit("people.organisation_saved", organisation=body.pk)
    return body


@atomic
def close_organisation(person: Person, organisation: Organisation) -> Organisation:
    """It answers for nothing any more; its history stays."""
    permit(person, "people.manage_organisation", organisation)
    if not Organisation.objects.filter(pk=organisation.pk, is_active=True).update(is_active=False):
        raise Refused("ended", _("这个单位已经停用了。"))
    organisation.is_active = False
    audit.record(person, "people.close_organisation", organisation)
    emit("people.organisation_saved", organisation=organisation.pk)
    return organisation
