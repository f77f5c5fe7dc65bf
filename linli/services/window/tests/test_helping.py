"""Filed for a person: actor, subject, mandate and channel apart; the slip, the notice, the objection; the PIN."""

from __future__ import annotations

import io
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image
from pypdf import PdfReader

from linli.foundation.areas.models import Area
from linli.foundation.files.actions import keep
from linli.foundation.notices.models import Notice
from linli.foundation.people.models import Person
from linli.foundation.web import Denied, Refused
from linli.services.window import papers, privacy
from linli.services.window.actions import helping, pins
from linli.services.window.models import Help, Pin
from linli.services.window.tests.conftest import TinyGov

pytestmark = pytest.mark.django_db
COMMON: dict[str, Any] = {"item": "birth", "title": "出生一件事", "check": "id_card"}


def photo() -> SimpleUploadedFile:
    out = io.BytesIO()
    Image.new("RGB", (200, 300), (250, 250, 245)).save(out, "JPEG")
    return SimpleUploadedFile("m.jpg", out.getvalue(), content_type="image/jpeg")


def test_actor_subject_and_channel_stay_apart(
    gov: TinyGov, worker: Person, resident: Person, community: Area,
) -> None:
    row = helping.begin(worker, community, subject=resident, once="o1", **COMMON)
    assert helping.begin(worker, community, subject=resident, once="o1", **COMMON).pk == row.pk
    name, person, facts = gov.asked[0]
    assert (name, person, facts["subject"], facts["channel"], facts["contact"]) == (
        "gov.begin", worker, resident, "window", None)
    assert len(gov.asked) == 1
    assert (row.actor, row.subject, row.checked_by, row.check_kind) == (worker, resident, worker, "id_card")
    done = helping.hand_in(worker, row, signed_name="林女士")
    again = helping.hand_in(worker, row, signed_name="林女士")
    assert done.number == again.number == gov.number
    assert Notice.objects.filter(person=resident, key=f"window.handed_in.{row.pk}").count() == 1


def test_without_an_account_by_name_and_phone(gov: TinyGov, worker: Person, community: Area) -> None:
    with pytest.raises(Refused, match="no_subject"):
        helping.begin(worker, community, once="o1", **COMMON)
    row = helping.begin(worker, community, once="o2", name="孙大爷", phone="13900007100", **COMMON)
    assert gov.asked[0][2]["contact"] == ("孙大爷", "13900007100")
    done = helping.hand_in(worker, row, signed_name="孙大爷")
    text = PdfReader(io.BytesIO(papers.slip(done, "https://linli.example"))).pages[0].extract_text()
    for word in (gov.number, "出生一件事", "出生医学证明", "周敏", "2026-11-25"):
        assert word in text.replace("\n", "")
    assert "孙大爷" not in text


def test_an_agent_shows_a_signed_mandate(gov: TinyGov, worker: Person, resident: Person, community: Area) -> None:
    with pytest.raises(Refused, match="no_mandate"):
        helping.begin(worker, community, subject=resident, once="o1", agent_name="赵先生", **COMMON)
    stored = keep(worker, photo(), purpose="window.mandate")
    row = helping.begin(worker, community, subject=resident, once="o1", agent_name="赵先生", photo=stored, **COMMON)
    assert row.is_agent
    assert row.photo == stored.pk
    stored.refresh_from_db()
    assert stored.about_type == "window.help"
    assert privacy.erase_help(row, "window.mandate") == "anonymised"
    row.refresh_from_db()
    assert (row.photo, row.agent_name) == (None, "")


def test_identity_is_looked_at_and_nobody_files_their_own(
    gov: TinyGov, worker: Person, resident: Person, other_worker: Person, community: Area,
) -> None:
    with pytest.raises(Refused, match="not_checked"):
        helping.begin(worker, community, subject=resident, once="o1", **{**COMMON, "check": "no_such"})
    with pytest.raises(Refused, match="own_matter"):
        helping.begin(worker, community, subject=worker, once="o1", **COMMON)
    for person in (resident, other_worker):
        with pytest.raises(Denied):
            helping.begin(person, community, subject=worker, once="o1", **COMMON)
    assert not gov.asked


def test_an_objection_is_answered_by_another(
    gov: TinyGov, worker: Person, community_head: Person, resident: Person, community: Area,
) -> None:
    row = helping.hand_in(worker, helping.begin(worker, community, subject=resident, once="o1", **COMMON),
                          signed_name="林女士")
    helping.object_to(row, "我没有来过")
    helping.object_to(row, "再说一次")
    with pytest.raises(Refused, match="own_help"):
        helping.answer(worker, row, "您来过")
    helping.answer(community_head, row, "查过了，是同名的人，已撤回。")
    row.refresh_from_db()
    assert (row.objection, row.answered_by) == ("我没有来过", community_head)
    assert Notice.objects.filter(person=resident, key=f"window.answered.{row.pk}").exists()


def test_the_pin_tells_and_is_shut_after_tries(gov: TinyGov, worker: Person, resident: Person, community: Area) -> None:
    plain = pins.set_pin(resident, community, gov.number)
    assert plain.isdigit()
    assert plain not in Pin.objects.get().hash
    assert pins.told_by_pin(worker, gov.number.lower(), plain)["state_title"] == "已收件"
    assert gov.asked[-1][1] == resident, "what is told is what the opener of the PIN sees"
    wrong = "000000" if plain != "000000" else "111111"
    for _n in range(5):
        with pytest.raises(Refused, match="wrong_pin"):
            pins.told_by_pin(None, gov.number, wrong)
    with pytest.raises(Refused, match="locked"):
        pins.told_by_pin(None, gov.number, plain)
    with pytest.raises(Refused, match="wrong_pin"):
        pins.told_by_pin(None, "LL00000000000", plain)


def test_only_staff_look_up_by_telephone(gov: TinyGov, resident: Person, community: Area) -> None:
    plain = pins.set_pin(resident, community, gov.number)
    with pytest.raises(Denied):
        pins.told_by_pin(resident, gov.number, plain)


def test_the_person_gets_a_copy_and_names_go(gov: TinyGov, worker: Person, resident: Person, community: Area) -> None:
    row = helping.hand_in(worker, helping.begin(worker, community, subject=resident, once="o1", **COMMON),
                          signed_name="林女士")
    assert privacy.copy_of(resident)["filed_for_me"][0]["number"] == row.number
    privacy.erase_help(row, "window.help")
    assert Help.objects.get().subject is None
