"""Protection against a defect of the Qt binding, to be called before the first window."""

from __future__ import annotations

import ctypes
import struct
import sys

#: what later Pythons give None for good; far from overflow, far above anything that could be taken
_PLENTY = 1 << 40


def keep_none_alive() -> None:
    """Give None so many references that they never run out.

    PySide6 6.12.0 takes a reference of None without owning it in every call that returns nothing, because from Python 3.12
    on None is immortal (PEP 683).  Under Python 3.11 a window would end the process after some ten thousand calls
    ("deallocating None").  See docs/decisions/lasting-none.md; calling it again does nothing.
    """
    if sys.version_info >= (3, 12) or struct.calcsize("P") != 8 or sys.implementation.name != "cpython":
        return
    count = ctypes.c_ssize_t.from_address(id(None))
    if count.value < _PLENTY // 2:
        count.value += _PLENTY
