"""Numbers as scanners and archives write them, rightly and wrongly."""

from __future__ import annotations

import random
from pathlib import Path

import numpy as np
import pytest

from app.dicom.read.header import Header
from app.dicom.read.numbers import ABSENT, Number, read_number, read_numbers
from app.dicom.read.prescan import prescan
from app.domain.quantity import Quantity
from app.i18n import catalogue
from app.processes.dicom import DicomProcesses
from tests.dicom import dicom_objects as objects
from tests.dicom.test_volume_loading import loaded
from tests.support.real_data import real_data


@pytest.mark.parametrize(
    ("raw", "value", "mended"),
    [
        (b"-1024", -1024.0, False),
        (b" +1.5 ", 1.5, False),
        (b".5", 0.5, False),
        (b"7.", 7.0, False),
        (b"3.88777472E8", 3.88777472e8, False),
        (b"1e-03\0", 1e-3, False),
        (b"0.97656200000000001234", 0.976562, False),  # longer than the sixteen characters of a DS
        (b"-1024,0", -1024.0, True),
        (b"0,9", 0.9, True),
        (b"1,250", 1.25, True),
        (b"1.234,5", 1234.5, True),
        (b"1,234.5", 1234.5, True),
        (b"1,5E2", 150.0, True),
        (b"1.5D+02", 150.0, True),
        (b"1.5 e2", 150.0, True),
        (b"- 5", -5.0, True),
        (b"70 kg", 70.0, True),
        (b"5mm", 5.0, True),
        (b"3.5 mm2", 3.5, True),
        (b"370 MBq/ml", 370.0, True),
        ("\u22121024".encode(), -1024.0, True),
        ("－12".encode("gb18030"), -12.0, True),
        ("１２．５".encode(), 12.5, True),
    ],
)
def test_what_is_read(raw: bytes, value: float, mended: bool) -> None:
    """The value is right; what is not written as PS3.5 6.2 wants it is marked."""
    found = read_number(raw)
    assert found.value == pytest.approx(value, abs=1e-12)
    assert found.mended is mended
    assert not found.absent
    assert not found.unreadable


@pytest.mark.parametrize(
    "raw",
    [
        b"abc",
        b"1.2.3",
        b"1,2,3",
        b"nan",
        b"inf",
        b"1e999",
        b"1_000",
        b"0x10",
        b"--5",
        b"5 of 7",
        b"\xff\xfe",
        "1³".encode(),
    ],
)
def test_what_is_no_number(raw: bytes) -> None:
    """Nothing is guessed: neither nought nor one, and it is not the same as an absent value."""
    found = read_number(raw)
    assert found.value is None
    assert found.unreadable
    assert not found.absent


@pytest.mark.parametrize("raw", [b"", b"  ", b"\0\0", b" \0"])
def test_what_is_absent(raw: bytes) -> None:
    assert read_number(raw) == ABSENT
    assert read_numbers(raw) == ()


def test_written_numbers_come_back() -> None:
    """Whatever is written with a point or with a comma is read as what it was; only the comma is a doubt."""
    chance = random.Random(7)
    for _ in range(2000):
        value = chance.uniform(-1, 1) * 10.0 ** chance.randint(-9, 12)
        text = f"{value:.{chance.randint(1, 12)}{chance.choice('eg')}}"
        assert read_number(text.encode()) == Number(float(text), text)
        comma = text.replace(".", ",")
        assert read_number(comma.encode()) == Number(float(text), comma, "," in comma)


def header(*elements: bytes) -> Header:
    return Header.of(prescan(objects.part10(objects.identity() + b"".join(elements))))


def test_doubts_are_told_once() -> None:
    """Each doubt names the attribute, what is written and what was made of it; absent values are no doubt."""
    found = header(
        objects.element(0x00280030, "DS", b"0,9\\0,7"),
        objects.element(0x00281052, "DS", b"a lot"),
        objects.element(0x00281053, "DS", b""),
    )
    assert found.numbers(0x00280030) == found.numbers(0x00280030) == (0.9, 0.7)
    assert found.decimal(0x00281052).unreadable
    assert found.number(0x00281052) is None
    assert found.decimal(0x00281053).absent
    told = [catalogue()[template].format(**params) for template, params in found.doubts]
    assert len(told) == 3
    assert "Pixel Spacing" in told[0]
    assert "0,9" in told[0]
    assert "0.9" in told[0]
    assert "a lot" in told[2]


def test_one_value_that_cannot_be_read_spoils_the_list() -> None:
    """Two of three coordinates are no position."""
    found = header(objects.element(0x00200032, "DS", b"1\\x\\3"))
    assert found.numbers(0x00200032) == ()
    assert [number.value for number in found.decimals(0x00200032)] == [1.0, None, 3.0]


def test_decimal_comma_of_an_intercept(processes: DicomProcesses, tmp_path: Path) -> None:
    """Never nought called Hounsfield units: the intercept is read, and a person is told of it."""
    volume = loaded(processes, real_data("odd_cases") / "intercept_decimal_comma", tmp_path)
    assert volume.quantity is Quantity.HU
    assert float(volume.at().min()) < -900
    assert any(params.get("text") == "-1024,0" for _, params in volume.warnings)
    volume.voxels.close()


def test_decimal_comma_of_a_spacing(processes: DicomProcesses, tmp_path: Path) -> None:
    volume = loaded(processes, real_data("odd_cases") / "spacing_decimal_comma", tmp_path)
    assert volume.grid.spacing_mm[1:] == (0.9, 0.7)
    assert [params.get("text") for _, params in volume.warnings] == ["0,9"], "told once an attribute"
    volume.voxels.close()


def test_an_intercept_that_cannot_be_read(processes: DicomProcesses, tmp_path: Path) -> None:
    """Values stay as they are stored and are not called Hounsfield units."""
    folder = real_data("odd_cases") / "intercept_decimal_comma"
    for path in folder.glob("*.dcm"):
        (tmp_path / path.name).write_bytes(path.read_bytes().replace(b"-1024,0", b"unknown"))
    volume = loaded(processes, tmp_path, tmp_path / "work")
    assert volume.quantity is Quantity.ARBITRARY
    assert np.all(volume.at() >= 0)
    assert any(params.get("text") == "unknown" for _, params in volume.warnings)
    volume.voxels.close()
