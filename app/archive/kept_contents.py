"""What series hold, kept in memory after it was built, so that opening one again builds nothing."""

from __future__ import annotations

import threading
from collections import OrderedDict
from dataclasses import dataclass

from app.dicom.read.source_header import SourceHeader
from app.domain.display_set import SeriesDisplaySets
from app.domain.study import Series, SeriesUid

#: frames that all kept series have together, about 2 KB each; the series asked for last stays whatever it has
MOST_FRAMES = 20_000


@dataclass(frozen=True, slots=True)
class SeriesContents:
    """What a series holds, and what its first image says of the technique (None where no object can be read).

    `series` is the series as it was then: one that has more objects, or whose texts are read in another way,
    differs.
    """

    series: Series
    held: SeriesDisplaySets
    first_source: SourceHeader | None

    @property
    def n_frames(self) -> int:
        """Frames of all display sets."""
        return sum(len(one.frames) for one in self.held.sets)


class KeptContents:
    """Contents by series, the ones that were asked for longest ago go first.  Safe for threads."""

    def __init__(self, most_frames: int = MOST_FRAMES) -> None:
        self._most = most_frames
        self._kept: OrderedDict[SeriesUid, SeriesContents] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, series: Series) -> SeriesContents | None:
        """What the series holds, where it is kept and the series is still the same."""
        with self._lock:
            found = self._kept.get(series.series_uid)
            if found is None or found.series != series:
                return None
            self._kept.move_to_end(series.series_uid)
            return found

    def put(self, contents: SeriesContents) -> None:
        """Keep; others make room."""
        with self._lock:
            self._kept[contents.series.series_uid] = contents
            self._kept.move_to_end(contents.series.series_uid)
            held = sum(one.n_frames for one in self._kept.values())
            while held > self._most and len(self._kept) > 1:
                held -= self._kept.popitem(last=False)[1].n_frames
