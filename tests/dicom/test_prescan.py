"""The bounded look at raw bytes: what would hurt is refused before a parser sees it."""

from __future__ import annotations

import time

import pytest

from app.dicom.read.prescan import Unusable, prescan
from app.processes.limits import MAX_NESTING
from tests.dicom.dicom_objects import (
    DEFLATED,
    EXPLICIT,
    IMPLICIT,
    deflated,
    element,
    identity,
    image,
    nested,
    part10,
)


def reason(data: bytes) -> str:
    with pytest.raises(Unusable) as caught:
        prescan(data)
    assert caught.value.template.format(**caught.value.params)
    return caught.value.reason


@pytest.mark.parametrize("implicit", [False, True])
@pytest.mark.parametrize("defined", [False, True])
def test_nesting_is_refused_above_the_limit(implicit: bool, defined: bool) -> None:
    """R3: explicit and implicit VR, defined and undefined length."""
    syntax = IMPLICIT if implicit else EXPLICIT
    head = identity(implicit=implicit)
    assert (
        reason(part10(head + nested(MAX_NESTING + 1, implicit=implicit, defined=defined), syntax)) == "limit"
    )
    prescan(part10(head + nested(MAX_NESTING, implicit=implicit, defined=defined), syntax))


def test_hundred_thousand_levels_within_a_second() -> None:
    """R3: pydicom needs 38 s for this file, others die of it."""
    data = part10(identity() + nested(100_000))
    start = time.process_time()
    assert reason(data) == "limit"
    assert time.process_time() - start < 1.0, "of this process, whatever else the machine does"


def test_deflate_bomb_is_refused() -> None:
    """R2: 300 MB of zeros in 300 kB."""
    body = identity() + element(0x00091010, "OB", b"\0" * 300_000_000)
    packed = part10(deflated(body), DEFLATED)
    assert len(packed) < 400_000
    assert reason(packed) == "limit"


def test_deflated_data_set_is_read() -> None:
    found = prescan(part10(deflated(identity() + image()), DEFLATED))
    assert (found.number(0x00280010), found.pixel_length) == (4, 32)


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (image(65535, 65535), "limit"),
        (image(20000, 10000), "contradictory"),
        (image(65535, 65535, 100_000), "limit"),
        (image(4, 4, 2_000_000), "contradictory"),
        (image(4, 4, -3), "contradictory"),
        (image(4, 4, None, b"\0" * 20), "contradictory"),
        (image(4, 4, None, b"\0" * 20, length=32), "truncated"),
    ],
)
def test_lying_dimensions_are_refused(body: bytes, expected: str) -> None:
    """R2: Rows × Columns × Bits × Frames against the budget and against the bytes that are there."""
    assert reason(part10(identity() + body)) == expected


def test_frames_without_fragments_are_refused() -> None:
    pixels = b"\xfe\xff\x00\xe0\0\0\0\0" + b"\xfe\xff\x00\xe0\x04\0\0\0abcd" + b"\xfe\xff\xdd\xe0\0\0\0\0"
    body = image(4, 4, 5, pixels=None) + element(0x7FE00010, "OB", pixels, length=0xFFFFFFFF)
    assert reason(part10(identity() + body, "1.2.840.10008.1.2.4.90")) == "contradictory"


def test_every_truncation_has_an_answer() -> None:
    """R1: a file cut anywhere is refused or harmless, and never an unforeseen exception."""
    whole = part10(identity() + nested(3) + nested(2, defined=True) + image())
    assert prescan(whole).pixel_length == 32
    refused = 0
    for end in range(len(whole)):
        try:
            prescan(whole[:end])
        except Unusable:
            refused += 1
    assert refused > len(whole) * 0.8


@pytest.mark.parametrize(
    "data", [b"", b"hello world, this is a text file", b"\x89PNG\r\n\x1a\n" + b"\0" * 300, b"\xff" * 500]
)
def test_other_files_are_not_dicom(data: bytes) -> None:
    assert reason(data) == "not-dicom"


def test_data_set_without_preamble_is_found() -> None:
    assert prescan(identity() + image()).transfer_syntax == EXPLICIT
    assert prescan(identity(implicit=True)).transfer_syntax == IMPLICIT
