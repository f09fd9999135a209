"""Where the read-only data of the product lie."""

from __future__ import annotations

from pathlib import Path

_ROOT = Path(__file__).resolve().parent.parent


def resource_path(*parts: str) -> Path:
    """Path of something under `resources/`; it need not exist."""
    return _ROOT.joinpath("resources", *parts)
