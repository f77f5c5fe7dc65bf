"""What happens after a hand-over, a publication or an announcement, once it is committed. Each may be called twice."""

from __future__ import annotations

from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from linli.foundation.calendar.clock import now
from linli.foundation.notices import tell
from linli.foundation.people.models import Person
from linli.foundation.people.permit import may
from linli.mechanisms.forms.jobs import tell_neighbours
from linli.mechanisms.forms.models import FormDraft, FormVersion
from linli.mechanisms.forms.settings import KEEPERS


def on_announced(inquiry: int) -> None:
    """The first batch; each queues the next."""
    tell_neighbours.enqueue_once(f"forms.tell.{inquiry}.0", inquiry=inquiry)


def on_asked(draft: int) -> None:
    """The colleagues who may agree are told that it waits; who prepared it is not asked."""
    row = FormDraft.objects.select_related("form__area").filter(pk=draft).first()
    if row is None or row.form.area is None:
        return
    held = Q(roles__role__in=KEEPERS, roles__area__code=row.form.area.code, roles__withdrawn=None) & (
        Q(roles__until=None) | Q(roles__until__gt=now()))
    for person in Person.objects.filter(held, is_active=True).exclude(
            pk__in=[row.asked_by_id, row.edited_by_id]).distinct():
        if may(person, "forms.publish", row):
            tell(person, _("有一张表等您看过再发布：%(title)s"), values={"title": row.form.title}, about=row.form,
                 key=f"forms.waits.{row.pk}.{row.seen}", url=reverse("forms:draft", args=[row.form_id]))


def on_sent_back(draft: int) -> None:
    """Who prepared it reads what to change."""
    row = FormDraft.objects.select_related("form", "asked_by").filter(pk=draft).first()
    if row is not None and row.asked_by is not None:
        tell(row.asked_by, _("「%(title)s」要改一改：%(answer)s"), values={
            "title": row.form.title, "answer": row.answer}, about=row.form,
            key=f"forms.back.{row.pk}.{row.seen}", url=reverse("forms:draft", args=[row.form_id]))


def on_published(version: int) -> None:
    """Who prepared it hears that it can be used."""
    row = FormVersion.objects.select_related("form", "made_by").filter(pk=version).first()
    if row is not None and row.made_by is not None:
        tell(row.made_by, _("「%(title)s」第 %(number)s 版发布了，可以发给居民填了。"), values={
            "title": row.form.title, "number": row.number}, about=row.form,
            key=f"forms.published.{row.pk}", url=reverse("forms:form", args=[row.form_id]))
