"""What follows from this room's events, and from the repair that an outage asked for."""

from __future__ import annotations

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from linli.foundation.notices import tell
from linli.foundation.people.models import Person, RoleAssignment
from linli.foundation.web import Refused
from linli.services.access.actions.outages import end_outage
from linli.services.access.models import (
    Fact,
    FactState,
    GuideRequest,
    GuideState,
    Outage,
    OutageState,
    Signing,
    SigningState,
)

MENDED = frozenset({"closed"})  # the state in which a repair is accepted, not merely said to be done


def on_fact_proposed(fact: int) -> None:
    """Those of the place who may check are told, once."""
    row = Fact.objects.select_related("facility", "area").filter(pk=fact).first()
    if row is None or row.state != FactState.PROPOSED:
        return
    for person in staff_of(row.area_code):
        tell(
            person,
            _("有人说「%(where)s」的情况和记的不一样，请核对。"),
            about=row,
            key=f"access.fact.{fact}",
            url=reverse("access:desk"),
            values={"where": row.facility.name},
        )


def on_fact_decided(fact: int) -> None:
    """Who proposed it reads what came of it."""
    row = Fact.objects.select_related("facility", "recorded_by").filter(pk=fact).first()
    if row is None or row.checked_by_id == row.recorded_by_id:
        return
    url = reverse("access:facility", args=[row.facility_id])
    if row.state == FactState.CONFIRMED:
        tell(
            row.recorded_by,
            _("您提的「%(where)s」核对过了，已经改好。谢谢您。"),
            about=row,
            key=f"access.decided.{fact}",
            url=url,
            values={"where": row.facility.name},
        )
    elif row.state == FactState.REFUSED:
        tell(
            row.recorded_by,
            _("您提的「%(where)s」没有采用：%(why)s"),
            about=row,
            key=f"access.decided.{fact}",
            url=url,
            values={"where": row.facility.name, "why": row.answer},
        )


def on_outage_reported(outage: int) -> None:
    row = Outage.objects.select_related("facility", "edge", "area").filter(pk=outage).first()
    if row is None or row.state != OutageState.REPORTED:
        return
    for person in staff_of(row.area_code):
        tell(
            person,
            _("「%(where)s」有人报了故障，请去看一下。"),
            about=row,
            key=f"access.outage.{outage}",
            url=reverse("access:desk_outages"),
            values={"where": row.where},
        )


def on_case_moved(case: int, state: str = "", **_more: object) -> None:
    """The repair of an outage was accepted: the outage is over."""
    if state not in MENDED:
        return
    for row in Outage.objects.filter(case=case, state__in=[OutageState.REPORTED, OutageState.CONFIRMED]):
        try:
            end_outage(None, row)
        except Refused:
            continue  # somebody ended it meanwhile


def on_guide_asked(request: int) -> None:
    row = GuideRequest.objects.select_related("area").filter(pk=request).first()
    if row is None or row.state != GuideState.ASKED:
        return
    for person in staff_of(row.area_code, grid=False):
        tell(
            person,
            _("有人要找陪伴，请安排志愿者。"),
            about=row,
            key=f"access.guide_asked.{request}",
            url=reverse("access:desk_guides"),
        )


def on_guide_matched(request: int, guide: int) -> None:
    """Both read who, when and where to find the rest; the place itself is read on the page, not in a notice."""
    row = GuideRequest.objects.select_related("requester", "guide__person").filter(pk=request, guide=guide).first()
    if row is None or row.state != GuideState.MATCHED or row.guide is None:
        return
    key, url = f"access.matched.{request}.{guide}", reverse("access:guides")
    tell(
        row.requester,
        _("%(name)s来陪您，时间和地点在「陪伴」里。"),
        about=row,
        key=key,
        url=url,
        values={"name": row.guide.person.shown_name},
    )
    tell(
        row.guide.person,
        _("请您陪%(name)s一趟，时间和地点在「陪伴」里。"),
        about=row,
        key=f"{key}.guide",
        url=url,
        values={"name": row.requester.shown_name},
    )


def on_guide_reported(request: int) -> None:
    row = GuideRequest.objects.select_related("requester").filter(pk=request).first()
    if row is None or row.state != GuideState.REPORTED:
        return
    tell(
        row.requester,
        _("陪伴记了 %(minutes)s 分钟，对的话请点「时长对」。"),
        about=row,
        key=f"access.reported.{request}",
        url=reverse("access:guides"),
        values={"minutes": row.minutes},
    )


def on_guide_lapsed(request: int) -> None:
    """Nobody confirmed: the guide knows why the hours do not show, staff are asked to ring both up."""
    row = GuideRequest.objects.select_related("guide__person", "requester", "area").filter(pk=request).first()
    if row is None or row.state != GuideState.LAPSED or row.guide is None:
        return
    key = f"access.lapsed.{request}"
    tell(
        row.guide.person,
        _("您陪%(name)s的时长没人确认，社区会打电话问。"),
        about=row,
        key=key,
        url=reverse("access:guides"),
        values={"name": row.requester.shown_name},
    )
    for person in staff_of(row.area_code, grid=False):
        tell(
            person,
            _("%(name)s的陪伴时长过了日子没人确认，请打电话问一下再确认。"),
            about=row,
            key=f"{key}.staff",
            url=f"{reverse('access:desk_guides')}?state={GuideState.LAPSED}",
            values={"name": row.requester.shown_name},
        )


def on_guide_cancelled(request: int) -> None:
    row = GuideRequest.objects.select_related("guide__person").filter(pk=request).first()
    if row is None or row.guide is None:
        return
    tell(
        row.guide.person,
        _("约好的陪伴取消了，不用去了。"),
        about=row,
        key=f"access.cancelled.{request}",
        url=reverse("access:guides"),
        urgent=True,
    )


def on_signing_booked(signing: int) -> None:
    """The person reads who comes; an interpreter reads that something is booked, and where to find the rest."""
    row = (
        Signing.objects.select_related("person", "booked_by")
        .prefetch_related("interpreters__person")
        .filter(pk=signing)
        .first()
    )
    if row is None or row.state != SigningState.BOOKED:
        return
    url, key = reverse("access:interpreters"), f"access.signing.{signing}"
    tell(row.person, _("手语翻译约好了，时间和地点在「手语翻译」里。"), about=row, key=key, url=url)
    for one in row.interpreters.all():
        tell(one.person, _("有一场手语翻译约了您，时间和地点在「手语翻译」里。"), about=row, key=key, url=url)


def on_signing_cancelled(signing: int) -> None:
    row = Signing.objects.select_related("person").prefetch_related("interpreters__person").filter(pk=signing).first()
    if row is None or row.state != SigningState.CANCELLED:
        return
    for person in (row.person, *(one.person for one in row.interpreters.all())):
        tell(
            person,
            _("约好的手语翻译取消了。"),
            about=row,
            key=f"access.signing_off.{signing}",
            url=reverse("access:interpreters"),
            urgent=True,
        )


def staff_of(area_code: str, *, grid: bool = True) -> list[Person]:
    roles = ["worker", "grid_worker"] if grid else ["worker"]
    held = RoleAssignment.objects.filter(
        role__in=roles,
        area__code__in=[area_code[:n] for n in (12, 15) if len(area_code) >= n],
        withdrawn=None,
        on_shift=True,
    ).select_related("person")
    return list({row.person_id: row.person for row in held}.values())
