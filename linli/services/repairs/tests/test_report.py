"""A report without script: each step is a page, nothing typed is lost, it becomes one case."""

from __future__ import annotations

import io
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from PIL import Image

from linli.foundation.calendar.clock import now
from linli.foundation.people.models import Mandate, Person
from linli.foundation.web import Denied, Refused
from linli.mechanisms.cases import actions as cases
from linli.mechanisms.cases.models import Case, Follower
from linli.services.repairs import actions
from linli.services.repairs.models import ReportDraft

pytestmark = pytest.mark.django_db


def photo() -> SimpleUploadedFile:
    buffer = io.BytesIO()
    Image.new("RGB", (64, 48), "#8d9a94").save(buffer, "JPEG")
    return SimpleUploadedFile("门口.jpg", buffer.getvalue(), "image/jpeg")


def walk(client: Any, place: str, text: str, **more: Any) -> Any:
    """The four steps up to 核对."""
    client.post(reverse("repairs:report"), {})
    client.post(reverse("repairs:place"), {"place": place, **more.pop("at", {})})
    return client.post(reverse("repairs:words"), {"text": text, **more})


def send(client: Any) -> Any:
    page = client.get(reverse("repairs:check"))
    return client.post(reverse("repairs:check"), {"once": page.context["at"].draft.once}, follow=True)


def test_from_photo_to_rating_without_script(
    client_of: Any, resident: Person, lift: Any, property_desk: Person, property_worker: Person,
) -> None:
    client = client_of(resident)
    first = client.post(reverse("repairs:report"), {"photos": [photo()], "facility": lift.code})
    assert first.status_code == 302
    assert first.url == reverse("repairs:place")
    page = client.get(reverse("repairs:place"))
    assert f'value="facility:{lift.pk}" checked' in page.content.decode()  # the sticker that was scanned
    assert client.post(reverse("repairs:place"), {"place": f"facility:{lift.pk}"}).url == reverse("repairs:words")
    words = {"text": "电梯上行时咔咔响，停在 2 层不开门。", "urgency": "urgent"}
    assert client.post(reverse("repairs:words"), words).url == reverse("repairs:check")
    check = client.get(reverse("repairs:check")).content.decode()
    assert "电梯上行时咔咔响" in check
    assert "邻居看得到" in check
    receipt = send(client)
    case = Case.objects.get()
    assert case.number in receipt.content.decode()
    assert 'data-draft-clear="repairs.check"' in receipt.content.decode()
    assert (case.category, case.urgency, case.facility_id) == ("lift.door", "urgent", lift.pk)
    assert len(case.facts["report_photos"]) == 1
    assert case.place_public == lift.name
    assert not ReportDraft.objects.exists()
    cases.act(property_desk, case, "dispatch", worker=property_worker.pk)
    cases.act(property_worker, case, "take")
    cases.act(property_worker, case, "arrive")
    cases.act(property_worker, case, "finish", note="换了导靴", after_photo=1)
    client.post(reverse("portal:case_answer", args=[case.number]), {"solved": "yes", "satisfied": "5"})
    assert Case.objects.get().state == "closed"


def test_a_mistake_keeps_what_was_typed(client_of: Any, resident: Person, home: Any) -> None:
    client = client_of(resident)
    client.post(reverse("repairs:report"), {})
    lost = client.post(reverse("repairs:place"), {"detail": "厨房水槽下面"})
    assert lost.status_code == 422
    assert "厨房水槽下面" in lost.content.decode()
    assert "还差一点" in lost.content.decode()
    client.post(reverse("repairs:place"), {"place": f"home:{home.pk}", "detail": "厨房水槽下面"})
    wrong = client.post(reverse("repairs:words"), {"text": "", "phone": "1380", "entry": "knock", "at_home": ["pet"]})
    said = wrong.content.decode()
    assert wrong.status_code == 422
    assert "请写一句哪里不对" in said
    assert "现在是 4 位" in said
    assert 'value="1380"' in said
    assert 'value="knock"' in said


