"""Views to the clipboard, to a picture file, to paper."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QBuffer, QIODevice, QMarginsF, QRectF, Qt
from PySide6.QtGui import QGuiApplication, QImage, QPageLayout, QPainter
from PySide6.QtPrintSupport import QPrintDialog, QPrinter
from PySide6.QtWidgets import QDialog, QFileDialog, QWidget

from app.errors import Refused, Unavailable
from app.i18n import tr
from app.people.rights import EXPORT
from app.reading.picture_service import PictureService, picture_name
from app.session.commands import Command
from app.viewing.screen import Viewport
from widgets.command_ui import CommandUi
from widgets.panels.reading.film_painting import paper_font

#: longest side of a picture file, pixels, and the width in pixels of a screen that its texts are made for
FILE_PX, DESIGN_PX = 2048, 900
#: dots of the printer to an inch; the width of a view on paper that texts are made for
PRINT_DPI, PRINT_DESIGN_PX = 300, 600
_NOT_FOR_DIAGNOSIS = "For research; must not be the sole basis of a diagnosis"


def may_take_images_out(ui: CommandUi) -> bool:
    """There is an image in the active view, and this person may export."""
    return ui.session.screen.active_viewport.image is not None and ui.may(EXPORT)


class ViewOutput:
    """Commands of the reading workspace that need the window: clipboard, file dialog, printer."""

    def __init__(self, ui: CommandUi, parent: QWidget) -> None:
        self._ui = ui
        self._parent = parent

    def commands(self) -> Sequence[Command]:
        """Copy, save, print."""
        return (
            Command(
                "view.copy",
                "Copy view without identity",
                self.copy,
                key="Ctrl+Shift+C",
                icon="copy",
                where="read",
                enabled=self._can,
            ),
            Command(
                "view.save",
                "Save view as picture",
                self.ask_and_save,
                key="Ctrl+S",
                where="read",
                enabled=self._can,
            ),
            Command(
                "layout.print",
                "Print views",
                self.ask_and_print,
                also="PDF paper",
                key="Ctrl+P",
                icon="printer",
                where="read",
                enabled=self._can,
            ),
        )

    def _can(self) -> bool:
        return may_take_images_out(self._ui)

    # -- one view -------------------------------------------------------------------------------------------

    def copy(self) -> None:
        """The active view to the clipboard, without the texts that say who the patient is."""
        session = self._ui.session
        picture = QImage.fromData(self._file_picture(named=False))
        service, actor, study_uid = session.station.get(PictureService), session.user.actor, self._study_uid()

        def noted(_: None) -> None:
            QGuiApplication.clipboard().setImage(picture)
            session.dispatcher.tell(tr("The view is on the clipboard, without the patient's name."))

        self._ui.quietly(lambda: service.note(actor, study_uid, "clipboard", named=False), noted)

    def ask_and_save(self) -> None:
        """Ask for the file and whether texts that name the patient go along."""
        kinds = self._kinds()
        study = self._ui.session.study.required
        suggested = picture_name(study, "view") + ".png"
        chosen, kind = QFileDialog.getSaveFileName(
            self._parent, tr("Save view as picture"), suggested, ";;".join(kinds)
        )
        if chosen:
            named, ending = kinds[kind]
            path = Path(chosen)
            self.save(path if path.suffix else path.with_suffix(ending), named=named)

    def save(self, path: Path, *, named: bool) -> None:
        """The active view to a PNG or JPEG file, by its ending."""
        session = self._ui.session
        data = self._file_picture(named=named)
        if path.suffix.lower() in (".jpg", ".jpeg"):
            data = _jpeg(QImage.fromData(data))
        service, actor, study_uid = session.station.get(PictureService), session.user.actor, self._study_uid()
        self._ui.quietly(
            lambda: service.save(actor, study_uid, data, path, named=named),
            lambda saved: session.dispatcher.tell(tr("The view was saved as {name}.", name=saved.name)),
        )

    def _kinds(self) -> dict[str, tuple[bool, str]]:
        return {
            tr("PNG without the patient's name") + " (*.png)": (False, ".png"),
            tr("PNG with all texts") + " (*.png)": (True, ".png"),
            tr("JPEG without the patient's name") + " (*.jpg)": (False, ".jpg"),
            tr("JPEG with all texts") + " (*.jpg)": (True, ".jpg"),
        }

    def _study_uid(self) -> str:
        uid = self._ui.session.screen.active_viewport.study_uid
        return str(uid) if uid is not None else ""

    def _file_picture(self, *, named: bool) -> bytes:
        screen = self._ui.session.screen
        return self._picture(
            screen.active_viewport, picture_shape(screen.active_viewport), FILE_PX / DESIGN_PX, named=named
        )

    def _picture(self, viewport: Viewport, size_px: tuple[int, int], ratio: float, *, named: bool) -> bytes:
        session = self._ui.session
        if session.draw_view is None:
            raise Unavailable("Pictures need a graphical application; it is not started.")
        return session.draw_view(session.screen, viewport.viewport_id, size_px, ratio, named=named)

    # -- all views ------------------------------------------------------------------------------------------

    def ask_and_print(self) -> None:
        """Ask for a printer (or a PDF file) and print what stands on the screen."""
        printer = QPrinter(QPrinter.PrinterMode.HighResolution)
        printer.setDocName(picture_name(self._ui.session.study.required, "views"))
        printer.setPageOrientation(QPageLayout.Orientation.Landscape)
        if QPrintDialog(printer, self._parent).exec() == QDialog.DialogCode.Accepted:
            self.print_to(printer)

    def print_to(self, printer: QPrinter) -> None:
        """The views in their layout on one page, with who, what and when above, and its limits below."""
        session = self._ui.session
        service, actor, study_uid = session.station.get(PictureService), session.user.actor, self._study_uid()
        self._ui.quietly(
            lambda: service.note(actor, study_uid, "printer", named=True),
            lambda _: session.dispatcher.attempt(lambda: self._print(printer)),
        )

    def _print(self, printer: QPrinter) -> None:
        printer.setResolution(PRINT_DPI)
        printer.setPageMargins(QMarginsF(10, 10, 10, 10), QPageLayout.Unit.Millimeter)
        painter = QPainter()
        if not painter.begin(printer):
            raise Unavailable("The printer takes no pages.", hint="Choose another one, or a PDF file.")
        try:
            self._paint_page(painter, QRectF(painter.viewport()))
        finally:
            painter.end()

    def _paint_page(self, painter: QPainter, page: QRectF) -> None:
        session = self._ui.session
        study = session.study.required
        font = paper_font()
        font.setPointSizeF(10)
        painter.setFont(font)
        line = painter.fontMetrics().height() * 1.4
        when = f"{study.started_at:%Y-%m-%d %H:%M}" if study.started_at else ""
        head = "   ".join(
            x for x in (study.patient.display_name, study.patient.patient_id, study.description, when) if x
        )
        painter.drawText(
            QRectF(page.left(), page.top(), page.width(), line), Qt.AlignmentFlag.AlignLeft, head
        )
        foot = QRectF(page.left(), page.bottom() - line, page.width(), line)
        painter.drawText(foot, Qt.AlignmentFlag.AlignLeft, tr(_NOT_FOR_DIAGNOSIS))
        painter.drawText(foot, Qt.AlignmentFlag.AlignRight, study.institution)
        area = QRectF(page.left(), page.top() + line, page.width(), page.height() - 2 * line)
        printed = 0
        for viewport in session.screen.shown:
            alone = len(session.screen.shown) == 1
            cell = session.screen.cell(viewport.viewport_id)
            box = (
                area
                if alone
                else QRectF(
                    area.left() + cell.x * area.width(),
                    area.top() + cell.y * area.height(),
                    cell.width * area.width(),
                    cell.height * area.height(),
                )
            )
            printed += self._paint_view(painter, viewport, box.adjusted(4, 4, -4, -4))
        if not printed:
            raise Refused("No view with images can be printed.", hint="Wait until they have arrived.")

    def _paint_view(self, painter: QPainter, viewport: Viewport, box: QRectF) -> bool:
        """A view in its place; False where it shows no image that can be drawn."""
        ratio = box.width() / PRINT_DESIGN_PX
        size = (PRINT_DESIGN_PX, max(round(box.height() / ratio), 1))
        try:
            picture = QImage.fromData(self._picture(viewport, size, ratio, named=True))
        except Unavailable:
            return False
        painter.drawImage(box, picture)
        return True


def picture_shape(viewport: Viewport) -> tuple[int, int]:
    """Square for planes of a volume; the image's own shape for single images."""
    frames = viewport.display_set.frames if viewport.display_set is not None else ()
    if not frames or viewport.display_set is None or viewport.display_set.geometry is not None:
        return DESIGN_PX, DESIGN_PX
    share = min(max(frames[0].rows / frames[0].columns, 0.4), 2.5)
    return DESIGN_PX, round(DESIGN_PX * share)


def _jpeg(image: QImage) -> bytes:
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    if not image.save(buffer, "JPEG", 95):  # type: ignore[call-overload]
        raise Unavailable("The picture could not be written.")
    return bytes(buffer.data().data())
