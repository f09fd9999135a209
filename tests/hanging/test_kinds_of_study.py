"""Studies that nobody here has seen hang by what their images are: which protocol, and what its first stage
shows.
"""

from __future__ import annotations

from typing import Any

import pytest

from app.domain.display_set import DisplaySetId
from app.domain.study import SeriesUid, StudyUid
from app.reading.hanging_service import shipped_protocols
from app.viewing.hanging.choose import Hangable, matches
from app.viewing.hanging.traits import Traits

USUAL = {"kind": "volume", "images": 24, "thickness_mm": 5.0, "plane": "axial"}
STILL = {"kind": "stack", "images": 1, "thickness_mm": 0.0, "plane": ""}


def mr(name: str, **traits: Any) -> tuple[str, dict[str, Any]]:
    return name, {**USUAL, "modality": "MR", **traits}


def ct(name: str, **traits: Any) -> tuple[str, dict[str, Any]]:
    return name, {**USUAL, "modality": "CT", **traits}


def still(modality: str, name: str, **traits: Any) -> tuple[str, dict[str, Any]]:
    return name, {**STILL, "modality": modality, **traits}


def mammogram(name: str, **traits: Any) -> tuple[str, dict[str, Any]]:
    side, view = name.split()[:2]
    return still("MG", name, region="breast", laterality=side, view=view.lower(), **traits)


FLUID = {"weighting": "pd", "fat_suppressed": True, "region": "joint"}
DISPLACED = {"modifier": "implant displaced"}

