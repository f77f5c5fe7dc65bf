"""django-helpdesk in a project of its own, run by its own interpreter; nothing of Linli is imported here.

    helpdesk_peer.py prepare SIZE            tables, a queue, three users, SIZE tickets
    helpdesk_peer.py function|http LIVES N   one process of the lifecycle; "ready", waits for "go"
    helpdesk_peer.py list REQUESTS           the list of 25 tickets, milliseconds a request

The database comes as PEER_DATABASE: a path, or a libpq address. It gets the same SQLite settings as Linli;
its mails go nowhere.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable
from datetime import timedelta
from importlib.metadata import version
from typing import Any

LIST_ROWS = 25


def configure() -> None:
    import django
    from django.conf import settings

    apps = ["admin", "auth", "contenttypes", "sessions", "messages", "staticfiles", "sites", "humanize"]
    settings.configure(
        SECRET_KEY="bench", DEBUG=False, ALLOWED_HOSTS=["localhost"], ROOT_URLCONF=__name__, SITE_ID=1, USE_TZ=True,
        TIME_ZONE="Asia/Shanghai", STATIC_URL="/static/", LOGIN_URL="/login/",
        EMAIL_BACKEND="django.core.mail.backends.dummy.EmailBackend",
        DEFAULT_AUTO_FIELD="django.db.models.AutoField", DATABASES={"default": _database(os.environ["PEER_DATABASE"])},
        INSTALLED_APPS=[*[f"django.contrib.{app}" for app in apps], "rest_framework", "helpdesk"],
        MIDDLEWARE=[
            "django.middleware.security.SecurityMiddleware", "django.contrib.sessions.middleware.SessionMiddleware",
            "django.middleware.common.CommonMiddleware", "django.middleware.csrf.CsrfViewMiddleware",
            "django.contrib.auth.middleware.AuthenticationMiddleware",
            "django.contrib.messages.middleware.MessageMiddleware",
            "django.middleware.clickjacking.XFrameOptionsMiddleware"],
        TEMPLATES=[{
            "BACKEND": "django.template.backends.django.DjangoTemplates", "APP_DIRS": True, "OPTIONS": {
                "context_processors": [
                    "django.template.context_processors.request", "django.contrib.auth.context_processors.auth",
                    "django.contrib.messages.context_processors.messages"]}}],
        HELPDESK_TEAMS_MODE_ENABLED=False, LOGGING_CONFIG=None)
    django.setup()


def _database(address: str) -> dict[str, Any]:
    if address.startswith("host="):
        known = dict(part.split("=", 1) for part in address.split())
        return {"ENGINE": "django.db.backends.postgresql", "HOST": known["host"], "USER": known["user"],
                "NAME": known["dbname"], "CONN_MAX_AGE": None}
    return {"ENGINE": "django.db.backends.sqlite3", "NAME": address, "CONN_MAX_AGE": None, "OPTIONS": {
        "transaction_mode": "IMMEDIATE", "timeout": 20,
        "init_command": "PRAGMA journal_mode=WAL;PRAGMA synchronous=NORMAL;PRAGMA mmap_size=134217728;"
                        "PRAGMA cache_size=-20000;PRAGMA temp_store=MEMORY;"}}


def __getattr__(name: str) -> Any:
    """`urlpatterns`, made once Django is set up: this module is its own ROOT_URLCONF."""
    if name == "urlpatterns":
        from django.urls import include, path

        return [path("", include("helpdesk.urls", namespace="helpdesk"))]
    raise AttributeError(name)


def prepare(size: int) -> None:
    from django.contrib.auth import get_user_model
    from django.core.management import call_command
    from django.db import connection
    from django.utils import timezone
    from helpdesk.models import FollowUp, Queue, Ticket

    call_command("migrate", interactive=False, verbosity=0)
    user = get_user_model()
    for name in ("desk", "fitter"):
        user.objects.create_user(name, f"{name}@example.org", "x", is_staff=True, is_superuser=name == "desk")
    queue = Queue.objects.create(title="Repairs", slug="repairs", allow_public_submission=True)
    fitter, moment = user.objects.get(username="fitter"), timezone.now()
    for begin in range(0, size, 2000):
        tickets = Ticket.objects.bulk_create([
            Ticket(title=f"门口有垃圾 {n}", queue=queue, submitter_email="lin@example.org", description="两天没清",
                   created=moment - timedelta(minutes=n * 7919 % 129_600), assigned_to=fitter, priority=3,
                   status=Ticket.OPEN_STATUS if n % 10 < 4 else Ticket.CLOSED_STATUS)
            for n in range(begin, min(begin + 2000, size))], batch_size=500)
        FollowUp.objects.bulk_create([
            FollowUp(ticket=ticket, title=title, date=ticket.created, public=True, comment="清走了")
            for ticket in tickets for title in ("Ticket Opened", "Assigned", "Resolved")], batch_size=500)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    print(json.dumps({"version": version("django-helpdesk")}), flush=True)


def function_life(process: int) -> Callable[[int], None]:
    """create, assign, comment, resolve, close: the calls that its own views make."""
    from django.contrib.auth import get_user_model
    from helpdesk.forms import PublicTicketForm
    from helpdesk.models import Queue, Ticket
    from helpdesk.update_ticket import update_ticket

    users, queue = get_user_model().objects, Queue.objects.get()
    desk, fitter = users.get(username="desk"), users.get(username="fitter")

    def life(number: int) -> None:
        form = PublicTicketForm(data=_report(queue.pk, process, number))
        if not form.is_valid():
            raise RuntimeError(form.errors.as_text())
        made = form.save(user=None)
        for who, more in (
                (desk, {"owner": fitter.pk}), (fitter, {"comment": "接了"}),
                (fitter, {"comment": "清走了", "new_status": Ticket.RESOLVED_STATUS}),
                (desk, {"comment": "满意", "new_status": Ticket.CLOSED_STATUS})):
            update_ticket(who, Ticket.objects.get(pk=made.pk), public=True, **more)

    return life


def _report(queue: int, process: int, number: int) -> dict[str, Any]:
    return {"queue": str(queue), "title": f"门口有垃圾 {process}-{number}", "body": "两天没清", "priority": "3",
            "submitter_email": f"lin{process}@example.org"}


def http_life(process: int) -> Callable[[int], None]:
    """The same five steps as requests of a visitor and two signed-in staff, redirects not followed."""
    from urllib.parse import parse_qs, urlsplit

    from django.contrib.auth import get_user_model
    from django.test import Client
    from helpdesk.models import Queue

    users, queue = get_user_model().objects, Queue.objects.get().pk
    clients = {name: Client(SERVER_NAME="localhost") for name in ("resident", "desk", "fitter")}
    for name in ("desk", "fitter"):
        clients[name].force_login(users.get(username=name))
    fitter = users.get(username="fitter").pk

    def post(who: str, address: str, data: dict[str, Any]) -> str:
        answer = clients[who].post(address, data)
        if answer.status_code != 302:
            raise RuntimeError(f"{address} answered {answer.status_code}: {answer.content[:2000]!r}")
        clients[who].cookies.pop("messages", None)  # the page that a browser goes on to has shown the message
        return str(answer["Location"])

    def life(number: int) -> None:
        report = _report(queue, process, number)
        where = post("resident", "/tickets/submit/", report)
        ticket = parse_qs(urlsplit(where).query)["ticket"][0].rsplit("-", 1)[-1]
        same = {"title": report["title"], "queue": str(queue), "priority": "3", "public": "1"}
        address = f"/tickets/{ticket}/update/"
        post("desk", address, {**same, "owner": str(fitter), "comment": ""})
        post("fitter", address, {**same, "comment": "接了"})
        post("fitter", address, {**same, "comment": "清走了", "new_status": "3"})
        post("desk", address, {**same, "comment": "满意", "new_status": "4"})

    return life


def lives(level: str, count: int, process: int) -> None:
    life = function_life(process) if level == "function" else http_life(process)
    life(0)
    print("ready", flush=True)
    sys.stdin.readline()
    for number in range(1, count + 1):
        life(number)
    print(json.dumps({"lives": count}), flush=True)


def tickets_page(requests: int) -> None:
    """The list as a member of staff opens it: the page, and the 25 rows that its script then asks for."""
    import re

    from django.contrib.auth import get_user_model
    from django.test import Client

    client = Client(SERVER_NAME="localhost")
    client.force_login(get_user_model().objects.get(username="desk"))
    page = client.get("/tickets/")
    if page.status_code != 200:
        raise RuntimeError(f"the list answered {page.status_code}")
    query = re.search(r"datatables_ticket_list/([^\"'/]+)", page.content.decode())
    if query is None:
        raise RuntimeError("the list names no rows")
    rows = f"/datatables_ticket_list/{query[1]}"
    found = []
    for turn in range(requests + 1):
        began = time.perf_counter()
        client.get("/tickets/")
        answer = client.get(rows, {"draw": "1", "start": "0", "length": str(LIST_ROWS)})
        if turn:  # the first one warms caches
            found.append((time.perf_counter() - began) * 1000)
    count = len(answer.json()["data"])
    print(json.dumps({"times_ms": found, "rows": count}), flush=True)


def main() -> None:
    configure()
    verb, number = sys.argv[1], int(sys.argv[2])
    if verb == "prepare":
        prepare(number)
    elif verb == "list":
        tickets_page(number)
    else:
        lives(verb, number, int(sys.argv[3]))


if __name__ == "__main__":
    main()
