"""Numbers and dates that nothing can be, and values that are mapped to others: no crash, nothing untrue."""

from __future__ import annotations

from typing import Any, cast

import pytest
from pydicom.dataset import Dataset

from app.dicom.read.facts_document import pack_facts, unpack_facts
from app.dicom.read.frames import NO_AREA
from app.dicom.read.loader import ImageLoader
from app.domain.display_set import AxisKind
from app.domain.pixel import Rescale
from app.domain.presentation import VoiFunction, Window
from app.domain.quantity import Quantity
from app.processes.pool import Pool
from tests.dicom.made_headers import SIZE, facts, held, image, items, pet, words

MR = "1.2.840.10008.5.1.4.1.1.4"
ENHANCED_PET = "1.2.840.10008.5.1.4.1.1.130"


def spoilt(n: int, tag: int, text: str, **attributes: Any) -> Dataset:
    """An image with the text in place of a number, as it is written."""
    data = image(n, RescaleSlope=1, RescaleIntercept=-1024, **attributes)
    data.add_new(tag, "LO", text)
    return data


@pytest.mark.parametrize("text", ["1e30", "99999999999999999999", "-2147483649"])
def test_a_number_beyond_an_integer_string_is_none(text: str) -> None:
    """It would not fit into the database, and stop the import of all files."""
    found = unpack_facts(pack_facts(facts(spoilt(1, 0x00200013, text))))
    assert found.frames[0].number is None
    assert "Instance Number is" in words(found.doubts)
    assert "cannot be" in words(found.doubts)


@pytest.mark.parametrize(
    ("tag", "text", "attribute"),
    [
        (0x00200032, "1e200\\0\\3e300", "Image Position (Patient)"),
        (0x00200037, "1e200\\0\\0\\0\\1e200\\0", "Image Orientation (Patient)"),
        (0x00280030, "1e-300\\1e-300", "Pixel Spacing"),
        (0x00280030, "0.5\\1e20", "Pixel Spacing"),
        (0x00280030, "-0.9\\-0.7", "Pixel Spacing"),
    ],
)
def test_lengths_that_nothing_has_make_no_grid(tag: int, text: str, attribute: str) -> None:
    (one,) = held(*(spoilt(n, tag, text) for n in (1, 2, 3))).sets
    assert one.geometry is None
    assert f"{attribute} is missing or cannot be used" in words(one.warnings)


def test_b_values_that_are_no_numbers_make_no_axis() -> None:
    images = []
    for n in range(8):
        place = {"ImagePositionPatient": [0, 0, 5 * (n % 4)], "Manufacturer": "Philips"}
        images.append(image(n + 1, sop_class=MR, modality="MR", **place))
        images[-1].add_new(0x20010010, "LO", "Philips Imaging DD 001")
        images[-1].add_new(0x20011003, "FL", float("nan") if n < 4 else 1000.0)
    for one in held(*images).sets:
        assert one.axis is None
        assert {frame.distinction.b_value for frame in one.frames} in ({None}, {1000.0})


def test_small_b_values_are_not_one() -> None:
    """As intravoxel incoherent motion has them; directions of a shell differ by a few hundredths."""
    wanted = (0.0, 10.0, 20.0, 50.0, 800.0)
    images = []
    for part, b_value in enumerate(wanted):
        for n in range(3):
            place = {"ImagePositionPatient": [0, 0, 5 * n], "DiffusionBValue": b_value}
            images.append(image(10 * part + n + 1, sop_class=MR, modality="MR", **place))
    (one,) = held(*images).sets
    assert one.axis is not None
    assert (one.axis.kind, one.axis.values) == (AxisKind.B_VALUE, wanted)


