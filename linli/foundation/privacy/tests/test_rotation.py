"""New keys for old values, while the site runs and although the run is killed."""

from __future__ import annotations

import argparse
import os
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from linli.foundation.areas.models import Area
from linli.foundation.people.models import Person
from linli.foundation.privacy import crypto, keyring, rotating
from linli.foundation.privacy.models import KeyRotation

COUNT = 25


@pytest.fixture
def ring(tmp_path: Path, settings: Any, monkeypatch: pytest.MonkeyPatch) -> Path:
    settings.LINLI_DATA = tmp_path
    monkeypatch.setattr(keyring, "_ring", None)
    return tmp_path


@pytest.fixture
def people(ring: Path, db: None) -> list[Person]:
    area = Area.objects.create(code="330106001009", name="梧桐里社区", level="community")
    return Person.objects.bulk_create([
        Person(phone=f"+861391234{n:04d}", name=f"王{n}" if n % 3 else "", community=area) for n in range(COUNT)])


def names_and_keys() -> tuple[list[str], set[str]]:
    sealed = Person.objects.order_by("pk").values_list("phone", flat=True)
    return [str(person.phone) for person in Person.objects.order_by("pk")], {value.split(".")[1] for value in sealed}


def rotate() -> int:
    return rotating.rotate_keys(batch=4, pause_s=0, spread_s=0)


def test_every_value_is_sealed_anew_and_reads_the_same(people: list[Person]) -> None:
    before, _keys = names_and_keys()
    assert rotate() == COUNT
    assert names_and_keys() == (before, {"k2"})
    assert list(rotating.unrotated()) == []
    assert Person.objects.by_phone(before[3]).get() == people[3]
    assert rotate() == COUNT
    assert names_and_keys() == (before, {"k3"})


def test_an_interrupted_run_goes_on_with_the_same_key(people: list[Person], monkeypatch: pytest.MonkeyPatch) -> None:
    before, _keys = names_and_keys()
    done, real = [], rotating._reseal

    def dying(model: Any, pk: object) -> int:
        if len(done) == 10:
            raise KeyboardInterrupt
        done.append(pk)
        return real(model, pk)

    with monkeypatch.context() as patched:
        patched.setattr(rotating, "_reseal", dying)
        with pytest.raises(KeyboardInterrupt):
            rotate()
    assert names_and_keys() == (before, {"k1", "k2"})
    rotate()
    assert names_and_keys() == (before, {"k2"})
    assert not KeyRotation.objects.filter(is_finished=False).exists()


def test_a_row_written_meanwhile_is_not_overwritten(people: list[Person], monkeypatch: pytest.MonkeyPatch) -> None:
    real = rotating.open_value

    def slow(model: Any, field: str, pk: Any, sealed: str) -> str:
        if pk == people[5].pk and field == "phone":
            fresh = Person.objects.get(pk=pk)
            fresh.phone = "+8613700000000"
            fresh.save()
        return real(model, field, pk, sealed)

    monkeypatch.setattr(rotating, "open_value", slow)
    rotate()
    assert Person.objects.get(pk=people[5].pk).phone == "+8613700000000"


def test_the_other_cipher_reaches_old_values(people: list[Person], monkeypatch: pytest.MonkeyPatch) -> None:
    before, _keys = names_and_keys()
    monkeypatch.setenv("LINLI_CIPHER", "sm4")
    keyring.reload()
    rotate()
    sealed = Person.objects.values_list("phone", flat=True)
    assert all(value.startswith("S.k2.") for value in sealed)
    assert names_and_keys()[0] == before
    assert Person.objects.by_phone(before[0]).exists()


def test_a_new_index_finds_everyone(people: list[Person], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LINLI_CIPHER", "sm4")
    before = list(Person.objects.order_by("pk").values_list("phone_index", flat=True))
    assert rotating.rotate_index(batch=4) == COUNT
    assert crypto.keys().index.letter == "S"
    after = list(Person.objects.order_by("pk").values_list("phone_index", flat=True))
    assert not set(before) & set(after)
    assert Person.objects.by_phone("+8613912340007").get() == people[7]


def test_former_keys_go_only_when_nothing_needs_them(people: list[Person], capsys: pytest.CaptureFixture[str]) -> None:
    parser = argparse.ArgumentParser()
    rotating.add_arguments(parser)
    assert rotating.run(parser.parse_args(["--drop-old"])) == 0
    assert set(crypto.keys().data) == {"k2"}
    assert "Forgotten: k1" in capsys.readouterr().out
    assert names_and_keys()[1] == {"k2"}
    assert rotating.run(parser.parse_args(["--master"])) == 0
    assert names_and_keys()[1] == {"k2"}


@pytest.mark.faults
def test_kill_9_amid_a_rotation_loses_nothing(tmp_path: Path) -> None:
    env = {**{k: v for k, v in os.environ.items() if not k.startswith("LINLI_")},
           "LINLI_DATA": str(tmp_path), "DJANGO_SETTINGS_MODULE": "linli.settings"}

    def python(code: str) -> subprocess.Popen[str]:
        return subprocess.Popen([sys.executable, "-c", f"import django; django.setup()\n{code}"], env=env, text=True,
                                stdout=subprocess.PIPE, stderr=subprocess.STDOUT)

    made = python("""
from django.core.management import call_command
call_command("migrate", verbosity=0, skip_checks=True)
from linli.foundation.people.models import Person
Person.objects.bulk_create([Person(phone=f"+86139{n:08d}", name=f"王{n}") for n in range(2000)])""")
    assert made.wait(120) == 0, made.stdout.read()  # type: ignore[union-attr]
    run = """
from linli.foundation.privacy import rotating
rotating.rotate_keys(batch=50, pause_s=0.02, spread_s=0)"""
    kills, database = 0, sqlite3.connect(tmp_path / "linli.sqlite3", isolation_level=None, timeout=20)
    deadline, seen = time.monotonic() + 90, -1
    while kills < 3:
        worker = python(run)
        while worker.poll() is None and time.monotonic() < deadline:
            changed = database.execute("SELECT COALESCE(SUM(changed), 0) FROM privacy_keyrotation").fetchone()[0]
            if changed > seen + 150:
                worker.send_signal(signal.SIGKILL)
                kills, seen = kills + 1, changed
                break
            time.sleep(0.005)
        worker.wait(30)
        assert time.monotonic() < deadline
    done = python(run + """
from linli.foundation.people.models import Person
assert [p.phone for p in Person.objects.order_by("pk")] == [f"+86139{n:08d}" for n in range(2000)]
assert list(rotating.unrotated()) == []
from linli.foundation.privacy import crypto
assert crypto.keys().current == "k2", crypto.keys().current""")
    assert done.wait(120) == 0, done.stdout.read()  # type: ignore[union-attr]
