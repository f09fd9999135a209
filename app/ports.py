"""Doors to what a module may not import: the inference engine, the directory, the picture drawer, the
phantom, and what features ask of each other's services.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol, TypeVar

from app.domain.display_set import SeriesDisplaySets
from app.domain.inference import InferenceResult as InferenceResult
from app.domain.inference import MethodCard as MethodCard
from app.domain.inference import Nodule as Nodule
from app.domain.inference import Parameter as Parameter
from app.domain.inference import Plan as Plan
from app.domain.inference import Reason as Reason
from app.domain.inference import Task as Task
from app.domain.inference import Verdict as Verdict
from app.domain.person import Actor
from app.domain.report import Report
from app.domain.study import CharsetChoice, FlowRow, Instance, Series, SeriesUid, Study, StudyFilter, StudyRow
from app.domain.volume import Volume
from app.imaging.store import Lease
from app.jobs import Progress
from app.jobs.runner import Cancelling

T = TypeVar("T")


class InferenceEngine(Protocol):
    """Runs methods in a process of its own.  Its death is an `Unavailable` error here, never ours."""

    def methods(self) -> Sequence[MethodCard]:
        """All methods, in the registry's order."""

    def plan(
        self, method_id: str, volume: Volume, *, device: str = "auto", parameters: Mapping[str, float] = {}
    ) -> Plan:
        """What would be done, and the guard's verdict.  Asking for ``cuda`` without one is a `Refused`."""

    def run(
        self, plan: Plan, volume: Volume, *, progress: Progress, cancelled: Cancelling
    ) -> InferenceResult:
        """Do it.  A plan with verdict REFUSE is a `Refused`."""

    def close(self) -> None:
        """End the worker process."""


@dataclass(frozen=True, slots=True)
class NodeInfo:
    """A directory node as it describes itself."""

    tier: str
    area_code: str
    area_name: str
    url: str
    online: bool
    records: int = 0
    demo: bool = False


@dataclass(frozen=True, slots=True)
class RecordHit:
    """One line of a result set."""

    identifier: str
    title: str
    tier: str
    area_name: str
    category: str
    data_format: str
    security_level: str
    updated_at: str
    state: str
    security_code: str = ""


@dataclass(frozen=True, slots=True)
class SearchAnswer:
    """What a tier answered: the hits of one page, how many there are, whether the count is exact, how long it
    took.
    """

    tier: str
    total: int
    exact: bool
    hits: tuple[RecordHit, ...]
    seconds: float
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ElementValue:
    """A value of a metadata element, where it came from and how sure that is (0…1)."""

    element_id: str
    value: str
    source: str
    confidence: float = 1.0


@dataclass(frozen=True, slots=True)
class DirectoryRecord:
    """A record as a node returned it; `document` is its JSON object whole."""

    identifier: str
    state: str
    tier: str
    document: Mapping[str, Any]


class Directory(Protocol):
    """The directory service seen from the station (DB13/T 4.10).  Raises `Unavailable` when a node does not
    answer.
    """

    def nodes(self) -> Sequence[NodeInfo]:
        """County, city and province as they answer now."""

    def register(self, document: Mapping[str, Any], *, idempotency_key: str) -> DirectoryRecord:
        """Register at the county, which assigns the identifier; the same key again gives the same record."""

    def revise(self, identifier: str, document: Mapping[str, Any]) -> DirectoryRecord:
        """The next version of a record at the county; the same document again changes nothing.

        Raises `NotYet` while the version before waits for its review, `NotFound` where the county has no such
        record.
        """

    def search(
        self,
        text: str,
        *,
        tier: str,
        offset: int = 0,
        limit: int = 20,
        filters: Mapping[str, Sequence[str]] = {},
    ) -> SearchAnswer:
        """Search one tier's published records."""

    def facets(
        self, text: str, *, tier: str, filters: Mapping[str, Sequence[str]] = {}
    ) -> Mapping[str, Sequence[tuple[str, str, int]]]:
        """For each facet: (code, name, count) of what text and the other facets' filters leave."""

    def record(self, identifier: str, *, tier: str) -> DirectoryRecord:
        """One record."""

    def elements(self) -> Sequence[Mapping[str, Any]]:
        """The metadata set in force at the county: elements with their eight attributes (4.6)."""

    def close(self) -> None:
        """Close connections."""


@dataclass(frozen=True, slots=True)
class DemoDirectory:
    """The embedded three-tier directory: urls by tier, and how to stop it."""

    urls: Mapping[str, str]
    home: Path
    accounts: Mapping[str, tuple[str, str]]  # role → (login, password), demo only


#: a local file with the bytes of an object, there as long as it is held; it is read only
ObjectLease = AbstractContextManager[Path]


class Objects(Protocol):
    """Stored objects, wherever they are kept (`app.storage.objects.ObjectStore`)."""

    def lease(self, sha256: str) -> ObjectLease:
        """The file of an object while it is held; entering raises `NotFound`, or `Unavailable` where it is
        not in reach.
        """


class Archive(Objects, Protocol):
    """What features ask of the archive (`app.archive.service.ArchiveService`).  Each call needs the right to
    read.
    """

    def study(self, actor: Actor, study_uid: str) -> Study:
        """One study; `NotFound`."""

    def studies(self, actor: Actor, wanted: StudyFilter = ...) -> list[StudyRow]:
        """The study browser's rows, newest first."""

    def series(self, actor: Actor, study_uid: str) -> list[Series]:
        """Series of a study in their order."""

    def one_series(self, actor: Actor, series_uid: str) -> Series:
        """One series; `NotFound`."""

    def instances(self, actor: Actor, series_uid: str) -> list[Instance]:
        """Objects of a series."""

    def without_pictures(self, actor: Actor, study_uid: str) -> set[SeriesUid]:
        """Series of a study that hold objects, and none with an image."""
        ...

    def flow(self, actor: Actor, study_uid: str) -> tuple[FlowRow, ...]:
        """How far an examination is, from request to directory."""

    def priors(self, actor: Actor, study_uid: str) -> list[Study]:
        """Other studies of the same patient."""

    def display_sets(self, actor: Actor, series_uid: str) -> SeriesDisplaySets:
        """All that a series holds: what can be looked at, the first one in front, and what is left out."""

    def source(self, actor: Actor, series_uid: str) -> Any:
        """What objects made from a series take from it (`app.dicom.read.source_header.SourceHeader`)."""

    def first_source(self, actor: Actor, series_uid: str) -> Any:
        """The same with one image only, where the technique of a series is asked for."""

    def charset(self, actor: Actor, study_uid: str) -> tuple[str, list[CharsetChoice]]:
        """The codec that a person chose for a study's texts ("" where it is guessed), and what may be
        chosen.
        """

    def file_made(
        self, actor: Actor, folder: Path, record: Callable[[Any], T], *, cancelled: Cancelling = ...
    ) -> T:
        """File objects that a method made, together with what `record` writes."""


class VolumeReading(Protocol):
    """What features ask of reading (`app.reading.service.ReadingService`)."""

    def acquire_volume(
        self, actor: Actor, series_uid: str, *, cancelled: Cancelling = ...
    ) -> tuple[Series, Lease]:
        """A series and a lease on the first volume it makes, which fills."""


class ReviewedReports(Protocol):
    """What features ask of reports: those that were reviewed (`app.reporting.service.ReportService`)."""

    def in_force(self, actor: Actor, study_uid: str) -> tuple[Report, ...]:
        """The reviewed reports of a study that hold: the main one, then what was added to it."""
