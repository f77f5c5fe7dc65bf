"""What this room can answer in public: the published fields of items and bundles, each aspect its own unit."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from django.urls import reverse
from django.utils.translation import gettext as _

from linli.mechanisms.knowledge import Unit
from linli.services.gov.items import sheet as sheets
from linli.services.gov.items.sheet import Sheet
from linli.services.gov.models import BundleVersion, Publication, PublicState
from linli.services.gov.queries.items import can_apply, newest_bundles

_MOST = 1_500  # characters of a unit: an answer is read, not scrolled


def units() -> Iterable[Unit]:
    """Called in zh-hans by the knowledge's job; two queries and one for the bundles."""
    rows = Publication.objects.exclude(state=PublicState.OFF).select_related("item", "area", "version")
    off = set(Publication.objects.filter(state=PublicState.OFF, area=None).values_list("item_id", flat=True))
    for row in rows.order_by("item__slug", "id").iterator(chunk_size=200):
        if row.item_id not in off:
            yield from _item(row)
    for bundle in newest_bundles():
        yield from _bundle(bundle)


def _item(row: Publication) -> Iterator[Unit]:
    told = sheets.sheet(row.version.body)
    place = row.area_code
    slug = told.slug if row.area is None else f"{told.slug}@{row.area.code}"
    url = reverse("gov:item", args=[told.slug])
    acts = [(_("网上申请"), reverse("gov:begin", args=[told.slug]))] if can_apply(row) else []
    if told.papers:
        acts.append((_("打印要带的材料"), reverse("gov:notice", args=[told.slug])))
    if told.has_rule:
        acts.append((_("看我能不能办"), reverse("gov:entitled", args=[told.slug])))
    wordings = [*row.item.wordings, *(question for question, _answer in told.faq)]
    for aspect, text in texts(told):
        if text:
            yield Unit(
                key=f"gov.{slug}.{aspect}"[:160], group=f"gov.{slug}"[:120], kind="item", title=told.name,
                aspect=aspect, text=text[:_MOST], wordings=tuple(wordings) if aspect == "what" else (),
                url=url, area_code=place,
                source=told.department or row.item.source, version=str(row.version.number),
                checked_on=row.checked_on.isoformat() if row.checked_on else "", unchecked=not row.is_published,
                acts=tuple(acts) if aspect == "what" else ())


def texts(told: Sheet) -> list[tuple[str, str]]:
    """(aspect, the published words of it) of an item; empty where it says nothing about that."""
    contact = told.contact
    where = [contact.get("window", ""), contact.get("address", ""), contact.get("hours", ""), contact.get("phone", "")]
    papers = [_("%(name)s：%(how)s") % {"name": one.name, "how": _("，").join(
        part for part in (one.who, one.need, one.condition, one.copies) if part)} for one in told.papers]
    fees = [_("%(name)s：%(amount)s") % {"name": name, "amount": amount} for name, amount, _b, _r in told.fees]
    limits = [_("承诺 %(limit)s 办好。") % {"limit": told.promised} if told.promised else "",
              _("法定最长 %(limit)s。") % {"limit": told.statutory} if told.statutory else ""]
    steps = [f"{number}. {name} {limit}".strip() for number, (name, limit, _stands) in enumerate(told.steps, start=1)]
    how = [*steps, _("可以走：%(channels)s。") % {"channels": told.channels} if told.channels else "", told.appointment,
           told.delegation]
    what = told.summary or _("%(name)s，由%(who)s办理。") % {"name": told.name, "who": told.department}
    return [
        ("what", what), ("materials", "\n".join(papers)), ("limit", "".join(limits)),
        ("fee", "\n".join(fees) if told.fees and told.fee != _("不收费") else told.fee),
        ("where", "\n".join(part for part in where if part)), ("eligible", "\n".join(told.conditions)),
        ("how", "\n".join(part for part in how if part)),
        ("result", "\n".join(f"{name} {valid}".strip() for name, valid in told.results)),
        ("phone", contact.get("phone", "")),
        ("remedy", "\n".join([*(f"{title}：{text}" for title, text in told.remedies),
                              *([_("投诉电话：%(phone)s") % {"phone": contact["complaints"]}]
                                if contact.get("complaints") else [])])),
    ]


def _bundle(row: BundleVersion) -> Iterator[Unit]:
    from linli.services.gov.queries.bundles import telling

    told = telling(row, None, "official")
    checked = row.body.get("checked") or {}
    names = _("、").join(name for _slug, name, _summary, _state, _after in told.members)
    said = [("what", str(row.body["summary"])), ("how", _("一起办：%(names)s。") % {"names": names}),
            ("limit", told.limit), ("materials", "\n".join(one.name for one in told.papers)),
            ("where", "\n".join(told.contact[key] for key in ("window", "address", "hours", "phone")
                                if told.contact.get(key))),
            ("phone", told.contact.get("phone", ""))]
    acts = ((_("网上申请"), reverse("gov:begin_bundle", args=[row.bundle.slug])),) if told.can_apply else ()
    for aspect, text in said:
        if text:
            yield Unit(
                key=f"gov.{row.bundle.slug}.{aspect}", group=f"gov.{row.bundle.slug}", kind="bundle",
                title=row.bundle.name, aspect=aspect, text=text[:_MOST],
                wordings=tuple(row.bundle.wordings) if aspect == "what" else (),
                url=reverse("gov:bundle", args=[row.bundle.slug]), area_code="", source=str(row.body.get("lead") or ""),
                version=str(row.number), checked_on=str(checked.get("on") or ""), unchecked=False,
                acts=acts if aspect == "what" else ())
