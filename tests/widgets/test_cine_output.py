"""A cine, or the way through a volume, leaves the station as MP4: as the view stands, whole or not at all."""

from __future__ import annotations

import json
from pathlib import Path

import cv2
import numpy as np
import pytest
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QFileDialog

from app.jobs import Job, JobState
from app.viewing.cine import cine_count, rate_hz, set_ends
from app.viewing.links import index_of, scroll_to
from app.viewing.screen import PlayMode
from tests.widgets.conftest import Room
from widgets.panels.reading.cine_output import VIDEO_PX, CineOutput

pytestmark = pytest.mark.window


def _output(room: Room) -> CineOutput:
    room.open_small_study()
    room.commands.run("layout.set", "grid-1x1")
    room.wait(lambda: room.session.loaded.is_complete)
    return room.window.workspaces["read"].cine_output  # type: ignore[no-any-return]


def _ended(room: Room, job: Job[Path]) -> JobState:
    room.wait(lambda: job.ended)
    return job.state


def _read(path: Path) -> tuple[float, list[np.ndarray]]:  # type: ignore[type-arg]
    """Rate, and the images in grey."""
    capture = cv2.VideoCapture(str(path))
    images = []
    while True:
        there, image = capture.read()
        if not there:
            break
        images.append(image[::4, ::4, 1].astype(float))
    rate = capture.get(cv2.CAP_PROP_FPS)
    capture.release()
    return rate, images


def _shown(room: Room, index: int) -> np.ndarray:  # type: ignore[type-arg]
    """The view at an index as a picture file, of the video's size."""
    screen = room.session.screen
    scroll_to(screen, screen.active_viewport.viewport_id, index)
    draw = room.session.draw_view
    assert draw is not None
    ratio = VIDEO_PX / 900
    png = draw(screen, screen.active_viewport.viewport_id, (900, 900), ratio, named=False)
    image = QImage.fromData(png).convertToFormat(QImage.Format.Format_Grayscale8)
    rows = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), image.bytesPerLine())
    return rows[::4, : image.width() : 4].astype(float)


def test_the_way_through_a_volume_is_saved(room: Room, tmp_path: Path) -> None:
    """Every image in its order, as the view stands; the view itself stays; with its row in the audit."""
    output = _output(room)
    viewport = room.session.screen.active_viewport
    room.commands.run("view.invert")
    scroll_to(room.session.screen, viewport.viewport_id, 1)
    job = output.save(tmp_path / "a.mp4", named=False)
    assert _ended(room, job) is JobState.DONE
    assert index_of(viewport) == 1
    rate, images = _read(tmp_path / "a.mp4")
    assert rate == pytest.approx(rate_hz(viewport), rel=0.01)
    assert len(images) == cine_count(viewport) > 2
    for index in (0, 2, len(images) - 1):
        shown = _shown(room, index)
        off = [np.abs(image - shown).mean() for image in images]
        assert int(np.argmin(off)) == index
        assert off[index] < 4
    with room.session.station.folder.database.read() as tx:
        (row,) = tx.audit.rows(action="view.export")
    assert json.loads(row.details) == {"way": "video", "named": False}
    assert [one.name for one in tmp_path.iterdir() if one.suffix == ".mp4" or one.name[0] == "."] == ["a.mp4"]


def test_back_and_forth_with_the_name(room: Room, tmp_path: Path) -> None:
    """Of what plays, and there is back what is there on the way."""
    output = _output(room)
    viewport = room.session.screen.active_viewport
    viewport.cine_mode, viewport.cine_rate_hz = PlayMode.BOUNCE, 7.5
    set_ends(viewport, 0, 9)
    assert _ended(room, output.save(tmp_path / "a.mp4", named=True)) is JobState.DONE
    rate, images = _read(tmp_path / "a.mp4")
    assert rate == pytest.approx(7.5)
    assert len(images) == 2 * 9
    assert np.abs(images[1] - images[-1]).mean() < 1, "the way back shows the same images"
    corner = slice(0, VIDEO_PX // 40), slice(0, VIDEO_PX // 12)
    assert np.abs(images[0][corner] - _shown(room, 0)[corner]).max() > 100


def test_nothing_is_overwritten_and_nothing_left(room: Room, tmp_path: Path) -> None:
    """A file that is there stays unless asked; who stops, or opens something else, leaves nothing behind."""
    output = _output(room)
    there = tmp_path / "there.mp4"
    there.write_bytes(b"mine")
    job = output.save(there, named=False)
    assert _ended(room, job) is JobState.FAILED
    assert there.read_bytes() == b"mine"
    job = output.save(tmp_path / "stopped.mp4", named=False)
    job.cancel()
    assert _ended(room, job) is JobState.CANCELLED
    job = output.save(tmp_path / "other.mp4", named=False)
    room.session.screen.active_viewport.image = None
    assert _ended(room, job) is JobState.FAILED
    assert [one.name for one in tmp_path.iterdir() if one.suffix == ".mp4"] == ["there.mp4"]
    assert not output.commands()[0].enabled(), "there is nothing to play"


def test_the_dialog_says_with_or_without_the_name(
    room: Room, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The file that the dialog asked about is the one that is written."""
    _output(room)
    asked: list[QFileDialog] = []

    def accept(dialog: QFileDialog) -> int:
        asked.append(dialog)
        dialog.setDirectory(str(tmp_path))
        dialog.selectFile(str(tmp_path / "chosen"))
        dialog.selectNameFilter(dialog.nameFilters()[1])
        return QFileDialog.DialogCode.Accepted.value

    monkeypatch.setattr(QFileDialog, "exec", accept)
    room.commands.run("cine.save")
    room.wait(lambda: (tmp_path / "chosen.mp4").is_file())
    assert len(asked[0].nameFilters()) == 2
