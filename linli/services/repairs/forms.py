"""The forms of a report: each step asks one thing and keeps what was typed."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django import forms
from django.utils.timezone import localtime
from django.utils.translation import gettext as _, gettext_lazy

from linli.foundation.areas.models import Area, Building, Facility
from linli.foundation.people.models import Person
from linli.mechanisms.cases.kinds import Category
from linli.services.repairs import queries
from linli.services.repairs.actions.reporting import TEXT_MAX, Report
from linli.services.repairs.queries import Place
from linli.services.repairs.rules import Window
from linli.services.repairs.texts import AT_HOME, ENTRY

OTHER = "other"
WEEKDAYS = (gettext_lazy("周一"), gettext_lazy("周二"), gettext_lazy("周三"), gettext_lazy("周四"),
            gettext_lazy("周五"), gettext_lazy("周六"), gettext_lazy("周日"))
_PHONE = re.compile(r"(?:\+?86)?(1\d{10}|0\d{9,11})")


class PhoneField(forms.CharField):
    """A Chinese mobile or landline number; spaces and dashes are nobody's mistake."""

    widget = forms.TextInput(attrs={"inputmode": "tel", "autocomplete": "tel"})

    def clean(self, value: Any) -> str:
        text = re.sub(r"[\s\-—()（）]", "", str(super().clean(value) or ""))
        if not text:
            return ""
        found = _PHONE.fullmatch(text)
        if not found:
            digits = sum(sign.isdigit() for sign in text)
            raise forms.ValidationError(_("手机号要 11 位，现在是 %(count)s 位。") % {"count": digits})
        return f"+86{found[1]}" if found[1].startswith("1") else found[1]


class PhotoForm(forms.Form):
    """Step 1: photos (may be none), and for whom."""

    photos = forms.FileField(label=gettext_lazy("现场照片"), required=False)
    subject = forms.ChoiceField(label=gettext_lazy("替谁报"), required=False, widget=forms.RadioSelect)

    def __init__(self, subjects: Sequence[Person], data: Any = None, initial: Any = None) -> None:
        super().__init__(data, initial=initial)
        choices = [("", _("我自己")), *[(str(p.pk), _("替 %(name)s 报") % {"name": p.shown_name}) for p in subjects]]
        self.fields["subject"].choices = choices  # type: ignore[attr-defined]
        if not subjects:
            del self.fields["subject"]


class PlaceForm(forms.Form):
    """Step 2: where. A choice of what is near, or a building, a sticker's code, a position."""

    place = forms.ChoiceField(label=gettext_lazy("在哪里"), widget=forms.RadioSelect, error_messages={
        "required": gettext_lazy("请选一个地方。"), "invalid_choice": gettext_lazy("请选一个地方。")})
    building = forms.ChoiceField(label=gettext_lazy("哪一栋楼"), required=False)
    code = forms.CharField(label=gettext_lazy("设备上的码"), max_length=20, required=False,
                           help_text=gettext_lazy("贴在电梯、路灯上的，例如 LT-10302"))
    lon = forms.FloatField(label=gettext_lazy("经度"), required=False, min_value=-180, max_value=180)
    lat = forms.FloatField(label=gettext_lazy("纬度"), required=False, min_value=-90, max_value=90)
    detail = forms.CharField(label=gettext_lazy("说细一点"), max_length=60, required=False,
                             help_text=gettext_lazy("例如：2 单元门口、6 楼拐角、厨房水槽下面"))

    def __init__(self, places: Sequence[Place], buildings: Sequence[Building], area: Area, data: Any = None,
                 initial: Any = None) -> None:
        super().__init__(data, initial=initial)
        self.places, self.area = {place.key: place for place in places}, area
        choices = [(place.key, place.title) for place in places]
        self.fields["place"].choices = [*choices, (OTHER, _("别的地方"))]  # type: ignore[attr-defined]
        self.fields["building"].choices = [  # type: ignore[attr-defined]
            ("", _("不是楼里，或者说不清")), *[(str(b.pk), str(b)) for b in buildings]]
        self.buildings = {str(b.pk): b for b in buildings}
        self.facility: Facility | None = None

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if given.get("code"):
            self.facility = queries.facility_by_code(self.area, given["code"])
            if self.facility is None:
                self.add_error("code", _("这个社区没有这个设备码。请看看标签，或选楼栋。"))
        if (given.get("lon") is None) != (given.get("lat") is None):
            self.add_error("lat" if given.get("lat") is None else "lon", _("经度和纬度要一起填。"))
        if given.get("place") == OTHER and not self.errors and not (
                given.get("building") or given.get("code") or given.get("lon") is not None or given.get("detail")):
            self.add_error("building", _("请选楼栋、填设备码，或说一下在哪里。"))
        return given


