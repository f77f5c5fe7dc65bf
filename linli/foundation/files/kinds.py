"""What a file really is, by its content. Its name and the sender's Content-Type are never believed."""

from __future__ import annotations

import zipfile
from dataclasses import dataclass
from typing import IO

from django.utils.translation import gettext_lazy as _

from linli.foundation.files import pdf
from linli.foundation.web.refusals import Refused

_MAX_UNPACKED = 200 * 1024 * 1024


@dataclass(frozen=True)
class Kind:
    """A type we accept: `family` is photo, document, sheet or audio; `suffix` is what it is stored as."""

    family: str
    media_type: str
    suffix: str


PHOTO = Kind("photo", "image/jpeg", ".jpg")
PHOTO_WITH_HOLES = Kind("photo", "image/webp", ".webp")
PDF = Kind("document", "application/pdf", ".pdf")
XLSX = Kind("sheet", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", ".xlsx")
DOCX = Kind("document", "application/vnd.openxmlformats-officedocument.wordprocessingml.document", ".docx")
_AUDIO = {
    "webm": Kind("audio", "audio/webm", ".webm"), "m4a": Kind("audio", "audio/mp4", ".m4a"),
    "mp3": Kind("audio", "audio/mpeg", ".mp3"), "ogg": Kind("audio", "audio/ogg", ".ogg"),
    "wav": Kind("audio", "audio/wav", ".wav"), "amr": Kind("audio", "audio/amr", ".amr"),
}
_AUDIO_BRANDS = frozenset({b"M4A ", b"M4B ", b"mp42", b"mp41", b"isom", b"iso2", b"iso5", b"3gp4", b"3gp5"})
_PROGRAMS = (b"MZ", b"\x7fELF", b"\xfe\xed\xfa", b"\xcf\xfa\xed\xfe", b"\xca\xfe\xba\xbe", b"#!/",
             b"dex\n")
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


def looks_like_photo(head: bytes) -> bool:
    """May Pillow try it? The answer that counts is whether Pillow opens it (see `photos.open_photo`)."""
    if head.startswith((b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"GIF8")):
        return True
    if head[:4] == b"RIFF":
        return head[8:12] == b"WEBP"
    return head[4:8] == b"ftyp" and head[8:12] in {
        b"heic", b"heix", b"hevc", b"hevx", b"heim", b"heis", b"mif1", b"msf1", b"avif", b"avis"}


def recognise(source: IO[bytes]) -> Kind | None:
    """The kind of a file that is not a photo, or None. `source` is left at its beginning.

    Raises `Refused`: a_program (whatever it is called; also macros in a sheet or paper), two_in_one (a paper that is an
    archive as well), locked (nobody opens it without a password), old_office, unpacks_too_big.
    """
    source.seek(0)
    head = source.read(1024)
    source.seek(0)
    if head.startswith(_PROGRAMS):
        raise Refused("a_program", _("这个文件其实是程序，收不了。请传照片，或者把内容拍下来。"), field="file")
    if head.lstrip(b"\xef\xbb\xbf\0\t\n\r ").startswith(b"%PDF-"):  # elsewhere it would be a page of another kind too
        return _pdf(source)
    if head.startswith(_OLE):
        raise _old_office(source)
    if head.startswith(b"PK\x03\x04"):
        return _office(source)
    if head.startswith(b"\x1a\x45\xdf\xa3"):
        return _AUDIO["webm"]
    if head[4:8] == b"ftyp" and head[8:12] in _AUDIO_BRANDS:
        return _AUDIO["m4a"]
    if head.startswith(b"ID3") or (len(head) > 1 and head[0] == 0xFF and head[1] & 0xE6 == 0xE2):
        return _AUDIO["mp3"]
    if head.startswith(b"OggS"):
        return _AUDIO["ogg"]
    if head[:4] == b"RIFF" and head[8:12] == b"WAVE":
        return _AUDIO["wav"]
    return _AUDIO["amr"] if head.startswith(b"#!AMR") else None


def _pdf(source: IO[bytes]) -> Kind:
    if zipfile.is_zipfile(source):
        raise Refused("two_in_one", _("这个文件既是 PDF 又是压缩包，收不了。请重新导出成 PDF，或者拍成照片。"),
                      field="file")
    source.seek(0)
    content = source.read()
    source.seek(0)
    if pdf.needs_password(content):
        raise _locked()
    return PDF


def _locked() -> Refused:
    return Refused("locked", _("这个文件加了密码，经办的人打不开。请去掉密码再传，或者拍成照片。"), field="file")


def _old_office(source: IO[bytes]) -> Refused:
    """Old Word and Excel, and new ones under a password: both come in the same old envelope."""
    content = source.read()
    source.seek(0)
    if "EncryptedPackage".encode("utf-16-le") in content:
        return _locked()
    return Refused("old_office", _("这是旧式的 Word 或 Excel 文件，收不了。请另存为 .docx 或 .xlsx 再传。"),
                   field="file")


def _office(source: IO[bytes]) -> Kind | None:
    """An Office paper or sheet without macros, that does not unpack to something monstrous."""
    try:
        with zipfile.ZipFile(source) as archive:
            names = {entry.filename for entry in archive.infolist()}
            unpacked = sum(entry.file_size for entry in archive.infolist())
    except (zipfile.BadZipFile, OSError, ValueError):
        return None
    finally:
        source.seek(0)
    if any(name.endswith(("vbaProject.bin", ".class")) or name.startswith("xl/macrosheets/") for name in names):
        raise Refused("a_program", _("这个文件里带有宏程序，收不了。请另存为不带宏的文件再传。"), field="file")
    if unpacked > _MAX_UNPACKED:
        raise Refused("unpacks_too_big", _("这个文件展开后太大，打不开。请拆成几个小文件再传。"), field="file")
    if "[Content_Types].xml" not in names:
        return None
    if "xl/workbook.xml" in names:
        return XLSX
    return DOCX if "word/document.xml" in names else None
