"""Statements that every request makes, written once.

Django writes the SQL of a queryset anew each time it is asked; for a wide row that takes three times as long as the
database needs to answer it. A `Prepared` query is written at its first use on a connection and then only given its
values. It answers as the queryset would: the same rows, the same instances, the same number of statements.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from itertools import count
from typing import Any, Generic, TypeVar

from django.db import DEFAULT_DB_ALIAS, DatabaseError, connection, connections
from django.db.backends.utils import CursorWrapper
from django.db.models import Expression, Model, QuerySet
from django.db.models.query import ModelIterable, RelatedPopulator, ValuesListIterable, get_related_populators
from django.db.transaction import TransactionManagementError

Row = TypeVar("Row")
_names = count()


def fixed_cursor() -> AbstractContextManager[CursorWrapper]:
    """A cursor for statements whose text never changes: PostgreSQL reads and plans them once for a connection.

    Django puts the values into the text, so that the server meets each statement for the first time. Behind a pooler
    that lends one connection to many, `?prepare=0` in LINLI_DATABASE_URL leaves it at that.
    """
    if connection.vendor != "postgresql":
        return connection.cursor()
    inner: Any = connection
    inner.close_if_health_check_failed()
    inner.ensure_connection()
    if inner.connection.prepare_threshold is None:
        return connection.cursor()
    from django.db.backends.postgresql import base

    bound: Any = base.ServerBindingCursor
    with inner.wrap_database_errors:
        made: AbstractContextManager[CursorWrapper] = inner._prepare_cursor(bound(inner.connection))
    return made


@contextmanager
def in_one_journey() -> Iterator[None]:
    """Send the statements of the block to the server together (libpq's pipeline), in their order; what one of them
    breaks is raised at the end of the block. For `insert`, `audit.record`, `emit` and other writes on a `fixed_cursor`:
    no answer may be read inside, neither rows nor how many. On SQLite, which has no journeys, it is nothing.
    """
    inner: Any = connection
    if inner.vendor != "postgresql":
        yield
        return
    with inner.wrap_database_errors:
        inner.ensure_connection()
        with inner.connection.pipeline():
            yield


class Blank(Expression):
    """The place of a value that is given later: a number, a text, a truth or a moment, never a list."""

    def __init__(self, position: int) -> None:
        super().__init__()
        self.position = position

    def as_sql(self, compiler: Any, connection: Any) -> Any:
        return "%s", [self]


@dataclass(frozen=True)
class _Written:
    """A statement as one connection takes it, and how its columns become instances."""

    sql: str
    params: tuple[Any, ...]
    converters: Sequence[tuple[int, Sequence[Any], Any]]
    model: type[Model] | None
    span: tuple[int, int]
    names: Sequence[str]
    related: Sequence[RelatedPopulator]
    locks: bool


class Prepared(Generic[Row]):
    """`Prepared(lambda pk: Case.objects.filter(pk=pk))`, called later with the values: `case_of.first(17)`.

    The queryset may select related rows, defer columns, lock, or be a `values_list`; it must not prefetch. Its form
    must not depend on the values: they stand where the lambda puts its arguments, and nowhere else.
    """

    def __init__(self, make: Callable[..., QuerySet[Any, Row]]) -> None:
        self.make = make
        self._name = f"linli.prepared.{next(_names)}"

    def all(self, *values: Any) -> list[Row]:
        """Every row, in the queryset's order. One statement."""
        written = self._written()
        if written.locks and connection.get_autocommit():
            raise TransactionManagementError("select_for_update cannot be used outside of a transaction.")
        with fixed_cursor() as cursor:
            cursor.execute(written.sql, filled(written.params, *values))
            rows = cursor.fetchall()
        return [self._row(written, list(row)) for row in rows]

    def first(self, *values: Any) -> Row | None:
        """The first row, if there is one. The queryset should say in which order, or ask for one row."""
        return next(iter(self.all(*values)), None)

    def _row(self, written: _Written, row: list[Any]) -> Row:
        for position, converters, expression in written.converters:
            value = row[position]
            for converter in converters:
                value = converter(value, expression, connection)
            row[position] = value
        if written.model is None:
            return tuple(row)  # type: ignore[return-value]
        begin, end = written.span
        made = written.model.from_db(connection.alias, written.names, row[begin:end])
        for related in written.related:
            related.populate(row, made)
        return made  # type: ignore[return-value]

    def _written(self) -> _Written:
        own = connections[DEFAULT_DB_ALIAS].__dict__  # of this thread; what a converter holds is of its connection
        kept: _Written | None = own.get(self._name)
        if kept is None:
            kept = own[self._name] = self._write()
        return kept

    def _write(self) -> _Written:
        # One blank for each argument of the function: their names say what they are.
        code = self.make.__code__
        rows: Any = self.make(*(Blank(position) for position in range(code.co_argcount)))
        iterable = rows._iterable_class
        if iterable not in (ModelIterable, ValuesListIterable) or rows._prefetch_related_lookups:
            raise TypeError("A prepared query gives instances or tuples, and fetches nothing beside them.")
        compiler = rows.query.get_compiler(connection=connection)
        locks = rows.query.select_for_update and connection.features.has_select_for_update
        if locks and connection.get_autocommit():
            raise TransactionManagementError("select_for_update cannot be used outside of a transaction.")
        sql, params = compiler.as_sql()
        select = compiler.select
        expressions = [entry[0] for entry in select[:compiler.col_count]]
        converters = [(position, converters, expression) for position, (converters, expression)
                      in compiler.get_converters(expressions).items()]
        if iterable is ValuesListIterable:
            return _Written(sql, tuple(params), converters, None, (0, 0), (), (), locks)
        klass = compiler.klass_info
        if compiler.annotation_col_map:
            raise TypeError("A prepared query of instances carries no annotations.")
        begin, end = klass["select_fields"][0], klass["select_fields"][-1] + 1
        return _Written(
            sql, tuple(params), converters, klass["model"], (begin, end),
            [entry[0].target.attname for entry in select[begin:end]],
            get_related_populators(klass, select, connection.alias), locks)  # type: ignore[call-arg]  # of a later Django


def filled(params: Sequence[Any], *values: Any) -> list[Any]:
    """The parameters of a statement with each `Blank` given its value."""
    return [_adapted(values[param.position]) if isinstance(param, Blank) else param for param in params]


def insert(*rows: Model) -> None:
    """Write new rows of one table in one statement, as `bulk_create` would; their ids are known (`Record`)."""
    if not rows:
        return
    model, fields = type(rows[0]), rows[0]._meta.local_concrete_fields
    blanks = "(" + ", ".join(["%s"] * len(fields)) + ")"
    statement = f"{_inserting(connection.vendor, model)} {', '.join([blanks] * len(rows))}"
    with fixed_cursor() as cursor:
        cursor.execute(statement, [_stored(row, field, add=True) for row in rows for field in fields])
    for row in rows:
        row._state.adding, row._state.db = False, connection.alias


def insert_once(row: Model) -> bool:
    """Write a new row unless one like it is there already, by any unique rule of the table; was it written?"""
    fields = row._meta.local_concrete_fields
    blanks = ", ".join(["%s"] * len(fields))
    with fixed_cursor() as cursor:
        cursor.execute(f"{_inserting(connection.vendor, type(row))} ({blanks}) ON CONFLICT DO NOTHING",
                       [_stored(row, field, add=True) for field in fields])
        written: bool = cursor.rowcount == 1
    if written:
        row._state.adding, row._state.db = False, connection.alias
    return written


def update(row: Model, *names: str) -> None:
    """Write the columns `names` of a row that is there, as `save(update_fields=names)` would, without its signals."""
    fields = [row._meta.get_field(name) for name in names]
    statement = _updating(connection.vendor, type(row), names)
    with fixed_cursor() as cursor:
        cursor.execute(statement, [*(_stored(row, field, add=False) for field in fields), row.pk])
        if cursor.rowcount == 0:
            raise DatabaseError(f"{row._meta.label} {row.pk} is not there to be updated.")


@cache
def _inserting(vendor: str, model: type[Model]) -> str:
    quote: Callable[[Any], str] = connection.ops.quote_name
    columns = ", ".join(quote(field.column) for field in model._meta.local_concrete_fields)
    return f"INSERT INTO {quote(model._meta.db_table)} ({columns}) VALUES"


@cache
def _updating(vendor: str, model: type[Model], names: tuple[str, ...]) -> str:
    quote: Callable[[Any], str] = connection.ops.quote_name
    fields: list[Any] = [model._meta.get_field(name) for name in names]
    changes = ", ".join(f"{quote(field.column)} = %s" for field in fields)
    key: Any = model._meta.pk
    return f"UPDATE {quote(model._meta.db_table)} SET {changes} WHERE {quote(key.column)} = %s"


def _stored(row: Model, field: Any, *, add: bool) -> Any:
    return field.get_db_prep_save(field.pre_save(row, add), connection)


def _adapted(value: Any) -> Any:
    return connection.ops.adapt_datetimefield_value(value) if isinstance(value, datetime) else value
