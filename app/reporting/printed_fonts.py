"""The fonts of the printed report: Noto Sans SC in two weights, embedded, and what they can draw."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache

from reportlab.pdfbase import pdfmetrics, ttfonts

from app.errors import BadInput
from app.paths import resource_path

REGULAR, BOLD = "NotoSansSC-Regular", "NotoSansSC-SemiBold"
#: what every Chinese font has: told without a look into it
_SURE = re.compile(r"[\x20-\x7e\u3001\u3002\u4e00-\u9fa5，；：！？（）×²³±≤≥−℃·…—“”]*")


def missing_glyphs(text: str) -> list[str]:
    """Characters that the embedded font cannot draw, at most eight, each with its number."""
    if _SURE.fullmatch(text):
        return []
    known = font_code_points()
    missing = list(dict.fromkeys(c for c in text if ord(c) not in known))
    return [f"{c} (U+{ord(c):04X})" if c.isprintable() else f"U+{ord(c):04X}" for c in missing[:8]]


def require_glyphs(text: str) -> None:
    """`BadInput` with the characters that the embedded font cannot draw."""
    if missing := missing_glyphs(text):
        raise BadInput(
            "The printed report cannot show {characters}: the font has no such glyph.",
            characters=", ".join(missing),
        )


@cache
def font_code_points() -> frozenset[int]:
    """Register both weights with the library; the code points that both have."""
    ttfonts.makeToUnicodeCMap = (
        _to_unicode  # the library's own writes five digits beyond the BMP and over 100 lines a block
    )
    known: set[int] | None = None
    for name in (REGULAR, BOLD):
        font = ttfonts.TTFont(name, str(resource_path("fonts", f"{name}.ttf")))
        pdfmetrics.registerFont(font)
        have = {code for code, glyph in font.face.charToGlyph.items() if glyph}
        known = have if known is None else known & have
    return frozenset(known or ())


def _to_unicode(fontname: str, subset: Sequence[int]) -> str:
    """ToUnicode CMap of a subset (PDF 32000-1, 9.10.3): UTF-16BE, blocks of at most 100."""
    rows = [
        f"<{i:02X}> <{chr(code).encode('utf-16-be', 'surrogatepass').hex().upper()}>"
        for i, code in enumerate(subset)
    ]
    blocks = [rows[i : i + 100] for i in range(0, len(rows), 100)]
    body = [line for block in blocks for line in (f"{len(block)} beginbfchar", *block, "endbfchar")]
    return "\n".join(
        [
            "/CIDInit /ProcSet findresource begin",
            "12 dict begin",
            "begincmap",
            "/CIDSystemInfo",
            "<< /Registry (Adobe)",
            "/Ordering (UCS)",
            "/Supplement 0",
            ">> def",
            f"/CMapName /{fontname} def",
            "/CMapType 2 def",
            "1 begincodespacerange",
            f"<00> <{len(subset) - 1:02X}>",
            "endcodespacerange",
            *body,
            "endcmap",
            "CMapName currentdict /CMap defineresource pop",
            "end",
            "end",
        ]
    )


def text_width(text: str, font: str, size: float) -> float:
    return float(pdfmetrics.stringWidth(text, font, size))


def fitting_size(text: str, font: str, size: float, room: float) -> float:
    """The size at which a text fits, at most `size`."""
    wide = text_width(text, font, size)
    return size if wide <= room or wide == 0 else size * max(0.2, room / wide)
