"""The slip that a person takes home, in large type: what was filed, what is missing, until when, how to object."""

from __future__ import annotations

from pathlib import Path

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from linli.foundation.papers import qr_svg, set_paper
from linli.foundation.privacy.masks import mask_name
from linli.services.window.models import Help

_HERE = Path(__file__).parent / "typ"


def slip(row: Help, root: str) -> bytes:
    """A tagged PDF of one page. `root`: the address of this site, for the QR code."""
    url = f"{root.rstrip('/')}{reverse('window:helped', args=[row.token])}"
    due = timezone.localtime(row.due_at).strftime("%Y-%m-%d") if row.due_at else _("还没定，定了就告诉您")
    handed = timezone.localtime(row.handed_in_at).strftime("%Y-%m-%d %H:%M") if row.handed_in_at else ""
    return set_paper(_HERE / "slip.typ", {
        "title": _("交件小票"), "number": row.number, "qr": qr_svg(url), "qr_alt": _("扫码看办到哪里，也可以提异议"),
        "rows": [
            [_("给谁办的"), mask_name(row.shown_subject)], [_("办的是什么"), row.title], [_("哪天交的"), handed],
            [_("最晚哪天办好"), due], [_("谁帮您办的"), row.actor.shown_name],
            [_("电话"), row.area.phone or _("请问窗口")],
            *([[_("谁替您来的"), mask_name(row.agent_name)]] if row.agent_name else [])],
        "missing_title": _("还缺什么") if row.missing else _("东西都齐了"),
        "missing": list(row.missing),
        "notes": [
            _("不是您要办的，或者写得不对：扫上面的码，或打上面的电话说单号。由另一位同事答复，不是帮办的那位。"),
            _("帮办不收钱。")]})
