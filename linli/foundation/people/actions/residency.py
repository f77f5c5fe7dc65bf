"""住在哪: the resident says so, staff check it, it ends when somebody moves."""

from __future__ import annotations

from django.db import IntegrityError
from django.db.transaction import atomic
from django.utils.translation import gettext as _, gettext_lazy

from linli.foundation import audit
from linli.foundation.areas.models import Home
from linli.foundation.calendar.clock import now
from linli.foundation.events import emit
from linli.foundation.notices import tell
from linli.foundation.people.models import Person, Residency
from linli.foundation.people.permit import permit
from linli.foundation.web.refusals import Refused


@atomic
def claim_residency(person: Person, home: Home, *, bond: str, note: str = "") -> Residency:
    """Say that one lives in `home`. Raises `Denied`, `Refused("already_claimed")`."""
    permit(person, "people.claim_residency", home)
    if bond not in Residency.Bond.values:
        raise Refused("bond_missing", _("请选您是业主、租户，还是家人。"), field="bond")
    try:
        with atomic():
            claim = Residency.objects.create(
                person=person, home=home, area_id=home.area_id, bond=bond, note=note.strip())
    except IntegrityError:
        raise Refused("already_claimed", _("这一户您已经登记过了，不用再填。"), field="home") from None
    audit.record(person, "people.claim_residency", claim, bond=bond)
    emit("people.residency_claimed", residency=claim.pk)
    return claim


@atomic
def confirm_residency(person: Person, residency: Residency) -> Residency:
    """Staff found it true. Raises `Denied`, `Refused("already_decided")`, `Refused("own_claim")`."""
    return _decide(person, residency, Residency.State.CONFIRMED, note="")


@atomic
def reject_residency(person: Person, residency: Residency, *, reason: str) -> Residency:
    """Staff could not confirm it, and say why and what would help. Raises as `confirm_residency`."""
    if not reason.strip():
        raise Refused("reason_missing", _("请写一句为什么没核实上、补什么就行。"), field="reason")
    return _decide(person, residency, Residency.State.REJECTED, note=reason.strip())


def _decide(person: Person, residency: Residency, state: str, *, note: str) -> Residency:
    permit(person, "people.decide_residency", residency)
    if residency.person_id == person.pk:
        raise Refused("own_claim", _("自己的登记要请同事核实。"))
    row: Residency = Residency.objects.select_for_update().get(pk=residency.pk)
    if row.state != Residency.State.CLAIMED:
        raise Refused("already_decided", _("这条登记已经有人处理了，请刷新后再看。"))
    row.state, row.decided_at, row.decided_by = state, now(), person
    row.note = note or row.note
    row.save(update_fields=["state", "decided_at", "decided_by", "note"])
    confirmed = state == Residency.State.CONFIRMED
    audit.record(person, "people.confirm_residency" if confirmed else "people.reject_residency", row)
    if confirmed:
        emit("people.residency_confirmed", residency=row.pk)
        sentence, values = gettext_lazy("您的住址核实好了：%(home)s。"), {"home": str(row.home)}
    else:
        emit("people.residency_rejected", residency=row.pk)
        sentence = gettext_lazy("您登记的住址还没核实上：%(reason)s。补上以后再登记一次就行。")
        values = {"reason": note}
    tell(row.person, sentence, values=values, about=row, key=f"people.residency.{row.pk}.{state}", url="/me/residency/")
    return row


@atomic
def end_residency(person: Person, residency: Residency) -> Residency:
    """Moved away, or taken back before it was decided; by the resident or by staff. Raises `Refused("ended")`."""
    permit(person, "people.end_residency", residency)
    row: Residency = Residency.objects.select_for_update().get(pk=residency.pk)
    if row.state not in {Residency.State.CLAIMED, Residency.State.CONFIRMED}:
        raise Refused("ended", _("这条登记已经结束了。"))
    row.state, row.decided_at, row.decided_by = Residency.State.ENDED, now(), person
    row.save(update_fields=["state", "decided_at", "decided_by"])
    audit.record(person, "people.end_residency", row)
    emit("people.residency_ended", residency=row.pk)
    if row.person_id != person.pk:
        tell(row.person, gettext_lazy("社区记下您已从 %(home)s 搬走。不对的话，请再登记一次或打社区电话。"),
             values={"home": str(row.home)}, about=row, key=f"people.residency.{row.pk}.ended", url="/me/residency/")
    return row
