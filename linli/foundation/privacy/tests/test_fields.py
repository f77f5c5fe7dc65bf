"""Encrypted columns through every way Django has of writing and reading a row."""

from __future__ import annotations

import io
import logging
import sqlite3
from pathlib import Path
from typing import Any

import pytest
from cryptography.exceptions import InvalidTag
from django.core.exceptions import FieldError
from django.core.management import call_command
from django.core.serializers import serialize
from django.db import connection
from django.db.models import Model
from django.db.transaction import atomic

from linli.foundation.areas.models import Area
from linli.foundation.people.models import Person
from linli.foundation.privacy import crypto
from linli.foundation.privacy.fields import (
    EncryptedTextField,
    encrypted_fields,
    open_value,
    open_values,
    sealed_value,
)
from linli.foundation.privacy.purposes import check_purposes, purposes
from linli.foundation.records import Record

pytestmark = pytest.mark.django_db
PHONE, NAME = "+8613912340001", "欧阳晓梅"


@pytest.fixture
def person(community: Area) -> Person:
    return Person.objects.create(phone=PHONE, name=NAME, community=community)


def stored(person: Person, column: str = "name") -> str:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {column} FROM people_person WHERE id = %s", [person.pk])
        return str(cursor.fetchone()[0])


def test_the_database_holds_sealed_text(person: Person) -> None:
    assert crypto.SEALED.fullmatch(stored(person))
    assert crypto.SEALED.fullmatch(stored(person, "phone"))
    assert Person.objects.get(pk=person.pk).name == NAME


def test_found_by_its_index_only(person: Person) -> None:
    assert Person.objects.by_phone(PHONE).get() == person
    assert not Person.objects.by_phone("+8613912340002").exists()
    with pytest.raises(TypeError, match="blind index"), atomic():
        Person.objects.filter(phone=PHONE).exists()
    with pytest.raises(FieldError, match="Unsupported lookup"):
        Person.objects.filter(name__contains="欧").exists()
    assert Person.objects.filter(phone__isnull=False).count() == 1


def test_bulk_create_seals_and_indexes(community: Area) -> None:
    Person.objects.bulk_create(
        [Person(phone=f"+861391235{n:04d}", name=f"王{n}", community=community) for n in range(5)])
    assert Person.objects.by_phone("+8613912350003").get().name == "王3"


def test_update_takes_a_sealed_value_and_no_plain_one(person: Person) -> None:
    with pytest.raises(TypeError, match="sealed_value"), atomic():
        Person.objects.filter(pk=person.pk).update(name="李雷")
    Person.objects.filter(pk=person.pk).update(name=sealed_value(Person, "name", person.pk, "李雷"))
    person.refresh_from_db()
    assert person.name == "李雷"
    person.name = "韩梅"
    with pytest.raises(TypeError, match="sealed_value"), atomic():
        Person.objects.bulk_update([person], ["name"])


def test_values_are_sealed_until_opened(person: Person) -> None:
    sealed = Person.objects.values_list("name", flat=True).get(pk=person.pk)
    assert NAME not in sealed
    assert open_value(Person, "name", person.pk, sealed) == NAME
    rows = list(open_values(Person.objects.filter(pk=person.pk), "name", "phone", "language"))
    assert rows == [(person.pk, NAME, PHONE, "zh-hans")]


def test_deferred_and_refreshed(person: Person, django_assert_num_queries: Any) -> None:
    late = Person.objects.defer("name").get(pk=person.pk)
    with django_assert_num_queries(1):
        assert late.name == late.name == NAME
    only = Person.objects.only("id").get(pk=person.pk)
    assert (only.name, only.phone) == (NAME, PHONE)
    late.name = "改过"
    late.refresh_from_db()
    assert late.name == NAME


