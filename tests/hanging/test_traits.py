"""What display sets are: from geometry, timing and codes first, from words last (IHE BIR; the field's usual
limits).
"""

from __future__ import annotations

from dataclasses import replace

import pytest

from app.domain.display_set import Axis, AxisKind, DisplaySet, DisplaySetId
from app.domain.frame import Distinction, Frame, Orientation
from app.domain.pixel import PixelFormat
from app.domain.study import Patient, Series, SeriesUid, SopUid, Study, StudyUid
from app.domain.technique import Technique
from app.viewing.hanging.traits import plane_of, region_of, traits_of
from app.viewing.hanging.words import REGIONS, first_named, says_contrast

AXIAL: Orientation = (1, 0, 0, 0, 1, 0)
FRAME = Frame(
    SopUid("1.2.3"),
    "1.2.840.10008.5.1.4.1.1.4",
    "0" * 64,
    0,
    64,
    64,
    PixelFormat("MONOCHROME2", 1, 16, 12, 11),
    orientation=AXIAL,
)
STUDY = Study(StudyUid("1.2"), Patient("P", "A^B"))
SERIES = Series(SeriesUid("1.3"), StudyUid("1.2"), "MR")


def shown(frame: Frame, modality: str = "MR", **changes: object) -> DisplaySet:
    return replace(
        DisplaySet(
            DisplaySetId("d"), StudyUid("1.2"), SeriesUid("1.3"), modality, frame.sop_class_uid, (frame,)
        ),
        **changes,
    )  # type: ignore[arg-type]


def timed(
    tr: float, te: float, ti: float | None = None, flip: float = 90, sequences: tuple[str, ...] = ("SE",)
) -> Frame:
    technique = Technique(repetition_ms=tr, flip_deg=flip, sequences=sequences)
    return replace(FRAME, technique=technique, distinction=Distinction(echo_ms=te, inversion_ms=ti))


@pytest.mark.parametrize(
    ("orientation", "plane"),
    [
        (AXIAL, "axial"),
        ((1, 0, 0, 0, 0, -1), "coronal"),
        ((0, 1, 0, 0, 0, -1), "sagittal"),
        ((1, 0, 0, 0, 0.94, -0.34), "axial"),  # along the line through the corpus callosum
        ((0.94, 0.34, 0, 0, 0, -1), "coronal"),  # along the supraspinatus, 20°
        ((0.7071, 0.7071, 0, 0, 0, -1), "oblique"),
        (None, ""),
        ((0, 0, 0, 0, 0, 0), ""),
    ],
)
def test_planes(orientation: Orientation | None, plane: str) -> None:
    assert plane_of(orientation) == plane


@pytest.mark.parametrize(
    ("frame", "weighting"),
    [
        (timed(500, 12), "t1"),
        (timed(4000, 100), "t2"),
        (timed(3000, 30), "pd"),
        (timed(9000, 120, 2500, sequences=("SE", "IR")), "flair"),
        (timed(4000, 60, 160, sequences=("SE", "IR")), "stir"),
        (timed(2000, 12, 860, sequences=("SE", "IR")), "t1"),  # T1 FLAIR of the spine
        (timed(2300, 3, 900, 9, ("GR", "IR")), "t1"),  # MPRAGE
        (timed(7, 3, None, 12, ("GR",)), "t1"),
        (timed(600, 20, None, 20, ("GR",)), "t2star"),
        (timed(1300, 80), ""),  # between the kinds
    ],
)
def test_weightings_by_timing(frame: Frame, weighting: str) -> None:
    """No word says what it is."""
    assert traits_of(shown(frame), SERIES, STUDY).weighting == weighting


