from __future__ import annotations

from django.urls import path

from linli.mechanisms.bookings import views

urlpatterns = [
    path("", views.mine, name="mine"),
    path("<int:pk>/", views.reservation, name="reservation"),
]
