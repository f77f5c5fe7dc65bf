"""Answers for any form of the catalogue: for each question something its element takes, page by page."""

from __future__ import annotations

from datetime import date
from typing import Any

from linli.foundation.calendar.clock import today
from linli.foundation.people.models import Person
from linli.foundation.web import Refused
from linli.mechanisms.forms import actions as forms, walk
from linli.mechanisms.forms.definition import Definition
from linli.mechanisms.forms.models import Sheet
from linli.services.gov.models import Application, Filing

CARD = "6222020200112230012"
ID_OF_80 = "330106194401010022"


def answer(form: Definition, name: str, given: dict[str, Any]) -> Any:
    """A value that the element takes."""
    if name in given:
        return given[name]
    if name.endswith("account"):
        return CARD
    element = form.element(name)
    if element.options:
        value = element.options[0].value
        return [value] if element.type == "choices" else value
    return {
        "yes_no": True, "date": date(1944, 1, 1) if "birth" in name else today(), "number": 1, "money": 10_000,
        "phone": "13811112222", "id_number": ID_OF_80, "credit_code": "91330106MA27XXXX0X",
    }.get(element.type, "林小青" if "name" in name else "梧桐里 3 号楼 1 单元 502 室")


def fill(person: Person, thing: Application | Filing, **given: Any) -> Sheet:
    """Fill every step of the sheet of `thing`."""
    answers = {name.replace("__", "."): value for name, value in given.items()}
    sheet = Sheet.objects.get(pk=thing.sheet_id)
    for _turn in range(80):
        form = sheet.definition
        missing = walk.unanswered(form, sheet.values, on=today(), done=frozenset(sheet.data["done"]))
        if not missing:
            return sheet
        step = missing[0][0]
        shown = [one for one in walk.shown_fields(form, step, sheet.values, on=today())
                 if getattr(one, "element", None) and one.computed is None]  # type: ignore[union-attr]
        values = {one.element: answer(form, one.element, answers) for one in shown
                  if not form.element(one.element).is_file}
        try:
            sheet = forms.save_page(person, sheet, step.token, values, seen=sheet.seen)
        except Refused as refusal:
            raise AssertionError((step.token, refusal.data)) from refusal
    raise AssertionError(f"never ends: {missing}")


def sign(person: Person, thing: Application | Filing) -> Sheet:
    """Read it back, sign it, agree."""
    sheet = Sheet.objects.get(pk=thing.sheet_id)
    return forms.submit(person, sheet, signed_name=person.name or "代填", agreed=True, agreed_sensitive=True,
                        seen=sheet.seen)

