"""The pages: who gets in, what is shown of the way, what survives a mistake, what next door does not see."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone
from PIL import Image

from linli.foundation.areas.models import Area, Building, Facility
from linli.foundation.calendar.clock import now
from linli.foundation.files import may_see
from linli.foundation.files.queries import files_of
from linli.foundation.people.models import Person
from linli.mechanisms.cases.models import Case
from linli.services.access.actions import facts, guiding, outages, signing, works
from linli.services.access.models import Fact, GuideRequest, Outage, PathEdge, Signing
from linli.services.access.queries import network

pytestmark = pytest.mark.django_db
ClientOf = Callable[[Person], Client]


def spot(area: Area, title: str) -> str:
    return next(one.key for one in network.spots(area) if one.title.endswith(title))


def local(moment: Any) -> str:
    return timezone.localtime(moment).strftime("%Y-%m-%dT%H:%M")


def test_a_way_in_words_with_its_figures_and_on_paper(
    client_of: ClientOf, resident: Person, community: Area, paths: dict[str, PathEdge], lift: Facility
) -> None:
    client = client_of(resident)
    asked = {"need": "manual", "from": spot(community, "东门"), "to": spot(community, "3号楼")}
    page = client.get("/access/way/", asked).content.decode()
    assert "乘3号楼电梯" in page
    assert "整条路都量过" in page
    outages.report_outage(resident, community, facility=lift, kind="out")
    page = client.get("/access/way/", asked).content.decode()
    assert "绕开了3号楼电梯：坏了，停用" in page
    assert "为什么不走近路" in page
    assert "现在走不了：有人报了故障" in page
    paper = client.get("/access/way/print/", asked)
    assert paper.status_code == 200
    assert "梧桐路" in paper.content.decode()
    again = client.get("/access/way/", {"to": asked["to"]}).content.decode()
    assert 'value="manual" checked' in again  # asked once, not again


def test_no_way_says_what_stands_there(
    client_of: ClientOf, resident: Person, community: Area, paths: dict[str, PathEdge], toilet: Facility
) -> None:
    PathEdge.objects.exclude(pk=paths["steps"].pk).delete()
    from linli.services.access.actions.facts import touch_network

    touch_network(community)
    page = (
        client_of(resident)
        .get("/access/way/", {"need": "manual", "from": spot(community, "东门"), "to": f"f-{toilet.pk}"})
        .content.decode()
    )
    assert "没有您能走的路" in page
    assert "河边台阶（台阶）：有 6 级台阶" in page
    assert client_of(resident).get("/access/way/print/", {"need": "manual"}).status_code == 404


@pytest.mark.parametrize(
    "asked",
    [
        {"need": "nonsense", "from": "n-1", "to": "n-2"},
        {"need": "manual", "from": "n-999", "to": "kind:toilet"},
        {"need": "manual", "from": "b-x", "to": "'; drop"},
        {"from": "", "to": "kind:nothing"},
        {"need": "manual", "from": "f-99999999999999999999999", "to": "f-1"},
    ],
)
def test_odd_addresses_break_nothing(
    client_of: ClientOf, resident: Person, paths: dict[str, PathEdge], asked: dict[str, str]
) -> None:
    assert client_of(resident).get("/access/way/", asked).status_code == 200


def test_a_place_without_network_says_so(client_of: ClientOf, resident: Person) -> None:
    assert "这里还没有路网" in client_of(resident).get("/access/way/").content.decode()


def test_facilities_by_need(
    client_of: ClientOf, resident: Person, worker: Person, toilet: Facility, lift: Facility, community: Area
) -> None:
    facts.record_fact(worker, toilet, key="toilets:wheelchair", value="yes")
    outages.report_outage(resident, community, facility=lift, kind="out")
    client = client_of(resident)
    page = client.get("/access/facilities/", {"need": "manual"}).content.decode()
    assert page.index("河边公共厕所") < page.index("3号楼电梯")
    assert "现在用不了" in page
    only = client.get("/access/facilities/", {"need": "manual", "only": "1"}).content.decode()
    assert "3号楼电梯" not in only
    assert "没有找到" in client.get("/access/facilities/", {"q": "不存在"}).content.decode()


def test_what_she_typed_survives_a_mistake(client_of: ClientOf, resident: Person, toilet: Facility) -> None:
    client = client_of(resident)
    answer = client.post(f"/access/facilities/{toilet.pk}/", {"key": "width_cm", "value": "五十", "note": "量过的"})
    assert answer.status_code == 422
    assert "五十" in answer.content.decode()
    assert "量过的" in answer.content.decode()
    assert client.post(f"/access/facilities/{toilet.pk}/", {"key": "width_cm", "value": "75"}).status_code == 302
    assert Fact.objects.get().value == "75"
    answer = client.post("/access/outages/new/", {"kind": "out", "note": "停在一楼"})
    assert answer.status_code == 422
    assert "停在一楼" in answer.content.decode()
    answer = client.post("/access/works/new/", {"category": "ramp", "text": "轮椅上不去"})
    assert answer.status_code == 422
    assert "轮椅上不去" in answer.content.decode()
    answer = client.post("/access/guides/new/", {"kind": "push", "place": "楼下"})
    assert answer.status_code == 422
    assert "楼下" in answer.content.decode()
    answer = client.post("/access/interpreters/new/", {"place": "窗口", "level": "skilled"})
    assert answer.status_code == 422
    assert "窗口" in answer.content.decode()


def test_from_a_neighbours_word_to_the_desk(
    client_of: ClientOf, resident: Person, worker: Person, toilet: Facility
) -> None:
    client_of(resident).post(f"/access/facilities/{toilet.pk}/", {"key": "handrail", "choice": "yes", "note": "刚装的"})
    row = Fact.objects.get()
    desk = client_of(worker)
    page = desk.get("/access/desk/").content.decode()
    assert "刚装的" in page
    answer = desk.post(f"/access/desk/facts/{row.pk}/", {"verb": "refuse", "answer": ""})
    assert answer.status_code == 422
    assert desk.post(f"/access/desk/facts/{row.pk}/", {"verb": "confirm"}).status_code == 302
    assert "有" in client_of(resident).get(f"/access/facilities/{toilet.pk}/").content.decode()
    assert desk.post(f"/access/desk/facilities/{toilet.pk}/", {"key": "width_cm", "value": "90"}).status_code == 302


def test_an_outage_from_report_to_over(
    client_of: ClientOf, resident: Person, neighbour: Person, worker: Person, lift: Facility
) -> None:
    client = client_of(resident)
    sent = {"what": f"f-{lift.pk}", "kind": "out", "note": "门关不上", "ask_repair": "on"}
    assert client.post("/access/outages/new/", sent).status_code == 302
    row = Outage.objects.get()
    assert row.case is not None
    page = client_of(neighbour).get("/access/outages/").content.decode()
    assert "门关不上" in page
    assert "又能用了" not in page  # only who reported it, or staff
    desk = client_of(worker)
    assert row.case.number in desk.get("/access/desk/outages/").content.decode()
    assert desk.post(f"/access/desk/outages/{row.pk}/confirm/").status_code == 302
    assert client.post(f"/access/outages/{row.pk}/over/").status_code == 302
    assert "门关不上" not in client_of(neighbour).get("/access/").content.decode()


def test_a_work_is_asked_for_and_its_papers_written(
    client_of: ClientOf, resident: Person, worker: Person, building: Building
) -> None:
    answer = client_of(resident).post(
        "/access/works/new/",
        {"category": "ramp", "where": f"b-{building.pk}", "place": "1 单元门口", "text": "轮椅上不去", "once": "x1"},
    )
    case = Case.objects.get(kind_code="barrier_work")
    assert answer["Location"] == f"/cases/{case.number}/receipt/"
    assert client_of(resident).get(answer["Location"]).status_code == 200
    desk = client_of(worker)
    assert case.number in desk.get("/access/desk/works/").content.decode()
    base = f"/access/desk/works/{case.number}"
    wrong = desk.post(f"{base}/survey/", {"surveyed_on": "2026-11-24", "found": "", "users": "王阿姨"})
    assert wrong.status_code == 422
    assert "王阿姨" in wrong.content.decode()
    assert (
        desk.post(
            f"{base}/survey/", {"surveyed_on": "2026-11-24", "found": "四级台阶", "can_be_done": "on"}
        ).status_code
        == 302
    )
    page = desk.get(f"/desk/cases/{case.number}/").content.decode()
    assert "四级台阶" in page
    assert "记了勘查" in page
    assert "四级台阶" in client_of(resident).get(f"/cases/{case.number}/").content.decode()


def test_guiding_on_the_pages(client_of: ClientOf, resident: Person, neighbour: Person, worker: Person) -> None:
    starts = now() + timedelta(hours=3)
    client_of(neighbour).post("/access/guides/offer/", {"kinds": ["push"], "when": "周末"})
    client_of(resident).post(
        "/access/guides/new/",
        {
            "kind": "push",
            "starts": local(starts),
            "ends": local(starts + timedelta(hours=1)),
            "place": "楼下",
            "once": "g",
        },
    )
    client_of(resident).post(
        "/access/guides/new/",
        {
            "kind": "push",
            "starts": local(starts),
            "ends": local(starts + timedelta(hours=1)),
            "place": "楼下",
            "once": "g",
        },
    )
    row = GuideRequest.objects.get()  # sent twice, kept once
    desk = client_of(worker)
    assert "没有空的" in desk.get("/access/desk/guides/").content.decode()
    guide = guiding.check_guide(worker, guiding.offer_guide(neighbour, row.area, kinds=["push"]))
    assert desk.post(f"/access/desk/guides/{row.pk}/match/", {"guide": str(guide.pk)}).status_code == 302
    page = client_of(neighbour).get("/access/guides/").content.decode()
    assert "楼下" in page
    early = client_of(neighbour).post(f"/access/guides/{row.pk}/report/", {"minutes": "60"})
    assert early.status_code == 422
    assert 'value="60"' in early.content.decode()
    assert client_of(resident).post(f"/access/guides/{row.pk}/cancel/").status_code == 302


def test_interpreters_on_the_pages(
    client_of: ClientOf, resident: Person, neighbour: Person, worker: Person, community: Area
) -> None:
    desk = client_of(worker)
    added = desk.post(
        "/access/desk/interpreters/add/", {"phone": neighbour.phone, "level": "expert", "on_site": "on", "remote": "on"}
    )
    assert added.status_code == 302
    wrong = desk.post("/access/desk/interpreters/add/", {"phone": "13999999999", "level": "expert", "on_site": "on"})
    assert wrong.status_code == 422
    assert "13999999999" in wrong.content.decode()
    starts = now() + timedelta(days=2)
    sent = {
        "starts": local(starts),
        "ends": local(starts + timedelta(hours=1)),
        "place": "201 室",
        "level": "skilled",
        "about": "家里的事",
        "confidential": "on",
    }
    assert client_of(resident).post("/access/interpreters/new/", {**sent, "once": "s"}).status_code == 302
    row = Signing.objects.get()
    assert "家里的事" in client_of(resident).get("/access/interpreters/").content.decode()
    for person, page in ((neighbour, "/access/interpreters/"), (worker, "/access/desk/interpreters/")):
        text = client_of(person).get(page).content.decode()
        assert "201 室" in text
        assert "家里的事" not in text
    later = {**sent, "starts": local(starts + timedelta(hours=4)), "ends": local(starts + timedelta(hours=5))}
    booked = desk.post("/access/desk/interpreters/book/", {**later, "phone": resident.phone})
    assert booked.status_code == 302
    assert client_of(resident).post(f"/access/interpreters/{row.pk}/cancel/").status_code == 302


def test_next_door_sees_nothing(
    client_of: ClientOf,
    stranger: Person,
    other_worker: Person,
    resident: Person,
    neighbour: Person,
    worker: Person,
    community: Area,
    toilet: Facility,
    lift: Facility,
    building: Building,
    paths: dict[str, PathEdge],
) -> None:
    outage = outages.report_outage(resident, community, facility=lift, kind="out")
    fact = facts.propose_fact(resident, toilet, key="width_cm", value="90")
    starts = now() + timedelta(days=2)
    asked = guiding.ask_guide(
        resident, community, kind="push", starts=starts, ends=starts + timedelta(hours=1), place="家"
    )
    guide = guiding.offer_guide(neighbour, community, kinds=["push"])
    interpreter = signing.add_interpreter(worker, community, neighbour, level="expert")
    booked = signing.book_interpreter(resident, starts=starts, ends=starts + timedelta(hours=1), place="窗口")
    case = works.ask_work(resident, community, category="ramp", building=building, text="轮椅")
    gets = [
        f"/access/facilities/{toilet.pk}/",
        f"/access/desk/facilities/{toilet.pk}/",
        f"/access/desk/paths/{paths['long'].pk}/",
        f"/access/desk/works/{case.number}/survey/",
    ]
    posts = [
        f"/access/outages/{outage.pk}/over/",
        f"/access/desk/facts/{fact.pk}/",
        f"/access/desk/outages/{outage.pk}/dismiss/",
        f"/access/guides/{asked.pk}/cancel/",
        f"/access/desk/guides/{asked.pk}/match/",
        f"/access/desk/guides/offers/{guide.pk}/check/",
        f"/access/desk/interpreters/{interpreter.pk}/rest/",
        f"/access/interpreters/{booked.pk}/cancel/",
        f"/access/desk/signings/{booked.pk}/done/",
    ]
    for person in (stranger, other_worker):
        client = client_of(person)
        assert {address: client.get(address).status_code for address in gets} == dict.fromkeys(gets, 404)
        assert {address: client.post(address).status_code for address in posts} == dict.fromkeys(posts, 404)
        for page in (
            "/access/",
            "/access/outages/",
            "/access/facilities/",
            "/access/way/",
            "/access/desk/",
            "/access/desk/paths/",
            "/access/desk/interpreters/",
            "/access/desk/guides/",
        ):
            text = client.get(page).content.decode()
            assert "3号楼" not in text
            assert "河边公共厕所" not in text
            assert resident.shown_name not in text


def test_residents_have_no_desk_and_visitors_no_page(client_of: ClientOf, resident: Person, toilet: Facility) -> None:
    client = client_of(resident)
    for page in ("", "outages/", "paths/", "works/", "guides/", "interpreters/", f"facilities/{toilet.pk}/"):
        assert client.get(f"/access/desk/{page}").status_code == 404
    for page in ("", "way/", "facilities/", "outages/", "works/", "guides/", "interpreters/"):
        assert "/sign-in/" in Client().get(f"/access/{page}")["Location"]


def test_search_and_the_cards(
    client_of: ClientOf, resident: Person, worker: Person, toilet: Facility, community: Area, neighbour: Person
) -> None:
    client = client_of(resident)
    assert "/access/way/" in client.get("/search/", {"q": "轮椅怎么走"}).content.decode()
    assert f"/access/facilities/{toilet.pk}/" in client.get("/search/", {"q": "河边公共厕所"}).content.decode()
    guide = guiding.check_guide(worker, guiding.offer_guide(neighbour, community, kinds=["read"]))
    starts = now() + timedelta(hours=3)
    row = guiding.ask_guide(
        resident, community, kind="read", starts=starts, ends=starts + timedelta(hours=1), place="家"
    )
    guiding.match_guide(worker, row, guide)
    assert "赵先生 来陪您" in client.get("/").content.decode()


def test_a_photo_is_seen_by_who_took_it_and_who_checks(
    client_of: ClientOf, resident: Person, neighbour: Person, worker: Person, stranger: Person, toilet: Facility
) -> None:
    picture = io.BytesIO()
    Image.new("RGB", (320, 240), "white").save(picture, "JPEG")
    sent = {"key": "width_cm", "value": "72", "note": "用尺量的"}
    photo = SimpleUploadedFile("门.jpg", picture.getvalue(), "image/jpeg")
    client = client_of(resident)
    assert client.post(f"/access/facilities/{toilet.pk}/", {**sent, "photos": photo}).status_code == 302
    row = Fact.objects.get()
    stored = files_of(row).get()
    assert [may_see(person, stored) for person in (resident, worker, neighbour, stranger)] == [True, True, False, False]
    assert 'alt="现场照片"' in client_of(worker).get("/access/desk/").content.decode()
    wrong = client.post(
        "/access/outages/new/",
        {"kind": "out", "photos": SimpleUploadedFile("x.jpg", b"no photo", "image/jpeg")},
    )
    assert wrong.status_code == 422
