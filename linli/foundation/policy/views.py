"""The desk's pages on policy: the list of keys, a proposal, and its decision by a second person."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.forms import Form
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.functional import Promise
from django.utils.translation import gettext as _, gettext_lazy

from linli.foundation.people.models import Person
from linli.foundation.people.permit import may, permit
from linli.foundation.policy import actions, queries
from linli.foundation.policy.forms import NothingForm, ProposalForm, ReasonForm
from linli.foundation.policy.models import PolicyOverlay, State
from linli.foundation.policy.reading import in_force
from linli.foundation.policy.shipped import NoPolicyYet, UnknownPolicy
from linli.foundation.web import Denied
from linli.foundation.web.middleware import Request
from linli.foundation.web.views import keyset_page, refusal_shown_in, sent, staff_only

PAGE_SIZE = 25


@dataclass(frozen=True)
class Decision:
    """One way to decide a proposal: what the page asks, what the button says, what is done."""

    verb: str
    title: str | Promise
    button: str | Promise
    tone: str
    form: type[Form]
    act: Callable[..., PolicyOverlay]
    done: str | Promise


DECISIONS: Mapping[str, Decision] = {
    "approve": Decision(
        "policy.approve_overlay", gettext_lazy("同意这份修改"), gettext_lazy("同意，就这样用"), "main", NothingForm,
        actions.approve_overlay, gettext_lazy("同意了，到那天就按新值办。")),
    "reject": Decision(
        "policy.reject_overlay", gettext_lazy("不同意这份修改"), gettext_lazy("不同意"), "main", ReasonForm,
        actions.reject_overlay, gettext_lazy("已退回，提的人会看到原因。")),
    "withdraw": Decision(
        "policy.withdraw_overlay", gettext_lazy("撤回这份修改"), gettext_lazy("撤回"), "danger", ReasonForm,
        actions.withdraw_overlay, gettext_lazy("撤回了，按原来的值办。")),
}


@staff_only
def list_page(request: Request) -> HttpResponse:
    permit(request.person, "policy.see")
    wanted = request.GET.get("find", "").strip()[:60]
    groups = queries.lines(request.person, request.area, words=wanted)
    room, told = request.GET.get("room", ""), {
        "rooms": groups, "wanted": wanted, "waiting": queries.waiting(request.person).count()}
    chosen = next((group for group in groups if group.room == room), None)
    if chosen is None and not wanted:
        return render(request, "policy/list.html", told)
    shown = [chosen] if chosen else groups
    first = _first(request, chosen.count) if chosen else 0
    return render(request, "policy/list.html", {
        **told, "groups": [group.part(first, PAGE_SIZE) for group in shown], "room": chosen, "first": first,
        "before": max(first - PAGE_SIZE, 0) if first else None,
        "after": first + PAGE_SIZE if chosen and first + PAGE_SIZE < chosen.count else None})


def _first(request: Request, count: int) -> int:
    """The number of the first key on the page asked for; the first page for what no page has."""
    asked = request.GET.get("from", "")
    first = int(asked) if asked.isascii() and asked.isdigit() and len(asked) < 6 else 0
    return first - first % PAGE_SIZE if first < count else 0


@staff_only
def propose_page(request: Request, key: str) -> HttpResponse:
    places = queries.areas_to_propose_for(request.person, request.area)
    if not places:
        raise Denied("policy.propose_overlay")
    try:
        found = in_force(key, None, request.area)
    except (UnknownPolicy, NoPolicyYet):
        raise Http404 from None
    form = ProposalForm(found.shipped.value, places, sent(request), now_in_force=found.value)
    if form.is_valid():
        with refusal_shown_in(form):
            overlay = actions.propose_overlay(
                request.person, form.place, key, form.cleaned_data["value"],
                source=form.cleaned_data["source"], valid_from=form.cleaned_data["valid_from"])
            messages.success(request, _("提上去了。另一位同事同意以后才生效。"))
            return redirect("policy:overlay", pk=overlay.pk)
    return render(request, "policy/propose.html", {
        "form": form, "key": key, "found": found, "value": queries.shown(found.value),
        "shipped_value": queries.shown(found.shipped.value),
    }, status=422 if form.errors else 200)


@staff_only
def pending_page(request: Request) -> HttpResponse:
    permit(request.person, "policy.see")
    decided = request.GET.get("tab") == "decided"
    rows = queries.decided(request.person) if decided else queries.waiting(request.person)
    page = keyset_page(rows, request)
    return render(request, "policy/pending.html", {
        "page": page, "decided": decided,
        "rows": [(overlay, queries.shown(overlay.value), _ways(request.person, overlay)) for overlay in page],
    })


@staff_only
def overlay_page(request: Request, pk: int) -> HttpResponse:
    overlay = _found(request, pk)
    return render(request, "policy/overlay.html", {
        **_facts(overlay), "ways": _ways(request.person, overlay),
        "is_mine": overlay.proposed_by_id == request.person.pk})


@staff_only
def decide_page(request: Request, pk: int, way: str) -> HttpResponse:
    overlay = _found(request, pk)
    decision = DECISIONS.get(way)
    if decision is None:
        raise Http404
    permit(request.person, decision.verb, overlay)
    form = decision.form(request.POST if request.method == "POST" else None)
    if form.is_valid():
        with refusal_shown_in(form):
            decision.act(request.person, overlay, **form.cleaned_data)
            messages.success(request, str(decision.done))
            return redirect("policy:pending")
    return render(request, "policy/decide.html", {
        **_facts(overlay), "form": form, "decision": decision}, status=422 if form.errors else 200)


def _found(request: Request, pk: int) -> PolicyOverlay:
    overlay = queries.overlay(request.person, pk)
    if overlay is None:
        raise Http404
    return overlay


def _facts(overlay: PolicyOverlay) -> dict[str, Any]:
    found = queries.current(overlay)
    before = found.value if found and (found.overlay is None or found.overlay.id != overlay.pk) else None
    return {
        "overlay": overlay, "value": queries.shown(overlay.value), "found": found,
        "before": queries.shown(before) if before is not None else "",
        "is_open": overlay.state == State.PROPOSED,
    }


def _ways(person: Person, overlay: PolicyOverlay) -> list[str]:
    """The decisions open to `person` on this overlay now; the proposer is offered no approval of their own."""
    if overlay.state == State.PROPOSED:
        mine = overlay.proposed_by_id == person.pk
        offered = ["withdraw"] if mine else ["approve", "reject"]
    else:
        offered = ["withdraw"] if overlay.state == State.APPROVED else []
    return [way for way in offered if may(person, DECISIONS[way].verb, overlay)]
