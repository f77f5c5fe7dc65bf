"""What a person says about themself, and the phone they are reached on."""

from __future__ import annotations

from django.db import IntegrityError
from django.db.transaction import atomic
from django.utils.translation import gettext as _

from linli.foundation import audit
from linli.foundation.areas.models import Area, Level
from linli.foundation.calendar.clock import today
from linli.foundation.events import emit
from linli.foundation.people.actions.signing_in import spend
from linli.foundation.people.models import CodePurpose, Person, SignInCode
from linli.foundation.people.permit import permit
from linli.foundation.web.refusals import Denied, Refused


@atomic
def update_profile(person: Person, *, name: str, title: str, birth_year: int | None, community: Area) -> Person:
    """Correct one's own data (个人信息保护法 第46条). Raises `Refused("birth_year")`, `Refused("no_community")`."""
    permit(person, "people.update_profile", person)
    if birth_year is not None and not 1900 <= birth_year <= today().year:
        raise Refused("birth_year", _("出生年份要在 1900 年到今年之间。"), field="birth_year")
    if community.level != Level.COMMUNITY:
        raise Refused("no_community", _("请选您住的社区。"), field="community")
    person.name, person.title = name.strip(), title.strip()
    person.birth_year, person.community = birth_year, community
    person.save(update_fields=["name", "title", "birth_year", "community"])
    audit.record(person, "people.update_profile", person)
    return person


@atomic
def change_phone(person: Person, code: SignInCode) -> Person:
    """Move the account to the phone that `code` proved. Raises `Refused("phone_taken")`, `Refused("proof_gone")`."""
    permit(person, "people.update_profile", person)
    if code.purpose != CodePurpose.NEW_PHONE or code.asked_by_id != person.pk:
        raise Denied("people.change_phone")
    spend(code)
    person.phone = code.phone
    try:
        with atomic():
            person.save(update_fields=["phone", "phone_index"])
    except IntegrityError:
        person.refresh_from_db(fields=["phone", "phone_index"])
        raise Refused("phone_taken", _("这个手机号已经是别的账号了。要合并，请到社区窗口。")) from None
    audit.record(person, "people.change_phone", person)
    emit("people.secured", person=person.pk, what="phone")
    return person
