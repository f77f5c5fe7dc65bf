"""好差评: a matter is graded once by who it was for; a bad grade is called back by somebody who had no part in it.

Source: 国办发〔2019〕51号 (its text was not at hand: see policy/rating.yaml).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from django.core import signing
from django.db import IntegrityError
from django.db.transaction import atomic
from django.urls import reverse
from django.utils.translation import get_language, gettext as _, gettext_lazy as lazy

from linli.foundation import audit, calendar
from linli.foundation.areas.models import Area
from linli.foundation.calendar.clock import now
from linli.foundation.events import emit
from linli.foundation.notices import tell
from linli.foundation.people.models import Person, RoleAssignment
from linli.foundation.people.permit import permit
from linli.foundation.people.queries import running
from linli.foundation.policy import policy
from linli.foundation.web import Denied, Refused
from linli.services.gov.letters.papers import RATE_SALT
from linli.services.gov.models import Application
from linli.services.gov.models.deciding import Decision, Handling
from linli.services.gov.models.letters import BAD, Grade, Rating

OVER = ("delivered", "refused", "withdrawn")
OUTCOMES = ("mended", "explained", "not_so", "unreached")
WORDS_MOST = 500


def offered(application: Application) -> bool:
    """May it be graded now? It is over, was not graded, and not too long ago."""
    if application.state not in OVER or Rating.objects.filter(application=application).exists():
        return False
    days = int(policy("gov.rating_open_days", area=application.area))
    since = application.case.closed_at if application.case else None
    return since is None or now() <= since + timedelta(days=days)


def reasons_offered(area: Area, grade: str = "") -> list[tuple[str, str]]:
    """The reasons to tick, those of a bad grade or of a good one; of both where no grade is given."""
    known = policy("gov.rating_reasons", area=area)
    which = ("good", "bad") if not grade else ("bad",) if grade in BAD else ("good",)
    return [(one["code"], words(one)) for kind in which for one in known[kind]]


def words(given: dict[str, str]) -> str:
    """A reason in the reader's language."""
    return given["en"] if (get_language() or "").startswith("en") else given["zh"]


def application_of(token: str) -> Application | None:
    """The application of a printed slip; None for a code that we did not print."""
    try:
        pk = signing.loads(token, salt=RATE_SALT)
    except signing.BadSignature:
        return None
    found: Application | None = Application.objects.select_related(
        "version__item", "area", "case", "subject", "actor").filter(pk=pk).first()
    return found


def rate(person: Person | None, application: Application, *, grade: str, reasons: Sequence[str] = (), text: str = "",
         token: str = "", channel: str = "app") -> Rating:
    """Grade a matter, once; `token` is the code of the printed slip, for who has no account.

    Raises `Denied`, `Refused`: rated, not_over, no_grade, no_reason (a bad grade says at least one).
    """
    slip = application_of(token) if token else None
    if slip is None or slip.pk != application.pk:
        permit(person, "gov.rate", application)
    if grade not in Grade.values:
        raise Refused("no_grade", _("请选一个评价。"), field="grade")
    known = {code for code, _title in reasons_offered(application.area)}
    picked, text = [one for one in dict.fromkeys(reasons) if one in known], text.strip()[:WORDS_MOST]
    if grade in BAD and not picked and not text:
        raise Refused("no_reason", _("哪里不好，请勾一样或写一句，我们才知道怎么改。"), field="reasons")
    try:
        with atomic():
            return _kept(person, application, grade, picked, text, channel)
    except IntegrityError:
        raise Refused("rated", _("这件事已经评过了，谢谢您。")) from None


def _kept(person: Person | None, application: Application, grade: str, picked: list[str], text: str,
          channel: str) -> Rating:
    row: Application = Application.objects.select_for_update(of=("self",)).select_related("area", "case").get(
        pk=application.pk)
    if Rating.objects.filter(application=row).exists():
        raise Refused("rated", _("这件事已经评过了，谢谢您。"))
    if not offered(row):
        raise Refused("not_over", _("办完以后才能评，办完 %(days)s 天内都可以。") % {
            "days": policy("gov.rating_open_days", area=row.area)})
    due = None
    if grade in BAD:
        limit_s, name = calendar.seconds(policy("gov.rating_call_back_limit", area=row.area)["normal"])
        due = calendar.due_or_provisional(now(), limit_s, name).at
    rating: Rating = Rating.objects.create(
        application=row, area=row.area, grade=grade, reasons=picked, words=text, by=person, channel=channel,
        call_back_due=due)
    audit.record(person, "gov.rate", rating, grade=grade)
    emit("gov.rated", rating=rating.pk, bad=rating.is_bad)
    if rating.is_bad:
        _tell_heads(rating)
    return rating


def _tell_heads(rating: Rating) -> None:
    heads = RoleAssignment.objects.filter(running(), role="community_head", area=rating.area).select_related("person")
    for held in heads.order_by("pk"):
        tell(held.person, lazy("有一件办事得了差评。请安排没经手的同事回访，到期会再提醒。"), about=rating,
             key=f"gov.rated.{rating.pk}.{held.person_id}", url=reverse("gov:rating", args=[rating.pk]))


def remind_of_call_backs(most: int = 200) -> int:
    """A bad grade that nobody called back in time: the heads hear of it once more. Returns how many are late."""
    late = Rating.objects.filter(called_at=None, call_back_due__lt=now())
    rows = list(late.select_related("area").order_by("call_back_due")[:most])
    for rating in rows:
        heads = RoleAssignment.objects.filter(running(), role="community_head", area=rating.area)
        for held in heads.select_related("person").order_by("pk"):
            tell(held.person, lazy("有一件差评过了回访期限还没回访。请今天安排没经手的同事打电话。"), about=rating,
                 key=f"gov.call_back.{rating.pk}.{held.person_id}", url=reverse("gov:rating", args=[rating.pk]))
    return len(rows)


def took_part(person: Person, application: Application) -> bool:
    """Did `person` file, handle or decide it?"""
    return person.pk in (application.actor_id, application.subject_id) or Handling.objects.filter(
        application=application, by=person).exists() or Decision.objects.filter(
            application=application, decided_by=person).exists()


@atomic
def call_back(person: Person, rating: Rating, *, outcome: str, note: str) -> Rating:
    """Somebody spoke to who graded it badly and writes down what came of it. Nobody who had a part in the matter.

    Raises `Denied`, `Refused`: not_bad, called, no_outcome, no_reason.
    """
    row: Rating = Rating.objects.select_for_update(of=("self",)).select_related("area", "application").get(pk=rating.pk)
    permit(person, "gov.call_back", row)
    if took_part(person, row.application):
        raise Denied("gov.call_back", visible=True)
    if not row.is_bad:
        raise Refused("not_bad", _("只有差评要回访。"))
    if row.called_at is not None:
        raise Refused("called", _("这条差评已经回访过了。"))
    if outcome not in OUTCOMES:
        raise Refused("no_outcome", _("请选一个回访结果。"), field="outcome")
    if len(note.strip()) < 4:
        raise Refused("no_reason", _("请写一句回访时说了什么、改了什么。"), field="note")
    row.called_by, row.called_at, row.outcome, row.call_note = person, now(), outcome, note.strip()[:2000]
    row.save(update_fields=["called_by", "called_at", "outcome", "call_note"])
    audit.record(person, "gov.call_back", row, outcome=outcome)
    return row


def told(rating: Rating) -> list[str]:
    """The ticked reasons in words."""
    known: dict[str, Any] = dict(reasons_offered(rating.area))
    return [known.get(code, code) for code in rating.reasons]
