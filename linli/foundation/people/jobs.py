"""What people need done outside a request: a code on its way, and the end of what is kept."""

from __future__ import annotations

from datetime import timedelta

from django.conf import settings
from django.utils.translation import gettext as _, override

from linli.foundation.calendar.clock import now
from linli.foundation.jobs import job, periodic
from linli.foundation.people.limits import limit
from linli.foundation.people.models import Meter, Person, SignInCode, SignInSession
from linli.foundation.people.senders import sender

CODES_KEPT = timedelta(days=1)


@job(retries=3)
def send_code(*, code: int) -> None:
    """Give the code to the sender, then forget it; a code that is late is not sent at all.

    In demo mode it stays, because the page shows it.
    """
    if settings.LINLI_DEMO:
        return
    row = SignInCode.objects.filter(pk=code, used_at=None, expires_at__gt=now()).first()
    if row is None or not row.unsent:
        return
    known = Person.objects.by_phone(row.phone).values_list("language", flat=True).first()
    with override(known or "zh-hans"):
        text = _("【邻里】验证码 %(code)s，%(minutes)d 分钟内有效。社区的人不会向您要这个码。") % {
            "code": row.unsent, "minutes": limit("code_life_minutes")}
    sender().send(row.phone, text)
    SignInCode.objects.filter(pk=row.pk).update(unsent="")


@periodic(every_s=3600)
def forget_old_sign_ins() -> None:
    """Delete codes after a day, meters after their windows, ended sign-ins after the statutory time."""
    moment = now()
    SignInCode.objects.filter(asked_at__lt=moment - CODES_KEPT).delete()
    Meter.objects.filter(since__lt=moment - timedelta(days=2)).delete()
    SignInSession.objects.filter(ended__lt=moment - timedelta(days=limit("sign_in_kept_days"))).delete()
