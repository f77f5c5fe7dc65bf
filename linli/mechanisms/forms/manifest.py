from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from linli.foundation.web.manifest import Manifest, Menu, Purpose
from linli.mechanisms.forms.settings import KEEPERS, NEIGHBOURS

manifest = Manifest(
    name="forms",
    title=_("填表"),
    icon="edit",
    permissions={
        "design": KEEPERS,
        "publish": KEEPERS,
        "send": KEEPERS,
        "read": KEEPERS,
        "export": KEEPERS,
        "answer": NEIGHBOURS,
        "fill": ["@own"],
    },
    menu=[
        Menu("portal", "forms:mine", _("填表"), "edit", order=65),
        Menu("desk", "forms:desk", _("表单"), "edit", verb="design", order=46),
    ],
    listens={
        "forms.announced": "linli.mechanisms.forms.listeners.on_announced",
        "forms.asked": "linli.mechanisms.forms.listeners.on_asked",
        "forms.sent_back": "linli.mechanisms.forms.listeners.on_sent_back",
        "forms.published": "linli.mechanisms.forms.listeners.on_published",
    },
    purposes=[
        Purpose("forms.answer", _("您在表里填的内容"), "consent", 365,
                "个人信息保护法 第13条第1款第1项、第19条、第29条；截止后一年为自定", sensitive=True,
                fields=_("表里问到的各项")),
        Purpose("forms.draft", _("没填完的表"), "consent", 90,
                "个人信息保护法 第19条；最后一次保存后 90 天为自定", sensitive=True, fields=_("表里已经填的各项")),
        Purpose("forms.file", _("您在表里交的照片和文件"), "consent", 365,
                "个人信息保护法 第13条第1款第1项、第19条；与所在的表同存同删", sensitive=True, fields=_("照片、文件")),
    ],
    cards={"portal.mine": "linli.mechanisms.forms.cards.mine", "desk.side": "linli.mechanisms.forms.cards.desk"},
    demo="linli.mechanisms.forms.demo.furnish",
)
