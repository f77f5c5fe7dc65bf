"""Sending a form round in a place, answering it, and closing it."""

from __future__ import annotations

from datetime import date, timedelta

from django.db.transaction import atomic
from django.utils.translation import gettext as _

from linli.foundation import audit
from linli.foundation.calendar.clock import now, today
from linli.foundation.events import emit
from linli.foundation.people.models import Person
from linli.foundation.people.permit import permit
from linli.foundation.prepared import insert_once
from linli.foundation.web import Refused
from linli.mechanisms.forms.actions.sheets import start
from linli.mechanisms.forms.models import OWN_ROOM, FormVersion, Inquiry, InquiryKind, Sheet
from linli.mechanisms.forms.settings import setting


@atomic
def open_inquiry(person: Person, version: FormVersion, *, kind: str, title: str, why: str, closes_on: date,
                 title_en: str = "", why_en: str = "", once: str = "") -> Inquiry:
    """Send a published form round in its place until `closes_on`; with the same `once`, once.

    Who reads English sees the English words where there are some.
    Raises `Denied`, `Refused`: not_a_desk_form, no_title, no_why, too_early, too_long.
    """
    form = version.form
    permit(person, "forms.send", form)
    if form.room != OWN_ROOM or form.area is None or kind not in InquiryKind.values:
        raise Refused("not_a_desk_form", _("这张表不能这样发，请从办事那里用。"))
    title, why = " ".join(title.split())[:60], why.strip()[:400]
    if not title:
        raise Refused("no_title", _("请写标题。"), field="title")
    if len(why) < 8:
        raise Refused("no_why", _("请写明为什么问、答案怎么用，居民看了才好填。"), field="why")
    if closes_on < today():
        raise Refused("too_early", _("截止日期要在今天或以后。"), field="closes_on")
    most = setting("most_days", form.area)
    if closes_on > today() + timedelta(days=most):
        raise Refused("too_long", _("最多开 %(most)s 天，请选早一点的日期。") % {"most": most}, field="closes_on")
    inquiry = Inquiry(area=form.area, version=version, kind=kind, title=title, why=why, closes_on=closes_on,
                      title_en=" ".join(title_en.split())[:120], why_en=why_en.strip()[:800],
                      opened_by=person, once=once[:60])
    if not insert_once(inquiry):
        return Inquiry.objects.get(opened_by=person, once=once[:60])
    audit.record(person, "forms.send", inquiry, form=form.pk, version=version.number)
    emit("forms.inquiry_opened", inquiry=inquiry.pk)
    return inquiry


@atomic
def announce(person: Person, inquiry: Inquiry) -> Inquiry:
    """Tell everybody who lives there, once. Raises `Denied`, `Refused("closed")`."""
    permit(person, "forms.send", inquiry)
    inquiry = Inquiry.objects.select_for_update().get(pk=inquiry.pk)
    if not inquiry.is_open:
        raise Refused("closed", _("已经截止了，不用再发。"))
    if inquiry.told_at is None:
        inquiry.told_at = now()
        inquiry.save(update_fields=["told_at"])
        audit.record(person, "forms.announce", inquiry)
        emit("forms.announced", inquiry=inquiry.pk)
    return inquiry


@atomic
def answer(person: Person, inquiry: Inquiry, *, subject: Person | None = None) -> Sheet:
    """Begin, or go on with, one's own answers. Raises `Denied`, `Refused("closed")`."""
    permit(person, "forms.answer", inquiry)
    inquiry = Inquiry.objects.select_related("version").get(pk=inquiry.pk)
    whose = subject or person
    if not inquiry.is_open and not Sheet.objects.filter(inquiry=inquiry, subject=whose).exists():
        raise Refused("closed", _("这次征询已经截止，不能再填了。想说的话可以直接找社区。"))
    return start(person, inquiry.version, about=inquiry, subject=whose)


@atomic
def close_inquiry(person: Person, inquiry: Inquiry) -> Inquiry:
    """Close it before its day; what was handed in stays, what was begun can no longer be. Twice is once."""
    permit(person, "forms.send", inquiry)
    inquiry = Inquiry.objects.select_for_update().get(pk=inquiry.pk)
    if inquiry.closed_at is None:
        inquiry.closed_at = now()
        inquiry.save(update_fields=["closed_at"])
        audit.record(person, "forms.close", inquiry)
        emit("forms.inquiry_closed", inquiry=inquiry.pk)
    return inquiry
