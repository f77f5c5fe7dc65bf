"""The forms of the staff's steps, and of grading."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.forms import (
    CharField,
    CheckboxSelectMultiple,
    ChoiceField,
    Form,
    HiddenInput,
    IntegerField,
    MultipleChoiceField,
    RadioSelect,
    Textarea,
    TextInput,
)
from django.utils.translation import gettext_lazy as _

from linli.services.gov.actions.concluding import WAY_NAMES
from linli.services.gov.actions.rating import OUTCOMES, reasons_offered
from linli.services.gov.models import Application
from linli.services.gov.models.deciding import Proposal
from linli.services.gov.models.letters import Grade, Rating


def _long(label: Any, *, required: bool = True, rows: int = 3, most: int = 2000, hint: Any = "") -> CharField:
    return CharField(label=label, required=required, max_length=most, help_text=hint,
                     widget=Textarea(attrs={"rows": rows}))


class SeenForm(Form):
    """A step without words of its own; `seen` is the state of the page that was looked at."""

    use_required_attribute = False
    seen = IntegerField(widget=HiddenInput, required=False)


class RefuseForm(SeenForm):
    reason = _long(_("为什么不受理"), hint=_("申请人会看到，印在决定书上。"))
    basis = CharField(label=_("依据哪一条"), max_length=400, required=False)
    elsewhere = CharField(label=_("应该去哪里办"), max_length=400, required=False)


class AdvanceForm(SeenForm):
    step = CharField(widget=HiddenInput)
    proposal = ChoiceField(label=_("建议"), choices=Proposal.choices, required=False, widget=RadioSelect)
    note = _long(_("审查意见"), required=False, hint=_("只有同事看得到。建议不予时要写。"))


class PauseForm(SeenForm):
    kind = ChoiceField(label=_("做哪一项"), choices=[])
    days = IntegerField(label=_("要几天"), min_value=1, max_value=400)
    sentence = _long(_("告诉申请人的话"), hint=_("印在告知书上。没有书面告知，时间照算。"))

    def __init__(self, *args: Any, kinds: Mapping[str, str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["kind"]
        field.choices = list(kinds.items())


class ResumeForm(SeenForm):
    kind = CharField(widget=HiddenInput)


class ExtendForm(SeenForm):
    reasons = _long(_("为什么要延长"), hint=_("申请人会看到。只能延长一次。"))


class DecideForm(SeenForm):
    granted = ChoiceField(label=_("决定"), widget=RadioSelect, choices=[("yes", _("准予")), ("no", _("不予"))],
                          error_messages={"required": _("请选准予还是不予。")})
    reasons = _long(_("理由"), required=False, hint=_("不予时一定要写，申请人会看到。"))


class DeliverForm(SeenForm):
    how = ChoiceField(label=_("怎么送到的"), choices=list(WAY_NAMES.items()), widget=RadioSelect,
                      error_messages={"required": _("请选一种送达方式。")})


class RevokeForm(Form):
    use_required_attribute = False
    reason = _long(_("为什么撤销"), most=300, hint=_("申请人会看到。扫码的人只看到「已撤销」。"))


class AnswerForm(Form):
    use_required_attribute = False
    answer = _long(_("答复"), hint=_("提异议的人会看到。"))


class MessageForm(Form):
    use_required_attribute = False
    text = _long(_("给申请人留言"))


class CheckReasonForm(Form):
    """Why the whole of the answers is looked at."""

    use_required_attribute = False
    reason = CharField(label=_("为什么要看全部"), max_length=200, help_text=_("会记下来，本人看得到。"))


class CorrectionsForm(SeenForm):
    """The checklist: one box and one line for everything the item asks for."""

    def __init__(self, *args: Any, known: Mapping[tuple[str, str], Mapping[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.known = known
        for place, ((kind, _key), name) in enumerate(known.items()):
            self.fields[f"need_{place}"] = CharField(required=False, label=name["zh"], widget=HiddenInput)
            self.fields[f"say_{place}"] = CharField(
                required=False, max_length=300, label=name["zh"], help_text=kind,
                widget=TextInput(attrs={"class": "input"}))

    def lines(self) -> list[dict[str, Any]]:
        """For the page: what may be asked, what was ticked and typed."""
        return [{
            "place": place, "kind": kind, "name": name, "ticked": bool(self[f"need_{place}"].value()),
            "say": self[f"say_{place}"]} for place, ((kind, _key), name) in enumerate(self.known.items())]

    def needs(self) -> list[dict[str, str]]:
        """The ticked lines, as the action takes them."""
        return [{"kind": kind, "key": key, "sentence": self.cleaned_data.get(f"say_{place}", "")}
                for place, (kind, key) in enumerate(self.known) if self.cleaned_data.get(f"need_{place}")]


class RateForm(Form):
    """Five grades, reasons to tick, a line. Nothing is chosen beforehand."""

    use_required_attribute = False
    grade = ChoiceField(label=_("您觉得办得怎么样"), choices=Grade.choices, widget=RadioSelect,
                        error_messages={"required": _("请选一个评价。")})
    reasons = MultipleChoiceField(label=_("好在哪里、不好在哪里"), choices=[], required=False,
                                  widget=CheckboxSelectMultiple)
    text = _long(_("还想说的话"), required=False, most=500, hint=_("不用写姓名和号码。"))

    def __init__(self, *args: Any, application: Application, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["reasons"]
        field.choices = reasons_offered(application.area)


class CallBackForm(Form):
    use_required_attribute = False
    outcome = ChoiceField(label=_("回访的结果"), widget=RadioSelect, choices=[],
                          error_messages={"required": _("请选一个回访结果。")})
    note = _long(_("回访时说了什么、改了什么"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        titles = dict(Rating._meta.get_field("outcome").choices or ())
        field: Any = self.fields["outcome"]
        field.choices = [(code, titles[code]) for code in OUTCOMES]
