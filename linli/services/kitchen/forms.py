"""What people fill in; what was typed stays when something is missing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import uuid4

from django import forms
from django.utils.translation import gettext_lazy as _

from linli.foundation.areas.models import Area, Building, Facility
from linli.foundation.people.forms import PhoneField
from linli.foundation.people.models import Organisation, Person
from linli.foundation.policy import policy
from linli.services.kitchen import words
from linli.services.kitchen.models import Found, Gift, Ingredient, Order, Recipe, Serving, ShiftKind, Storage, Way
from linli.services.kitchen.models.stock import Measure

_MOMENT = "%Y-%m-%dT%H:%M"
WEEKDAYS = [("1", _("周一")), ("2", _("周二")), ("3", _("周三")), ("4", _("周四")), ("5", _("周五")), ("6", _("周六")),
            ("7", _("周日"))]


def day(label: Any, **more: Any) -> forms.DateField:
    return forms.DateField(
        label=label, widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}),
        error_messages={"required": _("请选日期。"), "invalid": _("日期写成 2026-11-25 这样。")}, **more)


def moment(label: Any, **more: Any) -> forms.DateTimeField:
    return forms.DateTimeField(
        label=label, input_formats=[_MOMENT, "%Y-%m-%d %H:%M"],
        widget=forms.DateTimeInput(format=_MOMENT, attrs={"type": "datetime-local"}),
        error_messages={"required": _("请选什么时候。"), "invalid": _("时间写成 2026-11-25 09:00 这样。")}, **more)


def ticks(label: Any, **more: Any) -> forms.MultipleChoiceField:
    return forms.MultipleChoiceField(label=label, required=False, widget=forms.CheckboxSelectMultiple, **more)


class Once(forms.Form):
    """A form whose second tap changes nothing."""

    once = forms.CharField(widget=forms.HiddenInput, required=False, max_length=40)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs["initial"] = {"once": uuid4().hex, **(kwargs.get("initial") or {})}
        super().__init__(*args, **kwargs)

    def clean_once(self) -> str:
        return self.cleaned_data["once"] or uuid4().hex


class PlaceForm(forms.Form):
    """A form whose choices come from the policies of an area."""

    def __init__(self, *args: Any, area: Area, **kwargs: Any) -> None:
        self.area = area
        super().__init__(*args, **kwargs)
        for name in ("allergens", "allergies"):
            if name in self.fields:
                self.fields[name].choices = words.choices("allergens", area)  # type: ignore[attr-defined]
        if "diets" in self.fields:
            self.fields["diets"].choices = words.choices("diets", area)  # type: ignore[attr-defined]


class OrderForm(Once):
    """A meal for oneself or family."""

    subject = forms.ChoiceField(label=_("谁吃"), required=False)
    portions = forms.TypedChoiceField(label=_("几份"), coerce=int, error_messages={"required": _("请选几份。")})
    way = forms.ChoiceField(label=_("怎么拿"), choices=Way.choices, widget=forms.RadioSelect,
                            error_messages={"required": _("请选送上门还是自己来取。")})
    note = forms.CharField(label=_("给厨房的话"), max_length=200, required=False, help_text=_("例如：饭软一点"))
    knows_diet = forms.BooleanField(label=_("我知道，还是要订"), required=False)

    def __init__(self, *args: Any, area: Area, people: Sequence[Person], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["portions"].choices = [  # type: ignore[attr-defined]
            (n, str(n)) for n in range(1, policy("kitchen.portions_most", area=area) + 1)]
        self.fields["subject"].choices = [  # type: ignore[attr-defined]
            (str(one.pk), one.shown_name) for one in people]
        if len(people) < 2:
            del self.fields["subject"]


class StandingForm(forms.Form):
    subject = forms.ChoiceField(label=_("谁吃"), required=False)
    weekdays = forms.TypedMultipleChoiceField(
        label=_("星期几"), choices=WEEKDAYS, coerce=int, widget=forms.CheckboxSelectMultiple,
        error_messages={"required": _("请选星期几。")})
    serving = forms.ChoiceField(label=_("哪一餐"), choices=Serving.choices)
    portions = forms.IntegerField(label=_("几份"), min_value=1, initial=1, error_messages={
        "required": _("请选几份。"), "min_value": _("至少一份。"), "invalid": _("请写数字。")})
    way = forms.ChoiceField(label=_("怎么拿"), choices=Way.choices, widget=forms.RadioSelect,
                            error_messages={"required": _("请选送上门还是自己来取。")})
    until = day(_("到哪天"), required=False, help_text=_("不写就一直订，随时可以停"))

    def __init__(self, *args: Any, people: Sequence[Person], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["subject"].choices = [  # type: ignore[attr-defined]
            (str(one.pk), one.shown_name) for one in people]
        if len(people) < 2:
            del self.fields["subject"]


class EaterForm(PlaceForm):
    """What the kitchen must know. Nothing is preselected; allergies need their own yes."""

    diets = ticks(_("饮食"))
    allergies = ticks(_("对什么过敏"), help_text=_("不想写就不勾；菜单上也写着每餐含什么"))
    agrees_health = forms.BooleanField(label=_("我单独同意厨房用过敏信息核对菜"), required=False)
    building = forms.ModelChoiceField(Building.objects.none(), label=_("楼栋"), required=False)
    door = forms.CharField(label=_("单元和门牌"), max_length=80, required=False, help_text=_("例如 2单元702"))
    door_words = forms.CharField(label=_("送餐的人要知道的"), max_length=120, required=False,
                                 help_text=_("例如：耳朵不好，多敲一会儿"))
    home_from = forms.TimeField(label=_("几点后在家"), required=False, widget=forms.TimeInput(
        format="%H:%M", attrs={"type": "time"}))
    neighbour = forms.CharField(label=_("不在家可以放在哪位邻居那里"), max_length=60, required=False,
                                help_text=_("写了就是同意放；不写就带回来"))
    contact = forms.CharField(label=_("没人开门时找谁"), max_length=30, required=False, help_text=_("例如 女儿"))
    contact_phone = PhoneField(label=_("他的电话"), required=False)

    field_order = ["building", "door", "door_words", "home_from", "neighbour", "contact", "contact_phone", "diets",
                   "allergies", "agrees_health"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["building"].queryset = Building.objects.filter(  # type: ignore[attr-defined]
            area=self.area).select_related("compound")


class TasteForm(forms.Form):
    taste = forms.ChoiceField(label=_("怎么样"), choices=Order.Taste.choices, widget=forms.RadioSelect,
                              error_messages={"required": _("请选一个：好吃、还行、不合口味。")})
    words_said = forms.CharField(label=_("想说的"), max_length=200, required=False)


class GiftForm(Once, PlaceForm):
    """An offer: what, how much, until when it is good."""

    name = forms.CharField(label=_("捐赠人"), max_length=40, error_messages={"required": _("请写捐赠人。")},
                           help_text=_("写在收据上；不经您同意不公开"))
    what = forms.CharField(label=_("捐什么"), max_length=60, error_messages={"required": _("请写捐什么。")})
    amount = forms.DecimalField(label=_("多少"), max_digits=8, decimal_places=3, min_value=0, error_messages={
        "required": _("请写有多少。"), "invalid": _("请写数字。"), "min_value": _("请写数字。")})
    unit = forms.ChoiceField(label=_("单位"), choices=[("kg", _("公斤")), ("piece", _("个"))])
    expires_on = day(_("到期日"))
    storage = forms.ChoiceField(label=_("怎么存"), choices=Storage.choices)
    allergens = ticks(_("含致敏物"))
    is_packaged = forms.BooleanField(label=_("是包装食品"), required=False)
    licence = forms.CharField(label=_("生产许可证号"), max_length=40, required=False, help_text=_("包装上 SC 开头的号"))
    label = forms.CharField(label=_("厂家批号"), max_length=40, required=False)
    none_refused = forms.BooleanField(label=_("里面没有上面列的这几样"), required=False)
    wants_agreement = forms.BooleanField(label=_("要签书面捐赠协议"), required=False)
    no_receipt = forms.BooleanField(label=_("不用开收据"), required=False)
    is_anonymous = forms.BooleanField(label=_("匿名捐赠"), required=False)

    def facts(self) -> dict[str, Any]:
        """As `giving.offer_gift` takes it: kilograms become grams."""
        given = dict(self.cleaned_data)
        for extra in ("name", "phone", "is_body"):
            given.pop(extra, None)
        is_kg = given.pop("unit") == "kg"
        given["measure"] = Measure.GRAM if is_kg else Measure.PIECE
        given["amount"] = int(given["amount"] * 1000) if is_kg else int(given["amount"])
        given["wants_receipt"] = not given.pop("no_receipt")
        return given


class DeskGiftForm(GiftForm):
    """The same, entered for somebody at the door."""

    phone = forms.CharField(label=_("联系电话"), max_length=20, required=False)
    is_body = forms.BooleanField(label=_("是单位"), required=False)

    field_order = ["name", "phone", "is_body"]


class AcceptForm(forms.Form):
    collect_at = moment(_("什么时候交接"))
    collect_where = forms.CharField(label=_("在哪里交接"), max_length=80, error_messages={
        "required": _("请写在哪里交接。")})


class WhyForm(forms.Form):
    why = forms.CharField(label=_("为什么"), max_length=120, error_messages={"required": _("请写一句为什么。")})


class ReceiveForm(PlaceForm):
    ingredient = forms.ModelChoiceField(Ingredient.objects.none(), label=_("算哪样食材"), error_messages={
        "required": _("请选食材，没有就先加一样。")})
    counted = forms.IntegerField(label=_("点下来多少（克或个）"), min_value=1, error_messages={
        "required": _("请写点下来有多少。"), "invalid": _("请写数字。"), "min_value": _("请写点下来有多少。")})
    condition = forms.ChoiceField(label=_("品相"), choices=Gift.Condition.choices, widget=forms.RadioSelect,
                                  error_messages={"required": _("请选品相。")})
    expires_on = day(_("到期日"))
    storage = forms.ChoiceField(label=_("怎么存"), choices=Storage.choices)
    allergens = ticks(_("标签上还写着含"))
    not_recalled = forms.BooleanField(label=_("查过了，没有被召回"), required=False)
    ticket = forms.CharField(label=_("财政票据号码"), max_length=40, required=False,
                             help_text=_("只有能开捐赠票据的单位填"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["ingredient"].queryset = Ingredient.objects.filter(area=self.area)  # type: ignore[attr-defined]


class LotForm(PlaceForm):
    """A lot that nobody gave: bought, or moved from another kitchen."""

    ingredient = forms.ModelChoiceField(Ingredient.objects.none(), label=_("食材"), error_messages={
        "required": _("请选食材，没有就先加一样。")})
    amount = forms.IntegerField(label=_("有多少（克或个）"), min_value=1, error_messages={
        "required": _("请写点下来有多少。"), "invalid": _("请写数字。"), "min_value": _("请写点下来有多少。")})
    source = forms.CharField(label=_("从哪里来"), max_length=80, help_text=_("例如 社区经费采购"), error_messages={
        "required": _("请写从哪里来的，例如 社区经费采购。")})
    expires_on = day(_("到期日"))
    storage = forms.ChoiceField(label=_("怎么存"), choices=Storage.choices)
    label = forms.CharField(label=_("厂家批号"), max_length=40, required=False)
    allergens = ticks(_("标签上还写着含"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["ingredient"].queryset = Ingredient.objects.filter(area=self.area)  # type: ignore[attr-defined]


class IngredientForm(PlaceForm):
    name = forms.CharField(label=_("食材"), max_length=40, error_messages={"required": _("请写食材的名字。")})
    measure = forms.ChoiceField(label=_("怎么计量"), choices=Measure.choices)
    allergens = ticks(_("含致敏物"))


class WasteForm(Once, PlaceForm):
    amount = forms.IntegerField(label=_("扔掉多少（克或个）"), min_value=1, error_messages={
        "required": _("请写扔掉多少。"), "invalid": _("请写数字。"), "min_value": _("请写扔掉多少。")})
    reason = forms.ChoiceField(label=_("为什么扔掉"), widget=forms.RadioSelect, error_messages={
        "required": _("请选为什么扔掉。")})

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["reason"].choices = words.choices("waste_reasons", self.area)  # type: ignore[attr-defined]


class RecallForm(forms.Form):
    reason = forms.CharField(label=_("为什么召回"), max_length=200, error_messages={
        "required": _("请写为什么召回。")}, help_text=_("例如：厂家通知这批检出霉变"))
    advice = forms.CharField(label=_("吃过的人怎么办"), max_length=200, widget=forms.Textarea(attrs={"rows": 3}),
                             error_messages={"required": _("请写吃过的人怎么办，他们会原样看到。")},
                             help_text=_("例如：没吃完的不要再吃；肚子不舒服就去社区医院，带上这条消息"))


class SiteForm(forms.Form):
    name = forms.CharField(label=_("厨房名称"), max_length=60, error_messages={"required": _("请写厨房的名字。")})
    phone = forms.CharField(label=_("电话"), max_length=20, error_messages={"required": _("请写电话。")},
                            widget=forms.TextInput(attrs={"inputmode": "tel"}))
    organisation = forms.ModelChoiceField(Organisation.objects.none(), label=_("谁办的"), required=False)
    facility = forms.ModelChoiceField(Facility.objects.none(), label=_("在哪里"), required=False,
                                      help_text=_("送餐路线从这里出发"))

    def __init__(self, *args: Any, area: Area, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["organisation"].queryset = Organisation.objects.filter(  # type: ignore[attr-defined]
            area__code__startswith=area.code[:9], is_active=True)
        self.fields["facility"].queryset = Facility.objects.filter(  # type: ignore[attr-defined]
            area=area, kind__in=["canteen", "station", "room"])


class RecipeForm(PlaceForm):
    """A dish: its diets, and for each ingredient so much in one portion."""

    name = forms.CharField(label=_("菜名"), max_length=40, error_messages={"required": _("请写菜名。")})
    diets = ticks(_("适合的饮食"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        lines: dict[int, int] = kwargs.pop("lines", {})
        super().__init__(*args, **kwargs)
        self.ingredients = list(Ingredient.objects.filter(area=self.area))
        for one in self.ingredients:
            self.fields[f"use-{one.pk}"] = forms.IntegerField(
                label=f"{one.name}（{one.get_measure_display()}）", required=False, min_value=0,
                initial=lines.get(one.pk), error_messages={"invalid": _("请写数字。"), "min_value": _("请写数字。")})

    def lines(self) -> dict[int, int]:
        """Ingredient id → amount in one portion."""
        return {one.pk: self.cleaned_data.get(f"use-{one.pk}") or 0 for one in self.ingredients}


class MenuForm(forms.Form):
    on = day(_("哪天"))
    serving = forms.ChoiceField(label=_("哪一餐"), choices=Serving.choices)
    dishes = forms.ModelMultipleChoiceField(Recipe.objects.none(), label=_("菜"), widget=forms.CheckboxSelectMultiple,
                                            error_messages={"required": _("请至少选一道菜。")})
    portions = forms.IntegerField(label=_("做多少份"), min_value=1, max_value=5000, error_messages={
        "required": _("请写做多少份。"), "invalid": _("请写数字。"), "min_value": _("请写做多少份。")})
    yuan = forms.DecimalField(label=_("每份多少元"), min_value=0, max_digits=6, decimal_places=2, initial=0,
                              help_text=_("只记下来，这里不收钱"), error_messages={"invalid": _("请写数字。")})
    serves_from = moment(_("几点开始送"))
    serves_until = moment(_("几点前送完"))
    cutoff_at = moment(_("几点截止"))

    def __init__(self, *args: Any, area: Area, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["dishes"].queryset = Recipe.objects.filter(area=area, is_active=True)  # type: ignore[attr-defined]


class PortionsForm(forms.Form):
    portions = forms.IntegerField(label=_("做多少份"), min_value=1, max_value=5000, error_messages={
        "required": _("请写做多少份。"), "invalid": _("请写数字。"), "min_value": _("请写做多少份。")})


class CookForm(PortionsForm):
    celsius = forms.DecimalField(label=_("中心温度（℃）"), max_digits=4, decimal_places=1, error_messages={
        "required": _("请量一下中心温度。"), "invalid": _("请写数字。")})
    sample_grams = forms.IntegerField(label=_("留样多少克"), min_value=0, error_messages={
        "required": _("请写留样多少克。"), "invalid": _("请写数字。")})


class DeskOrderForm(Once):
    """Somebody rings, or stands at the counter."""

    phone = PhoneField(label=_("谁吃：手机号"), required=False)
    name = forms.CharField(label=_("没有手机号的写姓名"), max_length=30, required=False,
                           help_text=_("要先在居民页登记过"))
    channel = forms.ChoiceField(label=_("怎么订的"), choices=[("phone", _("打电话")), ("desk", _("到窗口"))])
    portions = forms.IntegerField(label=_("几份"), min_value=1, initial=1, error_messages={
        "required": _("请选几份。"), "invalid": _("请写数字。"), "min_value": _("至少一份。")})
    way = forms.ChoiceField(label=_("怎么拿"), choices=Way.choices, widget=forms.RadioSelect,
                            error_messages={"required": _("请选送上门还是自己来取。")})
    note = forms.CharField(label=_("给厨房的话"), max_length=200, required=False)
    knows_diet = forms.BooleanField(label=_("饮食不合也说过了，还是要"), required=False)


class SubsidyForm(forms.Form):
    code = forms.ChoiceField(label=_("补贴类别"))
    source = forms.CharField(label=_("看过什么证件"), max_length=80, required=False, help_text=_("例如 低保证"))

    def __init__(self, *args: Any, area: Area, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["code"].choices = words.choices("subsidy", area)  # type: ignore[attr-defined]


class CarrierForm(forms.Form):
    phone = PhoneField(label=_("送餐的人的手机号"))


class ShiftForm(forms.Form):
    kind = forms.ChoiceField(label=_("做什么"), choices=ShiftKind.choices)
    starts = moment(_("从"))
    ends = moment(_("到"))
    places = forms.IntegerField(label=_("要几个人"), min_value=1, max_value=100, initial=4, error_messages={
        "required": _("请写要几个人。"), "invalid": _("请写数字。")})


class CertificateForm(forms.Form):
    phone = PhoneField(label=_("志愿者的手机号"))
    number = forms.CharField(label=_("健康证号"), max_length=40, error_messages={"required": _("请写健康证上的号码。")})
    valid_until = day(_("有效期到"))


class AlertForm(forms.Form):
    found = forms.ChoiceField(label=_("看到什么"), choices=Found.choices, widget=forms.RadioSelect,
                              error_messages={"required": _("请选看到什么。")})
    words = forms.CharField(label=_("说明"), max_length=300, widget=forms.Textarea(attrs={"rows": 3}),
                            help_text=_("见到谁、怎么样、还要做什么"), error_messages={
        "required": _("请写一句：见到谁、怎么样。")})
