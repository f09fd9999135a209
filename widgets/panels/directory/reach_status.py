"""How many tiers of the directory answer, and what waits to be sent."""

from __future__ import annotations

from app.directory.controller import DirectoryController
from app.directory.service import DirectoryService
from app.errors import NotConfigured, Unavailable, UserError
from app.i18n import tr
from widgets.command_ui import CommandUi
from widgets.elements import retone
from widgets.workspace import StatusLabel


class ReachStatus(StatusLabel):
    """Looks when something was sent, when the directory answers again, and when the tray asks."""

    def __init__(self, ui: CommandUi) -> None:
        super().__init__()
        self._ui = ui
        controller = ui.session.get(DirectoryController)
        ui.listen(controller.changed, self.look)
        ui.listen(controller.reach_changed, self.look)
        self.hide()

    def look(self) -> None:
        session = self._ui.session
        if not session.user.is_logged_in:
            return
        directory, actor = session.station.get(DirectoryService), session.user.actor

        def ask() -> tuple[int, int, int]:
            waiting = len(directory.outbox(actor))
            try:
                nodes = directory.nodes(actor)
            except NotConfigured:
                return (0, 0, waiting)
            except Unavailable:
                return (0, 1, waiting)
            except UserError:
                return (0, 0, waiting)
            return (sum(node.online for node in nodes), len(nodes), waiting)

        self._ui.quietly(ask, lambda told: self.show_reach(*told), failed=lambda _: None)

    def show_reach(self, online: int, nodes: int, waiting: int) -> None:
        """Show it; no node at all means that nobody has set up the directory."""
        if self._ui.closed:
            return
        tone = "amber" if online < nodes else ""
        if nodes == 0:
            text = tr("Directory: not set up")
        elif online == 0:
            text = tr("Directory: offline, {n} waiting", n=waiting)
        elif online < nodes:
            text = tr(
                "Directory: {online} of {nodes} online, {n} waiting", online=online, nodes=nodes, n=waiting
            )
        else:
            text = tr("Directory: online, {n} waiting", n=waiting)
        self.setText(text)
        self.show()
        retone(self, "tone", tone)
