"""How a projection was taken, as its header tells it: view, modifiers, side."""

from __future__ import annotations

from typing import Any

import pytest

from app.domain.frame import Frame
from tests.dicom.made_headers import facts, image, items

MAMMOGRAM, TOMOSYNTHESIS, NUCLEAR = (
    f"1.2.840.10008.5.1.4.1.1.{kind}" for kind in ("1.2", "13.1.3", "20")
)  # fmt: skip


def _frames(modality: str, sop_class: str, **attributes: Any) -> tuple[Frame, ...]:
    return facts(image(modality=modality, sop_class=sop_class, **attributes)).frames


def _view(code: str, meaning: str, *modifiers: tuple[str, str]) -> list[Any]:
    (view,) = items({"CodeValue": code, "CodeMeaning": meaning})
    if modifiers:
        view.ViewModifierCodeSequence = items(*({"CodeValue": c, "CodeMeaning": m} for c, m in modifiers))
    return [view]


@pytest.mark.parametrize(
    ("attributes", "view"),
    [
        ({"ViewPosition": "CC", "ViewCodeSequence": _view("399368009", "mlo")}, "CC"),
        ({"ViewCodeSequence": _view("399162004", "cranio-caudal")}, "CC"),
        ({"ViewCodeSequence": _view("R-10226", "mediolateral oblique")}, "MLO"),
        ({"ViewCodeSequence": _view("399192008", "kraniokaudal lateral")}, "XCCL"),
        ({"ViewCodeSequence": _view("0815", "house view")}, "house view"),
        ({}, ""),
    ],
)
def test_views_by_code(attributes: dict[str, Any], view: str) -> None:
    """Mammograms need no View Position: the code says it in any language."""
    (frame,) = _frames("MG", MAMMOGRAM, **attributes)
    assert frame.view_position == view


def test_what_is_special_about_a_view() -> None:
    displaced = ("399209000", "Implantat verschoben")
    codes = _view("399162004", "cc", displaced, ("R-102D7", ""), ("9", "House Modifier"))
    (frame,) = _frames("MG", MAMMOGRAM, ViewCodeSequence=codes)
    assert frame.view_modifiers == ("implant displaced", "spot compression", "house modifier")


def test_the_side_of_an_enhanced_object() -> None:
    """Frame Laterality stands in a functional group (PS3.3 C.7.6.16.2.8)."""
    groups = items({"FrameAnatomySequence": items({"FrameLaterality": "L"})})
    frames = _frames("MG", TOMOSYNTHESIS, NumberOfFrames=2, SharedFunctionalGroupsSequence=groups)
    assert {frame.laterality for frame in frames} == {"L"}


def test_the_heads_of_a_camera_see_from_their_sides() -> None:
    heads = items(*({"ViewCodeSequence": _view(c, c)} for c in ("Anterior", "Posterior")))
    frames = _frames(
        "NM",
        NUCLEAR,
        NumberOfFrames=2,
        ImageType=["ORIGINAL", "PRIMARY", "WHOLE BODY", "EMISSION"],
        DetectorVector=[2, 1],
        DetectorInformationSequence=heads,
    )
    assert [frame.view_position for frame in frames] == ["Posterior", "Anterior"]
