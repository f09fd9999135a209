"""What was measured and marked on the open study."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QLineEdit, QVBoxLayout, QWidget

from app.commands.desk import anchor_label
from app.domain.key_object import KeyImage
from app.domain.measurement import Measurement
from app.domain.provenance import ReviewState
from app.i18n import tr
from app.session.measuring import describe
from widgets.acts import Acts
from widgets.elements import Clickable, Elided, chip, clear, column, icon_button, label, retone, row, scrolled
from widgets.study_preview import Thumb


def value_lines(measurement: Measurement) -> tuple[str, ...]:
    """What was measured, without the label where it stands above already."""
    return tuple(line.removeprefix(measurement.label).strip() for line in describe(measurement))


class NameLine(QLineEdit):
    """A name that is edited where it stands; Escape takes it back."""

    renamed = Signal(str)

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self._before = text
        self.setAccessibleName(tr("Name"))
        self.editingFinished.connect(self._finish)

    def keyPressEvent(self, event) -> None:  # type: ignore[no-untyped-def]
        if event.key() == Qt.Key.Key_Escape:
            self.setText(self._before)
            self.clearFocus()
            return
        super().keyPressEvent(event)

    def _finish(self) -> None:
        text = self.text().strip()
        if text and text != self._before:
            self._before = text
            self.renamed.emit(text)


class MeasurementCard(Clickable):
    """One measurement: name, values, place."""

    def __init__(self, acts: Acts, measurement: Measurement) -> None:
        super().__init__()
        self.setObjectName("card")
        self.measurement = measurement
        uid = measurement.tracking_uid
        self.name = NameLine(measurement.label)
        self.name.setMaximumHeight(28)
        self.name.setReadOnly(not acts.desk.may_draw)
        self.name.renamed.connect(lambda text: acts.desk.rename_measurement(uid, text))
        go = icon_button("target-arrow", tr("Go to measurement"))
        go.clicked.connect(lambda: acts.desk.go_to_measurement(uid))
        drop = icon_button("trash", tr("Delete measurement"))
        drop.clicked.connect(lambda: acts.desk.delete_measurement(uid))
        drop.setVisible(acts.desk.may_draw)
        head = row(self.name, go, drop, gap=2)
        lines = [label(line) for line in value_lines(measurement)]
        place = row(label(anchor_label(measurement.anchor, acts.desk.screen.volume), tone="muted"), None)
        if measurement.review is ReviewState.UNCONFIRMED:
            place.addWidget(chip(tr("AI · not confirmed"), "amber"))
        self.setLayout(column(head, *lines, place, gap=4, margins=(10, 8, 8, 8)))
        self.clicked.connect(lambda: acts.desk.go_to_measurement(uid))
        self.setAccessibleName(" ".join((measurement.label, *describe(measurement))))


class KeyCard(Clickable):
    """One key image with its caption."""

    def __init__(self, acts: Acts, key: KeyImage, png: bytes | None) -> None:
        super().__init__()
        self.setObjectName("card")
        thumb = Thumb(64)
        thumb.show_png(png)
        drop = icon_button("trash", tr("Unmark key image"))
        drop.clicked.connect(lambda: acts.desk.unmark_key_image(key.key_id))
        drop.setVisible(acts.desk.may_draw)
        where = anchor_label(key.anchor, acts.desk.screen.volume)
        place = [label(where, tone="muted")] if where not in key.caption else []  # captions made by the program begin with it
        words = column(Elided(key.caption), *place, None, gap=2)
        self.setLayout(row(thumb, words, drop, gap=10, margins=(8, 8, 8, 8)))
        self.clicked.connect(lambda: acts.desk.go_to_key_image(key.key_id))
        self.setAccessibleName(key.caption)


class MeasurementPanel(QWidget):
    """The list; clicking goes there."""

    def __init__(self, acts: Acts) -> None:
        super().__init__()
        self._acts = acts
        self.cards: list[MeasurementCard] = []
        self._pictures: dict[str, bytes] = {}
        self._stack = QVBoxLayout()
        self._stack.setSpacing(8)
        self._stack.setContentsMargins(16, 12, 16, 12)
        content = QWidget()
        content.setLayout(self._stack)
        self.setLayout(column(scrolled(content), gap=0))
        acts.listen(acts.desk.reading.annotations.changed, self.rebuild)
        acts.listen(acts.desk.reading.study_changed, self.rebuild)
        acts.listen(acts.desk.actor_changed, self.rebuild)
        acts.listen(acts.desk.screen.events.volume, lambda *_: self.rebuild())
        acts.listen(acts.desk.screen.events.marks, lambda *_: self._mark())
        self.rebuild()

    def rebuild(self) -> None:
        """Show what there is now."""
        clear(self._stack)
        reading = self._acts.desk.reading
        layer = reading.annotations
        here = reading.study is not None and layer.study_uid == reading.study.study_uid
        measurements = layer.measurements if here else ()
        keys = layer.key_images if here else ()
        self.cards = [MeasurementCard(self._acts, m) for m in measurements]
        self._stack.addWidget(label(tr("Measurements {n}", n=len(measurements)), tone="muted"))
        for card in self.cards:
            self._stack.addWidget(card)
        if not measurements:
            self._stack.addWidget(
                label(tr("Measure with D (length), E (ellipse) or B (value). What you draw is saved at once."), tone="muted", wrap=True)
            )
        self._stack.addSpacing(12)
        self._stack.addWidget(label(tr("Key images {n}", n=len(keys)), tone="muted"))
        for key in keys:
            self._stack.addWidget(KeyCard(self._acts, key, self._picture(key)))
        if not keys:
            self._stack.addWidget(label(tr("K marks the image in the active view as a key image for the report."), tone="muted", wrap=True))
        self._stack.addStretch(1)
        self._mark()

    def _picture(self, key: KeyImage) -> bytes | None:
        if key.picture_sha256 not in self._pictures:
            png = self._acts.desk.attempt(lambda: self._acts.desk.key_picture(key))
            if png is None:
                return None
            self._pictures[key.picture_sha256] = png
        return self._pictures[key.picture_sha256]

    def _mark(self) -> None:
        for card in self.cards:
            retone(card, "chosen", card.measurement.tracking_uid == self._acts.desk.selected_mark)