@pytest.mark.parametrize(
    ("description", "kinds", "weighting"),
    [
        ("ep2d_diff_3scan_trace_ADC", ("DERIVED", "PRIMARY", "DIFFUSION", "ADC"), "adc"),
        ("eADC (10^-6 mm²/s)", (), "adc"),
        ("DWI b1000", (), "dwi"),
        ("弥散加权", (), "dwi"),
        ("SWI_Images", (), "swi"),
        ("tof_fl3d_tra", (), "mra"),
        ("T2 FLAIR 轴位", (), "flair"),
        ("Ax T1 BRAVO +C", (), "t1"),
        ("t2_tse_dark-fluid_tra", (), "flair"),
        ("rCBV map", (), "map"),
        ("unknown 17", (), ""),
        ("", ("ORIGINAL", "PRIMARY", "T2", "NONE"), "t2"),
    ],
)
def test_weightings_by_word_and_code(description: str, kinds: tuple[str, ...], weighting: str) -> None:
    frame = replace(FRAME, distinction=Distinction(image_type=kinds))
    found = traits_of(shown(frame), replace(SERIES, description=description), STUDY)
    assert found.weighting == weighting


def test_words_do_not_overrule_the_timing() -> None:
    """A protocol copied from another sequence keeps its old name."""
    found = traits_of(shown(timed(9000, 120, 2500)), replace(SERIES, description="Ax T1"), STUDY)
    assert found.weighting == "flair"


def test_b_values_make_diffusion() -> None:
    axis = Axis(AxisKind.B_VALUE, (0.0, 1000.0), "s/mm2")
    assert traits_of(shown(timed(5000, 90), axis=axis), SERIES, STUDY).weighting == "dwi"


@pytest.mark.parametrize(
    ("kernel", "kind"),
    [
        ("B70f", "lung"),
        ("B31f", "soft"),
        ("B60s", "bone"),
        ("Bl57d\\3", "lung"),
        ("Br40d", "soft"),
        ("LUNG", "lung"),
        ("BONEPLUS", "bone"),
        ("STANDARD", "soft"),
        ("FC51", "lung"),
        ("FC13", "soft"),
        ("YB", "lung"),
        ("B", "soft"),
        ("", ""),
    ],
)
def test_kernels_of_four_makers(kernel: str, kind: str) -> None:
    frame = replace(FRAME, distinction=Distinction(kernel=kernel))
    assert traits_of(shown(frame, "CT"), replace(SERIES, modality="CT"), STUDY).kernel == kind


@pytest.mark.parametrize(
    ("text", "region"),
    [
        ("CHEST", "chest"),
        ("胸部平扫", "chest"),
        ("CSPINE", "spine"),
        ("腰椎间盘", "spine"),
        ("L-SPINE W/O", "spine"),
        ("HEADNECK", "head"),
        ("颅脑增强", "head"),
        ("Cervical spine", "spine"),
        ("KNEE LEFT", "joint"),
        ("ABDOMEN_PELVIS", "pelvis"),
        ("上腹部", "abdomen"),
        ("armory", ""),
        ("heartland clinic", ""),
        ("", ""),
    ],
)
def test_regions_in_both_languages(text: str, region: str) -> None:
    """Whole words only: names of places are no bodies."""
    assert first_named(text, REGIONS) == region


def test_the_object_says_more_than_the_study() -> None:
    found = shown(FRAME, body_part="KNEE")
    assert region_of(found, SERIES, replace(STUDY, description="Brain MR")) == "joint"
    assert region_of(shown(FRAME), SERIES, replace(STUDY, description="Brain MR")) == "head"


@pytest.mark.parametrize(
    ("text", "contrast"),
    [
        ("Ax T1 +C", True),
        ("T1 post Gd", True),
        ("动脉期", True),
        ("Ax T1 pre contrast", False),
        ("平扫", False),
        ("T1 C-", False),
        ("Venous", True),
        ("w/o contrast", False),
        ("Celebrity", False),
    ],
)
def test_contrast_by_word(text: str, contrast: bool) -> None:
    assert says_contrast(text) is contrast


@pytest.mark.parametrize(
    ("position", "patient", "description", "view"),
    [
        ("PA", None, "", "pa"),
        ("LL", None, "", "lateral"),
        ("", ("A", "F"), "", "lateral"),
        ("", None, "胸部侧位", "lateral"),
        ("", ("L", "F"), "胸部正位", "pa"),
        ("", None, "", ""),
    ],
)
def test_views_of_radiographs(
    position: str, patient: tuple[str, str] | None, description: str, view: str
) -> None:
    frame = replace(FRAME, view_position=position, patient_orientation=patient)
    assert (
        traits_of(shown(frame, "DX"), replace(SERIES, modality="DX", description=description), STUDY).view
        == view
    )
