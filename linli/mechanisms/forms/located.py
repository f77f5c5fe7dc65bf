"""YAML with the line of everything in it, so that a fault can be pointed at."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any

import yaml
from django.utils.translation import gettext as _

from linli.mechanisms.forms.faults import Fault, Where

SIZE_MAX = 256_000  # a form of a hundred pages is a tenth of it
DEPTH_MAX = 24
_PLAIN = (str, int, float, bool, type(None))


@dataclass
class Located:
    """What a text says. `lines` maps the way into the data to its line; dates become ISO text."""

    file: str
    data: Any = None
    lines: dict[Where, int] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)

    def blame(self, code: str, sentence: str, line: int, where: Where = ()) -> None:
        self.faults.append(Fault(code, sentence, where, self.file, line))


def read(path: Path) -> Located:
    """The file, by the safe loader alone: no tags, no anchors, no key twice. Faults are given back, never raised."""
    try:
        raw = path.read_bytes()
    except OSError as error:
        found = Located(str(path))
        found.blame("unreadable", _("读不了这个文件：%(why)s。请检查文件名和权限。") % {"why": error.strerror}, 1)
        return found
    return parse(raw, str(path))


def parse(raw: bytes | str, file: str = "") -> Located:
    """As `read`, from what was already read or typed."""
    found = Located(file)
    if isinstance(raw, str):
        raw = raw.encode()
    if len(raw) > SIZE_MAX:
        found.blame("too_big", _("文件超过 %(most)s 字节，请拆开。") % {"most": SIZE_MAX}, 1)
        return found
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        found.blame("encoding", _("不是 UTF-8 文字，请另存为 UTF-8。"), line)
        return found
    try:
        for token in yaml.scan(text, Loader=yaml.SafeLoader):
            if isinstance(token, yaml.AliasToken | yaml.AnchorToken | yaml.TagToken):
                found.blame("yaml", _("这里不能用锚点、别名和标签，请照写一遍。"), token.start_mark.line + 1)
                return found
        loader = yaml.SafeLoader(text)
        node = loader.get_single_node()
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
        why = getattr(error, "problem", None) or str(error).splitlines()[0]
        found.blame("yaml", _("写法不是 YAML：%(why)s。常见原因是缩进、冒号后没空格、引号没配对。") % {"why": why},
                    mark.line + 1 if mark else 1)
        return found
    found.data = None if node is None else _value(loader, node, (), found)
    return found


def _value(loader: yaml.SafeLoader, node: yaml.Node, where: Where, found: Located) -> Any:
    line = node.start_mark.line + 1
    found.lines.setdefault(where, line)
    if len(where) > DEPTH_MAX:
        found.blame("too_deep", _("套得太深，请拉平一些。"), line, where)
        return None
    if isinstance(node, yaml.MappingNode):
        made: dict[str, Any] = {}
        for key_node, value_node in node.value:
            # As it is written: YAML 1.1 would read the key "on" as true.
            key = str(getattr(key_node, "value", ""))
            at = (*where, key)
            if key in made:
                found.blame("twice", _("「%(key)s」写了两遍，请删掉一处。") % {"key": key},
                            key_node.start_mark.line + 1, at)
            found.lines[at] = key_node.start_mark.line + 1
            made[key] = _value(loader, value_node, at, found)
        return made
    if isinstance(node, yaml.SequenceNode):
        return [_value(loader, one, (*where, number), found) for number, one in enumerate(node.value)]
    try:
        value = loader.construct_object(node)
    except (ValueError, yaml.YAMLError):  # 2026-02-30
        value = getattr(node, "value", "")
    if isinstance(value, date | datetime):
        return value.isoformat()
    return value if isinstance(value, _PLAIN) else str(value)
