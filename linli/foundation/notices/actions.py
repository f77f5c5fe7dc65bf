"""Verbs: what a person does with their inbox and channels, and what staff do about what did not arrive."""

from __future__ import annotations

from datetime import time, timedelta
from typing import TYPE_CHECKING, Any

from django.db.transaction import atomic
from django.utils.translation import gettext as _

from linli.foundation import audit
from linli.foundation.calendar.clock import now
from linli.foundation.notices.channels import email, push
from linli.foundation.notices.models import Delivery, EmailAddress, Notice, PushSubscription
from linli.foundation.people.models import Person
from linli.foundation.people.permit import permit
from linli.foundation.web.refusals import Denied, Refused

if TYPE_CHECKING:
    from collections.abc import Mapping

MOST_BROWSERS = 10
ASK_AGAIN_AFTER = timedelta(minutes=2)


@atomic
def mark_read(person: Person, notice: Notice) -> None:
    """The person has read it; a second time changes nothing. Raises `Denied`."""
    permit(person, "notices.read", notice)
    Notice.objects.filter(pk=notice.pk, read_at=None).update(read_at=now())


@atomic
def mark_all_read(person: Person) -> int:
    """The person has seen all there is; how many were new."""
    permit(person, "notices.read", person)
    return int(Notice.objects.filter(person=person, read_at=None).update(read_at=now()))


@atomic
def choose(
    person: Person, *, modes: Mapping[str, str], quiet_from: time, quiet_until: time, digest_at: time, no_profile: bool,
) -> None:
    """Set the person's own choice: what goes through which channel, when it is quiet, no profile behind a push."""
    permit(person, "notices.choose", person)
    _set_channels(
        person, **modes, quiet_from=f"{quiet_from:%H:%M}", quiet_until=f"{quiet_until:%H:%M}",
        digest_at=f"{digest_at:%H:%M}", no_profile=no_profile)
    audit.record(person, "notices.choose", person, modes=dict(modes), no_profile=no_profile)


def _set_channels(person: Person, **changes: Any) -> None:
    row = Person.objects.select_for_update(no_key=True).get(pk=person.pk)  # two tabs, two switches
    row.channels = {**(row.channels or {}), **changes}
    row.save(update_fields=["channels"])
    person.channels = row.channels


@atomic
def subscribe(person: Person, *, endpoint: str, p256dh: str, auth: str) -> PushSubscription:
    """Let this browser ring for the person; a browser that rang for somebody else now rings for this one.

    Raises `Denied`, `Refused("bad_subscription")`, `Refused("unknown_push_service")`.
    """
    permit(person, "notices.subscribe", person)
    if not (push.is_public_key(p256dh) and len(push.decoded(auth)) == 16):
        raise Refused("bad_subscription", _("这个浏览器给的推送地址用不了。消息在站内也看得到。"))
    if not push.allowed(endpoint):
        raise Refused("unknown_push_service", _("这个浏览器的推送服务还没接上。消息在站内也看得到。"))
    mine = PushSubscription(endpoint=endpoint, person=person, p256dh=p256dh, auth=auth)
    index = PushSubscription._meta.get_field("endpoint_index").pre_save(mine, True)
    PushSubscription.objects.filter(endpoint_index=index).delete()
    mine.save(force_insert=True)
    kept = PushSubscription.objects.filter(person=person).order_by("-id").values_list("pk", flat=True)[:MOST_BROWSERS]
    PushSubscription.objects.filter(person=person).exclude(pk__in=list(kept)).delete()
    if (person.channels or {}).get("push", "off") == "off":
        _set_channels(person, push="all")
    audit.record(person, "notices.subscribe", person)
    return mine


@atomic
def unsubscribe(person: Person) -> None:
    """No browser rings for the person any more."""
    permit(person, "notices.unsubscribe", person)
    PushSubscription.objects.filter(person=person).delete()
    _set_channels(person, push="off")
    audit.record(person, "notices.unsubscribe", person)


@atomic
def give_address(person: Person, address: str) -> EmailAddress:
    """Take an e-mail address and send it the letter that confirms it.

    Raises `Denied`, `Refused("no_server")`, `Refused("too_soon")`.
    """
    from linli.foundation.notices.jobs import confirm_address

    permit(person, "notices.give_address", person)
    if email.server() is None:
        raise Refused("no_server", _("这里还没接上邮件，先用短信或站内消息。"), field="address")
    known = EmailAddress.objects.select_for_update().filter(person=person).first()
    if known is not None and known.address == address and known.confirmed_at:
        return known
    if known is not None and known.asked_at > now() - ASK_AGAIN_AFTER:
        raise Refused("too_soon", _("确认邮件刚发过。两分钟后再试，也看看垃圾邮件里有没有。"), field="address")
    if known is None:
        known = EmailAddress(person=person)
    known.address, known.confirmed_at, known.asked_at = address, None, now()
    known.save()
    confirm_address.enqueue(address=known.pk)
    audit.record(person, "notices.give_address", person)
    return known


@atomic
def confirm_address(person: Person, address: EmailAddress) -> None:
    """The letter has arrived: messages may go there now. Raises `Denied` for somebody else's address."""
    permit(person, "notices.confirm_address", person)
    if address.person_id != person.pk:
        raise Denied("notices.confirm_address")
    if EmailAddress.objects.filter(pk=address.pk, confirmed_at=None).update(confirmed_at=now()):
        if (person.channels or {}).get("email", "off") == "off":
            _set_channels(person, email="all")
        audit.record(person, "notices.confirm_address", person)


@atomic
def drop_address(person: Person) -> None:
    """Forget the person's e-mail address."""
    permit(person, "notices.drop_address", person)
    EmailAddress.objects.filter(person=person).delete()
    _set_channels(person, email="off")
    audit.record(person, "notices.drop_address", person)


@atomic
def retry(person: Person, delivery: Delivery) -> None:
    """Staff let it be tried again, with its whole message. Raises `Denied`, `Refused("not_failed")`."""
    permit(person, "notices.retry", delivery)
    _of_failed(delivery, state=Delivery.State.QUEUED, tries=0, due_at=now())
    audit.record(person, "notices.retry", delivery, channel=delivery.channel)


@atomic
def give_up(person: Person, delivery: Delivery) -> None:
    """Staff have told the person another way. Raises `Denied`, `Refused("not_failed")`."""
    permit(person, "notices.give_up", delivery)
    _of_failed(delivery, state=Delivery.State.SKIPPED, error="told_otherwise")
    audit.record(person, "notices.give_up", delivery, channel=delivery.channel)


def _of_failed(delivery: Delivery, **changes: Any) -> None:
    failed = Delivery.objects.filter(state=Delivery.State.FAILED)
    whole = failed.filter(bundle=delivery.bundle) if delivery.bundle else failed.filter(pk=delivery.pk)
    if not whole.update(**changes):
        raise Refused("not_failed", _("这条已经有人处理了。请刷新后再看。"))
