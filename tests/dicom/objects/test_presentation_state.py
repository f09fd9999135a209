"""Presentation states, made by highdicom and by hand."""

from __future__ import annotations

from pathlib import Path

import highdicom as hd
import numpy as np
import pydicom
import pytest

from app.dicom.read.objects.presentation_state import read_presentation
from app.domain.layers import GraphicKind, Units
from app.domain.pixel import LookupTable
from app.domain.presentation import Window
from app.processes.pool import Pool
from tests.dicom.objects.made_objects import SERIES, base, ct_images, item
from tests.support.real_data import real_data


def made_by_highdicom(path: Path) -> Path:
    """Figures and a text on the second of four images, windows on all."""
    images = ct_images()
    circle = hd.pr.GraphicObject(
        graphic_type=hd.pr.GraphicTypeValues.CIRCLE,
        graphic_data=np.array([[4.0, 5.0], [4.0, 7.5]]),
        units=hd.pr.AnnotationUnitsValues.PIXEL,
    )
    line = hd.pr.GraphicObject(
        graphic_type=hd.pr.GraphicTypeValues.POLYLINE,
        graphic_data=np.array([[0.1, 0.2], [0.8, 0.9]]),
        units=hd.pr.AnnotationUnitsValues.DISPLAY,
    )
    text = hd.pr.TextObject(
        text_value="结节", units=hd.pr.AnnotationUnitsValues.PIXEL, bounding_box=(1.0, 2.0, 6.0, 4.0)
    )
    layer = hd.pr.GraphicLayer("L1", 1, "marks", display_color=hd.color.CIELabColor.from_rgb(200, 40, 40))
    annotation = hd.pr.GraphicAnnotation(
        [images[1]], layer, graphic_objects=[circle, line], text_objects=[text]
    )
    window = hd.pr.SoftcopyVOILUTTransformation(window_center=40.0, window_width=400.0)
    ds = hd.pr.GrayscaleSoftcopyPresentationState(
        referenced_images=images,
        series_instance_uid=f"{SERIES}.9",
        series_number=9,
        sop_instance_uid=f"{SERIES}.9.1",
        instance_number=1,
        manufacturer="Test",
        manufacturer_model_name="Test",
        software_versions="1",
        device_serial_number="1",
        content_label="MARKS",
        content_description="Marks",
        graphic_annotations=[annotation],
        graphic_layers=[layer],
        voi_lut_transformations=[window],
    )
    ds.save_as(path)
    return path


def test_graphics_texts_and_windows(parsers: Pool, tmp_path: Path) -> None:
    """Pixel and display units stay apart; colours and windows come with them."""
    path = made_by_highdicom(tmp_path / "pr.dcm")
    state = parsers.call(read_presentation, path, "pr", about="pr")
    (annotation,) = state.annotations
    circle, line = annotation.graphics
    assert (circle.kind, circle.units, circle.points) == (
        GraphicKind.CIRCLE, Units.PIXEL, ((4.0, 5.0), (4.0, 7.5)),
    )  # fmt: skip
    assert (line.kind, line.units) == (GraphicKind.POLYLINE, Units.DISPLAY)
    assert np.allclose(line.points, [(0.1, 0.2), (0.8, 0.9)])
    assert (annotation.texts[0].text, annotation.texts[0].box) == ("结节", ((1.0, 2.0), (6.0, 4.0)))
    assert annotation.color is not None
    assert np.abs(np.array(annotation.color) - (200, 40, 40)).max() <= 1
    assert [image.sop_uid for image in annotation.images] == [ct_images()[1].SOPInstanceUID]
    assert state.voi[0].transforms == (Window(40.0, 400.0),)
    assert state.areas[0].lower_right == (10, 12)
    assert state.reference.series_uids == (SERIES,)
    assert state.count == 3


