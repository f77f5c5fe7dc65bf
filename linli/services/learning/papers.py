"""The certificate as a tagged PDF, set by typst; every value is passed as data, never as code."""

from __future__ import annotations

from pathlib import Path

from django.conf import settings
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from linli.foundation.papers import qr_svg, set_paper
from linli.services.learning import catalogue
from linli.services.learning.models import Certificate

_HERE = Path(__file__).parent / "typ"


def verify_url(row: Certificate) -> str:
    """Where anybody checks it."""
    return f"{settings.LINLI_BASE_URL}{reverse('learning:verify', args=[row.token])}"


def certificate(row: Certificate) -> bytes:
    """Who learned what, when, who saw it, and the code that anybody can check."""
    name = row.person.name or row.person.shown_name
    issued = timezone.localtime(row.issued_at).date().isoformat()
    facts = {
        "title": _("学习证书"), "number": _("编号 %(number)s") % {"number": row.number},
        "body": _("%(name)s 学会了「%(module)s」，下面每一样都由老师看过，能自己做成。") % {
            "name": name, "module": row.title},
        "skills": [catalogue.skill_title(code) for code in row.skills],
        "learned": _("学会的日子：%(day)s") % {"day": row.learned_on.isoformat()},
        "recorded": _("发证单位：%(who)s") % {"who": row.recorded_by},
        "issued": _("出具日期：%(day)s") % {"day": issued},
        "check": _("扫码核对真伪，不用登录。核对码 %(digest)s") % {"digest": row.digest},
        "url": verify_url(row), "alt": _("核对这份证书的二维码"), "svg": qr_svg(verify_url(row)),
        "revoked": _("这份证书已经撤销。") if row.revoked_at else "",
    }
    return set_paper(_HERE / "certificate.typ", facts)
