"""Places, ways, books, outings."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import get_language, gettext as _, gettext_lazy

from linli.foundation.areas.models import Area, Facility
from linli.foundation.people.models import Organisation
from linli.foundation.policy import policy
from linli.mechanisms.cases.kinds import current
from linli.services.children import isbns
from linli.services.children.models import Bus, Outing, Route, Segment, Spot

WEEKDAYS = [
    ("1", gettext_lazy("周一")), ("2", gettext_lazy("周二")), ("3", gettext_lazy("周三")), ("4", gettext_lazy("周四")),
    ("5", gettext_lazy("周五")), ("6", gettext_lazy("周六")), ("7", gettext_lazy("周日")),
]
_MOMENT = "%Y-%m-%dT%H:%M"
DATE = forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})
TIME = forms.TimeInput(format="%H:%M", attrs={"type": "time"})


class WeekdaysField(forms.TypedMultipleChoiceField):
    """Numbers 1 … 7."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("label", gettext_lazy("星期几"))
        kwargs.setdefault("error_messages", {"required": gettext_lazy("请选星期几。")})
        super().__init__(choices=WEEKDAYS, coerce=int, widget=forms.CheckboxSelectMultiple, **kwargs)


class HazardForm(forms.Form):
    category = forms.ChoiceField(label=gettext_lazy("哪一类"), widget=forms.RadioSelect,
                                 error_messages={"required": gettext_lazy("请选是哪一类隐患。")})
    text = forms.CharField(
        label=gettext_lazy("哪里不对"), max_length=500, widget=forms.Textarea(attrs={"rows": 4}),
        help_text=gettext_lazy("例如：滑梯右边的板裂了，会夹手"),
        error_messages={"required": gettext_lazy("请写一句哪里不对。")})

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["category"].choices = [  # type: ignore[attr-defined]  # a ChoiceField
            (code, str(category)) for code, category in current("hazard").categories.items()]


