"""Shows the reading view on a folder of CT and saves screenshots: ``python -m tests.support.reading_shots FOLDER OUT [zh|en]``."""

from __future__ import annotations

import sys
import time
from pathlib import Path

import numpy as np
import pydicom

from app.domain.coding import Code
from app.domain.geometry import Grid
from app.domain.presentation import Window
from app.domain.roi import Roi, RoiKind
from app.domain.segmentation import Segment, Segmentation
from app.domain.study import SeriesUid, SopUid
from app.domain.volume import Quantity, Volume, Voxels


def ct_volume(folder: Path) -> Volume:
    """A volume of the CT files of a folder, read with pydicom: rescaled int16, sorted along the normal."""
    files = [pydicom.dcmread(f) for f in sorted(folder.rglob("*.dcm"))]
    series = max({f.SeriesInstanceUID for f in files}, key=lambda uid: sum(f.SeriesInstanceUID == uid for f in files))
    files = [f for f in files if series == f.SeriesInstanceUID]
    row, column = (np.array(files[0].ImageOrientationPatient[i : i + 3], float) for i in (0, 3))
    normal = np.cross(row, column)
    files.sort(key=lambda f: float(normal @ np.array(f.ImagePositionPatient, float)))
    array = np.stack([f.pixel_array.astype(np.int16) * int(f.RescaleSlope) + int(f.RescaleIntercept) for f in files]).astype(np.int16)
    first, last = (np.array(files[i].ImagePositionPatient, float) for i in (0, -1))
    step = float(normal @ (last - first)) / max(len(files) - 1, 1)
    down, across = (float(v) for v in files[0].PixelSpacing)
    axes = tuple(tuple(float(v) for v in vector) for vector in (normal, column, row))
    grid = Grid(array.shape, (step, down, across), tuple(first.tolist()), axes)  # type: ignore[arg-type]
    return Volume(
        grid, Voxels(array[None]), Quantity.HU, "CT", SeriesUid(series), files[0].FrameOfReferenceUID,
        tuple(SopUid(f.SOPInstanceUID) for f in files),
    )  # fmt: skip


def main(folder: Path, out: Path, language: str) -> None:
    """Screenshots at two sizes."""
    from PySide6.QtWidgets import QApplication

    from app.i18n import set_language, tr
    from app.viewing.sampling import ellipse_numbers
    from app.viewing.state import Compare, CornerText, Layout, Mark, Plane, ScreenState
    from app.viewing.wording import region_lines
    from viewers.reading_view import ReadingView

    set_language("en" if language == "en" else "zh")
    app = QApplication([])
    out.mkdir(parents=True, exist_ok=True)
    screen = ScreenState()
    view = ReadingView(screen)
    view.resize(1324, 958)
    view.show()

    def settle(seconds: float = 0.3, until: object = None) -> None:
        end = time.monotonic() + seconds
        while time.monotonic() < end and not (callable(until) and until()):
            app.processEvents()
            time.sleep(0.005)

    def shot(name: str) -> None:
        settle()
        view.grab().save(str(out / f"{name}-{language}.png"))

    shot("empty")
    volume = ct_volume(folder)
    screen.corner_text = CornerText(
        ("演示患者", "男 58 岁  YS000128"), ("影枢演示医院", "胸部 CT 平扫 2026-11-20 09:14"), (), ("肺算法", "120 kV 210 mA")
    )
    screen.volume = volume
    screen.go_to(volume.grid.centre_mm)
    screen.window, screen.window_label = Window(-600, 1500), "Lung window"
    started = time.monotonic()
    settle(60, lambda: view.rendering.frame is not None or view.rendering.failure)
    print("first rendering", round(time.monotonic() - started, 2), "s", view.rendering.failure)
    settle(60, lambda: view.rendering.failure or (view.rendering.frame is not None and view.rendering.frame.view.fine))
    print("fine rendering", round(time.monotonic() - started, 2), "s")
    k, rows, columns = (n // 2 for n in volume.grid.shape)

    def at(r: float, c: float) -> tuple[float, float, float]:
        return tuple(volume.grid.to_lps((k, r, c)).tolist())

    ellipse = (at(rows, columns - 105), at(rows, columns - 55), at(rows - 20, columns - 80), at(rows + 20, columns - 80))
    numbers = ellipse_numbers(volume, ellipse, Plane.AXIAL, k)
    assert numbers is not None
    nodule = (at(rows, columns + 120), at(rows - 10, columns + 160))
    other = (at(rows + 60, columns + 20), at(rows + 90, columns + 60))
    axial, here = Plane.AXIAL, float(k)
    screen.marks = (
        Mark("1", Roi(RoiKind.ELLIPSE, ellipse), Plane.AXIAL, float(k), region_lines(numbers, Quantity.HU)),
        Mark("2", Roi(RoiKind.LENGTH, nodule), axial, here, (tr("nodule") + " 1  8.4 mm",), unconfirmed=True),
        Mark("3", Roi(RoiKind.LENGTH, other), axial, here, ("L2  34.2 mm",), selected=True),
    )  # fmt: skip
    lungs = ((volume.at() < -500) & (volume.at() > -1000)).astype(np.uint8)
    body = np.zeros_like(lungs)
    body[:, rows - 95 : rows + 85, columns - 130 : columns + 130] = 1
    code = Code("39607008", "SCT", "Lung")
    screen.segmentation = Segmentation(volume.grid, lungs * body, (Segment(1, "Lung", code, code, (70, 194, 142)),), volume.series_uid)
    shot("quad")
    view.resize(834, 654)
    settle(1.5)
    shot("quad-small")
    view.resize(1324, 958)
    noisy = volume.at().astype(np.float32)
    noisy = (noisy + np.roll(noisy, 1, 1) + np.roll(noisy, 1, 2)) / 3
    screen.result = Volume(volume.grid, Voxels(noisy.astype(np.int16)[None]), Quantity.HU, "CT", volume.series_uid)
    screen.result_label = "降噪 RUnet-LDCT 1.2"
    screen.segmentation = None
    screen.compare = Compare.SWIPE
    settle(1)
    shot("swipe")
    screen.compare = Compare.DIFFERENCE
    screen.layout = Layout.SINGLE
    shot("difference-single")
    screen.compare, screen.layout = Compare.SOURCE, Layout.QUAD
    for preset in ("lung", "vessels", "bone"):
        screen.rendering_preset = preset
        settle(0.2)
        settle(30, lambda: view.rendering.frame is not None and view.rendering.frame.view.fine and view.rendering._same_look())
        view.rendering.grab().save(str(out / f"rendering-{preset}-{language}.png"))
    screen.active, screen.layout = Plane.RENDERING, Layout.SINGLE
    settle(0.3)
    settle(30, lambda: view.rendering.frame is not None and view.rendering.frame.view.fine)
    settle(3)
    shot("rendering-single")
    view.dispose()
    view.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3] if len(sys.argv) > 3 else "zh")
