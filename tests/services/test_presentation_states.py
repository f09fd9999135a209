"""Presentation states from the archive to the screen, held to dcmtk's rendering."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image
from pydicom import dcmread
from pydicom.dataset import Dataset

from app.archive.service import ArchiveService
from app.domain.layers import PresentationState
from app.domain.object_kind import ObjectKind
from app.domain.person import Actor
from app.objects.service import ObjectService
from app.reading.service import ReadingService
from app.session.station import Station
from app.viewing.layers import PresentationLayer
from app.viewing.presented import presented_images
from app.viewing.screen import StackView, Viewport, ViewportId
from tests.dicom.objects.made_objects import item
from tests.dicom.objects.made_states import (
    COLUMNS,
    ROWS,
    area,
    grey_image,
    state_for,
    table,
    window,
    with_plane,
)
from tests.support.painted import painted
from tests.support.real_data import real_data
from tests.support.tools import require_tool

pytestmark = [pytest.mark.window, pytest.mark.usefixtures("qapp")]

SQUARES = np.arange(256) ** 2 // 16
BLOCK = np.zeros((ROWS, COLUMNS), np.uint8)
BLOCK[4:10, 6:20] = 1


@contextmanager
def shown(station: Station, actor: Actor, image: Dataset, state: Dataset, folder: Path) -> Iterator[Viewport]:
    """The image with the state applied, both imported."""
    folder.mkdir()
    image.save_as(folder / "image.dcm", enforce_file_format=True)
    state.save_as(folder / "state.dcm", enforce_file_format=True)
    station.get(ArchiveService).import_paths(actor, [folder])
    _, lease = station.get(ReadingService).acquire(actor, image.SeriesInstanceUID)
    with lease:
        lease.wait()
        objects = station.get(ObjectService)
        (entry,) = objects.entries(actor, state.SeriesInstanceUID)
        assert entry.kind is ObjectKind.PRESENTATION_STATE
        found = objects.read(actor, entry)
        assert isinstance(found, PresentationState)
        viewport = Viewport(ViewportId("1"))
        viewport.show(lease.image, StackView(0))
        images = presented_images(found, lease.display_set.frames)
        viewport.put_layer(PresentationLayer(images))
        yield viewport


def dcmtk(folder: Path) -> NDArray[np.uint8]:
    """What dcmp2pgm makes of the same files."""
    out = folder / "out.pgm"
    command = [
        require_tool("dcmp2pgm"), "-p", str(folder / "state.dcm"), str(folder / "image.dcm"), str(out)
    ]  # fmt: skip
    subprocess.run(command, check=True, capture_output=True)
    with Image.open(out) as picture:
        return np.array(picture)


def _table_state(image: Dataset) -> Dataset:
    lut = table(SQUARES, 0, 12)
    return state_for(
        image,
        PresentationLUTShape=None,
        PresentationLUTSequence=[lut],
        SoftcopyVOILUTSequence=[window(2048, 4096)],
    )


CASES: dict[str, tuple[dict[str, Any], Callable[[Dataset], Dataset]]] = {
    "all that is stored": ({}, state_for),
    "inverse": ({}, lambda i: state_for(i, PresentationLUTShape="INVERSE")),
    "MONOCHROME1 does not count": ({"photometric": "MONOCHROME1"}, state_for),
    "the image's rescale does not count": (
        {"RescaleSlope": "2", "RescaleIntercept": "-1000", "RescaleType": "US"},
        lambda i: state_for(i, SoftcopyVOILUTSequence=[window(2000, 1000)]),
    ),
    "the state's rescale": (
        {},
        lambda i: state_for(
            i,
            RescaleSlope="2",
            RescaleIntercept="-1000",
            RescaleType="US",
            SoftcopyVOILUTSequence=[window(2000, 3000)],
        ),
    ),
    "a VOI table": (
        {},
        lambda i: state_for(
            i, SoftcopyVOILUTSequence=[_voi_item(table((np.arange(1024) * 15) % 4096, 512, 12))]
        ),
    ),
    "a presentation table": ({}, _table_state),
    "turned": ({}, lambda i: state_for(i, ImageRotation=90, ImageHorizontalFlip="N")),
    "turned and mirrored": ({}, lambda i: state_for(i, ImageRotation=270, ImageHorizontalFlip="Y")),
    "a bitmap shutter": (
        {},
        lambda i: with_plane(
            state_for(i, ShutterShape="BITMAP", ShutterOverlayGroup=0x6000, ShutterPresentationValue=32768),
            0x6000,
            BLOCK,
        ),
    ),
}


def _voi_item(lut: Dataset) -> Dataset:
    made = Dataset()
    made.VOILUTSequence = [lut]
    return made


def test_grey_levels_are_those_of_dcmtk(station: Station, doctor: Actor, tmp_path: Path) -> None:
    """Pixel by pixel, to the rounding of 8 bits; a table may take its neighbouring entry, a turned image is
    drawn smoothly.
    """
    found = {}
    for number, (case, (facts, made)) in enumerate(CASES.items(), 1):
        image = grey_image(number=number, **facts)
        state = made(image)
        if "ImageRotation" in state:  # the corners are those of the turned image
            upright = (state.ImageHorizontalFlip == "Y") != (state.ImageRotation == 270)
            corners = area() if upright else area(1, ROWS, COLUMNS, 1)
            state.DisplayedAreaSelectionSequence = [corners]
        with shown(station, doctor, image, state, tmp_path / str(number)) as viewport:
            expected = dcmtk(tmp_path / str(number))
            _, pixels = painted(viewport, (expected.shape[1], expected.shape[0]))
        assert (pixels == pixels[..., :1]).all()
        found[case] = int(np.abs(pixels[..., 0].astype(int) - expected).max())
    allowed = {case: 4 if "table" in case else 2 if "turned" in case else 1 for case in CASES}
    assert {case: most for case, most in found.items() if most > allowed[case]} == {}


def test_shutters_and_active_overlays(station: Station, doctor: Actor, tmp_path: Path) -> None:
    """All three shapes hide what lies outside any of them, in the state's grey; edges belong to the image."""
    image = with_plane(with_plane(grey_image(), 0x6000, BLOCK), 0x6002, BLOCK[::-1])
    state = state_for(
        image,
        ShutterShape=["RECTANGULAR", "CIRCULAR", "POLYGONAL"],
        ShutterLeftVerticalEdge="11",
        ShutterRightVerticalEdge="50",
        ShutterUpperHorizontalEdge="3",
        ShutterLowerHorizontalEdge="28",
        CenterOfCircularShutter=[16, 32],
        RadiusOfCircularShutter="20",
        VerticesOfThePolygonalShutter=[1, 1, 1, 64, 32, 64, 32, 20],
        ShutterPresentationValue=65535,
    )
    state.add_new(0x60021001, "CS", "L")
    state.GraphicLayerSequence = [
        item(GraphicLayer="L", GraphicLayerOrder=1, GraphicLayerRecommendedDisplayGrayscaleValue=65535)
    ]
    with shown(station, doctor, image, state, tmp_path / "in") as viewport:
        _, pixels = painted(viewport, (COLUMNS, ROWS))
    (presented,) = viewport.layer(PresentationLayer).images.values()  # type: ignore[union-attr]
    assert presented.state.active_groups == {0x6002}
    assert presented.state.group_colors == ((0x6002, (255, 255, 255)),)
    white = (pixels == 255).all(axis=-1)
    row, column = np.mgrid[1 : ROWS + 1, 1 : COLUMNS + 1]
    rectangle = (column >= 11) & (column <= 50) & (row >= 3) & (row <= 28)
    circle = (row - 16) ** 2 + (column - 32) ** 2 <= 400
    polygon = (column - 1) * 31 >= (row - 1) * 19
    assert np.array_equal(~white, rectangle & circle & polygon)


@pytest.mark.real_data
def test_a_real_state_of_scrambled_tables(station: Station, doctor: Actor, tmp_path: Path) -> None:
    """Modality, VOI and Presentation LUT are of no use but one after the other."""
    folder = real_data("dicom_kinds") / "weasis-dicom-tools"
    image, state = (dcmread(folder / name) for name in ("imageForPrLUTs.dcm", "prLUTs.dcm"))
    with shown(station, doctor, image, state, tmp_path / "in") as viewport:
        expected = dcmtk(tmp_path / "in")
        _, pixels = painted(viewport, (512, 512))
    difference = np.abs(pixels[..., 0].astype(int) - expected)
    assert expected.std() > 20
    assert np.quantile(difference, 0.999) <= 1
