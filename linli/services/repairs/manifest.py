from __future__ import annotations

from pathlib import Path

from django.utils.translation import gettext_lazy as _

from linli.foundation.web.manifest import Manifest, Menu, Purpose

_COMPANY = ["property_desk", "property_worker"]
_PLACE = ["worker", "community_head"]

manifest = Manifest(
    name="repairs", title=_("物业报修"), icon="wrench",
    case_kinds=[str(Path(__file__).parent / "kinds" / "repair.yaml")],
    permissions={
        "report": ["resident"],
        "drop_draft": ["@self"],
        "report_at_desk": [*_PLACE, "grid_worker", "property_desk"],
        "quote": ["@assignee", "property_desk"],
        "answer_quote": ["@requester"],
        "take_agreement": ["@assignee", "property_desk", *_PLACE],
        "record_payment": ["@assignee", "property_desk"],
        "confirm_payer": ["property_desk", *_PLACE],
        "dispute_payer": ["@requester"],
        "agree_visit": ["@requester", "@assignee", "property_desk", *_PLACE],
        "miss_visit": ["@assignee", "property_desk"],
        "fail_visit": ["@requester", "property_desk", *_PLACE],
        "keep_visits": ["property_desk", "property_worker", *_PLACE],
        "use_material": ["@assignee", "property_desk"],
        "see_stock": _COMPANY,
        "keep_stock": ["property_desk"],
        "keep_prices": ["property_desk"],
        "see_prices": [*_COMPANY, *_PLACE, "street_leader"],
        "see_pool": [*_COMPANY, *_PLACE],
        "keep_pool": ["property_desk"],
        "own_shift": ["property_worker"],
    },
    menu=[
        Menu("portal", "repairs:report", _("报修"), "wrench", order=10),
        Menu("elder", "repairs:quick", _("报修，找人来修"), "wrench", order=10),
        Menu("desk", "repairs:desk_report", _("代报修"), "phone", verb="report_at_desk", order=20),
        Menu("desk", "repairs:pool", _("抢单"), "people", verb="see_pool", order=25),
        Menu("desk", "repairs:desk_prices", _("价目表"), "list", verb="see_prices", order=50),
        Menu("desk", "repairs:stock", _("材料库"), "bin", verb="see_stock", order=51),
    ],
    listens={
        "repairs.payer_disputed": "linli.services.repairs.listeners.on_disputed",
        "case.moved": "linli.services.repairs.listeners.on_moved",
        "case.merged": "linli.services.repairs.listeners.on_merged",
        "bookings.cancelled": "linli.services.repairs.listeners.on_booking_cancelled",
    },
    purposes=[
        Purpose("repairs.draft", _("写到一半的报修"), "contract", 14,
                "个人信息保护法 第13条第1款第2项、第19条；保存期限为自定", fields=_("问题、地点、电话")),
        Purpose("repairs.photo", _("报修的照片"), "contract", 1825,
                "个人信息保护法 第13条第1款第2项；保存期限同工单，为自定", fields=_("现场照片")),
    ],
    cards={
        "portal.mine": "linli.services.repairs.cards.unfinished",
        "elder.mine": "linli.services.repairs.cards.unfinished",
        "case.side": "linli.services.repairs.cards.case_side",
        "case.receipt": "linli.services.repairs.cards.receipt",
        "desk.case": "linli.services.repairs.cards.desk_case",
    },
    search="linli.services.repairs.cards.search",
    demo="linli.services.repairs.demo.furnish",
)
