"""Four city presets: whole, sourced, and stopped at load when a rule is left out."""

from __future__ import annotations

import shutil
from datetime import date
from pathlib import Path

import pytest
import yaml

from linli.foundation.calendar import clock
from linli.services.timebank import presets
from linli.services.timebank.terms import RULES, BadTerms, parse

HERE = Path(presets.__file__).parent / "policy"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    shutil.copytree(HERE, tmp_path / "policy")
    return tmp_path / "policy"


def test_there_are_twenty_four_rules_in_each_of_four_cities() -> None:
    assert len(RULES) == 24
    for city in presets.CITIES:
        rows = yaml.safe_load((HERE / f"{city}.yaml").read_text(encoding="utf-8"))
        assert sorted(rows) == sorted(f"{city}_{rule}" for rule in RULES)
        assert all(entry["source"].strip() for entries in rows.values() for entry in entries)


def test_the_files_of_the_program_load() -> None:
    presets.load()


@pytest.mark.parametrize("city", presets.CITIES)
@pytest.mark.parametrize("rule", RULES)
def test_a_rule_left_out_fails_at_load(folder: Path, city: str, rule: str) -> None:
    lines = (folder / f"{city}.yaml").read_text(encoding="utf-8").splitlines()
    at = lines.index(f"{city}_{rule}:")
    (folder / f"{city}.yaml").write_text("\n".join(lines[:at] + lines[at + 2:]), encoding="utf-8")
    with pytest.raises(BadTerms, match=f"{rule} is left out"):
        presets.load(folder)


@pytest.mark.parametrize(("old", "new", "said"), [
    ('day: "none", balance', "balance", "leaves out 'day'"),
    ('day: "none", balance', 'day: "soon", balance', "neither none nor a number"),
    ("onward: false", "onward: true", "never passed on"),
    ("table: {}", 'table: {legal: "90min"}', "never both in one book")])
def test_a_value_that_cannot_be_read_fails_at_load(folder: Path, old: str, new: str, said: str) -> None:
    text = (folder / "nanjing.yaml").read_text(encoding="utf-8")
    assert old in text
    (folder / "nanjing.yaml").write_text(text.replace(old, new), encoding="utf-8")
    with pytest.raises(BadTerms, match=said):
        presets.load(folder)


def test_none_is_a_value_and_needs_its_source(folder: Path) -> None:
    text = (folder / "beijing.yaml").read_text(encoding="utf-8")
    assert 'year_max: "none"' in text
    lines = [line.split(", source:")[0] + "}" if "r08_gift" in before else line
             for before, line in zip(["", *text.splitlines()], text.splitlines(), strict=False)]
    (folder / "beijing.yaml").write_text("\n".join(lines), encoding="utf-8")
    with pytest.raises(BadTerms, match="names no source"):
        presets.load(folder)


@pytest.mark.parametrize(("city", "day", "balance", "redeem", "minor"), [
    ("nanjing", None, 90_000, 60, "guardian"), ("beijing", None, None, 60, "guardian"),
    ("shanghai", 120, 36_000, 65, "group"), ("guangzhou", None, 90_000, None, "guardian")])
def test_what_tells_the_cities_apart(city: str, day: int | None, balance: int | None, redeem: int | None, minor: str,
                                     ) -> None:
    rows = yaml.safe_load((HERE / f"{city}.yaml").read_text(encoding="utf-8"))
    terms = parse({rule: rows[f"{city}_{rule}"][0]["value"] for rule in RULES})
    assert (terms.caps.day, terms.caps.balance, terms.redeeming.age_from, terms.earning.minor) == (
        day, balance, redeem, minor)


@pytest.mark.django_db
def test_an_area_follows_its_own_city_from_a_day(community: object) -> None:
    from linli.foundation.areas.models import Area
    from linli.foundation.people.models import Person
    from linli.foundation.policy import overlays
    from linli.foundation.policy.models import PolicyOverlay, State

    area = Area.objects.get(code="330106001001")
    assert presets.terms_on(area, date(2026, 11, 1)).redeeming.age_from == 60
    one, two = Person.objects.create(title="甲"), Person.objects.create(title="乙")
    PolicyOverlay.objects.create(
        area=area, key="timebank.city", value="shanghai", source="区民政局 2026 年第 9 号",
        valid_from=date(2026, 11, 25), proposed_by=one, approved_by=two, approved_at=clock.now(), state=State.APPROVED)
    overlays.forget()
    assert presets.terms_on(area, date(2026, 11, 24)).redeeming.age_from == 60
    assert presets.terms_on(area, date(2026, 11, 25)).redeeming.age_from == 65
