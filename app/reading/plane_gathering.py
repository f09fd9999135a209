"""Planes across the slices of volumes that lie in files, gathered in the background."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from app.domain.image import Image
from app.domain.plane_slabs import PlaneKey, PlaneSlabs, Slab
from app.domain.volume import SharedVoxels, Volume
from app.errors import Refused
from app.jobs import Job, JobState
from app.session.session import Session
from app.viewing.planes import nearest_slice
from app.viewing.screen import SliceView, Viewport, ViewportId
from app.viewing.shown_image import plane_key

#: planes that are gathered together, at most
_TOGETHER = 16
#: a plane is gathered anew when so many times as many slices have arrived, and when all have
_MORE = 1.5


@dataclass(frozen=True, slots=True, eq=False)
class _Wanted:
    """Planes to be gathered of a volume: `count` from `first` on."""

    volume: Volume
    first: PlaneKey
    count: int


class PlaneGathering:
    """Sees that the planes that are shown are there, then those that come next where the reader scrolls.

    One slab is gathered at a time, what is shown first; a view shows the nearest plane that there is
    meanwhile.
    """

    def __init__(self, session: Session) -> None:
        self._session = session
        self._job: Job[Slab] | None = None
        self._gathers: Volume | None = None
        #: generations of voxels that could not be read
        self._broken: set[int] = set()
        self._seen: dict[ViewportId, PlaneKey] = {}
        #: where the reader scrolls to: 1 or -1
        self._steps: dict[ViewportId, int] = {}
        session.screen.viewport_changed.connect(self._changed)
        session.screen.events.maximised.connect(self._look)
        session.loaded.unloading.connect(self._unloading)

    def _changed(self, _: Viewport, what: str) -> None:
        if what in ("image", "view", "further", "arrived"):
            self._look()

    def _look(self) -> None:
        """Begin with what is missing, unless something is being gathered: then it is looked again at its
        end.
        """
        if self._job is None and (wanted := self._next()) is not None:
            self._gather(wanted)

    # -- what is missing ------------------------------------------------------------------------------------

    def _shown(self) -> dict[ViewportId, tuple[Volume, PlaneSlabs, PlaneKey]]:
        """The planes across slices of files that viewports show, the active viewport's first."""
        screen, found = self._session.screen, {}
        for viewport in sorted(screen.shown, key=lambda one: one is not screen.active_viewport):
            volume, view = viewport.image, viewport.view
            if not isinstance(volume, Volume) or not isinstance(view, SliceView) or view.axis == 0:
                continue
            planes = volume.voxels.planes
            generation = volume.voxels.generation
            if planes is None or not volume.voxels.ready.size or generation in self._broken:
                continue
            index = nearest_slice(view.index, volume.grid.shape[view.axis])
            further = min(max(viewport.further, 0), volume.voxels.ready.shape[0] - 1)
            found[viewport.viewport_id] = volume, planes, plane_key(volume, view.axis, index, further)
        return found

    def _next(self) -> _Wanted | None:
        shown = self._shown()
        for viewport_id, (volume, planes, key) in shown.items():
            self._follow(viewport_id, key)
            if _is_due(volume, planes, key):
                return self._slab(viewport_id, volume, key, len(shown))
        for viewport_id, (volume, planes, key) in shown.items():
            ahead = self._ahead(viewport_id, volume, planes, key)
            if ahead is not None:
                return self._slab(viewport_id, volume, ahead, len(shown))
        return None

    def _follow(self, viewport_id: ViewportId, key: PlaneKey) -> None:
        """Where a viewport is scrolled to."""
        before = self._seen.get(viewport_id)
        if before is not None and (before.generation, before.axis) == (key.generation, key.axis):
            if before.index != key.index:
                self._steps[viewport_id] = 1 if key.index > before.index else -1
        else:
            self._steps.pop(viewport_id, None)
        self._seen[viewport_id] = key

    def _ahead(
        self, viewport_id: ViewportId, volume: Volume, planes: PlaneSlabs, key: PlaneKey
    ) -> PlaneKey | None:
        """The plane that comes behind those that are there, where the reader scrolls to it."""
        step, slab = self._steps.get(viewport_id, 0), planes.find(key)
        if not step or slab is None:
            return None
        index = slab.key.index + slab.count if step > 0 else slab.key.index - 1
        if not 0 <= index < volume.grid.shape[key.axis]:
            return None
        ahead = plane_key(volume, key.axis, index, key.further)
        return ahead if _is_due(volume, planes, ahead) else None

    def _slab(self, viewport_id: ViewportId, volume: Volume, key: PlaneKey, shown: int) -> _Wanted:
        """The plane with its neighbours where the reader scrolls to, as many as there is room for."""
        planes, count = volume.voxels.planes, volume.grid.shape[key.axis]
        assert planes is not None
        plane_bytes = volume.voxels.array[0].nbytes // count
        together = planes.room_bytes // (shown + 2) // max(plane_bytes, 1)  # two more: those that come next
        together = min(max(together, 1), _TOGETHER, count)
        before = {1: 0, -1: together - 1, 0: together // 2}[self._steps.get(viewport_id, 0)]
        first = min(max(key.index - before, 0), count - together)
        return _Wanted(volume, plane_key(volume, key.axis, first, key.further), together)

    # -- gathering ------------------------------------------------------------------------------------------

    def _gather(self, wanted: _Wanted) -> None:
        session, voxels = self._session, wanted.volume.voxels
        assert isinstance(voxels, SharedVoxels)  # nothing else lies in files
        try:
            lease = session.loaded.hold(wanted.volume)
        except Refused:
            return  # on its way off the screen

        def work(*, cancelled: Any, **_: Any) -> Slab:
            with lease:
                return voxels.gather(wanted.first, wanted.count, cancelled)

        job = session.station.jobs.submit("", work)

        def ended() -> None:
            self._job = self._gathers = None
            if not lease.is_released:  # it was cancelled before it began
                lease.release()
            if job.state is JobState.CANCELLED:  # its volume went: others may wait
                self._look()

        self._gathers, self._job = wanted.volume, job
        session.dispatcher.follow(
            self._job,
            lambda slab: self._gathered(wanted.volume, slab),
            failed=lambda error: self._failed(wanted.volume, error),
            always=ended,
        )

    def _gathered(self, volume: Volume, slab: Slab) -> None:
        planes = volume.voxels.planes
        if planes is not None and self._session.loaded.holds(volume):
            planes.put(slab, [key for _, _, key in self._shown().values()])
            for viewport in self._session.screen.showing(volume):
                if isinstance(viewport.view, SliceView) and viewport.view.axis == slab.key.axis:
                    viewport.arrived += 1
        self._look()

    def _failed(self, volume: Volume, error: BaseException) -> None:
        self._broken.add(volume.voxels.generation)
        self._session.station.notifications.add_error(error)
        self._look()

    def _unloading(self, image: Image) -> None:
        if self._job is not None and image is self._gathers:
            self._job.cancel()


def _is_due(volume: Volume, planes: PlaneSlabs, key: PlaneKey) -> bool:
    """A plane is missing, or there are many more slices now than when it was gathered."""
    ready = volume.voxels.ready[key.further]
    arrived, slab = int(ready.sum()), planes.find(key)
    if slab is None or arrived == slab.arrived:
        return slab is None and arrived > 0
    return arrived == len(ready) or arrived > _MORE * slab.arrived
