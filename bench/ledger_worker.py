"""One process of the ledger bench: `COUNT N`. Says "ready", waits for "go", transfers, says what it did."""

from __future__ import annotations

import json
import sys
import time
from uuid import uuid4

WARM = 20


def main() -> None:
    import django

    django.setup()
    from linli.foundation.people.models import Person
    from linli.mechanisms.ledger import actions
    from linli.mechanisms.ledger.models import Account

    count, process = int(sys.argv[1]), int(sys.argv[2])
    person = Person.objects.get(title="bench")
    pool = Account.objects.select_related("book").get(code="pool")
    people = list(Account.objects.select_related("book").filter(kind="person").order_by("code"))
    run = uuid4().hex[:8]

    def transfer(number: int) -> None:
        actions.transfer(
            person, id=f"bench.{run}.{number}", debit=pool, credit=people[(number * 7 + process) % len(people)],
            amount=1 + number % 60, memo="陪伴一小时", verb="ledger.check")

    for number in range(WARM):
        transfer(-1 - number)
    print("ready", flush=True)
    sys.stdin.readline()
    times = []
    for number in range(count):
        began = time.perf_counter()
        transfer(number)
        times.append((time.perf_counter() - began) * 1000)
    print(json.dumps({"transfers": count, "times_ms": [round(one, 2) for one in times]}), flush=True)


if __name__ == "__main__":
    main()
