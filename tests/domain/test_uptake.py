"""Regions of uptake: connected voxels, spheres and the hottest sphere, against scipy, geometry and IBSI."""

from __future__ import annotations

import math

import numpy as np
import pytest

from app.domain.geometry import Grid
from app.domain.uptake import PEAK_RADIUS_MM, VoxelRegion, grown, hottest_near, peak, sphere
from tests.support.real_data import real_data
from tests.support.volumes import AXIAL_AXES, random_axes


def _grid(shape: tuple[int, int, int], mm: tuple[float, float, float], seed: int | None = None) -> Grid:
    axes = AXIAL_AXES if seed is None else random_axes(seed)
    return Grid(shape, mm, (-40.0, 12.0, 7.0), axes)  # type: ignore[arg-type]


def _whole(region: VoxelRegion, shape: tuple[int, ...]) -> np.ndarray:
    out = np.zeros(shape, dtype=bool)
    out[region.box] = region.mask
    return out


@pytest.mark.parametrize("seed", range(6))
def test_what_grows_is_the_component_of_scipy(seed: int) -> None:
    from scipy import ndimage

    random = np.random.default_rng(seed)
    values = random.random((14, 20, 17)).astype(np.float32)
    values[random.random(values.shape) < 0.02] = np.nan
    start = tuple(int(n) for n in np.argwhere(values >= 0.6)[seed])
    labels, _ = ndimage.label(values >= 0.6)
    found = grown(values, start, 0.6, values.size)  # type: ignore[arg-type]
    assert found is not None
    assert (_whole(found, values.shape) == (labels == labels[start])).all()
    assert grown(values, start, 0.6, found.voxels) is not None  # type: ignore[arg-type]
    if found.voxels > 1:
        assert grown(values, start, 0.6, found.voxels - 1) is None  # type: ignore[arg-type]


@pytest.mark.parametrize("seed", [None, 1, 2])
def test_a_sphere_has_its_volume_wherever_the_grid_lies(seed: int | None) -> None:
    """15 mm of radius in voxels of 1.5 × 1 × 1 mm: within a percent of 4/3·π·r³."""
    grid = _grid((40, 60, 60), (1.5, 1.0, 1.0), seed)
    found = sphere(grid, grid.centre_mm, 15.0)
    assert found is not None
    assert found.voxels * grid.voxel_mm3 == pytest.approx(4 / 3 * math.pi * 15**3, rel=0.01)
    far = tuple(float(x) for x in grid.to_lps((0, 0, 600)))
    assert sphere(grid, far, 15.0) is None  # type: ignore[arg-type]


def test_a_section_is_that_of_the_whole_region() -> None:
    values = np.random.default_rng(0).random((9, 11, 13))
    found = grown(values, tuple(int(n) for n in np.argwhere(values > 0.5)[40]), 0.5, 10_000)  # type: ignore[arg-type]
    assert found is not None
    whole = _whole(found, values.shape)
    for axis in range(3):
        for index in range(values.shape[axis]):
            part = found.section(axis, index, values.shape)  # type: ignore[arg-type]
            assert (whole.take(index, axis) == (part if part is not None else False)).all()


def test_the_peak_is_that_of_ibsi() -> None:
    """Global intensity peak of the digital phantom: 3.1 (IBSI 1, reference value, consensus very strong)."""
    import SimpleITK as sitk

    folder = real_data("radiomics_ibsi_digital") / "ibsi_1_digital_phantom" / "nifti"
    image = sitk.ReadImage(str(folder / "image" / "phantom.nii.gz"))
    values = sitk.GetArrayFromImage(image).astype(np.float64)
    inside = sitk.GetArrayFromImage(sitk.ReadImage(str(folder / "mask" / "mask.nii.gz"))) > 0
    mm = tuple(float(n) for n in image.GetSpacing()[::-1])
    region = VoxelRegion((0, 0, 0), inside)
    assert peak(values, _grid(values.shape, mm), region) == pytest.approx(3.1, abs=0.05)  # type: ignore[arg-type]


def test_the_peak_of_a_smooth_lesion() -> None:
    """A Gaussian of 12 mm SD: the mean of a sphere at its middle, by the integral."""
    grid = _grid((61, 61, 61), (1.0, 1.0, 1.0))
    away = np.linalg.norm(
        grid.to_lps(np.stack(np.indices(grid.shape), -1)) - np.array(grid.centre_mm), axis=-1
    )
    values = 8 * np.exp(-(away**2) / (2 * 12.0**2))
    region = sphere(grid, grid.centre_mm, 10.0)
    assert region is not None
    r = np.linspace(0, PEAK_RADIUS_MM, 20_001)
    truth = np.trapezoid(8 * np.exp(-(r**2) / 288) * 3 * r**2 / PEAK_RADIUS_MM**3, r)
    assert peak(values, grid, region) == pytest.approx(truth, rel=0.005)


def test_the_hottest_voxel_is_sought_within_reach() -> None:
    grid = _grid((20, 20, 20), (2.0, 2.0, 2.0), 3)
    values = np.zeros(grid.shape)
    values[10, 10, 13], values[10, 10, 17], values[10, 10, 10] = 5.0, 9.0, np.nan
    at = tuple(float(x) for x in grid.to_lps((10, 10, 10)))
    assert hottest_near(values, grid, at, 10.0) == (10, 10, 13)  # type: ignore[arg-type]
    assert hottest_near(np.full(grid.shape, np.nan), grid, at, 10.0) is None  # type: ignore[arg-type]
