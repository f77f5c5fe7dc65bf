from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from django.test import Client

from linli.foundation import audit
from linli.foundation.calendar import clock
from linli.foundation.notices.models import Notice
from linli.foundation.people import actions
from linli.foundation.people.models import Organisation, Person, Residency, RoleAssignment
from linli.foundation.people.permit import may
from linli.foundation.web import Denied, Refused

if TYPE_CHECKING:
    from linli.foundation.areas.models import Area, Building, Home

ClientOf = Callable[[Person], Client]
MakePerson = Callable[..., Person]


def test_a_home_is_claimed_by_links_and_confirmed_by_staff(
        client_of: ClientOf, neighbour: Person, worker: Person, home: Home, building: Building) -> None:
    hers = client_of(neighbour)
    assert "梧桐苑" in hers.get("/me/residency/claim/").content.decode()
    assert "3号楼" in hers.get(f"/me/residency/claim/?compound={building.compound_id}").content.decode()
    assert "702" in hers.get(f"/me/residency/claim/?building={building.pk}").content.decode()
    assert hers.post(f"/me/residency/claim/?home={home.pk}", {"note": "x"}).status_code == 422
    assert hers.post(f"/me/residency/claim/?home={home.pk}", {"bond": "tenant"}).status_code == 302
    claim = Residency.objects.get(person=neighbour)
    desk = client_of(worker)
    queue = desk.get("/desk/people/residencies/").content.decode()
    assert f"/desk/people/residencies/{claim.pk}/" in queue
    assert neighbour.name not in queue  # a list shows masked names only
    assert desk.post(f"/desk/people/residencies/{claim.pk}/", {"answer": "confirm"}).status_code == 302
    claim.refresh_from_db()
    assert (claim.state, claim.decided_by) == ("confirmed", worker)
    assert audit.verbs(claim) == ["people.claim_residency", "people.confirm_residency"]
    assert "核实好了" in Notice.objects.get(person=neighbour).sentence
    with pytest.raises(Refused, match="already_decided"):
        actions.reject_residency(worker, claim, reason="太晚了")


def test_a_rejection_says_why_and_the_home_may_be_claimed_again(
        client_of: ClientOf, neighbour: Person, worker: Person, home: Home) -> None:
    claim = actions.claim_residency(neighbour, home, bond="owner")
    with pytest.raises(Refused, match="already_claimed"):
        actions.claim_residency(neighbour, home, bond="family")
    desk = client_of(worker)
    assert desk.post(f"/desk/people/residencies/{claim.pk}/", {"answer": "reject", "reason": " "}).status_code == 422
    desk.post(f"/desk/people/residencies/{claim.pk}/", {"answer": "reject", "reason": "请带租房合同"})
    assert "请带租房合同" in client_of(neighbour).get("/me/residency/").content.decode()
    assert "请带租房合同" in Notice.objects.get(person=neighbour).sentence
    assert actions.claim_residency(neighbour, home, bond="tenant").state == "claimed"


def test_one_person_may_live_in_several_homes(neighbour: Person, home: Home, building: Building) -> None:
    from linli.foundation.areas.models import Home as HomeTable

    second = HomeTable.objects.create(area=building.area, building=building, entrance="1", floor=8, number="801")
    actions.claim_residency(neighbour, home, bond="owner")
    actions.claim_residency(neighbour, second, bond="owner")
    assert Residency.objects.filter(person=neighbour).count() == 2


def test_nobody_confirms_their_own_claim(make_person: MakePerson, community: Area, home: Home) -> None:
    both = make_person("周敏", community, "worker")
    claim = actions.claim_residency(both, home, bond="owner")
    with pytest.raises(Refused, match="own_claim"):
        actions.confirm_residency(both, claim)


def test_moving_away_is_ones_own_to_say(resident: Person, neighbour: Person) -> None:
    lives = Residency.objects.get(person=resident)
    with pytest.raises(Denied):
        actions.end_residency(neighbour, lives)
    assert actions.end_residency(resident, lives).state == "ended"
    with pytest.raises(Refused, match="ended"):
        actions.end_residency(resident, lives)


