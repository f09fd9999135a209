"""Facts of one frame of a file, for what is told of the image that is shown.  Runs in the bounded child."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from app.dicom.read.frames import object_facts
from app.dicom.read.header import Header, opened
from app.dicom.read.object_facts import ObjectFacts
from app.dicom.read.objects.opening import failures_told
from app.dicom.read.prescan import prescan


def facts_of_frame(path: Path, name: str, index: int) -> ObjectFacts:
    """Facts of a file with one of its frames (zero-based); `name` stands for it in messages."""
    with failures_told(name), opened(path, header_only=True) as data:
        found = prescan(data)
        header = Header.of(found)
        facts = object_facts(header, found, "", header.uid(0x00080018))
    own = [frame for frame in facts.frames if frame.index == index] or list(facts.frames[:1])
    return replace(facts, frames=tuple(own[:1]))
