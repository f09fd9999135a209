"""Checking programs of other makers."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterable
from pathlib import Path

import pytest

#: Debian's libpixelmed-java: the one program that knows the templates of structured reports (PS3.16)
PIXELMED = Path("/usr/share/java/pixelmed.jar")


def require_tool(name: str) -> str:
    """Path of a checking program.  Missing: a named skip; under CI a failure, for there it must have been
    installed.
    """
    found = shutil.which(name)
    if found is None:
        _absent(name)
    assert found is not None
    return found


def template_errors(paths: Iterable[Path]) -> list[str]:
    """What pixelmed's validator finds wrong in structured reports and key object selections; warnings are
    left out.
    """
    java = require_tool("java")
    if not PIXELMED.is_file():
        _absent("libpixelmed-java")
    limits = [
        f"-Djdk.xml.{name}=0" for name in ("xpathTotalOpLimit", "xpathExprOpLimit", "xpathExprGrpLimit")
    ]
    jars = f"{PIXELMED}:{PIXELMED.with_name('slf4j-nop.jar')}"
    command = [
        java,
        "-Xss512m",
        "-XX:TieredStopAtLevel=1",
        "-XX:+UseSerialGC",  # threads that only collect cost a fifth
        *limits,
        "-cp",
        jars,
        "com.pixelmed.validate.DicomSRValidator",
    ]
    runs = {
        path: subprocess.Popen(
            [*command, str(path)],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            encoding="utf-8",
        )
        for path in paths
    }
    found = []
    for path, run in runs.items():
        told = run.communicate(timeout=180)[0]
        assert "Root Template Validation Complete" in told, told
        found += [f"{path.name}: {line}" for line in told.splitlines() if line.startswith("Error")]
    return found


def _absent(name: str) -> None:
    if os.environ.get("CI"):
        pytest.fail(f"checking program {name!r} is not installed (CI must have it)")
    pytest.skip(f"checking program {name!r} is not installed")
