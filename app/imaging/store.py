"""Images in memory as leases: shared while somebody holds one, kept up to a budget afterwards, then given
back.
"""

from __future__ import annotations

import logging
import threading
from collections import OrderedDict
from contextlib import suppress
from dataclasses import dataclass
from types import TracebackType
from typing import Protocol

from app.domain.display_set import DisplaySet, DisplaySetId
from app.domain.image import Image, ImageStack
from app.domain.volume import Volume
from app.errors import Cancelled, LimitExceeded, Unavailable, UserError
from app.i18n import tr
from app.jobs import Job, JobRunner, JobState, Progress, never_cancelled, no_progress
from app.jobs.runner import Cancelling
from app.processes.limits import mebibytes
from app.processes.turns import Priority

log = logging.getLogger(__name__)

#: who waits for memory looks this often whether that was cancelled
_LOOK_S = 0.1


class Filling(Protocol):
    """The work that fills an image (`app.dicom.read.loader.LoadTask`)."""

    def run(self, *, progress: Progress, cancelled: Cancelling, priority: Priority = ...) -> int:
        """Fill the image; how many frames it has."""


class ImageSource(Protocol):
    """Where images come from."""

    def size_bytes(self, found: DisplaySet) -> int:
        """What the image of a display set takes in memory."""

    def open(self, found: DisplaySet, first: int | None) -> tuple[Image, Filling]:
        """An empty image and the work that fills it, from the frame or slice `first` outwards (None: the
        middle).
        """


@dataclass(frozen=True, slots=True)
class StoreStatistics:
    """Images in memory and what they take, of how much; how many leases found their image there, and how many
    not.
    """

    images: int
    held_bytes: int
    budget_bytes: int
    hits: int
    misses: int


class _Entry:
    """An image in memory and who holds it.  Changed under the store's lock only."""

    def __init__(self, found: DisplaySet, size_bytes: int, priority: Priority) -> None:
        self.display_set = found
        self.display_set_id = found.display_set_id
        self.size_bytes = size_bytes
        self.priority = priority
        self.image: Image | None = None  # until it has been opened
        self.job: Job[int] | None = None
        #: why it could not be opened
        self.error: Exception | None = None
        #: the opening is one of them while it lasts
        self.holders = 1
        self.begun = self.ended = self.closed = False

    @property
    def is_open(self) -> bool:
        """It has an image that can be shown."""
        return self.job is not None

    def close(self) -> None:
        """Give the memory back."""
        self.closed = True
        if self.image is not None:
            _close(self.image)


def _close(image: Image) -> None:
    (image.pixels if isinstance(image, ImageStack) else image.voxels).close()


class Lease:
    """The right to use an image until `release`, also at the end of a ``with`` block.

    `job` fills the image; it may have ended, and it failed where a frame could not be read.
    """

    def __init__(self, store: ImageStore, entry: _Entry) -> None:
        self._store = store
        self._entry: _Entry | None = entry
        assert entry.job is not None
        self.job = entry.job

    @property
    def image(self) -> Image:
        """The image, which may still fill."""
        image = self._held().image
        assert image is not None  # a lease is given when it has been opened
        return image

    @property
    def display_set(self) -> DisplaySet:
        """What the image is acquired from."""
        return self._held().display_set

    @property
    def volume(self) -> Volume:
        """The image of a display set with a grid."""
        image = self.image
        if not isinstance(image, Volume):
            raise TypeError("the volume of a stack of images was asked for")
        return image

    def wait(self, *, progress: Progress = no_progress, cancelled: Cancelling = never_cancelled) -> None:
        """Until the whole image has arrived; raises why it has not, or `Cancelled`.  The lease stays."""
        while not self.job.ended:
            if cancelled():
                raise Cancelled
            progress(self.job.fraction, self.job.done, self.job.total)
            with suppress(TimeoutError):
                self.job.wait(_LOOK_S)
        self.job.wait()
        progress(1.0, self.job.done, self.job.total)

    def share(self) -> Lease:
        """Another lease on the same image."""
        return self._store._share(self)

    @property
    def is_released(self) -> bool:
        """It was given back."""
        return self._entry is None

    def release(self) -> None:
        """Give the image back; a second time is a defect."""
        self._store._release(self)

    def _held(self) -> _Entry:
        if self._entry is None:
            raise RuntimeError("a lease was used after its release")
        return self._entry

    def _taken_back(self) -> _Entry:
        """The entry, once; under the store's lock."""
        if self._entry is None:
            raise RuntimeError("a lease was released twice")
        entry, self._entry = self._entry, None
        return entry

    def __enter__(self) -> Lease:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: object, trace: TracebackType | None) -> None:
        if not self.is_released:
            self.release()


