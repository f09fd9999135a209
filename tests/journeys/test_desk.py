"""CommandUi at the desk in a real window: draw, undo, analyse, survive the worker's death, write, sign."""

from __future__ import annotations

import os
import signal
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from app.analysis.service import AnalysisService
from app.annotation.controller import AnnotationController
from app.annotation.service import AnnotationService
from app.archive.service import ArchiveService
from app.dicom.write.ct_series import write_ct_series
from app.domain.person import Role
from app.domain.provenance import ReviewState
from app.domain.report import Section, SectionKind, Text
from app.errors import Refused, Unavailable
from app.jobs import JobState
from app.notifications import Level
from app.reporting.controller import ReportController
from app.viewing.layers import LabelLayer
from app.viewing.screen import Compare, Reshaped
from tests.journeys.conftest import Driver
from tests.support.screen import AXIAL, draw, go_to_slice, labels_of, processed_of
from tests.support.small_study import GRID, identity, values

pytestmark = pytest.mark.window

LUNGS = "ct/lungs-classical"


def _draw_length(driver: Driver, columns: float = 20.0) -> None:
    ends = [(12, 40, 30), (12, 40, 30 + columns)]
    draw(driver.window.session.screen, [GRID.to_lps(end) for end in ends])


def test_drawn_measured_undone_redone_and_kept(driver: Driver) -> None:
    """A length is measured in mm, can be taken back, and is there after reopening."""
    driver.open_study()
    session = driver.window.session
    _draw_length(driver)
    layer = session.study.annotations
    assert layer.measurements[0].values[0].value == pytest.approx(20 * GRID.spacing_mm[2], abs=1e-6)
    assert len(session.screen.viewports[AXIAL].marks) == 1
    driver.run("history.undo")
    assert layer.measurements == ()
    assert session.screen.viewports[AXIAL].marks == ()
    driver.run("history.redo")
    kept = layer.measurements
    driver.run("study.close")
    driver.open_study()
    assert session.study.annotations.measurements == kept
    assert not session.study.history.undo_name


def test_key_image_follows_into_the_report_and_links_live(driver: Driver) -> None:
    """3.3.3a: a measurement and a key image marked while reading are the report's evidence; changing one
    changes its text.
    """
    driver.open_study()
    session = driver.window.session
    _draw_length(driver)
    key = driver.run("image.mark-key")
    assert (
        driver.station.get(AnnotationService)
        .picture(session.user.actor, key.picture_sha256)
        .startswith(b"\x89PNG")
    )
    report = driver.open_report()
    assert [k.key_id for k in report.key_images] == [key.key_id]
    from app.reporting.editing import measurement_link

    link = measurement_link(report.measurements[0])
    sections = tuple(
        Section(s.kind, (Text("病灶长径 "), link, Text("。"))) if s.kind is SectionKind.FINDINGS else s
        for s in report.sections
    )
    driver.wait(driver.run("report.save", replace(report, sections=sections)))
    mark = session.study.annotations.measurements[0]
    longer = tuple(tuple(float(v) for v in GRID.to_lps((12, 40, c))) for c in (30, 60))
    go_to_slice(session.screen, 12)
    pixels = ((30.5, 40.5), (60.5, 40.5))
    session.screen.reshaped.emit(Reshaped(AXIAL, mark.tracking_uid, pixels, longer))  # type: ignore[arg-type]
    assert session.get(ReportController).report is not None
    assert "105" in session.get(ReportController).report.section(SectionKind.FINDINGS).plain


def test_what_a_signed_report_rests_on_stays(driver: Driver) -> None:
    """Deleting, renaming, dragging and undoing are refused with the report's state, here and in the service;
    other drawing goes on.
    """
    driver.open_study()
    session, layer = driver.window.session, driver.window.session.study.annotations
    _draw_length(driver)
    driver.open_report()
    cited = layer.measurements[0]
    words = {SectionKind.FINDINGS: "双肺纹理清晰。", SectionKind.IMPRESSION: "未见明显异常。"}
    report = session.get(ReportController).required
    sections = tuple(
        Section(s.kind, (Text(words[s.kind]),)) if s.kind in words else s for s in report.sections
    )
    driver.wait(driver.run("report.save", replace(report, sections=sections)))
    driver.wait(driver.run("report.sign"))
    annotation = session.get(AnnotationController)
    ends = tuple((x, y, z + 5.0) for x, y, z in cited.roi.points_mm)
    for act in (
        lambda: annotation.delete_measurement(cited.tracking_uid),
        lambda: annotation.rename_measurement(cited.tracking_uid, "other"),
        lambda: annotation._reshaped(Reshaped(AXIAL, cited.tracking_uid, cited.roi.points_px, ends)),
        session.study.history.undo,
    ):
        with pytest.raises(Refused, match=r"已书写|signed"):
            act()
        assert layer.measurements == (cited,)
    assert [mark.tracking_uid for mark in session.screen.active_viewport.marks] == [cited.tracking_uid]
    service, uid = driver.station.get(AnnotationService), driver.study_uid
    with pytest.raises(Refused, match=cited.label):
        service.save_annotations(session.user.actor, uid, (), ())
    _draw_length(driver, 12.0)
    session.edits.flush()
    assert len(service.annotations(session.user.actor, uid)[0]) == 2
    driver.run("history.undo")
    assert layer.measurements == (cited,)
    driver.run("person.log-in", *driver.logins[Role.REVIEWING])
    driver.wait(driver.run("report.return", "测量有误"))
    annotation.delete_measurement(cited.tracking_uid)
    assert layer.measurements == ()


