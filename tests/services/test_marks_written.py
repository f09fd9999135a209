"""Every kind of mark on every kind of image: written, valid, read by others, drawn where it was drawn."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from pydicom import dcmread
from pydicom.dataset import Dataset
from PySide6.QtCore import Qt
from PySide6.QtGui import QImage, QPainter
from scipy.ndimage import distance_transform_edt

from app.dicom.read.objects.report_marks import read_report_marks
from app.dicom.write.measurement_report import write_measurement_report
from app.domain.geometry import PointPx
from app.domain.layers import GraphicKind
from app.domain.person import Actor
from app.domain.presentation import Window
from app.domain.roi import RoiKind
from app.domain.study import SopUid
from app.session.station import Station
from app.viewing.layers import ReportLayer, ShapeAnnotation, ShapeLayer
from app.viewing.palettes import palettes
from app.viewing.reported import placed_report
from app.viewing.screen import SliceView, StackView, View, Viewport, ViewportId
from tests.dicom import dicom_objects as objects
from tests.dicom.objects.made_objects import ct_images
from tests.dicom.objects.made_states import COLUMNS, ROWS, grey_image
from tests.dicom.test_dicom_writers import anchor, faults, report
from tests.dicom.test_measured_shapes_written import measured_shape, points_of
from tests.services.test_states_written import SHUT, Shown, coloured, mark, several_frames, shown
from tests.support.capabilities import SHAPES
from tests.support.painted import painted
from tests.support.stacks import frame_of, stack_of
from tests.support.tools import require_tool
from tests.viewing.measured_kinds import KINDS
from viewers.layers.shapes import paint_shapes

pytestmark = [pytest.mark.window, pytest.mark.usefixtures("qapp")]

#: of the screen: how far apart two drawings of one line may be; a point is a cross here and a ring there
APART_PX, POINT_PX, GAP_PX = 2.0, 6.0, 5.0
SIZE = (512, 512)


def _turned(view: Shown) -> None:
    """As a mammogram hangs."""
    view.viewport.turns, view.viewport.flipped = 1, True


def _cropped(view: Shown) -> None:
    view.viewport.zoom, view.viewport.pan = 3.0, (4.0, -2.0)


def _coloured(view: Shown) -> None:
    view.viewport.palette, view.viewport.invert = palettes()[0].name, True


def _inverted(view: Shown) -> None:
    view.viewport.window, view.viewport.invert = Window(1000, 400), True


def _as_it_is(view: Shown) -> None:
    pass


#: how an image is made, which frame is marked, how it is looked at
IMAGES: dict[str, tuple[Callable[[], list[Dataset]], int | None, Callable[[Shown], None]]] = {
    "single frame": (lambda: [grey_image()], None, _as_it_is),
    "second frame of three": (lambda: [several_frames(grey_image(number=2))], 2, _as_it_is),
    "colour": (lambda: [coloured(grey_image(number=3))], None, _as_it_is),
    "turned and mirrored": (lambda: [grey_image(number=4)], None, _turned),
    "a part of it": (lambda: [grey_image(number=5)], None, _cropped),
    "covered": (lambda: [grey_image(number=6, **SHUT)], None, _as_it_is),
    "inverted": (lambda: [grey_image("MONOCHROME1", number=7)], None, _inverted),
    "false colours": (lambda: [grey_image(number=8)], None, _coloured),
    "oblong pixels": (lambda: [grey_image(number=9, PixelSpacing=["0.5", "0.8"])], None, _as_it_is),
    "a slice of a volume": (lambda: ct_images(3, ROWS, COLUMNS), None, _as_it_is),
}


def marks_on(image: Dataset, frame: int | None) -> list[ShapeAnnotation]:
    """One of every type, without words: these stand where there is room."""
    made = (mark(image, one.shape_id, *points_of(one), frame=frame) for one in SHAPES)
    return [replace(one, lines=(), tracking_uid=f"2.25.{600 + n}") for n, one in enumerate(made)]


def ink(pixels: NDArray[np.uint8], plain: NDArray[np.uint8]) -> NDArray[np.bool_]:
    """Where something bright was drawn."""
    changed = np.abs(pixels.astype(int) - plain).max(axis=-1) > 40
    return np.asarray(changed)


def own_ink(viewport: Viewport) -> NDArray[np.bool_]:
    """Where the marks are drawn as they are while they can be changed."""
    shown = painted(viewport, SIZE)[0]
    image = QImage(*SIZE, QImage.Format.Format_RGB888)
    image.fill(Qt.GlobalColor.black)
    painter = QPainter(image)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, True)
    paint_shapes(painter, shown.marks)
    painter.end()
    rows = np.frombuffer(image.constBits(), np.uint8).reshape(SIZE[1], image.bytesPerLine())
    pixels = rows[:, : 3 * SIZE[0]].reshape(SIZE[1], SIZE[0], 3)
    return ink(pixels, np.zeros_like(pixels))


def farthest(of: NDArray[np.bool_], to: NDArray[np.bool_]) -> float:
    """The greatest distance of a pixel of one drawing to the other."""
    return float(distance_transform_edt(~to)[of].max())


def assert_same_place(
    one: ShapeAnnotation,
    mine: NDArray[np.bool_],
    theirs: NDArray[np.bool_],
    viewport: Viewport,
    gap_px: float,
) -> None:
    """What others draw lies on what was drawn, and every point of the mark's lines has some of it within a
    gap of its dashes.
    """
    said, is_point = one.shape.shape_id, len(one.points_px) == 1
    assert mine.any(), said
    assert theirs.any(), said
    assert farthest(theirs, mine) <= (POINT_PX if is_point else APART_PX), said
    away = distance_transform_edt(~theirs)
    shown = painted(viewport, SIZE)[0]
    for x, y in true_points(one):
        column, row = shown.placement.to_screen(*shown.plane.from_source(x, y))
        if 0 <= column < SIZE[0] and 0 <= row < SIZE[1]:
            assert away[int(row), int(column)] <= (POINT_PX if is_point else gap_px), (said, x, y)


def true_points(one: ShapeAnnotation) -> Iterator[PointPx]:
    """Points all along the lines of a mark, in pixels of the image."""
    kind, points = one.shape.kind, one.points_px
    if kind is RoiKind.ELLIPSE:
        (ax, ay), (bx, by), (cx, cy), (dx, dy) = points
        for angle in np.linspace(0, 2 * np.pi, 40):
            u, v = np.cos(angle) / 2, np.sin(angle) / 2
            yield (
                (ax + bx) / 2 + u * (bx - ax) + v * (dx - cx),
                (ay + by) / 2 + u * (by - ay) + v * (dy - cy),
            )
    elif kind is RoiKind.SPHERE:
        return
    elif len(points) == 1:
        yield points[0]
    else:
        outline = kind.outline_of(points)
        lines = [(*outline, outline[0])] if kind.is_outline else kind.lines_of(points)
        for line in lines:
            for (x0, y0), (x1, y1) in pairwise(line):
                for share in np.linspace(0, 1, 9):
                    yield x0 + share * (x1 - x0), y0 + share * (y1 - y0)


@pytest.mark.parametrize("case", IMAGES)
def test_marks_of_all_types_come_back_to_their_pixels(
    station: Station, doctor: Actor, tmp_path: Path, case: str
) -> None:
    """Valid by dciodvfy, taken by dcmtk, the same numbers to pydicom; drawn on what the marks were drawn
    on.
    """
    make, frame, look = IMAGES[case]
    images = make()
    view_of: View = SliceView(0, 0) if len(images) > 1 else StackView((frame or 1) - 1)
    with shown(station, doctor, tmp_path, *images, view=view_of) as view:
        shown_on = next(one for one in images if one.SOPInstanceUID == _sop_uid(view))
        marks = marks_on(shown_on, frame)
        look(view)
        view.viewport.tile_px = SIZE
        drawn = {}
        for one in marks:
            view.draw(one)
            drawn[one.tracking_uid] = own_ink(view.viewport)
        view.draw(*marks)
        (path,) = view.written()
        (state,) = view.states()
        assert faults(path) == []
        (made,) = view.made().states
        assert replace(state, voi=()) == replace(made, voi=())
        _assert_others_read(path, tmp_path / "in" / f"{images.index(shown_on)}.dcm", frame, tmp_path)
        view.draw()
        bare = replace(state, annotations=())
        for one in marks:
            view.viewport.drop_layer(ShapeLayer)
            only = tuple(
                replace(a, graphics=tuple(g for g in a.graphics if g.tracking_uid == one.tracking_uid))
                for a in state.annotations
            )
            view.apply([bare])
            view.viewport.tile_px = SIZE
            without = painted(view.viewport, SIZE)[1]
            view.apply([replace(state, annotations=only)])
            theirs = ink(painted(view.viewport, SIZE)[1], without)
            mine = drawn[one.tracking_uid]
            if case == "a part of it":  # the part is kept to the pixel of the image, not of the screen
                mine = theirs
            if mine.any() or theirs.any():
                assert_same_place(one, mine, theirs, view.viewport, APART_PX)


def _sop_uid(view: Shown) -> str:
    from app.viewing.shown_image import shown_image

    found = shown_image(view.viewport)
    assert found is not None
    assert found.frame is not None
    return found.frame.sop_uid


def _assert_others_read(path: Path, image: Path, frame: int | None, folder: Path) -> None:
    """pydicom has the figures as FL, dcmtk writes them again as they are, and finds no fault."""
    ds = dcmread(path)
    wanted = _figures(ds)
    assert {kind for kind, _ in wanted} <= {one.value for one in GraphicKind}
    checked = subprocess.run(
        [require_tool("dcmpschk"), str(path)], capture_output=True, text=True, check=False
    )
    # it knows no UTF-8: nothing but words of other letters is held to be wrong
    wrong = [line for line in (checked.stdout + checked.stderr).splitlines() if "Attribute value  " in line]
    assert [line for line in wrong if line.isascii()] == []
    if ds.SOPClassUID != "1.2.840.10008.5.1.4.1.1.11.1":
        return  # dcmtk renders grayscale states only
    again, picture = folder / "again.dcm", folder / "picture.pgm"
    command = [require_tool("dcmp2pgm"), "-p", str(path), "-f", str(frame or 1)]
    subprocess.run([*command, "+S", str(again), str(image), str(picture)], check=True, capture_output=True)
    assert picture.stat().st_size > ROWS * COLUMNS
    assert sorted(_figures(dcmread(again))) == sorted(wanted)


def _figures(ds: Dataset) -> list[tuple[str, tuple[float, ...]]]:
    return [
        (one.GraphicType, tuple(float(v) for v in np.atleast_1d(one.GraphicData)))
        for item in ds.GraphicAnnotationSequence
        for one in item.GraphicObjectSequence
    ]


def test_marks_of_all_types_are_drawn_alike_from_a_report(tmp_path: Path) -> None:
    """TID 1500: the figures that are read lie on the marks; arrows point, outlines are closed."""
    header = objects.written(tmp_path / "source")[1]
    image: Any = KINDS["anisotropic"]().image
    at = anchor(header, 1)
    frame = frame_of(
        np.zeros((header.images[1].rows, header.images[1].columns), np.uint8),
        2,
        sop_uid=SopUid(header.images[1].sop_uid),
    )
    pixels = np.zeros((frame.rows, frame.columns), np.uint8)
    for shape in SHAPES:
        made = replace(measured_shape(shape, image, header, in_space=False), anchor=at)
        write_measurement_report(
            tmp_path / "sr.dcm",
            replace(report(header), measurements=(made,), findings=(), key_images=()),
            [header],
        )
        marks = read_report_marks(tmp_path / "sr.dcm", "report")
        marks = replace(
            marks,
            marks=tuple(
                replace(one, label="", values=(), finding=None, sites=(), tracking_uid="")
                for one in marks.marks
            ),
        )
        viewport = Viewport(ViewportId("1"))
        viewport.show(stack_of([pixels], [frame]), StackView(0))
        plain = painted(viewport, SIZE)[1]
        own = ShapeAnnotation(made.tracking_uid, shape, at, made.roi.points_px)
        viewport.put_layer(ShapeLayer((own,)))
        mine = own_ink(viewport)
        viewport.drop_layer(ShapeLayer)
        viewport.put_layer(ReportLayer(placed_report(marks, [frame])))
        theirs = ink(painted(viewport, SIZE)[1], plain)
        if shape.kind is not RoiKind.SPHERE:  # told by its middle and its reach
            assert_same_place(own, mine, theirs, viewport, GAP_PX)