class ImageStore:
    """The images of a station.  Safe for threads; nothing here blocks but the opening of an image.

    Parameters
    ----------
    source : opens images
    jobs : run the work that fills them
    budget_bytes : what all images together may take
    """

    def __init__(self, source: ImageSource, jobs: JobRunner, budget_bytes: int) -> None:
        self._source = source
        self._jobs = jobs
        self._budget_bytes = budget_bytes
        self._changed = threading.Condition()
        #: what a lease can be had of, least recently used first
        self._shared: OrderedDict[DisplaySetId, _Entry] = OrderedDict()
        #: all that takes memory: also what failed and is still held, and what was cancelled and has not ended
        self._entries: list[_Entry] = []
        self._hits = self._misses = 0
        self._closed = False

    # -- leases ---------------------------------------------------------------------------------------------

    def acquire(
        self,
        found: DisplaySet,
        *,
        first: int | None = None,
        priority: Priority = Priority.INTERACTIVE,
        cancelled: Cancelling = never_cancelled,
    ) -> Lease:
        """A lease on the image of a display set: the one in memory, also while it fills, or a new one.

        Unused images make room, least recently used first.  `LimitExceeded` where the image is larger than
        the budget, `Unavailable` where what others hold leaves too little of it; `Cancelled`.
        """
        needed = self._source.size_bytes(found)
        with self._changed:
            while True:
                known = self._shared.get(found.display_set_id)
                if known is not None and known.is_open:
                    if not self._is_overtaken(known, priority):
                        return self._lease_of(known)
                    self._drop(known)
                elif known is None and self._make_room(needed):
                    entry = self._reserve(found, needed, priority)
                    break
                else:  # another thread opens it, or memory comes back in a moment
                    self._wait(cancelled)
                    if known is not None and known.error is not None:
                        raise known.error
        self._open(entry, found, first)
        return Lease(self, entry)

    def prefetch(self, found: DisplaySet) -> Job[int] | None:
        """Fill the image of a display set ahead of time, where the budget has room to spare; None where it
        has not, or where the image is there already.

        It waits behind all that somebody waits for, and makes room for whatever is acquired; the job may be
        cancelled.
        """
        needed = self._source.size_bytes(found)
        with self._changed:
            if found.display_set_id in self._shared or self._held_bytes() + needed > self._budget_bytes:
                return None
            entry = self._reserve(found, needed, Priority.VISIBLE)
        try:
            self._open(entry, found, None)
        except UserError:
            return None  # told when somebody opens it
        with self._changed:
            self._let_go(entry, keep=True)
        return entry.job

    def drop_unused(self) -> bool:
        """Give back what nobody holds, such as when a person logs out; whether there was any."""
        with self._changed:
            unused = [entry for entry in self._entries if not entry.holders]
            for entry in unused:
                self._drop(entry)
        return bool(unused)

    @property
    def held(self) -> int:
        """How many leases have not been released."""
        with self._changed:
            return sum(entry.holders for entry in self._entries)

    @property
    def statistics(self) -> StoreStatistics:
        """Figures of this moment."""
        with self._changed:
            return StoreStatistics(
                len(self._entries), self._held_bytes(), self._budget_bytes, self._hits, self._misses
            )

    def close(self) -> None:
        """Give all memory back; when the jobs have ended."""
        with self._changed:
            self._closed = True
            if held := sum(entry.holders for entry in self._entries):
                log.warning("%d leases on images were not released", held)
            for entry in list(self._entries):
                self._close(entry)
            self._shared.clear()
            self._changed.notify_all()

    # -- opening and filling --------------------------------------------------------------------------------

    def _reserve(self, found: DisplaySet, needed: int, priority: Priority) -> _Entry:
        if self._closed:
            raise Cancelled
        self._misses += 1
        entry = _Entry(found, needed, priority)
        self._shared[found.display_set_id] = entry
        self._entries.append(entry)
        return entry

    def _open(self, entry: _Entry, found: DisplaySet, first: int | None) -> None:
        """Open what was reserved and begin to fill it, without the lock."""
        try:
            image, filling = self._opened(found, first)
        except BaseException as error:
            with self._changed:
                entry.error = error if isinstance(error, Exception) else None
                self._let_go(entry)
            raise
        with self._changed:
            if entry.closed:  # the store was closed meanwhile
                _close(image)
                raise Cancelled
            entry.image = image
        ahead = entry.priority is not Priority.INTERACTIVE
        if ahead:  # nobody waits for it: without a line in the tray
            job = self._jobs.submit_ahead("", self._fill, entry, filling)
        else:
            job = self._jobs.submit(tr("Loading images"), self._fill, entry, filling)
        with self._changed:
            entry.job = job
            self._changed.notify_all()
        job.changed.connect(lambda which: self._look(entry, which))
        self._look(entry, job)

    def _opened(self, found: DisplaySet, first: int | None) -> tuple[Image, Filling]:
        """Where the system has no room, what nobody holds goes, also within the budget."""
        try:
            return self._source.open(found, first)
        except Unavailable:
            if not self.drop_unused():
                raise
            return self._source.open(found, first)

    def _fill(self, entry: _Entry, filling: Filling, *, progress: Progress, cancelled: Cancelling) -> int:
        with self._changed:
            if entry.closed:
                raise Cancelled
            entry.begun = True
        return filling.run(progress=progress, cancelled=cancelled, priority=entry.priority)

    def _look(self, entry: _Entry, job: Job[int]) -> None:
        """A filling that has ended: what failed or was cancelled is not found any more."""
        if not job.ended:
            return
        with self._changed:
            if entry.ended:
                return
            entry.ended = True
            if job.state is not JobState.DONE:
                self._forget(entry)
            if not entry.holders and self._shared.get(entry.display_set_id) is not entry:
                self._close(entry)
            self._changed.notify_all()

    # -- under the lock -------------------------------------------------------------------------------------

    def _lease_of(self, entry: _Entry) -> Lease:
        entry.holders += 1
        self._hits += 1
        self._shared.move_to_end(entry.display_set_id)
        return Lease(self, entry)

    def _release(self, lease: Lease) -> None:
        with self._changed:
            self._let_go(lease._taken_back())

    def _let_go(self, entry: _Entry, *, keep: bool = False) -> None:
        """One holder less.  After the last one a whole image stays; one that fills only where it is to be
        kept.
        """
        entry.holders -= 1
        if not entry.holders:
            if self._shared.get(entry.display_set_id) is entry and (entry.ended or keep):
                self._shared.move_to_end(entry.display_set_id)
            else:
                self._drop(entry)
        self._changed.notify_all()

    def _share(self, lease: Lease) -> Lease:
        with self._changed:
            entry = lease._held()
            entry.holders += 1
            return Lease(self, entry)

    def _is_overtaken(self, entry: _Entry, priority: Priority) -> bool:
        """It fills ahead of time, behind others; who waits for it now begins anew."""
        return not entry.holders and not entry.ended and priority < entry.priority

    def _make_room(self, needed: int) -> bool:
        """Drop unused images until `needed` bytes fit; False where cancelled fillings have to end first."""
        budget = self._budget_bytes
        if needed > budget:
            raise LimitExceeded(
                "The series needs {needed} of memory; all images together may take {budget}.",
                hint="The limit is in the settings under “Archive and import”.",
                needed=mebibytes(needed),
                budget=mebibytes(budget),
            )
        held = sum(entry.size_bytes for entry in self._entries if entry.holders)
        if held + needed > budget:
            raise Unavailable(
                "The series needs {needed} of memory; other images that are in use hold {held} of {budget}.",
                hint="Close other series and try again.",
                needed=mebibytes(needed),
                held=mebibytes(held),
                budget=mebibytes(budget),
            )
        for entry in list(self._shared.values()):
            if self._held_bytes() + needed <= budget:
                break
            if not entry.holders:
                self._drop(entry)
        return self._held_bytes() + needed <= budget

    def _drop(self, entry: _Entry) -> None:
        """Nobody holds it: its memory goes now, or when its filling has noticed that it was cancelled."""
        self._forget(entry)
        if entry.job is not None and not entry.ended:
            entry.job.cancel()
        if entry.ended or not entry.begun:
            self._close(entry)
        self._changed.notify_all()

    def _forget(self, entry: _Entry) -> None:
        if self._shared.get(entry.display_set_id) is entry:
            del self._shared[entry.display_set_id]

    def _close(self, entry: _Entry) -> None:
        if not entry.closed:
            entry.close()
            self._entries.remove(entry)

    def _held_bytes(self) -> int:
        return sum(entry.size_bytes for entry in self._entries)

    def _wait(self, cancelled: Cancelling) -> None:
        if cancelled() or self._closed:
            raise Cancelled
        self._changed.wait(_LOOK_S)
