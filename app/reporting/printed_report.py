"""The image-text report on A4 (DB13/T 3.3.3): its layout, page by page.

Every letter is drawn from the embedded Noto Sans SC; a character that the font has not is an error that names
it, never a silent box. The same report gives the same bytes.
"""

from __future__ import annotations

import io
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from reportlab.lib.pagesizes import A4
from reportlab.lib.utils import ImageReader
from reportlab.pdfgen.canvas import Canvas

from app.domain.letterhead import Letterhead
from app.domain.report import Report, SectionKind
from app.reporting.archivable_pdf import PDF_VERSION, make_archivable
from app.reporting.line_breaking import break_lines
from app.reporting.page_painter import (
    BODY,
    GREY,
    HEIGHT,
    INK,
    INNER,
    MARGIN,
    WIDTH,
    Item,
    Line,
    PagePainter,
    key_picture,
)
from app.reporting.page_words import Field, PageWords, page_words
from app.reporting.printed_fonts import BOLD, REGULAR, fitting_size, font_code_points, text_width

_TOP, _FOOT = HEIGHT - 40.0, 52.0
_LEADING = 17.5
#: highest picture, 60 mm, and the gap between two
_PICTURE, _GAP = 170.0, 8.0
#: no field of the head is printed smaller in its column, points
_SMALLEST = 7.5
#: a conclusion of so many lines is never parted
_KEPT_LINES = 10


