"""What a place asks for differently, as fields of its page: papers, fees, and questions it is often asked.

A place may ask less; more only with a basis of its own. The base stays where it is: what is typed here becomes an
overlay by the names of papers and fees (`items.overlay`), so that what everybody asks anew is asked here too.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django.forms import (
    BoundField,
    CharField,
    CheckboxSelectMultiple,
    ChoiceField,
    DecimalField,
    Form,
    IntegerField,
    MultipleChoiceField,
    Textarea,
)
from django.utils.translation import gettext as _, gettext_lazy

OWN_PAPERS, OWN_FEES, OWN_QUESTIONS = 3, 2, 4
_MEDIA = (("electronic", gettext_lazy("电子")), ("paper", gettext_lazy("纸质")))
# The ways of asking less for a paper, and what each changes; None: it is not asked here.
_LESS: dict[str, dict[str, str] | None] = {
    "later": {"need": "tolerated"}, "look_up": {"source": "shared"}, "none": None}


class Asks(Form):
    """The part of the page about papers, fees and questions. `base` is the body that counts everywhere."""

    def ask(self, base: Mapping[str, Any]) -> None:
        """Add the fields for one item."""
        self.base = base
        for one in base["local"]["materials"]:
            self.fields[f"paper_{one['key']}"] = ChoiceField(
                label=str(one["name"]), choices=[("", _("照旧")), *_ways(one)], required=False)
        for number in range(OWN_PAPERS):
            self._fields(f"own_{number}", {
                "name": CharField(label=_("材料名称"), max_length=120, required=False),
                "basis": CharField(label=_("依据（本地哪份文件、哪一条）"), max_length=400, required=False),
                "sample": CharField(label=_("样例：怎样的才行"), max_length=200, required=False),
                "original": IntegerField(label=_("原件几份"), min_value=0, max_value=20, required=False),
                "copy": IntegerField(label=_("复印件几份"), min_value=0, max_value=20, required=False),
                "medium": MultipleChoiceField(label=_("要电子的还是纸质的"), choices=_MEDIA, required=False,
                                              widget=CheckboxSelectMultiple)})
        for number, one in enumerate(base["local"].get("fees") or []):
            self._fields(f"fee_{number}", {
                "amount": DecimalField(label=_("%(name)s（元）") % {"name": one["name"]}, min_value=0,
                                       max_digits=9, decimal_places=2, required=False),
                "basis": CharField(label=_("本地依据（比各处收得多才要写）"), max_length=400, required=False)})
        for number in range(OWN_FEES):
            self._fields(f"ownfee_{number}", {
                "name": CharField(label=_("收费名称"), max_length=120, required=False),
                "amount": DecimalField(label=_("多少钱（元）"), min_value=0, max_digits=9, decimal_places=2,
                                       required=False),
                "basis": CharField(label=_("收费依据"), max_length=400, required=False),
                "reductions": CharField(label=_("谁可以少交、不交"), max_length=200, required=False)})
        for number in range(OWN_QUESTIONS):
            self._fields(f"faq_{number}", {
                "q": CharField(label=_("有人问"), max_length=200, required=False),
                "a": CharField(label=_("回答"), max_length=600, required=False,
                               widget=Textarea(attrs={"rows": 2}))})

    def _fields(self, part: str, fields: Mapping[str, Any]) -> None:
        self.fields.update({f"{part}_{name}": one for name, one in fields.items()})

    def group(self, prefix: str) -> list[list[BoundField]]:
        """The fields of each line of a part: `own`, `fee`, `ownfee`, `faq`; and `paper`, one field a line."""
        lines: dict[str, list[BoundField]] = {}
        for name in self.fields:
            if name.startswith(f"{prefix}_"):
                line = name if prefix == "paper" else "_".join(name.split("_")[:2])
                lines.setdefault(line, []).append(self[name])
        return list(lines.values())

    @property
    def papers(self) -> list[BoundField]:
        return [line[0] for line in self.group("paper")]

    @property
    def fees(self) -> list[list[BoundField]]:
        return self.group("fee")

    @property
    def own_papers(self) -> list[tuple[bool, list[BoundField]]]:
        return self._lines("own")

    @property
    def own_fees(self) -> list[tuple[bool, list[BoundField]]]:
        return self._lines("ownfee")

    @property
    def questions(self) -> list[tuple[bool, list[BoundField]]]:
        return self._lines("faq")

    def _lines(self, prefix: str) -> list[tuple[bool, list[BoundField]]]:
        """Each line with whether it has something to show."""
        return [(any(one.errors or one.value() for one in line), line) for line in self.group(prefix)]

    @staticmethod
    def of_asks(base: Mapping[str, Any], here: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
        """What the fields show of a place's body and of what it changed."""
        found: dict[str, Any] = {}
        papers = {one["key"]: one for one in here["local"]["materials"]}
        for one in base["local"]["materials"]:
            found[f"paper_{one['key']}"] = _way_of(one, papers.get(one["key"]))
        known = {one["key"] for one in base["local"]["materials"]}
        own = [one for key, one in papers.items() if key not in known]
        for number, one in enumerate(own[:OWN_PAPERS]):
            found |= {f"own_{number}_{name}": value for name, value in {
                "name": one["name"], "basis": one.get("basis"), "sample": one.get("sample"),
                "original": one["copies"].get("original"), "copy": one["copies"].get("copy"),
                "medium": one.get("medium")}.items()}
        here_fees = {one["name"]: one for one in here["local"].get("fees") or []}
        for number, one in enumerate(base["local"].get("fees") or []):
            now = here_fees.pop(one["name"], one)
            found[f"fee_{number}_amount"] = _yuan(now["amount_cents"])
            found[f"fee_{number}_basis"] = now["basis"] if now.get("basis") != one.get("basis") else ""
        for number, one in enumerate(list(here_fees.values())[:OWN_FEES]):
            found |= {f"ownfee_{number}_name": one["name"], f"ownfee_{number}_amount": _yuan(one["amount_cents"]),
                      f"ownfee_{number}_basis": one.get("basis"), f"ownfee_{number}_reductions": one.get("reductions")}
        for number, one in enumerate((changes.get("faq") or [])[:OWN_QUESTIONS]):
            found |= {f"faq_{number}_q": one["q"], f"faq_{number}_a": one["a"]}
        return found

    def clean(self) -> dict[str, Any]:
        """A line that was begun is finished."""
        given: dict[str, Any] = super().clean() or {}
        for number in range(OWN_PAPERS):
            part = f"own_{number}"
            if not self._begun(part):
                continue
            self._wanted(part, {"name": _("请写材料名称。"), "basis": _("多要一样材料，要写本地的依据。"),
                                "sample": _("请写怎样的才行，居民好准备。"), "medium": _("请选电子还是纸质。")})
            if not (given.get(f"{part}_original") or given.get(f"{part}_copy")):
                self.add_error(f"{part}_original", _("请写要几份。"))
        taken = {str(one["name"]) for one in self.base["local"].get("fees") or []}
        for number in range(OWN_FEES):
            part = f"ownfee_{number}"
            if not self._begun(part):
                continue
            self._wanted(part, {"name": _("请写收费名称。"), "amount": _("请写多少钱。"),
                                "basis": _("没有依据就不能收。请写收费依据。")})
            if given.get(f"{part}_name") in taken:
                self.add_error(f"{part}_name", _("已经有这项收费了，请在上面改，或者换个名称。"))
            taken.add(str(given.get(f"{part}_name")))
        for number in range(OWN_QUESTIONS):
            if self._begun(f"faq_{number}"):
                self._wanted(f"faq_{number}", {"q": _("请写问题。"), "a": _("请写回答。")})
        return given

    def _begun(self, part: str) -> bool:
        return any(value not in (None, "", []) for name, value in self.cleaned_data.items()
                   if name.startswith(f"{part}_")) or any(name.startswith(f"{part}_") for name in self.errors)

    def _wanted(self, part: str, sentences: Mapping[str, str]) -> None:
        for name, sentence in sentences.items():
            field = f"{part}_{name}"
            if self.cleaned_data.get(field) in (None, "", []) and field not in self.errors:
                self.add_error(field, sentence)

    def asks(self) -> dict[str, Any]:
        """What was typed as an overlay of `local`: `materials` by key, `fees` by name; only what differs."""
        given = self.cleaned_data
        papers: dict[str, Any] = {}
        for one in self.base["local"]["materials"]:
            way = given.get(f"paper_{one['key']}")
            if way:
                papers[str(one["key"])] = _LESS[way]
        for number in range(OWN_PAPERS):
            part = f"own_{number}"
            if given.get(f"{part}_name"):
                papers[f"here_{number + 1}"] = {
                    "name": given[f"{part}_name"], "need": "required", "source": "applicant",
                    "copies": {"original": given[f"{part}_original"] or 0, "copy": given[f"{part}_copy"] or 0},
                    "medium": given[f"{part}_medium"], "basis": given[f"{part}_basis"],
                    "sample": given[f"{part}_sample"]}
        fees = self._fees(given)
        return {name: value for name, value in (("materials", papers), ("fees", fees)) if value}

    def _fees(self, given: Mapping[str, Any]) -> dict[str, Any]:
        fees: dict[str, Any] = {}
        for number, one in enumerate(self.base["local"].get("fees") or []):
            amount = given.get(f"fee_{number}_amount")
            if amount is not None and _cents(amount) != one["amount_cents"]:
                fees[str(one["name"])] = {"amount_cents": _cents(amount)}
                if given.get(f"fee_{number}_basis"):
                    fees[str(one["name"])]["basis"] = given[f"fee_{number}_basis"]
        for number in range(OWN_FEES):
            part = f"ownfee_{number}"
            if given.get(f"{part}_name"):
                fees[given[f"{part}_name"]] = {
                    "amount_cents": _cents(given[f"{part}_amount"]), "basis": given[f"{part}_basis"],
                    **({"reductions": given[f"{part}_reductions"]} if given[f"{part}_reductions"] else {})}
        return fees

    def own_questions(self) -> list[dict[str, str]]:
        """The place's own questions with their answers."""
        return [{"q": self.cleaned_data[f"faq_{number}_q"], "a": self.cleaned_data[f"faq_{number}_a"]}
                for number in range(OWN_QUESTIONS) if self.cleaned_data.get(f"faq_{number}_q")]


def _ways(one: Mapping[str, Any]) -> list[tuple[str, str]]:
    """The ways of asking less for that paper."""
    ways = []
    if one.get("source") != "shared":
        if one["need"] not in ("tolerated", "promised"):
            ways.append(("later", _("可以后补")))
        ways.append(("look_up", _("不用居民交，我们去查")))
    return [*ways, ("none", _("这里不要"))]


def _way_of(base: Mapping[str, Any], here: Mapping[str, Any] | None) -> str:
    if here is None:
        return "none"
    if here.get("source") == "shared" != base.get("source"):
        return "look_up"
    return "later" if here["need"] == "tolerated" != base["need"] else ""


def _yuan(cents: int) -> Decimal:
    return (Decimal(cents) / 100).quantize(Decimal("0.01"))


def _cents(yuan: Decimal) -> int:
    return int(yuan * 100)
