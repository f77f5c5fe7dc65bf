"""The desk's pages of repairs: intake by telephone and window, the pool, price lists, the store."""

from __future__ import annotations

from decimal import Decimal
from typing import Any
from uuid import uuid4

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _, gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from linli.foundation.areas.models import Area, Compound
from linli.foundation.calendar.clock import now
from linli.foundation.files import received, takes_files
from linli.foundation.people.models import Organisation, Person, RoleAssignment
from linli.foundation.people.permit import may, permit
from linli.foundation.web import Denied
from linli.foundation.web.middleware import Request
from linli.foundation.web.views import refusal_shown_in, staff_only
from linli.services.repairs import actions, queries, slots
from linli.services.repairs.forms import DeskForm
from linli.services.repairs.models import PriceItem, PriceList, StockItem, StockMove
from linli.services.repairs.rules import Window
from linli.services.repairs.views.report import area_of


def _company(person: Person) -> Organisation | None:
    """The company for which this person takes reports."""
    found = next((s.organisation_id for s in person.standings if s.role == "property_desk" and s.organisation_id), None)
    return Organisation.objects.filter(pk=found).select_related("area").first() if found else None


@takes_files
@require_http_methods(["GET", "POST"])
@staff_only
def report(request: Request) -> HttpResponse:
    """代报修: the same facts on one page, with who called. A known telephone number finds its resident."""
    company = _company(request.person)
    area: Area | None = (company.area if company else None) or area_of(request)
    if area is None:
        raise Denied("repairs.report_at_desk", visible=True)
    permit(request.person, "repairs.report_at_desk", company or area)
    windows: list[Window] = slots.free_windows(area.code, company.pk if company else None)
    form = DeskForm(
        list(queries.buildings(area)), list(queries.kind().categories.values()), windows, area,
        request.POST if request.method == "POST" else None, initial={"once": uuid4().hex, "channel": "phone"})
    if form.is_valid():
        with refusal_shown_in(form):
            requester = resident_by_phone(area, form.cleaned_data["phone"])
            files = received(request, "photos", purpose="repairs.photo")
            case = actions.report_at_desk(
                request.person, area, form.told([f.pk for f in files]), requester=requester, company=company)
            messages.success(request, _("记下了，单号 %(number)s。请念给来人听。") % {"number": case.number})
            seen = may(request.person, "cases.note", case)
            return redirect("desk:case", number=case.number) if seen else redirect("repairs:desk_report")
    return render(request, "repairs/desk_report.html", {"form": form}, status=422 if form.errors else 200)


def resident_by_phone(area: Area, phone: str) -> Person | None:
    """The resident of this community who has that number."""
    found = Person.objects.by_phone(phone).filter(community=area, is_active=True).first() if phone else None
    return found if isinstance(found, Person) else None


