from __future__ import annotations

import argparse
import io
from collections.abc import Callable, Sequence
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from openpyxl import Workbook, load_workbook

from linli.foundation import audit
from linli.foundation.areas import actions, columns, importing, queries, sheets
from linli.foundation.areas.models import Area, Building, Compound, Facility, Home, ImportDraft
from linli.foundation.areas.previews import Preview, preview
from linli.foundation.web import Denied, Refused

if TYPE_CHECKING:
    from linli.foundation.people.models import Organisation, Person

ClientOf = Callable[["Person"], Client]
MakePerson = Callable[..., "Person"]
HOMES = ["小区", "楼栋", "单元", "房号", "专有面积", "面积来源", "网格代码", "物业"]


def xlsx(headings: Sequence[str], *rows: Sequence[object]) -> bytes:
    book = Workbook()
    for line in (headings, *rows):
        book.active.append(list(line))
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def judged(kind: str, area: Area | None, raw: bytes) -> Preview:
    return preview(kind, area, *sheets.read("file", raw))


def test_homes_come_in_with_their_buildings_and_compounds(
        community: Area, grid_cell: Area, property_company: Organisation, worker: Person) -> None:
    raw = xlsx(HOMES, ["梧桐苑", "3号楼", 1, 702, 89.6, "不动产登记簿", 330106001001001, "安居物业"],
               ["梧桐苑", "3号楼", 2, 1101], ["东苑", "1号楼", None, "101"])
    found = judged("homes", community, raw)
    assert (found.errors, found.added, found.changed) == ([], 3, 0)
    actions.import_rows(worker, community, "homes", found.rows)
    home = Home.objects.get(number="702")
    assert (home.entrance, home.floor, home.exclusive_area, home.area_source) == ("1", 7, Decimal("89.60"), "register")
    assert (home.building.number, home.building.grid) == (3, grid_cell)
    assert home.building.compound.property_company == property_company
    assert Home.objects.get(number="1101").floor == 11
    assert set(Compound.objects.values_list("name", flat=True)) == {"梧桐苑", "东苑"}
    assert audit.verbs(community) == ["areas.import"]
    again = judged("homes", community, raw)
    assert (again.added, again.same) == (0, 3)
    actions.import_rows(worker, community, "homes", again.rows)
    assert Home.objects.count() == 3


def test_codes_kept_as_numbers_by_a_spreadsheet_are_text_again(district: Area) -> None:
    found = judged("areas", None, xlsx(["区划代码", "名称"], [330106002.0, "北街道"], [330106002001.0, "柳园社区"]))
    assert [row["code"] for row in found.rows] == ["330106002", "330106002001"]
    assert not found.errors
    actions.import_rows(None, None, "areas", found.rows)
    assert Area.objects.get(code="330106002001").level == "community"


def test_two_hundred_broken_rows_change_nothing_and_are_all_named(
        client_of: ClientOf, worker: Person, community: Area) -> None:
    rows: list[list[object]] = [["梧桐苑", "3号楼", "1", str(number), "", "", "", ""] for number in range(101, 141)]
    broken: list[list[object]] = [
        [["", "3号楼", "1", "101", "", "", "", ""], ["梧桐苑", "3号楼", "1", "9" * 13, "", "", "", ""],
         ["梧桐苑", "3号楼", "1", f"b{number}", "-3", "买卖合同", "", ""],
         ["梧桐苑", "3号楼", "1", f"c{number}", "80", "邻居说的", "", ""],
         ["梧桐苑", "3号楼", "1", f"d{number}", "", "", "3301", ""]][number % 5] for number in range(200)]
    raw = xlsx(HOMES, *rows, *broken)
    found = judged("homes", community, raw)
    assert {error.row for error in found.errors} == set(range(42, 242))
    page = client_of(worker).post(f"/desk/areas/{community.code}/import/", {
        "kind": "homes", "file": SimpleUploadedFile("homes.xlsx", raw)})
    assert page.status_code == 422
    assert page.content.decode().count("<tr><td") == 200
    assert not Home.objects.exists()
    assert not Compound.objects.exists()
    assert not ImportDraft.objects.exists()
    with pytest.raises(Refused, match="rows_broken"):
        actions.import_rows(worker, community, "homes", [
            {"row": 2, "compound": "a", "building": "b", "number": "1", "grid": "x"}])


