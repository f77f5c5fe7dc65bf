from django.urls import path

from linli.foundation.policy import views

PREFIX = "desk/policy/"

urlpatterns = [
    path("", views.list_page, name="list"),
    path("propose/<str:key>/", views.propose_page, name="propose"),
    path("pending/", views.pending_page, name="pending"),
    path("overlay/<int:pk>/", views.overlay_page, name="overlay"),
    path("overlay/<int:pk>/<str:way>/", views.decide_page, name="decide"),
]
