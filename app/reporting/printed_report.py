"""The image-text report on A4 (DB13/T 3.3.3): the one module that knows reportlab.

Every letter is drawn from the embedded Noto Sans SC; a character that the font has not is an error that names it, never a
silent box.  The same report gives the same bytes.
"""

from __future__ import annotations

import io
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache

from PIL import Image, UnidentifiedImageError
from reportlab.graphics.barcode.qr import QrCodeWidget
from reportlab.lib.pagesizes import A4
from reportlab.lib.utils import ImageReader
from reportlab.pdfbase import pdfmetrics, ttfonts
from reportlab.pdfgen.canvas import Canvas

from app.domain.report import Report, SectionKind
from app.errors import BadInput, LimitExceeded
from app.paths import resource_path
from app.reporting.letterhead import Letterhead as Letterhead
from app.reporting.line_breaking import break_lines
from app.reporting.page_words import Field, PageWords, page_words

_WIDTH, _HEIGHT = float(A4[0]), float(A4[1])
_MARGIN = 48.0
_INNER = _WIDTH - 2 * _MARGIN
_TOP, _FOOT = _HEIGHT - 40.0, 52.0
_REGULAR, _BOLD = "NotoSansSC-Regular", "NotoSansSC-SemiBold"
_BODY, _LEADING = 10.5, 17.5
#: highest picture, 60 mm, and the gap between two
_PICTURE, _GAP = 170.0, 8.0
#: no field of the head is printed smaller in its column, points
_SMALLEST = 7.5
#: a conclusion of so many lines is never parted
_KEPT_LINES = 10
_MAX_PIXELS = 50_000_000
_GREY, _INK = 0.35, 0.05


def write_pdf(report: Report, pictures: Mapping[str, bytes], hospital: Letterhead, *, language: str = "zh") -> bytes:
    """The printed report.

    Parameters
    ----------
    pictures : mapping
        PNG or JPEG of each key image by key id.
    language : str
        ``zh`` or ``en``: language of the form; the report's own text stays as it was written.

    Raises
    ------
    BadInput
        A key image without a readable picture; a character of the text that the font cannot draw.  (One in a name, which
        nobody could mend, is printed as 〓 and told by its number below.)
    """
    words = _with_marks(page_words(report, hospital, language))
    images = [_picture(pictures, key.key_id, i) for i, key in enumerate(report.key_images, 1)]
    sheet = _Sheet(words, hospital)
    pages = sheet.paginate(images)
    buffer = io.BytesIO()
    canvas = Canvas(
        buffer, pagesize=A4, invariant=1, pageCompression=1, initialFontName=_REGULAR, initialFontSize=_BODY, lang=_lang(words),
    )  # fmt: skip
    canvas.setTitle(f"{words.sheet_title} {words.document}")
    canvas.setAuthor(words.hospital)
    canvas.setCreator("YingShu")
    for number, items in enumerate(pages, 1):
        pen = _Pen(canvas)
        sheet.draw_page(pen, number, len(pages), items)
        canvas.showPage()
    canvas.save()
    return buffer.getvalue()


#: printed where the font has no glyph, as typesetters do
GETA = "〓"


def _with_marks(words: PageWords) -> PageWords:
    """Names and other fields that only the study's headers can change, with `GETA` for what cannot be drawn, and a line that says so."""
    known = _fonts()
    missing: list[str] = []

    def marked(text: str) -> str:
        missing.extend(c for c in text if ord(c) not in known)
        return "".join(c if ord(c) in known else GETA for c in text)

    def field_of(shown: Field) -> Field:
        return replace(shown, value=marked(shown.value))

    made = replace(
        words, hospital=marked(words.hospital), sheet_title=marked(words.sheet_title), footer=marked(words.footer),
        patient_line=marked(words.patient_line), grid=tuple(tuple(map(field_of, row)) for row in words.grid),
        signatures=tuple(map(field_of, words.signatures)),
    )  # fmt: skip
    if not missing:
        return made
    told = "、".join(f"U+{ord(c):04X}" for c in dict.fromkeys(missing))
    line = (
        f"〓 为打印字库未收的字（{told}），电子报告中完整保留。"
        if words.zh
        else f"〓 stands for characters without a printed form: {told}."
    )
    return replace(made, statements=(line, *made.statements))


