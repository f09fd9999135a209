"""Logging of a node: English, no query strings, no bodies, no names."""

from __future__ import annotations

import logging
import sys
import traceback
from types import TracebackType

import sqlalchemy as sa

#: their words are about files and disks; those of others may repeat what somebody sent
_TOLD = (OSError, sa.exc.OperationalError)


class _WithoutValues(logging.Formatter):
    """A defect is logged with its kind and place; its words may hold a value of a document."""

    def formatException(
        self, ei: tuple[type[BaseException], BaseException, TracebackType | None] | tuple[None, None, None]
    ) -> str:
        kind, error, place = ei
        words = f": {error}" if isinstance(error, _TOLD) else ""
        return "".join([*traceback.format_tb(place), f"{kind.__name__ if kind is not None else ''}{words}"])


def configure(level: int = logging.INFO) -> None:
    """One line an event to standard error."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_WithoutValues("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    logging.basicConfig(handlers=[handler], level=level, force=True)
    # these write whole addresses, query included
    for name in ("uvicorn.access", "httpx", "httpcore"):
        logging.getLogger(name).disabled = True
        logging.getLogger(name).propagate = False