@pytest.mark.parametrize("degrees", [0, 90, 180, 270])
@pytest.mark.parametrize("flip", ["N", "Y"])
def test_turning_before_flipping_comes_to_the_same(tmp_path: Path, degrees: int, flip: str) -> None:
    """The object turns, then flips (PS3.3 C.10.6); a screen flips, then turns."""
    ds = base("1.2.840.10008.5.1.4.1.1.11.1", "1.2.3.5", "PR")
    ds.ImageRotation, ds.ImageHorizontalFlip = degrees, flip
    ds.PresentationLUTShape = "INVERSE"
    ds.save_as(tmp_path / "pr.dcm", enforce_file_format=True)
    state = read_presentation(tmp_path / "pr.dcm", "pr")
    image = np.arange(6).reshape(2, 3)
    wanted = np.rot90(image, -degrees // 90)
    wanted = np.fliplr(wanted) if flip == "Y" else wanted
    shown = np.rot90(np.fliplr(image) if state.flipped else image, -state.turns)
    assert np.array_equal(shown, wanted)
    assert state.inverse


def test_compound_figures_and_shutter(tmp_path: Path) -> None:
    """Rectangles become closed lines; a text of two lines keeps them."""
    ds = base("1.2.840.10008.5.1.4.1.1.11.2", "1.2.3.6", "PR")
    rectangle = item(
        CompoundGraphicType="RECTANGLE", CompoundGraphicUnits="PIXEL", GraphicData=[1.0, 2.0, 5.0, 8.0]
    )
    text = item(
        UnformattedTextValue="a\r\nb", AnchorPoint=[3.0, 4.0], AnchorPointAnnotationUnits="PIXEL",
        AnchorPointVisibility="Y",
    )  # fmt: skip
    ds.GraphicAnnotationSequence = [
        item(GraphicLayer="X", CompoundGraphicSequence=[rectangle], TextObjectSequence=[text])
    ]
    ds.ShutterShape, ds.CenterOfCircularShutter, ds.RadiusOfCircularShutter = "CIRCULAR", [20, 30], 15
    ds.save_as(tmp_path / "pr.dcm", enforce_file_format=True)
    state = read_presentation(tmp_path / "pr.dcm", "pr")
    (annotation,) = state.annotations
    assert annotation.graphics[0].points == ((1, 2), (5, 2), (5, 8), (1, 8), (1, 2))
    assert (annotation.texts[0].text, annotation.texts[0].anchor) == ("a\nb", (3.0, 4.0))
    assert state.shutter is not None
    assert state.shutter.circle == (20, 30, 15)


@pytest.mark.real_data
def test_a_real_state_of_tables() -> None:
    """The VOI table of 256 entries, as pydicom reads it."""
    path = real_data("dicom_kinds") / "weasis-dicom-tools" / "prLUTs.dcm"
    state, ds = read_presentation(path, "pr"), pydicom.dcmread(path)
    (table,) = state.voi[0].transforms
    assert isinstance(table, LookupTable)
    expected = ds.SoftcopyVOILUTSequence[0].VOILUTSequence[0].LUTData
    assert table.entries.tolist() == list(expected)
    assert state.areas[0].lower_right == (512, 512)
    assert state.reference.images[0].sop_uid == "1.2.276.0.7230010.3.200.6.3.1"


def test_colours_of_a_pseudo_colour_state(tmp_path: Path) -> None:
    """Four entries of 16 bits, of which a screen takes eight."""
    ds = base("1.2.840.10008.5.1.4.1.1.11.3", "1.2.3.8", "PR")
    colours = np.array([(0, 0, 0), (255, 0, 0), (255, 128, 0), (255, 255, 255)], np.uint16)
    for channel, name in enumerate(("Red", "Green", "Blue")):
        setattr(ds, f"{name}PaletteColorLookupTableDescriptor", [4, 0, 16])
        entries = (colours[:, channel] * 257).astype("<u2").tobytes()
        setattr(ds, f"{name}PaletteColorLookupTableData", entries)
    ds.save_as(tmp_path / "pr.dcm", enforce_file_format=True)
    state = read_presentation(tmp_path / "pr.dcm", "pr")
    assert state.is_grey
    assert np.array_equal(np.frombuffer(state.palette, np.uint8).reshape(-1, 3), colours)
