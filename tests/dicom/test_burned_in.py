"""Whether a name may be read in the pixels of an image: as it says, else as is usual for its kind."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.dicom.read.burned_in import may_be_burned_in
from tests.dicom.objects.made_objects import base

_STORAGE = "1.2.840.10008.5.1.4.1.1"


@pytest.mark.parametrize(
    ("kind", "said", "may_be"),
    [
        ("6.1", "", True),  # ultrasound
        ("3.1", "", True),
        ("7", "", True),  # secondary capture
        ("7.4", "", True),
        ("77.1.1", "", True),  # endoscopy
        ("77.1.5.1", "", True),
        ("6.1", "NO", False),
        ("2", "", False),  # CT
        ("2", "YES", True),
        ("2.1", "", False),
        ("66.7", "", False),
    ],
)
def test_what_it_says_counts_else_its_kind(tmp_path: Path, kind: str, said: str, may_be: bool) -> None:
    ds = base(f"{_STORAGE}.{kind}", "1.2.826.0.1.3680043.8.498.61.2", "OT")
    if said:
        ds.BurnedInAnnotation = said
    ds.save_as(tmp_path / "image.dcm", enforce_file_format=True)
    assert may_be_burned_in(tmp_path / "image.dcm", "image") is may_be
