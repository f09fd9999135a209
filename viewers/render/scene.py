"""The volume rendering itself: VTK, in a process of its own (`viewers.render.client` starts it, `serve` runs
in it).

VTK keeps Python's lock while it draws, takes seconds for the first image of a large volume, and dies without
OpenGL; none of that may happen to the window. The process holds two copies of the volume: a reduced one for
while something moves, and the fine one.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from multiprocessing.connection import Connection
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.domain.geometry import Grid
from app.processes import wire
from app.viewing.presets import RenderingPreset

#: who draws: the processor, or a graphics card
SOFTWARE, HARDWARE = "software", "hardware"
#: voxels of the copy that is drawn while dragging, and of the finest that is drawn on a processor
REDUCED_VOXELS, FINE_VOXELS = 2_000_000, 30_000_000

#: slices of a block that are made together
_TOGETHER = 8

#: what stands in for all that is not the patient: clear in every preset, and without an edge to the skin as
#: air would have
_CLEAR_HU = 40


@dataclass(frozen=True, slots=True)
class Block:
    """Voxels for the rendering: int16 or float32 of shape (z, y, x) in C order; `matrix` (4, 4) takes (x, y,
    z) indices to LPS mm.
    """

    values: NDArray[Any]
    spacing_mm: tuple[float, float, float]
    matrix: NDArray[np.float64]
    step: tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class View:
    """What is asked for.  `camera` is (azimuth, elevation) in degrees from the front; `zoom` 1 shows the
    whole volume.
    """

    size: tuple[int, int]
    camera: tuple[float, float]
    zoom: float
    pan: tuple[float, float]
    preset: RenderingPreset
    fine: bool


@dataclass(frozen=True, slots=True)
class Frame:
    """A drawn image: RGB of shape (height, width, 3) as bytes, top row first, of `shape` (slices, rows,
    columns) voxels.
    """

    width: int
    height: int
    pixels: bytes
    fine: bool
    view: View
    shape: tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class Load:
    """A volume to be drawn: the reduced block and the fine one (or one that serves as both). `clear_table`
    for CT: all that is not the patient becomes air."""

    blocks: tuple[Block, ...]
    clear_table: bool


def block_of(
    values: NDArray[Any], grid: Grid, most_voxels: int, used: Callable[[], None] = lambda: None
) -> Block:
    """Means of n × m × k voxels of a (slice, row, column) array such that at most `most_voxels` are left,
    right-handed in LPS.

    Steps are taken first along the axes with the finest spacing, so that the voxels left are as cubic as can
    be.  `used` is called before each few slices are looked at: the values may be those of a file.
    """
    step = [1, 1, 1]
    while np.prod([max(n // s, 1) for n, s in zip(values.shape, step, strict=True)]) > most_voxels:
        widths = [grid.spacing_mm[i] * step[i] if step[i] < values.shape[i] else np.inf for i in range(3)]
        step[int(np.argmin(widths))] += 1
    kind = np.int16 if values.dtype == np.int16 else np.float32
    taken = _means(values, (step[0], step[1], step[2]), kind, used)
    axes = np.array(grid.axes) * np.array(grid.spacing_mm)[:, None] * np.array(step)[:, None]
    origin = np.asarray(grid.to_lps([(s - 1) / 2 for s in step]))
    if np.linalg.det(axes[::-1]) < 0:
        origin = origin + axes[0] * (taken.shape[0] - 1)
        axes[0] = -axes[0]
        taken = np.ascontiguousarray(taken[::-1])
    matrix = np.eye(4)
    lengths = np.linalg.norm(axes, axis=1)
    # x is the column, z the slice; the directions are unit vectors, the distances go into the spacing
    matrix[:3, :3] = (axes / lengths[:, None])[::-1].T
    matrix[:3, 3] = origin
    x, y, z = (float(v) for v in lengths[::-1])
    return Block(taken, (x, y, z), matrix, (step[0], step[1], step[2]))


def _means(
    values: NDArray[Any], step: tuple[int, int, int], kind: type, used: Callable[[], None]
) -> NDArray[Any]:
    """Block means, a few slices at a time, added up offset by offset: each value is read once, and no copy of
    the whole is made.
    """
    shape = tuple(n // s for n, s in zip(values.shape, step, strict=True))
    made = np.empty(shape, kind)
    for first in range(0, shape[0], _TOGETHER):
        used()
        part = values[first * step[0] : min(first + _TOGETHER, shape[0]) * step[0]]
        made[first : first + _TOGETHER] = part if step == (1, 1, 1) else _part_means(part, step, kind)
    return made


def _part_means(part: NDArray[Any], step: tuple[int, int, int], kind: type) -> NDArray[Any]:
    shape = tuple(n // s for n, s in zip(part.shape, step, strict=True))
    total = np.zeros(shape, np.float32)
    for i, j, k in np.ndindex(*step):
        total += part[
            i : shape[0] * step[0] : step[0],
            j : shape[1] * step[1] : step[1],
            k : shape[2] * step[2] : step[2],
        ]
    total /= float(np.prod(step))
    return np.rint(total) if kind is np.int16 else total


def body_mask(block: Block) -> NDArray[np.bool_]:
    """Where the patient is in a reduced CT block: the table, blankets and the air around are left out, lungs
    and gut are kept.

    Denser than −300 HU, thinned by a voxel so that thin shells part from the body, grown from the middle,
    thickened again; then all that cannot be reached from the sides of the image through what is left is
    inside. The mask ends a voxel below the skin.
    """
    dense = block.values > -300
    core = dense.copy()
    for axis in (1, 2):
        for shift in (-1, 1):
            core &= np.roll(dense, shift, axis)
    middle = np.zeros_like(core)
    middle[
        :,
        core.shape[1] // 3 : -(core.shape[1] // 3) or None,
        core.shape[2] // 3 : -(core.shape[2] // 3) or None,
    ] = True
    grown = _reach(core, core & middle)
    for axis in (1, 2):
        grown = grown | np.roll(grown, 1, axis) | np.roll(grown, -1, axis)
    sides = np.zeros_like(core)
    sides[:, [0, -1], :] = sides[:, :, [0, -1]] = True
    outside = _reach(~grown, ~grown & sides)
    for axis in (1, 2):
        outside = outside | np.roll(outside, 1, axis) | np.roll(outside, -1, axis)
    return np.asarray(~outside)


def _reach(allowed: NDArray[np.bool_], seeds: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """All of `allowed` that is connected with a seed."""
    from vtkmodules.util.numpy_support import numpy_to_vtk, vtk_to_numpy
    from vtkmodules.vtkCommonCore import vtkPoints
    from vtkmodules.vtkCommonDataModel import vtkImageData
    from vtkmodules.vtkImagingMorphological import vtkImageThresholdConnectivity

    found = np.argwhere(seeds)
    if not len(found):
        return np.zeros_like(allowed)
    points = vtkPoints()
    points.SetData(numpy_to_vtk(np.ascontiguousarray(found[:, ::-1], dtype=np.float64), deep=True))
    image = vtkImageData()
    image.SetDimensions(*allowed.shape[::-1])
    image.GetPointData().SetScalars(numpy_to_vtk(allowed.astype(np.uint8).ravel(), deep=True))
    flood = vtkImageThresholdConnectivity()
    flood.SetInputData(image)
    flood.SetSeedPoints(points)
    flood.ThresholdByUpper(1)
    flood.SetReplaceIn(1)
    flood.SetInValue(1)
    flood.SetReplaceOut(1)
    flood.SetOutValue(0)
    flood.Update()
    return np.asarray(vtk_to_numpy(flood.GetOutput().GetPointData().GetScalars()).reshape(allowed.shape) > 0)


def without_table(blocks: Sequence[Block]) -> list[Block]:
    """Blocks of CT with a clear value wherever the patient is not; as they were where the body cannot be told
    (under a tenth of the image).
    """
    mask = body_mask(blocks[0])
    if mask.mean() < 0.1:
        return list(blocks)
    out = []
    for block in blocks:
        nearest = [
            np.minimum(np.arange(n) * s // r, m - 1)
            for n, s, r, m in zip(block.values.shape, block.step, blocks[0].step, mask.shape, strict=True)
        ]
        values = block.values.copy()
        values[~mask[np.ix_(*nearest)]] = _CLEAR_HU
        out.append(replace(block, values=values))
    return out


def camera_vectors(
    camera: tuple[float, float],
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """(right, up, towards the eye) in LPS for (azimuth, elevation) in degrees; (0, 0) looks at the patient
    from the front.
    """
    azimuth, elevation = np.radians(camera)
    eye = np.array(
        [np.sin(azimuth) * np.cos(elevation), -np.cos(azimuth) * np.cos(elevation), np.sin(elevation)]
    )
    right = np.array([np.cos(azimuth), np.sin(azimuth), 0.0])
    return right, np.cross(eye, right), eye


class Scene:
    """A render window off screen with one volume in two resolutions."""

    def __init__(self, *, software: bool) -> None:
        import vtkmodules.vtkRenderingOpenGL2  # registers the factories
        import vtkmodules.vtkRenderingVolumeOpenGL2  # noqa: F401
        from vtkmodules.vtkRenderingCore import vtkRenderer, vtkRenderWindow

        self._software = software
        self._window, self._renderer = vtkRenderWindow(), vtkRenderer()
        self._window.SetOffScreenRendering(1)
        self._window.SetMultiSamples(0)
        self._window.AddRenderer(self._renderer)
        self._renderer.SetBackground(0, 0, 0)
        self._renderer.GetActiveCamera().ParallelProjectionOn()
        self._volumes: list[Any] = []
        self._preset: str = ""
        self._centre, self._radius = np.zeros(3), 1.0

    def load(self, load: Load) -> None:
        """Take over a volume."""
        blocks = without_table(load.blocks) if load.clear_table else load.blocks
        for volume in self._volumes:
            self._renderer.RemoveVolume(volume)
            volume.ReleaseGraphicsResources(self._window)
        self._volumes = [self._volume(block) for block in blocks]
        self._preset = ""
        self._frame_camera(blocks[0])

    def draw(self, view: View) -> Frame:
        """An image of the volume."""
        width, height = (max(int(n), 16) for n in view.size)
        self._window.SetSize(width, height)
        self._apply(view.preset)
        chosen = self._volumes[-1 if view.fine else 0]
        across, down, deep = chosen.GetMapper().GetInput().GetDimensions()
        for volume in self._volumes:
            if volume is not chosen:
                self._renderer.RemoveVolume(volume)
        if not self._renderer.HasViewProp(chosen):
            self._renderer.AddVolume(chosen)
        self._aim(view, width, height)
        self._window.Render()
        fine = view.fine or len(self._volumes) == 1
        return Frame(width, height, self._read(width, height), fine, view, (deep, down, across))

    def close(self) -> None:
        """Give graphics memory back."""
        self._renderer.RemoveAllViewProps()
        self._window.Finalize()

    def _volume(self, block: Block) -> Any:
        from vtkmodules.util.numpy_support import numpy_to_vtk
        from vtkmodules.vtkCommonDataModel import vtkImageData
        from vtkmodules.vtkCommonMath import vtkMatrix4x4
        from vtkmodules.vtkRenderingCore import vtkVolume

        image = vtkImageData()
        image.SetDimensions(*block.values.shape[::-1])
        image.SetSpacing(*block.spacing_mm)
        scalars = numpy_to_vtk(block.values.ravel(), deep=False)
        image.GetPointData().SetScalars(scalars)
        volume, matrix = vtkVolume(), vtkMatrix4x4()
        matrix.DeepCopy([float(v) for v in block.matrix.ravel()])
        volume.SetUserMatrix(matrix)
        volume.SetMapper(self._mapper(image, min(block.spacing_mm)))
        volume.kept = (block.values, scalars)
        return volume

    def _mapper(self, image: Any, least_mm: float) -> Any:
        from vtkmodules.vtkRenderingVolume import vtkFixedPointVolumeRayCastMapper, vtkGPUVolumeRayCastMapper

        mapper = vtkFixedPointVolumeRayCastMapper() if self._software else vtkGPUVolumeRayCastMapper()
        mapper.SetInputData(image)
        mapper.SetBlendModeToComposite()
        mapper.SetAutoAdjustSampleDistances(0)
        mapper.SetSampleDistance(least_mm)
        if self._software:
            mapper.SetImageSampleDistance(1.0)
        return mapper

    def _apply(self, preset: RenderingPreset) -> None:
        if repr(preset) == self._preset:
            return
        from vtkmodules.vtkCommonDataModel import vtkPiecewiseFunction
        from vtkmodules.vtkRenderingCore import vtkColorTransferFunction, vtkVolumeProperty

        opacity, colour, made = vtkPiecewiseFunction(), vtkColorTransferFunction(), vtkVolumeProperty()
        for value, alpha in preset.opacity:
            opacity.AddPoint(value, alpha)
        for value, red, green, blue in preset.colour:
            colour.AddRGBPoint(value, red / 255, green / 255, blue / 255)
        made.SetScalarOpacity(opacity)
        made.SetColor(colour)
        made.SetInterpolationTypeToLinear()
        made.ShadeOn()
        made.SetAmbient(preset.ambient)
        made.SetDiffuse(preset.diffuse)
        made.SetSpecular(preset.specular)
        made.SetSpecularPower(preset.power)
        made.SetScalarOpacityUnitDistance(preset.unit_mm)
        for volume in self._volumes:
            volume.SetProperty(made)
        self._preset = repr(preset)

    def _frame_camera(self, block: Block) -> None:
        extent = (np.array(block.values.shape[::-1]) - 1) * np.array(block.spacing_mm)
        self._centre = (block.matrix @ np.append(extent / 2, 1.0))[:3]
        self._half = np.abs(block.matrix[:3, :3]) @ (extent / 2)
        self._radius = float(np.linalg.norm(extent)) / 2

    def _aim(self, view: View, width: int, height: int) -> None:
        right, up, eye = camera_vectors(view.camera)
        # fitted to what is seen from the front: a turning volume must not breathe
        across, upright = float(max(self._half[0], self._half[1])), float(self._half[2])
        scale = max(upright, across * height / width) * 1.04 / view.zoom
        centre = self._centre - right * view.pan[0] + up * view.pan[1]
        camera = self._renderer.GetActiveCamera()
        camera.SetFocalPoint(*centre)
        camera.SetPosition(*(centre + eye * self._radius * 3))
        camera.SetViewUp(*up)
        camera.SetParallelScale(scale)
        self._renderer.ResetCameraClippingRange()

    def _read(self, width: int, height: int) -> bytes:
        from vtkmodules.util.numpy_support import vtk_to_numpy
        from vtkmodules.vtkCommonCore import vtkUnsignedCharArray

        pixels = vtkUnsignedCharArray()
        self._window.GetPixelData(0, 0, width - 1, height - 1, 1, pixels, 0)
        image = vtk_to_numpy(pixels).reshape(-1, width, 3)[:height]
        return np.ascontiguousarray(image[::-1]).tobytes()


def serve(connection: Connection, mapper: str) -> None:
    """The process: blocks and views come in, frames go out, until the other end is closed.  `mapper` is
    `SOFTWARE` or `HARDWARE`.
    """
    scene = Scene(software=mapper == SOFTWARE)
    try:
        while True:
            message = connection.recv()
            frame = None
            if isinstance(message, View):
                frame = scene.draw(message)
            else:
                scene.load(message)
            connection.send_bytes(wire.pack(wire.OK, frame))
    except (EOFError, OSError, KeyboardInterrupt):
        scene.close()
