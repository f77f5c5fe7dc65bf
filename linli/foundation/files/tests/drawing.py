"""People and photos made here, for the tests of this room and of rooms that keep files."""

from __future__ import annotations

import io

from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image, ImageDraw

from linli.foundation.areas.models import Area
from linli.foundation.people.models import Person, RoleAssignment


def make_person(name: str, community: Area, role: str = "") -> Person:
    person = Person.objects.create(name=name, title=name, community=community)
    if role:
        RoleAssignment.objects.create(person=person, role=role, area=community)
    return person


def drawn(width: int = 640, height: int = 480, *, fmt: str = "JPEG", shift: int = 0, gps: bool = False, turned: int = 0,
          mode: str = "RGB") -> bytes:
    """A photo drawn here: uneven blocks, so that a difference hash has something to hold on to."""
    picture = Image.new(mode, (width, height), (246, 244, 239) if mode == "RGB" else (246, 244, 239, 0))
    pen = ImageDraw.Draw(picture)
    for step in range(9):
        left = (step * 71 + shift) % width
        pen.rectangle((left, step * height // 9, left + width // 5, (step + 1) * height // 9),
                      fill=(20 * step, 107 - 9 * step, 250 - 25 * step))
    exif = Image.Exif()
    if gps:
        place = exif.get_ifd(0x8825)
        place[1], place[2], place[3], place[4] = "N", (30.0, 16.0, 28.8), "E", (120.0, 9.0, 0.0)
        exif.get_ifd(0x8769)[0x9003] = "2026:11:03 08:15:00"
        exif[0x010F] = "SecretPhoneMaker"
    if turned:
        exif[0x0112] = turned
    out = io.BytesIO()
    picture.save(out, fmt, **({"exif": exif, "comment": b"SecretComment"} if fmt == "JPEG" else {}))
    return out.getvalue()


def upload(content: bytes, name: str = "photo.jpg") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content, content_type="image/jpeg")
