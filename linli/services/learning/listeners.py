"""What follows from this room's events: the right people are told, once each."""

from __future__ import annotations

from typing import Any

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from linli.foundation.notices import tell
from linli.foundation.people.models import Person, RoleAssignment
from linli.foundation.people.queries import running
from linli.services.learning.models import (
    AskState,
    Course,
    CourseState,
    HelpAsk,
    Helper,
    Match,
    MatchState,
    Visit,
    VisitState,
)

_VISIT = ("area", "match__ask__person", "match__ask__asked_by", "match__helper__person", "second__person")


def on_course_offered(course: int) -> None:
    row = Course.objects.select_related("area").filter(pk=course).first()
    if row is not None and row.state == CourseState.PROPOSED:
        _tell_staff(row.area.code, _("有邻居想开一门课，请看一下。"), row, f"learning.offered.{course}",
                    reverse("learning:desk_course", args=[course]))


def on_course_decided(course: int) -> None:
    row = Course.objects.select_related("proposed_by").filter(pk=course).first()
    if row is None:
        return
    url, key = reverse("learning:course", args=[row.pk]), f"learning.decided.{course}"
    if row.state == CourseState.OPEN:
        tell(row.proposed_by, _("您的课可以开了，接着排时间吧。"), about=row, key=key, url=url)
    elif row.state == CourseState.REFUSED:
        tell(row.proposed_by, _("您的课这次先不开：%(why)s"), about=row, key=key, url=url, values={"why": row.answer})


def on_help_offered(helper: int) -> None:
    row = Helper.objects.select_related("area").filter(pk=helper, checked_by=None, left_at=None).first()
    if row is not None:
        _tell_staff(row.area.code, _("有邻居想一对一教手机，请约他见一面。"), row, f"learning.helper.{helper}",
                    reverse("learning:desk_pairs"))


def on_helper_checked(helper: int) -> None:
    row = Helper.objects.select_related("person").filter(pk=helper).first()
    if row is not None:
        tell(row.person, _("可以开始教了。请放几个您方便的时间。"), about=row, key=f"learning.checked.{helper}",
             url=reverse("learning:tutoring"))


def on_help_asked(ask: int) -> None:
    row = HelpAsk.objects.select_related("area").filter(pk=ask, state=AskState.OPEN).first()
    if row is not None:
        _tell_staff(row.area.code, _("有人想请志愿者一对一教手机，请配一位。"), row, f"learning.asked.{ask}",
                    reverse("learning:desk_pairs"))


def on_proposed(match: int) -> None:
    row = _match(match)
    if row is None or row.state != MatchState.PROPOSED:
        return
    url, key = reverse("learning:tutoring"), f"learning.proposed.{match}"
    tell(row.helper.person, _("有位邻居想请您教手机，看看您方便吗。不方便也没关系。"), about=row, key=key, url=url)
    for who in _learners(row):
        tell(who, _("社区给您找了一位志愿者，看看合不合适。不合适也没关系。"), about=row, key=key, url=url)


def on_declined(match: int) -> None:
    """Staff look for somebody else; nobody is told who said no."""
    row = _match(match)
    if row is not None:
        _tell_staff(row.area.code, _("有一对没配成，请另找一位。"), row, f"learning.declined.{match}",
                    reverse("learning:desk_pairs"))


def on_paired(match: int) -> None:
    row = _match(match)
    if row is None or row.state != MatchState.AGREED:
        return
    url, key = reverse("learning:tutoring"), f"learning.paired.{match}"
    tell(row.helper.person, _("说好了，您来教%(name)s。"), about=row, key=key, url=url,
         values={"name": row.ask.person.shown_name})
    for who in _learners(row):
        tell(who, _("说好了，%(name)s来教。请选一个时间。"), about=row, key=key, url=url,
             values={"name": row.helper.person.shown_name})


def on_parted(match: int) -> None:
    row = _match(match)
    if row is None:
        return
    for who in (row.helper.person, *_learners(row)):
        tell(who, _("这一对结束了，谢谢你们。要换一位，社区接着找。"), about=row, key=f"learning.parted.{match}",
             url=reverse("learning:tutoring"))


