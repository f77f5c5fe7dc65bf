"""The worker's part: claim what is due, hand it to the channel, write down what came of it.

At least once: a message is claimed by a lease and its key stays the same, so that after a crash between
the gateway's yes and our note of it the gateway sees the same key again.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from django.conf import settings
from django.db.models import F
from django.db.transaction import atomic
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _, ngettext

from linli.foundation.calendar.clock import now
from linli.foundation.jobs.backoff import wait_after
from linli.foundation.notices.channels import Message, NotSent, channel
from linli.foundation.notices.choices import policy_value
from linli.foundation.records import new_id

if TYPE_CHECKING:
    from linli.foundation.notices.models import Delivery
    from linli.foundation.people.models import Person

log = logging.getLogger("linli.notices")
LEASE = timedelta(seconds=120)
LISTED = 8


@dataclass(frozen=True)
class Parcel:
    """The deliveries that make one message: one notice, or the digest of a night."""

    person: Person
    channel: str
    bundle: int
    tries: int
    deliveries: Sequence[Delivery]


def send_due(*, limit: int = 20) -> int:
    """Send up to `limit` messages whose time has come. Returns how many were tried."""
    done = 0
    while done < limit:
        parcel = claim(now())
        if parcel is None:
            break
        _send(parcel)
        done += 1
    return done


def send_all() -> int:
    """Send everything that is due, here and now (tests, the demo)."""
    done = 0
    while step := send_due():
        done += step
    return done


def claim(moment: datetime) -> Parcel | None:
    """Take the next message that is due; for the length of the lease nobody else takes it.

    The lock is on the person, so that two workers cannot share out one digest between them.
    """
    from linli.foundation.notices.models import Delivery
    from linli.foundation.people.models import Person

    due = Delivery.objects.filter(state=Delivery.State.QUEUED, due_at__lte=moment)
    # What is urgent overtakes a whole morning's digests.
    waiting = dict.fromkeys(due.order_by("-urgent", "due_at").values_list("person_id", "channel")[:20])
    for person_id, way in waiting:
        with atomic():
            whose = Person.objects.filter(pk=person_id)
            person = whose.select_for_update(skip_locked=True, no_key=True).first()
            if person is None:
                continue
            rows = list(due.filter(person_id=person_id, channel=way).select_related("notice").order_by("-urgent", "id"))
            if not rows:
                continue
            parcel = _bundled(person, way, rows)
            Delivery.objects.filter(pk__in=[row.pk for row in parcel.deliveries]).update(
                bundle=parcel.bundle, tries=F("tries") + 1, due_at=moment + LEASE)
        return parcel
    return None


def _bundled(person: Person, way: str, rows: Sequence[Delivery]) -> Parcel:
    first = rows[0]
    if first.bundle is not None:
        together = [row for row in rows if row.bundle == first.bundle]
    elif first.held:
        together = [row for row in rows if row.held and row.bundle is None]
    else:
        together = [first]
    return Parcel(person, way, first.bundle or new_id(), first.tries + 1, together)


def _send(parcel: Parcel) -> None:
    from linli.foundation.notices.models import Delivery

    through, state = channel(parcel.channel), Delivery.State
    try:
        if not through.ready():
            raise NotSent("not_configured", needless=True)
        through.send(message_of(parcel))
    except NotSent as problem:
        if problem.needless:
            _note(parcel, state.SKIPPED, problem.code)
        else:
            _again(parcel, problem.code, final=problem.final)
    except Exception as error:
        log.warning("notice.channel_broke", exc_info=error, extra={"channel": parcel.channel})
        _again(parcel, type(error).__name__)
    else:
        _note(parcel, state.SENT, "", sent_at=now())


def _again(parcel: Parcel, code: str, *, final: bool = False) -> None:
    from linli.foundation.notices.models import Delivery

    if final or parcel.tries >= int(policy_value("most_tries")):
        _note(parcel, Delivery.State.FAILED, code)
        return
    _note(parcel, Delivery.State.QUEUED, code, due_at=now() + wait_after(parcel.tries))


def _note(parcel: Parcel, state: str, code: str, **times: datetime) -> None:
    from linli.foundation.notices.models import Delivery

    log.info("notice.delivery", extra={"channel": parcel.channel, "state": state, "code": code, "tries": parcel.tries})
    Delivery.objects.filter(pk__in=[row.pk for row in parcel.deliveries]).update(state=state, error=code[:60], **times)


def message_of(parcel: Parcel) -> Message:
    """One notice as it is; several as a digest: how many, their sentences, and the way to the inbox."""
    notices = [row.notice for row in parcel.deliveries]
    with translation.override(parcel.person.language):
        if len(notices) == 1:
            only = notices[0]
            title, text, path = only.title or _("邻里消息"), only.sentence, reverse("notices:open", args=[only.pk])
        else:
            count = len(notices)
            title = ngettext("您有 %(count)d 条新消息", "您有 %(count)d 条新消息", count) % {"count": count}
            text = _digest(title, [notice.sentence for notice in notices], parcel.channel)
            path = reverse("notices:inbox")
    return Message(
        parcel.person, f"linli-{parcel.bundle}", title, text, f"{settings.LINLI_BASE_URL}{path}",
        urgent=any(notice.urgent for notice in notices))


def _digest(title: str, sentences: Sequence[str], way: str) -> str:
    if way == "email":
        return "\n".join([f"{title}：", *(f"· {sentence}" for sentence in sentences)])
    listed = "；".join(sentence.rstrip("。.") for sentence in sentences[:LISTED])
    return f"{title}：{listed}"


