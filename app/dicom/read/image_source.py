"""Images of the objects that a station holds, for its image store."""

from __future__ import annotations

from app.dicom.read.loader import ImageLoader, LoadTask
from app.domain.display_set import DisplaySet
from app.domain.image import Image
from app.ports import Objects


class ObjectImages:
    """Opens display sets: a volume where they have a grid, else a stack (`app.imaging.store.ImageSource`)."""

    def __init__(self, loader: ImageLoader, objects: Objects) -> None:
        self._loader = loader
        self._objects = objects

    def size_bytes(self, found: DisplaySet) -> int:
        """What the image of a display set takes in memory."""
        return self._loader.size_bytes(found)

    def open(self, found: DisplaySet, first: int | None) -> tuple[Image, LoadTask]:
        """An empty image and the task that fills it, from `first` outwards."""
        if found.geometry is not None:
            return self._loader.open_volume(found, self._objects, first=first)
        return self._loader.open_stack(found, self._objects, first=first or 0)
