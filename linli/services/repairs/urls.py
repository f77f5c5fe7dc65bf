from __future__ import annotations

from django.urls import path

from linli.services.repairs.views import desk, fitters, money, pages, report

urlpatterns = [
    path("report/", report.photo_step, name="report"),
    path("report/place/", report.place_step, name="place"),
    path("report/words/", report.words_step, name="words"),
    path("report/danger/", report.danger_step, name="danger"),
    path("report/check/", report.check_step, name="check"),
    path("report/drop/", report.drop, name="drop"),
    path("report/join/", report.join, name="join"),
    path("quick/", report.quick, name="quick"),
    path("prices/", pages.prices, name="prices"),
    path("quotes/<int:pk>/answer/", pages.answer_quote, name="answer_quote"),
    path("cases/<str:number>/visit/", pages.visit, name="visit"),
    path("cases/<str:number>/no-show/", pages.no_show, name="no_show"),
    path("cases/<str:number>/dispute/", pages.dispute, name="dispute"),
    path("desk/report/", desk.report, name="desk_report"),
    path("desk/pool/", desk.pool, name="pool"),
    path("desk/shift/<int:pk>/", desk.shift, name="shift"),
    path("desk/fitters/<int:pk>/", fitters.hours, name="hours"),
    path("desk/fitters/<int:pk>/away/", fitters.away, name="away"),
    path("desk/fitters/<int:pk>/here/", fitters.here, name="here"),
    path("desk/prices/", desk.prices, name="desk_prices"),
    path("desk/prices/draft/", desk.draft_prices, name="draft_prices"),
    path("desk/prices/<int:pk>/", desk.price_list, name="price_list"),
    path("desk/prices/<int:pk>/post/", desk.post_prices, name="post_prices"),
    path("desk/stock/", desk.stock, name="stock"),
    path("desk/cases/<str:number>/quote/", money.quote, name="quote"),
    path("desk/cases/<str:number>/agreement/", money.agreement, name="agreement"),
    path("desk/cases/<str:number>/payer/", money.payer, name="payer"),
    path("desk/cases/<str:number>/payment/", money.payment, name="payment"),
    path("desk/cases/<str:number>/material/", money.material, name="material"),
    path("desk/cases/<str:number>/visit/", money.desk_visit, name="desk_visit"),
    path("desk/cases/<str:number>/missed/", money.missed, name="missed"),
    path("desk/cases/<str:number>/before/", money.before, name="before"),
]