def test_ten_thousand_characters_are_refused_and_kept(client_of: Any, resident: Person, home: Any) -> None:
    client = client_of(resident)
    long = "水" * 9_999 + "尾"
    answer = walk(client, f"home:{home.pk}", long)
    assert answer.status_code == 422
    assert "现在有 10000 个字" in answer.content.decode()
    assert long in answer.content.decode()
    quick = client.post(reverse("repairs:quick"), {"text": long, "place": f"home:{home.pk}", "once": "x"})
    assert quick.status_code == 422
    assert long in quick.content.decode()
    assert not Case.objects.exists()


def test_a_lost_session_goes_on_where_it_was(client_of: Any, resident: Person, home: Any) -> None:
    walk(client_of(resident), f"home:{home.pk}", "水管滴水")
    other_phone = client_of(resident)
    assert "有一件报修写到一半" in other_phone.get("/").content.decode()
    assert "您上次写到一半" in other_phone.get(reverse("repairs:report")).content.decode()
    assert "水管滴水" in other_phone.get(reverse("repairs:words")).content.decode()
    send(other_phone)
    assert Case.objects.get().text == "水管滴水"


def test_what_was_begun_can_be_dropped(client_of: Any, resident: Person, home: Any) -> None:
    client = client_of(resident)
    walk(client, f"home:{home.pk}", "水管滴水")
    client.post(reverse("repairs:drop"))
    assert not ReportDraft.objects.exists()
    assert client.get(reverse("repairs:check")).url == reverse("repairs:report")


def test_a_photo_that_was_cleaned_away_stops_nobody(client_of: Any, resident: Person, home: Any) -> None:
    from linli.foundation.files.models import StoredFile

    client = client_of(resident)
    client.post(reverse("repairs:report"), {"photos": [photo()]})
    client.post(reverse("repairs:place"), {"place": f"home:{home.pk}"})
    client.post(reverse("repairs:words"), {"text": "水管滴水"})
    StoredFile.objects.all().delete()
    send(client)
    assert Case.objects.get().facts.get("report_photos") is None


def test_broken_again_after_the_days_of_reopening_is_a_linked_case(
    client_of: Any, resident: Person, home: Any, community: Any,
) -> None:
    from datetime import timedelta

    first = actions.report(resident, community, actions.Report(text="灯坏了", home=home, building=home.building))
    Case.objects.filter(pk=first.pk).update(
        state="closed", is_open=False, closed_at=now() - timedelta(days=40))
    client = client_of(resident)
    assert f"?again={first.number}" in client.get(reverse("portal:case", args=[first.number])).content.decode()
    client.post(reverse("repairs:report"), {"again": first.number})
    client.post(reverse("repairs:place"), {"place": f"home:{home.pk}"})
    client.post(reverse("repairs:words"), {"text": "灯又坏了"})
    send(client)
    assert Case.objects.exclude(pk=first.pk).get().facts["relates_to"] == first.number


def test_sent_twice_is_one_case(client_of: Any, resident: Person, home: Any) -> None:
    client = client_of(resident)
    walk(client, f"home:{home.pk}", "水管滴水")
    once = client.get(reverse("repairs:check")).context["at"].draft.once
    first = client.post(reverse("repairs:check"), {"once": once})
    again = client.post(reverse("repairs:check"), {"once": once})
    assert first.url == again.url
    data = {"text": "灯坏了", "place": "other", "detail": "东门", "once": "quick-1"}
    urls = {client.post(reverse("repairs:quick"), data).url for _ in range(2)}
    assert len(urls) == 1
    assert Case.objects.count() == 2


def test_somebody_elses_key_gives_nothing_away(client_of: Any, resident: Person, neighbour: Person, home: Any) -> None:
    walk(client_of(resident), f"home:{home.pk}", "水管滴水")
    send(client_of(resident))
    once = Case.objects.get().once
    answer = client_of(neighbour).post(reverse("repairs:check"), {"once": once})
    assert answer.url == reverse("repairs:report")


@pytest.mark.parametrize("field", ["text", "detail"])
def test_a_script_is_only_text(client_of: Any, resident: Person, community: Any, field: str) -> None:
    client = client_of(resident)
    evil = "<script>alert(1)</script>"
    typed = {"text": "灯坏了", "detail": "东门"} | {field: evil}
    walk(client, "other", typed["text"], at={"detail": typed["detail"]})
    pages = [client.get(reverse(f"repairs:{name}")) for name in ("place", "words", "check")]
    pages.append(send(client))
    number = Case.objects.get().number
    pages.append(client.get(reverse("portal:case", args=[number])))
    for page in pages:
        assert evil not in page.content.decode()


