"""`{% load ledger %}`: amounts as people read them."""

from __future__ import annotations

from django import template

from linli.mechanisms.ledger.amounts import amount_words
from linli.mechanisms.ledger.models import Book

register = template.Library()


@register.filter
def amount(value: int | None, book: Book) -> str:
    """`{{ row.amount|amount:book }}`; a dash where there is no limit."""
    return "—" if value is None else amount_words(book, value)


@register.filter
def signed(value: int, book: Book) -> str:
    """As `amount`, with a plus before what came in."""
    return f"+{amount_words(book, value)}" if value > 0 else amount_words(book, value)
