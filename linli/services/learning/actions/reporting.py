"""Told at the window: what somebody began online and could not finish there."""

from __future__ import annotations

from django.db.transaction import atomic
from django.utils.translation import gettext as _

from linli.foundation import audit
from linli.foundation.areas.models import Area
from linli.foundation.people.models import Person
from linli.foundation.people.permit import permit
from linli.foundation.web import Refused
from linli.services.learning.models import Band, Stuck


@atomic
def note_stuck(person: Person, area: Area, *, page: str, step: str, band: str = Band.UNKNOWN) -> Stuck:
    """The page, the step and the age band; never who. Raises `Denied`, `Refused`: no_page, no_step."""
    permit(person, "learning.note_stuck", area)
    if not page.strip():
        raise Refused("no_page", _("请选是哪一页。"), field="page")
    if len(step.strip()) < 2:
        raise Refused("no_step", _("请写卡在哪一步，例如：上传照片。"), field="step")
    row: Stuck = Stuck.objects.create(
        area=area, page=page.strip()[:60], step=step.strip()[:80], noted_by=person,
        band=band if band in Band.values else Band.UNKNOWN)
    audit.record(person, "learning.note_stuck", row, page=row.page)
    return row
