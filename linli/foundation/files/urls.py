from __future__ import annotations

from django.urls import path, re_path

from linli.foundation.files import views

urlpatterns = [
    path("", views.send, name="send"),
    path("<int:pk>/drop/", views.drop, name="drop"),
    re_path(r"^(?P<pk>\d{1,19})/(?P<token>[-\w.:]{10,200})/$", views.open_link, name="open"),
]
