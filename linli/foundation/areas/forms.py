"""What is typed about places at the desk."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from linli.foundation.areas.columns import KINDS
from linli.foundation.areas.models import Area, AreaSource, Building, Compound, FacilityKind
from linli.foundation.people.models import Organisation

_UNKNOWN = [("", _("没看过"))]
_YES_NO = [*_UNKNOWN, ("yes", _("有")), ("no", _("没有"))]
_NUMBER = {"inputmode": "decimal"}


class UploadForm(forms.Form):
    kind = forms.ChoiceField(label=_("导入什么"), choices=list(KINDS.items()), widget=forms.RadioSelect,
                             error_messages={"required": _("请选导入什么。")})
    file = forms.FileField(label=_("文件"), help_text=_("xlsx 或 csv，10 MB 以内，最多 20000 行"),
                           error_messages={"required": _("请选一个文件。")},
                           widget=forms.ClearableFileInput(attrs={"accept": ".xlsx,.xls,.csv"}))


class MapForm(forms.Form):
    name = forms.CharField(label=_("图层名"), max_length=30, initial=_("底图"), help_text=_("同名的会被换掉"),
                           error_messages={"required": _("请写图层名。")})
    file = forms.FileField(label=_("GeoJSON 文件"), help_text=_("5 MB 以内"),
                           error_messages={"required": _("请选一个文件。")},
                           widget=forms.ClearableFileInput(attrs={"accept": ".geojson,.json"}))
    datum = forms.ChoiceField(
        label=_("坐标系"), widget=forms.RadioSelect, initial="wgs84",
        choices=[("wgs84", _("WGS 84（GPS、天地图、OpenStreetMap）")), ("gcj02", _("GCJ-02（高德、腾讯）"))])


class CompoundForm(forms.Form):
    name = forms.CharField(label=_("小区"), max_length=60, error_messages={"required": _("请写小区名。")})
    address = forms.CharField(label=_("地址"), max_length=120, required=False)
    completed_on_year = forms.IntegerField(
        label=_("竣工年份"), required=False, min_value=1850, max_value=2100, widget=forms.TextInput(attrs=_NUMBER))
    property_company = forms.ModelChoiceField(
        Organisation.objects.none(), label=_("物业"), required=False, empty_label=_("没有"))

    def __init__(self, *args: Any, area: Area, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        above = [area.code[:length] for length in range(2, len(area.code) + 1)]
        self.fields["property_company"].queryset = Organisation.objects.filter(  # type: ignore[attr-defined]
            area__code__in=above, kind="property_company", is_active=True).order_by("name")


class BuildingForm(forms.Form):
    name = forms.CharField(label=_("楼栋"), max_length=30, help_text=_("例如 3号楼"),
                           error_messages={"required": _("请写楼栋。")})
    number = forms.IntegerField(label=_("楼号"), min_value=0, max_value=9999, initial=0, help_text=_("排序用"),
                                widget=forms.TextInput(attrs=_NUMBER))
    floors = forms.IntegerField(label=_("层数"), min_value=1, max_value=200, initial=6,
                                widget=forms.TextInput(attrs=_NUMBER))
    entrances = forms.IntegerField(label=_("单元数"), min_value=1, max_value=50, initial=1,
                                   widget=forms.TextInput(attrs=_NUMBER))
    grid = forms.ModelChoiceField(Area.objects.none(), label=_("网格"), required=False, empty_label=_("没有"))
    lon = forms.FloatField(label=_("经度"), required=False, min_value=-180, max_value=180, help_text="WGS 84",
                           widget=forms.TextInput(attrs=_NUMBER))
    lat = forms.FloatField(label=_("纬度"), required=False, min_value=-90, max_value=90, help_text="WGS 84",
                           widget=forms.TextInput(attrs=_NUMBER))

    def __init__(self, *args: Any, area: Area, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["grid"].queryset = Area.objects.filter(  # type: ignore[attr-defined]
            code__startswith=area.code, level="grid").order_by("code")


class HomeForm(forms.Form):
    entrance = forms.CharField(label=_("单元"), max_length=10, required=False)
    floor = forms.IntegerField(label=_("楼层"), min_value=-9, max_value=200, initial=1,
                               widget=forms.TextInput(attrs=_NUMBER))
    number = forms.CharField(label=_("房号"), max_length=12, error_messages={"required": _("请写房号。")})
    exclusive_area = forms.DecimalField(
        label=_("专有面积（m²）"), required=False, max_digits=9, decimal_places=2, min_value=0.01,
        help_text=_("业主投票按它算"), widget=forms.TextInput(attrs=_NUMBER))
    area_source = forms.ChoiceField(label=_("面积来源"), choices=AreaSource.choices, initial=AreaSource.UNKNOWN)


class FacilityForm(forms.Form):
    kind = forms.ChoiceField(label=_("种类"), choices=FacilityKind.choices)
    name = forms.CharField(label=_("名称"), max_length=60, error_messages={"required": _("请写名称。")})
    code = forms.CharField(label=_("设备码"), max_length=20, required=False,
                           help_text=_("贴在设备上的码，社区里不重复"))
    compound = forms.ModelChoiceField(
        Compound.objects.none(), label=_("小区"), required=False, empty_label=_("不在小区里"))
    building = forms.ModelChoiceField(
        Building.objects.none(), label=_("楼栋"), required=False, empty_label=_("不在楼里"))
    entrance = forms.CharField(label=_("单元"), max_length=10, required=False)
    lon = BuildingForm.base_fields["lon"]
    lat = BuildingForm.base_fields["lat"]
    checked_on = forms.DateField(
        label=_("最近检验"), required=False, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))
    wheelchair = forms.ChoiceField(
        label=_("轮椅"), required=False,
        choices=[*_UNKNOWN, ("yes", _("能进出")), ("limited", _("要人帮")), ("no", _("进不去"))])
    door_width_cm = forms.IntegerField(label=_("门宽（厘米）"), required=False, min_value=0, max_value=999,
                                       widget=forms.TextInput(attrs=_NUMBER))
    steps = forms.IntegerField(label=_("台阶数"), required=False, min_value=0, max_value=999,
                               widget=forms.TextInput(attrs=_NUMBER))
    handrail = forms.ChoiceField(label=_("扶手"), required=False, choices=_YES_NO)
    tactile = forms.ChoiceField(label=_("盲文"), required=False, choices=_YES_NO)
    speech = forms.ChoiceField(label=_("语音播报"), required=False, choices=_YES_NO)
    toilet = forms.ChoiceField(label=_("无障碍厕所"), required=False, choices=_YES_NO)

    def __init__(self, *args: Any, area: Area, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["compound"].queryset = Compound.objects.filter(area=area)  # type: ignore[attr-defined]
        self.fields["building"].queryset = Building.objects.filter(  # type: ignore[attr-defined]
            area=area).select_related("compound")
