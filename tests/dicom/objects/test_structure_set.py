"""Structure sets, against pydicom's reading and hand-made contours."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pydicom
import pytest
from pydicom.dataset import Dataset

from app.dicom.read.objects.structure_set import read_structures
from app.domain.layers import ContourKind
from app.processes.pool import Pool
from tests.dicom.objects.made_objects import FRAME_OF_REFERENCE, SERIES, base, item
from tests.support.real_data import real_data

RTSTRUCT = "1.2.840.10008.5.1.4.1.1.481.3"


def contour(kind: str, points: list[float], image: str = "1.2.3.4") -> Dataset:
    reference = item(ReferencedSOPClassUID="1.2.840.10008.5.1.4.1.1.2", ReferencedSOPInstanceUID=image)
    return item(
        ContourGeometricType=kind,
        NumberOfContourPoints=len(points) // 3,
        ContourData=points,
        ContourImageSequence=[reference],
    )


def structure_set(path: Path) -> Path:
    """Three structures: closed and open contours, a point, and one that was never drawn."""
    ds = base(RTSTRUCT, "1.2.826.0.1.3680043.8.498.7", "RTSTRUCT")
    ds.StructureSetLabel = "PLAN 1"
    ds.ReferencedFrameOfReferenceSequence = [
        item(
            FrameOfReferenceUID=FRAME_OF_REFERENCE,
            RTReferencedStudySequence=[
                item(RTReferencedSeriesSequence=[item(SeriesInstanceUID=SERIES, ContourImageSequence=[])])
            ],
        )
    ]
    ds.StructureSetROISequence = [
        item(ROINumber=n, ROIName=name, ReferencedFrameOfReferenceUID=FRAME_OF_REFERENCE)
        for n, name in ((3, "左肺"), (7, "Iso"), (9, "Empty"))
    ]
    square = [0.0, 0.0, 5.0, 10.0, 0.0, 5.0, 10.0, 10.0, 5.0]
    ds.ROIContourSequence = [
        item(
            ReferencedROINumber=3,
            ROIDisplayColor=[10, 20, 300],
            ContourSequence=[contour("CLOSED_PLANAR", square), contour("OPEN_PLANAR", square[:6])],
        ),
        item(ReferencedROINumber=7, ContourSequence=[contour("POINT", [1.5, 2.5, 3.5])]),
    ]
    ds.RTROIObservationsSequence = [item(ReferencedROINumber=7, RTROIInterpretedType="ISOCENTER")]
    ds.save_as(path, enforce_file_format=True)
    return path


def test_contours_by_kind(parsers: Pool, tmp_path: Path) -> None:
    """Names, colours, kinds and points arrive as they were written."""
    layer = parsers.call(read_structures, structure_set(tmp_path / "rs.dcm"), "rs", about="rs")
    lung, iso, empty = layer.structures
    assert (layer.title, layer.count) == ("PLAN 1", 3)
    assert (lung.name, lung.color) == ("左肺", (10, 20, 255))
    assert [one.kind for one in lung.contours] == [ContourKind.CLOSED_PLANAR, ContourKind.OPEN_PLANAR]
    assert [one.kind.is_closed for one in lung.contours] == [True, False]
    assert lung.contours[0].points_mm.tolist() == [[0, 0, 5], [10, 0, 5], [10, 10, 5]]
    assert lung.contours[0].images[0].sop_uid == "1.2.3.4"
    assert (iso.interpreted, iso.contours[0].points_mm.tolist()) == ("ISOCENTER", [[1.5, 2.5, 3.5]])
    assert empty.contours == ()
    assert layer.reference.frame_of_reference_uid == FRAME_OF_REFERENCE
    assert layer.reference.series_uids == (SERIES,)


@pytest.mark.real_data
@pytest.mark.parametrize(
    "name",
    [
        "dicompyler-core/rtss.dcm",
        "rt-utils/mock_data/rt.dcm",
        "rt-utils/mock_data/invalid_reference_rt.dcm",
        "rt-utils/mock_data/non_existent_reference_rt.dcm",
    ],
)
def test_real_structure_sets_as_pydicom_reads_them(name: str) -> None:
    """Every point of every structure."""
    path = real_data("dicom_seg_sr_rt") / name
    layer, ds = read_structures(path, name), pydicom.dcmread(path)
    names = {roi.ROINumber: roi.ROIName for roi in ds.StructureSetROISequence}
    assert [one.name for one in layer.structures] == list(names.values())
    drawn = {one.number: one for one in layer.structures}
    points = 0
    for roi in ds.ROIContourSequence:
        found = drawn[roi.ReferencedROINumber]
        expected = [c for c in roi.get("ContourSequence", []) if c.get("ContourData")]
        assert len(found.contours) == len(expected)
        for mine, theirs in zip(found.contours, expected, strict=True):
            truth = np.array([float(value) for value in theirs.ContourData]).reshape(-1, 3)
            assert np.array_equal(mine.points_mm, truth)
            points += len(truth)
    assert points >= 4
