from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from linli.foundation.web.manifest import Manifest, Menu, Purpose

_DESK = ["worker", "community_head"]

manifest = Manifest(
    name="activities",
    title=_("社区活动"),
    icon="calendar",
    permissions={
        "keep": _DESK,
        "run": ["@host", *_DESK],
        "join": ["resident"],
        # clubs
        "keep_clubs": _DESK,
        "lead": ["@leader", *_DESK],
        # works
        "keep_calls": _DESK,
        "hand_in": ["resident"],
        "author": ["@author"],
        "judge": ["@juror"],
        "vote": ["resident"],
        "object": ["resident"],
    },
    menu=[
        Menu("portal", "activities:home", _("社区活动"), "calendar", tone="warm", order=35),
        Menu("desk", "activities:desk", _("社区活动"), "calendar", verb="keep", order=44),
    ],
    listens={
        "bookings.photo_consent": "linli.services.activities.listeners.on_photo_consent",
        "bookings.attended": "linli.services.activities.listeners.on_attended",
        "activities.objected": "linli.services.activities.listeners.on_objected",
    },
    purposes=[
        Purpose(
            "activities.work", _("作品征集、评选和展出"), "contract", 365,
            "个人信息保护法 第13条第1款第2项、第19条、第31条；著作权法 第10条（作者的权利）；保存期限为自定",
            fields=_("署名、出生年份、作品照片、签收人、异议的理由")),
        Purpose(
            "activities.photo", _("活动照片墙"), "consent", 730,
            "民法典 第1019条；个人信息保护法 第13条第1款第1项、第31条：每个人、每次活动单独同意，随时撤回",
            fields=_("活动照片和照片里认得出的人")),
        Purpose(
            "activities.feedback", _("活动办得好不好"), "contract", 365,
            "个人信息保护法 第13条第1款第2项、第19条；保存期限为自定", fields=_("您的回答和想说的话")),
    ],
    cards={
        "portal.mine": "linli.services.activities.cards.mine",
        "portal.side": "linli.services.activities.cards.soon",
    },
    search="linli.services.activities.queries.search",
    demo="linli.services.activities.demo.furnish",
)
