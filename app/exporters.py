"""The forms that a final report is given out in; the lists of them are the features' own
(`app.features.Feature.exporters`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from app.dicom.read.source_header import SourceHeader
from app.domain.letterhead import Letterhead
from app.domain.report import Report


@dataclass(frozen=True, slots=True)
class ReportContent:
    """A final report with what its forms are made of.

    `pictures` are PNGs by key id, `sources` the headers of the series it rests on (one at least), `pdf` its
    printed pages.
    """

    report: Report
    pictures: Mapping[str, bytes]
    sources: Sequence[SourceHeader]
    letterhead: Letterhead
    pdf: bytes


def _always(_: Report) -> bool:
    return True


@dataclass(frozen=True, slots=True)
class ReportExporter:
    """One form: a file named ``<prefix>_<study, day, version><suffix>``, where it `applies` to the report."""

    exporter_id: str
    prefix: str
    suffix: str
    write: Callable[[Path, ReportContent], object]
    applies: Callable[[Report], bool] = _always

    def file_name(self, stem: str) -> str:
        """Name of the file of a report."""
        return f"{self.prefix}_{stem}{self.suffix}"


class ReportExporters:
    """The exporters of all features."""

    def __init__(self, exporters: Iterable[ReportExporter]) -> None:
        self._exporters = tuple(exporters)

    def __iter__(self) -> Iterator[ReportExporter]:
        return iter(self._exporters)
