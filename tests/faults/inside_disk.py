"""What the campaign of the full disk does inside its own Linli."""

from __future__ import annotations

from typing import Any


def page_limit(reports: int) -> dict[str, Any]:
    """Report until SQLite may not grow any more (`max_page_count`), look at it, give it room, report again."""
    from django.db import connection
    from django.test import Client

    from linli.foundation.people.models import Person
    from linli.mechanisms.cases.models import Case

    client = Client(SERVER_NAME="localhost")
    client.force_login(Person.objects.get(title="resident-0"),
                       backend="linli.foundation.people.backends.PersonBackend")

    def report(number: int) -> Any:
        return client.post("/repairs/quick/", {
            "text": f"门口堆着垃圾 {number} " + "很久没人清。" * 200, "place": "other", "detail": "1号楼门口",
            "once": f"page-{number}"})

    def pragma(sentence: str) -> Any:
        with connection.cursor() as cursor:
            cursor.execute(f"PRAGMA {sentence}")
            return cursor.fetchone()[0]

    assert report(0).status_code == 302
    used = pragma("page_count")
    pragma(f"max_page_count={used + 2}")
    answered, refused, said = 1, 0, ""
    for number in range(1, reports):
        answer = report(number)
        if answer.status_code == 302:
            answered += 1
        else:
            refused += 1
            said = said or answer.content.decode()
            assert answer.status_code == 507, answer.status_code
    full = {"answered": answered, "refused": refused, "said": "您写的都还在" in said,
            "kept": Case.objects.exclude(once="").count(), "integrity": pragma("integrity_check")}
    pragma("max_page_count=1073741823")
    after = [report(number).status_code for number in range(reports, reports + 3)]
    return {**full, "after": after, "kept_after": Case.objects.exclude(once="").count()}
