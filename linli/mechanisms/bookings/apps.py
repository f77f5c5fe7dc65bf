from django.apps import AppConfig


class BookingsConfig(AppConfig):
    name = "linli.mechanisms.bookings"
    label = "bookings"
