"""报修 by its resident: 拍照 → 地点 → 说明 → 核对 → receipt; each step is a page, and nothing typed is lost."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from linli.foundation.areas.mapping import locate
from linli.foundation.areas.models import Area
from linli.foundation.files import StoredFile, limits_told, link, received, takes_files
from linli.foundation.people.acting import subject_of
from linli.foundation.people.models import Person
from linli.foundation.people.permit import may
from linli.foundation.policy import policy
from linli.foundation.web import Denied, Refused
from linli.foundation.web.middleware import Request
from linli.foundation.web.views import refusal_shown_in, signed_in
from linli.mechanisms.cases.kinds import Category
from linli.mechanisms.cases.models import Case
from linli.services.repairs import actions, queries, slots
from linli.services.repairs.actions.reporting import PHOTOS_MAX, Report, sent_before
from linli.services.repairs.forms import OTHER, PhotoForm, PlaceForm, QuickForm, WordsForm
from linli.services.repairs.models import ReportDraft
from linli.services.repairs.queries import Place
from linli.services.repairs.texts import AT_HOME, DANGER, ENTRY, DangerLine, danger_line, danger_words


def steps() -> list[str]:
    return [_("拍照"), _("地点"), _("说明"), _("核对")]


def area_of(request: Request) -> Area | None:
    """The community being looked at; a person may belong to none."""
    return request.area or None  # type: ignore[truthy-bool]  # lazy: nowhere is falsy


class Progress:
    """The draft of this request, whom it is for, and the community it is about."""

    def __init__(self, request: Request) -> None:
        self.person: Person = request.person
        self.draft: ReportDraft | None = queries.draft_of(request.person)
        self.data: dict[str, Any] = self.draft.data if self.draft else {}
        self.subjects = queries.subjects(request.person)
        chosen = str(self.data.get("subject", self._acting_for()))
        if chosen and chosen not in {str(p.pk) for p in self.subjects}:
            actions.keep_draft(request.person, {"subject": "", "place": ""})
            raise Refused("mandate_over", _("您现在不能替这位家人报了，刚才那一步没有办。要报自己的，请重新选地点。"))
        self.subject: Person = next((p for p in self.subjects if str(p.pk) == chosen), request.person)
        area: Area | None = self.subject.community or area_of(request)
        granted = self.subject.pk != request.person.pk or may(request.person, "repairs.report", area)
        self.area = area if area is not None and (granted or self.subjects) else None

    def _acting_for(self) -> str:
        subject = subject_of(self.person, "repairs")
        return str(subject.pk) if subject.pk != self.person.pk else ""

    @property
    def photos(self) -> list[int]:
        """The draft's photos that are still there: what waited too long was cleaned away, and stops nobody."""
        ids = self.draft.photos if self.draft else []
        here = set(StoredFile.objects.filter(pk__in=ids, owner=self.person).values_list("pk", flat=True))
        return [pk for pk in ids if pk in here]

    @property
    def place(self) -> Place | None:
        """The place that was chosen, read anew: what is no longer there is not chosen."""
        key, area = str(self.data.get("place", "")), self.area
        if not key or area is None:
            return None
        return next((p for p in queries.places_for(self.subject, self.data, area) if p.key == key), None)

    @property
    def step(self) -> str:
        """The first step that is not done."""
        if not self.draft:
            return "report"
        if not self.data.get("place"):
            return "place"
        return "words" if not self.data.get("text") else "check"


