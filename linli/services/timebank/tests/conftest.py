"""The people of the time bank's tests: Mr. L. who is helped, Aunt W. who helps, her mother; two workers, two heads."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from linli.foundation.areas.models import Area
from linli.foundation.calendar import clock
from linli.foundation.people.models import Person
from linli.mechanisms.ledger import queries as books
from linli.services.timebank import purses
from linli.services.timebank.actions import asking, attending, joining, keeping, settling
from linli.services.timebank.actions.asking import Wanted
from linli.services.timebank.actions.joining import Profile
from linli.services.timebank.models import Decision, Need, Service

SHANGHAI = ZoneInfo("Asia/Shanghai")
NOON = datetime(2026, 11, 24, 12, 0, tzinfo=SHANGHAI)


@dataclass
class Bank:
    """A community whose Mr. L. was issued ten hours."""

    area: Area
    aunt: Person
    mr_l: Person
    mother: Person
    worker: Person
    second: Person
    head: Person
    leader: Person
    decision: Decision

    def balanced(self) -> bool:
        return books.trial_balance(purses.book(self.area)).is_balanced

    def has(self, person: Person) -> purses.Standing:
        return purses.standing(purses.book(self.area), person)

    def pool(self) -> int:
        return books.balance(purses.pool(purses.book(self.area))).posted

    def clearing(self) -> int:
        return books.balance(purses.clearing(purses.book(self.area))).posted

    def published(self, minutes: int = 120, begins: datetime | None = None, **more: Any) -> Need:
        need = asking.ask(self.mr_l, self.area, Wanted(
            item="company", begins=begins or clock.now(), minutes=minutes, place="梧桐苑", **more))
        return asking.publish(self.worker, need)

    def served(self, minutes: int = 120, *, helper: Person | None = None, begins: datetime | None = None,
               agreed: int | None = None) -> Service:
        """Asked, published, accepted, attended with the recipient's codes; waits for confirmation."""
        begins = begins or clock.now()
        need = self.published(agreed or minutes, begins=begins)
        service = asking.accept(helper or self.aunt, need)
        with clock.at(begins):
            attending.check_in(helper or self.aunt, service, code=service.code_in)
        with clock.at(begins + timedelta(minutes=minutes)):
            return attending.check_out(helper or self.aunt, service, code=service.code_out)


@pytest.fixture
def noon() -> Any:
    with clock.at(NOON):
        yield NOON


@pytest.fixture
def bank(noon: datetime, community: Area, street: Area, make_person: Callable[..., Person], worker: Person,
         community_head: Person) -> Bank:
    aunt = make_person("王阿姨", community, name="王秀英", birth_year=1968)
    mr_l = make_person("李大爷", community, name="李福生", birth_year=1946)
    mother = make_person("王奶奶", community, name="陈桂香", birth_year=1944)
    second = make_person("许晴", None, "worker", at=community)
    leader = make_person("沈主任", None, "street_leader", at=street)
    volunteer = joining.register(aunt, community, Profile(birth_date=date(1968, 3, 2), gender="f"))
    joining.certify_volunteer(worker, volunteer, trained_on=date(2026, 1, 10), insured_until=date(2027, 1, 1))
    joining.confirm_kin(worker, joining.claim_kin(aunt, community, mother, "parent"))
    joining.entitle(worker, community, mr_l, kind="hardship", source="低保证 2026-018")
    decision = keeping.agree_decision(leader, keeping.propose_decision(
        community_head, community, number="青街发〔2026〕3号", title="困难老人", limit_minutes=6000,
        since=date(2026, 1, 1)))
    keeping.issue(worker, decision, mr_l, 600, once="first")
    return Bank(community, aunt, mr_l, mother, worker, second, community_head, leader, decision)


@pytest.fixture
def preset(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """`preset("shanghai")`: the area follows that city from then on; `preset("shanghai", since=day)` from a day."""
    from linli.services.timebank import presets

    def choose(city: str, *, since: date | None = None, before: str = "beijing") -> None:
        def city_of(area: Any, on: date) -> str:
            return before if since is not None and on < since else city

        monkeypatch.setattr(presets, "city_of", city_of)

    return choose


def settled(bank: Bank, minutes: int = 120, **more: Any) -> Service:
    service = bank.served(minutes, **more)
    with clock.at(service.out_at + timedelta(minutes=1)):  # type: ignore[operator]  # served() has set it
        return settling.confirm(bank.mr_l, service)
