from __future__ import annotations

from pathlib import Path

from django.utils.translation import gettext_lazy as _

from linli.foundation.web.manifest import Command, Manifest, Menu, Purpose

KINDS = Path(__file__).parent / "kinds"
_DESK = ["worker", "community_head", "street_leader"]

manifest = Manifest(
    name="requests",
    title=_("诉求咨询"),
    icon="message",
    permissions={
        "ask": ["resident"],
        "ask_for": ["@agent"],
        "take_in": _DESK,
        "reroute": _DESK,
        "see_routing": _DESK,
    },
    menu=[
        Menu("portal", "requests:ask", _("诉求咨询"), "message", order=15),
        Menu("desk", "requests:desk_intake", _("登记诉求"), "phone", verb="take_in", order=20),
        Menu("desk", "requests:routing", _("派单规则"), "filter", verb="see_routing", order=60),
    ],
    purposes=[
        Purpose("requests.photo", _("诉求里的照片"), "contract", 1825,
                "个人信息保护法 第13条第1款第2项、第19条；保存期限为自定", fields="photo"),
    ],
    cards={
        "case.receipt": "linli.services.requests.cards.on_receipt",
        "desk.case": "linli.services.requests.cards.on_desk",
    },
    listens={"requests.routing_proposed": "linli.services.requests.listeners.on_proposed"},
    commands=[
        Command("import", "requests", "linli.services.requests.importing",
                "take in messages from an XLSX or CSV, idempotent and resumable"),
        Command("train", "requests", "linli.services.requests.training_cli",
                "learn the categories from a labelled file or from closed cases"),
    ],
    demo="linli.services.requests.demo.furnish",
    case_kinds=[str(KINDS / "complaint.yaml"), str(KINDS / "consult.yaml")],
)
