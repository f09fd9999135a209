"""The volume rendering draws what is there: structural checks of its pixels, no stored pictures."""

from __future__ import annotations

import threading
import time
from functools import partial
from pathlib import Path

import numpy as np
import psutil
import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, QRect, Qt
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QImage
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from app.domain.volume import Volume
from app.viewing.links import point_to
from app.viewing.presets import grey_rendering, rendering_preset
from app.viewing.screen import SERIES_MIME, RenderingView, Screen, SliceView
from tests.support.screen import AXIAL, CORONAL, RENDERING, SAGITTAL
from tests.support.tiles import draw_view, viewport_grid
from tests.support.volumes import AXIAL_AXES, random_axes, volume_of
from viewers.render import gl_probe
from viewers.render.client import RenderClient, Source
from viewers.render.gl_probe import GlVerdict, _verdict, probe
from viewers.render.scene import Block, Load, Scene, View, block_of, camera_vectors, without_table
from viewers.render.tile import RenderingTile
from viewers.viewport_grid import ViewportGrid

pytestmark = pytest.mark.window


def _gl() -> GlVerdict:
    verdict = probe()
    if not verdict.ok:
        pytest.skip(f"OpenGL does not draw here: {verdict.reason}")
    return verdict


def _body(axes: tuple[tuple[float, float, float], ...] = AXIAL_AXES) -> np.ndarray:  # type: ignore[type-arg]
    """A trunk of water with a bone at the patient's left front, low; a thin dense table under it.  (slice,
    row, column) on `AXIAL_AXES`.
    """
    values = np.full((40, 64, 64), -1000, np.int16)
    values[:, 14:50, 8:56] = 20
    values[5:12, 18:26, 40:50] = 900
    values[:, 58:60, 2:62] = 1200
    return values


def _pixels(scene: Scene, camera: tuple[float, float], fine: bool = True, preset: str = "bone") -> np.ndarray:  # type: ignore[type-arg]
    frame = scene.draw(View((120, 120), camera, 1.0, (0.0, 0.0), rendering_preset(preset), fine))
    return np.frombuffer(frame.pixels, np.uint8).reshape(frame.height, frame.width, 3)


@pytest.mark.parametrize("software", [True, False])
def test_bone_is_where_it_is_and_water_is_clear(software: bool) -> None:
    """Both mappers, on whatever draws here: from the front the bone is at the image's right (patient's left),
    low, and bright; the table is gone.
    """
    _gl()
    volume = volume_of(_body(), (1.5, 1.0, 1.0))
    scene = Scene(software=software)
    try:
        scene.load(Load((block_of(volume.at(), volume.grid, 10**7),), clear_table=True))
        bright = _pixels(scene, (0.0, 0.0)).max(axis=2) > 90
        rows, columns = np.nonzero(bright)
        assert 20 < len(rows) < 2500
        assert columns.mean() > 70
        assert rows.mean() > 70
        from_behind = _pixels(scene, (180.0, 0.0)).max(axis=2) > 90
        assert np.nonzero(from_behind)[1].mean() < 50
        assert _pixels(scene, (0.0, 0.0), preset="lung").max() < 60
    finally:
        scene.close()


