"""What the window and the assistant ask of this room by name, and that they gain nothing the person could not do."""

from __future__ import annotations

from io import BytesIO
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

from linli.foundation.areas.models import Area
from linli.foundation.people.models import Person
from linli.foundation.web import Denied, Refused
from linli.foundation.web.acts import offered, perform
from linli.services.gov.models import Application, Brought

pytestmark = pytest.mark.django_db
SLUG = "residence-proof"
ANSWERS = {
    "person.name": "钱奶奶", "person.id_number": "330106194401010022", "person.phone": "13011112222",
    "person.address": "梧桐苑 3 号楼 502 室", "home.resident_since": "2019-05-01", "proof.lives_here": "true",
    "proof.copies": "1", "proof.receiver": "示例银行"}


def picture() -> SimpleUploadedFile:
    out = BytesIO()
    Image.new("RGB", (40, 30), "white").save(out, "JPEG")
    return SimpleUploadedFile("card.jpg", out.getvalue(), "image/jpeg")


def fill(person: Person, begun: dict[str, Any]) -> None:
    page = begun["pages"][0]["page"]
    for _page in range(20):
        told = perform("gov.page", person, application=begun["application"], page=page)
        values = {one["element"]: ANSWERS.get(one["element"]) or (
            one["options"][0]["value"] if one["options"] else one["value"]) for one in told["fields"]}
        saved = perform("gov.save_page", person, application=begun["application"], page=page, values=values,
                        seen=told["seen"])
        assert saved["errors"] == {}, (page, saved)
        if not saved["next"]:
            return
        page = saved["next"]


def test_every_act_of_the_contract_is_offered() -> None:
    assert all(offered(f"gov.{name}") for name in (
        "find", "begin", "page", "save_page", "hand_in", "where", "papers", "paper_form", "attach"))


def test_a_clerk_files_for_somebody_without_an_account(clerk: Person, community: Area) -> None:
    begun = perform("gov.begin", clerk, item=SLUG, area=community, channel="window", once="ticket-1",
                    contact={"name": "钱奶奶", "phone": "13011112222"})
    assert begun["number"] == ""
    assert str(begun["application"]) in begun["fill_url"]
    fill(clerk, begun)
    papers = perform("gov.papers", clerk, application=begun["application"])
    assert {"id_card"} <= {one["key"] for one in papers}
    perform("gov.attach", clerk, application=begun["application"], material="id_card", file=picture())
    assert Brought.objects.get().way == "file"
    done = perform("gov.hand_in", clerk, application=begun["application"], signed_name="钱奶奶")
    again = perform("gov.hand_in", clerk, application=begun["application"], signed_name="钱奶奶")
    assert done["number"] == again["number"]
    assert done["due_at"] is not None
    assert done["number"] in done["receipt_url"]
    row = Application.objects.get()
    assert (row.actor, row.subject, row.channel, row.contact_name) == (clerk, None, "window", "钱奶奶")
    told = perform("gov.where", clerk, number=done["number"].lower())
    assert (told["state"], told["missing"]) == ("submitted", [])


def test_a_wrong_answer_is_a_sentence_at_its_question(clerk: Person, community: Area) -> None:
    begun = perform("gov.begin", clerk, item=SLUG, area=community, channel="phone", contact=("钱奶奶", "13011112222"))
    page = begun["pages"][0]["page"]
    saved = perform("gov.save_page", clerk, application=begun["application"], page=page,
                    values={**ANSWERS, "person.id_number": "123"}, seen=0)
    assert "person.id_number" in saved["errors"]
    assert saved["next"] == page


def test_what_is_not_filled_is_not_handed_in(clerk: Person, community: Area) -> None:
    begun = perform("gov.begin", clerk, item=SLUG, area=community, channel="window", contact=("钱奶奶", "13011112222"))
    with pytest.raises(Refused) as refused:
        perform("gov.hand_in", clerk, application=begun["application"], signed_name="钱奶奶")
    assert refused.value.code == "incomplete"


def test_by_name_nobody_gains_anything(make_person: Any, community: Area, other_community: Area,
                                       clerk: Person) -> None:
    resident = make_person("林女士", community)
    begun = perform("gov.begin", resident, item=SLUG)
    for who in (make_person("邻居", community), make_person("外人", other_community), clerk):
        with pytest.raises(Denied):
            perform("gov.page", who, application=begun["application"], page=begun["pages"][0]["page"])
        with pytest.raises(Denied):
            perform("gov.hand_in", who, application=begun["application"], signed_name="别人")
        with pytest.raises(Denied):
            perform("gov.where", who, number="WTL-000000-0000")
    with pytest.raises(Denied):
        perform("gov.begin", make_person("邻居甲", community), item=SLUG, subject=resident)
    with pytest.raises(Denied):  # a resident is no counter
        perform("gov.begin", resident, item=SLUG, channel="window", contact=("钱奶奶", "13011112222"))


def test_found_by_everyday_words_and_printed(clerk: Person, community: Area) -> None:
    hits = perform("gov.find", clerk, words="开居住证明", limit=3)
    assert SLUG in [hit["slug"] for hit in hits]
    assert perform("gov.find", clerk, words="  ") == []
    assert perform("gov.paper_form", clerk, item=SLUG).startswith(b"%PDF")
