"""Views filed in their study as secondary captures: valid, honest about the name, with their sources."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pydicom
import pytest
from pydicom.dataset import Dataset

from app.archive.service import ArchiveService
from app.domain.image import ImageStack
from app.domain.study import Series
from app.domain.volume import Volume
from app.viewing.rendered import RenderedImage
from app.viewing.screen import RenderingView
from app.viewing.shown_image import shown_image
from tests.dicom.objects.made_objects import base
from tests.dicom.test_dicom_writers import faults
from tests.widgets.conftest import Room
from widgets.objects.view_filing import FilingDialog, ViewFiling

pytestmark = pytest.mark.window


def captures(room: Room) -> list[Series]:
    session = room.session
    archive, study = session.station.get(ArchiveService), session.study.required
    found = archive.series(session.user.actor, study.study_uid)
    return [one for one in found if one.modality == "OT" and one.number and one.number >= 9950]


def file_view(
    room: Room, *, named: bool = False, texts: bool = True, all_views: bool = False, apart: bool = False
) -> Path:
    """Through the dialog; the file as it is in the archive."""
    known = len(captures(room))
    filing: ViewFiling = room.window.workspaces["read"].filing  # type: ignore[attr-defined]
    room.commands.run("view.file")
    dialog = filing.dialog
    assert isinstance(dialog, FilingDialog)
    dialog.views.setCurrentIndex(2 if apart else int(all_views))
    dialog.texts.setChecked(texts)
    dialog.named.setChecked(named)
    dialog.take.click()
    room.wait(lambda: len(captures(room)) == known + 1)
    archive, actor = room.session.station.get(ArchiveService), room.session.user.actor
    (instance,) = archive.instances(actor, captures(room)[-1].series_uid)
    with archive.lease(instance.sha256) as path:
        return path


def test_a_view_with_and_without_the_name(room: Room) -> None:
    """Burned In Annotation is what can be read in the pixels; the middle of the image is the same."""
    room.open_small_study()
    room.commands.run("layout.set", "grid-1x1")
    room.wait(lambda: room.session.loaded.is_complete)
    shown = shown_image(room.session.screen.active_viewport)
    assert shown is not None
    assert shown.reference is not None
    paths = [file_view(room, named=named, texts=texts) for named, texts in ((0, 1), (1, 1), (0, 0))]
    assert [faults(path) for path in paths[:2]] == [[], []]
    plain, named, bare = (pydicom.dcmread(path) for path in paths)
    assert [ds.BurnedInAnnotation for ds in (plain, named, bare)] == ["NO", "YES", "NO"]
    assert len({ds.SeriesInstanceUID for ds in (plain, named, bare)}) == 3
    (source,) = plain.SourceImageSequence
    assert source.ReferencedSOPInstanceUID == shown.reference.sop_uid
    assert plain.StudyInstanceUID == room.study.study_uid
    pixels = [ds.pixel_array.astype(int) for ds in (plain, named, bare)]
    rows, columns = pixels[0].shape[:2]
    middle = (slice(rows // 3, 2 * rows // 3), slice(columns // 3, 2 * columns // 3))
    corner = (slice(0, rows // 10), slice(0, columns // 3))
    assert np.array_equal(pixels[0][middle], pixels[1][middle])
    assert np.abs(pixels[0] - pixels[1])[corner].max() > 100
    assert max(plain.Rows, plain.Columns) == 2048
    across, down = plain.PixelSpacing
    assert across == down


def test_the_layout_as_one_image(room: Room) -> None:
    """Each view at its place, the rendering as it was last drawn; the planes computed across the slices name
    the nearest source, a rendering alone the middle image.
    """
    room.open_small_study()
    room.wait(lambda: room.session.loaded.is_complete)
    (rendering,) = (v for v in room.session.screen.shown if isinstance(v.view, RenderingView))
    rendering.rendered = RenderedImage(
        4, 4, bytes((10, 200, 10)) * 16, fine=True, camera=(0.0, 0.0), further=0, title="Bone",
        table_hidden=True, voxels=(1, 1, 1), of_voxels=(1, 1, 1),
    )  # fmt: skip
    path = file_view(room, all_views=True)
    assert faults(path) == []
    ds = pydicom.dcmread(path)
    assert len(ds.SourceImageSequence) >= 1
    assert "PixelSpacing" not in ds
    pixels = ds.pixel_array
    half = pixels.shape[0] // 2, pixels.shape[1] // 2
    quarters = [pixels[: half[0], : half[1]], pixels[: half[0], half[1] :], pixels[half[0] :, : half[1]]]
    assert sum(quarter.max() > 60 for quarter in quarters) >= 2
    assert pixels[half[0] * 3 // 2, half[1] * 3 // 2].tolist() == [10, 200, 10]
    room.session.screen.active = rendering.viewport_id
    (source,) = pydicom.dcmread(file_view(room)).SourceImageSequence
    assert isinstance(rendering.image, Volume)
    middle = rendering.image.reference(0, rendering.image.grid.shape[0] // 2)
    assert middle is not None
    assert source.ReferencedSOPInstanceUID == middle.sop_uid


def test_each_view_as_a_frame(room: Room) -> None:
    """One object of several frames, each with its own source, shown again as a stack of them."""
    room.open_small_study()
    room.wait(lambda: room.session.loaded.is_complete)
    path = file_view(room, apart=True, named=True)
    assert faults(path) == []
    ds = pydicom.dcmread(path)
    drawn = [one for one in room.session.screen.shown if shown_image(one) is not None]
    assert ds.SOPClassUID == "1.2.840.10008.5.1.4.1.1.7.4"
    assert ds.NumberOfFrames == len(ds.PageNumberVector) >= len(drawn) == 3
    assert ds.BurnedInAnnotation == "YES"
    frames = ds.pixel_array
    assert all(frame.max() > 60 for frame in frames)
    assert len({frame.tobytes() for frame in frames}) == len(frames)
    named = [
        {one.ReferencedSOPInstanceUID for one in group.DerivationImageSequence[0].SourceImageSequence}
        for group in ds.PerFrameFunctionalGroupsSequence
    ]
    assert all(len(sources) == 1 for sources in named)
    told = {one.ReferencedSOPInstanceUID for one in ds.SourceImageSequence}
    assert told == set().union(*named)
    session, series = room.session, captures(room)[-1]
    archive = session.station.get(ArchiveService)
    (found,) = archive.display_sets(session.user.actor, series.series_uid).sets
    assert len(found.frames) == ds.NumberOfFrames
    room.commands.run("series.show", series.series_uid, found.display_set_id)
    stacks = lambda: [  # noqa: E731
        view.image for view in session.screen.viewports.values() if isinstance(view.image, ImageStack)
    ]
    room.wait(lambda: len(stacks()) == 1 and session.loaded.is_complete)
    (stack,) = stacks()
    room.wait(lambda: stack.pixels.complete)
    for n, frame in enumerate(frames):
        assert np.array_equal(stack.pixels.stored(n), frame)


def test_what_the_image_itself_has_burned_in_counts(room: Room, tmp_path: Path) -> None:
    """An ultrasound image that says nothing may well show the name."""
    made = ultrasound()
    made.save_as(tmp_path / "us.dcm", enforce_file_format=True)
    room.session.station.get(ArchiveService).import_paths(room.session.user.actor, [tmp_path / "us.dcm"])
    room.commands.run("workspace.read")
    room.done(room.commands.run("study.open", made.StudyInstanceUID))
    room.wait(lambda: room.session.loaded.is_complete)
    path = file_view(room)
    assert faults(path) == []
    assert pydicom.dcmread(path).BurnedInAnnotation == "YES"


def ultrasound() -> Dataset:
    ds = base("1.2.840.10008.5.1.4.1.1.6.1", "1.2.826.0.1.3680043.8.498.61.1", "US")
    ds.Rows, ds.Columns, ds.SamplesPerPixel, ds.PhotometricInterpretation = 32, 40, 1, "MONOCHROME2"
    ds.BitsAllocated, ds.BitsStored, ds.HighBit, ds.PixelRepresentation = 8, 8, 7, 0
    ds.PixelData = bytes(range(256)) * 5
    return ds