def _lang(words: PageWords) -> str:
    return "zh-CN" if words.zh else "en"


# -- what is laid out ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Item:
    """Something `height` points high; `keep` items stay on the page of the one that follows."""

    height: float
    keep: bool = False


@dataclass(frozen=True, slots=True)
class _Line(_Item):
    """One line of text, `x` from the inner margin; `stretch` spreads it to the right edge."""

    text: str = ""
    font: str = _REGULAR
    size: float = _BODY
    x: float = 0.0
    stretch: bool = False


@dataclass(frozen=True, slots=True)
class _Row(_Item):
    """Pictures side by side with their captions."""

    images: tuple[tuple[ImageReader, float, float], ...] = ()
    captions: tuple[tuple[str, ...], ...] = ()


@dataclass(slots=True)
class _Sheet:
    """The layout of one report."""

    words: PageWords
    hospital: Letterhead
    _technique: list[str] = field(init=False)
    _grid: list[tuple[Field, ...]] = field(init=False)

    def __post_init__(self) -> None:
        self._technique = []
        self._grid = [part for row in self.words.grid for part in _fitted_rows(row)]
        if self.words.technique:
            label = _width(self.words.technique.label, _REGULAR, 9.5) + 6
            self._technique = break_lines(self.words.technique.value, lambda t: _width(t, _REGULAR, 9.5), _INNER - label)

    # -- pages

    def paginate(self, images: Sequence[ImageReader]) -> list[list[_Item]]:
        """Items page by page; the closing block has its room on the last one."""
        items = [*self._pictures(images), *self._text()]
        pages: list[list[_Item]] = [[]]
        room = self._first_room()
        for i, item in enumerate(items):
            needed = item.height + sum(self._kept_after(items, i))
            if needed > room and pages[-1]:
                pages.append([])
                room = self._next_room()
            if not (not pages[-1] and isinstance(item, _Line) and not item.text):
                pages[-1].append(item)
                room -= item.height
        if room < self._closing_height():
            pages.append(self._taken_over(pages[-1]))
        return pages

    @staticmethod
    def _kept_after(items: Sequence[_Item], i: int) -> list[float]:
        heights = []
        while items[i].keep and i + 1 < len(items):
            i += 1
            heights.append(items[i].height)
        return heights

    @staticmethod
    def _taken_over(page: list[_Item]) -> list[_Item]:
        """The last lines that stay together go along, so that signatures never stand alone; a page is never emptied."""
        start = len(page) - 1
        while start > 0 and page[start - 1].keep:
            start -= 1
        last = page[start:] if start > 0 and all(isinstance(item, _Line) for item in page[start:]) else []
        del page[len(page) - len(last) :]
        return [item for i, item in enumerate(last) if i or not isinstance(item, _Line) or item.text]

    def _first_room(self) -> float:
        return _TOP - self._head_height() - self._bottom()

    def _next_room(self) -> float:
        return _TOP - 30.0 - self._bottom()

    def _bottom(self) -> float:
        return _FOOT + 8

    def _head_height(self) -> float:
        return 66 + 12 + 17 * len(self._grid) + 14 * max(0, len(self._technique)) + 14

    def _closing_height(self) -> float:
        return 16 + 16 + 12 * len(self._statements()) + 6

    def _statements(self) -> list[str]:
        return [line for s in self.words.statements for line in break_lines(s, lambda t: _width(t, _REGULAR, 8.5), _INNER)]

    # -- items

    def _pictures(self, images: Sequence[ImageReader]) -> list[_Item]:
        """Rows of at most four, as even as can be, all of one height."""
        if not images:
            return []
        per_row = math.ceil(len(images) / math.ceil(len(images) / 4))
        rows = [(images[i : i + per_row], self.words.captions[i : i + per_row]) for i in range(0, len(images), per_row)]
        height = min(_PICTURE, *(self._row_height(row) for row, _ in rows))
        return [self._picture_row(row, captions, height) for row, captions in rows]

    @staticmethod
    def _row_height(images: Sequence[ImageReader]) -> float:
        """The height at which pictures fill the width."""
        shapes = [image.getSize() for image in images]
        return float((_INNER - _GAP * (len(images) - 1)) / sum(w / h for w, h in shapes))

    @staticmethod
    def _picture_row(images: Sequence[ImageReader], captions: Sequence[str], height: float) -> _Row:
        aspects = [w / h for w, h in (image.getSize() for image in images)]
        sized = tuple((image, height * aspect, height) for image, aspect in zip(images, aspects, strict=True))
        texts = tuple(
            tuple(break_lines(c, lambda t: _width(t, _REGULAR, 8.5), max(60.0, w))) for c, (_, w, _) in zip(captions, sized, strict=True)
        )
        return _Row(height + 6 + 12 * max(map(len, texts)) + 8, images=sized, captions=texts)

    def _text(self) -> list[_Item]:
        items: list[_Item] = []
        for section in self.words.sections:
            items.append(_Line(6, True))
            items.append(_Line(18, True, section.title, _BOLD, 11.5))
            paragraphs = [self._paragraph(paragraph, section.kind) for paragraph in section.paragraphs]
            lines = [line for paragraph in paragraphs for line in paragraph]
            if section.kind is not SectionKind.FINDINGS and len(lines) <= _KEPT_LINES:
                lines = [replace(line, keep=True) for line in lines[:-1]] + lines[-1:]
            items += lines
        return items

    def _paragraph(self, text: str, kind: SectionKind) -> list[_Line]:
        """The lines of a paragraph; its first two and its last two stay together."""
        indent = 2 * _BODY if self.words.zh and kind is SectionKind.FINDINGS else 0.0
        hang = 0.0
        number = text.partition(" ")[0]
        if kind is not SectionKind.FINDINGS and number[:-1].isdigit() and number[-1:] in {".", "、", ")", "．"}:
            hang = _width(number + " ", _REGULAR, _BODY)
        lines = break_lines(text, lambda t: _width(t, _REGULAR, _BODY), _INNER - hang, first_indent=indent - hang)
        last = len(lines) - 1
        return [
            _Line(_LEADING, i < last and i in (0, last - 1), line, x=indent if i == 0 else hang, stretch=i < last)
            for i, line in enumerate(lines)
        ]

    # -- drawing

    def draw_page(self, pen: _Pen, number: int, count: int, items: Sequence[_Item]) -> None:
        """One page whole."""
        y = self._draw_head(pen) if number == 1 else self._draw_running_head(pen)
        for item in items:
            self._draw_item(pen, item, y)
            y -= item.height
        if number == count:
            self._draw_closing(pen)
        self._draw_foot(pen, number, count)
        if self.words.watermark:
            pen.watermark(self.words.watermark)

    def _draw_head(self, pen: _Pen) -> float:
        y = _TOP
        pen.centred(self.words.hospital, y - 20, _BOLD, _fitting(self.words.hospital, _BOLD, 19, _INNER - 150))
        pen.centred(self.words.sheet_title, y - 44, _REGULAR, _fitting(self.words.sheet_title, _REGULAR, 14, _INNER - 150), spacing=1.5)
        pen.qr(self.words.document, _WIDTH - _MARGIN - 54, y - 54, 54)
        if self.hospital.logo:
            pen.logo(self.hospital.logo, _MARGIN, y - 54, 54)
        pen.rule(y - 64, 1.1, _INK)
        y -= 66
        return self._draw_grid(pen, y - 14)

    def _draw_grid(self, pen: _Pen, y: float) -> float:
        for row in self._grid:
            for i, (start, room) in _places(row).items():
                pen.field(row[i], _MARGIN + start, y, room)
            y -= 17
        for i, line in enumerate(self._technique):
            label = self.words.technique.label if self.words.technique else ""
            if i == 0:
                pen.text(label, _MARGIN, y, _REGULAR, 9.5, _GREY)
            pen.text(line, _MARGIN + _width(label, _REGULAR, 9.5) + 6, y, _REGULAR, 9.5)
            y -= 14
        pen.rule(y + 6, 0.5, 0.6)
        return y - 6

    def _draw_running_head(self, pen: _Pen) -> float:
        line = f"{self.words.hospital}　{self.words.sheet_title}　{self.words.patient_line}" if self.words.zh else self.words.patient_line
        pen.text(line, _MARGIN, _TOP - 10, _REGULAR, _fitting(line, _REGULAR, 9, _INNER), _GREY)
        pen.rule(_TOP - 18, 0.5, 0.6)
        return _TOP - 30

    def _draw_item(self, pen: _Pen, item: _Item, y: float) -> None:
        if isinstance(item, _Line) and item.text:
            pen.line(item, y - item.height + 0.32 * item.height)
        elif isinstance(item, _Row):
            total = sum(w for _, w, _ in item.images) + _GAP * (len(item.images) - 1)
            x = _MARGIN + (_INNER - total) / 2
            for (image, w, h), caption in zip(item.images, item.captions, strict=True):
                pen.image(image, x, y - h, w, h)
                for i, text in enumerate(caption):
                    pen.centred(text, y - h - 12 - 12 * i, _REGULAR, 8.5, middle=x + w / 2)
                x += w + _GAP

    def _draw_closing(self, pen: _Pen) -> None:
        statements = self._statements()
        y = self._bottom() + 12 * len(statements) + 6
        pen.rule(y + 16, 0.5, 0.6)
        xs = (0.0, 0.37, 0.74)
        for (i, signed), x in zip(enumerate(self.words.signatures), xs, strict=True):
            pen.field(signed, _MARGIN + x * _INNER, y, ((*xs, 1.0)[i + 1] - x) * _INNER - 6)
        for i, line in enumerate(statements):
            pen.text(line, _MARGIN, y - 15 - 12 * i, _REGULAR, 8.5, _GREY)

    def _draw_foot(self, pen: _Pen, number: int, count: int) -> None:
        pen.rule(_FOOT, 1.1, _INK)
        page = self.words.page(number, count)
        room = _INNER - _width(page, _REGULAR, 8) - 20
        for i, line in enumerate((self.words.footer, self.words.document_line)):
            pen.text(line, _MARGIN, _FOOT - 13 - 11 * i, _REGULAR, _fitting(line, _REGULAR, 8, room), _GREY)
        pen.text(page, _WIDTH - _MARGIN - _width(page, _REGULAR, 8), _FOOT - 13, _REGULAR, 8, _GREY)