STUDIES: dict[str, tuple[list[tuple[str, dict[str, Any]]], str, list[str]]] = {
    "a spine that nobody names": (
        [
            mr("loc", localizer=True, plane="sagittal", images=3),
            mr("t2 ax", weighting="t2"),
            mr("t1", weighting="t1", plane="sagittal"),
            mr("t2", weighting="t2", plane="sagittal"),
            mr("stir", weighting="stir", plane="sagittal", fat_suppressed=True),
        ],
        "mr",
        ["t2", "t1", "stir", "t2 ax"],
    ),
    "a brain that nobody names": (
        [
            mr("adc", weighting="adc"),
            mr("dwi", weighting="dwi"),
            mr("flair", weighting="flair"),
            mr("t1c", weighting="t1", contrast=True),
            mr("t1", weighting="t1"),
            mr("t2", weighting="t2"),
        ],
        "mr",
        ["t1", "t2", "flair", "dwi", "adc", "t1c"],
    ),
    "a brain of volumes cut across": (
        [
            mr("t1", weighting="t1", plane="sagittal", region="head", images=160, thickness_mm=1.0),
            mr("flair", weighting="flair", plane="sagittal", region="head", images=160, thickness_mm=1.0),
            mr("t2", weighting="t2", region="head"),
        ],
        "mr-brain",
        ["t1", "t2", "flair"],
    ),
    "a knee": (
        [
            mr("ax", plane="axial", **FLUID),
            mr("sag", plane="sagittal", **FLUID),
            mr("cor", plane="coronal", **FLUID),
            mr("t1", plane="coronal", weighting="t1", region="joint"),
        ],
        "mr-joint",
        ["sag", "cor", "ax", "t1"],
    ),
    "a whole body": (
        [
            mr("t1", weighting="t1", plane="coronal", region="whole body"),
            mr("stir", weighting="stir", plane="coronal", region="whole body"),
            mr("dwi", weighting="dwi", region="whole body"),
        ],
        "mr",
        ["t1", "stir", "dwi"],
    ),
    "a heart": (
        [
            mr("lge", weighting="t1", region="heart", contrast=True, plane="oblique"),
            mr("4ch", region="heart", moving=True, kind="stack", images=25, plane="oblique"),
            mr("sax", region="heart", moving=True, images=10, plane="oblique"),
        ],
        "mr-heart",
        ["4ch", "sax"],
    ),
    "one volume of MR": (
        [mr("t1", weighting="t1", images=160, thickness_mm=1.0)],
        "mr",
        ["t1", "t1", "t1", "t1"],
    ),
    "thick slices of MR make no planes across": ([mr("fmri", weighting="bold")], "mr", ["fmri"]),
    "diffusion alone": ([mr("dwi", weighting="dwi", images=40)], "mr", ["dwi"]),
    "a liver in phases": (
        [
            ct("portal", region="abdomen", kernel="soft", phase="portal", contrast=True),
            ct("native", region="abdomen", kernel="soft", phase="native"),
            ct("arterial", region="abdomen", kernel="soft", phase="arterial", contrast=True),
        ],
        "ct-abdomen",
        ["native", "arterial", "portal"],
    ),
    "a head of a thin bone and a thick soft series": (
        [
            ct("bone", region="head", kernel="bone", images=120, thickness_mm=0.6),
            ct("soft", region="head", kernel="soft"),
        ],
        "ct-head",
        ["soft", "bone"],
    ),
    "a chest of a thin lung and a thick soft series": (
        [
            ct("soft", region="chest", kernel="soft"),
            ct("lung", region="chest", kernel="lung", images=300, thickness_mm=1.0),
        ],
        "ct-chest",
        ["lung"] * 4,
    ),
    "a stroke: plain, angiography, perfusion": (
        [
            ct(
                "cta",
                region="head",
                kernel="soft",
                contrast=True,
                phase="arterial",
                images=500,
                thickness_mm=0.6,
            ),
            ct("ctp", region="head", kernel="soft", contrast=True, moving=True, images=32),
            ct("plain", region="head", kernel="soft"),
        ],
        "ct-head",
        ["plain", "plain"],
    ),
    "an angiography of the head alone": (
        [ct("cta", region="head", contrast=True, phase="arterial", images=500, thickness_mm=0.6)],
        "ct-head",
        ["cta"] * 4,
    ),
    "sinuses": ([ct("bone", region="face", kernel="bone", thickness_mm=1.0)], "ct-face", ["bone"] * 4),
    "two kernels that nobody names": (
        [ct("lung", kernel="lung", thickness_mm=8.0), ct("soft", kernel="soft", thickness_mm=8.0)],
        "volume",
        ["lung", "soft"],
    ),
    "a PET alone": ([("pet", {**USUAL, "modality": "PT", "corrected": True})], "pet", ["pet"] * 3),
    "a PET-CT without correction too": (
        [
            ("nac", {**USUAL, "modality": "PT", "images": 300}),
            ("ac", {**USUAL, "modality": "PT", "corrected": True}),
            ct("lung", kernel="lung", images=300),
            ct("soft", kernel="soft"),
        ],
        "pet-ct",
        ["soft", "ac"],
    ),
    "a SPECT-CT": (
        [ct("ct", kernel="soft"), ("spect", {**USUAL, "modality": "NM"})],
        "spect-ct",
        ["ct", "spect"],
    ),
    "a PET-MR": (
        [
            mr("stir", weighting="stir", plane="coronal"),
            mr("t1", weighting="t1", images=60),
            ("pet", {**USUAL, "modality": "PT"}),
        ],
        "pet-mr",
        ["t1", "pet"],
    ),
    "a bone scan": (
        [still("NM", "back", view="posterior"), still("NM", "front", view="anterior")],
        "nm",
        ["front", "back"],
    ),
    "three projections": (
        [still("CR", "lat", view="lateral"), still("CR", "ap", view="ap"), still("CR", "obl", view="obl")],
        "radiograph",
        ["ap", "lat", "obl"],
    ),
    "two of the same projection": (
        [still("CR", "1", view="ap"), still("CR", "2", view="ap")],
        "radiograph",
        ["1", "2"],
    ),
    "both hands": (
        [
            still("DX", "L pa", view="pa", laterality="L"),
            still("DX", "L obl", view="oblique", laterality="L"),
            still("DX", "R pa", view="pa", laterality="R"),
            still("DX", "R obl", view="oblique", laterality="R"),
        ],
        "radiograph",
        ["R pa", "R obl", "L pa", "L obl"],
    ),
    "a chest at the bedside": ([still("CR", "chest", region="chest")], "radiograph", ["chest"]),
    "all teeth": ([still("IO", str(n)) for n in range(14)], "teeth", [str(n) for n in range(14)]),
    "a mammogram without a view": (
        [mammogram("L CC"), mammogram("R MLO"), mammogram("R CC")],
        "mg",
        ["R CC", "L CC", "R MLO", ""],
    ),
    "one breast": ([mammogram("L MLO"), mammogram("L CC")], "mg", ["L CC", "L MLO"]),
    "implants": (
        [
            mammogram(f"{side} {view} {n}", **(DISPLACED if n else {}))
            for side in "LR"
            for view in ("CC", "MLO")
            for n in (1, 0)
        ],
        "mg",
        ["R CC 0", "L CC 0", "R MLO 0", "L MLO 0"],
    ),
    "tomosynthesis, a spot and a raw image": (
        [
            (
                "R CC tomo",
                {
                    **USUAL,
                    "modality": "MG",
                    "region": "breast",
                    "laterality": "R",
                    "view": "cc",
                    "kind": "cine",
                },
            ),
            mammogram("R CC spot", modifier="spot compression"),
            mammogram("R CC raw", secondary=True),
            mammogram("R CC"),
            mammogram("L CC"),
            mammogram("R MLO"),
        ],
        "mg",
        ["R CC", "L CC", "R MLO", ""],
    ),
    "stills and a clip": (
        [
            still("US", "1"),
            ("clip", {**STILL, "modality": "US", "kind": "cine", "images": 60}),
            still("US", "2"),
        ],
        "ultrasound",
        ["clip", "1", "2"],
    ),
    "a biplane run": (
        [
            ("b", {**STILL, "modality": "XA", "kind": "cine", "images": 60, "view": "plane b"}),
            ("a", {**STILL, "modality": "XA", "kind": "cine", "images": 60, "view": "plane a"}),
        ],
        "angiography",
        ["a", "b"],
    ),
    "two eyes": (
        [still("OP", "left", laterality="L"), still("OP", "right", laterality="R")],
        "eye",
        ["right", "left"],
    ),
    "only scouts": (
        [mr("a", localizer=True, images=3), mr("b", localizer=True, images=3)],
        "images",
        ["a", "b"],
    ),
    "photographs": ([still("ES", "1"), still("ES", "2")], "images", ["1", "2"]),
}


