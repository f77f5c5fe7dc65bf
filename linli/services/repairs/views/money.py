"""What staff do on one repair beside its steps: quote, agreement, payer, payment, material, visit, photos."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _, gettext_lazy
from django.views.decorators.http import require_http_methods

from linli.foundation.files import received, takes_files
from linli.foundation.people.permit import permit
from linli.foundation.web import Denied
from linli.foundation.web.middleware import Request
from linli.foundation.web.views import refusal_shown_in, staff_only
from linli.mechanisms.cases import queries as cases
from linli.mechanisms.cases.models import Case
from linli.services.repairs import actions, queries, slots
from linli.services.repairs.actions.money import Line
from linli.services.repairs.forms import span
from linli.services.repairs.models import Payment, PriceItem, QuoteState, StockItem
from linli.services.repairs.texts import PAYERS
from linli.services.repairs.views.pages import case_of, window_of


def desk_case(request: Request, number: str, verb: str) -> Case:
    """The repair on this person's desk, if the verb is granted for it. Raises `Denied`."""
    case = case_of(request, number)
    if not cases.is_hand(request.person, case):
        raise Denied("cases.see")
    permit(request.person, verb, case)
    return case


class QuoteForm(forms.Form):
    """One row for each item of the posted list; what has a quantity is quoted."""

    note = forms.CharField(label=gettext_lazy("说明"), max_length=300, required=False,
                           widget=forms.Textarea(attrs={"rows": 2}))

    def __init__(self, items: list[PriceItem], data: Any = None) -> None:
        super().__init__(data)
        self.rows = []
        for item in items:
            names = {part: f"{part}_{item.pk}" for part in ("quantity", "labour", "material")}
            self.fields[names["quantity"]] = _number(_("%(item)s 数量") % {"item": item.name}, None)
            self.fields[names["labour"]] = _number(_("%(item)s 人工单价") % {"item": item.name}, item.labour_min)
            self.fields[names["material"]] = _number(_("%(item)s 材料单价") % {"item": item.name}, item.material_min)
            self.rows.append((item, self[names["quantity"]], self[names["labour"]], self[names["material"]]))

    def lines(self) -> list[Line]:
        found = []
        for item, quantity, labour, material in self.rows:
            count = self.cleaned_data.get(quantity.name)
            if count:
                found.append(Line(item.pk, count, self.cleaned_data.get(labour.name) or Decimal(0),
                                  self.cleaned_data.get(material.name) or Decimal(0)))
        return found


def _number(label: str, initial: Decimal | None) -> forms.DecimalField:
    return forms.DecimalField(label=label, required=False, max_digits=9, decimal_places=2, min_value=Decimal(0),
                              initial=initial)


@require_http_methods(["GET", "POST"])
@staff_only
def quote(request: Request, number: str) -> HttpResponse:
    """报价 from the posted list; or: only the danger was removed."""
    case = desk_case(request, number, "repairs.quote")
    posted = queries.list_for(case)
    items = list(posted.items.all()) if posted else []
    safe = request.method == "POST" and request.POST.get("what") == "make_safe"
    form = QuoteForm(items, request.POST if request.method == "POST" and not safe else None)
    safe_form = NoteForm(request.POST if safe else None)
    if safe and safe_form.is_valid():
        with refusal_shown_in(safe_form):
            actions.do_make_safe(request.person, case, note=safe_form.cleaned_data["note"])
            return redirect("desk:case", number=number)
    if not safe and form.is_valid():
        with refusal_shown_in(form):
            actions.quote(request.person, case, form.lines(), note=form.cleaned_data["note"])
            messages.success(request, _("报价发给居民了。同意之前只做应急处理。"))
            return redirect("desk:case", number=number)
    return render(request, "repairs/quote.html", {
        "case": case, "form": form, "posted": posted, "safe_form": safe_form, "quotes": queries.quotes_of(case)},
        status=422 if form.errors or safe_form.errors else 200)


class NoteForm(forms.Form):
    note = forms.CharField(label=gettext_lazy("做了哪些应急处理"), max_length=200)


