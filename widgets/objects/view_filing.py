"""Views filed in their study as DICOM images: one or all, with or without texts."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QImage, QPainter
from PySide6.QtWidgets import QCheckBox, QWidget

from app.domain.picture import CapturedPicture
from app.domain.pixel import SpacingSource
from app.errors import Refused, Unavailable
from app.i18n import tr
from app.notifications import explain
from app.objects.filing import FilingService
from app.objects.layers import LayersController
from app.objects.rights import FILE_OBJECT
from app.session.commands import Command
from app.viewing.captures import shown_sources
from app.viewing.resolve import facts_of, resolve
from app.viewing.screen import Viewport
from widgets.command_ui import CommandUi
from widgets.elements import Choice, label
from widgets.form_dialog import FormDialog

#: longest side of a picture in pixels; the longer side of the screen that its texts are made for, at least
LONGEST_PX, _DESIGN_PX = 2048, 900
_GAP_PX = 4.0
#: the choice of an image for every view; so many are taken as large as a single one
_APART, _FEW = 2, 4
#: a picture, and the views that it shows
TakenPicture = tuple[CapturedPicture, tuple[Viewport, ...]]


class ViewFiling:
    """The command that asks what is to be filed, and files it."""

    def __init__(self, ui: CommandUi, parent: QWidget) -> None:
        self._ui = ui
        self._parent = parent
        self.dialog: FilingDialog | None = None

    def commands(self) -> Sequence[Command]:
        """File the view."""
        return (
            Command(
                "view.file",
                "File views in the study",
                self.ask,
                key="Ctrl+Shift+S",
                icon="photo",
                where="read",
                enabled=self._can,
            ),
        )

    def _can(self) -> bool:
        viewport, study = self._ui.session.screen.active_viewport, self._ui.session.study
        is_own = viewport.study_uid is not None and study.is_open(viewport.study_uid)
        return viewport.image is not None and is_own and self._ui.may(FILE_OBJECT)

    def ask(self) -> None:
        """Ask which views and which texts."""
        self.dialog = FilingDialog(self._ui, self._parent)
        self.dialog.open()


class FilingDialog(FormDialog):
    """Which views, and whether texts go along; the patient's name only where it is asked for."""

    def __init__(self, ui: CommandUi, parent: QWidget) -> None:
        super().__init__(ui, tr("File views in the study"), tr("File it"), parent)
        self._left_out, self._apart = 0, False
        self.views = Choice()
        self.views.addItem(tr("The active view"))
        self.views.addItem(tr("All views in their layout"))
        self.views.addItem(tr("All views, an image each"))
        self.views.setAccessibleName(tr("Views"))
        self.views.setEnabled(len(ui.session.screen.shown) > 1)
        self.texts = QCheckBox(tr("With the texts in the corners"))
        self.texts.setChecked(True)
        self.named = QCheckBox(tr("With the patient's name"))
        self.texts.toggled.connect(self.named.setEnabled)
        note = tr("A new series of the study, an image of 8 bits as the screen shows it; originals stay.")
        self.add_parts(label(note, tone="muted", wrap=True), self.views, self.texts, self.named)

    def act(self) -> Callable[[], Any] | str:
        session, texts = self._ui.session, self.texts.isChecked()
        named = texts and self.named.isChecked()
        active = session.screen.active_viewport
        viewports = session.screen.shown if self.views.currentIndex() else (active,)
        taken = separate_pictures if self.views.currentIndex() == _APART else _one_picture
        try:
            pictures = taken(self._ui, viewports, named=named, texts=texts)
        except (Refused, Unavailable) as refusal:
            told = explain(refusal)
            return f"{told.message} {told.hint}".strip()
        at, drawn = datetime.now(UTC).astimezone(), [one for _, views in pictures for one in views]
        shown = [(picture, shown_sources(views)) for picture, views in pictures]
        self._left_out, self._apart = len(viewports) - len(drawn), taken is separate_pictures
        service, actor = session.station.get(FilingService), session.user.actor
        study_uid = session.study.required.study_uid
        when = f"{at:%Y-%m-%d %H:%M}"
        title = active.title[:47].strip() if len(drawn) == 1 else tr("Views")
        description = " ".join(part for part in (title, when) if part)

        def work() -> Any:
            return service.file_pictures(
                actor, study_uid, shown, named=named, description=description, made_at=at
            )

        return work

    def done_with(self, result: object) -> None:
        """Say that it is filed, and show it in the lists."""
        session = self._ui.session
        told = tr("The picture is filed in the study as a new series.")
        if self._left_out and self._apart:
            told += " " + tr("Views that show no image yet are not in it: {n}.", n=self._left_out)
        elif self._left_out:
            told += " " + tr("Views that show no image yet are black in it: {n}.", n=self._left_out)
        session.dispatcher.tell(told)
        if session.study.study is not None:
            session.archive_changed.emit(session.study.study.study_uid)
            session.get(LayersController).look_again()