def on_visit_booked(visit: int) -> None:
    row = _visit(visit)
    if row is None or row.state != VisitState.BOOKED:
        return
    url, key = reverse("learning:visit", args=[row.pk]), f"learning.visit.{visit}"
    tell(row.match.helper.person, _("有一次课约好了，时间和地点在里面。"), about=row, key=key, url=url)
    if row.booked_by_id != row.match.ask.person_id:
        tell(row.match.ask.person, _("有一次课约好了，时间和地点在里面。"), about=row, key=key, url=url)
    if row.at_home:
        _tell_staff(row.area.code, _("有一次上门教，请安排第二位志愿者。"), row, f"{key}.second",
                    reverse("learning:desk_pairs"))


def on_second_asked(visit: int, helper: int) -> None:
    row = _visit(visit)
    if row is not None and row.second is not None and row.second_id == helper and not row.second_yes:
        tell(row.second.person, _("有一次上门教要第二位志愿者，看看您方便吗。不方便也没关系。"), about=row,
             key=f"learning.second.{visit}.{helper}", url=reverse("learning:visit", args=[row.pk]))


def on_second_answered(visit: int, yes: bool) -> None:
    row = _visit(visit)
    if row is not None and not yes and row.state == VisitState.BOOKED and row.second_id is None:
        _tell_staff(row.area.code, _("有一次上门教还缺第二位志愿者。"), row, f"learning.second_gone.{visit}",
                    reverse("learning:desk_pairs"))


def on_visit_cancelled(visit: int, by: int) -> None:
    row = _visit(visit)
    if row is None:
        return
    people = {one.pk: one for one in (row.match.helper.person, *_learners(row.match))}
    if row.second is not None:
        people[row.second.person_id] = row.second.person
    for who in people.values():
        if who.pk != by:
            tell(who, _("约好的一对一课取消了，不用去了。"), about=row, key=f"learning.visit_off.{visit}",
                 url=reverse("learning:tutoring"), urgent=True)


def on_visit_ended(visit: int) -> None:
    row = _visit(visit)
    if row is None or row.state != VisitState.DONE:
        return
    for who in _learners(row.match):
        tell(who, _("课上完了。教了多久对不对，请点一下。"), about=row, key=f"learning.ended.{visit}",
             url=reverse("learning:visit", args=[row.pk]))


def on_consent_withdrawn(*, consent: int, **_more: Any) -> None:
    """Who takes a consent back is out of the drills at once; lessons at home still to come are called off."""
    from linli.foundation.privacy.models import Consent
    from linli.services.learning.actions import drilling, visits

    row = Consent.objects.filter(pk=consent, withdrawn_at__isnull=False).select_related("person").first()
    if row is None:
        return
    if row.purpose == drilling.PURPOSE:
        drilling.leave(row.person)
    elif row.purpose == "learning.home":
        for visit in Visit.objects.filter(
                match__ask__person=row.person, at_home=True, state=VisitState.BOOKED).select_related("area"):
            visits.call_off(visit)


def _match(pk: int) -> Match | None:
    found: Match | None = Match.objects.filter(pk=pk).select_related(
        "area", "ask__person", "ask__asked_by", "helper__person").first()
    return found


def _visit(pk: int) -> Visit | None:
    found: Visit | None = Visit.objects.filter(pk=pk).select_related(*_VISIT).first()
    return found


def _learners(match: Match) -> list[Person]:
    """The learner, and family who asked for them; staff who asked at the desk are told as staff."""
    asker = match.ask.asked_by
    return [match.ask.person] if asker.pk == match.ask.person_id or asker.is_staff else [match.ask.person, asker]


def _tell_staff(code: str, sentence: str | Promise, about: Any, key: str, url: str) -> None:
    held = RoleAssignment.objects.filter(running(), role="worker", area__code=code[:12]).select_related("person")
    for person in {row.person_id: row.person for row in held.order_by("pk")[:20]}.values():
        tell(person, sentence, about=about, key=key, url=url)
