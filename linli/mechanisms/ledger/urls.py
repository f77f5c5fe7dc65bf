from __future__ import annotations

from django.urls import path

from linli.mechanisms.ledger import views

PREFIX = ""

urlpatterns = [
    path("desk/ledger/", views.books_page, name="books"),
    path("desk/ledger/checks/", views.checks_page, name="checks"),
    path("desk/ledger/checks/now/", views.check_now, name="check_now"),
    path("desk/ledger/books/<int:pk>/", views.book_page, name="book"),
    path("desk/ledger/books/<int:pk>/journal/", views.journal, name="journal"),
    path("desk/ledger/accounts/<int:pk>/", views.account_page, name="account"),
    path("desk/ledger/accounts/<int:pk>/csv/", views.account_csv, name="csv"),
    path("desk/ledger/accounts/<int:pk>/print/", views.account_print, name="print"),
    path("desk/ledger/transfers/<int:pk>/", views.transfer_page, name="transfer"),
]
