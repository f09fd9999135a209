"""Views written as presentation states: valid, read back equal, shown the same, by us and by dcmtk."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pydicom
import pytest
from numpy.typing import NDArray
from PIL import Image
from pydicom import DataElement, dcmread
from pydicom.dataset import Dataset

from app.archive.service import ArchiveService
from app.dicom.read.objects.presentation_state import read_presentation
from app.dicom.write.presentation_state import write_presentation
from app.domain.anchor import FrameAnchor
from app.domain.layers import GraphicKind, GraphicObject, PresentationState
from app.domain.person import Actor
from app.domain.presentation import Window
from app.domain.study import SeriesUid, SopUid, StudyUid
from app.reading.service import ReadingService
from app.session.station import Station
from app.viewing.layers import PresentationLayer, ShapeAnnotation, ShapeLayer
from app.viewing.palettes import palettes
from app.viewing.presented import presented_images
from app.viewing.screen import Screen, SizeMode, SliceView, StackView, View, Viewport, ViewportId
from app.viewing.shown_image import shown_image
from app.viewing.view_states import ViewStates, view_states
from tests.dicom.objects.made_objects import ct_images, item
from tests.dicom.objects.made_states import COLUMNS, ROWS, STORED, grey_image, state_for, table
from tests.dicom.test_dicom_writers import faults
from tests.services.test_presentation_states import CASES as OTHERS
from tests.support.capabilities import shape
from tests.support.painted import painted
from tests.support.tools import require_tool

pytestmark = [pytest.mark.window, pytest.mark.usefixtures("qapp")]

AT = datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC)
ONE = ViewportId("1")


@dataclass
class Shown:
    """A view of imported images, and how its states are written and read."""

    screen: Screen
    station: Station
    actor: Actor
    folder: Path

    @property
    def viewport(self) -> Viewport:
        return self.screen.viewports[ONE]

    @property
    def series_uid(self) -> str:
        assert self.viewport.display_set is not None
        return self.viewport.display_set.series_uid

    def draw(self, *marks: ShapeAnnotation) -> None:
        self.viewport.put_layer(ShapeLayer(marks))

    def made(self) -> ViewStates:
        return view_states(self.screen, ONE, label="MARKS", description="术前标记", creator="李雷^")

    def written(self) -> list[Path]:
        source = self.station.get(ArchiveService).source(self.actor, self.series_uid)
        paths = []
        for number, state in enumerate(self.made().states, 1):
            paths.append(self.folder / f"state{number}.dcm")
            write_presentation(
                paths[-1],
                state,
                [source],
                label="MARKS",
                made_at=AT,
                series_uid="2.25.77",
                series_number=77,
                number=number,
            )
        return paths

    def states(self) -> list[PresentationState]:
        return [read_presentation(path, "state") for path in self.written()]

    def apply(self, states: list[PresentationState]) -> None:
        """As it is opened the next time: the states alone say how it is shown."""
        viewport = self.viewport
        assert viewport.display_set is not None
        viewport.reset_view()
        viewport.window = None
        viewport.drop_layer(ShapeLayer)
        images: dict[Any, Any] = {}
        for state in states:
            images |= presented_images(state, viewport.display_set.frames)
        viewport.put_layer(PresentationLayer(images))

    def pixels(self, size: tuple[int, int] = (256, 256)) -> NDArray[np.uint8]:
        return painted(self.viewport, size)[1]


@contextmanager
def shown(
    station: Station, actor: Actor, folder: Path, *images: Dataset, view: View | None = None
) -> Iterator[Shown]:
    (folder / "in").mkdir(parents=True)
    for number, image in enumerate(images):
        image.save_as(folder / "in" / f"{number}.dcm", enforce_file_format=True)
    station.get(ArchiveService).import_paths(actor, [folder / "in"])
    _, lease = station.get(ReadingService).acquire(actor, images[0].SeriesInstanceUID)
    with lease:
        lease.wait()
        screen = Screen()
        viewport = screen.viewports[ONE]
        viewport.show(lease.image, view or StackView(0), display_set=lease.display_set)
        viewport.tile_px = (256, 256)
        yield Shown(screen, station, actor, folder)


def mark(
    on: Dataset,
    shape_id: str,
    *points: tuple[float, float],
    lines: tuple[str, ...] = (),
    frame: int | None = None,
) -> ShapeAnnotation:
    anchor = FrameAnchor(
        StudyUid(on.StudyInstanceUID),
        SeriesUid(on.SeriesInstanceUID),
        SopUid(on.SOPInstanceUID),
        on.SOPClassUID,
        frame,
    )
    return ShapeAnnotation(
        f"2.25.{hash(points) % 10**12}", shape(shape_id), anchor, points, (), lines or (f"{shape_id}  1 mm",)
    )


def all_marks(on: Dataset, frame: int | None = None) -> tuple[ShapeAnnotation, ...]:
    """A mark of every kind of figure, with Chinese words."""
    return (
        mark(on, "length", (3, 4), (20.5, 9.25), frame=frame),
        mark(on, "ellipse", (30, 15), (44, 15), (37, 11), (37, 19), frame=frame),
        mark(on, "probe", (50, 6), lines=("P1  12",), frame=frame),
        mark(on, "cobb", (5, 20), (15, 22), (6, 28), (15, 27), frame=frame),
        mark(on, "rectangle", (48, 20), (58, 20), (58, 27), (48, 27), frame=frame),
        mark(on, "arrow", (24, 24), (30, 29), lines=("术后改变",), frame=frame),
        mark(on, "spline", (40, 2), (44, 2), (44, 6), (40, 6), frame=frame),
        mark(on, "sphere", (20, 15), (23, 19), frame=frame),
        mark(on, "note", (10, 12), lines=("可疑结节，随访",), frame=frame),
    )


def several_frames(on: Dataset, count: int = 3) -> Dataset:
    on.SOPClassUID = on.file_meta.MediaStorageSOPClassUID = "1.2.840.10008.5.1.4.1.1.7.3"
    on.NumberOfFrames = count
    on.FrameIncrementPointer = 0x00181063
    on.FrameTime = "40"
    on.PixelData = b"".join((STORED + 10 * n).astype("<u2").tobytes() for n in range(count))
    return on


def coloured(on: Dataset) -> Dataset:
    on.SamplesPerPixel, on.PhotometricInterpretation, on.PlanarConfiguration = 3, "RGB", 0
    on.BitsAllocated, on.BitsStored, on.HighBit = 8, 8, 7
    grey = (STORED // 16).astype(np.uint8)
    on.PixelData = np.stack((grey, 255 - grey, grey // 2), axis=-1).tobytes()
    return on


def test_marks_of_all_kinds_come_back(station: Station, doctor: Actor, tmp_path: Path) -> None:
    """The state that is read equals the one that was written: figures, words, layers, tracking UIDs."""
    image = grey_image()
    marks = all_marks(image)
    with shown(station, doctor, tmp_path, image) as view:
        view.draw(*marks)
        view.viewport.window = Window(1000, 400, "自定")
        made, found = view.made(), view.states()
        assert [faults(path) for path in view.written()] == [[]]
        assert made.marks == len(marks)
        (state,) = made.states
        (read,) = found
        colors = [one.color for one in read.annotations]
        assert read == state
        assert colors == [(127, 224, 255), (255, 255, 255)]
        figures = {one.tracking_uid for a in read.annotations for one in a.graphics}
        kinds = {one.kind for a in read.annotations for one in a.graphics}
        assert kinds == set(GraphicKind) - {GraphicKind.INTERPOLATED}
        assert figures == {one.tracking_uid for one in marks}
        ds = dcmread(view.written()[0])
    assert ds.SpecificCharacterSet == "ISO_IR 192"
    assert str(ds.ContentCreatorName) == "李雷^"
    assert ds.ContentDescription == "术前标记"
    words = [t.UnformattedTextValue for a in ds.GraphicAnnotationSequence for t in a.TextObjectSequence]
    assert "可疑结节，随访" in words
    assert ds.SeriesInstanceUID == "2.25.77"
    assert ds.ReferencedSeriesSequence[0].SeriesInstanceUID == image.SeriesInstanceUID


def _plain(view: Shown) -> None:
    view.viewport.window = Window(2048, 2000)


def _inverted(view: Shown) -> None:
    view.viewport.window, view.viewport.invert = Window(1500, 900), True


def _turned(view: Shown) -> None:
    view.viewport.turns = 1


def _mirrored(view: Shown) -> None:
    view.viewport.turns, view.viewport.flipped, view.viewport.window = 3, True, Window(2000, 3000)


RESCALED = {"RescaleSlope": "2", "RescaleIntercept": "-1000", "RescaleType": "US"}
SHUT = {
    "ShutterShape": "CIRCULAR",
    "CenterOfCircularShutter": [16, 32],
    "RadiusOfCircularShutter": "12",
    "ShutterPresentationValue": 30000,
}
VIEWS: dict[str, tuple[dict[str, Any], Callable[[Shown], None]]] = {
    "a window": ({}, _plain),
    "white for the lowest, inverted": ({"photometric": "MONOCHROME1"}, _inverted),
    "rescaled": (RESCALED, _plain),
    "turned": ({}, _turned),
    "turned and mirrored": (RESCALED, _mirrored),
    "a shutter": (SHUT, _plain),
}


def test_grey_and_turns_are_those_of_the_view(station: Station, doctor: Actor, tmp_path: Path) -> None:
    """What we show of the state is what was on the screen; what dcmtk makes of it, too."""
    for number, (case, (facts, look)) in enumerate(VIEWS.items(), 1):
        image = grey_image(number=number, **facts)
        with shown(station, doctor, tmp_path / str(number), image) as view:
            look(view)
            wanted = view.pixels()
            (path,) = view.written()
            assert faults(path) == [], case
            view.apply(view.states())
            assert np.array_equal(view.pixels(), wanted), case
            if "ShutterShape" in facts:
                continue  # dcmtk covers with another grey
            out = tmp_path / f"{number}.pgm"
            command = [
                require_tool("dcmp2pgm"),
                "-p",
                str(path),
                str(tmp_path / str(number) / "in/0.dcm"),
                str(out),
            ]
            subprocess.run(command, check=True, capture_output=True)
            with Image.open(out) as picture:
                expected = np.array(picture)
            size = (expected.shape[1], expected.shape[0])
            difference = np.abs(view.pixels(size)[..., 0].astype(int) - expected)
        assert difference.max() <= (2 if "turned" in case else 1), case


def test_the_part_that_shows_is_kept(station: Station, doctor: Actor, tmp_path: Path) -> None:
    """Zoom and pan, also of a turned image: to the pixel of the image."""
    for number, turns in enumerate((0, 1, 2, 3), 1):
        image = grey_image(number=number)
        with shown(station, doctor, tmp_path / str(number), image) as view:
            viewport = view.viewport
            viewport.zoom, viewport.pan, viewport.turns = 3.0, (4.0, -2.0), turns
            before = painted(viewport, (256, 256))[0].placement
            view.apply(view.states())
            after = painted(viewport, (256, 256))[0].placement
        for corner in ((0, 0), (256, 256)):
            assert after.to_image(corner) == pytest.approx(before.to_image(corner), abs=1.01)


def test_a_part_beyond_the_image_ends_at_its_edge(station: Station, doctor: Actor, tmp_path: Path) -> None:
    """What is seen of the image stays in view; an image that was moved out of it comes back whole."""
    image = grey_image()
    with shown(station, doctor, tmp_path, image) as view:
        viewport = view.viewport
        for zoom, pan, wanted in (
            (3.0, (25.0, 0.0), ((1, 6), (18, 27))),
            (0.5, (0.0, 0.0), ((1, 1), (COLUMNS, ROWS))),
            (3.0, (500.0, 0.0), ((1, 1), (COLUMNS, ROWS))),
        ):
            viewport.zoom, viewport.pan = zoom, pan
            (path,) = view.written()
            assert faults(path) == []
            (found,) = view.states()[0].areas
            corners = (found.upper_left, found.lower_right)
            assert np.abs(np.subtract(corners, wanted)).max() <= 1, (zoom, pan, corners)


def test_a_view_of_another_state_is_kept(station: Station, doctor: Actor, tmp_path: Path) -> None:
    """Its tables, its shutter and its part of the image go on; what the reader did comes on top."""
    for number, case in enumerate(("a VOI table", "a presentation table", "a bitmap shutter", "turned"), 1):
        facts, made = OTHERS[case]
        image = grey_image(number=number, **facts)
        made(image).save_as(tmp_path / f"{number}.dcm", enforce_file_format=True)
        with shown(station, doctor, tmp_path / str(number), image) as view:
            view.apply([read_presentation(tmp_path / f"{number}.dcm", "state")])
            view.viewport.invert, view.viewport.turns = True, 1
            wanted = view.pixels()
            (path,) = view.written()
            assert faults(path) == [], case
            view.apply(view.states())
            assert np.abs(view.pixels().astype(int) - wanted).max() <= 1, case


def test_the_size_on_the_glass_is_kept(station: Station, doctor: Actor, tmp_path: Path) -> None:
    """A pixel for a pixel, and the size in the patient, as PS3.3 C.10.4 says them."""
    image = grey_image(PixelSpacing=["0.5", "0.5"])
    with shown(station, doctor, tmp_path, image) as view:
        for mode, said, magnification in (
            (SizeMode.PIXELS, "MAGNIFY", 2.0),
            (SizeMode.TRUE, "TRUE SIZE", None),
        ):
            view.viewport.size_mode, view.viewport.zoom = mode, magnification or 1.0
            wanted = painted(view.viewport, (256, 256))[0].placement
            (path,) = view.written()
            assert faults(path) == []
            (state,) = view.states()
            assert (state.areas[0].mode, state.areas[0].magnification) == (said, magnification)
            view.apply([state])
            if mode is SizeMode.PIXELS:  # the glass of a test has no size
                assert painted(view.viewport, (256, 256))[0].placement == wanted
            view.viewport.drop_layer(PresentationLayer)


def test_several_images_of_a_series_and_a_cine(station: Station, doctor: Actor, tmp_path: Path) -> None:
    """One state names all images with marks and the one that shows; of a multi-frame object its frames."""
    cine = several_frames(grey_image())
    with shown(station, doctor, tmp_path / "cine", cine) as view:
        view.draw(*all_marks(cine, 1)[:2], *all_marks(cine, 3)[3:5])
        view.viewport.window = Window(1000, 400)
        (path,) = view.written()
        (state,) = view.states()
        assert faults(path) == []
        assert (state,) == view.made().states
        (named,) = state.reference.images
        assert named.frames == (1, 3)
        assert [a.images[0].frames for a in state.annotations] == [(1,), (3,)]
    slices = ct_images(4, 40, 64)
    with shown(station, doctor, tmp_path / "ct", *slices, view=SliceView(0, 2)) as view:
        view.draw(*all_marks(slices[0])[:3])
        (path,) = view.written()
        (state,) = view.states()
        assert faults(path) == []
        on_screen = shown_image(view.viewport)
        assert on_screen is not None
        assert on_screen.frame is not None
        held = {one.sop_uid for one in state.reference.images}
        assert held == {slices[0].SOPInstanceUID, on_screen.frame.sop_uid}
        wanted = view.pixels()
        view.apply([state])
        assert np.array_equal(view.pixels(), wanted)


def test_images_that_are_shown_in_different_ways_have_states_of_their_own(
    station: Station, doctor: Actor, tmp_path: Path
) -> None:
    """A state has one rescale for all its images (PET: each slice its own)."""
    slices = ct_images(3, 40, 64)
    slices[1].RescaleSlope = "2"
    with shown(station, doctor, tmp_path, *slices, view=SliceView(0, 0)) as view:
        view.viewport.window = Window(40, 400)
        view.draw(*all_marks(slices[0])[:1], *all_marks(slices[1])[1:2], *all_marks(slices[2])[2:3])
        made = view.made()
        assert sorted(len(one.reference.images) for one in made.states) == [1, 2]
        assert [faults(path) for path in view.written()] == [[], []]
        assert tuple(view.states()) == made.states


def test_false_colours_are_a_state_of_their_own(station: Station, doctor: Actor, tmp_path: Path) -> None:
    """The palette of the view, the other way round where it is inverted; by dciodvfy, and shown the same."""
    image = grey_image(**RESCALED)
    with shown(station, doctor, tmp_path, image) as view:
        for inverted in (False, True):
            view.viewport.palette = palettes()[0].name
            view.viewport.window, view.viewport.invert = Window(2000, 3000), inverted
            wanted = view.pixels()
            (path,) = view.written()
            assert faults(path) == []
            assert dcmread(path).SOPClassUID == "1.2.840.10008.5.1.4.1.1.11.3"
            view.viewport.palette = ""
            read = [read_presentation(path, "state")]
            view.apply(read)
            assert np.array_equal(view.pixels(), wanted)
            assert read[0].is_grey
            view.viewport.drop_layer(PresentationLayer)
        assert len(np.unique(wanted.reshape(-1, 3), axis=0)) > 20


def test_a_volume_of_looked_up_values_keeps_its_grey(station: Station, doctor: Actor, tmp_path: Path) -> None:
    """A Modality LUT cannot be taken back: the state names the same one, and its values are there already."""
    slices = ct_images(3, 40, 64)
    for number, one in enumerate(slices):
        del one.RescaleSlope, one.RescaleIntercept
        one.PixelRepresentation = 0
        one.add(DataElement(0x00101010, "AS", "75Y", validation_mode=pydicom.config.IGNORE))
        one.PixelData = ((STORED[:, :64].repeat(2, axis=0)[:40] + number) % 1024).astype("<u2").tobytes()
        lut = table((np.arange(1024) ** 2 // 16).astype(np.uint16), 0, 16)
        lut.ModalityLUTType = "US"
        one.ModalityLUTSequence = [lut]
    with shown(station, doctor, tmp_path, *slices, view=SliceView(0, 1)) as view:
        view.viewport.window = Window(20000, 30000)
        wanted = view.pixels()
        (path,) = view.written()
        assert faults(path) == []
        assert dcmread(path).PatientAge == "075Y"
        view.apply(view.states())
        assert np.array_equal(view.pixels(), wanted)
        assert wanted.std() > 20


def test_a_colour_image_has_a_colour_state(station: Station, doctor: Actor, tmp_path: Path) -> None:
    image = coloured(grey_image())
    with shown(station, doctor, tmp_path, image) as view:
        view.draw(*all_marks(image))
        view.viewport.turns = 2
        wanted = view.pixels()
        (path,) = view.written()
        assert faults(path) == []
        assert not view.made().loses_brightness
        view.viewport.invert = True
        assert view.made().loses_brightness
        view.viewport.invert = False
        ds = dcmread(path)
        assert ds.SOPClassUID == "1.2.840.10008.5.1.4.1.1.11.2"
        assert len(ds.ICCProfile) > 1000
        (state,) = view.states()
        assert not state.is_grey
        view.draw()
        view.viewport.turns = 2
        view.apply([replace(state, annotations=())])
        assert np.array_equal(view.pixels(), wanted)


def test_marks_beyond_the_image_end_at_its_edge(station: Station, doctor: Actor, tmp_path: Path) -> None:
    """Coordinates must lie on the image (PS3.3 C.10.5.1.1); what lies outside is counted."""
    image = grey_image()
    with shown(station, doctor, tmp_path, image) as view:
        view.draw(
            mark(image, "length", (-10, 16), (COLUMNS + 10, 16)),
            mark(image, "ellipse", (60, 16), (70, 16), (65, 11), (65, 21)),
            mark(image, "probe", (COLUMNS + 5, ROWS + 5)),
            mark(image, "length", (-10, -5), (-3, 40)),
        )
        made = view.made()
        assert (made.marks, made.cut, made.beside, made.across) == (2, 2, 2, 0)
        assert [faults(path) for path in view.written()] == [[]]
        (state,) = view.states()
    line, ring = state.annotations[0].graphics
    assert line == GraphicObject(
        GraphicKind.POLYLINE, ((0.0, 16.0), (64.0, 16.0)), tracking_uid=line.tracking_uid, label="length"
    )
    assert ring.kind is GraphicKind.POLYLINE
    assert all(0 <= x <= COLUMNS and 0 <= y <= ROWS for x, y in ring.points)


def test_a_compound_figure_is_drawn_once(tmp_path: Path) -> None:
    """An object that tells an arrow as a compound and as lines means one arrow (PS3.3 C.10.5.1.5)."""
    ds = state_for(grey_image())
    line = item(
        GraphicAnnotationUnits="PIXEL",
        GraphicDimensions=2,
        NumberOfGraphicPoints=2,
        GraphicData=[1.0, 2.0, 3.0, 4.0],
        GraphicType="POLYLINE",
        CompoundGraphicInstanceID=7,
    )
    arrow = item(
        CompoundGraphicInstanceID=7,
        CompoundGraphicUnits="PIXEL",
        GraphicDimensions=2,
        NumberOfGraphicPoints=2,
        GraphicData=[1.0, 2.0, 3.0, 4.0],
        CompoundGraphicType="ARROW",
    )
    alone = item(
        CompoundGraphicInstanceID=8,
        CompoundGraphicUnits="PIXEL",
        GraphicDimensions=2,
        NumberOfGraphicPoints=2,
        GraphicData=[5.0, 6.0, 7.0, 8.0],
        CompoundGraphicType="ARROW",
    )
    ds.GraphicAnnotationSequence = [
        item(GraphicLayer="L", GraphicObjectSequence=[line], CompoundGraphicSequence=[arrow, alone])
    ]
    ds.save_as(tmp_path / "state.dcm", enforce_file_format=True)
    (annotation,) = read_presentation(tmp_path / "state.dcm", "state").annotations
    assert [one.points for one in annotation.graphics] == [((1, 2), (3, 4)), ((5, 6), (7, 8))]
