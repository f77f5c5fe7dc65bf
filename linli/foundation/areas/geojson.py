"""A GeoJSON file as somebody uploads it: read, judged feature by feature, and put into WGS 84."""

from __future__ import annotations

import json
from dataclasses import dataclass
from math import isfinite
from typing import Any

from django.utils.translation import gettext as _

from linli.foundation.areas.mapping import wgs84_of
from linli.foundation.web.refusals import Refused

BYTES_MAX = 5_000_000
FEATURES_MAX = 5_000
_DEPTH = {"Point": 0, "LineString": 1, "MultiLineString": 2, "Polygon": 2, "MultiPolygon": 3}


@dataclass(frozen=True)
class BadFeature:
    """Which feature, counted from 1, and what to do about it."""

    row: int
    sentence: str


def read(raw: bytes, *, datum: str = "wgs84") -> tuple[dict[str, Any], list[BadFeature]]:
    """(the FeatureCollection in WGS 84, what is wrong with it). Raises `Refused("geojson")` if it is none at all."""
    if len(raw) > BYTES_MAX:
        raise Refused("geojson", _("地图文件要在 5 MB 以内。请把它简化后再传。"), field="file")
    try:
        data = json.loads(raw.decode("utf-8-sig"))
    except ValueError:
        data = None
    is_collection = isinstance(data, dict) and data.get("type") == "FeatureCollection"
    if not is_collection or not isinstance(data.get("features"), list):
        raise Refused("geojson", _(
            "这不是 GeoJSON 的 FeatureCollection。请从地图软件里导出 GeoJSON 再传。"), field="file")
    if len(data["features"]) > FEATURES_MAX:
        raise Refused("geojson", _("地图最多 5000 个图形。请分层传，或把它简化。"), field="file")
    features, bad = [], []
    for row, feature in enumerate(data["features"], start=1):
        geometry = feature.get("geometry") if isinstance(feature, dict) else None
        depth = _DEPTH.get(geometry.get("type", "")) if isinstance(geometry, dict) else None
        if depth is None:
            bad.append(BadFeature(row, _("只认点、线、面；请删掉这个图形。")))
            continue
        moved = _moved(geometry.get("coordinates"), depth, datum)  # type: ignore[union-attr]  # depth says it is a dict
        if moved is None:
            bad.append(BadFeature(row, _("坐标要是「经度, 纬度」，单位是度。请核对坐标系。")))
            continue
        properties = feature.get("properties")
        words = {str(key)[:40]: str(value)[:80] for key, value in (properties or {}).items()
                 if isinstance(value, str | int | float)} if isinstance(properties, dict) else {}
        features.append({"type": "Feature", "properties": words,
                         "geometry": {"type": geometry["type"], "coordinates": moved}})  # type: ignore[index]
    return {"type": "FeatureCollection", "features": features}, bad


def _moved(coordinates: Any, depth: int, datum: str) -> Any:
    """The same nest of positions in WGS 84, or None where one of them is none."""
    if not isinstance(coordinates, list) or not coordinates:
        return None
    if depth:
        inner = [_moved(one, depth - 1, datum) for one in coordinates]
        return None if any(one is None for one in inner) else inner
    numbers = coordinates[:2]
    if len(numbers) < 2 or not all(isinstance(n, int | float) and not isinstance(n, bool) for n in numbers):
        return None
    lon, lat = float(numbers[0]), float(numbers[1])
    if not (isfinite(lon) and isfinite(lat) and -180 <= lon <= 180 and -90 <= lat <= 90):
        return None
    if datum == "gcj02":
        lon, lat = wgs84_of(lon, lat)
    return [round(lon, 7), round(lat, 7)]
