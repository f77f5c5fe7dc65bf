from __future__ import annotations

from django.urls import path, re_path

from linli.services.kitchen.views import carrying, desk, desk_gifts, desk_menus, desk_recall, desk_way, eating, giving

_PK = r"(?P<pk>\d{1,19})"
urlpatterns = [
    # residents
    path("", eating.home, name="home"),
    path("menus/<int:pk>/", eating.menu, name="menu"),
    path("mine/", eating.mine, name="mine"),
    path("orders/<int:pk>/cancel/", eating.cancel, name="cancel"),
    path("orders/<int:pk>/taste/", eating.taste, name="taste"),
    path("me/", eating.eater, name="eater"),
    path("standing/", eating.standing, name="standing"),
    path("standing/<int:pk>/end/", eating.end_standing, name="end_standing"),
    # donors
    path("give/", giving.gifts, name="gifts"),
    path("give/new/", giving.gift_new, name="gift_new"),
    path("give/<int:pk>/", giving.gift, name="gift"),
    re_path(rf"^give/{_PK}/(?P<verb>withdraw|sign|name|unname)/$", giving.gift_verb, name="gift_verb"),
    path("give/<int:pk>/receipt.pdf", giving.receipt_pdf, name="receipt"),
    path("give/<int:pk>/agreement.pdf", giving.agreement_pdf, name="agreement"),
    # volunteers
    path("shifts/", carrying.shifts, name="shifts"),
    re_path(rf"^shifts/{_PK}/(?P<verb>join|leave|in|out)/$", carrying.shift_verb, name="shift_verb"),
    path("rounds/<int:pk>/", carrying.round_page, name="round"),
    path("rounds/<int:pk>/go/", carrying.set_out, name="set_out"),
    path("stops/<int:pk>/", carrying.report, name="report"),
    # desk: the shelf
    path("desk/", desk.desk, name="desk"),
    path("desk/site/", desk.site, name="site"),
    path("desk/stock/", desk.stock_list, name="stock"),
    path("desk/stock.csv", desk.stock_csv, name="stock_csv"),
    path("desk/stock/new/", desk.lot_new, name="lot_new"),
    path("desk/stock/count/", desk.count, name="count"),
    path("desk/stock/<int:pk>/", desk.lot, name="lot"),
    path("desk/stock/<int:pk>/waste/", desk.waste, name="waste"),
    path("desk/ingredients/", desk.ingredients, name="ingredients"),
    path("desk/ingredients/<int:pk>/", desk.ingredient, name="ingredient"),
    # desk: recall
    path("desk/stock/<int:pk>/recall/", desk_recall.recall_new, name="recall_new"),
    path("desk/recalls/", desk_recall.recalls, name="recalls"),
    path("desk/recalls/<int:pk>/", desk_recall.recall, name="recall"),
    path("desk/recalls/<int:pk>/calls.pdf", desk_recall.calls_pdf, name="calls"),
    path("desk/recalls/call/<int:pk>/", desk_recall.called, name="called"),
    # desk: gifts
    path("desk/gifts/", desk_gifts.gifts, name="desk_gifts"),
    path("desk/gifts.csv", desk_gifts.gifts_csv, name="gifts_csv"),
    path("desk/gifts/new/", desk_gifts.gift_new, name="desk_gift_new"),
    path("desk/gifts/<int:pk>/", desk_gifts.gift, name="desk_gift"),
    re_path(rf"^desk/gifts/{_PK}/(?P<verb>accept|decline|receive)/$", desk_gifts.gift_verb, name="desk_gift_verb"),
    # desk: menus, the stove
    path("desk/menus/", desk_menus.menus, name="desk_menus"),
    path("desk/menus/new/", desk_menus.menu_new, name="menu_new"),
    path("desk/menus/<int:pk>/", desk_menus.menu, name="desk_menu"),
    re_path(rf"^desk/menus/{_PK}/(?P<verb>fill|open|portions|cancel|cook|pack|close)/$", desk_menus.menu_verb,
            name="menu_verb"),
    path("desk/batches/<int:pk>/", desk_menus.batch, name="batch"),
    path("desk/batches/<int:pk>/sample/", desk_menus.drop_sample, name="drop_sample"),
    path("desk/recipes/", desk_menus.recipes, name="recipes"),
    path("desk/recipes/new/", desk_menus.recipe_new, name="recipe_new"),
    path("desk/recipes/<int:pk>/", desk_menus.recipe, name="recipe"),
    # desk: orders
    path("desk/menus/<int:pk>/orders/", desk_menus.orders, name="orders"),
    path("desk/menus/<int:pk>/orders.csv", desk_menus.orders_csv, name="orders_csv"),
    path("desk/menus/<int:pk>/labels.pdf", desk_menus.labels_pdf, name="labels"),
    path("desk/menus/<int:pk>/orders/new/", desk_menus.order_new, name="order_new"),
    path("desk/orders/<int:pk>/", desk_menus.order, name="order"),
    re_path(rf"^desk/orders/{_PK}/(?P<verb>cancel|given|missed)/$", desk_menus.order_verb, name="order_verb"),
    path("desk/eaters/<int:pk>/", desk_menus.eater, name="desk_eater"),
    path("desk/eaters/<int:pk>/subsidy/", desk_menus.subsidy, name="subsidy"),
    # desk: the way
    path("desk/menus/<int:pk>/rounds/", desk_way.rounds, name="rounds"),
    path("desk/rounds/<int:pk>/carrier/", desk_way.carrier, name="carrier"),
    path("desk/alerts/", desk_way.alerts, name="alerts"),
    path("desk/alerts/<int:pk>/", desk_way.alert, name="alert"),
    path("desk/alerts/<int:pk>/take/", desk_way.take_alert, name="take_alert"),
    path("desk/shifts/", desk_way.shifts, name="desk_shifts"),
    re_path(rf"^desk/shifts/{_PK}/(?P<verb>in|out)/(?P<person>\d{{1,19}})/$", desk_way.attend, name="attend"),
    path("desk/certificates/", desk_way.certificates, name="certificates"),
]
