"""What is taught: modules with lessons in plain words and easy text, and the skills one has in the end. All of it data.

`catalogue/<nn>-<code>.yaml`: `code`, `icon`, `title`, `about`, `skills` (what one can do afterwards, each with the
exercise of the sandbox that trains it, if there is one) and `lessons` (`text` in plain words, `easy`: sentences of at
most fifteen characters, one idea each). Every text is `{zh, en}`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from django.core.exceptions import ImproperlyConfigured

from linli.services.learning.sandbox import tasks
from linli.services.learning.words import BadText, Said, all_said, said

FOLDER = Path(__file__).parent / "catalogue"
EASY_MOST = 15  # signs of a sentence of 简明版, its full stop not counted


@dataclass(frozen=True)
class Skill:
    """One thing to be able to do: "alone", "with help" or "not yet"."""

    code: str
    title: Said
    practice: str = ""


@dataclass(frozen=True)
class Lesson:
    code: str
    title: Said
    text: tuple[Said, ...]
    easy: tuple[Said, ...]


@dataclass(frozen=True)
class Module:
    code: str
    icon: str
    title: Said
    about: Said
    skills: tuple[Skill, ...]
    lessons: tuple[Lesson, ...]

    def lesson(self, code: str) -> Lesson | None:
        return next((one for one in self.lessons if one.code == code), None)

    def after(self, lesson: Lesson) -> Lesson | None:
        """The next lesson, if there is one."""
        place = self.lessons.index(lesson) + 1
        return self.lessons[place] if place < len(self.lessons) else None


@cache
def load() -> Mapping[str, Module]:
    """Every module by its code, in the order of the files. Raises `ImproperlyConfigured` when one cannot be taught."""
    found: dict[str, Module] = {}
    for path in sorted(FOLDER.glob("*.yaml")):
        try:
            module = read(yaml.safe_load(path.read_text(encoding="utf-8")), path.name)
        except (BadText, yaml.YAMLError, KeyError, TypeError) as error:
            raise ImproperlyConfigured(f"learning/catalogue/{path.name}: {error!r}") from error
        if module.code in found:
            raise ImproperlyConfigured(f"learning/catalogue/{path.name}: {module.code} is taught already")
        found[module.code] = module
    codes = [skill.code for module in found.values() for skill in module.skills]
    if len(codes) != len(set(codes)):
        raise ImproperlyConfigured("learning/catalogue: two skills have the same code")
    return found


def read(data: Mapping[str, Any], where: str) -> Module:
    """A module from its file, checked. Raises `BadText`, `KeyError`, `TypeError`."""
    skills = tuple(Skill(one["code"], said(one["title"], f"{where} {one['code']}"), one.get("practice", ""))
                   for one in data["skills"])
    lessons = tuple(
        Lesson(one["code"], said(one["title"], f"{where} {one['code']}"),
               all_said(one["text"], f"{where} {one['code']} text"),
               all_said(one["easy"], f"{where} {one['code']} easy")) for one in data["lessons"])
    for skill in skills:
        if skill.practice and skill.practice not in tasks.load():
            raise BadText(f"{where}: {skill.code} names an exercise that is not there: {skill.practice}")
    for lesson in lessons:
        for sentence in lesson.easy:
            if len(sentence.zh.rstrip("。？！")) > EASY_MOST:
                raise BadText(f"{where}: {lesson.code}: longer than {EASY_MOST} signs: {sentence.zh}")
    if not skills or not lessons:
        raise BadText(f"{where}: a module has skills and lessons")
    return Module(data["code"], data["icon"], said(data["title"], where), said(data["about"], where), skills, lessons)


@cache
def skills() -> Mapping[str, tuple[Module, Skill]]:
    """Every skill by its code, with the module it belongs to."""
    return {skill.code: (module, skill) for module in load().values() for skill in module.skills}


def skill_title(code: str) -> str:
    """What the skill is called; a code that was taught once and is no more, as it is."""
    found = skills().get(code)
    return str(found[1].title) if found else code


def module_title(code: str) -> str:
    found = load().get(code)
    return str(found.title) if found else code


def choices() -> list[tuple[str, str]]:
    """For a form."""
    return [(module.code, str(module.title)) for module in load().values()]
