"""One process of the cases bench: `function|http`, how many lives, which process. Says "ready", waits for "go"."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable


def main() -> None:
    import django

    django.setup()
    level, lives, process = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    life = _function_life(process) if level == "function" else _http_life(process)
    life(0)  # caches warm, connection open
    print("ready", flush=True)
    sys.stdin.readline()
    for number in range(1, lives + 1):
        life(number)
    print(json.dumps({"lives": lives}), flush=True)


def _people(process: int) -> dict[str, object]:
    """A resident of one's own for each process, the desk and a fitter."""
    from linli.foundation.areas.models import Area, Building
    from linli.foundation.people.models import Person

    stars = Person.objects.filter(is_demo=True).select_related("community")
    desk, fitter = stars.get(title="何静"), stars.get(title=("赵师傅", "钱师傅")[process % 2])
    residents = Person.objects.filter(community__code="330199001001", birth_year__lt=2000, is_demo=False)
    return {
        "resident": residents.select_related("community").order_by("id")[process], "desk": desk, "fitter": fitter,
        "area": Area.objects.get(code="330199001001"),
        "building": Building.objects.select_related("compound__area", "grid").order_by("id")[process],
    }


def _function_life(process: int) -> Callable[[int], object]:
    from bench.cases import one_life

    town = _people(process)
    return lambda number: one_life(town, number)


def _http_life(process: int) -> Callable[[int], object]:
    """The same five steps as requests of three signed-in people, redirects not followed.

    The report is the one-page form without a photo, of a kind that asks for none: pictures would measure Pillow.
    """
    from django.test import Client

    from linli.foundation.people.models import Residency

    town = _people(process)
    clients = {}
    for name in ("resident", "desk", "fitter"):
        clients[name] = Client(SERVER_NAME="localhost")
        clients[name].force_login(town[name], backend="linli.foundation.people.backends.PersonBackend")  # type: ignore[arg-type]
    home = Residency.objects.filter(person=town["resident"]).select_related("home").order_by("id")[0].home  # type: ignore[misc]
    fitter = town["fitter"]

    def post(who: str, address: str, data: dict[str, object]) -> str:
        answer = clients[who].post(address, data)
        if answer.status_code != 302:
            said = re.findall(r"""class="error".*?</p>""", answer.content.decode())
            raise RuntimeError(f"{address} answered {answer.status_code}: {said}")
        clients[who].cookies.pop("messages", None)  # the page that a browser goes on to has shown the message
        return str(answer["Location"])

    def life(number: int) -> None:
        where = post("resident", "/repairs/quick/", {
            "text": f"门口堆着垃圾，两天没人清 {process}-{number}", "place": f"building:{home.building_id}",
            "once": f"bench-{process}-{number}-{id(clients)}"})
        case = where.rstrip("/").split("/")[-2]
        post("desk", f"/desk/cases/{case}/step/dispatch/", {"worker": str(fitter.pk)})  # type: ignore[attr-defined]
        post("fitter", f"/desk/cases/{case}/step/take/", {"note": ""})
        post("fitter", f"/desk/cases/{case}/step/finish/", {"note": "清走了"})
        post("resident", f"/cases/{case}/answer/", {"solved": "yes", "satisfied": "5"})

    return life


if __name__ == "__main__":
    main()
