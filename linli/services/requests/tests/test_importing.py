"""Real records in: broken rows beside the file, killed half-way and started again, a second run that writes nothing."""

from __future__ import annotations

import csv
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from linli.foundation import audit
from linli.foundation.areas.models import Area
from linli.foundation.people.models import Person
from linli.foundation.web import Refused
from linli.mechanisms.cases.models import Case, CaseEvent, RoutingTable, Timer
from linli.services.requests import classifying, importing, reading, training_cli
from linli.services.requests.models import Intake

pytestmark = pytest.mark.django_db
HEADER = ["留言编号", "留言用户", "留言主题", "留言时间", "留言详情", "反对数", "点赞数"]
SHARED = Path(os.environ.get("LINLI_SHARED_DATA", Path(__file__).parents[4].parent / "shared" / "data")) / "messages"
has_real = pytest.mark.skipif(
    not (SHARED / "附件3.xlsx").is_file(), reason=f"the real messages are not here ({SHARED}); set LINLI_SHARED_DATA")


def row(number: Any, **more: Any) -> list[Any]:
    given = {"user": "U1", "title": "路灯不亮", "at": "2020/1/6 12:09:38", "text": "3号楼门口的路灯不亮", "no": 0,
             "yes": 2, **more}
    return [number, given["user"], given["title"], given["at"], given["text"], given["no"], given["yes"]]


def xlsx(path: Path, rows: list[list[Any]], header: list[str] | None = None) -> Path:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    for line in [header or HEADER, *rows]:
        sheet.append(line)
    book.save(path)
    return path


def run(file: Path, area: Area, *more: str) -> int:
    import argparse

    parser = argparse.ArgumentParser()
    importing.add_arguments(parser)
    return importing.run(parser.parse_args([str(file), "--area", area.code, *more]))


def test_two_hundred_broken_rows_lie_beside_and_the_good_ones_are_in(
        tmp_path: Path, community: Area, rules: RoutingTable, capsys: pytest.CaptureFixture[str]) -> None:
    ways: list[list[Any]] = [row(""), row("7"), row("b", title="", text=""), row("c", at="不知道哪天"),
                             row("d", text="  ", title=" "), row("x" * 61)]
    broken = [list(ways[n % len(ways)]) for n in range(200)]
    for n, line in enumerate(broken):
        if line[0] in ("b", "c", "d"):
            line[0] = f"{line[0]}{n}"
    file = xlsx(tmp_path / "来信.xlsx", [row("7"), *broken, *(row(f"ok-{n}", text=f"第{n}封") for n in range(20))])
    assert run(file, community) == 0
    assert Case.objects.filter(source="import").count() == 21
    with (tmp_path / "来信.xlsx.errors.csv").open(encoding="utf-8-sig", newline="") as beside:
        lines = list(csv.reader(beside))
    assert len(lines) == 201
    assert lines[0] == ["行", "编号", "怎么改"]
    assert {line[2] for line in lines[1:]} >= {"没有编号。请补上编号，才能防止导入两次。", "没有内容。"}
    told = capsys.readouterr().out
    assert "有错 200 行" in told


def test_every_one_has_a_category_a_unit_and_a_clock(tmp_path: Path, community: Area) -> None:
    file = xlsx(tmp_path / "a.xlsx", [
        row("1", text="路灯坏了 请拨 13912345678"), row("2", title="无题", text="啊啊啊啊"),
        row("3", text="煤气味很浓", yes=7), row("4", text="长" * 7000)])
    run(file, community, "--units")
    for case in Case.objects.all():
        assert case.category
        assert case.unit is not None
        assert case.clock_at is not None
        assert Timer.objects.filter(case=case, state="running").exists()
        assert "route" in CaseEvent.objects.get(case=case, seq=1).data
    assert Case.objects.get(source_number="2").category == classifying.OTHER
    third = Case.objects.get(source_number="3")
    assert (third.facts["likes"], third.facts["received_at"][:10]) == (7, "2020-01-06")
    assert third.facts["emergency"]["codes"] == ["gas"]
    long = Case.objects.get(source_number="4")
    assert len(long.text) + len(long.events.get(name="note").text_internal) == 7000


def test_a_second_run_changes_nothing(tmp_path: Path, community: Area, rules: RoutingTable) -> None:
    file = xlsx(tmp_path / "a.xlsx", [row(str(n), text=f"第{n}封") for n in range(30)])
    run(file, community, "--units")

    def counts() -> list[int]:
        from linli.foundation.audit.models import AuditEntry
        from linli.foundation.events.models import OutboxEvent

        return [model.objects.count() for model in (  # type: ignore[attr-defined]
            Case, CaseEvent, Timer, Intake, RoutingTable, AuditEntry, OutboxEvent)]

    before = counts()
    assert run(file, community, "--units") == 0
    assert counts() == before
    more = xlsx(tmp_path / "b.xlsx", [row(str(n), text=f"第{n}封") for n in range(33)])
    run(more, community)
    assert Case.objects.count() == 33
    assert Intake.objects.get(file_name="b.xlsx").known == 30


