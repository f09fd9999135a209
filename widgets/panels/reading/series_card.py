"""A series in the strip: its picture, and its display sets where it has several."""

from __future__ import annotations

from PySide6.QtCore import QMimeData, QPoint, Qt, Signal
from PySide6.QtGui import QDrag, QMouseEvent
from PySide6.QtWidgets import QApplication, QLabel, QVBoxLayout, QWidget

from app.domain.provenance import ReviewState
from app.domain.study import Series
from app.i18n import tr
from app.reading.listing import ListedSeries, ListedSet
from app.viewing.screen import SERIES_MIME
from widgets.elements import Clickable, Elided, column, label, push, retone, row
from widgets.icons import icon
from widgets.theme import THUMBNAILS, theme
from widgets.thumb import Thumb

SIDE, SMALL = THUMBNAILS - 32, 44
#: so many display sets are shown at once; of more the list is folded until somebody asks for it
MOST_UNFOLDED = 6


class Draggable(Clickable):
    """What a click opens and a drag carries into a viewport."""

    def __init__(self, side: int) -> None:
        super().__init__()
        self.thumb = Thumb(side)
        self._pressed: QPoint | None = None

    def dragged_text(self) -> str:
        """What is dragged, as `SERIES_MIME` has it."""
        raise NotImplementedError

    def dragged(self) -> QMimeData:
        """What a drag carries into a viewport."""
        data = QMimeData()
        data.setData(SERIES_MIME, self.dragged_text().encode("utf-8"))
        return data

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """A press may become a drag: what a click does is done on release."""
        if event.button() is Qt.MouseButton.LeftButton:
            self._pressed = event.position().toPoint()
        event.accept()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        far = QApplication.startDragDistance()
        if self._pressed is None or (event.position().toPoint() - self._pressed).manhattanLength() < far:
            return
        self._pressed = None
        drag = QDrag(self)
        drag.setMimeData(self.dragged())
        drag.setPixmap(self.thumb.grab().scaledToWidth(96, Qt.TransformationMode.SmoothTransformation))
        drag.exec(Qt.DropAction.CopyAction)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        pressed, self._pressed = self._pressed, None
        if pressed is not None and self.rect().contains(event.position().toPoint()):
            self.clicked.emit()


class DisplaySetEntry(Draggable):
    """One of several display sets of a series: picture, what tells it apart, how many images."""

    def __init__(self, series: Series, listed: ListedSet) -> None:
        super().__init__(SMALL)
        self.display_set_id = listed.display_set_id
        self._series = series
        self.name = Elided(listed.name, tone="muted")
        self.count = Elided(counted(listed), tone="muted")
        words = column(self.name, self.count, gap=0)
        both = row(self.thumb, words, gap=8)
        both.setStretch(1, 1)
        self.setLayout(both)
        self.setAccessibleName(f"{listed.name} · {self.count.whole()}")
        self.setToolTip(self.accessibleName())

    def dragged_text(self) -> str:
        return f"{self._series.series_uid} {self.display_set_id}"

    def choose(self, chosen: bool) -> None:
        """Mark as one that is shown."""
        retone(self.thumb, "chosen", chosen)
        retone(self.name, "tone", "" if chosen else "muted")


def counted(listed: ListedSet) -> str:
    """How many images a display set has; with a further axis slices and positions."""
    n, positions = listed.n_images, listed.n_positions
    even = positions > 1 and n % positions == 0
    return tr("Images: {n}", n=f"{n // positions} × {positions}" if even else n)


class SeriesCard(Draggable):
    """One series: picture, count, description; amber where a machine made it and nobody has confirmed it."""

    def __init__(self, series: Series, review: ReviewState | None, method: str = "") -> None:
        super().__init__(SIDE)
        self.series = series
        self.count = QLabel(self.thumb)
        self.count.setStyleSheet(
            "color: #ffffff; background: rgba(0,0,0,150); padding: 0 5px; border-radius: 3px;"
        )
        name = (
            method
            or series.description
            or series.protocol
            or f"{series.modality} {series.number or ''}".strip()
        )
        thick = f" {series.slice_thickness_mm:g} mm" if series.slice_thickness_mm else ""
        self.name = Elided(name + thick, tone="muted")
        self.state = label()
        self.state.setVisible(series.derived)
        if series.derived:
            self.show_review(review)
        self.setLayout(column(self.thumb, self.name, self.state, gap=2))
        self._named = f"{series.modality} · {name}{thick}"
        self.show_count(series.n_instances)

    def show_count(self, images: int) -> None:
        """How many images it has: its objects until it is known how many frames they hold."""
        self.count.setText(str(images))
        self.count.adjustSize()
        self.count.move(6, SIDE - self.count.height() - 6)
        self.setToolTip(f"{self._named} · {images}")
        self.setAccessibleName(self.toolTip())

    def dragged_text(self) -> str:
        return self.series.series_uid

    def name_method(self, method: str) -> None:
        """Name the method that made the series, once it is known."""
        if method:
            thick = f" {self.series.slice_thickness_mm:g} mm" if self.series.slice_thickness_mm else ""
            self.name.setText(method + thick)
            self._named = f"{self.series.modality} · {method}{thick}"
            self.show_count(int(self.count.text()))

    def show_review(self, review: ReviewState | None) -> None:
        """Say what people have said of a machine's series."""
        confirmed = review is ReviewState.ACCEPTED
        self.state.setText(tr("AI · confirmed") if confirmed else tr("AI · not confirmed"))
        retone(self.state, "tone", "done" if confirmed else "amber")

    def choose(self, chosen: bool) -> None:
        """Mark as the one that is shown."""
        retone(self.thumb, "chosen", chosen)
        retone(self.name, "tone", "" if chosen else "muted")


