"""The window's side of the volume rendering: one thread that talks to the drawing process, the newest wish
only.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from numpy.typing import NDArray

from app.domain.geometry import Grid
from app.i18n import tr
from app.processes import wire
from app.processes.host import ChildProcess
from viewers.render.gl_probe import GlVerdict, probe
from viewers.render.scene import FINE_VOXELS, HARDWARE, REDUCED_VOXELS, SOFTWARE, Frame, Load, View, block_of

log = logging.getLogger(__name__)
#: longer than any first image takes; a driver that hangs is given up
ANSWER_S = 90.0
#: whose data classes the drawing process sends
_ANSWERS = ("viewers.render.scene", "app.viewing.presets")


@dataclass(frozen=True, slots=True, eq=False)
class Source:
    """The voxels to be drawn: a (slice, row, column) array on a grid, the generation that they are of,
    whether they are HU of CT.  `used` is to be called before many of them are looked at.
    """

    values: NDArray[Any]
    grid: Grid
    generation: int
    ct: bool
    used: Callable[[], None]


class RenderClient:
    """Draws in the background.  `on_frame(generation, frame)` and `on_failure(text)` are called on the
    client's thread.
    """

    def __init__(self, on_frame: Callable[[int, Frame], None], on_failure: Callable[[str], None]) -> None:
        self._on_frame, self._on_failure = on_frame, on_failure
        self._changed = threading.Condition()
        self._source: Source | None = None
        self._view: View | None = None
        self._closing = False
        #: the thread waits for the answer of `probe`
        self._asking = False
        self._thread: threading.Thread | None = None
        self._process: ChildProcess | None = None
        self._loaded = self._drawn = 0

    def show(self, source: Source | None, view: View | None) -> None:
        """Wish for an image; an older wish that has not been begun is forgotten."""
        with self._changed:
            self._source, self._view = source, view
            if (
                source is not None
                and view is not None
                and not self._closing
                and (self._thread is None or not self._thread.is_alive())
            ):
                self._thread = threading.Thread(target=self._run, name="volume-rendering", daemon=True)
                self._thread.start()
            self._changed.notify_all()

    def close(self, timeout_s: float = 10.0) -> None:
        """End process and thread.  A thread that still asks whether OpenGL draws here is not waited for: it
        ends by itself when that has answered.
        """
        with self._changed:
            self._closing = True
            self._source = self._view = None
            self._changed.notify_all()
        process, thread = self._process, self._thread
        if process is not None:
            process.kill()
        if thread is not None and not self._asking:
            thread.join(timeout_s)

    # -- the thread -----------------------------------------------------------------------------------------

    def _run(self) -> None:
        try:
            self._asking = True
            try:
                verdict = probe()
            finally:
                self._asking = False
            if not verdict.ok:
                self._tell_failure(verdict.reason)
                return
            while (wish := self._next()) is not None:
                self._serve_wish(verdict, *wish)
        except (EOFError, OSError, TimeoutError) as error:
            if not self._closing:
                log.warning("volume rendering ended: %s", error)
                self._tell_failure(tr("The rendering process ended ({why}).", why=self._why(error)))
        finally:
            self._end_process()

    def _serve_wish(self, verdict: GlVerdict, source: Source, view: View) -> None:
        if self._process is None:
            mapper = SOFTWARE if verdict.software else HARDWARE
            self._process, self._loaded = ChildProcess("viewers.render.scene:serve", mapper), 0
        if self._loaded != source.generation:
            budget = FINE_VOXELS if verdict.software else FINE_VOXELS * 8
            blocks = [block_of(source.values, source.grid, REDUCED_VOXELS, source.used)]
            if source.values.size > REDUCED_VOXELS:
                blocks.append(block_of(source.values, source.grid, budget, source.used))
            self._ask(Load(tuple(blocks), source.ct))
            self._loaded = source.generation
        if not view.fine:
            self._tell(source, self._ask(view))
            return
        # quick first, fine when nothing else has been wished for since
        if self._first_of(source):
            self._tell(source, self._ask(replace(view, fine=False)))
        if self._still(source, view):
            self._tell(source, self._ask(view))

    def _first_of(self, source: Source) -> bool:
        first, self._drawn = self._drawn != source.generation, source.generation
        return first

    def _still(self, source: Source, view: View) -> bool:
        with self._changed:
            return not self._closing and self._source is source and (self._view is None or self._view == view)

    def _next(self) -> tuple[Source, View] | None:
        with self._changed:
            while not self._closing and (self._source is None or self._view is None):
                self._changed.wait()
            if self._closing or self._source is None or self._view is None:
                return None
            view, self._view = self._view, None
            return self._source, view

    def _ask(self, message: Load | View) -> Any:
        assert self._process is not None
        connection = self._process.connection
        connection.send(message)
        deadline = time.monotonic() + ANSWER_S
        while not connection.poll(0.25):
            if self._closing:
                raise EOFError
            if time.monotonic() > deadline:
                raise TimeoutError
        return wire.unpack(connection.recv_bytes(), _ANSWERS)[1]

    def _tell(self, source: Source, frame: Frame) -> None:
        with self._changed:
            wanted = (
                not self._closing
                and self._source is not None
                and self._source.generation == source.generation
            )
        if wanted:
            self._on_frame(source.generation, frame)

    def _tell_failure(self, text: str) -> None:
        if not self._closing:
            self._on_failure(text)

    def _end_process(self) -> None:
        process, self._process = self._process, None
        if process is not None:
            process.end()

    def _why(self, error: BaseException) -> str:
        if isinstance(error, TimeoutError):
            return tr("no answer within {limit} s", limit=f"{ANSWER_S:g}")
        return self._process.cause_of_end() if self._process is not None else str(error)
