"""The demo's call for works: drawn pictures, three jurors half way, an audience that has begun to vote."""

from __future__ import annotations

import io
from datetime import timedelta
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone
from PIL import Image, ImageDraw

from linli.foundation.calendar.clock import now, today
from linli.foundation.files import StoredFile, keep
from linli.foundation.people.models import Person
from linli.services.activities import exhibition
from linli.services.activities.actions import calls, judging
from linli.services.activities.households import is_verified
from linli.services.activities.models import Activity, Call

RULES = {
    "text": "收书法、国画、儿童画，每件一张照片。要本人原创；用了 AI 要写明。评委只看编号打分，大家投票单独算。"
            "著作权归作者，只展到写明的那天；原件评完凭签字取回。",
    "ages": [{"code": "6-12", "name": "少儿组", "from": 6, "to": 12},
             {"code": "13-59", "name": "成人组", "from": 13, "to": 59},
             {"code": "60-110", "name": "长者组", "from": 60, "to": 110}],
    "method": "trimmed", "tie": "median", "prizes": ["一等奖", "二等奖", "三等奖"],
}
WORKS = (
    ("小树", 9, "我家门口的梧桐", "一棵大树，树下有三个孩子和一只黄狗"),
    ("安安", 8, "下雪了", "蓝色的屋顶上落着白雪，烟囱冒着烟"),
    ("可可", 10, "奶奶的菜园", "一排红番茄，奶奶戴着草帽"), ("青石", 38, "荷", "水墨荷花，一片大叶压着一朵花苞"),
    ("晨露", 45, "早市", "石桥边的早市，人挑着担子"), ("无名氏", 31, "夜班", "路灯下骑车回家的人，影子很长"),
    ("老梅", 72, "梅", "一枝红梅，从左下斜着长到右上"), ("水根", 68, "福", "一个大大的福字，笔画厚"),
    ("桂香", 75, "忆江南", "行书一幅，写的是忆江南"),
)


def kept(person: Person, number: int, purpose: str) -> StoredFile:
    """A drawn picture, nobody's photograph."""
    picture = Image.new("RGB", (320, 240), (246, 241, 230))
    pen = ImageDraw.Draw(picture)
    for n in range(6):
        x, y = 30 + (number * 53 + n * 47) % 250, 30 + (number * 31 + n * 29) % 170
        tone = ((number * 37 + n * 60) % 160 + 40, (number * 71 + n * 30) % 120 + 60, (number * 19 + n * 45) % 120 + 60)
        pen.ellipse((x, y, x + 34 + n * 5, y + 28 + n * 4), fill=tone)
        pen.line((160, 235, x + 15, y + 14), fill=(90, 70, 60), width=3)
    out = io.BytesIO()
    picture.save(out, "JPEG", quality=80)
    # Without a name, as the pages do: a file's name may say whose it is.
    return keep(person, SimpleUploadedFile(".jpg", out.getvalue(), content_type="image/jpeg"), purpose=purpose)


def furnish(demo: Any, worker: Person, festival: Activity) -> Call:
    """A call in the middle of judging and voting."""
    people = [one for one in demo.residents if one.pk not in {star.pk for star in demo.stars.values()}]
    authors, jurors, voters = people[3::11], people[5::13], people[1::7]
    works = WORKS[::4] if demo.small else WORKS
    with demo.days_ago(25):
        evening = timezone.localtime(now()).replace(hour=20, minute=0, second=0, microsecond=0)
        call = calls.draft(
            worker, demo.area, title="画一画我们这条街", activity=festival,
            about="街上的树、人、早市、家里的一角，书法和画都收。",
            deadline=evening + timedelta(days=22), vote_from=evening + timedelta(days=22),
            vote_until=evening + timedelta(days=32), show_until=today() + timedelta(days=120), rules=RULES)
        calls.open_call(worker, call)
        chosen = _jurors(worker, call, jurors)
    with demo.days_ago(8):
        for n, (name, age, title, alt) in enumerate(works):
            author = authors[n % len(authors)]
            work = calls.hand_in(
                author, call, photo=kept(author, n, calls.PURPOSE), signed_as=name, birth_year=today().year - age,
                title=title, alt=alt, ai="partly" if name == "无名氏" else "no",
                ai_note="用来调颜色" if name == "无名氏" else "",
                is_original=True, licence=True, is_guardian=age < 18, version=1, once=f"demo-{n}")
            if n % 3 == 0:
                calls.take_original(worker, work)
    with demo.days_ago(2):
        judging.start_judging(worker, call)
        call.refresh_from_db()
        for order, juror in enumerate(chosen):
            mine = exhibition.to_judge(juror)
            for n, work in enumerate(mine[: len(mine) - order]):
                judging.score(juror.person, call, work.number, 70 + (n * 7 + order * 5) % 26)
    _votes(call, voters[: 4 if demo.small else 16], {one.person_id for one in chosen})
    return call


def _jurors(worker: Person, call: Call, people: list[Person]) -> list[Any]:
    found: list[Any] = []
    for person in people:
        if len(found) == 3:
            break
        if not person.is_staff:
            found.append(judging.ask_juror(worker, call, person))
    return found


def _votes(call: Call, voters: list[Person], jurors: set[int]) -> None:
    classes: dict[str, list[Any]] = {}
    for work in exhibition.hung(call, today()):
        classes.setdefault(work.age_class, []).append(work)
    for n, voter in enumerate(voters):
        if voter.pk in jurors or not is_verified(voter, call.area_code):
            continue
        for code, works in classes.items():
            choice = works[(n * n) % len(works)]
            if choice.author_id != voter.pk:
                judging.vote(voter, call, code, choice.number)
