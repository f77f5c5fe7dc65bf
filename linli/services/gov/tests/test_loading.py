"""Folders and records in the database: versions that never change, imports that can be run again."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.core.exceptions import ObjectDoesNotExist
from django.db import IntegrityError

from linli.foundation.areas.models import Area
from linli.foundation.people.models import Person
from linli.services.gov import importing, knowing, linked
from linli.services.gov.actions import publishing
from linli.services.gov.actions.importing import import_records
from linli.services.gov.actions.loading import BadCatalogue, load
from linli.services.gov.items import records
from linli.services.gov.models import BundleVersion, ItemVersion, Publication, ServiceItem
from linli.services.gov.queries import items
from linli.services.gov.tests.conftest import RECORDS, Write

RECORD: dict[str, Any] = {
    "TASK_CODE": "11440000006939756B2440101007000", "TASK_NAME": "测试价格申报", "CATAID": "440101007000",
    "CATANAME": "测试价格申报", "TASK_TYPE_TEXT": "行政许可", "DEPT_NAME": "测试发改委", "AREA_CODE_TEXT": "广东省",
    "AREACODE": "440000", "URL": "https://example.org/a", "ONLINECHECK": "1", "matter_short": "提价测试",
    "matter_daily": "无",
    "matter_level": "省级", "visit_number": "0", "co_department": "无", "handle_location": "办理地点：测试路 305 号",
    "handle_time": "30(工作日)", "handle_time_limit": "7(工作日)", "accept_standard": "无", "consult_phone": "020-1",
    "bear_paltform": "无", "complain_phone": "无", "theme_category": ["找工作"],
    "service_object_name": ["自然人", "企业法人"],
    "material_intro": ["申请报告"], "matter_code": "无"}


def change_item(path: Path, change: Any) -> None:
    file = path / "item.yaml"
    item = yaml.safe_load(file.read_text(encoding="utf-8"))
    change(item)
    file.write_text(yaml.safe_dump(item, allow_unicode=True), encoding="utf-8")


def test_loading_again_changes_nothing(catalogue: Path) -> None:
    before = list(ItemVersion.objects.values_list("pk", flat=True))
    counts = load(catalogue)
    assert (counts["same"], counts["new"], counts["changed"], counts["bundles"]) == (2, 0, 0, 0)
    assert list(ItemVersion.objects.values_list("pk", flat=True)) == before


def test_a_change_is_the_next_version_and_the_old_one_stays(catalogue: Path) -> None:
    first = ItemVersion.objects.get(item__slug="test-allowance")
    change_item(catalogue / "test-allowance", lambda item: item.update(summary="新的一句话。"))
    counts = load(catalogue)
    assert (counts["changed"], counts["bundles"]) == (1, 1)
    assert items.version(first.pk).body["summary"] != "新的一句话。"
    row = items.published("test-allowance", None)
    assert row is not None
    assert row.version.number == 2
    assert row.version.body["summary"] == "新的一句话。"
    newest = items.current_bundle("test-together")
    assert newest is not None
    assert newest.members[0] == {"item": "test-allowance", "version": 2}


def test_a_version_is_never_changed_or_deleted(catalogue: Path) -> None:
    version = ItemVersion.objects.filter(item__slug="test-allowance").get()
    version.note = "x"
    with pytest.raises(TypeError):
        version.save()
    with pytest.raises(TypeError):
        version.delete()
    with pytest.raises(TypeError):
        BundleVersion.objects.get(bundle__slug="test-together").save()


def test_one_broken_folder_and_nothing_is_written(db: None, write_catalogue: Any, write_item: Write) -> None:
    path = write_catalogue()
    write_item("test-notary", lambda item: item["local"].update(colour="red"))
    with pytest.raises(BadCatalogue) as bad:
        load(path)
    assert "item.yaml:" in str(bad.value)
    assert not ServiceItem.objects.filter(slug__startswith="test-").exists()


def test_what_fails_a_check_is_only_listed(db: None, write_item: Write) -> None:
    path = write_item(change=lambda item: item["local"].update(channels=["online"]))
    load(path.parent)
    assert Publication.objects.get(item__slug="test-allowance").state == "listed"


def test_a_place_follows_a_new_base_with_its_own_words(
        catalogue: Path, community: Area, clerk: Person, head: Person) -> None:
    item = ServiceItem.objects.get(slug="test-allowance")
    draft = publishing.propose_local(clerk, community, item, note="电话改了", changes={
        "local": {"contact": {"phone": "0571-1"}}})
    publishing.publish_local(head, draft)
    change_item(catalogue / "test-allowance", lambda item: item["base"].update(name="测试津贴新名字"))
    load(catalogue)
    row = items.published("test-allowance", community)
    assert row is not None
    assert row.version.area == community
    assert (row.version.body["base"]["name"], row.version.body["local"]["contact"]["phone"]) == (
        "测试津贴新名字", "0571-1")


def test_a_record_is_listed_with_what_it_says_and_no_more(db: None) -> None:
    report = import_records([json.dumps(RECORD)])
    assert (report.counts["new"], report.counts["bad_code"]) == (1, 0)
    row = items.published(records.slug_of(RECORD["TASK_CODE"]), None)
    assert row is not None
    assert row.state == "listed"
    local = row.version.body["local"]
    assert local["clock"]["promised"] == {"days": 7, "unit": "working_day"}
    assert local["contact"] == {"address": "测试路 305 号", "phone": "020-1"}
    assert (row.item.area_code, row.item.topics, row.item.wordings) == ("44", ["work"], ["提价测试"])
    assert {"conditions", "complaints", "basis", "fees"} <= set(report.items[0][3])


def test_importing_again_changes_only_what_changed(db: None) -> None:
    import_records([json.dumps(RECORD)])
    again = import_records([json.dumps(RECORD), json.dumps({**RECORD, "TASK_CODE": "x" * 33})])
    assert (again.counts["same"], again.counts["new"], again.counts["bad_code"]) == (1, 1, 1)
    changed = import_records([json.dumps({**RECORD, "consult_phone": "020-2"})])
    assert changed.counts["changed"] == 1
    row = items.published(records.slug_of(RECORD["TASK_CODE"]), None)
    assert row is not None
    assert row.version.number == 2
    assert row.version.body["local"]["contact"]["phone"] == "020-2"
    assert ServiceItem.objects.get(ident="x" * 33).code_fault


def test_a_line_that_is_no_record_is_told_and_left_out(db: None) -> None:
    report = import_records(["{", "[]", json.dumps({"TASK_NAME": "无码"}), b"\xff", json.dumps(RECORD)])
    assert report.counts["broken"] == 4
    assert report.counts["new"] == 1
    assert [number for number, _why in report.broken] == [1, 2, 3, 4]


def test_the_command_tells_counts_and_writes_its_report(db: None, tmp_path: Path, capsys: Any) -> None:
    from argparse import Namespace

    file = tmp_path / "records.jsonl"
    file.write_text(json.dumps(RECORD) + "\n", encoding="utf-8")
    assert importing.run(Namespace(file=file, report=None, check=True)) == 0
    assert "1 would be added" in capsys.readouterr().out
    assert not ServiceItem.objects.filter(kind="imported").exists()
    report = tmp_path / "report.csv"
    assert importing.run(Namespace(file=file, report=report, check=False)) == 0
    assert "1 were added" in capsys.readouterr().out
    assert "conditions" in report.read_text(encoding="utf-8-sig")


def test_one_record_cannot_come_twice(db: None) -> None:
    import_records([json.dumps(RECORD)])
    with pytest.raises(IntegrityError):
        ServiceItem.objects.create(slug="twin", kind="imported", name="x", source=records.SOURCE,
                                   ident=RECORD["TASK_CODE"])


@pytest.mark.skipif(not RECORDS.exists(), reason="the records of the Guangdong directory are not beside this checkout")
def test_all_records_of_the_directory(catalogue: Path) -> None:
    with RECORDS.open("rb") as lines:
        report = import_records(lines)
    assert (report.counts["new"], report.counts["broken"]) == (1131, 0)
    assert report.counts["bad_code"] == 181  # 180 of 33 characters, one with a wrong check digit
    assert ServiceItem.objects.filter(kind="imported").exclude(code_fault="").count() == 181
    with RECORDS.open("rb") as lines:
        assert import_records(lines).counts["same"] == 1131
    hits = items.find("律师执业证丢了怎么补", limit=8)
    assert hits
    assert any("律师" in hit.name for hit in hits)
    assert items.find("测试津贴怎么领")[0].slug == "test-allowance"
    units = list(knowing.units())
    assert len({unit.key for unit in units}) == len(units)
    assert all(unit.unchecked for unit in units
                                                                   if unit.area_code.startswith("44"))


def test_what_is_known_in_public(catalogue: Path) -> None:
    units = {unit.key: unit for unit in knowing.units() if unit.group.startswith("gov.test-")}
    what = units["gov.test-allowance.what"]
    assert what.title == "测试津贴发放"
    assert "测试津贴怎么领" in what.wordings
    assert what.version == "1"
    assert "测试身份证" in units["gov.test-allowance.materials"].text
    assert units["gov.test-allowance.limit"].text.startswith("承诺 8 个工作日")
    assert units["gov.test-allowance.fee"].text == "不收费"
    assert units["gov.test-allowance.eligible"].text == "年满 80 周岁"
    assert units["gov.test-together.what"].kind == "bundle"


def test_the_catalogue_as_linked_data(catalogue: Path) -> None:
    row = items.published("test-allowance", None)
    assert row is not None
    made = linked.cpsv(row)
    assert made["@type"] == "cpsv:PublicService"
    assert made["dct:identifier"] == "990000009901"
    assert [one["dct:title"]["@value"] for one in made["cpsv:hasInput"]] == ["测试身份证", "测试证明"]
    assert made["cv:processingTime"]["@value"] == "P8D"
    assert made["dct:title"][1] == {"@value": "Test allowance", "@language": "en"}
    assert [one["dct:type"] for one in made["cv:hasChannel"]] == ["online", "window", "phone"]
    assert linked.schema_org(row)["@type"] == "GovernmentService"


def test_nobody_is_missing(db: None) -> None:
    assert items.published("nowhere", None) is None
    with pytest.raises(ObjectDoesNotExist):
        items.version(1)
