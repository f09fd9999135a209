"""The loop: AdamW, warm-up and cosine over a given number of steps, clipped gradients, running mean of the
weights.

Nothing in it depends on the clock: the same recipe on the same data gives the same weights, byte for byte, on
the same kind of processor with the same release of torch and the same number of threads.
"""

from __future__ import annotations

import logging
import math
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors.torch import save_file

from inference.nets.encdec import EncDec, EncDecShape
from inference.training.simulate import Slices

log = logging.getLogger(__name__)

#: HU that become one unit at the net's in- and output
HU_SCALE = 500.0
Batch = tuple[torch.Tensor, torch.Tensor]
Loss = Callable[[torch.Tensor, torch.Tensor], torch.Tensor]


@dataclass(frozen=True, slots=True)
class Recipe:
    """How long and how hard."""

    steps: int
    seed: int
    rate: float = 1.2e-3
    warm_up: int = 60
    average: float = 0.998
    clip: float = 1.0
    save_every_s: float = 120.0


@dataclass(frozen=True, slots=True)
class Run:
    """What a training run was."""

    seconds: float
    last_loss: float
    arithmetic: str


def fit(shape: EncDecShape, batches: Iterator[Batch], loss: Loss, recipe: Recipe, weights: Path) -> Run:
    """Train a net of that shape; its averaged weights are written to `weights` now and then, and at the
    end.
    """
    torch.manual_seed(recipe.seed)
    torch.use_deterministic_algorithms(True)
    net = EncDec(shape)
    optimiser = torch.optim.AdamW(net.parameters(), lr=recipe.rate, weight_decay=1e-4)
    averaged = {name: value.detach().clone() for name, value in net.state_dict().items()}
    began = saved = time.monotonic()
    shown = 0.0
    half = torch.cpu._is_avx512_bf16_supported() if hasattr(torch.cpu, "_is_avx512_bf16_supported") else False
    layout = torch.channels_last if shape.dims == 2 else torch.channels_last_3d
    net.to(memory_format=layout).train()
    for step in range(recipe.steps):
        source, target = next(batches)
        rate = (
            recipe.rate
            * min(1.0, (step + 1) / recipe.warm_up)
            * (0.5 + 0.5 * math.cos(math.pi * step / recipe.steps))
        )
        for group in optimiser.param_groups:
            group["lr"] = rate
        with torch.autocast("cpu", torch.bfloat16, enabled=half):
            value = loss(net(source.contiguous(memory_format=layout)), target)
        optimiser.zero_grad(set_to_none=True)
        value.backward()  # type: ignore[no-untyped-call]
        torch.nn.utils.clip_grad_norm_(net.parameters(), recipe.clip)
        optimiser.step()
        decay = min(recipe.average, (step + 1) / (step + 10))
        for name, current in net.state_dict().items():
            averaged[name].lerp_(current, 1 - decay)
        shown = 0.98 * shown + 0.02 * float(value.detach()) if step else float(value.detach())
        if (step + 1) % 200 == 0:
            left = (time.monotonic() - began) / (step + 1) * (recipe.steps - step - 1)
            log.info("step %d of %d, loss %.5f, %.0f min left", step + 1, recipe.steps, shown, left / 60)
        if time.monotonic() - saved > recipe.save_every_s:
            save(averaged, weights)
            saved = time.monotonic()
    save(averaged, weights)
    return Run(round(time.monotonic() - began, 1), shown, "bf16 autocast, f32 weights" if half else "f32")


def save(state: dict[str, torch.Tensor], weights: Path) -> None:
    """Write weights whole or not at all."""
    draft = weights.with_suffix(".part")
    save_file({name: value.contiguous() for name, value in state.items()}, draft)
    draft.chmod(0o644)  # safetensors makes it its owner's alone
    draft.replace(weights)


def denoising_batches(slices: Slices, seed: int, *, batch: int = 16, patch: int = 96) -> Iterator[Batch]:
    """Endless patches: noisy and clean, scaled; flipped, turned, noise stronger or weaker than drawn."""
    rng = np.random.default_rng([seed, 31])
    count, exposures, size, _ = slices.noise.shape
    while True:
        noisy = np.empty((batch, 1, patch, patch), dtype=np.float32)
        clean = np.empty_like(noisy)
        for number in range(batch):
            which, row, column = rng.integers(count), *rng.integers(size // 32, size - patch - size // 32, 2)
            if rng.random() < 0.75:  # most of the picture's border is air
                row, column = (int(v) for v in rng.integers(size // 6, size - patch - size // 6, 2))
            window = (slice(row, row + patch), slice(column, column + patch))
            truth = slices.clean[which][window].astype(np.float32)
            grain = slices.noise[which, rng.integers(exposures)][window].astype(np.float32)
            turn = int(rng.integers(8))
            # sometimes the noise is turned away from its anatomy, so that streaks alone do not betray bone
            apart = int(rng.integers(8)) if rng.random() < 0.15 else turn
            clean[number, 0] = _turn(truth, turn)
            noisy[number, 0] = clean[number, 0] + _turn(grain, apart) * rng.uniform(0.5, 1.5)
        yield torch.from_numpy(noisy / HU_SCALE), torch.from_numpy(clean / HU_SCALE)


def l1(found: torch.Tensor, wanted: torch.Tensor) -> torch.Tensor:
    """Mean absolute difference."""
    return (found.float() - wanted).abs().mean()


def _turn(picture: NDArray[np.float32], how: int) -> NDArray[np.float32]:
    turned = np.rot90(picture, how % 4)
    return turned[::-1] if how >= 4 else turned
