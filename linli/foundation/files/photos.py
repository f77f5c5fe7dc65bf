"""Photos: opened, turned upright, redrawn from their pixels so that nothing else of the file survives."""

from __future__ import annotations

import io
import threading
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import IO, Any

import pi_heif
from django.utils import timezone as local
from django.utils.translation import gettext_lazy as _
from PIL import Image, ImageCms, ImageFilter, ImageOps

from linli.foundation.files.kinds import PHOTO, PHOTO_WITH_HOLES, Kind
from linli.foundation.web.refusals import Refused

pi_heif.register_heif_opener()

OPENED = ("JPEG", "PNG", "WEBP", "HEIF", "AVIF", "GIF")  # a stereo MPO is opened by the reader of JPEG
LONGEST_PX = 2048
THUMB_PX = 480
_GPS, _EXIF, _TAKEN, _OFFSET = 0x8825, 0x8769, 0x9003, 0x9011
# A 60-megapixel picture is 180 MB of pixels; two at once are what a small machine bears.
_decoding = threading.BoundedSemaphore(2)


@dataclass(frozen=True)
class Photo:
    """A redrawn photo: bytes without EXIF, its thumbnail, size in px, dHash, and what the EXIF said.

    `found` has `lon`, `lat` (WGS 84) and `taken_at` (aware datetime), each only where the camera wrote it.
    """

    kind: Kind
    content: bytes
    thumb: bytes
    width: int
    height: int
    dhash: str
    found: dict[str, Any]


def redraw(source: IO[bytes], *, max_pixels: int) -> Photo | None:
    """The photo in `source`, or None if Pillow knows no photo in it. `max_pixels` guards against bombs.

    Raises `Refused`: too_many_pixels, broken_photo.
    """
    source.seek(0)
    try:
        picture = Image.open(source, formats=OPENED)
    except Image.DecompressionBombError:
        raise _too_many(max_pixels) from None
    except (OSError, SyntaxError, ValueError, EOFError):  # what Pillow's parsers raise on foreign bytes
        return None
    # A JPEG can be decoded at half, quarter or eighth size, so twice the pixels cost no more memory.
    allowed = max_pixels * 2 if picture.format in {"JPEG", "MPO"} else max_pixels
    if picture.width * picture.height > allowed:
        raise _too_many(max_pixels)
    with _decoding:
        try:
            return _redrawn(picture)
        except Image.DecompressionBombError:
            raise _too_many(max_pixels) from None
        except (OSError, SyntaxError, ValueError, EOFError, MemoryError, RuntimeError):
            raise Refused(
                "broken_photo", _("这张照片没传完整，打不开。请重新选一次，或者再拍一张。"), field="file") from None


def _redrawn(picture: Image.Image) -> Photo:
    found = told_by_camera(picture)
    profile = picture.info.get("icc_profile")
    if picture.format in {"JPEG", "MPO"}:
        picture.draft("RGB", (LONGEST_PX, LONGEST_PX))
    has_holes = picture.mode in {"RGBA", "LA", "PA"} or "transparency" in picture.info
    upright = ImageOps.exif_transpose(picture)
    upright.thumbnail((LONGEST_PX, LONGEST_PX), Image.Resampling.LANCZOS)
    mode = "RGBA" if has_holes else "RGB"
    plain = Image.new(mode, upright.size)  # a new sheet: comments, XMP and profiles stay behind
    plain.paste(_in_srgb(upright, profile).convert(mode))
    if has_holes and plain.getchannel("A").getextrema()[0] == 255:
        plain = plain.convert("RGB")
    kind = PHOTO_WITH_HOLES if plain.mode == "RGBA" else PHOTO
    return Photo(kind, _saved(plain, kind), _thumb(plain), plain.width, plain.height, dhash(plain), found)


def _in_srgb(picture: Image.Image, profile: bytes | None) -> Image.Image:
    """Telephones photograph in Display P3; without its profile the colours would pale."""
    if not profile or picture.mode != "RGB":
        return picture
    try:
        source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        turned = ImageCms.profileToProfile(picture, source, ImageCms.createProfile("sRGB"))
    except (ImageCms.PyCMSError, OSError):
        return picture
    return turned or picture


