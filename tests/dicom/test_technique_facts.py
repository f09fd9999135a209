"""How images were taken, as their headers tell it: exposure, beam, compression, output of ultrasound."""

from __future__ import annotations

from typing import Any

import pytest

from app.domain.technique import Exposure, Sonography, Technique
from tests.dicom.made_headers import facts, image, items

ENHANCED_CT = "1.2.840.10008.5.1.4.1.1.2.1"


def _technique(modality: str, **attributes: Any) -> Technique:
    return facts(image(modality=modality, **attributes)).frames[0].technique


@pytest.mark.parametrize(
    ("attributes", "told"),
    [
        ({}, None),
        ({"Exposure": 120, "ExposureInuAs": 120400, "XRayTubeCurrent": 300}, Exposure(mas=120, ma=300)),
        ({"ExposureInuAs": 8250, "ExposureTime": 33}, Exposure(mas=8.25, ms=33)),
        ({"CompressionForce": 95.5, "BodyPartThickness": 52}, Exposure(force_n=95.5, part_mm=52)),
        (
            {"PositionerPrimaryAngle": -30, "PositionerSecondaryAngle": 20},
            Exposure(primary_deg=-30, secondary_deg=20),
        ),
    ],
)
def test_the_exposure_of_classic_images(attributes: dict[str, Any], told: Exposure | None) -> None:
    assert _technique("DX", **attributes).exposure == told


def test_the_exposure_of_a_frame_of_enhanced_ct() -> None:
    """CT Exposure Sequence (PS3.3 C.8.15.3.9), of each frame its own."""
    beams = [
        {"CTExposureSequence": items({"ExposureInmAs": mas, "XRayTubeCurrentInmA": 200.0, "CTDIvol": 7.5})}
        for mas in (80.0, 95.0)
    ]
    made = image(sop_class=ENHANCED_CT, NumberOfFrames=2, PerFrameFunctionalGroupsSequence=items(*beams))
    told = [frame.technique.exposure for frame in facts(made).frames]
    assert told == [Exposure(mas=80, ma=200, ctdi_mgy=7.5), Exposure(mas=95, ma=200, ctdi_mgy=7.5)]


def test_output_of_ultrasound_and_field_of_mr() -> None:
    told = _technique("US", MechanicalIndex=1.1, BoneThermalIndex=0.7, CranialThermalIndex=0.9).sonography
    assert told == Sonography(mechanical_index=1.1, thermal_index=0.7)
    assert _technique("US").sonography is None
    assert _technique("MR", MagneticFieldStrength=1.5).field_tesla == 1.5
