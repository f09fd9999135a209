"""Images in memory and in files: shared, counted, within their budget, given back."""

from __future__ import annotations

import os
import random
import stat
import threading
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pytest

from app.domain import blocks
from app.domain.display_set import DisplaySet, DisplaySetId
from app.domain.file_blocks import BlockFiles
from app.domain.image import Image, ImageStack, SharedStackPixels
from app.errors import BadInput, Cancelled, Unavailable
from app.imaging.store import ImageStore, Lease
from app.jobs import JobRunner, JobState, Progress
from app.jobs.runner import Cancelling
from app.processes.turns import Priority
from tests.support.small_disk import small_disk
from tests.support.stacks import frame_of, stack_of

FRAMES = 4
ROW_BYTES = 1 << 12

pytestmark = pytest.mark.skipif(not blocks.FOLDER.is_dir(), reason="no /dev/shm here")


def display_set(name: str, pages: int = 1) -> DisplaySet:
    """A stack whose frames have `pages` pages of memory each."""
    pixels = np.zeros((pages, ROW_BYTES), np.uint8)
    found = stack_of([None] * FRAMES, [frame_of(pixels, n) for n in range(FRAMES)], uid=name).display_set
    return replace(found, display_set_id=DisplaySetId(name))


class CountingPixels(SharedStackPixels):
    """Tells how often it was closed."""

    times_closed = 0

    def close(self) -> None:
        self.times_closed += 1
        super().close()


@dataclass(eq=False)
class SteppedFilling:
    """Fills one frame at each step it is allowed, and fails at the end where it is to."""

    pixels: SharedStackPixels
    source: StackSource
    fails: bool

    def aim(self, index: int, further: int = 0) -> None:
        self.source.aimed.append((index, further))

    def run(
        self, *, progress: Progress, cancelled: Cancelling, priority: Priority = Priority.INTERACTIVE
    ) -> int:
        self.source.priorities.append(priority)
        for index, frame in enumerate(self.pixels.descriptor.places):
            while not self.source.go.wait(0.002):
                if cancelled():
                    raise Cancelled
            if cancelled():
                raise Cancelled
            self.pixels.put(index, np.full(frame.shape, index + 1, np.uint8))
            progress((index + 1) / FRAMES, index + 1, FRAMES)
        if self.fails:
            raise BadInput("{name} is damaged.", name="a frame")
        return FRAMES


class StackSource:
    """Stacks in shared memory or in files; those named fail to open, or at the end of their filling."""

    most_bytes: int | None = None

    def __init__(self, files: BlockFiles) -> None:
        self.files = files
        #: how often memory is to have no room
        self.full = 0
        self.go = threading.Event()
        self.go.set()
        self.refused: set[str] = set()
        self.damaged: set[str] = set()
        self.opened: list[CountingPixels] = []
        self.priorities: list[Priority] = []
        self.aimed: list[tuple[int, int]] = []
        self.opening = threading.Event()
        self.opening.set()

    def size_bytes(self, found: DisplaySet) -> int:
        return sum(frame.rows * frame.columns for frame in found.frames)

    def open(
        self, found: DisplaySet, first: int | None, *, in_file: bool = False
    ) -> tuple[Image, SteppedFilling]:
        self.opening.wait(10)
        if self.full and not in_file:
            self.full -= 1
            raise Unavailable("no memory")
        if found.display_set_id in self.refused:
            raise BadInput("{name} cannot be opened.", name="the series")
        shapes: list[tuple[tuple[int, ...], str]] = [((f.rows, f.columns), "|u1") for f in found.frames]
        made = CountingPixels.create(shapes, self.files if in_file else None)
        assert isinstance(made, CountingPixels)
        self.opened.append(made)
        return ImageStack(found, made), SteppedFilling(made, self, found.display_set_id in self.damaged)


@pytest.fixture
def source(tmp_path: Path) -> StackSource:
    return StackSource(BlockFiles(tmp_path / "images", ROW_BYTES))


@pytest.fixture
def jobs() -> Iterator[JobRunner]:
    runner = JobRunner()
    yield runner
    runner.close()


