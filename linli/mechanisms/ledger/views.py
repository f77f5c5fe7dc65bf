from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import quote, urlencode

from django.contrib import messages
from django.db.transaction import atomic
from django.http import HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from linli.foundation import audit
from linli.foundation.people.models import Person
from linli.foundation.people.permit import may, permit
from linli.foundation.web.middleware import Request
from linli.foundation.web.views import keyset_page, staff_only
from linli.mechanisms.ledger import exporting, jobs, queries, sealing
from linli.mechanisms.ledger.forms import DaysForm
from linli.mechanisms.ledger.models import Account, Book, Reconciliation, Transfer, TransferKind

PRINTED_MAX, SHOWN_MAX = 2000, 50


@require_GET
@staff_only
def books_page(request: Request) -> HttpResponse:
    """The books of one's places, each with its trial balance, and what the last check found."""
    permit(request.person, "ledger.read")
    page = keyset_page(Book.objects.visible_to(request.person).order_by("title", "id"), request)
    rows = [{"book": one, "trial": queries.trial_balance(one)} for one in page]
    return render(request, "ledger/books.html", {
        "page": page, "rows": rows, "finding": queries.last_check(), "may_check": may(request.person, "ledger.check")})


@require_GET
@staff_only
def book_page(request: Request, pk: int) -> HttpResponse:
    """The trial balance of a book and its accounts."""
    book = _book(request.person, pk)
    page = keyset_page(Account.objects.filter(book=book).select_related("book", "owner").order_by(
        "kind", "code", "id"), request)
    standing = queries.balance(list(page))
    names = dict(Account._meta.get_field("kind").flatchoices)
    trial = queries.trial_balance(book)
    return render(request, "ledger/book.html", {
        "book": book, "trial": trial, "page": page, "finding": queries.last_check(),
        "kinds": [(names[kind], count, posted) for kind, count, posted in trial.kinds],
        "rows": [{"account": one, "balance": standing[one.pk]} for one in page]})


@require_GET
@staff_only
def account_page(request: Request, pk: int) -> HttpResponse:
    """Where an account stands, what waits on it, and its statement."""
    account = _account(request.person, pk)
    form = DaysForm(request.GET if {"since", "until"} & set(request.GET) else None)
    since, until = form.moments()
    page = queries.statement(account, since=since, until=until, after=request.GET.get("after", ""))
    return render(request, "ledger/account.html", {
        "account": account, "book": account.book, "balance": queries.balance(account), "page": page, "form": form,
        "holds": [_side(entry, account) for entry in queries.open_holds(account)[:20]],
        "asked": urlencode({key: request.GET[key] for key in ("since", "until") if request.GET.get(key)}),
        "problem": form.is_bound and not form.is_valid()}, status=422 if form.is_bound and form.errors else 200)


@require_GET
@staff_only
@atomic
def account_print(request: Request, pk: int) -> HttpResponse:
    """The statement to be printed and signed; that it left the house is written down."""
    account = _account(request.person, pk)
    form = DaysForm(request.GET)
    since, until = form.moments()
    page = queries.statement(account, since=since, until=until, size=PRINTED_MAX)
    audit.record(request.person, "ledger.export", account, format="print", rows=len(page.rows))
    return render(request, "ledger/print.html", {
        "account": account, "book": account.book, "balance": queries.balance(account), "page": page, "form": form})


@require_GET
@staff_only
def account_csv(request: Request, pk: int) -> HttpResponse:
    """The statement for a spreadsheet; that it left the house is written down."""
    account = _account(request.person, pk)
    audit.record(request.person, "ledger.export", account, format="csv")
    since, until = DaysForm(request.GET).moments()
    return _file(exporting.csv_of(account, since=since, until=until), "text/csv",
                 f"{account.book.code}-{account.code}.csv")


@require_GET
@staff_only
def journal(request: Request, pk: int) -> HttpResponse:
    """The book as an hledger journal; that it left the house is written down."""
    book = _book(request.person, pk)
    audit.record(request.person, "ledger.export", book, format="hledger")
    return _file(exporting.journal_of(book), "text/plain", f"{book.code}.journal")


@require_GET
@staff_only
def transfer_page(request: Request, pk: int) -> HttpResponse:
    """One transfer: its lines, what it belongs to, what became of it, and its place in the chains."""
    found = get_object_or_404(Transfer.objects.visible_to(request.person).select_related("book", "of"), pk=pk)
    permit(request.person, "ledger.read", found.book)
    entries = list(found.entries.select_related("debit__owner", "credit__owner", "transfer").order_by("id"))
    lines, proofs = [], []
    for entry in entries[:SHOWN_MAX]:
        debit, credit = sealing.proof_of(entry, entry.debit_id), sealing.proof_of(entry, entry.credit_id)
        lines.append({"entry": entry, "debit_proof": debit, "credit_proof": credit})
        proofs += [debit, credit]
    person = Person.objects.filter(pk=found.person_id).first() if found.person_id else None
    whom = Person.objects.filter(pk=found.acting_for_id).first() if found.acting_for_id else None
    return render(request, "ledger/transfer.html", {
        "transfer": found, "book": found.book, "lines": lines, "person": person, "whom": whom,
        "more": max(len(entries) - SHOWN_MAX, 0), "later": Transfer.objects.filter(of=found).order_by("id"),
        "is_sealed": all(proofs), "is_sound": all(proof is None or proof.is_sound for proof in proofs),
        "is_open": found.kind == TransferKind.PENDING and queries.ended_by(found) is None,
        "facts": [(key, value) for key, value in found.known_facts.items()]})


@require_GET
@staff_only
def checks_page(request: Request) -> HttpResponse:
    """What the nightly checks found, newest first."""
    permit(request.person, "ledger.read")
    page = keyset_page(Reconciliation.objects.order_by("-at", "-id"), request, size=30)
    return render(request, "ledger/checks.html", {"page": page, "may_check": may(request.person, "ledger.check")})


@require_POST
@staff_only
@atomic
def check_now(request: Request) -> HttpResponse:
    """Have the books checked now; the worker does it."""
    permit(request.person, "ledger.check")
    jobs.check.enqueue_once("ledger.check")
    audit.record(request.person, "ledger.check", audit.Ref("ledger.reconciliation", ""))
    messages.success(request, _("已开始核对，一会儿刷新这一页看结果。"))
    return redirect("ledger:checks")


def _book(person: Person, pk: int) -> Book:
    book: Book = get_object_or_404(Book.objects.visible_to(person), pk=pk)
    permit(person, "ledger.read", book)
    return book


def _account(person: Person, pk: int) -> Account:
    account: Account = get_object_or_404(
        Account.objects.visible_to(person).select_related("book", "owner"), pk=pk)
    permit(person, "ledger.read", account.book)
    return account


def _side(entry: Any, account: Account) -> dict[str, Any]:
    coming = entry.credit_id == account.pk
    return {"entry": entry, "amount": entry.amount if coming else -entry.amount,
            "other": entry.debit if coming else entry.credit}


def _file(lines: Iterator[str], kind: str, name: str) -> HttpResponse:
    return StreamingHttpResponse(  # type: ignore[return-value]  # a view's answer all the same
        (line.encode() for line in lines), content_type=f"{kind}; charset=utf-8",
        headers={"Content-Disposition": f"attachment; filename*=UTF-8''{quote(name)}"})

