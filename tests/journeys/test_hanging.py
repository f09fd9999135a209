"""Studies hang by themselves, stage by stage by key, and as their reader has kept it."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest
from pydicom import dcmread
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from app.domain.volume import Volume
from app.imaging.store import ImageStore
from app.notifications import Level
from app.reading.hanging_controller import HangingController
from app.reading.hanging_service import HangingService
from app.viewing.layouts import layout
from app.viewing.screen import SliceView, StudyRole
from app.viewing.shown_image import series_uid_of
from tests.dicom.pixel_objects import write
from tests.journeys.conftest import Driver
from tests.support.screen import PLANES, shown_index
from tests.support.small_study import GRID, identity, values, write_ct_series
from widgets.panels.reading.hanging_bar import HangingBar, KeepDialog

pytestmark = pytest.mark.window


@pytest.fixture(autouse=True)
def _no_opengl(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("YINGSHU_OPENGL", "off")


def _hanging(driver: Driver) -> HangingController:
    return driver.window.session.get(HangingController)


def _opened(driver: Driver) -> HangingController:
    driver.open_study()
    driver.until(lambda: _hanging(driver).matches is not None)
    _settle(driver)
    return _hanging(driver)


def _settle(driver: Driver) -> None:
    driver.until(lambda: not driver.station.jobs.active)
    for _ in range(40):
        driver.window.process_events(0.005)


def _bar(driver: Driver) -> HangingBar:
    bar = driver.window.main.workspaces["read"].hanging  # type: ignore[attr-defined]
    assert isinstance(bar, HangingBar)
    return bar


def _shown(driver: Driver) -> list[str]:
    tiles = driver.window.session.screen.viewports.values()
    return [series_uid_of(tile.image) if tile.image is not None else "" for tile in tiles]


def _press(driver: Driver, key: Qt.Key) -> None:
    driver.window.main.activateWindow()
    driver.until(driver.window.main.isActiveWindow, 10)
    tile = driver.window.main.workspaces["read"].viewer  # type: ignore[attr-defined]
    tile.setFocus()
    QTest.keyClick(QApplication.focusWidget(), key)
    _settle(driver)


def test_a_chest_ct_hangs_and_goes_on_by_key(driver: Driver) -> None:
    """Three planes first; a full stop shows the same images in lung and mediastinal window, linked; a comma
    goes back.  The slice that was looked at stays.
    """
    hanging, screen = _opened(driver), driver.window.session.screen
    assert hanging.match is not None
    assert hanging.match.protocol.protocol_id == "ct-chest"
    assert (screen.layout, hanging.stage) == (layout("mpr"), 0)
    bar = _bar(driver)
    assert bar.isVisible()
    assert bar.protocols.text().strip() == "胸部 CT"
    assert "检查部位" in bar.protocols.toolTip()
    driver.window.main.workspaces["read"].viewer.tiles[PLANES[0]].scroll_by(-5)  # type: ignore[attr-defined]
    slice_shown = shown_index(screen)
    assert slice_shown < 12
    _press(driver, Qt.Key.Key_Period)
    one, two = screen.viewports.values()
    assert [shown_index(screen, v.viewport_id) for v in (one, two)] == [slice_shown] * 2
    assert (one.window_label, two.window_label) == ("Lung window", "Mediastinum window")
    assert one.image is two.image
    assert all(isinstance(tile.view, SliceView) and tile.view.axis == 0 for tile in (one, two))
    assert [len(link.members) for link in screen.links] == [2]
    assert bar.stages[1].isChecked()
    _press(driver, Qt.Key.Key_Comma)
    assert screen.layout == layout("mpr")
    assert shown_index(screen) == slice_shown
    _press(driver, Qt.Key.Key_Comma)
    assert hanging.stage == 0, "the ends hold"
    driver.run("view.undo")
    _settle(driver)
    assert (hanging.stage, bar.stages[1].isChecked()) == (1, True), "the stage comes back with its layout"
    assert [v.window_label for v in screen.viewports.values()] == ["Lung window", "Mediastinum window"]
    assert [len(link.members) for link in screen.links] == [2]
    assert shown_index(screen) == slice_shown
    driver.run("view.redo")
    assert (hanging.stage, screen.layout) == (0, layout("mpr"))


def test_what_the_reader_arranges_is_not_undone(driver: Driver) -> None:
    """A layout that was chosen before the protocols are known stays."""
    driver.run("study.open", driver.study_uid)
    driver.run("workspace.read")
    driver.run("layout.set", "grid-1x1")
    driver.until(lambda: _hanging(driver).matches is not None)
    _settle(driver)
    assert driver.window.session.screen.layout == layout("grid-1x1")
    assert _hanging(driver).match is None
    assert _bar(driver).protocols.text().strip() == "自由排列"
    assert "手动排列" in _bar(driver).protocols.toolTip()
    _hanging(driver).choose("ct-chest")
    _settle(driver)
    assert driver.window.session.screen.layout == layout("mpr")


def test_an_arrangement_is_kept_and_used_again(driver: Driver) -> None:
    """Made by arranging: one view in the lung window, inverted, in colours. The next time the study hangs
    like that; removed, it does not.
    """
    hanging, session = _opened(driver), driver.window.session
    driver.run("layout.set", "grid-1x1")
    driver.run("window.lung")
    _press(driver, Qt.Key.Key_I)
    driver.run("palette.hotiron")
    _bar(driver).keep.click()
    dialog = next(d for d in driver.window.main.findChildren(KeepDialog) if d.isVisible())
    dialog.title.setText("我的胸部")
    QTest.keyClick(dialog.title, Qt.Key.Key_Return)
    _settle(driver)
    driver.run("study.close")
    hanging = _opened(driver)
    assert hanging.match is not None
    assert (hanging.match.protocol.title, hanging.match.protocol.owner) == (
        "我的胸部",
        session.user.actor.person_id,
    )
    (tile,) = session.screen.viewports.values()
    assert tile.window_label == "Lung window"
    assert (tile.invert, tile.palette) == (True, "hotiron")
    driver.wait(driver.run("hanging.remove", hanging.match.protocol))
    driver.run("study.close")
    assert _opened(driver).match.protocol.protocol_id == "ct-chest"  # type: ignore[union-attr]


def test_a_prior_hangs_beside(driver: Driver, tmp_path: Path) -> None:
    """The latest comparable study before this one, marked as prior; banner and study stay."""
    study, _ = identity("earlier")
    for name, days in (("old", 700), ("older", 900), ("later", -30)):
        _, own = identity(name)
        at = study.started_at - timedelta(days=days)  # type: ignore[operator]
        other = replace(study, study_uid=identity(name)[0].study_uid, started_at=at)
        write_ct_series(tmp_path / name, other, own, replace(GRID, shape=(8, 96, 96)), values()[:8])
    driver.wait(driver.run("study.import", [tmp_path]))
    hanging, session = _opened(driver), driver.window.session
    assert hanging.match is not None
    titles = [hung.stage.title for hung in hanging.match.stages]
    hanging.go(titles.index("Prior: lung and mediastinum"))
    _settle(driver)
    driver.until(lambda: all(tile.image is not None for tile in session.screen.viewports.values()))
    assert session.screen.crosshair is None, "nothing is pointed at across four axial views"
    roles = [tile.role for tile in session.screen.viewports.values()]
    assert roles == [StudyRole.CURRENT, StudyRole.PRIOR, StudyRole.CURRENT, StudyRole.PRIOR]
    assert _shown(driver)[1] == identity("old")[1].series_uid
    tiles = driver.window.main.workspaces["read"].viewer.tiles.values()  # type: ignore[attr-defined]
    said = {tile.resolved().header.chips[-1].text for tile in tiles}
    assert said == {"联动 · 逐幅"}, "the study and its prior share no frame of reference"
    assert session.study.is_open(driver.study_uid)
    assert session.study.current is not None
    assert session.study.current.study_uid == driver.study_uid


def test_nothing_of_a_study_stays_when_it_is_closed(driver: Driver) -> None:
    """Stage after stage: what is not shown any more is given back."""
    hanging, store = _opened(driver), driver.station.get(ImageStore)
    for stage in (1, 0, 1):
        hanging.go(stage)
        _settle(driver)
    driver.run("tool.length")
    assert driver.window.session.screen.tool == "length"
    driver.run("study.close")
    _settle(driver)
    assert store.held == 0
    assert (hanging.match, hanging.matches) == (None, None)
    assert not _bar(driver).isVisible()
    driver.run("study.open", driver.study_uid)
    assert driver.window.session.screen.tool == "window", "nobody draws on the next patient unasked"


def test_a_study_that_shows_nothing_says_so_once(driver: Driver, tmp_path: Path) -> None:
    """An image without pixel data: one view with the reason, not four."""
    write(
        tmp_path / "bare.dcm",
        np.zeros((8, 8), "<u2").tobytes(),
        shape=(8, 8),
        StudyInstanceUID="2.25.80",
        SeriesInstanceUID="2.25.81",
        PatientID="B-1",
    )
    bare = dcmread(tmp_path / "bare.dcm")
    del bare.PixelData
    bare.save_as(tmp_path / "bare.dcm")
    driver.wait(driver.run("study.import", [tmp_path]))
    driver.run("study.open", "2.25.80")
    screen = driver.window.session.screen
    driver.until(lambda: len(screen.viewports) == 1)
    (only,) = screen.viewports.values()
    assert "没有像素数据" in only.notice


def test_a_protocol_goes_out_and_comes_in(driver: Driver, tmp_path: Path) -> None:
    """A file of another station is kept beside; a wrong one is told with its place, and nothing changes."""
    hanging = _opened(driver)
    service, actor = driver.station.get(HangingService), driver.window.session.user.actor
    shipped = {one.protocol_id: one for one in service.protocols(actor)}
    document = {
        "schema": 1,
        "id": "ct-chest",
        "title": "外院胸部",
        "study": {"modality": ["CT"]},
        "stages": [
            {"title": "One", "layout": "grid-1x1", "views": [{"image": {"modality": "CT"}, "window": "bone"}]}
        ],
    }
    (tmp_path / "other.json").write_text(json.dumps(document), encoding="utf-8")
    driver.wait(driver.run("hanging.take-in", str(tmp_path / "other.json")))
    _settle(driver)
    assert len(service.protocols(actor)) == len(shipped) + 1
    assert "外院胸部" in {match.protocol.title for match in hanging.matches or ()}
    (tmp_path / "wrong.json").write_text(json.dumps(document | {"stages": []}), encoding="utf-8")
    driver.run("hanging.take-in", str(tmp_path / "wrong.json"))
    _settle(driver)
    told = [n.message for n in driver.station.notifications.rows if n.level is Level.ERROR]
    assert len(told) == 1
    assert "wrong.json" in told[0]
    assert "stages" in told[0]
    assert len(service.protocols(actor)) == len(shipped) + 1


def test_planes_keep_what_the_reader_did_meanwhile(driver: Driver) -> None:
    """The protocol that is found after the first image has shown leaves the slice where the reader has
    scrolled to.
    """
    driver.run("study.open", driver.study_uid)
    driver.run("workspace.read")
    screen = driver.window.session.screen
    driver.until(lambda: isinstance(screen.viewports[PLANES[0]].image, Volume))
    driver.run("slice.go", PLANES[0], 3.0)
    driver.until(lambda: _hanging(driver).matches is not None)
    _settle(driver)
    view = screen.viewports[PLANES[0]].view
    assert isinstance(view, SliceView)
    assert view.index == 3.0


def test_mammograms_hang_back_to_back(driver: Driver, tmp_path: Path) -> None:
    """Four views of one series, in the wrong order, one of them stored the other way round: right beside
    left, chest
    walls towards each other and touching.
    """
    for n, (side, view, towards) in enumerate(
        (("L", "MLO", "A"), ("R", "MLO", "P"), ("L", "CC", "P"), ("R", "CC", "P")), start=1
    ):
        write(
            tmp_path / f"{n}.dcm",
            np.full((64, 32), 100 * n, "<u2").tobytes(),
            shape=(64, 32),
            SOPClassUID="1.2.840.10008.5.1.4.1.1.1.2",
            SOPInstanceUID=f"2.25.77{n}",
            StudyInstanceUID="2.25.70",
            SeriesInstanceUID="2.25.71",
            Modality="MG",
            PatientID="MG-1",
            PatientName="Demo^Four",
            InstanceNumber=n,
            ImageLaterality=side,
            ViewPosition=view,
            PatientOrientation=[towards, "F"],
            ImagerPixelSpacing=[0.1, 0.1],
        )
    for side, towards in (("L", "P"), ("R", "P")):
        write(
            tmp_path / f"tomosynthesis {side}.dcm",
            np.full((3, 64, 32), 700, "<u2").tobytes(),
            shape=(64, 32),
            NumberOfFrames=3,
            SOPClassUID="1.2.840.10008.5.1.4.1.1.13.1.3",
            SOPInstanceUID=f"2.25.78{ord(side)}",
            StudyInstanceUID="2.25.70",
            SeriesInstanceUID=f"2.25.79{ord(side)}",
            Modality="MG",
            PatientID="MG-1",
            PatientName="Demo^Four",
            ImageLaterality=side,
            ViewPosition="CC",
            PatientOrientation=[towards, "F"],
        )
    driver.wait(driver.run("study.import", [tmp_path]))
    driver.run("study.open", "2.25.70")
    driver.run("workspace.read")
    driver.until(lambda: _hanging(driver).match is not None)
    _settle(driver)
    screen = driver.window.session.screen
    tiles = driver.window.main.workspaces["read"].viewer.tiles  # type: ignore[attr-defined]
    shown = [tiles[viewport_id].resolved() for viewport_id in screen.viewports]
    frames = [one.image.frame for one in shown]
    assert [(f.laterality, f.view_position) for f in frames] == [
        ("R", "CC"),
        ("L", "CC"),
        ("R", "MLO"),
        ("L", "MLO"),
    ]
    assert [v.flipped for v in screen.viewports.values()] == [False, True, False, False]
    driver.run("view.reset")
    assert [v.flipped for v in screen.viewports.values()] == [False, True, False, False]
    letters = [(one.letters[0], one.letters[1]) for one in shown]
    assert letters == [("A", "P"), ("P", "A"), ("A", "P"), ("P", "A")]
    for one, hung in zip(shown, ("right", "left", "right", "left"), strict=True):
        edges = sorted(one.placement.to_screen(x, 0.0)[0] for x in (0.0, 32.0))
        wall = edges[1] - (one.area.x + one.area.width) if hung == "right" else edges[0] - one.area.x
        assert abs(wall) < 1.0
    assert _hanging(driver).match is not None
    titles = [hung.stage.title for hung in _hanging(driver).match.stages]  # type: ignore[union-attr]
    _hanging(driver).go(titles.index("Tomosynthesis"))
    _settle(driver)
    driver.until(lambda: all(v.image is not None for v in screen.viewports.values()))
    views = [(v.side, v.flipped) for v in screen.viewports.values()]
    assert views == [("right", False), ("left", True)], "its slices hang as the four views do"


def test_what_is_filed_meanwhile_is_listed(driver: Driver, tmp_path: Path) -> None:
    """A series and a prior that come while the study is read: their cards come, the images that are read
    stay.
    """
    driver.open_study()
    _settle(driver)
    session, strip = driver.window.session, driver.window.main.workspaces["read"].strip  # type: ignore[attr-defined]
    study, _ = identity("earlier")
    image, before = session.screen.active_viewport.image, set(strip.sections)
    open_study = session.study.required
    _, late = identity("late")
    late = replace(late, study_uid=open_study.study_uid, number=9)
    write_ct_series(tmp_path / "late", open_study, late, replace(GRID, shape=(8, 96, 96)), values()[:8])
    other = replace(study, started_at=study.started_at - timedelta(days=400))  # type: ignore[operator]
    write_ct_series(
        tmp_path / "old", other, identity("earlier")[1], replace(GRID, shape=(8, 96, 96)), values()[:8]
    )
    driver.wait(driver.run("study.import", [tmp_path]))
    driver.until(lambda: set(strip.sections) > before, 10)
    assert set(strip.sections) - before == {late.series_uid}
    assert [prior.study_uid for prior in session.study.priors] == [other.study_uid]
    assert session.screen.active_viewport.image is image
