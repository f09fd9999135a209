"""Text, pictures and squares on one page of the printed report.

Lengths are points (1/72 inch) from the lower left corner.
"""

from __future__ import annotations

import io
from collections.abc import Mapping
from dataclasses import dataclass

from PIL import Image, UnidentifiedImageError
from reportlab.graphics.barcode.qr import QrCodeWidget
from reportlab.lib.pagesizes import A4
from reportlab.lib.utils import ImageReader
from reportlab.pdfgen.canvas import Canvas

from app.errors import BadInput, LimitExceeded
from app.reporting.page_words import Field
from app.reporting.printed_fonts import BOLD, REGULAR, fitting_size, require_glyphs, text_width

WIDTH, HEIGHT = float(A4[0]), float(A4[1])
MARGIN = 48.0
INNER = WIDTH - 2 * MARGIN
BODY = 10.5
GREY, INK = 0.35, 0.05
_MAX_PIXELS = 50_000_000


@dataclass(frozen=True, slots=True)
class Item:
    """Something `height` points high; `keep` items stay on the page of the one that follows."""

    height: float
    keep: bool = False


@dataclass(frozen=True, slots=True)
class Line(Item):
    """One line of text, `x` from the inner margin; `stretch` spreads it to the right edge."""

    text: str = ""
    font: str = REGULAR
    size: float = BODY
    x: float = 0.0
    stretch: bool = False


@dataclass(slots=True)
class PagePainter:
    """Draws on one page; refuses characters that the font has not."""

    canvas: Canvas

    def text(
        self,
        text: str,
        x: float,
        y: float,
        font: str,
        size: float,
        grey: float = INK,
        *,
        spacing: float = 0.0,
    ) -> None:
        require_glyphs(text)
        self.canvas.setFillGray(grey)
        drawn = self.canvas.beginText(x, y)
        drawn.setFont(font, size)
        drawn.setCharSpace(spacing)
        drawn.textOut(text)
        drawn.setCharSpace(0)
        self.canvas.drawText(drawn)

    def centred(
        self, text: str, y: float, font: str, size: float, *, middle: float = WIDTH / 2, spacing: float = 0.0
    ) -> None:
        wide = text_width(text, font, size) + spacing * (len(text) - 1)
        self.text(text, middle - wide / 2, y, font, size, spacing=spacing)

    def line(self, line: Line, y: float) -> None:
        slack = INNER - line.x - text_width(line.text, line.font, line.size)
        spread = (
            line.stretch and sum(c > "\u2e7f" for c in line.text) > len(line.text) / 2
        )  # Latin words are never spaced out
        spacing = slack / (len(line.text) - 1) if spread else 0.0
        self.text(
            line.text,
            MARGIN + line.x,
            y,
            line.font,
            line.size,
            spacing=spacing if spacing <= 0.12 * line.size else 0.0,
        )

    def field(self, shown: Field, x: float, y: float, room: float) -> None:
        """Label in grey, value in ink, made smaller where it is long, never cut."""
        self.text(shown.label, x, y, REGULAR, 9.5, GREY)
        start = x + text_width(shown.label, REGULAR, 9.5) + 6
        self.text(shown.value, start, y, REGULAR, fitting_size(shown.value, REGULAR, 9.5, room - (start - x)))

    def rule(self, y: float, thickness: float, grey: float) -> None:
        self.canvas.setStrokeGray(grey)
        self.canvas.setLineWidth(thickness)
        self.canvas.line(MARGIN, y, WIDTH - MARGIN, y)

    def image(self, image: ImageReader, x: float, y: float, w: float, h: float) -> None:
        self.canvas.drawImage(image, x, y, w, h)

    def logo(self, data: bytes, x: float, y: float, size: float) -> None:
        image = _opened(data, "logo")
        w, h = image.getSize()
        scale = size / max(w, h)
        self.canvas.drawImage(
            image, x + (size - w * scale) / 2, y + (size - h * scale) / 2, w * scale, h * scale
        )

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
        self.canvas.translate(WIDTH / 2, HEIGHT / 2)
        self.canvas.rotate(45)
        self.canvas.setFillAlpha(0.22)
        size = fitting_size(text, BOLD, 110, 520)
        self.text(text, -text_width(text, BOLD, size) / 2, -size / 3, BOLD, size, 0.5)
        self.canvas.restoreState()


def key_picture(pictures: Mapping[str, bytes], key_id: str, number: int) -> ImageReader:
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
                number=name,
                found=image.width * image.height,
                limit=_MAX_PIXELS,
            )
        image.load()
    except (UnidentifiedImageError, OSError, SyntaxError, Image.DecompressionBombError) as error:
        raise BadInput(
            "The picture of key image {number} cannot be read: {reason}", number=name, reason=str(error)
        ) from error
    if image.mode in ("RGBA", "LA", "P", "PA"):
        over = image.convert("RGBA")
        image = Image.alpha_composite(Image.new("RGBA", over.size, "black"), over).convert("RGB")
    elif image.mode not in ("L", "RGB"):
        image = image.convert("L" if image.mode in ("1", "I;16") else "RGB")
    return ImageReader(image)
