"""Runs the window, or the main job, from start to end."""

from __future__ import annotations

import json
import logging
import os
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

from app.bootstrap.demo_directory import demo_directory
from app.bootstrap.station import open_station
from app.domain.person import Actor, Role
from app.domain.study import StudyFilter
from app.errors import Refused, Unavailable
from app.i18n import tr
from app.jobs import never_cancelled
from app.jobs.runner import Cancelling
from app.notifications import Level
from app.ports import DemoDirectory
from app.services.station import Station
from app.settings import DirectorySettings, ReportSettings
from app.storage.files import write_atomically
from app.storage.window import raise_other_window

log = logging.getLogger(__name__)

#: files that the main job leaves, beside its folders
RESULTS = (
    "segmentation.dcm",
    "report.pdf",
    "report.cda.xml",
    "report.sr.dcm",
    "report.pdf.dcm",
    "key-objects.dcm",
    "record.json",
    "summary.json",
)

DEMO_HOSPITAL = "县人民医院（演示）"
#: a code of the right form (GB 32100) that belongs to nobody
DEMO_ORG_CODE = "12130608MB0000001X"
SYSTEM = Actor("system", "YingShu", frozenset({Role.ADMINISTRATOR}))


def run_window(home: Path, paths: Sequence[Path], *, language: str | None, demo: bool, own_home: bool) -> int:
    """Open the window until it is closed; the exit status.  A second window on the same folder raises the first."""
    _need_display()
    if demo and not own_home:
        home = home.with_name(home.name + "-demo")
    with ExitStack() as stack:
        servers = stack.enter_context(ExitStack())  # entered first: the directory outlives the jobs that speak to it
        station = stack.enter_context(open_station(home, language=language))
        claim = station.folder.claim_window()
        if claim is None:
            if not raise_other_window(station.folder.path):
                raise Unavailable("The station is open already, and its window does not answer.", hint="Close that program first.")
            print(tr("The station is open already; its window was brought to the front."), file=sys.stderr)
            return 0
        stack.callback(claim.close)

        from app.bootstrap.window import DeskWindow, closing_on_signal, raise_on_request, warm_up, when_idle

        accounts: tuple[tuple[str, str, str, str], ...] = ()
        logins: Mapping[str, tuple[str, str, str]] = {}
        if demo:
            logins = _demo_people(station, home)
            accounts = _as_buttons(logins)
        window = DeskWindow(station, demo=demo, accounts=accounts)
        stack.callback(window.close)
        raise_on_request(window, claim)
        stack.enter_context(closing_on_signal(window))
        window.show()

        def start_directory(*, progress: Callable[..., None], cancelled: Callable[[], bool]) -> None:
            servers.enter_context(_embedded_directory(station, home, cancelled))

        def begin() -> None:
            warm_up(station)
            window.keep_in_touch()
            if demo:
                window.desk.log_in(*logins[Role.REPORTING][1:])
                starting = station.jobs.submit(tr("Starting the demo directory"), start_directory)
                window.desk.follow(starting, lambda _: window.desk.directory_changed.emit())
                _open_demo_study(station, window, home)
            if paths:
                _when_logged_in(window, lambda: window.commands.run("study.import", list(paths)))

        when_idle(window, begin, 50)
        return int(window.app.exec())


def run_main_job(out: Path, *, data: Path | None, language: str, home: Path | None = None) -> int:
    """Do the main job in a window without a person; 0 when no step failed."""
    _need_display()
    out.mkdir(parents=True, exist_ok=True)
    _clear(out)
    with ExitStack() as stack:
        folder = home or Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="yingshu-demo-")))
        station = stack.enter_context(open_station(folder, language=language))
        from app.bootstrap.main_job import MainJob
        from app.bootstrap.window import DeskWindow

        logins = _demo_people(station, folder)
        directory = stack.enter_context(_embedded_directory(station, folder))
        window = DeskWindow(station, demo=True, accounts=_as_buttons(logins), quiet=True)
        stack.callback(window.close)
        window.show((1920, 1080))
        job = MainJob(window, window.commands, directory, {r: (login, pw) for r, (_, login, pw) in logins.items()}, out, data)
        return 0 if job.run() else 7


