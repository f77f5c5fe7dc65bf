"""Tables that people send in: two hundred broken rows, half a file, a file that is something else."""

from __future__ import annotations

import io
import subprocess
import sys
import zipfile
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from openpyxl import Workbook, load_workbook

from tests.browser import HERE
from tests.faults.client import Client
from tests.faults.place import Place, figures
from tests.faults.sound import assert_sound

pytestmark = pytest.mark.faults
OpenPlace = Callable[[str], Place]
AREA = "330199001001"
SORT = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
BROKEN, GOOD = 200, 20
HOMES = ["小区", "楼栋", "单元", "房号", "专有面积", "面积来源", "网格代码", "物业"]
FACILITIES = ["设备码", "名称", "种类", "经度", "纬度"]
REQUESTS = ["编号", "主题", "内容", "时间", "电话"]


def xlsx(headings: Sequence[str], rows: Sequence[Sequence[object]]) -> bytes:
    book = Workbook()
    for line in (headings, *rows):
        book.active.append(list(line))
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def homes() -> list[list[object]]:
    good: list[list[object]] = [["试苑", "9号楼", "1", str(101 + n), "", "", "", ""] for n in range(GOOD)]
    bad: list[list[object]] = [[
        ["", "9号楼", "1", "101", "", "", "", ""],
        ["试苑", "9号楼", "1", "9" * 13, "", "", "", ""],
        ["试苑", "9号楼", "1", f"b{n}", "-3", "买卖合同", "", ""],
        ["试苑", "9号楼", "1", f"c{n}", "80", "听说", "", ""],
        ["试苑", "9号楼", "1", f"d{n}", "", "", "3301", ""]][n % 5] for n in range(BROKEN)]
    return good + bad


def facilities() -> list[list[object]]:
    good: list[list[object]] = [[f"ZZ{n}", f"试验座椅{n}", "其他设施", "", ""] for n in range(GOOD)]
    bad: list[list[object]] = [[
        [f"YY{n}", "", "其他设施", "", ""],
        [f"YY{n}", f"椅{n}", "飞船", "", ""],
        [f"YY{n}", f"椅{n}", "其他设施", "东边", ""],
        [f"YY{n}", f"椅{n}", "其他设施", "500", ""],
        [f"YY{n}", "长" * 300, "其他设施", "", ""]][n % 5] for n in range(BROKEN)]
    return good + bad


def requests() -> list[list[object]]:
    words = "路灯不亮了，请修一修"
    good: list[list[object]] = [
        [f"A{n}", "路灯", f"第{n}盏{words}", "2026-01-05 09:30", "13900000000"] for n in range(GOOD)]
    bad: list[list[object]] = [[
        ["", "没有编号", words, "2026-01-05 09:30", ""],
        [f"B{n}", "", "", "2026-01-05 09:30", ""],
        [f"B{n}", "时间不对", words, "前天下午", ""],
        ["C" * 80, "编号太长", words, "2026-01-05", ""],
        ["A1", "编号重复", words, "", ""]][n % 5] for n in range(BROKEN)]
    return good + bad


def rows(place: Place) -> list[int]:
    return [place.one(f"SELECT count(*) FROM {table}") for table in (
        "areas_home", "areas_building", "areas_compound", "areas_facility", "areas_importdraft", "cases_case")]


def linli(place: Place, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-m", "linli", *arguments], cwd=HERE, env=place.environment,
                          capture_output=True, text=True, timeout=300)


