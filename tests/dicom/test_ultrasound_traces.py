"""From ultrasound files to times, velocities and slopes: M-mode, spectral Doppler and curves beside the
image.
"""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import ExplicitVRLittleEndian

from app.annotation.measuring import describe, details, make_measurement
from app.domain.geometry import PointPx
from app.domain.image import ImageStack
from app.domain.measurement import Measurement
from app.domain.pixel import SpacingSource
from app.domain.study import StudyUid
from app.errors import BadInput
from app.processes.dicom import DicomProcesses
from app.reporting.quantities import measurement_words
from app.viewing.draft import Draft
from app.viewing.fidelity import fidelity_limits
from app.viewing.pointer import pointer_text
from app.viewing.resolve import Resolved, ScreenFacts, resolve
from app.viewing.screen import StackView, Viewport, ViewportId
from tests.dicom.test_volume_loading import stack_of
from tests.support.capabilities import SHAPES, shape

ROWS, COLUMNS = 240, 320
#: (left, top, right, bottom) of each part of the image
IMAGE, SPECTRUM, MOTION, CURVE = (
    (10, 5, 149, 110),
    (10, 120, 309, 219),
    (160, 5, 309, 60),
    (10, 222, 309, 235),
)
#: a pixel: 0.35 × 0.2 mm; 4 ms and 1.5 cm/s; 5 ms and 0.5 mm; 4 ms
BASELINE = 70.0  # pixels below the upper edge of the spectrum


def _region(box: tuple[int, int, int, int], **told: Any) -> Dataset:
    region = Dataset()
    region.RegionLocationMinX0, region.RegionLocationMinY0 = box[:2]
    region.RegionLocationMaxX1, region.RegionLocationMaxY1 = box[2:]
    region.RegionFlags = 0
    for name, value in told.items():
        setattr(region, name, value)
    return region


def _regions(**spectrum: Any) -> list[Dataset]:
    units, steps = (
        ("PhysicalUnitsXDirection", "PhysicalUnitsYDirection"),
        ("PhysicalDeltaX", "PhysicalDeltaY"),
    )

    def axes(unit: tuple[int, int], step: tuple[float, float]) -> dict[str, Any]:
        return dict(zip((*units, *steps), (*unit, *step), strict=True))

    reference = {
        "ReferencePixelX0": 0,
        "ReferencePixelY0": int(BASELINE),
        "ReferencePixelPhysicalValueX": 0.0,
        "ReferencePixelPhysicalValueY": 0.0,
    }
    return [
        _region(IMAGE, RegionSpatialFormat=1, RegionDataType=1, **axes((3, 3), (0.02, 0.035))),
        # above the baseline flow comes towards the probe: downwards velocities fall
        _region(
            SPECTRUM,
            RegionSpatialFormat=3,
            RegionDataType=3,
            **(axes((4, 7), (0.004, -1.5)) | reference | spectrum),
        ),
        _region(MOTION, RegionSpatialFormat=2, RegionDataType=1, **axes((4, 3), (0.005, 0.05))),
        _region(CURVE, RegionSpatialFormat=4, RegionDataType=10, **axes((4, 0), (0.004, 0.0))),
    ]


def _shown(
    processes: DicomProcesses, tmp_path: Path, *, colour: bool = True, **spectrum: Any
) -> tuple[Viewport, Resolved, ImageStack]:
    ds = Dataset()
    ds.file_meta = FileMetaDataset()
    ds.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    ds.file_meta.MediaStorageSOPClassUID = ds.SOPClassUID = "1.2.840.10008.5.1.4.1.1.6.1"
    ds.file_meta.MediaStorageSOPInstanceUID = ds.SOPInstanceUID = "1.2.826.0.1.3680043.8.498.71"
    ds.PatientID, ds.PatientName, ds.Modality = "M1", "Test", "US"
    ds.StudyInstanceUID, ds.SeriesInstanceUID = "1.2.826.0.1.3680043.8.498.72", "1.2.826.0.1.3680043.8.498.73"
    ds.StudyDate, ds.StudyTime, ds.InstanceNumber, ds.SeriesNumber = "20260101", "120000", 1, 1
    ds.Rows, ds.Columns, ds.ImageType = ROWS, COLUMNS, ["ORIGINAL", "PRIMARY"]
    ds.SamplesPerPixel = 3 if colour else 1
    ds.PhotometricInterpretation = "RGB" if colour else "MONOCHROME2"
    if colour:
        ds.PlanarConfiguration = 0
    ds.BitsAllocated = ds.BitsStored = 8
    ds.HighBit, ds.PixelRepresentation = 7, 0
    ds.SequenceOfUltrasoundRegions = _regions(**spectrum)
    ds.PixelData = np.full((ROWS, COLUMNS, ds.SamplesPerPixel), 90, np.uint8).tobytes()
    folder = tmp_path / "files"
    folder.mkdir()
    ds.save_as(folder / "1.dcm", enforce_file_format=True)
    stack = stack_of(processes, folder, tmp_path)
    viewport = Viewport(ViewportId("1"))
    viewport.show(stack, StackView(0))
    viewport.study_uid = StudyUid("1.2")
    shown = resolve(viewport, ScreenFacts(), (700, 500))
    assert shown is not None
    return viewport, shown, stack


