from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Any

from django.forms import DateField, DateInput, Form
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class DaysForm(Form):
    """From one day to another, both included; either may be left out."""

    since = DateField(label=_("从"), required=False, widget=DateInput(attrs={"type": "date"}))
    until = DateField(label=_("到"), required=False, widget=DateInput(attrs={"type": "date"}))

    def clean(self) -> dict[str, Any]:
        found: dict[str, Any] = super().clean() or {}
        if found.get("since") and found.get("until") and found["since"] > found["until"]:
            self.add_error("until", _("结束日期不能早于开始日期。"))
        return found

    def moments(self) -> tuple[datetime | None, datetime | None]:
        """The moments from which and before which; none of both where nothing was asked or the days make no sense."""
        if not self.is_bound or not self.is_valid():
            return None, None
        since, until = self.cleaned_data.get("since"), self.cleaned_data.get("until")
        return _begin(since), _begin(until + timedelta(days=1)) if until else None


def _begin(day: date | None) -> datetime | None:
    return timezone.make_aware(datetime.combine(day, time.min)) if day else None
