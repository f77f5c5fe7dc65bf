"""The desk's own forms: drafted by one, looked at and published by another."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db.transaction import atomic
from django.utils.translation import gettext as _

from linli.foundation import audit
from linli.foundation.areas.models import Area
from linli.foundation.calendar.clock import now
from linli.foundation.events import emit
from linli.foundation.people.models import Person
from linli.foundation.people.permit import permit
from linli.foundation.records import new_id
from linli.foundation.web import Refused
from linli.mechanisms.forms import versions
from linli.mechanisms.forms.definition import digest_of, faults_of
from linli.mechanisms.forms.models import OWN_ROOM, DraftState, Form, FormDraft, FormVersion


@atomic
def begin_form(person: Person, area: Area, *, title: str, title_en: str = "") -> FormDraft:
    """A new form of a place with one empty page. Raises `Denied`, `Refused("no_title")`."""
    permit(person, "forms.design", area)
    title = " ".join(title.split())[:80]
    if not title:
        raise Refused("no_title", _("请给表起个名字。"), field="title")
    key = f"desk.{new_id()}"
    form = Form.objects.create(key=key, room=OWN_ROOM, area=area, title=title)
    body: dict[str, Any] = {"key": key, "title": title, "pages": [
        {"key": "page-1", "title": title[:30], "fields": []}]}
    if title_en.strip():
        body["title_en"] = title_en.strip()[:120]
    draft = FormDraft.objects.create(form=form, body=body, edited_by=person)
    audit.record(person, "forms.begin", form)
    return draft


@atomic
def open_draft(person: Person, form: Form) -> FormDraft:
    """The draft of a form, made from its newest version where nobody is changing it."""
    permit(person, "forms.design", form)
    form = Form.objects.select_for_update().get(pk=form.pk)
    found = FormDraft.objects.filter(form=form).first()
    if found is not None:
        return found
    newest = form.published
    assert newest is not None, "a form without a version has a draft"
    return FormDraft.objects.create(form=form, body=newest.body, edited_by=person)


@atomic
def change_draft(person: Person, draft: FormDraft, body: Mapping[str, Any], *, seen: int) -> FormDraft:
    """Keep a changed body, sound or not. What waited for a colleague is being changed again.

    Raises `Denied`, `Refused("changed_elsewhere")`.
    """
    permit(person, "forms.design", draft)
    draft = _fresh(draft, seen)
    draft.body = {**body, "key": draft.form.key}
    draft.state, draft.asked_by, draft.edited_by, draft.edited_at = DraftState.EDITING, None, person, now()
    draft.seen += 1
    draft.save()
    audit.record(person, "forms.change", draft.form)
    return draft


@atomic
def ask_to_publish(person: Person, draft: FormDraft, *, note: str, seen: int) -> FormDraft:
    """Hand the draft to a colleague. Raises `Denied`, `Refused`: changed_elsewhere, not_sound, nothing_new, no_note."""
    permit(person, "forms.design", draft)
    draft = _fresh(draft, seen)
    if draft.state == DraftState.WAITING:
        return draft
    _refuse_unsound(draft)
    newest = draft.form.published
    if newest is not None and digest_of(newest.body) == digest_of(draft.body):
        raise Refused("nothing_new", _("和现在用的一版一样，没有什么要发布的。"))
    note = " ".join(note.split())[:200]
    if newest is not None and not note:
        raise Refused("no_note", _("请写一句改了什么，同事好核对。"), field="note")
    draft.state, draft.asked_by, draft.note, draft.answer = DraftState.WAITING, person, note, ""
    draft.seen += 1
    draft.save()
    audit.record(person, "forms.ask", draft.form)
    emit("forms.asked", draft=draft.pk)
    return draft


@atomic
def publish(person: Person, draft: FormDraft, *, seen: int) -> FormVersion:
    """Agree to what a colleague prepared: it becomes the next version and never changes again.

    Raises `Denied`, `Refused`: changed_elsewhere, not_waiting, same_person, not_sound.
    """
    permit(person, "forms.publish", draft)
    draft = _fresh(draft, seen)
    if draft.state != DraftState.WAITING:
        raise Refused("not_waiting", _("这张表还没有交给您看，或者又在改了。"))
    if person.pk in (draft.asked_by_id, draft.edited_by_id):
        raise Refused("same_person", _("这是您自己改的，要请另一位同事看过再发布。"))
    _refuse_unsound(draft)
    form, prepared_by = draft.form, draft.asked_by
    version = versions.keep(form.key, draft.body, room=OWN_ROOM, area=form.area, by=prepared_by, agreed_by=person,
                            note=draft.note)
    draft.delete()
    audit.record(person, "forms.publish", form, version=version.number)
    emit("forms.published", version=version.pk)
    return version


@atomic
def send_back(person: Person, draft: FormDraft, *, answer: str, seen: int) -> FormDraft:
    """Hand it back with what to change. Raises `Denied`, `Refused`: changed_elsewhere, not_waiting, no_reason."""
    permit(person, "forms.publish", draft)
    draft = _fresh(draft, seen)
    if draft.state != DraftState.WAITING:
        raise Refused("not_waiting", _("这张表还没有交给您看，或者又在改了。"))
    answer = " ".join(answer.split())[:200]
    if not answer:
        raise Refused("no_reason", _("请写一句要改什么。"), field="answer")
    draft.state, draft.answer = DraftState.SENT_BACK, answer
    draft.seen += 1
    draft.save()
    audit.record(person, "forms.send_back", draft.form)
    emit("forms.sent_back", draft=draft.pk)
    return draft


@atomic
def drop_draft(person: Person, draft: FormDraft, *, seen: int) -> bool:
    """Throw the draft away; a form that was never published goes with it. Was the form kept?"""
    permit(person, "forms.design", draft)
    draft = _fresh(draft, seen)
    form = draft.form
    is_kept = form.versions.exists()
    audit.record(person, "forms.drop_draft", form)
    draft.delete()
    if not is_kept:
        form.delete()
    return is_kept


def _fresh(draft: FormDraft, seen: int) -> FormDraft:
    found = FormDraft.objects.select_for_update().filter(pk=draft.pk).first()
    if found is None:
        raise Refused("gone", _("这份草稿已经发布或扔掉了，请回到表的页面看看。"))
    if found.seen != seen:
        raise Refused("changed_elsewhere", _("有同事刚改过这张表。请先看看现在的样子，再改一次。"))
    return found


def _refuse_unsound(draft: FormDraft) -> None:
    faults = faults_of(draft.body)
    if faults:
        raise Refused("not_sound", _("还有 %(count)s 处要改，改好才能发布。") % {"count": len(faults)},
                      faults=[str(fault) for fault in faults])
