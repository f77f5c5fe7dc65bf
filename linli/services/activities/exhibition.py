"""Which works are seen by whom: the jury by number, the audience without names, everybody after the result."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from linli.foundation.files import StoredFile
from linli.foundation.people.models import Person
from linli.services.activities.households import live_together
from linli.services.activities.models import Award, Call, CallState, Juror, Recusal, Score, Work, WorkState


def images(works: list[Work]) -> Mapping[int, StoredFile]:
    """The picture of each work, by its id. One query."""
    rows = StoredFile.objects.filter(
        about_type=Work._meta.label_lower, about_id__in=[str(one.pk) for one in works], original=None)
    return {int(row.about_id): row for row in rows.order_by("-pk")}


def to_judge(juror: Juror) -> list[Work]:
    """The works a juror scores, by number. Those of their own household are silently not among them.

    Numbers are drawn at random and the jury is told no total, so what is missing tells nothing either.
    """
    works = list(Work.objects.filter(call=juror.call_id, state=WorkState.IN).order_by("number"))
    near = live_together(juror.person_id, [one.author_id for one in works if one.author_id])
    return [one for one in works if one.author_id not in near]


def recused_of(juror: Juror) -> set[int]:
    """The works the juror stepped back from. One query."""
    return set(Recusal.objects.filter(juror=juror).values_list("work", flat=True))


def points_of(juror: Juror) -> dict[int, int]:
    """The scores of a juror that count now, by work. One query."""
    return {row.work_id: row.points for row in Score.objects.filter(juror=juror).order_by("id")}


def scores_of(call: Call) -> dict[Work, list[int]]:
    """Every judged work with the scores that count: the last of each juror who did not step back. Three queries."""
    works = list(call.works.filter(state=WorkState.IN).order_by("number"))
    recused = set(Recusal.objects.filter(juror__call=call).values_list("juror", "work"))
    last: dict[tuple[int, int], int] = {}
    for row in Score.objects.filter(juror__call=call, juror__left_at=None).order_by("id"):
        last[row.work_id, row.juror_id] = row.points
    return {work: [points for (which, juror), points in sorted(last.items()) if which == work.pk and (
        juror, work.pk) not in recused] for work in works}


def is_voting(call: Call, moment: datetime) -> bool:
    """Is the audience's vote open?"""
    return (call.state == CallState.JUDGING and call.vote_from is not None and call.vote_until is not None
            and call.vote_from <= moment < call.vote_until)


def is_juror(person: Person, call: Call) -> bool:
    """Does the person judge this call? Then the wall, the vote and the authors are closed to them until the result."""
    return Juror.objects.filter(call=call, person=person, left_at=None).exists()


def hung(call: Call, on: date) -> list[Work]:
    """The works that may be shown on that day: in the judging or awarded, and licensed. One query."""
    if call.state not in (CallState.JUDGING, CallState.ANNOUNCED, CallState.CLOSED):
        return []
    return list(call.works.filter(state=WorkState.IN, licensed_until__gte=on).order_by("age_class", "number"))


@dataclass(frozen=True)
class Hung:
    """A work on the wall: with its maker's name only after the judging."""

    work: Work
    image: StoredFile | None
    signed_as: str
    awards: list[Award]


def wall(person: Person, call: Call, on: date) -> list[Hung]:
    """The online exhibition, best first after the result. A few queries.

    A juror does not see it while judging: comparing it with the list to judge would tell what their household made.
    """
    works = [] if call.state == CallState.JUDGING and is_juror(person, call) else hung(call, on)
    pictures = images(works)
    awards: dict[int, list[Award]] = {}
    for row in Award.objects.filter(call=call) if call.are_authors_open else ():
        awards.setdefault(row.work_id, []).append(row)
    shown = [Hung(one, pictures.get(one.pk), one.signed_as if call.are_authors_open else "", awards.get(one.pk, []))
             for one in works]
    return sorted(shown, key=lambda one: (
        one.work.age_class, min((row.rank for row in one.awards if row.kind == "jury"), default=9999),
        one.work.number))


def may_see_picture(person: Person | None, work: Work, on: date) -> bool:
    """The author, who keeps the call, a juror while judging (not of their own household), and who sees the wall."""
    from linli.foundation.people.permit import may

    if person is None:
        return False
    call = work.call
    juror = Juror.objects.filter(call=call, person=person, left_at=None).first()
    if juror is not None and not call.are_authors_open:
        return call.state == CallState.JUDGING and work in to_judge(juror)
    if work.author_id == person.pk or may(person, "activities.keep_calls", call):
        return True
    return work in hung(call, on) and Call.objects.visible_to(person).filter(pk=call.pk).exists()
