"""Presentation states and reports of other makers, shown where they say: pixels held to pydicom's reading."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from pydicom import dcmread
from pydicom.dataset import Dataset
from scipy.ndimage import binary_dilation

from app.archive.service import ArchiveService
from app.domain.document import Page, Paragraph
from app.domain.layers import PresentationState
from app.domain.object_kind import ObjectKind
from app.domain.person import Actor
from app.objects.service import LayerEntry, ObjectService
from app.reading.service import ReadingService
from app.session.station import Station
from app.viewing.layers import OverlayLayer, PresentationLayer, ReportLayer
from app.viewing.presented import presented_images
from app.viewing.reported import placed_report
from app.viewing.screen import SliceView, StackView, Viewport, ViewportId
from tests.support.painted import painted
from tests.support.real_data import real_data

pytestmark = [pytest.mark.window, pytest.mark.real_data, pytest.mark.usefixtures("qapp")]


@contextmanager
def opened(station: Station, actor: Actor, image: Path, other: Path) -> Iterator[tuple[Viewport, LayerEntry]]:
    """An image with nothing over it, and the object that is about it."""
    station.get(ArchiveService).import_paths(actor, [image, other])
    ds, about = dcmread(image, stop_before_pixels=True), dcmread(other, stop_before_pixels=True)
    _, lease = station.get(ReadingService).acquire(actor, ds.SeriesInstanceUID)
    with lease:
        lease.wait()
        (entry,) = station.get(ObjectService).entries(actor, about.SeriesInstanceUID)
        viewport = Viewport(ViewportId("1"))
        is_stack = hasattr(lease.image, "frames")
        view = StackView(0) if is_stack else SliceView(0, 0)
        viewport.show(lease.image, view, display_set=lease.display_set)
        yield viewport, LayerEntry(entry, "object", 1)


def _plane(ds: Dataset, group: int) -> NDArray[np.bool_]:
    """An overlay plane, apart from the pixels or in a bit of them."""
    if (group, 0x3000) in ds:
        return np.asarray(ds.overlay_array(group), bool)
    stored = np.frombuffer(ds.PixelData, "<u2").reshape(ds.Rows, ds.Columns)
    return np.asarray(stored >> ds[group, 0x0102].value & 1, bool)


def test_six_overlays_of_a_state(station: Station, doctor: Actor) -> None:
    """Planes of the image in bits of its pixels and apart, and planes of the state: each pixel is bright, all
    others are as they were.
    """
    folder = real_data("dicom_kinds") / "weasis-dicom-tools"
    image, state = dcmread(folder / "overlay.dcm"), dcmread(folder / "prOverlay.dcm")
    groups = range(0x6000, 0x600C, 2)
    wanted = [_plane(state if (g, 0x0010) in state else image, g) for g in groups]
    with opened(station, doctor, folder / "overlay.dcm", folder / "prOverlay.dcm") as (viewport, layer):
        objects = station.get(ObjectService)
        found = objects.read(doctor, layer.entry)
        assert isinstance(found, PresentationState)
        assert found.told == ()
        assert viewport.display_set is not None
        planes = {}
        for part in objects.overlay_planes(doctor, viewport.display_set, 0):
            planes |= part
        images = presented_images(found, viewport.display_set.frames)
        viewport.put_layer(PresentationLayer(images))
        plain = painted(viewport, (512, 512), overlays_visible=False)[1].astype(int)
        viewport.put_layer(OverlayLayer(planes))
        pixels = painted(viewport, (512, 512))[1].astype(int)
    assert sum(plane.any() for plane in wanted) == len(groups)
    for plane in wanted:
        assert np.quantile(pixels[plane].min(axis=-1), 0.02) > 180
    away = ~binary_dilation(np.logical_or.reduce(wanted), iterations=4)
    assert away.any()
    assert np.array_equal(pixels[away], plain[away])


def test_groups_of_a_report(station: Station, doctor: Actor) -> None:
    """A circle and a line on their image; a point of another place in the patient is not on it."""
    folder = real_data("dicom_kinds") / "highdicom"
    names = ("ct_image.dcm", "sr_document_with_multiple_groups.dcm")
    with opened(station, doctor, folder / names[0], folder / names[1]) as (viewport, layer):
        assert layer.entry.kind is ObjectKind.STRUCTURED_REPORT
        marks = station.get(ObjectService).report_marks(doctor, layer)
        assert viewport.display_set is not None
        plain = painted(viewport, (512, 512))[1].astype(int)
        viewport.put_layer(ReportLayer(placed_report(marks, viewport.display_set.frames)))
        shown, after = painted(viewport, (512, 512))
        changed = np.abs(after.astype(int) - plain).max(axis=-1) > 20
        to_screen = shown.placement.to_screen
    assert len(marks.marks) == 3
    angles = np.linspace(0, 2 * np.pi, 24)
    circle = [(45 + 10 * np.cos(a), 55 + 10 * np.sin(a)) for a in angles]
    line = [(x, 45.0) for x in np.linspace(25, 45, 9)] + [(45.0, y) for y in np.linspace(45, 65, 9)]
    line += [(x, 65.0) for x in np.linspace(25, 45, 9)]
    near = binary_dilation(changed, iterations=4)  # the lines are dashed
    for x, y in (*circle, *line):
        column, row = to_screen(x, y)
        assert near[int(row), int(column)], (x, y)
    x, y = (int(v) for v in to_screen(90, 100))
    assert not changed[y - 40 : y + 40, x - 40 : x + 40].any()


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("dicom_seg_sr_rt/dcmqi/sr-example/sr.dcm", "其测量针对分割段：请显示它所引用的分割。"),
        ("dicom_kinds/dcmjs/sample-sr.dcm", "它所针对的图像不在本检查中，无法叠加显示。"),
        ("dicom_kinds/fo-dicom/test_SR.dcm", "未指明图像的图形未显示：1 个。"),
    ],
)
def test_why_a_report_has_no_marks_here(station: Station, doctor: Actor, name: str, said: str) -> None:
    """Said on its page, above what it says itself."""
    first, rest = name.split("/", 1)
    path = real_data(first) / rest
    station.get(ArchiveService).import_paths(doctor, [path])
    objects = station.get(ObjectService)
    (entry,) = objects.entries(doctor, dcmread(path).SeriesInstanceUID)
    page = objects.open(doctor, entry)
    assert isinstance(page, Page)
    assert said in [block.text for block in page.blocks if isinstance(block, Paragraph)]
