"""The answers of an application as its handlers see them: the forms' own row, with our own "who sees it"."""

from __future__ import annotations

from django.db.models import Q

from linli.foundation.people.models import Person
from linli.mechanisms.forms.models import Sheet


class AnsweredSheet(Sheet):
    """A sheet that was handed in with an application (or with the filing it is part of): seen by who sees that."""

    class Meta:
        proxy = True

    @classmethod
    def seen_by(cls, person: Person) -> Q:
        from linli.services.gov.models import Application

        seen = Application.objects.visible_to(person).exclude(state="draft")
        return Q(pk__in=seen.exclude(sheet=None).values("sheet")) | Q(
            pk__in=seen.exclude(filing=None).values("filing__sheet"))
