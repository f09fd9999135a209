"""Every kind of shape in a structured report (TID 1500): its lines, its outline, its words, its codes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import highdicom as hd
import numpy as np
import pydicom
import pytest

from app.dicom.read.source_header import SourceHeader
from app.dicom.write.measurement_report import write_measurement_report
from app.domain.coding import Code
from app.domain.frame import RegionAxis, UltrasoundRegion
from app.domain.geometry import PointPx
from app.domain.measurement import Measurement
from app.domain.quantity import Quantity
from app.domain.roi import CURVE_STEPS, Roi, RoiKind
from app.domain.spine import level_of
from app.viewing.shapes.shape import MeasuredImage, Shape
from tests.dicom import dicom_objects as objects
from tests.dicom.test_dicom_writers import SIGNED_AT, anchor, faults, report
from tests.support.capabilities import SHAPES
from tests.support.tools import template_errors
from tests.viewing.measured_kinds import KINDS, uptake

#: of the coronal plane of `anchor`
_RIGHT, _DOWN, _ORIGIN = np.array((1.0, 0.0, 0.0)), np.array((0.0, 0.0, -1.0)), np.array((0.0, 10.0, 0.0))
_POINTS: tuple[PointPx, ...] = (
    *((10.0, 8.0), (22.0, 8.0), (20.0, 16.0)),
    *((11.0, 14.0), (14.0, 20.0), (19.0, 22.0)),
)


def points_of(drawn: Shape) -> tuple[PointPx, ...]:
    if drawn.kind is RoiKind.ELLIPSE:
        return ((10.0, 8.0), (20.0, 8.0), (15.0, 5.0), (15.0, 11.0))
    if drawn.kind is RoiKind.RECTANGLE:
        return drawn.drawn(_POINTS[0], _POINTS[2])
    return drawn.placed(_POINTS[: 4 if drawn.open_ended else drawn.count])


def measured_shape(
    drawn: Shape, image: MeasuredImage, header: SourceHeader, *, in_space: bool
) -> Measurement:
    points = points_of(drawn)
    mm = tuple(tuple(float(v) for v in _ORIGIN + x * _RIGHT + y * _DOWN) for x, y in points)
    return Measurement(
        tracking_uid=f"2.25.{1000 + list(RoiKind).index(drawn.kind)}",
        label="术后改变" if drawn.kind.is_note else f"{drawn.letter}1",
        roi=Roi(drawn.kind, mm, () if in_space else points),  # type: ignore[arg-type]
        anchor=anchor(header, None if in_space else 1),
        values=drawn.measure(uptake() if drawn.in_volume else image, points),
        made_by="p1",
        made_at=SIGNED_AT,
    )


@pytest.fixture(scope="module")
def header(tmp_path_factory: pytest.TempPathFactory) -> SourceHeader:
    return objects.written(tmp_path_factory.mktemp("source"))[1]


@pytest.fixture(scope="module")
def image() -> MeasuredImage:
    return KINDS["anisotropic"]().image


def _written(path: Path, header: SourceHeader, *measurements: Measurement) -> pydicom.Dataset:
    write_measurement_report(
        path, replace(report(header), measurements=measurements, findings=(), key_images=()), [header]
    )
    return pydicom.dcmread(path)


def _items(item: pydicom.Dataset) -> Iterator[pydicom.Dataset]:
    for child in item.get("ContentSequence", ()):
        yield child
        yield from _items(child)


def _numbers(ds: pydicom.Dataset) -> dict[str, pydicom.Dataset]:
    return {
        f"{item.ConceptNameCodeSequence[0].CodeMeaning}{n}": item
        for n, item in enumerate(i for i in _items(ds) if i.ValueType == "NUM")
    }


def _graphics(item: pydicom.Dataset) -> list[tuple[str, list[float]]]:
    return [
        (one.GraphicType, [float(v) for v in one.GraphicData])
        for one in _items(item)
        if one.ValueType in ("SCOORD", "SCOORD3D")
    ]


def test_objects_of_all_kinds_are_faultless(
    tmp_path: Path, header: SourceHeader, image: MeasuredImage
) -> None:
    """By dciodvfy on images and on planes in space; read back whole by highdicom."""
    paths = []
    for name, wanted, in_space in (
        ("lines", lambda kind: not kind.is_region and not kind.is_note, False),
        ("regions", lambda kind: kind.is_region or kind.is_note, False),
        ("space", lambda kind: True, True),
    ):
        made = [measured_shape(one, image, header, in_space=in_space) for one in SHAPES if wanted(one.kind)]
        paths.append(tmp_path / f"{name}.dcm")
        ds = _written(paths[-1], header, *made)
        groups = hd.sr.srread(paths[-1]).content
        found = [*groups.get_planar_roi_measurement_groups(), *groups.get_image_measurement_groups()]
        assert {group.tracking_uid for group in found} == {m.tracking_uid for m in made}
        assert len([i for i in _items(ds) if i.ValueType == "NUM"]) == sum(len(m.values) for m in made)
    assert [faults(path) for path in paths] == [[], [], []]


def test_traces_and_lean_uptake_are_faultless(
    tmp_path: Path, header: SourceHeader, image: MeasuredImage
) -> None:
    """Times, velocities and slopes of spectral Doppler, and PERCIST by lean body mass."""
    axes = (RegionAxis("s", 0.004, 0.5), RegionAxis("cm/s", -1.5, 12.5))
    spectrum = UltrasoundRegion((0, 0, 60, 60), (1.5, 0.004), "", "spectral", axes)
    traced = replace(image, plane=replace(image.plane, regions=(spectrum,)))
    made = [
        measured_shape(SHAPES.named(name), traced, header, in_space=False)
        for name in ("length", "probe", "polygon")
    ]
    lean = replace(uptake(), quantity=Quantity.SUV_LBM_JANMA, factor=0.77)
    drawn = SHAPES.named("voi-relative")
    lesion = measured_shape(drawn, image, header, in_space=False)
    made.append(replace(lesion, values=drawn.measure(lean, _POINTS[:1])))
    path = tmp_path / "sr.dcm"
    numbers = _numbers(_written(path, header, *made))
    assert faults(path) == []
    codes = {
        name: item.MeasuredValueSequence[0].MeasurementUnitsCodeSequence[0] for name, item in numbers.items()
    }
    # more than 16 letters are a Long Code Value
    units = {
        (name.rstrip("0123456789"), code.get("CodeValue") or code.LongCodeValue)
        for name, code in codes.items()
    }
    assert {
        ("Time", "s"),
        ("Flow Velocity", "cm/s"),
        ("Velocity Time Integral", "cm"),
        ("SUVlbm(Janma)", "g/ml{SUVlbm(Janma)}"),
        ("Total Lesion Glycolysis", "g"),
    } <= units


def test_the_template_is_kept(tmp_path: Path, header: SourceHeader, image: MeasuredImage) -> None:
    """PS3.16 TID 1500 by pixelmed, of one shape for each way of writing: it takes long over each value."""
    paths = []
    for kinds in ((RoiKind.COBB, RoiKind.CARDIOTHORACIC), (RoiKind.RECTANGLE, RoiKind.ARROW)):
        paths.append(tmp_path / f"{kinds[0]}.dcm")
        made = (measured_shape(SHAPES.of(kind), image, header, in_space=False) for kind in kinds)
        _written(paths[-1], header, *made)
    assert template_errors(paths) == []


@pytest.mark.parametrize("kind", [k for k in RoiKind if not k.is_region and not k.is_note])
def test_values_name_the_lines_that_they_were_taken_from(
    tmp_path: Path, header: SourceHeader, image: MeasuredImage, kind: RoiKind
) -> None:
    """A length its own line, an angle and a ratio all lines."""
    made = measured_shape(SHAPES.of(kind), image, header, in_space=False)
    numbers = _numbers(_written(tmp_path / "sr.dcm", header, made))
    lines = [[v for point in line for v in point] for line in kind.lines_of(made.roi.points_px)]
    told = [
        (name.rstrip("0123456789"), [data for _, data in _graphics(item)]) for name, item in numbers.items()
    ]
    match kind:
        case RoiKind.BIDIRECTIONAL:
            assert told == [("Long axis", [lines[0]]), ("Short axis", [lines[1]])]
        case RoiKind.CARDIOTHORACIC:
            assert told == [("Cardiothoracic ratio", lines), ("Width", [lines[0]]), ("Width", [lines[1]])]
            sites = [
                [i.ConceptCodeSequence[0].CodeValue for i in _items(item) if i.ValueType == "CODE"]
                for item in numbers.values()
            ]
            assert sites == [[], ["80891009"], ["51185008"]]
        case _ if kind.is_volume:
            assert [data for _, data in told] == [lines] * len(made.values), "the point it was grown from"
            is_sphere = kind in (RoiKind.LIVER_REFERENCE, RoiKind.SPHERE)
            assert {"SUVbw", "Volume" if is_sphere else "Metabolic Volume"} <= {name for name, _ in told}
        case _:
            assert [data for _, data in told] == [lines] * len(made.values)


@pytest.mark.parametrize("in_space", [False, True])
@pytest.mark.parametrize("kind", [k for k in RoiKind if k.is_outline])
def test_outlines_are_closed(
    tmp_path: Path, header: SourceHeader, image: MeasuredImage, kind: RoiKind, in_space: bool
) -> None:
    """Their first point again at the end; a polygon in space, where there is such a graphic."""
    made = measured_shape(SHAPES.of(kind), image, header, in_space=in_space)
    ds = _written(tmp_path / "sr.dcm", header, made)
    ((graphic, data),) = _graphics(ds)
    points = kind.outline_of(made.roi.points_mm) if in_space else kind.outline_of(made.roi.points_px)
    assert len(points) == len(made.roi.points_mm) * (CURVE_STEPS if kind is RoiKind.SPLINE else 1)
    assert graphic == ("POLYGON" if in_space else "POLYLINE")
    assert np.array(data) == pytest.approx(np.array((*points, points[0])).ravel(), abs=1e-4)
    names = {name.rstrip("0123456789") for name in _numbers(ds)}
    assert names == {"Attenuation Coefficient", "Intensity Histogram Entropy", "Area"}
    derivations = {
        i.ConceptCodeSequence[0].CodeMeaning
        for i in _items(ds)
        if i.ValueType == "CODE" and i.ConceptNameCodeSequence[0].CodeValue == "121401"
    }
    assert {"Mean", "Median", "Skewness", "Kurtosis"} < derivations


@pytest.mark.parametrize("kind", [k for k in RoiKind if k.is_note])
def test_a_note_is_its_words_at_a_point(
    tmp_path: Path, header: SourceHeader, image: MeasuredImage, kind: RoiKind
) -> None:
    made = measured_shape(SHAPES.of(kind), image, header, in_space=False)
    ds = _written(tmp_path / "sr.dcm", header, made)
    point, *shaft = _graphics(ds)
    assert point == ("POINT", list(made.roi.points_px[0]))
    both_ends = [value for end in made.roi.points_px for value in end]
    assert shaft == ([("POLYLINE", both_ends)] if kind is RoiKind.ARROW else [])
    assert "术后改变" in [i.TextValue for i in _items(ds) if i.ValueType == "TEXT"]
    assert not _numbers(ds)


@pytest.mark.parametrize("name", ["C1", "L3", "T12/L1", "C5/6", "S1", "L6"])
def test_a_level_of_the_spine_is_the_site_of_its_label(
    tmp_path: Path, header: SourceHeader, image: MeasuredImage, name: str
) -> None:
    """Vertebra or disc by SNOMED CT, of no side; words of a person's own are no site."""
    made = replace(measured_shape(SHAPES.of(RoiKind.SPINE_LABEL), image, header, in_space=False), label=name)
    ds = _written(tmp_path / "sr.dcm", header, made)
    (site,) = [i for i in _items(ds) if _concept(i) == "363698007"]
    code = site.ConceptCodeSequence[0]
    assert level_of(Code(code.CodeValue, code.CodingSchemeDesignator, code.CodeMeaning)) == name
    assert "ContentSequence" not in site
    assert faults(tmp_path / "sr.dcm") == []
    (group,) = hd.sr.srread(tmp_path / "sr.dcm").content.get_planar_roi_measurement_groups()
    assert [one.value.value for one in group.finding_sites] == [code.CodeValue]
    ds = _written(tmp_path / "own.dcm", header, replace(made, label="移行椎"))
    assert not [i for i in _items(ds) if _concept(i) == "363698007"]


def _concept(item: pydicom.Dataset) -> str:
    return str(item.ConceptNameCodeSequence[0].CodeValue) if "ConceptNameCodeSequence" in item else ""
