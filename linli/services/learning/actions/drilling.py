"""Drills against fraud: only for who asked for them, told at once, and nobody's business afterwards."""

from __future__ import annotations

from datetime import timedelta

from django.db import IntegrityError
from django.db.transaction import atomic
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _, gettext_lazy

from linli.foundation import audit
from linli.foundation.areas.models import Area
from linli.foundation.calendar.clock import now
from linli.foundation.notices import tell
from linli.foundation.people.models import Person
from linli.foundation.people.permit import permit
from linli.foundation.policy import policy
from linli.foundation.privacy.actions import give_consent, withdraw_consent
from linli.foundation.privacy.retention import start_retention
from linli.foundation.web import Denied, Refused
from linli.services.learning.drills import messages
from linli.services.learning.models import Drill, DrillAnswer, DrillPlace, Reaction
from linli.services.learning.words import lazily

PURPOSE = "learning.drill"


@atomic
def sign_up(person: Person, area: Area, *, agrees: bool) -> DrillPlace:
    """Ask to be tried now and then. Twice is once. Raises `Denied`, `Refused`: no_consent."""
    permit(person, "learning.join_drills", area)
    if not agrees:
        raise Refused("no_consent", _("同意了才会给您发演练消息，请勾一下。"), field="agrees")
    give_consent(person, PURPOSE)
    found = DrillPlace.objects.filter(person=person, left_at=None).first()
    if found is None:
        try:
            with atomic():
                found = DrillPlace.objects.create(area=area, person=person)
        except IntegrityError:
            found = DrillPlace.objects.get(person=person, left_at=None)
        else:
            audit.record(person, "learning.join_drills", found)
    place: DrillPlace = found
    return place


@atomic
def leave(person: Person) -> None:
    """No more of it, at once; the consent goes with it. Without a place nothing happens."""
    found = DrillPlace.objects.select_for_update().filter(person=person, left_at=None).first()
    if found is not None:
        found.left_at = now()
        found.save(update_fields=["left_at"])
        audit.record(person, "learning.leave_drills", found)
    withdraw_consent(person, PURPOSE)


@atomic
def start(person: Person, area: Area, message: str) -> Drill:
    """Send one made-up message to all who signed up and had none lately. By day only. Who they are is not shown.

    Raises `Denied`, `Refused`: no_message, too_late, nobody.
    """
    permit(person, "learning.keep_drills", area)
    chosen = messages().get(message)
    if chosen is None:
        raise Refused("no_message", _("请选一条消息。"), field="message")
    begins, ends = policy("learning.drill_hours", area=area)
    if not begins <= timezone.localtime(now()).hour < ends:
        raise Refused("too_late", _("演练只在 %(begins)s 点到 %(ends)s 点发，不吓着人。") % {
            "begins": begins, "ends": ends}, field="message")
    Area.objects.select_for_update().get(pk=area.pk)  # two desks at once send one after the other
    lately = now() - timedelta(days=policy("learning.drill_every_days", area=area))
    had = DrillAnswer.objects.filter(drill__started_at__gt=lately).values("person")
    places = DrillPlace.objects.filter(area=area, left_at=None).exclude(person__in=had).select_related("person")
    people = [place.person for place in places if place.person.is_active]
    if not people:
        raise Refused("nobody", _("现在没有可以发的人：还没人报名，或者这几天都发过了。"), field="message")
    drill: Drill = Drill.objects.create(
        area=area, message=message, started_by=person,
        closes_at=now() + timedelta(hours=policy("learning.drill_open_hours", area=area)))
    DrillAnswer.objects.bulk_create([DrillAnswer(area=area, drill=drill, person=one) for one in people])
    for one in people:
        tell(one, lazily(chosen.text), about=drill, key=f"learning.drill.{drill.pk}",
             url=reverse("learning:drill", args=[drill.pk]))
    audit.record(person, "learning.start_drill", drill, message=message)
    return drill


@atomic
def react(person: Person, drill: Drill, reaction: str) -> DrillAnswer:
    """What one would have done; the first word counts. Raises `Denied` (who did not get it), `Refused`: no_reaction."""
    row: DrillAnswer | None = DrillAnswer.objects.select_for_update().filter(drill=drill, person=person).first()
    if row is None:
        raise Denied("learning.drill")
    if reaction not in Reaction.values:
        raise Refused("no_reaction", _("请选您会怎么做。"), field="reaction")
    if not row.reaction:
        row.reaction, row.answered_at = reaction, now()
        row.save(update_fields=["reaction", "answered_at"])
        audit.record(person, "learning.react", row)
    return row


@atomic
def close(pk: int) -> int:
    """Its time is over: who has not looked is told that it was a drill. By the clock, once. Returns how many."""
    drill = Drill.objects.select_for_update().filter(pk=pk, closed_at=None, closes_at__lte=now()).first()
    if drill is None:
        return 0
    drill.closed_at = now()
    drill.save(update_fields=["closed_at"])
    rows = DrillAnswer.objects.filter(drill=drill, reaction="").select_related("person")
    for row in rows:
        tell(row.person, gettext_lazy("昨天那条消息是防骗演练，不是真的。看看它哪里不对。"), about=drill,
             key=f"learning.drill_over.{drill.pk}", url=reverse("learning:drill", args=[drill.pk]))
    start_retention(drill, PURPOSE)
    audit.record(None, "learning.close_drill", drill)
    return len(rows)