def test_the_block_lies_where_the_volume_lies() -> None:
    """Down-sampling keeps the position: centres of mass agree in LPS on any grid, of either handedness; steps
    go along the finest axis.
    """
    for seed in range(6):
        values = np.zeros((24, 40, 44), np.int16)
        values[6:12, 10:20, 25:31] = 1000
        volume = volume_of(values, (2.0, 0.5, 0.6), random_axes(seed))
        truth = volume.grid.to_lps(np.argwhere(values > 0)).mean(axis=0)
        looks: list[int] = []
        block = block_of(values, volume.grid, 6000, partial(looks.append, 1))
        assert len(looks) == -(-block.values.shape[0] // 8), "a few slices at a time"
        assert block.values.size <= 6000
        assert block.step[1] >= block.step[0]
        assert np.linalg.det(block.matrix[:3, :3]) == pytest.approx(1)
        weights = block.values.astype(float)
        index = np.stack(np.meshgrid(*(np.arange(n) for n in weights.shape), indexing="ij"), axis=-1)
        centre = (index * weights[..., None]).sum(axis=(0, 1, 2)) / weights.sum()
        found = block.matrix @ np.append(centre[::-1] * np.array(block.spacing_mm), 1)
        assert found[:3] == pytest.approx(truth, abs=0.05)


def test_the_table_goes_and_the_patient_stays() -> None:
    """Thin dense shells apart from the body are cleared; bone, and air inside the body, are not."""
    values = _body()
    values[:, 25:35, 15:25] = -850
    block = block_of(values, volume_of(values, (1.5, 1.0, 1.0)).grid, 10**7)
    (cleared,) = without_table([block])
    assert cleared.values[:, 58:60, :].max() < 100
    assert (cleared.values == 900).sum() == (values == 900).sum()
    assert (cleared.values == -850).sum() == (values == -850).sum()
    empty = Block(np.full((4, 30, 30), -1000, np.int16), (1, 1, 1), np.eye(4), (1, 1, 1))
    assert without_table([empty])[0] is empty


def test_cameras_look_at_the_patient() -> None:
    """(0, 0) from the front with the head up; 90° from the left; elevation looks down on the head."""
    right, up, eye = camera_vectors((0.0, 0.0))
    assert (right, up, eye) == (pytest.approx([1, 0, 0]), pytest.approx([0, 0, 1]), pytest.approx([0, -1, 0]))
    assert camera_vectors((90.0, 0.0))[2] == pytest.approx([1, 0, 0])
    assert camera_vectors((0.0, 90.0))[2] == pytest.approx([0, 0, 1], abs=1e-9)


def test_values_without_a_scale_are_rendered_grey() -> None:
    """MR: opacity follows the window, not HU."""
    from app.domain.presentation import Window

    preset = grey_rendering(Window(500, 400))
    assert np.interp(300, *zip(*preset.opacity, strict=True)) == 0
    assert np.interp(700, *zip(*preset.opacity, strict=True)) > 0.3


def _show(screen: Screen, volume: Volume) -> None:
    """Three planes and the rendering."""
    for axis, identity in enumerate((AXIAL, CORONAL, SAGITTAL)):
        screen.viewports[identity].show(volume, SliceView(axis, volume.grid.shape[axis] // 2))
    screen.viewports[RENDERING].show(volume, RenderingView())


def _rendering(view: ViewportGrid) -> RenderingTile:
    tile = view.tiles[RENDERING]
    assert isinstance(tile, RenderingTile)
    return tile


def _rgb(image: QImage) -> np.ndarray:  # type: ignore[type-arg]
    made = image.convertToFormat(QImage.Format.Format_RGB32)
    bits = np.frombuffer(made.constBits(), np.uint8).reshape(made.height(), made.width(), 4)
    return bits[..., :3].astype(int)


def test_the_tile_draws_without_blocking_and_leaves_no_process(
    qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In the window: quick image, then the fine one, which says that it is not of every voxel; turning shows
    the reduced one at once; the hands do not wait for it; end of process.
    """
    monkeypatch.setattr("viewers.render.client.FINE_VOXELS", 3_000_000 // (1 if _gl().software else 8))
    screen = Screen()
    view = viewport_grid(screen)
    qtbot.addWidget(view)
    view.resize(800, 600)
    view.show()
    children = {p.pid for p in psutil.Process().children()}
    turns = 0
    values = np.repeat(np.repeat(np.repeat(_body(), 4, 0), 3, 1), 3, 2)
    volume = volume_of(values, (0.4, 0.4, 0.4))
    _show(screen, volume)
    point_to(screen, AXIAL, volume.grid.centre_mm)
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and not (
        _rendering(view).frame is not None and _rendering(view).frame.view.fine
    ):
        QApplication.processEvents()
        turns += 1
        time.sleep(0.002)
        assert not _rendering(view).failure
    assert _rendering(view).frame is not None
    assert _rendering(view).frame.fine
    drawn = " × ".join(map(str, reversed(_rendering(view).frame.shape)))
    assert [line.text for line in _rendering(view).corners().bottom_right] == [f"降采样至 {drawn}"]
    assert "192 × 192 × 160" in _rendering(view).toolTip()
    shot = _rendering(view).grab().toImage()
    size = (shot.width(), shot.height())
    picture = QImage.fromData(draw_view(screen, RENDERING, size, 1.0, named=True))
    middle = QRect(size[0] // 4, size[1] // 4, size[0] // 2, size[1] // 2)
    alike = [_rgb(one.copy(middle)) for one in (shot, picture)]
    assert alike[0].max() > 90
    assert np.abs(alike[0] - alike[1]).mean() < 2, "a picture shows what the tile shows"
    assert turns > 40, "the window's loop goes on turning while the rendering is built"
    screen.viewports[RENDERING].view = RenderingView((40.0, 0.0))
    qtbot.waitUntil(
        lambda: _rendering(view).frame is not None and _rendering(view).frame.view.camera == (40.0, 0.0),
        timeout=20000,
    )
    assert not _rendering(view).frame.fine
    qtbot.waitUntil(lambda: _rendering(view).frame is not None and _rendering(view).frame.fine, timeout=20000)
    view.dispose()
    assert not any(t.name == "volume-rendering" for t in threading.enumerate())
    assert {
        p.pid for p in psutil.Process().children() if "resource_tracker" not in " ".join(p.cmdline())
    } <= children


def test_slices_are_the_same_with_and_without_opengl(qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
    """One resolved state, one drawing: the pixels of a slice view do not depend on OpenGL (issue 5)."""
    seen = []
    for switch in ("on", "off"):
        monkeypatch.setenv("YINGSHU_OPENGL", switch)
        screen = Screen()
        view = viewport_grid(screen)
        qtbot.addWidget(view)
        view.resize(600, 400)
        view.show()
        _show(screen, volume_of(_body()))
        qtbot.waitUntil(
            lambda view=view: _rendering(view).frame is not None or bool(_rendering(view).failure),
            timeout=40000,
        )  # type: ignore[misc]
        seen.append((bool(_rendering(view).failure), view.tiles[CORONAL].grab().toImage()))
        view.dispose()
    assert seen[1][0]
    assert seen[0][1] == seen[1][1]


def test_the_death_of_the_drawing_process_is_a_message(qtbot: QtBot) -> None:
    """Killed while showing: the slices go on, the tile says what happened, a click starts anew."""
    _gl()
    screen = Screen()
    view = viewport_grid(screen)
    qtbot.addWidget(view)
    view.resize(600, 400)
    view.show()
    _show(screen, volume_of(_body()))
    qtbot.waitUntil(lambda: _rendering(view).frame is not None, timeout=40000)
    _rendering(view)._client._process.kill()
    screen.viewports[RENDERING].view = RenderingView((10.0, 0.0))
    qtbot.waitUntil(lambda: bool(_rendering(view).failure), timeout=10000)
    assert "容积再现进程已结束" in _rendering(view).failure
    assert not view.tiles[AXIAL].grab().isNull()
    qtbot.wait(300)
    _rendering(view).retry()
    qtbot.waitUntil(lambda: _rendering(view).frame is not None, timeout=40000)
    view.dispose()


def test_verdicts_of_the_probe(monkeypatch: pytest.MonkeyPatch) -> None:
    """A crash, a refusal, a blank picture and a good one, as the child's status and output tell them."""
    assert not _verdict(-11, "").ok
    assert "11" in _verdict(-11, "").reason
    assert not _verdict(1, "").ok
    assert not _verdict(0, '{"drew": false, "renderer": "x"}').ok
    assert _verdict(0, '{"drew": true, "renderer": "llvmpipe (LLVM 15)"}') == GlVerdict(
        True, "llvmpipe (LLVM 15)", True
    )
    assert not _verdict(0, '{"drew": true, "renderer": "NVIDIA H200"}').software
    monkeypatch.setenv("YINGSHU_OPENGL", "off")
    assert not probe().ok


_CHILD = """#!/bin/sh
if [ -e {seen} ]; then
    echo '{{"drew": true, "renderer": "llvmpipe (LLVM 15)"}}'
else
    : > {seen}
    echo "in {root}: no more memory" >&2
    exit 1
fi
"""


def test_a_probe_that_fails_once_is_asked_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """What the child said is logged without folders; a second failure stands until somebody tries again."""
    seen, child = tmp_path / "seen", tmp_path / "child"
    child.write_text(_CHILD.format(seen=seen, root=gl_probe._ROOT))
    child.chmod(0o755)
    monkeypatch.setattr(gl_probe.sys, "executable", str(child))
    monkeypatch.setattr(gl_probe, "_known", {})
    monkeypatch.setenv("YINGSHU_OPENGL", "")
    assert probe().ok
    assert "status 1" in caplog.text
    assert "in .: no more memory" in caplog.text
    monkeypatch.setattr(gl_probe, "_known", {})
    child.write_text(f"#!/bin/sh\necho once >> {tmp_path / 'times'}\nexit 1\n")
    for _ in range(2):
        assert not probe().ok
    assert (tmp_path / "times").read_text().split() == ["once", "once"], "the answer of two tries is kept"
    child.write_text(_CHILD.format(seen=seen, root=gl_probe._ROOT))
    gl_probe.forget_failure()
    assert probe().ok


def test_closing_does_not_wait_for_an_opengl_that_does_not_answer() -> None:
    """Another layout takes the rendering off the screen: the window goes on, whatever the driver does."""
    volume = volume_of(_body(), (1.5, 1.0, 1.0))
    told: list[str] = []
    client = RenderClient(lambda *_: None, told.append)
    closing = threading.Thread(target=client.close, args=(3600.0,), daemon=True)
    with gl_probe._lock:  # as long as somebody holds it, nobody gets an answer
        view = View((64, 64), (0.0, 0.0), 1.0, (0.0, 0.0), rendering_preset("bone"), False)
        client.show(Source(volume.at(), volume.grid, 1, ct=True, used=volume.voxels.used), view)
        while not client._asking:
            threading.Event().wait(0.01)
        closing.start()
        closing.join(60)
        assert not closing.is_alive()
    thread = client._thread
    assert thread is not None
    thread.join(60)
    assert not thread.is_alive()
    assert told == []


def test_a_series_is_dropped_on_a_rendering(qtbot: QtBot) -> None:
    """As on every other tile: the viewport becomes the active one and shows what was dropped."""
    screen = Screen()
    tile = RenderingTile(screen, screen.viewports[RENDERING])
    qtbot.addWidget(tile)
    dropped: list[tuple[str, ...]] = []
    screen.dropped.connect(lambda *what: dropped.append(what))
    data = QMimeData()
    data.setData(SERIES_MIME, b"1.2.840.1 0f3a")
    copy, left, none = Qt.DropAction.CopyAction, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    entered = QDragEnterEvent(QPoint(20, 20), copy, data, left, none)
    QApplication.sendEvent(tile, entered)
    assert entered.isAccepted()
    QApplication.sendEvent(tile, QDropEvent(QPointF(20, 20), copy, data, left, none))
    assert dropped == [(RENDERING, "1.2.840.1", "0f3a")]
    assert screen.active == RENDERING
    tile.dispose()
