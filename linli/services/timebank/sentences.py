"""What a person reads for each obstacle: what to do, not what failed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NoReturn

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from linli.foundation.web import Refused

SENTENCES: Mapping[str, str | Promise] = {
    "not_registered": _("先登记成志愿者，一分钟就好。"),
    "not_trained": _("先参加一次志愿者培训，社区会给您约时间。"),
    "not_resident": _("本地的时间银行只记常住居民的时间。先在「我的住址」里登记住在哪里。"),
    "age_unknown": _("还不知道您的出生日期，请社区帮您登记。"),
    "too_young": _("年龄还不够，过几年再来。可以先跟家人一起参加社区活动。"),
    "minor_needs_group": _("未满 18 岁要跟服务队一起来。先加入一支服务队。"),
    "minor_needs_guardian": _("未满 18 岁要监护人同意。请监护人在自己的手机上点「同意」。"),
    "not_old_enough": _("还没到兑换的年龄。时间一直留着，到时候再用，也可以先送给家里的老人。"),
    "earn_more_first": _("攒够 100 小时以后就能兑换。"),
    "no_minutes": _("请写要给多少时间。"),
    "no_onward_gift": _("别人送的时间留给您自己用，不能再送人。"),
    "group_donates_only": _("服务队一起攒的时间只能捐给公益池。"),
    "no_relation": _("只能送给登记过的亲属。先登记你们的关系，社区核对后就能送。"),
    "no_gifts_here": _("本地的办法不开放送给个人，可以捐给公益池。"),
    "recipient_age_unknown": _("还不知道对方的出生日期，请社区帮忙登记。"),
    "recipient_too_young": _("对方还没到兑换的年龄，到了再送。"),
    "gift_limit": _("今年送出的时间到上限了，明年再送。"),
    "not_to_them": _("本地的办法不能捐到这里，可以捐给公益池。"),
    "no_decision_number": _("请写发放时间的决定文号。"),
    "over_budget": _("超出这份决定的额度了。换一份决定，或者少发一些。"),
    "not_entitled": _("这位老人还没有登记为可以发放的对象。先登记依据。"),
    "person_limit": _("这位老人今年发放的时间到上限了。"),
    "no_reason": _("请写一句理由，至少四个字。"),
    "second_person": _("要另一位同事来办，不能自己提、自己办。"),
    "same_organisation": _("已经在这个单位了。"),
    "no_consent": _("要志愿者本人同意才能转。"),
    "no_goods_here": _("本地的办法不能用时间换东西。"),
    "never_back": _("换成的积分不能再换回时间。"),
    "no_proxy_here": _("这件事要本人来办。"),
    "risk_not_read": _("先看一遍这次服务可能的风险，再答应。"),
    "not_insured": _("这次服务要先上意外保险。社区给您办好就能去，不用您出钱。"),
    "no_skill": _("这次服务要有证书。请社区看过您的证书再接。"),
    "not_fit": _("您说过不方便做这一项。改了身体情况再接。"),
    "gender_wish": _("这位老人希望来的人性别不同，谢谢您。"),
    "busy_then": _("那个时间您已经答应了别人。"),
    "short": _("时间不够。可以让家人送一些，或者请社区看看能不能用公益池。"),
    "short_of_theirs": _("对方账上的时间不够这一次了，社区会联系他。先看看别的。"),
    "pool_for_entitled": _("公益池先给登记过的困难老人用。先登记依据，或者用本人的时间。"),
    "pool_short": _("公益池的时间不够这一次了。"),
    "gone": _("这件事已经有人接了，谢谢您。看看别的。"),
    "over": _("约好的时间过了，不能再接。"),
    "own_help": _("这是您自己的求助，要别人来。"),
    "too_early": _("还没到时间，约好的时间前一小时可以签到。"),
    "wrong_code": _("服务码不对。看一下对方手机或卡片上的六个数字，再输一次。"),
    "too_many_codes": _("试了太多次。请打电话给社区，由工作人员签到。"),
    "not_now": _("这一步已经做过了，请刷新看看。"),
    "own_confirm": _("不能自己给自己确认，请对方或社区来。"),
    "under_review": _("这次服务正在由人核对，核对完再记时间。"),
    "too_late_to_claim": _("过了提出的期限。请打电话给社区。"),
    "claim_open": _("这次服务已经有人提出了，正在看。"),
    "too_late_to_appeal": _("过了申诉的期限。"),
    "same_decider": _("申诉要由另一位同事看。"),
    "own_case": _("与您自己有关的，要另一位同事来看。"),
    "past": _("请选今天以后的时间。"),
    "too_far": _("时间太远了，最多提前六十天。"),
    "bad_minutes": _("时长在 15 分钟到 8 小时之间。"),
    "no_item": _("请选要帮什么。"),
    "already": _("已经有了，不用再办一次。"),
    "no_agreement": _("两个社区还没有互通的约定。"),
    "not_theirs": _("对方不住在那个社区。"),
    "spent": _("这些时间已经用掉了，不能冲回。请负责人商量怎么处理。"),
    "held_too_much": _("应记的时间比冻结的多。多的部分请另行发放。"),
    "not_kin": _("只能转给登记过的亲属。"),
    "nothing_to_certify": _("这段时间还没有服务记录。换一段日期。"),
    "closed_decision": _("这份决定还没有生效，或者已经到期。"),
    "no_place": _("请写大概在哪里，例如 3 号楼附近。"),
    "not_found": _("没有找到这个人。请核对手机号。"),
}


def refuse(code: str, *, field: str | None = None, **data: Any) -> NoReturn:
    """Raise `Refused` with the sentence of `code`."""
    raise Refused(code, SENTENCES[code], field=field, **data)


def stop_at(obstacles: Sequence[str], *, field: str | None = None) -> None:
    """Raise `Refused` for the first obstacle, if there is one."""
    if obstacles:
        refuse(obstacles[0], field=field)
