"""A way from where one is or from a tap on the map; and the desk's upload of a path network."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from linli.foundation.areas.models import Area
from linli.foundation.people.models import Person
from linli.services.access.models import Network, PathEdge, PathNode
from linli.services.access.queries import network
from linli.services.access.tests.test_reading import NODES

pytestmark = pytest.mark.django_db
ClientOf = Callable[[Person], Client]
EDGES = "from,to,surface,width\n1,2,asphalt,1.5\n2,3,asphalt,\n"


def spot(area: Area, title: str) -> str:
    return next(one.key for one in network.spots(area) if one.title.endswith(title))


def test_a_point_becomes_the_nearest_place_and_stands_in_no_address(
    client_of: ClientOf, resident: Person, community: Area, paths: dict[str, PathEdge]
) -> None:
    client = client_of(resident)
    sent = {"need": "manual", "from": "", "to": spot(community, "3号楼"), "place": "other", "lon": "120.00005",
            "lat": "30.00204"}
    answer = client.post("/access/way/", sent)
    assert answer.status_code == 302
    yard = PathNode.objects.get(key="y")
    assert f"from=p-{yard.pk}-" in answer["Location"]
    assert "120.0" not in answer["Location"]
    page = client.get(answer["Location"]).content.decode()
    assert "从中庭到" in page
    assert "出门头" in page  # the bit between the position and the network is said
    assert client.get(answer["Location"].replace("/way/", "/way/print/")).status_code == 200


def test_a_listed_place_wins_unless_the_point_was_chosen(
    client_of: ClientOf, resident: Person, community: Area, paths: dict[str, PathEdge]
) -> None:
    client, gate = client_of(resident), spot(community, "东门")
    sent = {"need": "manual", "from": gate, "to": spot(community, "3号楼"), "lon": "120.0", "lat": "30.002"}
    assert f"from={gate}" in client.post("/access/way/", {**sent, "place": ""})["Location"]
    assert "from=p-" in client.post("/access/way/", {**sent, "place": "other"})["Location"]
    again = client.post("/access/way/", {**sent, "place": "", "lon": "", "lat": ""})
    assert f"from={gate}" in again["Location"]


@pytest.mark.parametrize(("lon", "lat"), [("121.5", "31.2"), ("", ""), ("hier", "30"), ("nan", "inf")])
def test_a_point_far_from_every_path_is_said(client_of: ClientOf, resident: Person, community: Area,
                                             paths: dict[str, PathEdge], lon: str, lat: str) -> None:
    answer = client_of(resident).post("/access/way/", {
        "need": "manual", "from": "", "to": spot(community, "3号楼"), "place": "other", "lon": lon, "lat": lat})
    assert answer.status_code == 422
    page = answer.content.decode()
    assert "离有记录的路太远" in page or "请在地图上点一下起点" in page
    assert 'value="manual" checked' in page
    assert f'selected>{"3号楼"}' in page or "3号楼</option>" in page


@pytest.mark.parametrize("key", ["p-1-2", "p-", "p-x-1", "p-99999999999999999999-1", "p-1", "p-1-99999"])
def test_a_made_up_point_leads_nowhere(client_of: ClientOf, resident: Person, community: Area,
                                       paths: dict[str, PathEdge], key: str) -> None:
    answer = client_of(resident).get("/access/way/", {"need": "manual", "from": key, "to": spot(community, "3号楼")})
    assert answer.status_code == 200
    assert "请从列出的地方里选" in answer.content.decode()


def files(*rows: tuple[str, str]) -> list[SimpleUploadedFile]:
    return [SimpleUploadedFile(name, text.encode(), "text/csv") for name, text in rows]


class TestUpload:
    URL = "/access/desk/paths/import/"

    def test_the_rows_at_fault_are_named_and_nothing_is_written(self, client_of: ClientOf, worker: Person,
                                                                community: Area) -> None:
        client = client_of(worker)
        broken = "from,to,surface,width\n1,2,asphalt,1.5\n1,9,asphalt,\n2,3,asphalt,breit\n"
        answer = client.post(self.URL, {"write": "1", "files": files(("nodes.csv", NODES), ("edges.csv", broken))})
        assert answer.status_code == 422
        assert "edges.csv:3" in answer.content.decode()
        assert not PathEdge.objects.exists()
        empty = client.post(self.URL, {"write": "1"})
        assert empty.status_code == 422
        assert "请选路网文件" in empty.content.decode()

    def test_first_it_looks_then_it_writes(self, client_of: ClientOf, worker: Person, community: Area) -> None:
        client = client_of(worker)
        sheets = ("nodes.csv", NODES), ("edges.csv", EDGES)
        answer = client.post(self.URL, {"write": "0", "files": files(*sheets)})
        assert answer.status_code == 200
        assert "路段 2 段" in answer.content.decode()
        assert not PathEdge.objects.exists()
        answer = client.post(self.URL, {"write": "1", "source": "社区实测", "files": files(*sheets)})
        assert answer.status_code == 302
        assert PathEdge.objects.filter(area=community).count() == 2
        assert Network.objects.get().source == "社区实测"

    def test_nobody_else_uploads(self, client_of: ClientOf, resident: Person, grid_worker: Person,
                                 other_worker: Person, community: Area, other_community: Area) -> None:
        for person in (resident, grid_worker):
            assert client_of(person).get(self.URL).status_code in (403, 404)
            assert client_of(person).post(self.URL, {"write": "1"}).status_code in (403, 404)
        client_of(other_worker).post(self.URL, {
            "write": "1", "files": files(("nodes.csv", NODES), ("edges.csv", EDGES))})
        assert not PathEdge.objects.filter(area=community).exists()