def test_staff_next_door_find_nothing(client_of: ClientOf, neighbour: Person, other_worker: Person, stranger: Person,
                                      home: Home) -> None:
    claim = actions.claim_residency(neighbour, home, bond="owner")
    for who in (other_worker, stranger):
        client = client_of(who)
        assert client.get(f"/desk/people/residencies/{claim.pk}/").status_code == 404
        assert client.post(f"/desk/people/residencies/{claim.pk}/", {"answer": "confirm"}).status_code == 404
        assert client.post(f"/me/residency/{claim.pk}/end/").status_code == 404
        with pytest.raises(Denied):
            actions.confirm_residency(who, claim)
    assert "702" not in client_of(stranger).get(f"/me/residency/claim/?home={home.pk}").content.decode()
    with pytest.raises(Denied):
        actions.claim_residency(stranger, home, bond="owner")


@pytest.mark.parametrize("path", [
    "/desk/people/residencies/", "/desk/people/roles/", "/desk/people/organisations/",
    "/desk/people/organisations/new/", "/desk/people/mandates/"])
def test_the_desk_is_not_there_for_residents(client_of: ClientOf, resident: Person, path: str) -> None:
    assert client_of(resident).get(path).status_code == 404
    assert Client().get(path).status_code == 302


def test_a_head_gives_and_withdraws_a_role_at_the_desk(
        client_of: ClientOf, community_head: Person, neighbour: Person, community: Area) -> None:
    desk = client_of(community_head)
    typed = {"phone": neighbour.phone, "role": "grid_worker", "area": community.pk, "skills": "电工证，急救员"}
    assert desk.post("/desk/people/roles/", typed).status_code == 302
    given = RoleAssignment.objects.get(person=neighbour)
    assert given.skills == ["电工证", "急救员"]
    assert Person.objects.get(pk=neighbour.pk).holds("grid_worker")
    assert "新角色" in Notice.objects.get(person=neighbour).sentence
    with pytest.raises(Refused, match="held"):
        actions.give_role(community_head, neighbour, "grid_worker", area=community)
    assert "赵先生" in desk.get("/desk/people/roles/").content.decode()
    assert desk.post(f"/desk/people/roles/{given.pk}/withdraw/").status_code == 302
    assert not Person.objects.get(pk=neighbour.pk).is_staff
    assert "赵先生" not in desk.get("/desk/people/roles/").content.decode().split("<form class=\"stack\"")[0]
    assert "赵先生" in desk.get("/desk/people/roles/?history=1").content.decode()
    assert audit.verbs(given) == ["people.give_role", "people.withdraw_role"]


@pytest.mark.parametrize("role", [
    "community_head", "street_leader", "district_leader", "system_admin", "security_admin", "audit_admin", "auditor",
    "department_desk", "resident", "emperor"])
def test_a_head_gives_nothing_at_or_above_the_own_rank(
        client_of: ClientOf, community_head: Person, neighbour: Person, community: Area, role: str) -> None:
    with pytest.raises(Denied):
        actions.give_role(community_head, neighbour, role, area=community, until=clock.now() + timedelta(days=9))
    typed = {"phone": neighbour.phone, "role": role, "area": community.pk}
    assert client_of(community_head).post("/desk/people/roles/", typed).status_code == 422
    assert not RoleAssignment.objects.filter(person=neighbour).exists()


def test_nobody_gives_a_role_to_themselves_or_elsewhere(
        community_head: Person, neighbour: Person, community: Area, other_community: Area, street: Area,
        worker: Person, property_company: Organisation) -> None:
    with pytest.raises(Refused, match="own_role"):
        actions.give_role(community_head, community_head, "worker", area=community)
    for place in (other_community, street):
        with pytest.raises(Denied):
            actions.give_role(community_head, neighbour, "worker", area=place)
    with pytest.raises(Denied):
        actions.give_role(worker, neighbour, "grid_worker", area=community)
    with pytest.raises(Refused, match="organisation_missing"):
        actions.give_role(community_head, neighbour, "property_desk", area=community)
    given = actions.give_role(community_head, neighbour, "property_desk", organisation=property_company)
    assert given.area == community


