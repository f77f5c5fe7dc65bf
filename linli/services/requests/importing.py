"""`linli import requests FILE`: real records in, each with its category, its unit and its clock."""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.db.models import Count
from django.db.transaction import atomic
from django.utils.translation import gettext as _

from linli.foundation import audit
from linli.foundation.areas.models import Area, Level
from linli.foundation.calendar.clock import now
from linli.foundation.people.models import Person
from linli.foundation.privacy.masks import mask_text
from linli.foundation.web import Refused
from linli.mechanisms.cases import actions as cases, engine
from linli.mechanisms.cases.actions.living import TEXT_MAX
from linli.mechanisms.cases.models import Case, RoutingTable
from linli.services.requests import classifying, emergencies, reading
from linli.services.requests.actions.asking import headline
from linli.services.requests.jobs import refine
from linli.services.requests.models import Intake

if TYPE_CHECKING:
    from linli.services.requests.classify import Suggestion

BATCH = 100
UNSURE = 0.5


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", type=Path, help="XLSX or CSV")
    parser.add_argument("--area", help="division code of the place that takes them in (default: the only one)")
    parser.add_argument("--map", action="append", default=[], metavar="MEANING=COLUMN",
                        help=f"which column is what; meanings: {', '.join(reading.FIELDS)}")
    parser.add_argument("--source", default="import", help="a short name of where they come from")
    parser.add_argument("--kind", choices=["complaint", "consult"], default="complaint")
    parser.add_argument("--categories", type=Path, help="XLSX with the category tree; kept for later imports")
    parser.add_argument("--units", action="store_true",
                        help="make a department and a routing row for each first-level category that has none")
    parser.add_argument("--preview", action="store_true", help="say what would happen and write nothing")


def run(args: argparse.Namespace) -> int:
    area = _area(args.area)
    chosen = dict(pair.split("=", 1) for pair in args.map if "=" in pair)
    rows = reading.sheet(args.file)
    if not rows:
        raise Refused("empty", _("文件是空的。"))
    where = reading.columns(rows[0], chosen)
    if args.categories and not args.preview:
        say(_("分类树：%(count)s 个节点。") % {"count": classifying.keep_tree(args.categories)})
    if args.units and not args.preview:
        say(_("新建 %(count)s 个部门和派单规则。") % {"count": classifying.make_units(area)})
    good, broken = split(rows, where)
    if args.preview:
        _preview(good, broken)
        return 0
    began = time.monotonic()
    intake = take_in(None, area, good, source=args.source, kind=args.kind, file=args.file, broken=len(broken),
                     mapping=chosen, progress=_show_progress)
    say("\r" + _("导入 %(taken)s 件，早先已有 %(known)s 件，有错 %(broken)s 行，用了 %(seconds)s 秒。") % {
        "taken": intake.taken, "known": intake.known, "broken": intake.broken,
        "seconds": f"{time.monotonic() - began:.1f}"})
    if broken:
        say(_("有错的行写在 %(path)s。") % {"path": reading.write_errors(args.file, broken)})
    _tell_where(args.source)
    return 0


def say(line: str) -> None:
    sys.stdout.write(f"{line}\n")


def _show_progress(done: int, of: int) -> None:
    if sys.stdout.isatty():
        sys.stdout.write(f"\r{done}/{of}")
        sys.stdout.flush()


def _area(code: str | None) -> Area:
    """The place asked for; else the only community, or the only one with rules of its own. Raises `Refused`."""
    communities = Area.objects.filter(level=Level.COMMUNITY).order_by("code")
    if code:
        found = list(Area.objects.filter(code=code))
    else:
        found = list(communities[:2])
        if len(found) > 1:
            tables = RoutingTable.objects.filter(state="published").values("area_code")
            found = list(communities.filter(code__in=tables)[:2])
    if len(found) != 1:
        raise Refused("no_area", _("请用 --area 说明由哪里接，可以是：%(codes)s。") % {
            "codes": "、".join(f"{area.code} {area.name}" for area in communities[:20])})
    return found[0]


