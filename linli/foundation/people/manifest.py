from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from linli.foundation.web.manifest import Command, Manifest, Menu, Purpose

_STAFF = ["worker", "community_head"]
_GIVERS = ["community_head", "system_admin", "security_admin"]

manifest = Manifest(
    name="people",
    title=_("居民与角色"),
    icon="people",
    menu=[
        Menu("desk", "people:desk_residencies", _("居民与角色"), "people", verb="people.decide_residency", order=70),
        Menu("desk", "people:desk_roles", _("角色"), "shield", verb="people.give_role", order=71),
    ],
    permissions={
        "secure": ["@self"],
        "end_sign_in": ["@self"],
        "remove_passkey": ["@self"],
        "update_profile": ["@self"],
        "claim_residency": ["resident"],
        "decide_residency": _STAFF,
        "end_residency": ["@self", *_STAFF],
        "give_role": _GIVERS,
        "reset_second_factor": ["system_admin", "security_admin"],
        "register": _STAFF,
        "manage_organisation": ["community_head", "system_admin"],
        "give_mandate": ["@self"],
        "witness_mandate": _STAFF,
        "accept_mandate": ["@agent"],
        "act_for": ["@agent"],
        "withdraw_mandate": ["@subject", "@agent", *_STAFF],
    },
    purposes=[
        Purpose(
            "people.account", _("您的账号：手机号、称呼、社区"), "contract", 180,
            "个人信息保护法 第十三条第一款第二项", fields="phone, name, title, birth_year"),
        Purpose(
            "people.sign_in", _("登录：验证码、验证器、登录过的设备"), "duty", 180,
            "网络安全法 第二十三条第三项；GB/T 22239-2019 8.1.4.1", fields="phone, code, device, network prefix"),
        Purpose(
            "people.contact", _("办事时联系您"), "contract", 180,
            "个人信息保护法 第十三条第一款第二项", fields="phone, name"),
        Purpose(
            "people.residency", _("核实您住在哪一户"), "contract", 180,
            "个人信息保护法 第十三条第一款第二项", fields="home, bond"),
        Purpose(
            "people.mandate", _("家人替您办事的委托"), "contract", 1095,
            "民法典 第一百六十五条、第一百八十八条（诉讼时效三年）", fields="subject, agent, scope, evidence"),
    ],
    commands=[Command("create", "admin", "linli.foundation.people.create_admin",
                      "Give the first system administrator of a place, by phone number.")],
)
