"""Logging: English, without patient data, one rotating file in the data folder."""

from __future__ import annotations

import logging
import logging.handlers
from pathlib import Path


def start_logging(folder: Path, *, level: int = logging.INFO) -> None:
    """Write the log to ``folder/yingshu.log`` (5 files of 2 MB); warnings and worse go to standard error too."""
    folder.mkdir(parents=True, exist_ok=True)
    file = logging.handlers.RotatingFileHandler(folder / "yingshu.log", maxBytes=2_000_000, backupCount=4, encoding="utf-8")
    file.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s %(message)s"))
    console = logging.StreamHandler()
    console.setLevel(logging.WARNING)
    console.setFormatter(logging.Formatter("%(levelname)s %(name)s: %(message)s"))
    root = logging.getLogger()
    for old in list(root.handlers):
        root.removeHandler(old)
        old.close()
    root.setLevel(level)
    root.addHandler(file)
    root.addHandler(console)
