"""Which images of a study a picture of the screen shows."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from app.domain.layers import ImageReference
from app.domain.study import SeriesUid, StudyUid
from app.domain.volume import Volume
from app.viewing.screen import RenderingView, SliceView, Viewport
from app.viewing.shown_image import ShownImage, anchor_of, drawn_frame, image_at, series_uid_of, shown_image


@dataclass(frozen=True, slots=True)
class ShownSource:
    """An image that a view shows, that lies nearest to the plane that it shows, or in the middle of what it
    renders.
    """

    study_uid: StudyUid
    series_uid: SeriesUid
    image: ImageReference
    is_lossy: bool = False


def shown_sources(viewports: Iterable[Viewport]) -> tuple[ShownSource, ...]:
    """Each once."""
    return tuple(dict.fromkeys(source for viewport in viewports for source in _of_view(viewport)))


def _of_view(viewport: Viewport) -> Iterator[ShownSource]:
    shown = shown_image(viewport) or _middle(viewport)
    if shown is None or viewport.image is None:
        return
    anchor, frame = anchor_of(viewport, shown), drawn_frame(viewport, shown)
    at = anchor if anchor.kind == "frame" else anchor.nearest if anchor.kind == "plane" else None
    if at is None:
        return
    image = ImageReference(at.sop_uid, (at.frame,) if at.frame else (), at.sop_class_uid)
    frames = viewport.display_set.frames if viewport.display_set is not None else ()
    lossy = frame.lossy_ratio if frame is not None else next((f.lossy_ratio for f in frames), None)
    yield ShownSource(anchor.study_uid, series_uid_of(viewport.image), image, lossy is not None)


def _middle(viewport: Viewport) -> ShownImage | None:
    """The middle slice of a volume that is rendered."""
    if not (isinstance(viewport.image, Volume) and isinstance(viewport.view, RenderingView)):
        return None
    return image_at(viewport, SliceView(0, viewport.image.grid.shape[0] // 2), viewport.further)
