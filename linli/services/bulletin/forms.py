"""What the desk fills in."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from linli.foundation.areas.models import Area, Building, Compound
from linli.foundation.policy import policy
from linli.services.bulletin import queries
from linli.services.bulletin.actions import Text
from linli.services.bulletin.models import BODY_MAX, Announcement, Kind

_MOMENT = "%Y-%m-%dT%H:%M"


def _moment_field(label: Any, hint: Any) -> forms.DateTimeField:
    return forms.DateTimeField(
        label=label, help_text=hint, required=False, input_formats=[_MOMENT, "%Y-%m-%d %H:%M"],
        widget=forms.DateTimeInput(format=_MOMENT, attrs={"type": "datetime-local"}),
        error_messages={"invalid": _("时间写成 2026-11-25 09:00 这样。")})


class AnnouncementForm(forms.Form):
    """Writes an `actions.Text`. The places offered are those of the chosen board."""

    board = forms.ChoiceField(label=_("以谁的名义"))
    kind = forms.ChoiceField(label=_("类别"), choices=Kind.choices, initial=Kind.OTHER)
    title = forms.CharField(
        label=_("标题"), max_length=60, help_text=_("先说什么事、什么时候，例如：3号楼明天 9 点停水"),
        error_messages={"required": _("请写标题。"), "max_length": _("标题最多 60 个字，请写短一点。")})
    body = forms.CharField(
        label=_("正文"), max_length=BODY_MAX, strip=False, widget=forms.Textarea(attrs={"rows": 10}),
        help_text=_("空一行就是新的一段。网址会自动变成链接。"),
        error_messages={"required": _("请写正文：什么事、什么时候、要大家做什么。"),
                        "max_length": _("正文最多 10000 个字，长的内容请放进附件。")})
    places = forms.MultipleChoiceField(
        label=_("只发给这些地方"), required=False, widget=forms.CheckboxSelectMultiple,
        help_text=_("都不选就是发给所有人。"),
        error_messages={"invalid_choice": _("选的地方不在您这里，请重新选。")})
    age_from = forms.IntegerField(label=_("满多少岁"), required=False, min_value=0, max_value=120)
    age_to = forms.IntegerField(label=_("到多少岁"), required=False, min_value=0, max_value=120)
    age_basis = forms.CharField(
        label=_("按年龄发的依据"), required=False, max_length=120,
        help_text=_("会给居民看。例如：高龄津贴发放办法。不按年龄发就不用填。"))
    publish_at = _moment_field(_("什么时候发"), _("不填就是审核通过后马上发。"))
    expires_at = _moment_field(_("什么时候过期"), "")
    is_urgent = forms.BooleanField(label=_("紧急：马上发消息给有关的人，夜里也发"), required=False)
    is_pinned = forms.BooleanField(label=_("置顶"), required=False)
    is_public = forms.BooleanField(label=_("没登录的人也能看（扫码、订阅）"), required=False, initial=True)

    def __init__(self, *args: Any, boards: list[queries.Board], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.boards = {board.key: board for board in boards}
        asked = self.data.get("board") if self.is_bound else self.initial.get("board")
        chosen = self.boards.get(str(asked)) or next(iter(self.boards.values()))
        self.initial["board"] = chosen.key
        self._choose("board", [(key, str(board)) for key, board in self.boards.items()])
        days = {"days": policy("bulletin.default_days")}
        self.fields["expires_at"].help_text = _("不填就是发布 %(days)s 天后。") % days
        self.offered = {place_key(place): place for place in queries.places_of(chosen)}
        self._choose("places", [(key, str(place)) for key, place in self.offered.items()])

    def _choose(self, name: str, choices: list[tuple[str, str]]) -> None:
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)
        field.choices = choices

    def clean_board(self) -> queries.Board:
        return self.boards[self.cleaned_data["board"]]

    @property
    def text(self) -> Text:
        """What was written, for the actions. Only after `is_valid()`."""
        data = {name: value for name, value in self.cleaned_data.items() if name != "board"}
        return Text(**{**data, "places": [self.offered[key] for key in data["places"]]})


class WordsForm(AnnouncementForm):
    """A change of what is published already: title and body, nothing else."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in set(self.fields) - {"title", "body"}:
            del self.fields[name]

    @property
    def text(self) -> Text:
        return Text(title=self.cleaned_data["title"], body=self.cleaned_data["body"])


class NoteForm(forms.Form):
    """One sentence that goes with a decision."""

    note = forms.CharField(label=_("说明"), max_length=200, error_messages={"required": _("请写一句说明。")})


def initial_of(row: Announcement) -> dict[str, Any]:
    """`row` as the form shows it."""
    names = ("kind", "title", "body", "age_from", "age_to", "age_basis", "publish_at", "expires_at", "is_urgent",
             "is_pinned", "is_public")
    places = [target.building or target.compound or target.area for target in row.targets.all()]
    board = queries.Board(row.area, row.organisation)
    return {**{name: getattr(row, name) for name in names}, "board": board.key,
            "places": [place_key(place) for place in places if place]}


def place_key(place: Area | Compound | Building) -> str:
    """What a form or the API sends for a place: a-… area, c-… compound, b-… building."""
    kinds = {Area: "a", Compound: "c", Building: "b"}
    return f"{kinds[type(place)]}-{place.pk}"
