"""Forms of the desk."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.forms import (
    BooleanField,
    CharField,
    CheckboxSelectMultiple,
    Form,
    HiddenInput,
    IntegerField,
    MultipleChoiceField,
    Textarea,
)
from django.utils.translation import gettext, gettext_lazy as _

from linli.services.gov.asks import Asks
from linli.services.gov.items import reading
from linli.services.gov.items.shape import CHANNELS

_CONTACT = ("window", "address", "phone", "hours", "complaints")
_REMEDIES = ("complaint", "review", "lawsuit")


class LocalForm(Asks):
    """What a place may say differently. The base is locked: its fields are not here."""

    department = CharField(label=_("谁来办"), max_length=120)
    window = CharField(label=_("窗口叫什么"), max_length=200)
    address = CharField(label=_("地址"), max_length=200)
    phone = CharField(label=_("电话"), max_length=60)
    hours = CharField(label=_("什么时间开"), max_length=200)
    complaints = CharField(label=_("投诉电话"), max_length=60)
    promised_days = IntegerField(label=_("承诺多久办好（单位不变）"), min_value=0, max_value=999)
    channels = MultipleChoiceField(label=_("怎么办"), choices=[], widget=CheckboxSelectMultiple)
    appointment = BooleanField(label=_("要先预约"), required=False)
    appointment_how = CharField(label=_("怎么预约"), max_length=200, required=False)
    code = CharField(label=_("实施编码（31 位，没有就空着）"), max_length=31, required=False)
    complaint = CharField(label=_("不服：投诉"), max_length=400, required=False, widget=Textarea(attrs={"rows": 2}))
    review = CharField(label=_("不服：行政复议"), max_length=400, required=False, widget=Textarea(attrs={"rows": 2}))
    lawsuit = CharField(label=_("不服：行政诉讼"), max_length=400, required=False, widget=Textarea(attrs={"rows": 2}))
    note = CharField(label=_("改了什么、为什么"), max_length=200)
    once = CharField(widget=HiddenInput, required=False)

    def __init__(self, *args: Any, base: Mapping[str, Any], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        channels: Any = self.fields["channels"]
        channels.choices = [(code, reading.channel(code)) for code in CHANNELS]
        self.ask(base)

    @staticmethod
    def of(local: Mapping[str, Any]) -> dict[str, Any]:
        """What the fields show of a `local` part."""
        contact, remedies = local.get("contact") or {}, local.get("remedies") or {}
        appointment = local.get("appointment") or {}
        return {
            "department": local.get("department", ""), "code": local.get("code", ""),
            "promised_days": ((local.get("clock") or {}).get("promised") or {}).get("days"),
            "channels": local.get("channels") or [], "appointment": appointment.get("needed", False),
            "appointment_how": appointment.get("how", ""),
            **{name: contact.get(name, "") for name in _CONTACT},
            **{name: remedies.get(name, "") for name in _REMEDIES}}

    def changes(self) -> dict[str, Any]:
        """What was typed, laid out as an overlay of the base: `local`, only what differs, and the place's `faq`."""
        questions = self.own_questions()
        return {"local": self._local(self.base["local"]), **({"faq": questions} if questions else {})}

    def _local(self, base: Mapping[str, Any]) -> dict[str, Any]:
        given = self.cleaned_data
        asked = self.of(base)
        differs = {name for name, value in given.items() if name in asked and value != asked[name]}
        local: dict[str, Any] = {name: given[name] for name in ("department", "channels") if name in differs}
        if "code" in differs:
            local["code"] = given["code"] or None
        for part, names in (("contact", _CONTACT), ("remedies", _REMEDIES)):
            found = {name: given[name] or None for name in names if name in differs}
            if found:
                local[part] = found
        if "promised_days" in differs:
            local["clock"] = {"promised": {"days": given["promised_days"]}}
        if {"appointment", "appointment_how"} & differs:
            local["appointment"] = {"needed": given["appointment"], "how": given["appointment_how"] or None}
        return {**local, **self.asks()}


class ReasonForm(Form):
    """Why: an item is taken off, a draft sent back, a check renewed."""

    words = CharField(label=_("为什么"), max_length=200)

    def __init__(self, *args: Any, label: str = "", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["words"].label = label or gettext("为什么")
