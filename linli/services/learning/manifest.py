from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from linli.foundation.web.manifest import Manifest, Menu, Purpose

_DESK = ["worker", "community_head"]
_HEADS = ["community_head", "street_leader"]
_HERE = "linli.services.learning.listeners."

manifest = Manifest(
    name="learning",
    title=_("银发课堂"),
    icon="book",
    permissions={
        # classes
        "keep_courses": _DESK,
        "offer_course": ["resident"],
        "run_course": ["@host", *_DESK],
        "join": ["resident"],
        "help_class": ["@host", "@class_helper"],
        "check_out": ["@self", *_DESK],
        # what was learned
        "learn": ["@self"],
        "mark": ["@host", "@helper", *_DESK],
        "certificate": ["@self", *_DESK],
        "look_up": [*_DESK, "street_leader"],
        "revoke": _HEADS,
        # one to one
        "offer_help": ["resident"],
        "leave_help": ["@self", *_DESK],
        "ask_help": ["resident"],
        "withdraw_ask": ["@learner", "@asker", *_DESK],
        "match": _DESK,
        "answer": ["@learner", "@asker", "@helper", *_DESK],
        "keep_times": ["@host", *_DESK],
        "meet": ["resident"],
        "book_visit": ["@learner", "@asker", *_DESK],
        "name_second": _DESK,
        "answer_second": ["@second"],
        "cancel_visit": ["@learner", "@asker", "@helper", *_DESK],
        "attend": ["@helper", *_DESK],
        "confirm_hours": ["@learner", "@asker", "@host", *_DESK],
        # devices
        "lend": _DESK,
        # drills
        "join_drills": ["resident"],
        "keep_drills": _DESK,
        # report
        "report": [*_DESK, "street_leader"],
        "note_stuck": _DESK,
    },
    menu=[
        Menu("portal", "learning:home", _("银发课堂"), "book", tone="warm", order=45),
        Menu("elder", "learning:home", _("学用手机"), "book", order=46),
        Menu("desk", "learning:desk", _("银发课堂"), "book", verb="keep_courses", order=47),
    ],
    listens={
        "learning.course_offered": _HERE + "on_course_offered",
        "learning.course_decided": _HERE + "on_course_decided",
        "learning.help_offered": _HERE + "on_help_offered",
        "learning.helper_checked": _HERE + "on_helper_checked",
        "learning.help_asked": _HERE + "on_help_asked",
        "learning.proposed": _HERE + "on_proposed",
        "learning.declined": _HERE + "on_declined",
        "learning.paired": _HERE + "on_paired",
        "learning.parted": _HERE + "on_parted",
        "learning.visit_booked": _HERE + "on_visit_booked",
        "learning.second_asked": _HERE + "on_second_asked",
        "learning.second_answered": _HERE + "on_second_answered",
        "learning.visit_cancelled": _HERE + "on_visit_cancelled",
        "learning.visit_ended": _HERE + "on_visit_ended",
        "privacy.consent_withdrawn": _HERE + "on_consent_withdrawn",
    },
    purposes=[
        Purpose(
            "learning.lesson", _("一对一教手机"), "contract", 180,
            "个人信息保护法 第13条第1款第2项、第19条；保存期限为自定", fields=_("您写的说明、上课的地点")),
        Purpose(
            "learning.home", _("两位志愿者上门教"), "consent", 180,
            "个人信息保护法 第13条第1款第1项、第15条；保存期限为自定", fields=_("门牌、约好的时间")),
        Purpose(
            "learning.drill", _("防骗演练：给您发假的诈骗消息，当场告诉您"), "consent", 365,
            "个人信息保护法 第13条第1款第1项、第15条；保存期限为自定", fields=_("您选了怎么做，只有您自己看得到")),
        Purpose(
            "learning.progress", _("记下学会了什么"), "contract", 1095,
            "个人信息保护法 第13条第1款第2项、第19条；保存期限为自定", fields=_("每一样是自己会、要人帮，还是还不会")),
    ],
    cards={
        "portal.mine": "linli.services.learning.cards.mine",
        "elder.mine": "linli.services.learning.cards.mine",
    },
    search="linli.services.learning.queries.courses.find",
    demo="linli.services.learning.demo.furnish",
)
