"""The catalogue as linked data: CPSV-AP 3.x (JSON-LD) and schema.org. Only what is published; nothing of a person."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django.conf import settings
from django.urls import reverse

from linli.services.gov.items import reading, sheet as sheets
from linli.services.gov.models import Publication

CONTEXT = {
    "cpsv": "http://purl.org/vocab/cpsv#", "cv": "http://data.europa.eu/m8g/", "dct": "http://purl.org/dc/terms/",
    "dcat": "http://www.w3.org/ns/dcat#", "eli": "http://data.europa.eu/eli/ontology#",
    "foaf": "http://xmlns.com/foaf/0.1/", "schema": "https://schema.org/", "skos": "http://www.w3.org/2004/02/skos/core#",
    "xsd": "http://www.w3.org/2001/XMLSchema#", "adms": "http://www.w3.org/ns/adms#",
}
_ISO_UNIT = {"working_day": "D", "calendar_day": "D", "month": "M", "hour": "H"}


def address(slug: str) -> str:
    return f"{settings.LINLI_BASE_URL}{reverse('gov:item', args=[slug])}"


def cpsv(row: Publication) -> dict[str, Any]:
    """One item as a cpsv:PublicService with its evidence, channels, costs, outputs, rules and legal resources."""
    body, told = row.version.body, sheets.sheet(row.version.body)
    here = address(told.slug)
    made: dict[str, Any] = {
        "@id": here, "@type": "cpsv:PublicService", "dct:identifier": told.code,
        "dct:title": {"@value": told.name, "@language": "zh"}, "dct:description": _words(told.summary),
        "dct:language": "zh", "adms:status": row.state, "cv:hasCompetentAuthority": {
            "@id": f"{here}#authority", "@type": "cv:PublicOrganisation", "dct:title": _words(told.department)},
        "dct:type": _words(told.kind), "cv:thematicArea": [_words(one) for one in told.topics or told.themes],
        "dcat:version": str(row.version.number), "dct:modified": _date(row.version.made_at.date().isoformat()),
    }
    if row.checked_on:
        made["dcat:versionNotes"] = _words(f"{row.checked_by} {row.checked_on}")
    made |= _lists(body, told, here)
    english = reading.spoken(body, "en")
    if reading.translated(body, "en"):
        made["dct:title"] = [made["dct:title"], {"@value": english["base"]["name"], "@language": "en"}]
    return {key: value for key, value in made.items() if value not in ("", [], None)}


def _lists(body: Mapping[str, Any], told: sheets.Sheet, here: str) -> dict[str, Any]:
    contact = told.contact
    clock = body["local"].get("clock") or {}
    return {
        "cv:processingTime": _duration(clock.get("promised")),
        "cpsv:hasInput": [{"@id": f"{here}#{one.key}", "@type": "cv:Evidence", "dct:identifier": one.key,
                           "dct:title": _words(one.name), "dct:description": _words(one.sample)}
                          for one in told.papers],
        "cpsv:produces": [{"@type": "cv:Output", "dct:title": _words(name)} for name, _valid in told.results],
        "cv:hasCost": [{"@type": "cv:Cost", "cv:currency": "CNY", "dct:description": _words(name), "cv:value": {
            "@value": f"{int(one['amount_cents']) / 100:.2f}", "@type": "xsd:decimal"}}
            for one, (name, *_rest) in zip(body["local"].get("fees") or [], told.fees, strict=True)],
        "cv:hasChannel": [{"@type": "cv:Channel", "dct:type": code} for code in sheets.shown_channels(body["local"])],
        "cv:hasContactPoint": {"@type": "cv:ContactPoint", "schema:telephone": contact.get("phone", ""),
                               "schema:address": contact.get("address", ""),
                               "cv:openingHours": contact.get("hours", "")} if contact else None,
        "cv:hasLegalResource": [{"@type": "eli:LegalResource", "dct:title": _words(f"{one.law} {one.article}")}
                                for one in told.bases],
        "cpsv:follows": [{"@type": "cpsv:Rule", "dct:description": _words(one)} for one in told.conditions],
        "dct:isPartOf": [{"@type": "cv:LifeEvent", "dct:identifier": one}
                         for one in body["local"].get("life_events") or []],
    }


def schema_org(row: Publication) -> dict[str, Any]:
    """One item as a schema.org GovernmentService, for the page's own script block."""
    told = sheets.sheet(row.version.body)
    contact = told.contact
    made: dict[str, Any] = {
        "@context": "https://schema.org", "@type": "GovernmentService", "@id": address(told.slug), "name": told.name,
        "url": address(told.slug), "description": told.summary, "serviceType": told.kind, "identifier": told.code,
        "provider": {"@type": "GovernmentOrganization", "name": told.department},
        "availableChannel": {"@type": "ServiceChannel", "servicePhone": {
            "@type": "ContactPoint", "telephone": contact.get("phone", "")}, "serviceLocation": {
            "@type": "Place", "address": contact.get("address", "")}},
        "audience": {"@type": "Audience", "audienceType": told.audience},
    }
    return {key: value for key, value in made.items() if value}


def catalogue(rows: Iterable[Publication]) -> dict[str, Any]:
    """Every item given, as one file."""
    return {"@context": CONTEXT, "@id": f"{settings.LINLI_BASE_URL}{reverse('gov:catalogue')}",
            "@type": "dcat:Catalog", "dcat:service": [cpsv(row) for row in rows]}


def _words(text: str) -> Any:
    return {"@value": text, "@language": "zh"} if text else ""


def _date(day: str) -> dict[str, str]:
    return {"@value": day, "@type": "xsd:date"}


def _duration(limit: Mapping[str, Any] | None) -> Any:
    if not limit:
        return ""
    unit = _ISO_UNIT[str(limit["unit"])]
    value = f"PT{limit['days']}H" if unit == "H" else f"P{limit['days']}{unit}"
    return {"@value": value, "@type": "xsd:duration"}
