"""Which anatomies train, which judge.  They never overlap, and the demo's anatomy is in neither."""

from __future__ import annotations

from collections.abc import Sequence

from inference.physics.phantom import DEMO_SEED

#: anatomies of the training set count up from here
TRAINING_FIRST = 1_000_000
#: held-out chests (family A) and heads (family B: another generator altogether)
HELD_OUT_CHESTS = tuple(range(9_000_001, 9_000_009))
HELD_OUT_HEADS = tuple(range(9_500_001, 9_500_005))


def training_seeds(count: int, run: int) -> Sequence[int]:
    """Seeds of `count` anatomies for training run number `run`."""
    first = TRAINING_FIRST + run * 10_000
    seeds = range(first, first + count)
    if count > 10_000 or DEMO_SEED in seeds or set(seeds) & {*HELD_OUT_CHESTS, *HELD_OUT_HEADS}:
        raise ValueError(f"training seeds {first}…{first + count} touch held-out ones")
    return seeds