@contextmanager
def _embedded_directory(station: Station, home: Path, cancelled: Cancelling = never_cancelled) -> Iterator[DemoDirectory]:
    with demo_directory(home / "directory", cancelled=cancelled) as directory:
        login, password = directory.accounts["cataloguer"]
        urls = directory.urls
        where = DirectorySettings(
            county_url=urls["county"],
            city_url=urls["city"],
            province_url=urls["province"],
            hospital_name=DEMO_HOSPITAL,
            org_code=DEMO_ORG_CODE,
            area_code="130608",
            account=login,
            password=password,
        )
        station.settings.set(SYSTEM, where)
        station.settings.set(SYSTEM, ReportSettings(hospital_name=DEMO_HOSPITAL, department="影像科"))
        yield directory


def _demo_people(station: Station, home: Path) -> Mapping[str, tuple[str, str, str]]:
    """The demo's people with their passwords: role → (name, login, password).  They are kept in the demo's own folder.

    Raises `Refused` in the folder of a real station: its people and its directory's address are not the demo's to use.
    """
    file = home / "demo-people.json"
    if file.is_file():
        return {role: tuple(row) for role, row in json.loads(file.read_text(encoding="utf-8")).items()}
    if not station.people.empty():
        raise Refused("The data folder {path} belongs to a real station.", hint="Give the demo a folder of its own.", path=str(home))
    made = station.people.ensure_first_people()
    rows = {str(role): (m.person.name, m.person.login, m.password) for m in made for role in m.person.roles}
    write_atomically(file, json.dumps(rows, ensure_ascii=False).encode("utf-8"))
    return rows


def _as_buttons(logins: Mapping[str, tuple[str, str, str]]) -> tuple[tuple[str, str, str, str], ...]:
    from widgets.login import role_name

    return tuple((name, role_name(Role(role)), login, password) for role, (name, login, password) in logins.items())


def _open_demo_study(station: Station, window: object, home: Path) -> None:
    """Generate the demo study the first time, in a job, and open it."""
    from app.bootstrap.demo_study import STUDY_UID, make_demo_study
    from app.bootstrap.window import DeskWindow

    assert isinstance(window, DeskWindow)
    desk = window.desk
    actor = desk.actor

    def show(_: object = None) -> None:
        if not desk.has_actor or desk.actor != actor or desk.reading.study is not None:
            return  # somebody else sits here, or reads something else by now
        desk.open_study(STUDY_UID)
        desk.show_workspace("read")

    if any(row.study.study_uid == STUDY_UID for row in station.archive.studies(desk.actor, StudyFilter())):
        show()
        return

    def work(*, progress: Callable[..., None], cancelled: Callable[[], bool]) -> Path:
        with station.folder.temp_dir() as folder:
            make_demo_study(folder, progress=lambda f, d=0, t=0: progress(0.9 * f), cancelled=cancelled)
            station.archive.import_paths(actor, [folder / "dicom"], cancelled=cancelled)
        return home

    job = station.jobs.submit(tr("Generating the demo study"), work)
    desk.follow(job, show, always=desk.archive_changed.emit)
    station.notifications.add(Level.INFO, tr("The demo study is being generated; it opens when it is ready (about a minute)."))


def _when_logged_in(window: object, act: Callable[[], object]) -> None:
    from app.bootstrap.window import DeskWindow

    assert isinstance(window, DeskWindow)
    desk = window.desk
    if desk.has_actor:
        desk.attempt(act)
        return

    def once() -> None:
        if desk.has_actor:
            desk.actor_changed.disconnect(once)
            desk.attempt(act)

    desk.actor_changed.connect(once)


def _need_display() -> None:
    """Qt aborts without a display; say it before."""
    if sys.platform.startswith("linux") and not (os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")):
        if os.environ.get("QT_QPA_PLATFORM") in ("offscreen", "minimal", "vnc"):
            return
        raise Unavailable(
            "There is no display.", hint="Run under “xvfb-run -a”, or use “make run”, which brings a virtual display."
        )  # fmt: skip


def _clear(out: Path) -> None:
    """Remove what an earlier run left under the names that this run writes; nothing else."""
    for name, pattern in (("screens", "*.png"), ("denoised", "*.dcm")):
        for file in (out / name).glob(pattern):
            file.unlink()
    for name in RESULTS:
        (out / name).unlink(missing_ok=True)
