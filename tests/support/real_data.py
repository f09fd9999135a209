"""Where the licensed real images lie; they are never part of the project."""

from __future__ import annotations

from pathlib import Path

import pytest

_ROOT = Path(__file__).resolve().parents[2].parent / "shared" / "data"


def real_data(name: str) -> Path:
    """Folder of one real data set; the test is skipped, with the reason, where it is absent."""
    folder = _ROOT / name
    if not folder.is_dir():
        pytest.skip(f"real data set {name!r} is not beside the project (../shared/data)")
    return folder