class SpotForm(forms.ModelForm):
    class Meta:
        model = Spot
        fields = ["facility", "kind", "age_from", "age_to", "fence", "surface", "shade", "lighting", "has_toilet",
                  "has_water", "is_step_free", "open_hours", "supervised_hours", "note", "check_days"]
        error_messages = {"facility": {"required": gettext_lazy("请选一处设施。")}}

    def __init__(self, *args: Any, area: Area, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["facility"].queryset = Facility.objects.filter(  # type: ignore[attr-defined]  # a model field
            area__code__startswith=area.code[:12]).exclude(kind__in=["lift", "ramp", "door", "bins", "parking"])


class CheckForm(forms.Form):
    """Every item of the list of the policy: good, mend, stop. Nothing is chosen beforehand."""

    on = forms.DateField(label=gettext_lazy("哪天查的"), widget=DATE)
    findings = forms.CharField(
        label=gettext_lazy("看到什么"), max_length=300, required=False, widget=forms.Textarea(attrs={"rows": 3}),
        help_text=gettext_lazy("有一项不好就要写；会自动报成隐患，派人去修"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        english = (get_language() or "").startswith("en")
        choices = [("good", _("好")), ("mend", _("要修")), ("stop", _("先停用"))]
        self.codes = [item["code"] for item in policy("children.check_items")]
        for item in policy("children.check_items"):
            self.fields[f"item_{item['code']}"] = forms.ChoiceField(
                label=item["en" if english else "zh"], choices=choices, widget=forms.RadioSelect,
                error_messages={"required": _("「%(item)s」还没选。") % {"item": item["en" if english else "zh"]}})

    def item_fields(self) -> list[forms.BoundField]:
        return [self[f"item_{code}"] for code in self.codes]

    def items(self) -> dict[str, str]:
        return {code: self.cleaned_data[f"item_{code}"] for code in self.codes}


class RouteForm(forms.ModelForm):
    class Meta:
        model = Route
        fields = ["name", "school", "starts_at", "walked_on", "is_published"]
        widgets = {"walked_on": DATE}

    def __init__(self, *args: Any, area: Area, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["school"].queryset = schools(area)  # type: ignore[attr-defined]  # a model field


def schools(area: Area) -> Any:
    """The schools of the street the community lies in."""
    return Organisation.objects.filter(kind="school", is_active=True, area__code__startswith=area.code[:9])


class PointsField(forms.CharField):
    """"lon,lat lon,lat …" ↔ [[lon, lat], …]."""

    def prepare_value(self, value: Any) -> Any:
        return " ".join(f"{x},{y}" for x, y in value) if isinstance(value, list) else value

    def clean(self, value: Any) -> Any:
        text = super().clean(value)
        try:
            points = [[float(part) for part in pair.split(",")] for pair in text.split()]
        except ValueError:
            points = []
        if len(points) < 2 or any(len(point) != 2 for point in points):
            raise forms.ValidationError(_("要有至少两个点，写成 经度,纬度，点和点之间空一格。"))
        return points


class SegmentForm(forms.ModelForm):
    points = PointsField(
        label=gettext_lazy("折线"), help_text=gettext_lazy("经度,纬度，点和点之间空一格"), max_length=2000)

    class Meta:
        model = Segment
        fields = ["name", "points", "speed_kmh", "crossing", "pavement", "lighting", "has_guard", "advice"]


SegmentSet = forms.formset_factory(SegmentForm, extra=2, can_delete=True, max_num=30)


class BusForm(forms.ModelForm):
    weekdays = WeekdaysField()

    class Meta:
        model = Bus
        fields = ["name", "weekdays", "departs", "meets_at", "adults_min", "phone", "is_running"]
        widgets = {"departs": TIME}


class TitleForm(forms.Form):
    isbn = forms.CharField(label="ISBN", max_length=20, required=False,
                           help_text=gettext_lazy("扫书背面的条码，或者照着输"))
    name = forms.CharField(label=gettext_lazy("书名"), max_length=120,
                           error_messages={"required": gettext_lazy("请写书名。")})
    authors = forms.CharField(label=gettext_lazy("作者"), max_length=120, required=False)
    publisher = forms.CharField(label=gettext_lazy("出版社"), max_length=60, required=False)
    year = forms.IntegerField(label=gettext_lazy("出版年"), min_value=1900, max_value=2100, required=False)
    age_from = forms.IntegerField(label=gettext_lazy("从几岁读"), min_value=0, max_value=18, required=False)
    call_number = forms.CharField(label=gettext_lazy("索书号"), max_length=30, required=False)
    shelf = forms.CharField(label=gettext_lazy("书架"), max_length=20, required=False)
    barcodes = forms.CharField(
        label=gettext_lazy("馆藏条码"), max_length=400, help_text=gettext_lazy("几本写几个，中间空一格"),
        error_messages={"required": gettext_lazy("请写馆藏条码，几本写几个。")})

    def clean_isbn(self) -> str:
        from linli.foundation.web import Refused

        try:
            return isbns.clean(self.cleaned_data["isbn"])
        except Refused as refusal:
            raise forms.ValidationError(str(refusal.sentence)) from None

    def clean_barcodes(self) -> list[str]:
        found = [word[:20] for word in self.cleaned_data["barcodes"].split()]
        return list(dict.fromkeys(found))


class OutingForm(forms.ModelForm):
    starts = forms.DateTimeField(label=gettext_lazy("开始"), input_formats=[_MOMENT, "%Y-%m-%d %H:%M"],
                                 widget=forms.DateTimeInput(format=_MOMENT, attrs={"type": "datetime-local"}))
    minutes = forms.IntegerField(label=gettext_lazy("多少分钟"), min_value=15, max_value=480, initial=90)
    places = forms.IntegerField(label=gettext_lazy("名额"), min_value=2, max_value=200, initial=20,
                                help_text=gettext_lazy("大人孩子都算一个"))

    class Meta:
        model = Outing
        fields = ["title", "text", "place", "age_from", "age_to", "starts"]
        widgets = {"text": forms.Textarea(attrs={"rows": 4})}


class JoinForm(forms.Form):
    """Who comes: at least one grown-up, and the children by name and year of birth."""

    adults = forms.IntegerField(label=gettext_lazy("大人几位"), min_value=1, max_value=3, initial=1,
                                help_text=gettext_lazy("至少一位大人一起来，全程看着孩子"),
                                error_messages={"min_value": gettext_lazy("亲子活动至少要有一位大人。")})
    children = forms.CharField(
        label=gettext_lazy("孩子"), max_length=200, widget=forms.Textarea(attrs={"rows": 2}),
        help_text=gettext_lazy("一行一个：称呼 出生年份，例如 小雨 2019"),
        error_messages={"required": gettext_lazy("请写来的孩子，一行一个。")})
    grown = forms.BooleanField(label=gettext_lazy("报名的我满 18 岁，会一起来"),
                               error_messages={"required": gettext_lazy("要由满 18 岁的大人报名，并且一起来。")})

    def clean_children(self) -> list[tuple[str, int]]:
        found, year = [], timezone.localdate().year
        for line in self.cleaned_data["children"].splitlines():
            words = line.replace("，", " ").replace(",", " ").split()
            if not words:
                continue
            if len(words) < 2 or not words[-1].isdecimal() or not year - 18 <= int(words[-1]) <= year:
                raise forms.ValidationError(_("「%(line)s」要写成：称呼 出生年份，例如 小雨 2019。") % {
                    "line": line[:20]})
            found.append((" ".join(words[:-1])[:20], int(words[-1])))
        if not found:
            raise forms.ValidationError(_("请写来的孩子，一行一个。"))
        return found[:5]
