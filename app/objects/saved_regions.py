"""Regions that were measured in a volume, saved in the study as a segmentation."""

from __future__ import annotations

from collections import defaultdict
from datetime import UTC, datetime
from typing import Any

from app.domain.display_set import Correction
from app.domain.segmentation import RegionSegment
from app.domain.study import SeriesUid
from app.domain.volume import Volume
from app.errors import Refused
from app.i18n import tr
from app.jobs import Job
from app.objects.filing import FilingService
from app.objects.layers import LayersController
from app.objects.saved_views import own_viewport, saved_title
from app.session.session import Session
from app.viewing.layers import MeasuredRegion, RegionLayer
from app.viewing.screen import Viewport


class SavedRegionsController:
    """Saves the lesions and spheres of the active volume; what nobody has confirmed is left out."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._filing = session.station.get(FilingService)
        self._layers = session.get(LayersController)

    @property
    def can_save(self) -> bool:
        """The active view has regions."""
        return bool(_regions(self._session.screen.active_viewport))

    def save(self) -> Job[SeriesUid]:
        """Save all regions of the active volume, as one object for each position of its further axis."""
        session, actor = self._session, self._session.user.actor
        viewport = own_viewport(session)
        volume, regions = viewport.image, _regions(viewport)
        if not isinstance(volume, Volume) or not regions:
            raise Refused(
                "Nothing was measured in this volume.", hint="Measure lesions or spheres in it first."
            )
        if volume.correction is Correction.RESAMPLED or not volume.references:
            raise Refused(
                "The slices of this volume were computed; a segmentation would lie on none of its images."
            )
        at = datetime.now(UTC).astimezone()  # the time of the station
        title, study_uid = saved_title(viewport, at), session.study.required.study_uid
        found: dict[int, list[RegionSegment]] = defaultdict(list)
        for one in regions:
            least = one.threshold
            told = (least.value, least.unit.value) if least is not None else None
            found[one.further].append(RegionSegment(one.tracking_uid, one.name, one.kind, one.region, told))

        def work(**_: Any) -> SeriesUid:
            return self._filing.file_regions(actor, study_uid, volume, found, description=title, made_at=at)

        def filed(_: SeriesUid) -> None:
            session.dispatcher.tell(tr("The regions are saved as a segmentation: {n}.", n=len(regions)))
            session.archive_changed.emit(study_uid)
            self._layers.look_again()

        job = session.station.jobs.submit(tr("Saving regions"), work)
        return session.dispatcher.follow(job, filed)


def _regions(viewport: Viewport) -> tuple[MeasuredRegion, ...]:
    layer = viewport.layer(RegionLayer)
    return tuple(one for one in layer.regions if not one.unconfirmed) if layer is not None else ()