def _places(row: Sequence[Field]) -> dict[int, tuple[float, float]]:
    """Where the fields of a row begin, from the inner margin, and how wide each may be; an empty label leaves its room to its neighbour."""
    starts = [share * _INNER for share in ((0.0, 0.22, 0.475, 0.725) if len(row) == 4 else (0.0,))]
    taken = [i for i, shown in enumerate(row) if shown.label]
    return {i: (starts[i], next((starts[j] for j in taken if j > i), _INNER) - starts[i] - 8) for i in taken}


def _fitted_rows(row: tuple[Field, ...]) -> list[tuple[Field, ...]]:
    """The row; what would have to be printed too small in its column has a row of its own before it."""
    long = [
        i for i, (_, room) in _places(row).items()
        if _fitting(row[i].value, _REGULAR, 9.5, room - _width(row[i].label, _REGULAR, 9.5) - 6) < _SMALLEST
    ]  # fmt: skip
    left = tuple(Field("", "") if i in long else shown for i, shown in enumerate(row))
    return [*((part,) for i in long for part in _wrapped(row[i])), *([left] if any(shown.label for shown in left) else [])]


def _wrapped(shown: Field) -> list[Field]:
    """A field over the whole width, in as many lines as it needs."""
    label = _width(shown.label, _REGULAR, 9.5)
    first, *others = break_lines(shown.value, lambda t: _width(t, _REGULAR, 9.5), _INNER - label - 6)
    blank = " " * round(label / _width(" ", _REGULAR, 9.5))
    return [Field(shown.label, first), *(Field(blank, line) for line in others)]


