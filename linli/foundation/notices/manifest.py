from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from linli.foundation.web.manifest import Manifest, Menu, Purpose

_CARERS = ["worker", "community_head", "system_admin"]

manifest = Manifest(
    name="notices",
    title=_("消息"),
    icon="bell",
    menu=[Menu(
        "desk", "notices:undelivered", _("没送到的消息"), icon="bell", verb="notices.see_undelivered", order=94)],
    permissions={
        "read": ["@self"],
        "choose": ["@self"],
        "subscribe": ["@self"],
        "unsubscribe": ["@self"],
        "give_address": ["@self"],
        "confirm_address": ["@self"],
        "drop_address": ["@self"],
        "see_undelivered": _CARERS,
        "retry": _CARERS,
        "give_up": _CARERS,
        "see_demo_texts": _CARERS,
    },
    purposes=[
        Purpose(
            code="notices.message", title=_("告诉您事情办到哪一步"), basis="contract", keep_days=365,
            source="个人信息保护法 第13条第一款第二项、第19条；保存一年为本平台约定",
            fields=_("消息的标题和内容")),
        Purpose(
            code="notices.address", title=_("把消息发到您选的设备和邮箱"), basis="consent", keep_days=730,
            source="个人信息保护法 第13条第一款第一项、第15条（随时可以关掉）",
            fields=_("收提醒的设备地址、邮箱地址")),
    ],
)
