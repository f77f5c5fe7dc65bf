from __future__ import annotations

from django.utils.translation import gettext_lazy as _, gettext_noop

from linli.foundation.web.manifest import Command, Manifest, Menu, Purpose

manifest = Manifest(
    name="privacy",
    title=_("我的信息"),
    icon="shield",
    menu=[
        Menu("desk", "privacy:desk", _("个人信息请求"), icon="shield", verb="privacy.handle_request", order=80),
    ],
    permissions={
        # Over a thing they see anyway, in their own place or organisation; each time with a reason.
        "reveal": [
            "worker", "grid_worker", "community_head", "property_desk", "property_worker", "department_desk",
            "street_leader", "@handler"],
        "record_consent": ["worker", "grid_worker", "community_head"],
        "handle_request": ["security_admin", "community_head"],
        "withdraw_request": ["@self"],
        "place_hold": ["security_admin", "community_head"],
    },
    purposes=[
        Purpose(
            "privacy.access", _("谁看过您的信息"), basis="duty", keep_days=1095,
            source=gettext_noop("个人信息保护法 第51条、第54条；保存三年是本平台的选择"),
            fields=gettext_noop("查看人写的原因")),
        Purpose(
            "privacy.rights", _("办理您对自己信息的请求"), basis="duty", keep_days=1095,
            source=gettext_noop("个人信息保护法 第44条至第50条；保存三年是本平台的选择"),
            fields=gettext_noop("您的请求和我们的答复")),
    ],
    commands=[
        Command("rotate", "keys", "linli.foundation.privacy.rotating", help="re-seal every encrypted value"),
    ],
    listens={
        "privacy.request_made": "linli.foundation.privacy.listeners.tell_handlers",
        "privacy.request_answered": "linli.foundation.privacy.listeners.tell_person",
    },
)
