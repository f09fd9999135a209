"""What the header of each object of a series says, read in a bounded child."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from app.dicom.read.facts_document import ObjectDocuments, documents_of
from app.dicom.read.header import Header, opened
from app.dicom.read.held_files import held_files
from app.dicom.read.identity import identity_of
from app.dicom.read.prescan import Unusable, prescan
from app.domain.study import Instance
from app.jobs import never_cancelled
from app.jobs.runner import Cancelling
from app.ports import Objects
from app.processes.pool import Pool
from app.processes.turns import Priority


def index_documents(
    instances: Sequence[Instance],
    objects: Objects,
    *,
    parsers: Pool,
    about: str,
    cancelled: Cancelling = never_cancelled,
    priority: Priority = Priority.INTERACTIVE,
) -> list[ObjectDocuments | None]:
    """Documents of objects, None for one that cannot be read now."""
    digests = [one.sha256 for one in instances]
    with held_files(objects, digests) as held:
        files = [(held.locate(digest) if digest in held else None, digest) for digest in digests]
        return parsers.call(read_documents, files, about=about, cancelled=cancelled, priority=priority)


def read_documents(files: list[tuple[Path | None, str]]) -> list[ObjectDocuments | None]:
    """Runs in a bounded child; files are (path, SHA-256)."""
    return [_documents(path, digest) for path, digest in files]


def _documents(path: Path | None, digest: str) -> ObjectDocuments | None:
    if path is None:
        return None
    try:
        with opened(path, header_only=True) as data:
            found = prescan(data)
            header = Header.of(found)
            return documents_of(header, found, digest, identity_of(header, found, digest))
    except (Unusable, OSError):
        return None
