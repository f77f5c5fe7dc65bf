"""What hangs on the notice board of the demo community: ninety days of ordinary news, through the actions."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from linli.foundation.areas.models import Building
from linli.foundation.calendar.clock import now
from linli.foundation.people.models import Person
from linli.services.bulletin import actions
from linli.services.bulletin.actions import Text
from linli.services.bulletin.models import Announcement, State

if TYPE_CHECKING:
    from linli.foundation.areas.models import Compound


@dataclass(frozen=True)
class _Piece:
    """One announcement: days ago, kind, title, body, days it stays; `to` is "all", "compound" or "building"."""

    ago: int
    kind: str
    title: str
    body: str
    stays: int = 30
    to: str = "all"
    by: str = "worker"
    ages: tuple[int | None, int | None] = (None, None)
    basis: str = ""
    pinned: bool = False
    urgent: bool = False
    public: bool = True


_PIECES = (
    _Piece(88, "other", "秋季社区值班安排", "9 月起，社区服务窗口周一到周五 8:30–17:30 有人，周六上午 9:00–11:30 有人。\n\n"
           "晚上和周日有急事，打社区值班电话，电话 24 小时有人接。", 60),
    _Piece(85, "health", "65 岁以上免费体检开始预约", "今年的免费体检从下周一开始，在社区卫生服务站做，空腹来。\n\n"
           "查血压、血糖、血常规、心电图、腹部 B 超。带身份证和医保卡。腿脚不方便的，可以约医生上门。", 40,
           ages=(65, None), basis="国家基本公共卫生服务规范：65 岁及以上老年人健康管理"),
    _Piece(82, "property", "电梯年度检验的时间", "本周四、周五检验电梯，每台停约 1 小时，一台一台来。\n\n"
           "家里有老人、病人要下楼，请提前告诉物业前台，我们调好时间。", 7, to="compound", by="property_desk"),
    _Piece(79, "lost", "东门捡到一串钥匙", "昨天傍晚在东门花坛边捡到一串钥匙，有一个蓝色的小鱼挂件。\n\n丢的人请到社区窗口来领，要说得出有几把。", 30),
    _Piece(76, "event", "中秋邻里月饼会", "周六下午 2 点，社区活动室，一起做月饼，材料社区准备。\n\n有坡道，轮椅进得来。想表演节目的，到窗口报个名。", 12),
    _Piece(73, "policy", "居民医保明年的缴费开始了", "明年的城乡居民医保现在可以交，12 月 20 日截止。\n\n"
           "可以在手机上交，也可以到窗口来，我们帮您办。", 85, pinned=True),
    _Piece(70, "safety", "台风要来，请收好阳台的花盆", "今晚到明天有 8 级以上大风。请把阳台、窗台上的花盆和晾衣杆收进屋。\n\n"
           "地下车库进水口已经放了沙袋。发现树倒、井盖丢，马上打值班电话。", 3, urgent=True),
    _Piece(67, "outage", "周三夜里停电检修", "供电公司检修线路，周三夜里 23:00 到周四早上 5:00 停电。\n\n"
           "家里用制氧机、呼吸机的，请马上告诉社区，我们借备用电源。", 4, to="compound"),
    _Piece(64, "public_notice", "三季度公共收益收支公示", "三季度电梯广告、临时停车的收入和用处，张贴在各单元门厅。\n\n"
           "有疑问，一周内到物业前台查账，也可以到社区来问。", 30, to="compound", by="property_desk"),
    _Piece(61, "event", "少儿图书角周末讲故事", "每周日上午 10 点，儿童图书角，给 4 到 8 岁的孩子讲故事，家长要陪着。", 50,
           ages=(4, 8), basis="社区儿童活动场地使用约定：按年龄分场"),
    _Piece(58, "policy", "高龄津贴怎么领", "满 80 岁，可以领高龄津贴。第一次领要登记一次，以后每月自动到账。\n\n"
           "带身份证、户口本和本人的银行卡。来不了的，家里人代办也行。", 90, ages=(80, None), basis="高龄津贴发放办法"),
    _Piece(55, "other", "快递柜挪到西门旁边", "原来北门的快递柜挪到西门岗亭旁边，今天下午起用。取件码不变。", 20, to="compound", by="property_desk"),
    _Piece(52, "health", "流感疫苗到货了", "社区卫生服务站有流感疫苗，周一到周五上午打。老人和孩子先打。\n\n发烧、感冒的，好了再来。", 45),
    _Piece(49, "safety", "有人冒充燃气公司上门", "这几天有人穿着工作服，说燃气要换零件，当场收钱。燃气公司上门检查不收现金。\n\n"
           "拿不准就先别开门，打社区电话问一声。", 30, urgent=True),
    _Piece(46, "outage", "周五上午停水", "二次供水水箱清洗，周五 8:30–12:00 停水。请提前接一点水备用。\n\n刚来水时水有点黄，放一会儿就清了。", 4,
           to="building", by="property_desk"),
    _Piece(43, "event", "重阳节，请老人拍一张合照", "周日上午 9 点到 11 点，社区门口，给老人和家人拍合照，当场打印。\n\n行动不便的，我们上门拍。", 10,
           ages=(60, None), basis="老年人权益保障法：老年节活动"),
    _Piece(40, "property", "地下车库顶面修补，请挪车", "车库 B 区 12 到 30 号车位，周二、周三修补漏水。请把车先停到地面临时车位，不另收费。", 5,
           to="compound", by="property_desk"),
    _Piece(37, "public_notice", "加装休息椅的地点，征求意见", "准备在健身广场、东门、南侧步道各加一组带扶手的椅子。\n\n地点合不合适，15 天内告诉我们。", 16),
    _Piece(34, "lost", "活动室留下一件灰色外套", "上周舞蹈班下课后，活动室留下一件灰色外套，口袋里有一副老花镜。请到窗口来领。", 30),
    _Piece(31, "policy", "租房也能给孩子办入学信息登记", "租房住在这里的家庭，明年孩子上小学，现在开始登记信息。\n\n带租房备案证明和居住证，窗口能办，手机上也能办。", 60),
    _Piece(28, "safety", "冬天用电暖器要注意三件事", "离窗帘一米以上；不在上面烘衣服；出门拔插头。\n\n旧插线板可以拿到社区换新的，每户一个，换完为止。", 60),
    _Piece(25, "event", "旧衣回收日", "周六 9:00–12:00，中心花园收旧衣、旧书，洗干净、捆好拿来。搬不动的，打电话我们来拿。", 8),
    _Piece(22, "health", "量血压、问用药", "每周二上午，卫生服务站的医生在活动室，量血压、看药盒、答问题，不用挂号。", 60),
    _Piece(19, "outage", "天然气临时停气", "抢修阀门，今天 13:00–17:00 停气。来气前请把灶具开关都关好。", 2, to="building", urgent=True),
    _Piece(16, "public_notice", "垃圾投放点改造方案公示", "南侧投放点加顶棚、洗手池和照明，投放时间不变。方案贴在公告栏，15 天内可以提意见。", 16),
    _Piece(13, "property", "电动车充电棚开始用了", "西门充电棚有 40 个插口，扫码用。楼道里不要再拉线充电。\n\n请不要把电池带上楼。", 60, to="compound", by="property_desk"),
    _Piece(10, "event", "冬至包饺子", "冬至那天下午 2 点，社区活动室，一起包饺子，给独居的老人送一份。\n\n要帮手 20 位，在活动里报名。", 30),
    _Piece(7, "policy", "灵活就业人员社保补贴", "没有单位、自己交社保的，符合条件可以领补贴。先在手机上查一查自己能不能领，不用来回跑。", 60),
    _Piece(5, "other", "老年食堂冬季菜单，请您挑", "下个月的菜单有三套，请在食堂门口的纸上画勾，或者告诉送餐的志愿者。少盐、无糖的都有。", 20),
    _Piece(3, "safety", "路面结冰，出门小心", "今晚到明早零下 2 度，坡道和台阶会结冰。已经撒了防滑沙，扶着栏杆慢慢走。\n\n要出门看病的老人，打社区电话，志愿者来扶。",
           4, pinned=True),
    _Piece(1, "outage", "明天停水检修", "自来水公司检修管道，明天 9:00–15:00 停水。请提前接水。\n\n"
           "行动不便的老人，志愿者今晚上门送水。停水时间变了，会在这里改。", 3, to="building", urgent=True),
    _Piece(0, "event", "新邻居见面会", "周日下午 3 点，社区活动室。刚搬来的，来认认门、认认人，社区工作者告诉您看病、上学、坐车怎么办。", 10),
)


def furnish(demo: Any) -> None:
    """Thirty-two published announcements, one withdrawn, one waiting, one draft; read by some of the residents."""
    writers = {"worker": demo.people("worker"), "property_desk": demo.people("property_desk")}
    heads = demo.people("community_head")
    if not writers["worker"] or not heads:
        return
    for piece in _PIECES:
        writer = _writer(demo, writers[piece.by] or writers["worker"])
        with demo.days_ago(piece.ago):
            row = _drafted(demo, writer, piece, company=_company(writer) if piece.by == "property_desk" else None)
            if row is None:
                continue
            actions.submit(writer, row)
            actions.approve(heads[0], row, version=1)
    _unfinished(demo, writers["worker"], heads)
    _read_some(demo)


def _read_some(demo: Any) -> None:
    """Some residents open some announcements; a few have too few readers to be counted aloud."""
    people = list(Person.objects.filter(community=demo.area, is_active=True).order_by("pk")[:400])
    rows = list(Announcement.objects.filter(area=demo.area, state=State.PUBLISHED).order_by("-shown_from")[:12])
    for row in rows:
        for person in demo.random.sample(people, k=min(len(people), demo.random.choice((3, 8, 18, 30)))):
            actions.mark_read(person, row)


def _writer(demo: Any, people: list[Person]) -> Person:
    found: Person = demo.random.choice(people)
    return found


def _company(person: Person) -> Any:
    held = person.roles.filter(role="property_desk", withdrawn=None).select_related("organisation").first()
    return held.organisation if held else None


def _drafted(demo: Any, writer: Person, piece: _Piece, *, company: Any) -> Any:
    compounds: list[Compound] = list(demo.compounds)
    if company is not None:
        compounds = [compound for compound in compounds if compound.property_company_id == company.pk]
    if piece.to != "all" and not compounds:
        return None
    places: list[Any] = []
    if piece.to != "all":
        compound = demo.random.choice(compounds)
        places = [compound]
        if piece.to == "building":
            buildings = list(Building.objects.filter(compound=compound).select_related("area", "compound"))
            places = sorted(demo.random.sample(buildings, k=min(3, len(buildings))), key=lambda row: row.number) or places
    text = Text(
        title=piece.title, body=piece.body, kind=piece.kind, places=places, age_from=piece.ages[0], age_to=piece.ages[1],
        age_basis=piece.basis, is_pinned=piece.pinned, is_urgent=piece.urgent, is_public=piece.public,
        expires_at=now() + timedelta(days=piece.stays))
    return actions.draft(writer, demo.area, text, organisation=company)


def _unfinished(demo: Any, workers: list[Person], heads: list[Person]) -> None:
    """What a desk has on an ordinary day: a mistake taken back, a text that waits, and one half written."""
    worker = workers[0]
    with demo.days_ago(15):
        row = actions.draft(worker, demo.area, Text(
            title="周六停电", body="周六 9:00–12:00 停电检修。", kind="outage", expires_at=now() + timedelta(days=20)))
        actions.submit(worker, row)
        actions.approve(heads[0], row, version=1)
    with demo.days_ago(14):
        actions.withdraw(heads[0], row, reason="供电公司改了时间，定了再告诉大家。")
    with demo.days_ago(0):
        waiting = actions.draft(worker, demo.area, Text(
            title="元旦值班安排", body="元旦三天，社区窗口上午有人，值班电话 24 小时有人接。", expires_at=now() + timedelta(days=40)))
        actions.submit(worker, waiting)
        actions.draft(worker, demo.area, Text(
            title="春节写春联", body="想请会写毛笔字的邻居来帮忙，时间还没有定。", kind="event", expires_at=now() + timedelta(days=80)))
