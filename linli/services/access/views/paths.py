"""The desk's upload of a path network: every broken row by its line, then what would be written, then one button."""

from __future__ import annotations

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _, gettext_lazy
from django.views.decorators.http import require_http_methods

from linli.foundation.files import takes_files
from linli.foundation.people.permit import permit
from linli.foundation.web import Refused
from linli.foundation.web.middleware import Request
from linli.foundation.web.views import refusal_shown_in, staff_only
from linli.services.access.actions import network as net
from linli.services.access.reading import Read, read
from linli.services.access.views.common import desk_doors, here, sent

SHOWN = 200
FILES_MOST = 6


class PathsForm(forms.Form):
    """Where the data comes from, and whether to write; the files lie beside it."""

    source = forms.CharField(
        label=gettext_lazy("数据从哪里来"), max_length=200, required=False,
        help_text=gettext_lazy("会写在地图旁边，例如：社区 2026 年 11 月实测"))
    write = forms.ChoiceField(
        label=gettext_lazy("现在要做什么"), widget=forms.RadioSelect, initial="0",
        choices=[("0", gettext_lazy("先看看，不写入")), ("1", gettext_lazy("没有错就写入路网"))])
    chosen = forms.CharField(required=False, widget=forms.HiddenInput)  # carries the sentence of a refusal


@takes_files
@staff_only
@require_http_methods(["GET", "HEAD", "POST"])
def upload(request: Request) -> HttpResponse:
    """All rows or none. What somebody measured on the spot stays."""
    area = here(request)
    permit(request.person, "access.draw_paths", area)
    form = PathsForm(sent(request), initial={"write": "0"})
    found: Read | None = None
    if form.is_valid():
        with refusal_shown_in(form):
            found = _read(request)
            if form.cleaned_data["write"] == "1" and not found.errors:
                nodes, edges = net.import_paths(request.person, area, found, source=form.cleaned_data["source"])
                messages.success(request, _("写入了：路口 %(nodes)s 个，路段 %(edges)s 段。") % {
                    "nodes": nodes, "edges": edges})
                return redirect("access:desk_paths")
    bad = bool(form.errors) or bool(found and found.errors)
    return render(request, "access/desk_import.html", {
        "form": form, "found": found, "errors": found.errors[:SHOWN] if found else [], "tab": "paths",
        "desk_doors": desk_doors(request), "place": area}, status=422 if bad else 200)


def _read(request: Request) -> Read:
    files = request.FILES.getlist("files")
    if not files:
        raise Refused("no_file", _("请选路网文件。"), field="chosen")
    if len(files) > FILES_MOST:
        raise Refused("too_many", _("一次最多 %(most)s 份文件。") % {"most": FILES_MOST}, field="chosen")
    return read([((one.name or "")[:60], one.read()) for one in files])
