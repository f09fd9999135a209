"""Icons: Tabler outlines (MIT), recoloured to the theme when drawn."""

from __future__ import annotations

from functools import cache

from PySide6.QtCore import QByteArray, QPoint, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QIcon, QIconEngine, QPainter, QPixmap, QPixmapCache
from PySide6.QtSvg import QSvgRenderer

from app.paths import resource_path
from widgets.theme import theme


@cache
def _source(name: str) -> str:
    path = resource_path("icons", f"{name}.svg")
    return path.read_text(encoding="utf-8").replace('stroke-width="2"', 'stroke-width="1.75"')


@cache
def _renderer(name: str, color: str) -> QSvgRenderer:
    return QSvgRenderer(QByteArray(_source(name).replace("currentColor", color).encode()))


class _Engine(QIconEngine):
    """Draws the outline at whatever size and pixel ratio is asked for."""

    def __init__(self, name: str, color: str, muted: str, on: str) -> None:
        super().__init__()
        self._name, self._color, self._muted, self._on = name, color, muted, on

    def paint(self, painter: QPainter, rect: object, mode: QIcon.Mode, state: QIcon.State) -> None:
        if mode is QIcon.Mode.Disabled:
            painter.setOpacity(0.55)
        color = self._ink(mode, state)
        _renderer(self._name, color).render(painter, QRectF(rect))  # type: ignore[call-overload]

    def _ink(self, mode: QIcon.Mode, state: QIcon.State) -> str:
        if mode is QIcon.Mode.Disabled:
            return self._muted
        return self._on if state is QIcon.State.On else self._color

    def pixmap(self, size: QSize, mode: QIcon.Mode, state: QIcon.State) -> QPixmap:
        return self.scaledPixmap(size, mode, state, 1.0)

    def scaledPixmap(self, size: QSize, mode: QIcon.Mode, state: QIcon.State, scale: float) -> QPixmap:
        """Drawn once: Qt keeps what was drawn last, of all icons."""
        disabled = mode is QIcon.Mode.Disabled
        key = f"{self._name} {self._ink(mode, state)} {size.width()}×{size.height()} {scale} {disabled}"
        known = QPixmap()
        if QPixmapCache.find(key, known):
            return known
        picture = QPixmap(size * scale)
        picture.setDevicePixelRatio(scale)
        picture.fill(Qt.GlobalColor.transparent)
        if picture.isNull():  # a button that has no room now
            return picture
        painter = QPainter(picture)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self.paint(painter, QRect(QPoint(0, 0), size), mode, state)
        painter.end()
        QPixmapCache.insert(key, picture)
        return picture

    def clone(self) -> QIconEngine:
        return _Engine(self._name, self._color, self._muted, self._on)


def has_icon(name: str) -> bool:
    """There is an icon of that name."""
    return resource_path("icons", f"{name}.svg").is_file()


def icon(name: str, color: str = "", *, on: str = "") -> QIcon:
    """An icon in a colour (the theme's text colour when none is given); `on` colours its checked state."""
    tokens = theme()
    plain = color or tokens.text
    return QIcon(_Engine(name, plain, tokens.muted, on or plain))


def picture(name: str, size: int, color: str = "", *, ratio: float = 1.0) -> QPixmap:
    """An icon as a picture of `size` device independent pixels."""
    drawn = icon(name, color).pixmap(QSize(size, size), ratio)
    return drawn
