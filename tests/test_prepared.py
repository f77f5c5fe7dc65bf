"""Prepared queries answer as the querysets they were made of."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import DatabaseError, connection
from django.db.models import Count, Q
from django.db.transaction import TransactionManagementError
from django.test.utils import CaptureQueriesContext

from linli.foundation.areas.models import Area
from linli.foundation.calendar.clock import now
from linli.foundation.people.models import Person, RoleAssignment
from linli.foundation.prepared import Prepared, insert, insert_once, update

pytestmark = pytest.mark.django_db
WITH_COMMUNITY = Prepared(lambda pk: Person.objects.select_related("community").defer("community__outline").filter(
    pk=pk))
HELD = Prepared(lambda person, moment: RoleAssignment.objects.filter(
    Q(until=None) | Q(until__gt=moment), person=person, since__lte=moment).order_by("pk").values_list("role", "pk"))
LOCKED = Prepared(lambda pk: Area.objects.select_for_update().filter(pk=pk))


@pytest.fixture
def community() -> Area:
    return Area.objects.create(code="330199001009", name="桂花里", level="community", outline={"type": "Polygon"})


@pytest.fixture
def person(community: Area) -> Person:
    return Person.objects.create(
        phone="+8613800000009", name="王小明", title="王先生", community=community, look={"mode": "elder"})


def test_the_instance_is_the_one_the_queryset_gives(person: Person) -> None:
    WITH_COMMUNITY.first(person.pk)  # written
    with CaptureQueriesContext(connection) as asked:
        found = WITH_COMMUNITY.first(person.pk)
        assert found is not None
        assert found.community is not None
        assert found.community.name == "桂花里"
    assert len(asked) == 1
    usual = Person.objects.select_related("community").get(pk=person.pk)
    assert found == usual
    assert found.phone == "+8613800000009"
    assert found.look == {"mode": "elder"}
    assert {f.attname: getattr(found, f.attname) for f in Person._meta.fields} == {
        f.attname: getattr(usual, f.attname) for f in Person._meta.fields}
    assert found.community is not None
    assert found.community.get_deferred_fields() == {"outline"}
    assert found.community.outline == {"type": "Polygon"}  # read when it is asked for
    found.title = "王叔叔"
    found.save(update_fields=["title"])
    assert WITH_COMMUNITY.first(person.pk).title == "王叔叔"  # type: ignore[union-attr]


def test_a_related_row_that_is_not_there_is_none() -> None:
    alone = Person.objects.create(phone="+8613800000008", name="李四")
    found = WITH_COMMUNITY.first(alone.pk)
    assert found is not None
    assert found.community is None
    assert WITH_COMMUNITY.first(1) is None


def test_moments_are_compared_as_the_database_keeps_them(person: Person, community: Area) -> None:
    past = RoleAssignment.objects.create(
        person=person, role="worker", area=community, since=now() - timedelta(days=2), until=now() - timedelta(hours=1))
    held = RoleAssignment.objects.create(person=person, role="grid_worker", area=community, since=now())
    assert HELD.all(person.pk, now()) == [("grid_worker", held.pk)]
    assert HELD.all(person.pk, now() - timedelta(days=1)) == [("worker", past.pk)]


@pytest.mark.django_db(transaction=True)
def test_a_lock_outside_a_transaction_is_refused_where_there_are_locks(community: Area) -> None:
    if not connection.features.has_select_for_update:
        assert LOCKED.first(community.pk) == community
        return
    with pytest.raises(TransactionManagementError):
        LOCKED.first(community.pk)
    from django.db.transaction import atomic

    with atomic():
        assert LOCKED.first(community.pk) == community
    with pytest.raises(TransactionManagementError):
        LOCKED.first(community.pk)


@pytest.mark.parametrize("rows", [
    lambda pk: Person.objects.filter(pk=pk).prefetch_related("roles"),
    lambda pk: Person.objects.filter(pk=pk).annotate(n=Count("roles")),
    lambda pk: Person.objects.filter(pk=pk).values("pk"),
])
def test_what_it_cannot_give_it_refuses_to_prepare(rows: Any) -> None:
    with pytest.raises(TypeError):
        Prepared(rows).all(1)


def test_insert_and_update_write_what_save_writes(community: Area) -> None:
    """Sealed and indexed columns, JSON, moments; one statement for any number of rows."""
    people = [Person(phone=f"+861380000001{n}", name="赵一", community=community, look={"size": n}) for n in (1, 2)]
    with CaptureQueriesContext(connection) as asked:
        insert(*people)
    assert len(asked) == 1
    for n, one in enumerate(people, 1):
        found = Person.objects.by_phone(f"+861380000001{n}").get()
        assert (found.pk, found.name, found.look, found.created) == (one.pk, "赵一", {"size": n}, one.created)
    first = people[0]
    first.title, first.look, first.community, first.created = "赵奶奶", {"mode": "elder"}, None, now()
    first.language = "en"  # not named below: not written
    with CaptureQueriesContext(connection) as asked:
        update(first, "title", "look", "community", "created")
    assert len(asked) == 1
    found = Person.objects.get(pk=first.pk)
    assert (found.title, found.look, found.community) == ("赵奶奶", {"mode": "elder"}, None)
    assert found.created == first.created
    assert (found.language, found.phone) == ("zh-hans", "+8613800000011")


def test_updating_a_row_that_is_not_there_is_an_error() -> None:
    with pytest.raises(DatabaseError):
        update(Person(title="无"), "title")
    insert()  # nothing to write is nothing asked


def test_insert_once_says_whether_it_wrote(community: Area) -> None:
    assert insert_once(Person(phone="+8613800000021", name="钱一", community=community))
    assert not insert_once(Person(phone="+8613800000021", name="钱二", community=community))
    assert Person.objects.by_phone("+8613800000021").get().name == "钱一"
