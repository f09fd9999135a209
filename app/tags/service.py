"""Reads the elements of stored objects and of files; nothing is written."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from pathlib import Path

from app.dicom.read.object_facts import ObjectFacts
from app.dicom.read.one_frame import facts_of_frame
from app.dicom.read.tag_counts import count_values, merge
from app.dicom.read.tags import read_tags
from app.domain.person import Actor
from app.domain.study import Instance, Series
from app.domain.tag_table import ElementCounts, TagTable
from app.errors import NotFound, UserError
from app.i18n import tr
from app.jobs import Progress, never_cancelled, no_progress
from app.jobs.runner import Cancelling
from app.ports import Archive
from app.processes.dicom import DicomProcesses
from app.processes.pool import Pool

#: objects of a series that are looked at, and how many at a time
MAX_OBJECTS, AT_A_TIME = 5_000, 32
#: bytes of a value that two objects are compared by
COMPARED_BYTES = 256 << 20


@dataclass(frozen=True, slots=True)
class SeriesValues:
    """Values of the objects of a series: `read` of `total` could be read (or were looked at)."""

    counts: tuple[ElementCounts, ...]
    read: int
    total: int


@dataclass(frozen=True, slots=True)
class Choice:
    """An object to compare with, and what it is called."""

    name: str
    sop_uid: str
    series_uid: str


class TagService:
    """Elements of objects, read in the bounded children that parse files."""

    def __init__(self, archive: Archive, processes: DicomProcesses) -> None:
        self._archive = archive
        self._parsers = processes.parsers

    def instance(self, actor: Actor, series: Sequence[str], sop_uid: str) -> Instance:
        """An object of one of some series, the first one where `sop_uid` is ""; `NotFound`."""
        for series_uid in series:
            for one in self._archive.instances(actor, series_uid):
                if sop_uid in ("", one.sop_uid):
                    return one
        raise NotFound("This object is not in the open study.")

    def choices(
        self, actor: Actor, one: Instance, series: Sequence[Series], beside: Sequence[tuple[str, str]]
    ) -> tuple[Choice, ...]:
        """What an object may be compared with: (series, object) `beside` it on the screen, those before and
        after it in its series, the first of each other series.
        """
        instances = self._archive.instances(actor, one.series_uid)
        at = next((i for i, other in enumerate(instances) if other.sop_uid == one.sop_uid), 0)
        found = []
        for series_uid, sop_uid in beside:
            other_one = self.instance(actor, [series_uid], sop_uid)
            found.append(
                Choice(tr("Other viewport: {image}", image=object_name(other_one)), sop_uid, series_uid)
            )
        if at > 0:
            found.append(Choice(tr("Image before"), instances[at - 1].sop_uid, one.series_uid))
        if at + 1 < len(instances):
            found.append(Choice(tr("Image after"), instances[at + 1].sop_uid, one.series_uid))
        for other in series:
            first = next(iter(self._archive.instances(actor, other.series_uid)), None)
            if first is not None and other.series_uid != one.series_uid:
                name = " ".join(x for x in (other.modality, str(other.number or ""), other.description) if x)
                found.append(Choice(tr("First of: {series}", series=name), first.sop_uid, other.series_uid))
        return tuple(found)

    def table(
        self,
        actor: Actor,
        one: Instance,
        frame: int,
        *,
        cancelled: Cancelling = never_cancelled,
        whole: bool = False,
    ) -> TagTable:
        """The elements of an object; `whole` makes long values comparable."""
        encoding, _ = self._archive.charset(actor, one.study_uid)
        name, compared = object_name(one), COMPARED_BYTES if whole else 0
        with self._archive.lease(one.sha256) as path:
            return self._parsers.call(
                read_tags, path, name, encoding, frame, compared, about=name, cancelled=cancelled
            )

    def facts(
        self, one: Instance, frame: int, *, cancelled: Cancelling = never_cancelled
    ) -> ObjectFacts | None:
        """What is known of a frame's image; None where the object cannot be read as one."""
        name = object_name(one)
        try:
            with self._archive.lease(one.sha256) as path:
                return self._parsers.call(facts_of_frame, path, name, frame, about=name, cancelled=cancelled)
        except UserError:
            return None  # the elements tell what is wrong

    def series(
        self,
        actor: Actor,
        series_uid: str,
        *,
        progress: Progress = no_progress,
        cancelled: Cancelling = never_cancelled,
    ) -> SeriesValues:
        """The values of all objects of a series (of the first `MAX_OBJECTS`)."""
        instances = self._archive.instances(actor, series_uid)
        looked_at = instances[:MAX_OBJECTS]
        parts: list[ElementCounts] = []
        read = 0
        for start in range(0, len(looked_at), AT_A_TIME):
            group = looked_at[start : start + AT_A_TIME]
            found, number = self._count(actor, group, cancelled)
            parts, read = merge((parts, found)), read + number
            progress((start + len(group)) / len(looked_at), start + len(group), len(looked_at))
        return SeriesValues(tuple(parts), read, len(instances))

    def _count(
        self, actor: Actor, group: Sequence[Instance], cancelled: Cancelling
    ) -> tuple[list[ElementCounts], int]:
        encoding, _ = self._archive.charset(actor, group[0].study_uid)
        name = object_name(group[0])
        with ExitStack() as held:
            files = []
            for one in group:
                with suppress(UserError):  # an object that is gone is told by the number
                    files.append((held.enter_context(self._archive.lease(one.sha256)), object_name(one)))
            return self._parsers.call(count_values, files, encoding, about=name, cancelled=cancelled)


def read_file(parsers: Pool, path: Path) -> TagTable:
    """The elements of any file."""
    return parsers.call(read_tags, path, path.name, about=path.name)


def object_name(one: Instance) -> str:
    """How messages call an object; never by what is in it."""
    number = one.number if one.number is not None else one.sop_uid
    return tr("image {number}", number=number) if one.rows else tr("object {number}", number=number)
