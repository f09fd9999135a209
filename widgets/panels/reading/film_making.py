"""Making films of a series or of the views: a PDF, a printer, a page to look at; in the background."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TypeVar

from PySide6.QtGui import QImage, QPagedPaintDevice, QPainter, QPdfWriter
from PySide6.QtPrintSupport import QPrinter

from app.errors import Cancelled, Unavailable
from app.i18n import tr
from app.jobs import Job, Progress
from app.jobs.runner import Cancelling
from app.reading.picture_service import PictureService, picture_name
from app.session.session import Session
from app.viewing.film import Film, FilmImage, Page
from app.viewing.screen import StudyRole, Viewport
from widgets.panels.reading.film_painting import Draw, FilmHead, FilmPainter, page_layout, page_picture
from widgets.panels.reading.window_thread import from_window

T = TypeVar("T")
#: dots to an inch of images, and of lines and texts
IMAGE_DPI, LINE_DPI = 300, 600


@dataclass(frozen=True, slots=True)
class FilmJob:
    """Pages to be made, with what stands above them."""

    film: Film
    pages: Sequence[Page]
    #: images of all pages together
    count: int
    head: FilmHead
    study_uid: str


class FilmMaker:
    """Makes films of a session's views; the images stay in memory until they are made."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def name(self) -> str:
        """Which study, of a file."""
        return picture_name(self._session.study.required, "film")

    def head(self, views: Sequence[Viewport], *, named: bool) -> FilmHead:
        """What stands above the images of views: their study and series where all show one, else the study
        that is read, for each image says then whose it is.
        """
        study, first = self._session.study, views[0]
        one = all(view.study_uid == first.study_uid for view in views)
        owners = (owner for owner in (study.required, *study.priors) if owner.study_uid == first.study_uid)
        owner = next(owners, study.required) if one else study.required
        beside = first.beside_word if one and first.role is StudyRole.PRIOR else ""
        series = {view.title for view in views}
        return FilmHead.of(owner, series.pop() if len(series) == 1 else "", beside=beside, named=named)

    def preview(
        self, job: FilmJob, number: int, width_px: int, done: Callable[[QImage], None]
    ) -> Job[QImage]:
        """One page as a picture; it leaves the station not."""

        def work(*, progress: Progress, cancelled: Cancelling) -> QImage:
            page, pages = job.pages[number - 1], len(job.pages)
            draw = self._draw(cancelled)
            return page_picture(job.film, job.head, page, draw, number=number, pages=pages, width_px=width_px)

        return self._run("", job, work, done)

    def save(self, job: FilmJob, path: Path) -> Job[Path]:
        """All pages as a PDF; with its row in the audit."""
        session = self._session
        service, actor = session.station.get(PictureService), session.user.actor

        def work(*, progress: Progress, cancelled: Cancelling) -> Path:
            def write(part: Path) -> None:
                writer = QPdfWriter(str(part))
                writer.setCreator("YingShu")
                writer.setTitle(path.stem)
                self._paint(writer, job, progress, cancelled)

            return service.save_film(actor, job.study_uid, write, path, named=job.film.named)

        def told(saved: Path) -> None:
            session.dispatcher.tell(tr("The film was saved as {name}.", name=saved.name))

        return self._run(tr("Making film"), job, work, told)

    def print_to(self, job: FilmJob, printer: QPrinter) -> Job[None]:
        """All pages to a printer; with its row in the audit."""
        session = self._session
        service, actor = session.station.get(PictureService), session.user.actor
        printer.setFullPage(True)

        def work(*, progress: Progress, cancelled: Cancelling) -> None:
            service.note(actor, job.study_uid, "film printer", named=job.film.named)
            self._paint(printer, job, progress, cancelled)

        def told(_: None) -> None:
            session.dispatcher.tell(tr("The film was sent to the printer."))

        return self._run(tr("Making film"), job, work, told)

    def _run(self, title: str, job: FilmJob, work: Callable[..., T], done: Callable[[T], None]) -> Job[T]:
        session = self._session
        images = dict.fromkeys(one.view.image for one in job.pages[0])  # later pages show no others
        with ExitStack() as holding:  # one of several may be on its way off the screen
            for image in images:
                if image is not None:
                    holding.callback(session.loaded.hold(image).release)
            held = holding.pop_all()
        return session.dispatcher.follow(session.station.jobs.submit(title, work), done, always=held.close)

    def _draw(self, cancelled: Cancelling) -> Draw:
        session = self._session

        def make(image: FilmImage, ratio: float) -> bytes:
            if session.draw_view is None:
                raise Unavailable("Pictures need a graphical application; it is not started.")
            return session.draw_view(
                session.screen,
                image.view.viewport_id,
                image.size_px,
                ratio,
                named=False,
                instead=image.view,
                quick=True,
                facts=image.facts,
            )

        return lambda image, ratio: from_window(session.dispatcher, partial(make, image, ratio), cancelled)

    def _paint(
        self, device: QPagedPaintDevice, job: FilmJob, progress: Progress, cancelled: Cancelling
    ) -> None:
        if isinstance(device, QPdfWriter | QPrinter):
            device.setResolution(LINE_DPI)
        device.setPageLayout(page_layout(job.film))
        painter = QPainter()
        _require(painter.begin(device))
        total, done = job.count, 0
        try:
            px_per_mm = device.logicalDpiX() / 25.4
            painting = FilmPainter(painter, px_per_mm, job.film, job.head, IMAGE_DPI)
            draw = self._draw(cancelled)
            for number, page in enumerate(job.pages, start=1):
                _require(number == 1 or device.newPage())
                painting.begin(number, len(job.pages))
                for image in page:
                    if cancelled():
                        raise Cancelled
                    painting.image(image, draw)
                    done += 1
                    progress(done / total, done, total)
        except BaseException:
            if isinstance(device, QPrinter):
                device.abort()
            raise
        finally:
            painter.end()


def _require(goes_on: bool) -> None:
    if not goes_on:
        raise Unavailable("The printer takes no pages.", hint="Choose another one, or a PDF file.")