def test_titles_carry_no_telephone(tmp_path: Path, community: Area, rules: RoutingTable,
                                   capsys: pytest.CaptureFixture[str]) -> None:
    file = xlsx(tmp_path / "a.xlsx", [row("1", title="请打 13912345678 找我")])
    run(file, community, "--preview")
    assert not Case.objects.exists()
    assert "13912345678" not in capsys.readouterr().out
    run(file, community)
    assert "13912345678" not in Case.objects.get().title


def test_a_csv_of_an_old_spreadsheet(tmp_path: Path, community: Area, rules: RoutingTable) -> None:
    file = tmp_path / "旧.csv"
    file.write_bytes("\r\n".join([",".join(HEADER), ",".join(str(cell) for cell in row("1")),
                                  '2,U,"主题,带逗号",2020-01-06,"第一行\n第二行",0,0']).encode("gb18030"))
    run(file, community)
    assert Case.objects.get(source_number="1").title == "路灯不亮"
    assert Case.objects.get(source_number="2").text == "第一行\n第二行"


@pytest.mark.parametrize(("name", "content", "code"), [
    ("a.xlsx", b"MZ\x90\x00 this is a program", "unreadable"), ("a.xlsx", b"", "unreadable"),
    ("a.csv", b"\x00\xff\xfe garbage", "no_column"), ("a.csv", b"a,b\n1,2\n", "no_column")])
def test_a_file_that_is_none(tmp_path: Path, name: str, content: bytes, code: str, community: Area) -> None:
    file = tmp_path / name
    file.write_bytes(content)
    with pytest.raises(Refused, match=code):
        run(file, community)
    with pytest.raises(Refused, match="unreadable"):
        run(tmp_path / "nowhere.xlsx", community)


def test_columns_may_be_named_by_hand(tmp_path: Path, community: Area, rules: RoutingTable) -> None:
    file = xlsx(tmp_path / "a.xlsx", [["1", "路灯坏了"]], header=["序号", "说的话"])
    with pytest.raises(Refused, match="no_column"):
        run(file, community)
    with pytest.raises(Refused, match="no_meaning"):
        run(file, community, "--map", "colour=序号")
    run(file, community, "--map", "number=序号", "--map", "text=说的话")
    assert Case.objects.get().text == "路灯坏了"


@pytest.mark.parametrize(("cell", "shown"), [
    ("2020/1/6 12:09:38", "2020-01-06 12:09"), ("2020年1月6日 8:05", "2020-01-06 08:05"), ("2020-13-40", None),
    ("2020.1.6", "2020-01-06 00:00"), ("昨天", None), (None, None)])
def test_moments_as_people_write_them(cell: Any, shown: str | None) -> None:
    found = reading.as_moment(cell) if cell is not None else reading.as_moment("")
    assert (found.strftime("%Y-%m-%d %H:%M") if found else None) == shown


def test_it_goes_on_where_it_stopped(
        tmp_path: Path, community: Area, rules: RoutingTable, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importing, "BATCH", 10)
    file = xlsx(tmp_path / "a.xlsx", [row(str(n), text=f"第{n}封") for n in range(35)])
    real, calls = importing._open, []

    def dies(*given: Any) -> Case:
        calls.append(1)
        if len(calls) == 25:
            raise RuntimeError("power cut")
        return real(*given)

    monkeypatch.setattr(importing, "_open", dies)
    with pytest.raises(RuntimeError):
        run(file, community)
    assert Case.objects.count() == 20
    run(file, community)
    intake = Intake.objects.get()
    assert (Case.objects.count(), intake.taken, intake.known, intake.state) == (35, 35, 0, "done")
    assert audit.verbs(intake) == ["requests.begin_import", "requests.import"]


def _environment(data: Path) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("LINLI_", "DJANGO_", "PYTEST_"))}
    return {**kept, "DJANGO_SETTINGS_MODULE": "linli.settings", "LINLI_DATA": str(data)}


