from __future__ import annotations

from django.urls import path

from linli.foundation.notices import desk_views, views

PREFIX = ""
urlpatterns = [
    path("me/notices/", views.inbox_page, name="inbox"),
    path("me/notices/read/", views.read_all_page, name="read_all"),
    path("me/notices/settings/", views.settings_page, name="settings"),
    path("me/notices/push/off/", views.push_off_page, name="push_off"),
    path("me/notices/email/", views.address_page, name="address"),
    path("me/notices/email/off/", views.address_off_page, name="address_off"),
    path("me/notices/email/<str:token>/", views.confirm_email_page, name="confirm_email"),
    path("me/notices/<int:pk>/", views.open_page, name="open"),
    path("me/notices/<int:pk>/read/", views.read_page, name="read"),
    path("notices/push/", views.push_page, name="push"),
    path("desk/notices/", desk_views.undelivered_page, name="undelivered"),
    path("desk/notices/demo/", desk_views.demo_page, name="demo"),
    path("desk/notices/<int:pk>/retry/", desk_views.retry_page, name="retry"),
    path("desk/notices/<int:pk>/give-up/", desk_views.give_up_page, name="give_up"),
]