def test_a_role_ends_by_itself_at_its_term(make_person: MakePerson, street: Area, neighbour: Person) -> None:
    admin = make_person("安全员", None, "security_admin", at=street)
    with pytest.raises(Refused, match="term_missing"):
        actions.give_role(admin, neighbour, "auditor", area=street)
    actions.give_role(admin, neighbour, "auditor", area=street, until=clock.now() + timedelta(days=30))
    assert Person.objects.get(pk=neighbour.pk).holds("auditor")
    with clock.at(clock.now() + timedelta(days=31)):
        assert not Person.objects.get(pk=neighbour.pk).holds("auditor")


def test_the_three_administrators_are_three_people(make_person: MakePerson, street: Area, neighbour: Person) -> None:
    system = make_person("系统员", None, "system_admin", at=street)
    security = make_person("安全员", None, "security_admin", at=street)
    actions.give_role(system, neighbour, "system_admin", area=street)
    with pytest.raises(Refused, match="apart"):
        actions.give_role(security, neighbour, "audit_admin", area=street)
    with pytest.raises(Denied):
        actions.give_role(system, neighbour, "security_admin", area=street)


def test_organisations_are_added_changed_and_closed(
        client_of: ClientOf, community_head: Person, worker: Person, other_community: Area, community: Area) -> None:
    desk = client_of(community_head)
    typed = {"name": "春晖社工站", "kind": "group", "area": community.pk, "phone": "0571-00000009"}
    assert desk.post("/desk/people/organisations/new/", typed).status_code == 302
    body = Organisation.objects.get(name="春晖社工站")
    assert desk.post("/desk/people/organisations/new/", typed).status_code == 422
    assert desk.post(f"/desk/people/organisations/{body.pk}/", {**typed, "name": "春晖站"}).status_code == 302
    assert desk.post(f"/desk/people/organisations/{body.pk}/", {"close": "1"}).status_code == 302
    body.refresh_from_db()
    assert (body.name, body.is_active) == ("春晖站", False)
    with pytest.raises(Denied):
        actions.save_organisation(community_head, area=other_community, name="别处", kind="group")
    with pytest.raises(Denied):
        actions.save_organisation(worker, area=community, name="我的", kind="group")
    next_door = Organisation.objects.create(name="隔壁物业", kind="property_company", area=other_community)
    assert desk.get(f"/desk/people/organisations/{next_door.pk}/").status_code == 404


def test_standings_are_read_with_one_statement(
        worker: Person, community: Area, django_assert_num_queries: Callable[[int], object]) -> None:
    fresh = Person.objects.select_related("community").get(pk=worker.pk)
    with django_assert_num_queries(1):  # type: ignore[attr-defined]
        assert may(fresh, "people.decide_residency", community)
        assert fresh.is_staff
        assert not may(fresh, "people.give_role", community)


def test_the_first_administrator_is_made_on_the_command_line(
        district: Area, capsys: pytest.CaptureFixture[str]) -> None:
    import argparse

    from linli.foundation.people import create_admin

    parser = argparse.ArgumentParser()
    create_admin.add_arguments(parser)
    assert create_admin.run(parser.parse_args(["--phone", "13800000055", "--area", "330106"])) == 0
    assert Person.objects.by_phone("+8613800000055").get().holds("system_admin")
    assert create_admin.run(parser.parse_args(["--phone", "1380000005", "--area", "330106"])) == 1
    assert "11 位" in capsys.readouterr().out
    assert create_admin.run(parser.parse_args(
        ["--phone", "13800000055", "--area", "330106", "--role", "audit_admin"])) == 1
