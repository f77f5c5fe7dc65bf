"""Minutes as people read them, and the words of this room's codes."""

from __future__ import annotations

from django import template
from django.utils.translation import gettext as _

from linli.services.timebank import words
from linli.services.timebank.sentences import SENTENCES

register = template.Library()
register.filter("hours", words.hours)
register.filter("reason_words", words.reason)
register.filter("signal_words", words.signal)
register.filter("proof_words", words.proof)
register.filter("way_words", words.way)


@register.simple_tag(takes_context=True)
def item_words(context: template.Context, code: str) -> str:
    """The words of a kind of help, from the policy of the reader's area."""
    return words.item(code, context.get("area"))


@register.filter
def star_words(stars: int) -> str:
    return _("%(count)s 星志愿者") % {"count": stars} if stars else _("志愿者")


@register.filter
def obstacle_words(code: str) -> str:
    """What somebody reads who cannot say yes to a need."""
    return str(SENTENCES.get(code, code))


@register.inclusion_tag("timebank/desk_nav.html", takes_context=True)
def timebank_tabs(context: template.Context) -> dict[str, object]:
    """The pages of this room at the desk."""
    return {"request": context["request"], "desk_tabs": [
        ("timebank:desk", _("求助")), ("timebank:reviews", _("核对")), ("timebank:claims", _("时间问题")),
        ("timebank:treasury", _("发放")), ("timebank:volunteers", _("志愿者")), ("timebank:members", _("会员")),
        ("timebank:exchange", _("互通")), ("timebank:samples", _("抽查"))]}
