"""A virtual screen for one process of a parallel run."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable


def own_display() -> Callable[[], None]:
    """Start a screen of 1920×1080 and make it this process's; what ends it is returned."""
    read, write = os.pipe()
    server = subprocess.Popen(
        ["Xvfb", "-displayfd", str(write), "-screen", "0", "1920x1080x24", "-nolisten", "tcp"],
        pass_fds=(write,),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    os.close(write)
    with os.fdopen(read) as told:
        number = told.readline().strip()
    if not number:
        raise RuntimeError("Xvfb did not start")
    os.environ["DISPLAY"] = f":{number}"
    os.environ.pop("XAUTHORITY", None)

    def end() -> None:
        server.terminate()
        server.wait()

    return end
