"""Planes across the slices of volumes in files: gathered right, kept in their room, what is shown stays."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from app.domain import blocks
from app.domain.file_blocks import BlockFiles
from app.domain.plane_slabs import PlaneKey, PlaneSlabs, Slab
from app.domain.volume import SharedVoxels
from app.errors import Cancelled, Unavailable

SHAPE = (2, 7, 6, 5)


@pytest.fixture
def voxels(tmp_path: Path) -> Iterator[SharedVoxels]:
    """Two times seven slices with values that tell their place; one slice has not arrived."""
    made = SharedVoxels.create(SHAPE, np.float32, BlockFiles(tmp_path / "images", 1 << 16))
    for time, s in np.ndindex(2, 7):
        if (time, s) != (1, 4):
            made.put(time, s, _truth()[time, s])
    yield made
    made.close()
    assert list((tmp_path / "images").iterdir()) == []


def _truth() -> np.ndarray:  # type: ignore[type-arg]
    return np.arange(np.prod(SHAPE), dtype=np.float32).reshape(SHAPE)


def _slab(first: int, count: int, *, axis: int = 1, generation: int = 1) -> Slab:
    shape = (4, count, 10) if axis == 1 else (4, 10, count)
    return Slab(PlaneKey(generation, 0, axis, first), np.zeros(shape, np.uint8), np.ones(4, bool))


@pytest.mark.parametrize("axis", [1, 2])
def test_gathered_planes_are_those_of_the_volume(voxels: SharedVoxels, axis: int) -> None:
    truth = _truth()[1].copy()
    truth[4] = 0
    for first, count in ((0, 1), (1, 3), (2, 3)):
        slab = voxels.gather(PlaneKey(voxels.generation, 1, axis, first), count, lambda: False)
        wanted = truth[:, first : first + count] if axis == 1 else truth[:, :, first : first + count]
        assert np.array_equal(slab.values, wanted)
        assert [bool(one) for one in slab.ready] == [s != 4 for s in range(7)]
        assert slab.fraction == 6 / 7


def test_gathering_is_given_up(voxels: SharedVoxels) -> None:
    with pytest.raises(Cancelled):
        voxels.gather(PlaneKey(voxels.generation, 0, 2, 0), 1, lambda: True)


def test_what_is_shown_stays_and_the_rest_goes_by_age() -> None:
    planes = PlaneSlabs(3 * 80)
    shown = PlaneKey(1, 0, 1, 1)
    for first in (0, 2, 4):
        planes.put(_slab(first, 2), [shown])
    assert planes.find(PlaneKey(1, 0, 1, 3)) is not None, "it was used last"
    planes.put(_slab(6, 2), [shown])
    assert [planes.find(PlaneKey(1, 0, 1, n)) is not None for n in (1, 2, 4, 6)] == [True, True, False, True]
    planes.put(_slab(0, 30, axis=2), [shown, PlaneKey(1, 0, 2, 3)])
    assert planes.find(shown) is not None
    assert planes.used_bytes == 80 + 1200, "more than there is room for, and nothing beside what is shown"
    planes.forget(1)
    assert planes.used_bytes == 0


def test_the_nearest_plane_stands_in() -> None:
    planes = PlaneSlabs(1 << 20)
    for first in (10, 40):
        planes.put(_slab(first, 4), ())
    asked = (0, 12, 20, 30, 99)
    assert [planes.nearest(PlaneKey(1, 0, 1, n)) for n in asked] == [10, 12, 13, 40, 43]
    others = (PlaneKey(1, 0, 2, 10), PlaneKey(1, 1, 1, 10), PlaneKey(2, 0, 1, 10))
    assert [planes.nearest(key) for key in others] == [None, None, None]


def test_a_slab_takes_the_place_of_one_of_an_earlier_moment() -> None:
    planes = PlaneSlabs(1 << 20)
    for _ in range(3):
        planes.put(_slab(10, 4), ())
    assert planes.used_bytes == 160


def test_files_of_processes_that_ended_go_and_those_of_living_ones_stay(tmp_path: Path) -> None:
    """As with blocks in memory: the name and the lock tell."""
    files = BlockFiles(tmp_path / "images", 1 << 16)
    living = files.made(5000)
    parts = Path(living.name).name.split("-")
    left = files.folder / "-".join([*parts[:3], "1", "1"])
    left.write_bytes(b"x" * 4096)
    assert blocks.remove_abandoned(files.folder) >= 4096
    assert (left.exists(), Path(living.name).exists()) == (False, True)
    with pytest.raises(Unavailable, match="cut short"):  # whoever shortened it
        living.read_into(memoryview(bytearray(8)), living.size - 4)
    living.unlink()
    living.close()
