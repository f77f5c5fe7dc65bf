from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from linli.foundation.web.manifest import Manifest, Menu, Purpose

_KEEPERS = ["worker", "community_head", "street_leader"]
_HEADS = ["community_head", "street_leader"]

manifest = Manifest(
    name="timebank",
    title=_("时间银行"),
    icon="clock",
    permissions={
        "register": ["resident"],
        "describe": ["@self", *_KEEPERS],
        "agree_as_guardian": ["@guardian"],
        "certify_volunteer": _KEEPERS,
        "confirm_kin": _KEEPERS,
        "entitle": _KEEPERS,
        "enter_for": _KEEPERS,
        "start_team": ["resident", *_KEEPERS],
        "join_team": ["resident"],
        "donate_for_team": ["@leader"],
        "ask_move": ["@self", *_KEEPERS],
        "answer_move": ["@self"],
        "ask": ["resident"],
        "review": _KEEPERS,
        "match": _KEEPERS,
        "withdraw": ["@helped", "@asker", "@agent", *_KEEPERS],
        "accept": ["@neighbour"],
        "decline": ["@neighbour"],
        "step_back": ["@helper", *_KEEPERS],
        "attend": ["@helper", "@helped", "@agent", *_KEEPERS],
        "enter_times": _KEEPERS,
        "confirm": ["@helped", "@agent", *_KEEPERS],
        "decide_review": _KEEPERS,
        "claim": ["@helper", "@helped", "@agent"],
        "decide_claim": _KEEPERS,
        "appeal": ["@claimant"],
        "ask_correction": _KEEPERS,
        "correct": _KEEPERS,
        "give": ["resident"],
        "exchange": _HEADS,
        "treasury": _HEADS,
        "agree_decision": _HEADS,
        "issue": _KEEPERS,
        "leaving": _KEEPERS,
        "goods": _KEEPERS,
        "sample": [*_KEEPERS, "auditor"],
        "certificate": ["resident"],
        "revoke": _HEADS,
        "keep": _KEEPERS,
        "export": _HEADS,
    },
    menu=[
        Menu("portal", "timebank:home", _("时间银行"), "clock", order=45),
        Menu("desk", "timebank:desk", _("时间银行"), "clock", verb="review", order=45),
    ],
    listens={
        "access.helped": "linli.services.timebank.listeners.on_access_helped",
        "learning.helped": "linli.services.timebank.listeners.on_learning_helped",
        "kitchen.shift_done": "linli.services.timebank.listeners.on_kitchen_shift_done",
        "timebank.asked": "linli.services.timebank.listeners.on_asked",
        "timebank.claimed": "linli.services.timebank.listeners.on_claimed",
        "timebank.held": "linli.services.timebank.listeners.on_held",
    },
    acts={"timebank.record_service": "linli.services.timebank.actions.outside.record_service"},
    purposes=[
        Purpose(
            code="timebank.volunteer", title=_("登记志愿者"), basis="duty", keep_days=1095,
            source="志愿服务条例 第7条、第19条", fields=_("出生日期、证件号码、技能、培训和保险")),
        Purpose(
            code="timebank.health", title=_("安排适合您的服务"), basis="consent", keep_days=30, sensitive=True,
            source="志愿服务条例 第15条；个人信息保护法 第29条", fields=_("您自己写的身体情况")),
        Purpose(
            code="timebank.help", title=_("办一次互助服务"), basis="contract", keep_days=1095,
            source="志愿服务条例 第13条；民法典 第188条", fields=_("求助的说明、门牌、确认和异议")),
        Purpose(
            code="timebank.photo", title=_("服务凭据的照片"), basis="consent", keep_days=1095,
            source="志愿服务条例 第19条；民法典 第188条", fields=_("签到签退时拍的照片")),
    ],
    cards={"portal.mine": "linli.services.timebank.cards.mine", "desk.side": "linli.services.timebank.cards.desk"},
    search="linli.services.timebank.cards.search",
    demo="linli.services.timebank.demo.furnish",
)