@pytest.mark.parametrize("study", STUDIES)
def test_a_study_hangs_by_what_its_images_are(study: str) -> None:
    images, protocol, shown = STUDIES[study]
    line = [
        Hangable(StudyUid("1.2"), SeriesUid(name), DisplaySetId(name), Traits(**traits), order=n)
        for n, (name, traits) in enumerate(images)
    ]
    best = matches(shipped_protocols(), line)[0]
    first = best.stages[0]
    assert best.protocol.protocol_id == protocol
    assert [one.series_uid if one is not None else "" for one in first.images] == shown


def test_what_a_mammogram_has_beside_its_four_views_comes_later() -> None:
    images, _, _ = STUDIES["implants"]
    more = [*images, mammogram("R ML"), mammogram("R CC spot", modifier="spot compression")]
    line = [
        Hangable(StudyUid("1.2"), SeriesUid(name), DisplaySetId(name), Traits(**traits))
        for name, traits in more
    ]
    best = matches(shipped_protocols(), line)[0]
    shown = {s.stage.title: [one.series_uid for one in s.images if one is not None] for s in best.stages}
    assert shown["Implant displaced"] == ["R CC 1", "L CC 1", "R MLO 1", "L MLO 1"]
    assert shown["Further views"] == ["R ML", "R CC spot"]
