"""Who is told what, once it is committed. Each may be called twice."""

from __future__ import annotations

from datetime import timedelta

from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from linli.foundation.calendar.clock import now
from linli.foundation.notices import tell
from linli.foundation.people.models import Person, RoleName
from linli.services.assistant.jobs import AGAIN_S, measure
from linli.services.assistant.models import Conversation, Who
from linli.services.assistant.states import State

_TOLD = (RoleName.WORKER,)


def on_queued(talk: int) -> None:
    """Those on shift of the place are told that somebody waits; the person who waits is never among them."""
    row = Conversation.objects.select_related("area").filter(pk=talk, state=State.QUEUED).first()
    if row is None or row.queued_at is None:
        return
    moment = now()
    on_shift = Q(roles__role__in=_TOLD, roles__area__code=row.area.code, roles__withdrawn=None, roles__on_shift=True)
    on_shift &= Q(roles__until=None) | Q(roles__until__gt=moment)
    for person in Person.objects.filter(on_shift, is_active=True).exclude(pk=row.person_id).distinct():
        tell(person, _("有居民在「问一问」里等人回答。"), title=_("等人回答"), about=row,
             key=f"assistant.queued.{row.pk}.{int(row.queued_at.timestamp())}", url=reverse("assistant:desk"))


def on_taken(talk: int) -> None:
    row = Conversation.objects.select_related("person", "staff").filter(pk=talk, state=State.HUMAN).first()
    if row is not None and row.staff is not None and row.taken_at is not None:
        tell(row.person, _("%(name)s 来答您了。"), values={"name": row.staff.shown_name}, about=row,
             key=f"assistant.taken.{row.pk}.{int(row.taken_at.timestamp())}", url=reverse("assistant:ask"))


def on_replied(talk: int, number: int) -> None:
    """That there is an answer; its words stay in the conversation."""
    row = Conversation.objects.select_related("person").filter(pk=talk).first()
    if row is not None:
        tell(row.person, _("您在「问一问」里问的，有人回您了。"), title=_("有回话了"), about=row,
             key=f"assistant.replied.{row.pk}.{number}", url=reverse("assistant:ask"))


def on_said(talk: int, number: int) -> None:
    """Who answers reads that the resident wrote more."""
    row = Conversation.objects.select_related("staff").filter(pk=talk, state=State.HUMAN).first()
    if row is not None and row.staff is not None and row.said.filter(number=number, who=Who.RESIDENT).exists():
        tell(row.staff, _("居民在「问一问」里又写了一句。"), about=row, key=f"assistant.said.{row.pk}.{number}",
             url=reverse("assistant:desk_talk", args=[row.pk]))


def on_called_back(talk: int) -> None:
    row = Conversation.objects.select_related("person").filter(pk=talk).exclude(case_number="").first()
    if row is not None:
        tell(row.person, _("您问的已经记成咨询单 %(number)s，到时限前一定回您。"), values={"number": row.case_number},
             about=row, key=f"assistant.case.{row.pk}", url=reverse("assistant:talk", args=[row.pk]))


def on_mended(gap: int) -> None:
    measure.enqueue_at(now() + timedelta(seconds=AGAIN_S), gap=gap)
