"""The pools of one station: those that parse files, and those that decode pixels."""

from __future__ import annotations

from dataclasses import dataclass, field

from app.processes.limits import DECODER, PARSER, Limits
from app.processes.pool import Pool

_PACKAGE = "app.dicom."
_MODULES = ("app.dicom.read.scanned_file", "app.dicom.read.decode")


def dicom_pool(limits: Limits = PARSER, size: int = 3) -> Pool:
    """Children that run functions of `app.dicom`."""
    return Pool(limits, size, package=_PACKAGE, modules=_MODULES)


@dataclass(slots=True)
class DicomProcesses:
    """`parsers` read headers and draw thumbnails, `decoders` fill shared volumes."""

    parsers: Pool = field(default_factory=dicom_pool)
    decoders: Pool = field(default_factory=lambda: dicom_pool(DECODER, 2))

    def warm(self) -> None:
        """Start the first of each; they load while the caller goes on."""
        self.parsers.warm()
        self.decoders.warm()

    def close(self) -> None:
        """End all."""
        self.parsers.close()
        self.decoders.close()

    def __enter__(self) -> DicomProcesses:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
