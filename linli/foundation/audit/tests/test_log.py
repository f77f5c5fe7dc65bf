"""The log on a real database: appended cheaply, refused to be changed, and caught when changed all the same."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pytest
import rfc8785
from django.core.management import call_command
from django.db import DatabaseError, connection, transaction
from hypothesis import given, strategies as st

from linli.foundation import audit
from linli.foundation.areas.models import Area
from linli.foundation.audit import checking, exporting, merkle, sealing, triggers, verifier
from linli.foundation.audit.keys import verifier_line
from linli.foundation.audit.models import AuditCheckpoint, AuditEntry, AuditFinding, AuditLeaf
from linli.foundation.audit.recording import canonical
from linli.foundation.calendar import clock
from linli.foundation.people.models import Person

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("nothing_noted")]


@pytest.fixture
def area() -> Area:
    return Area.objects.create(code="330106012003", name="梧桐里社区", level="community")


@pytest.fixture
def clerk(area: Area) -> Person:
    return Person.objects.create(phone="+8613800000001", name="周敏", community=area)


def entries(count: int) -> list[AuditEntry]:
    for number in range(count):
        audit.record(None, "room.verb", audit.Ref("room.thing", number), step=number)
    return list(AuditEntry.objects.order_by("id"))


def attack(sql: str, *values: object) -> None:
    """What somebody does who has the database file: first the trigger, then the row."""
    with triggers.lifted(), connection.cursor() as cursor:
        cursor.execute(sql, values)


def test_a_record_costs_one_query(clerk: Person, area: Area, django_assert_num_queries: object) -> None:
    fresh = Person.objects.get(pk=clerk.pk)
    audit.record(clerk, "people.warm", fresh)
    again = Person.objects.get(pk=clerk.pk)
    with django_assert_num_queries(1):  # type: ignore[operator]
        audit.record(clerk, "people.change", again, personal={"reason": "回访"}, field="phone", count=3)
    entry = AuditEntry.objects.get(verb="people.change")
    assert (entry.actor_id, entry.area_code, entry.subject_id) == (clerk.pk, area.code, clerk.pk)
    assert entry.thing_type == "people.person"
    assert entry.thing_id == str(clerk.pk)
    assert audit.verbs(clerk) == ["people.warm", "people.change"]


def test_a_record_is_rolled_back_with_its_change() -> None:
    with pytest.raises(RuntimeError), transaction.atomic():  # noqa: PT012
        audit.record(None, "room.verb", audit.Ref("room.thing", 1))
        raise RuntimeError
    assert not AuditEntry.objects.exists()


def test_at_least_500_records_a_second() -> None:
    start = time.process_time()
    for number in range(1000):
        audit.record(None, "room.verb", audit.Ref("room.thing", number), personal={"reason": "x"}, step=number)
    assert 1000 / (time.process_time() - start) >= 500


@pytest.mark.parametrize("change", [
    {"facts": '{"step":9}'}, {"verb": "room.other"}, {"actor_id": 1}, {"at": datetime(2020, 1, 1, tzinfo=UTC)},
    {"salt": "00" * 16}, {"area_code": "33"}])
def test_an_entry_cannot_be_changed(change: dict[str, object]) -> None:
    entry = entries(1)[0]
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        AuditEntry.objects.filter(pk=entry.pk).update(**change)


def test_nothing_of_the_log_can_be_deleted() -> None:
    entries(3)
    sealing.seal_batch()
    for model in (AuditEntry, AuditLeaf, AuditCheckpoint):
        with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
            model.objects.all().delete()
        assert model.objects.exists()


@pytest.mark.skipif("connection.vendor != 'sqlite'")
def test_an_entry_cannot_be_replaced() -> None:
    entry = entries(1)[0]
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "INSERT OR REPLACE INTO audit_auditentry (id, at, verb, thing_type, thing_id, area_code, facts) "
            "VALUES (%s, '2026-01-01', 'x', 'x', '1', '', '{}')", [entry.pk])


def test_a_personal_value_is_provable_until_its_salt_is_dropped(clerk: Person) -> None:
    audit.record(clerk, "people.change", clerk, personal={"phone": "13800000001"})
    sealing.seal_batch()
    entry = AuditEntry.objects.get()
    assert "13800000001" not in entry.facts
    assert audit.prove(entry, "phone", "13800000001")
    assert not audit.prove(entry, "phone", "13800000002")
    assert audit.drop_salts(clerk.pk) == 1
    entry.refresh_from_db()
    assert not audit.prove(entry, "phone", "13800000001")
    assert checking.check() == []


def test_two_salts_differ(clerk: Person) -> None:
    for _ in range(2):
        audit.record(clerk, "people.change", clerk, personal={"phone": "13800000001"})
    first, second = (json.loads(entry.facts)["personal"]["phone"] for entry in AuditEntry.objects.all())
    assert first != second


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: st.lists(inner, max_size=4)
    | st.dictionaries(st.text(st.characters(exclude_categories=["Cs"])), inner, max_size=4), max_leaves=12)


@given(JSON)
def test_facts_are_canonical_json(value: object) -> None:
    assert canonical(value).encode() == rfc8785.dumps(value)  # type: ignore[arg-type]


def test_facts_take_what_actions_have_at_hand(area: Area) -> None:
    assert canonical({"id": 2**60, "on": date(2026, 1, 2), "sum": Decimal("1.50"), "area": area, "two": ("b", "a"),
                      "set": {2, 1}, "none": None}) == (
        f'{{"area":"{area.pk}","id":"{2**60}","none":null,"on":"2026-01-02","set":[1,2],"sum":"1.50","two":["b","a"]}}')
    assert canonical({"text": "a\udc00b"}) == '{"text":"a?b"}'
    with pytest.raises(TypeError):
        canonical({"what": object()})


def test_an_entry_s_bytes_are_canonical(clerk: Person) -> None:
    audit.record(clerk, "room.verb", clerk, personal={"x": "y"}, note='引号"与\n换行')
    raw = sealing.entry_bytes(AuditEntry.objects.get())
    assert rfc8785.dumps(json.loads(raw)) == raw


def test_sealing_in_batches_gives_one_dense_tree() -> None:
    rows = entries(700)
    assert sealing.seal_batch(batch=300) == 700
    assert sealing.seal_batch() == 0
    assert list(AuditLeaf.objects.order_by("number").values_list("entry_id", flat=True)) == [row.pk for row in rows]
    assert list(AuditCheckpoint.objects.order_by("size").values_list("size", flat=True)) == [300, 600, 700]
    root = merkle.root_of(merkle.leaf_hash(sealing.entry_bytes(row)) for row in rows)
    assert AuditCheckpoint.objects.get(size=700).root == root.hex()
    for row in (rows[0], rows[255], rows[256], rows[699]):
        leaf, last, proof = sealing.inclusion(row.pk)
        assert merkle.includes(bytes.fromhex(leaf.hash), leaf.number, last.size, proof, root)
    old = AuditCheckpoint.objects.get(size=300)
    grown = merkle.consistency_proof(sealing.stored_node, 300, 700)
    assert merkle.is_consistent(300, bytes.fromhex(old.root), 700, root, grown)


def test_an_entry_that_commits_late_is_sealed_too() -> None:
    late = AuditEntry(verb="room.late", thing_type="room.thing", thing_id="1")
    entries(5)
    sealing.seal_batch()
    late.save(force_insert=True)
    assert late.pk < AuditLeaf.objects.order_by("-number")[0].entry_id
    assert sealing.seal_batch() == 1
    assert AuditLeaf.objects.get(entry_id=late.pk).number == 5


def test_an_entry_far_behind_is_found_by_the_daily_look() -> None:
    entries(3)
    sealing.seal_batch()
    AuditEntry.objects.create(pk=17, verb="room.restored", thing_type="room.thing", thing_id="1")
    assert sealing.seal_batch() == 0
    assert sealing.seal_batch(everything=True) == 1


def test_a_race_of_two_sealers_seals_once(monkeypatch: pytest.MonkeyPatch) -> None:
    entries(4)
    seen = sealing._unsealed(10, everything=False)
    assert sealing.seal_batch() == 4
    monkeypatch.setattr(sealing, "_unsealed", lambda batch, everything: seen)
    assert sealing.seal_batch() == 0
    assert AuditLeaf.objects.count() == 4
    assert checking.check() == []


def test_the_live_check_names_what_was_changed_or_taken() -> None:
    rows = entries(10)
    sealing.seal_batch(batch=4)
    assert checking.check() == []
    attack("UPDATE audit_auditentry SET verb = 'room.innocent' WHERE id = %s", rows[3].pk)
    attack("DELETE FROM audit_auditentry WHERE id = %s", rows[7].pk)
    found = checking.check()
    assert [str(rows[3].pk) in found[0], str(rows[7].pk) in found[1], len(found)] == [True, True, 2]
    assert "altered" in found[0]
    assert "missing" in found[1]
    finding = checking.check_and_note()
    assert not finding.is_clean
    assert AuditFinding.objects.get().problems == found


def test_the_live_check_sees_a_changed_leaf_and_a_lost_trigger() -> None:
    rows = entries(10)
    sealing.seal_batch(batch=4)
    attack("UPDATE audit_auditentry SET verb = 'room.innocent' WHERE id = %s", rows[5].pk)
    forged = merkle.leaf_hash(sealing.entry_bytes(AuditEntry.objects.get(pk=rows[5].pk))).hex()
    attack("UPDATE audit_auditleaf SET hash = %s WHERE number = 5", forged)
    assert any("checkpoint 8: leaves 4 to 7" in problem for problem in checking.check())
    with triggers.lifted():
        assert any("trigger" in problem for problem in checking.check())


@pytest.mark.parametrize("target", ["export", "export.zip"])
def test_the_stand_alone_verifier_names_the_altered_entry(tmp_path: Path, target: str) -> None:
    rows = entries(20)
    sealing.seal_batch(batch=7)
    exporting.export(tmp_path / target)
    kept = tmp_path / "kept.txt"
    kept.write_text(AuditCheckpoint.objects.get(size=14).note)
    assert verifier.verify(tmp_path / target, against=kept.read_text()).problems == []

    attack("UPDATE audit_auditentry SET facts = %s WHERE id = %s", '{"step":99}', rows[11].pk)
    attack("DELETE FROM audit_auditentry WHERE id = %s", rows[12].pk)
    exporting.export(tmp_path / f"after-{target}")
    # As an auditor runs it: another process, no Django, no packages, no database.
    done = subprocess.run(
        [sys.executable, "-I", "-S", str(Path(verifier.__file__)), str(tmp_path / f"after-{target}"),
         "--against", str(kept)], capture_output=True, text=True, check=False)
    assert done.returncode == 1, done.stderr
    named = [line for line in done.stdout.splitlines() if line.startswith("NOT SOUND")]
    assert len(named) == 2
    assert f"entry {rows[11].pk} (leaf 11) was altered" in named[0]
    assert '"step":99' in named[0]
    assert f"entry {rows[12].pk} (leaf 12) is missing" in named[1]


def test_a_log_signed_anew_differs_from_the_kept_checkpoint(tmp_path: Path) -> None:
    entries(9)
    sealing.seal_batch()
    kept = AuditCheckpoint.objects.get().note
    attack("UPDATE audit_auditentry SET verb = 'room.innocent' WHERE id = (SELECT MIN(id) FROM audit_auditentry)")
    for table in ("audit_auditleaf", "audit_auditcheckpoint"):
        attack(f"DELETE FROM {table}")
    sealing.seal_batch()  # with the true key: the attacker owns the machine
    exporting.export(tmp_path)
    assert verifier.verify(tmp_path).problems == []
    assert verifier.verify(tmp_path, against=kept).problems == ["the log is not what it was when you kept checkpoint 9"]


def test_a_cut_log_is_seen(tmp_path: Path) -> None:
    entries(9)
    sealing.seal_batch(batch=5)
    exporting.export(tmp_path)
    lines = (tmp_path / "leaves.txt").read_text().splitlines(keepends=True)
    (tmp_path / "leaves.txt").write_text("".join(lines[:-1]))
    assert verifier.verify(tmp_path).problems
    (tmp_path / "public-key.txt").write_text(verifier_line().replace("linli-audit", "other"))
    with pytest.raises(ValueError, match="not an Ed25519 key"):
        verifier.parse_key((tmp_path / "public-key.txt").read_text())


def test_a_note_holds_only_as_signed() -> None:
    with clock.at(datetime(2026, 11, 25, 2, tzinfo=UTC)):
        entries(1)
        sealing.seal_batch()
    note = AuditCheckpoint.objects.get().note
    assert note.splitlines()[1] == "1"
    assert note.splitlines()[3] == "2026-11-25T02:00:00.000000Z"
    assert verifier.note_is_signed(note, verifier_line())
    for forged in (note.replace("\n1\n", "\n2\n"), note.replace("2026", "2027"), note[:-10] + "\n", "", "x\n\ny"):
        assert not verifier.note_is_signed(forged, verifier_line())


def test_the_slow_signature_check_agrees_with_the_package() -> None:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    for number in range(6):
        key = Ed25519PrivateKey.generate()
        public, message = key.public_key().public_bytes_raw(), bytes(number * 7)
        good = key.sign(message)
        for signature in (good, good[:-1] + bytes([good[-1] ^ 1]), bytes([good[0] ^ 1]) + good[1:], good[:63]):
            assert verifier.plain_signature_holds(public, message, signature) is (signature == good)
        assert not verifier.plain_signature_holds(public, message + b"x", good)


@pytest.mark.django_db(transaction=True)
def test_flush_may_empty_the_log_and_protects_it_again() -> None:
    entries(3)
    sealing.seal_batch()
    call_command("flush", interactive=False, verbosity=0)
    assert not AuditEntry.objects.exists()
    assert not AuditCheckpoint.objects.exists()
    assert triggers.missing() == []