def _one_picture(
    ui: CommandUi, viewports: Sequence[Viewport], *, named: bool, texts: bool
) -> list[TakenPicture]:
    return [layout_picture(ui, viewports, named=named, texts=texts)]


def separate_pictures(
    ui: CommandUi, viewports: Sequence[Viewport], *, named: bool, texts: bool
) -> list[TakenPicture]:
    """A picture of every view that can be drawn, all of the active view's size; `Refused` where none can."""
    box = _box(ui, ui.session.screen.active_viewport, alone=True)
    longest = LONGEST_PX if len(viewports) <= _FEW else LONGEST_PX // 2
    ratio = longest / max(box.width(), box.height())
    size = (round(box.width() * ratio), round(box.height() * ratio))
    found: list[TakenPicture] = []
    for viewport in viewports:
        part = _drawn(ui, viewport, box, ratio, named=named, texts=texts)
        if part is not None:
            image = part.convertToFormat(QImage.Format.Format_RGB888)
            if (image.width(), image.height()) != size:
                image = image.scaled(*size)
            found.append((_captured(image, None), (viewport,)))
    if not found:
        raise Refused("No view with images can be filed.", hint="Wait until they have arrived.")
    if len(found) == 1:  # an image of its own has the size of its pixels
        return _one_picture(ui, found[0][1], named=named, texts=texts)
    return found


def layout_picture(ui: CommandUi, viewports: Sequence[Viewport], *, named: bool, texts: bool) -> TakenPicture:
    """The views at their places on the screen, and those that could be drawn; `Refused` where none can."""
    boxes = {viewport.viewport_id: _box(ui, viewport, alone=len(viewports) == 1) for viewport in viewports}
    width = max(box.right() for box in boxes.values())
    height = max(box.bottom() for box in boxes.values())
    ratio = LONGEST_PX / max(width, height)
    image = QImage(round(width * ratio), round(height * ratio), QImage.Format.Format_RGB888)
    image.fill(Qt.GlobalColor.black)
    painter, drawn = QPainter(image), []
    try:
        for viewport in viewports:
            box = boxes[viewport.viewport_id]
            part = _drawn(ui, viewport, box, ratio, named=named, texts=texts)
            if part is not None:
                place = QRectF(box.x() * ratio, box.y() * ratio, box.width() * ratio, box.height() * ratio)
                painter.drawImage(place, part)
                drawn.append(viewport)
    finally:
        painter.end()
    if not drawn:
        raise Refused("No view with images can be filed.", hint="Wait until they have arrived.")
    spacing_mm = (
        _spacing_mm(ui, viewports[0], boxes[viewports[0].viewport_id], ratio) if len(viewports) == 1 else None
    )
    return _captured(image, spacing_mm), tuple(drawn)


def _spacing_mm(ui: CommandUi, viewport: Viewport, box: QRectF, ratio: float) -> tuple[float, float] | None:
    """Of a view of one plane whose distances are those in the patient: the sheet is drawn true to scale."""
    size = (round(box.width()), round(box.height()))
    shown = resolve(viewport, facts_of(ui.session.screen, viewport.viewport_id), size)
    if shown is None or shown.plane.source is not SpacingSource.PATIENT:
        return None
    pixel = 1 / (shown.placement.px_per_unit * ratio)
    return pixel, pixel


def _drawn(
    ui: CommandUi, viewport: Viewport, box: QRectF, ratio: float, *, named: bool, texts: bool
) -> QImage | None:
    """None of a view that shows no image that can be drawn."""
    session = ui.session
    if session.draw_view is None:
        raise Unavailable("Pictures need a graphical application; it is not started.")
    size = (max(round(box.width()), 1), max(round(box.height()), 1))
    try:
        png = session.draw_view(session.screen, viewport.viewport_id, size, ratio, named=named, texts=texts)
    except Unavailable:
        return None
    return QImage.fromData(png)


def _box(ui: CommandUi, viewport: Viewport, *, alone: bool) -> QRectF:
    """Where the view lies on a picture whose longer side is as long as on the screen, or a little longer."""
    width, height = viewport.tile_px if min(viewport.tile_px) > 0 else (_DESIGN_PX, _DESIGN_PX)
    if alone:
        larger = max(_DESIGN_PX / max(width, height), 1.0)
        return QRectF(0, 0, width * larger, height * larger)
    cell = ui.session.screen.cell(viewport.viewport_id)
    whole_width, whole_height = width / cell.width, height / cell.height
    gap = _GAP_PX / 2
    return QRectF(
        cell.x * whole_width, cell.y * whole_height, cell.width * whole_width, cell.height * whole_height
    ).adjusted(gap, gap, -gap, -gap)


def _captured(image: QImage, spacing_mm: tuple[float, float] | None) -> CapturedPicture:
    width, height, stride = image.width(), image.height(), image.bytesPerLine()
    bits = bytes(image.constBits())
    rgb = b"".join(bits[line * stride : line * stride + 3 * width] for line in range(height))
    return CapturedPicture(height, width, rgb, spacing_mm)
