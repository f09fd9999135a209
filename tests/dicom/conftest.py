"""Warm children for all tests of this folder."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from app.processes.dicom import DicomProcesses
from app.processes.pool import Pool


@pytest.fixture(scope="session")
def processes() -> Iterator[DicomProcesses]:
    with DicomProcesses() as pools:
        pools.warm()
        yield pools


@pytest.fixture(scope="session")
def parsers(processes: DicomProcesses) -> Pool:
    return processes.parsers
