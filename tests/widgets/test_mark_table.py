"""The table of all marks: found, named, locked, hidden, deleted, copied; and compared with a prior's."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from app.annotation.controller import AnnotationController
from app.annotation.mark_table import MarkTable
from app.annotation.service import AnnotationService
from app.errors import Refused
from app.reading.controller import ReadingController
from app.viewing.links import index_of
from tests.support.screen import draw, go_to_slice
from tests.support.small_study import GRID, identity, values, write_ct_series
from tests.widgets.conftest import Room
from widgets.panels.annotation.mark_table import Column

pytestmark = pytest.mark.window


@pytest.fixture
def room(make_room: Callable[..., Room]) -> Room:
    return make_room()


def _draw(room: Room, length_mm: float, *, index: int = 10, shape_id: str = "length") -> str:
    volume = room.session.screen.volume
    assert volume is not None
    _, rows, columns = volume.grid.shape
    half = length_mm / 2 / volume.grid.spacing_mm[2]
    ends = [(index, rows // 2, columns // 2 - half), (index, rows // 2, columns // 2 + half)]
    draw(room.session.screen, [volume.grid.to_lps(end) for end in ends], shape_id=shape_id)
    return str(room.session.study.annotations.measurements[-1].tracking_uid)


def _open_again(room: Room) -> None:
    room.session.get(ReadingController).close_study()
    room.wait(lambda: room.session.study.study is None)
    room.window.workspaces["worklist"].open_study(room.study.study_uid)
    room.wait(lambda: room.session.loaded.is_complete)


def test_marks_are_locked_and_hidden_and_stay_so(room: Room) -> None:
    """A locked mark is neither renamed nor deleted; a hidden one is on no image; both after a reload; each
    act can be taken back and done again.
    """
    room.open_small_study()
    session, commands = room.session, room.commands
    uid, other = _draw(room, 20), _draw(room, 30)
    layer, annotation, table = (
        session.study.annotations,
        session.get(AnnotationController),
        session.get(MarkTable),
    )
    panel = room.window.workspaces["read"].panels["measurements"].table

    def shown() -> list[str]:
        return [m.tracking_uid for m in session.screen.active_viewport.marks]

    panel.clicked.emit(panel.marks.index(0, Column.LOCKED))
    panel.clicked.emit(panel.marks.index(1, Column.SHOWN))
    assert (layer.state(uid).locked, layer.state(other).hidden) == (True, True)
    assert shown() == [uid]
    assert session.screen.active_viewport.marks[0].locked
    with pytest.raises(Refused, match="locked"):
        annotation.delete_measurement(uid)
    with pytest.raises(Refused, match="locked"):
        annotation.rename_measurement(uid, "x")
    assert not panel.marks.flags(panel.marks.index(0, Column.NAME)) & Qt.ItemFlag.ItemIsEditable
    session.screen.mark_selected.emit(uid)
    assert not commands.get("mark.delete").enabled()
    commands.run("history.undo")
    assert shown() == [uid, other]
    commands.run("history.undo")
    assert not layer.state(uid).locked
    commands.run("history.redo")
    commands.run("history.redo")
    service = session.station.get(AnnotationService)
    room.wait(lambda: len(service.mark_states(session.user.actor, room.study.study_uid)) == 2)
    _open_again(room)
    assert (layer.state(uid).locked, layer.state(other).hidden) == (True, True)
    assert shown() == [uid]
    session.screen.mark_selected.emit(uid)
    commands.run("mark.lock")
    session.screen.mark_selected.emit(other)
    commands.run("mark.hide")
    assert layer.states == {}
    assert [one.state for one in table.rows] == [layer.state(uid)] * 2


def test_the_table_goes_names_copies_and_deletes_by_key(room: Room) -> None:
    """Enter shows the image, F2 edits the name, Ctrl+C copies a table, Delete deletes all that is chosen."""
    room.open_small_study()
    session = room.session
    first, second = _draw(room, 20, index=4), _draw(room, 30, index=20)
    room.commands.run("workspace.read")
    view = room.window.workspaces["read"].panels["measurements"].table
    room.wait(view.isVisible)
    go_to_slice(session.screen, 0)
    view.setFocus()
    view.selectRow(1)
    QTest.keyClick(view, Qt.Key.Key_Return)
    assert session.get(AnnotationController).selected == second
    assert index_of(session.screen.active_viewport) == 20
    view.setCurrentIndex(view.marks.index(0, Column.NAME))
    QTest.keyClick(view, Qt.Key.Key_F2)
    editor = view.indexWidget(view.currentIndex()) or QApplication.focusWidget()
    assert editor is not None
    QTest.keyClicks(editor, "=nodule")
    QTest.keyClick(editor, Qt.Key.Key_Return)
    layer = session.study.annotations
    room.wait(lambda: layer.measurements[0].label == "=nodule")
    assert layer.measurements[0].tracking_uid == first
    view.selectAll()
    QTest.keyClick(view, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    lines = [line.split("\t") for line in QApplication.clipboard().text().splitlines()]
    assert [line[0] for line in lines] == ["标注", "'=nodule", "L2"], "no program takes a name for a formula"
    assert lines[2][1] == "30.0 mm"
    assert len({len(line) for line in lines}) == 1
    QTest.keyClick(view, Qt.Key.Key_Delete)
    assert session.study.annotations.measurements == ()
    room.commands.run("history.undo")
    assert len(session.study.annotations.measurements) == 2


def test_a_lesion_is_compared_with_that_of_the_prior(room: Room, tmp_path: Path) -> None:
    """By name, or because a person says so; the prior's mark is shown and cannot be changed."""
    study, series = identity("earlier")
    earlier = replace(study, started_at=study.started_at - timedelta(days=365))  # type: ignore[operator]
    write_ct_series(tmp_path / "earlier", earlier, series, GRID, values())
    room.done(room.window.workspaces["worklist"].import_paths([tmp_path / "earlier"]))
    room.wait(lambda: room.window.workspaces["worklist"].model.rowCount() == 1)
    room.window.workspaces["worklist"].open_study(earlier.study_uid)
    room.wait(lambda: room.session.loaded.is_complete)
    annotation = room.session.get(AnnotationController)
    before, unnamed = _draw(room, 10), _draw(room, 16)
    annotation.rename_measurement(before, "左上叶 结节")
    service = room.session.station.get(AnnotationService)
    actor = room.session.user.actor
    room.wait(lambda: len(service.annotations(actor, earlier.study_uid)[0]) == 2)
    room.open_small_study(of=2)
    room.wait(lambda: len(annotation.priors.measurements) == 2)
    now, other = _draw(room, 15), _draw(room, 12)
    table, panel = room.session.get(MarkTable), room.window.workspaces["read"].panels["measurements"]
    assert [row.comparison for row in table.rows] == [None, None], "that both are called L1 says nothing"
    annotation.rename_measurement(now, "左上叶  结节")
    table.follow(other, unnamed)
    rows = table.rows
    sizes = [row.comparison.sizes[0] for row in rows if row.comparison is not None]
    assert [(round(s.difference, 1), round(s.percent or 0)) for s in sizes] == [(5.0, 50), (-4.0, -25)]
    told = panel.changes.findChildren(object)
    words = [one.text() for one in told if hasattr(one, "text")]
    assert {"10.0 mm", "15.0 mm", "+5.0  +50 %", "−4.0  −25 %"} <= set(words)
    line = table.text_of((now,)).splitlines()[1].split("\t")
    assert line[-3:] == ["10.0 mm", f"{earlier.started_at:%Y-%m-%d}", "+5.0 mm +50 %"]
    room.done(room.commands.run("series.show", series.series_uid))
    tile = next(v for v in room.session.screen.viewports.values() if v.study_uid == earlier.study_uid)
    assert {m.tracking_uid: m.locked for m in tile.marks} == {before: True, unnamed: True}
    go_to_slice(room.session.screen, 2, tile.viewport_id)
    annotation.show_compared(now, rows[0].comparison.prior)  # type: ignore[union-attr]
    assert index_of(tile) == 10
    assert annotation.selected == now
    room.session.screen.mark_selected.emit(before)
    assert not room.commands.get("mark.delete").enabled()
    room.commands.run("history.undo")
    assert [row.comparison is None for row in table.rows] == [False, True]