@pytest.mark.parametrize(("row", "words"), [
    (["", "3号楼", "1", "101"], "「小区」要填"),
    (["梧桐苑", "3号楼", "1", "1" * 13], "最多 12 个字，现在是 13 个"),
    (["梧桐苑", "3号楼", "1", "101", "八十", "买卖合同"], "写平方米数，例如 89.60，现在是「八十」"),
    (["梧桐苑", "3号楼", "1", "101", "80", "听说"], "只能是：不动产登记簿、买卖合同"),
    (["梧桐苑", "3号楼", "1", "101", "80", ""], "就要写面积来源"),
    (["梧桐苑", "3号楼", "1", "101", "", "", "330106001001009"], "没有网格 330106001001009"),
    (["梧桐苑", "3号楼", "1", "101", "", "", "12345"], "是 2、4、6、9、12 或 15 位数字"),
    (["梧桐苑", "3号楼", "1", "101", "", "", "", "没这家"], "没有叫「没这家」的物业"),
])
def test_a_broken_row_is_told_what_to_do(community: Area, row: list[str], words: str) -> None:
    found = judged("homes", community, xlsx(HOMES, row))
    assert [error.row for error in found.errors] == [2]
    assert words in found.errors[0].sentence


def test_the_same_home_twice_in_a_file_is_named_with_its_twin(community: Area) -> None:
    found = judged("homes", community, xlsx(HOMES, ["梧桐苑", "3号楼", "1", "101"], ["梧桐苑", "3号楼", "1", "101"]))
    assert "第 2 行重了" in found.errors[0].sentence


def test_a_division_needs_the_one_above_it(district: Area) -> None:
    found = judged("areas", None, xlsx(["区划代码", "名称"], ["330199001", "没有区的街道"]))
    assert "330199" in found.errors[0].sentence


@pytest.mark.parametrize("raw", [
    b"", b"PK\x03\x04 not really a zip", b"\x00\x01\x02", "小区,楼栋\n".encode(), b"\xd0\xcf\x11\xe0garbage"])
def test_a_file_that_is_no_table_is_refused_with_a_sentence(community: Area, raw: bytes) -> None:
    with pytest.raises(Refused) as refused:
        judged("homes", community, raw)
    assert str(refused.value.sentence)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
@pytest.mark.parametrize("comma", [",", "\t"])
def test_csv_is_read_as_spreadsheets_write_it(community: Area, encoding: str, comma: str) -> None:
    text = "\r\n".join(comma.join(line) for line in (["小区", "楼栋", "房号"], ["梧桐苑", "3号楼", "0702"]))
    found = judged("homes", community, text.encode(encoding))
    assert (found.errors, found.rows[0]["number"]) == ([], "0702")


def test_facilities_come_in_with_access_facts_and_in_the_right_datum(
        community: Area, building: Building, worker: Person) -> None:
    from linli.foundation.areas.mapping import gcj02_of

    lon, lat = gcj02_of(120.1, 30.27)
    raw = xlsx(["种类", "名称", "设备码", "小区", "楼栋", "经度", "纬度", "坐标系", "轮椅", "门宽厘米",
                "扶手", "最近检验"],
               ["电梯", "3号楼电梯", "LT-0301", "梧桐苑", "3号楼", lon, lat, "GCJ02", "能", 90, "有", "2026/05/01"])
    found = judged("facilities", community, raw)
    assert found.errors == []
    actions.import_rows(worker, community, "facilities", found.rows)
    lift = Facility.objects.get()
    assert (lift.lon, lift.lat) == (120.1, 30.27)
    assert lift.access == {"wheelchair": "yes", "door_width_cm": 90, "handrail": "yes"}
    assert (lift.building, lift.checked_on) == (building, "2026-05-01")
    assert ("门宽", "90 厘米") in queries.access_facts(lift)


def test_what_is_exported_can_be_imported_and_changes_nothing(
        client_of: ClientOf, worker: Person, community: Area, home: Home) -> None:
    Facility.objects.create(area=community, kind="aed", name="门厅 AED", code="AED-1", access={"steps": 0})
    desk = client_of(worker)
    for kind in ("homes", "facilities"):
        raw = desk.get(f"/desk/areas/{community.code}/export/{kind}.xlsx").content
        found = judged(kind, community, raw)
        assert (found.errors, found.added, found.changed, found.same) == ([], 0, 0, 1), kind


def test_the_template_is_itself_good_input(client_of: ClientOf, worker: Person, community: Area) -> None:
    for kind in columns.KINDS:
        raw = client_of(worker).get(f"/desk/areas/template/{kind}.xlsx").content
        headings, rows = sheets.read("t.xlsx", raw)
        assert headings == [column.heading for column in columns.COLUMNS[kind]]
        assert len(rows) == 1
        assert load_workbook(io.BytesIO(raw)).sheetnames[1] == "怎么填"


def test_the_desk_previews_then_writes(client_of: ClientOf, worker: Person, community: Area) -> None:
    desk = client_of(worker)
    raw = xlsx(HOMES, ["梧桐苑", "3号楼", "1", "702"])
    file = SimpleUploadedFile("h.xlsx", raw)
    sent = desk.post(f"/desk/areas/{community.code}/import/", {"kind": "homes", "file": file})
    draft = ImportDraft.objects.get()
    assert sent.headers["Location"] == f"/desk/areas/import/{draft.pk}/"
    assert "702" in desk.get(sent.headers["Location"]).content.decode()
    assert not Home.objects.exists()
    assert desk.post(sent.headers["Location"]).status_code == 302
    assert Home.objects.get().number == "702"
    assert desk.post(sent.headers["Location"]).status_code == 404


