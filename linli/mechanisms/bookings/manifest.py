from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from linli.foundation.web.manifest import Manifest, Menu, Purpose

KEEPERS = ["worker", "community_head", "street_leader"]
EVERYBODY = [
    "resident", *KEEPERS, "grid_worker", "property_desk", "property_worker", "department_desk", "district_leader",
    "system_admin", "security_admin", "audit_admin", "auditor"]

manifest = Manifest(
    name="bookings",
    title=_("预约"),
    icon="calendar",
    permissions={
        # What an offer falls back to when its service names no verb of its own.
        "book": ["resident", *KEEPERS, "grid_worker"],
        "manage": [*KEEPERS, "@host"],
        "own": ["@booker", "@agent", "@member"],
        "appeal": ["@subject"],
        "answer": ["@booker"],
        "borrow": ["@borrower"],
        "feed": EVERYBODY,
    },
    menu=[
        Menu("portal", "bookings:mine", _("我的预约"), "calendar", order=25),
        Menu("desk", "bookings:resources", _("场地时间"), "calendar", verb="manage", order=45),
    ],
    purposes=[
        Purpose("bookings.contact", _("联系来参加的人"), "contract", 365,
                "个人信息保护法 第13条第1款第2项；保存期限为自定", fields=_("姓名、手机号")),
        Purpose("bookings.booking", _("预约名额和签到"), "contract", 1095,
                "个人信息保护法 第13条第1款第2项、第19条；保存期限为自定", fields=_("谁来、什么时候、来了没有")),
    ],
)
