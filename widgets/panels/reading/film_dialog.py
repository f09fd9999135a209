"""What a film is to hold, with its pages before they leave the station."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QImage, QPixmap
from PySide6.QtPrintSupport import QPrintDialog, QPrinter
from PySide6.QtWidgets import QCheckBox, QDialog, QFileDialog, QFormLayout, QLabel, QSizePolicy, QWidget
from shiboken6 import isValid

from app.errors import UserError
from app.i18n import tr
from app.jobs import Job
from app.notifications import explain
from app.viewing.film import FORMATS, MOST, Film, Page, cut_off_mm, picked, series_pages, views_page
from app.viewing.layouts import Layout
from app.viewing.links import count_of
from app.viewing.wording import number
from widgets.command_ui import CommandUi
from widgets.dialogs import Dialog
from widgets.elements import Choice, column, icon_button, label, row
from widgets.notices import Refusal
from widgets.number_fields import WholeField
from widgets.panels.reading.film_making import FilmJob, FilmMaker
from widgets.panels.reading.film_painting import page_layout

#: room of the preview, and how long a person may still be choosing
_PREVIEW_PX, _PREVIEW_HIGH_PX, _PAUSE_MS = 400, 470, 250
_ENDING = ".pdf"


class FilmDialog(Dialog):
    """Of the active view's series, or of the views as they stand."""

    def __init__(self, ui: CommandUi, maker: FilmMaker, parent: QWidget) -> None:
        super().__init__(tr("Print film"), parent, width=820)
        self._ui, self._maker = ui, maker
        self._live = ui.session.screen.active_viewport
        self._count = max(count_of(self._live), 1)
        self._job: FilmJob | None = None
        self._drawing: Job[QImage] | None = None
        self._page = 1
        self._make_lines()
        self.problem = Refusal()
        self.said = label("", tone="muted", wrap=True)
        self.preview = QLabel()
        self.preview.setFixedSize(_PREVIEW_PX, _PREVIEW_HIGH_PX)
        self.preview.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.preview.setAccessibleName(tr("Preview of the page"))
        self.at = label("", tone="muted")
        self.back = icon_button("chevron-left", tr("Previous page"))
        self.forth = icon_button("chevron-right", tr("Next page"))
        self.back.clicked.connect(lambda: self._turn(-1))
        self.forth.clicked.connect(lambda: self._turn(1))
        form = QFormLayout()
        form.setLabelAlignment(Qt.AlignmentFlag.AlignLeft)
        form.setVerticalSpacing(8)
        grid = row(self.rows, _between("×"), self.columns, None, gap=6)
        chosen = row(self.first, _between("–"), self.last, None, gap=6)
        for title, line in (
            (tr("Content"), self.content),
            (tr("Size"), self.format),
            (tr("Orientation"), self.orientation),
            (tr("Rows × columns"), grid),
            (tr("Images"), chosen),
            (tr("Step"), row(self.step, None)),
            (tr("Scale"), self.scale),
        ):
            form.addRow(label(title), line)
        left = column(form, self.black, self.named, self.said, self.problem, None, gap=10)
        below = row(None, self.back, self.at, self.forth, None, gap=8)
        self.body.addLayout(row(left, column(self.preview, below, gap=6), gap=24))
        self.cancel = self.add_button(tr("Cancel"))
        self.cancel.clicked.connect(self.reject)
        self.save_button = self.add_button(tr("Save as PDF"))
        self.save_button.clicked.connect(self.ask_and_save)
        self.print_button = self.add_button(tr("Print"), kind="primary", icon_name="printer", default=True)
        self.print_button.clicked.connect(self.ask_and_print)
        self._later = QTimer(self)
        self._later.setSingleShot(True)
        self._later.setInterval(_PAUSE_MS)
        self._later.timeout.connect(self.look)
        self._listen()
        self.look()

    # -- lines ----------------------------------------------------------------------------------------------

    def _make_lines(self) -> None:
        grid = _grid_of(self._ui.session.screen.layout) if self._count > 1 else (1, 1)
        self.content = _choice(tr("Content"), (tr("Series of the active view"), tr("Views as they stand")))
        self.format = _choice(tr("Size"), [tr(one.title) for one in FORMATS])
        self.orientation = _choice(tr("Orientation"), (tr("Portrait"), tr("Landscape")))
        self.scale = _choice(tr("Scale"), (tr("Fitted"), tr("True size 1:1")))
        self.rows = _number(tr("Rows"), 1, MOST, grid[0])
        self.columns = _number(tr("Columns"), 1, MOST, grid[1])
        self.first = _number(tr("First image"), 1, self._count, 1)
        self.last = _number(tr("Last image"), 1, self._count, self._count)
        self.step = _number(tr("Step"), 1, max(self._count - 1, 1), 1)
        self.black = QCheckBox(tr("Black ground"))
        self.black.setChecked(True)
        self.named = QCheckBox(tr("Patient, institution and date"))
        self.named.setChecked(True)

    def _listen(self) -> None:
        for choice in (self.content, self.orientation, self.scale):
            choice.currentIndexChanged.connect(lambda _: self._later.start())
        self.format.currentIndexChanged.connect(self._other_format)
        for line in (self.rows, self.columns, self.first, self.last, self.step):
            line.valueChanged.connect(lambda _: self._later.start())
        for box in (self.black, self.named):
            box.toggled.connect(lambda _: self._later.start())

    def _other_format(self, index: int) -> None:
        """Film is black, paper white, until somebody says otherwise."""
        self.black.setChecked(FORMATS[index].name not in ("a3", "a4"))
        self._later.start()

    def film(self) -> Film:
        """The film as it is chosen."""
        return Film(
            FORMATS[self.format.currentIndex()],
            landscape=self.orientation.currentIndex() == 1,
            rows=self.rows.value(),
            columns=self.columns.value(),
            true_size=self.scale.currentIndex() == 1,
            black=self.black.isChecked(),
            named=self.named.isChecked(),
        )

    # -- preview --------------------------------------------------------------------------------------------

    def look(self) -> None:
        """Make the pages of what is chosen; say why they cannot be, and draw one of them."""
        series = self.content.currentIndex() == 0
        for line in (self.rows, self.columns, self.first, self.last, self.step):
            line.setEnabled(series)
        film = self.film()
        try:
            pages, count = self._pages(film, series=series)
            said = self._told(pages[0], len(pages), count, film)
        except UserError as error:
            told = explain(error)
            self.problem.say(f"{told.message} {told.hint}".strip())
            self._job = None
            self.said.setText("")
        else:
            self.problem.hide()
            shown = (self._live,) if series else [image.view for image in pages[0]]
            head = self._maker.head(shown, named=film.named)
            self._job = FilmJob(film, pages, count, head, str(self._live.study_uid or ""))
            self.said.setText(said)
        for button in (self.save_button, self.print_button):
            button.setEnabled(self._job is not None)
        self._draw()

    def _pages(self, film: Film, *, series: bool) -> tuple[Sequence[Page], int]:
        """The pages, and how many images they hold."""
        screen = self._ui.session.screen
        if not series:
            pages = views_page(screen, film)
            return pages, len(pages[0])
        indices = picked(self.first.value(), self.last.value(), self.step.value(), self._count)
        return series_pages(screen, film, indices), len(indices)

    def _told(self, first: Page, pages: int, images: int, film: Film) -> str:
        said = [tr("Images: {images} · pages: {pages}", images=images, pages=pages)]
        across, down = cut_off_mm(first[0]) if film.true_size else (0.0, 0.0)
        if max(across, down) >= 1:
            said.append(
                tr(
                    "The edges are cut off: {across} mm in width, {down} mm in height.",
                    across=number(across, 0),
                    down=number(down, 0),
                )
            )
        return "\n".join(said)

    def _turn(self, step: int) -> None:
        self._page += step
        self._draw()

    def _draw(self) -> None:
        if self._drawing is not None:
            self._drawing.cancel()
            self._drawing = None
        pages = len(self._job.pages) if self._job is not None else 0
        self._page = min(max(self._page, 1), max(pages, 1))
        self.at.setText(tr("Page {n} / {count}", n=self._page, count=pages) if pages else "")
        self.back.setEnabled(self._page > 1)
        self.forth.setEnabled(self._page < pages)
        if self._job is None:
            self.preview.clear()
            return
        ratio = self.devicePixelRatioF()
        width, height = self._job.film.size_mm
        wide = min(_PREVIEW_PX, _PREVIEW_HIGH_PX * width / height)
        job = self._job

        def came(picture: QImage) -> None:
            if isValid(self) and self._job is job:
                picture.setDevicePixelRatio(ratio)
                self.preview.setPixmap(QPixmap.fromImage(picture))

        self._drawing = self._maker.preview(job, self._page, round(wide * ratio), came)

    # -- leaving --------------------------------------------------------------------------------------------

    def ask_and_save(self) -> None:
        """Ask for the file, and make it in the background."""
        chosen, _ = QFileDialog.getSaveFileName(
            self, tr("Save as PDF"), self._maker.name() + _ENDING, f"PDF (*{_ENDING})"
        )
        if chosen:
            path = Path(chosen)
            self.save(path if path.suffix.lower() == _ENDING else path.with_name(path.name + _ENDING))

    def save(self, path: Path) -> Job[Path] | None:
        """Make the file, and close."""
        self.look()
        if self._job is None:
            return None
        made = self._maker.save(self._job, path)
        self.accept()
        return made

    def ask_and_print(self) -> None:
        """Ask for a printer, and print in the background."""
        self.look()
        if self._job is None:
            return
        printer = QPrinter(QPrinter.PrinterMode.HighResolution)
        printer.setDocName(self._maker.name())
        printer.setPageLayout(page_layout(self._job.film))
        if QPrintDialog(printer, self).exec() == QDialog.DialogCode.Accepted:
            self._maker.print_to(self._job, printer)
            self.accept()

    def done(self, result: int) -> None:
        """Closed: what is still being drawn is for nobody."""
        self._later.stop()
        if self._drawing is not None:
            self._drawing.cancel()
        super().done(result)


def _choice(name: str, titles: tuple[str, ...] | list[str]) -> Choice:
    made = Choice()
    made.addItems(titles)
    made.setAccessibleName(name)
    made.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
    return made


def _between(sign: str) -> QLabel:
    """What stands between two numbers, always as wide."""
    made = label(sign)
    made.setAlignment(Qt.AlignmentFlag.AlignCenter)
    made.setFixedWidth(14)
    return made


def _number(name: str, least: int, most: int, value: int) -> WholeField:
    made = WholeField()
    made.setRange(least, most)
    made.setValue(value)
    made.setFixedWidth(72)
    made.setAccessibleName(name)
    return made


def _grid_of(layout: Layout) -> tuple[int, int]:
    """Rows and columns of a grid of several cells; of others those of a usual film."""
    rows, columns = len({c.y for c in layout.cells}), len({c.x for c in layout.cells})
    return (rows, columns) if len(layout.cells) >= 4 and rows * columns == len(layout.cells) else (5, 4)
