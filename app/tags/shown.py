"""Which object the reader looks at."""

from __future__ import annotations

from dataclasses import dataclass

from app.session.session import Session
from app.viewing.screen import Viewport
from app.viewing.shown_image import frame_at, series_uid_of, shown_image


@dataclass(frozen=True, slots=True)
class ShownObject:
    """An object of a series ("": the first one) and its frame, zero-based, None where the object has one."""

    series_uid: str
    sop_uid: str = ""
    frame: int | None = None


def shown_object(session: Session) -> ShownObject | None:
    """The source image of the active viewport, of a reformatted plane that of its volume's original plane; of
    computed and other series the first object.
    """
    current, screen = session.study.current, session.screen
    image = screen.active_viewport.image
    if image is None:
        return ShownObject(current.series_uid) if current is not None else None
    for viewport in (screen.active_viewport, *screen.showing(image)):
        if (found := _of_viewport(viewport)) is not None:
            return found
    return ShownObject(series_uid_of(image))


def objects_beside(session: Session) -> tuple[ShownObject, ...]:
    """The source images of the other viewports, each once."""
    active, screen = shown_object(session), session.screen
    found = (_of_viewport(viewport) for viewport in screen.shown if viewport is not screen.active_viewport)
    return tuple(dict.fromkeys(one for one in found if one is not None and one != active))


def _of_viewport(viewport: Viewport) -> ShownObject | None:
    image, shown = viewport.image, shown_image(viewport)
    found = frame_at(viewport, shown) if shown is not None else None
    if image is None or found is None:
        return None
    sop_uid, _, frame = found
    return ShownObject(series_uid_of(image), sop_uid, None if frame is None else frame - 1)