class AgreementForm(forms.Form):
    """How somebody without the app agrees: a code read aloud, or a signature on paper."""

    by = forms.ChoiceField(label=gettext_lazy("怎么同意的"), widget=forms.RadioSelect, choices=[
        ("sms", gettext_lazy("念了短信里的同意码")), ("paper", gettext_lazy("在纸上签了字"))])
    code = forms.CharField(label=gettext_lazy("同意码"), max_length=6, required=False,
                           widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}))
    paper = forms.FileField(label=gettext_lazy("签了字的报价单照片"), required=False)


@takes_files
@require_http_methods(["GET", "POST"])
@staff_only
def agreement(request: Request, number: str) -> HttpResponse:
    case = desk_case(request, number, "repairs.take_agreement")
    row = next((q for q in queries.quotes_of(case) if q.state == QuoteState.PROPOSED), None)
    if row is None:
        messages.error(request, _("没有等着同意的报价。"))
        return redirect("desk:case", number=number)
    row.case = case
    if request.method == "POST" and request.POST.get("what") == "send":
        actions.send_code(request.person, row)
        messages.success(request, _("同意码发到居民手机上了。请他念给您听。"))
        return redirect("repairs:agreement", number=number)
    form = AgreementForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        with refusal_shown_in(form):
            by = form.cleaned_data["by"]
            papers = received(request, "paper", purpose="repairs.photo") if by == "paper" else []
            row = actions.agree_quote(request.person, row, by=by, code=form.cleaned_data["code"],
                                      paper=papers[0] if papers else None)
            wrong = getattr(row, "refused_for", "")
            if not wrong:
                messages.success(request, _("记下了，可以动手。"))
                return redirect("desk:case", number=number)
            form.add_error("code", wrong)
    return render(request, "repairs/agreement.html", {"case": case, "row": row, "form": form},
                  status=422 if form.errors else 200)


class PayerForm(forms.Form):
    code = forms.ChoiceField(label=gettext_lazy("由谁付"), widget=forms.RadioSelect, choices=list(PAYERS.items()))
    reason = forms.CharField(label=gettext_lazy("为什么"), max_length=200, required=False,
                             help_text=gettext_lazy("和按规则算的不一样才要写。"))


class PaymentForm(forms.Form):
    amount = forms.DecimalField(label=gettext_lazy("收了多少（元）"), max_digits=9, decimal_places=2)
    how = forms.ChoiceField(label=gettext_lazy("怎么付的"), widget=forms.RadioSelect, choices=Payment.How.choices)
    note = forms.CharField(label=gettext_lazy("说明"), max_length=100, required=False)


class UseForm(forms.Form):
    item = forms.ChoiceField(label=gettext_lazy("材料"))
    quantity = forms.DecimalField(label=gettext_lazy("数量"), max_digits=9, decimal_places=2)
    serial = forms.CharField(label=gettext_lazy("序列号"), max_length=60, required=False)
    back = forms.BooleanField(label=gettext_lazy("没用完，退回"), required=False)


class VisitForm(forms.Form):
    slot = forms.ChoiceField(label=gettext_lazy("约什么时间"), widget=forms.RadioSelect, error_messages={
        "required": gettext_lazy("请选一个时间。")})


class MissedForm(forms.Form):
    photo = forms.FileField(label=gettext_lazy("门口的照片"), required=False)
    call_tried = forms.CharField(label=gettext_lazy("打电话的情况"), max_length=100,
                                 help_text=gettext_lazy("例如：14:05 打了两次，没人接"))


class BeforeForm(forms.Form):
    photos = forms.FileField(label=gettext_lazy("动手前的照片"), required=False)


def _one(request: Request, case: Case, form: forms.Form, title: str, button: str, act: Callable[[], object],
         **more: Any) -> HttpResponse:
    """One small form about one case: shown, or carried out and back to the case."""
    if form.is_valid():
        with refusal_shown_in(form):
            act()
            return redirect("desk:case", number=case.number)
    return render(request, "repairs/on_case.html", {
        "case": case, "form": form, "title": title, "button": button, **more}, status=422 if form.errors else 200)


def _sent(request: Request) -> Any:
    return request.POST if request.method == "POST" else None


