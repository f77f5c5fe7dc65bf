"""亲情代办: one person lets another act, for named rooms and a time, and either ends it at any moment.

Source: 民法典 第161条 (acting through an agent), 第165条 (what a written mandate names), 第173条 (how it ends).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db.models import Q
from django.db.transaction import atomic
from django.utils.translation import gettext as _, gettext_lazy

from linli.foundation import audit
from linli.foundation.calendar.clock import now
from linli.foundation.events import emit
from linli.foundation.notices import tell
from linli.foundation.people import limits
from linli.foundation.people.acting import Acting, running_for
from linli.foundation.people.models import Mandate, Person
from linli.foundation.people.permit import permit
from linli.foundation.people.queries import mandates_held
from linli.foundation.web.refusals import Refused


def give_mandate(person: Person, agent_phone: str, *, scope: Sequence[str], until: datetime | None = None) -> Mandate:
    """`person` asks the holder of `agent_phone` (E.164) to act for them; it begins when the agent accepts.

    Raises `Refused`: asked_too_often, agent_unknown, agent_self, scope_missing, term_past, mandate_exists.
    """
    permit(person, "people.give_mandate", person)
    allowed = limits.limit("mandates_asked_per_day")
    if not limits.count("mandates", str(person.pk), allowed, timedelta(days=1)):
        raise Refused("asked_too_often", _("今天委托的次数太多了，请明天再来，或到社区窗口办。"))
    with atomic():
        return _new(person, person, _agent(agent_phone), scope=scope, until=until, evidence=Mandate.Evidence.APP)


@atomic
def witness_mandate(person: Person, subject: Person, agent_phone: str, *, scope: Sequence[str], evidence: str,
                    note: str, until: datetime | None = None) -> Mandate:
    """Staff saw the subject's paper or heard their word, and write down what they saw.

    Raises `Denied`, and as `give_mandate`, `Refused("evidence_missing")`.
    """
    permit(person, "people.witness_mandate", subject)
    if evidence not in {Mandate.Evidence.PAPER, Mandate.Evidence.WITNESSED} or not note.strip():
        raise Refused("evidence_missing", _("请写凭据：哪天、在哪里、看到了什么。"), field="note")
    agent = _agent(agent_phone)
    if agent.pk == person.pk:
        raise Refused("own_witness", _("自己不能给自己作见证，请同事来办。"), field="phone")
    return _new(person, subject, agent, scope=scope, until=until, evidence=evidence, note=note.strip())


@atomic
def accept_mandate(person: Person, mandate: Mandate) -> Mandate:
    """The agent agrees; from now on they may act. Raises `Denied`, `Refused("mandate_over")`."""
    permit(person, "people.accept_mandate", mandate)
    if not Mandate.objects.filter(Q(until=None) | Q(until__gt=now()), pk=mandate.pk, agreed_at=None,
                                  withdrawn=None).update(agreed_at=now()):
        raise Refused("mandate_over", _("这份委托已经接受过，或已经结束了。"))
    mandate.refresh_from_db()
    audit.record(person, "people.accept_mandate", mandate, acting_for=mandate.subject)
    emit("people.mandate_accepted", mandate=mandate.pk)
    tell(mandate.subject, gettext_lazy("%(agent)s 答应替您办事了。您随时可以收回。"),
         values={"agent": mandate.agent.shown_name}, about=mandate, key=f"people.mandate.{mandate.pk}.accepted",
         url="/me/mandates/")
    return mandate


@atomic
def act_for(person: Person, subject: int) -> Acting:
    """`person` begins to act for `subject`: noted, as everything done from then on. Raises `Denied`, `Refused`."""
    held = [mandate for mandate in mandates_held(person) if mandate.subject_id == subject]
    if not held:
        raise Refused("mandate_missing", _("您现在不能替这位家人办事。请 TA 在「帮家人办、请家人办」里委托您。"))
    permit(person, "people.act_for", held[0])
    audit.record(person, "people.act_for", held[0], acting_for=held[0].subject)
    found = running_for(person, subject)
    assert found is not None  # the same rows, in the same transaction
    return found


@atomic
def withdraw_mandate(person: Person, mandate: Mandate) -> Mandate:
    """End it now; by subject, agent, or staff of the subject's place. Raises `Denied`, `Refused("mandate_over")`."""
    permit(person, "people.withdraw_mandate", mandate)
    if not Mandate.objects.filter(pk=mandate.pk, withdrawn=None).update(withdrawn=now()):
        raise Refused("mandate_over", _("这份委托已经结束了。"))
    mandate.refresh_from_db()
    audit.record(person, "people.withdraw_mandate", mandate)
    emit("people.mandate_withdrawn", mandate=mandate.pk)
    for one in (mandate.subject, mandate.agent):
        if one.pk != person.pk:
            tell(one, gettext_lazy("%(who)s 结束了一份代办委托，从现在起不再代办。"), values={"who": person.shown_name},
                 about=mandate, key=f"people.mandate.{mandate.pk}.withdrawn.{one.pk}", url="/me/mandates/")
    return mandate


def _agent(phone: str) -> Person:
    agent = Person.objects.by_phone(phone).filter(is_active=True).first()
    if agent is None:
        raise Refused("agent_unknown", _("请对方先用这个手机号登录一次，再来委托。"), field="phone")
    return agent


def _new(person: Person, subject: Person, agent: Person, *, scope: Sequence[str], until: datetime | None,
         evidence: str, note: str = "") -> Mandate:
    if agent.pk == subject.pk:
        raise Refused("agent_self", _("代办人要是另一个人。"), field="phone")
    rooms = sorted(set(scope))
    if not rooms:
        raise Refused("scope_missing", _("请至少选一件可以代办的事。"), field="scope")
    if until is not None and until <= now():
        raise Refused("term_past", _("到期日要在今天之后。"), field="until")
    Person.objects.select_for_update().get(pk=subject.pk)
    standing = Mandate.objects.filter(Q(until=None) | Q(until__gt=now()), subject=subject, agent=agent, withdrawn=None)
    if any(set(rooms) <= set(held) for held in standing.values_list("scope", flat=True)):
        raise Refused("mandate_exists", _("这些事已经委托给 TA 了。"), field="scope")
    mandate: Mandate = Mandate.objects.create(
        subject=subject, agent=agent, scope=rooms, until=until, evidence=evidence, evidence_note=note)
    verb = "people.give_mandate" if person.pk == subject.pk else "people.witness_mandate"
    audit.record(person, verb, mandate, scope=rooms, evidence=evidence)
    emit("people.mandate_given", mandate=mandate.pk)
    tell(agent, gettext_lazy("%(subject)s 想请您代办一些事。您看一看，答应了才算数。"),
         values={"subject": subject.shown_name}, about=mandate, key=f"people.mandate.{mandate.pk}.given",
         url="/me/mandates/")
    return mandate
