"""Headers that say odd things of their values: what is shown of them, and that no quantity comes without
evidence.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pydicom.dataset import Dataset
from pydicom.uid import ImplicitVRLittleEndian

from app.dicom.read.frames import DOSE, SLIDE
from app.dicom.read.header import Header
from app.dicom.read.prescan import Unusable, prescan
from app.domain.display_set import DisplaySet
from app.domain.pixel import LookupTable, Rescale, SpacingSource
from app.domain.presentation import Window
from app.domain.quantity import Quantity
from app.errors import BadInput
from app.processes.limits import MAX_FRAMES
from tests.dicom.made_headers import SIZE, facts, held, image, items, pet, words, written
from tests.dicom.pixel_objects import frame as decoded
from tests.dicom.pixel_objects import write

MR = "1.2.840.10008.5.1.4.1.1.4"
ULTRASOUND_VOLUME = "1.2.840.10008.5.1.4.1.1.6.2"
TOMOSYNTHESIS = "1.2.840.10008.5.1.4.1.1.13.1.3"
ANGIOGRAPHY_3D = "1.2.840.10008.5.1.4.1.1.13.1.1"


# -- quantities --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("scaling", [None, "", "0", "nan", "abc"])
def test_a_dose_without_its_scaling_has_no_unit(scaling: str | None) -> None:
    dose = image(
        sop_class=DOSE, modality="RTDOSE", NumberOfFrames=2, DoseUnits="GY", GridFrameOffsetVector=[0, 3]
    )
    assert _dose_of(dose, "0.001").quantity is Quantity.DOSE
    one = _dose_of(dose, scaling)
    assert (one.quantity, one.unit) == (Quantity.ARBITRARY, "1")
    assert "Dose Grid Scaling is missing or cannot be read" in words(one.warnings)


def _dose_of(data: Dataset, scaling: str | None) -> DisplaySet:
    if scaling is not None:
        data.add_new(0x3004000E, "LO", scaling)  # whatever it is, as it is written
    elif "DoseGridScaling" in data:
        del data.DoseGridScaling
    (one,) = held(data).sets
    return one


def test_a_slope_of_zero_is_told_as_what_it_is() -> None:
    (one,) = held(image(1, RescaleSlope=0, RescaleIntercept=-1024)).sets
    assert one.quantity is Quantity.ARBITRARY
    assert words(one.warnings).startswith("Rescale Slope is 0")


@pytest.mark.parametrize(("slope", "intercept"), [(1e30, -1024), (-5000, 0), (1, 1e9)])
def test_a_rescale_that_no_scanner_writes_makes_no_hounsfield_units(slope: float, intercept: float) -> None:
    (one,) = held(image(1, RescaleSlope=slope, RescaleIntercept=intercept, RescaleType="HU")).sets
    assert one.quantity is Quantity.ARBITRARY
    assert f"Rescale Slope {slope:g} and Intercept {intercept:g} are implausible" in words(one.warnings)


@pytest.mark.parametrize(
    ("other", "attribute"),
    [
        ({"PatientWeight": 80}, "Patient's Weight"),
        ({"DecayCorrection": "ADMIN"}, "Decay Correction"),
        ({"DecayCorrectionDateTime": "20240102110000"}, "Decay Correction DateTime"),
        (
            {"RadiopharmaceuticalInformationSequence": items({"RadionuclideTotalDose": 1e8})},
            "Radiopharmaceutical Information Sequence",
        ),
    ],
)
def test_images_of_a_series_that_contradict_each_other_make_no_suv(
    other: dict[str, Any], attribute: str
) -> None:
    told = {"DecayCorrectionDateTime": "20240102100000"}
    (one,) = held(pet(1, **told), pet(2), pet(3)).sets
    assert one.quantity is Quantity.SUV_BW
    (one,) = held(pet(1, **told), pet(2, **other), pet(3)).sets
    assert one.quantity is Quantity.ACTIVITY
    assert f"the images of the series differ in {attribute}" in words(one.warnings)


def test_an_image_that_says_nothing_contradicts_none() -> None:
    (one,) = held(pet(1), pet(2, PatientWeight=None), pet(3)).sets
    assert one.quantity is Quantity.SUV_BW


# -- grey --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("vr", ["US", "SS"])
@pytest.mark.parametrize(
    ("changes", "first"),
    [
        ({"RescaleSlope": 1, "RescaleIntercept": -1024}, -1024),
        ({"PixelRepresentation": 1}, -1024),
        ({}, 64512),
        ({"RescaleSlope": 1, "RescaleIntercept": 0}, 64512),
    ],
)
def test_the_first_value_of_a_voi_table_is_signed_where_the_values_are(
    vr: str, changes: dict[str, Any], first: int
) -> None:
    """Unsigned stored values of a CT become negative by the intercept: a table from -1024 on is for those."""
    table = Dataset()
    low = -1024 if vr == "SS" else 64512
    table.add_new(0x00283002, vr, [512, low, 16])
    table.add_new(0x00283006, "OW", np.arange(512, dtype="<u2").tobytes())
    (one,) = held(image(1, VOILUTSequence=[table], **changes)).sets
    (voi,) = one.frames[0].voi
    assert isinstance(voi, LookupTable)
    assert voi.first_mapped == first


@pytest.mark.parametrize(
    ("said", "highest", "bits"),
    [(16, 255, 8), (16, 4095, 12), (8, 4095, 12), (16, 40000, 16), (12, 4000, 12)],
)
def test_the_bits_of_a_table_are_those_of_its_entries(said: int, highest: int, bits: int) -> None:
    """A table of 8 bits that says 16 would make the image black."""
    table = Dataset()
    table.add_new(0x00283002, "US", [256, 0, said])
    table.add_new(0x00283006, "OW", np.linspace(0, highest, 256).astype("<u2").tobytes())
    (voi,) = held(image(1, VOILUTSequence=[table])).sets[0].frames[0].voi
    assert isinstance(voi, LookupTable)
    assert voi.bits == bits


def test_a_table_with_too_few_entries_is_not_used_and_told() -> None:
    table = Dataset()
    table.add_new(0x00283002, "US", [256, 0, 16])
    table.add_new(0x00283006, "OW", np.arange(100).astype("<u2").tobytes())
    (one,) = held(image(1, VOILUTSequence=[table])).sets
    assert one.frames[0].voi == ()
    assert "VOI LUT Sequence lacks entries (100 of 256 there)" in words(one.warnings)


@pytest.mark.parametrize(
    ("signed", "word", "is_told"),
    [(0, 4095, False), (0, 0xF001, True), (1, 0xF801, False), (1, 0x0FFF, False), (1, 0xE001, True)],
)
def test_bits_above_those_stored_are_told(signed: int, word: int, is_told: bool) -> None:
    """Signs go on above; planes of overlays may."""
    plane = {"BitsStored": 12, "HighBit": 11, "PixelRepresentation": signed}
    for overlay in (False, True):
        data = image(1, **plane)
        data.PixelData = np.full(SIZE, word, "<u2").tobytes()
        if overlay:
            data.add_new(0x60000102, "US", 12)
        (one,) = held(data).sets
        assert ("above their Bits Stored (12)" in words(one.warnings)) == (is_told and not overlay)


def test_a_window_that_cannot_be_read_costs_itself() -> None:
    data = image(1)
    data.add_new(0x00281050, "LO", "40\\abc\\300")
    data.add_new(0x00281051, "LO", "400\\100\\-1")
    (one,) = held(data).sets
    assert one.frames[0].voi == (Window(40.0, 400.0),)
    assert "Window Center is no number" in words(one.warnings)


@pytest.mark.parametrize("said", ["MONOCHROME", "RGB", "MONOCHROME3", "YBR_FULL"])
def test_one_sample_that_is_no_index_of_a_colour_is_a_brightness(said: str) -> None:
    (one,) = held(image(1, PhotometricInterpretation=said)).sets
    assert one.frames[0].pixel_format.is_grey


def test_halved_colours_of_an_odd_number_of_columns_are_refused_by_reason(tmp_path: Path) -> None:
    path = write(
        tmp_path / "a.dcm",
        bytes(5 * 7 * 2),
        vr="OB",
        shape=(5, 7),
        SamplesPerPixel=3,
        BitsAllocated=8,
        PhotometricInterpretation="YBR_FULL_422",
        PlanarConfiguration=0,
    )
    with pytest.raises(BadInput, match="7 columns"):
        decoded(path)


# -- places ------------------------------------------------------------------------------------------------


def reconstructed(sop_class: str, modality: str) -> Dataset:
    """Slices that were computed of projections, at places of their own."""
    data = image(
        sop_class=sop_class,
        modality=modality,
        NumberOfFrames=3,
        PixelSpacing=None,
        ImagePositionPatient=None,
        ImageOrientationPatient=None,
        ImagerPixelSpacing=[0.2, 0.2],
    )
    data.SharedFunctionalGroupsSequence = items({
        "PixelMeasuresSequence": items({"PixelSpacing": [0.1, 0.1], "SliceThickness": 1}),
        "PlaneOrientationSequence": items({"ImageOrientationPatient": [1, 0, 0, 0, 1, 0]}),
    })  # fmt: skip
    places = [{"PlanePositionSequence": items({"ImagePositionPatient": [0, 0, n]})} for n in range(3)]
    data.PerFrameFunctionalGroupsSequence = items(*places)
    return data


@pytest.mark.parametrize(("sop_class", "modality"), [(TOMOSYNTHESIS, "MG"), (ANGIOGRAPHY_3D, "XA")])
def test_slices_of_projections_lie_in_the_patient(sop_class: str, modality: str) -> None:
    (one,) = held(reconstructed(sop_class, modality)).sets
    assert one.geometry is not None
    assert one.geometry.grid.spacing_mm == (1.0, 0.1, 0.1)
    assert one.frames[0].spacing.source is SpacingSource.PATIENT
    projection = image(modality=modality, PixelSpacing=None, ImagerPixelSpacing=[0.2, 0.2])
    (one,) = held(projection).sets
    assert one.frames[0].spacing.source is SpacingSource.DETECTOR


@pytest.mark.parametrize(
    ("changes", "attribute"),
    [
        ({"PixelSpacing": None}, "Pixel Spacing"),
        ({"PixelSpacing": [-0.9, -0.7]}, "Pixel Spacing"),
        ({"PixelSpacing": [0, 0]}, "Pixel Spacing"),
        ({"ImagePositionPatient": None}, "Image Position (Patient)"),
        ({"ImageOrientationPatient": [0, 0, 0, 0, 0, 0]}, "Image Orientation (Patient)"),
        ({"ImageOrientationPatient": [1, 0, 0, 1, 0, 0]}, "Image Orientation (Patient)"),
    ],
)
def test_slices_that_make_no_volume_say_what_they_lack(changes: dict[str, Any], attribute: str) -> None:
    hounsfield = {"RescaleSlope": 1, "RescaleIntercept": -1024}
    volume, stack = held(*(image(n, **hounsfield, **(changes if n > 3 else {})) for n in range(1, 6))).sets
    assert (volume.geometry is not None, volume.warnings) == (True, ())
    told = f"Images that make no volume: 2; {attribute} is missing or cannot be used."
    assert (stack.geometry, words(stack.warnings)) == (None, told)
    scout = image(9, ImageType=["ORIGINAL", "PRIMARY", "LOCALIZER"], **hounsfield, **changes)
    assert held(scout).sets[0].warnings == ()
    assert held(image(9, **hounsfield)).sets[0].warnings == ()


def test_a_dose_whose_planes_lie_nowhere_says_so() -> None:
    dose = image(
        sop_class=DOSE, modality="RTDOSE", NumberOfFrames=4, DoseUnits="GY", DoseGridScaling="0.1",
        GridFrameOffsetVector=[0, 3],
    )  # fmt: skip
    volume, stack = held(dose).sets
    assert (len(volume.frames), len(stack.frames)) == (2, 2)
    assert words(stack.warnings).startswith("Images that make no volume: 2; Grid Frame Offset Vector")


def test_planes_of_an_ultrasound_volume_are_measured_in_its_space() -> None:
    """Not on a detector, which a projection would have to be magnified from."""
    planes = [{"PlanePositionVolumeSequence": items({"ImagePositionVolume": [0, 0, n]})} for n in range(2)]
    data = image(
        sop_class=ULTRASOUND_VOLUME, modality="US", NumberOfFrames=2, PixelSpacing=None,
        ImagePositionPatient=None, ImageOrientationPatient=None,
    )  # fmt: skip
    data.SharedFunctionalGroupsSequence = items(
        {"PixelMeasuresSequence": items({"PixelSpacing": [0.3, 0.2]})}
    )
    data.PerFrameFunctionalGroupsSequence = items(*planes)
    (one,) = held(data).sets
    assert one.frames[0].spacing.mm == (0.3, 0.2)
    assert one.frames[0].spacing.source is SpacingSource.CALIBRATED


@pytest.mark.parametrize("cut", range(1, 30))
def test_a_sequence_that_cannot_be_parsed_costs_itself(cut: int) -> None:
    """The parser meets the end within an element, wherever that is; plain values need no parser."""
    data = image(1, RescaleSlope=2, RescaleIntercept=-1)
    data.RequestAttributesSequence = items({"RequestedProcedureID": "x" * 8})
    data["RequestAttributesSequence"].is_undefined_length = True
    found = prescan(written(data))
    assert found.pixel_offset is not None
    found.pixel_offset -= cut
    header = Header.of(found)
    assert len(header.items(0x00400275)) <= 1
    assert header.number(0x00281053) == 2.0


@pytest.mark.parametrize("size", [1 << 31, 100_000])
def test_a_slide_of_an_impossible_size_is_shown_as_its_tiles(size: int) -> None:
    """Over what the pixels of an object may take: memory for it is never asked for."""
    places = items(*(
        {"PlanePositionSlideSequence": items({
            "ColumnPositionInTotalImagePixelMatrix": 1, "RowPositionInTotalImagePixelMatrix": 1 + 4 * n,
        })}
        for n in range(2)
    ))  # fmt: skip
    slide = image(
        sop_class=SLIDE,
        modality="SM",
        NumberOfFrames=2,
        TotalPixelMatrixRows=size,
        TotalPixelMatrixColumns=size,
        PerFrameFunctionalGroupsSequence=places,
        ImagePositionPatient=None,
    )
    (one,) = held(slide).sets
    assert [(f.rows, f.columns, f.tiles) for f in one.frames] == [(4, 6, ())] * 2
    slide.TotalPixelMatrixRows, slide.TotalPixelMatrixColumns = 8, 6
    (one,) = held(slide).sets
    assert [(f.rows, f.columns, len(f.tiles)) for f in one.frames] == [(8, 6, 2)]


# -- many frames -------------------------------------------------------------------------------------------


def test_frames_without_groups_of_their_own_have_all_but_their_number_in_common() -> None:
    data = image(
        modality="OT", NumberOfFrames=3, FrameTimeVector=[0, 100, 50], RescaleSlope=2, RescaleIntercept=1
    )
    found = facts(data).frames
    assert [(f.index, f.number, f.frame_time_ms) for f in found] == [
        (0, 1, 100.0),
        (1, 2, 50.0),
        (2, 3, 50.0),
    ]
    assert {f.transform for f in found} == {Rescale(2.0, 1.0)}


def test_more_frames_than_anybody_takes_are_refused_before_they_are_looked_at() -> None:
    """A file of some hundred bytes a frame, each of which would be a row of facts."""
    data = image(
        modality="OT", NumberOfFrames=MAX_FRAMES + 1, Rows=1, Columns=1, BitsAllocated=1, BitsStored=1
    )
    data.PixelData = bytes((MAX_FRAMES + 8) // 8 + (MAX_FRAMES + 8) // 8 % 2)
    with pytest.raises(Unusable, match="frames are there"):
        facts(data)
    data.NumberOfFrames, data.PixelData = 1000, bytes(126)
    assert len(facts(data).frames) == 1000


# -- how values are written --------------------------------------------------------------------------------


def test_numbers_in_binary_where_text_belongs_are_read_and_told() -> None:
    """The object says how: explicit VR FD and FL in place of DS."""
    images = []
    for n in range(1, 5):
        data = image(n, RescaleSlope=1, RescaleIntercept=None)
        data.add_new(0x00281052, "FD", -1024.0)
        data.add_new(0x00200032, "FD", [0.0, 0.0, 2.5 * n])
        data.add_new(0x00280030, "FL", [0.5, 0.25])
        images.append(data)
    (one,) = held(*images).sets
    assert one.geometry is not None
    assert one.geometry.grid.spacing_mm == (2.5, 0.5, 0.25)
    assert one.frames[0].transform == Rescale(1.0, -1024.0)
    assert "Rescale Intercept is written “-1024 FD”; it was read as -1024." in words(one.warnings)


def test_values_without_end_are_not_read_to_theirs() -> None:
    """Implicit VR has no shorter limit than 4 GiB for a name, a kind or a list of numbers."""
    data = image(1, ImageType=["ORIGINAL", "PRIMARY"] + ["X"] * 1_000_000)
    data.add_new(0x00280030, "LO", "1\\" * 3_000_000)
    found = facts(data, ImplicitVRLittleEndian)
    assert len(found.frames[0].distinction.image_type) < 1000
    assert found.frames[0].spacing.mm is None
    assert "Pixel Spacing is no number (“6000000 B”)" in words(found.doubts)
