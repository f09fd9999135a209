"""Shows the reading view on a folder of CT and saves screenshots: ``python -m tests.support.reading_shots
FOLDER OUT [zh|en]``.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pydicom
from PySide6.QtWidgets import QApplication

from app.domain.geometry import Grid
from app.domain.image import Image
from app.domain.presentation import Window
from app.domain.quantity import Quantity
from app.domain.study import SeriesUid, SopUid
from app.domain.volume import FrameReference, Volume, Voxels
from app.i18n import set_language
from app.viewing.draft import drawn_at
from app.viewing.layers import ShapeAnnotation, ShapeLayer
from app.viewing.layouts import layout
from app.viewing.links import point_to
from app.viewing.screen import (
    CornerText,
    RenderingView,
    Screen,
    ScrollLink,
    SliceView,
    StackView,
    StudyRole,
    View,
    Viewport,
    ViewportId,
)
from app.viewing.shown_image import ShownImage, measured_image, shown_image
from tests.support.capabilities import shape
from tests.support.stacks import mammogram, ultrasound
from tests.support.tiles import viewport_grid
from viewers.render.tile import RenderingTile

#: the images' room in a window of 1920×1080 and of 1366×768
SIZES = ((1324, 958), (834, 654))


def ct_volume(folder: Path) -> Volume:
    """A volume of the CT files of a folder, read with pydicom: rescaled int16, sorted along the normal."""
    files = [pydicom.dcmread(f) for f in sorted(folder.rglob("*.dcm"))]
    series = max(
        {f.SeriesInstanceUID for f in files}, key=lambda uid: sum(f.SeriesInstanceUID == uid for f in files)
    )
    files = [f for f in files if series == f.SeriesInstanceUID]
    row, column = (np.array(files[0].ImageOrientationPatient[i : i + 3], float) for i in (0, 3))
    normal = np.cross(row, column)
    files.sort(key=lambda f: float(normal @ np.array(f.ImagePositionPatient, float)))
    array = np.stack(
        [f.pixel_array.astype(np.int16) * int(f.RescaleSlope) + int(f.RescaleIntercept) for f in files]
    ).astype(np.int16)
    first, last = (np.array(files[i].ImagePositionPatient, float) for i in (0, -1))
    step = float(normal @ (last - first)) / max(len(files) - 1, 1)
    down, across = (float(v) for v in files[0].PixelSpacing)
    axes = tuple(tuple(float(v) for v in vector) for vector in (normal, column, row))
    grid = Grid(array.shape, (step, down, across), tuple(first.tolist()), axes)  # type: ignore[arg-type]
    return Volume(
        grid,
        Voxels(array[None]),
        Quantity.HU,
        "CT",
        SeriesUid(series),
        files[0].FrameOfReferenceUID,
        (tuple(FrameReference(SopUid(f.SOPInstanceUID)) for f in files),),
    )


def main(folder: Path, out: Path, language: str) -> None:
    """Screenshots of three planes with rendering, of mixed display sets, and of 36 tiles, at two sizes."""
    set_language("en" if language == "en" else "zh")
    app = QApplication([])
    out.mkdir(parents=True, exist_ok=True)
    screen = Screen()
    view = viewport_grid(screen)
    view.resize(*SIZES[0])
    view.show()

    def settle(seconds: float = 0.3) -> None:
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            app.processEvents()
            time.sleep(0.005)

    def shot(name: str) -> None:
        for size in SIZES:
            view.resize(*size)
            settle(0.6)
            view.grab().save(str(out / f"{name}-{size[0]}-{language}.png"))
        view.resize(*SIZES[0])

    def put(number: int, image: Image, shown: View, **fields: Any) -> Viewport:
        viewport = list(screen.viewports.values())[number]
        viewport.show(image, shown)
        for name, value in fields.items():
            setattr(viewport, name, value)
        return viewport

    shot("empty")
    volume = ct_volume(folder)
    lung: dict[str, Any] = {"window": Window(-600, 1500), "window_label": "Lung window", "title": "2.5 mm"}
    text = CornerText(("YS000128",), ("2026-11-20 09:14",), (), ("120 kV 210 mA",))
    middle = [n // 2 for n in volume.grid.shape]
    for axis in range(3):
        put(axis, volume, SliceView(axis, middle[axis]), corner_text=text, **lung)
    put(3, volume, RenderingView())
    point_to(screen, screen.active, volume.grid.centre_mm)
    rows, columns = middle[1:]
    for shape_id, ends in (
        ("length", ((rows, columns + 120), (rows - 10, columns + 160))),
        (
            "ellipse",
            (
                (rows, columns - 105),
                (rows, columns - 55),
                (rows - 20, columns - 80),
                (rows + 20, columns - 80),
            ),
        ),
    ):
        points = [tuple(volume.grid.to_lps((middle[0], *end)).tolist()) for end in ends]
        drawn = drawn_at(screen.active_viewport, shape(shape_id), points, SIZES[0])
        kind = shape(shape_id)
        values = kind.measure(
            measured_image(screen.active_viewport, _shown(screen.active_viewport)), drawn.points_px
        )
        mark = ShapeAnnotation(
            shape_id, kind, drawn.anchor, drawn.points_px, drawn.points_mm, kind.lines(values)
        )
        screen.active_viewport.put_layer(ShapeLayer((*screen.active_viewport.marks, mark)))
    rendering = view.tiles[ViewportId("4")]
    assert isinstance(rendering, RenderingTile)
    end = time.monotonic() + 60
    while time.monotonic() < end and not rendering.failure and not (rendering.frame and rendering.frame.fine):
        settle(0.2)
    shot("planes")
    screen.crosshair = None
    screen.lay_out(layout("grid-2x3"))
    put(0, volume, SliceView(0, middle[0]), study_date="2026-11-20", corner_text=text, **lung)
    prior = {
        "study_date": "2025-11-03",
        "role": StudyRole.PRIOR,
        "title": "2.5 mm",
        "window": Window(40, 400),
    }
    put(1, volume, SliceView(0, middle[0] - 1), **prior)
    put(2, ultrasound(), StackView(5), study_date="2026-11-20", title="US")
    put(3, mammogram("R", "CC", uid="1.2.61"), StackView(), study_date="2026-11-20")
    put(4, mammogram("L", "CC", uid="1.2.62"), StackView(), study_date="2026-11-20")
    list(screen.viewports.values())[5].clear()
    screen.links = (ScrollLink(frozenset(list(screen.viewports)[:2])),)
    shot("mixed")
    screen.links = ()
    screen.lay_out(layout("grid-6x6"))
    images: list[Image] = [volume, mammogram("R", "MLO", uid="1.2.63"), ultrasound(uid="1.2.71")]
    for number in range(36):
        image = images[number % 3]
        shown = (
            SliceView(0, 30 + number) if isinstance(image, Volume) else StackView(number % len(image.frames))
        )
        put(number, image, shown, **(lung if isinstance(image, Volume) else {"title": "MG US"}))
    shot("thirty-six")
    view.dispose()
    view.close()


def _shown(viewport: Viewport) -> ShownImage:
    shown = shown_image(viewport)
    assert shown is not None
    return shown


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3] if len(sys.argv) > 3 else "zh")
