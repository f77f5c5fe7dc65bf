"""What goes out on paper: tagged PDFs (PDF/UA-1) set by typst. Every value is passed as data, never as code."""

from __future__ import annotations

import io
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from django.utils import translation


def set_paper(template: Path, facts: Mapping[str, Any]) -> bytes:
    """The PDF of a `.typ` file, which reads `facts` as its one input, `lang` (two letters) among them.

    The template reaches only files of its own folder.
    """
    import manimgx_fonts_cjk  # type: ignore[import-untyped]  # a package of fonts, without types
    import typst

    language = translation.get_language() or "zh-hans"
    made = typst.compile(
        str(template), format="pdf", font_paths=[str(Path(manimgx_fonts_cjk.__file__).parent)],
        root=str(template.parent), pdf_standards=["ua-1"],
        sys_inputs={"facts": json.dumps({**facts, "lang": language[:2]}, ensure_ascii=False)})
    assert isinstance(made, bytes)
    return made


def qr_svg(words: str) -> str:
    """A QR code as SVG, to be set beside its words: nobody must have a camera."""
    import segno

    buffer = io.BytesIO()
    segno.make(words, error="m").save(buffer, kind="svg", scale=4, border=2, xmldecl=False)
    return buffer.getvalue().decode()
