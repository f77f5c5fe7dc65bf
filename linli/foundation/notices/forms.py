"""What a person may choose about their messages."""

from __future__ import annotations

from typing import Any

from django.forms import BooleanField, ChoiceField, EmailField, Form, RadioSelect, TimeField, TimeInput
from django.utils.translation import gettext_lazy as _

from linli.foundation.notices.choices import Mode, hours_of, mode_of
from linli.foundation.notices.rules import Hours
from linli.foundation.people.models import Person


def _clock(label: Any, hint: Any = "") -> TimeField:
    return TimeField(
        label=label, help_text=hint, input_formats=["%H:%M", "%H:%M:%S"],
        widget=TimeInput(attrs={"type": "time"}, format="%H:%M"),
        error_messages={"required": _("写一个时间，例如 22:00。"), "invalid": _("写一个时间，例如 22:00。")})


def _mode(label: Any, hint: Any = "") -> ChoiceField:
    return ChoiceField(
        label=label, help_text=hint, choices=Mode.choices, widget=RadioSelect,
        error_messages={"required": _("选一项。"), "invalid_choice": _("选一项。")})


class ChoicesForm(Form):
    """Channels, quiet hours, digest, and no profile."""

    sms = _mode(_("短信"))
    push = _mode(_("手机推送"), _("要先在这台设备上打开推送。"))
    email = _mode(_("邮件"), _("要先留一个邮箱并确认。"))
    quiet_from = _clock(_("从几点起别打扰"))
    quiet_until = _clock(_("到几点为止"), _("两个时间写成一样，就是不设。紧急的不受这个限制。"))
    digest_at = _clock(_("每天汇总几点发"))
    no_profile = BooleanField(
        label=_("不根据我的情况推送"), required=False,
        help_text=_("打开后，公告不再按您的年龄、住处等情况挑给您；发给全社区的照样收到。"))

    def modes(self) -> dict[str, str]:
        """The choice for each channel."""
        return {way: self.cleaned_data[way] for way in ("push", "sms", "email")}

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or {}
        times = [data[name] for name in ("quiet_from", "quiet_until", "digest_at") if name in data]
        if len(times) == 3 and Hours(*times).quiet(times[2]):
            self.add_error("digest_at", _("这个时间在别打扰的时段里。换一个，或者把时段改短。"))
        return data

    @classmethod
    def of(cls, person: Person) -> ChoicesForm:
        """The form, filled with what holds for `person` now."""
        hours = hours_of(person)
        return cls(initial={
            **{way: mode_of(person, way) for way in ("push", "sms", "email")},
            "quiet_from": hours.quiet_from, "quiet_until": hours.quiet_until, "digest_at": hours.digest_at,
            "no_profile": (person.channels or {}).get("no_profile", False)})


class AddressForm(Form):
    """An e-mail address."""

    address = EmailField(
        label=_("邮箱"), max_length=200,
        error_messages={
            "required": _("写上邮箱，例如 name@example.com。"),
            "invalid": _("邮箱里要有 @ 和后面的网址，例如 name@example.com。")})

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["address"].widget.attrs.update({"autocomplete": "email", "inputmode": "email"})
