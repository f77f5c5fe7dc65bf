from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from linli.foundation.web.manifest import Manifest, Menu, Purpose

_DESK = ["worker", "community_head"]

manifest = Manifest(
    name="kitchen",
    title=_("爱心厨房"),
    icon="pot",
    permissions={
        # the shelf and what is given
        "keep": _DESK,
        "recall": _DESK,
        "export": _DESK,
        "give": ["resident", *_DESK],
        "own_gift": ["@donor", *_DESK],
        "sign": ["@donor", *_DESK],
        # the stove
        "plan": _DESK,
        # the table
        "order": ["resident"],
        "order_for": _DESK,
        "own": ["@eater", "@agent", *_DESK],
        "subsidise": _DESK,
        # hands
        "help": ["resident"],
        "certify": _DESK,
        # the way
        "deliver": ["@carrier", *_DESK],
        "look": [*_DESK, "grid_worker"],
    },
    menu=[
        Menu("portal", "kitchen:home", _("爱心厨房"), "pot", tone="warm", order=44),
        Menu("desk", "kitchen:desk", _("爱心厨房"), "pot", verb="keep", order=47),
    ],
    listens={
        "kitchen.offered": "linli.services.kitchen.listeners.on_offered",
        "kitchen.menu_opened": "linli.services.kitchen.listeners.on_menu_opened",
        "privacy.consent_withdrawn": "linli.services.kitchen.listeners.on_consent_withdrawn",
    },
    purposes=[
        Purpose("kitchen.order", _("订餐和送餐"), "contract", 180,
                "个人信息保护法 第13条第1款第2项、第19条；召回时要找得到人",
                fields=_("您订过的餐、给厨房的话、您说的好不好吃")),
        Purpose("kitchen.delivery", _("把餐送到您门口"), "contract", 180, "个人信息保护法 第13条第1款第2项、第19条",
                fields=_("门牌、送餐的人要知道的、可以放的邻居、没人开门时找谁")),
        Purpose("kitchen.health", _("核对您不能吃的"), "consent", 30,
                "个人信息保护法 第28条、第29条：单独同意，可以不填",
                sensitive=True, fields=_("您过敏的食物")),
        Purpose("kitchen.alert", _("没人开门时看看您平安不平安"), "emergency", 365,
                "个人信息保护法 第13条第1款第4项", sensitive=True, fields=_("什么时候没开门、去看的人见到什么")),
        Purpose("kitchen.donor", _("收您捐的东西，开收据"), "duty", 1825,
                "慈善法 第38条、第54条；公示名字要您同意（第82条）", fields=_("捐赠人的名称、电话")),
        Purpose("kitchen.handler", _("做饭的人的健康证"), "duty", 365, "食品安全法 第45条", sensitive=True,
                fields=_("健康证号、有效期")),
    ],
    cards={
        "portal.mine": "linli.services.kitchen.cards.mine",
        "elder.mine": "linli.services.kitchen.cards.mine",
        "desk.side": "linli.services.kitchen.cards.desk",
    },
    search="linli.services.kitchen.cards.search",
    demo="linli.services.kitchen.demo.furnish",
)
