"""Words of safety for what may harm at a custom; the law behind each stands beside it in docs/activities.md."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

from linli.services.activities.models import Hazard

HAZARDS = {
    Hazard.FIRE: _("有明火：旁边放灭火器和水，有人一直看着，孩子离开三步远。"),
    Hazard.FIREWORKS: _("有烟花爆竹：先问清本地准不准放、在哪里放；只在划出的地方放，大人来点。"),
    Hazard.WATER: _("在水边：备救生圈，孩子由大人牵着，不会水的不上船。"),
    Hazard.FOOD: _("现做食物：洗手、戴口罩，生熟分开；说清有没有花生、海鲜。"),
    Hazard.BLADE: _("用刀剪：大人用，用完收进盒子。"),
    Hazard.CROWD: _("人多：分批进，留出两个出口，不推不挤。"),
}


@dataclass(frozen=True)
class SafetyWord:
    code: str
    title: str
    text: str


def warnings_of(hazards: Sequence[str]) -> list[SafetyWord]:
    """The words for these hazards, in the order of the list; unknown codes are left out."""
    return [SafetyWord(one.value, str(one.label), str(HAZARDS[one])) for one in Hazard if one.value in hazards]
