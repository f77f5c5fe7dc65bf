"""Where the law speaks: pure functions, values in, value out."""

from __future__ import annotations

from datetime import date, timedelta

REASON_LETTERS_MIN = 4
# Our own choice. 个人信息保护法 第50条 asks for a convenient and timely answer and names no number of days;
# 15 working days stay within the 30 days of GB/T 35273—2020, 8.7.
ANSWER_WORKING_DAYS = 15


def is_reason(text: str) -> bool:
    """Four letters at least, and not one letter four times."""
    letters = [sign for sign in text if sign.isalnum()]
    return len(letters) >= REASON_LETTERS_MIN and len(set(letters)) > 1


def ends_on(last_use: date, keep_days: int) -> date:
    """The first day on which the data may no longer be kept; the day of last use does not count (民法典 第201条)."""
    return last_use + timedelta(days=keep_days + 1)
