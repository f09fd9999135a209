"""What a person makes of a study, filed in it as series of their own: presentation states, pictures of the
screen; and objects that leave the station.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping
from collections.abc import Sequence as SequenceOf
from datetime import datetime
from pathlib import Path
from typing import Any

from app.dicom.read.burned_in import may_be_burned_in
from app.dicom.write.secondary_capture import write_secondary_capture
from app.domain.file_names import stem_of
from app.domain.layers import PresentationState
from app.domain.person import Actor
from app.domain.picture import CapturedPicture
from app.domain.provenance import derived_uid
from app.domain.segmentation import RegionSegment
from app.domain.study import SeriesUid
from app.domain.volume import Volume
from app.errors import BadInput
from app.i18n import tr
from app.objects.rights import FILE_OBJECT
from app.objects.service import ObjectEntry
from app.people.rights import EXPORT, require
from app.ports import Archive
from app.processes.dicom import DicomProcesses
from app.storage.files import require_room, told_for, written_together
from app.storage.folder import DataFolder
from app.viewing.captures import ShownSource

#: Series Numbers of what is filed begin here
_SERIES_NUMBER = 9950


class FilingService:
    """Sources are never changed: what is filed is new, and names them.  All calls are for any thread but the
    window's.
    """

    def __init__(self, folder: DataFolder, archive: Archive, dicom: DicomProcesses) -> None:
        self._folder = folder
        self._archive = archive
        self._parsers = dicom.parsers

    def file_states(
        self,
        actor: Actor,
        study_uid: str,
        states: SequenceOf[PresentationState],
        *,
        label: str,
        made_at: datetime,
    ) -> SeriesUid:
        """Presentation states as a new series; all their images are of the study."""
        from app.dicom.write.presentation_state import write_presentation  # not when the window starts

        require(actor, FILE_OBJECT)
        series_uid, number = self._new_series(actor, study_uid, "presentation-states", made_at)
        named = dict.fromkeys(uid for state in states for uid in state.reference.series_uids)
        sources = [self._archive.source(actor, uid) for uid in named]

        def write(workdir: Path) -> int:
            for place, state in enumerate(states, 1):
                write_presentation(
                    workdir / f"{place}.dcm",
                    state,
                    sources,
                    label=label,
                    made_at=made_at,
                    series_uid=series_uid,
                    series_number=number,
                    number=place,
                )
            return len(states)

        return self._file(actor, study_uid, series_uid, "presentation.file", write)

    def file_regions(
        self,
        actor: Actor,
        study_uid: str,
        volume: Volume,
        regions: Mapping[int, SequenceOf[RegionSegment]],
        *,
        description: str,
        made_at: datetime,
    ) -> SeriesUid:
        """Regions of a volume, by the position of its further axis, as a new series of segmentations."""
        from app.dicom.write.region_segmentation import write_regions  # not when the window starts

        require(actor, FILE_OBJECT)
        series_uid, series_number = self._new_series(actor, study_uid, "region-segmentations", made_at)
        header = self._archive.source(actor, volume.series_uid)

        def write(workdir: Path) -> int:
            for number, (further, found) in enumerate(sorted(regions.items()), 1):
                write_regions(
                    workdir / f"{number}.dcm",
                    found,
                    volume.grid,
                    volume.references[further],
                    header,
                    description=description,
                    creator=actor.name,
                    made_at=made_at,
                    series_uid=series_uid,
                    series_number=series_number,
                    number=number,
                )
            return len(regions)

        return self._file(actor, study_uid, series_uid, "segmentation.file", write)

    def file_pictures(
        self,
        actor: Actor,
        study_uid: str,
        pictures: SequenceOf[tuple[CapturedPicture, SequenceOf[ShownSource]]],
        *,
        named: bool,
        description: str,
        made_at: datetime,
    ) -> SeriesUid:
        """Pictures of the screen with what they show, of one size, as an object in a new series; `named`:
        their texts say who the patient is.

        Without them it says so too, unless the images themselves may carry the name in their pixels.
        `BadInput` where they show no image of the study.
        """
        require(actor, FILE_OBJECT)
        series_uid, number = self._new_series(actor, study_uid, "secondary-capture", made_at)
        shown = tuple(dict.fromkeys(one for _, sources in pictures for one in sources))
        own = next((one for one in shown if one.study_uid == study_uid), None)
        if own is None:
            raise BadInput("The picture shows no image of the study.")
        header = self._archive.source(actor, own.series_uid)
        burned_in = named or any(self._may_be_burned_in(actor, one) for one in shown)

        def write(workdir: Path) -> int:
            write_secondary_capture(
                workdir / "picture.dcm",
                [(picture, [one.image for one in sources]) for picture, sources in pictures],
                header,
                description=description,
                burned_in=burned_in,
                is_lossy=any(one.is_lossy for one in shown),
                made_at=made_at,
                series_uid=series_uid,
                series_number=number,
            )
            return 1

        return self._file(actor, study_uid, series_uid, "picture.file", write)

    def _may_be_burned_in(self, actor: Actor, source: ShownSource) -> bool:
        name = tr("Image")
        return any(
            self._held(one.sha256, name)
            for one in self._archive.instances(actor, source.series_uid)
            if one.sop_uid == source.image.sop_uid
        )

    def _held(self, sha256: str, name: str) -> bool:
        with self._archive.lease(sha256) as path:
            return self._parsers.call(may_be_burned_in, path, name, about=name)

    def _new_series(
        self, actor: Actor, study_uid: str, what: str, made_at: datetime
    ) -> tuple[SeriesUid, int]:
        """UID and number of a new series."""
        known = self._archive.series(actor, study_uid)
        uid = derived_uid(what, study_uid, made_at.isoformat(), actor.person_id, str(len(known)))
        used = [one.number for one in known if one.number is not None and one.number >= _SERIES_NUMBER]
        return SeriesUid(uid), max(used, default=_SERIES_NUMBER - 1) + 1

    def _file(
        self, actor: Actor, study_uid: str, series_uid: SeriesUid, action: str, write: Callable[[Path], int]
    ) -> SeriesUid:
        with self._folder.temp_dir() as workdir:
            with told_for(self._folder.path):
                count = write(workdir)

            def record(tx: Any) -> SeriesUid:
                tx.audit.append(actor, action, study_uid, "done", {"objects": count})
                return series_uid

            return self._archive.file_made(actor, workdir, record)

    def export(self, actor: Actor, study_uid: str, entry: ObjectEntry, out: Path) -> Path:
        """Copy an object into a folder as it is stored; it carries who the patient is, its name does not.

        `FilesThere` where there is such a file already.
        """
        require(actor, EXPORT)
        study = self._archive.study(actor, study_uid)
        stem = stem_of(study)
        series = self._archive.one_series(actor, entry.series_uid)
        found = next(
            one for one in self._archive.instances(actor, entry.series_uid) if one.sop_uid == entry.sop_uid
        )
        name = f"{stem}_{series.modality}_{series.number or 0}_{entry.number or 1:04d}.dcm"
        require_room(out, found.size_bytes)
        with written_together(out, overwrite=False) as stage:
            with told_for(out), self._archive.lease(found.sha256) as stored:
                shutil.copyfile(stored, stage / name)
            with self._folder.database.write() as tx:  # before the file gets its name
                tx.audit.append(actor, "object.export", entry.series_uid, "done", {"objects": 1})
        return out / name
