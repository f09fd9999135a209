"""Decoding of one series by several bounded children."""

from __future__ import annotations

import itertools
import threading
from collections import deque
from collections.abc import Generator, Iterator, Sequence
from contextlib import closing
from queue import SimpleQueue

from app.dicom.read.filling import Filled, Slot, StackSlot, fill, fill_stack
from app.domain.image import StackBlock
from app.domain.volume import SharedBlock
from app.errors import BadInput, Cancelled, LimitExceeded, UserError
from app.jobs.runner import Cancelling
from app.processes.bounded import BoundedChild
from app.processes.pool import Pool
from app.processes.turns import Priority

AnySlot = Slot | StackSlot
AnyBlock = SharedBlock | StackBlock

#: slots that a lane takes at a time when there are several, and decodes before it lets others have its child
_SHARE = 8
#: slots that the only lane takes at a time, after as few as `_SHARE` at first: a child begins with them when
#: all have come
_SHARE_ALONE = 256
#: a file of many frames is opened anew for each share of it: not more often than this
_SHARES_OF_A_FILE = 8
#: after so many that a child did not survive the others are given up
_MOST_DEATHS = 3


class Aim:
    """Which image a reader waits for while a series is decoded; set by any thread."""

    def __init__(self) -> None:
        #: index of the slice or frame, and position along the further axis
        self.at: tuple[int, int] | None = None


