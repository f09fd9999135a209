"""Acts in a window as a person would, and waits while it lives."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from app.bootstrap.window import SessionWindow
from app.domain.geometry import Point3
from app.domain.segmentation import Segmentation
from app.domain.volume import Volume
from app.errors import Unavailable
from app.jobs import Job
from app.viewing.draft import drawn_at
from app.viewing.layers import LabelLayer, ProcessedLayer
from app.viewing.links import point_to

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class WindowDriver:
    """`accounts` are (login, password) by role of the station; pictures go to ``screens`` in `out`."""

    window: SessionWindow
    accounts: Mapping[str, tuple[str, str]]
    out: Path

    def log_in(self, role: str) -> None:
        """Sit down as the person of a role."""
        self.window.commands.run("person.log-in", *self.accounts[role])

    def wait(self, job: Job[T], timeout_s: float = 900) -> T:
        """Let the window live until the job has ended and its result has been shown."""
        self.until(lambda: job.ended, timeout_s, f"job {job.title} did not end")
        self.settle()
        return job.wait(1)

    def until(
        self, reached: Callable[[], bool], timeout_s: float, otherwise: str, *, pause_s: float = 0.02
    ) -> None:
        """Let the window live until something is so; `Unavailable` where that takes too long."""
        deadline = time.monotonic() + timeout_s
        while not reached():
            if time.monotonic() > deadline:
                raise Unavailable("The step took over {limit} s: {what}", limit=timeout_s, what=otherwise)
            self.window.process_events(pause_s)

    def settle(self, seconds: float = 0.1) -> None:
        """Let the window live for a while."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            self.window.process_events(0.02)

    def shot(self, name: str) -> None:
        """A picture of the window."""
        self.settle(0.4)
        self.window.grab(self.out / "screens" / f"{name}.png")

    # -- the active view ------------------------------------------------------------------------------------

    def processed(self) -> Volume | None:
        """The processed images over the active view."""
        layer = self.window.session.screen.active_viewport.layer(ProcessedLayer)
        return layer.volume if layer is not None else None

    def processed_is_whole(self) -> bool:
        """All of them have arrived."""
        processed = self.processed()
        return processed is not None and processed.voxels.complete

    def labels(self) -> Segmentation | None:
        """The segmentation over the active view."""
        layer = self.window.session.screen.active_viewport.layer(LabelLayer)
        found = layer.segmentation if layer is not None else None
        return found if isinstance(found, Segmentation) else None

    def go_to(self, point_mm: Point3) -> None:
        """Bring the views to a point of the patient."""
        screen = self.window.session.screen
        point_to(screen, screen.active, point_mm)

    def draw(self, shape_id: str, points_mm: tuple[Point3, ...]) -> None:
        """Draw a shape on the active view as a reader would."""
        screen, shape = self.window.session.screen, self.window.session.shapes.named(shape_id)
        screen.drawn.emit(drawn_at(screen.active_viewport, shape, points_mm, (512, 512)))