@takes_files
@require_http_methods(["GET", "POST"])
@signed_in
def photo_step(request: Request) -> HttpResponse:
    """Step 1. `?facility=LT-10302` is what the sticker's QR code opens; `?afresh=1` begins anew."""
    at = Progress(request)
    if at.area is None:
        return render(request, "repairs/no_place.html")
    kept = [pk for pk in at.photos if str(pk) not in request.POST.getlist("drop")]
    form = PhotoForm(at.subjects, request.POST if request.method == "POST" else None, initial={
        **at.data, "subject": at.subject.pk if at.subject.pk != request.person.pk else ""})
    if form.is_valid():
        with refusal_shown_in(form):
            files = received(request, "photos", purpose="repairs.photo")
            if len(kept) + len(files) > PHOTOS_MAX:
                raise Refused("too_many", _("最多 %(count)s 张照片，请去掉几张。") % {
                    "count": PHOTOS_MAX}, field="photos")
            data: dict[str, Any] = {
                "facility": request.POST.get("facility", "")[:20], "again": request.POST.get("again", "")[:24]}
            where = next((f.found for f in files if f.found.get("lon") is not None), None)
            if where:
                data |= {"photo_lon": where["lon"], "photo_lat": where["lat"]}
            subject = form.cleaned_data.get("subject", "")
            if subject != str(at.data.get("subject", "")):
                data["place"] = ""  # another person's homes
            actions.keep_draft(request.person, {**data, "subject": subject}, photos=[*kept, *[f.pk for f in files]])
            return redirect("repairs:place")
    return render(request, "repairs/photo.html", {
        "form": form, "at": at, "steps": steps(), "photos": _photos(request.person, kept),
        "photos_left": max(PHOTOS_MAX - len(kept), 0),
        "facility": request.GET.get("facility", at.data.get("facility", ""))[:20],
        "limits": limits_told("repairs.photo"), "again": request.GET.get("again", at.data.get("again", ""))[:24],
        "goes_on": at.step if at.draft and at.step != "report" and request.method == "GET" else "",
    }, status=422 if form.errors else 200)


def _photos(person: Person, ids: list[int]) -> list[dict[str, Any]]:
    rows = StoredFile.objects.filter(pk__in=ids, owner=person).order_by("pk")
    return [{"pk": row.pk, "thumb": link(row, person, thumb=True)} for row in rows]


@require_http_methods(["GET", "POST"])
@signed_in
def place_step(request: Request) -> HttpResponse:
    """Step 2."""
    at = Progress(request)
    if at.draft is None or at.area is None:
        return redirect("repairs:report")
    places = queries.places_for(at.subject, at.data, at.area)
    initial = dict(at.data)
    if not initial.get("place") and at.data.get("facility") and places and places[0].facility:
        initial["place"] = places[0].key  # the sticker was scanned: that is where one stands
    form = PlaceForm(places, list(queries.buildings(at.area)), at.area,
                     request.POST if request.method == "POST" else None, initial=initial)
    if form.is_valid():
        given = form.cleaned_data
        with refusal_shown_in(form):
            actions.keep_draft(request.person, {
                key: given[key] for key in ("place", "building", "code", "lon", "lat", "detail")})
            return redirect("repairs:words")
    return render(request, "repairs/place.html", {
        "form": form, "at": at, "steps": steps(), "places": places, "other": OTHER,
        "chosen": form["place"].value() or "", **_map(at.area, places)}, status=422 if form.errors else 200)


def _map(area: Area, places: list[Place]) -> dict[str, Any]:
    """The community's own map with the offered places; a picture beside the list, never instead of it."""
    from linli.foundation.areas.models import MapLayer

    layer = MapLayer.objects.filter(area__code=area.code[:12]).first()
    blocks = [{"type": "Feature", "properties": {"kind": "block", "name": b.name}, "geometry": b.outline}
              for b in queries.buildings(area)[:80] if b.outline]
    at = {(p.lon, p.lat): p for p in reversed(places) if p.lon is not None}  # one mark a spot
    marks = [{"lon": lon, "lat": lat, "word": p.title} for (lon, lat), p in at.items()]
    return {"features": [*(layer.features["features"] if layer else []), *blocks], "marks": marks[:3]}


@require_http_methods(["GET", "POST"])
@signed_in
def words_step(request: Request) -> HttpResponse:
    """Step 3."""
    at = Progress(request)
    if at.draft is None or at.area is None or not at.data.get("place"):
        return redirect("repairs:report")
    is_home = str(at.data["place"]).startswith("home:")
    place = at.place
    company = place.building.compound.property_company_id if place and place.building else None
    form = WordsForm(
        categories_at(place), slots.free_windows(at.area.code, company), is_home=is_home,
        data=request.POST if request.method == "POST" else None, initial=at.data)
    if form.is_valid():
        given = dict(form.cleaned_data)
        with refusal_shown_in(form):
            category = _category(given["category"], given["text"], place)
            actions.keep_draft(request.person, {**given, "guessed": not given["category"], "category": category})
            return redirect("repairs:danger" if danger_line(category) else "repairs:check")
    return render(request, "repairs/words.html", {
        "form": form, "at": at, "steps": steps(), "is_home": is_home,
        "dangers": dangers(at.area),
        "tiles": [(option, queries.kind().category(option.data["value"])) for option in form["category"]],
    }, status=422 if form.errors else 200)


