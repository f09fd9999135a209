"""What the archive holds: patients, studies, series, images; as indexed, not as pixels."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import NewType

from app.domain.worklist import Urgency

StudyUid = NewType("StudyUid", str)
SeriesUid = NewType("SeriesUid", str)
SopUid = NewType("SopUid", str)

#: modalities of series that are no pictures
NO_PICTURE = (
    "SR", "KO", "PR", "SEG", "DOC", "RTSTRUCT", "RTPLAN", "RTRECORD", "REG", "FID", "RWV", "HP", "PLAN",
    "ANN", "ECG", "EPS", "HD", "RESP", "AU", "EEG", "EMG", "EOG", "M3D",
)  # fmt: skip


def display_name(person_name: str) -> str:
    """A DICOM PN as people write it: the ideographic group where there is one, else the first; carets become
    spaces.
    """
    groups = [" ".join(group.replace("^", " ").split()) for group in person_name.split("=")]
    return next((group for group in [*groups[1:2], *groups] if group), "")


@dataclass(frozen=True, slots=True)
class Patient:
    """Identity as the study's objects give it (names decoded, `^` and `=` as in DICOM PN)."""

    patient_id: str
    name: str
    issuer: str = ""
    birth_date: date | None = None
    sex: str = ""

    @property
    def display_name(self) -> str:
        """The name as people write it."""
        return display_name(self.name)


@dataclass(frozen=True, slots=True)
class Instance:
    """One stored object: identity, where its bytes are, what the index needs to sort and to load it.

    `sha256` addresses the bytes in the object store. `position_mm`/`orientation` are Image Position
    (Patient) and Image Orientation (Patient) (six cosines, along the row first), None where the object has
    none.
    """

    sop_uid: SopUid
    series_uid: SeriesUid
    study_uid: StudyUid
    sop_class_uid: str
    transfer_syntax_uid: str
    sha256: str
    size_bytes: int
    number: int | None = None
    frames: int = 1
    rows: int | None = None
    columns: int | None = None
    position_mm: tuple[float, float, float] | None = None
    orientation: tuple[float, float, float, float, float, float] | None = None
    #: UID in the files, where the archive uses another key
    dicom_uid: str = ""


@dataclass(frozen=True, slots=True)
class Series:
    """One series and what is told of it."""

    series_uid: SeriesUid
    study_uid: StudyUid
    modality: str
    number: int | None = None
    description: str = ""
    body_part: str = ""
    protocol: str = ""
    manufacturer: str = ""
    frame_of_reference_uid: str = ""
    n_instances: int = 0
    size_bytes: int = 0
    #: set where the series was made here by a method (see `provenance.ResultState`)
    derived: bool = False
    slice_thickness_mm: float | None = None
    #: UID in the files, where the archive uses another key
    dicom_uid: str = ""


class FlowStep(StrEnum):
    """The one visible flow of an examination (DB13/T 3.3)."""

    ACQUISITION = "acquisition"
    PROCESSING = "processing"
    ANALYSIS = "analysis"
    REPORT = "report"
    REVIEW = "review"
    STORAGE = "storage"
    REGISTRATION = "registration"


class FlowState(StrEnum):
    """State of one step."""

    OPEN = "open"
    ACTIVE = "active"
    DONE = "done"


@dataclass(frozen=True, slots=True)
class FlowRow:
    """One step of one study: its state, who brought it there, when."""

    step: FlowStep
    state: FlowState
    person: str = ""
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Study:
    """One study with its patient and the sums that a list shows."""

    study_uid: StudyUid
    patient: Patient
    study_id: str = ""
    accession_number: str = ""
    description: str = ""
    started_at: datetime | None = None
    modalities: tuple[str, ...] = ()
    body_part: str = ""
    institution: str = ""
    referring_physician: str = ""
    patient_age: str = ""
    n_series: int = 0
    n_instances: int = 0
    size_bytes: int = 0
    imported_at: datetime | None = None
    #: UID in the files, where the archive uses another key
    dicom_uid: str = ""

    @property
    def pictured(self) -> tuple[str, ...]:
        """Modalities of its images; where it has none, those of all its series."""
        return tuple(one for one in self.modalities if one not in NO_PICTURE) or self.modalities

    @property
    def age(self) -> str:
        """DICOM Age String of the patient at the study: as the images tell it, else reckoned from the birth
        date; devices write 0 years for what they do not know.
        """
        born, at = self.patient.birth_date, self.started_at
        if self.patient_age.strip("0") not in ("", "Y") or born is None or at is None:
            return self.patient_age
        return age_string(born, at.date()) or self.patient_age


def beside_word(other: Study, current: Study) -> str:
    """What another study of the patient is to the one that is read, an English word (translation key): by
    moments, as the clocks of the devices say them.
    """
    if other.started_at is None or current.started_at is None:
        return "Undated"
    before, now = (one.replace(tzinfo=None) for one in (other.started_at, current.started_at))
    return "Prior" if before <= now else "Newer"


def age_string(birth: date, at: date) -> str:
    """DICOM Age String at a day: days in the first month, months to the second birthday, then years; ""
    before birth.
    """
    days = (at - birth).days
    months = 12 * (at.year - birth.year) + at.month - birth.month - (at.day < birth.day)
    if days < 0:
        return ""
    if months < 1:
        return f"{days:03d}D"
    return f"{months:03d}M" if months < 24 else f"{months // 12:03d}Y"


@dataclass(frozen=True, slots=True)
class StudyRow:
    """A line of the study browser."""

    study: Study
    n_priors: int = 0
    flow: tuple[FlowRow, ...] = ()
    report_state: str = ""
    urgency: Urgency = Urgency.ROUTINE
    #: who is to read the study, or began its report
    reader_id: str = ""
    reader_name: str = ""
    #: since when the study is out of the lists, by whom, and why
    deleted_at: datetime | None = None
    deleted_by: str = ""
    delete_reason: str = ""
    #: its report is not approved in the time that its urgency leaves
    is_overdue: bool = False


@dataclass(frozen=True, slots=True)
class StudyFilter:
    """What the browser asks for.  `text` is matched against name (any script), number, accession and
    description.
    """

    text: str = ""
    modality: str = ""
    since: date | None = None
    report_state: str = ""
    limit: int = 500


@dataclass(frozen=True, slots=True)
class RawField:
    """The bytes of a text of a study (`series_uid` empty) or of one of its series, as its file has them.

    `name` is the field of `Study`, `Patient` or `Series` in storage, `declared` the Specific Character Set.
    """

    series_uid: str
    name: str
    raw: bytes
    declared: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class CharsetChoice:
    """A character set that a person may choose: codec, its name (a translation key), the patient's name in
    it.
    """

    encoding: str
    label: str
    patient_name: str


@dataclass(frozen=True, slots=True)
class Notice:
    """A file that was not taken, or taken with a doubt: what, why, how often.  `path` is relative to what was
    imported.
    """

    reason: str
    template: str
    params: dict[str, str] = field(default_factory=dict)
    path: str = ""


@dataclass(frozen=True, slots=True)
class ImportNotices:
    """What one import did not take, or took with a doubt; `at` is when it ended."""

    import_id: str
    at: datetime
    notices: tuple[Notice, ...]


@dataclass(frozen=True, slots=True)
class ImportSummary:
    """What an import did.  `added` are new objects; `known` were here byte for byte; `notices` name the
    rest.
    """

    import_id: str
    examined: int
    added: int
    known: int
    notices: tuple[Notice, ...]
    studies: tuple[StudyUid, ...]
