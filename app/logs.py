"""Logging: English, without patient data, one rotating file in the data folder."""

from __future__ import annotations

import io
import logging
import logging.handlers
import os
import traceback
from pathlib import Path
from types import TracebackType

from app.errors import UserError

#: packages whose progress is told; of others only warnings and worse (an HTTP client's progress is what was
#: searched for)
_OURS = ("app", "widgets", "viewers", "inference", "catalog_client")


class _PrivateFile(logging.handlers.RotatingFileHandler):
    """A log of its owner alone, also after each change of files."""

    def _open(self) -> io.TextIOWrapper:
        descriptor = os.open(self.baseFilename, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        return io.TextIOWrapper(os.fdopen(descriptor, "ab"), encoding=self.encoding, errors=self.errors)


class _WithoutValues(logging.Formatter):
    """Exceptions by kind and place: what they say may quote what was being read or stored."""

    def format(self, record: logging.LogRecord) -> str:
        record.exc_text = None  # another formatter's wording is kept there
        text = super().format(record)
        record.exc_text = None
        return text

    def formatException(
        self, ei: tuple[type[BaseException], BaseException, TracebackType | None] | tuple[None, None, None]
    ) -> str:
        return "" if ei[1] is None else without_values(ei[1])


def without_values(error: BaseException) -> str:
    """Where an error was raised and of what kind it and its causes are, without their words: those may name a
    patient.
    """
    told, seen = [], set[int]()
    at: BaseException | None = error
    while at is not None and id(at) not in seen:
        seen.add(id(at))
        frames = "".join(traceback.format_list(traceback.extract_tb(at.__traceback__)))
        told.append(f"Traceback (most recent call last):\n{frames}{_kind(at)}")
        at = at.__cause__ or (None if at.__suppress_context__ else at.__context__)
    return "\n\nwhich came of\n\n".join(told)


def _kind(error: BaseException) -> str:
    name = f"{type(error).__module__}.{type(error).__qualname__}".removeprefix("builtins.")
    if isinstance(error, UserError):
        return f"{name}: {error.template}"
    if isinstance(error, OSError) and error.errno is not None:
        return f"{name}: errno {error.errno}"
    return name


def start_logging(folder: Path, *, level: int = logging.INFO) -> None:
    """Write the log to ``folder/yingshu.log`` (5 files of 2 MB); warnings and worse go to standard error
    too.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    file = _PrivateFile(folder / "yingshu.log", maxBytes=2_000_000, backupCount=4, encoding="utf-8")
    file.setFormatter(_WithoutValues("%(asctime)s %(levelname)s %(name)s %(message)s"))
    console = logging.StreamHandler()
    console.setLevel(logging.WARNING)
    console.setFormatter(_WithoutValues("%(levelname)s %(name)s: %(message)s"))
    root = logging.getLogger()
    for old in list(root.handlers):
        root.removeHandler(old)
        old.close()
    root.setLevel(max(level, logging.WARNING))
    for name in _OURS:
        logging.getLogger(name).setLevel(level)
    root.addHandler(file)
    root.addHandler(console)