def categories_at(place: Place | None) -> list[Category]:
    """What can be broken there: at home nothing of the common part, at a lift the lift first; danger last but seen."""
    found = list(queries.kind().categories.values())
    if place and place.home:
        found = [c for c in found if c.common_part is not True]
    if place and place.facility and place.facility.kind == "lift":
        found.sort(key=lambda c: not c.code.startswith("lift"))
    return found


def _category(chosen: str, text: str, place: Place | None) -> str:
    if chosen:
        return chosen
    found = queries.guess(text, categories_at(place))
    return found.code if found else "other"


def dangers(area: Area | None) -> list[dict[str, Any]]:
    """Every line of danger with the words that call it up and whom to ring, for the pages on which one writes."""
    found = queries.kind().categories
    return [
        {"words": "|".join(danger_words(code, found[code].words if code in found else ())), "text": line.text,
         "calls": phones(line, area)}
        for code, line in DANGER.items()]


@require_http_methods(["GET", "POST"])
@signed_in
def danger_step(request: Request) -> HttpResponse:
    """What to do at once, before anything else is asked. That it was shown is kept with the case."""
    at = Progress(request)
    line = danger_line(str(at.data.get("category", "")))
    if line is None:
        return redirect("repairs:check" if at.draft else "repairs:report")
    if request.method == "POST":
        actions.keep_draft(request.person, {"danger_told": True})
        return redirect("repairs:check")
    return render(request, "repairs/danger.html", {"at": at, "line": line, "phones": phones(line, at.area)})


def phones(line: DangerLine | None, area: Area | None) -> list[tuple[str, str]]:
    """(number, title) to ring; the utilities' numbers are the place's own."""
    if line is None:
        return []
    book = policy("repairs.phones", area=area)
    return [(book.get(key, key), str(title)) for key, title in line.phones]


@require_http_methods(["GET", "POST"])
@signed_in
def check_step(request: Request) -> HttpResponse:
    """Step 4: what neighbours see, what only handlers see, who else has it; then it is sent, once."""
    at = Progress(request)
    once = request.POST.get("once", "")
    if request.method == "POST" and (at.draft is None or at.draft.once != once):
        earlier = sent_before(request.person, once)
        if earlier is not None:
            return redirect("portal:receipt", number=earlier.number)
    if at.draft is None or at.area is None or at.step != "check":
        return redirect("repairs:report")
    told = _told(at)
    form = WordsForm([], [], is_home=False)
    if request.method == "POST":
        told.is_private = bool(request.POST.get("private"))
        form = WordsForm([], [], is_home=False, data={"text": told.text})
        form.is_valid()
        with refusal_shown_in(form):
            case = actions.report(request.person, at.area, told, subject=at.subject)
            return redirect("portal:receipt", number=case.number)
    line = danger_line(told.category)
    return render(request, "repairs/check.html", {
        "form": form, "at": at, "steps": steps(), "told": told, "category": queries.kind().category(told.category),
        "photos": _photos(request.person, list(told.photos)), "line": line, "phones": phones(line, at.area),
        "slot": _slot_words(at), "entry": queries.words_of(told.entry, ENTRY),
        "at_home": [queries.words_of(code, AT_HOME) for code in told.at_home],
        "alike": _alike(at, told), "phone": (told.contact[1] if told.contact else at.subject.phone) or "",
    }, status=422 if form.errors else 200)


def _told(at: Progress) -> Report:
    """The draft as a report. What no longer exists is left out, and the action asks for it."""
    data, place = at.data, at.place
    building = place.building if place else None
    home, facility = (place.home, place.facility) if place else (None, None)
    lon, lat = (place.lon, place.lat) if place else (None, None)
    if data.get("place") == OTHER and at.area is not None:
        building = queries.buildings(at.area).filter(pk=data["building"]).first() if data.get("building") else None
        facility = queries.facility_by_code(at.area, data["code"]) if data.get("code") else None
        lon, lat = data.get("lon"), data.get("lat")
        building = building or (facility.building if facility else None) or (
            locate(at.area, lon, lat).building if lon is not None and lat is not None else None)
    return Report(
        text=data.get("text", ""), category=data.get("category", ""), urgency=data.get("urgency", ""),
        building=building, home=home, facility=facility, lon=lon, lat=lat, detail=data.get("detail", ""),
        slot=_slot(at), entry=data.get("entry", ""), at_home=data.get("at_home", []),
        contact=(at.person.name, data["phone"]) if data.get("phone") else None,
        photos=at.photos, facts=_again(at), once=at.draft.once if at.draft else "",
        danger_told=bool(data.get("danger_told")))