def _tell_where(source: str) -> None:
    """How many of them the rules gave to a unit by what they are about, and how many only the catch-all took."""
    of = Case.objects.filter(source=source)
    total = of.count()
    other = of.filter(category=classifying.OTHER).count()
    for name, count in of.order_by().values_list("unit__name").annotate(n=Count("pk")).order_by("-n")[:30]:
        say(f"  {name or _('没有负责单位')}  {count}")
    unsure = of.exclude(category=classifying.OTHER).filter(facts__suggestion__confidence__lt=UNSURE).count()
    say(_("共 %(total)s 件，认出种类的 %(known)s 件（%(share)s%%），其余在「其他」，由兜底的一行接住。") % {
        "total": total, "known": total - other, "share": f"{100 * (total - other) / max(total, 1):.1f}"})
    say(_("认出的里面有 %(unsure)s 件把握不到一半，派单前请人看一眼。") % {"unsure": unsure})


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
    say(_("可以导入 %(good)s 件，有错 %(broken)s 行。") % {"good": len(good), "broken": len(broken)})
    suggestions = classifying.suggest_many([f"{m.title}\n{m.text}" for m in good[:5]])
    for message, suggestion in zip(good[:5], suggestions, strict=True):
        say(f"  {message.number}  {mask_text(message.title or message.text)[:30]}  → "
            f"{suggestion.category_code or _('认不出，走兜底')} ({suggestion.confidence:.0%})")
    for row in broken[:20]:
        say(_("  第 %(row)s 行 %(number)s：%(sentence)s") % {
            "row": row.row, "number": row.number, "sentence": row.sentence})


def take_in(
    person: Person | None, area: Area, good: Sequence[reading.Message], *, source: str, kind: str, file: Path,
    broken: int = 0, mapping: Mapping[str, str] | None = None, progress: Callable[[int, int], None] | None = None,
) -> Intake:
    """Open a case for every message whose number is not yet known, 100 to a transaction.

    Idempotent by (source, number): a second run of the same file writes nothing at all, and one after a crash goes
    on where the first stopped. The clock of a case starts now; when the message was written stands in its facts.
    """
    known = _known(source, [message.number for message in good])
    fresh = [message for message in good if message.number not in known]
    digest = _digest(file)
    earlier = Intake.objects.filter(area=area, source=source, digest=digest).order_by("-id").first()
    if earlier is not None and earlier.state == Intake.State.DONE and not fresh:
        earlier.taken, earlier.known = 0, len(known)
        return earlier
    intake = earlier if earlier is not None and earlier.state == Intake.State.RUNNING else _begin(
        person, area, source, file.name, digest, len(good), broken, dict(mapping or {}))
    before = intake.taken
    intake.known = max(len(known) - before, 0)
    taken: list[int] = []
    for start in range(0, len(fresh), BATCH):
        batch = fresh[start:start + BATCH]
        suggestions = classifying.suggest_many([f"{message.title}\n{message.text}" for message in batch])
        with atomic():
            opened = [_open(area, message, suggestion, source, kind).pk
                      for message, suggestion in zip(batch, suggestions, strict=True)]
            intake.taken = before + len(taken) + len(opened)
            intake.save(update_fields=["taken", "known"])
            refine.enqueue(cases=[str(pk) for pk in opened])
        taken += opened
        if progress:
            progress(len(taken), len(fresh))
    with atomic():
        intake.state, intake.ended = Intake.State.DONE, now()
        intake.save(update_fields=["known", "state", "ended"])
        audit.record(person, "requests.import", intake, taken=intake.taken, known=intake.known, broken=broken)
    return intake


def _known(source: str, numbers: Sequence[str]) -> set[str]:
    """Which of these numbers are here already."""
    known: set[str] = set()
    for start in range(0, len(numbers), 500):
        known |= set(Case.objects.filter(source=source, source_number__in=numbers[start:start + 500])
                     .values_list("source_number", flat=True))
    return known


def _digest(file: Path) -> str:
    return sha256(file.read_bytes() if file.is_file() else str(file).encode()).hexdigest()


@atomic
def _begin(
    person: Person | None, area: Area, source: str, name: str, digest: str, rows: int, broken: int,
    mapping: dict[str, str],
) -> Intake:
    intake = Intake.objects.create(
        area=area, source=source, file_name=name[:200], digest=digest, mapping=mapping, rows=rows, broken=broken,
        by=person)
    audit.record(person, "requests.begin_import", intake, rows=rows, broken=broken)
    return intake


def _open(area: Area, message: reading.Message, suggestion: Suggestion, source: str, kind: str) -> Case:
    text, rest = message.text[:TEXT_MAX], message.text[TEXT_MAX:]
    facts: dict[str, Any] = {
        "suggestion": classifying.told(suggestion), "likes": message.likes, "against": message.against,
        "user": message.user, "received_at": message.at.isoformat() if message.at else ""}
    found = emergencies.found_in(f"{message.title} {message.text}", area.code)
    if found is not None:
        facts["emergency"] = found.told()
    case = cases.open_case(
        None, kind, area, system=True, category=classifying.chosen(suggestion),
        title=message.title or headline(text), text=text, channel="import", source=source,
        source_number=message.number, contact=("", message.phone) if message.phone else None,
        visibility="parties", facts=facts)
    if rest:  # longer than a case's own text may be: the rest is its first note, so that nothing is cut off
        engine.append(case, None, "note", channel="import", text_internal=rest)
    return case
