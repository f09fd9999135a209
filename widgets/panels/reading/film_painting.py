"""Pages of a film on any paint device: a PDF, a printer, a picture for the preview.

Only lines and texts are drawn here; images come as pictures.  Any thread may paint.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import QMarginsF, QPointF, QRectF, QSizeF, Qt
from PySide6.QtGui import (
    QColor,
    QFont,
    QFontMetricsF,
    QGuiApplication,
    QImage,
    QPageLayout,
    QPageSize,
    QPainter,
    QPen,
)

from app.domain.study import Study
from app.i18n import tr
from app.session.patient_text import age_text, sex_text
from app.viewing.film import (
    EDGE_MM,
    FOOT_MM,
    HEAD_MM,
    PX_PER_MM,
    Film,
    FilmImage,
    Page,
    bar_bottom_mm,
    film_bar,
)
from app.viewing.shapes.shape import Box

#: heights of the lines and widths of the strokes, millimetres
_TEXT_MM, _NAME_MM, _BAR_TEXT_MM, _STROKE_MM = 2.9, 3.4, 2.2, 0.25
#: no side of an image's picture has more pixels
MOST_PX = 4096
_NOT_FOR_DIAGNOSIS = "For research; must not be the sole basis of a diagnosis"

#: makes the picture (PNG) of an image at so many dots of it for a pixel of its texts
Draw = Callable[[FilmImage, float], bytes]


@dataclass(frozen=True, slots=True)
class FilmHead:
    """What stands above the images of every page: whose they are, where and when they were made."""

    institution: str
    patient: str
    examination: str

    @classmethod
    def of(cls, study: Study, series: str, *, beside: str, named: bool) -> FilmHead:
        """Of a study; `beside` is what another one is to the study that is read; not `named`: without who,
        where and when.
        """
        if not named:
            return cls("", "", series)
        patient = study.patient
        who = " ".join(
            part for part in (sex_text(patient.sex), age_text(study.age), patient.patient_id) if part
        )
        when = f"{study.started_at:%Y-%m-%d %H:%M}" if study.started_at else ""
        what = (tr(beside) if beside else "", study.description, when, study.accession_number, series)
        return cls(
            study.institution,
            "   ".join(part for part in (patient.display_name, who) if part),
            "   ".join(dict.fromkeys(part for part in what if part)),
        )


def page_layout(film: Film) -> QPageLayout:
    """The page of a film as Qt names it: its whole sheet, without margins."""
    size = QSizeF(film.format.width_mm, film.format.height_mm)
    page = QPageSize(size, QPageSize.Unit.Millimeter, film.format.name, QPageSize.SizeMatchPolicy.FuzzyMatch)
    turned = QPageLayout.Orientation.Landscape if film.landscape else QPageLayout.Orientation.Portrait
    return QPageLayout(page, turned, QMarginsF(0, 0, 0, 0), QPageLayout.Unit.Millimeter)


def paper_font() -> QFont:
    """The font of texts on paper: without forms of a locale, whose digits a PDF of Qt does not tell."""
    font = QFont(QGuiApplication.font())
    font.setFeature(QFont.Tag("locl"), 0)
    return font


class FilmPainter:
    """Paints pages with a painter whose pixels are `px_per_mm` to a millimetre of paper."""

    def __init__(self, painter: QPainter, px_per_mm: float, film: Film, head: FilmHead, dpi: float) -> None:
        self._painter, self._px = painter, px_per_mm
        self._film, self._head = film, head
        self._ratio = dpi / 25.4 / PX_PER_MM
        self._ink = QColor("white" if film.black else "black")
        painter.setRenderHint(QPainter.RenderHint.LosslessImageRendering, True)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, True)

    def begin(self, number: int, pages: int) -> None:
        """Ground, lines above and below."""
        width, height = self._film.size_mm
        if self._film.black:
            self._painter.fillRect(self._rect(Box(0, 0, width, height)), QColor("black"))
        inner = width - 2 * EDGE_MM
        head, line = self._head, HEAD_MM / 2
        page = tr("Page {n} / {count}", n=number, count=pages)
        above, below = Box(EDGE_MM, EDGE_MM, inner, line), Box(EDGE_MM, EDGE_MM + line, inner, line)
        self._line(above, head.patient, head.institution, _NAME_MM, strong=True)
        self._line(below, head.examination, page, _TEXT_MM)
        foot = Box(EDGE_MM, height - EDGE_MM - FOOT_MM, inner, FOOT_MM)
        size = tr("True size 1:1, where the page is printed at 100 %") if self._film.true_size else ""
        self._line(foot, tr(_NOT_FOR_DIAGNOSIS), size, _TEXT_MM)

    def image(self, image: FilmImage, draw: Draw) -> None:
        """An image in its place, with its bar."""
        ratio = min(self._ratio, MOST_PX / max(image.size_px))
        picture = QImage.fromData(draw(image, ratio))
        if picture.allGray():
            picture = picture.convertToFormat(QImage.Format.Format_Grayscale8)
        self._painter.drawImage(self._rect(image.box), picture)
        self._bar(image)

    def _bar(self, image: FilmImage) -> None:
        """Upright at an edge, exactly as long as it says."""
        bar = film_bar(image)
        if bar is None:
            return
        box, inwards = image.box, -1 if bar.at_right else 1
        x = (box.x + box.width - 1.5 if bar.at_right else box.x + 1.5) + bar.inset_px * inwards
        bottom = box.y + box.height - bar_bottom_mm(image)
        top, tick = bottom - bar.length_px, x + 1.2 * inwards
        for colour, wide in (("black", 3 * _STROKE_MM), ("white", _STROKE_MM)):
            pen = QPen(QColor(colour), wide * self._px)
            pen.setCapStyle(Qt.PenCapStyle.FlatCap)
            self._painter.setPen(pen)
            for x0, y0, x1, y1 in (
                (x, top, x, bottom),
                (x, top + wide / 2, tick, top + wide / 2),
                (x, bottom - wide / 2, tick, bottom - wide / 2),
            ):
                self._painter.drawLine(QPointF(x0, y0) * self._px, QPointF(x1, y1) * self._px)
        font = self._font(_BAR_TEXT_MM)
        self._painter.setFont(font)
        wide = QFontMetricsF(font).horizontalAdvance(bar.text) / self._px + 0.8
        left = tick - 0.8 - wide if bar.at_right else tick + 0.8
        place = self._rect(Box(left, (top + bottom) / 2 - 1.6, wide, 3.2))
        self._painter.fillRect(place, QColor(8, 9, 10))
        self._painter.setPen(QColor("white"))
        self._painter.drawText(place, Qt.AlignmentFlag.AlignCenter, bar.text)

    def _line(self, box: Box, left: str, right: str, size_mm: float, *, strong: bool = False) -> None:
        """Two texts at both ends; the left one is cut where they meet."""
        font = self._font(size_mm, strong=strong)
        self._painter.setFont(font)
        self._painter.setPen(self._ink)
        metrics, place = QFontMetricsF(font), self._rect(box)
        middle = Qt.AlignmentFlag.AlignVCenter
        self._painter.drawText(place, middle | Qt.AlignmentFlag.AlignRight, right)
        room = place.width() - (metrics.horizontalAdvance(right) + 4 * self._px if right else 0)
        cut = metrics.elidedText(left, Qt.TextElideMode.ElideRight, room)
        self._painter.drawText(place, middle | Qt.AlignmentFlag.AlignLeft, cut)

    def _font(self, size_mm: float, *, strong: bool = False) -> QFont:
        font = paper_font()
        font.setPixelSize(max(math.floor(size_mm * self._px), 1))
        font.setWeight(QFont.Weight.DemiBold if strong else QFont.Weight.Normal)
        return font

    def _rect(self, box: Box) -> QRectF:
        px = self._px
        return QRectF(box.x * px, box.y * px, box.width * px, box.height * px)


def page_picture(
    film: Film, head: FilmHead, page: Page, draw: Draw, *, number: int, pages: int, width_px: int
) -> QImage:
    """A page as a picture."""
    width, height = film.size_mm
    px = width_px / width
    image = QImage(width_px, round(height * px), QImage.Format.Format_RGB32)
    image.fill(QColor("white"))
    painter = QPainter(image)
    try:
        painting = FilmPainter(painter, px, film, head, px * 25.4)
        painting.begin(number, pages)
        for one in page:
            painting.image(one, draw)
    finally:
        painter.end()
    return image
