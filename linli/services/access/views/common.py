"""What the pages of this room share."""

from __future__ import annotations

from django.db.models import Model
from django.http import Http404, QueryDict

from linli.foundation.areas.models import Area, Level
from linli.foundation.files import link, may_see
from linli.foundation.files.queries import files_of
from linli.foundation.people.permit import may, permit
from linli.foundation.web.middleware import Request
from linli.services.access.places import Place

NEED = "access.need"


def here(request: Request) -> Area:
    """The community looked at; to who does not belong to it, or is in none, the page is not there."""
    area: Area | None = getattr(request, "area", None) or None  # lazy: it may turn out to be nothing
    if area is None or area.level not in (Level.COMMUNITY, Level.GRID):
        raise Http404
    community = area if area.level == Level.COMMUNITY else Area.objects.get(code=area.community_code)
    permit(request.person, "access.look", Place(community))
    return community


def sent(request: Request) -> QueryDict | None:
    """What a form was sent with; None where the page is only looked at (an empty POST is a form with mistakes)."""
    return request.POST if request.method == "POST" else None


def need_of(request: Request, known: set[str], sent: QueryDict | None = None) -> str:
    """The need chosen now, else the one chosen earlier in this session; kept nowhere else."""
    if sent is not None:
        return chosen if (chosen := sent.get("need", "")) in known else ""
    chosen = request.GET.get("need", "")
    if chosen in known:
        if request.session.get(NEED) != chosen:
            request.session[NEED] = chosen
        return chosen
    if "need" in request.GET:
        return ""
    kept = str(request.session.get(NEED, ""))
    return kept if kept in known else ""


def photos_of(request: Request, thing: Model) -> list[tuple[str, str]]:
    """(address, address of the small one) of the photos of a thing that this person may open."""
    return [(link(stored, request.person), link(stored, request.person, thumb=True))
            for stored in files_of(thing) if stored.is_photo and may_see(request.person, stored)]


def desk_doors(request: Request) -> dict[str, bool]:
    """Which of the room's desk pages this person has."""
    verbs = {"works": "see_works", "paths": "draw_paths", "guides": "match_guide", "signing": "keep_interpreters"}
    return {name: may(request.person, f"access.{verb}") for name, verb in verbs.items()}
