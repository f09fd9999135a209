"""Images of the objects that a station holds, for its image store."""

from __future__ import annotations

from app.dicom.read.loader import ImageLoader, LoadTask
from app.domain.display_set import DisplaySet
from app.domain.file_blocks import BlockFiles
from app.domain.image import Image
from app.ports import Objects


class ObjectImages:
    """Opens display sets: a volume where they have a grid, else a stack (`app.imaging.store.ImageSource`)."""

    def __init__(self, loader: ImageLoader, objects: Objects, files: BlockFiles) -> None:
        self._loader = loader
        self._objects = objects
        self._files = files

    def size_bytes(self, found: DisplaySet) -> int:
        """What the image of a display set takes."""
        return self._loader.size_bytes(found)

    @property
    def most_bytes(self) -> int | None:
        """What one image may take in memory."""
        return self._loader.most_bytes

    def open(self, found: DisplaySet, first: int | None, *, in_file: bool = False) -> tuple[Image, LoadTask]:
        """An empty image, in memory or in a file, and the task that fills it, from `first` outwards."""
        files = self._files if in_file else None
        if found.geometry is not None:
            return self._loader.open_volume(found, self._objects, first=first, files=files)
        return self._loader.open_stack(found, self._objects, first=first or 0, files=files)
