"""A file of an object, opened once for its reader, with failures as words."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

from app.dicom.read.header import PARSE_FAILURES, Header, opened
from app.dicom.read.prescan import Prescan, Unusable, prescan
from app.domain.coding import Code
from app.domain.layers import ImageReference
from app.domain.study import SopUid
from app.errors import BadInput


@contextlib.contextmanager
def failures_told(name: str) -> Iterator[None]:
    """What a file provokes as `BadInput` about `name`."""
    try:
        yield
    except Unusable as refusal:
        raise refusal.as_error(name) from refusal
    except OSError as error:
        raise BadInput(
            "{name} cannot be read ({cause}).", name=name, cause=error.strerror or type(error).__name__
        ) from error
    except PARSE_FAILURES as error:
        raise BadInput("{name} could not be read: {cause}.", name=name, cause=type(error).__name__) from error


@contextlib.contextmanager
def object_header(path: Path, name: str) -> Iterator[tuple[Header, Prescan]]:
    """The header of a file; raises `BadInput` about `name`, also for what the body of the block meets."""
    with failures_told(name), opened(path) as data:
        found = prescan(data)
        yield Header.of(found), found


def code_of(item: Header | None) -> Code | None:
    """A code sequence item (PS3.3 section 8.8); None where it holds neither value nor meaning."""
    if item is None:
        return None
    value = item.text(0x00080100) or item.text(0x00080119) or item.text(0x00080120)
    meaning = item.text(0x00080104)
    if not value and not meaning:
        return None
    return Code(value, item.text(0x00080102), meaning or value, item.text(0x00080103) or None)


def first(header: Header, tag: int) -> Header | None:
    """The first item of a sequence."""
    return next(iter(header.items(tag)), None)


def image_references(header: Header, tag: int) -> tuple[ImageReference, ...]:
    """The images that a reference sequence names, with their frames."""
    return tuple(
        ImageReference(SopUid(item.uid(0x00081155)), item.integers(0x00081160), item.uid(0x00081150))
        for item in header.items(tag)
    )
