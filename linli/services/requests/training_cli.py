"""`linli train requests`: learn the categories from a labelled file or from the community's own closed cases."""

from __future__ import annotations

import argparse
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from django.utils.translation import gettext as _

from linli.foundation.calendar.clock import today
from linli.foundation.policy import policy
from linli.foundation.web import Refused
from linli.mechanisms.cases.models import Case
from linli.services.requests import classifying, reading
from linli.services.requests.importing import say

HELP = "learn the categories from a labelled file or from closed cases; the model stays in the data folder"
OWN_MOST = 20_000
Labelled = tuple[str, str]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--train", type=Path, metavar="FILE", help="XLSX or CSV with messages and their category")
    parser.add_argument("--own-cases", action="store_true", help="learn from this house's own closed cases")
    parser.add_argument("--categories", type=Path, metavar="FILE", help="XLSX with the category tree; kept")
    parser.add_argument("--map", action="append", default=[], metavar="MEANING=COLUMN",
                        help=f"which column is what; meanings: {', '.join(reading.FIELDS)}")
    parser.add_argument("--least", type=int, metavar="N", help="fewest rows a category needs (default: by policy)")


def run(args: argparse.Namespace) -> int:
    if args.categories:
        say(_("分类树：%(count)s 个节点。") % {"count": classifying.keep_tree(args.categories)})
    if not args.train and not args.own_cases:
        say(_("请用 --train FILE 给一份标好类别的表，或用 --own-cases 从办结的工单学。"))
        return 2
    rows: list[Labelled] = []
    if args.train:
        rows += labelled(args.train, dict(pair.split("=", 1) for pair in args.map if "=" in pair))
    if args.own_cases:
        rows += own_cases()
    least = args.least if args.least is not None else int(policy("requests.train_rows_least", on=today()))
    rows = enough(rows, least)
    began = time.monotonic()
    model = classifying.learn(rows, source=args.train.name if args.train else "own cases")
    facts: dict[str, Any] = dict(model.facts)
    counted = Counter(label for _text, label in rows)
    say(_("学了 %(rows)s 件，%(classes)s 类，用了 %(seconds)s 秒。") % {
        "rows": len(rows), "classes": len(counted), "seconds": f"{time.monotonic() - began:.1f}"})
    for label, count in counted.most_common():
        say(f"  {label}  {count}")
    shown = facts.get("macro_f1")
    if shown is not None:
        say(_("交叉检验的 macro-F1：%(share)s。") % {"share": f"{float(shown):.3f}"})
    say(_("模型放在 %(path)s。") % {"path": classifying.folder()})
    return 0


def labelled(path: Path, chosen: dict[str, str]) -> list[Labelled]:
    """(title and text, category) of each row that has both, each text once. Raises `Refused`."""
    rows = reading.sheet(path)
    if not rows:
        raise Refused("empty", _("文件是空的。"))
    where = reading.columns(rows[0], chosen, needed=("text", "category"))
    found: dict[str, str] = {}
    for message in reading.messages(rows[1:], where, numbered=False):
        if isinstance(message, reading.Message) and message.category:
            found.setdefault(f"{message.title}\n{message.text}", message.category)
    return list(found.items())


def own_cases() -> list[Labelled]:
    """The newest closed requests and enquiries whose category somebody stood by, at their first level."""
    rows = Case.objects.filter(kind_code__in=["complaint", "consult"], state="closed", erased_at=None).exclude(
        category__in=["", classifying.OTHER]).order_by("-closed_at").values_list("title", "text", "category")[:OWN_MOST]
    found: dict[str, str] = {}
    for title, text, category in rows:
        found.setdefault(f"{title}\n{text}", category.partition(".")[0])
    return list(found.items())


def enough(rows: Sequence[Labelled], least: int) -> list[Labelled]:
    """The rows, if every category has `least` of them and there are two categories. Raises `Refused("too_few")`."""
    counted = Counter(label for _text, label in rows)
    thin = [f"{label}（{count}）" for label, count in counted.most_common() if count < least]
    if thin:
        raise Refused("too_few", _(
            "这些类别的件数不到 %(least)s 件，学不准：%(thin)s。请补一些，或用 --least 放低。") % {
            "least": least, "thin": "、".join(thin)})
    if len(counted) < 2:
        raise Refused("too_few", _("至少要有两个类别，每类 %(least)s 件以上，现在有 %(count)s 个类别。") % {
            "least": least, "count": len(counted)})
    return list(rows)
