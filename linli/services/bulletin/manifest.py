from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from linli.foundation.web.manifest import Manifest, Menu, Purpose

_KEEPERS = ["worker", "community_head", "street_leader"]

manifest = Manifest(
    name="bulletin",
    title=_("公告"),
    icon="bell",
    permissions={
        "write": [*_KEEPERS, "property_desk"],
        "approve": _KEEPERS,
        "withdraw": [*_KEEPERS, "property_desk"],
        "export": [*_KEEPERS, "property_desk"],
        "read": ["@reader"],
    },
    menu=[
        Menu("portal", "bulletin:list", _("公告"), "bell", order=60),
        Menu("desk", "bulletin:desk", _("公告"), "bell", verb="write", order=40),
    ],
    listens={
        "bulletin.published": "linli.services.bulletin.listeners.on_published",
        "bulletin.submitted": "linli.services.bulletin.listeners.on_submitted",
        "bulletin.sent_back": "linli.services.bulletin.listeners.on_sent_back",
    },
    acts={"feeds.announcements": "linli.services.bulletin.queries.feed"},
    purposes=[
        Purpose(
            code="bulletin.age_group", title=_("按年龄段推送公告"), basis="duty", keep_days=0,
            source="个人信息保护法 第13条第1款第3项、第24条（可以关闭）", fields="birth_year"),
        Purpose(
            code="bulletin.reading", title=_("统计公告阅读人数"), basis="duty", keep_days=180,
            source="个人信息保护法 第19条", fields=_("您看过哪条公告")),
        Purpose(
            code="bulletin.attachment", title=_("公告附件"), basis="duty", keep_days=1095,
            source="本平台约定：公告过期后三年，备查", fields=_("公告的附件")),
    ],
    cards={"portal.news": "linli.services.bulletin.cards.news"},
    search="linli.services.bulletin.queries.search",
    knows="linli.services.bulletin.knowing.units",
    demo="linli.services.bulletin.demo.furnish",
)
