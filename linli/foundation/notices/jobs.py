"""The worker's part: send what is due, confirm an address, forget what is old."""

from __future__ import annotations

from datetime import timedelta

from django.conf import settings
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _

from linli.foundation.calendar.clock import now
from linli.foundation.jobs import job, periodic, tick
from linli.foundation.notices.choices import policy_value
from linli.foundation.notices.sending import send_due


@tick(order=20, lane="outside")
def send() -> int:
    """Send a few messages; gateways are slow, so this has a lane of its own."""
    return send_due(limit=5)


@job(retries=4)
def confirm_address(*, address: int) -> None:
    """Send the letter whose link confirms an e-mail address."""
    from linli.foundation.notices.channels.email import send_letter
    from linli.foundation.notices.confirming import token_of
    from linli.foundation.notices.models import EmailAddress

    found = EmailAddress.objects.select_related("person").filter(pk=address, confirmed_at=None).first()
    if found is None:
        return
    token = token_of(found)
    link = f"{settings.LINLI_BASE_URL}{reverse('notices:confirm_email', args=[token])}"
    with translation.override(found.person.language):
        text = _("点开下面的链接，以后的消息就能发到这个邮箱。不是您填的，不用管它。")
        send_letter(found.address, _("确认您的邮箱"), f"{text}\n\n{link}", key=f"confirm-{token}")


@periodic(every_s=86_400, at="03:40")
def forget_old_notices() -> None:
    """Delete notices that were told longer ago than the policy keeps them, with their deliveries."""
    from linli.foundation.notices.models import DemoMessage, Notice

    before = now() - timedelta(days=int(policy_value("keep_days")))
    old = Notice.objects.filter(at__lt=before).order_by("at")
    while ids := list(old.values_list("pk", flat=True)[:500]):
        Notice.objects.filter(pk__in=ids).delete()
    DemoMessage.objects.filter(at__lt=now() - timedelta(days=7)).delete()
