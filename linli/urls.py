"""Every room that has a `urls` module is found by its app; nothing is registered by hand."""

from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec

from django.apps import apps
from django.urls import URLPattern, URLResolver, include, path

from linli.interfaces.api.schema import api


def _rooms() -> list[URLPattern | URLResolver]:
    """`PREFIX` of a room's `urls` module says where its pages hang; the room's own name by default."""
    found: list[URLPattern | URLResolver] = []
    for config in apps.get_app_configs():
        name = f"{config.name}.urls"
        if config.name.startswith("linli.") and find_spec(name):
            module = import_module(name)
            prefix = getattr(module, "PREFIX", f"{config.label}/")
            found.append(path(prefix, include((name, config.label))))
    return found


# The API reverses its own names, so it hangs beside the rooms and not inside one.
urlpatterns = [path("api/v1/", api.urls), *_rooms()]
handler404 = "linli.foundation.web.middleware.not_found"
handler500 = "linli.foundation.web.middleware.broken"
