from __future__ import annotations

from pathlib import Path

from django.utils.translation import gettext_lazy as _

from linli.foundation.web.manifest import Manifest, Menu, Purpose

KINDS = Path(__file__).parent / "kinds"
_DESK = ["worker", "community_head"]
_CARE = ["@care_staff", *_DESK]

manifest = Manifest(
    name="children",
    title=_("儿童友好"),
    icon="child",
    permissions={
        # places and ways
        "keep_places": _DESK,
        "check_place": [*_DESK, "grid_worker"],
        "report_hazard": ["resident", "grid_worker", *_DESK],
        "keep_routes": _DESK,
        "walk": ["resident"],
        # library
        "read": ["resident"],
        "renew": ["@reader"],
        "lend": _DESK,
        # activities
        "keep_outings": _DESK,
        "join": ["resident"],
        "run_outing": ["@host", *_DESK],
        # children and care
        "add_child": ["resident"],
        "verify": _DESK,
        "guard": ["@guardian"],
        "keep_care": _DESK,
        "vet": _DESK,
        "care": _CARE,
        "school": ["department_desk"],
        "block": _DESK,
    },
    menu=[
        Menu("portal", "children:home", _("儿童友好"), "child", order=45),
        Menu("desk", "children:desk", _("儿童友好"), "child", verb="keep_places", order=46),
    ],
    listens={
        "children.enrolment_asked": "linli.services.children.listeners.on_enrolment_asked",
        "children.guardian_claimed": "linli.services.children.listeners.on_guardian_claimed",
        "bookings.confirmed": "linli.services.children.listeners.on_place_given",
        "privacy.consent_withdrawn": "linli.services.children.listeners.on_consent_withdrawn",
    },
    purposes=[
        Purpose(
            "children.care", _("放学后托管、亲子活动"), "consent", 180,
            "个人信息保护法 第28条、第31条；未成年人保护法 第72条：监护人单独同意", sensitive=True,
            fields=_("孩子的姓名、出生日期、班级、到托管班和离开的时间、另一位联系人")),
        Purpose(
            "children.health", _("孩子的过敏和要当心的"), "consent", 30,
            "个人信息保护法 第28条、第29条、第31条：监护人单独同意，可以不填", sensitive=True,
            fields=_("过敏、用药、要当心的")),
        Purpose(
            "children.collector", _("确认谁来接孩子"), "contract", 180,
            "个人信息保护法 第13条第1款第2项、第19条", sensitive=True, fields=_("接送人的姓名、电话、照片")),
        Purpose(
            "children.custody", _("不让不该接的人接走孩子"), "duty", 1095,
            "未成年人保护法 第4条、第24条；个人信息保护法 第13条第1款第3项", sensitive=True,
            fields=_("姓名、裁判文书的文号")),
        Purpose(
            "children.vetting", _("和孩子在一起的人的犯罪记录查询"), "duty", 1095,
            "未成年人保护法 第62条、第130条", fields=_("查询日期、回执号，不留查询内容")),
        Purpose(
            "children.loan", _("借书"), "contract", 0,
            "公共图书馆法 第43条、第44条：还了书就不再留是谁借的", fields=_("您借着的书、预约的书、读者证号")),
    ],
    case_kinds=[str(KINDS / "hazard.yaml")],
    cards={
        "portal.mine": "linli.services.children.cards.mine",
        "case.side": "linli.services.children.cards.on_case",
    },
    search="linli.services.children.queries.search",
    demo="linli.services.children.demo.furnish",
)
