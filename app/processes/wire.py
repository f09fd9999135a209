"""What passes between the station and its bounded children.

A child has touched an untrusted file, so nothing that it says is unpickled freely: the parent rebuilds only
plain values, arrays, and the data classes and enumerations of named packages.
"""

from __future__ import annotations

import io
import pickle
from dataclasses import is_dataclass
from enum import Enum
from typing import Any

#: reply kinds
OK, EVENT, STOPPED, ERROR, MEMORY, DEFECT, READY = (
    "ok",
    "event",
    "stopped",
    "error",
    "memory",
    "defect",
    "ready",
)
STOP = b"stop"

#: whose data classes and enumerations a child may send, unless more is allowed
DATA_MODULES: tuple[str, ...] = ("app.domain.", "app.dicom.")
_EXACT = {
    ("app.errors", "_rebuild"),
    ("app.errors", "UserError"),
    ("app.errors", "BadInput"),
    ("app.errors", "LimitExceeded"),
    ("app.errors", "NotFound"),
    ("app.errors", "Unavailable"),
    ("app.errors", "Refused"),
    ("datetime", "date"),
    ("datetime", "datetime"),
    ("datetime", "time"),
    ("datetime", "timedelta"),
    ("datetime", "timezone"),
    ("numpy", "ndarray"),
    ("numpy", "dtype"),
    ("numpy._core.multiarray", "_reconstruct"),
    ("numpy._core.numeric", "_frombuffer"),
    ("numpy._core.multiarray", "scalar"),
    ("builtins", "bytearray"),
    ("pathlib", "PosixPath"),
    ("pathlib", "WindowsPath"),
    ("builtins", "set"),
    ("builtins", "frozenset"),
    ("builtins", "complex"),
}


class _Reader(pickle.Unpickler):
    def __init__(self, message: bytes, modules: tuple[str, ...]) -> None:
        super().__init__(io.BytesIO(message))
        self._modules = modules

    def find_class(self, module: str, name: str) -> Any:
        if (module, name) in _EXACT:
            return super().find_class(module, name)
        if module.startswith(self._modules) and "." not in name:
            found = super().find_class(module, name)
            if _is_data(found) and found.__module__ == module:  # not what the module has imported
                return found
        raise pickle.UnpicklingError(f"a bounded child may not send {module}.{name}")


def _is_data(found: Any) -> bool:
    """Making one runs nothing: not a function, not a class that opens files or blocks."""
    return isinstance(found, type) and (is_dataclass(found) or issubclass(found, Enum))


def pack(kind: str, value: Any = None) -> bytes:
    """One message of the child."""
    return pickle.dumps((kind, value), protocol=5)


def unpack(message: bytes, modules: tuple[str, ...] = DATA_MODULES) -> tuple[str, Any]:
    """One message of the child, rebuilt with care; `modules` are beginnings of the names of modules."""
    kind, value = _Reader(message, modules).load()
    return str(kind), value
