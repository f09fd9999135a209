"""What an image store keeps of each image, and where its images come from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from app.domain.display_set import DisplaySet
from app.domain.image import Image, ImageStack
from app.jobs import Job, Progress
from app.jobs.runner import Cancelling
from app.processes.turns import Priority


class Filling(Protocol):
    """The work that fills an image (`app.dicom.read.loader.LoadTask`)."""

    def run(self, *, progress: Progress, cancelled: Cancelling, priority: Priority = ...) -> int:
        """Fill the image; how many frames it has."""

    def aim(self, index: int, further: int = 0) -> None:
        """A reader waits for a slice (at a position of the further axis) or a frame: it comes next."""


class ImageSource(Protocol):
    """Where images come from."""

    def size_bytes(self, found: DisplaySet) -> int:
        """What the image of a display set takes, in memory or in a file."""

    @property
    def most_bytes(self) -> int | None:
        """What one image may take in memory; None: no limit of its own."""

    def open(self, found: DisplaySet, first: int | None, *, in_file: bool = False) -> tuple[Image, Filling]:
        """An empty image, in memory or in a file, and the work that fills it, from the frame or slice `first`
        outwards (None: the middle).  `Unavailable` where there is no room.
        """


@dataclass(frozen=True, slots=True)
class StoreStatistics:
    """Images and the memory that they take, of how much, and what lies in files; how many leases found their
    image there, and how many not.
    """

    images: int
    held_bytes: int
    budget_bytes: int
    file_bytes: int
    hits: int
    misses: int


class Entry:
    """An image and who holds it.  Changed under the store's lock only."""

    def __init__(self, found: DisplaySet, size_bytes: int, priority: Priority, *, in_file: bool) -> None:
        self.display_set = found
        self.display_set_id = found.display_set_id
        self.size_bytes = size_bytes
        self.priority = priority
        #: memory has no room for it
        self.in_file = in_file
        self.image: Image | None = None  # until it has been opened
        self.filling: Filling | None = None
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

    @property
    def memory_bytes(self) -> int:
        """What it takes of the memory."""
        return 0 if self.in_file else self.size_bytes

    def close(self) -> None:
        """Give memory or disk back."""
        self.closed = True
        if self.image is not None:
            close_image(self.image)


def close_image(image: Image) -> None:
    """Give the memory, or the file, of an image back."""
    (image.pixels if isinstance(image, ImageStack) else image.voxels).close()
