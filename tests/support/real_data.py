"""Where the licensed real images lie; they are never part of the project."""

from __future__ import annotations

from pathlib import Path

import pytest

_ROOT = Path(__file__).resolve().parents[2].parent / "shared" / "data"


def real_folder(name: str) -> Path | None:
    """Folder of one real data set, where it is there."""
    folder = _ROOT / name
    return folder if folder.is_dir() else None


def real_data(name: str) -> Path:
    """Folder of one real data set; the test is skipped, with the reason, where it is absent."""
    folder = real_folder(name)
    if folder is None:
        pytest.skip(f"real data set {name!r} is not beside the project (../shared/data)")
    return folder
