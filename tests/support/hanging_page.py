"""How studies hang by themselves, as a page to look at: ``python -m tests.support.hanging_page OUT
[--data FOLDER …] [--language zh] [--stages 1] [--size 1920x1080]``.

Every study under the folders (the shared data where none is named) is imported into a station in
``OUT/.home`` and opened in the real window, where nobody chooses anything.  ``OUT/index.html`` shows a
picture of each of the first stages, which protocol hangs, its stages with how many of their cells are filled,
and the series that are in none of them.
"""

from __future__ import annotations

import argparse
import html
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from app.archive.service import ArchiveService
from app.bootstrap.station import open_station
from app.bootstrap.window import SessionWindow
from app.domain.image import ImageStack
from app.domain.person import Role
from app.domain.study import NO_PICTURE, Series, Study, StudyFilter
from app.domain.volume import Volume
from app.i18n import set_language, tr
from app.people.service import PeopleService
from app.reading.hanging_controller import HangingController
from app.session.station import Station
from app.viewing.hanging.choose import Match
from app.viewing.screen import RenderingView, Viewport

DATA = Path(__file__).resolve().parents[3] / "shared" / "data"
LOGIN, PASSWORD = "reader", "Haengung-2026-abc"
#: how long anything is waited for before the page says that it did not come
PATIENCE_S = 60.0
#: nothing must have been on its way for so long before a picture is taken
STILL_S = 0.4
#: how long a rendering is waited for
RENDERING_S = 15.0

STYLE = """body{background:#16181b;color:#e6e8ea;font:15px/1.5 sans-serif;margin:24px}
h2{margin:32px 0 4px;font-size:17px} p{margin:2px 0;color:#9aa3ad} .bad{color:#ff6b6b}
img{max-width:100%;margin:8px 8px 0 0;border:1px solid #30353b} a{color:#4da3ff}"""


@dataclass(frozen=True, slots=True)
class Hung:
    """What one study looked like: pictures of its stages, which protocol, and what hangs nowhere."""

    study: Study
    match: Match | None
    pictures: tuple[str, ...]
    unhung: tuple[Series, ...]
    seconds: float
    #: what went wrong, or ""
    trouble: str = ""


@dataclass
class Room:
    """The window that studies are opened in."""

    window: SessionWindow
    station: Station
    out: Path

    def until(self, reached: Callable[[], bool], patience_s: float = PATIENCE_S) -> bool:
        """Let the window work until something is so; False where it never was."""
        end = time.monotonic() + patience_s
        while not reached() and time.monotonic() < end:
            self.window.process_events(0.01)
        return reached()

    def hang(self, study: Study, number: int, stages: int) -> Hung:
        """Open a study, let it hang, and shoot its first stages."""
        session, begun = self.window.session, time.monotonic()
        hanging = session.get(HangingController)
        self.window.commands.run("study.open", study.study_uid)
        self.window.commands.run("workspace.read")
        known = self.until(lambda: session.study.is_open(study.study_uid) and hanging.matches is not None)
        took = time.monotonic() - begun
        match = hanging.match
        pictures, whole = [], True
        for stage in range(min(stages, len(match.stages)) if match is not None else 1):
            if stage:
                self.window.commands.run("hanging.stage", stage)
            whole = self._settle() and whole
            name = f"{number:03d}-{stage + 1}.png"
            self.window.grab(self.out / name)
            pictures.append(name)
        trouble = "" if known and whole else "Something had not arrived when the picture was taken."
        return Hung(study, match, tuple(pictures), self._unhung(match), took, trouble)

    def _settle(self) -> bool:
        """Until nothing has been on its way for a while: what is asked for is not a job at once."""
        busy_at = time.monotonic()

        def settled() -> bool:
            nonlocal busy_at
            if not self._is_still():
                busy_at = time.monotonic()
            return time.monotonic() - busy_at >= STILL_S

        shown = self.window.session.screen.viewports.values()
        whole = self.until(settled)
        # where nothing draws volumes, the picture shows the reason
        self.until(lambda: all(_is_rendered(viewport) for viewport in shown), RENDERING_S)
        return whole

    def _is_still(self) -> bool:
        """Nothing more is on its way: no job runs, and every image that is shown is whole."""
        shown = self.window.session.screen.viewports.values()
        return not self.station.jobs.active and all(_is_whole(viewport) for viewport in shown)

    def _unhung(self, match: Match | None) -> tuple[Series, ...]:
        """Series with pictures that no stage shows; without a protocol those that no view shows."""
        session = self.window.session
        if match is not None:
            hung = {one.series_uid for stage in match.stages for one in stage.images if one is not None}
        else:
            shown = (session.loaded.of_image(v.image) for v in session.screen.viewports.values())
            hung = {one.series.series_uid for one in shown if one is not None}
        return tuple(
            one
            for one in session.study.series
            if one.modality not in NO_PICTURE and one.series_uid not in hung
        )


