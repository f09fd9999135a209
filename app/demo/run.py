"""Runs the main job from start to end."""

from __future__ import annotations

import tempfile
from contextlib import ExitStack
from pathlib import Path

from app.bootstrap.run import need_display
from app.bootstrap.station import open_station
from app.demo.directory import embedded_directory
from app.demo.people import as_buttons, demo_people

#: files that the main job leaves, beside its folders
RESULTS = (
    "segmentation.dcm",
    "report.pdf",
    "report.cda.xml",
    "report.sr.dcm",
    "report.pdf.dcm",
    "key-objects.dcm",
    "key-captures.dcm",
    "record.json",
    "summary.json",
)


def run_main_job(out: Path, *, data: Path | None, language: str, home: Path | None = None) -> int:
    """Do the main job in a window without a person; 0 when no step failed."""
    need_display()
    out.mkdir(parents=True, exist_ok=True)
    clear(out)
    with ExitStack() as stack:
        folder = home or Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="yingshu-demo-")))
        station = stack.enter_context(open_station(folder, language=language))
        from app.bootstrap.window import SessionWindow
        from app.demo.main_job import MainJob
        from app.demo.window_driver import WindowDriver

        logins = demo_people(station, folder)
        directory = stack.enter_context(embedded_directory(station, folder))
        window = SessionWindow(station, demo=True, accounts=as_buttons(logins), quiet=True)
        stack.callback(window.close)
        window.show((1920, 1080))
        accounts = {role: (login, password) for role, (_, login, password) in logins.items()}
        job = MainJob(
            window, WindowDriver(window, accounts, out), window.commands, directory, out=out, data=data
        )
        return 0 if job.run() else 7


def clear(out: Path) -> None:
    """Remove what an earlier run left under the names that this run writes; nothing else."""
    for name, pattern in (("screens", "*.png"), ("denoised", "*.dcm")):
        for file in (out / name).glob(pattern):
            file.unlink()
    for name in RESULTS:
        (out / name).unlink(missing_ok=True)
