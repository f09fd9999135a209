"""Asking one tier of the directory: line, tiers, what it answered, hits and pages."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import QTimer, Signal
from PySide6.QtGui import QIcon
from PySide6.QtWidgets import QButtonGroup, QPushButton, QStackedWidget, QWidget

from app.errors import NotConfigured
from app.i18n import tr
from app.notifications import explain
from app.ports import NodeInfo, SearchAnswer
from widgets.elements import SearchLine, column, label, push, retone, row
from widgets.icons import icon
from widgets.notices import EmptyState, NoticeBox
from widgets.panels.directory.directory_results import HitTable, HitView
from widgets.panels.directory.record_words import TIERS, tier_name
from widgets.theme import theme

PAGE = 50
#: so long after the last key the search begins by itself
TYPING_MS = 450


class SearchPane(QWidget):
    """Says what a person asks for (`asked` with the first hit's place, `tier_chosen`) and shows what came."""

    asked = Signal(int)
    tier_chosen = Signal(str)
    settings_asked = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._offset = 0
        self.line = SearchLine(tr("Words, category, place or identifier"))
        self.line.returnPressed.connect(self._ask)
        self._typed = QTimer(self)
        self._typed.setSingleShot(True)
        self._typed.setInterval(TYPING_MS)
        self._typed.timeout.connect(self._ask)
        self.line.textEdited.connect(lambda _: self._typed.start())
        go = push(tr("Search"), kind="primary")
        go.clicked.connect(self._ask)
        self.tiers: dict[str, QPushButton] = {}
        group = QButtonGroup(self)
        for tier in TIERS:
            made = push(tier_name(tier), kind="choice")
            made.setCheckable(True)
            made.clicked.connect(lambda _=False, t=tier: self.tier_chosen.emit(t))
            group.addButton(made)
            self.tiers[tier] = made
        self.answered = label(tone="muted", wrap=True)
        self.problem = NoticeBox("", "danger")
        self.again = push(tr("Try again"), icon_name="refresh")
        self.again.clicked.connect(self._ask)
        self._problem_row = QWidget()
        trouble = row(self.problem, self.again, gap=8)
        trouble.setStretch(0, 1)
        self._problem_row.setLayout(trouble)
        self._problem_row.hide()
        self.model = HitTable()
        self.table = HitView(self.model)
        self.set_up = push(tr("Open settings"), icon_name="settings", kind="primary")
        self.set_up.clicked.connect(self.settings_asked)
        self.set_up.hide()
        self.none = EmptyState(
            "sitemap",
            tr("Search the directory"),
            tr(
                "Published records of the county, the city and the province appear here. Type words, or "
                "search with an empty line to see all."
            ),
            self.set_up,
        )
        self._pages = QStackedWidget()
        self._pages.addWidget(self.none)
        self._pages.addWidget(self.table)
        self.before = push(tr("Previous page"), icon_name="chevron-left")
        self.after = push(tr("Next page"), icon_name="chevron-right")
        self.before.clicked.connect(lambda: self._turn(-PAGE))
        self.after.clicked.connect(lambda: self._turn(PAGE))
        self.place = label(tone="muted")
        self._pager = QWidget()
        self._pager.setLayout(row(self.place, None, self.before, self.after, gap=8))
        self._pager.hide()
        asking = row(*self.tiers.values(), self.answered, gap=8)
        asking.setStretch(len(self.tiers), 1)
        parts = (row(self.line, go, gap=8), asking, self._problem_row, self._pages, self._pager)
        self.setLayout(column(*parts, gap=12, margins=(24, 16, 24, 16)))

    def _ask(self) -> None:
        self.asked.emit(0)

    def _turn(self, step: int) -> None:
        self.asked.emit(max(0, self._offset + step))

    def show_tier(self, tier: str) -> None:
        """Mark the tier that is searched."""
        self.tiers[tier].setChecked(True)

    def show_nodes(self, nodes: Mapping[str, NodeInfo]) -> None:
        """Say of each tier whether it answers."""
        for tier, button in self.tiers.items():
            node = nodes.get(tier)
            button.setToolTip(
                node.area_name
                if node and node.online
                else tr("does not answer")
                if node
                else tr("not set up")
            )
            away = node is not None and not node.online
            button.setIcon(icon("cloud-off", theme().amber) if away else QIcon())

    def forget(self) -> None:
        """Show nothing."""
        self.model.show_hits([])
        self._pages.setCurrentWidget(self.none)

    def tell_asking(self, tier: str, offset: int) -> None:
        """A question is under way."""
        self._typed.stop()
        self._offset = offset
        self.answered.setText(tr("{tier}: asking…", tier=tier_name(tier)))

    def tell_failure(self, tier: str, error: BaseException) -> None:
        """No answer; where no directory is set, that is no failure but something to set up."""
        told = explain(error)
        unset = isinstance(error, NotConfigured)
        self.set_up.setVisible(unset)
        self._problem_row.setVisible(not unset)
        self.problem.tell(f"{told.message} {told.hint}".strip(), "danger")
        self.answered.setText("" if unset else tr("{tier} did not answer.", tier=tier_name(tier)))
        self.model.show_hits([])
        self._pager.hide()
        if unset:
            self._say_nothing(tr("No directory is set up yet"), told.hint)
        else:
            self._say_nothing(
                tr("No answer"),
                tr(
                    "What is registered meanwhile waits in the outbox and is sent when the directory "
                    "answers again."
                ),
            )

    def _say_nothing(self, title: str, text: str) -> None:
        self.none.title.setText(title)
        self.none.text.setText(text)
        self._pages.setCurrentWidget(self.none)

    def show_answer(self, answer: SearchAnswer) -> None:
        """Hits, how many there are and where in them this page stands."""
        self._problem_row.hide()
        self.set_up.hide()
        about = "" if answer.exact else tr("about") + " "
        said = tr(
            "Records: {n} · {seconds} s · {tier} answered",
            n=f"{about}{answer.total:,}",
            seconds=f"{answer.seconds:.2f}",
            tier=tier_name(answer.tier),
        )
        self.answered.setText(" · ".join((said, *answer.notes)))
        retone(self.answered, "tone", "amber" if answer.notes else "muted")
        self.model.show_hits(answer.hits)
        last = self._offset + len(answer.hits)
        self._pager.setVisible(answer.total > PAGE)
        self.place.setText(
            tr("{first}–{last} of {total}", first=self._offset + 1, last=last, total=answer.total)
        )
        self.before.setEnabled(self._offset > 0)
        self.after.setEnabled(last < answer.total)
        if answer.hits:
            self._pages.setCurrentWidget(self.table)
            self.table.selectRow(0)
        else:
            self._say_nothing(
                tr("No record fits"), tr("Try fewer words, another tier, or take filters away at the left.")
            )
