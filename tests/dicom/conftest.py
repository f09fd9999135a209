"""One warm pair of children for all tests of this folder."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from app.dicom.bounded import BoundedChild, DicomProcesses


@pytest.fixture(scope="session")
def processes() -> Iterator[DicomProcesses]:
    with DicomProcesses() as pair:
        pair.warm()
        yield pair


@pytest.fixture(scope="session")
def parser(processes: DicomProcesses) -> BoundedChild:
    return processes.parser


@pytest.fixture(scope="session")
def decoder(processes: DicomProcesses) -> BoundedChild:
    return processes.decoder
