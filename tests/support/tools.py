"""Checking programs of other makers."""

from __future__ import annotations

import os
import shutil

import pytest


def require_tool(name: str) -> str:
    """Path of a checking program.  Missing: a named skip; under CI a failure, for there it must have been installed."""
    found = shutil.which(name)
    if found is None:
        if os.environ.get("CI"):
            pytest.fail(f"checking program {name!r} is not installed (CI must have it)")
        pytest.skip(f"checking program {name!r} is not installed")
    return found