# -- drawing ---------------------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class _Pen:
    """Draws on one page; refuses characters that the font has not."""

    canvas: Canvas

    def text(self, text: str, x: float, y: float, font: str, size: float, grey: float = _INK, *, spacing: float = 0.0) -> None:
        require_glyphs(text)
        self.canvas.setFillGray(grey)
        drawn = self.canvas.beginText(x, y)
        drawn.setFont(font, size)
        drawn.setCharSpace(spacing)
        drawn.textOut(text)
        drawn.setCharSpace(0)
        self.canvas.drawText(drawn)

    def centred(self, text: str, y: float, font: str, size: float, *, middle: float = _WIDTH / 2, spacing: float = 0.0) -> None:
        wide = _width(text, font, size) + spacing * (len(text) - 1)
        self.text(text, middle - wide / 2, y, font, size, spacing=spacing)

    def line(self, line: _Line, y: float) -> None:
        slack = _INNER - line.x - _width(line.text, line.font, line.size)
        spread = line.stretch and sum(c > "\u2e7f" for c in line.text) > len(line.text) / 2  # Latin words are never spaced out
        spacing = slack / (len(line.text) - 1) if spread else 0.0
        self.text(line.text, _MARGIN + line.x, y, line.font, line.size, spacing=spacing if spacing <= 0.12 * line.size else 0.0)

    def field(self, shown: Field, x: float, y: float, room: float) -> None:
        """Label in grey, value in ink, made smaller where it is long, never cut."""
        self.text(shown.label, x, y, _REGULAR, 9.5, _GREY)
        start = x + _width(shown.label, _REGULAR, 9.5) + 6
        self.text(shown.value, start, y, _REGULAR, _fitting(shown.value, _REGULAR, 9.5, room - (start - x)))

    def rule(self, y: float, thickness: float, grey: float) -> None:
        self.canvas.setStrokeGray(grey)
        self.canvas.setLineWidth(thickness)
        self.canvas.line(_MARGIN, y, _WIDTH - _MARGIN, y)

    def image(self, image: ImageReader, x: float, y: float, w: float, h: float) -> None:
        self.canvas.drawImage(image, x, y, w, h)

    def logo(self, data: bytes, x: float, y: float, size: float) -> None:
        image = _opened(data, "logo")
        w, h = image.getSize()
        scale = size / max(w, h)
        self.canvas.drawImage(image, x + (size - w * scale) / 2, y + (size - h * scale) / 2, w * scale, h * scale)

    def qr(self, value: str, x: float, y: float, size: float) -> None:
        """The document's number, and nothing of the patient, as squares."""
        widget = QrCodeWidget(value, barLevel="M")
        widget.qr.make()
        modules = widget.qr.modules
        step = size / len(modules)
        path = self.canvas.beginPath()
        for row, cells in enumerate(modules):
            for column, dark in enumerate(cells):
                if dark:
                    path.rect(x + column * step, y + size - (row + 1) * step, step, step)
        self.canvas.setFillGray(0)
        self.canvas.drawPath(path, stroke=0, fill=1)

    def watermark(self, text: str) -> None:
        self.canvas.saveState()
        self.canvas.translate(_WIDTH / 2, _HEIGHT / 2)
        self.canvas.rotate(45)
        self.canvas.setFillAlpha(0.22)
        size = _fitting(text, _BOLD, 110, 520)
        self.text(text, -_width(text, _BOLD, size) / 2, -size / 3, _BOLD, size, 0.5)
        self.canvas.restoreState()


