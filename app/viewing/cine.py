"""Playing what a viewport shows: which of its images, at which rate, and how it goes on at the ends."""

from __future__ import annotations

from dataclasses import replace

from app.domain.frame import Frame
from app.domain.image import ImageStack
from app.domain.volume import Volume
from app.viewing.links import count_of, index_of
from app.viewing.screen import Cine, PlayMode, Viewport
from app.viewing.shown_image import shown_image

#: rate where an object says none, and the least and most that is played, in images a second
DEFAULT_HZ, LEAST_HZ, MOST_HZ = 15.0, 0.5, 60.0
#: rates that are offered, in images a second
RATES_HZ = (0.5, 1.0, 2.0, 3.0, 5.0, 7.5, 10.0, 12.0, 15.0, 20.0, 25.0, 30.0, 40.0, 50.0, 60.0)


def plays_further(viewport: Viewport) -> bool:
    """It is the further axis that plays."""
    image = viewport.image
    return isinstance(image, Volume) and image.voxels.ready.shape[0] > 1


def cine_count(viewport: Viewport) -> int:
    """How many positions a cine goes through."""
    if isinstance(viewport.image, Volume) and plays_further(viewport):
        return int(viewport.image.voxels.ready.shape[0])
    return count_of(viewport)


def can_play(viewport: Viewport) -> bool:
    """There is more than one position."""
    return shown_image(viewport) is not None and cine_count(viewport) > 1


def toggle_cine(viewport: Viewport) -> None:
    """Play, at the rate and in the mode that were chosen, else as the object says, or stop."""
    if viewport.cine is not None or not can_play(viewport):
        viewport.cine = None
        return
    viewport.cine = Cine(rate_hz(viewport), play_mode(viewport))


# -- rate ---------------------------------------------------------------------------------------------------


def own_rate_hz(viewport: Viewport) -> float:
    """As the object says: Recommended Display Frame Rate, else Frame Time, Cine Rate, or the mean of the
    Frame Time Vector.
    """
    frame = _shown_frame(viewport)
    if frame is None:
        return DEFAULT_HZ
    if frame.shown_rate_hz:
        return _bounded(frame.shown_rate_hz)
    times = [one.frame_time_ms for one in _of_object(viewport, frame) if one.frame_time_ms]
    return _bounded(1000 * len(times) / sum(times)) if times else DEFAULT_HZ


def rate_hz(viewport: Viewport) -> float:
    """The rate that was chosen, else the object's own."""
    return own_rate_hz(viewport) if viewport.cine_rate_hz is None else viewport.cine_rate_hz


def set_rate(viewport: Viewport, wanted_hz: float) -> None:
    """Play so many images a second, now or later; bounded to what can be played."""
    viewport.cine_rate_hz = _bounded(wanted_hz)
    if viewport.cine is not None:
        viewport.cine = replace(viewport.cine, rate_hz=viewport.cine_rate_hz)


def step_rate(viewport: Viewport, step: int) -> None:
    """The next faster (1) or slower (-1) of the rates that are offered; the ends hold."""
    now = rate_hz(viewport)
    if step > 0:
        set_rate(viewport, next((rate for rate in RATES_HZ if rate > now + 1e-6), RATES_HZ[-1]))
    else:
        set_rate(viewport, next((rate for rate in reversed(RATES_HZ) if rate < now - 1e-6), RATES_HZ[0]))


def _bounded(wanted_hz: float) -> float:
    return min(max(wanted_hz, LEAST_HZ), MOST_HZ)


# -- mode ---------------------------------------------------------------------------------------------------


def play_mode(viewport: Viewport) -> PlayMode:
    """The mode that was chosen, else what the object prefers."""
    if viewport.cine_mode is not None:
        return viewport.cine_mode
    frame = _shown_frame(viewport)
    return PlayMode.BOUNCE if frame is not None and frame.back_and_forth else PlayMode.LOOP


def set_mode(viewport: Viewport, mode: PlayMode) -> None:
    """Go on at the ends in a loop, or back and forth."""
    viewport.cine_mode = mode
    if viewport.cine is not None:
        viewport.cine = replace(viewport.cine, mode=mode)


def toggle_mode(viewport: Viewport) -> None:
    """The other mode."""
    loops = play_mode(viewport) is PlayMode.LOOP
    set_mode(viewport, PlayMode.BOUNCE if loops else PlayMode.LOOP)


def played(begun: int, steps: int, ends: tuple[int, int], mode: PlayMode) -> int:
    """Where a cine from one end to the other stands `steps` images after it begun; from the first end where
    it begun outside.
    """
    low, high = ends
    count, first = high - low + 1, begun - low if low <= begun <= high else 0
    if mode is PlayMode.LOOP or count < 2:
        return low + (first + steps) % max(count, 1)
    period = 2 * (count - 1)
    at = (first + steps) % period
    return low + (at if at < count else period - at)


# -- range --------------------------------------------------------------------------------------------------


def position_of(viewport: Viewport) -> int:
    """Where it stands along what plays."""
    return viewport.further if plays_further(viewport) else index_of(viewport)


def ends_of(viewport: Viewport) -> tuple[int, int]:
    """The first and the last position that play; all, unless fewer were chosen of as many as there are."""
    count = max(cine_count(viewport), 1)
    if viewport.cine_range is None or viewport.cine_range[2] != count:
        return 0, count - 1
    return viewport.cine_range[:2]


def set_ends(viewport: Viewport, first: int, last: int) -> None:
    """Play from one position to another; two at least play, and all are no choice."""
    count = cine_count(viewport)
    if count < 2:
        return
    first = min(max(first, 0), count - 2)
    last = min(max(last, first + 1), count - 1)
    viewport.cine_range = None if (first, last) == (0, count - 1) else (first, last, count)


def set_first(viewport: Viewport) -> None:
    """Play from what is shown on; from the very first again where that is chosen already.  A last one that
    lies before it is given up.
    """
    at, (first, last) = position_of(viewport), ends_of(viewport)
    set_ends(viewport, 0 if first == at else at, last if last > at else cine_count(viewport) - 1)


def set_last(viewport: Viewport) -> None:
    """Play up to what is shown; to the very last again where that is chosen already.  A first one that lies
    after it is given up.
    """
    at, (first, last) = position_of(viewport), ends_of(viewport)
    set_ends(viewport, first if first < at else 0, cine_count(viewport) - 1 if last == at else at)


def _shown_frame(viewport: Viewport) -> Frame | None:
    shown = shown_image(viewport)
    return shown.frame if shown is not None else None


def _of_object(viewport: Viewport, frame: Frame) -> tuple[Frame, ...]:
    """The frames of a stack that are of the same object."""
    if not isinstance(viewport.image, ImageStack):
        return (frame,)
    return tuple(one for one in viewport.image.frames if one.sop_uid == frame.sop_uid)
