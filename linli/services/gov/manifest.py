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
        "work": [*_DESK, "street_leader", "department_desk"],
        "extend": ["community_head", "street_leader", "department_desk"],
        "object": ["@subject", "@family"],
        "rate": ["@subject", "@actor", "@family"],
        "ratings": [*_DESK, "street_leader", "district_leader"],
        "call_back": [*_DESK, "street_leader"],
        "hold_paper": ["@self"],
        "show_paper": ["@owner", "@agent"],
        "use_paper": ["@owner", "@agent"],
        "drop_paper": ["@owner"],
        "see_shown": [*_DESK, "street_leader"],
        "verify_paper": _DESK,
        "book_outside": ["@self"],
        "cancel_outside": ["@subject", "@agent"],
        "keep_outside": _DESK,
        "see_sending": [*_DESK, "street_leader"],
        "mend_sending": _DESK,
        "connect": ["system_admin"],
    },
    listens={
        "privacy.consent_withdrawn": "linli.services.gov.rights.on_consent_withdrawn",
        "gov.delivered": "linli.services.gov.listeners.on_delivered",
        "gov.refused": "linli.services.gov.listeners.on_stopped",
        "gov.withdrawn": "linli.services.gov.listeners.on_stopped",
    },
    acts={f"gov.{name}": f"linli.services.gov.acts.{name}" for name in (
        "find", "begin", "page", "save_page", "hand_in", "where", "papers", "paper_form", "read_paper", "attach")} | {
        "gov.eligible_step": "linli.services.gov.assistant_acts.eligible_step"},
    case_kinds=[str(KINDS / "application.yaml")],
    menu=[
        Menu("portal", "gov:home", _("办事指南"), "doc", tone="brand", order=12),
        Menu("portal", "gov:mine", _("我的办件"), "list", tone="brand", order=13),
        Menu("portal", "gov:outside", _("看病、疫苗、学校"), "heart", tone="warm", order=13),
        Menu("portal", "gov:wallet", _("我的证照"), "lock", tone="info", order=14),
        Menu("elder", "gov:outside", _("看病、打疫苗"), "heart", order=41),
        Menu("elder", "gov:home", _("办事要带什么"), "doc", order=40),
        Menu("desk", "gov:work", _("办事申请"), "doc", verb="work", order=14),
        Menu("desk", "gov:desk", _("办事指南"), "doc", verb="desk", order=40),
        Menu("desk", "gov:wallet_window", _("看出示的证照"), "shield", verb="see_shown", order=42),
        Menu("desk", "gov:sendings", _("发给部门的申请"), "send", verb="see_sending", order=43),
        Menu("desk", "gov:desk_places", _("医院和学校"), "heart", verb="keep_outside", order=44),
        Menu("desk", "gov:endpoints", _("和别的系统连接"), "globe", verb="connect", order=90),
    ],
    purposes=[
        # The elements of the items' forms name it. What is answered to "am I entitled" is kept nowhere.
        Purpose("gov.application", _("办事时填的内容"), "duty", 1095,
                "个人信息保护法 第13条第1款第3项、第19条、第34条；保存期限为自定", sensitive=True,
                fields=_("每件事的表里写明要的那几样")),
        Purpose("gov.wallet", _("把证件存着，办事时用"), "consent", 0,
                "个人信息保护法 第13条第1款第1项、第29条；本人随时可以拿出来删掉", sensitive=True,
                fields=_("证件号、证件照片、到期日")),
        Purpose("gov.outside", _("替您向医院或学校预约"), "consent", 90,
                "个人信息保护法 第23条、第29条；约过的日子之后留 90 天为自定", sensitive=True,
                fields=_("姓名、手机号、约了哪里和什么时间")),
        Purpose("gov.connection", _("和别的系统连接的密钥"), "duty", 0,
                "不是个人信息；和个人信息一样加密存着", fields=_("密钥")),
    ],
    commands=[
        Command("import", "items", "linli.services.gov.importing",
                "take records of another directory of services (JSONL): listed, marked as not checked here"),
        Command("gov", "load", "linli.services.gov.loading",
                "bring a catalogue of item folders into the database: what changed becomes the next version"),
    ],
    cards={
        "portal.side": "linli.services.gov.cards.door",
        "case.side": "linli.services.gov.cards_case.on_case",
        "desk.case": "linli.services.gov.cards_case.on_desk",
    },
    search="linli.services.gov.queries.items.search",
    knows="linli.services.gov.knowing.units",
    demo="linli.services.gov.demo.furnish",
)
