"""`linli import requests FILE`: real records in, each with its category, its unit and its clock."""

from __future__ import annotations

import argparse
import time
from collections.abc import Mapping, Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any

from django.db.transaction import atomic
from django.utils.translation import gettext as _

from linli.foundation import audit
from linli.foundation.areas.models import Area
from linli.foundation.calendar.clock import now
from linli.foundation.people.models import Person
from linli.foundation.privacy.masks import mask_text
from linli.foundation.web import Refused
from linli.mechanisms.cases import actions as cases
from linli.mechanisms.cases.models import Case
from linli.services.requests import classifying, reading
from linli.services.requests.models import Intake

BATCH = 100


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", type=Path, help="XLSX or CSV")
    parser.add_argument("--area", required=True, help="division code of the place that takes them in")
    parser.add_argument("--map", action="append", default=[], metavar="MEANING=COLUMN",
                        help=f"which column is what; meanings: {', '.join(reading.FIELDS)}")
    parser.add_argument("--source", default="import", help="a short name of where they come from")
    parser.add_argument("--kind", choices=["complaint", "consult"], default="complaint")
    parser.add_argument("--categories", type=Path, help="XLSX with the category tree; kept for later imports")
    parser.add_argument("--units", action="store_true",
                        help="make a department and a routing row for each first-level category that has none")
    parser.add_argument("--preview", action="store_true", help="say what would happen and write nothing")


def run(args: argparse.Namespace) -> int:
    area = Area.objects.filter(code=args.area).first()
    if not isinstance(area, Area):
        print(_("没有区划代码 %(code)s 的地方。") % {"code": args.area})
        return 2
    chosen = dict(pair.split("=", 1) for pair in args.map if "=" in pair)
    if args.categories:
        kept = classifying.keep_tree(args.categories)
        print(_("分类树：%(count)s 个节点。") % {"count": kept})
    if args.units and not args.preview:
        made = classifying.make_units(area)
        print(_("新建 %(count)s 个部门和派单规则。") % {"count": made})
    rows = reading.sheet(args.file)
    if not rows:
        print(_("文件是空的。"))
        return 2
    where = reading.columns(rows[0], chosen)
    good, broken = split(rows, where)
    if args.preview:
        _preview(good, broken)
        return 0
    began = time.monotonic()
    intake = take_in(None, area, good, source=args.source, kind=args.kind, file=args.file, broken=len(broken),
                     mapping=chosen, say=lambda done, of: print(f"\r{done}/{of}", end="", flush=True))
    print("\r" + _("导入 %(taken)s 件，早先已有 %(known)s 件，有错 %(broken)s 行，用了 %(seconds)s 秒。") % {
        "taken": intake.taken, "known": intake.known, "broken": intake.broken,
        "seconds": f"{time.monotonic() - began:.1f}"})
    if broken:
        print(_("有错的行写在 %(path)s。") % {"path": reading.write_errors(args.file, broken)})
    return 0


def split(
    rows: Sequence[Sequence[Any]], where: Mapping[str, int],
) -> tuple[list[reading.Message], list[reading.Broken]]:
    """The rows that can be taken in, and the others."""
    good: list[reading.Message] = []
    broken: list[reading.Broken] = []
    for row in reading.messages(rows[1:], where):
        if isinstance(row, reading.Message):
            good.append(row)
        else:
            broken.append(row)
    return good, broken


def _preview(good: Sequence[reading.Message], broken: Sequence[reading.Broken]) -> None:
    print(_("可以导入 %(good)s 件，有错 %(broken)s 行。") % {"good": len(good), "broken": len(broken)})
    suggestions = classifying.suggest_many([f"{m.title}\n{m.text}" for m in good[:5]])
    for message, suggestion in zip(good[:5], suggestions, strict=True):
        print(f"  {message.number}  {mask_text(message.title or message.text)[:30]}  → "
              f"{suggestion.category_code or _('认不出，走兜底')} ({suggestion.confidence:.0%})")
    for row in broken[:20]:
        print(f"  {_('第')} {row.row} {_('行')} {row.number}: {row.sentence}")


def take_in(
    person: Person | None, area: Area, good: Sequence[reading.Message], *, source: str, kind: str, file: Path,
    broken: int = 0, mapping: Mapping[str, str] | None = None, say: Any = None,
) -> Intake:
    """Open a case for every message whose number is not yet known, 100 to a transaction.

    Idempotent by (source, number): a second run, or one after a crash, goes on where the first stopped.
    The clock of a case starts now; when the message was written stands in its facts.
    """
    intake = _begin(person, area, source, file, len(good), broken, dict(mapping or {}))
    numbers = [message.number for message in good]
    known: set[str] = set()
    for start in range(0, len(numbers), 500):
        known |= set(Case.objects.filter(source=source, source_number__in=numbers[start:start + 500])
                     .values_list("source_number", flat=True))
    fresh = [message for message in good if message.number not in known]
    suggestions = classifying.suggest_many([f"{m.title}\n{m.text}" for m in fresh])
    taken: list[int] = []
    for start in range(0, len(fresh), BATCH):
        with atomic():
            for message, suggestion in zip(
                    fresh[start:start + BATCH], suggestions[start:start + BATCH], strict=True):
                taken.append(_open(area, message, suggestion, source, kind).pk)
            Intake.objects.filter(pk=intake.pk).update(taken=len(taken), known=len(known))
        if say:
            say(start + BATCH, len(fresh))
    intake.taken, intake.known, intake.state, intake.ended = len(taken), len(known), Intake.State.DONE, now()
    with atomic():
        intake.save(update_fields=["taken", "known", "state", "ended"])
        audit.record(person, "requests.import", intake, taken=intake.taken, known=intake.known, broken=broken)
        if taken:
            from linli.services.requests.jobs import refine

            for start in range(0, len(taken), BATCH):
                refine.enqueue(cases=[str(pk) for pk in taken[start:start + BATCH]])
    return intake


@atomic
def _begin(
    person: Person | None, area: Area, source: str, file: Path, rows: int, broken: int, mapping: dict[str, str],
) -> Intake:
    digest = sha256(file.read_bytes()).hexdigest() if file.is_file() else sha256(str(file).encode()).hexdigest()
    intake = Intake.objects.create(
        area=area, source=source, file_name=file.name[:200], digest=digest, mapping=mapping, rows=rows, broken=broken,
        by=person)
    audit.record(person, "requests.begin_import", intake, rows=rows, broken=broken)
    return intake


def _open(area: Area, message: reading.Message, suggestion: Any, source: str, kind: str) -> Case:
    if not message.number:
        raise Refused("no_number", _("没有编号。"))
    return cases.open_case(
        None, kind, area, system=True, category=suggestion.category_code,
        title=message.title or message.text[:40], text=message.text, channel="import", source=source,
        source_number=message.number, contact=("", message.phone) if message.phone else None,
        visibility="parties", facts={
            "suggestion": classifying.told(suggestion), "likes": message.likes, "user": message.user,
            "received_at": message.at.isoformat() if message.at else ""})
