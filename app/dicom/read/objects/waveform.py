"""Waveforms as physical values (PS3.3 C.10.9): electrocardiograms, haemodynamics, audio and others."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.dicom.read.header import Header
from app.dicom.read.objects.opening import code_of, first, object_header
from app.domain.waveform import Channel, MultiplexGroup, Waveform
from app.errors import BadInput, LimitExceeded
from app.processes.limits import MAX_FRAME_BYTES, mebibytes

#: Waveform Sample Interpretation as NumPy has it; mu-law and A-law sound is not among them
_SAMPLES = {"SB": "i1", "UB": "u1", "SS": "i2", "US": "u2", "SL": "i4", "UL": "u4", "SV": "i8", "UV": "u8"}


def read_waveform(path: Path, name: str) -> Waveform:
    """All groups of channels.  Runs in a bounded child; raises `BadInput` about `name`."""
    with object_header(path, name) as (header, found):
        order = "<" if found.little else ">"
        groups = tuple(_group(item, order, name) for item in header.items(0x54000100))
        if not groups:
            raise BadInput("{name} has no curves.", name=name)
        return Waveform(
            header.text(0x0008103E) or header.text(0x00081030), groups, tuple(dict.fromkeys(_notes(header)))
        )


def _group(item: Header, order: str, name: str) -> MultiplexGroup:
    frequency = item.number(0x003A001A)
    if not frequency or frequency <= 0:
        raise BadInput("{name} does not say how often its curves were sampled.", name=name)
    samples = _samples(item, order, name)
    definitions = item.items(0x003A0200)
    padding = _padding(item, samples.dtype)
    channels = tuple(
        _channel(definitions[n] if n < len(definitions) else None, n, samples[:, n], padding)
        for n in range(samples.shape[1])
    )
    return MultiplexGroup(item.text(0x003A0020), frequency, channels)


def _samples(item: Header, order: str, name: str) -> NDArray[Any]:
    """Stored values, shape (sample, channel)."""
    said = item.text(0x54001006).upper()
    if said not in _SAMPLES:
        raise BadInput(
            "{name} holds its curves in a form that is not read ({found}).", name=name, found=said or "?"
        )
    kind = np.dtype(order + _SAMPLES[said])
    channels = item.short(0x003A0005) or len(item.items(0x003A0200))
    raw = item.raw(0x54001010)
    if len(raw) > MAX_FRAME_BYTES:
        raise LimitExceeded(
            "{name}: its curves need {found} (limit {limit}).",
            name=name,
            found=mebibytes(len(raw)),
            limit=mebibytes(MAX_FRAME_BYTES),
        )
    count = len(raw) // (kind.itemsize * channels) if channels else 0
    if not count:
        raise BadInput("{name} has no curves.", name=name)
    count = min(count, item.word(0x003A0010, "I") or count)
    return np.frombuffer(raw, kind, count * channels).reshape(count, channels)


def _padding(item: Header, kind: np.dtype[Any]) -> int | None:
    """The stored value that means that nothing was recorded."""
    raw = item.raw(0x5400100A)
    return int(np.frombuffer(raw, kind, 1)[0]) if len(raw) >= kind.itemsize else None


def _channel(definition: Header | None, number: int, stored: NDArray[Any], padding: int | None) -> Channel:
    """Sensitivity, its correction, and the baseline (PS3.3 C.10.9.1.4)."""
    values = stored.astype(np.float64)
    unit, label = "", str(number + 1)
    if definition is not None:
        source = code_of(first(definition, 0x003A0208))
        label = definition.text(0x003A0203) or (source.meaning if source is not None else label)
        sensitivity = definition.number(0x003A0210)
        if sensitivity is not None:
            correction = definition.number(0x003A0212)
            factor = sensitivity * (1.0 if correction is None else correction)
            values = values * factor + (definition.number(0x003A0213) or 0.0)
            units = code_of(first(definition, 0x003A0211))
            unit = units.value if units is not None else ""
    if padding is not None:
        values[stored == padding] = np.nan
    return Channel(label, unit, values.astype(np.float32))


def _notes(header: Header) -> Iterator[str]:
    """What was said of the curves: texts, and measurements with their units."""
    for item in header.items(0x0040B020):
        if text := item.text(0x00700006):
            yield text
            continue
        concept, value = code_of(first(item, 0x0040A043)), item.text(0x0040A30A)
        unit, coded = code_of(first(item, 0x004008EA)), code_of(first(item, 0x0040A168))
        said = " ".join(part for part in (value, unit.value if unit and value else "") if part)
        said = said or (coded.meaning if coded is not None else "")
        if concept is not None and said:
            yield f"{concept.meaning}: {said}"
