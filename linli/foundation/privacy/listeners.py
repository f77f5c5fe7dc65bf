"""After the commit: tell whom a request concerns. `key` makes a second delivery send nothing."""

from __future__ import annotations

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from linli.foundation.notices import tell
from linli.foundation.people.models import Person
from linli.foundation.privacy.models import HANDLERS, DataRequest


def tell_handlers(request: int) -> None:
    """Listener of `privacy.request_made`."""
    asked = DataRequest.objects.select_related("area").filter(pk=request).first()
    if asked is None:
        return
    handlers = Person.objects.filter(roles__role__in=HANDLERS, roles__withdrawn=None, is_active=True).distinct()
    for handler in handlers:
        if any(s.role in HANDLERS and s.covers(asked.area_code, ()) for s in handler.standings):
            tell(handler, _("有居民对自己的信息提了请求，请在期限前答复。"), about=asked,
                 key=f"privacy.request.{request}.{handler.pk}", url=reverse("privacy:desk"))


def tell_person(request: int) -> None:
    """Listener of `privacy.request_answered`."""
    asked = DataRequest.objects.select_related("person").filter(pk=request).first()
    if asked is not None and asked.person.is_active:
        tell(asked.person, _("您对自己信息的请求有答复了，点开看看。"), about=asked,
             key=f"privacy.answer.{request}", url=reverse("privacy:mine"))
