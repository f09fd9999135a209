"""Names of a DICOMDIR on media that spell them otherwise, and never a file outside the medium."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.dicom.read.folder_index import ScannedFile, scan
from app.dicom.read.medium import Medium, missing_told
from app.domain.study import Notice
from app.processes.pool import Pool
from tests.dicom import dicom_objects as objects
from tests.support.real_data import real_data


@pytest.mark.real_data
@pytest.mark.parametrize("case", ["dicomdir_mixed_case", "dicomdir_slashes"])
def test_odd_media_are_read_whole(case: str, parsers: Pool, tmp_path: Path) -> None:
    """Names on disk in another case; a file ID with slashes in one value."""
    folder = real_data("odd_cases") / case
    for given in (folder, folder / "DICOMDIR"):
        found = list(scan([given], parsers=parsers, workdir=tmp_path))
        assert [type(one) for one in found] == [ScannedFile] * 3


@pytest.mark.parametrize(
    "on_disk",
    [
        "PT01/ST01/IM01", "pt01/st01/im01", "Pt01/sT01/Im01", "PT01/ST01/IM01.dcm", "PT01/ST01/IM01.DCM",
        "PT01/ST01/IM01;1", "PT01/ST01/IM01.;1", "PT01/ST01/IM01.", "pt01/st01/im01.dcm;1",
    ],
)  # fmt: skip
@pytest.mark.parametrize(
    "file_id",
    [
        ("PT01", "ST01", "IM01"), ("PT01/ST01/IM01",), ("PT01\\ST01", "IM01"), ("PT01", "ST01", "IM01.DCM"),
        ("PT01", "ST01", "IM01;1"), ("pt01", "st01", "im01"), ("PT01", "", "ST01/", "IM01"),
    ],
)  # fmt: skip
def test_spellings_of_one_file(tmp_path: Path, on_disk: str, file_id: tuple[str, ...]) -> None:
    path = tmp_path / on_disk
    path.parent.mkdir(parents=True)
    path.write_bytes(b"one")
    (path.parent / "IM02").write_bytes(b"two")
    assert Medium(tmp_path).find(file_id) == path


def test_exact_spelling_wins(tmp_path: Path) -> None:
    for name in ("IM01", "im01", "IM01.dcm", "IM01;1"):
        (tmp_path / name).write_bytes(b"")
    medium = Medium(tmp_path)
    for name in ("IM01", "im01", "IM01.dcm", "IM01;1"):
        assert medium.find((name,)) == tmp_path / name


@pytest.mark.parametrize(
    "file_id",
    [
        ("..", "SECRET"), ("../SECRET",), ("IMG", "..", "..", "SECRET"), ("IMG/../../SECRET",),
        ("..\\SECRET",), ("/SECRET",), ("\\SECRET",), ("C:", "SECRET"), ("C:\\SECRET",), ("LINK",), ("link",),
        ("LINKED", "SECRET"), ("linked/secret",), ("LINKED", "secret.dcm"), ("SEC\0RET",), (), (".", "IMG"),
    ],
)  # fmt: skip
def test_nothing_outside_the_medium(tmp_path: Path, file_id: tuple[str, ...]) -> None:
    """CVE-2026-32711: dots, absolute paths, drives, links to files and folders, in any case."""
    medium = tmp_path / "medium"
    (medium / "IMG").mkdir(parents=True)
    (tmp_path / "SECRET").write_bytes(objects.part10(objects.identity()))
    (medium / "LINK").symlink_to(tmp_path / "SECRET")
    (medium / "LINKED").symlink_to(tmp_path)
    found = Medium(medium).find(file_id)
    assert isinstance(found, Notice)
    assert found.reason == (
        "missing" if file_id in ((("linked/secret",)), ("LINKED", "secret.dcm")) else "outside"
    )


def test_folder_for_a_file_is_missing(tmp_path: Path) -> None:
    (tmp_path / "PT01").mkdir()
    (tmp_path / "PT02").write_bytes(b"")
    medium = Medium(tmp_path)
    for file_id in (("PT01",), ("PT02", "IM01"), ("PT01", "IM01")):
        found = medium.find(file_id)
        assert isinstance(found, Notice)
        assert found.reason == "missing"


def test_a_directory_without_its_files_is_one_notice(tmp_path: Path) -> None:
    """A few that are missing are named each."""
    ids = [(f"IM{n}",) for n in range(5)]
    missing = [one for file_id in ids if isinstance(one := Medium(tmp_path).find(file_id), Notice)]
    assert missing_told(missing[:3], 5, "DICOMDIR") == missing[:3]
    (one,) = missing_told(missing, 9, "CD/DICOMDIR")
    assert (one.path, one.reason) == ("CD/DICOMDIR", "missing")
    assert one.template.format(**one.params).startswith("5 of 9 files that the DICOMDIR names")
