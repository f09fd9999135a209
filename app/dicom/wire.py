"""What passes between the station and its bounded children.

A child has touched an untrusted file, so nothing that it says is unpickled freely: the parent rebuilds only plain
values, arrays, and the frozen data of the product.
"""

from __future__ import annotations

import io
import pickle
from typing import Any

#: reply kinds
OK, EVENT, STOPPED, ERROR, MEMORY, DEFECT, READY = "ok", "event", "stopped", "error", "memory", "defect", "ready"
STOP = b"stop"

_DATA_MODULES = ("app.domain.", "app.dicom.")
_EXACT = {
    ("app.errors", "_rebuild"), ("app.errors", "UserError"), ("app.errors", "BadInput"), ("app.errors", "LimitExceeded"),
    ("app.errors", "NotFound"), ("app.errors", "Unavailable"), ("app.errors", "Refused"),
    ("datetime", "date"), ("datetime", "datetime"), ("datetime", "timedelta"), ("datetime", "timezone"),
    ("numpy", "ndarray"), ("numpy", "dtype"), ("numpy._core.multiarray", "_reconstruct"),
    ("numpy._core.numeric", "_frombuffer"), ("numpy._core.multiarray", "scalar"), ("builtins", "bytearray"),
    ("pathlib", "PosixPath"), ("pathlib", "WindowsPath"), ("builtins", "set"), ("builtins", "frozenset"), ("builtins", "complex"),
}  # fmt: skip


class _Reader(pickle.Unpickler):
    def find_class(self, module: str, name: str) -> Any:
        if (module, name) in _EXACT:
            return super().find_class(module, name)
        if module.startswith(_DATA_MODULES):
            found = super().find_class(module, name)
            if isinstance(found, type):  # frozen dataclasses and enums, never functions
                return found
        raise pickle.UnpicklingError(f"a bounded child may not send {module}.{name}")


def pack(kind: str, value: Any = None) -> bytes:
    """One message of the child."""
    return pickle.dumps((kind, value), protocol=5)


def unpack(message: bytes) -> tuple[str, Any]:
    """One message of the child, rebuilt with care."""
    kind, value = _Reader(io.BytesIO(message)).load()
    return str(kind), value
