"""Where a cine or a further axis stands, as the bar of a tile shows it."""

from __future__ import annotations

from dataclasses import dataclass

from app.domain.volume import Volume
from app.viewing.cine import ends_of, play_mode, rate_hz
from app.viewing.links import count_of
from app.viewing.screen import PlayMode, Viewport
from app.viewing.shapes.shape import Box
from app.viewing.shown_image import ShownImage
from app.viewing.viewport_texts import rate_words, sequence_text

#: height of the bar
BAR_PX = 28


@dataclass(frozen=True, slots=True)
class SequenceBar:
    """The bar at the lower edge: where a cine or a further axis stands.  `box` is its place on the tile."""

    box: Box
    position: int
    count: int
    #: the first and the last position that play
    ends: tuple[int, int]
    text: str
    playing: bool
    further: bool
    #: rate and mode of playing
    rate_text: str
    mode: PlayMode


def sequence_bar(viewport: Viewport, image: ShownImage, size_px: tuple[int, int]) -> SequenceBar | None:
    """For volumes with a further axis, and for what is meant to be played or is being played."""
    box = Box(0, size_px[1] - BAR_PX, size_px[0], BAR_PX)
    if isinstance(viewport.image, Volume) and viewport.image.voxels.ready.shape[0] > 1:
        position, count, further = image.further, viewport.image.voxels.ready.shape[0], True
    elif is_cine(image) or viewport.cine is not None:
        position, count, further = image.index, count_of(viewport), False
    else:
        return None
    return SequenceBar(
        box=box,
        position=position,
        count=count,
        ends=ends_of(viewport),
        text=sequence_text(viewport, image, further=further),
        playing=viewport.cine is not None,
        further=further,
        rate_text=rate_words(rate_hz(viewport)),
        mode=play_mode(viewport),
    )


def is_cine(image: ShownImage) -> bool:
    """The object itself says how fast its frames follow each other."""
    frame = image.frame
    return frame is not None and frame.frames_in_object > 1 and bool(frame.frame_time_ms)
