from __future__ import annotations

from django.urls import path, re_path

from linli.mechanisms.forms.views import designer, desk, mine

urlpatterns = [
    path("", mine.mine, name="mine"),
    path("i/<int:pk>/", mine.inquiry, name="inquiry"),
    path("i/<int:pk>/begin/", mine.begin, name="begin"),
    path("s/<int:pk>/review/", mine.review, name="review"),
    path("s/<int:pk>/take-back/", mine.take_back, name="take_back"),
    path("s/<int:pk>/forget/", mine.forget, name="forget"),
    re_path(r"^s/(?P<pk>\d{1,19})/p/(?P<step>[a-z0-9._-]{1,70})/$", mine.fill, name="fill"),
    path("desk/", desk.desk, name="desk"),
    path("desk/new/", desk.new, name="new"),
    path("desk/inquiries/", desk.inquiries, name="inquiries"),
    path("desk/inquiries/<int:pk>/", desk.answers, name="answers"),
    path("desk/inquiries/<int:pk>/answers.xlsx", desk.xlsx, name="xlsx"),
    re_path(r"^desk/inquiries/(?P<pk>\d{1,19})/(?P<verb>announce|close)/$", desk.settle, name="settle"),
    path("desk/sheets/<int:pk>/", desk.sheet, name="sheet"),
    path("desk/<int:pk>/", desk.form_page, name="form"),
    path("desk/<int:pk>/open/", desk.open_draft, name="open_draft"),
    path("desk/<int:pk>/move/", desk.move, name="move"),
    path("desk/<int:pk>/send/", desk.send, name="send"),
    path("desk/<int:pk>/draft/", designer.draft, name="draft"),
    path("desk/<int:pk>/draft/change/", designer.change, name="change"),
    path("desk/<int:pk>/draft/text/", designer.text, name="text"),
    re_path(r"^desk/(?P<pk>\d{1,19})/draft/(?P<verb>ask|publish|send_back|drop)/$", designer.decide, name="decide"),
]
