"""What runs by the clock: the sandbox is emptied, skills are asked again, drills end."""

from __future__ import annotations

from django.db.transaction import atomic
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from linli.foundation.calendar.clock import now, today
from linli.foundation.jobs import periodic
from linli.foundation.notices import tell
from linli.services.learning.actions import drilling, progress
from linli.services.learning.models import Drill, Progress
from linli.services.learning.sandbox import store

BATCH = 500


@periodic(every_s=86_400, at="03:20")
def wipe_sandbox() -> int:
    """Every night nothing is left of what was practised."""
    return store.wipe()


@periodic(every_s=86_400, at="09:10")
def ask_again() -> int:
    """A month after it was learned: does it still go? One word a person, however many skills."""
    asked = 0
    due = Progress.objects.filter(ask_on__lte=today()).order_by("ask_on", "id").values_list("pk", flat=True)
    for pk in list(due[:BATCH]):
        with atomic():
            person = progress.ask_again(pk)
            if person is None:
                continue
            asked += 1
            tell(person, _("上个月学的还记得吗？点开说一声：自己会、要人帮，还是忘了。忘了再来学就是。"), about=person,
                 key=f"learning.again.{person.pk}.{today()}", url=reverse("learning:mine"))
    return asked


@periodic(every_s=900)
def close_drills() -> int:
    """Who has not looked is told that it was a drill."""
    due = list(Drill.objects.filter(closed_at=None, closes_at__lte=now()).values_list("pk", flat=True)[:20])
    return sum(drilling.close(pk) for pk in due)
