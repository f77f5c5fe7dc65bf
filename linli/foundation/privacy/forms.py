from __future__ import annotations

from django.forms import CharField, ChoiceField, Form, RadioSelect, Textarea
from django.utils.translation import gettext_lazy as _

from linli.foundation.privacy.models import RequestKind


class AskForm(Form):
    """What a person asks about their own data; a copy needs no asking."""

    kind = ChoiceField(
        label=_("您要办的事"), widget=RadioSelect,
        choices=[choice for choice in RequestKind.choices if choice[0] != RequestKind.COPY])
    what = CharField(
        label=_("写几句说明"), required=False, max_length=1000, widget=Textarea(attrs={"rows": 4}),
        help_text=_("例如：我的出生年份写错了，应该是 1952 年。"))


class AnswerForm(Form):
    """The answer to a request, or the reason of a refusal."""

    answer = CharField(
        label=_("给本人的答复"), required=False, max_length=2000, widget=Textarea(attrs={"rows": 4}),
        help_text=_("本人会看到这段话。不同意时必须写理由和依据。"))


class RevealForm(Form):
    """Why a masked value is read in full."""

    reason = CharField(label=_("为什么要看"), required=False, max_length=200)
