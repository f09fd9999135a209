"""What a reader asks of the worklist: which studies, in which order, and what is told of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from enum import IntEnum, StrEnum
from types import MappingProxyType


class Urgency(IntEnum):
    """How soon a study is to be read; the higher, the sooner."""

    ROUTINE = 0
    URGENT = 1
    STAT = 2


class WorklistColumn(StrEnum):
    """What the list can show of a study, in the order in which it does at first."""

    PATIENT = "patient"
    SEX_AGE = "sex-age"
    PATIENT_ID = "patient-id"
    ACCESSION = "accession"
    EXAM = "exam"
    MODALITY = "modality"
    BODY_PART = "body-part"
    TIME = "time"
    URGENCY = "urgency"
    IMAGES = "images"
    PRIORS = "priors"
    REFERRING = "referring"
    READER = "reader"
    FLOW = "flow"
    STATE = "state"


class Stage(StrEnum):
    """How far the report is; a study is in one of them, or deleted."""

    ALL = "all"
    TO_READ = "to-read"
    TO_REVIEW = "to-review"
    DONE = "done"
    DELETED = "deleted"


class Narrowing(StrEnum):
    """What may be asked for besides, each by itself."""

    TODAY = "today"
    MINE = "mine"
    URGENT = "urgent"
    OVERDUE = "overdue"


@dataclass(frozen=True, slots=True)
class WorklistQuery:
    """Which studies, and in which order.  Every word of `text` must be found; empty members ask nothing."""

    text: str = ""
    stage: Stage = Stage.ALL
    narrowed: frozenset[Narrowing] = frozenset()
    modality: str = ""
    sort: WorklistColumn = WorklistColumn.TIME
    descending: bool = True

    @property
    def is_narrow(self) -> bool:
        """It leaves out studies that the archive has."""
        return replace(self, sort=WorklistColumn.TIME, descending=True) != WorklistQuery()


_LIMITS = MappingProxyType(
    {
        Urgency.ROUTINE: timedelta(hours=24),
        Urgency.URGENT: timedelta(hours=2),
        Urgency.STAT: timedelta(minutes=30),
    }
)


@dataclass(frozen=True, slots=True)
class WorklistReader:
    """Who asks, when (with an offset), and how long after its images a report is overdue."""

    person_id: str
    now: datetime = field(default_factory=lambda: datetime.now(UTC).astimezone())
    overdue_after: Mapping[Urgency, timedelta] = field(default_factory=lambda: _LIMITS)

    def overdue_before(self, urgency: Urgency) -> datetime:
        """Studies of this urgency that came before are overdue unless their report is approved."""
        return self.now - self.overdue_after[urgency]


@dataclass(frozen=True, slots=True)
class WorklistCounts:
    """How many studies there are of each kind, whatever is asked for; `done_today` of those of today."""

    stages: Mapping[Stage, int] = field(default_factory=dict)
    narrowed: Mapping[Narrowing, int] = field(default_factory=dict)
    done_today: int = 0
    modalities: tuple[str, ...] = ()
