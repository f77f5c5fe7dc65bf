"""At start: are the holiday notices usable?"""

from __future__ import annotations

from typing import Any

from django.core.checks import CheckMessage, Error, register

from linli.foundation.calendar.current import folders
from linli.foundation.calendar.holidays import BadHolidayData, load


@register
def notices_are_usable(app_configs: Any = None, **_: Any) -> list[CheckMessage]:
    """Every holiday file, shipped or loaded by this house, can be read and has a source."""
    try:
        load(folders())
    except BadHolidayData as error:
        return [Error(str(error), hint="Mend or remove the file in the calendar folder.", id="calendar.E001")]
    return []
