"""Applications as newcomers find them: one just begun, one waiting for corrections, in review, refused in the end,
withdrawn, delivered; and a newborn's five items from one form, the first of them done. All by the usual actions."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from linli.foundation.calendar.clock import today
from linli.foundation.people.models import Person
from linli.mechanisms.forms import actions as forms, walk
from linli.mechanisms.forms.definition import Definition, Field
from linli.mechanisms.forms.models import Sheet
from linli.services.gov import listeners, papers_needed
from linli.services.gov.actions import applying, deciding, rating
from linli.services.gov.actions.stepping import done_steps, next_review
from linli.services.gov.models import Application, Filing, Way

_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_STREET = {"street", "district"}


def furnish(demo: Any) -> None:
    """A handful; of the small demo the four that show the most."""
    _begun(demo)
    _delivered(demo)
    _correcting(demo)
    _submitted(demo)
    if not demo.small:
        _reviewed(demo)
        _denied(demo)
        _withdrawn(demo)
        _newborn(demo)


def id_number(born: date, serial: int) -> str:
    """A number whose check digit is right, of a district that does not exist."""
    body = f"330199{born:%Y%m%d}{serial % 1000:03d}"
    return body + "10X98765432"[sum(int(one) * by for one, by in zip(body, _WEIGHTS, strict=True)) % 11]


def _value(form: Definition, name: str, person: Person, number: int, given: dict[str, Any]) -> Any:
    if name in given:
        return given[name]
    element = form.element(name)
    if element.options:
        value = element.options[0].value
        return [value] if element.type == "choices" else value
    if name.endswith("account"):
        return "6222020200112230012"
    born = date((person.birth_year or 1980), 5, 20)
    if name.startswith("child."):
        born = today() - timedelta(days=9)
    return {
        "yes_no": True, "date": born if "birth" in name else today() - timedelta(days=30), "number": 1,
        "money": 20_000, "phone": "13811112222", "id_number": id_number(born, number), "credit_code": "",
    }.get(element.type, _name(name, person) if "name" in name else "梧桐苑 3 号楼 502 室")


def _name(element: str, person: Person) -> str:
    if element.startswith("bank"):
        return "示例银行梧桐支行"
    return person.name[:1] + "小满" if element.startswith("child") else person.name


def fill(person: Person, thing: Application | Filing, *, pages: int = 80, number: int = 17, **given: Any) -> None:
    """Answer page by page, at most `pages` of them."""
    assert thing.sheet_id is not None, "begun with its form"
    sheet = Sheet.objects.select_related("version").get(pk=thing.sheet_id)
    answers = {name.replace("__", "."): value for name, value in given.items()}
    whose = thing.subject or person
    for _page in range(pages):
        form = sheet.definition
        missing = walk.unanswered(form, sheet.values, on=today(), done=frozenset(sheet.data["done"]))
        if not missing:
            return
        step = missing[0][0]
        shown = [one for one in walk.shown_fields(form, step, sheet.values, on=today())
                 if isinstance(one, Field) and one.computed is None and not form.element(one.element).is_file]
        values = {one.element: _value(form, one.element, whose, number, answers) for one in shown}
        sheet = forms.save_page(person, sheet, step.token, values, seen=sheet.seen)


def _handed_in(person: Person, slug: str, **more: Any) -> Application:
    thing = applying.begin(person, item=slug, **more)
    assert isinstance(thing, Application), slug
    fill(person, thing)
    for need in papers_needed.unsettled(thing):
        applying.bring(person, thing, need.key, way=Way.WINDOW)
    _sign(person, thing)
    return applying.hand_in(person, thing)[0]


def _sign(person: Person, thing: Application | Filing) -> None:
    assert thing.sheet_id is not None, "begun with its form"
    sheet = Sheet.objects.get(pk=thing.sheet_id)
    forms.submit(person, sheet, signed_name=thing.for_whom or person.name, agreed=True, agreed_sensitive=True,
                 seen=sheet.seen)


def _decide(demo: Any, row: Application, *, granted: bool, reasons: str = "") -> None:
    """Reviewed by one, decided by another."""
    _review(demo, row)
    level = row.version.body["local"]["level"]
    head = demo.people("street_leader" if level in _STREET else "community_head")[0]
    deciding.decide(head, row, granted=granted, reasons=reasons)


def _review(demo: Any, row: Application) -> None:
    while (turn := next_review(row, done_steps(row))) is not None:
        deciding.advance(demo.people("worker")[0], row, step=str(turn["key"]), note="材料和情况对得上")


def _begun(demo: Any) -> None:
    """林女士 began the newborn's form last night and put it aside."""
    lin = demo.stars["resident"]
    with demo.days_ago(1, hour=21):
        filing = applying.begin(lin, item="newborn")
        fill(lin, filing, pages=1)


