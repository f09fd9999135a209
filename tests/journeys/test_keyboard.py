"""The whole window by keyboard: Tab goes everywhere, as one reads, can be seen, and is nowhere caught (EN 301
549 11.2.1.1, ui.md Check).
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from datetime import UTC, datetime

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QRect, QSettings, Qt
from PySide6.QtGui import QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QScrollArea, QWidget

from app.domain.study import ImportNotices, Notice
from app.reporting.output import ReportOutput
from tests.journeys.conftest import Driver
from tests.support.screen import draw
from tests.support.small_study import GRID
from widgets.panels.archive.import_notices import NoticesDialog
from widgets.panels.reporting.finding_dialog import FindingDialog
from widgets.panels.reporting.pdf_preview import PdfPreview
from widgets.panels.reporting.reason_dialog import ADD_TO, CORRECT, RETURN, ReasonDialog
from widgets.shell.about import AboutDialog
from widgets.shell.crash import CrashDialog
from widgets.shell.first_person import FirstPersonDialog
from widgets.shell.login import LoginDialog
from widgets.shell.safety import SafetyNotice
from widgets.shell.settings_dialog import SettingsDialog

pytestmark = pytest.mark.window


@pytest.fixture(autouse=True)
def _no_opengl(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("YINGSHU_OPENGL", "off")


def _live(driver: Driver, turns: int = 12) -> None:
    for _ in range(turns):
        driver.window.process_events(0.005)


def _rect(widget: QWidget, top: QWidget) -> QRect:
    return QRect(widget.mapTo(top, QPoint(0, 0)), widget.size())


def _walk(top: QWidget, *, back: bool = False) -> tuple[list[QWidget], list[str]]:
    """The stops of Tab from where the focus is until it comes round, and those that look the same with and
    without the focus.

    Fails where the focus is lost or caught.
    """
    stops: list[QWidget] = []
    unseen: list[str] = []
    for _ in range(150):
        focus = QApplication.focusWidget()
        assert focus is not None, f"the focus is lost after {stops[-1:]}"
        if stops and focus is stops[0]:
            return stops, unseen
        assert focus not in stops, f"caught: {_named(focus)} comes again before the first stop"
        stops.append(focus)
        around = _rect(focus, top).adjusted(-4, -4, 4, 4).intersected(top.rect())
        on = top.grab(around).toImage()
        QTest.keyClick(
            focus,
            Qt.Key.Key_Tab,
            Qt.KeyboardModifier.ShiftModifier if back else Qt.KeyboardModifier.NoModifier,
        )
        QApplication.processEvents()
        around.moveTopLeft(_rect(focus, top).topLeft() - QPoint(4, 4))  # what scrolls has moved
        if not back and not _differ(on, top.grab(around.intersected(top.rect())).toImage()):
            unseen.append(_named(focus))
    raise AssertionError("the walk does not come to its end")


def _differ(first: QImage, second: QImage) -> bool:
    """Some part of the pictures looks different; those cut by a scroll are taken as different."""
    if first.size() != second.size():
        return True
    one, other = (image.convertToFormat(QImage.Format.Format_RGB32) for image in (first, second))
    unlike = np.frombuffer(one.constBits(), np.uint32) != np.frombuffer(other.constBits(), np.uint32)
    return int(unlike.sum()) >= 20


def _named(widget: QWidget) -> str:
    return f"{type(widget).__name__} {widget.accessibleName()!r}"


def _places(first: QWidget, second: QWidget, top: QWidget) -> tuple[QRect, QRect]:
    """Where two widgets stand to each other, whatever is scrolled: what scrolls apart from the other stands
    for what it holds.
    """

    def areas(widget: QWidget) -> list[QScrollArea]:
        outer, found = widget.parentWidget(), []
        while outer is not None and outer is not top:
            if isinstance(outer, QScrollArea):
                found.append(outer)
            outer = outer.parentWidget()
        return found

    def place(widget: QWidget, other: QWidget) -> QRect:
        shared = areas(other)
        own = [area for area in areas(widget) if area not in shared]
        found = _rect(own[-1] if own else widget, top)
        for area in areas(widget):
            if area in shared:
                found.translate(area.horizontalScrollBar().value(), area.verticalScrollBar().value())
        return found

    return place(first, second), place(second, first)


def _backwards(stops: Sequence[QWidget], top: QWidget, regions: Sequence[QWidget]) -> list[str]:
    """Steps that go against reading: to an earlier region, or within one to something wholly above, or beside
    and to the left.
    """

    def region(widget: QWidget) -> int:
        return next((i for i, one in enumerate(regions) if one is widget or one.isAncestorOf(widget)), -1)

    assert [_named(s) for s in stops if region(s) < 0] == []
    first = min(
        range(len(stops)),
        key=lambda i: (region(stops[i]), _rect(stops[i], top).top(), _rect(stops[i], top).left()),
    )
    turned = [*stops[first:], *stops[:first]]
    wrong = []
    for before, after in itertools.pairwise(turned):
        a, b = _places(before, after, top)
        if region(after) < region(before):
            wrong.append(f"{_named(before)} → {_named(after)}: an earlier region")
        elif region(after) == region(before):
            above = b.bottom() <= a.top()
            left = b.right() <= a.left() and b.top() < a.bottom() and a.top() < b.bottom()
            if above or left:
                wrong.append(f"{_named(before)} {a} → {_named(after)} {b}")
    return wrong


def _regions(driver: Driver, name: str) -> list[QWidget]:
    main = driver.window.main
    inner: dict[str, list[QWidget]] = {
        "worklist": [main.workspaces["worklist"]],
        "read": [
            main.workspaces["read"].tools,
            main.workspaces["read"].strip,
            main.workspaces["read"].hanging,
            main.workspaces["read"].viewer or main.workspaces["read"],
            main.workspaces["read"].dock,
        ],
        "report": [
            main.workspaces["report"].desk.bar,
            main.workspaces["report"].desk.text,
            main.workspaces["report"].desk.evidence,
        ],
        "directory": [main.workspaces["directory"]],
    }
    return [main.rail, main._banners, *inner[name], main.tray]


def test_tab_goes_through_every_workspace_as_one_reads(driver: Driver) -> None:
    """Each workspace with data: every region is reached, in reading order, seen, and Shift+Tab takes the same
    way back.
    """
    main, session = driver.window.main, driver.window.session
    driver.open_study()
    points = [GRID.to_lps([12, 40, c]) for c in (30, 50)]
    draw(session.screen, points)
    driver.run("image.mark-key")
    driver.open_report()
    driver.until(lambda: not driver.station.jobs.active)
    main.activateWindow()
    for name in ("worklist", "read", "report", "directory"):
        driver.run(f"workspace.{name}")
        _live(driver, 40)
        stops, unseen = _walk(main)
        regions = _regions(driver, name)
        reached = {
            i for i, region in enumerate(regions) for s in stops if region is s or region.isAncestorOf(s)
        }
        silent = {1} if name in ("worklist", "report") else set()  # their banner has nothing to press
        assert reached == set(range(len(regions))) - silent, name
        assert _backwards(stops, main, regions) == [], name
        assert unseen == [], name
        stops[0].setFocus()
        assert _walk(main, back=True)[0] == [stops[0], *reversed(stops[1:])], name
        assert [_named(s) for s in stops if not s.accessibleName() and not getattr(s, "text", str)()] == [], (
            name
        )


def test_tab_goes_round_every_dialog(driver: Driver) -> None:
    """Every dialog: no trap (tables with cells too), reading order, and the focus is seen; Escape closes it
    and changes nothing.
    """
    main = driver.window.main
    driver.open_study()
    report = driver.open_report()
    acts = main.ui
    told = tuple(
        Notice("not-dicom", "{name} is no DICOM file.", {"name": f"{n}.txt"}, f"/archive/{n}.txt")
        for n in range(3)
    )
    notices = [ImportNotices("1", datetime.now(UTC), told)]
    memory = QSettings(str(driver.station.folder.path / "test.ini"), QSettings.Format.IniFormat)
    accounts = (("演示甲", "报告医师", "a", "b"), ("演示乙", "审核医师", "c", "d"))
    for dialog in (
        LoginDialog(acts, accounts, main),
        FirstPersonDialog(acts, main),
        SettingsDialog(acts, main),
        AboutDialog(main),
        SafetyNotice(memory, main),
        NoticesDialog(notices, main),
        FindingDialog(acts, report, None, main),
        *(ReasonDialog(acts, act, main) for act in (RETURN, CORRECT, ADD_TO)),
        PdfPreview(
            driver.station.get(ReportOutput).pdf(driver.window.session.user.actor, report), main, title="x"
        ),
        CrashDialog("Traceback", True, main),
    ):
        name = type(dialog).__name__
        dialog.open()
        driver.until(lambda d=dialog: d.isActiveWindow() and QApplication.focusWidget() is not None)  # type: ignore[misc]
        stops, unseen = _walk(dialog)
        assert _backwards(stops, dialog, [dialog]) == [], name
        assert unseen == [] or len(stops) == 1, name
        QTest.keyClick(dialog, Qt.Key.Key_Escape)
        _live(driver)
        assert not any(w.isVisible() for w in QApplication.topLevelWidgets() if w.windowTitle() == name)
        main.activateWindow()
        _live(driver)
    assert not SafetyNotice.was_read(memory)
