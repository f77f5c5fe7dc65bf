"""R15: certificates, free and numbered, checked by anybody, revoked in public."""

from __future__ import annotations

from datetime import date

from django.db import IntegrityError
from django.db.models import Count, Sum
from django.db.transaction import atomic

from linli.foundation import audit
from linli.foundation.areas.models import Area
from linli.foundation.calendar.clock import now, today
from linli.foundation.events import emit
from linli.foundation.people.models import Person
from linli.foundation.people.permit import permit
from linli.services.timebank import rules, standing
from linli.services.timebank.models import Certificate, Service, ServiceState
from linli.services.timebank.presets import terms_on
from linli.services.timebank.sentences import refuse


@atomic
def issue_certificate(person: Person, area: Area, *, since: date, until: date, subject: Person | None = None,
                      ) -> Certificate:
    """A certificate over what is recorded for `subject` (oneself by default) between two days. Free, as often as asked.

    Raises `Denied`, `Refused`: nothing_to_certify.
    """
    subject = subject or person
    permit(person, "timebank.certificate" if subject == person else "timebank.enter_for", area)
    if until < since:
        since, until = until, since
    found = Service.objects.filter(
        helper=subject, area=area, state=ServiceState.SETTLED, rule_day__gte=since, rule_day__lte=until).aggregate(
        minutes=Sum("credit"), services=Count("id"))
    if not found["services"]:
        refuse("nothing_to_certify", field="since")
    volunteer = standing.volunteer_of(subject)
    recorder = volunteer.organisation.name if volunteer and volunteer.organisation else area.name
    row = Certificate(
        area=area, person=subject, since=since, until=until, minutes=int(found["minutes"] or 0),
        services=found["services"], issued_by=person, recorded_by=recorder,
        stars=rules.stars(standing.lifetime(subject), terms_on(area, today()).certificate))
    for serial in range(Certificate.objects.filter(area=area).count() + 1, 10**6):
        row.number = f"{area.short or area.code}-{today().year}-{serial:06d}"
        row.digest = rules.certificate_hash(facts_of(row))
        try:
            with atomic():
                row.save(force_insert=True)
            break
        except IntegrityError:
            continue  # somebody took that number meanwhile
    audit.record(person, "timebank.certificate", row, acting_for=None if subject == person else subject,
                 number=row.number)
    return row


def facts_of(row: Certificate) -> dict[str, object]:
    """What the digest on the paper covers."""
    return {"number": row.number, "person": row.person_id, "since": row.since.isoformat(),
            "until": row.until.isoformat(), "minutes": row.minutes, "services": row.services,
            "recorded_by": row.recorded_by}


@atomic
def revoke_certificate(person: Person, certificate: Certificate, *, why: str) -> Certificate:
    """It was wrong: anybody who checks it reads so. Raises `Denied`, `Refused`: not_now, no_reason."""
    permit(person, "timebank.revoke", certificate)
    row: Certificate = Certificate.objects.select_for_update(of=("self",)).select_related("area").get(pk=certificate.pk)
    if row.revoked_at is not None:
        refuse("not_now")
    if len(why.strip()) < 4:
        refuse("no_reason", field="why")
    row.revoked_at, row.revoked_by, row.why_revoked = now(), person, why.strip()[:120]
    row.save(update_fields=["revoked_at", "revoked_by", "why_revoked"])
    audit.record(person, "timebank.revoke", row, number=row.number)
    emit("timebank.revoked", certificate=row.pk)
    return row
