"""Readers get files through leases, wherever the objects are kept."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from app.dicom.read.display_sets import display_sets
from app.dicom.read.facts_document import unpack_facts
from app.dicom.read.facts_index import index_documents
from app.dicom.read.loader import ImageLoader
from app.dicom.read.thumbnail import thumbnail
from app.domain.display_set import DisplaySet
from app.domain.study import Instance, SeriesUid, SopUid, StudyUid
from app.errors import NotFound, UserError
from app.jobs import never_cancelled, no_progress
from app.ports import Objects
from app.processes.dicom import DicomProcesses
from app.storage.objects import ObjectStore
from tests.dicom import dicom_objects
from tests.support.leased_objects import FetchedObjects, FilesByAddress

SLICES = 6
KINDS = ("local", "fetched")


def files(tmp_path: Path) -> dict[str, Path]:
    """The files of a small CT series by the SHA-256 of their bytes, in the order of their numbers."""
    paths, _ = dicom_objects.written(tmp_path / "ct", SLICES)
    return {hashlib.sha256(path.read_bytes()).hexdigest(): path for path in paths}


def kept(kind: str, paths: dict[str, Path], tmp_path: Path) -> Objects:
    """The objects in the station's own store, or on another machine."""
    if kind == "fetched":
        return FetchedObjects(paths, tmp_path / "cache")
    store = ObjectStore(tmp_path / "objects")
    for sha256, path in paths.items():
        store.put_file(path, sha256)
    return store


def described(objects: Objects, addresses: list[str], processes: DicomProcesses) -> DisplaySet:
    """The display set of objects, of what their headers say."""
    instances = [
        Instance(SopUid(f"1.2.{n}"), SeriesUid("1.2"), StudyUid("1"), "", "", sha256, 0)
        for n, sha256 in enumerate(addresses)
    ]
    documents = index_documents(instances, objects, parsers=processes.parsers, about="CT")
    facts = [unpack_facts(one.facts) for one in documents if one is not None]
    return display_sets(facts, study_uid="1.5", series_uid="1.6").sets[0]


@pytest.mark.parametrize("kind", KINDS)
def test_readers_ask_for_leases_only(processes: DicomProcesses, tmp_path: Path, kind: str) -> None:
    """Headers, pixels and thumbnail come from either; nothing that was fetched is left."""
    paths = files(tmp_path)
    objects = kept(kind, paths, tmp_path)
    found = described(objects, list(paths), processes)
    assert len(found.frames) == SLICES
    volume, task = ImageLoader(processes.decoders).open_volume(found, objects)
    assert task.run(progress=no_progress, cancelled=never_cancelled) == SLICES
    assert np.array_equal(volume.at(), dicom_objects.values(SLICES)[::-1])
    volume.voxels.close()
    stack, task = ImageLoader(processes.decoders).open_stack(found, objects)
    assert task.run(progress=no_progress, cancelled=never_cancelled) == SLICES
    assert stack.pixels.complete
    stack.pixels.close()
    assert Image.open(io.BytesIO(thumbnail(found, objects, parsers=processes.parsers))).size == (184, 184)
    if isinstance(objects, FetchedObjects):
        assert (
            len(objects.fetched) == 3 * SLICES + 1
        )  # headers, volume and stack: each file once; one picture
        assert list(objects.cache.iterdir()) == []


@pytest.mark.parametrize("kind", KINDS)
def test_a_missing_object_costs_itself(processes: DicomProcesses, tmp_path: Path, kind: str) -> None:
    paths = files(tmp_path)
    objects = kept(kind, paths, tmp_path)
    found = described(objects, list(paths), processes)
    gone = found.frames[2].sha256
    if isinstance(objects, FetchedObjects):
        del objects.paths[gone]
    else:
        assert isinstance(objects, ObjectStore)
        objects.path_of(gone).unlink()
    volume, task = ImageLoader(processes.decoders).open_volume(found, objects)
    with pytest.raises(NotFound, match=gone[:12]):
        task.run(progress=no_progress, cancelled=never_cancelled)
    assert [bool(arrived) for arrived in volume.voxels.ready[0]] == [s != 2 for s in range(SLICES)]
    volume.voxels.close()
    assert len(described(objects, list(paths), processes).frames) == SLICES - 1


def test_the_first_image_waits_for_no_other_file(processes: DicomProcesses, tmp_path: Path) -> None:
    """However many there are: it has arrived before the others are looked for, in a volume and in a stack."""
    paths = files(tmp_path)
    found = described(FilesByAddress(paths), list(paths), processes)

    class Watched(FilesByAddress):
        asked: list[tuple[str, int]]

        @contextmanager
        def lease(self, sha256: str) -> Iterator[Path]:
            self.asked.append((sha256, int(np.count_nonzero(self.ready()))))
            with super().lease(sha256) as path:
                yield path

    objects = Watched(paths)
    loader = ImageLoader(processes.decoders)
    volume, task = loader.open_volume(found, objects, first=4)
    objects.asked, objects.ready = [], lambda: volume.voxels.ready  # type: ignore[attr-defined]
    assert task.run(progress=no_progress, cancelled=never_cancelled) == SLICES
    assert objects.asked[0] == (found.frames[4].sha256, 0)
    assert [arrived for _, arrived in objects.asked[1:]] == [1] * (SLICES - 1)
    assert len({sha256 for sha256, _ in objects.asked}) == SLICES
    volume.voxels.close()
    stack, task = loader.open_stack(found, objects, first=1)
    objects.asked, objects.ready = [], lambda: stack.pixels.ready  # type: ignore[attr-defined]
    assert task.run(progress=no_progress, cancelled=never_cancelled) == SLICES
    assert [arrived for _, arrived in objects.asked] == [0] + [1] * (SLICES - 1)
    stack.pixels.close()


def test_a_sweep_leaves_what_is_held(tmp_path: Path) -> None:
    """And finds it again later."""
    store = ObjectStore(tmp_path / "objects")
    held, other = store.put_bytes(b"held").sha256, store.put_bytes(b"other").sha256
    with store.lease(held) as one, store.lease(held) as two:
        assert one == two
        assert store.sweep(set()) == 1
        assert one.read_bytes() == b"held"
    assert not store.has(other)
    assert store.unsettled() == {held}
    assert store.sweep(set(), only=store.unsettled()) == 1
    with pytest.raises(UserError), store.lease(held):
        pass
    assert not store.unsettled()
