"""Nothing but the decoders of the libraries, over as many processes as there are processors: what compressed
series are compared with.
"""

from __future__ import annotations

import multiprocessing
import os
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from typing import Any

from pydicom.uid import JPEG2000Lossless, JPEGLSLossless, RLELossless


def decode_all(frames: Sequence[tuple[str, bytes, int, int]]) -> int:
    """Decode frames, each (transfer syntax, stream, rows, columns) of 16 bits; how many there were."""
    for syntax, stream, rows, columns in frames:
        _DECODERS[syntax](stream, rows, columns)
    return len(frames)


def seconds_of(frames: Sequence[tuple[str, bytes, int, int]]) -> float:
    """How long all processors need together, the libraries loaded and the streams handed over before."""
    cores = len(os.sched_getaffinity(0))
    parts = [list(frames[n::cores]) for n in range(cores)]
    with ProcessPoolExecutor(
        cores, mp_context=multiprocessing.get_context("spawn"), initializer=_warm, initargs=(parts,)
    ) as pool:
        list(pool.map(_ready, range(4 * cores)))
        started = time.perf_counter()
        list(pool.map(_decode_part, range(cores)))
        return time.perf_counter() - started


_parts: list[list[tuple[str, bytes, int, int]]] = []


def _warm(parts: list[list[tuple[str, bytes, int, int]]]) -> None:
    _parts[:] = parts
    for part in parts:
        decode_all(part[:1])


def _ready(_: int) -> None:
    time.sleep(0.05)


def _decode_part(number: int) -> int:
    return decode_all(_parts[number])


def _j2k(stream: bytes, _rows: int, _columns: int) -> Any:
    import openjpeg

    return openjpeg.decode(stream, j2k_format=0)


def _jls(stream: bytes, _rows: int, _columns: int) -> Any:
    import jpeg_ls
    import numpy as np

    return jpeg_ls.decode(np.frombuffer(stream, np.uint8))


def _rle(stream: bytes, rows: int, columns: int) -> Any:
    from pydicom.encaps import encapsulate
    from pydicom.pixels import get_decoder

    return get_decoder(RLELossless).as_array(
        encapsulate([stream]),
        decoding_plugin="pydicom",
        rows=rows,
        columns=columns,
        number_of_frames=1,
        samples_per_pixel=1,
        bits_allocated=16,
        bits_stored=16,
        pixel_representation=0,
        photometric_interpretation="MONOCHROME2",
        pixel_keyword="PixelData",
    )


_DECODERS: dict[str, Callable[[bytes, int, int], Any]] = {
    JPEG2000Lossless: _j2k,
    JPEGLSLossless: _jls,
    RLELossless: _rle,
}
