"""The certificate of a module: free, numbered, checked by anybody, revoked in public."""

from __future__ import annotations

from django.db import IntegrityError
from django.db.transaction import atomic
from django.utils import timezone
from django.utils.translation import gettext as _

from linli.foundation import audit
from linli.foundation.calendar.clock import now, today
from linli.foundation.events import emit
from linli.foundation.people.models import Person
from linli.foundation.people.permit import permit
from linli.foundation.policy import policy
from linli.foundation.web import Refused
from linli.services.learning import catalogue, rules
from linli.services.learning.models import Certificate, Progress


@atomic
def issue_certificate(person: Person, learner: Person, module: str) -> Certificate:
    """For who was seen to do every skill of a module alone. The learner may fetch it, or staff give it. Twice is once.

    Raises `Denied`, `Refused`: no_module, no_community, not_yet.
    """
    permit(person, "learning.certificate", learner)
    taught = catalogue.load().get(module)
    if taught is None:
        raise Refused("no_module", _("请选教什么。"), field="module")
    area = learner.community
    if area is None:
        raise Refused("no_community", _("请先在「我的」里选住在哪个社区。"))
    list(Person.objects.select_for_update().filter(pk=learner.pk))  # two windows, one certificate
    held = Certificate.objects.filter(person=learner, module=module, revoked_at=None).first()
    if held is not None:
        earlier: Certificate = held
        return earlier
    codes = [skill.code for skill in taught.skills]
    rows = list(Progress.objects.filter(person=learner, skill__in=codes))
    levels = policy("learning.certificate_levels", area=area)
    if not rules.is_earned(codes, {row.skill: row.taught for row in rows}, levels):
        raise Refused("not_yet", _("这门课的每一样都由老师看过、能自己做成了，就能领。"), field="module")
    learned = max(timezone.localtime(row.taught_at).date() for row in rows if row.taught_at)
    row = Certificate(area=area, person=learner, module=module, skills=codes, learned_on=learned, issued_by=person,
                      recorded_by=area.name)
    for serial in range(Certificate.objects.filter(area=area).count() + 1, 10**6):
        row.number = f"{area.short or area.code}-L{today().year}-{serial:06d}"
        row.digest = rules.certificate_hash(facts_of(row))
        try:
            with atomic():
                row.save(force_insert=True)
            break
        except IntegrityError:
            continue  # somebody took that number meanwhile
    audit.record(person, "learning.certificate", row, acting_for=learner if learner != person else None,
                 number=row.number)
    return row


def facts_of(row: Certificate) -> dict[str, object]:
    """What the digest on the paper covers."""
    return {"number": row.number, "person": row.person_id, "module": row.module, "skills": list(row.skills),
            "learned_on": row.learned_on.isoformat(), "recorded_by": row.recorded_by}


@atomic
def revoke_certificate(person: Person, certificate: Certificate, *, why: str) -> Certificate:
    """It was wrong: anybody who checks it reads so. Raises `Denied`, `Refused`: not_now, own, no_reason."""
    permit(person, "learning.revoke", certificate)
    row: Certificate = Certificate.objects.select_for_update(of=("self",)).select_related("area").get(pk=certificate.pk)
    if row.revoked_at is not None:
        raise Refused("not_now", _("这份证书已经撤销了。"))
    if row.person_id == person.pk:
        raise Refused("own", _("自己的证书请另一位同事处理。"))
    if len(why.strip()) < 4:
        raise Refused("no_reason", _("请写明为什么撤销，核对的人会看到。"), field="why")
    row.revoked_at, row.revoked_by, row.why_revoked = now(), person, why.strip()[:120]
    row.save(update_fields=["revoked_at", "revoked_by", "why_revoked"])
    audit.record(person, "learning.revoke", row, number=row.number)
    emit("learning.revoked", certificate=row.pk)
    return row
