"""The open object in place of the images: what it is, its neighbours, the way back."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from PySide6.QtWidgets import QApplication, QFileDialog, QFrame, QVBoxLayout, QWidget

from app.domain.document import Page, PagePicture, PdfDocument
from app.domain.object_kind import ObjectKind
from app.domain.waveform import Waveform
from app.i18n import tr
from app.objects.controller import ObjectsController, OpenObject
from app.objects.layers import LayersController
from app.objects.service import LayerEntry, ObjectService
from app.people.rights import EXPORT
from widgets.command_ui import CommandUi
from widgets.elements import Choice, Elided, clear, column, icon_button, label, push, row
from widgets.objects.page_view import PageView
from widgets.objects.pdf_view import PdfView
from widgets.objects.waveform_view import WaveformView


class ObjectView(QFrame):
    """Shows what `ObjectsController` has open."""

    def __init__(self, ui: CommandUi) -> None:
        super().__init__()
        self.setObjectName("viewerGround")
        self._ui = ui
        self._objects = ui.session.get(ObjectsController)
        self._layers = ui.session.get(LayersController)
        self.back = push(tr("Show images again"), icon_name="photo")
        self.back.clicked.connect(lambda: ui.run("object.close"))
        self.title = Elided(size="title")
        self.apply = push(tr("Apply to the images"), icon_name="contrast", kind="primary")
        self.apply.clicked.connect(self._apply)
        self.export = push(tr("Export"), icon_name="file-export")
        self.export.clicked.connect(self._export)
        self.siblings = Choice()
        self.siblings.setAccessibleName(tr("Objects of the series"))
        self.siblings.activated.connect(self._choose)
        self._body = QVBoxLayout()
        self._body.setContentsMargins(0, 0, 0, 0)
        head = row(
            self.back,
            8,
            self.title,
            None,
            self.export,
            8,
            self.apply,
            8,
            self.siblings,
            margins=(12, 8, 12, 8),
        )
        self.setLayout(column(head, self._body, gap=0))
        self.content: QWidget | None = None
        ui.listen(self._objects.changed, self._show)
        ui.listen(self._layers.changed, self._offer)

    @property
    def is_open(self) -> bool:
        """There is an object to show."""
        return self._objects.shown is not None

    def _show(self) -> None:
        focus = QApplication.focusWidget()  # of a page that goes it would fall to whatever is next
        held = self.content is not None and focus is not None and self.content.isAncestorOf(focus)
        clear(self._body)
        self.content = None
        shown = self._objects.shown
        if shown is None:
            return
        self.title.setText(tr(shown.entry.kind))
        self._offer()
        self.export.setVisible(self._ui.may(EXPORT))
        self.siblings.clear()
        for place, entry in enumerate(shown.siblings, 1):
            number = entry.number if entry.number is not None else place
            self.siblings.addItem(f"{tr(entry.kind)} {number}")
        self.siblings.setCurrentIndex(shown.siblings.index(shown.entry))
        self.siblings.setVisible(len(shown.siblings) > 1)
        self.content = self._made(shown)
        self._body.addWidget(self.content)
        if held:
            self.back.setFocus()

    def _offer(self) -> None:
        """What can be shown over images has a button for it: a presentation state always, others over the
        active ones.
        """
        shown = self._objects.shown
        state = shown is not None and shown.entry.kind is ObjectKind.PRESENTATION_STATE
        self.apply.setText(tr("Apply to the images") if state else tr("Show over the images"))
        self.apply.setVisible(state or self._layer() is not None)

    def _layer(self) -> LayerEntry | None:
        """The open object as a layer over the active images."""
        shown = self._objects.shown
        if shown is None:
            return None
        return next((one for one in self._layers.available if one.entry == shown.entry), None)

    def _apply(self) -> None:
        shown, layer = self._objects.shown, self._layer()
        if shown is not None and shown.entry.kind is ObjectKind.PRESENTATION_STATE:
            self._ui.run("presentation.apply", shown.entry)
        elif layer is not None:
            self._ui.run("object.close")
            self._ui.run("layer.show", layer)

    def _export(self) -> None:
        """Ask for the folder."""
        chosen = QFileDialog.getExistingDirectory(self, tr("Export object"))
        if chosen:
            self._ui.run("object.export", chosen)

    def _choose(self, place: int) -> None:
        shown = self._objects.shown
        if shown is not None:
            entry = shown.siblings[place]
            self._ui.run("object.open", entry.series_uid, entry.sop_uid)

    def _made(self, shown: OpenObject) -> QWidget:
        content = shown.content
        if isinstance(content, Page):
            return PageView(content)
        if isinstance(content, PdfDocument):
            return PdfView(content, partial(self._fetch, shown))
        return _WaveformPages(content)

    def _fetch(
        self, shown: OpenObject, number: int, width_px: int, came: Callable[[PagePicture], None]
    ) -> None:
        service, actor = self._ui.session.station.get(ObjectService), self._ui.session.user.actor

        def put(picture: PagePicture) -> None:
            if self._objects.shown is shown:
                came(picture)

        self._ui.quietly(lambda: service.page_picture(actor, shown.entry, number, width_px), put)


class _WaveformPages(QWidget):
    """A waveform: one group at a time, what was said of it, and how large it is drawn."""

    def __init__(self, waveform: Waveform) -> None:
        super().__init__()
        self._waveform = waveform
        self.groups = Choice()
        self.groups.setAccessibleName(tr("Groups of channels"))
        for n, group in enumerate(waveform.groups, 1):
            name = group.label or tr("Group {n}", n=n)
            self.groups.addItem(f"{name} · {group.frequency_hz:g} Hz · {group.duration_s:.1f} s")
        self.groups.currentIndexChanged.connect(self._draw)
        larger, smaller = icon_button("plus", tr("Larger")), icon_button("zoom-in", tr("Original size"))
        larger.clicked.connect(lambda: self._zoom(1.25))
        smaller.clicked.connect(lambda: self._zoom(None))
        scale = label(tr("25 mm/s · 10 mm/mV"), tone="muted")
        notes = label("  ·  ".join(waveform.notes), tone="muted", wrap=True)
        notes.setVisible(bool(waveform.notes))
        self._body = QVBoxLayout()
        head = row(self.groups, scale, None, larger, smaller, margins=(12, 0, 12, 6))
        self.setLayout(column(head, self._body, row(notes, margins=(12, 6, 12, 8)), gap=0))
        self.view: WaveformView | None = None
        self._draw()

    def _draw(self) -> None:
        clear(self._body)
        self.view = WaveformView(self._waveform.groups[max(0, self.groups.currentIndex())])
        self._body.addWidget(self.view)

    def _zoom(self, factor: float | None) -> None:
        if self.view is not None:
            self.view.paper.set_zoom(1.0 if factor is None else self.view.paper.zoom * factor)