def test_analysis_is_planned_run_shown_and_confirmed(driver: Driver) -> None:
    """5.3.3: plan before run; the result is unconfirmed until a person accepts it, and the object is not
    rewritten.
    """
    driver.open_study()
    session = driver.window.session
    plan = driver.wait(driver.run("analysis.plan", LUNGS))
    assert plan.device == "cpu"
    assert plan.seconds > 0
    result = driver.wait(driver.run("analysis.run", plan))
    assert result.review is ReviewState.UNCONFIRMED
    driver.until(lambda: labels_of(session.screen) is not None)
    layer = session.screen.active_viewport.layer(LabelLayer)
    assert layer is not None
    assert layer.unconfirmed
    assert np.count_nonzero(layer.segmentation.labels) > 1000
    before = [
        i.sha256 for i in driver.station.get(ArchiveService).instances(session.user.actor, result.series_uid)
    ]
    driver.run("result.accept", result.result_id)
    driver.until(lambda: not session.screen.active_viewport.layer(LabelLayer).unconfirmed)  # type: ignore[union-attr]
    layer = session.screen.active_viewport.layer(LabelLayer)
    assert layer is not None
    assert layer.confirmed.startswith("AI · 已确认 · ")
    assert result.algorithm.version in layer.confirmed
    assert session.user.actor.name in layer.confirmed
    assert [
        i.sha256 for i in driver.station.get(ArchiveService).instances(session.user.actor, result.series_uid)
    ] == before
    again = driver.wait(driver.run("analysis.run", plan))
    assert again.result_id == result.result_id
    assert [
        i.sha256 for i in driver.station.get(ArchiveService).instances(session.user.actor, result.series_uid)
    ] == before


def test_processed_images_are_shown_when_asked_for_and_originals_when_opened(
    driver: Driver, tmp_path: Path
) -> None:
    """5.2: the result of one's own run comes to the front; whoever opens the study later sees the original
    images first.
    """
    study, series = identity("fine")
    hu = values().repeat(2, axis=1).repeat(2, axis=2)
    grid = replace(GRID, shape=hu.shape, spacing_mm=(6.0, 1.2, 1.2))
    write_ct_series(
        tmp_path / "fine", study, series, grid, hu, kvp=120, kernel="STANDARD", windows=((40, 400, ""),)
    )
    driver.wait(driver.run("study.import", [tmp_path / "fine"]))
    driver = replace(driver, study_uid=study.study_uid)
    driver.open_study()
    session = driver.window.session
    driver.wait(driver.run("analysis.run", driver.wait(driver.run("analysis.plan", "ct/red-unet"))))
    driver.until(lambda: session.screen.active_viewport.compare is Compare.RESULT)
    driver.run("study.close")
    driver.open_study()
    driver.until(lambda: processed_of(session.screen) is not None)
    assert session.screen.active_viewport.compare is Compare.SOURCE


def test_killing_the_worker_leaves_the_window_alive_with_a_message(driver: Driver) -> None:
    """The analysis process dies: an error message here, nothing filed, and the next run works."""
    driver.open_study()
    session = driver.window.session
    plan = driver.wait(driver.run("analysis.plan", LUNGS))
    engine = driver.station.get(AnalysisService)._engine
    job = driver.run("analysis.run", plan)
    driver.until(lambda: job.state is not JobState.PENDING and engine.worker_pid is not None)
    os.kill(engine.worker_pid, signal.SIGKILL)
    driver.until(lambda: job.ended)
    with pytest.raises(Unavailable):
        job.wait(1)
    driver.until(lambda: any(n.level is Level.ERROR for n in driver.station.notifications.rows))
    assert session.study.results == ()
    assert driver.window.main.isVisible()
    driver.run("view.invert")
    driver.wait(driver.run("analysis.run", plan))
    driver.until(lambda: labels_of(session.screen) is not None)


def test_opening_another_series_while_loading_drops_the_late_one(driver: Driver) -> None:
    """Late results are dropped by generation: the last series asked for is the one shown."""
    session = driver.window.session
    driver.wait(driver.run("study.open", driver.study_uid))
    uid = session.study.series[0].series_uid
    first = driver.run("series.show", uid)
    second = driver.run("series.show", uid)
    driver.until(lambda: first.ended and second.ended and session.loaded.is_complete)
    assert session.screen.volume is not None
    assert session.screen.volume.voxels.complete


def test_a_report_goes_from_draft_to_final_by_commands(driver: Driver, tmp_path: Path) -> None:
    """Write, sign, approve, export: each by its command id, with two people."""
    driver.open_study()
    report = driver.open_report()
    words = {SectionKind.FINDINGS: "双肺纹理清晰。", SectionKind.IMPRESSION: "未见明显异常。"}
    sections = tuple(
        Section(s.kind, (Text(words[s.kind]),)) if s.kind in words else s for s in report.sections
    )
    driver.wait(driver.run("report.save", replace(report, sections=sections)))
    driver.wait(driver.run("report.sign"))
    with pytest.raises(Refused):
        driver.wait(driver.run("report.sign"))
    driver.run("person.log-in", *driver.logins[Role.REVIEWING])
    driver.wait(driver.run("report.approve"))
    written = driver.wait(driver.run("report.export", tmp_path / "given"))
    assert written.files["pdf"].is_file()
