"""What somebody sees at the desk who may not analyse, draw or write: explanations, and no errors."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtWidgets import QLabel

from app.analysis.controller import AnalysisController
from app.annotation.controller import key_caption
from app.dicom.write.ct_series import write_ct_series
from app.domain.inference import Verdict
from app.domain.person import Role
from app.domain.provenance import ReviewState
from app.domain.study import SeriesUid
from app.notifications import Level
from app.viewing.anchors import anchor_label
from app.viewing.screen import SliceView, Viewport, ViewportId
from app.viewing.shown_image import anchor_of, shown_image
from tests.journeys.conftest import Driver
from tests.support.screen import AXIAL, draw
from tests.support.small_study import GRID, identity, values
from tests.support.volumes import AXIAL_AXES, volume_of

pytestmark = pytest.mark.window


def _errors(driver: Driver) -> list[str]:
    return [n.message for n in driver.station.notifications.rows if n.level is Level.ERROR]


def _settle(driver: Driver) -> None:
    driver.until(lambda: not driver.station.jobs.active)
    for _ in range(30):
        driver.window.process_events(0.005)


def test_a_cataloguer_reads_without_errors(driver: Driver) -> None:
    """5.4: who may not analyse is told who may; the panel plans nothing and nothing is reported as an
    error.
    """
    driver.run("person.log-in", *driver.logins[Role.CATALOGUING])
    driver.open_study()
    ai = driver.window.main.workspaces["read"].panels["ai"]
    driver.window.main.workspaces["read"].tabs.setCurrentWidget(ai)
    _settle(driver)
    assert _errors(driver) == []
    assert driver.window.session.get(AnalysisController).plan is None
    assert not ai.run.isVisible()
    assert "报告医师" in ai.empty.text.text()
    driver.run("person.log-in", *driver.logins[Role.REPORTING])
    driver.until(lambda: driver.window.session.get(AnalysisController).plan is not None)
    assert ai.run.isVisible()


def test_a_cataloguer_draws_nothing(driver: Driver) -> None:
    """5.4: a shape drawn without the right is refused with a message and does not stay on the screen."""
    driver.run("person.log-in", *driver.logins[Role.CATALOGUING])
    driver.open_study()
    points = [GRID.to_lps([12, 40, c]) for c in (30, 50)]
    session = driver.window.session
    draw(session.screen, points)
    assert session.study.annotations.measurements == ()
    assert session.screen.viewports[AXIAL].marks == ()
    assert len(_errors(driver)) == 1


def test_a_cataloguer_sees_a_draft_read_only(driver: Driver) -> None:
    """5.4: a draft is shown with the reason why it cannot be changed; the author finds it open again."""
    driver.open_study()
    driver.open_report()
    driver.run("workspace.report")
    room = driver.window.main.workspaces["report"]
    _settle(driver)
    assert room.desk.bar.sign.isVisible()
    assert not room.desk.text.reading_only.isVisible()
    driver.run("person.log-in", *driver.logins[Role.CATALOGUING])
    _settle(driver)
    assert room.desk.text.reading_only.isVisible()
    assert "报告医师" in room.desk.text.reading_only.text.text()
    assert all(editor.isReadOnly() for editor in room.desk.text.editors.values())
    assert not room.desk.bar.sign.isVisible()
    assert not room.desk.text.term_button.isVisible()
    driver.run("person.log-in", *driver.logins[Role.REPORTING])
    _settle(driver)
    assert room.desk.bar.sign.isVisible()
    assert not any(editor.isReadOnly() for editor in room.desk.text.editors.values())


def test_without_the_right_an_empty_report_page_says_who_writes(driver: Driver) -> None:
    """ui.md, Words: the empty state says how a report comes here; no button that would only be refused."""
    driver.run("person.log-in", *driver.logins[Role.CATALOGUING])
    driver.open_study()
    driver.run("workspace.report")
    _settle(driver)
    room = driver.window.main.workspaces["report"]
    assert not room.begin.isVisible()
    assert "报告医师" in room.empty.text.text()
    assert (
        not driver.window.main.workspaces["read"]
        .panels["report"]
        .summary.open_button.isVisibleTo(driver.window.main.workspaces["read"].panels["report"].summary)
    )


def test_processed_images_opened_by_themselves_are_marked(driver: Driver, tmp_path: Path) -> None:
    """5.3.3: the processed series carries its method's title in the window's language and the amber mark
    until it is confirmed.
    """
    study, series = identity("fine")
    finer = np.repeat(np.repeat(values(), 3, axis=1), 3, axis=2)
    grid = replace(GRID, shape=finer.shape, spacing_mm=(2.5, 1.16, 1.16))
    write_ct_series(
        tmp_path / "fine", study, series, grid, finer, kvp=120, kernel="STANDARD", windows=((40, 400, ""),)
    )
    driver.wait(driver.run("study.import", [tmp_path / "fine"]))
    driver.study_uid = study.study_uid
    driver.open_study()
    session = driver.window.session
    result = driver.wait(driver.run("analysis.run", driver.wait(driver.run("analysis.plan", "ct/red-unet"))))
    card = driver.window.main.workspaces["read"].strip.cards[result.series_uid]
    assert card.name.whole().startswith("低剂量 CT 降噪")
    driver.wait(driver.run("series.show", result.series_uid))
    driver.until(lambda: session.loaded.is_complete)
    assert session.screen.active_viewport.unconfirmed
    corners = session.screen.active_viewport.corner_text
    assert any("低剂量 CT 降噪" in line for line in corners.bottom_right)
    again = driver.wait(driver.run("analysis.plan", "ct/red-unet"))
    assert again.verdict is Verdict.REFUSE  # what was denoised is not denoised again
    assert [reason.template for reason in again.reasons] == [
        "made for images as scanned, these were already denoised or smoothed"
    ]
    driver.wait(driver.run("result.accept", result.result_id))
    _settle(driver)
    assert next(r for r in session.study.results).review is ReviewState.ACCEPTED
    assert not session.screen.active_viewport.unconfirmed
    viewer = driver.window.main.workspaces["read"].viewer
    tile = viewer.tiles[session.screen.active]  # type: ignore[union-attr]
    told = [line.text for line in tile.resolved().corners.bottom_right]
    assert len([line for line in told if "低剂量 CT 降噪" in line]) == 1
    driver.run("workspace.worklist")
    worklist = driver.window.main.workspaces["worklist"]
    worklist._select(driver.study_uid)
    preview = worklist.preview
    marks = [thumb.findChild(QLabel) for thumb in preview.thumbs]
    driver.until(lambda: [m.text() for m in marks if m.isVisible()] == ["AI · 已确认"])
    assert [m.property("chip") for m in marks if m.isVisible()] == ["done"]


def test_planes_are_named_for_what_they_are_in_the_patient() -> None:
    """4.4.2: slices of a sagittal acquisition are sagittal in captions and lists, whatever their axis in the
    grid.
    """
    sagittal = volume_of(np.zeros((4, 8, 8), np.int16), axes=((1, 0, 0), (0, 0, -1), (0, 1, 0)))
    transverse = volume_of(np.zeros((4, 8, 8), np.int16), axes=AXIAL_AXES)
    for volume, word in ((sagittal, "矢状位"), (transverse, "轴位")):
        viewport = Viewport(ViewportId("1"), image=volume, view=SliceView(0, 2.0))
        shown = shown_image(viewport)
        assert shown is not None
        assert key_caption(shown) == f"{word} 3"
        anchor = anchor_of(viewport, shown)
        assert anchor_label(anchor, [volume]) == f"{word} 3"
    told = (tuple(replace(one, number=200 - k) for k, one in enumerate(transverse.references[0]) if one),)
    viewport = Viewport(ViewportId("1"), image=replace(transverse, references=told), view=SliceView(0, 2.0))
    for view, words in ((SliceView(0, 2.0), "轴位 198"), (SliceView(1, 2.0), "冠状位 3")):
        viewport.view = view
        shown = shown_image(viewport)
        assert shown is not None
        assert key_caption(shown) == words, "acquired slices have the scanner's number"
        assert anchor_label(anchor_of(viewport, shown), [viewport.image]) == words
    other = replace(anchor, series_uid=SeriesUid("9.9"))
    assert anchor_label(other, [sagittal, transverse]) == "其他序列的图像"
    assert anchor_label(replace(other, number=198), [sagittal]) == "图 198"
    viewport = Viewport(ViewportId("1"), image=sagittal, view=SliceView(1, 2.0))
    shown = shown_image(viewport)
    assert shown is not None
    assert anchor_label(anchor_of(viewport, shown), []) == "轴位"