def test_home_is_nobodys_business(client_of: Any, resident: Person, neighbour: Person, home: Any) -> None:
    client = client_of(resident)
    walk(client, f"home:{home.pk}", "卫生间马桶漏水")
    assert "邻居什么也看不到" in client.get(reverse("repairs:check")).content.decode()
    send(client)
    case = Case.objects.get()
    assert case.visibility == "parties"
    assert client_of(neighbour).get(reverse("portal:case", args=[case.number])).status_code == 404


def test_a_home_of_somebody_else_cannot_be_chosen(client_of: Any, neighbour: Person, home: Any) -> None:
    client = client_of(neighbour)
    client.post(reverse("repairs:report"), {})
    answer = client.post(reverse("repairs:place"), {"place": f"home:{home.pk}"})
    assert answer.status_code == 422


def test_a_forged_place_of_another_community_is_not_there(stranger: Person, other_community: Any,
                                                          building: Any) -> None:
    with pytest.raises(Denied):
        actions.report(stranger, other_community, actions.Report(text="漏水", building=building))


def test_danger_is_said_at_once_and_stored(client_of: Any, resident: Person, home: Any) -> None:
    client = client_of(resident)
    answer = walk(client, f"home:{home.pk}", "厨房有煤气味")
    assert answer.url == reverse("repairs:danger")
    said = client.get(reverse("repairs:danger")).content.decode()
    assert "不要开关任何电器" in said
    assert 'href="tel:119"' in said
    client.post(reverse("repairs:danger"))
    send(client)
    case = Case.objects.get()
    assert (case.category, case.urgency) == ("gas", "danger")
    assert case.facts["danger_told"] is True


def test_me_too_instead_of_a_second_report(client_of: Any, resident: Person, neighbour: Person, lift: Any,
                                           community: Any) -> None:
    actions.report(resident, community, actions.Report(
        text="电梯咔咔响", category="lift.noise", facility=lift, building=lift.building))
    client = client_of(neighbour)
    client.post(reverse("repairs:report"), {"facility": lift.code})
    client.post(reverse("repairs:place"), {"place": f"facility:{lift.pk}"})
    client.post(reverse("repairs:words"), {"text": "坐电梯有响声", "category": "lift.noise"})
    assert "有邻居报过像这样的" in client.get(reverse("repairs:check")).content.decode()
    case = Case.objects.get()
    client.post(reverse("repairs:join"), {"number": case.number})
    assert Follower.objects.filter(case=case, person=neighbour).exists()
    assert not ReportDraft.objects.exists()


def test_a_daughter_reports_for_her_father(client_of: Any, resident: Person, make_person: Any, home: Any,
                                           other_community: Any) -> None:
    daughter = make_person("林姑娘", other_community)
    with pytest.raises(Denied):
        actions.report(daughter, other_community, actions.Report(text="灯坏了", home=home), subject=resident)
    Mandate.objects.create(subject=resident, agent=daughter, scope=["repairs"], agreed_at=now())
    client = client_of(daughter)
    client.post(reverse("repairs:report"), {"subject": str(resident.pk)})
    client.post(reverse("repairs:place"), {"place": f"home:{home.pk}"})
    client.post(reverse("repairs:words"), {"text": "爸爸家水管滴水"})
    assert "您替 林女士 报" in client.get(reverse("repairs:check")).content.decode()
    send(client)
    case = Case.objects.get()
    assert (case.requester_id, case.agent_id, case.area_code) == (resident.pk, daughter.pk, home.area.code)
    assert client.get(reverse("portal:case", args=[case.number])).status_code == 200


def test_a_mandate_for_something_else_is_none_for_repairs(resident: Person, make_person: Any, other_community: Any,
                                                          home: Any) -> None:
    daughter = make_person("林姑娘", other_community)
    Mandate.objects.create(subject=resident, agent=daughter, scope=["requests"], agreed_at=now())
    with pytest.raises(Denied):
        actions.report(daughter, other_community, actions.Report(text="灯坏了", home=home), subject=resident)


