"""Components as other rooms use them: what a reader of the page, or of its markup, would miss."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections.abc import Callable, Mapping
from typing import Any

import pytest
from django import forms
from django.template import engines
from django.template.loader import get_template
from django.test import Client, RequestFactory
from django_cotton.compiler_regex import CottonCompiler

from linli.interfaces.components import maps

Draw = Callable[..., str]


@pytest.fixture
def draw(rf: RequestFactory, db: None) -> Draw:
    def drawn(source: str, query: str = "", **facts: Any) -> str:
        request = rf.get(f"/{query}")
        template = engines["django"].from_string(CottonCompiler().process(source))
        return str(template.render(facts, request))

    return drawn


class Report(forms.Form):
    what = forms.CharField(label="哪里不对", help_text="用您自己的话说", widget=forms.Textarea)
    phone = forms.CharField(label="手机号", required=False)
    urgency = forms.ChoiceField(label="急不急", widget=forms.RadioSelect, choices=[("a", "今天"), ("b", "这几天")])
    private = forms.BooleanField(label="不公开", required=False)


def test_a_field_has_its_label_hint_and_error_wired(draw: Draw) -> None:
    page = draw('<c-field :field="form.what" autocomplete="off" />', form=Report({}))
    assert '<label for="id_what">' in page
    assert 'aria-describedby="id_what_hint id_what_error"' in page
    assert 'aria-invalid="true"' in page
    assert 'id="id_what_hint"' in page
    assert 'id="id_what_error"' in page
    assert 'autocomplete="off"' in page


def test_what_was_typed_survives_a_mistake(draw: Draw) -> None:
    assert "13800" in draw('<c-field :field="form.phone" inputmode="tel" />', form=Report({"phone": "13800"}))


def test_choices_are_a_group_with_a_legend(draw: Draw) -> None:
    page = draw('<c-field :field="form.urgency" />', form=Report({"urgency": "b"}))
    assert "<fieldset" in page
    assert "<legend>急不急</legend>" in page
    assert page.count('class="choice"') == 2
    assert page.count("checked") == 1


def test_the_error_summary_links_to_each_field_in_the_same_words(draw: Draw) -> None:
    form = Report({})
    page = draw('<c-error-summary :form="form" /><c-field :field="form.urgency" />', form=form)
    assert 'role="alert"' in page
    assert '<a href="#id_what">' in page
    assert '<a href="#id_urgency_0">' in page
    assert 'id="id_urgency_0"' in page
    assert draw('<c-error-summary :form="form" />', form=Report()).strip() == ""


def test_a_persons_words_stay_words(draw: Draw) -> None:
    evil = '"><script>alert(1)</script>'
    source = (
        '<c-chip tone="info">{{ evil }}</c-chip><c-deadline text="{{ evil }}" until="{{ evil }}" share="3" />'
        '<c-person name="{{ evil }}" sub="{{ evil }}" /><c-cell href="{{ evil }}" title="{{ evil }}" />'
        '<c-timeline-entry title="{{ evil }}" sub="{{ evil }}" time="{{ evil }}" /><c-empty title="{{ evil }}" />'
        '<c-map :features="features" :marks="marks" />')
    page = draw(source, evil=evil, features=[], marks=[{"lon": 1, "lat": 2, "word": evil, "sub": evil, "url": evil}])
    assert "<script>" not in page


def test_a_parents_words_do_not_leak_into_a_component(draw: Draw) -> None:
    page = draw('<c-cell title="a" /><c-timeline-entry title="b" /><c-button>c</c-button>',
                unread=3, now="x", later="y", wide=True, flush=True, sub="leak", href="/leak/")
    assert "leak" not in page
    assert "未读" not in page
    assert "data-now" not in page
    assert "data-wide" not in page


def test_the_pager_keeps_the_other_words_of_the_address(draw: Draw) -> None:
    class Page:
        after, is_first = "next-token", False

    page = draw('<c-pager :page="page" />', "?q=%E7%94%B5%E6%A2%AF&after=old", page=Page())
    assert "q=%E7%94%B5%E6%A2%AF" in page
    assert "after=next-token" in page
    assert "after=old" not in page


def test_a_map_is_drawn_and_told(draw: Draw) -> None:
    square = {"type": "Polygon", "coordinates": [[[120.1, 30.2], [120.2, 30.2], [120.2, 30.3], [120.1, 30.2]]]}
    features = {"type": "FeatureCollection", "features": [
        {"type": "Feature", "geometry": square, "properties": {"kind": "green", "name": "梧桐园"}}]}
    page = draw('<c-map :features="features" :marks="marks" label="3号楼在哪" />', features=features,
                marks=[{"lon": 120.15, "lat": 30.25, "word": "电梯", "sub": "3号楼 2单元"}])
    assert 'aria-label="3号楼在哪"' in page
    assert "3号楼 2单元" in page  # the list says what the drawing shows


@pytest.mark.parametrize("features", [
    [], [{"geometry": None}], [{"geometry": {"type": "Polygon", "coordinates": []}}],
    [{"geometry": {"type": "Point", "coordinates": [1, 2]}, "properties": {"kind": "alien"}}],
])
def test_a_map_takes_odd_features(features: list[Mapping[str, Any]]) -> None:
    assert maps.draw(features, [{"lon": 1.0, "lat": None}]).marks == []


def test_positions_stay_on_the_sheet_and_north_is_up() -> None:
    drawing = maps.draw([], [
        {"lon": 120.0, "lat": 30.0, "word": "南"}, {"lon": 120.0, "lat": 30.01, "word": "北"},
        {"lon": 120.02, "lat": 30.0, "word": "东"}], width=400, height=200)
    south, north, east = drawing.marks
    assert north.y < south.y
    assert east.x > south.x
    assert all(0 <= mark.x <= 400 and 0 <= mark.y <= 200 for mark in drawing.marks)


def test_every_icon_the_pages_name_is_in_the_sprite() -> None:
    import re
    from pathlib import Path

    root = Path(__file__).parents[4]
    known = {node.get("id") for node in ET.parse(root / "frontend/icons.svg").getroot()}
    pages = (root / "linli").rglob("templates/**/*.html")
    named = {name for page in pages for name in re.findall(r'\{% icon "([a-z]+)"', page.read_text("utf-8"))}
    assert named - known == set()


def test_every_component_compiles(db: None) -> None:
    from pathlib import Path

    for path in (Path(__file__).parents[1] / "templates/cotton").glob("*.html"):
        get_template(f"cotton/{path.name}")


def test_the_offline_page_knows_nobody(client_of: Callable[[Any], Client], resident: Any) -> None:
    page = client_of(resident).get("/offline/").content.decode()
    assert resident.title not in page
    assert str(resident.pk) not in page


def test_the_site_can_be_installed(client: Client, db: None) -> None:
    answer = client.get("/manifest.webmanifest")
    assert answer["Content-Type"] == "application/manifest+json"
    assert answer.json()["display"] == "standalone"
