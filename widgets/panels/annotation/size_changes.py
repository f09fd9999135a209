"""Sizes of lesions beside those on the prior."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QLabel, QWidget

from app.annotation.controller import AnnotationController
from app.annotation.listing import MarkRow, size_words
from app.i18n import tr
from app.viewing.anchors import anchor_label
from widgets.command_ui import CommandUi
from widgets.elements import Clickable, Elided, clear, column, label, row
from widgets.study_tag import study_tag


class SizeChanges(QWidget):
    """A block for each lesion that a prior has too: size before, now, and the change.  A click goes to it."""

    def __init__(self, ui: CommandUi) -> None:
        super().__init__()
        self._ui = ui
        self._blocks = column(gap=8)
        self.setLayout(self._blocks)
        self.setVisible(False)

    def show_rows(self, rows: Sequence[MarkRow]) -> None:
        """Show what can be compared; nothing where that is none."""
        clear(self._blocks)
        found = [one for one in rows if one.comparison is not None]
        self.setVisible(bool(found))
        if found:
            self._blocks.addLayout(row(*self._heading(found)))
        for one in found:
            self._blocks.addWidget(self._block(one))

    def _heading(self, found: Sequence[MarkRow]) -> tuple[QWidget | None, ...]:
        """How many lesions, and how long ago the prior was where it is one for all."""
        heading = label(tr("Compared {n}", n=len(found)), tone="muted")
        times = {(one.comparison.prior_at, one.days) for one in found if one.comparison is not None}
        at, days = next(iter(times))
        if len(times) != 1 or at is None or days is None:
            return heading, None
        return heading, None, label(f"{at:%Y-%m-%d} · {tr('{days} d apart', days=days)}", tone="muted")

    def _block(self, one: MarkRow) -> QWidget:
        assert one.comparison is not None
        block = Clickable()
        block.setObjectName("card")
        uid, prior, at = one.mark.tracking_uid, one.comparison.prior, one.comparison.prior_at
        block.clicked.connect(
            lambda: self._ui.session.dispatcher.attempt(
                lambda: self._ui.session.get(AnnotationController).show_compared(uid, prior)
            )
        )
        there = anchor_label(prior.anchor, self._ui.session.screen.images)
        name = Elided(one.mark.label)
        places = [x for x in (there, one.place) if x]
        block.setToolTip(f"{tr('Prior')} {at:%Y-%m-%d}" if at is not None else "")
        block.setLayout(
            column(
                row(name, label(" → ".join(places), tone="muted")),
                self._grid(one),
                gap=4,
                margins=(10, 8, 8, 8),
            )
        )
        told = [one.mark.label]
        for words in (size_words(size, one.days) for size in one.comparison.sizes):
            told.append(
                f"{words.what}: {tr('Prior')} {words.before}, {tr('Current')} {words.now}, {words.change}"
            )
        block.setAccessibleName("; ".join(told))
        return block

    def _grid(self, one: MarkRow) -> QGridLayout:
        assert one.comparison is not None
        grid = QGridLayout()
        grid.setHorizontalSpacing(8)
        grid.setVerticalSpacing(4)
        grid.setColumnStretch(0, 1)
        heads: tuple[QWidget, ...] = (
            label("", tone="muted"),
            study_tag(prior=True),
            study_tag(prior=False),
            label(tr("Size change"), tone="muted"),
        )
        for place, head in enumerate(heads):
            grid.addWidget(head, 0, place, _side(place))
        if not one.comparison.sizes:
            grid.addWidget(label(tr("No size in common"), tone="muted"), 1, 0, 1, 4)
        for line, size in enumerate(one.comparison.sizes):
            words = size_words(size, one.days)
            cells: tuple[QLabel, ...] = (
                label(words.what, tone="muted"),
                label(words.before),
                label(words.now, size="strong"),
                label("  ".join(x for x in (words.difference, words.percent) if x)),
            )
            for place, cell in enumerate(cells):
                grid.addWidget(cell, 2 * line + 1, place, _side(place))
            if words.doubling:
                grid.addWidget(label(words.doubling, tone="muted"), 2 * line + 2, 0, 1, 4, _side(1))
        return grid


def _side(place: int) -> Qt.AlignmentFlag:
    """Names at the left, figures at the right."""
    return Qt.AlignmentFlag.AlignRight if place else Qt.AlignmentFlag.AlignLeft