def _drawn(viewport: Viewport, shown: Resolved, kind: str, *points: PointPx) -> Measurement:
    """By a hand: its points are those of the screen."""
    on_screen = tuple(shown.placement.to_screen(*point) for point in points)
    draft = Draft(shape(kind), (), shown).at_screen(on_screen)
    assert draft.is_meant(viewport)
    return make_measurement(viewport, draft.drawn(viewport), made_by="x", at=datetime.now(UTC))


def _told(made: Measurement) -> list[tuple[str, float, str]]:
    return [(v.concept.meaning, v.value, v.unit.value) for v in made.values]


def _at(box: tuple[int, int, int, int], x: float, y: float) -> PointPx:
    """The centre of a pixel of a region, counted from its corner."""
    return (box[0] + x + 0.5, box[1] + y + 0.5)


def test_a_line_in_a_spectrum_has_a_time_velocities_and_a_slope(
    processes: DicomProcesses, tmp_path: Path
) -> None:
    """From 9 cm/s below the baseline to 90 above it in 0.4 s, whichever end was drawn first."""
    viewport, shown, stack = _shown(processes, tmp_path)
    start, end = _at(SPECTRUM, 50, BASELINE + 6), _at(SPECTRUM, 150, BASELINE - 60)
    for ends in ((start, end), (end, start)):
        made = _drawn(viewport, shown, "length", *ends)
        assert _told(made) == [
            ("Time", pytest.approx(0.4, rel=0.005), "s"),
            ("Flow Velocity", pytest.approx(-9.0, rel=0.005), "cm/s"),
            ("Flow Velocity", pytest.approx(90.0, rel=0.005), "cm/s"),
            ("Slope", pytest.approx(99 / 0.4, rel=0.005), "cm/s2"),
        ]
        assert describe(made, SHAPES) == ("L1  0.400 s", "−9.0 → 90.0 cm/s", "斜率 247.5 cm/s²")
        assert details(made, SHAPES) == ("按一个周期计：150 次/分",)
    upright = _drawn(viewport, shown, "length", start, (start[0], start[1] - 40))
    assert [name for name, *_ in _told(upright)] == ["Time", "Flow Velocity", "Flow Velocity"]
    stack.pixels.close()


def test_a_report_tells_what_a_trace_shows(processes: DicomProcesses, tmp_path: Path) -> None:
    viewport, shown, stack = _shown(processes, tmp_path)
    line = _drawn(viewport, shown, "length", _at(SPECTRUM, 50, BASELINE + 6), _at(SPECTRUM, 150, 10))
    assert measurement_words(line) == "0.400 s；−9.0 cm/s；90.0 cm/s；248 cm/s²"
    flow = [_at(SPECTRUM, x, BASELINE - up) for x, up in ((50, 0), (100, 60), (150, 0))]
    assert measurement_words(_drawn(viewport, shown, "polygon", *flow)) == "VTI 18.0 cm"
    assert [one.text for one in fidelity_limits(viewport, shown.image)] == []
    plane = replace(shown.image.plane, source=SpacingSource.NONE, regions=shown.image.plane.regions[1:2])
    spectrum_alone = replace(shown.image, plane=plane)
    assert [one.text for one in fidelity_limits(viewport, spectrum_alone)] == [], (
        "it has times and velocities"
    )
    stack.pixels.close()


def test_a_point_in_a_spectrum_is_a_velocity(processes: DicomProcesses, tmp_path: Path) -> None:
    """On the baseline 0; where the image does not tell the baseline, none."""
    viewport, shown, stack = _shown(processes, tmp_path)
    at = _at(SPECTRUM, 100, BASELINE - 40)
    made = _drawn(viewport, shown, "probe", at)
    assert _told(made) == [("Flow Velocity", pytest.approx(60.0, rel=0.005), "cm/s")]
    assert describe(made, SHAPES) == ("P1  60.0 cm/s",)
    assert _told(_drawn(viewport, shown, "probe", _at(SPECTRUM, 100, BASELINE)))[0][1] == pytest.approx(0)
    assert pointer_text(viewport, shown, shown.placement.to_screen(*at)) == "光标 60.0 cm/s  0.400 s"
    assert pointer_text(viewport, shown, shown.placement.to_screen(*_at(IMAGE, 9, 9))) == ""
    with pytest.raises(BadInput, match="colour has no value"):
        _drawn(viewport, shown, "probe", _at(IMAGE, 20, 20))
    stack.pixels.close()