def test_the_desk_writes_down_a_call(client_of: Any, property_desk: Person, resident: Person, building: Any,
                                     home: Any) -> None:
    client = client_of(property_desk)
    page = client.get(reverse("repairs:desk_report"))
    data = {"channel": "phone", "name": "林", "phone": resident.phone, "text": "水管滴水", "building": str(building.pk),
            "room": "1-702", "once": page.context["form"]["once"].value()}
    for _ in range(2):
        answer = client.post(reverse("repairs:desk_report"), data)
    case = Case.objects.get()
    assert answer.url == reverse("desk:case", args=[case.number])
    assert (case.channel, case.requester_id, case.home_id) == ("phone", resident.pk, home.pk)


def test_a_caller_without_an_account_leaves_a_number(client_of: Any, property_desk: Person, building: Any) -> None:
    client = client_of(property_desk)
    data = {"channel": "window", "name": "过路人", "phone": "", "text": "单元门坏了", "building": str(building.pk),
            "once": "a"}
    assert client.post(reverse("repairs:desk_report"), data).status_code == 422
    client.post(reverse("repairs:desk_report"), data | {"phone": "0571-88880000"})
    case = Case.objects.get()
    assert case.requester is None
    assert case.contact.phone == "057188880000"


@pytest.mark.parametrize(("words", "code"), [
    ("电梯咔咔响", "lift.noise"), ("电梯不开门", "lift.door"), ("有人困在电梯里", "lift.trapped"),
    ("电梯里很脏", "lift"), ("水管漏水", "water"), ("厨房水管爆裂了", "water.burst"), ("下水道堵了", "water.drain"),
    ("楼道灯不亮", "power.light"),
    ("插座冒火花", "power.leak"), ("有煤气味", "gas"), ("暖气不热", "heating"), ("外墙瓷砖要掉下来", "public.falling"),
    ("单元门关不上", "door"), ("树枝断了", "green"), ("什么都不像", None),
])
def test_plain_words_find_their_category(words: str, code: str | None) -> None:
    from linli.services.repairs import queries

    found = queries.guess(words)
    assert (found.code if found else None) == code


def test_nothing_to_go_by_is_refused(resident: Person, community: Any) -> None:
    with pytest.raises(Refused, match="no_place"):
        actions.report(resident, community, actions.Report(text="漏水"))
    with pytest.raises(Refused, match="no_text"):
        actions.report(resident, community, actions.Report(text=" ", detail="东门"))


def test_an_old_draft_is_forgotten(client_of: Any, resident: Person, home: Any) -> None:
    from datetime import timedelta

    from linli.services.repairs.jobs import forget_drafts

    walk(client_of(resident), f"home:{home.pk}", "水管滴水")
    forget_drafts()
    assert ReportDraft.objects.exists()
    ReportDraft.objects.update(updated=now() - timedelta(days=15))
    forget_drafts()
    assert not ReportDraft.objects.exists()


def test_what_to_do_in_danger_stands_on_the_page_before_anything_is_sent(
    client_of: Any, resident: Person, community: Any, home: Any,
) -> None:
    client = client_of(resident)
    page = client.get(reverse("repairs:quick")).content.decode()
    top = page.partition('name="text"')[0]
    for told in ("闻到燃气味", "困在电梯里", "tel:119", "tel:96777"):  # without script, above the field
        assert told in top
    assert 'data-danger-in="id_text-dangers"' in page
    assert page.count("data-danger=") == 5
    assert "漏气" in page.partition("data-danger=")[2]


def test_a_point_on_the_map_is_given_to_its_building(
    client_of: Any, resident: Person, community: Any, home: Any,
) -> None:
    building = home.building
    building.lon, building.lat = 120.1, 30.2
    building.save()
    client = client_of(resident)
    client.post(reverse("repairs:report"), {})
    page = client.get(reverse("repairs:place")).content.decode()
    assert "data-pick" in page
    assert "build/map" in page
    assert "build/map" not in client.get(reverse("repairs:report")).content.decode()
    client.post(reverse("repairs:place"), {"place": "other", "lon": "120.10005", "lat": "30.20005"})
    client.post(reverse("repairs:words"), {"text": "地砖松了", "category": "public"})
    once = ReportDraft.objects.get(person=resident).once
    client.post(reverse("repairs:check"), {"once": once})
    case = Case.objects.get(once=once)
    assert (case.building, case.lon) == (building, 120.10005)
