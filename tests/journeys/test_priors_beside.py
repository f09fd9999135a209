"""Several series and a prior on the screen at once: what is whose, and what clicking never changes."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QApplication

from app.analysis.controller import AnalysisController
from app.domain.study import Study
from app.errors import Refused
from app.imaging.store import ImageStore
from app.notifications import Level
from app.reporting.controller import ReportController
from app.viewing.layouts import layout
from app.viewing.screen import RenderingView, SliceView, StudyRole, ViewportId
from app.viewing.shown_image import series_uid_of
from tests.journeys.conftest import Driver
from tests.support.screen import AXIAL, CORONAL, PLANES, draw, shown_index
from tests.support.small_study import GRID, identity, values, write_ct_series

pytestmark = pytest.mark.window
TWO = ViewportId("2")


@pytest.fixture(autouse=True)
def _no_opengl(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("YINGSHU_OPENGL", "off")


def _prior(driver: Driver, folder: Path) -> tuple[Study, str]:
    """A study of the same patient a year before, of 8 slices; it and its series."""
    study, series = identity("earlier")
    earlier = replace(study, started_at=study.started_at - timedelta(days=365))  # type: ignore[operator]
    write_ct_series(folder / "earlier", earlier, series, replace(GRID, shape=(8, 96, 96)), values()[:8])
    driver.wait(driver.run("study.import", [folder / "earlier"]))
    driver.open_study()
    return earlier, str(series.series_uid)


def _show_prior(driver: Driver, series_uid: str) -> None:
    driver.wait(driver.run("series.show", series_uid))
    session = driver.window.session
    driver.until(lambda: all(v.voxels.complete for v in _volumes(driver)))
    assert session.study.study is not None


def _volumes(driver: Driver) -> list[object]:
    tiles = driver.window.session.screen.viewports.values()
    return [tile.image for tile in tiles if tile.image is not None]


def _settle(driver: Driver) -> None:
    driver.until(lambda: not driver.station.jobs.active)
    for _ in range(40):
        driver.window.process_events(0.005)


def _told(driver: Driver) -> list[str]:
    return [n.message for n in driver.station.notifications.rows if n.level is Level.ERROR]


def test_a_prior_goes_beside_the_current_study(driver: Driver, tmp_path: Path) -> None:
    """Clicking its series: a second tile, marked with its date, linked; banner, report and study stay (issue
    6).
    """
    earlier, series_uid = _prior(driver, tmp_path)
    session = driver.window.session
    driver.open_report()
    _settle(driver)
    report, study = session.get(ReportController).report, session.study.study
    current = session.study.current
    banner = driver.window.main.patient.grab().toImage()
    _show_prior(driver, series_uid)
    screen = session.screen
    assert [len(screen.viewports), screen.layout.layout_id] == [2, "grid-1x2"]
    one, two = screen.viewports.values()
    assert (one.role, two.role) == (StudyRole.CURRENT, StudyRole.PRIOR)
    assert (two.study_uid, two.study_date) == (earlier.study_uid, f"{earlier.started_at:%Y-%m-%d}")
    assert series_uid_of(two.image) == series_uid  # type: ignore[arg-type]
    tile = driver.window.main.workspaces["read"].viewer.tiles[TWO]  # type: ignore[union-attr]
    header = tile.resolved().header
    assert (header.prior, header.tag) == (True, f"既往 {two.study_date}")
    assert header.chips[-1].text == "联动 · 逐幅", "another frame of reference: as many images on"
    before = (shown_index(screen), shown_index(screen, TWO))
    driver.window.main.workspaces["read"].viewer.tiles[AXIAL].scroll_by(1)  # type: ignore[union-attr]
    assert (shown_index(screen), shown_index(screen, TWO)) == (before[0] + 1, before[1] + 1)
    screen.active = TWO
    assert session.get(ReportController).report == report
    assert (session.study.study, session.study.current) == (study, current)
    _settle(driver)
    assert driver.window.main.patient.grab().toImage() == banner


def test_a_prior_is_swiped_and_flickers_with_the_study(driver: Driver, tmp_path: Path) -> None:
    """Alt+X: the study left of the divider, the prior right of it, both named; Alt+B: in turn; the same key
    gives the two views back.  The study stays.
    """
    _, series_uid = _prior(driver, tmp_path)
    _show_prior(driver, series_uid)
    session = driver.window.session
    screen, study = session.screen, session.study.study
    screen.active = AXIAL
    screen.viewports[AXIAL].invert = True  # what is the study's is told by its grey
    tile = driver.window.main.workspaces["read"].viewer.tiles[AXIAL]  # type: ignore[union-attr]

    def corners() -> tuple[int, int]:
        """Grey near the left and the right edge of the image area, where both images are air."""
        picture, area = tile.grab().toImage(), tile.resolved().area
        middle = round(area.y + area.height * 0.25)
        width = min(area.height, area.width)
        left = round(area.x + (area.width - width) / 2 + width * 0.05)
        right = round(area.x + (area.width + width) / 2 - width * 0.05)
        return (picture.pixelColor(left, middle).red(), picture.pixelColor(right, middle).red())

    driver.run("pair.swipe")
    driver.until(lambda: tile.resolved().beside is not None and screen.maximised == AXIAL)
    _settle(driver)
    left, right = corners()
    assert left > 200
    assert right < 50
    names = tile.resolved().beside.names
    assert (names[0][:2], names[1][:2]) == ("本次", "既往")
    driver.run("pair.flicker")
    screen.pair_turned = True
    assert max(corners()) < 50
    screen.pair_turned = False
    assert min(corners()) > 200
    driver.run("pair.flicker")
    assert (screen.pair, screen.maximised) == (None, None)
    assert session.study.study is study
    screen.viewports[TWO].view = RenderingView()
    with pytest.raises(Refused):
        driver.run("pair.swipe")


def test_the_list_opens_a_study_with_its_prior(driver: Driver, tmp_path: Path) -> None:
    """Shift+Enter: the newer study is open, the older one stands beside it, marked."""
    earlier, _ = _prior(driver, tmp_path)
    driver.run("study.close")
    driver.run("workspace.worklist")
    worklist = driver.window.main.workspaces["worklist"]
    driver.until(lambda: worklist.model.rowCount() == 2 and worklist.listed.is_idle)
    assert worklist.model.row(0).study.study_uid == driver.study_uid
    worklist._select(driver.study_uid)
    driver.run("worklist.open-with-prior")
    session = driver.window.session

    def beside() -> bool:
        tiles = session.screen.viewports.values()
        shown = {tile.role for tile in tiles if tile.image is not None}
        return shown == {StudyRole.CURRENT, StudyRole.PRIOR}

    driver.until(beside)
    assert session.study.study is not None
    assert session.study.study.study_uid == driver.study_uid != earlier.study_uid
    assert session.workspaces.current == "read"
    _settle(driver)
    assert _told(driver) == []


def test_nothing_is_drawn_or_run_on_a_prior(driver: Driver, tmp_path: Path) -> None:
    """Measurements and results belong to the study that is read: refused with the reason, and where to go."""
    _, series_uid = _prior(driver, tmp_path)
    session = driver.window.session
    _show_prior(driver, series_uid)
    session.screen.active = TWO
    draw(session.screen, [GRID.to_lps([3, 40, c]) for c in (30, 50)], viewport=TWO)
    assert session.study.annotations.measurements == ()
    assert len(_told(driver)) == 1
    assert "既往" in _told(driver)[0]
    with pytest.raises(Refused, match="prior"):
        driver.run("image.mark-key")
    assert not driver.window.commands.get("analysis.run").enabled()
    with pytest.raises(Refused, match="prior"):
        session.get(AnalysisController).make_plan("ct/lungs-classical")
    session.screen.active = AXIAL
    draw(session.screen, [GRID.to_lps([12, 40, c]) for c in (30, 50)])
    assert len(session.study.annotations.measurements) == 1
    assert driver.run("image.mark-key").anchor.study_uid == driver.study_uid


def test_a_series_is_dropped_where_it_is_wanted(driver: Driver, tmp_path: Path) -> None:
    """From the strip into one tile of four; the others stay; what nobody shows any more gives its memory
    back.
    """
    _, series_uid = _prior(driver, tmp_path)
    screen = driver.window.session.screen
    own = screen.volume
    assert own is not None
    driver.run("layout.set", "grid-2x2")
    assert [tile.image is own for tile in screen.viewports.values()] == [True] * 4
    strip = driver.window.main.workspaces["read"].strip
    card = next(iter(strip.cards.values()))
    data = card.dragged()
    data.setData("application/x-yingshu-series", series_uid.encode())
    tile = driver.window.main.workspaces["read"].viewer.tiles[ViewportId("3")]  # type: ignore[union-attr]
    copy, left = Qt.DropAction.CopyAction, Qt.MouseButton.LeftButton
    none = Qt.KeyboardModifier.NoModifier
    QApplication.sendEvent(tile, QDragEnterEvent(QPoint(40, 40), copy, data, left, none))
    QApplication.sendEvent(tile, QDropEvent(QPointF(40, 40), copy, data, left, none))
    driver.until(lambda: screen.viewports[ViewportId("3")].role is StudyRole.PRIOR)
    assert [v.role for v in screen.viewports.values()].count(StudyRole.PRIOR) == 1
    prior = screen.viewports[ViewportId("3")].image
    driver.until(lambda: prior.voxels.complete)  # type: ignore[union-attr]
    driver.run("layout.set", "grid-1x2")
    images = driver.station.get(ImageStore)
    driver.until(lambda: images.held == 1)  # plans that are being made hold it too
    assert images.drop_unused()
    assert not prior.voxels.ready.size  # type: ignore[union-attr]
    assert own.voxels.complete


@pytest.mark.parametrize("grid", ["grid-1x1", "grid-2x3", "grid-6x6"])
def test_layouts_are_chosen_and_come_back(driver: Driver, grid: str) -> None:
    """Any grid and back to three planes: the series that is read fills the planes again."""
    driver.open_study()
    screen = driver.window.session.screen
    own = screen.volume
    driver.run("layout.set", grid)
    assert len(screen.viewports) == len(layout(grid).cells)
    assert screen.viewports[AXIAL].image is own
    driver.run("layout.mpr")
    views = [tile.view for tile in screen.viewports.values()]
    assert [type(view) for view in views] == [SliceView] * 3 + [RenderingView]
    assert [view.axis for view in views[:3]] == [0, 1, 2]  # type: ignore[union-attr]
    assert all(tile.image is own for tile in screen.viewports.values())
    screen.active = CORONAL
    driver.run("view.rotate-right")
    assert [screen.viewports[i].turns for i in PLANES] == [0, 1, 0]
    driver.run("view.invert")
    assert [screen.viewports[i].invert for i in PLANES] == [True] * 3