@require_safe
@staff_only
def pool(request: Request) -> HttpResponse:
    """抢单: what nobody has picked yet, with its age; who is on shift and how much each holds."""
    permit(request.person, "repairs.see_pool")
    companies = queries.companies_of(request.person)
    rows = []
    for case, since in queries.offered(request.person):
        may_pick = request.person.holds("property_worker")
        rows.append({"case": case, "since": since, "minutes": int((now() - since).total_seconds() // 60),
                     "may_pick": may_pick, "why_not": queries.why_not(request.person, case) if may_pick else ""})
    held = RoleAssignment.objects.filter(
        person=request.person, role="property_worker", withdrawn=None).select_related("organisation")
    return render(request, "repairs/pool.html", {
        "rows": rows, "hands": queries.hands([c.pk for c in companies]), "mine": list(held),
        "keeps": request.person.holds("property_desk")})


@require_POST
@staff_only
def shift(request: Request, pk: int) -> HttpResponse:
    """On shift, off shift: one's own tap, or the desk's."""
    units = [c.pk for c in queries.companies_of(request.person)]
    role = RoleAssignment.objects.filter(
        pk=pk, role="property_worker", organisation__in=units, withdrawn=None).select_related(
        "organisation__area").first()
    if role is None:
        raise Denied("repairs.own_shift")
    actions.set_shift(request.person, role, on=request.POST.get("on") == "1")
    return redirect("repairs:pool")


@require_safe
@staff_only
def prices(request: Request) -> HttpResponse:
    """The price lists of the compounds one works for."""
    permit(request.person, "repairs.see_prices")
    compounds = list(queries.compounds_of(request.person))
    lists = list(PriceList.objects.visible_to(request.person).filter(compound__in=compounds).select_related(
        "compound", "posted_by").order_by("compound__name", "-version"))
    keeps = {c.pk for c in compounds if any(
        s.role == "property_desk" and s.organisation_id == c.property_company_id for s in request.person.standings)}
    return render(request, "repairs/desk_prices.html", {
        "groups": [(c, [row for row in lists if row.compound_id == c.pk], c.pk in keeps) for c in compounds]})


@require_POST
@staff_only
def draft_prices(request: Request) -> HttpResponse:
    compound = queries.compounds_of(request.person).filter(pk=_number(request.POST.get("compound"))).first()
    if not isinstance(compound, Compound):
        raise Denied("repairs.keep_prices")
    row = actions.draft_list(request.person, compound)
    return redirect("repairs:price_list", pk=row.pk)


def _number(value: object) -> int:
    text = str(value or "")
    return int(text) if text.isdecimal() and len(text) < 20 else 0


class ItemForm(forms.ModelForm):
    class Meta:
        model = PriceItem
        fields = ["name", "unit", "category", "labour_min", "labour_max", "material_min", "material_max",
                  "warranty_months"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["category"] = forms.ChoiceField(
            label=gettext_lazy("种类"), required=False,
            choices=[("", _("别的")), *[(c.code, str(c)) for c in queries.kind().categories.values()]])

    def validate_constraints(self) -> None:
        """The action says it in words."""


@require_http_methods(["GET", "POST"])
@staff_only
def price_list(request: Request, pk: int) -> HttpResponse:
    """One version: read, and while it is a draft, edited line by line."""
    permit(request.person, "repairs.see_prices")
    row = PriceList.objects.visible_to(request.person).filter(pk=pk).select_related("compound__area").first()
    if row is None or row.compound_id not in set(queries.compounds_of(request.person).values_list("pk", flat=True)):
        raise Denied("repairs.see_prices")
    keeps = may(request.person, "repairs.keep_prices", row)
    chosen = row.items.filter(pk=_number(request.GET.get("item") or request.POST.get("item"))).first()
    form = ItemForm(request.POST if request.method == "POST" else None, instance=chosen)
    if request.method == "POST":
        permit(request.person, "repairs.keep_prices", row)
        if request.POST.get("drop"):
            actions.save_item(request.person, row, chosen, drop=True)
            return redirect("repairs:price_list", pk=row.pk)
        if form.is_valid():
            with refusal_shown_in(form):
                fresh = row.items.filter(pk=chosen.pk).first() if chosen else None
                actions.save_item(request.person, row, fresh, **form.cleaned_data)
                return redirect("repairs:price_list", pk=row.pk)
    return render(request, "repairs/price_list.html", {
        "row": row, "groups": queries.price_groups(row), "form": form, "keeps": keeps, "chosen": chosen},
        status=422 if form.errors else 200)


@require_POST
@staff_only
def post_prices(request: Request, pk: int) -> HttpResponse:
    row = PriceList.objects.visible_to(request.person).filter(pk=pk).select_related("compound__area").first()
    if row is None:
        raise Denied("repairs.keep_prices")
    actions.post_list(request.person, row, note=request.POST.get("note", ""))
    messages.success(request, _("公布了。从现在起按这一版报价。"))
    return redirect("repairs:price_list", pk=row.pk)


class MaterialForm(forms.Form):
    """A new material."""

    name = forms.CharField(label=gettext_lazy("材料"), max_length=60)
    unit = forms.CharField(label=gettext_lazy("单位"), max_length=10, initial="个")
    price = forms.DecimalField(label=gettext_lazy("单价（元）"), max_digits=9, decimal_places=2)
    least = forms.DecimalField(label=gettext_lazy("少于就提醒"), max_digits=10, decimal_places=2, initial=Decimal(0))


class ReceiveForm(forms.Form):
    """Goods that arrived."""

    item = forms.ChoiceField(label=gettext_lazy("材料"))
    quantity = forms.DecimalField(label=gettext_lazy("数量"), max_digits=10, decimal_places=2)
    serial = forms.CharField(label=gettext_lazy("序列号"), max_length=60, required=False)
    note = forms.CharField(label=gettext_lazy("说明"), max_length=100, required=False)

    def __init__(self, items: list[StockItem], data: Any = None) -> None:
        super().__init__(data, prefix="in")
        self.fields["item"].choices = [(str(i.pk), i.name) for i in items]  # type: ignore[attr-defined]


@require_http_methods(["GET", "POST"])
@staff_only
def stock(request: Request) -> HttpResponse:
    """The store of one's company: what is on hand, what came and went."""
    permit(request.person, "repairs.see_stock")
    items = list(StockItem.objects.visible_to(request.person).select_related("organisation__area"))
    adding = request.method == "POST" and request.POST.get("what") == "add"
    receiving = request.method == "POST" and request.POST.get("what") == "receive"
    fresh = MaterialForm(request.POST if adding else None)
    coming = ReceiveForm(items, request.POST if receiving else None)
    company = _company(request.person)
    if request.method == "POST" and company is None:
        raise Denied("repairs.keep_stock", visible=True)
    if adding and company is not None and fresh.is_valid():
        with refusal_shown_in(fresh):
            actions.add_item(request.person, company, **fresh.cleaned_data)
            return redirect("repairs:stock")
    if receiving and coming.is_valid():
        given = coming.cleaned_data
        with refusal_shown_in(coming):
            item = next(i for i in items if str(i.pk) == given["item"])
            actions.receive(request.person, item, given["quantity"], serial=given["serial"], note=given["note"])
            return redirect("repairs:stock")
    moves = StockMove.objects.filter(item__in=items).select_related("item", "case", "by")[:50]
    return render(request, "repairs/stock.html", {
        "items": items, "moves": moves, "fresh": fresh, "coming": coming, "keeps": company is not None},
        status=422 if fresh.errors or coming.errors else 200)
