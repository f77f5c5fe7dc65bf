"""The first five days: accept, refuse in writing, or ask for everything that is missing, once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.db.transaction import atomic
from django.utils.translation import gettext as _, gettext_lazy as lazy

from linli.foundation import audit
from linli.foundation.calendar.clock import now
from linli.foundation.events import emit
from linli.foundation.people.models import Person
from linli.foundation.web import Refused
from linli.services.gov import letters
from linli.services.gov.actions.moving import step
from linli.services.gov.actions.stepping import handle, in_state, opened, tell_applicant, try_out, worded
from linli.services.gov.items.reading import spoken
from linli.services.gov.letters.forms import form_of
from linli.services.gov.models import Application
from linli.services.gov.models.deciding import Correction
from linli.services.gov.procedure import Event, Kind


@atomic
def accept(person: Person, application: Application, *, seen: int | None = None) -> Application:
    """Complete and ours: the limit begins (行政许可法 第32条第1款第5项). Pressed twice it is done once.

    Raises `Denied`, `Refused`: moved_on, changed, procedure.
    """
    row = opened(person, application, "receive", seen=None if application.state == "accepted" else seen)
    if row.state == "accepted":
        return row
    in_state(row, "submitted", "correcting")
    event = Event(now(), Kind.ACCEPTED, by=str(person.pk))
    try_out(row, event)
    step(row, person, "accept", event, state="accepted")
    handle(row, person, "receives")
    letters.write(row, "accepted", by=person)
    audit.record(person, "gov.accept", row, number=row.number)
    emit("gov.accepted", application=row.pk)
    tell_applicant(row, lazy("单号 %(number)s 已经受理，受理通知书在办事页面里。"), key="accepted")
    return row


@atomic
def refuse(person: Person, application: Application, *, reason: str, basis: str = "", elsewhere: str = "",
           seen: int | None = None) -> Application:
    """Not ours, or not a matter of this item: said in writing, dated, with why and what one can do (第32条).

    Raises `Denied`, `Refused`: moved_on, changed, no_reason, procedure (accepted by silence already).
    """
    row = opened(person, application, "receive", seen=seen)
    in_state(row, "submitted", "correcting")
    reason = worded(reason, "reason")
    event = Event(now(), Kind.REFUSED, by=str(person.pk), reasons=reason)
    try_out(row, event)
    step(row, person, "refuse", event, state="refused")
    letters.write(row, "refused", by=person, facts={
        "reason": reason, "basis": basis.strip()[:400], "elsewhere": elsewhere.strip()[:400]})
    audit.record(person, "gov.refuse", row, number=row.number)
    emit("gov.refused", application=row.pk)
    tell_applicant(row, lazy("单号 %(number)s 没有受理，为什么、不同意怎么办，都写在决定书里。"), key="refused")
    return row


def askable(row: Application) -> dict[tuple[str, str], dict[str, str]]:
    """Everything that may be asked for: (kind, key) → its name in both languages. The materials of the pinned version,
    and the questions of its form."""
    english = spoken(row.version.body, "en")["local"]["materials"]
    found = {("material", one["key"]): {"zh": one["name"], "en": other["name"]}
             for one, other in zip(row.version.body["local"]["materials"], english, strict=True)}
    definition = form_of(row.version)
    if definition is not None:
        for page in definition.pages:
            for one in page.asked:
                if one.computed is None:
                    element = definition.element(one.element)
                    found["element", one.element] = {"zh": element.title, "en": element.title_en or element.title}
    return found


def needs_of(row: Application, needs: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The ticked lines of a checklist, looked up in the version. Raises `Refused`: nothing, unknown, no_reason."""
    if not needs:
        raise Refused("nothing", _("请至少勾一样要补的，并写明补什么。"), field="needs")
    known = askable(row)
    found: list[dict[str, Any]] = []
    for one in needs:
        which = (str(one.get("kind", "")), str(one.get("key", "")))
        if which not in known:
            raise Refused("unknown", _("只能要这件事本来就要的材料和内容，不能另外加。"), field="needs")
        if len(str(one.get("sentence", "")).strip()) < 2:
            raise Refused("no_reason", _("「%(name)s」要补什么，请写一句，例如：照片不清楚，重拍一张。") % {
                "name": known[which]["zh"]}, field="needs", which=which)
        found.append({"kind": which[0], "key": which[1], "name": known[which],
                      "sentence": str(one["sentence"]).strip()[:300]})
    return found


def letter_rows(needs: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The checklist as the letter prints it."""
    return [{"name": one["name"], "lines": [one["sentence"]]} for one in needs]


@atomic
def ask_corrections(person: Person, application: Application, *, needs: Sequence[Mapping[str, Any]],
                    seen: int | None = None) -> Correction:
    """Say once, and all at once, what is still missing (第32条第1款第4项); the clock rests until it is there.

    Raises `Denied`, `Refused`: moved_on, changed, asked, nothing, unknown, no_reason, procedure (after five working
    days it counts as accepted, and nothing more can be asked).
    """
    row = opened(person, application, "receive", seen=seen)
    if Correction.objects.filter(application=row).exists():
        raise Refused("asked", _("补正已经一次告知过了，不能再要别的。材料够就受理，不够就按现有的决定。"))
    in_state(row, "submitted")
    found = needs_of(row, needs)
    event = Event(now(), Kind.CORRECTIONS_ASKED, by=str(person.pk))
    try_out(row, event)
    step(row, person, "ask_corrections", event, state="correcting")
    letter = letters.write(row, "corrections", by=person, facts={"needs": letter_rows(found)})
    correction: Correction = Correction.objects.create(
        application=row, area=row.area, needs=found, asked_by=person, letter=letter)
    audit.record(person, "gov.ask_corrections", row, number=row.number, count=len(found))
    emit("gov.corrections_asked", application=row.pk)
    tell_applicant(row, lazy("单号 %(number)s 还缺几样，一次列全了。补上就接着办，不用重填。"), key="corrections")
    return correction


def note_corrected(application: Application, *, by: Person | None) -> Correction | None:
    """What was asked for has come: written down beside the request, with a receipt. Called inside the transaction in
    which the corrections are handed in. Twice is once; None where nothing had been asked."""
    correction: Correction | None = Correction.objects.filter(application=application).first()
    if correction is None or correction.answered_at is not None:
        return correction
    correction.answered_at = now()
    correction.save(update_fields=["answered_at"])
    letters.write(application, "corrected", by=by)
    return correction
