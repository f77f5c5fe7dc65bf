"""Blind judging, the audience's vote apart from it, the result, objections, and its end."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from decimal import Decimal

from django.db import IntegrityError
from django.db.transaction import atomic
from django.urls import reverse
from django.utils.translation import gettext as _, gettext_lazy

from linli.foundation import audit
from linli.foundation.calendar.clock import now, today
from linli.foundation.events import emit
from linli.foundation.notices import tell
from linli.foundation.people.models import Person
from linli.foundation.people.permit import may, permit
from linli.foundation.policy import policy
from linli.foundation.privacy.retention import start_retention
from linli.foundation.web import Denied, Refused
from linli.services.activities import exhibition, households
from linli.services.activities.actions.calls import KEEP, rules_of
from linli.services.activities.models import (
    AudienceBallot,
    AudienceTurn,
    Award,
    AwardKind,
    Call,
    CallState,
    Complaint,
    ComplaintKind,
    ComplaintState,
    Juror,
    Recusal,
    Score,
    Work,
    WorkState,
)
from linli.services.activities.rules import Place, counted, ranking

JUDGE = "activities.judge"


@atomic
def ask_juror(person: Person, call: Call, who: Person) -> Juror:
    """Ask somebody to judge: not who hands in, and not who keeps the call and so reads the authors' names.

    Raises `Denied`, `Refused("is_author" | "keeps_call" | "judged")`.
    """
    row = _locked(person, call)
    if row.state not in (CallState.DRAFT, CallState.OPEN):
        raise Refused("judged", _("评选已经开始，不能再请评委。"))
    if Work.objects.filter(call=row, author=who, state=WorkState.IN).exists():
        raise Refused("is_author", _("他交了作品，不能当评委。"), field="phone")
    if may(who, KEEP, row):
        raise Refused("keeps_call", _("管征集的人看得到作者，不能当评委。请另请一位。"), field="phone")
    juror = Juror.objects.filter(call=row, person=who).first()
    if juror is None:
        juror = Juror.objects.create(call=row, person=who, order=row.jurors.count() + 1)
    elif juror.left_at is not None:
        juror.left_at = None
        juror.save(update_fields=["left_at"])
    audit.record(person, "activities.ask_juror", row, juror=juror.order)
    tell(who, gettext_lazy("请您当“%(call)s”的评委。打分只看编号，看不到作者。"), about=row,
         key=f"activities.juror.{juror.pk}", values={"call": row.title},
         url=reverse("activities:jury", args=[row.pk]))
    return juror


@atomic
def let_juror_go(person: Person, juror: Juror) -> None:
    """A juror steps down before the judging. Raises `Denied`, `Refused("judged")`."""
    row = _locked(person, juror.call)
    if row.state not in (CallState.DRAFT, CallState.OPEN):
        raise Refused("judged", _("评选已经开始，不能再换评委。"))
    juror.left_at = now()
    juror.save(update_fields=["left_at"])
    audit.record(person, "activities.let_juror_go", row, juror=juror.order)


@atomic
def start_judging(person: Person, call: Call) -> Call:
    """After the deadline: from now on nothing comes in, and the jurors see numbers and pictures.

    Raises `Denied`, `Refused("too_early" | "few_jurors" | "no_works" | "over")`.
    """
    row = _locked(person, call)
    if row.state == CallState.JUDGING:
        return row
    if row.state != CallState.OPEN:
        raise Refused("over", _("这次征集已经过了收作品的时候。"))
    if now() < row.deadline:
        raise Refused("too_early", _("还没有截止，等截止了再开始评。"))
    least = policy("activities.jurors_min", area=row.area)
    if row.jurors.filter(left_at=None).count() < least:
        raise Refused("few_jurors", _("至少要 %(least)s 位评委，请再请几位。") % {"least": least})
    if not row.works.filter(state=WorkState.IN).exists():
        raise Refused("no_works", _("还没有收到作品。"))
    row.state = CallState.JUDGING
    row.save(update_fields=["state"])
    audit.record(person, "activities.start_judging", row)
    emit("activities.judging", call=row.pk)
    return row


@atomic
def score(person: Person, call: Call, number: int, points: int) -> Score:
    """A juror's score of the work of that number. Thought again: one more row, the last one counts.

    Raises `Denied`, `Refused("not_judging" | "no_work" | "bad_points")`.
    """
    juror, work = _to_judge(person, call, number)
    if not 0 <= points <= 100:
        raise Refused("bad_points", _("分数在 0 到 100 之间。"), field="points")
    last = juror.scores.filter(work=work).order_by("-id").first()
    if last is not None and last.points == points:
        return last
    made: Score = Score.objects.create(juror=juror, work=work, points=points)
    audit.record(person, "activities.score", call, number=number)
    return made


@atomic
def recuse(person: Person, call: Call, number: int) -> Recusal:
    """The juror recognised the work and steps back; scores given before no longer count. Raises as `score`."""
    juror, work = _to_judge(person, call, number)
    made: Recusal = Recusal.objects.get_or_create(juror=juror, work=work)[0]
    audit.record(person, "activities.recuse", call, number=number)
    return made


def _to_judge(person: Person, call: Call, number: int) -> tuple[Juror, Work]:
    permit(person, JUDGE, call)
    row = Call.objects.select_for_update(of=("self",)).get(pk=call.pk)
    if row.state != CallState.JUDGING:
        raise Refused("not_judging", _("现在不是评分的时候。"))
    juror = Juror.objects.select_related("person").get(call=row, person=person, left_at=None)
    work = next((one for one in exhibition.to_judge(juror) if one.number == number), None)
    if work is None:
        raise Refused("no_work", _("没有这个编号，请看看编号对不对。"))
    return juror, work


# ── the audience ──

@atomic
def vote(person: Person, call: Call, age_class: str, number: int) -> None:
    """One vote of a verified resident in one age class. Who voted and what was chosen are never kept together.

    Raises `Denied`, `Refused("not_voting" | "not_verified" | "no_work" | "own_work" | "voted")`.
    """
    permit(person, "activities.vote", call)
    call, moment = Call.objects.select_related("area").get(pk=call.pk), now()
    if not exhibition.is_voting(call, moment):
        raise Refused("not_voting", _("现在不是投票的时候。"))
    if exhibition.is_juror(person, call):
        raise Refused("juror", _("您是这次的评委，不参加大家的投票。"))
    if not households.is_verified(person, call.area_code):
        raise Refused("not_verified", _("核实过住址的居民才能投票。请先在「我的」里填住址。"))
    work = next((one for one in exhibition.hung(call, today()) if one.number == number
                 and one.age_class == age_class), None)
    if work is None:
        raise Refused("no_work", _("请选一件作品。"), field="number")
    if work.author_id == person.pk:
        raise Refused("own_work", _("不能投自己交的作品，请选一件别的。"), field="number")
    try:
        with atomic():
            AudienceTurn.objects.create(call=call, age_class=age_class, person=person)
    except IntegrityError:
        raise Refused("voted", _("这一组您已经投过了，一人一票。")) from None
    AudienceBallot.objects.create(call=call, age_class=age_class, work=work)
    audit.record(person, "activities.vote", call, age_class=age_class)


# ── the result ──

@atomic
def announce(person: Person, call: Call) -> Call:
    """Close the judging and publish both results; the objection period begins. Twice is once.

    Raises `Denied`, `Refused("not_judging" | "still_voting" | "scores_missing")`.
    """
    row = _locked(person, call)
    if row.state == CallState.ANNOUNCED:
        return row
    if row.state != CallState.JUDGING:
        raise Refused("not_judging", _("现在不是评分的时候。"))
    if row.vote_until is not None and now() < row.vote_until:
        raise Refused("still_voting", _("大家还在投票，等投完再公布。"))
    least = policy("activities.jurors_min", area=row.area)
    short = sorted(work.number for work, points in exhibition.scores_of(row).items() if len(points) < least)
    if short:
        raise Refused("scores_missing", _("这些作品还不到 %(least)s 个有效分：%(numbers)s。") % {
            "least": least, "numbers": "、".join(str(number) for number in short[:20])})
    row.state, row.announced_at = CallState.ANNOUNCED, now()
    row.objection_until = today() + timedelta(days=policy("activities.objection_days", area=row.area))
    row.save(update_fields=["state", "announced_at", "objection_until"])
    _award(row)
    audit.record(person, "activities.announce", row, awards=row.awards.count())
    emit("activities.announced", call=row.pk)
    return row


def _award(call: Call) -> None:
    """Count both results anew; the jury's never touches the audience's."""
    rules = rules_of(call)
    Award.objects.filter(call=call).delete()
    scores = exhibition.scores_of(call)
    votes = Counter(call.ballots.values_list("work", flat=True))
    made = []
    for klass in rules.classes:
        works = {work.pk: points for work, points in scores.items() if work.age_class == klass.code}
        if not works:
            continue
        places = ranking(works, method=rules.method, cut=rules.cut, tie=rules.tie)
        made += [_row(call, klass.code, AwardKind.JURY, place, rules.prizes) for place in places]
        if call.vote_from is not None:
            tally = counted({pk: votes[pk] for pk in works})
            made += [_row(call, klass.code, AwardKind.AUDIENCE, place, [_("人气奖")] if place.points else [])
                     for place in tally]
    Award.objects.bulk_create(made)


def _row(call: Call, age_class: str, kind: str, place: Place, prizes: list[str]) -> Award:
    points = (Decimal(place.points.numerator) / Decimal(place.points.denominator)).quantize(Decimal("0.001"))
    return Award(call=call, work_id=place.work, kind=kind, age_class=age_class, rank=place.rank, points=points,
                 prize=prizes[place.rank - 1] if place.rank <= len(prizes) else "")


@atomic
def complain(person: Person, work: Work, *, kind: str, text: str) -> Complaint:
    """Doubt that a work is the author's own, or (during the objection period) the result. The same open one once.

    Raises `Denied`, `Refused("no_kind" | "no_text" | "too_late")`.
    """
    permit(person, "activities.object", work.call)
    call = work.call
    if exhibition.is_juror(person, call) and not call.are_authors_open:
        raise Denied("activities.object")
    if kind not in ComplaintKind.values:
        raise Refused("no_kind", _("请选是哪一种。"), field="kind")
    if len(text.strip()) < 6:
        raise Refused("no_text", _("请写清楚为什么，至少一句话。"), field="text")
    if kind == ComplaintKind.RESULT and (call.state != CallState.ANNOUNCED or (
            call.objection_until is not None and today() > call.objection_until)):
        raise Refused("too_late", _("对结果的异议要在公示期里提。"), field="kind")
    open_one = Complaint.objects.filter(work=work, by=person, kind=kind, state=ComplaintState.OPEN).first()
    if open_one is not None:
        found: Complaint = open_one
        return found
    row: Complaint = Complaint.objects.create(work=work, by=person, kind=kind, text=text.strip()[:500])
    audit.record(person, "activities.object", call, number=work.number, kind=kind)
    emit("activities.objected", complaint=row.pk)
    return row


@atomic
def decide(person: Person, complaint: Complaint, *, upheld: bool, answer: str) -> Complaint:
    """A person decides, with words; not who made the work, judged it or complained. Upheld: the result is counted anew.

    Raises `Denied`, `Refused("no_answer" | "own_matter" | "decided")`.
    """
    call = _locked(person, complaint.work.call)
    row: Complaint = Complaint.objects.select_for_update(of=("self",)).select_related(
        "work__author", "work__call__area", "by").get(pk=complaint.pk)
    if row.state != ComplaintState.OPEN:
        raise Refused("decided", _("这一条已经有答复了。"))
    if len(answer.strip()) < 2:
        raise Refused("no_answer", _("请写一句答复，提的人会看到。"), field="answer")
    if person.pk in (row.by_id, row.work.author_id) or call.jurors.filter(person=person).exists():
        raise Refused("own_matter", _("和自己有关的不能自己定，请换一位同事。"))
    row.state = ComplaintState.UPHELD if upheld else ComplaintState.DISMISSED
    row.answer, row.decided_by, row.decided_at = answer.strip()[:300], person, now()
    row.save(update_fields=["state", "answer", "decided_by", "decided_at"])
    if upheld and row.kind == ComplaintKind.ORIGINAL:
        Work.objects.filter(pk=row.work_id).update(state=WorkState.EXCLUDED, reason=row.answer[:200])
    if upheld and call.state == CallState.ANNOUNCED:
        _award(call)
    audit.record(person, "activities.decide_objection", call, upheld=upheld)
    for who in {one.pk: one for one in (row.by, row.work.author) if one is not None}.values():
        tell(who, gettext_lazy("关于 %(number)s 号作品的异议有了答复：%(answer)s"), about=call,
             key=f"activities.decided.{row.pk}.{who.pk}",
             values={"number": row.work.number, "answer": row.answer},
             url=reverse("activities:call", args=[call.pk]))
    return row


@atomic
def finish(person: Person, call: Call) -> Call:
    """After the objection period, with every complaint answered, the result stands. Twice is once.

    Raises `Denied`, `Refused("not_announced" | "objections")`.
    """
    row = _locked(person, call)
    if row.state == CallState.CLOSED:
        return row
    if row.state != CallState.ANNOUNCED or row.objection_until is None:
        raise Refused("not_announced", _("结果还没有公布。"))
    if today() <= row.objection_until:
        raise Refused("objections", _("公示到 %(on)s，过了才能结束。") % {"on": row.objection_until.isoformat()})
    if Complaint.objects.filter(work__call=row, state=ComplaintState.OPEN).exists():
        raise Refused("objections", _("还有异议没有答复。"))
    row.state, row.closed_at = CallState.CLOSED, now()
    row.save(update_fields=["state", "closed_at"])
    for work in row.works.all():
        start_retention(work, "activities.work", max(row.show_until, today()))
    audit.record(person, "activities.finish_call", row)
    emit("activities.call_closed", call=row.pk)
    return row


def _locked(person: Person, call: Call) -> Call:
    permit(person, KEEP, call)
    if not call.are_authors_open and exhibition.is_juror(person, call):
        raise Denied(KEEP)  # became staff after being asked to judge: the authors stay hidden
    found: Call = Call.objects.select_for_update(of=("self",)).select_related("area").get(pk=call.pk)
    return found
