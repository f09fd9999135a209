"""The window with ``--demo``: people to log in as, a generated study, an embedded directory."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

from app.archive.service import ArchiveService
from app.bootstrap.window import SessionWindow
from app.demo.directory import embedded_directory
from app.demo.people import Logins, as_buttons, demo_people
from app.demo.study import STUDY_UID, make_demo_study
from app.directory.controller import DirectoryController
from app.domain.person import Role
from app.domain.study import StudyFilter
from app.i18n import tr
from app.notifications import Level
from app.reading.controller import ReadingController
from app.session.station import Station


class DemoWindow:
    """What the demo adds to a window over a home of its own (`app.bootstrap.run.Addition`)."""

    def __init__(self, home: Path) -> None:
        self._home = home
        self._servers = ExitStack()
        self._logins: Logins = {}

    def people(self, station: Station) -> tuple[tuple[str, str, str, str], ...]:
        """(name, role, login, password) of the people who can log in with one click."""
        self._logins = demo_people(station, self._home)
        return as_buttons(self._logins)

    def begin(self, window: SessionWindow) -> None:
        """Log in, start the directory, open the study."""
        session = window.session
        session.user.log_in(*self._logins[Role.REPORTING][1:])

        def start(*, progress: Callable[..., None], cancelled: Callable[[], bool]) -> None:
            self._servers.enter_context(embedded_directory(session.station, self._home, cancelled))

        starting = session.station.jobs.submit(tr("Starting the demo directory"), start)
        session.dispatcher.follow(starting, lambda _: session.get(DirectoryController).changed.emit())
        _open_demo_study(window)

    def close(self) -> None:
        """Stop the directory."""
        self._servers.close()


def _open_demo_study(window: SessionWindow) -> None:
    """Generate the demo study the first time, in a job, and open it."""
    session = window.session
    station, actor = session.station, session.user.actor
    archive = station.get(ArchiveService)

    def show(_: object = None) -> None:
        if not session.user.is_logged_in or session.user.actor != actor or session.study.study is not None:
            return  # somebody else sits here, or reads something else by now
        session.get(ReadingController).open_study(STUDY_UID)
        session.workspaces.show("read")

    if any(row.study.study_uid == STUDY_UID for row in archive.studies(actor, StudyFilter())):
        show()
        return

    def work(*, progress: Callable[..., None], cancelled: Callable[[], bool]) -> None:
        with station.folder.temp_dir() as folder:
            make_demo_study(folder, progress=lambda f, d=0, t=0: progress(0.9 * f), cancelled=cancelled)
            archive.import_paths(actor, [folder / "dicom"], cancelled=cancelled)

    job = station.jobs.submit(tr("Generating the demo study"), work)
    session.dispatcher.follow(job, show, always=lambda: session.archive_changed.emit(STUDY_UID))
    station.notifications.add(
        Level.INFO, tr("The demo study is being generated; it opens when it is ready (about a minute).")
    )