def test_confirming_judges_again_what_changed_meanwhile(
        client_of: ClientOf, worker: Person, community: Area, grid_cell: Area) -> None:
    desk = client_of(worker)
    raw = xlsx(HOMES, ["梧桐苑", "3号楼", "1", "702", "", "", grid_cell.code])
    file = SimpleUploadedFile("h.xlsx", raw)
    sent = desk.post(f"/desk/areas/{community.code}/import/", {"kind": "homes", "file": file})
    grid_cell.delete()
    assert "对不上了" in desk.get(sent.headers["Location"]).content.decode()
    desk.post(sent.headers["Location"])
    assert not Home.objects.exists()


def test_nobody_imports_next_door(
        client_of: ClientOf, worker: Person, other_worker: Person, resident: Person, community: Area,
        other_community: Area, building: Building) -> None:
    desk = client_of(other_worker)
    found = judged("homes", community, xlsx(HOMES, ["a", "b", "", "1"]))
    draft = actions.keep_draft(worker, community, found, file_name="x")
    for path in (f"/desk/areas/{community.code}/", f"/desk/areas/{community.code}/import/",
                 f"/desk/areas/import/{draft.pk}/",
                 f"/desk/areas/{community.code}/map/", f"/desk/areas/{community.code}/export/homes.xlsx",
                 f"/desk/areas/buildings/{building.pk}/", f"/desk/areas/compounds/{building.compound_id}/",
                 f"/desk/areas/buildings/{building.pk}/homes/new/", f"/desk/areas/{community.code}/facilities/new/"):
        assert desk.get(path).status_code == 404, path
        assert desk.post(path, {"x": "1"}).status_code == 404, path
        assert client_of(resident).get(path).status_code == 404, path
    with pytest.raises(Denied):
        actions.import_rows(other_worker, community, "homes", [])
    with pytest.raises(Denied):
        actions.import_rows(worker, community, "areas", [])
    assert "梧桐里" not in desk.get("/desk/areas/").content.decode()


def test_an_administrator_imports_divisions_below_the_own_place_only(make_person: MakePerson, street: Area) -> None:
    admin = make_person("系统员", None, "system_admin", at=street)
    found = judged("areas", street, xlsx(["区划代码", "名称"], ["330106001003", "新社区"], ["330107", "别的区"]))
    assert ["330107 不在" in error.sentence for error in found.errors if "不在" in error.sentence] == [True]
    inside = judged("areas", street, xlsx(["区划代码", "名称"], ["330106001003", "新社区"]))
    actions.import_rows(admin, street, "areas", inside.rows)
    assert Area.objects.filter(code="330106001003").exists()


def test_the_operator_imports_on_the_command_line(
        district: Area, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    parser = argparse.ArgumentParser()
    importing.add_arguments(parser)
    file = tmp_path / "areas.csv"
    file.write_text("区划代码,名称\n330106003,西街道\n330106003001,荷塘社区\n", encoding="utf-8")
    assert importing.run(parser.parse_args([str(file), "--check"])) == 0
    assert not Area.objects.filter(code="330106003").exists()
    assert importing.run(parser.parse_args([str(file)])) == 0
    assert "2 were added" in capsys.readouterr().out
    file.write_text("区划代码,名称\n33,浙江省\n12x,坏的\n", encoding="utf-8")
    assert importing.run(parser.parse_args([str(file)])) == 1
    assert "3: 「区划代码」" in capsys.readouterr().out
    assert importing.run(parser.parse_args([str(tmp_path / "none.csv")])) == 1
    assert importing.run(parser.parse_args([str(file), "--kind", "homes", "--area", "990000000001"])) == 1
    template = tmp_path / "t.xlsx"
    assert importing.run(parser.parse_args([str(template), "--kind", "homes", "--template"])) == 0
    assert sheets.read("t", template.read_bytes())[0][0] == "小区"


def test_a_cell_never_becomes_a_formula() -> None:
    raw = sheets.workbook("x", ["名称"], [["=HYPERLINK(1)"], ["@cmd"]])
    cells = [row[0].value for row in load_workbook(io.BytesIO(raw)).active.iter_rows(min_row=2)]
    assert all(cell.startswith("'") for cell in cells)


def test_a_draft_nobody_confirms_is_forgotten_after_a_day(worker: Person, community: Area) -> None:
    from datetime import timedelta

    from linli.foundation.areas.jobs import forget_drafts
    from linli.foundation.calendar import clock

    actions.keep_draft(worker, community, judged("homes", community, xlsx(HOMES, ["a", "b", "", "1"])), file_name="x")
    forget_drafts()
    assert ImportDraft.objects.exists()
    with clock.at(clock.now() + timedelta(hours=25)):
        forget_drafts()
    assert not ImportDraft.objects.exists()