class SeriesSection(QWidget):
    """A series; below it its display sets where there are several, and what of it is not shown."""

    #: a display set was chosen: its id, "" for the first
    chosen = Signal(str)
    #: the objects that are no images were asked for
    objects_asked = Signal()
    #: the entries of the display sets are there, without pictures yet
    unfolded = Signal()

    def __init__(self, series: Series, review: ReviewState | None, method: str = "") -> None:
        super().__init__()
        self.series = series
        self.card = SeriesCard(series, review, method)
        self.card.clicked.connect(lambda: self.chosen.emit(""))
        #: by display set; of a long list they are made when it is unfolded
        self.entries: dict[str, DisplaySetEntry] = {}
        self._sets_held: tuple[ListedSet, ...] = ()
        self._chosen: set[str] = set()
        self._folded = True
        self.fold = push("", kind="link")
        self.fold.clicked.connect(lambda: self._fold(not self._folded))
        self.fold.hide()
        self._sets = QWidget()
        self._list = QVBoxLayout()
        self._list.setContentsMargins(0, 0, 0, 0)
        self._list.setSpacing(4)
        self._sets.setLayout(self._list)
        self._sets.hide()
        self.left_out = label(tone="muted")
        self.left_out.hide()
        self.objects = push("", kind="link")
        self.objects.clicked.connect(self.objects_asked)
        self.objects.hide()
        self.setLayout(column(self.card, self.fold, self._sets, self.left_out, self.objects, gap=4))

    def show_sets(self, listed: ListedSeries) -> None:
        """Show what the series holds."""
        self._show_left_out(listed)
        if listed.sets:
            left_out = sum(n for _, n in listed.left_out)
            self.card.show_count(sum(one.n_images for one in listed.sets) + left_out)
        self.objects.setVisible(bool(listed.sets) and listed.n_objects > 0)
        self.objects.setText(tr("Other objects: {n}", n=listed.n_objects))
        self.objects.setAccessibleName(self.objects.text())
        if len(listed.sets) < 2 or self._sets_held:
            return
        self._sets_held = listed.sets
        self.fold.show()
        self._fold(len(listed.sets) > MOST_UNFOLDED)

    def _make_entries(self) -> None:
        for one in self._sets_held:
            entry = DisplaySetEntry(self.series, one)
            entry.clicked.connect(lambda i=one.display_set_id: self.chosen.emit(i))
            entry.choose(one.display_set_id in self._chosen)
            self.entries[one.display_set_id] = entry
            self._list.addWidget(entry)
        self.unfolded.emit()

    def _show_left_out(self, listed: ListedSeries) -> None:
        total = sum(n for _, n in listed.left_out)
        self.left_out.setVisible(total > 0)
        self.left_out.setText(tr("Not shown: {n}", n=total))
        reasons = (f"{n} × {tr(template, **params)}" for (template, params), n in listed.left_out)
        self.left_out.setToolTip("\n".join(reasons))

    def _fold(self, folded: bool) -> None:
        self._folded = folded
        if not folded and not self.entries:
            self._make_entries()
        self._sets.setVisible(not folded)
        self.fold.setText(tr("Sets of images: {n}", n=len(self._sets_held)))
        self.fold.setAccessibleName(self.fold.text())
        self.fold.setIcon(icon("chevron-right" if folded else "chevron-down", theme().muted))

    def choose(self, display_set_ids: set[str]) -> None:
        """Mark what is shown of the series; a folded list opens for what it would hide."""
        self._chosen = display_set_ids
        self.card.choose(bool(display_set_ids))
        for display_set_id, entry in self.entries.items():
            entry.choose(display_set_id in display_set_ids)
        if self._folded and any(one.display_set_id in display_set_ids for one in self._sets_held[1:]):
            self._fold(False)
