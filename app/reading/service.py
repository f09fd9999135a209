"""Opening a study and a series for reading; what is drawn is saved as it is drawn."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from app.dicom.read.source_header import SourceHeader
from app.domain.display_set import DisplaySet, SeriesDisplaySets
from app.domain.person import Actor
from app.domain.study import Series
from app.errors import BadInput, NotFound
from app.imaging.store import ImageStore, Lease
from app.jobs import Job, never_cancelled
from app.jobs.runner import Cancelling
from app.people.rights import READ, require
from app.ports import Archive


class ReadingService:
    """Images to the screen."""

    def __init__(self, archive: Archive, images: ImageStore) -> None:
        self._archive = archive
        self._images = images

    def acquire(
        self,
        actor: Actor,
        series_uid: str,
        display_set_id: str = "",
        *,
        cancelled: Cancelling = never_cancelled,
    ) -> tuple[Series, Lease]:
        """A series and a lease on one of its display sets, the first where none is named, which fills while
        it is shown.

        The first image is usually there within 0.3 s.  Call off the GUI thread.  Raises `BadInput` where the
        series holds no images, `NotFound` where it has no such display set (any more), else as
        `ImageStore.acquire`.
        """
        held = self._archive.display_sets(actor, series_uid)
        wanted = [one for one in held.sets if display_set_id in ("", one.display_set_id)]
        if held.sets and not wanted:
            raise NotFound(
                "The series has no such images any more.",
                hint="Open the study again: images were added to it.",
            )
        return self._acquired(actor, series_uid, _first(held, wanted), cancelled)

    def prefetch(self, actor: Actor, series_uid: str, display_set_id: str = "") -> Job[int] | None:
        """Fill a display set ahead of time, the first where none is named; None where there is nothing to do,
        or no room.

        Call off the GUI thread.
        """
        require(actor, READ)
        sets = self._archive.display_sets(actor, series_uid).sets
        wanted = next((one for one in sets if display_set_id in ("", one.display_set_id)), None)
        return None if wanted is None else self._images.prefetch(self._described(actor, wanted))

    def acquire_volume(
        self, actor: Actor, series_uid: str, *, cancelled: Cancelling = never_cancelled
    ) -> tuple[Series, Lease]:
        """The same of the first volume that a series makes; `BadInput` with the reason where it makes
        none.
        """
        held = self._archive.display_sets(actor, series_uid)
        volumes = [one for one in held.sets if one.geometry is not None]
        return self._acquired(actor, series_uid, _first(held, volumes), cancelled)

    def _acquired(
        self, actor: Actor, series_uid: str, found: DisplaySet, cancelled: Cancelling
    ) -> tuple[Series, Lease]:
        require(actor, READ)
        series = self._archive.one_series(actor, series_uid)
        return series, self._images.acquire(self._described(actor, found), cancelled=cancelled)

    def _described(self, actor: Actor, found: DisplaySet) -> DisplaySet:
        """With what the first image tells of the technique."""
        technique = _technique(self._archive.first_source(actor, found.series_uid))
        return replace(found, details={**found.details, **technique, "lossy": _loss(found)})


def _technique(head: SourceHeader) -> dict[str, str]:
    """What the first image tells of the technique, by DICOM keyword."""
    return {
        "KVP": head.kvp,
        "ConvolutionKernel": head.kernel,
        "SliceThickness": head.slice_thickness,
        "ImageType": head.image_type,
        "ManufacturerModelName": head.model,
        "ContrastBolusAgent": head.contrast_agent,
        "MagneticFieldStrength": head.field_strength,
        "DerivationDescription": head.derivation,
        "DerivationCodeSequence": "\\".join(head.derivation_codes),
        "PatientAge": head.patient_age,
    }


def _first(held: SeriesDisplaySets, wanted: Sequence[DisplaySet]) -> DisplaySet:
    """The first of the wanted display sets; `BadInput` says why there is none."""
    if wanted:
        return wanted[0]
    if held.sets:
        raise BadInput(
            "The series makes no volume: its {n} images are looked at one by one.",
            n=sum(len(one.frames) for one in held.sets),
        )
    if held.left_out:
        template, params = held.left_out[0].reason
        raise BadInput(template, **params)
    raise BadInput("The series has no images.")


def _loss(found: DisplaySet) -> str:
    """The largest ratio of a compression that lost something, ``1`` where no ratio is known, "" where nothing
    was lost.
    """
    ratios = [frame.lossy_ratio for frame in found.frames if frame.lossy_ratio is not None]
    if not ratios:
        return ""
    return f"{max(ratios):g}" if max(ratios) else "1"