class WordsForm(forms.Form):
    """Step 3: what is wrong, how urgent, and when one may come."""

    text = forms.CharField(
        label=gettext_lazy("用您自己的话说"), widget=forms.Textarea(attrs={"rows": 4}), strip=True,
        help_text=gettext_lazy("例如：电梯上行时咔咔响，停在 2 层不开门"),
        error_messages={"required": gettext_lazy("请写一句哪里不对")})
    category = forms.ChoiceField(
        label=gettext_lazy("是哪一种"), required=False, widget=forms.RadioSelect,
        help_text=gettext_lazy("不选也行，按您写的来定。"))
    urgency = forms.ChoiceField(
        label=gettext_lazy("急不急"), required=False, widget=forms.RadioSelect,
        choices=[("urgent", gettext_lazy("今天要修（影响过日子）")), ("normal", gettext_lazy("这几天修就行"))])
    slot = forms.ChoiceField(label=gettext_lazy("哪个时间方便"), required=False,
                             help_text=gettext_lazy("师傅接单以后跟您定准。"))
    entry = forms.ChoiceField(label=gettext_lazy("怎么进门"), required=False, widget=forms.RadioSelect, choices=ENTRY)
    at_home = forms.MultipleChoiceField(
        label=gettext_lazy("家里的情况"), required=False, widget=forms.CheckboxSelectMultiple, choices=AT_HOME,
        help_text=gettext_lazy("只有上门的师傅看得到，好让他心里有数。"))
    phone = PhoneField(label=gettext_lazy("打哪个电话"), required=False, max_length=20,
                       help_text=gettext_lazy("不填就打您登录用的手机。"))

    def __init__(self, categories: Sequence[Category], windows: Sequence[Window], *, is_home: bool, data: Any = None,
                 initial: Any = None) -> None:
        super().__init__(data, initial=initial)
        self.fields["category"].choices = [(c.code, str(c)) for c in categories]  # type: ignore[attr-defined]
        self.windows = {window.key: window for window in windows}
        self.fields["slot"].choices = [  # type: ignore[attr-defined]
            ("", _("都行，先联系我")), *[(w.key, span(w.starts, w.ends)) for w in windows]]
        if not is_home:
            del self.fields["entry"], self.fields["at_home"]

    def clean_text(self) -> str:
        text = str(self.cleaned_data["text"])
        if len(text) > TEXT_MAX:
            raise forms.ValidationError(_("说明最多 %(most)s 个字，现在有 %(now)s 个字。请删短一些，要紧的留下。") % {
                "most": TEXT_MAX, "now": len(text)})
        return text


