"""「我的」: profile, where I live, who acts for whom."""

from __future__ import annotations

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from linli.foundation.areas.models import Building, Compound, Home
from linli.foundation.calendar.clock import now
from linli.foundation.people import actions, limits, queries
from linli.foundation.people.acting import KEY
from linli.foundation.people.forms import ClaimForm, CodeForm, MandateForm, PhoneForm, ProfileForm
from linli.foundation.people.models import CodePurpose, Mandate, Residency, SignInCode
from linli.foundation.people.views.client import client_at, number
from linli.foundation.web.middleware import Request
from linli.foundation.web.views import refusal_shown_in, sent, signed_in


@signed_in
def profile(request: Request) -> HttpResponse:
    person = request.person
    form = ProfileForm(sent(request), initial={
        "name": person.name, "title": person.title, "birth_year": person.birth_year, "community": person.community_id})
    if form.is_valid():
        with refusal_shown_in(form):
            actions.update_profile(person, **form.cleaned_data)
            messages.success(request, _("改好了。"))
            return redirect("people:profile")
    return render(request, "people/profile.html", {"form": form}, status=422 if form.errors else 200)


@never_cache
@signed_in
def new_phone(request: Request) -> HttpResponse:
    """Step one of changing the number: the new one, which must answer."""
    form = PhoneForm(sent(request))
    if form.is_valid():
        with refusal_shown_in(form):
            code = actions.ask_code(form.cleaned_data["phone"], address=client_at(request).address,
                                    purpose=CodePurpose.NEW_PHONE, person=request.person)
            request.session["new_phone"] = code.pk
            return redirect("people:new_phone_code")
    return render(request, "people/new_phone.html", {"form": form}, status=422 if form.errors else 200)


@never_cache
@signed_in
def new_phone_code(request: Request) -> HttpResponse:
    """Step two: the code that came to the new number."""
    row = SignInCode.objects.filter(
        pk=request.session.get("new_phone", 0), asked_by=request.person.pk, spent_at=None).first()
    if row is None:
        return redirect("people:new_phone")
    form = CodeForm(sent(request))
    if form.is_valid():
        with refusal_shown_in(form):
            proof = actions.try_code(row.pk, form.cleaned_data["code"], address=client_at(request).address)
            request.session.pop("new_phone", None)
            actions.change_phone(request.person, proof)
            messages.success(request, _("手机号换好了。下次用新号码登录。"))
            return redirect("people:profile")
    return render(request, "people/new_phone_code.html", {
        "form": form, "row": row, "is_over": row.expires_at <= now(), "minutes": limits.limit("code_life_minutes"),
        "shown": row.unsent if settings.LINLI_DEMO else ""}, status=422 if form.errors else 200)


@signed_in
def residency(request: Request) -> HttpResponse:
    return render(request, "people/residency.html", {"rows": queries.homes_of(request.person)})


@signed_in
def claim(request: Request) -> HttpResponse:
    """Compound → building → home, one page each, by links; the last page asks in which bond."""
    person = request.person
    compounds = Compound.objects.visible_to(person).filter(area=person.community_id or 0)
    home = Home.objects.visible_to(person).select_related("building__compound", "area").filter(
        pk=number(request.GET.get("home"))).first()
    if home is not None:
        form = ClaimForm(sent(request))
        if form.is_valid():
            with refusal_shown_in(form):
                actions.claim_residency(person, home, **form.cleaned_data)
                messages.success(request, _("收到了。社区核实以后告诉您，一般不超过 3 个工作日。"))
                return redirect("people:residency")
        return render(request, "people/claim_bond.html", {"form": form, "home": home},
                      status=422 if form.errors else 200)
    building = Building.objects.visible_to(person).select_related("compound").filter(
        pk=number(request.GET.get("building"))).first()
    if building is not None:
        homes = Home.objects.visible_to(person).filter(building=building).order_by("entrance", "floor", "number")
        return render(request, "people/claim_home.html", {"building": building, "homes": homes})
    compound = compounds.filter(pk=number(request.GET.get("compound"))).first()
    if compound is not None:
        return render(request, "people/claim_building.html", {
            "compound": compound, "buildings": Building.objects.visible_to(person).filter(compound=compound)})
    return render(request, "people/claim_compound.html", {"compounds": compounds})


@require_POST
@signed_in
def end_residency(request: Request, pk: int) -> HttpResponse:
    row = get_object_or_404(Residency.objects.visible_to(request.person), pk=pk, person=request.person.pk)
    actions.end_residency(request.person, row)
    messages.success(request, _("记下了。搬了新家，再登记一次就行。"))
    return redirect("people:residency")


@signed_in
def mandates(request: Request) -> HttpResponse:
    """Who acts for me, and for whom I act; and the form to ask somebody."""
    form = MandateForm(sent(request))
    if form.is_valid():
        with refusal_shown_in(form):
            actions.give_mandate(request.person, form.cleaned_data["phone"], scope=form.cleaned_data["scope"],
                                 until=form.cleaned_data["until"])
            messages.success(request, _("告诉 TA 了。TA 答应以后才算数。"))
            return redirect("people:mandates")
    rows = Mandate.objects.visible_to(request.person).filter(withdrawn=None).select_related("subject", "agent")
    titles = dict(queries.mandate_rooms())
    listed = [(row, [titles.get(room, room) for room in row.scope]) for row in rows.order_by("-since")]
    return render(request, "people/mandates.html", {
        "form": form, "moment": now(), "acting_for": [one.pk for one in queries.may_act_for(request.person)],
        "given": [row for row in listed if row[0].subject_id == request.person.pk],
        "held": [row for row in listed if row[0].agent_id == request.person.pk],
    }, status=422 if form.errors else 200)


@require_POST
@signed_in
def act_for(request: Request) -> HttpResponse:
    """替家人办: what follows in this session is for that person; without one, for oneself again."""
    subject = number(request.POST.get("subject"))
    if not subject:
        request.session.pop(KEY, None)
        messages.success(request, _("换回来了，现在是您自己在办。"))
    else:
        acting = actions.act_for(request.person, subject)
        request.session[KEY] = {"subject": acting.subject.pk, "name": acting.subject.shown_name}
        messages.success(request, _("现在替%(name)s办。报的、回的都算在 TA 名下，也记下是您办的。") % {
            "name": acting.subject.shown_name})
    return redirect("portal:home")


@require_POST
@signed_in
def answer_mandate(request: Request, pk: int) -> HttpResponse:
    """`accept` by the agent, or the end of it by either."""
    row = get_object_or_404(Mandate.objects.visible_to(request.person).select_related("subject", "agent"), pk=pk)
    if request.POST.get("answer") == "accept":
        actions.accept_mandate(request.person, row)
        messages.success(request, _("说好了，从现在起您可以替 TA 办。"))
    else:
        actions.withdraw_mandate(request.person, row)
        messages.success(request, _("这份委托结束了。"))
    return redirect("people:mandates")