@pytest.mark.parametrize("bits", [24, 128, 65535])
def test_pixels_of_impossible_words_need_no_impossible_memory(bits: int) -> None:
    """They say what is wrong with them when they are decoded."""
    data = image(1, BitsAllocated=bits, BitsStored=12, HighBit=11)
    data.PixelData = bytes(SIZE[0] * SIZE[1] * bits // 8)
    (one,) = held(data).sets
    loader = ImageLoader(cast(Pool, None))
    assert loader.size_bytes(one) == SIZE[0] * SIZE[1] * (4 if bits == 24 else 8)


# -- positron emission -------------------------------------------------------------------------------------


@pytest.mark.parametrize("day", ["00010101", "99991231"])
@pytest.mark.parametrize("clock", ["000500", "235900"])
@pytest.mark.parametrize("offset", ["+1400", "-1200"])
def test_no_day_is_counted_from_the_ends_of_the_calendar(day: str, clock: str, offset: str) -> None:
    """Dates that stand for none; the injection is told by day and offset, and by its time alone."""
    moment = items({"RadionuclideTotalDose": 3.7e8, "RadionuclideHalfLife": 6586.2,
                    "RadiopharmaceuticalStartDateTime": f"{day}{clock}-1200"})  # fmt: skip
    told = {"SeriesDate": day, "AcquisitionDate": day, "SeriesTime": clock, "AcquisitionTime": clock,
            "TimezoneOffsetFromUTC": offset}  # fmt: skip
    held(pet(1, **told), pet(2, **told))
    held(pet(1, **told, RadiopharmaceuticalInformationSequence=moment))


@pytest.mark.parametrize(("reference", "duration"), [("1e300", "1e6"), ("1e14", "1e14"), ("-1e14", "1")])
def test_a_frame_of_impossible_times_tells_no_moment(reference: str, duration: str) -> None:
    """What is left, Series Time, is used."""
    data = pet(1)
    data.add_new(0x00541300, "LO", reference)
    data.add_new(0x00181242, "LO", duration)
    (one,) = held(data).sets
    assert one.quantity is Quantity.SUV_BW


@pytest.mark.parametrize("slope", [None, "", "abc", "0"])
def test_stored_values_of_a_pet_image_are_no_activity(slope: str | None) -> None:
    """Rescale Slope is required there; 1 is no guess that an SUV could be made of."""
    data = pet(1, RescaleSlope=None)
    if slope is not None:
        data.add_new(0x00281053, "LO", slope)
    (one,) = held(data).sets
    assert (one.quantity, one.unit) == (Quantity.ARBITRARY, "1")
    assert "neither activity nor SUV" in words(one.warnings)


def test_a_doubt_about_what_an_suv_is_made_of_is_told() -> None:
    data = pet(1)
    data.add_new(0x00101030, "LO", "70,5")
    (one,) = held(data).sets
    assert one.quantity is Quantity.SUV_BW
    assert "Patient's Weight is written “70,5”; it was read as 70.5." in words(one.warnings)


def mapping(slope: float, intercept: float, unit: str) -> list[Dataset]:
    """A linear Real World Value Mapping."""
    code = items({"CodeValue": unit, "CodingSchemeDesignator": "UCUM", "CodeMeaning": unit})
    return items({"RealWorldValueSlope": slope, "RealWorldValueIntercept": intercept,
                  "RealWorldValueFirstValueMapped": 0, "RealWorldValueLastValueMapped": 65535,
                  "MeasurementUnitsCodeSequence": code})  # fmt: skip


def enhanced_pet(unit: str, **attributes: Any) -> Dataset:
    """Four frames whose unit is in the Real World Value Mapping alone (PS3.3 A.56)."""
    frames = [
        {"PlanePositionSequence": items({"ImagePositionPatient": [0, 0, 3 * n]}),
         "RealWorldValueMappingSequence": mapping(2.0, 0.0, unit)}
        for n in range(4)
    ]  # fmt: skip
    shared = {
        "PlaneOrientationSequence": items({"ImageOrientationPatient": [1, 0, 0, 0, 1, 0]}),
        "PixelMeasuresSequence": items({"PixelSpacing": [4, 4]}),
        "PixelValueTransformationSequence": items(
            {"RescaleSlope": 1, "RescaleIntercept": 0, "RescaleType": "US"}
        ),
    }
    injection = items({"RadionuclideTotalDose": 3.7e8, "RadionuclideHalfLife": 6586.2,
                       "RadiopharmaceuticalStartDateTime": "20240102090000"})  # fmt: skip
    usual: dict[str, Any] = {
        "NumberOfFrames": 4, "PatientWeight": 70, "DecayCorrected": "YES", "AttenuationCorrected": "YES",
        "DecayCorrectionDateTime": "20240102100000", "ImagePositionPatient": None,
        "ImageOrientationPatient": None, "PixelSpacing": None,
        "PerFrameFunctionalGroupsSequence": items(*frames), "SharedFunctionalGroupsSequence": items(shared),
        "RadiopharmaceuticalInformationSequence": injection,
    }  # fmt: skip
    return image(1, sop_class=ENHANCED_PET, modality="PT", **(usual | attributes))


def test_suv_of_an_enhanced_image() -> None:
    """By Decay Correction DateTime, one hour after the injection."""
    (one,) = held(enhanced_pet("Bq/ml")).sets
    factor = 70_000 / (3.7e8 * 2 ** (-3600 / 6586.2))
    assert one.quantity is Quantity.SUV_BW
    assert isinstance(one.frames[0].transform, Rescale)
    assert one.frames[0].transform.slope == pytest.approx(2.0 * factor)
    assert one.warnings == ()


@pytest.mark.parametrize(
    ("unit", "changes", "quantity", "told"),
    [
        ("{SUVbw}g/ml", {}, Quantity.SUV_BW, ""),
        ("{SUVlbm}g/ml", {}, Quantity.SUV_LBM, "SUV by lean body mass"),
        ("{counts}", {}, Quantity.COUNTS, "The values are counts"),
        ("Bq/ml", {"DecayCorrected": "NO"}, Quantity.ACTIVITY, "not corrected for decay"),
        ("Bq/ml", {"DecayCorrectionDateTime": "20240102080000"}, Quantity.ACTIVITY, "before the injection"),
    ],
)  # fmt: skip
def test_other_values_of_an_enhanced_image(
    unit: str, changes: dict[str, Any], quantity: Quantity, told: str
) -> None:
    (one,) = held(enhanced_pet(unit, **changes)).sets
    assert one.quantity is quantity
    assert isinstance(one.frames[0].transform, Rescale)
    assert one.frames[0].transform.slope == 2.0
    assert told in words(one.warnings)


@pytest.mark.parametrize("directions", [[0] * 6, [1, 0, 0, 1, 0, 0], [0, 1, 0, 0, -1, 0]])
def test_directions_that_span_no_plane_are_none(directions: list[float]) -> None:
    """What lies beside another image, what is parallel, asks for the normal."""
    for one in held(image(1, ImageOrientationPatient=directions)).sets:
        assert [frame.orientation for frame in one.frames] == [None]


@pytest.mark.parametrize("size", [{"Rows": 0}, {"Columns": 0}, {"Rows": 0, "Columns": 0}])
def test_an_image_without_area_is_left_out_and_told(size: dict[str, int]) -> None:
    found = held(image(1, **size), image(2))
    assert [len(one.frames) for one in found.sets] == [1]
    assert [one.reason[0] for one in found.left_out] == [NO_AREA]


# -- mapped values -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("unit", ["mm2/s", "[hnsf'U]"])
def test_values_are_those_of_the_mapping_that_gives_their_unit(unit: str) -> None:
    """And windows are told in them: LINEAR takes half a value from the centre, one from the width."""
    data = image(
        1, sop_class=MR, modality="MR", RescaleSlope=4, RescaleIntercept=8, WindowCenter=[100.5, 20],
        WindowWidth=[41, 1], RealWorldValueMappingSequence=mapping(2.0, -1024.0, unit),
    )  # fmt: skip
    (one,) = held(data).sets
    assert one.unit == unit
    assert one.frames[0].transform == Rescale(2.0, -1024.0)
    wanted = Window((100 - 8) / 2 - 1024, 20.0, function=VoiFunction.LINEAR_EXACT)
    assert one.frames[0].voi == (wanted,)
    black, white = ((edge - 8) / 4 for edge in (80, 120))  # stored values at the ends of the window
    assert (wanted.low, wanted.high) == (2 * black - 1024, 2 * white - 1024)


def test_windows_of_activity_are_told_in_suv() -> None:
    (one,) = held(pet(1, WindowCenter=5000, WindowWidth=10000)).sets
    factor = 70_000 / (3.7e8 * 2 ** (-3600 / 6586.2))
    (window,) = one.frames[0].voi
    assert isinstance(window, Window)
    assert (window.low, window.high) == pytest.approx((0.0, 9999 * factor))
