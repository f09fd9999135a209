"""The marks of structured reports: our own come back equal, others' are found wherever their trees have
them.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pydicom.dataset import Dataset

from app.dicom.read.objects.report_marks import read_report_marks
from app.dicom.read.objects.summary import report_summary
from app.dicom.read.source_header import SourceHeader
from app.dicom.write.key_objects import write_key_objects
from app.dicom.write.measurement_report import write_measurement_report
from app.domain.layers import ImageReference
from app.domain.measurement import Measurement
from app.domain.report_marks import FigureKind, ReportMark
from app.domain.roi import RoiKind
from app.domain.spine import level_of
from tests.dicom import dicom_objects as objects
from tests.dicom.objects.made_objects import base, ct_images, item, key_objects
from tests.dicom.test_dicom_writers import faults, report
from tests.dicom.test_measured_shapes_written import measured_shape
from tests.support.capabilities import SHAPES
from tests.support.real_data import real_data
from tests.viewing.measured_kinds import KINDS

SR = "1.2.840.10008.5.1.4.1.1.88.33"


def _expected(m: Measurement, *, in_space: bool) -> list[tuple[tuple[float, ...], ...]]:
    """The figures that stand for a measurement: its lines, its outline, the place of its words, its arrow."""
    points: Any = m.roi.points_mm if in_space else m.roi.points_px
    if m.roi.kind.is_note:
        return [points]
    if m.roi.kind.is_outline:
        corners = m.roi.kind.outline_of(points)
        return [(*corners, corners[0])]
    return list(m.roi.kind.lines_of(points))


@pytest.mark.parametrize("in_space", [False, True])
def test_our_own_measurements_come_back(tmp_path: Path, in_space: bool) -> None:
    """Every kind of shape: its points, its tracking UID, its label, its values, its image."""
    header: SourceHeader = objects.written(tmp_path / "source")[1]
    image = KINDS["anisotropic"]().image
    kinds = [one for one in SHAPES if not one.in_volume]
    made = [measured_shape(one, image, header, in_space=in_space) for one in kinds]
    whole = replace(report(header), measurements=tuple(made), findings=(), key_images=())
    write_measurement_report(tmp_path / "sr.dcm", whole, [header])
    found = read_report_marks(tmp_path / "sr.dcm", "report")
    assert found.maker.startswith("影枢 YingShu")
    for m in made:
        mine = [mark for mark in found.marks if mark.tracking_uid == m.tracking_uid]
        told = sorted(tuple(np.round(np.float32(mark.points), 3).ravel()) for mark in mine)
        expected = sorted(
            tuple(np.round(np.float32(line), 3).ravel()) for line in _expected(m, in_space=in_space)
        )
        assert told == expected, m.roi.kind
        assert {mark.label for mark in mine} == {m.label}
        assert [mark.is_arrow for mark in mine] == [m.roi.kind is RoiKind.ARROW] * len(mine)
        numbers = {value.text for mark in mine for value in mark.values}
        assert len(numbers) == len({f"{v.value:.10g}" for v in m.values})
        images = {mark.image.sop_uid if mark.image else None for mark in mine}
        assert images == ({None} if in_space else {m.anchor.sop_uid})  # type: ignore[union-attr]


def test_levels_of_the_spine_come_back(tmp_path: Path) -> None:
    """As the anatomy that they name, written beside them once."""
    header: SourceHeader = objects.written(tmp_path / "source")[1]
    image, drawn = KINDS["anisotropic"]().image, SHAPES.of(RoiKind.SPINE_LABEL)
    names = ("L3", "L4/5", "S1")
    made = tuple(
        replace(measured_shape(drawn, image, header, in_space=False), label=name, tracking_uid=f"2.25.{n}")
        for n, name in enumerate(names)
    )
    whole = replace(report(header), measurements=made, findings=(), key_images=())
    write_measurement_report(tmp_path / "sr.dcm", whole, [header])
    found = read_report_marks(tmp_path / "sr.dcm", "report")
    assert [(mark.label, level_of(*mark.sites)) for mark in found.marks] == [(n, n) for n in names]


def test_an_arrow_of_another_maker_points_to_its_first_end(tmp_path: Path) -> None:
    """Cornerstone3D puts both ends into one POINT."""
    identifier = _node(
        "TEXT",
        "HAS OBS CONTEXT",
        TextValue="Cornerstone3DTools@^0.1.0:ArrowAnnotate",
        ConceptNameCodeSequence=_code("112039", "Tracking Identifier"),
    )
    path = _report(
        tmp_path,
        _node(
            "CONTAINER",
            ConceptNameCodeSequence=_code("125007", "Measurement Group"),
            ContentSequence=[identifier, _number("1", _figure("POINT", [7, 8, 20, 30], _image()))],
        ),
    )
    (mark,) = read_report_marks(path, "report").marks
    assert (mark.kind, mark.is_arrow, mark.points) == (FigureKind.POLYLINE, True, ((7, 8), (20, 30)))


def test_our_own_key_objects_come_back(tmp_path: Path) -> None:
    """The images, the frames of one with several, and the captions."""
    header: SourceHeader = objects.written(tmp_path / "source")[1]
    enhanced = "1.2.840.10008.5.1.4.1.1.2.1"
    images = (replace(header.images[0], frames=8, sop_class_uid=enhanced), *header.images[1:])
    made = report(header)
    key = made.key_images[0]
    keys = tuple(
        replace(key, key_id=str(n), anchor=replace(key.anchor, sop_uid=image.sop_uid, frame=frame))  # type: ignore[arg-type]
        for n, (image, frame) in enumerate(((images[0], 3), (images[0], 7), (images[2], None)))
    )
    several = replace(header, images=images)
    write_key_objects(tmp_path / "ko.dcm", replace(made, key_images=keys), [several])
    found = read_report_marks(tmp_path / "ko.dcm", "key objects")
    told = {(mark.image.sop_uid, mark.image.frames) for mark in found.marks if mark.image}
    assert told == {(images[0].sop_uid, (3, 7)), (images[2].sop_uid, ())}
    assert {mark.label for mark in found.marks} == {key.caption}
    assert faults(tmp_path / "ko.dcm") == []


def _code(value: str, meaning: str, scheme: str = "DCM") -> list[Dataset]:
    return [item(CodeValue=value, CodingSchemeDesignator=scheme, CodeMeaning=meaning)]


def _node(value_type: str, relationship: str = "CONTAINS", **facts: Any) -> Dataset:
    return item(ValueType=value_type, RelationshipType=relationship, **facts)


def _image(
    uid: str = "1.2.3.4", relationship: str = "SELECTED FROM", frames: list[int] | None = None
) -> Dataset:
    named = item(ReferencedSOPClassUID="1.2.840.10008.5.1.4.1.1.2", ReferencedSOPInstanceUID=uid)
    if frames:
        named.ReferencedFrameNumber = frames
    return _node("IMAGE", relationship, ReferencedSOPSequence=[named])


def _figure(kind: str, data: list[float], *below: Dataset, relationship: str = "INFERRED FROM") -> Dataset:
    return _node("SCOORD", relationship, GraphicType=kind, GraphicData=data, ContentSequence=list(below))


def _number(value: str, *below: Dataset) -> Dataset:
    measured = item(NumericValue=value, MeasurementUnitsCodeSequence=_code("mm", "mm", "UCUM"))
    return _node(
        "NUM",
        ConceptNameCodeSequence=_code("121206", "Distance"),
        MeasuredValueSequence=[measured],
        ContentSequence=list(below),
    )


def _report(folder: Path, *content: Dataset, sop_class: str = SR) -> Path:
    ds = base(sop_class, "1.2.826.0.1.3680043.8.498.88.1", "SR")
    ds.Manufacturer, ds.ManufacturerModelName = "Other Works", "Reader 3"
    ds.ValueType, ds.ContinuityOfContent = "CONTAINER", "SEPARATE"
    ds.ConceptNameCodeSequence = _code("126000", "Imaging Measurement Report")
    ds.ContentSequence = list(content)
    ds.save_as(folder / "report.dcm", enforce_file_format=True)
    return folder / "report.dcm"


def test_any_tree_is_looked_through(tmp_path: Path) -> None:
    """A figure under a number, a text or a code; one that several items refer to; images that are named by
    reference (PS3.3 C.17.3.2.5).
    """
    by_reference = item(RelationshipType="INFERRED FROM", ReferencedContentItemIdentifier=[1, 2, 1])
    library = item(RelationshipType="SELECTED FROM", ReferencedContentItemIdentifier=[1, 1])
    path = _report(
        tmp_path,
        _image("1.2.3.9", "CONTAINS", [2, 5]),
        _number("12.5", _figure("POLYLINE", [1, 2, 3, 4], _image())),
        _number("7", by_reference),
        _node(
            "CODE",
            ConceptNameCodeSequence=_code("111059", "Single Image Finding"),
            ConceptCodeSequence=_code("F-01796", "Mammary breast density", "SRT"),
            ContentSequence=[_figure("POINT", [7.5, 8.5], library, relationship="HAS PROPERTIES")],
        ),
        _node("TEXT", TextValue="肿块", ContentSequence=[_figure("CIRCLE", [5, 5, 9, 5], _image())]),
    )
    found = read_report_marks(path, "report")
    assert (found.maker, found.told) == ("Other Works Reader 3", ())
    line, point, circle = found.marks
    assert line.kind is FigureKind.POLYLINE
    assert [value.text for value in line.values] == ["12.5", "7"]
    assert point.label == "Mammary breast density"
    assert point.image == ImageReference("1.2.3.9", (2, 5), "1.2.840.10008.5.1.4.1.1.2")  # type: ignore[arg-type]
    assert (circle.label, circle.points) == ("肿块", ((5, 5), (9, 5)))
    summary = report_summary(path, "report")
    assert summary is not None
    assert (summary.count, {one.sop_uid for one in summary.reference.images}) == (3, {"1.2.3.4", "1.2.3.9"})


def test_figures_that_make_no_sense_are_left_out(tmp_path: Path) -> None:
    """Of an unknown kind, with too few points, on no image; references that lead nowhere or in a ring."""
    ring = item(RelationshipType="INFERRED FROM", ReferencedContentItemIdentifier=[1, 5, 2])
    path = _report(
        tmp_path,
        _number("1", _figure("STAR", [1, 2, 3, 4], _image())),
        _number("2", _figure("ELLIPSE", [1, 2, 3, 4], _image())),
        _number("3", _figure("POLYLINE", [1, 2, 3, 4])),
        _number("4", item(RelationshipType="INFERRED FROM", ReferencedContentItemIdentifier=[9, 9])),
        _node(
            "CONTAINER",
            ConceptNameCodeSequence=_code("125007", "Measurement Group"),
            ContentSequence=[
                _node("TEXT", TextValue="A", ConceptNameCodeSequence=_code("112039", "Tracking Identifier")),
                _number("5", ring),
            ],
        ),
    )
    found = read_report_marks(path, "report")
    assert found.marks == ()
    assert {template.split(":")[0]: params["n"] for template, params in found.told} == {
        "Figures of an unknown kind are not shown": "1",
        "Figures without readable points are not shown": "1",
        "Figures that name no image are not shown": "1",
    }
    assert report_summary(path, "report") is None


def test_key_objects_are_marks_of_whole_images(tmp_path: Path) -> None:
    images = ct_images(3)
    ds = key_objects(images[:2], "请对比既往")
    ds.save_as(tmp_path / "key.dcm", enforce_file_format=True)
    found = read_report_marks(tmp_path / "key.dcm", "key")
    assert {mark.image.sop_uid for mark in found.marks if mark.image} == {
        one.SOPInstanceUID for one in images[:2]
    }
    assert {(mark.kind, mark.label) for mark in found.marks} == {(None, "请对比既往")}
    assert found.maker == "Test"


@pytest.mark.real_data
def test_reports_of_other_makers() -> None:
    kinds = real_data("dicom_kinds")
    axes = read_report_marks(kinds / "dcmjs" / "sample-sr.dcm", "report").marks
    assert [mark.values[0].text for mark in axes] == ["64.4505437946691", "42.9670291964462"]
    assert {mark.label for mark in axes} == {"Cornerstone3DTools@^0.1.0:Bidirectional"}
    groups = read_report_marks(kinds / "highdicom" / "sr_document_with_multiple_groups.dcm", "report").marks
    assert [mark.label for mark in groups] == ["LungNodule0001", "Aorta0001", "Vertebra0001"]
    assert _in_space(groups[2]) == ((123.5, pytest.approx(234.1), pytest.approx(-23.7)),)


def _in_space(mark: ReportMark) -> Any:
    assert mark.frame_of_reference_uid
    assert mark.image is None
    return mark.points