class QuickForm(forms.Form):
    """One page for everything that must be known; for slow lines and for who does not like steps."""

    text = WordsForm.base_fields["text"]
    photos = PhotoForm.base_fields["photos"]
    place = forms.ChoiceField(label=gettext_lazy("在哪里"), error_messages={
        "required": gettext_lazy("请选一个地方。"), "invalid_choice": gettext_lazy("请选一个地方。")})
    detail = PlaceForm.base_fields["detail"]
    phone = WordsForm.base_fields["phone"]
    clean_text = WordsForm.clean_text

    def __init__(self, places: Sequence[Place], data: Any = None, initial: Any = None) -> None:
        super().__init__(data, initial=initial)
        self.places = {place.key: place for place in places}
        self.fields["place"].choices = [  # type: ignore[attr-defined]
            *[(p.key, f"{p.title}（{p.sub}）" if p.sub else p.title) for p in places], (OTHER, _("别的地方"))]

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if given.get("place") == OTHER and not given.get("detail"):
            self.add_error("detail", _("请说一下在哪里。"))
        return given


class DeskForm(forms.Form):
    """What somebody says by telephone, at the window or on paper."""

    channel = forms.ChoiceField(
        label=gettext_lazy("怎么来的"), widget=forms.RadioSelect, initial="phone",
        choices=[("phone", gettext_lazy("打电话")), ("window", gettext_lazy("到窗口")),
                 ("paper", gettext_lazy("纸条、信"))])
    name = forms.CharField(label=gettext_lazy("怎么称呼"), max_length=30, required=False)
    phone = PhoneField(label=gettext_lazy("来人的电话"), max_length=20, error_messages={
        "required": gettext_lazy("请填来人的电话，好给人回话。")})
    text = WordsForm.base_fields["text"]
    category = forms.ChoiceField(
        label=gettext_lazy("种类"), required=False, help_text=gettext_lazy("不选就按写的来定。"))
    building = forms.ChoiceField(label=gettext_lazy("哪一栋楼"), required=False)
    room = forms.CharField(label=gettext_lazy("房号"), max_length=12, required=False,
                           help_text=gettext_lazy("在家里面的才填，例如 2-602"))
    code = PlaceForm.base_fields["code"]
    detail = PlaceForm.base_fields["detail"]
    urgency = WordsForm.base_fields["urgency"]
    slot = forms.ChoiceField(label=gettext_lazy("约什么时间"), required=False)
    is_private = forms.BooleanField(label=gettext_lazy("不公开，只给办事的人看"), required=False)
    photos = PhotoForm.base_fields["photos"]
    once = forms.CharField(widget=forms.HiddenInput, max_length=64)
    clean_text = WordsForm.clean_text

    def __init__(self, buildings: Sequence[Building], categories: Sequence[Category], windows: Sequence[Window],
                 area: Area, data: Any = None, initial: Any = None) -> None:
        super().__init__(data, initial=initial)
        self.area, self.windows = area, {window.key: window for window in windows}
        self.fields["building"].choices = [  # type: ignore[attr-defined]
            ("", _("不是楼里，或者说不清")), *[(str(b.pk), str(b)) for b in buildings]]
        self.fields["category"].choices = [("", _("按写的来定")), *[  # type: ignore[attr-defined]
            (c.code, str(c)) for c in categories]]
        self.fields["slot"].choices = [("", _("先联系"))] + [  # type: ignore[attr-defined]
            (w.key, span(w.starts, w.ends)) for w in windows]
        self.buildings = {str(b.pk): b for b in buildings}
        self.home: Any = None
        self.facility: Facility | None = None

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        building = self.buildings.get(given.get("building", ""))
        if given.get("code"):
            self.facility = queries.facility_by_code(self.area, given["code"])
            if self.facility is None:
                self.add_error("code", _("这个社区没有这个设备码。请看看标签，或选楼栋。"))
        if given.get("room"):
            self.home = queries.home_by_room(building, given["room"]) if building else None
            if self.home is None:
                self.add_error("room", _("这栋楼里没有这个房号，请核对。"))
        if not self.errors and not (building or self.facility or given.get("detail")):
            self.add_error("building", _("请选楼栋、填设备码，或说一下在哪里。"))
        return given

    def told(self, photos: Sequence[int]) -> Report:
        """What was written down, as a report."""
        given = self.cleaned_data
        window = self.windows.get(given["slot"])
        building = self.buildings.get(given["building"]) or (self.facility.building if self.facility else None)
        return Report(
            text=given["text"], category=given["category"], urgency=given["urgency"], building=building,
            home=self.home, facility=self.facility, detail=given["detail"], is_private=given["is_private"],
            slot=(window.starts.isoformat(), window.ends.isoformat()) if window else None,
            contact=(given["name"], given["phone"]), photos=photos, once=given["once"], channel=given["channel"])


