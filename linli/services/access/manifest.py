from __future__ import annotations

from pathlib import Path

from django.utils.translation import gettext_lazy as _

from linli.foundation.web.manifest import Command, Manifest, Menu, Purpose

_STAFF = ["worker", "community_head"]
_HANDS = [*_STAFF, "property_desk"]

_BOOKERS = [*_STAFF, "grid_worker", "street_leader"]

manifest = Manifest(
    name="access",
    title=_("无障碍"),
    icon="hands",
    case_kinds=[str(Path(__file__).parent / "kinds" / "barrier_work.yaml")],
    permissions={
        "look": ["resident", *_HANDS, "grid_worker", "property_worker", "street_leader"],
        "propose": ["resident", *_HANDS, "grid_worker"],
        "confirm": [*_STAFF, "grid_worker"],
        "report_outage": ["resident", *_HANDS, "grid_worker", "property_worker"],
        "check_outage": [*_HANDS, "grid_worker"],
        "end_outage": [*_HANDS, "grid_worker", "@reporter"],
        "draw_paths": _STAFF,
        "ask_work": ["resident"],
        "keep_work": [*_HANDS, "street_leader", "@assignee"],
        "see_works": [*_HANDS, "street_leader"],
        "ask_guide": ["resident"],
        "offer_guide": ["resident"],
        "leave_guide": ["@self", *_STAFF],
        "check_guide": _STAFF,
        "match_guide": _STAFF,
        "report_guiding": ["@guide", *_STAFF],
        "confirm_guiding": ["@requester", *_STAFF],
        "cancel_guiding": ["@requester", *_STAFF],
        # Oneself, or staff of the place for somebody; who holds a mandate for this room is asked for in the action.
        "book_interpreter": ["@self", *_BOOKERS],
        "cancel_signing": ["@deaf_person", "@booker", *_STAFF],
        "finish_signing": _STAFF,
        "keep_interpreters": _STAFF,
    },
    menu=[
        Menu("portal", "access:home", _("无障碍"), "hands", tone="info", order=45),
        Menu("elder", "access:way", _("怎么走好走"), "map", order=45),
        Menu("desk", "access:desk", _("无障碍"), "hands", verb="check_outage", order=45),
    ],
    listens={
        "access.fact_proposed": "linli.services.access.listeners.on_fact_proposed",
        "access.fact_decided": "linli.services.access.listeners.on_fact_decided",
        "access.outage_reported": "linli.services.access.listeners.on_outage_reported",
        "access.guide_matched": "linli.services.access.listeners.on_guide_matched",
        "access.guide_asked": "linli.services.access.listeners.on_guide_asked",
        "access.guide_reported": "linli.services.access.listeners.on_guide_reported",
        "access.guide_lapsed": "linli.services.access.listeners.on_guide_lapsed",
        "access.guide_cancelled": "linli.services.access.listeners.on_guide_cancelled",
        "access.signing_booked": "linli.services.access.listeners.on_signing_booked",
        "access.signing_cancelled": "linli.services.access.listeners.on_signing_cancelled",
        "case.moved": "linli.services.access.listeners.on_case_moved",
    },
    acts={"access.book_interpreter": "linli.services.access.actions.signing.book_interpreter",
          "access.cancel_interpreter": "linli.services.access.actions.signing.cancel_signing_number"},
    commands=[
        Command("import", "paths", "linli.services.access.importing",
                "take a path network (nodes CSV, OSM-like ways and points JSONL, or edges CSV): all rows or none"),
    ],
    purposes=[
        Purpose("access.guide", _("陪伴出行：碰头地点和要知道的事"), "consent", 180,
                "个人信息保护法 第13条第1款第1项、第28条、第29条；保存期限为自定", sensitive=True,
                fields=_("碰头地点、去哪里、您写的说明")),
        Purpose("access.signing", _("手语翻译：在哪里、什么事"), "consent", 180,
                "个人信息保护法 第13条第1款第1项、第28条、第29条；保存期限为自定", sensitive=True,
                fields=_("地点、什么事")),
        Purpose("access.photo", _("设施和路况的照片"), "contract", 1095,
                "个人信息保护法 第13条第1款第2项、第19条；保存期限为自定", fields=_("设施照片")),
    ],
    cards={
        "desk.case": "linli.services.access.cards.desk_case",
        "case.side": "linli.services.access.cards.case_side",
        "portal.mine": "linli.services.access.cards.mine",
        "elder.mine": "linli.services.access.cards.mine",
    },
    search="linli.services.access.cards.search",
    demo="linli.services.access.demo.furnish",
)
