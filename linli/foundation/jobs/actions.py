"""What staff may do with work that does not get done: try it again now, or give it up for good."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db.transaction import atomic
from django.utils.translation import gettext as _

from linli.foundation import audit
from linli.foundation.calendar.clock import now
from linli.foundation.events.models import Debt
from linli.foundation.jobs.models import Job, State
from linli.foundation.people.permit import permit
from linli.foundation.web.refusals import Refused

if TYPE_CHECKING:
    from linli.foundation.people.models import Person

Stuck = Job | Debt


@atomic
def retry(person: Person, stuck: Stuck) -> None:
    """Let it be tried again at once, with all its attempts. Raises `Denied`, `Refused("not_stuck")`."""
    permit(person, "jobs.retry")
    moment = now()
    if isinstance(stuck, Job):
        changed = Job.objects.filter(pk=stuck.pk).exclude(state=State.RUNNING).update(
            state=State.WAITING, tries=0, run_at=moment)
    else:
        changed = Debt.objects.filter(pk=stuck.pk).update(state=Debt.State.WAITING, tries=0, next_at=moment)
    _changed(changed)
    audit.record(person, "jobs.retry", stuck, name=stuck.name)


@atomic
def discard(person: Person, stuck: Stuck) -> None:
    """Give it up: it will not be done. Raises `Denied`, `Refused("not_stuck")`."""
    permit(person, "jobs.discard")
    if isinstance(stuck, Job):
        gone, _tables = Job.objects.filter(pk=stuck.pk).exclude(state=State.RUNNING).delete()
    else:
        gone, _tables = Debt.objects.filter(pk=stuck.pk).delete()
    _changed(gone)
    audit.record(person, "jobs.discard", stuck, name=stuck.name, tries=stuck.tries)


def _changed(rows: int) -> None:
    if not rows:
        raise Refused("not_stuck", _("它正在做，或者已经做完了。请刷新后再看。"))
