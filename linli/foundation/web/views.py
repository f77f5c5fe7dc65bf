"""What every room's views share."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import wraps
from typing import Any
from urllib.parse import urlencode

from django.core import signing
from django.db.models import Q, QuerySet
from django.forms import BaseForm
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect
from django.urls import reverse

from linli.foundation.web.middleware import Request
from linli.foundation.web.refusals import Denied, Refused

View = Callable[..., HttpResponse]


def signed_in(view: View) -> View:
    """Only for who has signed in; others go to the sign-in page and come back here afterwards."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not request.person:  # type: ignore[attr-defined]
            target = request.get_full_path() if request.method == "GET" else "/"
            return redirect(f"{reverse('people:sign_in')}?{urlencode({'next': target})}")
        return view(request, *args, **kwargs)

    guarded.signed_in = True  # type: ignore[attr-defined]
    return guarded


def staff_only(view: View) -> View:
    """Only for who holds a staff role now; to others the page is not there."""

    @signed_in
    @wraps(view)
    def guarded(request: Request, *args: Any, **kwargs: Any) -> HttpResponse:
        if not request.person.is_staff:
            raise Denied("staff")
        return view(request, *args, **kwargs)

    return guarded


def sent(request: HttpRequest) -> QueryDict | None:
    """What a form was sent with; None where the page is only looked at (an empty POST is a form with mistakes)."""
    return request.POST if request.method == "POST" else None


@contextmanager
def refusal_shown_in(form: BaseForm) -> Iterator[None]:
    """A `Refused` inside the block becomes a sentence in `form`; what was typed stays."""
    try:
        yield
    except Refused as refusal:
        field = refusal.field if refusal.field in form.fields else None
        form.add_error(field, str(refusal.sentence))


@dataclass(frozen=True)
class Page:
    """One page of a keyset list. `after` is the token of the next page, or empty."""

    rows: Sequence[Any]
    after: str
    is_first: bool

    def __iter__(self) -> Iterator[Any]:
        return iter(self.rows)

    def __len__(self) -> int:
        return len(self.rows)


def keyset_page(rows: QuerySet[Any], request: HttpRequest, *, size: int = 50, parameter: str = "after") -> Page:
    """The page of `rows` after the signed key in the query; the same cost on page 1 and on page 1,000.

    `rows` must be ordered by columns of its own table that cannot be null, the last of them unique.
    """
    order = [str(name) for name in rows.query.order_by]
    token = request.GET.get(parameter, "")
    if token:
        try:
            values = signing.loads(token, salt="keyset")
        except signing.BadSignature:
            values = None
        if isinstance(values, list) and len(values) == len(order):
            rows = rows.filter(_beyond(order, values))
    found = list(rows[: size + 1])
    after = ""
    if len(found) > size:
        last = found[size - 1]
        after = signing.dumps([_plain(getattr(last, name.lstrip("-"))) for name in order], salt="keyset")
    return Page(found[:size], after, not token)


def _plain(value: Any) -> Any:
    return value.isoformat() if hasattr(value, "isoformat") else value


def _beyond(order: Sequence[str], values: Sequence[Any]) -> Q:
    found, equal = Q(), Q()
    for name, value in zip(order, values, strict=True):
        column = name.lstrip("-")
        found |= equal & Q(**{f"{column}__{'lt' if name.startswith('-') else 'gt'}": value})
        equal &= Q(**{column: value})
    first, value = order[0], values[0]
    # The leading column alone, so that the database can start in its index.
    return Q(**{f"{first.lstrip('-')}__{'lte' if first.startswith('-') else 'gte'}": value}) & found
