"""Opens the real window and shoots every page of it: ``python -m tests.support.screens OUT [--only WORD…]
[--look zh-dark …]``.

A station is prepared once in ``OUT/.home`` (a real chest CT with a draft report and unconfirmed results, a
small study with a final report that is registered and published, files that cannot be imported) and then
shown in both languages and themes, at the largest and the smallest size. Pictures land in
``OUT/<language>-<theme>/<size>/<page>.png``.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from PySide6.QtCore import QSettings
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QApplication, QDialog, QWidget

from app.archive.service import ArchiveService
from app.bootstrap.station import open_station
from app.bootstrap.window import SessionWindow
from app.demo.directory import SYSTEM, embedded_directory
from app.demo.people import as_buttons, demo_people
from app.demo.portal_visit import approve_and_publish
from app.demo.written_report import Seen, written
from app.domain.person import Role
from app.domain.report import Report
from app.domain.roi import RoiKind
from app.domain.study import StudyFilter
from app.errors import UserError
from app.i18n import set_language
from app.jobs import Job
from app.reading.controller import ReadingController
from app.reporting.controller import ReportController
from app.session.station import Station
from app.settings import Appearance
from tests.support.screen import PLANES, labels_of, processed_of
from tests.support.screen import draw as draw_shape
from tests.support.small_study import identity, write_small_study
from widgets.shell.safety import SafetyNotice

SIZES = {"1920": (1920, 1080), "1366": (1366, 768)}
LOOKS = ("zh-dark", "en-dark", "zh-light", "en-light")
CHEST = Path(__file__).resolve().parents[3] / "shared" / "data" / "ct_chest_cmb_crc"
LUNGS, DENOISE = "ct/lungs-classical", "ct/red-unet"


@dataclass
class Sitting:
    """A window, what is behind it, and where its pictures go."""

    window: SessionWindow
    station: Station
    logins: dict[Role, tuple[str, str]]
    out: Path
    only: tuple[str, ...] = ()

    def run(self, command_id: str, *args: Any, **kwargs: Any) -> Any:
        return self.window.commands.run(command_id, *args, **kwargs)

    def open_report(self) -> Report:
        """The report of the open study, as the window has it once it is stored."""
        self.wait(self.run("report.open"))
        reports = self.window.session.get(ReportController)
        self.until(lambda: reports.save_state == "saved")
        return reports.required

    def settle(self, seconds: float = 0.25) -> None:
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            self.window.process_events(0.01)

    def until(self, reached: Callable[[], bool], timeout_s: float = 300) -> None:
        deadline = time.monotonic() + timeout_s
        while not reached():
            if time.monotonic() > deadline:
                raise TimeoutError
            self.window.process_events(0.01)

    def wait(self, job: Job[Any] | None) -> Any:
        assert job is not None
        self.until(lambda: job.ended)
        self.settle(0.1)
        return job.wait(1)

    def idle(self) -> None:
        """Until nothing runs any more."""
        self.settle()
        self.until(lambda: not self.station.jobs.active, 120)
        self.settle()

    def sit(self, role: Role) -> None:
        self.run("person.log-in", *self.logins[role])

    def shot(self, name: str, *, wait_s: float = 0.3) -> None:
        """The page in both sizes."""
        for size, pixels in SIZES.items():
            self.window.main.resize(*pixels)
            self.settle(wait_s)
            to = self.out / size / f"{name}.png"
            to.parent.mkdir(parents=True, exist_ok=True)
            picture = self.window.main.grab()
            for dialog in self.dialogs():  # windows of their own are laid over it as a window system would
                painter = QPainter(picture)
                at = self.window.main.rect().center() - dialog.rect().center()
                painter.drawPixmap(at, dialog.grab())
                painter.end()
            picture.save(str(to))

    def dialogs(self) -> list[QWidget]:
        return [w for w in QApplication.topLevelWidgets() if isinstance(w, QDialog) and w.isVisible()]

    def close_dialogs(self) -> None:
        for dialog in self.dialogs():
            dialog.close()
        self.settle(0.1)

    def page(self, name: str, act: Callable[[], None]) -> None:
        """Do and shoot; a page that fails is told and the rest goes on."""
        if self.only and not any(word in name for word in self.only):
            return
        try:
            act()
            self.shot(name)
        except (
            UserError,
            TimeoutError,
            AttributeError,
            LookupError,
        ) as error:  # a picture less is no reason to lose the others
            print(f"{self.out.name} {name}: {type(error).__name__}: {error}", flush=True)
        self.close_dialogs()


def study_uid(station: Station, window: SessionWindow, *, small: bool) -> str:
    """The chest CT or the small study."""
    own = str(identity()[0].study_uid)
    rows = station.get(ArchiveService).studies(window.session.user.actor, StudyFilter())
    return next(str(r.study.study_uid) for r in rows if (str(r.study.study_uid) == own) is small)


@contextmanager
def sitting(home: Path, out: Path, look: str, only: tuple[str, ...] = ()) -> Iterator[Sitting]:
    """A window over a station in a language and theme."""
    language, theme = look.split("-")
    with ExitStack() as stack:
        station = stack.enter_context(open_station(home, language=language))
        set_language(language)  # type: ignore[arg-type]
        kept = station.settings.get(Appearance)
        station.settings.set(SYSTEM, kept.model_copy(update={"theme": theme, "language": language}))
        people = demo_people(station, home)
        logins = {Role(role): (login, password) for role, (_, login, password) in people.items()}
        window = SessionWindow(station, demo=True, accounts=as_buttons(people), quiet=True)
        stack.callback(window.close)
        window.show(SIZES["1920"])
        yield Sitting(window, station, logins, out / look, only)


def prepare(home: Path, out: Path) -> None:
    """Studies, results, reports, a published record."""
    work = out / ".files"
    write_small_study(work / "small")
    bad = work / "bad"
    bad.mkdir(parents=True, exist_ok=True)
    (bad / "notes.txt").write_text("no image", encoding="utf-8")
    whole = next((work / "small").rglob("*.dcm")).read_bytes()
    (bad / "cut.dcm").write_bytes(whole[:700])
    with sitting(home, out, "zh-dark") as s, embedded_directory(s.station, home) as directory:
        session = s.window.session
        s.sit(Role.REPORTING)
        for folder in (work / "small", CHEST, bad):
            s.wait(s.run("study.import", [folder]))
        small, chest = (study_uid(s.station, s.window, small=x) for x in (True, False))
        s.wait(s.run("study.open", small))
        s.until(lambda: session.loaded.is_complete)
        draw(s, RoiKind.LENGTH)
        s.run("image.mark-key")
        s.wait(s.run("report.save", written(s.open_report(), {})))
        s.wait(s.run("report.sign"))
        s.sit(Role.REVIEWING)
        s.wait(s.run("report.approve"))
        s.sit(Role.CATALOGUING)
        registration = s.wait(s.run("directory.register", s.run("directory.propose")))
        approve_and_publish(directory.urls["county"], registration.identifier, directory.accounts)
        s.sit(Role.REPORTING)
        s.wait(s.run("study.open", chest))
        s.until(lambda: session.loaded.is_complete)
        s.run("window.lung")
        for method in (LUNGS, DENOISE):
            s.wait(s.run("analysis.run", s.wait(s.run("analysis.plan", method))))
        draw(s, RoiKind.LENGTH)
        draw(s, RoiKind.ELLIPSE)
        for plane in PLANES:
            session.screen.active = plane
            s.run("image.mark-key")
        draft = s.open_report()
        lengths = [m for m in draft.measurements if m.roi.kind is RoiKind.LENGTH]
        s.wait(s.run("report.save", written(draft, {m.tracking_uid: Seen() for m in lengths})))
        s.idle()


def draw(s: Sitting, kind: RoiKind) -> None:
    """A length or an ellipse near the middle."""
    screen = s.window.session.screen
    volume = screen.volume
    assert volume is not None
    grid = volume.grid
    k, r, c = (n // 2 for n in grid.shape)
    across, down = 20 / grid.spacing_mm[2], 14 / grid.spacing_mm[1]
    ends = [(k, r, c - across), (k, r, c + across)]
    if kind is RoiKind.ELLIPSE:
        ends = [(k, r + a, c + 4 * across + b) for a, b in ((0, -across), (0, across), (-down, 0), (down, 0))]
    draw_shape(screen, [grid.to_lps(end) for end in ends], shape_id=str(kind))


def shoot(s: Sitting, home: Path) -> None:
    """All pages over the prepared station."""
    main = s.window.main
    s.page("login", lambda: (main.log_in(), s.settle())[0])
    with embedded_directory(s.station, home):
        s.sit(Role.REPORTING)
        s.idle()
        small, chest = (study_uid(s.station, s.window, small=x) for x in (True, False))
        s.page("worklist", lambda: (s.run("workspace.worklist"), s.idle())[1])
        s.page("worklist-chest", lambda: (main.workspaces["worklist"]._select(chest), s.idle())[1])
        s.page("worklist-notices", lambda: main.workspaces["worklist"].open_notices())
        s.page(
            "worklist-no-hit", lambda: (main.workspaces["worklist"].search_line.setText("zzz"), s.settle())[1]
        )
        main.workspaces["worklist"].clear_filters()
        s.page("palette", lambda: (main.palette_box.open(), s.settle())[1])
        main.palette_box.hide()
        s.page("settings", main.open_settings)
        s.page("about", main.open_about)
        s.page(
            "safety",
            lambda: SafetyNotice(
                QSettings(str(s.out / "memory.ini"), QSettings.Format.IniFormat), main
            ).open(),
        )
        s.run("workspace.read")
        s.page("read-empty", s.idle)
        s.run("workspace.report")
        s.page("report-empty", s.idle)
        read_pages(s, chest)
        report_pages(s, chest, small)
        directory_pages(s, small)
        cataloguer_pages(s, chest)
    s.page(
        "directory-down",
        lambda: (
            s.run("workspace.directory"),
            main.workspaces["directory"]._show_room(0),
            main.workspaces["directory"].search(),
            s.idle(),
        )[3],
    )


def read_pages(s: Sitting, chest: str) -> None:
    """The reading room."""
    main, session = s.window.main, s.window.session
    s.wait(s.run("study.open", chest))
    s.run("workspace.read")
    s.until(lambda: session.loaded.is_complete)
    s.run("window.lung")
    s.until(lambda: labels_of(session.screen) is not None and processed_of(session.screen) is not None, 60)
    panels = main.workspaces["read"].tabs
    s.run("compare.source")

    def tab(position: int) -> None:
        panels.setCurrentIndex(position)
        s.idle()
        s.settle(2.0)

    for position in range(panels.count()):
        s.page(f"read-tab{position}", lambda p=position: tab(p))
    s.run("compare.swipe")
    s.page("read-swipe", s.idle)
    s.run("compare.difference")
    s.run("view.layout")
    s.page("read-difference", s.idle)
    s.run("compare.result")
    s.run("view.layout")
    session.screen.tool = "length"
    s.page("read-result", s.idle)
    s.run("compare.source")
    session.screen.tool = "window"
    machine = next(x.series_uid for x in session.study.series if x.derived and x.modality == "CT")

    def derived() -> None:
        s.wait(s.run("series.show", machine))
        s.until(lambda: session.loaded.is_complete)
        s.settle(1.5)

    s.page("read-derived", derived)
    s.wait(s.run("study.open", chest))


def report_pages(s: Sitting, chest: str, small: str) -> None:
    """The report room."""
    main = s.window.main
    report = main.workspaces["report"]
    s.open_report()
    s.run("workspace.report")
    s.page("report-draft", s.idle)
    for position in range(1, report.desk.evidence.tabs.count()):
        s.page(
            f"report-tab{position}",
            lambda p=position: (report.desk.evidence.tabs.setCurrentIndex(p), s.idle())[1],
        )
    report.desk.evidence.tabs.setCurrentIndex(0)

    def pick() -> None:
        s.window.main.resize(*SIZES["1366"])
        s.settle()
        report.desk.text.ask_term(next(iter(report.desk.text.editors.values())))
        report.desk.text.picker.line.setText("jj")
        s.settle()

    s.page("report-picker", pick)
    report.desk.text.picker.hide()
    s.wait(s.run("study.open", small))
    s.open_report()
    s.page("report-final", s.idle)
    s.page("report-preview", lambda: (report.desk.bar.open_preview(), s.idle())[1])


def directory_pages(s: Sitting, small: str) -> None:
    """The directory."""
    main = s.window.main
    s.sit(Role.CATALOGUING)
    s.wait(s.run("study.open", small))
    s.run("workspace.directory")

    def found() -> None:
        main.workspaces["directory"].search_line.setText("")
        main.workspaces["directory"].search()
        s.idle()
        main.workspaces["directory"].table.selectRow(0)
        s.idle()

    s.page("directory", found)
    s.page("directory-register", lambda: (main.workspaces["directory"].open_register(), s.idle())[1])
    s.page("directory-mine", lambda: (main.workspaces["directory"]._show_room(1), s.idle())[1])
    main.workspaces["directory"]._show_room(0)


def cataloguer_pages(s: Sitting, chest: str) -> None:
    """What somebody sees who may neither analyse nor write."""
    main, session = s.window.main, s.window.session
    s.wait(s.run("study.open", chest))
    s.run("workspace.read")
    s.until(lambda: session.loaded.is_complete)
    s.idle()
    ai = next(
        i
        for i in range(main.workspaces["read"].tabs.count())
        if main.workspaces["read"].tabs.widget(i) is main.workspaces["read"].panels["ai"]
    )
    s.page("cataloguer-ai", lambda: (main.workspaces["read"].tabs.setCurrentIndex(ai), s.idle())[1])
    s.run("workspace.report")
    s.page("cataloguer-report", s.idle)
    session.get(ReadingController).close_study()


def shoot_fresh(s: Sitting) -> None:
    """A station where nothing has happened yet."""
    main = s.window.main
    s.page("fresh-login", lambda: (main.log_in(), s.settle())[1])
    s.sit(Role.REPORTING)
    for name in ("worklist", "read", "report", "directory"):
        s.page(f"fresh-{name}", lambda n=name: (s.run(f"workspace.{n}"), s.idle())[1])


def main(arguments: list[str] | None = None) -> None:
    """Prepare where needed, shoot."""
    parser = argparse.ArgumentParser()
    parser.add_argument("out", type=Path)
    parser.add_argument("--only", nargs="*", default=())
    parser.add_argument("--look", nargs="*", default=LOOKS)
    parser.add_argument("--no-fresh", action="store_true")
    chosen = parser.parse_args(arguments)
    out: Path = chosen.out.resolve()
    home = out / ".home"
    started = time.monotonic()
    if not (out / ".prepared").is_file():
        prepare(home, out)
        (out / ".prepared").touch()
        print(f"prepared in {time.monotonic() - started:.0f} s", flush=True)
    for look in chosen.look:
        with sitting(home, out, look, tuple(chosen.only)) as s:
            shoot(s, home)
        if not chosen.no_fresh:
            with sitting(out / f".fresh-{look}", out, look, tuple(chosen.only)) as s:
                shoot_fresh(s)
        print(f"{look} after {time.monotonic() - started:.0f} s", flush=True)


if __name__ == "__main__":
    main()
