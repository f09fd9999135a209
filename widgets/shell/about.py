"""What the product is, and whose work it stands on."""

from __future__ import annotations

import platform
from importlib.metadata import PackageNotFoundError, version

from PySide6.QtCore import qVersion
from PySide6.QtWidgets import QWidget

from app.i18n import tr
from widgets.dialogs import Dialog
from widgets.elements import label
from widgets.notices import NoticeBox


def product_version() -> str:
    """The installed version; "development" when run from a source tree."""
    try:
        return version("yingshu")
    except PackageNotFoundError:
        return tr("development")


class AboutDialog(Dialog):
    """Name, version, licence, notice."""

    def __init__(self, parent: QWidget | None) -> None:
        super().__init__(tr("About YingShu"), parent, width=520)
        self.body.addWidget(label("影枢 YingShu", size="large"))
        self.body.addWidget(
            label(tr("Medical imaging workstation with a three-tier resource directory (DB13/T)."), wrap=True)
        )
        facts = f"{product_version()} · Python {platform.python_version()} · Qt {qVersion()}"
        self.body.addWidget(label(tr("Version {facts}", facts=facts), tone="muted", select=True))
        self.body.addWidget(
            label(
                tr(
                    "Licence: Apache-2.0. Parts of other makers are named in NOTICE: Qt and PySide6 "
                    "(LGPL-3.0), "
                    "VTK (BSD), Noto Sans SC (OFL), Tabler Icons (MIT)."
                ),
                tone="muted",
                wrap=True,
            )
        )
        self.body.addWidget(
            NoticeBox(
                tr("Not a registered medical device. Must not be the sole basis of a diagnosis."), "amber"
            )
        )
        close = self.add_button(tr("Close"), kind="primary", default=True)
        close.clicked.connect(self.accept)
