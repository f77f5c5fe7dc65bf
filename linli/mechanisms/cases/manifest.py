from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from linli.foundation.web.manifest import Manifest, Purpose

HANDS = ["worker", "grid_worker", "community_head", "property_desk", "property_worker", "department_desk",
         "street_leader"]

manifest = Manifest(
    name="cases",
    title=_("工单"),
    icon="list",
    permissions={
        "open": ["resident", *HANDS],
        "note": HANDS,
        "message": ["@requester", *HANDS],
        "attach": ["@requester", *HANDS],
        "edit": ["worker", "grid_worker", "community_head", "property_desk", "street_leader"],
        "nudge": ["@requester"],
        "remind": ["property_desk", "department_desk", "worker", "community_head", "street_leader"],
        "follow": ["resident"],
        "merge": ["worker", "community_head", "property_desk", "street_leader"],
        "finish_tied": ["worker", "community_head", "property_desk", "department_desk"],
        "whistle": ["worker", "community_head", "street_leader"],
        "help": ["property_desk", "property_worker", "department_desk", "worker"],
        "object": ["property_desk", "department_desk", "worker"],
        "extend": ["property_desk", "department_desk", "worker", "grid_worker"],
        "review": ["community_head", "street_leader"],
        "call_back": ["worker", "grid_worker", "community_head", "street_leader"],
        "worklist": [*HANDS, "district_leader"],
        "rates": ["worker", "community_head", "street_leader", "district_leader", "property_desk"],
        "route": ["community_head", "street_leader"],
        "export": ["worker", "community_head", "property_desk", "street_leader"],
    },
    listens={
        "case.opened": "linli.mechanisms.cases.listeners.on_opened",
        "case.moved": "linli.mechanisms.cases.listeners.on_moved",
        "case.said": "linli.mechanisms.cases.listeners.on_said",
        "case.rung": "linli.mechanisms.cases.listeners.on_rung",
        "case.nudged": "linli.mechanisms.cases.listeners.on_nudged",
        "case.reminded": "linli.mechanisms.cases.listeners.on_reminded",
        "case.extended": "linli.mechanisms.cases.listeners.on_extended",
        "case.whistled": "linli.mechanisms.cases.listeners.on_whistled",
        "case.leg_reported": "linli.mechanisms.cases.listeners.on_leg_reported",
        "case.contested": "linli.mechanisms.cases.listeners.on_contested",
        "case.objection_decided": "linli.mechanisms.cases.listeners.on_objection_decided",
        "case.extension_asked": "linli.mechanisms.cases.listeners.on_extension_asked",
        "case.extension_refused": "linli.mechanisms.cases.listeners.on_extension_refused",
        "case.merged": "linli.mechanisms.cases.listeners.on_merged",
        "case.unmerged": "linli.mechanisms.cases.listeners.on_unmerged",
        "case.recomputed": "linli.mechanisms.cases.listeners.on_recomputed",
    },
    purposes=[
        Purpose("cases.contact", _("联系报事人"), "contract", 730,
                "个人信息保护法 第13条第1款第2项；保存期限为自定", fields=_("姓名、手机号")),
        Purpose("cases.case", _("办理报修和诉求"), "contract", 1825,
                "个人信息保护法 第13条第1款第2项、第19条；保存期限为自定", fields=_("问题、地点、照片、经过")),
        Purpose("cases.photo", _("看清哪里坏了、修成什么样"), "contract", 1825,
                "个人信息保护法 第13条第1款第2项、第19条；保存期限为自定，跟着那件事走", fields=_("照片")),
    ],
)
