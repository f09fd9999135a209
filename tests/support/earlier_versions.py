"""Data folders that earlier versions left, with reports that they signed."""

from __future__ import annotations

import json
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_DATA = Path(__file__).resolve().parents[1] / "data"


@dataclass(frozen=True)
class EarlierVersion:
    """What one earlier version left in `folder`, which has a page about it; `names` are those of its
    reports.
    """

    folder: Path
    names: tuple[str, ...]

    def told(self) -> dict[str, Any]:
        """What the version that made the folder said of its reports, and the ids of its people."""
        found: dict[str, Any] = json.loads((self.folder / "reports.json").read_text(encoding="utf-8"))
        return found

    def signed_bytes(self, name: str) -> bytes:
        """What the signatures of a report cover."""
        return (self.folder / "documents" / f"{name}.signed.json").read_bytes()

    def stored_text(self, kind: str) -> str:
        """A document of a kind as that version stored it."""
        return (self.folder / "stored" / f"{kind}.json").read_text(encoding="utf-8")

    def unpack(self, home: Path) -> Path:
        """The data folder, at `home`."""
        with zipfile.ZipFile(self.folder / "home.zip") as packed:
            packed.extractall(home)
        return home


#: signed in form 1, which had no stored bytes; anchors without kinds
SIGNED_IN_FORM_1 = EarlierVersion(_DATA / "signed_form_1", ("final", "signed", "returned", "key-changed"))
#: signed in form 2 with schema 2; anchors without kinds
SIGNED_IN_FORM_2 = EarlierVersion(_DATA / "signed_form_2", ("final", "signed"))
#: signed in form 2 with schema 5; no parent reports, no certificates
SIGNED_WITH_SCHEMA_5 = EarlierVersion(_DATA / "signed_schema_5", ("final",))
