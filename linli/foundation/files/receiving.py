"""Files as they arrive over HTTP: stopped early when too big, and kept for a form or for the draft script."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import TYPE_CHECKING, Any, cast

from django.core.files.uploadhandler import FileUploadHandler, SkipFile, StopUpload
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt, csrf_protect

from linli.foundation.files import limits, store
from linli.foundation.files.models import StoredFile
from linli.foundation.web.refusals import Refused

if TYPE_CHECKING:
    from django.db.models import Model

    from linli.foundation.web.middleware import Request
    from linli.foundation.web.views import View

MOST_FILES = 9


class LimitHandler(FileUploadHandler):
    """Stands before Django's own handlers: what passes the limit is neither kept in memory nor written.

    A file that is too big is skipped while it streams by, so that the other fields of the form survive;
    a request that could never fit is cut off at its Content-Length.
    """

    def __init__(self, request: HttpRequest | None = None) -> None:
        super().__init__(request)
        self.limit = limits.largest_bytes()

    def handle_raw_input(self, input_data: Any, META: dict[str, str], content_length: int,  # noqa: N803 - Django's name
                         boundary: Any, encoding: str | None = None) -> None:
        if content_length > MOST_FILES * self.limit + 1_048_576:
            _refusals(cast("HttpRequest", self.request)).append(content_length)
            raise StopUpload(connection_reset=True)

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes:
        if start + len(raw_data) > self.limit:
            _refusals(cast("HttpRequest", self.request)).append(0)
            raise SkipFile
        return raw_data

    def file_complete(self, file_size: int) -> None:
        return None


def _refusals(request: HttpRequest) -> list[int]:
    """The sizes (0: not read to the end) of what was not let in with this request."""
    found: list[int] = request.META.setdefault("linli.files.refused", [])
    return found


def takes_files(view: View, *, refused: Callable[[Refused], HttpResponse] | None = None) -> View:
    """For a view whose form carries files: puts `LimitHandler` first, and checks CSRF after that.

    Must be the outermost decorator. What can never fit, and a full disk while the upload is spooled, is
    raised as `Refused` before the view; `refused` turns it into an answer of the view's own form.
    """

    @csrf_protect
    def checked(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return view(request, *args, **kwargs)

    @csrf_exempt
    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            _read(request)
        except Refused as refusal:
            if refused is None:
                raise
            return refused(refusal)
        return checked(request, *args, **kwargs)

    guarded.takes_files = True  # type: ignore[attr-defined]  # read by the test that walks every form with files
    return cast("View", guarded)


def _read(request: HttpRequest) -> None:
    """Read the body through our handler, before anything else (CSRF) does. Raises `Refused`."""
    if not hasattr(request, "_files"):
        request.upload_handlers.insert(0, LimitHandler(request))
    try:
        request.FILES  # noqa: B018 - reading is what parses it
    except StopUpload:
        refuse_big_files(request)
    except OSError as error:
        if error.errno in store.FULL:
            raise store.disk_full() from error
        raise


def refuse_big_files(request: HttpRequest) -> None:
    """Raise `Refused("too_big")` if something of this request was not let in."""
    if refused := _refusals(request):
        raise limits.too_big(refused[0] or None, limits.largest_bytes())


def received(request: Request, field: str, *, purpose: str, about: Model | None = None) -> list[StoredFile]:
    """The files of form field `field`: those sent along, and those the draft script sent before.

    The script puts the numbers of files already kept into hidden fields named `{field}_id`.
    Raises `Refused` as `keep` and `attach` do, and too_many. Call it inside `refusal_shown_in(form)`.
    """
    from linli.foundation.files.actions import attach, keep

    refuse_big_files(request)
    uploads = request.FILES.getlist(field)
    sent_before = [int(value) for value in request.POST.getlist(f"{field}_id") if value.isdecimal()]
    if len(uploads) + len(sent_before) > MOST_FILES:
        raise Refused("too_many", _("一次最多 %(count)s 个文件，请去掉几个。") % {"count": MOST_FILES}, field=field)
    if not uploads and not sent_before:
        return []
    earlier = list(StoredFile.objects.filter(owner=request.person, about_type="", pk__in=sent_before))
    if len(earlier) < len(set(sent_before)):
        raise Refused("file_gone", _("有一张照片不在了，请重新选一次。您写的都还在。"), field=field)
    kept = [keep(request.person, upload, purpose=purpose, about=about) for upload in uploads]
    if earlier and about is not None:
        attach(request.person, earlier, about)
    return earlier + kept
