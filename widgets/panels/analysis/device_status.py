"""On which device methods run."""

from __future__ import annotations

import os

from app.analysis.controller import AnalysisController
from app.i18n import tr
from widgets.command_ui import CommandUi
from widgets.workspace import StatusLabel


class DeviceStatus(StatusLabel):
    """The device of the plan that was made last; the processor where there is none."""

    def __init__(self, ui: CommandUi) -> None:
        super().__init__()
        self._analysis = ui.session.get(AnalysisController)
        ui.listen(self._analysis.plan_changed, self._show)
        self._show()

    def _show(self) -> None:
        plan, cores = self._analysis.plan, os.cpu_count() or 1
        self.setText(
            f"{plan.device_name} · {plan.precision}"
            if plan is not None and plan.device != "cpu"
            else tr("CPU · {n} cores", n=cores)
            if cores > 1
            else tr("CPU · 1 core")
        )
