"""Doors to what the core may not import: the inference engine, the directory, the picture drawer, the phantom."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from numpy.typing import NDArray

from app.domain.inference import InferenceResult as InferenceResult
from app.domain.inference import MethodCard as MethodCard
from app.domain.inference import Nodule as Nodule
from app.domain.inference import Parameter as Parameter
from app.domain.inference import PhantomStudy as PhantomStudy
from app.domain.inference import Plan as Plan
from app.domain.inference import Reason as Reason
from app.domain.inference import Task as Task
from app.domain.inference import Verdict as Verdict
from app.domain.volume import Volume
from app.jobs import Progress
from app.jobs.runner import Cancelling


class InferenceEngine(Protocol):
    """Runs methods in a process of its own.  Its death is an `Unavailable` error here, never ours."""

    def methods(self) -> Sequence[MethodCard]:
        """All methods, in the registry's order."""

    def plan(self, method_id: str, volume: Volume, *, device: str = "auto", parameters: Mapping[str, float] = {}) -> Plan:
        """What would be done, and the guard's verdict.  Asking for ``cuda`` without one is a `Refused`."""

    def run(self, plan: Plan, volume: Volume, *, progress: Progress, cancelled: Cancelling) -> InferenceResult:
        """Do it.  A plan with verdict REFUSE is a `Refused`."""

    def close(self) -> None:
        """End the worker process."""


class PhantomSource(Protocol):
    """Makes the demo study."""

    def __call__(
        self, *, seed: int, shape: tuple[int, int, int], spacing_mm: tuple[float, float, float], dose: float,
        progress: Progress, cancelled: Cancelling,
    ) -> PhantomStudy: ...  # fmt: skip


class ImageQuality(Protocol):
    """PSNR in dB and SSIM of two (slice, row, column) HU arrays over a window (low, high)."""

    def __call__(self, test: NDArray[Any], truth: NDArray[Any], window: tuple[float, float]) -> tuple[float, float]: ...


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
    """What a tier answered: the hits of one page, how many there are, whether the count is exact, how long it took."""

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
    """The directory service seen from the station (DB13/T 4.10).  Raises `Unavailable` when a node does not answer."""

    def nodes(self) -> Sequence[NodeInfo]:
        """County, city and province as they answer now."""

    def register(self, document: Mapping[str, Any], *, idempotency_key: str) -> DirectoryRecord:
        """Register at the county, which assigns the identifier; the same key again gives the same record."""

    def revise(self, identifier: str, document: Mapping[str, Any]) -> DirectoryRecord:
        """The next version of a record at the county; the same document again changes nothing.

        Raises `NotYet` while the version before waits for its review, `NotFound` where the county has no such record.
        """

    def search(self, text: str, *, tier: str, offset: int = 0, limit: int = 20, filters: Mapping[str, Sequence[str]] = {}) -> SearchAnswer:
        """Search one tier's published records."""

    def facets(
        self, text: str, *, tier: str, filters: Mapping[str, Sequence[str]] = {}
    ) -> Mapping[str, Sequence[tuple[str, str, int]]]:  # fmt: skip
        """For each facet: (code, name, count) of what text and the other facets' filters leave."""

    def record(self, identifier: str, *, tier: str) -> DirectoryRecord:
        """One record."""

    def elements(self) -> Sequence[Mapping[str, Any]]:
        """The metadata set in force at the county: elements with their eight attributes (4.6)."""

    def close(self) -> None:
        """Close connections."""


class PictureDrawer(Protocol):
    """Draws a slice of a volume with window, marks and scale bar to PNG bytes, without a window on the screen."""

    def __call__(
        self, volume: Volume, plane: str, index: float, window: tuple[float, float], width_px: int, *,
        measurements: Sequence[Any] = (), labels: Any = None, unconfirmed: bool = False, invert: bool = False,
    ) -> bytes: ...  # fmt: skip


@dataclass(frozen=True, slots=True)
class DemoDirectory:
    """The embedded three-tier directory: urls by tier, and how to stop it."""

    urls: Mapping[str, str]
    home: Path
    accounts: Mapping[str, tuple[str, str]]  # role → (login, password), demo only
