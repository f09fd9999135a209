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
from app.viewing.hanging.traits import Traits, plane_of, region_of, traits_of
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
        (timed(5000, 80, sequences=("SE", "EP")), "dwi"),
        (timed(3.2, 1.4, None, 60, ("GR",)), "t2"),  # balanced
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
        ("Schädel nativ", "head"),
        ("LWS 2 Ebenen", "spine"),
        ("NNH", "face"),
        ("IRM GENOU DROIT", "joint"),
        ("Rachis lombaire sans injection", "spine"),
        ("TÊTE", "head"),
        ("Columna cervical", "spine"),
        ("Ginocchio dx", "joint"),
        ("頭部単純", "head"),
        ("骨盤造影", "pelvis"),
        ("Ganzkörper MRT", "whole body"),
        ("t2_tse_cor", ""),
        ("CTPE protocol", ""),
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
        ("t1_tse_tra KM", True),
        ("Leber portalvenös", True),
        ("Cou avec injection", True),
        ("腹部造影", True),
        ("動脈相", True),
        ("Thorax nativ", False),
        ("ohne KM", False),
        ("sans injection", False),
        ("腹部単純", False),
        ("Ax T1 w/o contrast", False),
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
        ("", ("L", "F"), "胸部正侧位", "pa"),
        ("", None, "胸部正侧位", ""),
        ("", None, "Thorax p.a.", "pa"),
        ("", None, "LWS seitl.", "lateral"),
        ("", None, "Genou face", "pa"),
        ("", None, "手斜位", "oblique"),
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


@pytest.mark.parametrize(
    ("position", "description", "view", "modifier"),
    [
        ("CC", "", "cc", ""),
        ("RMLO", "", "mlo", ""),
        ("L CC", "", "cc", ""),
        ("CCID", "", "cc", "implant displaced"),
        ("XCCL", "", "xccl", ""),
        ("LMO", "", "lmo", ""),
        ("", "L MLO Spot", "mlo", "spot compression"),
        ("", "Mammographie", "", ""),
    ],
)
def test_views_of_mammograms(position: str, description: str, view: str, modifier: str) -> None:
    found = shown(replace(FRAME, view_position=position), "MG")
    traits = traits_of(found, replace(SERIES, modality="MG", description=description), STUDY)
    assert (traits.view, traits.modifier) == (view, modifier)


def called(description: str, frames: int = 3, modality: str = "MR", **changes: object) -> Traits:
    found = shown(FRAME, modality, frames=(FRAME,) * frames, **changes)
    return traits_of(found, replace(SERIES, modality=modality, description=description), STUDY)


@pytest.mark.parametrize(
    ("description", "frames", "scout"),
    [
        ("Topogramm", 1, True),
        ("T/S/C RF FAST PILOT", 3, True),
        ("位置決め", 3, True),
        ("repérage", 9, True),
        ("localizer", 200, False),
        ("t2_tse_tra", 20, False),
    ],
)
def test_scouts_by_word(description: str, frames: int, scout: bool) -> None:
    assert called(description, frames).localizer is scout


def test_scouts_that_nothing_names() -> None:
    """Few images of MR in several planes, in one display set or in several; one of CT along the body."""
    sagittal = replace(FRAME, orientation=(0, 1, 0, 0, 0, -1))
    several = shown(FRAME, frames=(FRAME, sagittal))
    assert traits_of(several, SERIES, STUDY).localizer
    turning = shown(
        replace(FRAME, distinction=Distinction(image_type=("DERIVED", "MIP"))), frames=(FRAME, sagittal)
    )
    assert not traits_of(turning, replace(SERIES, description="TOF MIP"), STUDY).localizer
    assert called("", 3, title=(("Axial", {}),)).localizer
    assert not called("", 20, title=(("Axial", {}),)).localizer, "a sequence in three planes"
    assert traits_of(shown(sagittal, "CT"), replace(SERIES, modality="CT"), STUDY).localizer
    assert not traits_of(shown(FRAME, "CT"), replace(SERIES, modality="CT"), STUDY).localizer


@pytest.mark.parametrize(
    ("sop_class", "modality", "secondary"),
    [
        ("1.2.840.10008.5.1.4.1.1.7", "CT", True),  # a screenshot
        ("1.2.840.10008.5.1.4.1.1.7.4", "MR", True),
        ("1.2.840.10008.5.1.4.1.1.7", "US", False),  # the only form that old scanners know
        ("1.2.840.10008.5.1.4.1.1.77.1.5.4", "OPT", False),
        ("1.2.840.10008.5.1.4.1.1.1.2.1", "MG", True),  # for processing
        ("1.2.840.10008.5.1.4.1.1.1.2", "MG", False),
    ],
)
def test_what_is_not_to_be_read_first(sop_class: str, modality: str, secondary: bool) -> None:
    found = shown(replace(FRAME, sop_class_uid=sop_class), modality, sop_class_uid=sop_class)
    assert traits_of(found, replace(SERIES, modality=modality), STUDY).secondary is secondary


@pytest.mark.parametrize(
    ("agent", "description", "contrast"),
    [
        ("Gadovist", "", True),
        ("NONE", "", False),
        ("Iomeron", "Abdomen nativ", False),  # filled in for the whole examination
        ("", "t1 KM", True),
    ],
)
def test_the_agent_and_what_denies_it(agent: str, description: str, contrast: bool) -> None:
    frame = replace(FRAME, technique=Technique(agent=agent))
    assert traits_of(shown(frame), replace(SERIES, description=description), STUDY).contrast is contrast


def test_the_protocol_of_the_examination_makes_no_phase() -> None:
    series = replace(SERIES, modality="CT", description="nativ", protocol="Leber arteriell portalvenös")
    found = traits_of(shown(FRAME, "CT"), series, STUDY)
    assert (found.phase, found.contrast) == ("native", False)


def test_images_at_one_place_move() -> None:
    beats = tuple(replace(FRAME, position_mm=(0, 0, 0), number=n) for n in range(25))
    assert traits_of(shown(FRAME, frames=beats), SERIES, STUDY).moving
    slices = tuple(replace(FRAME, position_mm=(0, 0, n), number=n) for n in range(25))
    assert not traits_of(shown(FRAME, frames=slices), SERIES, STUDY).moving
