"""Images as leases: shared while somebody holds one, kept up to a budget afterwards, then given back.

An image lies in memory.  One that is larger than the budget, or for which the images in use leave too little
of it, lies in a file instead: the system keeps in memory what of it is used.
"""

from __future__ import annotations

import logging
import threading
from collections import OrderedDict
from contextlib import suppress
from types import TracebackType

from psygnal import Signal

from app.domain.display_set import DisplaySet, DisplaySetId
from app.domain.image import Image
from app.domain.volume import Volume
from app.errors import Cancelled, Unavailable, UserError
from app.i18n import tr
from app.imaging.entries import Entry, Filling, ImageSource, StoreStatistics, close_image
from app.jobs import Job, JobRunner, JobState, Progress, never_cancelled, no_progress
from app.jobs.runner import Cancelling
from app.processes.turns import Priority

log = logging.getLogger(__name__)

#: who waits for memory looks this often whether that was cancelled
_LOOK_S = 0.1


class Lease:
    """The right to use an image until `release`, also at the end of a ``with`` block.

    `job` fills the image; it may have ended, and it failed where a frame could not be read.
    """

    def __init__(self, store: ImageStore, entry: Entry) -> None:
        self._store = store
        self._entry: Entry | None = entry
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

    def aim(self, index: int, further: int = 0) -> None:
        """A reader waits for a slice (at a position of the further axis) or a frame that has not arrived."""
        filling = self._held().filling
        assert filling is not None
        filling.aim(index, further)

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

    def _held(self) -> Entry:
        if self._entry is None:
            raise RuntimeError("a lease was used after its release")
        return self._entry

    def _taken_back(self) -> Entry:
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
    budget_bytes : what all images together may take of the memory
    window_bytes : the part of it that is left for what is used of images in files
    """

    #: images came or went; told on the thread where it happened
    changed = Signal()

    def __init__(
        self, source: ImageSource, jobs: JobRunner, budget_bytes: int, window_bytes: int = 0
    ) -> None:
        self._source = source
        self._jobs = jobs
        self._budget_bytes = budget_bytes
        self._window_bytes = window_bytes
        self._changed = threading.Condition()
        #: what a lease can be had of, least recently used first
        self._shared: OrderedDict[DisplaySetId, Entry] = OrderedDict()
        #: all that takes memory: also what failed and is still held, and what was cancelled and has not ended
        self._entries: list[Entry] = []
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

        Unused images make room, least recently used first; an image that does not fit beside those in use
        lies in a file.  `Unavailable` where the disk has no room for it either; `Cancelled`.
        """
        needed = self._source.size_bytes(found)
        with self._changed:
            while True:
                known = self._shared.get(found.display_set_id)
                if known is not None and known.is_open:
                    if not self._is_overtaken(known, priority):
                        return self._lease_of(known)
                    self._drop(known)
                elif known is None and not self._fits(needed):
                    entry = self._reserve(found, needed, priority, in_file=True)
                    break
                elif known is None and self._make_room(needed):
                    entry = self._reserve(found, needed, priority)
                    break
                else:  # another thread opens it, or memory comes back in a moment
                    self._wait(cancelled)
                    if known is not None and known.error is not None:
                        raise known.error
        self._open(entry, found, first, cancelled)
        return Lease(self, entry)

    def prefetch(self, found: DisplaySet) -> Job[int] | None:
        """Fill the image of a display set ahead of time, where the budget has room to spare; None where it
        has not, or where the image is there already.

        It waits behind all that somebody waits for, and makes room for whatever is acquired; the job may be
        cancelled.
        """
        needed = self._source.size_bytes(found)
        with self._changed:
            spare = self._room_bytes - self._held_bytes()
            if found.display_set_id in self._shared or needed > spare or not self._fits(needed):
                return None
            entry = self._reserve(found, needed, Priority.VISIBLE)
        try:
            self._open(entry, found, None, never_cancelled)
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
        self.changed.emit()
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
            files = [entry.size_bytes for entry in self._entries if entry.in_file]
            window = self._window_bytes if files else 0
            return StoreStatistics(
                images=len(self._entries),
                held_bytes=self._held_bytes() + window,
                budget_bytes=self._budget_bytes,
                file_bytes=sum(files),
                hits=self._hits,
                misses=self._misses,
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

    def _reserve(self, found: DisplaySet, needed: int, priority: Priority, *, in_file: bool = False) -> Entry:
        if self._closed:
            raise Cancelled
        self._misses += 1
        entry = Entry(found, needed, priority, in_file=in_file)
        self._shared[found.display_set_id] = entry
        self._entries.append(entry)
        return entry

    def _open(self, entry: Entry, found: DisplaySet, first: int | None, cancelled: Cancelling) -> None:
        """Open what was reserved and begin to fill it, without the lock."""
        try:
            image, filling = self._opened(entry, found, first, cancelled)
        except BaseException as error:
            with self._changed:
                entry.error = error if isinstance(error, Exception) else None
                self._let_go(entry)
            raise
        with self._changed:
            if entry.closed:  # the store was closed meanwhile
                close_image(image)
                raise Cancelled
            entry.image, entry.filling = image, filling
        self.changed.emit()
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

    def _opened(
        self, entry: Entry, found: DisplaySet, first: int | None, cancelled: Cancelling
    ) -> tuple[Image, Filling]:
        """Where the system has no room, what nobody holds goes, also within the budget; what is waited for
        then lies in a file.
        """
        try:
            return self._source.open(found, first, in_file=entry.in_file)
        except Unavailable:
            if not self._free(cancelled, in_file=entry.in_file):
                if entry.in_file or entry.priority is not Priority.INTERACTIVE:
                    raise
                with self._changed:
                    entry.in_file = True
        return self._opened(entry, found, first, cancelled)

    def _free(self, cancelled: Cancelling, *, in_file: bool) -> bool:
        """Give back what nobody holds, in memory or in files, and wait until it has gone; whether there was
        any.
        """
        with self._changed:
            gone = [entry for entry in self._entries if not entry.holders and entry.in_file == in_file]
            for entry in gone:
                self._drop(entry)
            while any(not entry.closed for entry in gone):
                self._wait(cancelled)
        return bool(gone)

    def _fill(self, entry: Entry, filling: Filling, *, progress: Progress, cancelled: Cancelling) -> int:
        with self._changed:
            if entry.closed:
                raise Cancelled
            entry.begun = True
        return filling.run(progress=progress, cancelled=cancelled, priority=entry.priority)

    def _look(self, entry: Entry, job: Job[int]) -> None:
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
        self.changed.emit()

    # -- under the lock -------------------------------------------------------------------------------------

    def _lease_of(self, entry: Entry) -> Lease:
        entry.holders += 1
        self._hits += 1
        self._shared.move_to_end(entry.display_set_id)
        return Lease(self, entry)

    def _release(self, lease: Lease) -> None:
        with self._changed:
            self._let_go(lease._taken_back())
        self.changed.emit()

    def _let_go(self, entry: Entry, *, keep: bool = False) -> None:
        """One holder less.  After the last one a whole image stays; one that fills only where it is to be
        kept.
        """
        entry.holders -= 1
        if not entry.holders:
            if self._shared.get(entry.display_set_id) is entry and (entry.ended or keep):
                self._shared.move_to_end(entry.display_set_id)
            else:
                self._drop(entry)
            self._limit_files()
        self._changed.notify_all()

    def _limit_files(self) -> None:
        """Of the files that nobody holds the last one stays, and others as long as they are no larger than
        the budget together.
        """
        unused = [entry for entry in self._shared.values() if entry.in_file and not entry.holders]
        kept = sum(entry.size_bytes for entry in unused)
        for entry in unused[:-1]:
            if kept <= self._budget_bytes:
                return
            kept -= entry.size_bytes
            self._drop(entry)

    def _share(self, lease: Lease) -> Lease:
        with self._changed:
            entry = lease._held()
            entry.holders += 1
            return Lease(self, entry)

    def _is_overtaken(self, entry: Entry, priority: Priority) -> bool:
        """It fills ahead of time, behind others; who waits for it now begins anew."""
        return not entry.holders and not entry.ended and priority < entry.priority

    def _fits(self, needed: int) -> bool:
        """So much more has room in memory beside the images that somebody holds."""
        most = self._source.most_bytes
        held = sum(entry.memory_bytes for entry in self._entries if entry.holders)
        return held + needed <= self._room_bytes and (most is None or needed <= most)

    @property
    def _room_bytes(self) -> int:
        """The budget of what lies in memory whole."""
        return self._budget_bytes - self._window_bytes

    def _make_room(self, needed: int) -> bool:
        """Drop unused images until `needed` bytes, which fit beside those in use, have room; False where
        cancelled fillings have to end first.
        """
        for entry in list(self._shared.values()):
            if self._held_bytes() + needed <= self._room_bytes:
                break
            if not entry.holders and not entry.in_file:
                self._drop(entry)
        return self._held_bytes() + needed <= self._room_bytes

    def _drop(self, entry: Entry) -> None:
        """Nobody holds it: its memory goes now, or when its filling has noticed that it was cancelled."""
        self._forget(entry)
        if entry.job is not None and not entry.ended:
            entry.job.cancel()
        if entry.ended or not entry.begun:
            self._close(entry)
        self._changed.notify_all()

    def _forget(self, entry: Entry) -> None:
        if self._shared.get(entry.display_set_id) is entry:
            del self._shared[entry.display_set_id]

    def _close(self, entry: Entry) -> None:
        if not entry.closed:
            entry.close()
            self._entries.remove(entry)

    def _held_bytes(self) -> int:
        return sum(entry.memory_bytes for entry in self._entries)

    def _wait(self, cancelled: Cancelling) -> None:
        if cancelled() or self._closed:
            raise Cancelled
        self._changed.wait(_LOOK_S)