class _Slots:
    """Slots that wait for their decoding, in their order until a reader waits for one of them: then from that
    one outwards; lanes take shares of them.  Safe for threads.
    """

    def __init__(self, slots: Sequence[AnySlot], lanes: int, aim: Aim) -> None:
        self._left = deque(slots)
        self._aim = aim
        self._ordered_for: tuple[int, int] | None = None
        self._lock = threading.Lock()
        files = len({slot.path for slot in slots})
        per_file = -(-len(slots) // max(1, files))
        self._share = max(_SHARE, per_file // _SHARES_OF_A_FILE) if lanes > 1 else len(slots)
        self._least = 1 if per_file == 1 and lanes > 1 else self._share
        self._lanes, self._begun = lanes, False
        if lanes == 1 and per_file == 1:
            self._share = self._least = _SHARE_ALONE

    def __bool__(self) -> bool:
        return bool(self._left)

    @property
    def is_aimed_elsewhere(self) -> bool:
        """A reader waits for another image than those that were taken last."""
        return self._aim.at != self._ordered_for

    def take(self) -> list[AnySlot]:
        """The next share, smaller towards the end, so that no lane waits long for another's last one; empty
        when nothing is left.
        """
        with self._lock:
            at = self._aim.at
            if at is not None and at != self._ordered_for:
                self._left = deque(sorted(self._left, key=lambda slot: _distance(slot, *at)))
                self._ordered_for = at
            left = len(self._left)
            share = min(self._share, max(self._least, left // (2 * self._lanes)))
            if not self._begun and self._share == _SHARE_ALONE:
                share = _SHARE
            self._begun = True
            return [self._left.popleft() for _ in range(min(share, left))]

    def give_back(self, slots: Sequence[AnySlot]) -> None:
        """What a lane did not come to."""
        with self._lock:
            self._left.extendleft(reversed(slots))


def _distance(slot: AnySlot, index: int, further: int) -> tuple[bool, int]:
    time, at = slot.place if isinstance(slot, Slot) else (further, slot.index)
    return time != further, abs(at - index)


class DecodingWork:
    """Fills the block of a volume or a stack with slots, in their order as far as several lanes keep it, or
    from the image outwards that `aim` names.

    A lane has one child at a time. Between two shares, and when another call waits for a child, it gives the
    child back; `in_one_go`, for videos, which begin anew then, only to what is being opened.
    """

    def __init__(
        self,
        decoders: Pool,
        block: AnyBlock,
        slots: Sequence[AnySlot],
        about: str,
        lanes: int,
        *,
        in_one_go: bool = False,
        aim: Aim | None = None,
    ) -> None:
        self._decoders, self._block, self._about = decoders, block, about
        self._work = fill_stack if isinstance(block, StackBlock) else fill
        # a video is decoded from its beginning, whichever image is waited for
        self._slots = _Slots(slots, lanes, aim if aim is not None and not in_one_go else Aim())
        self._lanes = lanes
        self._in_one_go = in_one_go

    def run(self, priority: Priority, cancelled: Cancelling) -> Generator[Filled, None, None]:
        """Reports of how far the filling is, the first slot alone.

        The first lane has `priority`; the others begin after its first slice and wait behind whatever is
        being opened.
        """
        own = self._lane(priority, cancelled)
        if self._lanes == 1:
            yield from own
            return
        with closing(own):
            yield from itertools.islice(own, 1)
            if self._slots:
                yield from self._side_by_side(own, priority, cancelled)
            else:
                yield from own

    def _side_by_side(
        self, own: Generator[Filled, None, None], priority: Priority, cancelled: Cancelling
    ) -> Iterator[Filled]:
        told: SimpleQueue[Filled | BaseException | None] = SimpleQueue()
        ended = threading.Event()

        def lane() -> None:
            behind = max(priority, Priority.VISIBLE)
            try:
                for ready in self._lane(behind, lambda: ended.is_set() or cancelled()):
                    told.put(ready)
                told.put(None)
            except BaseException as error:  # noqa: BLE001  (raised again by whoever runs the work)
                told.put(error)

        helpers = [threading.Thread(target=lane, name="decoding") for _ in range(self._lanes - 1)]
        for thread in helpers:
            thread.start()
        try:
            yield from self._merged(own, told, priority, cancelled)
        finally:
            ended.set()
            for thread in helpers:
                thread.join()

    def _merged(
        self,
        own: Generator[Filled, None, None],
        told: SimpleQueue[Filled | BaseException | None],
        priority: Priority,
        cancelled: Cancelling,
    ) -> Iterator[Filled]:
        """What the lane of this thread has ready, and what the others tell, until all have ended."""
        others = self._lanes - 1

        def take() -> Filled:
            nonlocal others
            event = told.get()
            if isinstance(event, BaseException):
                raise event
            others -= event is None
            return event or Filled(0)

        while others or self._slots:
            with closing(own):
                for ready in own:
                    yield ready
                    while not told.empty():
                        yield take()
            if others:
                yield take()
            own = self._lane(priority, cancelled)  # for what another lane has given back

    def _lane(self, priority: Priority, cancelled: Cancelling) -> Generator[Filled, None, None]:
        while self._slots:
            try:
                with self._decoders.lent(
                    cancelled=lambda: cancelled() or not self._slots, priority=priority
                ) as child:
                    yield from self._share(child, priority, cancelled)
            except Cancelled:
                if cancelled():
                    raise

    def _share(self, child: BoundedChild, priority: Priority, cancelled: Cancelling) -> Iterator[Filled]:
        share, done, wanted = self._slots.take(), 0, False
        events = child.stream(self._work, self._block, share, about=self._about, cancelled=cancelled)
        try:
            with closing(events):
                for ready in events:
                    done += ready.slots
                    yield ready
                    aimed = len(share) - done > _SHARE and self._slots.is_aimed_elsewhere
                    if aimed or (wanted := self._is_for_others(priority, done)):
                        break
        except (BadInput, LimitExceeded):
            if self._in_one_go:
                raise
            for told in self._each(child, share[done:], cancelled):
                done += 1
                yield told
        finally:
            self._slots.give_back(share[done:])
        if wanted:
            yield Filled(0)  # a lane that has come to its end looks again for what is left

    def _each(self, child: BoundedChild, slots: Sequence[AnySlot], cancelled: Cancelling) -> Iterator[Filled]:
        """Slots one of which the child did not survive, each by itself: only the culprit costs itself."""
        deaths = 0
        for slot in slots:
            failures: tuple[UserError, ...]
            try:
                told = list(
                    child.stream(self._work, self._block, [slot], about=self._about, cancelled=cancelled)
                )
                failures = tuple(failure for one in told for failure in one.failures)
            except (BadInput, LimitExceeded) as error:
                deaths, failures = deaths + 1, (error,)
                if deaths > _MOST_DEATHS:
                    raise
            yield Filled(1, failures)

    def _is_for_others(self, priority: Priority, done: int) -> bool:
        """The child is wanted more elsewhere: at once by what is being opened, by equals after a share."""
        if priority is not Priority.INTERACTIVE and self._decoders.others_wait(Priority.INTERACTIVE):
            return True
        return not self._in_one_go and done >= _SHARE and self._decoders.others_wait(priority)