def _picture(pictures: Mapping[str, bytes], key_id: str, number: int) -> ImageReader:
    data = pictures.get(key_id)
    if data is None:
        raise BadInput("Key image {number} has no picture.", number=number, hint="Mark the image again.")
    return _opened(data, number)


def _opened(data: bytes, name: int | str) -> ImageReader:
    """A picture without transparency, grey where it is grey."""
    try:
        image: Image.Image = Image.open(io.BytesIO(data))
        if image.width * image.height > _MAX_PIXELS:
            raise LimitExceeded(
                "Key image {number} has {found} pixels; at most {limit} are printed.",
                number=name, found=image.width * image.height, limit=_MAX_PIXELS,
            )  # fmt: skip
        image.load()
    except (UnidentifiedImageError, OSError, SyntaxError, Image.DecompressionBombError) as error:
        raise BadInput("The picture of key image {number} cannot be read: {reason}", number=name, reason=str(error)) from error
    if image.mode in ("RGBA", "LA", "P", "PA"):
        over = image.convert("RGBA")
        image = Image.alpha_composite(Image.new("RGBA", over.size, "black"), over).convert("RGB")
    elif image.mode not in ("L", "RGB"):
        image = image.convert("L" if image.mode in ("1", "I;16") else "RGB")
    return ImageReader(image)