def test_two_hundred_broken_rows_of_places(open_place: OpenPlace) -> None:
    """At the desk and at the operator's prompt: every row is named, and nothing at all is taken in."""
    place = open_place("sqlite")
    place.web()
    worker = Client(place, "周敏").sign_in()
    before, named = rows(place), 0
    for kind, headings, table in (("homes", HOMES, homes()), ("facilities", FACILITIES, facilities())):
        raw = xlsx(headings, table)
        answer = worker.post(f"/desk/areas/{AREA}/import/", {"kind": kind}, {"file": (f"{kind}.xlsx", raw, SORT)})
        assert answer.status == 422, (kind, answer.status, answer.text[:500])
        told = [number for number in range(GOOD + 2, GOOD + BROKEN + 2) if f">{number}<" in answer.text]
        assert len(told) == BROKEN, (kind, len(told))
        named += len(told)
        path = place.data / f"{kind}.xlsx"
        path.write_bytes(raw)
        done = linli(place, "import", "areas", str(path), "--kind", kind, "--area", AREA)
        assert done.returncode == 1, done.stderr[-2000:]
        assert f"{BROKEN} errors" in done.stdout, done.stdout[-500:]
        assert "Traceback" not in done.stderr
    assert rows(place) == before, "a table with broken rows left something behind"
    figures("200 broken rows, homes and facilities", rows_named=named, rows_taken_in=0)


def test_two_hundred_broken_rows_of_requests(open_place: OpenPlace) -> None:
    """The good ones come in, each broken one stands with its reason in a file beside; a second run adds nothing."""
    place = open_place("sqlite")
    path = place.data / "messages.xlsx"
    path.write_bytes(xlsx(REQUESTS, requests()))
    for _run in range(2):
        done = linli(place, "import", "requests", str(path), "--area", AREA)
        assert done.returncode == 0, (done.stdout, done.stderr[-2000:])
        assert place.one("SELECT count(*) FROM cases_case") == GOOD
    [beside] = [found for found in place.data.glob("messages*") if found != path]
    reasons = _lines(beside)
    assert len(reasons) == BROKEN + 1, len(reasons)  # and the headings
    place.work()
    assert_sound(place, audited=False)
    figures("200 broken rows, requests", taken_in=GOOD, rows_in_the_file_of_errors=len(reasons) - 1, second_run_adds=0)


def _lines(path: Path) -> list[object]:
    if path.suffix == ".xlsx":
        return list(load_workbook(path).active.values)
    return list(path.read_text("utf-8-sig").splitlines())


def test_a_file_that_is_no_table(open_place: OpenPlace) -> None:
    place = open_place("sqlite")
    place.web()
    worker = Client(place, "周敏").sign_in()
    whole = xlsx(HOMES, homes()[:GOOD])
    bomb = io.BytesIO()
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as archive:
        with zipfile.ZipFile(io.BytesIO(whole)) as model:
            for name in model.namelist():
                if not name.endswith("sheet1.xml"):
                    archive.writestr(name, model.read(name))
        archive.writestr("xl/worksheets/sheet1.xml", b"<worksheet><sheetData>" + b"<row></row>" * 6_000_000)
    files = {
        "half": whole[:len(whole) // 2], "exe": b"MZ\x90\0" + b"\0" * 4096 + b"This program cannot be run in DOS mode",
        "nothing": b"", "page": b"<html><table><tr><td>1</td></tr></table></html>", "noise": bytes(range(256)) * 400,
        "bomb": bomb.getvalue(), "many_rows": xlsx(HOMES, [["试苑", "9号楼", "1", str(n)] for n in range(25_000)])}
    before = rows(place)
    for name, raw in files.items():
        answer = worker.post(f"/desk/areas/{AREA}/import/", {"kind": "homes"}, {"file": (f"{name}.xlsx", raw, SORT)})
        assert answer.status == 422, (name, answer.status, answer.text[:500])
        assert answer.errors, name
        path = place.data / f"{name}.xlsx"
        path.write_bytes(raw)
        done = linli(place, "import", "requests", str(path), "--area", AREA)
        assert done.returncode == 1, (name, done.stdout[-500:], done.stderr[-1000:])
        assert "Traceback" not in done.stderr, name
        assert done.stdout + done.stderr
    assert rows(place) == before
    figures("files that are no table", sent=2 * len(files), refused_with_a_sentence=2 * len(files), kept=0)
