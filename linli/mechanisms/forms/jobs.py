"""Telling those who live in a place that something is asked of them, batch by batch."""

from __future__ import annotations

from django.db.models import F
from django.db.transaction import atomic
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext_lazy as _

from linli.foundation.jobs import job
from linli.foundation.notices import tell
from linli.foundation.people.models import Person
from linli.mechanisms.forms.models import Inquiry
from linli.mechanisms.forms.settings import setting


@job(retries=8)
def tell_neighbours(*, inquiry: int, after: int = 0) -> None:
    """Tell the next batch and queue the one after it. A batch that ran twice tells nobody twice."""
    row = Inquiry.objects.select_related("area").filter(pk=inquiry).first()
    if row is None or not row.is_open:
        return
    people = list(Person.objects.filter(community=row.area, is_active=True, pk__gt=after).order_by("pk")[
        :setting("tell_batch", row.area)])
    if not people:
        return
    with atomic():
        for person in people:
            with translation.override(person.language):
                title = row.label
            tell(person, _("社区想请您填一份「%(title)s」，%(day)s 前都可以填。"), values={
                "title": title, "day": f"{row.closes_on:%Y-%m-%d}"}, about=row,
                key=f"forms.inquiry.{row.pk}", url=reverse("forms:inquiry", args=[row.pk]))
        Inquiry.objects.filter(pk=row.pk).update(told=F("told") + len(people))
        tell_neighbours.enqueue_once(f"forms.tell.{row.pk}.{people[-1].pk}", inquiry=row.pk, after=people[-1].pk)
