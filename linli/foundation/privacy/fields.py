"""Encrypted columns and the blind index that finds them again.

A value is bound to its model, field and row: moved anywhere else it does not open. Therefore the row's id must be
known before it is written (`records.Record`), and a model or field that is renamed must be sealed anew.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.core import checks
from django.db.models import CharField, Model, QuerySet, TextField
from django.db.models.signals import pre_save

from linli.foundation.privacy import crypto


class _Sealed(str):
    """A ciphertext as it lies in the database; opened on first use, because the row's id is in its seal."""

    __slots__ = ()


class _Opening:
    """Opens the sealed value when the attribute is read, and keeps the plain one on the instance."""

    def __init__(self, field: EncryptedTextField) -> None:
        self.field = field

    def __get__(self, instance: Model | None, owner: type[Model]) -> Any:
        if instance is None:
            return self
        name = self.field.attname
        if name not in instance.__dict__:
            instance.refresh_from_db(fields=[name])
        value = instance.__dict__[name]
        if isinstance(value, _Sealed):
            value = crypto.open_sealed(value, self.field.bound_to(instance.pk))
            instance.__dict__[name] = value
        return value

    def __set__(self, instance: Model, value: Any) -> None:
        instance.__dict__[self.field.attname] = value


class EncryptedTextField(TextField):
    """Text that the database never sees in plain: envelope key, key id, AAD = model + field + pk.

    `purpose` names a declared `Purpose`; a field without one cannot be stored (个人信息保护法 第6条).
    `update()` and `bulk_update()` know no row: give them `sealed_value(…)`. `values()` gives sealed text:
    read it by `open_values(…)`. A dump carries sealed text; the backup is a copy of the database, not a dump.
    """

    def __init__(self, *args: Any, purpose: str = "", **kwargs: Any) -> None:
        self.purpose = purpose
        super().__init__(*args, **kwargs)

    def deconstruct(self) -> Any:
        name, path, args, kwargs = super().deconstruct()
        return name, path, args, {**kwargs, "purpose": self.purpose}

    def contribute_to_class(self, cls: type[Model], name: str, private_only: bool = False) -> None:
        super().contribute_to_class(cls, name, private_only)
        setattr(cls, self.attname, _Opening(self))

    def check(self, **kwargs: Any) -> list[checks.CheckMessage]:
        from linli.foundation.privacy.purposes import purposes

        found = super().check(**kwargs)
        if self.purpose not in purposes():
            found.append(checks.Error(
                f"purpose={self.purpose!r} is declared in no manifest",
                hint="Declare Purpose(…) in the room's manifest: personal data is kept for a stated purpose only.",
                obj=self, id="privacy.E001"))
        return found

    def bound_to(self, pk: Any) -> bytes:
        if pk is None:
            raise TypeError(f"{self.name}: the row's id must be known before it is sealed; derive from Record")
        return f"{self.model._meta.label_lower}|{self.attname}|{pk}".encode()

    def from_db_value(self, value: str | None, expression: Any, connection: Any) -> Any:
        return _Sealed(value) if value else value

    def pre_save(self, model_instance: Model, add: bool) -> Any:
        value = model_instance.__dict__.get(self.attname)
        if isinstance(value, _Sealed) or not value:
            return value
        return _Sealed(crypto.seal(str(value), self.bound_to(model_instance.pk)))

    def get_prep_value(self, value: Any) -> Any:
        if value and not isinstance(value, _Sealed):
            raise TypeError(
                f"{self.name}: an encrypted field is found by its blind index, not by its value; "
                "for update() seal the value first: sealed_value(Model, field, pk, plain)")
        return value

    def get_lookup(self, lookup_name: str) -> Any:
        """Only what sealed text can answer: a `contains` would find nothing and say so to nobody."""
        return super().get_lookup(lookup_name) if lookup_name in {"exact", "in", "isnull"} else None

    def value_to_string(self, obj: Model) -> str:
        """For serializers: what leaves by a dump is sealed."""
        return str(self.pre_save(obj, add=False) or "")


class BlindIndexField(CharField):
    """Keyed HMAC of another field, for exact match only; `of` names that field."""

    def __init__(self, *args: Any, of: str = "", **kwargs: Any) -> None:
        self.of = of
        kwargs.setdefault("max_length", 64)
        kwargs.setdefault("editable", False)
        super().__init__(*args, **kwargs)

    def deconstruct(self) -> Any:
        name, path, args, kwargs = super().deconstruct()
        return name, path, args, {**kwargs, "of": self.of}

    def contribute_to_class(self, cls: type[Model], name: str, private_only: bool = False) -> None:
        super().contribute_to_class(cls, name, private_only)
        if not cls._meta.abstract:
            pre_save.connect(self._saved_together, sender=cls)

    def _saved_together(self, update_fields: frozenset[str] | None, **_: Any) -> None:
        if update_fields is not None and self.of in update_fields and self.name not in update_fields:
            raise TypeError(f"save(update_fields=…) names {self.of} without {self.name}: its index would be stale")

    def digest(self, plain: str | None) -> str | None:
        """The index of `plain`, or None for nothing."""
        return crypto.blind(str(plain), f"{self.model._meta.label_lower}|{self.of}") if plain else None

    def pre_save(self, model_instance: Model, add: bool) -> Any:
        stored = model_instance.__dict__.get(self.attname)
        if stored and isinstance(model_instance.__dict__.get(self.of), _Sealed):
            return stored  # the value was not even read since it was loaded
        value = self.digest(getattr(model_instance, self.of))
        setattr(model_instance, self.attname, value)
        return value


def encrypted_fields(model: type[Model]) -> list[EncryptedTextField]:
    """The encrypted columns of `model`."""
    return [field for field in model._meta.local_fields if isinstance(field, EncryptedTextField)]


def sealed_value(model: type[Model], field: str, pk: Any, plain: str) -> str:
    """`plain` sealed for that row and field, as `update()` takes it."""
    return _Sealed(crypto.seal(plain, _encrypted(model, field).bound_to(pk))) if plain else plain


def open_value(model: type[Model], field: str, pk: Any, sealed: str | None) -> str:
    """The plain text of a value that came out of `values()`; empty for nothing."""
    return crypto.open_sealed(sealed, _encrypted(model, field).bound_to(pk)) if sealed else ""


def open_values(rows: QuerySet[Any], *fields: str) -> Iterator[tuple[Any, ...]]:
    """`(pk, field, …)` of each row with the encrypted ones opened, without making instances. One query."""
    model = rows.model
    encrypted = [isinstance(model._meta.get_field(field), EncryptedTextField) for field in fields]
    for pk, *values in rows.values_list("pk", *fields).iterator(chunk_size=2000):
        yield pk, *(
            open_value(model, field, pk, value) if is_sealed else value
            for field, value, is_sealed in zip(fields, values, encrypted, strict=True))


def _encrypted(model: type[Model], field: str) -> EncryptedTextField:
    found = model._meta.get_field(field)
    if not isinstance(found, EncryptedTextField):
        raise TypeError(f"{model._meta.label}.{field} is not encrypted")
    return found
