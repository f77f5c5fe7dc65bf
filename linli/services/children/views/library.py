"""Residents: find a book, wait for it, what I have."""

from __future__ import annotations

import segno
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.safestring import mark_safe
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from linli.foundation.people.permit import may
from linli.foundation.web.middleware import Request
from linli.foundation.web.views import keyset_page, signed_in
from linli.services.children import queries
from linli.services.children.actions import library
from linli.services.children.models import Hold, Loan, Title
from linli.services.children.views.common import age_of, own_area, seen, words_of


@signed_in
@require_safe
def catalogue(request: Request) -> HttpResponse:
    """Books by title, author, ISBN; by age; only what is on the shelf."""
    place = own_area(request)
    here = request.GET.get("here") == "1"
    rows = queries.catalogue(request.person, place, words=words_of(request), age=age_of(request), here=here)
    return render(request, "children/library.html", {
        "page": keyset_page(rows, request, size=30), "words": words_of(request), "age": age_of(request), "here": here,
        "ages": range(15)})


@signed_in
@require_safe
def title(request: Request, pk: int) -> HttpResponse:
    """One book, where it stands, who is before me (a number, never a name)."""
    row = seen(Title, request.person, pk)
    page = queries.catalogue(request.person, row.area).filter(pk=pk).first()
    mine = [one for one in queries.standing(request.person) if one.hold.title_id == row.pk]
    return render(request, "children/title.html", {
        "title": page or row, "copies": queries.copies_of(row), "mine": mine[0] if mine else None,
        "may_hold": may(request.person, "children.read", row)})


@signed_in
@require_POST
def hold(request: Request, pk: int) -> HttpResponse:
    row = library.hold(request.person, seen(Title, request.person, pk))
    messages.success(request, _("给您留好了，请来取。") if row.state == "ready" else _("排上队了，轮到您会告诉您。"))
    return redirect("children:mine")


@signed_in
@require_safe
def mine(request: Request) -> HttpResponse:
    """My card if I have one, my books, my holds."""
    card = queries.card_held(request.person)
    drawn = segno.make(card.number, micro=False, error="m").svg_inline(
        scale=4, border=2, omitsize=True, title=_("读者证"), svgclass="code", lineclass=None) if card else ""
    return render(request, "children/mine.html", {
        "card": card, "code": mark_safe(drawn),  # noqa: S308 - drawn by segno from our own number
        "may_have": card is None and may(request.person, "children.read", request.person),
        "loans": queries.loans_of(request.person), "holds": queries.standing(request.person)})


@signed_in
@require_POST
def make_card(request: Request) -> HttpResponse:
    """办读者证: the number is made now, not when somebody looks at the page."""
    library.card_of(request.person)
    messages.success(request, _("读者证办好了，借书时出示。"))
    return redirect("children:mine")


@signed_in
@require_POST
def renew(request: Request, pk: int) -> HttpResponse:
    loan = library.renew(request.person, seen(Loan, request.person, pk))
    messages.success(request, _("续好了，%(on)s 前还。") % {"on": f"{loan.due_on:%Y-%m-%d}"})
    return redirect("children:mine")


@signed_in
@require_POST
def drop(request: Request, pk: int) -> HttpResponse:
    library.drop_hold(request.person, seen(Hold, request.person, pk))
    return redirect("children:mine")
