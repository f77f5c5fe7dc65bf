"""Filling in: begin, save a page, add and take away members, hand in, take back, forget."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from django.db.transaction import atomic
from django.utils.translation import gettext as _

from linli.foundation import audit
from linli.foundation.calendar.clock import now, today
from linli.foundation.events import emit
from linli.foundation.files import StoredFile, attach
from linli.foundation.people.models import Person
from linli.foundation.people.permit import permit
from linli.foundation.prepared import insert_once
from linli.foundation.privacy.retention import start_retention, stop_retention
from linli.foundation.web import Refused
from linli.mechanisms.forms import values as kept, walk
from linli.mechanisms.forms.models import FormVersion, Inquiry, Sheet, SheetState

if TYPE_CHECKING:
    from django.db.models import Model

DRAFT, ANSWER = "forms.draft", "forms.answer"


@atomic
def start(person: Person, version: FormVersion, *, about: Model, subject: Person | None = None,
          for_nobody_here: bool = False) -> Sheet:
    """The sheet of `subject` (the person, where left out) about that thing: begun now, or the one begun before.

    The caller has asked whether `person` may do this; an acting person may go on with a sheet begun by another.
    `for_nobody_here`: it is for somebody without an account; then it is nobody's but the acting person's to fill, and
    nothing that is known of that person stands in it. The caller begins it once.
    """
    whose = None if for_nobody_here else subject or person
    inquiry = about if isinstance(about, Inquiry) else None
    sheet = Sheet(
        version=version, about_type=about._meta.label_lower, about_id=str(about.pk), subject=whose, actor=person,
        area=getattr(about, "area", None) or (whose or person).community, inquiry=inquiry)
    sheet.data = {"values": {}, "sources": {}, "done": []}
    if insert_once(sheet):
        audit.record(person, "forms.start", sheet, acting_for=None if whose == person else whose)
        start_retention(sheet, DRAFT)
        return sheet
    found = Sheet.objects.select_for_update().get(
        about_type=sheet.about_type, about_id=sheet.about_id, subject=whose)
    if found.actor_id != person.pk:
        found.actor = person
        found.save(update_fields=["actor"])
        audit.record(person, "forms.go_on", found, acting_for=None if whose == person else whose)
    return found


@atomic
def save_page(person: Person, sheet: Sheet, step: str, values: Mapping[str, Any], *, seen: int,
              sources: Mapping[str, str] | None = None) -> Sheet:
    """Save one step from `values` (element → typed value or text); a field that is not named there stays as it was.

    Nothing is saved where one value is wrong. Raises `Denied`, `Refused`: submitted, changed_elsewhere (another
    window saved since `seen`), no_step, invalid (with `data["errors"]`: element → sentence).
    """
    permit(person, "forms.fill", sheet)
    sheet = _open_sheet(sheet.pk, seen)
    form, on, data = sheet.definition, today(), sheet.data
    found = walk.step_of(form, data["values"], step, on=on)
    if found is None:
        raise Refused("no_step", _("这一页现在不用填了，请从核对页接着填。"))
    cleaned, errors = clean_page(sheet, found, values)
    if errors:
        raise Refused("invalid", _("有几处要改，改好再点继续。"), errors=errors)
    _files_are_own(person, sheet, found, cleaned)
    for name, value in cleaned.items():
        _put(data["values"], name, value, found)
        _put_source(data["sources"], name, value, (sources or {}).get(name))
    if found.token not in data["done"]:
        data["done"].append(found.token)
    return _saved(person, sheet, data)


def clean_page(sheet: Sheet, step: walk.Step, raw: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, str]]:
    """The values of a step and the sentences about those that cannot be taken; nothing is saved.

    A field that is not shown for what was typed is neither checked nor kept back: it simply does not count.
    """
    form, on = sheet.definition, today()
    cleaned: dict[str, Any] = {}
    errors: dict[str, str] = {}
    for one in step.page.asked:
        if one.computed is None and one.element in raw:
            try:
                cleaned[one.element] = kept.clean(form.element(one.element), raw[one.element])
            except kept.Invalid as wrong:
                errors[one.element] = str(wrong)
                cleaned[one.element] = None
    after = dict(sheet.data["values"])
    for name, value in cleaned.items():
        _put(after, name, value, step)
    facts = walk.facts_at(form, step, after, on=on)
    for one in step.page.asked:
        if one.computed is not None:
            continue
        is_shown = one in walk.shown_fields(form, step, after, on=on)
        if not is_shown:
            errors.pop(one.element, None)
        elif one.element not in raw:
            continue  # it was not on the page that was sent: its condition has only now come true
        elif cleaned[one.element] is None and one.element not in errors and walk.is_required(form, one, facts, on=on):
            errors[one.element] = _required_sentence(form.element(one.element))
    return cleaned, errors


def _required_sentence(element: Any) -> str:
    if element.options or element.type == "yes_no":
        return _("「%(label)s」请选一个。") % {"label": element.label}
    if element.is_file:
        return _("还缺「%(label)s」，请拍一张或选一个文件。") % {"label": element.label}
    return _("请填「%(label)s」。") % {"label": element.label}


@atomic
def add_member(person: Person, sheet: Sheet, page: str, *, seen: int) -> Sheet:
    """One more place on a repeated page. Raises `Refused("too_many")`."""
    sheet, found, data = _members_of(person, sheet, page, seen)
    assert found.repeat is not None
    count = walk.members(found, data["values"]) or 0
    if count >= found.repeat.max:
        raise Refused("too_many", _("最多填 %(most)s 位。") % {"most": found.repeat.max})
    _resize(data["values"], found, count + 1)
    return _saved(person, sheet, data)


@atomic
def remove_member(person: Person, sheet: Sheet, page: str, index: int, *, seen: int) -> Sheet:
    """Take one member away. Raises `Refused("too_few")`."""
    sheet, found, data = _members_of(person, sheet, page, seen)
    assert found.repeat is not None
    count = walk.members(found, data["values"]) or 0
    if count <= found.repeat.min or not 0 <= index < count:
        raise Refused("too_few", _("至少要填 %(least)s 位。") % {"least": found.repeat.min})
    for one in found.asked:
        listed = data["values"].get(one.element) or []
        if index < len(listed):
            data["values"][one.element] = [*listed[:index], *listed[index + 1:]]
    data["done"] = _without(data["done"], page, index)
    return _saved(person, sheet, data)


@atomic
def skip_members(person: Person, sheet: Sheet, page: str, *, seen: int) -> Sheet:
    """Say that there is nobody to fill in. Raises `Refused("too_few")` where somebody must be."""
    sheet, found, data = _members_of(person, sheet, page, seen)
    assert found.repeat is not None
    if found.repeat.min > 0:
        raise Refused("too_few", _("至少要填 %(least)s 位。") % {"least": found.repeat.min})
    _resize(data["values"], found, 0)
    data["done"] = [token for token in data["done"] if token.rpartition(".")[0] != page] + [f"{page}.0"]
    return _saved(person, sheet, data)


@atomic
def submit(person: Person, sheet: Sheet, *, signed_name: str, agreed: bool, seen: int,
           agreed_sensitive: bool = False) -> Sheet:
    """Hand the sheet in: once, however often it is pressed. Its hidden answers are thrown away.

    Raises `Denied`, `Refused`: changed_elsewhere, incomplete (`data["steps"]`), not_signed, not_agreed,
    not_agreed_sensitive, closed.
    """
    permit(person, "forms.fill", sheet)
    sheet = Sheet.objects.select_for_update().get(pk=sheet.pk)
    if sheet.state == SheetState.SUBMITTED:
        return sheet
    _refuse_changed(sheet, seen)
    _refuse_closed(sheet)
    form, on, data = sheet.definition, today(), sheet.data
    missing = walk.unanswered(form, data["values"], on=on, done=frozenset(data["done"]))
    if missing:
        raise Refused("incomplete", _("还有没填完的，标出来了，补上就能交。"),
                      steps=list(dict.fromkeys(step.token for step, _name in missing)))
    signed_name = " ".join(signed_name.split())[:60]
    if not signed_name:
        raise Refused("not_signed", _("请写上您的名字，当作签名。"), field="signed_name")
    if not agreed:
        raise Refused("not_agreed", _("请看过以后勾上「我看过了，填的都是真的」。"), field="agreed")
    if form.is_sensitive and not agreed_sensitive:
        raise Refused("not_agreed_sensitive", _("里面有敏感信息，要您单独同意。不同意可以不交。"),
                      field="agreed_sensitive")
    data["values"] = walk.pruned(form, data["values"], on=on)
    sheet.data = data
    sheet.signed_name, sheet.agreed_sensitive = signed_name, form.is_sensitive and agreed_sensitive
    sheet.state, sheet.submitted_at, sheet.saved_at, sheet.actor = SheetState.SUBMITTED, now(), now(), person
    sheet.seen += 1
    sheet.save()
    stop_retention(sheet, DRAFT)
    if sheet.inquiry is not None:
        start_retention(sheet, ANSWER, from_=sheet.inquiry.closes_on)
    audit.record(person, "forms.submit", sheet, acting_for=_acted_for(person, sheet), version=sheet.version_id)
    emit("forms.submitted", sheet=sheet.pk)
    return sheet


@atomic
def withdraw(person: Person, sheet: Sheet) -> Sheet:
    """Take back what was handed in, to change it and hand it in again, as long as it can be answered."""
    permit(person, "forms.fill", sheet)
    sheet = Sheet.objects.select_for_update().get(pk=sheet.pk)
    if sheet.state == SheetState.DRAFT:
        return sheet
    _refuse_closed(sheet)
    sheet.state, sheet.submitted_at, sheet.signed_name = SheetState.DRAFT, None, ""
    sheet.seen += 1
    sheet.save()
    stop_retention(sheet, ANSWER)
    start_retention(sheet, DRAFT)
    audit.record(person, "forms.withdraw", sheet, acting_for=_acted_for(person, sheet))
    return sheet


@atomic
def forget(person: Person, sheet: Sheet) -> None:
    """Throw a sheet away that was not handed in, with its files."""
    permit(person, "forms.fill", sheet)
    sheet = Sheet.objects.select_for_update().get(pk=sheet.pk)
    if sheet.state == SheetState.SUBMITTED:
        raise Refused("submitted", _("这份已经交了。要改请先收回来。"))
    from linli.mechanisms.forms.privacy import empty

    audit.record(person, "forms.forget", sheet, acting_for=_acted_for(person, sheet))
    empty(sheet)


def _acted_for(person: Person, sheet: Sheet) -> Person | None:
    return sheet.subject if sheet.subject_id not in (None, person.pk) else None


def _open_sheet(pk: int, seen: int) -> Sheet:
    sheet = Sheet.objects.select_for_update().get(pk=pk)
    if sheet.state != SheetState.DRAFT:
        raise Refused("submitted", _("这份已经交了。要改请先收回来。"))
    _refuse_changed(sheet, seen)
    _refuse_closed(sheet)
    return sheet


def _refuse_changed(sheet: Sheet, seen: int) -> None:
    if sheet.seen != seen:
        raise Refused("changed_elsewhere", _("这份表在别的窗口改过了。您刚填的都还在，核对一下再点一次。"),
                      seen=sheet.seen)


def _refuse_closed(sheet: Sheet) -> None:
    if sheet.inquiry is not None and not sheet.inquiry.is_open:
        raise Refused("closed", _("这次征询已经截止，不能再填了。想说的话可以直接找社区。"))


def _members_of(person: Person, sheet: Sheet, page: str, seen: int) -> tuple[Sheet, Any, dict[str, Any]]:
    permit(person, "forms.fill", sheet)
    sheet = _open_sheet(sheet.pk, seen)
    found = sheet.definition.page(page)
    if found is None or found.repeat is None:
        raise Refused("no_step", _("这一页现在不用填了，请从核对页接着填。"))
    return sheet, found, sheet.data


def _put(values: dict[str, Any], name: str, value: Any, step: walk.Step) -> None:
    if step.index is None:
        values[name] = value
        return
    listed = list(values.get(name) or [])
    listed += [None] * (max(step.total, step.index + 1) - len(listed))
    listed[step.index] = value
    values[name] = listed


def _put_source(sources: dict[str, str], name: str, value: Any, source: str | None) -> None:
    if source and value is not None:
        sources[name] = source[:60]
    else:
        sources.pop(name, None)


def _resize(values: dict[str, Any], page: Any, count: int) -> None:
    for one in page.asked:
        listed = list(values.get(one.element) or [])[:count]
        values[one.element] = listed + [None] * (count - len(listed))


def _without(done: list[str], page: str, index: int) -> list[str]:
    """The sent steps after one member has gone: those behind move up."""
    found: list[str] = []
    for token in done:
        key, _dot, number = token.rpartition(".")
        if key != page or int(number) < index:
            found.append(token)
        elif int(number) > index:
            found.append(f"{page}.{int(number) - 1}")
    return found


def _files_are_own(person: Person, sheet: Sheet, step: walk.Step, cleaned: Mapping[str, Any]) -> None:
    """A number of a file is taken only where the file is this sheet's, or was just sent by this person."""
    form = sheet.definition
    for one in step.page.asked:
        wanted = cleaned.get(one.element) if form.element(one.element).is_file else None
        if not wanted:
            continue
        rows = list(StoredFile.objects.filter(pk__in=wanted))
        about = (sheet._meta.label_lower, str(sheet.pk))
        fresh = [row for row in rows if row.owner_id == person.pk and not row.about_type]
        held = [row for row in rows if (row.about_type, row.about_id) == about]
        if len(fresh) + len(held) != len(set(wanted)):
            raise Refused("invalid", _("有几处要改，改好再点继续。"), errors={
                one.element: _("有一个文件不在了，请重新选一次。您写的都还在。")})
        if fresh:
            attach(person, fresh, sheet)


def _saved(person: Person, sheet: Sheet, data: dict[str, Any]) -> Sheet:
    data["values"].update(walk.computed(sheet.definition, data["values"], on=today()))
    sheet.data = data
    sheet.seen += 1
    sheet.saved_at, sheet.actor = now(), person
    sheet.save(update_fields=["content", "seen", "saved_at", "actor"])
    start_retention(sheet, DRAFT)
    return sheet
