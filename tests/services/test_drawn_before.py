"""Shapes and key images that an earlier version stored come back where they were drawn; new ones too."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pydicom import dcmread
from pydicom.dataset import Dataset

from app.annotation.measuring import make_measurement, mark_of, reshape
from app.annotation.service import AnnotationService
from app.archive.service import ArchiveService
from app.bootstrap.station import open_station
from app.dicom.write.key_objects import write_key_objects
from app.dicom.write.measurement_report import write_measurement_report
from app.domain.anchor import GridAnchor, PlaneAnchor
from app.domain.image import Image, ImageStack
from app.domain.key_object import KeyImage
from app.domain.letterhead import Letterhead
from app.domain.measurement import Measurement
from app.domain.person import Actor, Role
from app.domain.presentation import Window
from app.domain.study import StudyUid
from app.domain.volume import Volume
from app.reading.service import ReadingService
from app.reporting.cda import write_cda
from app.session.station import Station
from app.viewing.anchors import AnchorPlace, place_of
from app.viewing.draft import Draft
from app.viewing.layers import ShapeAnnotation
from app.viewing.mark_places import image_points, marks_on
from app.viewing.resolve import ScreenFacts, resolve
from app.viewing.screen import Reshaped, SliceView, StackView, View, Viewport, ViewportId
from app.viewing.shown_image import anchor_of, shown_image
from tests.reporting.report_samples import chest_report, picture
from tests.support.capabilities import SHAPES, shape
from tests.support.earlier_versions import SIGNED_IN_FORM_2

_DOCTOR = Actor("reader", "测试", frozenset({Role.REPORTING, Role.REVIEWING}))
_TOLD = SIGNED_IN_FORM_2.told()
_STUDY = StudyUid(_TOLD["final"]["study_uid"])
_SERIES: Mapping[str, str] = _TOLD["series"]
_SIZE = (400, 400)


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return SIGNED_IN_FORM_2.unpack(tmp_path / "home")


@contextmanager
def _image(station: Station, series: str) -> Iterator[Image]:
    _, lease = station.get(ReadingService).acquire(_DOCTOR, _SERIES[series])
    lease.wait()
    try:
        yield lease.image
    finally:
        lease.release()


def _told_place(where: Mapping[str, Any]) -> AnchorPlace:
    """Planes across the images of several times were stored without their time: they come back at the
    first.
    """
    if where["axis"] is None:
        return AnchorPlace(StackView(where["index"]))
    further = where["further"] if where["axis"] == 0 else 0
    return AnchorPlace(SliceView(where["axis"], float(where["index"])), further)


def _viewport(image: Image, view: View, further: int = 0) -> Viewport:
    viewport = Viewport(ViewportId("1"))
    viewport.show(image, view)
    viewport.study_uid, viewport.further = _STUDY, further
    return viewport


def _everywhere(image: Image) -> Iterator[AnchorPlace]:
    if isinstance(image, ImageStack):
        yield from (AnchorPlace(StackView(i)) for i in range(len(image.frames)))
        return
    for further in range(image.voxels.ready.shape[0]):
        for axis, count in enumerate(image.grid.shape):
            yield from (AnchorPlace(SliceView(axis, float(i)), further) for i in range(count))


def _places_of(mark: ShapeAnnotation, image: Image) -> list[AnchorPlace]:
    """Everywhere that the shape shows."""
    found = []
    for place in _everywhere(image):
        viewport = _viewport(image, place.view, place.further)
        shown = shown_image(viewport)
        assert shown is not None
        if marks_on(viewport, shown, [mark]):
            found.append(place)
    return found


def test_what_was_drawn_before_comes_back_where_it_was(home: Path) -> None:
    """Each shape on its own image or plane, at its own points, and on no other; key images too."""
    with open_station(home, language="zh") as station:
        measurements, keys = station.get(AnnotationService).annotations(_DOCTOR, _STUDY)
        assert (len(measurements), len(keys)) == (11, 5)
        for series in ("ct", "sagittal", "times", "cine"):
            with _image(station, series) as image:
                mine = [m for m in measurements if m.anchor.series_uid == _SERIES[series]]
                for measurement in mine:
                    where = _TOLD["marks"].get(measurement.tracking_uid, _TOLD["marks"]["2.25.20200"])
                    _require_drawn(measurement, image, where)
                for key in (k for k in keys if k.anchor.series_uid == _SERIES[series]):
                    assert place_of(key.anchor, image) == _told_place(_TOLD["marks"][key.key_id])


def _require_drawn(measurement: Measurement, image: Image, where: Mapping[str, Any]) -> None:
    mark, place = mark_of(measurement, image, SHAPES), _told_place(where)
    assert mark is not None
    assert _places_of(mark, image) == [place], where["what"]
    shown = shown_image(_viewport(image, place.view, place.further))
    assert shown is not None
    assert np.allclose(image_points(mark, shown.plane), where["points_px"]), where["what"]


def _drawn(image: Image, place: AnchorPlace, label: str) -> tuple[Measurement, KeyImage]:
    viewport = _viewport(image, place.view, place.further)
    state = resolve(viewport, ScreenFacts(), _SIZE)
    assert state is not None
    drawn = Draft(shape("length"), ((2.0, 1.0), (8.0, 2.0)), state).drawn(viewport)
    now = datetime(2026, 11, 28, tzinfo=UTC)
    made = make_measurement(viewport, drawn, made_by="测试", at=now)
    key = KeyImage(label, anchor_of(viewport, state.image), Window(40, 400), label, "0" * 64, "测试", now)
    return made, key


@pytest.mark.parametrize(
    ("series", "places"),
    [
        (
            "times",
            [
                AnchorPlace(SliceView(0, 1.0), 2),
                AnchorPlace(SliceView(0, 1.0), 1),
                AnchorPlace(SliceView(1, 8.0), 2),
                AnchorPlace(SliceView(2, 3.0), 1),
                AnchorPlace(SliceView(1, 8.0), 0),
            ],
        ),
        (
            "sagittal",
            [AnchorPlace(SliceView(0, 4.0)), AnchorPlace(SliceView(1, 12.0)), AnchorPlace(SliceView(2, 7.0))],
        ),
        ("cine", [AnchorPlace(StackView(0)), AnchorPlace(StackView(5))]),
    ],
)
def test_what_is_drawn_now_goes_through_the_database(
    home: Path, series: str, places: list[AnchorPlace]
) -> None:
    """Every position of a further axis, planes of a sagittal acquisition, frames: stored and found there
    only.
    """
    with open_station(home, language="zh") as station, _image(station, series) as image:
        made = [_drawn(image, place, f"k{i}") for i, place in enumerate(places)]
        before, keys = station.get(AnnotationService).annotations(_DOCTOR, _STUDY)
        layer = ((*before, *(m for m, _ in made)), (*keys, *(k for _, k in made)))
        station.get(AnnotationService).save_annotations(_DOCTOR, _STUDY, *layer)
    with open_station(home, language="zh") as station, _image(station, series) as image:
        assert station.get(AnnotationService).annotations(_DOCTOR, _STUDY) == layer
        for place, (measurement, key) in zip(places, made, strict=True):
            mark = mark_of(measurement, image, SHAPES)
            assert mark is not None
            assert _places_of(mark, image) == [place]
            assert place_of(key.anchor, image) == place


def test_a_shape_of_before_that_is_moved_gets_its_true_plane(home: Path) -> None:
    """Until somebody changes it, it stays as it was stored."""
    with open_station(home, language="zh") as station:
        measurements, _ = station.get(AnnotationService).annotations(_DOCTOR, _STUDY)
        (known,) = (m for m in measurements if m.tracking_uid == "2.25.20204")
        assert isinstance(known.anchor, GridAnchor)
        with _image(station, "sagittal") as image:
            assert isinstance(image, Volume)
            viewport = _viewport(image, SliceView(1, 12.0))
            points = tuple((x, y + 2.0, z) for x, y, z in known.roi.points_mm)
            change = Reshaped(ViewportId("1"), known.tracking_uid, (), points)
            moved = reshape(viewport, known, change, shape("length"), at=datetime.now(UTC))
            assert isinstance(moved.anchor, PlaneAnchor)
            assert np.abs(np.cross(moved.anchor.right, moved.anchor.down)).tolist() == [0.0, 0.0, 1.0]
            assert place_of(moved.anchor, image) == place_of(known.anchor, image)


def _objects(home: Path) -> dict[str, Dataset]:
    """The images in the data folder by SOP Instance UID."""
    files = [path for path in (home / "objects").rglob("*") if len(path.name) == 64]
    read = [dcmread(path, stop_before_pixels=True) for path in files if path.read_bytes()[128:132] == b"DICM"]
    return {str(ds.SOPInstanceUID): ds for ds in read}


def _named(ds: Dataset) -> list[tuple[str, int | None]]:
    """(SOP instance, frame) of the images that the content of a document names."""
    found = [
        (str(one.ReferencedSOPInstanceUID), one.get("ReferencedFrameNumber"))
        for item in ds.get("ContentSequence", [])
        for one in item.get("ReferencedSOPSequence", [])
    ]
    return found + [one for item in ds.get("ContentSequence", []) for one in _named(item)]


def test_what_goes_out_names_the_image_of_the_position(home: Path, tmp_path: Path) -> None:
    """SR, key objects and CDA: the image of the time at which it was drawn, the frame of a cine; a plane
    across the images is named by its points and an image of its time.
    """
    with open_station(home, language="zh") as station:
        with _image(station, "times") as image:
            on_image, key = _drawn(image, AnchorPlace(SliceView(0, 1.0), 2), "k1")
            across, other = _drawn(image, AnchorPlace(SliceView(1, 8.0), 1), "k2")
        with _image(station, "cine") as image:
            on_frame, framed = _drawn(image, AnchorPlace(StackView(3)), "k3")
        sources = [station.get(ArchiveService).source(_DOCTOR, _SERIES[name]) for name in ("times", "cine")]
    report = replace(
        chest_report(),
        findings=(),
        measurements=(on_image, across, on_frame),
        key_images=(key, other, framed),
    )
    write_measurement_report(tmp_path / "sr.dcm", report, sources)
    write_key_objects(tmp_path / "ko.dcm", report, sources)
    images = _objects(home)
    for name in ("sr.dcm", "ko.dcm"):
        # in the selection of key images the plane across them follows, by its capture
        (at_time, no_frame), (cine, frame), *_ = _named(dcmread(tmp_path / name))
        assert (images[at_time].TemporalPositionIdentifier, no_frame) == (3, None)
        assert images[at_time].ImagePositionPatient[2] == 8.0
        assert (images[cine].SeriesInstanceUID, frame) == (_SERIES["cine"], 4)
    cda = write_cda(report, {k.key_id: picture() for k in report.key_images}, Letterhead("县医院")).decode(
        "utf-8"
    )
    assert cda.count(f'root="{at_time}"') == 2  # key image, catalogue
    assert cda.count('<value value="4" xsi:type="INT"/>') == 1  # frame of the cine
    write_measurement_report(tmp_path / "plane.dcm", replace(report, measurements=(across,)), sources)
    plane = dcmread(tmp_path / "plane.dcm")
    (near,) = (
        one.ReferencedSOPInstanceUID
        for study in plane.CurrentRequestedProcedureEvidenceSequence
        for series in study.ReferencedSeriesSequence
        for one in series.ReferencedSOPSequence
    )
    assert images[near].TemporalPositionIdentifier == 2
    assert plane.SOPClassUID.name == "Comprehensive 3D SR Storage"