def _delivered(demo: Any) -> None:
    lin, receiver = demo.stars["resident"], demo.people("worker")[1]
    with demo.days_ago(13, hour=10):
        row = _handed_in(lin, "residence-proof")
    with demo.days_ago(13, hour=14):
        deciding.accept(receiver, row)
        _decide(demo, row, granted=True)
    with demo.days_ago(13, hour=16):
        deciding.deliver(receiver, row, how="online")
        listeners.on_delivered(application=row.pk)
    with demo.days_ago(11, hour=20):
        rating.rate(lin, row, grade="5", reasons=["quick", "one_trip"])


def _correcting(demo: Any) -> None:
    """At the counter with an elder: one of the papers was not legible."""
    elder, clerk, receiver = demo.stars["elder"], demo.people("worker")[0], demo.people("worker")[1]
    with demo.days_ago(3, hour=9):
        row = _handed_in(clerk, "gaoling-jintie", subject=elder, channel="window", area=demo.area)
    with demo.days_ago(2, hour=16):
        deciding.ask_corrections(receiver, row, needs=[
            {"kind": "material", "key": "bank_card", "sentence": "卡号拍糊了，请再拍一张有卡号的一面。"}])


def _submitted(demo: Any) -> None:
    with demo.days_ago(0, hour=8.5):
        _handed_in(demo.resident(11), "volunteer-proof")


def _reviewed(demo: Any) -> None:
    """Waits for the decision."""
    with demo.days_ago(6, hour=11):
        row = _handed_in(demo.resident(23), "gaoling-jintie")
    with demo.days_ago(5, hour=10):
        deciding.accept(demo.people("worker")[1], row)
    with demo.days_ago(3, hour=15):
        _review(demo, row)


def _denied(demo: Any) -> None:
    with demo.days_ago(20, hour=9):
        row = _handed_in(demo.resident(31), "senior-card")
    with demo.days_ago(19, hour=9):
        deciding.accept(demo.people("worker")[1], row)
    with demo.days_ago(18, hour=15):
        _decide(demo, row, granted=False, reasons="申请人还没满办法规定的年龄，到年龄以后可以再申请，不用再交材料。")


def _withdrawn(demo: Any) -> None:
    person = demo.resident(57)
    with demo.days_ago(9, hour=19):
        row = _handed_in(person, "family-doctor")
    with demo.days_ago(8, hour=8):
        applying.withdraw(person, row, reason="下个月要搬去女儿家，到那边再签")
        listeners.on_stopped(application=row.pk)


def _newborn(demo: Any) -> None:
    """One form for five items: the birth certificate is delivered, what waited for it came after by itself."""
    person, receiver = demo.resident(5), demo.people("worker")[1]
    with demo.days_ago(10, hour=20):
        filing = applying.begin(person, item="newborn")
        assert isinstance(filing, Filing), "a bundle"
        fill(person, filing)
        _sign(person, filing)
        first = next(row for row in applying.hand_in(person, filing) if row.number)
    with demo.days_ago(9, hour=9):
        deciding.accept(receiver, first)
    with demo.days_ago(8, hour=14):
        _decide(demo, first, granted=True)
    with demo.days_ago(8, hour=16):
        deciding.deliver(receiver, first, how="window")
        listeners.on_delivered(application=first.pk)
