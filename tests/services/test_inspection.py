"""`inspect`: what files hold, without importing them."""

from __future__ import annotations

import json
import tempfile
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import psutil
import pytest

from app.archive.inspection import as_data, inspect
from app.cli import main
from app.processes.dicom import DicomProcesses
from tests.dicom import dicom_objects as objects
from tests.support.real_data import real_data


@pytest.fixture(scope="module")
def processes() -> Iterator[DicomProcesses]:
    with DicomProcesses() as pools:
        yield pools


def inspected(processes: DicomProcesses, *paths: Path) -> dict[str, Any]:
    return as_data(inspect(list(paths), processes))


def sets_of(found: dict[str, Any]) -> list[dict[str, Any]]:
    return [one for study in found["studies"] for series in study["series"] for one in series["display_sets"]]


#: case → (kind, frames, shape, quantity, axis) of each display set, and what a warning or a reason says
CASES: dict[str, tuple[list[tuple[Any, ...]], str]] = {
    "ct_map_unspecified": ([("volume", 3, [3, 16, 20], "arbitrary", None)], "不是 HU"),
    "intercept_decimal_comma": ([("volume", 3, [3, 16, 20], "hu", None)], "-1024,0"),
    "modality_lut": ([("volume", 3, [3, 16, 20], "hu", None)], ""),
    "echo_unequal": (
        [("volume", 5, [5, 16, 20], "arbitrary", None), ("volume", 3, [3, 16, 20], "arbitrary", None)], "",
    ),
    "two_frames_of_reference": ([("volume", 5, [5, 16, 20], "hu", None)] * 2, "参考坐标系"),
    "frame_of_reference_per_image": ([("volume", 8, [8, 16, 20], "hu", None)], "各有不同的参考坐标系"),
    "phases_number_empty": ([("volume", 12, [4, 16, 20], "hu", ("time", [0.0, 1.0, 2.0]))], ""),
    "one_duplicate": ([("volume", 8, [8, 16, 20], "hu", None)], "重复"),
    "leap": ([("volume", 12, [12, 16, 20], "hu", None), ("volume", 10, [10, 16, 20], "hu", None)], "2 段"),
    "thin_thick": ([("volume", 6, [6, 16, 20], "hu", None), ("volume", 5, [5, 16, 20], "hu", None)], "2 段"),
    "tilt_15": ([("volume", 12, [12, 16, 20], "hu", None)], "15.0°"),
    "spacing_decimal_comma": ([("volume", 3, [3, 16, 20], "hu", None)], "写作“0,"),
    "nm_recon_tomo": ([("volume", 6, [6, 16, 20], "arbitrary", None)], ""),
    "same_series_two_patients": ([("volume", 3, [3, 16, 20], "hu", None)] * 2, ""),
    "implicit_said_explicit_written": ([("volume", 3, [3, 16, 20], "hu", None)], ""),
    "j2k_tile_length": ([("volume", 4, [4, 32, 40], "hu", None)], ""),
    "no_final_delimiter": ([("volume", 3, [3, 16, 20], "hu", None)], ""),
    "suv_half_life_minutes": ([("volume", 3, [3, 16, 20], "activity", None)], "109.77"),
    "pet_counts_philips": ([("volume", 3, [3, 16, 20], "suv-bw", None)], "Philips"),
    "suv_datetime_offset_only": ([("volume", 3, [3, 16, 20], "suv-bw", None)], ""),
    "dicomdir_mixed_case": ([("volume", 3, [3, 16, 20], "hu", None)], ""),
    "dicomdir_slashes": ([("volume", 3, [3, 16, 20], "hu", None)], ""),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_odd_cases(processes: DicomProcesses, case: str) -> None:
    """Small inputs after public bug reports: what is right is in their table."""
    expected, said = CASES[case]
    found = inspected(processes, real_data("odd_cases") / case)
    sets = sets_of(found)
    told = [
        (
            s["kind"],
            s["frames"],
            s["shape"],
            s["quantity"],
            s["axis"] and (s["axis"]["kind"], s["axis"]["values"]),
        )
        for s in sets
    ]
    assert told == expected
    refused = [one["reason"] for study in found["studies"] for s in study["series"] for one in s["refused"]]
    assert said in "\n".join([*(text for one in sets for text in one["warnings"]), *refused])


def test_values_of_odd_cases(processes: DicomProcesses) -> None:
    """The table's own figures: SUV, Modality LUT, means of damaged streams, spacing, slices in their
    order.
    """
    folder = real_data("odd_cases")
    (suv,) = sets_of(inspected(processes, folder / "suv_datetime_offset_only"))
    assert suv["maximum"] == pytest.approx(8.286, abs=5e-4)
    (table,) = sets_of(inspected(processes, folder / "modality_lut"))
    assert (table["minimum"] - 7) % 3 == (table["maximum"] - 7) % 3 == 0
    (jpeg,) = sets_of(inspected(processes, folder / "j2k_tile_length"))
    assert jpeg["mean"] == pytest.approx(602.5 + 150 - 1024)
    (comma,) = sets_of(inspected(processes, folder / "spacing_decimal_comma"))
    assert comma["spacing_mm"] == [2.5, 0.9, 0.7]
    (tomo,) = sets_of(inspected(processes, folder / "nm_recon_tomo"))
    assert tomo["spacing_mm"][0] == pytest.approx(4.4)
    found = inspected(processes, folder / "same_series_two_patients")
    assert sorted(study["patient_id"] for study in found["studies"]) == ["21d_pat_A", "21d_pat_B"]


def test_pet_reaches_the_figure_of_its_collection(processes: DicomProcesses) -> None:
    folder = real_data("pet_ct_sts_001") / "ibsi_PET"
    found = [one for one in sets_of(inspected(processes, folder)) if one["quantity"] == "suv-bw"]
    assert [one["maximum"] for one in found] == [pytest.approx(25.4123, abs=1e-3)]
    assert found[0]["suv_factor"] == pytest.approx(found[0]["suv_factor"])
    assert found[0]["unit"] == "g/ml"


def test_values_of_a_ct_slice_are_those_of_another_reader(processes: DicomProcesses) -> None:
    import SimpleITK as sitk

    path = sorted(real_data("ct_chest_cmb_crc").glob("*.dcm"))[40]
    values = sitk.GetArrayFromImage(sitk.ReadImage(str(path)))
    (one,) = sets_of(inspected(processes, path))
    assert (one["minimum"], one["maximum"]) == (values.min(), values.max())
    assert one["mean"] == pytest.approx(float(values.astype(np.float64).mean()))


def test_from_the_command_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """JSON of a ZIP archive; no data folder is made, nothing is left behind, no child goes on."""
    objects.written(tmp_path / "ct", 5)
    monkeypatch.setenv("YINGSHU_HOME", str(tmp_path / "home"))
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    with zipfile.ZipFile(tmp_path / "ct.zip", "w") as archive:
        for path in (tmp_path / "ct").glob("*.dcm"):
            archive.write(path, path.name)
    before = set(psutil.Process().children())
    assert main(["inspect", str(tmp_path / "ct.zip"), "--json"]) == 0
    (study,) = json.loads(capsys.readouterr().out)["studies"]
    (series,) = study["series"]
    (one,) = series["display_sets"]
    assert study["patient_name"] == "Zhang^San=张^三"
    assert (one["kind"], one["shape"], one["windows"][0]["centre"]) == ("volume", [5, 30, 37], -600.0)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["ct", "ct.zip"]
    assert set(psutil.Process().children()) == before
    assert main(["inspect", str(tmp_path / "ct.zip"), "--lang", "en"]) == 0
    assert "Volume" in capsys.readouterr().out


def test_nothing_readable_and_hostile_input(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Exit status 3, each file with its reason."""
    (tmp_path / "text.txt").write_text("no image")
    (tmp_path / "bomb.dcm").write_bytes(objects.part10(objects.identity() + objects.nested(100_000)))
    (tmp_path / "cut.dcm").write_bytes(objects.part10(objects.identity() + objects.image())[:-10])
    assert main(["inspect", str(tmp_path), "--json"]) == 3
    found = json.loads(capsys.readouterr().out)
    assert sorted(one["file"] for one in found["notices"]) == ["bomb.dcm", "cut.dcm", "text.txt"]
    assert main(["inspect", str(tmp_path / "absent"), "--json"]) == 3


def test_an_image_without_uids_is_shown(processes: DicomProcesses, tmp_path: Path) -> None:
    """Missing and impossible UIDs are replaced, always by the same; a notice says so."""
    bare = objects.element(0x00080016, "UI", objects.CT.encode()) + objects.image()
    (tmp_path / "bare.dcm").write_bytes(objects.part10(bare))
    first, second = (inspected(processes, tmp_path) for _ in range(2))
    assert first == second
    assert [one["kind"] for one in sets_of(first)] == ["stack"]
    assert {one["kind"] for one in first["notices"]} == {"no-identity"}


def _of_patients(folder: Path, *patient_ids: bytes) -> list[Path]:
    """An image each of one study, of patients with IDs of two letters."""
    paths = []
    for n, patient_id in enumerate(patient_ids, 1):
        paths.append(folder / f"{n}.dcm")
        identity = objects.identity(n).replace(b"LO\x02\0P1", b"LO\x02\0" + patient_id)
        paths[-1].write_bytes(objects.part10(identity + objects.image(pixels=bytes([n]) * 32)))
    return paths


def test_studies_are_those_that_the_archive_would_keep(processes: DicomProcesses, tmp_path: Path) -> None:
    """Two patients of one UID are two studies, which is told; an image without a Patient ID is of the one."""
    found = inspected(processes, *_of_patients(tmp_path, b"P1", b"P2", b"P1"))
    assert [one["patient_id"] for one in found["studies"]] == ["P1", "P2"]
    assert [one["kind"] for one in found["notices"]] == ["uid-twice", "uid-twice"]  # of study and of series
    found = inspected(processes, *_of_patients(tmp_path, b"P1", b"  ", b"P1"))
    assert [one["patient_id"] for one in found["studies"]] == ["P1"]
    assert sum(one["frames"] for one in sets_of(found)) == 3
    assert found["notices"] == []
