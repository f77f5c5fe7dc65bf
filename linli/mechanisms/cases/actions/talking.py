"""Words, photos, nudges and neighbours: what never changes a state and never touches a clock."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.db.transaction import atomic
from django.utils.translation import gettext as _

from linli.foundation import audit
from linli.foundation.calendar.clock import now, today
from linli.foundation.events import emit
from linli.foundation.files.queries import files_of
from linli.foundation.people.models import Person
from linli.foundation.people.permit import permit
from linli.foundation.policy import policy
from linli.foundation.privacy.masks import mask_text
from linli.foundation.web import Denied, Refused
from linli.mechanisms.cases import engine, queries
from linli.mechanisms.cases.models import Case, CaseEvent, Follower, SavedView, Visibility
from linli.mechanisms.cases.parties import is_party
from linli.mechanisms.cases.reach import may_on, permit_on

MESSAGE_MAX = 2000
REPLAY = timedelta(minutes=2)
EDITABLE = frozenset({"category", "title", "place", "place_public", "urgency", "visibility"})


def written(text: str) -> str:
    """What somebody wrote, without its edges. Raises `Refused("no_text" | "too_long")`."""
    text = text.replace("\0", "").strip()
    if not text:
        raise Refused("no_text", _("请先写几个字。"), field="text")
    if len(text) > MESSAGE_MAX:
        raise Refused("too_long", _("一次最多写 %(most)s 个字，现在有 %(now)s 个字。") % {
            "most": MESSAGE_MAX, "now": len(text)}, field="text")
    return text


def _sent_before(case: Case, person: Person, name: str, text: str) -> CaseEvent | None:
    """The same words by the same person, just before this: a form sent twice. They are said once."""
    last = CaseEvent.objects.filter(case=case).order_by("-seq").first()
    if last is None or (last.name, last.actor_id) != (name, person.pk) or now() - last.at > REPLAY:
        return None
    return last if text in (last.text_public, last.text_internal) else None


@atomic
def add_note(person: Person, case: Case, text: str) -> CaseEvent:
    """An internal note: staff read it, the requester never does. Raises `Denied`, `Refused`."""
    permit_on(person, "cases.note", case, helpers=True)
    words = written(text)
    locked = engine.lock(case.pk)
    earlier = _sent_before(locked, person, "note", words)
    if earlier is not None:
        return earlier
    event = engine.append(locked, person, "note", text_internal=words)
    audit.record(person, "cases.note", locked, seq=event.seq)
    return event


@atomic
def send_message(person: Person, case: Case, text: str, *, channel: str = "app") -> CaseEvent:
    """A message between the requester and who handles it; both sides are told. Raises `Denied`, `Refused`."""
    permit_on(person, "cases.message", case, helpers=True)
    words = written(text)
    locked = engine.lock(case.pk)
    earlier = _sent_before(locked, person, "message", words)
    if earlier is not None:
        return earlier
    event = engine.append(locked, person, "message", channel=channel, text_public=words)
    audit.record(person, "cases.message", locked, acting_for=event.acting_for, seq=event.seq)
    emit("case.said", case=case.pk, event=event.pk, by=person.pk)
    return event


@atomic
def attach(person: Person, case: Case, files: list[int], *, when: str = "report", public: bool = True) -> CaseEvent:
    """Say that files belong to the case: `report`, `before` or `after` the work.

    The files room has kept them for this very case (`keep(…, about=case)`); what the work looks like is for its
    hands to show. Raises `Denied`, `Refused("no_such_file")`.
    """
    permit_on(person, "cases.attach", case, helpers=True)
    if when != "report" and not queries.is_hand(person, case):
        raise Denied("cases.attach", visible=True)
    locked = engine.lock(case.pk)
    held = set(files_of(locked).filter(pk__in=files).values_list("pk", flat=True))
    if not files or not held.issuperset(files):
        raise Refused("no_such_file", _("照片没有传上来，请再拍一次。"), field="photos")
    key = f"{when}_photos"
    before = locked.facts.get(key, [])
    facts = {**locked.facts, key: [*before, *(pk for pk in dict.fromkeys(files) if pk not in before)]}
    event = engine.append(locked, person, "attach", changes={"facts": facts},
                          data={"files": files, "when": when, "public": public})
    audit.record(person, "cases.attach", locked, acting_for=event.acting_for, when=when,
                 files=[str(pk) for pk in files])
    emit("case.attached", case=case.pk, event=event.pk, files=files)
    return event


@atomic
def change_field(person: Person, case: Case, *, seen: int | None = None, reason: str = "", **fields: Any) -> Case:
    """Correct what the case says of itself (category, title, place, urgency, visibility). Moves no clock."""
    permit_on(person, "cases.edit", case)
    locked = engine.lock(case.pk)
    engine.check_version(locked, seen)
    unknown = fields.keys() - EDITABLE
    assert not unknown, f"not editable: {unknown}"
    if "title" in fields:
        fields["title"] = mask_text(str(fields["title"]).strip())[:80]  # lists show it, as when it was opened
    changed = {name: value for name, value in fields.items() if getattr(locked, name) != value}
    if Visibility.SEALED in (changed.get("visibility"), locked.visibility) and "visibility" in changed:
        raise Refused("sealed", _("密封只由事情的类型来定，不能在这里改。"), field="visibility")
    if not changed:
        return locked
    before = {name: getattr(locked, name) for name in changed}
    engine.append(locked, person, "field", changes=changed, data={"before": before}, text_internal=reason)
    audit.record(person, "cases.edit", locked, fields=sorted(changed))
    emit("case.edited", case=case.pk, fields=sorted(changed))
    return locked


@atomic
def nudge(person: Person, case: Case, *, words: str = "") -> Case:
    """催单: raises the case in the lead's list; the third tells the supervisor; no clock moves.

    Raises `Denied`, `Refused("too_soon")` inside the pause the policy asks for, `Refused("over")`.
    """
    permit_on(person, "cases.nudge", case)
    locked = engine.lock(case.pk)
    if locked.merged_into_id:
        raise Refused("merged", _("这件事已并入另一件，一起在办，不用催。"))
    if not locked.is_open:
        raise Refused("over", _("这件事已经办结，还有问题请点「还没好」。"))
    pause_h = int(policy("cases.nudge_pause_h", on=today(), area=locked.area_code))
    last = CaseEvent.objects.filter(case=locked, name="nudge", actor=person).order_by("-seq").first()
    if last is not None and now() - last.at < timedelta(hours=pause_h):
        raise Refused("too_soon", _("刚催过了，%(hours)s 小时内只能催一次。要紧的话请打电话。") % {"hours": pause_h})
    event = engine.append(
        locked, person, "nudge", changes={"nudges": locked.nudges + 1}, text_public=words.strip()[:200])
    audit.record(person, "cases.nudge", locked, acting_for=event.acting_for, nudges=locked.nudges)
    emit("case.nudged", case=case.pk, nudges=locked.nudges, by=person.pk)
    return locked


@atomic
def remind(person: Person, case: Case, *, words: str = "") -> Case:
    """催办: a desk reminds whoever has the case (or, while nobody has it, its unit). No clock moves, no state changes.

    Raises `Denied`, `Refused`: over, own, too_soon inside the pause the policy asks for.
    """
    permit_on(person, "cases.remind", case)
    locked = engine.lock(case.pk)
    if not locked.is_open or locked.merged_into_id:
        raise Refused("over", _("这件事已经不在办了，不用催。"))
    if locked.assignee_id == person.pk:
        raise Refused("own", _("这件事在您手上，请接着办下一步。"))
    pause = timedelta(minutes=int(policy("cases.remind_pause_minutes", on=today(), area=locked.area_code)))
    last = CaseEvent.objects.filter(case=locked, name="remind").order_by("-seq").first()
    if last is not None and now() - last.at < pause:
        raise Refused("too_soon", _("%(minutes)s 分钟内催过了。要紧就打电话，或者改派。") % {
            "minutes": int(pause.total_seconds() // 60)})
    event = engine.append(locked, person, "remind", channel="desk", text_internal=words.strip()[:200])
    audit.record(person, "cases.remind", locked, seq=event.seq)
    emit("case.reminded", case=locked.pk, event=event.pk, by=person.pk)
    return locked


@atomic
def follow(person: Person, case: Case, *, words: str = "") -> Case:
    """我也遇到: adds the neighbour, who is told at each step; a second tap changes nothing. Raises `Denied`."""
    permit_on(person, "cases.follow", case)
    if not Case.objects.filter(queries.shared_q(), pk=case.pk).exists():
        raise Denied("cases.follow")
    locked = engine.lock(case.pk)
    if is_party(person, locked):
        return locked
    if not locked.is_open:
        raise Refused("over", _("这件事已经办结。还有问题，请新报一件。"))
    _row, made = Follower.objects.get_or_create(case=locked, person=person, defaults={"words": words.strip()[:300]})
    if made:
        engine.append(locked, person, "join", changes={"followers": locked.followers + 1})
        audit.record(person, "cases.follow", locked)
        emit("case.joined", case=case.pk, by=person.pk)
    return locked


@atomic
def unfollow(person: Person, case: Case) -> Case:
    """No longer told of the case; only who was told has something to end. Raises `Denied`."""
    locked = engine.lock(case.pk)
    gone, _detail = Follower.objects.filter(case=locked, person=person).delete()
    if not gone:
        if Case.objects.filter(queries.shared_q(), pk=case.pk).exists() and may_on(person, "cases.follow", case):
            return locked  # a second tap
        raise Denied("cases.unfollow")
    engine.append(locked, person, "leave", changes={"followers": max(locked.followers - 1, 0)})
    audit.record(person, "cases.unfollow", locked)
    return locked


@atomic
def record_call_try(person: Person, case: Case, *, note: str = "") -> int:
    """A 回访 call that nobody answered. Returns how many tries in different half-days there are now.

    Source: 条例 第23条; three tries in different half-days before the requester counts as unreachable (own).
    """
    permit_on(person, "cases.call_back", case)
    locked = engine.lock(case.pk)
    engine.append(locked, person, "try_call", text_internal=note.strip()[:300], data={"cycle": locked.cycle})
    audit.record(person, "cases.try_call", locked)
    return call_tries(locked)


def call_tries(case: Case) -> int:
    """How many different half-days hold an unanswered call in this cycle."""
    from django.utils.timezone import localtime

    tries = CaseEvent.objects.filter(case=case, name="try_call").values_list("at", "data")
    return len({(localtime(at).date(), localtime(at).hour < 12) for at, data in tries
                if data.get("cycle", 1) == case.cycle})


@atomic
def save_view(person: Person, *, name: str, query: str, drop: bool = False) -> None:
    """Keep one's own worklist under a name (a second time replaces it), or drop it. Raises `Refused`."""
    permit(person, "cases.worklist")
    name = name.strip()[:40]
    if not name:
        raise Refused("no_name", _("请给这个列表起个名字。"))
    if drop:
        SavedView.objects.filter(person=person, name=name).delete()
    else:
        SavedView.objects.update_or_create(person=person, name=name, defaults={"query": query[:400]})
    audit.record(person, "cases.save_view", person, dropped=drop)
