"""The catalogues' own checker: it finds what is missing, and the compiled form says what the text says."""

from __future__ import annotations

import gettext
from pathlib import Path

import pytest

from linli.interfaces.cli import catalogues

CODE = """
from django.utils.translation import gettext as _, ngettext, pgettext
a = _("收到了。")
b = ngettext("%(n)s 人也遇到了", "%(n)s 人也遇到了", 2)
c = pgettext("门", "开")
d = _("")
"""
TEMPLATE = """{% load i18n %}<h1>{% translate "失物招领" %}</h1>
{% blocktranslate with place=item.place trimmed %}在 {{ place }} 拾到{% endblocktranslate %}
<c-button label="{% translate '我拾到了东西' %}" />{# {% translate "注释" %} #}"""
HEADER = """msgid ""
msgstr ""
"Content-Type: text/plain; charset=UTF-8\\n"
"Plural-Forms: nplurals=2; plural=(n != 1);\\n"

"""


@pytest.fixture
def room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "linli" / "services" / "lost"
    (folder / "templates" / "lost").mkdir(parents=True)
    (folder / "locale" / "en" / "LC_MESSAGES").mkdir(parents=True)
    (folder / "apps.py").write_text("")
    (folder / "views.py").write_text(CODE)
    (folder / "templates" / "lost" / "shelf.html").write_text(TEMPLATE)
    monkeypatch.setattr(catalogues, "PACKAGE", tmp_path / "linli")
    return folder


def po(room: Path) -> Path:
    return room / "locale" / "en" / "LC_MESSAGES" / "django.po"


def test_code_and_templates_are_gathered(room: Path) -> None:
    found = catalogues.gather(room)
    assert set(found) == {
        ("收到了。", ""),
        ("%(n)s 人也遇到了", ""),
        ("开", "门"),
        ("失物招领", ""),
        ("在 %(place)s 拾到", ""),
        ("我拾到了东西", ""),
    }


@pytest.mark.parametrize(
    ("entry", "says"),
    [
        ("", "no English"),
        ('msgid "收到了。"\nmsgstr ""\n', "empty"),
        ('#, fuzzy\nmsgid "收到了。"\nmsgstr "We got it."\n', "fuzzy"),
        ('msgid "在 %(place)s 拾到"\nmsgstr "Found at %(where)s"\n', "placeholders"),
        ('msgid "%(n)s 人也遇到了"\nmsgid_plural "%(n)s 人也遇到了"\nmsgstr[0] "One met it"\nmsgstr[1] ""\n', "empty"),
    ],
)
def test_what_is_wrong_is_named(room: Path, entry: str, says: str) -> None:
    po(room).write_text(HEADER + entry)
    assert any(says in problem.what for problem in catalogues.check())


def test_update_then_fill_then_compile(room: Path) -> None:
    po(room).write_text(HEADER + 'msgid "收到了。"\nmsgstr "We got it."\n\nmsgid "旧的"\nmsgstr "Old"\n')
    assert list(catalogues.update()) == [("services.lost", 5, 1)]
    text = po(room).read_text()
    assert "We got it." in text
    assert "旧的" not in text
    filled = text.replace('msgid "失物招领"\nmsgstr ""', 'msgid "失物招领"\nmsgstr "Lost and found"')
    po(room).write_text(filled)
    assert catalogues.compile_all() == 1
    assert catalogues.compile_all() == 0
    with po(room).with_suffix(".mo").open("rb") as handle:
        assert gettext.GNUTranslations(handle).gettext("失物招领") == "Lost and found"


def test_two_rooms_must_not_disagree(room: Path) -> None:
    other = room.parent / "found"
    (other / "locale" / "en" / "LC_MESSAGES").mkdir(parents=True)
    (other / "apps.py").write_text("")
    for folder, english in ((room, "Shelf"), (other, "Rack")):
        (folder / "views.py").write_text('a = _("架子")')
        po(folder).write_text(HEADER + f'msgid "架子"\nmsgstr "{english}"\n')
    assert any("Rack" in problem.what or "Shelf" in problem.what for problem in catalogues.check())
