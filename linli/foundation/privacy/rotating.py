"""`linli rotate keys`: a new data key, and every encrypted value of every table sealed by it.

Runs while the site does. Killed, it goes on where it stopped when it is started again. Values keep opening all the
time, because the former keys stay in the ring (and must, as long as a backup from their days is kept).
It is also how a change of LINLI_CIPHER reaches what was written before.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Iterator
from hashlib import sha256

from django.apps import apps
from django.db.models import Model, Q
from django.db.transaction import atomic

from linli.foundation import audit
from linli.foundation.privacy import crypto, keyring
from linli.foundation.privacy.fields import BlindIndexField, encrypted_fields, open_value, sealed_value
from linli.foundation.privacy.models import KeyRotation

BATCH = 200
# SQLite has one writer: between two batches others get their turn.
_PAUSE_S = 0.02
# Every process looks at the ring once a second; after this nobody seals by the former key.
_SPREAD_S = 2.0


def rotate_keys(*, batch: int = BATCH, pause_s: float = _PAUSE_S, spread_s: float = _SPREAD_S) -> int:
    """Go on with an unfinished rotation, or begin one; gives how many rows were sealed anew."""
    run = crypto.keys().current
    if not KeyRotation.objects.filter(run=run, is_finished=False).exists():
        run = keyring.add_data_key()
        time.sleep(spread_s)
        # One transaction: a run that has any row has them all, so "none unfinished" means "finished".
        with atomic():
            for model in sealed_models():
                KeyRotation.objects.create(run=run, label=model._meta.label_lower)
            audit.record(None, "privacy.rotate_keys", audit.Ref("privacy.keyring", run))
    changed = 0
    for row in KeyRotation.objects.filter(run=run, is_finished=False).order_by("label"):
        changed += _walk(row, batch, pause_s, _reseal)
    return changed


def rotate_index(*, batch: int = BATCH, pause_s: float = 0.0) -> int:
    """A new blind-index key of the algorithm LINLI_CIPHER asks for, and every index made anew.

    The site must be stopped: until the last row is done, those not yet done are not found. Resumes when killed.
    """
    run = _index_run()
    if not KeyRotation.objects.filter(run=run, is_finished=False).exists():
        keyring.new_index_key()
        run = _index_run()
        with atomic():
            for model in indexed_models():
                KeyRotation.objects.create(run=run, label=model._meta.label_lower)
            audit.record(None, "privacy.rotate_index", audit.Ref("privacy.keyring", run))
    changed = 0
    for row in KeyRotation.objects.filter(run=run, is_finished=False).order_by("label"):
        changed += _walk(row, batch, pause_s, _reindex)
    return changed


def unrotated() -> Iterator[tuple[str, int]]:
    """`(app.model.field, rows)` still sealed otherwise than by the current key and cipher."""
    prefix = f"{crypto.keys().seal_prefix}."
    for model in sealed_models():
        for field in encrypted_fields(model):
            name = field.attname
            rows = model._default_manager.exclude(Q(**{f"{name}__isnull": True}) | Q(**{name: ""}))
            left = sum(1 for value in rows.values_list(name, flat=True).iterator() if not value.startswith(prefix))
            if left:
                yield f"{model._meta.label_lower}.{name}", left


def sealed_models() -> list[type[Model]]:
    """Every table with an encrypted column."""
    return [model for model in apps.get_models() if model._meta.managed and encrypted_fields(model)]


def indexed_models() -> list[type[Model]]:
    """Every table with a blind index."""
    return [model for model in apps.get_models() if model._meta.managed and _indexes(model)]


def _index_run() -> str:
    return "index-" + sha256(b"name of a key|" + crypto.keys().index.key).hexdigest()[:12]


def _indexes(model: type[Model]) -> list[BlindIndexField]:
    return [field for field in model._meta.local_fields if isinstance(field, BlindIndexField)]


def _walk(row: KeyRotation, batch: int, pause_s: float, change: object) -> int:
    """Batch after batch by primary key; what was done and how far it came are one transaction."""
    model, total = apps.get_model(row.label), 0
    while True:
        with atomic():
            rows = model._default_manager.order_by("pk")
            if row.last_pk:
                rows = rows.filter(pk__gt=model._meta.pk.to_python(row.last_pk))
            pks = list(rows.values_list("pk", flat=True)[:batch])
            count = sum(change(model, pk) for pk in pks)  # type: ignore[operator]
            row.changed += count
            row.last_pk = str(pks[-1]) if pks else row.last_pk
            row.is_finished = len(pks) < batch
            row.save(update_fields=["changed", "last_pk", "is_finished"])
        total += count
        if row.is_finished:
            return total
        time.sleep(pause_s)


def _reseal(model: type[Model], pk: object) -> int:
    names = [field.attname for field in encrypted_fields(model)]
    stored = model._default_manager.filter(pk=pk).values_list(*names).first() or ()
    changed = 0
    for name, value in zip(names, stored, strict=False):
        if value and crypto.needs_resealing(value):
            fresh = sealed_value(model, name, pk, open_value(model, name, pk, value))
            # Only if nobody wrote it in the meantime; who did has sealed it by the new key.
            changed += model._default_manager.filter(pk=pk, **{name: value}).update(**{name: fresh})
    return min(changed, 1)


def _reindex(model: type[Model], pk: object) -> int:
    found = model._default_manager.filter(pk=pk).first()
    if found is None:
        return 0
    fresh = {field.attname: field.digest(getattr(found, field.of)) for field in _indexes(model)}
    return int(model._default_manager.filter(pk=pk).update(**fresh))


def _say(sentence: str) -> None:
    sys.stdout.write(f"{sentence}\n")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    what = parser.add_mutually_exclusive_group()
    what.add_argument("--index", action="store_true", help="new blind-index key instead; stop the site first")
    what.add_argument("--master", action="store_true", help="new master key instead; no value is touched")
    parser.add_argument(
        "--drop-old", action="store_true", help="then forget the former keys: older backups open no more")


def run(options: argparse.Namespace) -> int:
    if options.master:
        place = keyring.new_master()
        _say(f"The ring is wrapped by a new master key, in {place}.")
        if place.name == "master.new":
            _say("Put it into LINLI_MASTER_KEY, restart, then delete that file.")
        return 0
    if options.index:
        _say(f"{rotate_index()} rows have a new index.")
        return 0
    _say(f"{rotate_keys()} rows sealed anew by key {crypto.keys().current}.")
    left = list(unrotated())
    for label, count in left:
        _say(f"{label}: {count} rows still sealed by a former key. Run this once more.")
    if options.drop_old and not left:
        former = set(crypto.keys().data) - {crypto.keys().current}
        keyring.drop_data_keys(former)
        _say(f"Forgotten: {', '.join(sorted(former)) or 'none'}.")
    return 1 if left else 0