@pytest.mark.faults
def test_killed_in_the_middle_and_started_again(tmp_path: Path) -> None:
    """kill -9 of the real command, in a process of its own; then the rest, and not one twice."""
    data = tmp_path / "data"
    environment, python = _environment(data), [sys.executable, "-m", "linli"]
    subprocess.run([*python, "migrate"], env=environment, check=True, capture_output=True)
    setup = ("import django; django.setup(); from linli.foundation.areas.models import Area; "
             "Area.objects.create(code='330106001001', name='梧桐里社区', level='community', short='WTL')")
    subprocess.run([sys.executable, "-c", setup], env=environment, check=True, capture_output=True)
    file = xlsx(tmp_path / "a.xlsx", [row(str(n), text=f"第{n}封，路灯不亮") for n in range(1500)])
    command = [*python, "import", "requests", str(file), "--units"]
    process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    until = time.monotonic() + 60
    while time.monotonic() < until and not 100 <= _count(data) < 1400:
        time.sleep(0.02)
    process.send_signal(signal.SIGKILL)
    process.wait()
    half = _count(data)
    assert 0 < half < 1500
    assert half % importing.BATCH == 0
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    assert _count(data) == 1500
    assert "导入 1500 件" in done.stdout
    again = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    assert "导入 0 件" in again.stdout
    assert _count(data) == 1500


def _count(data: Path) -> int:
    import sqlite3

    found = next(iter(data.glob("*.sqlite3")), None) or next(iter(data.glob("*.db")), None)
    if found is None:
        return 0
    base = sqlite3.connect(f"file:{found}?mode=ro", uri=True, timeout=20)
    try:
        return int(base.execute("SELECT COUNT(*) FROM cases_case").fetchone()[0])
    except sqlite3.OperationalError:
        return 0
    finally:
        base.close()


def test_training_says_what_is_missing(tmp_path: Path, community: Area) -> None:
    import argparse

    parser = argparse.ArgumentParser()
    training_cli.add_arguments(parser)
    header = ["留言编号", "留言主题", "留言详情", "一级分类"]
    thin = xlsx(tmp_path / "t.xlsx", [[str(n), "题", f"路灯不亮{n}", "公共设施"] for n in range(20)] + [
        ["90", "题", "太吵", "噪声油烟"]], header)
    assert training_cli.run(parser.parse_args([])) == 2
    with pytest.raises(Refused, match="too_few") as refusal:
        training_cli.run(parser.parse_args(["--train", str(thin)]))
    assert "噪声油烟（1）" in str(refusal.value.sentence)
    with pytest.raises(Refused, match="no_column"):
        training_cli.run(parser.parse_args(["--train", str(xlsx(tmp_path / "u.xlsx", [row("1")]))]))


def test_training_on_a_labelled_file_and_on_own_cases(
        tmp_path: Path, community: Area, worker: Person, resident: Person, rules: RoutingTable,
        capsys: pytest.CaptureFixture[str]) -> None:
    import argparse

    parser = argparse.ArgumentParser()
    training_cli.add_arguments(parser)
    lamps = [f"{place}的路灯{how}" for place in ("东门", "西门", "广场", "车库", "河边")
             for how in ("不亮", "一闪一闪", "坏了")]
    noise = [f"{who}{how}" for who in ("工地", "楼上", "广场舞", "饭店", "商铺")
             for how in ("太吵", "半夜还响", "声音大睡不着")]
    rows = [[str(n), "", text, "公共设施"] for n, text in enumerate(lamps)] + [
        [str(100 + n), "", text, "噪声油烟"] for n, text in enumerate(noise)]
    file = xlsx(tmp_path / "t.xlsx", rows, ["留言编号", "留言主题", "留言详情", "一级分类"])
    assert training_cli.run(parser.parse_args(["--train", str(file)])) == 0
    told = capsys.readouterr().out
    assert "学了 30 件，2 类" in told
    assert "macro-F1" in told
    found = classifying.suggest("南门的路灯坏了三天")
    assert (found.category_code.partition(".")[0], found.method) == ("公共设施", "model")
    with pytest.raises(Refused, match="too_few"):
        training_cli.run(parser.parse_args(["--own-cases"]))


@has_real
@pytest.mark.slow
def test_the_real_messages_find_their_units_within_a_minute(tmp_path: Path, community: Area) -> None:
    import argparse

    parser = argparse.ArgumentParser()
    training_cli.add_arguments(parser)
    training_cli.run(parser.parse_args([
        "--train", str(SHARED / "附件2_sample.xlsx"), "--categories", str(SHARED / "附件1.xlsx")]))
    began = time.monotonic()
    run(SHARED / "附件3.xlsx", community, "--units")
    took = time.monotonic() - began
    rows = Case.objects.filter(source="import")
    assert rows.count() == 4326
    assert not rows.filter(category="").exists()
    assert not rows.filter(unit=None).exists()
    assert Timer.objects.filter(case__in=rows, state="running").values("case").distinct().count() == 4326
    assert rows.exclude(category=classifying.OTHER).count() >= 0.8 * 4326
    assert took <= 60
    before = CaseEvent.objects.count()
    run(SHARED / "附件3.xlsx", community, "--units")
    assert (rows.count(), CaseEvent.objects.count(), Intake.objects.count()) == (4326, before, 1)


