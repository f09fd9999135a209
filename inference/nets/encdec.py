"""One encoder–decoder for all: what distinguishes the published nets is this table of arguments.

Shapes are (batch, channel, row, column) for two dimensions and (batch, channel, slice, row, column) for
three.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import torch
from torch import nn


@dataclass(frozen=True, slots=True)
class EncDecShape:
    """Arguments of an encoder–decoder.

    `widths` are channels by level, finest first; `unshuffle` folds blocks of that side into channels before
    the first level (two dimensions only); `residual` adds the input to the output (then in- and outputs have
    the same channels).
    """

    dims: int = 2
    inputs: int = 1
    outputs: int = 1
    widths: tuple[int, ...] = (32, 64, 96)
    unshuffle: int = 2
    residual: bool = True
    blocks: int = 1
    normalise: bool = False

    @property
    def multiple(self) -> int:
        """Sides of the input must be multiples of this."""
        return int(self.unshuffle * 2 ** (len(self.widths) - 1))

    @property
    def reach(self) -> int:
        """Pixels (a multiple of `multiple`) around a place that can change the output there."""
        coarse = len(self.widths) - 1
        pixels = 2 * self.unshuffle  # first and last convolution
        for level in range(len(self.widths)):
            step = self.unshuffle * 2**level
            passes = 1 if level == coarse else 2
            pixels += step * (2 * self.blocks * passes + 2)
        return -(-pixels // self.multiple) * self.multiple


class Block(nn.Module):
    """Two convolutions around a skip."""

    def __init__(self, dims: int, width: int, normalise: bool) -> None:
        super().__init__()
        self.first = _convolution(dims, width, width)
        self.second = _convolution(dims, width, width)
        self.norm = _instance_norm(dims, width) if normalise else nn.Identity()
        self.activate = nn.LeakyReLU(0.05)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Same shape."""
        inner: torch.Tensor = self.activate(self.norm(self.first(x)))
        return self.activate(x + self.second(inner))  # type: ignore[no-any-return]


class EncDec(nn.Module):
    """Encoder–decoder with additive skips.  The last layer starts at zero: a residual net starts as the
    identity.
    """

    def __init__(self, shape: EncDecShape) -> None:
        super().__init__()
        self.shape = shape
        fold = shape.unshuffle**shape.dims if shape.unshuffle > 1 else 1
        dims, widths = shape.dims, shape.widths
        self.unfold: nn.Module = nn.PixelUnshuffle(shape.unshuffle) if fold > 1 else nn.Identity()
        self.refold: nn.Module = nn.PixelShuffle(shape.unshuffle) if fold > 1 else nn.Identity()
        self.stem = _convolution(dims, shape.inputs * fold, widths[0])
        self.down = nn.ModuleList(_step_down(dims, a, b) for a, b in pairwise(widths))
        self.up = nn.ModuleList(_step_up(dims, b, a) for a, b in pairwise(widths))
        self.encode = nn.ModuleList(self._level(width) for width in widths)
        self.decode = nn.ModuleList(self._level(width) for width in widths[:-1])
        self.head = _convolution(dims, widths[0], shape.outputs * fold)
        nn.init.zeros_(self.head.weight)
        nn.init.zeros_(self.head.bias)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """(batch, inputs, …) → (batch, outputs, …)."""
        features = self.stem(self.unfold(x))
        kept: list[torch.Tensor] = []
        for level, encode in enumerate(self.encode):
            if level:
                features = self.down[level - 1](kept[-1])
            features = encode(features)
            kept.append(features)
        for level in reversed(range(len(self.decode))):
            features = self.decode[level](self.up[level](features) + kept[level])
        out: torch.Tensor = self.refold(self.head(features))
        return x + out if self.shape.residual else out

    def _level(self, width: int) -> nn.Sequential:
        return nn.Sequential(
            *(Block(self.shape.dims, width, self.shape.normalise) for _ in range(self.shape.blocks))
        )


def _convolution(dims: int, inputs: int, outputs: int) -> Any:
    return (nn.Conv2d if dims == 2 else nn.Conv3d)(inputs, outputs, 3, padding=1)


def _step_down(dims: int, inputs: int, outputs: int) -> Any:
    return (nn.Conv2d if dims == 2 else nn.Conv3d)(inputs, outputs, 2, stride=2)


def _step_up(dims: int, inputs: int, outputs: int) -> Any:
    return (nn.ConvTranspose2d if dims == 2 else nn.ConvTranspose3d)(inputs, outputs, 2, stride=2)


def _instance_norm(dims: int, width: int) -> Any:
    return (nn.InstanceNorm2d if dims == 2 else nn.InstanceNorm3d)(width, affine=True)
