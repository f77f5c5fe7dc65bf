"""What no room owns and residents ask all the same: places and telephones of the community, how to report a thing."""

from __future__ import annotations

from collections.abc import Iterator

from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext as _, gettext_lazy

from linli.foundation.areas.models import Area, Facility, FacilityKind, Level
from linli.foundation.people.models import Organisation, OrganisationKind
from linli.mechanisms.knowledge import Unit

# Places people go to; lamps, bins and hydrants are no answer to anybody's question.
_VISITED = (FacilityKind.STATION, FacilityKind.CANTEEN, FacilityKind.ROOM, FacilityKind.PLAYGROUND, FacilityKind.AED,
            FacilityKind.TOILET, FacilityKind.PARKING, FacilityKind.GREEN)
_CALLED = {
    OrganisationKind.PROPERTY_COMPANY: (
        gettext_lazy("物业"), ("物业电话", "物业公司联系方式", "找物业", "物业管理处在哪")),
    OrganisationKind.STREET_OFFICE: (gettext_lazy("街道办"), ("街道电话", "街道办事处电话", "街道联系方式")),
    OrganisationKind.CLINIC: (gettext_lazy("医疗机构"), ("社区医院电话", "卫生服务站电话", "社区诊所")),
    OrganisationKind.UTILITY: (gettext_lazy("水电气热单位"), ("停水打什么电话", "停电打什么电话", "燃气公司电话")),
}


def units() -> Iterator[Unit]:
    """Four kinds of things, each from its own table: telephones of a place, of its bodies, its facilities, guides."""
    yield from _places()
    yield from _bodies()
    yield from _facilities()
    yield from _guides()


def _places() -> Iterator[Unit]:
    for area in Area.objects.filter(level=Level.COMMUNITY).exclude(phone="").order_by("code"):
        yield Unit(
            key=f"assistant.area.{area.code}.phone", group=f"assistant.area.{area.code}", kind="service",
            title=_("%(place)s值班电话") % {"place": area.name}, aspect="phone", text=area.phone,
            wordings=("社区电话", "居委会电话", "社区怎么联系", "居委会联系方式", "社区值班电话多少"),
            url=_address("portal:help"), area_code=area.code, source=_("社区登记的值班电话"))


def _bodies() -> Iterator[Unit]:
    rows = Organisation.objects.filter(is_active=True, kind__in=list(_CALLED)).exclude(phone="").select_related("area")
    for row in rows.order_by("pk"):
        word, wordings = _CALLED[OrganisationKind(row.kind)]
        yield Unit(
            key=f"assistant.body.{row.pk}.phone", group=f"assistant.body.{row.pk}", kind="service",
            title=_("%(name)s（%(kind)s）电话") % {"name": row.name, "kind": word}, aspect="phone", text=row.phone,
            wordings=wordings, url=_address("portal:help"), area_code=row.area.code, source=_("社区登记的单位电话"))


def _facilities() -> Iterator[Unit]:
    rows = Facility.objects.filter(kind__in=_VISITED).select_related("area", "compound", "building").order_by("pk")
    for row in rows.iterator(chunk_size=500):
        kept = row.access if isinstance(row.access, dict) else {}
        address = str(kept.get("addr:full", "") or row.building or row.compound or row.area.name)
        hours = str(kept.get("opening_hours", ""))
        kind = str(FacilityKind(row.kind).label)
        group = f"assistant.facility.{row.pk}"
        title = row.name if kind in row.name else f"{row.name}（{kind}）"
        text = _("地点：%(where)s") % {"where": address}
        if hours:
            text = f"{text}\n" + _("开放时间：%(hours)s") % {"hours": hours}
        yield Unit(
            key=f"{group}.where", group=group, kind="facility", title=title, aspect="where", text=text,
            wordings=(f"{kind}在哪", f"{kind}几点开门") if hours else (f"{kind}在哪",),
            url=_address("access:facility", row.pk) or _address("portal:help"), area_code=row.area.code,
            source=_("社区设施登记"))


def _guides() -> Iterator[Unit]:
    report, ask = _address("repairs:report"), _address("requests:ask")
    if report:
        yield Unit(
            key="assistant.guide.repairs.what", group="assistant.guide.repairs", kind="guide", title=_("物业报修"),
            aspect="what", text=_("家里或公共的东西坏了，拍照、说地点就能报。报了有单号，谁来修、几点前来，都看得到。"),
            wordings=("电梯坏了", "水管漏水", "灯不亮了找谁", "马桶堵了", "下水道堵了", "门禁坏了", "家里停电了",
                      "暖气不热", "墙面渗水", "怎么报修", "找人来修", "楼道灯坏了"),
            url=report, source=_("本平台的服务说明"), acts=((_("去报修"), report),))
    if ask:
        yield Unit(
            key="assistant.guide.requests.what", group="assistant.guide.requests", kind="guide",
            title=_("提诉求、问事情"), aspect="what",
            text=_("对社区、物业、街道有意见、有建议、有事要问，写一句话就行。有单号，有时限，办到哪一步都看得到。"),
            wordings=("我要提意见", "给社区提建议", "向社区反映情况", "诉求怎么提", "我的工单办到哪了"),
            url=ask, source=_("本平台的服务说明"), acts=((_("去提"), ask),))


def _address(name: str, *args: object) -> str:
    try:
        return reverse(name, args=args)
    except NoReverseMatch:
        return ""
