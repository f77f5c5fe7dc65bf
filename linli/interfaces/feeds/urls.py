"""What other programs subscribe to, without signing in: only what is public anyway."""

from __future__ import annotations

from django.urls import re_path

from linli.interfaces.feeds import views

PREFIX = "feeds/"
urlpatterns = [
    re_path(r"^(?P<code>\d{2,15})/announcements\.atom$", views.announcements, name="announcements"),
]