def _saved(picture: Image.Image, kind: Kind) -> bytes:
    out = io.BytesIO()
    if kind is PHOTO_WITH_HOLES:
        picture.save(out, "WEBP", quality=84, method=4)
    else:
        picture.save(out, "JPEG", quality=84, optimize=True, progressive=True)
    return out.getvalue()


def _thumb(picture: Image.Image) -> bytes:
    small = picture.copy()
    small.thumbnail((THUMB_PX, THUMB_PX), Image.Resampling.LANCZOS)
    if small.mode == "RGBA":
        ground = Image.new("RGB", small.size, "white")
        ground.paste(small, mask=small.getchannel("A"))
        small = ground
    return _saved(small, PHOTO)


def dhash(picture: Image.Image) -> str:
    """The 64-bit difference hash as 16 hex digits: alike pictures differ in few bits, also when re-saved."""
    grey = picture.convert("L").resize((9, 8), Image.Resampling.LANCZOS)
    cells = grey.tobytes()
    bits = 0
    for row in range(8):
        for column in range(8):
            bits = bits << 1 | (cells[row * 9 + column] > cells[row * 9 + column + 1])
    return f"{bits:016x}"


def told_by_camera(picture: Image.Image) -> dict[str, Any]:
    """Position (WGS 84 degrees) and moment from the EXIF, for the form to offer; never stored here."""
    exif = picture.getexif()
    found: dict[str, Any] = {}
    gps = exif.get_ifd(_GPS)
    try:
        lat, lon = _degrees(gps[2], gps.get(1, "N")), _degrees(gps[4], gps.get(3, "E"))
        if -90 <= lat <= 90 and -180 <= lon <= 180 and (lat, lon) != (0, 0):
            found |= {"lon": round(lon, 6), "lat": round(lat, 6)}
    except (KeyError, TypeError, ValueError, ZeroDivisionError, IndexError):
        pass  # log-free: a camera without a position is the usual case
    details = exif.get_ifd(_EXIF)
    taken = _moment(str(details.get(_TAKEN, "")), str(details.get(_OFFSET, "")))
    return found | {"taken_at": taken} if taken else found


def _degrees(parts: Any, side: str) -> float:
    whole, minutes, seconds = (float(part) for part in parts)
    value = whole + minutes / 60 + seconds / 3600
    return -value if str(side).upper() in {"S", "W"} else value


def _moment(text: str, offset: str) -> datetime | None:
    try:
        naive = datetime.strptime(text.strip("\0 "), "%Y:%m:%d %H:%M:%S")  # noqa: DTZ007 - its zone follows below
    except ValueError:
        return None
    try:
        hours, minutes = (int(part) for part in offset.strip("\0 ").split(":"))
        return naive.replace(tzinfo=timezone(timedelta(hours=hours, minutes=minutes if hours >= 0 else -minutes)))
    except ValueError:
        return local.make_aware(naive)  # a camera without an offset shows the local time


def redact(content: bytes, boxes: list[tuple[float, float, float, float]]) -> Photo:
    """A copy in which each box (x, y, width, height; fractions of the picture) can no longer be recognised.

    A box keeps 4 × 4 averaged cells of its content: a blur alone can be undone, a mean cannot.
    """
    picture = Image.open(io.BytesIO(content)).convert("RGB")
    for x, y, width, height in boxes:
        left, top = int(x * picture.width), int(y * picture.height)
        right = min(picture.width, max(left + 1, round((x + width) * picture.width)))
        bottom = min(picture.height, max(top + 1, round((y + height) * picture.height)))
        part = picture.crop((left, top, right, bottom))
        cells = part.resize((min(4, part.width), min(4, part.height)), Image.Resampling.BOX)
        covered = cells.resize(part.size, Image.Resampling.BILINEAR).filter(ImageFilter.GaussianBlur(4))
        picture.paste(covered, (left, top))
    return Photo(PHOTO, _saved(picture, PHOTO), _thumb(picture), picture.width, picture.height, dhash(picture), {})


def _too_many(max_pixels: int) -> Refused:
    return Refused("too_many_pixels", _("这张图片的像素太多，打不开。请用手机直接拍一张，或截一张图再传。"),
                   field="file", max_pixels=max_pixels)
