"""Certificate and passbook as tagged PDFs, set by typst; every value is passed as data, never as code."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path

from django.conf import settings
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from linli.foundation.papers import qr_svg, set_paper
from linli.foundation.people.models import Person
from linli.services.timebank import words
from linli.services.timebank.models import Certificate
from linli.services.timebank.queries import Mine, StatementLine

_HERE = Path(__file__).parent / "typ"


def verify_url(row: Certificate) -> str:
    return f"{settings.LINLI_BASE_URL}{reverse('timebank:verify', args=[row.token])}"


def certificate(row: Certificate) -> bytes:
    """R15: number, name, period, hours, who recorded, the code that anybody can check."""
    local = timezone.localtime(row.issued_at)
    return set_paper(_HERE / "certificate.typ", {
        "title": _("志愿服务记录证明"), "number": _("编号 %(number)s") % {"number": row.number},
        "name": row.person.name or row.person.shown_name,
        "body": _("%(name)s 在 %(since)s 至 %(until)s 期间参加志愿服务 %(count)s 次，共 %(hours)s。") % {
            "name": row.person.name or row.person.shown_name, "since": row.since.isoformat(),
            "until": row.until.isoformat(), "count": row.services, "hours": words.hours(row.minutes)},
        "stars": _("%(count)s 星志愿者") % {"count": row.stars} if row.stars else "",
        "recorded": _("记录单位：%(who)s（谁组织谁记录，谁记录谁证明）") % {"who": row.recorded_by},
        "issued": _("出具日期：%(day)s") % {"day": local.date().isoformat()},
        "law": _("依据：志愿服务条例第十九条，无偿出具。"),
        "check": _("扫码核对真伪，不用登录。核对码 %(digest)s") % {"digest": row.digest},
        "url": verify_url(row), "alt": _("核对这份证明的二维码"), "svg": qr_svg(verify_url(row)),
        "revoked": _("这份证明已经撤销。") if row.revoked_at else ""})


def passbook(person: Person, mine: Mine, lines: Sequence[StatementLine], on: date) -> bytes:
    """R23: the statement on paper, for who has no phone; large type."""
    return set_paper(_HERE / "passbook.typ", {
        "title": _("时间银行存折"), "name": person.shown_name,
        "printed": _("打印日期：%(day)s") % {"day": on.isoformat()},
        "now": _("现在可用 %(hours)s") % {"hours": words.hours(mine.purse.available)},
        "parts": [_("自己攒的 %(hours)s") % {"hours": words.hours(mine.purse.earned)},
                  _("别人送的 %(hours)s") % {"hours": words.hours(mine.purse.gift)},
                  _("社区发的 %(hours)s") % {"hours": words.hours(mine.purse.issued)}],
        "held": _("正在冻结 %(hours)s") % {"hours": words.hours(mine.purse.held)} if mine.purse.held else "",
        "heads": [_("日期"), _("什么事"), _("存入"), _("用去"), _("谁办的")],
        "rows": [[timezone.localtime(line.entry.at).date().isoformat(), line.what,
                  words.hours(line.amount) if line.amount > 0 else "",
                  words.hours(-line.amount) if line.amount < 0 else "",
                  _("代办") if line.entry.transfer.acting_for_id else ""] for line in lines],
        "empty": "" if lines else _("还没有记录。")})
