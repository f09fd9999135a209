"""Tab goes through a window as one reads it: region by region, from the left to the right and from the top
down.

Qt's own chain has widgets in the order in which they were made, and puts everything that comes later (cards,
results) at its end.
"""

from __future__ import annotations

from collections.abc import Iterator

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QAbstractButton, QApplication, QLayout, QScrollArea, QWidget


def reading_order(top: QWidget) -> list[QWidget]:
    """Everything under a widget that Tab may stop at now."""
    return [
        widget
        for widget in everything(top)
        if widget.focusPolicy() & Qt.FocusPolicy.TabFocus
        and widget.isEnabled()
        and widget.focusProxy() is None
    ]


def step_focus(top: QWidget, step: int) -> bool:
    """Move the focus of a window to the next (1) or previous (-1) stop, round the ends; False where there is
    none.
    """
    stops = reading_order(top)
    if not stops:
        return False
    focus = QApplication.focusWidget()
    at = next((i for i, stop in enumerate(stops) if stop is focus), None)
    if at is None:  # something between the stops has the focus: go on from there
        there = list(everything(top))
        here = there.index(focus) if focus in there else -1
        behind = sum(there.index(stop) <= here for stop in stops)
        at = behind - 1 if step > 0 else behind
    stop = stops[(at + step) % len(stops)]
    stop.setFocus(Qt.FocusReason.TabFocusReason if step > 0 else Qt.FocusReason.BacktabFocusReason)
    show_whole(stop)
    return True


def show_whole(widget: QWidget) -> None:
    """Scroll whatever scrolls until a widget can be seen."""
    outer = widget.parentWidget()
    while outer is not None:
        if isinstance(outer, QScrollArea):
            outer.ensureWidgetVisible(widget, 12, 12)
        outer = outer.parentWidget()


def everything(top: QWidget) -> Iterator[QWidget]:
    """All visible widgets under one, each before what it holds, in the order of the layouts; those in no
    layout by their place.
    """
    laid = list(_of_layout(layout)) if (layout := top.layout()) is not None else []
    rest = [
        child
        for child in top.children()
        if isinstance(child, QWidget) and not child.isWindow() and child not in laid
    ]
    rest.sort(key=lambda child: (child.y(), child.x()))
    for child in (*laid, *rest):
        if child.isVisible():
            yield child
            yield from everything(child)


def _of_layout(layout: QLayout) -> Iterator[QWidget]:
    """Its widgets in its order.

    Items are not asked for: Python would keep knowing them by their addresses after Qt has deleted them with
    the widget that moved elsewhere, and take what comes to lie there for them.
    """
    parent = layout.parentWidget()
    inside: list[tuple[int, QWidget | QLayout]] = [
        (position, child)
        for child in (*(parent.children() if parent is not None else ()), *layout.children())
        if isinstance(child, QWidget | QLayout)
        and child is not layout
        and (position := layout.indexOf(child)) >= 0
    ]
    for _, child in sorted(inside, key=lambda entry: entry[0]):
        if isinstance(child, QWidget):
            yield child
        else:
            yield from _of_layout(child)


def press_focused(event: QKeyEvent) -> bool:
    """Enter presses the button that has the focus, as Space does; whether it did."""
    focus = QApplication.focusWidget()
    if event.key() not in (Qt.Key.Key_Return, Qt.Key.Key_Enter) or not isinstance(focus, QAbstractButton):
        return False
    if focus.isEnabled():
        focus.click()
    return True
