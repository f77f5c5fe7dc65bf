from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from linli.foundation.web.manifest import Manifest, Menu, Purpose

_DESK = ["worker", "community_head"]

manifest = Manifest(
    name="window",
    title=_("服务大厅"),
    icon="people",
    permissions={
        "keep": _DESK,  # halls, counters, times for appointments
        "serve": _DESK,  # call, serve, hand on
        "help": _DESK,  # file for the person in front
        "look_up": _DESK,  # say on the telephone how a matter stands
        "visit": [*_DESK, "grid_worker"],
        "figures": [*_DESK, "street_leader"],
        "book": ["resident"],
        "ask_visit": ["resident"],
        "set_pin": ["resident", *_DESK],
    },
    menu=[
        Menu("portal", "window:halls", _("服务大厅"), "people", order=22),
        Menu("desk", "window:desk", _("服务大厅"), "people", verb="serve", order=22),
    ],
    purposes=[
        Purpose(
            "window.help", _("在窗口、电话里、家里帮您办事"), "duty", 1095,
            "个人信息保护法 第13条第1款第3项；无障碍环境建设法 第39条：提供现场、电话等人工服务", sensitive=True,
            fields=_("姓名、电话、看过哪种证件、谁帮的、您的异议")),
        Purpose(
            "window.mandate", _("证明是您让别人来办的"), "duty", 1095,
            "个人信息保护法 第13条第1款第3项；民法典 第165条：授权委托书", sensitive=True,
            fields=_("签了字的委托书照片、代办人姓名")),
        Purpose(
            "window.visit", _("上门帮您办事"), "contract", 180, "个人信息保护法 第13条第1款第2项、第19条",
            fields=_("姓名、电话、住址、要办什么")),
    ],
    demo="linli.services.window.demo.furnish",
)