def _again(at: Progress) -> dict[str, Any]:
    """又坏了, too late to reopen: the new case says which of one's own it follows."""
    number = str(at.data.get("again", ""))
    mine = Case.objects.filter(number=number, requester=at.subject, kind_code="repair")
    return {"relates_to": number} if number and mine.exists() else {}


def _slot(at: Progress) -> tuple[str, str] | None:
    key = at.data.get("slot", "")
    if not key or at.area is None:
        return None
    window = next((w for w in slots.all_windows(at.area.code) if w.key == key), None)
    return (window.starts.isoformat(), window.ends.isoformat()) if window else None


def _slot_words(at: Progress) -> str:
    from linli.services.repairs.forms import span

    key = at.data.get("slot", "")
    window = next((w for w in slots.all_windows(at.area.code) if w.key == key), None) if (
        key and at.area) else None
    return span(window.starts, window.ends) if window else ""


def _alike(at: Progress, told: Report) -> list[Any]:
    if told.home is not None or at.area is None:
        return []
    return queries.like(
        at.area, category=told.category, text=told.text, building=told.building.pk if told.building else None,
        facility=told.facility.pk if told.facility else None, lon=told.lon, lat=told.lat)


@require_POST
@signed_in
def join(request: Request) -> HttpResponse:
    """我也遇到: instead of sending the same again."""
    case = Case.objects.filter(number=request.POST.get("number", ""), kind_code="repair").first()
    if case is None:
        raise Denied("cases.follow")
    actions.join(request.person, case)
    messages.success(request, _("记下了，您也遇到。每一步都会告诉您。"))
    return redirect("portal:case", number=case.number)


@require_POST
@signed_in
def drop(request: Request) -> HttpResponse:
    actions.drop_draft(request.person)
    return redirect("repairs:report")


def _for_whom(request: Request) -> Person:
    """Whom the one page is for: whom it was opened for, however long it waited on the device to be sent."""
    person, wanted = request.person, request.POST.get("for", "")
    if not wanted:
        return subject_of(person, "repairs")
    found = next((one for one in [person, *queries.subjects(person)] if str(one.pk) == wanted), None)
    if found is None:
        raise Refused("mandate_over", _("您现在不能替这位家人报了，刚才那一步没有办。要报自己的，请重新选地点。"))
    return found


@takes_files
@require_http_methods(["GET", "POST"])
@signed_in
def quick(request: Request) -> HttpResponse:
    """Everything on one page; also what waits on the device while there is no line."""
    at = Progress(request)
    subject = _for_whom(request)
    area = subject.community or at.area
    if at.area is None or area is None:
        return render(request, "repairs/no_place.html")
    once = request.POST.get("once", "")[:64]
    earlier = sent_before(request.person, once)
    if earlier is not None:
        return redirect("portal:receipt", number=earlier.number)
    data = {"facility": request.GET.get("facility", request.POST.get("facility", ""))[:20]}
    places = queries.places_for(subject, data, area)
    form = QuickForm(places, request.POST if request.method == "POST" else None,
                     initial={"place": places[0].key if places else ""})
    if form.is_valid():
        with refusal_shown_in(form):
            files = received(request, "photos", purpose="repairs.photo")
            given = form.cleaned_data
            place = form.places.get(given["place"])
            category = _category("", given["text"], place)
            case = actions.report(request.person, area, Report(
                text=given["text"], category=category, detail=given["detail"],
                building=place.building if place else None, home=place.home if place else None,
                facility=place.facility if place else None, lon=place.lon if place else None,
                lat=place.lat if place else None, photos=[f.pk for f in files][:PHOTOS_MAX], once=once or uuid4().hex,
                contact=(request.person.name, given["phone"]) if given["phone"] else None,
                entry="call" if place and place.home else ""), subject=subject)
            return redirect("portal:receipt", number=case.number)
    return render(request, "repairs/quick.html", {
        "form": form, "at": at, "subject": subject, "dangers": dangers(area), "once": once or uuid4().hex,
        "facility": data["facility"], "limits": limits_told("repairs.photo")}, status=422 if form.errors else 200)
