"""What a reader scrolls to comes first: while a series fills, and of images that lie in files."""

from __future__ import annotations

from dataclasses import dataclass

from app.domain.image import Image, ImageStack
from app.domain.volume import Volume
from app.session.session import Session
from app.viewing.planes import nearest_slice
from app.viewing.screen import SliceView, StackView, Viewport, ViewportId

#: images that are read ahead
_AHEAD = 16


@dataclass(slots=True)
class _Place:
    """Where a viewport was in its image last, and the images (first, end) that were read ahead."""

    generation: int
    at: tuple[int, int]
    ahead: tuple[int, int] = (0, 0)


class Scrolling:
    """Tells the filling of a series which image is waited for, and files which images come next."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._places: dict[ViewportId, _Place] = {}
        session.screen.viewport_changed.connect(self._changed)

    def _changed(self, viewport: Viewport, what: str) -> None:
        if what in ("view", "further"):
            place = _place(viewport)
            if place is not None and viewport.image is not None:
                self._moved(viewport.viewport_id, viewport.image, place)

    def _moved(self, viewport_id: ViewportId, image: Image, place: _Place) -> None:
        before = self._places.get(viewport_id)
        self._places[viewport_id] = place
        index, further = place.at
        if not _has_arrived(image, index, further):
            loaded = self._session.loaded.of_image(image)
            if loaded is not None and not loaded.lease.job.ended:
                loaded.lease.aim(index, further)
        elif before is not None and before.generation == place.generation and before.at != place.at:
            place.ahead = _read_ahead(image, before, place)


def _place(viewport: Viewport) -> _Place | None:
    """Of views whose images are those of the series."""
    match viewport.image, viewport.view:
        case Volume() as volume, SliceView(axis=0, index=wanted) if volume.voxels.ready.size:
            further = min(max(viewport.further, 0), volume.voxels.ready.shape[0] - 1)
            return _Place(volume.voxels.generation, (nearest_slice(wanted, volume.grid.shape[0]), further))
        case ImageStack() as stack, StackView(index=index) if stack.pixels.ready.size:
            return _Place(stack.pixels.generation, (min(max(index, 0), len(stack.frames) - 1), 0))
    return None


def _has_arrived(image: Image, index: int, further: int) -> bool:
    if isinstance(image, Volume):
        return bool(image.voxels.ready[further, index])
    return bool(image.pixels.ready[index])


def _read_ahead(image: Image, before: _Place, now: _Place) -> tuple[int, int]:
    """The images (first, end) that come next where the reader goes; those of before while they last."""
    (index, further), step = now.at, 1 if now.at > before.at else -1
    count = image.grid.shape[0] if isinstance(image, Volume) else len(image.frames)
    next_few = [n for n in (index + step * k for k in range(1, _AHEAD // 2)) if 0 <= n < count]
    first, end = before.ahead
    if not next_few or (first <= min(next_few) and max(next_few) < end):
        return before.ahead
    first, end = (index, index + _AHEAD) if step > 0 else (index - _AHEAD + 1, index + 1)
    first, end = max(first, 0), min(end, count)
    if isinstance(image, Volume):
        image.voxels.expect(further, first, end)
    else:
        image.pixels.expect(first, end)
    return first, end
