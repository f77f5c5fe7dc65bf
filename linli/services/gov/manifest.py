from __future__ import annotations

from pathlib import Path

from django.utils.translation import gettext_lazy as _

from linli.foundation.web.manifest import Command, Manifest, Menu, Purpose

_DESK = ["worker", "community_head"]
KINDS = Path(__file__).parent / "kinds"

manifest = Manifest(
    name="gov",
    title=_("办事指南"),
    icon="doc",
    permissions={
        "desk": [*_DESK, "street_leader", "district_leader"],
        "edit_local": [*_DESK, "street_leader"],
        "publish": ["community_head", "street_leader"],
        "check": [*_DESK, "street_leader"],
        "apply": ["resident", *_DESK],
        "own": ["@subject", "@actor", "@family"],
        "withdraw": ["@subject", "@actor", "@family"],
        "receive": _DESK,
        "review": [*_DESK, "department_desk"],
        "decide": ["community_head", "street_leader", "department_desk"],
        "deliver": _DESK,
    },
    case_kinds=[str(KINDS / "application.yaml")],
    menu=[
        Menu("portal", "gov:home", _("办事指南"), "doc", tone="brand", order=12),
        Menu("elder", "gov:home", _("办事要带什么"), "doc", order=40),
        Menu("desk", "gov:desk", _("办事指南"), "doc", verb="desk", order=40),
    ],
    purposes=[
        # The elements of the items' forms name it. What is answered to "am I entitled" is kept nowhere.
        Purpose("gov.application", _("办事时填的内容"), "duty", 1095,
                "个人信息保护法 第13条第1款第3项、第19条、第34条；保存期限为自定", sensitive=True,
                fields=_("每件事的表里写明要的那几样")),
    ],
    commands=[
        Command("import", "items", "linli.services.gov.importing",
                "take records of another directory of services (JSONL): listed, marked as not checked here"),
        Command("gov", "load", "linli.services.gov.loading",
                "bring a catalogue of item folders into the database: what changed becomes the next version"),
    ],
    cards={"portal.side": "linli.services.gov.cards.door"},
    search="linli.services.gov.queries.items.search",
    knows="linli.services.gov.knowing.units",
    demo="linli.services.gov.demo.furnish",
)