def write_pdf(
    report: Report, pictures: Mapping[str, bytes], hospital: Letterhead, *, language: str = "zh"
) -> bytes:
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
        A key image without a readable picture; a character of the text that the font cannot draw. (One in a
        name, which nobody could mend, is printed as 〓 and told by its number below.)
    """
    words = _with_marks(page_words(report, hospital, language))
    images = [key_picture(pictures, key.key_id, i) for i, key in enumerate(report.key_images, 1)]
    sheet = _Sheet(words, hospital)
    pages = sheet.paginate(images)
    buffer = io.BytesIO()
    canvas = Canvas(
        buffer,
        pagesize=A4,
        invariant=1,
        pageCompression=1,
        initialFontName=REGULAR,
        initialFontSize=BODY,
        lang=_lang(words),
        pdfVersion=PDF_VERSION,
    )
    canvas.setTitle(f"{words.sheet_title} {words.document}")
    canvas.setAuthor(words.hospital)
    canvas.setSubject(words.sheet_title)
    canvas.setCreator("YingShu")
    make_archivable(canvas)
    for number, items in enumerate(pages, 1):
        painter = PagePainter(canvas)
        sheet.draw_page(painter, number, len(pages), items)
        canvas.showPage()
    canvas.save()
    return buffer.getvalue()


#: printed where the font has no glyph, as typesetters do
GETA = "〓"


def _with_marks(words: PageWords) -> PageWords:
    """Names and other fields that only the study's headers can change, with `GETA` for what cannot be drawn,
    and a line that says so.
    """
    known = font_code_points()
    missing: list[str] = []

    def marked(text: str) -> str:
        missing.extend(c for c in text if ord(c) not in known)
        return "".join(c if ord(c) in known else GETA for c in text)

    def field_of(shown: Field) -> Field:
        return replace(shown, value=marked(shown.value))

    made = replace(
        words,
        hospital=marked(words.hospital),
        sheet_title=marked(words.sheet_title),
        footer=marked(words.footer),
        patient_line=marked(words.patient_line),
        grid=tuple(tuple(map(field_of, row)) for row in words.grid),
        signatures=tuple(map(field_of, words.signatures)),
    )
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


@dataclass(frozen=True, slots=True)
class _Row(Item):
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
            label = text_width(self.words.technique.label, REGULAR, 9.5) + 6
            self._technique = break_lines(
                self.words.technique.value, lambda t: text_width(t, REGULAR, 9.5), INNER - label
            )

    # -- pages

    def paginate(self, images: Sequence[ImageReader]) -> list[list[Item]]:
        """Items page by page; the closing block has its room on the last one."""
        items = [*self._pictures(images), *self._text()]
        pages: list[list[Item]] = [[]]
        room = self._first_room()
        for i, item in enumerate(items):
            needed = item.height + sum(self._kept_after(items, i))
            if needed > room and pages[-1]:
                pages.append([])
                room = self._next_room()
            if not (not pages[-1] and isinstance(item, Line) and not item.text):
                pages[-1].append(item)
                room -= item.height
        if room < self._closing_height():
            pages.append(self._taken_over(pages[-1]))
        return pages

    @staticmethod
    def _kept_after(items: Sequence[Item], i: int) -> list[float]:
        heights = []
        while items[i].keep and i + 1 < len(items):
            i += 1
            heights.append(items[i].height)
        return heights

    @staticmethod
    def _taken_over(page: list[Item]) -> list[Item]:
        """The last lines that stay together go along, so that signatures never stand alone; a page is never
        emptied.
        """
        start = len(page) - 1
        while start > 0 and page[start - 1].keep:
            start -= 1
        last = page[start:] if start > 0 and all(isinstance(item, Line) for item in page[start:]) else []
        del page[len(page) - len(last) :]
        return [item for i, item in enumerate(last) if i or not isinstance(item, Line) or item.text]

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
        return [
            line
            for s in self.words.statements
            for line in break_lines(s, lambda t: text_width(t, REGULAR, 8.5), INNER)
        ]

    # -- items

    def _pictures(self, images: Sequence[ImageReader]) -> list[Item]:
        """Rows of at most four, as even as can be, all of one height."""
        if not images:
            return []
        per_row = math.ceil(len(images) / math.ceil(len(images) / 4))
        rows = [
            (images[i : i + per_row], self.words.captions[i : i + per_row])
            for i in range(0, len(images), per_row)
        ]
        height = min(_PICTURE, *(self._row_height(row) for row, _ in rows))
        return [self._picture_row(row, captions, height) for row, captions in rows]

    @staticmethod
    def _row_height(images: Sequence[ImageReader]) -> float:
        """The height at which pictures fill the width."""
        shapes = [image.getSize() for image in images]
        return float((INNER - _GAP * (len(images) - 1)) / sum(w / h for w, h in shapes))

    @staticmethod
    def _picture_row(images: Sequence[ImageReader], captions: Sequence[str], height: float) -> _Row:
        aspects = [w / h for w, h in (image.getSize() for image in images)]
        sized = tuple((image, height * aspect, height) for image, aspect in zip(images, aspects, strict=True))
        texts = tuple(
            tuple(break_lines(c, lambda t: text_width(t, REGULAR, 8.5), max(60.0, w)))
            for c, (_, w, _) in zip(captions, sized, strict=True)
        )
        return _Row(height + 6 + 12 * max(map(len, texts)) + 8, images=sized, captions=texts)

    def _text(self) -> list[Item]:
        items: list[Item] = []
        for section in self.words.sections:
            items.append(Line(6, True))
            items.append(Line(18, True, section.title, BOLD, 11.5))
            paragraphs = [self._paragraph(paragraph, section.kind) for paragraph in section.paragraphs]
            lines = [line for paragraph in paragraphs for line in paragraph]
            if section.kind is not SectionKind.FINDINGS and len(lines) <= _KEPT_LINES:
                lines = [replace(line, keep=True) for line in lines[:-1]] + lines[-1:]
            items += lines
        return items

    def _paragraph(self, text: str, kind: SectionKind) -> list[Line]:
        """The lines of a paragraph; its first two and its last two stay together."""
        indent = 2 * BODY if self.words.zh and kind is SectionKind.FINDINGS else 0.0
        hang = 0.0
        number = text.partition(" ")[0]
        if (
            kind is not SectionKind.FINDINGS
            and number[:-1].isdigit()
            and number[-1:] in {".", "、", ")", "．"}
        ):
            hang = text_width(number + " ", REGULAR, BODY)
        lines = break_lines(
            text, lambda t: text_width(t, REGULAR, BODY), INNER - hang, first_indent=indent - hang
        )
        last = len(lines) - 1
        return [
            Line(
                _LEADING,
                i < last and i in (0, last - 1),
                line,
                x=indent if i == 0 else hang,
                stretch=i < last,
            )
            for i, line in enumerate(lines)
        ]

    # -- drawing

    def draw_page(self, painter: PagePainter, number: int, count: int, items: Sequence[Item]) -> None:
        """One page whole."""
        y = self._draw_head(painter) if number == 1 else self._draw_running_head(painter)
        for item in items:
            self._draw_item(painter, item, y)
            y -= item.height
        if number == count:
            self._draw_closing(painter)
        self._draw_foot(painter, number, count)
        if self.words.watermark:
            painter.watermark(self.words.watermark)

    def _draw_head(self, painter: PagePainter) -> float:
        y = _TOP
        painter.centred(
            self.words.hospital, y - 20, BOLD, fitting_size(self.words.hospital, BOLD, 19, INNER - 150)
        )
        painter.centred(
            self.words.sheet_title,
            y - 44,
            REGULAR,
            fitting_size(self.words.sheet_title, REGULAR, 14, INNER - 150),
            spacing=1.5,
        )
        painter.qr(self.words.document, WIDTH - MARGIN - 54, y - 54, 54)
        if self.hospital.logo:
            painter.logo(self.hospital.logo, MARGIN, y - 54, 54)
        painter.rule(y - 64, 1.1, INK)
        y -= 66
        return self._draw_grid(painter, y - 14)

    def _draw_grid(self, painter: PagePainter, y: float) -> float:
        for row in self._grid:
            for i, (start, room) in _places(row).items():
                painter.field(row[i], MARGIN + start, y, room)
            y -= 17
        for i, line in enumerate(self._technique):
            label = self.words.technique.label if self.words.technique else ""
            if i == 0:
                painter.text(label, MARGIN, y, REGULAR, 9.5, GREY)
            painter.text(line, MARGIN + text_width(label, REGULAR, 9.5) + 6, y, REGULAR, 9.5)
            y -= 14
        painter.rule(y + 6, 0.5, 0.6)
        return y - 6

    def _draw_running_head(self, painter: PagePainter) -> float:
        line = (
            f"{self.words.hospital}　{self.words.sheet_title}　{self.words.patient_line}"
            if self.words.zh
            else self.words.patient_line
        )
        painter.text(line, MARGIN, _TOP - 10, REGULAR, fitting_size(line, REGULAR, 9, INNER), GREY)
        painter.rule(_TOP - 18, 0.5, 0.6)
        return _TOP - 30

    def _draw_item(self, painter: PagePainter, item: Item, y: float) -> None:
        if isinstance(item, Line) and item.text:
            painter.line(item, y - item.height + 0.32 * item.height)
        elif isinstance(item, _Row):
            total = sum(w for _, w, _ in item.images) + _GAP * (len(item.images) - 1)
            x = MARGIN + (INNER - total) / 2
            for (image, w, h), caption in zip(item.images, item.captions, strict=True):
                painter.image(image, x, y - h, w, h)
                for i, text in enumerate(caption):
                    painter.centred(text, y - h - 12 - 12 * i, REGULAR, 8.5, middle=x + w / 2)
                x += w + _GAP

    def _draw_closing(self, painter: PagePainter) -> None:
        statements = self._statements()
        y = self._bottom() + 12 * len(statements) + 6
        painter.rule(y + 16, 0.5, 0.6)
        xs = (0.0, 0.37, 0.74)
        for (i, signed), x in zip(enumerate(self.words.signatures), xs, strict=True):
            painter.field(signed, MARGIN + x * INNER, y, ((*xs, 1.0)[i + 1] - x) * INNER - 6)
        for i, line in enumerate(statements):
            painter.text(line, MARGIN, y - 15 - 12 * i, REGULAR, 8.5, GREY)

    def _draw_foot(self, painter: PagePainter, number: int, count: int) -> None:
        painter.rule(_FOOT, 1.1, INK)
        page = self.words.page(number, count)
        room = INNER - text_width(page, REGULAR, 8) - 20
        for i, line in enumerate((self.words.footer, self.words.document_line)):
            painter.text(
                line, MARGIN, _FOOT - 13 - 11 * i, REGULAR, fitting_size(line, REGULAR, 8, room), GREY
            )
        painter.text(page, WIDTH - MARGIN - text_width(page, REGULAR, 8), _FOOT - 13, REGULAR, 8, GREY)


def _places(row: Sequence[Field]) -> dict[int, tuple[float, float]]:
    """Where the fields of a row begin, from the inner margin, and how wide each may be; an empty label leaves
    its room to its neighbour.
    """
    starts = [share * INNER for share in ((0.0, 0.22, 0.475, 0.725) if len(row) == 4 else (0.0,))]
    taken = [i for i, shown in enumerate(row) if shown.label]
    return {i: (starts[i], next((starts[j] for j in taken if j > i), INNER) - starts[i] - 8) for i in taken}


def _fitted_rows(row: tuple[Field, ...]) -> list[tuple[Field, ...]]:
    """The row; what would have to be printed too small in its column has a row of its own before it."""
    long = [
        i
        for i, (_, room) in _places(row).items()
        if fitting_size(row[i].value, REGULAR, 9.5, room - text_width(row[i].label, REGULAR, 9.5) - 6)
        < _SMALLEST
    ]
    left = tuple(Field("", "") if i in long else shown for i, shown in enumerate(row))
    return [
        *((part,) for i in long for part in _wrapped(row[i])),
        *([left] if any(shown.label for shown in left) else []),
    ]


def _wrapped(shown: Field) -> list[Field]:
    """A field over the whole width, in as many lines as it needs."""
    label = text_width(shown.label, REGULAR, 9.5)
    first, *others = break_lines(shown.value, lambda t: text_width(t, REGULAR, 9.5), INNER - label - 6)
    blank = " " * round(label / text_width(" ", REGULAR, 9.5))
    return [Field(shown.label, first), *(Field(blank, line) for line in others)]