def own_blocks() -> set[Path]:
    """Shared memory that this process has made and not given back."""
    return set(blocks.FOLDER.glob(f"yingshu-*-{os.getpid()}-*"))


def image_bytes(pages: int = 1) -> int:
    return FRAMES * ROW_BYTES * pages


@pytest.fixture
def store(source: StackSource, jobs: JobRunner) -> Iterator[ImageStore]:
    """Room for three images of one page a frame; all memory is back at the end."""
    before = own_blocks()
    made = ImageStore(source, jobs, 3 * image_bytes())
    yield made
    assert made.held == 0
    jobs.close()
    made.close()
    assert made.statistics.held_bytes == 0
    assert [pixels.times_closed for pixels in source.opened] == [1] * len(source.opened)
    assert own_blocks() == before
    assert files_of(source) == []


def files_of(source: StackSource) -> list[Path]:
    """The files of images."""
    return sorted(source.files.folder.glob("*"))


def in_file(lease: Lease) -> bool:
    """The image lies in a file."""
    assert isinstance(lease.image, ImageStack)
    assert isinstance(lease.image.pixels, SharedStackPixels)
    return lease.image.pixels.in_file


def is_right(lease: Lease) -> bool:
    """All pixels of all frames are what they were filled with."""
    assert isinstance(lease.image, ImageStack)
    frames = [lease.image.pixels.stored(n) for n in range(FRAMES)]
    return all(frame is not None and np.all(frame == n + 1) for n, frame in enumerate(frames))


def opened(store: ImageStore, name: str, pages: int = 1) -> Lease:
    """A lease on an image that has arrived whole."""
    lease = store.acquire(display_set(name, pages))
    lease.job.wait(10)
    return lease


def is_there(store: ImageStore, name: str) -> bool:
    """Whether a lease on the image finds it."""
    hits = store.statistics.hits
    with store.acquire(display_set(name)):
        return store.statistics.hits > hits


def test_one_image_for_all_who_ask_while_it_fills(store: ImageStore, source: StackSource) -> None:
    source.go.clear()
    one, two = store.acquire(display_set("a")), store.acquire(display_set("a"))
    assert one.image is two.image
    assert one.job is two.job
    assert isinstance(two.image, ImageStack)
    assert not two.image.pixels.complete
    source.go.set()
    two.job.wait(10)
    assert two.image.pixels.complete
    assert store.held == 2
    one.release()
    assert np.all(two.image.pixels.stored(3) == 4)
    two.release()
    assert store.statistics == replace(store.statistics, images=1, hits=1, misses=1)