def _is_whole(viewport: Viewport) -> bool:
    """All of its image has arrived, or is known never to."""
    match viewport.image:
        case Volume() as volume:
            return volume.voxels.complete or bool(viewport.failed)
        case ImageStack() as stack:
            return stack.pixels.complete or bool(viewport.failed)
    return True


def _is_rendered(viewport: Viewport) -> bool:
    asked = isinstance(viewport.view, RenderingView) and isinstance(viewport.image, Volume)
    return not asked or viewport.rendered is not None


def page(studies: list[Hung]) -> str:
    """The page, as HTML."""
    parts = [_section(number, one) for number, one in enumerate(studies)]
    unhung = sum(one.match is None for one in studies)
    head = f"<h1>Hanging of {len(studies)} studies; without a protocol: {unhung}</h1>"
    top = f"<!doctype html><meta charset=utf-8><title>Hanging</title><style>{STYLE}</style>"
    return f"{top}{head}{''.join(parts)}"


def _section(number: int, one: Hung) -> str:
    study, match = one.study, one.match
    title = " · ".join(x for x in ("/".join(study.modalities), study.body_part, study.description) if x)
    told = [f"{study.n_series} series, {study.n_instances} objects; {one.seconds:.2f} s"]
    if match is None:
        told.append("no hanging protocol")
    else:
        stages = ", ".join(f"{tr(s.stage.title)} {s.filled}/{len(s.images)}" for s in match.stages)
        told.append(f"{match.protocol.protocol_id} ({match.score}): {stages}")
    if one.unhung:
        named = ", ".join(f"{s.modality} {s.description or s.number or ''}".strip() for s in one.unhung)
        told.append(f"in no stage: {named}")
    lines = "".join(f"<p>{html.escape(line)}</p>" for line in told)
    trouble = f"<p class=bad>{html.escape(one.trouble)}</p>" if one.trouble else ""
    images = "".join(f'<a href="{name}"><img width=900 src="{name}"></a>' for name in one.pictures)
    return f"<h2>{number} · {html.escape(title)}</h2>{lines}{trouble}{images}"


def shoot(out: Path, folders: list[Path], *, language: str, stages: int, size: tuple[int, int]) -> list[Hung]:
    """Import, open, shoot; told study by study."""
    found = []
    with open_station(out / ".home", language=language) as station:
        set_language(language)  # type: ignore[arg-type]
        people = station.get(PeopleService)
        if people.empty():
            people.add_first(LOGIN, "Reader", PASSWORD, roles=[Role.REPORTING])
        window = SessionWindow(station, quiet=True)
        try:
            window.show(size)
            window.session.user.log_in(LOGIN, PASSWORD)
            room = Room(window, station, out)
            for folder in folders:
                job = window.commands.run("study.import", [folder])
                room.until(lambda job=job: job.ended)
            rows = station.get(ArchiveService).studies(window.session.user.actor, StudyFilter())
            for number, row in enumerate(rows):
                hung = room.hang(row.study, number, stages)
                found.append(hung)
                protocol = hung.match.protocol.protocol_id if hung.match is not None else "none"
                print(
                    f"{number} {'/'.join(row.study.modalities)} {protocol} {hung.seconds:.2f} s", flush=True
                )
        finally:
            window.close()
    return found


def main(arguments: list[str] | None = None) -> None:
    """Shoot and write the page."""
    parser = argparse.ArgumentParser()
    parser.add_argument("out", type=Path)
    parser.add_argument("--data", type=Path, nargs="*", default=None)
    parser.add_argument("--language", default="zh")
    parser.add_argument("--stages", type=int, default=1)
    parser.add_argument("--size", default="1920x1080")
    chosen = parser.parse_args(arguments)
    out: Path = chosen.out.resolve()
    out.mkdir(parents=True, exist_ok=True)
    folders = chosen.data if chosen.data is not None else sorted(p for p in DATA.iterdir() if p.is_dir())
    width, height = (int(part) for part in chosen.size.split("x"))
    found = shoot(out, folders, language=chosen.language, stages=chosen.stages, size=(width, height))
    (out / "index.html").write_text(page(found), encoding="utf-8")
    print(out / "index.html")


if __name__ == "__main__":
    main()
