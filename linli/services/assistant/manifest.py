from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from linli.foundation.web.manifest import Manifest, Menu, Purpose

_DESK = ["worker", "community_head", "street_leader"]

manifest = Manifest(
    name="assistant",
    title=_("问一问"),
    icon="talk",
    permissions={
        "ask": ["resident", *_DESK, "grid_worker"],
        "talk": ["@owner"],
        "answer": _DESK,
        "mend": _DESK,
        "export": _DESK,
    },
    menu=[
        Menu("portal", "assistant:ask", _("问一问"), "talk", order=18),
        Menu("desk", "assistant:desk", _("问一问"), "talk", verb="answer", order=25),
    ],
    listens={
        "assistant.queued": "linli.services.assistant.listeners.on_queued",
        "assistant.taken": "linli.services.assistant.listeners.on_taken",
        "assistant.replied": "linli.services.assistant.listeners.on_replied",
        "assistant.said": "linli.services.assistant.listeners.on_said",
        "assistant.called_back": "linli.services.assistant.listeners.on_called_back",
        "assistant.mended": "linli.services.assistant.listeners.on_mended",
    },
    purposes=[
        Purpose("assistant.conversation", _("问答和人工服务的对话"), "contract", 180,
                "个人信息保护法 第13条第1款第2项、第19条；保存期限为自定", fields=_("您写的问题、社区的人写的回答")),
        Purpose("assistant.gap", _("没答上来的问题，用来补答案"), "duty", 90,
                "个人信息保护法 第13条第1款第3项、第19条；保存期限为自定",
                fields=_("问题（去掉号码和门牌，不记是谁问的）")),
    ],
    cards={
        "portal.mine": "linli.services.assistant.cards.mine",
        "elder.mine": "linli.services.assistant.cards.mine",
        "desk.side": "linli.services.assistant.cards.desk",
    },
    search="linli.services.assistant.cards.search",
    knows="linli.services.assistant.knowing.units",
    demo="linli.services.assistant.demo.furnish",
)
