"""What people fill in on the pages of bookings."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from linli.mechanisms.bookings.models import PartyMember, Reservation, State


class MembersField(forms.ModelMultipleChoiceField):
    """Members of one's own party, by their names."""

    def label_from_instance(self, obj: Any) -> str:
        return str(obj.full_name)


class CancelForm(forms.Form):
    """Why (if one likes), and who of the party does not come."""

    reason = forms.CharField(label=_("为什么不来"), max_length=200, required=False)

    def __init__(self, *args: Any, row: Reservation, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if row.session.offer.terms.at_yours:
            self.fields["reason"].label = _("为什么取消")
        people = PartyMember.objects.filter(attendances__reservation=row, attendances__is_active=True)
        if people.count() > 1:
            self.fields["members"] = MembersField(
                people, label=_("谁不来"), required=False, widget=forms.CheckboxSelectMultiple,
                help_text=_("都不选，就是全都不来。"))
        others = Reservation.objects.filter(party=row.party_id, is_active=True, state=State.CONFIRMED)
        if others.count() > 1:
            self.fields["whole"] = forms.BooleanField(label=_("后面几次也都不来"), required=False)


class AppealForm(forms.Form):
    words = forms.CharField(
        label=_("当时是什么情况"), max_length=500, widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("例如：生病、要照顾人、下大雨、其实到了没签上。"))


class WalkInForm(forms.Form):
    """Somebody came without booking."""

    name = forms.CharField(label=_("姓名"), max_length=40)
    phone = forms.CharField(label=_("手机号"), max_length=20, required=False, widget=forms.TextInput(
        attrs={"inputmode": "tel"}))
    count = forms.IntegerField(label=_("几个人"), min_value=1, max_value=20, initial=1)


class CodeForm(forms.Form):
    """A ticket read out at the door."""

    code = forms.CharField(label=_("票号"), max_length=300, widget=forms.TextInput(
        attrs={"autocapitalize": "characters", "autocomplete": "off"}))


class AnswerForm(forms.Form):
    answer = forms.CharField(label=_("答复"), max_length=200, required=False)


class ReasonForm(forms.Form):
    reason = forms.CharField(label=_("为什么"), max_length=200)
