"""The first thing that runs in a process that `app.processes.host` has started."""

from __future__ import annotations

import importlib
from multiprocessing import resource_tracker
from multiprocessing.connection import Connection


def run(serve: str, descriptor: str, *arguments: str) -> None:
    """Call ``module:function`` with the connection to the parent and the arguments."""
    # The parent owns all shared blocks: a tracker here would unlink them when this process ends.
    resource_tracker.register = resource_tracker.unregister = lambda *_: None  # type: ignore[assignment,misc]
    module, _, name = serve.partition(":")
    getattr(importlib.import_module(module), name)(Connection(int(descriptor)), *arguments)
