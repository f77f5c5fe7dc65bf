from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from linli.mechanisms.knowledge.units import ASPECTS, GROUP_MAX, WORDING_MAX
from linli.services.assistant.actions.writing import SAID_MAX
from linli.services.assistant.answering import WORDS_MAX


class AskForm(forms.Form):
    """A question. `once` makes a second tap harmless."""

    text = forms.CharField(
        label=_("您要问什么"), max_length=WORDS_MAX, error_messages={"required": _("请写您要问的事。")},
        widget=forms.Textarea(attrs={"rows": 2}))
    once = forms.CharField(required=False, max_length=40, widget=forms.HiddenInput)


class SayForm(AskForm):
    """Words for a person; longer than a question may be."""

    text = forms.CharField(
        label=_("跟他说"), max_length=SAID_MAX, error_messages={"required": _("请写您要说的话。")},
        widget=forms.Textarea(attrs={"rows": 2}))


class PersonForm(forms.Form):
    """What to ask a person; may stay empty where something was asked already."""

    text = forms.CharField(label=_("要问什么"), required=False, max_length=SAID_MAX,
                           widget=forms.Textarea(attrs={"rows": 3}))


class ReplyForm(forms.Form):
    """What staff answer."""

    text = forms.CharField(
        label=_("回答"), max_length=SAID_MAX, error_messages={"required": _("请写回答。")},
        widget=forms.Textarea(attrs={"rows": 4}))
    once = forms.CharField(required=False, max_length=40, widget=forms.HiddenInput)


class ChooseForm(forms.Form):
    group = forms.CharField(max_length=GROUP_MAX)
    aspect = forms.ChoiceField(choices=[(aspect, aspect) for aspect in ASPECTS], required=False)


class MendForm(forms.Form):
    """Which thing was meant, and how residents say it."""

    group = forms.CharField(label=_("问的是哪一件"), max_length=GROUP_MAX,
                            error_messages={"required": _("请选问的是哪一件。")})
    wording = forms.CharField(label=_("居民的说法"), max_length=WORDING_MAX,
                              error_messages={"required": _("请写居民的说法。")})