@require_http_methods(["GET", "POST"])
@staff_only
def payer(request: Request, number: str) -> HttpResponse:
    """由谁付: the rule's proposal with its article; staff confirm it or say otherwise."""
    case = desk_case(request, number, "repairs.confirm_payer")
    proposed = queries.payer_of(case)
    form = PayerForm(_sent(request), initial={"code": case.facts.get("payer", {}).get("code", proposed.code)})
    return _one(request, case, form, _("由谁付"), _("就这么定"), lambda: actions.confirm_payer(
        request.person, case, **form.cleaned_data),
        hint=_("按规则：%(payer)s。依据：%(source)s") % {"payer": PAYERS[proposed.code], "source": proposed.source})


@require_http_methods(["GET", "POST"])
@staff_only
def payment(request: Request, number: str) -> HttpResponse:
    case = desk_case(request, number, "repairs.record_payment")
    due = queries.agreed_total(case) - queries.paid(case)
    form = PaymentForm(_sent(request), initial={"amount": due})
    return _one(request, case, form, _("记一笔收款"), _("记下"), lambda: actions.pay(
        request.person, case, **form.cleaned_data),
        hint=_("居民同意的还剩 %(due)s 元没付。这里只记账，不经手钱。") % {"due": due})


@require_http_methods(["GET", "POST"])
@staff_only
def material(request: Request, number: str) -> HttpResponse:
    """Material from the store onto the case, and back."""
    case = desk_case(request, number, "repairs.use_material")
    items = {str(i.pk): i for i in StockItem.objects.visible_to(request.person).filter(
        organisation=case.unit_id).select_related("organisation__area")}
    form = UseForm(_sent(request))
    form.fields["item"].choices = [  # type: ignore[attr-defined]
        (pk, _("%(name)s（还有 %(count)s %(unit)s）") % {"name": i.name, "count": i.on_hand, "unit": i.unit})
        for pk, i in items.items()]

    def use() -> object:
        given = form.cleaned_data
        item = items[given["item"]]
        if given["back"]:
            return actions.give_back(request.person, item, given["quantity"], case)
        return actions.issue(request.person, item, given["quantity"], case, serial=given["serial"])

    return _one(request, case, form, _("用材料"), _("记下"), use,
                hint="" if items else _("材料库里还没有东西。请前台先入库；业主自己带的材料不用记。"))


@require_http_methods(["GET", "POST"])
@staff_only
def desk_visit(request: Request, number: str) -> HttpResponse:
    """Agree on a time with the resident, by telephone."""
    case = desk_case(request, number, "repairs.agree_visit")
    form = VisitForm(_sent(request))
    form.fields["slot"].choices = [  # type: ignore[attr-defined]
        (w.key, span(w.starts, w.ends))
        for w in (slots.free_windows(case.area_code, case.unit_id, case) if case.unit_id else [])]
    return _one(request, case, form, _("约上门时间"), _("约好了"), lambda: actions.agree_visit(
        request.person, case, *window_of(case, form.cleaned_data["slot"])),
        hint="" if form.fields["slot"].choices else _(  # type: ignore[attr-defined]
            "这几天没有空的时间。请换一位师傅，或者到「抢单」里改他的班次。"))


@takes_files
@require_http_methods(["GET", "POST"])
@staff_only
def missed(request: Request, number: str) -> HttpResponse:
    """上门未遇."""
    case = desk_case(request, number, "repairs.miss_visit")
    form = MissedForm(_sent(request))

    def miss() -> object:
        photos = received(request, "photo", purpose="repairs.photo")
        return actions.miss_visit(request.person, case, photo=photos[0] if photos else None,
                                  call_tried=form.cleaned_data["call_tried"])

    return _one(request, case, form, _("上门没遇到人"), _("记下"), miss, photo_field="photo")


@takes_files
@require_http_methods(["GET", "POST"])
@staff_only
def before(request: Request, number: str) -> HttpResponse:
    """Photos from before the work."""
    case = desk_case(request, number, "repairs.quote")
    form = BeforeForm(_sent(request))

    def keep() -> object:
        files = received(request, "photos", purpose="repairs.photo", about=case)
        return actions.add_before_photos(request.person, case, [f.pk for f in files])

    return _one(request, case, form, _("修前照片"), _("存下"), keep, photo_field="photos")


