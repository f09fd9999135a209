"""The bar above the views: which hanging protocol, which of its stages, and keeping one's own."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import (
    QCheckBox,
    QFileDialog,
    QFrame,
    QLayout,
    QLineEdit,
    QMenu,
    QSizePolicy,
    QToolButton,
    QWidget,
)

from app.i18n import tr
from app.people.rights import CHANGE_SETTINGS
from app.reading.hanging_controller import HangingController
from app.viewing.hanging.choose import Match
from app.viewing.hanging.protocol import written
from widgets.command_ui import CommandUi
from widgets.dialogs import Dialog
from widgets.elements import Elided, icon_button, label, push, row
from widgets.icons import icon

#: a narrower bar tells why a protocol was chosen at its button only
WIDE_PX = 900
#: stages that have a button, in a wide and in a narrow bar; the others are reached by the arrows
MOST_STAGES, FEWEST_STAGES = 7, 3


class HangingBar(QFrame):
    """40 pixels high; hidden while no study with images is open."""

    def __init__(self, ui: CommandUi) -> None:
        super().__init__()
        self.setObjectName("hangingBar")
        self.setFixedHeight(40)
        self._ui = ui
        self._hanging = ui.session.get(HangingController)
        self.protocols = QToolButton()
        self.protocols.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.protocols.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.protocols.setIcon(icon("layout-grid"))
        self.protocols.setAccessibleName(tr("Hanging protocol"))
        self.protocols.setMenu(QMenu(self.protocols))
        self.protocols.menu().aboutToShow.connect(self._fill_menu)
        self.why = Elided("", tone="muted")
        self.back = icon_button("chevron-left", ui.tip(ui.commands.get("hanging.previous")))
        self.back.clicked.connect(lambda: ui.run("hanging.previous"))
        self.forth = icon_button("chevron-right", ui.tip(ui.commands.get("hanging.next")))
        self.forth.clicked.connect(lambda: ui.run("hanging.next"))
        self.stages = [QToolButton() for _ in range(MOST_STAGES)]
        #: stage of the first button: the shown stage always has one
        self._first = 0
        for place, button in enumerate(self.stages):
            button.setCheckable(True)
            button.clicked.connect(lambda _=False, n=place: ui.run("hanging.stage", self._first + n))
        self.keep = push(tr("Keep as mine"), icon_name="photo-star", tip=tr("Keep as mine"))
        self.keep.clicked.connect(self._keep)
        line = self._line = row(
            self.protocols,
            self.why,
            None,
            self.back,
            *self.stages,
            self.forth,
            None,
            self.keep,
            gap=4,
            margins=(8, 0, 8, 0),
        )
        line.setStretchFactor(self.why, 1)
        line.setSizeConstraint(QLayout.SizeConstraint.SetNoConstraint)  # it may shrink
        self.setLayout(line)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        ui.listen(self._hanging.changed, self.show_state)
        ui.listen(ui.session.loaded.shown, self.show_state)
        self.show_state()

    def show_state(self) -> None:
        """Show which protocol hangs and which stages it has."""
        match, session = self._hanging.match, self._ui.session
        self.setVisible(session.study.study is not None and bool(session.study.pictured_series()))
        self.protocols.setText(" " + (tr(match.protocol.title) if match is not None else self._unhung()))
        self.why.setText(self._reason())
        self.protocols.setToolTip(self._reason())
        n, here = len(match.stages) if match is not None else 0, self._hanging.stage
        room = min(n, MOST_STAGES if self.width() >= WIDE_PX else FEWEST_STAGES)
        self._first = min(max(here - room // 2, 0), n - room)
        for place, button in enumerate(self.stages):
            number = self._first + place
            button.setVisible(place < room and n > 1)
            if match is None or place >= room:
                continue
            current = number == here
            title = tr(match.stages[number].stage.title)
            button.setText(f"{number + 1} / {n}  {title}" if current else str(number + 1))
            button.setToolTip(title)
            button.setAccessibleName(title)
            button.setChecked(current)
        self.back.setVisible(n > 1)
        self.forth.setVisible(n > 1)
        self.back.setEnabled(here > 0)
        self.forth.setEnabled(here + 1 < n)
        self.keep.setEnabled(any(v.image is not None for v in session.screen.viewports.values()))
        self._fit(n)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.why.setVisible(self.width() >= WIDE_PX)
        self.show_state()

    def _fit(self, n: int) -> None:
        """Beside a wide side panel on a monitor that stands upright there is no room for words."""
        self.keep.setText(" " + tr("Keep as mine"))
        if self._line.minimumSize().width() > self.width():
            self.keep.setText("")
            if n:
                self.stages[self._hanging.stage - self._first].setText(f"{self._hanging.stage + 1} / {n}")

    def _unhung(self) -> str:
        return tr("Own arrangement") if self._hanging.matches else tr("No hanging protocol")

    def _reason(self) -> str:
        match = self._hanging.match
        if match is not None:
            names = {"modality": tr("modality"), "region": tr("body part"), "priors": tr("priors")}
            why = tr(", ").join(names[reason] for reason in match.reasons) or tr("any images")
            return tr("fits {score} of 100: {why}", score=match.score, why=why)
        if self._hanging.matches is None:
            return tr("Looking for a hanging protocol")
        if self._hanging.matches:
            return tr("Arranged by hand; protocols that fit: {n}", n=len(self._hanging.matches))
        return tr("None fits these images: arrange the views and keep them as your own.")

    def _fill_menu(self) -> None:
        menu = self.protocols.menu()
        menu.clear()
        for match in self._hanging.matches or ():
            choose = partial(self._ui.run, "hanging.choose", match.protocol.protocol_id)
            act = menu.addAction(_named(match), choose)
            act.setCheckable(True)
            act.setChecked(match is self._hanging.match)
        menu.addSeparator()
        menu.addAction(tr("Take in from a file…"), self._take_in)
        out = menu.addAction(tr("Give out to a file…"), self._give_out)
        out.setEnabled(self._hanging.match is not None)
        mine = self._hanging.match is not None and self._removable(self._hanging.match)
        gone = menu.addAction(tr("Remove this hanging protocol"), self._remove)
        gone.setEnabled(mine)

    def _removable(self, match: Match) -> bool:
        return bool(match.protocol.owner) or (match.protocol.is_stored and self._ui.may(CHANGE_SETTINGS))

    def _remove(self) -> None:
        if self._hanging.match is not None:
            self._ui.run("hanging.remove", self._hanging.match.protocol)

    def _keep(self) -> None:
        KeepDialog(self._ui, self.window()).open()

    def _take_in(self) -> None:
        chosen, _ = QFileDialog.getOpenFileName(self, tr("Take in a hanging protocol"), "", "JSON (*.json)")
        if chosen:
            self._ui.run("hanging.take-in", chosen)

    def _give_out(self) -> None:
        match = self._hanging.match
        if match is None:
            return
        chosen, _ = QFileDialog.getSaveFileName(
            self, tr("Give out a hanging protocol"), f"{match.protocol.protocol_id}.json", "JSON (*.json)"
        )
        if chosen:
            self._ui.quietly(
                lambda: Path(chosen).write_text(written(match.protocol), encoding="utf-8"), lambda _: None
            )


class KeepDialog(Dialog):
    """The name of one's own hanging protocol."""

    def __init__(self, ui: CommandUi, parent: QWidget | None) -> None:
        super().__init__(tr("Keep the present arrangement"), parent, width=420)
        self._ui = ui
        self.title = QLineEdit()
        self.title.setPlaceholderText(tr("Name, such as Chest follow-up"))
        self.title.setAccessibleName(tr("Name of the hanging protocol"))
        self.body.addWidget(
            label(
                tr("The next study of this kind hangs like this: same kinds of images, windows and layout."),
                wrap=True,
            )
        )
        self.for_all = QCheckBox(tr("For everybody at this station"))
        self.for_all.setVisible(ui.may(CHANGE_SETTINGS))
        self.body.addWidget(self.title)
        self.body.addWidget(self.for_all)
        cancel = self.add_button(tr("Cancel"))
        cancel.clicked.connect(self.reject)
        keep = self.add_button(tr("Keep"), kind="primary", default=True)
        keep.clicked.connect(self._keep)
        self.title.setFocus()

    def _keep(self) -> None:
        if self._ui.run("hanging.keep", self.title.text(), for_all=self.for_all.isChecked()) is not None:
            self.accept()


def _named(match: Match) -> str:
    whose = tr("mine") if match.protocol.owner else ""
    return "  ·  ".join(x for x in (tr(match.protocol.title), whose, str(match.score)) if x)
