"""Logging of a node: English, no query strings, no bodies, no names."""

from __future__ import annotations

import logging
import sys


def configure(level: int = logging.INFO) -> None:
    """One line an event to standard error."""
    logging.basicConfig(stream=sys.stderr, level=level, format="%(asctime)s %(levelname)s %(name)s: %(message)s", force=True)
    # these write whole addresses, query included
    for name in ("uvicorn.access", "httpx", "httpcore"):
        logging.getLogger(name).disabled = True
        logging.getLogger(name).propagate = False


#: for uvicorn: our configuration stands, its own is not applied
UVICORN_LOG_CONFIG: None = None
