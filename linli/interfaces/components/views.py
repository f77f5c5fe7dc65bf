"""The service worker, the web app manifest and the page that says the line is down."""

from __future__ import annotations

import hashlib
import json
from functools import cache

from django.contrib.staticfiles import finders
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from linli.interfaces.components.templatetags.linli import asset

SHELL = ("app.css", "portal.js", "icons.svg", "mark.svg")


@cache
def _worker_code() -> str:
    found = finders.find("build/sw.js")
    if not isinstance(found, str):
        return ""
    with open(found, encoding="utf-8") as code:
        return code.read()


@require_safe
@cache_control(no_cache=True)
def worker(request: HttpRequest) -> HttpResponse:
    """The built worker, told which files this release is made of; 404 where the front end was not built."""
    code = _worker_code()
    if not code:
        return HttpResponse("// not built\n", status=404, content_type="text/javascript; charset=utf-8")
    shell = [asset(name) for name in SHELL]
    facts = {
        "version": hashlib.sha256("".join([*shell, code]).encode()).hexdigest()[:12],
        "offline": reverse("components:offline"), "shell": shell, "mark": asset("mark.svg"),
    }
    return HttpResponse(f"self.LINLI={json.dumps(facts)};\n{code}", content_type="text/javascript; charset=utf-8")


@require_safe
@cache_control(max_age=3600)
def web_manifest(request: HttpRequest) -> JsonResponse:
    """W3C web app manifest: name, start, colours, shortcuts to report and to help."""
    body = {
        "id": "/", "name": _("邻里"), "short_name": _("邻里"), "lang": "zh-CN", "start_url": "/", "scope": "/",
        "display": "standalone", "background_color": "#f6f4ef", "theme_color": "#0b6b5e",
        "icons": [{"src": asset("mark.svg"), "sizes": "any", "type": "image/svg+xml", "purpose": "any"}],
        "shortcuts": [
            {"name": _("我的事"), "url": reverse("portal:matters")}, {"name": _("求助"), "url": reverse("portal:sos")},
        ],
    }
    return JsonResponse(body, content_type="application/manifest+json")


@require_safe
def offline(request: HttpRequest) -> HttpResponse:
    """Kept on the device, so it holds nothing of anyone: no name, no place, no number of a person."""
    return render(request, "components/offline.html")