_SPAN = re.compile(r"(\d{1,2})[:：]?(\d{2})?\s*[-–—~至到]\s*(\d{1,2})[:：]?(\d{2})?")


class HoursForm(forms.Form):
    """When a fitter goes to homes: a line for each day of the week, or as everybody."""

    own = forms.ChoiceField(
        label=gettext_lazy("按什么排"), widget=forms.RadioSelect, initial="0",
        choices=[("0", gettext_lazy("跟大家一样")), ("1", gettext_lazy("这位师傅单独排，按下面写的"))])

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for number, name in enumerate(WEEKDAYS, 1):
            self.fields[f"day{number}"] = forms.CharField(label=name, required=False, max_length=60)

    @staticmethod
    def first(hours: dict[str, Any], *, own: bool) -> dict[str, str]:
        """What stands in the fields before anything is typed."""
        lines = {f"day{day}": " ".join(f"{since}-{until}" for since, until in hours.get(str(day), ()))
                 for day in range(1, 8)}
        return {"own": "1" if own else "0", **lines}

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        self.spans: dict[str, list[list[str]]] = {}
        if given.get("own") == "1":
            for day in range(1, 8):
                self.spans[str(day)] = self._spans(f"day{day}", given.get(f"day{day}", ""))
            if not self.errors and not any(self.spans.values()):
                self.add_error("day1", _("至少要有一天上门。长期不来的，请在人员里收回他的角色。"))
        return given

    def _spans(self, name: str, text: str) -> list[list[str]]:
        found = []
        for h1, m1, h2, m2 in _SPAN.findall(text):
            if int(h1) > 23 or int(h2) > 23 or int(m1 or 0) > 59 or int(m2 or 0) > 59:
                self.add_error(name, _("没有这个钟点，请写成 08:00-12:00 这样。"))
                return []
            found.append([f"{int(h1):02}:{int(m1 or 0):02}", f"{int(h2):02}:{int(m2 or 0):02}"])
        if text.strip() and (not found or _SPAN.sub("", text).strip(" ,，、;；")):
            self.add_error(name, _("看不懂这一行，请写成 08:00-12:00 14:00-18:00 这样。"))
        return found

    @property
    def hours(self) -> dict[str, list[list[str]]] | None:
        """The spans by ISO weekday; None: as everybody."""
        return self.spans if self.cleaned_data.get("own") == "1" else None


class AwayForm(forms.Form):
    """From when until when somebody is away."""

    starts = forms.DateTimeField(
        label=gettext_lazy("从"), input_formats=["%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M"],
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
        error_messages={"required": gettext_lazy("请选时间。"), "invalid": gettext_lazy("时间要像 2026-12-01 09:30。")})
    ends = forms.DateTimeField(
        label=gettext_lazy("到"), input_formats=["%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M"],
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
        error_messages={"required": gettext_lazy("请选时间。"), "invalid": gettext_lazy("时间要像 2026-12-01 09:30。")})
    reason = forms.CharField(label=gettext_lazy("为什么"), max_length=60, required=False,
                             help_text=gettext_lazy("例如：请假、培训。居民看不到。"))


def span(starts: datetime, ends: datetime) -> str:
    """11-25 周三 14:00–16:00."""
    day = localtime(starts)
    return _("%(day)s %(weekday)s %(from)s–%(to)s") % {
        "day": f"{day:%m-%d}", "weekday": WEEKDAYS[day.weekday()], "from": f"{day:%H:%M}",
        "to": f"{localtime(ends):%H:%M}"}
