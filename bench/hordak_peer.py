"""django-hordak in a project of its own, run by its own interpreter; nothing of Linli is imported here.

    hordak_peer.py prepare LEGS             tables, a hot account with LEGS legs, 400 others
    hordak_peer.py plain|checked COUNT N    one process; "ready", waits for "go"

The database comes as PEER_DATABASE, a libpq address.
"""

from __future__ import annotations

import json
import os
import sys
from importlib.metadata import version
from typing import Any

PEOPLE = 400


def configure() -> None:
    import django
    from django.conf import settings

    known = dict(part.split("=", 1) for part in os.environ["PEER_DATABASE"].split())
    settings.configure(
        SECRET_KEY="bench", DEBUG=False, USE_TZ=True, TIME_ZONE="Asia/Shanghai", LOGGING_CONFIG=None,
        DEFAULT_AUTO_FIELD="django.db.models.BigAutoField", DEFAULT_CURRENCY="EUR", CURRENCIES=["EUR"],
        DATABASES={"default": {
            "ENGINE": "django.db.backends.postgresql", "HOST": known["host"], "USER": known["user"],
            "NAME": known["dbname"], "CONN_MAX_AGE": None}},
        INSTALLED_APPS=["django.contrib.contenttypes", "django.contrib.auth", "mptt", "djmoney", "hordak"])
    django.setup()


def prepare(legs: int) -> None:
    from django.core.management import call_command
    from django.db import connection, transaction
    from hordak.models import Account, Leg, Transaction
    from moneyed import Money

    call_command("migrate", interactive=False, verbosity=0)
    outside = Account.objects.create(name="outside", type="EQ", currencies=["EUR"])
    pool = Account.objects.create(name="pool", type="LI", currencies=["EUR"])
    for number in range(PEOPLE):
        Account.objects.create(name=f"person {number}", type="LI", currencies=["EUR"])
    with transaction.atomic():
        outside.transfer_to(pool, Money(1_000_000_000, "EUR"))
    for start in range(0, legs, 1000):
        with transaction.atomic():
            made = Transaction.objects.bulk_create([Transaction() for _ in range(start, min(start + 1000, legs))])
            Leg.objects.bulk_create([
                leg for one in made for leg in (
                    Leg(transaction=one, account=outside, credit=Money(1, "EUR")),
                    Leg(transaction=one, account=pool, debit=Money(1, "EUR")))])
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    print(json.dumps({"version": version("django-hordak")}), flush=True)


def transfers(level: str, count: int, process: int) -> None:
    from django.db import transaction
    from hordak.models import Account
    from moneyed import Money

    pool = Account.objects.get(name="pool")
    people = list(Account.objects.exclude(name__in=["pool", "outside"]).order_by("pk"))

    def plain(number: int) -> None:
        with transaction.atomic():
            pool.transfer_to(_other(people, number, process), Money(1 + number % 60, "EUR"), description="bench")

    def checked(number: int) -> None:
        amount = Money(1 + number % 60, "EUR")
        with transaction.atomic():
            locked = Account.objects.select_for_update().get(pk=pool.pk)
            if abs(locked.get_balance().monies()[0].amount) < amount.amount:
                raise RuntimeError("the pool is empty")
            locked.transfer_to(_other(people, number, process), amount, description="bench")

    transfer = plain if level == "plain" else checked
    transfer(-1)
    print("ready", flush=True)
    sys.stdin.readline()
    for number in range(count):
        transfer(number)
    print(json.dumps({"transfers": count}), flush=True)


def _other(people: list[Any], number: int, process: int) -> Any:
    return people[(number * 7 + process) % len(people)]


def main() -> None:
    configure()
    if sys.argv[1] == "prepare":
        prepare(int(sys.argv[2]))
    else:
        transfers(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))


if __name__ == "__main__":
    main()
