"""Parallel-beam projection of slices and its exact adjoint, by the Fourier slice theorem on a gridded plane.

A slice is taken as band-limited (each pixel a sinc); its projection at angle θ is then the inverse transform
of its Fourier plane along the line through the origin at θ. The plane is sampled by convolution with a
Kaiser–Bessel kernel on a grid of twice the size (Beatty, IEEE TMI 2005;24:799), which is a sparse matrix, so
that forward and adjoint are one matrix and its transpose. Two slices travel as real and imaginary part of
one.

Slices are (slice, row, column) in 1/mm; sinograms are (slice, view, bin), dimensionless, bins spaced as the
pixels.
"""

from __future__ import annotations

from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import fft, sparse
from scipy.special import i0

Floats = NDArray[np.float32]
Complexes = NDArray[np.complex64]

_KERNEL_WIDTH = 4
_OVERSAMPLING = 2
#: shape of the Kaiser–Bessel kernel for this width and oversampling (Beatty 2005, equation 5)
_BETA = float(np.pi * np.sqrt((_KERNEL_WIDTH / _OVERSAMPLING * (_OVERSAMPLING - 0.5)) ** 2 - 0.8))


class Radon:
    """Projector for square slices of `size` pixels of `pixel_mm`, `views` angles over 180°."""

    def __init__(self, size: int, pixel_mm: float, views: int) -> None:
        self.size = size
        self.pixel_mm = pixel_mm
        self.views = views
        #: bins: over the slice's diagonal, so that no projection wraps around
        self.bins = int(fft.next_fast_len(int(np.ceil(size * 1.42)) + 2, real=False))
        self.bins += self.bins % 2
        self._grid = _OVERSAMPLING * size

    def project(self, slices: NDArray[Any]) -> Floats:
        """Line integrals (slice, view, bin) of (slice, row, column) attenuation per mm."""
        return _unpack(self._forward(_pack(slices)), len(slices))

    def adjoint(self, sinograms: NDArray[Any]) -> Floats:
        """The transpose of `project`: backprojection without weights, (slice, row, column)."""
        return _unpack(self._backward(_pack(sinograms)), len(sinograms))

    def filtered_backprojection(self, sinograms: NDArray[Any], kernel: Kernel | None = None) -> Floats:
        """Attenuation per mm from line integrals; linear in them."""
        filtered = self.filter(_pack(sinograms), kernel or Kernel())
        scale = np.float32(np.pi / self.views / self.pixel_mm**2)
        return _unpack(self._backward(filtered) * scale, len(sinograms))

    def filter(self, sinograms: Complexes, kernel: Kernel) -> Complexes:
        """Ramp filter and window along the bins, zero-padded to twice their number."""
        response = kernel.response(2 * self.bins)
        spectrum = fft.fft(sinograms, n=2 * self.bins, axis=-1, workers=2)
        spectrum *= response.astype(np.float32)
        out: Complexes = fft.ifft(spectrum, axis=-1, workers=2)[..., : self.bins]
        return out

    def _forward(self, slices: Complexes) -> Complexes:
        half = (self._grid - self.size) // 2
        plane = np.zeros((len(slices), self._grid, self._grid), dtype=np.complex64)
        plane[:, half : half + self.size, half : half + self.size] = slices * self._roll_off
        plane = fft.fft2(fft.ifftshift(plane, axes=(1, 2)), workers=2, overwrite_x=True)
        lines = _apply(self._gridding, plane.reshape(len(slices), -1)).reshape(
            len(slices), self.views, self.bins
        )
        shifted = fft.ifft(fft.ifftshift(lines, axes=-1), axis=-1, workers=2, overwrite_x=True)
        out: Complexes = fft.fftshift(shifted, axes=-1) * np.float32(self.pixel_mm)
        return out

    def _backward(self, sinograms: Complexes) -> Complexes:
        half = (self._grid - self.size) // 2
        lines = fft.fft(fft.ifftshift(sinograms, axes=-1), axis=-1, workers=2)
        lines = fft.fftshift(lines, axes=-1) * np.float32(self.pixel_mm / self.bins)
        plane = _apply(self._gridding_transposed, lines.reshape(len(sinograms), -1))
        plane = plane.reshape(len(sinograms), self._grid, self._grid)
        image = fft.fftshift(fft.ifft2(plane, norm="forward", workers=2, overwrite_x=True), axes=(1, 2))
        out: Complexes = image[:, half : half + self.size, half : half + self.size] * self._roll_off
        return out

    @cached_property
    def _gridding(self) -> Any:
        """Sparse (view · bin, row · column) interpolation of the oversampled Fourier plane."""
        angles = np.arange(self.views) * np.pi / self.views
        radii = (np.arange(self.bins) - self.bins // 2) / self.bins * self._grid
        kx, ky = (np.outer(trig(angles), radii).ravel() for trig in (np.cos, np.sin))
        starts = [np.ceil(k - _KERNEL_WIDTH / 2).astype(np.int64) for k in (ky, kx)]
        weights = [
            [_kaiser_bessel(start + i - k) for i in range(_KERNEL_WIDTH)]
            for start, k in zip(starts, (ky, kx), strict=True)
        ]
        # the line's Nyquist sample has no partner of the other sign: without it a real slice has a real
        # projection
        weights[0] = [np.where(np.tile(np.arange(self.bins) == 0, self.views), 0.0, w) for w in weights[0]]
        columns = np.empty((len(kx), _KERNEL_WIDTH, _KERNEL_WIDTH), dtype=np.int32)
        values = np.empty(columns.shape, dtype=np.float32)
        for i in range(_KERNEL_WIDTH):
            for j in range(_KERNEL_WIDTH):
                columns[:, i, j] = (starts[0] + i) % self._grid * self._grid + (starts[1] + j) % self._grid
                values[:, i, j] = weights[0][i] * weights[1][j]
        pointers = np.arange(len(kx) + 1, dtype=np.int32) * _KERNEL_WIDTH**2
        return sparse.csr_array((values.ravel(), columns.ravel(), pointers), shape=(len(kx), self._grid**2))

    @cached_property
    def _gridding_transposed(self) -> Any:
        return self._gridding.T.tocsr()

    @cached_property
    def _roll_off(self) -> Floats:
        """One over the kernel's transform, (row, column): what the convolution took away."""
        x = (np.arange(self.size) - self.size // 2) / self._grid
        argument = np.sqrt(np.asarray(_BETA**2 - (np.pi * _KERNEL_WIDTH * x) ** 2, dtype=complex))
        profile = (np.sinh(argument) / argument).real * _KERNEL_WIDTH / i0(_BETA)
        return (1.0 / np.outer(profile, profile)).astype(np.float32)


class Kernel:
    """Reconstruction kernel: ramp times a window. `cutoff` in units of Nyquist; `sharpness` > 0 lifts the
    middle band.

    ``Kernel()`` is the plain ramp; soft tissue kernels have a cutoff near 0.6, lung and bone kernels a
    sharpness near 1.
    """

    def __init__(self, cutoff: float = 0.0, sharpness: float = 0.0) -> None:
        self.cutoff = cutoff
        self.sharpness = sharpness

    def response(self, length: int) -> NDArray[np.float64]:
        """Frequency response in cycles per bin, order of the FFT."""
        index = fft.fftfreq(length, 1.0 / length)
        ramp = np.zeros(length)
        ramp[index == 0] = 0.25
        odd = index % 2 == 1
        ramp[odd] = -1.0 / (np.pi * index[odd]) ** 2
        response = np.abs(fft.fft(ramp).real)
        frequency = np.abs(index) / (length / 2)
        if self.cutoff > 0:
            response = response * np.where(
                frequency < self.cutoff, np.cos(np.pi / 2 * frequency / self.cutoff) ** 2, 0.0
            )
        out: NDArray[np.float64] = response * (
            1.0 + self.sharpness * np.sin(np.pi * np.clip(frequency / 0.9, 0.0, 1.0))
        )
        return out


def _kaiser_bessel(distance: NDArray[np.float64]) -> NDArray[np.float64]:
    inside = np.clip(1.0 - (2.0 * distance / _KERNEL_WIDTH) ** 2, 0.0, None)
    return np.where(np.abs(distance) < _KERNEL_WIDTH / 2, i0(_BETA * np.sqrt(inside)) / i0(_BETA), 0.0)


def _apply(matrix: Any, rows: Complexes) -> Complexes:
    """`matrix` times each row; several rows at once read the matrix once."""
    if len(rows) == 1:
        single: Complexes = (matrix @ rows[0])[None]
        return single
    out: Complexes = np.ascontiguousarray((matrix @ np.ascontiguousarray(rows.T)).T)
    return out


def _pack(real: NDArray[Any]) -> Complexes:
    """(2n, …) real → (n, …) complex; an odd last one travels alone."""
    out = np.zeros(((len(real) + 1) // 2, *real.shape[1:]), dtype=np.complex64)
    out.real = real[0::2]
    out.imag[: len(real) // 2] = real[1::2]
    return out


def _unpack(packed: Complexes, count: int) -> Floats:
    out = np.empty((count, *packed.shape[1:]), dtype=np.float32)
    out[0::2] = packed.real
    out[1::2] = packed.imag[: count // 2]
    return out
