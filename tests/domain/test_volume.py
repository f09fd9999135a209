"""Volumes that fill, in one process or across two."""

from __future__ import annotations

import gc
import multiprocessing

import numpy as np
import pytest

from app.domain.geometry import Grid
from app.domain.provenance import derived_uid
from app.domain.quantity import Quantity
from app.domain.study import Patient, SeriesUid
from app.domain.volume import SharedBlock, SharedVoxels, Volume, Voxels

AXES = ((0.0, 0.0, 1.0), (0.0, 1.0, 0.0), (1.0, 0.0, 0.0))


def _fill(descriptor: SharedBlock) -> None:
    other = SharedVoxels.attach(descriptor)
    other.array[0, 1] = 7
    other.ready[0, 1] = True
    other.close()


def test_another_process_fills_a_shared_block() -> None:
    """A decoder child writes values and the ready mask straight into the volume."""
    voxels = SharedVoxels.create((1, 3, 4, 5), np.int16)
    try:
        assert not voxels.ready.any()
        child = multiprocessing.get_context("spawn").Process(target=_fill, args=(voxels.descriptor,))
        child.start()
        child.join(30)
        assert child.exitcode == 0
        assert voxels.ready.tolist() == [[False, True, False]]
        assert voxels.fraction == pytest.approx(1 / 3)
        assert (voxels.array[0, 1] == 7).all()
        assert not voxels.array[0, 0].any()
    finally:
        voxels.close()


def test_volume_refuses_voxels_of_another_shape() -> None:
    """Voxels and grid must agree."""
    grid = Grid((2, 3, 4), (1, 1, 1), (0, 0, 0), AXES)
    with pytest.raises(ValueError, match="do not fit"):
        Volume(grid, Voxels(np.zeros((1, 2, 3, 5))), Quantity.HU, "CT", SeriesUid("1"))


def test_generations_grow() -> None:
    """Each source has a generation of its own, so that late results can be told."""
    first, second = Voxels(np.zeros((1, 1, 1, 1))), Voxels(np.zeros((1, 1, 1, 1)))
    assert second.generation > first.generation


def test_derived_uids_are_stable_valid_and_differ() -> None:
    """The same parts give the same UID under 2.25, at most 64 characters (PS3.5 9)."""
    uid = derived_uid("a", "b")
    assert uid == derived_uid("a", "b")
    assert uid != derived_uid("ab")
    assert uid.startswith("2.25.")
    assert len(uid) <= 64


@pytest.mark.parametrize(
    ("name", "shown"),
    [("Yanshi^Huanzhe=演示^患者", "演示 患者"), ("DOE^JOHN", "DOE JOHN"), ("=王^小明", "王 小明"), ("", "")],
)
def test_display_name_prefers_the_ideographic_group(name: str, shown: str) -> None:
    """A Chinese reader sees the Chinese name."""
    assert Patient("1", name).display_name == shown


def test_a_view_outlives_the_closed_block() -> None:
    """A drawing thread that still holds the array when the study is closed reads on: the program does not end
    (robustness).
    """
    voxels = SharedVoxels.create((1, 3, 64, 64), np.int16)
    voxels.array[...] = 7
    view = voxels.array[0]
    voxels.close()
    assert int(view.sum()) == 7 * view.size
    del voxels
    gc.collect()
    assert int(view.max()) == 7
