"""What neighbours read names the building at most."""

from __future__ import annotations

import pytest

from linli.foundation.privacy.masks import mask_door


@pytest.mark.parametrize(("told", "shown"), [
    ("3号楼1单元602室漏水", "3号楼漏水"), ("3-1-602 停电", "停电"), ("5栋二单元电梯异响", "5栋电梯异响"),
    ("2号楼坡道扶手松动", "2号楼坡道扶手松动"), ("停电 3 小时", "停电 3 小时"), ("2026年的事", "2026年的事"),
])
def test_entrance_and_door_stay_with_who_handles_it(told: str, shown: str) -> None:
    assert mask_door(told) == shown
