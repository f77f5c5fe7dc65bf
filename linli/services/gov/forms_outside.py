"""Forms of the wallet and of the systems outside."""

from __future__ import annotations

from typing import Any

from django.core import signing
from django.forms import (
    BooleanField,
    CharField,
    CheckboxSelectMultiple,
    ChoiceField,
    DateField,
    DateInput,
    Form,
    HiddenInput,
    ModelChoiceField,
    MultipleChoiceField,
    PasswordInput,
    RadioSelect,
    Textarea,
)
from django.utils.translation import gettext_lazy as _

from linli.foundation.people.models import Organisation, Person
from linli.services.gov import wallet
from linli.services.gov.models import OutsideService

_SALT = "gov.slot"


def day_field(label: Any, **more: Any) -> DateField:
    return DateField(label=label, widget=DateInput(attrs={"type": "date"}, format="%Y-%m-%d"), **more)


class PaperForm(Form):
    """One's own paper. The photo itself comes through the files room."""

    who = ChoiceField(label=_("谁的证"), choices=[])
    licence = ChoiceField(label=_("哪种证"), choices=[])
    name = CharField(label=_("证的名字"), max_length=120, required=False, help_text=_("选「其他证件」时写"))
    number = CharField(label=_("证件号"), max_length=60, required=False)
    valid_until = day_field(_("有效到"), required=False, help_text=_("长期有效就空着；写了，快到期会提醒您"))
    agreed = BooleanField(label=_("同意把这张证加密存着，办事时我点了才用"), required=False)
    once = CharField(widget=HiddenInput, max_length=64)

    def __init__(self, *args: Any, people: list[Person], has_agreed: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        chosen: Any = self.fields["licence"]
        chosen.choices = wallet.kind_choices()
        who: Any = self.fields["who"]
        who.choices = [(str(one.pk), one.shown_name) for one in people]
        if len(people) == 1:
            who.required, who.widget = False, HiddenInput()
        if has_agreed:
            del self.fields["agreed"]


class CodeForm(Form):
    code = CharField(label=_("出示码（8 位）"), max_length=12)


class VerifyForm(Form):
    """What the original says, where the photo was not enough."""

    number = CharField(label=_("证件号（写错了才改）"), max_length=60, required=False)
    valid_until = day_field(_("有效到（写错了才改）"), required=False)


class KeepForm(Form):
    """A paper seen in the original at the window."""

    phone = CharField(label=_("本人的手机号"), max_length=20)
    licence = ChoiceField(label=_("哪种证"), choices=[])
    name = CharField(label=_("证的名字"), max_length=120, required=False, help_text=_("选「其他证件」时写"))
    number = CharField(label=_("证件号"), max_length=60, required=False)
    valid_until = day_field(_("有效到"), required=False)
    present = BooleanField(label=_("本人在场，看过原件，本人同意存着"))
    once = CharField(widget=HiddenInput, max_length=64)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        chosen: Any = self.fields["licence"]
        chosen.choices = wallet.kind_choices()


def slot_token(ident: str, starts_at: str, with_whom: str) -> str:
    """A time as the other house offered it, so that a form cannot say another."""
    return signing.dumps([ident, starts_at, with_whom], salt=_SALT)


def read_slot(token: str) -> tuple[str, str, str] | None:
    try:
        ident, starts_at, with_whom = signing.loads(token, salt=_SALT, max_age=7200)
    except (signing.BadSignature, ValueError, TypeError):
        return None
    return str(ident), str(starts_at), str(with_whom)


class BookForm(Form):
    """A time, for whom, and that the house may be told."""

    who = ChoiceField(label=_("给谁约"), choices=[])
    slot = ChoiceField(label=_("什么时间"), choices=[], widget=RadioSelect,
                       error_messages={"required": _("请选一个时间。"),
                                       "invalid_choice": _("这个时间刚被约走了。请另选一个。")})
    name = CharField(label=_("姓名"), max_length=60, required=False)
    phone = CharField(label=_("电话"), max_length=20, required=False)
    agreed = BooleanField(label=_("同意把姓名和电话告诉这家，只为这次预约"), required=False)
    once = CharField(widget=HiddenInput, max_length=64)

    def __init__(self, *args: Any, people: list[Person], slots: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        who: Any = self.fields["who"]
        who.choices = [(str(one.pk), one.shown_name) for one in people]
        if len(people) == 1:
            who.required, who.widget = False, HiddenInput()
        chosen: Any = self.fields["slot"]
        chosen.choices = slots
        if all(one.name for one in people):
            del self.fields["name"]
        if all(one.phone for one in people):
            del self.fields["phone"]


class GiveUpForm(Form):
    reason = CharField(label=_("改用什么办法告诉部门"), max_length=300)


class PlaceForm(Form):
    organisation = ModelChoiceField(label=_("哪一家"), queryset=Organisation.objects.none())
    services = MultipleChoiceField(label=_("能办什么"), choices=OutsideService.choices, widget=CheckboxSelectMultiple)
    address = CharField(label=_("地址"), max_length=160)
    hours = CharField(label=_("几点开门"), max_length=160)
    note = CharField(label=_("还要知道的"), max_length=300, required=False, widget=Textarea(attrs={"rows": 2}))
    is_shown = BooleanField(label=_("给居民看"), required=False, initial=True)

    def __init__(self, *args: Any, bodies: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        chosen: Any = self.fields["organisation"]
        chosen.queryset = bodies


class EndpointForm(Form):
    department = CharField(label=_("部门（和事项里写的一样）"), max_length=120, required=False)
    organisation = ModelChoiceField(label=_("或者一家医院、学校"), queryset=Organisation.objects.none(), required=False)
    url = CharField(label=_("接口地址"), max_length=300)
    key_id = CharField(label=_("密钥编号"), max_length=60)
    secret = CharField(label=_("密钥（不改就空着）"), max_length=200, required=False,
                       widget=PasswordInput(attrs={"autocomplete": "new-password"}))
    is_on = BooleanField(label=_("接通"), required=False, initial=True)

    def __init__(self, *args: Any, bodies: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        chosen: Any = self.fields["organisation"]
        chosen.queryset = bodies


__all__ = [
    "BookForm", "CodeForm", "EndpointForm", "GiveUpForm", "KeepForm", "PaperForm", "PlaceForm", "VerifyForm",
    "day_field", "read_slot", "slot_token",
]
