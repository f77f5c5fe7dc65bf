"""Money before work: nothing outside the posted list, nothing without a yes, nothing taken twice."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.urls import reverse
from hypothesis import HealthCheck, given, settings, strategies as st

from linli.foundation.calendar import clock
from linli.foundation.calendar.clock import now
from linli.foundation.people.models import Organisation, Person
from linli.foundation.web import Denied, Refused
from linli.mechanisms.cases import actions as cases
from linli.mechanisms.cases.models import Case
from linli.services.repairs import actions, queries
from linli.services.repairs.actions.money import Line, new_code
from linli.services.repairs.models import ListState, PriceItem, PriceList, Quote, QuoteState, StockItem
from linli.services.repairs.tests.test_report import photo

pytestmark = pytest.mark.django_db


def line(item: PriceItem, quantity: str = "1", labour: str = "40", material: str = "50") -> Line:
    return Line(item.pk, Decimal(quantity), Decimal(labour), Decimal(material))


@pytest.mark.parametrize(("labour", "material", "refused"), [
    ("29.99", "50", "outside_range"), ("60.01", "50", "outside_range"), ("40", "200.01", "outside_range"),
    ("40", "10", "outside_range"), ("30", "20", ""), ("60", "200", ""), ("40", "0", ""),  # 0: the owner's own material
])
def test_only_inside_the_posted_range(leak: Case, property_worker: Person, tap: PriceItem, labour: str, material: str,
                                      refused: str) -> None:
    if refused:
        with pytest.raises(Refused, match=refused):
            actions.quote(property_worker, leak, [line(tap, labour=labour, material=material)])
    else:
        assert actions.quote(property_worker, leak, [line(tap, labour=labour, material=material)]).state == "proposed"


def test_what_is_not_on_the_list_is_not_charged(leak: Case, property_worker: Person, prices: PriceList,
                                                property_desk: Person, tap: PriceItem) -> None:
    newer = actions.draft_list(property_desk, prices.compound)
    actions.save_item(property_desk, newer, newer.items.get(name=tap.name), drop=True)
    actions.post_list(property_desk, newer)
    with pytest.raises(Refused, match="not_listed") as refusal:
        actions.quote(property_worker, leak, [line(tap)])
    assert "法释〔2020〕17号" in str(refusal.value.sentence)


def test_without_a_posted_list_nothing_is_charged(leak: Case, property_worker: Person) -> None:
    with pytest.raises(Refused, match="no_list"):
        actions.quote(property_worker, leak, [Line(1, Decimal(1), Decimal(1))])


def test_no_work_ends_before_the_answer(leak: Case, property_worker: Person, resident: Person, tap: PriceItem) -> None:
    row = actions.quote(property_worker, leak, [line(tap, "2")])
    assert row.total == Decimal("180.00")
    cases.act(property_worker, leak, "arrive")
    with pytest.raises(Refused, match="quote_open"):
        cases.act(property_worker, leak, "finish", note="好了", after_photo=1)
    actions.agree_quote(resident, row)
    assert cases.act(property_worker, leak, "finish", note="好了", after_photo=1).state == "done"
    assert Quote.objects.get().agreed_by == "tap"


def test_declined_means_make_safe_only(leak: Case, property_worker: Person, resident: Person, tap: PriceItem) -> None:
    row = actions.quote(property_worker, leak, [line(tap)])
    actions.decline_quote(resident, row, reason="太贵")
    with pytest.raises(Refused, match="quote_declined"):
        cases.act(property_worker, leak, "finish", note="好了", after_photo=1)
    actions.do_make_safe(property_worker, leak, note="关了角阀")
    assert cases.act(property_worker, leak, "finish", note="先关了阀", after_photo=1).state == "done"
    with pytest.raises(Refused, match="over_agreed"):
        actions.pay(property_worker, leak, amount=Decimal(1), how="cash")


def test_more_work_is_a_new_quote(leak: Case, property_worker: Person, resident: Person, tap: PriceItem) -> None:
    first = actions.quote(property_worker, leak, [line(tap)])
    second = actions.quote(property_worker, leak, [line(tap, "2")])
    assert Quote.objects.get(pk=first.pk).state == QuoteState.SUPERSEDED
    with pytest.raises(Refused, match="answered"):
        actions.agree_quote(resident, first)
    actions.agree_quote(resident, second)
    third = actions.quote(property_worker, leak, [line(tap)])
    actions.agree_quote(resident, third)
    assert queries.agreed_total(leak) == second.total + third.total


def test_only_the_requester_says_yes(leak: Case, property_worker: Person, property_desk: Person, neighbour: Person,
                                     tap: PriceItem) -> None:
    row = actions.quote(property_worker, leak, [line(tap)])
    for somebody in (property_worker, property_desk, neighbour):
        with pytest.raises(Denied):
            actions.agree_quote(somebody, row)


def test_an_old_quote_is_no_quote(leak: Case, property_worker: Person, resident: Person, tap: PriceItem) -> None:
    row = actions.quote(property_worker, leak, [line(tap)])
    with clock.at(now() + timedelta(days=8)), pytest.raises(Refused, match="expired"):
        actions.agree_quote(resident, row)


def test_paper_needs_its_photo(client_of: Any, leak: Case, property_worker: Person, tap: PriceItem) -> None:
    actions.quote(property_worker, leak, [line(tap)])
    client, url = client_of(property_worker), reverse("repairs:agreement", args=[leak.number])
    assert client.post(url, {"by": "paper"}).status_code == 422
    client.post(url, {"by": "paper", "paper": photo()})
    row = Quote.objects.get()
    assert (row.state, row.agreed_by, bool(row.paper)) == ("agreed", "paper", True)


def test_a_code_read_aloud(client_of: Any, leak: Case, property_worker: Person, tap: PriceItem) -> None:
    row = actions.quote(property_worker, leak, [line(tap)])
    client, url = client_of(property_worker), reverse("repairs:agreement", args=[leak.number])
    client.post(url, {"what": "send"})
    code = new_code(Quote.objects.get())
    wrong = "000000" if code != "000000" else "111111"
    for _ in range(5):
        assert client.post(url, {"by": "sms", "code": wrong}).status_code == 422
    assert "输错太多次" in client.post(url, {"by": "sms", "code": code}).content.decode()
    client.post(url, {"what": "send"})
    code = new_code(Quote.objects.get())
    client.post(url, {"by": "sms", "code": code})
    assert Quote.objects.get(pk=row.pk).agreed_by == "sms"


def test_the_code_goes_to_the_requesters_phone_and_nowhere_else(leak: Case, property_worker: Person, tap: PriceItem,
                                                                monkeypatch: Any, resident: Person) -> None:
    from linli.foundation.jobs.models import Job
    from linli.services.repairs import jobs

    sent: list[tuple[str, str]] = []

    class Gateway:
        def send(self, phone: str, text: str) -> None:
            sent.append((phone, text))

    monkeypatch.setattr(jobs, "sender", Gateway)
    row = actions.quote(property_worker, leak, [line(tap)])
    actions.send_code(property_worker, row)
    queued = Job.objects.get(name__endswith="send_quote_code")
    jobs.send_quote_code(quote=row.pk)
    assert sent[0][0] == resident.phone
    code = next(word for word in sent[0][1].replace("把 ", "|").split("|")[1].split())
    assert code not in str(queued.facts)
    assert actions.agree_quote(property_worker, row, by="sms", code=code).state == "agreed"


def test_who_is_not_to_pay_is_not_asked(leak: Case, property_worker: Person, property_desk: Person,
                                        tap: PriceItem) -> None:
    with pytest.raises(Refused, match="missing"):
        actions.confirm_payer(property_desk, leak, code="company")
    actions.confirm_payer(property_desk, leak, code="company", reason="立管是公共的")
    with pytest.raises(Refused, match="not_the_resident"):
        actions.quote(property_worker, leak, [line(tap)])


def test_the_payer_is_shown_with_its_article_and_can_be_disputed(client_of: Any, leak: Case, resident: Person,
                                                                 property_desk: Person) -> None:
    client = client_of(resident)
    page = client.get(reverse("portal:case", args=[leak.number])).content.decode()
    assert "业主自己付" in page
    assert "专有部分" in page
    client.post(reverse("repairs:dispute", args=[leak.number]), {"words": "管子是公用的"})
    assert "请社区调解员" in client.get(reverse("portal:case", args=[leak.number])).content.decode()
    desk = client_of(property_desk).get(reverse("desk:case", args=[leak.number])).content.decode()
    assert "居民不同意由谁付" in desk


def test_the_same_fault_in_its_warranty_is_free(leak: Case, property_worker: Person, resident: Person, tap: PriceItem,
                                                home: Any, community: Any) -> None:
    actions.agree_quote(resident, actions.quote(property_worker, leak, [line(tap)]))
    cases.act(property_worker, leak, "finish", note="换了", after_photo=1)
    cases.act(resident, leak, "rate", solved="yes")
    again = actions.report(resident, community, actions.Report(text="水龙头又漏了", category="water", home=home,
                                                               building=home.building))
    assert Case.objects.get(pk=again.pk).facts["rework_of"] == leak.number
    with pytest.raises((Refused, Denied)):
        actions.quote(property_worker, again, [line(tap)])
    with clock.at(now() + timedelta(days=200)):
        late = actions.report(resident, community, actions.Report(text="水龙头又漏了", category="water", home=home,
                                                                  building=home.building))
        assert "rework_of" not in late.facts


def test_payments_never_pass_what_was_agreed(leak: Case, property_worker: Person, resident: Person,
                                             tap: PriceItem) -> None:
    actions.agree_quote(resident, actions.quote(property_worker, leak, [line(tap)]))
    actions.pay(property_worker, leak, amount=Decimal("40"), how="cash")
    with pytest.raises(Refused, match="over_agreed"):
        actions.pay(property_worker, leak, amount=Decimal("50.01"), how="transfer")
    actions.pay(property_worker, leak, amount=Decimal("50"), how="transfer")
    assert queries.paid(leak) == Decimal("90.00")


def test_a_posted_list_never_changes(prices: PriceList, property_desk: Person, tap: PriceItem) -> None:
    with pytest.raises(Refused, match="posted"):
        actions.save_item(property_desk, prices, tap, labour_max=Decimal(999))
    draft = actions.draft_list(property_desk, prices.compound)
    assert draft.items.count() == prices.items.count()
    assert actions.draft_list(property_desk, prices.compound).pk == draft.pk
    actions.post_list(property_desk, draft)
    assert PriceList.objects.get(pk=prices.pk).state == ListState.REPLACED


def test_another_companys_desk_keeps_out(prices: PriceList, make_person: Any, community: Any, client_of: Any) -> None:
    other = Organisation.objects.create(name="乐家物业", kind="property_company", area=community)
    rival = make_person("乐家前台", None, "property_desk", at=community, of=other)
    with pytest.raises(Denied):
        actions.draft_list(rival, prices.compound)
    assert client_of(rival).get(reverse("repairs:price_list", args=[prices.pk])).status_code == 404


class TestStock:
    @pytest.fixture
    def item(self, property_desk: Person, property_company: Organisation) -> StockItem:
        return actions.add_item(property_desk, property_company, name="角阀", unit="个", price=Decimal("18.50"))

    def test_never_below_zero(self, item: StockItem, property_desk: Person, property_worker: Person,
                              leak: Case) -> None:
        actions.receive(property_desk, item, Decimal(2))
        actions.issue(property_worker, item, Decimal(2), leak, serial="A-1")
        with pytest.raises(Refused, match="not_enough"):
            actions.issue(property_worker, item, Decimal(1), leak)
        actions.give_back(property_worker, item, Decimal(1), leak)
        with pytest.raises(Refused, match="not_taken"):
            actions.give_back(property_worker, item, Decimal(2), leak)
        assert StockItem.objects.get().on_hand == 1

    @settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(steps=st.lists(st.tuples(st.sampled_from(["receive", "issue", "return"]), st.decimals(
        "0.01", "9.99", places=2)), max_size=12))
    def test_what_is_on_hand_is_what_the_moves_add_up_to(
        self, item: StockItem, property_desk: Person, property_worker: Person, leak: Case, steps: list[Any],
    ) -> None:
        for kind, quantity in steps:
            try:
                if kind == "receive":
                    actions.receive(property_desk, item, quantity)
                elif kind == "issue":
                    actions.issue(property_worker, item, quantity, leak)
                else:
                    actions.give_back(property_worker, item, quantity, leak)
            except Refused:
                pass
            fresh = StockItem.objects.get()
            added = sum((-m.quantity if m.kind == "issue" else m.quantity) for m in fresh.moves.all())
            assert fresh.on_hand == added >= 0


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(wanted=st.lists(st.tuples(
    st.decimals("0.01", "20", places=2), st.decimals("30", "60", places=2),
    st.decimals("20", "200", places=2) | st.just(Decimal(0))), min_size=1, max_size=4))
def test_a_total_is_the_sum_of_its_lines(leak: Case, property_worker: Person, tap: PriceItem,
                                         wanted: list[Any]) -> None:
    row = actions.quote(property_worker, leak, [Line(tap.pk, *one) for one in wanted])
    fresh = Quote.objects.get(pk=row.pk)
    assert fresh.total == sum(part.amount for part in fresh.lines.all())
    assert Quote.objects.filter(case=leak, state=QuoteState.PROPOSED).count() == 1
