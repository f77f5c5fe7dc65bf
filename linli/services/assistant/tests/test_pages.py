"""The pages: plain posts, who is let in, that what was typed stays."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse

from linli.foundation.areas.models import Area
from linli.foundation.people.models import Person
from linli.services.assistant import actions, cards
from linli.services.assistant.models import Conversation, Gap, Turn

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("catalogue")]
ClientOf = Callable[[Person], Client]
ASK = "/assistant/"


def words(response: object) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.content.decode()))  # type: ignore[attr-defined]


def test_asking_is_a_plain_post_and_the_answer_names_its_source(resident: Person, client_of: ClientOf) -> None:
    client = client_of(resident)
    answer = client.post(ASK, {"text": "高龄津贴要带什么", "once": "a"}, follow=True)
    shown = words(answer)
    if "您要问的是下面哪一件" in shown:
        answer = client.post(reverse("assistant:choose"), {"group": "gov.elders", "aspect": "materials"}, follow=True)
        shown = words(answer)
    assert "居民身份证原件1份" in shown
    assert "出处：示范清单" in shown
    assert "2026-11-20 核对" in shown
    assert "在线申请" in shown


def test_who_has_not_signed_in_is_answered_and_nothing_is_kept(client: Client) -> None:
    shown = words(client.post(ASK, {"text": "我家着火了"}))
    assert "119" in shown
    shown = words(client.post(ASK, {"text": "帮我查前妻的户籍"}))
    assert "别人的信息这里不能查" in shown
    assert not Conversation.objects.exists()
    assert not Turn.objects.exists()
    assert client.post(reverse("assistant:person")).url == reverse("portal:help")  # type: ignore[attr-defined]


def test_one_device_does_not_ask_for_ever(client: Client) -> None:
    for number in range(60):
        client.post(ASK, {"text": f"你好{number}"})
    answer = client.post(ASK, {"text": "你好"})
    assert answer.status_code == 422
    assert "过一会儿再问" in words(answer)


def test_what_was_typed_stays(resident: Person, client_of: ClientOf) -> None:
    answer = client_of(resident).post(ASK, {"text": "津" * 400, "once": "a"})
    assert answer.status_code == 422
    assert "津津津" in words(answer)


def test_looking_writes_nothing(resident: Person, client_of: ClientOf) -> None:
    client = client_of(resident)
    answer = client.get(ASK, {"q": "高龄津贴"})
    assert "高龄津贴" in answer.content.decode()
    assert not Conversation.objects.exists()
    assert client.get(reverse("assistant:person")).status_code == 200
    assert not Conversation.objects.exists()


def test_a_strange_name_or_script_is_only_text(resident: Person, client_of: ClientOf) -> None:
    answer = client_of(resident).post(ASK, {"text": "<b>养犬</b>登记", "once": "a"}, follow=True)
    assert "<b>养犬</b>" not in answer.content.decode()


def test_another_persons_talk_is_not_there(
    resident: Person, neighbour: Person, stranger: Person, worker: Person, other_worker: Person, community: Area,
    client_of: ClientOf,
) -> None:
    talk = actions.want_person(resident, community, text="问一下")
    for person in (neighbour, stranger, worker, other_worker):
        assert client_of(person).get(reverse("assistant:talk", args=[talk.pk])).status_code == 404
    for person, status in ((worker, 200), (other_worker, 404), (neighbour, 404), (stranger, 404)):
        assert client_of(person).get(reverse("assistant:desk_talk", args=[talk.pk])).status_code == status
        assert client_of(person).get(reverse("assistant:desk")).status_code == (
            200 if person in (worker, other_worker) else 404)
    assert client_of(other_worker).post(reverse("assistant:desk_step", args=[talk.pk, "take"])).status_code == 404


def test_the_desk_answers_and_the_resident_reads_it(
    resident: Person, worker: Person, community: Area, client_of: ClientOf,
) -> None:
    talk = actions.want_person(resident, community, text="问一下")
    assert "第 1 位" in words(client_of(resident).get(ASK))
    desk = client_of(worker)
    desk.post(reverse("assistant:desk_step", args=[talk.pk, "take"]))
    desk.post(reverse("assistant:desk_talk", args=[talk.pk]), {"text": "周四上门", "once": "r"})
    shown = words(client_of(resident).get(ASK))
    assert "周四上门" in shown
    assert "周敏 在答您" in shown
    empty = desk.post(reverse("assistant:desk_talk", args=[talk.pk]), {"text": " "})
    assert empty.status_code == 422
    csv = desk.get(reverse("assistant:figures")).content.decode()
    assert "周四上门" not in csv
    assert resident.name not in csv


def test_the_gap_list_is_mended_on_a_page(
    resident: Person, worker: Person, other_worker: Person, community: Area, client_of: ClientOf,
) -> None:
    actions.ask(resident, community, "魔方比赛")
    row = Gap.objects.get()
    page = reverse("assistant:gap", args=[row.pk])
    assert client_of(other_worker).get(page).status_code == 404
    desk = client_of(worker)
    assert "魔方比赛" in words(desk.get(reverse("assistant:gaps")))
    assert "养犬登记" in words(desk.get(page, {"q": "养狗"}))
    assert desk.post(page, {"wording": "魔方比赛"}).status_code == 422
    done = desk.post(page, {"group": "gov.dog", "wording": "魔方比赛"}, follow=True)
    assert "补过的问题里前三个有" in words(done)
    assert client_of(resident).get(page).status_code == 404


def test_english_words_frame_the_chinese_field(resident: Person, client_of: ClientOf) -> None:
    client = client_of(resident)
    client.post("/look/", {"language": "en"})
    client.cookies["django_language"] = "en"
    shown = words(client.get(ASK, headers={"accept-language": "en"}))
    assert "Answered from what is published" in shown


def test_the_search_box_leads_here(resident: Person, community: Area) -> None:
    (title, _sub, url, _icon), = cards.search(resident, community, "高龄津贴")
    assert "高龄津贴" in title
    assert url.startswith(ASK)
    assert cards.search(resident, community, "高") == []
