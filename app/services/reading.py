"""Opening a study and a series for reading; what is drawn is saved as it is drawn."""

from __future__ import annotations

from dataclasses import dataclass, replace

from app.dicom.bounded import DicomProcesses
from app.dicom.frame_index import index_frames
from app.dicom.loader import LoadTask, VolumeLoader
from app.dicom.segmentation_object import read_segmentation
from app.dicom.source_header import SourceHeader, source_header
from app.domain.key_object import KeyImage
from app.domain.measurement import Measurement
from app.domain.person import Actor, Right
from app.domain.provenance import ResultState
from app.domain.segmentation import Segmentation
from app.domain.study import Instance, Series
from app.domain.volume import Volume
from app.errors import NotFound
from app.i18n import tr
from app.jobs import Job, JobRunner
from app.people.rights import require
from app.services.archive import ArchiveService
from app.storage.folder import DataFolder

#: transfer syntaxes that always lose something: JPEG baseline and extended, JPEG-LS near-lossless
_LOSSY = ("1.2.840.10008.1.2.4.50", "1.2.840.10008.1.2.4.51", "1.2.840.10008.1.2.4.81")


@dataclass(frozen=True, slots=True, eq=False)
class OpenedSeries:
    """A volume that fills while it is already shown; `job` ends when the last slice is there."""

    series: Series
    volume: Volume
    job: Job[int]


class ReadingService:
    """Images to the screen, drawings to the database."""

    def __init__(self, folder: DataFolder, archive: ArchiveService, jobs: JobRunner, dicom: DicomProcesses) -> None:
        self._folder = folder
        self._db = folder.database
        self._archive = archive
        self._jobs = jobs
        self._dicom = dicom
        self._loader = VolumeLoader(dicom.decoder)

    def prepare(self, actor: Actor, series_uid: str) -> tuple[Series, Volume, LoadTask]:
        """The empty volume of a series and the task that fills it (blocking callers run it themselves).

        Raises `BadInput` with the reason where the series makes no volume.
        """
        require(actor, Right.READ)
        series = self._archive.one_series(actor, series_uid)
        instances = self._archive.instances(actor, series_uid)
        frames = index_frames(series, instances, self._archive.locate, child=self._dicom.parser)
        volume, task = self._loader.open(frames, self._archive.locate, body_part=series.body_part)
        volume = replace(volume, details={**volume.details, **self._technique(series, instances)})
        return series, volume, task

    def open_series(self, actor: Actor, series_uid: str) -> OpenedSeries:
        """Start filling a volume; its first slice is usually there within 0.3 s.  Call off the GUI thread."""
        series, volume, task = self.prepare(actor, series_uid)
        return OpenedSeries(series, volume, self._jobs.submit(tr("Loading images"), task.run))

    def _technique(self, series: Series, instances: list[Instance]) -> dict[str, str]:
        """What the first image tells of the technique, by DICOM keyword."""
        images = [i for i in instances if i.rows][:1]
        head = source_header(series, images, self._archive.locate, child=self._dicom.parser)
        return {
            "KVP": head.kvp, "ConvolutionKernel": head.kernel, "SliceThickness": head.slice_thickness, "ImageType": head.image_type,
            "ManufacturerModelName": head.model, "ContrastBolusAgent": head.contrast_agent, "MagneticFieldStrength": head.field_strength,
            "DerivationDescription": head.derivation, "DerivationCodeSequence": "\\".join(head.derivation_codes),
            "PatientAge": head.patient_age, "lossy": _loss(head, instances),
        }  # fmt: skip

    def segmentation(self, actor: Actor, result: ResultState, volume: Volume) -> Segmentation:
        """The segmentation object of a result, on the grid of the volume it was made for."""
        require(actor, Right.READ)
        instances = self._archive.instances(actor, result.series_uid)
        if not instances:
            raise NotFound("The archive has no series {uid}.", uid=result.series_uid)
        return read_segmentation(self._archive.locate(instances[0].sha256), volume.grid, child=self._dicom.parser)

    def annotations(self, actor: Actor, study_uid: str) -> tuple[tuple[Measurement, ...], tuple[KeyImage, ...]]:
        """What was drawn on a study."""
        require(actor, Right.READ)
        with self._db.read() as tx:
            measurements, keys = tx.annotations.layer(study_uid)
        return tuple(measurements), tuple(keys)

    def save_annotations(self, actor: Actor, study_uid: str, measurements: tuple[Measurement, ...], keys: tuple[KeyImage, ...]) -> None:
        """Keep what was drawn; the state before stays in the history."""
        require(actor, Right.ANNOTATE)
        if keys:
            self._folder.objects.sync()  # pictures before the rows that name them
        with self._db.write() as tx:
            tx.annotations.save_layer(study_uid, measurements, keys, actor.name)
            tx.audit.append(
                actor, "annotation.save", study_uid, "done", {"measurements": len(measurements), "key_images": len(keys)}
            )  # fmt: skip

    def keep_picture(self, actor: Actor, png: bytes) -> str:
        """Keep a drawn picture; its SHA-256.  It is durable when what names it is saved."""
        require(actor, Right.ANNOTATE)
        return str(self._folder.objects.put_bytes(png).sha256)

    def picture(self, actor: Actor, sha256: str) -> bytes:
        """A kept picture; `BadInput` where the bytes are not those that were kept."""
        require(actor, Right.READ)
        return self._folder.objects.read(sha256)


def _loss(head: SourceHeader, instances: list[Instance]) -> str:
    """Ratio of a compression that lost something, ``1`` where the ratio is not known, "" where nothing was lost."""
    if head.lossy != "01" and not any(image.transfer_syntax_uid in _LOSSY for image in instances):
        return ""
    return head.lossy_ratio or "1"
