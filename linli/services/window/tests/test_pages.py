"""The pages: by a link without an account, the counter, a kiosk that holds nothing, a guide page without names."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client

from linli.foundation.people.models import Person
from linli.services.window.actions import helping, keeping, queue
from linli.services.window.models import Counter, Hall, Help, Ticket
from linli.services.window.tests.conftest import Take, TinyGov

pytestmark = pytest.mark.django_db
Two = tuple[Counter, Counter]
ClientOf = Callable[[Person], Client]


def test_a_number_without_an_account(client: Client, hall: Hall) -> None:
    assert "取号" in client.get(f"/window/hall/{hall.token}/").content.decode()
    sent = {"topic": "gov", "klass": "elder", "once": "0123456789abcdef"}
    first = client.post(f"/window/hall/{hall.token}/take/", sent)
    second = client.post(f"/window/hall/{hall.token}/take/", sent)
    assert first["Location"] == second["Location"]
    assert "A001" in client.get(first["Location"]).content.decode()
    assert client.get("/window/ticket/no-such-token/").status_code == 404
    assert client.post(f"{first['Location']}leave/").status_code == 302
    assert Ticket.objects.get().state == "left"


def test_a_closed_hall_gives_none(client: Client, hall: Hall, community_head: Person) -> None:
    keeping.save_hall(community_head, hall.area, hall, is_open=False)
    client.post(f"/window/hall/{hall.token}/take/", {"topic": "gov", "once": "0123456789abcdef"})
    assert not Ticket.objects.exists()


def test_the_counter_calls_serves_and_finishes(
    client_of: ClientOf, worker: Person, resident: Person, counters: Two, take: Take, client: Client,
) -> None:
    take()
    page = client_of(worker)
    page.post(f"/window/desk/counter/{counters[1].pk}/next/")
    row = Ticket.objects.get()
    assert f'data-call="{row.pk}.1"' in client.get(f"/window/screen/{counters[1].hall.token}/?part=1").content.decode()
    assert "人来了" in page.get(f"/window/desk/counter/{counters[1].pk}/").content.decode()
    for verb, state in (("recall", "called"), ("begin", "serving"), ("finish", "served")):
        page.post(f"/window/desk/tickets/{row.pk}/{verb}/")
        row.refresh_from_db()
        assert row.state == state
    assert client_of(resident).get(f"/window/desk/counter/{counters[1].pk}/").status_code in (403, 404)


def test_volunteers_and_the_screen_see_no_name(
    client: Client, gov: TinyGov, hall: Hall, counters: Two, worker: Person, resident: Person,
) -> None:
    row = queue.take(resident, hall, topic="gov", klass="disabled", once="x" * 20)
    queue.call_next(worker, counters[0])
    queue.begin(worker, row)
    queue.take(resident, hall, topic="life", once="y" * 20)
    done = helping.begin(worker, hall.area, item="birth", title="出生一件事", check="id_card", once="o",
                         subject=resident, ticket=row)
    helping.hand_in(worker, done, signed_name=resident.name)
    for address in (f"guide/{hall.token}", f"screen/{hall.token}", f"kiosk/{hall.token}"):
        text = client.get(f"/window/{address}/").content.decode()
        for secret in (resident.name, resident.title, str(resident.phone), str(resident.phone)[-4:], "出生一件事",
                       gov.number, done.token, row.token, worker.title):
            assert secret not in text, f"{secret} stands on {address}"


def test_the_kiosk_clears_itself_and_keeps_nothing(
    client: Client, gov: TinyGov, hall: Hall, worker: Person, resident: Person,
) -> None:
    from linli.services.window.actions import pins

    plain = pins.set_pin(resident, hall.area, gov.number)
    answer = client.post(f"/window/kiosk/{hall.token}/look/", {"number": gov.number, "pin": plain})
    text = answer.content.decode()
    assert "已收件" in text
    assert answer["Cache-Control"] == "no-store"
    assert f'<noscript><meta http-equiv="refresh" content="120;url=/window/kiosk/{hall.token}/"></noscript>' in text
    assert 'data-idle="120"' in text
    assert plain not in text
    assert "已收件" not in client.get(f"/window/kiosk/{hall.token}/look/").content.decode()
    wrong = client.post(f"/window/kiosk/{hall.token}/look/", {"number": gov.number, "pin": "x"})
    assert wrong.status_code == 422


def test_staff_file_at_the_window_and_what_is_wrong_stays(
    client_of: ClientOf, gov: TinyGov, worker: Person, resident: Person, hall: Hall,
) -> None:
    page = client_of(worker)
    assert "出生一件事" in page.get("/window/desk/help/?q=生孩子").content.decode()
    address = "/window/desk/help/begin/?item=birth&title=出生一件事"
    sent = {"subject_phone": str(resident.phone), "check": "", "channel": "window", "once": "o1"}
    wrong = page.post(address, sent)
    assert wrong.status_code == 422
    assert str(resident.phone) in wrong.content.decode()
    begun = page.post(address, {**sent, "check": "id_card"})
    row = Help.objects.get()
    assert begun["Location"] == f"/window/desk/help/{row.pk}/"
    step = f"/window/desk/help/{row.pk}/page/child/"
    empty = page.post(step, {"seen": "1", "child.name": ""})
    assert empty.status_code == 422
    assert "请写孩子姓名。" in empty.content.decode()
    assert page.post(step, {"seen": "1", "child.name": "小宝"})["Location"] == f"/window/desk/help/{row.pk}/"
    page.post(f"/window/desk/help/{row.pk}/", {"signed_name": "林女士"})
    row.refresh_from_db()
    assert row.number == gov.number
    slip = page.get(f"/window/desk/help/{row.pk}/slip.pdf")
    assert slip["Content-Type"] == "application/pdf"
    assert page.get(f"/window/desk/help/code/?code=https://x/window/helped/{row.token}/").status_code == 302


def test_the_slip_leads_to_an_objection(
    client: Client, client_of: ClientOf, gov: TinyGov, worker: Person, community_head: Person, resident: Person,
    hall: Hall,
) -> None:
    row = helping.hand_in(worker, helping.begin(
        worker, hall.area, item="birth", title="出生一件事", check="id_card", once="o", subject=resident),
        signed_name="林女士")
    address = f"/window/helped/{row.token}/"
    assert resident.name not in client.get(address).content.decode()
    assert client.post(address, {"words": ""}).status_code == 422
    client.post(address, {"words": "不是我"})
    assert gov.number in client_of(community_head).get("/window/desk/").content.decode()
    client_of(community_head).post(f"/window/desk/help/{row.pk}/answer/", {"words": "已撤回"})
    assert "已撤回" in client_of(resident).get(address).content.decode()
    assert "已撤回" not in client.get(address).content.decode()


@pytest.mark.parametrize("address", ["/window/", "/window/visits/"])
def test_residents_pages(client_of: ClientOf, resident: Person, hall: Hall, address: str) -> None:
    assert client_of(resident).get(address).status_code == 200


@pytest.mark.parametrize("address", [
    "/window/desk/", "/window/desk/help/done/", "/window/desk/help/done.csv", "/window/desk/visits/",
    "/window/desk/visits/new/", "/window/desk/phone/", "/window/desk/halls/new/", "/window/desk/help/code/"])
def test_desk_pages(client_of: ClientOf, worker: Person, resident: Person, hall: Hall, address: str) -> None:
    assert client_of(worker).get(address).status_code == 200
    assert client_of(resident).get(address).status_code in (403, 404)


def test_a_hall_is_kept_and_counted(
    client_of: ClientOf, community_head: Person, other_worker: Person, hall: Hall, counters: Two, take: Take,
) -> None:
    take("elder")
    page = client_of(community_head)
    for end in ("", "edit/", "figures/?days=1", "export.csv", "counters/new/", f"counters/{counters[0].pk}/"):
        assert page.get(f"/window/desk/halls/{hall.pk}/{end}").status_code == 200
        assert client_of(other_worker).get(f"/window/desk/halls/{hall.pk}/{end}").status_code == 404
    taken = page.post(f"/window/desk/halls/{hall.pk}/counters/new/", {"number": 1, "name": "又一个", "is_active": "on"})
    assert taken.status_code == 422