# -- fonts -----------------------------------------------------------------------------------------------------------------


#: what every Chinese font has: told without a look into it
_SURE = re.compile(r"[\x20-\x7e\u3001\u3002\u4e00-\u9fa5，；：！？（）×²³±≤≥−℃·…—“”]*")


def missing_glyphs(text: str) -> list[str]:
    """Characters that the embedded font cannot draw, at most eight, each with its number."""
    if _SURE.fullmatch(text):
        return []
    known = _fonts()
    missing = list(dict.fromkeys(c for c in text if ord(c) not in known))
    return [f"{c} (U+{ord(c):04X})" if c.isprintable() else f"U+{ord(c):04X}" for c in missing[:8]]


def require_glyphs(text: str) -> None:
    """`BadInput` with the characters that the embedded font cannot draw."""
    if missing := missing_glyphs(text):
        raise BadInput("The printed report cannot show {characters}: the font has no such glyph.", characters=", ".join(missing))


@cache
def _fonts() -> frozenset[int]:
    """Register both weights; the code points that both have."""
    ttfonts.makeToUnicodeCMap = _to_unicode  # the library's own writes five digits beyond the BMP and over 100 lines a block
    known: set[int] | None = None
    for name in (_REGULAR, _BOLD):
        font = ttfonts.TTFont(name, str(resource_path("fonts", f"{name}.ttf")))
        pdfmetrics.registerFont(font)
        have = {code for code, glyph in font.face.charToGlyph.items() if glyph}
        known = have if known is None else known & have
    return frozenset(known or ())


def _to_unicode(fontname: str, subset: Sequence[int]) -> str:
    """ToUnicode CMap of a subset (PDF 32000-1, 9.10.3): UTF-16BE, blocks of at most 100."""
    rows = [f"<{i:02X}> <{chr(code).encode('utf-16-be', 'surrogatepass').hex().upper()}>" for i, code in enumerate(subset)]
    blocks = [rows[i : i + 100] for i in range(0, len(rows), 100)]
    body = [line for block in blocks for line in (f"{len(block)} beginbfchar", *block, "endbfchar")]
    return "\n".join(
        [
            "/CIDInit /ProcSet findresource begin", "12 dict begin", "begincmap", "/CIDSystemInfo",
            "<< /Registry (Adobe)", "/Ordering (UCS)", "/Supplement 0", ">> def", f"/CMapName /{fontname} def", "/CMapType 2 def",
            "1 begincodespacerange", f"<00> <{len(subset) - 1:02X}>", "endcodespacerange", *body,
            "endcmap", "CMapName currentdict /CMap defineresource pop", "end", "end",
        ]
    )  # fmt: skip


def _width(text: str, font: str, size: float) -> float:
    return float(pdfmetrics.stringWidth(text, font, size))


def _fitting(text: str, font: str, size: float, room: float) -> float:
    """The size at which a text fits, at most `size`."""
    wide = _width(text, font, size)
    return size if wide <= room or wide == 0 else size * max(0.2, room / wide)
