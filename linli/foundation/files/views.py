"""Sending a file, opening one, taking one's own back."""

from __future__ import annotations

from functools import partial
from http import HTTPStatus

from django.http import FileResponse, HttpRequest, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from linli.foundation.calendar.clock import now
from linli.foundation.files import actions, links
from linli.foundation.files.limits import declared_purposes
from linli.foundation.files.models import Opening, Scan, StoredFile
from linli.foundation.files.receiving import refuse_big_files, takes_files
from linli.foundation.files.seeing import may_see
from linli.foundation.web.middleware import Request, not_found, problem
from linli.foundation.web.refusals import Refused

_STATUS = {
    "too_big": HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "not_accepted": HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
    "a_program": HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "disk_full": HTTPStatus.INSUFFICIENT_STORAGE,
    "too_many_files": HTTPStatus.TOO_MANY_REQUESTS,
}


def is_signed_in(request: HttpRequest) -> bool:
    """For answers in JSON, where a redirect to the sign-in page would help nobody."""
    return bool(request.user.is_authenticated)


def _answered(refusal: Refused) -> HttpResponse:
    return problem(_STATUS.get(refusal.code, 422), refusal.code, str(refusal.sentence), **refusal.data)


@partial(takes_files, refused=_answered)
@require_POST
def send(request: Request) -> HttpResponse:
    """Keep the one file of field `file` for `purpose`: JSON with its number, and where the photo was taken.

    Used by the script that sends photos while the rest of a form is still being written.
    """
    if not is_signed_in(request):
        return problem(401, "signed_out", _("请先登录，照片还在您手机里。"))
    try:
        refuse_big_files(request)
        upload = request.FILES.get("file")
        purpose = request.POST.get("purpose", "")
        if upload is None:
            raise Refused("no_file", _("没有收到文件，请重新选一次。"), field="file")
        if purpose not in declared_purposes():
            raise Refused("unknown_purpose", _("没有说明这个文件做什么用，请从要办的那件事里传。"), field="purpose")
        stored = actions.keep(request.person, upload, purpose=purpose)
    except Refused as refusal:
        return _answered(refusal)
    taken = stored.found.get("taken_at")
    return JsonResponse({
        "id": str(stored.pk), "name": str(stored), "family": stored.family, "size": stored.size,
        "width": stored.width, "height": stored.height, "url": links.link(stored, request.person),
        "thumb": links.link(stored, request.person, thumb=True) if stored.is_photo else "",
        "found": {**stored.found, "taken_at": taken.isoformat()} if taken else stored.found,
    }, status=201)


@require_POST
def drop(request: Request, pk: int) -> HttpResponse:
    """Take back a file of one's own that is not yet part of anything."""
    if not is_signed_in(request):
        return problem(401, "signed_out", _("请先登录，照片还在您手机里。"))
    stored = get_object_or_404(StoredFile.objects.filter(owner=request.person), pk=pk)
    try:
        actions.drop(request.person, stored)
    except Refused as refusal:
        return problem(409, refusal.code, str(refusal.sentence))
    return HttpResponse(status=204)


@require_GET
def open_link(request: HttpRequest, pk: int, token: str) -> HttpResponseBase:
    """The bytes, if the link is ours, not over, this person's, and the person may still see them."""
    person = request.person or None  # type: ignore[attr-defined]  # set by PersonMiddleware
    told = links.read(pk, token)
    stored = StoredFile.objects.select_related("owner", "owner__community").filter(pk=pk).first()
    if told is None or stored is None or told[0] not in {0, person.pk if person else 0}:
        return not_found(request)
    bound_to, until, opening = told
    if now().timestamp() > until:
        return _told(410, _("这个链接过期了。请回到原来的页面，再打开一次。"))
    viewer = person if bound_to else None
    was_opened = bool(opening) and Opening.objects.filter(pk=opening, file=stored, person=viewer).exists()
    if not may_see(viewer, stored) and not was_opened:
        return not_found(request)
    if stored.scan == Scan.INFECTED:
        return _told(410, _("这个文件带有病毒，已经锁住了。"))
    if stored.scan == Scan.PENDING and not stored.is_photo:
        return _told(425, _("这个文件正在检查，几分钟后再打开。"))
    return _served(stored, thumb="thumb" in request.GET)


def _told(status: int, sentence: str) -> HttpResponse:
    return HttpResponse(sentence, status=status, content_type="text/plain; charset=utf-8")


def _served(stored: StoredFile, *, thumb: bool) -> HttpResponseBase:
    as_thumb = thumb and stored.is_photo
    path = stored.thumb_path if as_thumb else stored.path
    is_shown = stored.family in {"photo", "audio"}
    try:
        content = path.open("rb")
    except FileNotFoundError:
        return _told(410, _("这个文件找不到了。请告诉值班人员。"))
    response = FileResponse(
        content, as_attachment=not is_shown, filename=str(stored),
        content_type="image/jpeg" if as_thumb else stored.media_type)
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = "sandbox; default-src 'none'; frame-ancestors 'none'"
    response["Cross-Origin-Resource-Policy"] = "same-origin"
    response["Cache-Control"] = "private, max-age=600"
    response["Referrer-Policy"] = "no-referrer"
    return response