def test_two_who_ask_at_once_share_one_opening(store: ImageStore, source: StackSource) -> None:
    source.opening.clear()
    leases: list[Lease] = []
    threads = [
        threading.Thread(target=lambda: leases.append(store.acquire(display_set("a")))) for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    source.opening.set()
    for thread in threads:
        thread.join(10)
    assert len({id(lease.image) for lease in leases}) == 1
    assert len(leases) == 4
    assert len(source.opened) == 1
    for lease in leases:
        lease.release()


def test_a_whole_image_stays_and_is_found_again(store: ImageStore, source: StackSource) -> None:
    opened(store, "a").release()
    with store.acquire(display_set("a")) as lease:
        assert lease.job.state is JobState.DONE
        assert isinstance(lease.image, ImageStack)
        assert lease.image.pixels.complete
    assert len(source.opened) == 1


def test_the_least_recently_used_goes_first(store: ImageStore) -> None:
    for name in "abc":
        opened(store, name).release()
    with store.acquire(display_set("a")):
        pass
    opened(store, "d").release()
    assert [name for name in "acd" if is_there(store, name)] == list("acd")
    assert not is_there(store, "b")


def test_what_is_held_is_never_dropped(store: ImageStore) -> None:
    held = opened(store, "a")
    for name in "bcdefg":
        opened(store, name).release()
    assert isinstance(held.image, ImageStack)
    assert np.all(held.image.pixels.stored(0) == 1)
    held.release()


def test_larger_than_the_budget_lies_in_a_file(store: ImageStore, source: StackSource) -> None:
    """It has a file of its owner alone, takes none of the memory, and is found again."""
    opened(store, "a").release()
    lease = opened(store, "b", pages=4)
    assert in_file(lease)
    assert is_right(lease)
    (file,) = files_of(source)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700
    assert store.statistics.held_bytes == image_bytes()
    assert store.statistics.file_bytes == image_bytes(4)
    lease.release()
    assert is_there(store, "a"), "nothing was dropped for it"
    with store.acquire(display_set("b", pages=4)) as again:
        assert again.job.state is JobState.DONE
    assert len(source.opened) == 2


def test_larger_than_one_image_may_be_lies_in_a_file(store: ImageStore, source: StackSource) -> None:
    source.most_bytes = image_bytes() - 1
    lease = opened(store, "a")
    assert in_file(lease)
    lease.release()


def test_no_room_beside_what_others_hold(store: ImageStore) -> None:
    """What is held stays in memory, pixel by pixel; what comes lies in files; when there is room again,
    memory is used again.
    """
    held = [opened(store, name) for name in "ab"]
    others = [opened(store, name, pages=2) for name in "cdefghi"]
    assert [in_file(lease) for lease in held] == [False, False]
    assert all(in_file(lease) for lease in others)
    assert store.statistics.held_bytes <= store.statistics.budget_bytes
    assert all(is_right(lease) for lease in (*held, *others))
    for lease in (*held, *others):
        lease.release()
    lease = opened(store, "j", pages=2)
    assert not in_file(lease)
    lease.release()


def test_files_that_nobody_holds_stay_within_the_budget(store: ImageStore, source: StackSource) -> None:
    for name in "abcd":
        opened(store, name, pages=4).release()
    assert len(files_of(source)) == 1, "each is larger than all memory for images: the last one stays"
    source.most_bytes = 0
    for name in "efghi":
        opened(store, name).release()
    assert len(files_of(source)) == 3
    assert is_there(store, "i")
    store.drop_unused()
    assert files_of(source) == []


def test_no_memory_within_the_budget(store: ImageStore, source: StackSource) -> None:
    """The system has no room: what nobody holds goes; then it lies in a file; ahead of time it is left."""
    opened(store, "a").release()
    source.full = 1
    lease = opened(store, "b")
    assert not in_file(lease)
    assert not is_there(store, "a")
    source.full = 9
    store.drop_unused()
    assert store.prefetch(display_set("c")) is None
    other = opened(store, "d")
    assert in_file(other)
    assert is_right(other)
    source.full = 0
    for one in (lease, other):
        one.release()


def test_a_disk_that_is_full(tmp_path: Path, jobs: JobRunner) -> None:
    """Two series fight for it: one has it and stays whole, the other is told what is needed and what is left;
    files that nobody holds make room.
    """
    with small_disk(tmp_path / "disk", "1m") as disk:
        source = StackSource(BlockFiles(disk / "images", ROW_BYTES))
        store = ImageStore(source, jobs, image_bytes(40))
        source.most_bytes = 0
        fight(store)
        opened(store, "c", pages=40).release()
        with opened(store, "d", pages=40) as lease:
            assert is_right(lease)
            assert len(files_of(source)) == 1
            with pytest.raises(
                Unavailable, match=r"need 0\.7 MB: .*disk/images they may take 0\.3 MB"
            ) as told:
                store.acquire(display_set("e", pages=40))
            assert "Make room on the disk" in told.value.hint
            assert is_right(lease)
        jobs.close()
        store.close()
        assert files_of(source) == []


def fight(store: ImageStore) -> None:
    """Two series at once, of which the disk holds one."""
    told: list[Unavailable] = []
    leases: list[Lease] = []

    def ask(name: str) -> None:
        try:
            leases.append(opened(store, name, pages=40))
        except Unavailable as error:
            told.append(error)

    threads = [threading.Thread(target=ask, args=(name,)) for name in "ab"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    assert len(leases) == len(told) == 1
    assert is_right(leases[0])
    leases[0].release()


def test_a_file_goes_with_a_filling_that_is_given_up(store: ImageStore, source: StackSource) -> None:
    """The study is closed while the file fills: the filling ends, then the file goes."""
    source.go.clear()
    lease = store.acquire(display_set("a", pages=4))
    job = lease.job
    assert len(files_of(source)) == 1
    lease.release()
    with pytest.raises(Cancelled):
        job.wait(10)
    source.go.set()
    with opened(store, "b", pages=4) as other:
        assert is_right(other)
        assert len(files_of(source)) == 1


def test_a_filling_that_nobody_waits_for_is_cancelled(store: ImageStore, source: StackSource) -> None:
    source.go.clear()
    lease = store.acquire(display_set("a"))
    job = lease.job
    lease.release()
    with pytest.raises(Cancelled):
        job.wait(10)
    source.go.set()
    assert not is_there(store, "a")


def test_memory_of_a_cancelled_filling_is_waited_for(store: ImageStore, source: StackSource) -> None:
    """One series after the other, each as large as the budget, none of them looked at to its end."""
    for name in "abcdef":
        source.go.clear()
        lease = store.acquire(display_set(name, pages=3))
        assert store.statistics.held_bytes <= store.statistics.budget_bytes
        lease.release()
    source.go.set()


def test_a_damaged_image_is_told_to_all_and_tried_again(store: ImageStore, source: StackSource) -> None:
    source.damaged.add("a")
    source.go.clear()
    one, two = store.acquire(display_set("a")), store.acquire(display_set("a"))
    source.go.set()
    for lease in (one, two):
        with pytest.raises(BadInput, match="damaged"):
            lease.job.wait(10)
    assert isinstance(one.image, ImageStack)
    assert one.image.pixels.complete  # what arrived can be looked at
    source.damaged.clear()
    again = opened(store, "a")
    assert again.image is not one.image
    for lease in (one, two, again):
        lease.release()


def test_a_refused_opening_is_told_to_all(store: ImageStore, source: StackSource) -> None:
    source.refused.add("a")
    source.opening.clear()
    told: list[str] = []

    def ask() -> None:
        try:
            store.acquire(display_set("a"))
        except BadInput as error:
            told.append(error.template)

    threads = [threading.Thread(target=ask) for _ in range(3)]
    for thread in threads:
        thread.start()
    source.opening.set()
    for thread in threads:
        thread.join(10)
    assert told == ["{name} cannot be opened."] * 3
    assert store.statistics.held_bytes == 0


def test_a_filling_is_told_what_is_waited_for(store: ImageStore, source: StackSource) -> None:
    with store.acquire(display_set("a")) as lease:
        lease.aim(3)
        lease.share().release()
    assert source.aimed == [(3, 0)]
    with pytest.raises(RuntimeError, match="after its release"):
        lease.aim(0)


def test_releasing_twice_is_a_defect(store: ImageStore) -> None:
    lease = opened(store, "a")
    lease.release()
    with pytest.raises(RuntimeError, match="twice"):
        lease.release()
    with pytest.raises(RuntimeError, match="after its release"):
        _ = lease.image
    assert store.held == 0


def test_ahead_of_time_within_what_is_spare(store: ImageStore, source: StackSource) -> None:
    source.go.clear()
    assert store.prefetch(display_set("a"))
    assert not store.prefetch(display_set("a"))
    assert not store.prefetch(display_set("b", pages=3))
    assert store.held == 0
    source.go.set()
    lease = opened(store, "a")
    lease.release()
    source.refused.add("c")
    assert not store.prefetch(display_set("c"))
    assert source.priorities[0] is Priority.VISIBLE


def test_what_is_filled_ahead_can_be_given_up(store: ImageStore, source: StackSource) -> None:
    """Its memory comes back; whoever wants it later opens it."""
    source.go.clear()
    ahead = store.prefetch(display_set("a"))
    assert ahead is not None
    ended = threading.Event()
    ahead.changed.connect(lambda job: ended.set() if job.ended else None)  # heard after the store
    ahead.cancel()
    source.go.set()
    assert ended.wait(10)
    assert ahead.state is JobState.CANCELLED
    assert store.statistics.images == 0
    opened(store, "a").release()


def test_who_waits_does_not_wait_behind_a_prefetch(
    store: ImageStore, source: StackSource, jobs: JobRunner
) -> None:
    """The queue of what nobody waits for is busy: an image that stands in it is opened anew at once."""
    busy = threading.Event()
    jobs.submit_ahead("another image", lambda **_: busy.wait(10))
    assert store.prefetch(display_set("a"))
    with store.acquire(display_set("a")) as lease:
        lease.job.wait(10)
    busy.set()
    assert source.priorities == [Priority.INTERACTIVE]


def test_a_prefetch_makes_room(store: ImageStore, source: StackSource) -> None:
    source.go.clear()
    assert store.prefetch(display_set("a", pages=2))
    lease = store.acquire(display_set("b", pages=3))
    source.go.set()
    lease.job.wait(10)
    lease.release()


def test_a_hundred_series_in_turn(store: ImageStore, source: StackSource) -> None:
    """Shared memory stays within the budget (and a page a block for the flags)."""
    before = sum(file.stat().st_blocks for file in own_blocks())
    for number in range(100):
        opened(store, f"series {number}").release()
        taken = sum(file.stat().st_blocks for file in own_blocks()) - before
        assert taken * 512 <= 3 * (image_bytes() + ROW_BYTES)
    assert len(source.opened) == 100


def test_after_closing_nothing_is_opened(source: StackSource, jobs: JobRunner) -> None:
    store = ImageStore(source, jobs, image_bytes())
    store.close()
    with pytest.raises(Cancelled):
        store.acquire(display_set("a"))
    assert source.opened == []


@pytest.mark.parametrize("seed", range(4))
def test_any_order_of_acts_from_several_threads(store: ImageStore, source: StackSource, seed: int) -> None:
    """Whatever is done in whatever order: within the budget, nothing held is dropped, all comes back once."""
    sizes = {f"s{n}": 1 + n % 4 for n in range(8)}
    source.damaged, source.refused = {"s1", "s5"}, {"s6"}
    budget = store.statistics.budget_bytes
    broken: list[str] = []

    def act(random_: random.Random) -> None:
        mine: list[tuple[str, Lease]] = []
        for _ in range(150):
            match random_.choice(("acquire", "acquire", "release", "release", "look", "ahead", "cancel")):
                case "acquire":
                    name = random_.choice(list(sizes))
                    try:
                        mine.append((name, store.acquire(display_set(name, sizes[name]))))
                    except BadInput:
                        if name not in source.refused:
                            broken.append(f"{name} was refused")
                case "release" if mine:
                    mine.pop(random_.randrange(len(mine)))[1].release()
                case "look":
                    _check(mine, broken)
                case "ahead":
                    name = random_.choice(list(sizes))
                    store.prefetch(display_set(name, sizes[name]))
                case "cancel" if mine:
                    random_.choice(mine)[1].job.cancel()
            if store.statistics.held_bytes > budget:
                broken.append("over the budget")
        _check(mine, broken)
        for _, lease in mine:
            lease.release()

    threads = [threading.Thread(target=act, args=(random.Random(10 * seed + n),)) for n in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert not any(thread.is_alive() for thread in threads)
    assert broken == []


def _check(mine: list[tuple[str, Lease]], broken: list[str]) -> None:
    for name, lease in mine:
        image = lease.image
        assert isinstance(image, ImageStack)
        if image.display_set.display_set_id != name:
            broken.append(f"{name} is another image")
        if len(image.pixels.ready) != FRAMES:
            broken.append(f"{name} was closed while it was held")
        for index in np.flatnonzero(image.pixels.ready):
            stored = image.pixels.stored(int(index))
            if stored is None or stored.flat[0] != index + 1:
                broken.append(f"{name} has wrong pixels")
