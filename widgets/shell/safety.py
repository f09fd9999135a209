"""What the product is not: shown once, before the first use, and remembered."""

from __future__ import annotations

from datetime import UTC, datetime

from PySide6.QtCore import QSettings
from PySide6.QtWidgets import QWidget

from app.i18n import tr
from widgets.dialogs import Dialog
from widgets.elements import label
from widgets.notices import NoticeBox

_KEY = "safety/accepted-at"
#: raised when the notice's content changes, so that it is shown again
_EDITION = 1


class SafetyNotice(Dialog):
    """The notice of first use."""

    def __init__(self, memory: QSettings, parent: QWidget | None) -> None:
        super().__init__(tr("Before you begin"), parent, width=560)
        self._memory = memory
        self.body.addWidget(
            NoticeBox(
                tr("Not a registered medical device. Must not be the sole basis of a diagnosis."), "amber"
            )
        )
        for text in (
            tr(
                "YingShu is software for research, teaching and resource directories. No authority has "
                "registered it as a medical device."
            ),
            tr(
                "Results of machine methods are drafts. They stay marked as not confirmed until a doctor "
                "has confirmed them."
            ),
            tr(
                "Check measurements, laterality and patient identity against the original images before "
                "you sign."
            ),
        ):
            self.body.addWidget(label(text, wrap=True))
        accept = self.add_button(tr("I have read this"), kind="primary", default=True)
        accept.clicked.connect(self._accept)

    def _accept(self) -> None:
        self._memory.setValue(_KEY, f"{_EDITION} {datetime.now(UTC).isoformat(timespec='seconds')}")
        self._memory.sync()
        self.accept()

    @staticmethod
    def was_read(memory: QSettings) -> bool:
        """Somebody has read this edition of the notice here."""
        return str(memory.value(_KEY, "")).startswith(f"{_EDITION} ")
