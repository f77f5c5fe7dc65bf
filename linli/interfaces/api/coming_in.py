"""Who asks: a signed-in browser, or a program with a key; and a repeated request answered as the first time."""

from __future__ import annotations

from datetime import timedelta
from hashlib import sha256
from typing import Any

from django.db.transaction import atomic
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from ninja.security import APIKeyCookie, HttpBearer

from linli.foundation.calendar.clock import now
from linli.foundation.people.models import Person
from linli.foundation.web.middleware import problem
from linli.interfaces.api.actions import digest
from linli.interfaces.api.models import ApiToken, Repeated

UNSAFE = frozenset({"POST", "PUT", "PATCH", "DELETE"})


class Bearer(HttpBearer):
    """`Authorization: Bearer linli_…`: the key's person, within the key's scopes."""

    openapi_description = "A key made on the page 我的 → 程序接口. Scope `read` for GET, `write` for the rest."

    def authenticate(self, request: HttpRequest, token: str) -> Person | None:
        found = ApiToken.objects.select_related("person__community").filter(digest=digest(token)).first()
        if not isinstance(found, ApiToken) or not found.is_live or not found.person.is_active:
            return None
        if ("write" if request.method in UNSAFE else "read") not in found.scopes:
            request.META["linli.api.scope"] = "missing"
            return None
        if found.last_used is None or now() - found.last_used > timedelta(minutes=5):
            ApiToken.objects.filter(pk=found.pk).update(last_used=now())
        request.person = found.person  # type: ignore[attr-defined]
        request.area = found.person.community  # type: ignore[attr-defined]
        return found.person


class Session(APIKeyCookie):
    """The browser's own session, with its CSRF token on what changes something."""

    param_name = "sessionid"

    def __init__(self) -> None:
        super().__init__(csrf=True)

    def authenticate(self, request: HttpRequest, key: str | None) -> Person | None:
        return request.person or None  # type: ignore[attr-defined]


class Undone(Exception):  # noqa: N818 - no error: the way out of a transaction that is to be rolled back
    """The request was refused; nothing of it is kept."""

    def __init__(self, answer: HttpResponse) -> None:
        super().__init__()
        self.answer = answer


class IdempotencyMiddleware:
    """A POST with `Idempotency-Key` is carried out once for each person and key (IETF draft idempotency-key-header).

    The second one gets the first one's answer, and waits for it where the first is still under way; the key under
    another body is refused with 422. Key, deed and answer are one transaction: a server that dies in between has
    done nothing, and what was refused is not kept, so both may be tried again.
    """

    def __init__(self, get_response: Any) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        key = request.headers.get("Idempotency-Key", "")
        if not key or request.method != "POST" or not request.path.startswith("/api/"):
            return self.get_response(request)  # type: ignore[no-any-return]
        person = _who(request)
        if person is None:
            return self.get_response(request)  # type: ignore[no-any-return]
        if len(key) > 80:
            return problem(422, "bad_key", _("Idempotency-Key 最多 80 个字符。"))
        try:
            return self._once(request, person, key)
        except Undone as undone:
            return undone.answer

    @atomic
    def _once(self, request: HttpRequest, person: Person, key: str) -> HttpResponse:
        print_of = sha256(f"{request.method} {request.path} ".encode() + request.body).hexdigest()
        row, made = Repeated.objects.get_or_create(person=person, key=key, defaults={"digest": print_of})
        if not made:
            return _again(row, print_of)
        answer: HttpResponse = self.get_response(request)
        if answer.status_code >= 400:
            raise Undone(answer)
        Repeated.objects.filter(pk=row.pk).update(status=answer.status_code, body=answer.content.decode())
        return answer


def _who(request: HttpRequest) -> Person | None:
    header = request.headers.get("Authorization", "")
    if header.startswith("Bearer "):
        token = ApiToken.objects.select_related("person").filter(digest=digest(header[7:].strip())).first()
        return token.person if isinstance(token, ApiToken) and token.is_live else None
    return request.person or None  # type: ignore[attr-defined]


def _again(row: Repeated, print_of: str) -> HttpResponse:
    if row.digest != print_of:
        return problem(422, "key_reused", _("这个 Idempotency-Key 已用在别的请求上，请换一个。"))
    return HttpResponse(row.body, status=row.status, content_type="application/json; charset=utf-8",
                        headers={"Idempotent-Replayed": "true"})
