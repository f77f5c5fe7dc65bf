"""Working days and hours with 调休, by the State Council's notices as dated data; and the one clock of the house."""

from linli.foundation.calendar.allowance import hours, seconds
from linli.foundation.calendar.clock import at, now, today
from linli.foundation.calendar.deadlines import (
    Due,
    Recomputed,
    add_working_days,
    announced_until,
    day_end,
    day_end_or_provisional,
    due,
    due_or_provisional,
    holiday,
    is_day_off,
    is_workday,
    keep_promise,
    next_worked_moment,
    recompute,
    version,
    worked_between,
    worked_or_provisional,
    working_day_end,
)
from linli.foundation.calendar.holidays import BadHolidayData, Unannounced
from linli.foundation.calendar.table import SHANGHAI

__all__ = [
    "SHANGHAI", "BadHolidayData", "Due", "Recomputed", "Unannounced", "add_working_days", "announced_until", "at",
    "day_end", "day_end_or_provisional", "due", "due_or_provisional", "holiday", "hours", "is_day_off", "is_workday",
    "keep_promise", "next_worked_moment", "now", "recompute", "seconds", "today", "version", "worked_between",
    "worked_or_provisional", "working_day_end",
]