def test_saving_what_was_not_read_opens_nothing(person: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    fresh = Person.objects.get(pk=person.pk)
    before = stored(person), stored(person, "phone_index")
    monkeypatch.setattr(crypto, "open_sealed", lambda *_args: pytest.fail("opened"))
    fresh.language = "en"
    fresh.save()
    assert (stored(person), stored(person, "phone_index")) == before


def test_a_new_number_brings_its_index(person: Person) -> None:
    person.phone = "+8613912340009"
    with pytest.raises(TypeError, match="stale"):
        person.save(update_fields=["phone"])
    person.save(update_fields=["phone", "phone_index"])
    assert Person.objects.by_phone("+8613912340009").get() == person
    person.phone = None
    person.save()
    assert Person.objects.get(pk=person.pk).phone is None
    assert not Person.objects.by_phone("+8613912340009").exists()


def test_a_value_copied_to_another_row_does_not_open(person: Person, community: Area) -> None:
    other = Person.objects.create(phone="+8613912340002", name="李雷", community=community)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE people_person SET name = %s WHERE id = %s", [stored(person), other.pk])
    with pytest.raises(InvalidTag):
        _ = Person.objects.get(pk=other.pk).name


def test_empty_stays_empty(community: Area) -> None:
    nobody = Person.objects.create(phone=None, name="", community=community)
    again = Person.objects.get(pk=nobody.pk)
    assert (again.phone, again.name, stored(again)) == (None, "", "")


def test_a_row_without_id_is_not_sealed() -> None:
    with pytest.raises(TypeError, match="known before"):
        Person._meta.get_field("name").bound_to(None)  # type: ignore[union-attr]


def test_no_plain_text_in_dump_repr_or_log(person: Person, caplog: pytest.LogCaptureFixture) -> None:
    out = io.StringIO()
    call_command("dumpdata", "people", stdout=out)
    dumped = out.getvalue() + serialize("json", Person.objects.all())
    assert str(person.pk) in dumped
    caplog.set_level(logging.DEBUG)
    connection.force_debug_cursor = True
    try:
        fresh = Person.objects.get(pk=person.pk)
        fresh.name = "欧阳晓梅"
        fresh.save()
        queries = str(connection.queries)
    finally:
        connection.force_debug_cursor = False
    for text in (dumped, repr(fresh), str(fresh), queries, caplog.text, repr(Person.objects.values())):
        assert PHONE[3:] not in text
        assert NAME not in text
        assert "晓梅" not in text


@pytest.mark.skipif("connection.vendor != 'sqlite'")
def test_no_plain_text_in_the_database_file(person: Person, tmp_path: Path) -> None:
    person.name = "欧阳小满"
    person.save()
    copy = tmp_path / "copy.sqlite3"
    source: sqlite3.Connection = connection.connection
    with sqlite3.connect(copy) as target:
        target.executescript("\n".join(source.iterdump()))
    raw = copy.read_bytes()
    assert str(person.pk).encode() in raw or b"people_person" in raw
    for plain in (PHONE, PHONE[3:], NAME, "欧阳小满"):
        assert plain.encode() not in raw
        assert plain.encode("utf-16-le") not in raw


def test_every_encrypted_field_of_the_house_names_a_declared_purpose() -> None:
    from django.apps import apps

    fields = [field for model in apps.get_models() for field in encrypted_fields(model)]
    assert fields
    assert all(field.purpose in purposes() for field in fields)
    assert check_purposes() == []


def test_a_field_without_purpose_stops_the_start() -> None:
    class Note(Record):
        text = EncryptedTextField(purpose="")
        other = EncryptedTextField(purpose="nowhere.declared")

        class Meta:
            app_label = "privacy"
            managed = False

    try:
        found = [message.id for message in Note.check() if message.id == "privacy.E001"]
        assert found == ["privacy.E001"] * 2
    finally:
        _forget(Note)


def _forget(model: type[Model]) -> None:
    from django.apps import apps

    del apps.all_models["privacy"][model._meta.model_name or ""]
    apps.clear_cache()
