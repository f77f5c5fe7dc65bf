"""我的 → 程序接口: keys for one's own programs."""

from __future__ import annotations

from django import forms
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from linli.foundation.web import Denied
from linli.foundation.web.middleware import Request
from linli.foundation.web.views import refusal_shown_in, sent, signed_in
from linli.interfaces.api import actions
from linli.interfaces.api.models import ApiToken


class TokenForm(forms.Form):
    name = forms.CharField(label=gettext_lazy("给哪个程序用"), max_length=60)
    scopes = forms.MultipleChoiceField(
        label=gettext_lazy("可以做什么"), widget=forms.CheckboxSelectMultiple,
        choices=[("read", gettext_lazy("读：看我能看的")), ("write", gettext_lazy("写：办我能办的"))],
        error_messages={"required": gettext_lazy("请选它可以读，还是也可以写。")})
    days = forms.IntegerField(label=gettext_lazy("有效几天"), min_value=1, max_value=actions.DAYS_MAX, initial=90)


@require_http_methods(["GET", "POST"])
@signed_in
def tokens(request: Request) -> HttpResponse:
    """The keys one has, and a new one, shown once."""
    form = TokenForm(sent(request))
    fresh = ""
    if form.is_valid():
        with refusal_shown_in(form):
            _token, fresh = actions.make_token(request.person, **form.cleaned_data)
            form = TokenForm()
    rows = ApiToken.objects.visible_to(request.person)
    return render(request, "api/tokens.html", {"form": form, "fresh": fresh, "rows": rows},
                  status=422 if form.errors else 200)


@require_POST
@signed_in
def withdraw(request: Request, pk: int) -> HttpResponse:
    token = ApiToken.objects.visible_to(request.person).filter(pk=pk).first()
    if token is None:
        raise Denied("api.withdraw_token")
    actions.withdraw_token(request.person, token)
    return redirect("api:tokens")
