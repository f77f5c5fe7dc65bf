"""Staff's pages: what did not reach people of their place, and in demo mode the text messages that would have gone."""

from __future__ import annotations

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from linli.foundation.notices import actions, queries
from linli.foundation.notices.models import Delivery, DemoMessage
from linli.foundation.people.permit import permit
from linli.foundation.web.middleware import Request
from linli.foundation.web.views import keyset_page, staff_only


@staff_only
def undelivered_page(request: Request) -> HttpResponse:
    permit(request.person, "notices.see_undelivered")
    page = keyset_page(queries.undelivered(request.person), request)
    return render(request, "notices/undelivered.html", {"page": page})


@staff_only
@require_POST
def retry_page(request: Request, pk: int) -> HttpResponse:
    actions.retry(request.person, _found(request, pk))
    messages.success(request, _("已经排上，马上再发一次。"))
    return redirect("notices:undelivered")


@staff_only
def give_up_page(request: Request, pk: int) -> HttpResponse:
    delivery = _found(request, pk)
    permit(request.person, "notices.give_up", delivery)
    if request.method == "POST":
        actions.give_up(request.person, delivery)
        messages.success(request, _("记下了：已经用别的办法告诉本人。"))
        return redirect("notices:undelivered")
    return render(request, "notices/give_up.html", {"delivery": delivery})


@staff_only
def demo_page(request: Request) -> HttpResponse:
    if not settings.LINLI_DEMO:
        raise Http404
    permit(request.person, "notices.see_demo_texts")
    page = keyset_page(DemoMessage.objects.order_by("-id"), request)
    return render(request, "notices/demo.html", {"page": page})


def _found(request: Request, pk: int) -> Delivery:
    permit(request.person, "notices.see_undelivered")
    found: Delivery | None = Delivery.objects.visible_to(request.person).filter(pk=pk).first()
    if found is None:
        raise Http404
    return found
