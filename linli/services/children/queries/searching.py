"""What the search box finds of this room."""

from __future__ import annotations

from collections.abc import Sequence

from django.urls import reverse
from django.utils.translation import gettext as _

from linli.foundation.areas.models import Area
from linli.foundation.people.models import Person
from linli.services.children.models import Route
from linli.services.children.queries.library import catalogue
from linli.services.children.queries.places import spots

Hit = tuple[str, str, str, str]
_DOORS = {
    "托管": "children:care", "接送": "children:care", "借书": "children:library", "图书": "children:library",
    "上学": "children:routes", "亲子": "children:outings",
}


def search(person: Person | None, area: Area | None, words: str) -> Sequence[Hit]:
    """Places, ways, books, and the doors by their everyday names."""
    if person is None or area is None:
        return []
    words = words.strip()[:60]
    found: list[Hit] = []
    titles = {
        "children:care": (_("放学后托管"), "child"), "children:library": (_("小小图书馆"), "book"),
        "children:routes": (_("安全上学路"), "map"), "children:outings": (_("亲子活动"), "people")}
    for name in dict.fromkeys(door for word, door in _DOORS.items() if word in words):
        title, icon = titles[name]
        found.append((title, _("儿童友好"), reverse(name), icon))
    found += [(str(spot), str(spot.get_kind_display()), reverse("children:spot", args=[spot.pk]), "child")
              for spot in spots(person, area, words=words)[:3]]
    ways = Route.objects.visible_to(person).filter(area__code__startswith=area.code[:12], is_published=True)
    found += [(route.name, _("安全上学路"), reverse("children:route", args=[route.pk]), "map")
              for route in ways.filter(name__icontains=words)[:3]]
    found += [(f"《{title.name}》", title.authors, reverse("children:title", args=[title.pk]), "book")
              for title in catalogue(person, area, words=words)[:3]]
    return found
