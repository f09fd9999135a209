"""The key images of a report, with captions that are edited in place."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QPixmap
from PySide6.QtWidgets import QLabel, QWidget

from app.annotation.controller import AnnotationController
from app.domain.key_object import KeyImage
from app.domain.report import Report
from app.i18n import tr
from app.reporting.service import ReportService
from widgets.command_ui import CommandUi
from widgets.elements import Elided, Section, clear, column, icon_button, label, row, scrolled
from widgets.icons import picture
from widgets.kept_pictures import KeptPictures
from widgets.name_line import NameLine
from widgets.panels.reporting.evidence import EvidenceCard
from widgets.theme import theme

#: side of a key image: three stand side by side in the dock
PICTURE = 140


class KeyImagesStrip(Section):
    """Pictures with captions that are edited in place."""

    insert_asked = Signal(object)
    go_asked = Signal(str)

    def __init__(self, ui: CommandUi) -> None:
        super().__init__(tr("Key images"))
        self._ui = ui
        self._pictures = KeptPictures[QPixmap](ui)
        self._grid = row(gap=8)
        content = QWidget()
        content.setLayout(self._grid)
        self._area = scrolled(content)
        self._area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAsNeeded)
        self._area.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.note = label("", tone="muted", wrap=True)
        self.add(self._area, self.note)

    def show_report(self, report: Report, *, editable: bool) -> None:
        """Show the report's key images."""
        clear(self._grid)
        self.title.setText(tr("Key images {n}", n=len(report.key_images)))
        self._area.setVisible(bool(report.key_images))
        self.note.setVisible(not report.key_images)
        mark = self._ui.key_named("image.mark-key") or "–"
        self.note.setText(tr("{key} marks a key image while reading.", key=mark))
        self._area.setFixedHeight(PICTURE + 92)
        for number, key in enumerate(report.key_images, 1):
            self._grid.addWidget(self._card(report, number, key, editable=editable))
        self._grid.addStretch(1)

    def _card(self, report: Report, number: int, key: KeyImage, *, editable: bool) -> QWidget:
        def link() -> object:
            return self._ui.session.dispatcher.attempt(
                lambda: self._ui.session.station.get(ReportService).image_link(report, key.key_id)
            )

        card = EvidenceCard(link)
        card.setFixedWidth(PICTURE + 12)
        card.insert_asked.connect(self.insert_asked)
        shown = QLabel()
        shown.setFixedSize(PICTURE, PICTURE)
        shown.setAlignment(Qt.AlignmentFlag.AlignCenter)
        shown.setPixmap(self._picture(key))
        go = icon_button("target-arrow", tr("Go to key image"))
        go.clicked.connect(lambda: self.go_asked.emit(key.key_id))
        layer = self._ui.session.study.annotations
        if editable and any(k.key_id == key.key_id for k in layer.key_images):
            caption: QWidget = NameLine(key.caption)
            assert isinstance(caption, NameLine)
            caption.setAccessibleName(tr("Caption"))
            caption.renamed.connect(lambda text: layer.change_key(replace(key, caption=text)))
        else:
            caption = Elided(key.caption)
        head = row(label(tr("Fig. {n}", n=number), size="strong"), None, go, gap=4)
        card.setLayout(column(shown, head, caption, gap=2, margins=(4, 4, 4, 4)))
        card.setToolTip(tr("Double click or drag puts the reference into the text"))
        card.setAccessibleName(f"{tr('Fig. {n}', n=number)} {key.caption}")
        return card

    def _picture(self, key: KeyImage) -> QPixmap:
        known = self._pictures.get(key.picture_sha256)
        if known is not None:
            return known
        png = self._ui.session.dispatcher.attempt(
            lambda: self._ui.session.get(AnnotationController).key_picture(key)
        )
        found = QPixmap()
        if png is None or not found.loadFromData(png):
            return picture("photo-off", 32, theme().muted, ratio=2.0)
        ratio = self.devicePixelRatioF()
        side = int(PICTURE * ratio)
        found = found.scaled(
            side, side, Qt.AspectRatioMode.KeepAspectRatio, Qt.TransformationMode.SmoothTransformation
        )
        found.setDevicePixelRatio(ratio)
        self._pictures.put(key.picture_sha256, found)
        return found