def test_without_a_baseline_differences_are_told(processes: DicomProcesses, tmp_path: Path) -> None:
    """In hertz too."""
    viewport, shown, stack = _shown(
        processes, tmp_path, ReferencePixelY0=None, PhysicalUnitsYDirection=5, PhysicalDeltaY=-20.0
    )
    made = _drawn(viewport, shown, "length", _at(SPECTRUM, 10, 90), _at(SPECTRUM, 60, 40))
    assert _told(made) == [
        ("Time", pytest.approx(0.2), "s"),
        ("Difference", pytest.approx(1000.0), "Hz"),
        ("Slope", pytest.approx(5000.0), "Hz/s"),
    ]
    assert describe(made, SHAPES)[1:] == ("1000 Hz", "斜率 5000 Hz/s")
    stack.pixels.close()


def test_the_area_under_a_flow_is_its_velocity_time_integral(
    processes: DicomProcesses, tmp_path: Path
) -> None:
    """A triangle of 0.4 s and 90 cm/s: 18 cm."""
    viewport, shown, stack = _shown(processes, tmp_path)
    flow = [_at(SPECTRUM, x, BASELINE - up) for x, up in ((50, 0), (100, 60), (150, 0))]
    made = _drawn(viewport, shown, "polygon", *flow)
    assert _told(made) == [("Velocity Time Integral", pytest.approx(18.0, rel=0.005), "cm")]
    assert describe(made, SHAPES) == ("R1  速度时间积分 18.0 cm",)
    stack.pixels.close()


def test_motion_and_curves(processes: DicomProcesses, tmp_path: Path) -> None:
    """M-mode: 12 mm in 0.3 s; a curve without a scale of its own has times."""
    viewport, shown, stack = _shown(processes, tmp_path)
    made = _drawn(viewport, shown, "length", _at(MOTION, 20, 40), _at(MOTION, 80, 16))
    assert _told(made) == [
        ("Time", pytest.approx(0.3), "s"),
        ("Length", pytest.approx(12.0), "mm"),
        ("Slope", pytest.approx(40.0), "mm/s"),
    ]
    curve = _drawn(viewport, shown, "length", _at(CURVE, 20, 3), _at(CURVE, 270, 9))
    assert _told(curve) == [("Time", pytest.approx(1.0), "s")]
    assert details(curve, SHAPES) == ("按一个周期计：60 次/分",)
    stack.pixels.close()


@pytest.mark.parametrize("colour", [True, False])
def test_sizes_in_the_image_beside_them(processes: DicomProcesses, tmp_path: Path, *, colour: bool) -> None:
    """Lengths, angles and areas in colour as in grey, whose values are measured too."""
    viewport, shown, stack = _shown(processes, tmp_path, colour=colour)
    made = _drawn(viewport, shown, "length", _at(IMAGE, 20, 20), _at(IMAGE, 120, 60))
    assert _told(made) == [("Length", pytest.approx(math.hypot(20.0, 14.0)), "mm")]
    middle = [_at(IMAGE, x, y) for x, y in ((20, 50), (100, 50), (60, 20), (60, 80))]
    told = _told(_drawn(viewport, shown, "ellipse", *middle))
    assert told[-1] == ("Area", pytest.approx(math.pi * 8 * 10.5, rel=0.005), "mm2")
    assert [name for name, *_ in told[:-1]] == ([] if colour else [*_STATISTICS])
    corners = [_at(IMAGE, x, y) for x, y in ((20, 20), (70, 20), (70, 60), (20, 60))]
    assert _told(_drawn(viewport, shown, "rectangle", *corners))[-1][1] == pytest.approx(140, rel=0.005)
    stack.pixels.close()


_STATISTICS = (
    "Mean", "Standard Deviation", "Minimum", "Maximum", "Median", "10th Percentile Value of population",
    "90th Percentile Value of population", "Skewness", "Kurtosis", "Intensity Histogram Entropy",
)  # fmt: skip


@pytest.mark.parametrize("kind", ["length", "angle", "bidirectional", "polygon"])
def test_what_lies_in_two_parts_is_told_to(processes: DicomProcesses, tmp_path: Path, kind: str) -> None:
    """While it is drawn, and when it was; in a spectrum there are no angles and no axes of a tumour."""
    viewport, shown, stack = _shown(processes, tmp_path)
    over = [_at(IMAGE, 20, 20), _at(SPECTRUM, 40, 40), _at(IMAGE, 60, 50), _at(IMAGE, 30, 60)]
    points = over[: 4 if kind == "polygon" else shape(kind).count]
    draft = Draft(shape(kind), tuple(points), shown)
    assert draft.lines(viewport) == ("各点位于图像中标尺或单位不同的区域。",)
    with pytest.raises(BadInput, match="different scales or units"):
        _drawn(viewport, shown, kind, *points)
    if kind in ("angle", "bidirectional"):
        inside = [_at(SPECTRUM, x, y) for x, y in ((10, 10), (50, 60), (90, 20), (60, 70))]
        with pytest.raises(BadInput, match=r"shows cm/s over s"):
            _drawn(viewport, shown, kind, *inside[: shape(kind).count])
    stack.pixels.close()
