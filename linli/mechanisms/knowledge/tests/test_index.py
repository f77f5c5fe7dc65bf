"""What is indexed, how it is found again, and that unchanged things are left alone."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from linli.foundation.areas.models import Area
from linli.foundation.people.models import Person
from linli.foundation.web import Denied, Refused
from linli.mechanisms.knowledge import actions, building, collecting, index as files, jobs, memory, rebuild, search
from linli.mechanisms.knowledge.models import IndexedUnit, Meaning, Version, Wording
from linli.mechanisms.knowledge.tests.conftest import Hashed, Known, unit
from linli.mechanisms.knowledge.units import BadUnit

pytestmark = pytest.mark.django_db
HERE, NEXT_DOOR = "330106001001", "330106001002"


def titles(words: str, area: str = HERE, **more: Any) -> list[str]:
    return [hit.title for hit in search(words, area_code=area, **more).hits]


def test_nothing_indexed_is_an_honest_nothing() -> None:
    found = search("高龄津贴", area_code=HERE)
    assert (found.kind, found.hits) == ("unknown", ())


@pytest.mark.usefixtures("town")
def test_it_is_found_in_the_words_of_residents() -> None:
    rebuild(dense=False)
    assert titles("我妈80了老人津贴咋领")[0] == "高龄津贴发放"
    assert titles("宝宝户口")[0] == "新生儿户口登记"
    assert titles("户口")[0] == "新生儿户口登记"  # two characters, which a trigram index cannot find
    assert titles("公租房")[0] == "公共租赁住房申请"


@pytest.mark.usefixtures("town")
def test_the_field_that_was_asked_for_is_given_else_the_next_best() -> None:
    rebuild(dense=False)
    found = search("高龄津贴要带什么材料", area_code=HERE)
    hit = found.hits[0]
    assert found.aspect == "materials"
    shown, fee = hit.unit("materials"), hit.unit("fee")
    assert shown is not None
    assert shown.text == "居民身份证原件1份，银行卡复印件1份。"
    assert fee is not None
    assert fee.aspect == "what"


@pytest.mark.usefixtures("town")
def test_what_hangs_in_one_community_is_not_told_next_door() -> None:
    rebuild(dense=False)
    assert "明天停水" in titles("明天停水吗")
    assert "明天停水" not in titles("明天停水吗", NEXT_DOOR, limit=9)
    assert "明天停水" not in titles("明天停水吗", "", limit=9)


@pytest.mark.usefixtures("town")
def test_ones_own_comes_before_what_was_imported_from_a_province() -> None:
    rebuild(dense=False)
    first, second = search("养犬登记", area_code=HERE, limit=2).hits
    assert (first.title, first.is_local, first.unchecked) == ("养犬登记", True, False)
    assert (second.title, second.is_local, second.unchecked) == ("养犬登记证换发", False, True)


def test_of_one_name_the_nearest_wording_is_told(knows: Known) -> None:
    knows(unit("toys.a", "养犬登记"), unit("toys.a@1", "养犬登记", area_code=HERE),
          unit("toys.a@2", "养犬登记", area_code=NEXT_DOOR))
    rebuild(dense=False)
    assert [hit.group for hit in search("养犬登记", area_code=HERE).hits] == ["toys.a@1"]
    assert [hit.group for hit in search("养犬登记", area_code=NEXT_DOOR).hits] == ["toys.a@2"]
    assert [hit.group for hit in search("养犬登记", area_code="").hits] == ["toys.a"]


@pytest.mark.usefixtures("town")
def test_an_unchanged_unit_is_not_written_again(knows: Known) -> None:
    first = rebuild(dense=False)
    again = rebuild(dense=False)
    assert first.written == 9
    assert again.written == again.gone == 0
    knows(unit("toys.birth", "新生儿户口登记", text="出生一个月内办。"))
    third = rebuild(dense=False)
    assert (third.written, third.gone, third.groups) == (1, 8, 1)


@pytest.mark.usefixtures("town")
def test_the_index_is_only_made_anew_when_something_changed() -> None:
    rebuild(dense=False)
    stamp = Version.objects.get().stamp
    built_at = Version.objects.get().built_at
    rebuild(dense=False)
    assert (Version.objects.get().stamp, Version.objects.get().built_at) == (stamp, built_at)


def test_a_bad_unit_is_left_out_and_said(knows: Known) -> None:
    knows(unit("toys.a", "好的"), unit("toys.b", "没有出处", source=""), unit("toys.c", "没有地方", kind="notice"),
          unit("toys.a", "好的"))
    built = rebuild(dense=False)
    assert built.groups == 1
    assert [fault.split(":")[0] for fault in built.faults] == ["toys.b.what", "toys.c.what", "toys.a.what"]
    with pytest.raises(BadUnit, match="source"):
        unit("toys.b", "没有出处", source=" ").checked()


def test_a_room_that_fails_keeps_what_was_known(knows: Known, monkeypatch: pytest.MonkeyPatch) -> None:
    knows(unit("toys.a", "养犬登记"))
    rebuild(dense=False)

    def broken() -> Any:
        raise RuntimeError("the table is locked")

    monkeypatch.setattr(collecting, "import_string", lambda path: broken)
    built = rebuild(dense=False)
    assert built.faults
    assert IndexedUnit.objects.count() == 1
    assert titles("养犬") == ["养犬登记"]


@pytest.mark.usefixtures("town")
def test_vectors_are_made_afterwards_and_once(hashed: Hashed) -> None:
    jobs.index(room="toys")
    assert Version.objects.get().meanings == 0
    assert not Meaning.objects.exists()
    jobs.make_meanings()
    made = Meaning.objects.count()
    assert made
    assert Version.objects.get().meanings == Version.objects.get().phrases
    assert building.make_meanings() == 0
    assert Meaning.objects.count() == made
    assert titles("养狗", lexical=False)[0] in {"养犬登记", "养犬登记证换发"}


@pytest.mark.usefixtures("town")
def test_arrays_are_mapped_from_one_folder_that_all_processes_share(hashed: Hashed) -> None:
    rebuild()
    held = memory.current()
    assert held is not None
    assert isinstance(held[0].vectors, np.memmap)
    folders = [path.name for path in building.root().iterdir()]
    assert folders == [Version.objects.get().stamp]


@pytest.mark.usefixtures("town")
def test_a_machine_without_the_folder_makes_it_from_the_tables(monkeypatch: pytest.MonkeyPatch) -> None:
    rebuild(dense=False)
    files.forget_old(building.root(), keep="nothing")
    monkeypatch.setattr(memory, "_held", None)
    assert titles("养犬登记")[0] == "养犬登记"
    assert (building.root() / Version.objects.get().stamp).is_dir()


@pytest.mark.usefixtures("town")
def test_another_process_sees_the_new_state_at_once(knows: Known) -> None:
    rebuild(dense=False)
    assert memory.current() is not None
    knows(unit("toys.new", "居住证办理"))
    rebuild(dense=False)
    assert titles("居住证") == ["居住证办理"]


@pytest.mark.usefixtures("town")
def test_staff_add_how_residents_say_it(worker: Person, community: Area) -> None:
    rebuild(dense=False)
    before = titles("毛孩子的本本", limit=9).index("养犬登记")
    actions.add_wording(worker, community, "toys.dog", "毛孩子的本本")
    actions.add_wording(worker, community, "toys.dog", "毛孩子的本本")
    assert Wording.objects.count() == 1
    rebuild(dense=False)
    assert before > 0 == titles("毛孩子的本本").index("养犬登记")


@pytest.mark.usefixtures("town")
@pytest.mark.parametrize(("group", "text", "code"), [
    ("toys.dog", "", "no_text"), ("toys.none", "毛孩子", "no_group"), ("toys.dog", "打13800138000", "personal"),
    ("toys.dog", "毛" * 121, "too_long")])
def test_a_wording_names_a_matter_and_no_person(
    worker: Person, community: Area, group: str, text: str, code: str,
) -> None:
    rebuild(dense=False)
    with pytest.raises(Refused, match=code):
        actions.add_wording(worker, community, group, text)


@pytest.mark.usefixtures("town")
def test_residents_and_next_door_add_no_wordings(resident: Person, other_worker: Person, community: Area) -> None:
    rebuild(dense=False)
    for person in (resident, other_worker):
        with pytest.raises(Denied):
            actions.add_wording(person, community, "toys.dog", "毛孩子")
