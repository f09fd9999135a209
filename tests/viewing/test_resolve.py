"""From intent to what is drawn: geometry, grey, texts, readiness; of slices and of single images."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from app.domain.anchor import FrameAnchor, PlaneAnchor
from app.domain.coding import Code
from app.domain.display_set import Axis, AxisKind, DisplaySet, DisplaySetId, VolumeGeometry
from app.domain.pixel import LookupTable, PixelFormat, PixelSpacing, Rescale, SpacingSource
from app.domain.presentation import GreyPipeline, VoiFunction, Window
from app.domain.segmentation import Segment, Segmentation
from app.domain.study import SeriesUid, SopUid, StudyUid
from app.domain.volume import Volume, Voxels
from app.i18n import set_language
from app.viewing.draft import Draft
from app.viewing.graphics import Role
from app.viewing.grey_levels import Colour
from app.viewing.layers import LabelLayer, ProcessedLayer, ShapeAnnotation, ShapeLayer
from app.viewing.layouts import grid_layout
from app.viewing.links import point_to
from app.viewing.pointer import pointer_text
from app.viewing.reserved_places import letter_boxes, scale_boxes
from app.viewing.resolve import Resolved, ScreenFacts, Surroundings, facts_of, resolve, surroundings_of
from app.viewing.screen import (
    Compare,
    CornerText,
    RenderingView,
    Screen,
    ScrollLink,
    SliceView,
    StackView,
    StudyRole,
    TextLevel,
    Viewport,
    ViewportId,
)
from app.viewing.viewport_texts import ChipTone
from tests.support.capabilities import shape
from tests.support.stacks import frame_of, mammogram, stack_of, ultrasound
from tests.support.volumes import volume_of

ONE, TWO = ViewportId("1"), ViewportId("2")
SIZE = (400, 300)


def _values(shape: tuple[int, int, int] = (7, 20, 30)) -> np.ndarray:  # type: ignore[type-arg]
    return np.arange(int(np.prod(shape)), dtype=np.int16).reshape(shape)


def _viewport(image: Any, view: Any = None, **fields: Any) -> Viewport:
    viewport = Viewport(ONE, study_uid=StudyUid("1.2"))
    viewport.show(image, view or (SliceView(0, 3) if isinstance(image, Volume) else StackView()))
    for name, value in fields.items():
        setattr(viewport, name, value)
    return viewport


def _resolved(viewport: Viewport, size: tuple[int, int] = SIZE, **facts: Any) -> Resolved:
    around = {name: facts.pop(name) for name in ("headed", "compared", "first", "link") if name in facts}
    shown = resolve(viewport, ScreenFacts(around=Surroundings(**around), **facts), size)
    assert shown is not None
    return shown


def _texts(shown: Resolved) -> str:
    corners = shown.corners
    lines = (*corners.top_left, *corners.top_right, *corners.bottom_left, *corners.bottom_right)
    return "\n".join(line.text for line in lines)


def test_resolving_changes_nothing_and_is_repeatable() -> None:
    """Pure: the same intent resolves to an equal state, and no event is sent."""
    for viewport in (_viewport(volume_of(_values())), _viewport(mammogram())):
        heard: list[object] = []
        viewport.events.connect(heard.append)
        assert _resolved(viewport) == _resolved(viewport)
        assert not heard


def test_nothing_is_resolved_without_pixels() -> None:
    """Renderings are drawn elsewhere; an empty or closed image shows nothing."""
    assert resolve(Viewport(ONE), ScreenFacts(), SIZE) is None
    volume = volume_of(_values())
    assert resolve(_viewport(volume, RenderingView()), ScreenFacts(), SIZE) is None
    stack = ultrasound(3)
    viewport = _viewport(stack)
    stack.pixels.close()
    assert resolve(viewport, ScreenFacts(), SIZE) is None


def test_the_image_lies_between_header_and_bar() -> None:
    """Fitted there, in the middle; zoomed about it; moved by the pan."""
    shown = _resolved(_viewport(ultrasound(5)), headed=True)
    assert (shown.area.y, shown.area.height) == (28, 300 - 28 - 28)
    assert shown.placement.middle == (200, 150)
    assert shown.placement.px_per_unit == pytest.approx(244 / 120)
    moved = _resolved(_viewport(ultrasound(5), zoom=2.0, pan=(3.0, -4.0)), headed=True)
    assert moved.placement.px_per_unit == pytest.approx(2 * 244 / 120)
    assert moved.placement.middle == pytest.approx((200 + 6 * 244 / 120, 150 - 8 * 244 / 120))


@pytest.mark.parametrize(
    ("photometric", "presentation", "asked", "inverse"),
    [
        ("MONOCHROME2", False, False, False),
        ("MONOCHROME2", False, True, True),
        ("MONOCHROME1", False, False, True),
        # DX: MONOCHROME1 must come with INVERSE, which says the same and inverts once (PS3.3 C.8.11.3)
        ("MONOCHROME1", True, False, True),
        ("MONOCHROME2", True, False, True),
        ("MONOCHROME1", True, True, False),
    ],
)
def test_an_image_is_inverted_once(photometric: str, presentation: bool, asked: bool, inverse: bool) -> None:
    """MONOCHROME1, the Presentation LUT Shape, and what the reader asks for."""
    pixels = np.zeros((8, 8), np.uint16)
    frame = frame_of(pixels, pixel_format=PixelFormat(photometric), presentation_inverse=presentation)
    shown = _resolved(_viewport(stack_of([pixels], [frame]), invert=asked))
    assert isinstance(shown.pixels, GreyPipeline)
    assert shown.pixels.inverse is inverse


def test_every_image_of_a_stack_is_shown_as_it_says_itself() -> None:
    """Own window or VOI LUT, transform and padding; one window that is asked for is that of all."""
    pixels = np.arange(64, dtype=np.uint16).reshape(8, 8)
    table = LookupTable(0, 8, np.arange(256).astype("<u2").tobytes(), "look")
    frames = (
        frame_of(pixels, 1, voi=(Window(10, 20, "own"),), transform=Rescale(2, -5), padding=(0, 0)),
        frame_of(pixels, 2, voi=(table,)),
        frame_of(pixels, 3),
        frame_of(pixels.astype(np.uint8), 4),
    )
    viewport = _viewport(stack_of([pixels, pixels, pixels, pixels.astype(np.uint8)], frames))
    seen = []
    for index in range(4):
        viewport.view = StackView(index)
        shown = _resolved(viewport)
        seen.append(shown.pixels)
    assert seen[0] == GreyPipeline(Rescale(2, -5), Window(10, 20, "own"), False, (0, 0))
    assert seen[1] == GreyPipeline(None, table)
    assert isinstance(seen[2], GreyPipeline)
    assert isinstance(seen[2].voi, Window)
    assert seen[2].voi.width == pytest.approx(np.ptp(np.quantile(pixels, (0.005, 0.995))))
    assert seen[3] == GreyPipeline(None, Window(127.5, 255, function=VoiFunction.LINEAR_EXACT))
    viewport.window = Window(1, 2)
    for index in range(4):
        viewport.view = StackView(index)
        grey = _resolved(viewport).pixels
        assert isinstance(grey, GreyPipeline)
        assert grey.voi == Window(1, 2)


def test_colour_is_no_grey() -> None:
    """A colour image has no window until one is asked for, and the text says none."""
    viewport = _viewport(ultrasound(3))
    assert _resolved(viewport).pixels == Colour()
    assert " W " not in _texts(_resolved(viewport))
    viewport.window = Window(100, 50)
    assert _resolved(viewport).pixels == Colour(Window(100, 50))


def test_slice_numbers_are_the_scanners() -> None:
    """Instance Number and Slice Location of the source image, thickness beside."""
    volume = volume_of(_values())
    frames = tuple(
        frame_of(_values()[k], 101 + k, location_mm=-50.25 + 2 * k, slice_thickness_mm=2.5) for k in range(7)
    )
    described = DisplaySet(
        DisplaySetId("1"), StudyUid("1.2"), volume.series_uid, "CT", "", frames,
        VolumeGeometry(volume.grid, ((6, 5, 4, 3, 2, 1, -1),)),
    )  # fmt: skip
    viewport = _viewport(volume, SliceView(0, 2))
    viewport.display_set = described
    assert "轴位   图 105 · 3 / 7   位置 −42.25 mm   2.5 mm" in _texts(_resolved(viewport))
    viewport.view = SliceView(0, 6)  # the missing slice has no number
    assert "层 7 / 7" in _texts(_resolved(viewport))
    viewport.view = SliceView(1, 6)
    assert "冠状位 MPR   层 7 / 20   0.8 mm" in _texts(_resolved(viewport))


def test_projections_say_side_and_view_and_what_their_millimetres_are() -> None:
    """R CC at the detector: the bar and a length say so; letters are those of Patient Orientation."""
    viewport = _viewport(mammogram("R", "CC"))
    shown = _resolved(viewport)
    assert shown.corners.top_left[0].text == "R CC"
    assert shown.letters == ("A", "P", "HL", "FR")
    assert shown.scale_bar is not None
    assert shown.scale_bar.text.endswith("mm · 探测器平面")
    header = _resolved(viewport, headed=True).header
    assert header is not None
    assert header.name == "R CC"
    assert [(c.text, c.tone) for c in header.chips] == [("无损 · 探测器平面", ChipTone.DONE)]
    mark = Draft(shape("length"), ((10.0, 10.0), (20.0, 10.0)), shown).mark(viewport)
    assert mark.lines == ("0.9 mm",)
    viewport.put_layer(ShapeLayer((mark,)))
    assert _resolved(viewport).marks[0].lines == ("0.9 mm · 探测器平面",)


@pytest.mark.parametrize("side", ["left", "right"])
def test_texts_keep_off_a_breast_at_the_edge(side: str) -> None:
    """Lines and scale bar stand at the other edge; what the header says already is not said again."""
    said = CornerText(("Wang",), ("2026-11-20",), (), ("L CC", "29 kV"))
    viewport = _viewport(mammogram("L", "CC"), side=side, title="L-CC", corner_text=said)
    shown = _resolved(viewport)
    corners, bar = shown.corners, shown.scale_bar
    at_left, at_right = corners.top_left + corners.bottom_left, corners.top_right + corners.bottom_right
    assert [bool(at_left), bool(at_right)] == [side == "right", side == "left"]
    assert {"L CC", "Wang", "2026-11-20", "29 kV"} <= {line.text for line in at_left + at_right}
    assert bar is not None
    assert bar.at_right is (side == "left")
    viewport.title = "L CC"
    headed = _resolved(viewport, headed=True)
    assert headed.header is not None
    assert headed.header.name == "L CC"
    assert "L CC" not in _texts(headed)


def test_what_a_mark_says_keeps_off_the_scale_bar() -> None:
    """Lengths all around the bar: their words stand elsewhere."""
    viewport = _viewport(mammogram("R", "CC"))
    shown = _resolved(viewport)
    (bar,) = scale_boxes(shown.scale_bar, shown.corners, shown.area)
    for across in range(0, 200, 20):
        for down in range(-40, 60, 20):
            x, y = bar.x + 8 + across, bar.y + down
            ends = [shown.placement.to_image(at) for at in ((x + 30, y - 20), (x, y))]
            mark = Draft(shape("length"), tuple(ends), shown).mark(viewport)
            viewport.put_layer(ShapeLayer((mark,)))
            (drawn,) = _resolved(viewport).marks
            box = drawn.text_box
            beside = box.x >= bar.x + bar.width or box.x + box.width <= bar.x
            assert beside or box.y >= bar.y + bar.height or box.y + box.height <= bar.y, (across, down)


@pytest.mark.parametrize("side", ["left", "right"])
def test_the_scale_bar_keeps_off_the_letter_of_its_side(side: str) -> None:
    """However many lines stand below it, and however small the tile is."""
    met = set()
    for lines in range(1, 6):
        said = CornerText((), (), (), tuple(f"line {n}" for n in range(lines)))
        viewport = _viewport(mammogram("L", "CC"), side=side, corner_text=said)
        for high in (260, 300, 360):
            shown = _resolved(viewport, (380, high))
            bar = shown.scale_bar
            assert bar is not None
            (box,) = scale_boxes(bar, shown.corners, shown.area)
            letter = letter_boxes(shown.letters, shown.area)[1 if side == "left" else 0]
            level = box.y < letter.y + letter.height and letter.y < box.y + box.height
            if level:  # a letter is 10 pixels wide and as far from the edge
                assert bar.inset_px >= 20
            met.add(level)
    assert met == {True, False}


def test_an_image_without_a_distance_says_so() -> None:
    """No scale bar, lengths in pixels, lossy and uncalibrated always told (4.8.1 lossless)."""
    viewport = _viewport(ultrasound(5))
    shown = _resolved(viewport, text_level=TextLevel.NONE)
    assert shown.scale_bar is None
    warnings = [line.text for line in shown.corners.bottom_right if line.role is Role.WARNING]
    assert warnings == ["有损 8:1", "未校准"]
    mark = Draft(shape("length"), ((10.0, 10.0), (22.0, 10.0)), shown).mark(viewport)
    viewport.put_layer(ShapeLayer((mark,)))
    assert _resolved(viewport).marks[0].lines == ("12 像素 · 未校准",)
    header = _resolved(viewport, headed=True).header
    assert header is not None
    assert {c.tone for c in header.chips} == {ChipTone.LIMIT}


def test_a_cine_and_a_further_axis_have_a_bar() -> None:
    """It tells the position and, of an axis, what that is; small tiles have none."""
    bar = _resolved(_viewport(ultrasound(30), StackView(5))).bar
    assert bar is not None
    assert (bar.position, bar.count, bar.further, bar.text) == (5, 30, False, "6 / 30")
    assert _resolved(_viewport(ultrasound(30)), (120, 100)).bar is None
    assert _resolved(_viewport(mammogram())).bar is None
    flat = volume_of(_values())
    four = Volume(
        flat.grid, Voxels(np.stack([_values()] * 5)), flat.quantity, "CT", flat.series_uid,
        axis=Axis(AxisKind.PHASE, (0, 20, 40, 60, 80), "%"),
    )  # fmt: skip
    bar = _resolved(_viewport(four, further=2)).bar
    assert bar is not None
    assert (bar.position, bar.count, bar.further, bar.text) == (2, 5, True, "期相 3 / 5 · 40 %")
    set_language("en")
    bar = _resolved(
        _viewport(replace(four, axis=Axis(AxisKind.B_VALUE, (0, 50, 400, 800, 1000), "s/mm2")))
    ).bar
    assert bar is not None
    assert bar.text == "b value 1 / 5 · 0 s/mm²"


def test_a_slice_that_has_not_arrived_shows_its_neighbour_and_a_frame_waits() -> None:
    """Slices beside each other are alike; another frame of a stack may be anything."""
    ready = np.zeros(7, bool)
    ready[[1, 6]] = True
    shown = _resolved(_viewport(volume_of(_values(), ready=ready)))
    assert (shown.image.index, shown.image.shown, shown.image.ready) == (3, 1, False)
    assert "已加载 29 %" in _texts(shown)
    pixels = np.zeros((8, 8), np.uint8)
    waiting = stack_of([pixels, None], [frame_of(pixels, 1), frame_of(pixels, 2)])
    shown = _resolved(_viewport(waiting, StackView(1)))
    assert (shown.image.index, shown.image.shown) == (1, None)


def test_unconfirmed_results_are_said_whatever_the_text_level() -> None:
    """AI output is marked as such until a person has confirmed it, even with all text hidden (5.3.3)."""
    volume = volume_of(_values())
    viewport = _viewport(volume, compare=Compare.RESULT)
    viewport.put_layer(ProcessedLayer(volume_of(_values()), "降噪 1.2"))
    code = Code("39607008", "SCT", "Lung")
    labels = Segmentation(
        volume.grid,
        np.ones((7, 20, 30), np.uint8),
        (Segment(1, "Lung", code, code, (1, 2, 3)),),
        volume.series_uid,
    )
    viewport.put_layer(LabelLayer(labels))
    shown = _resolved(viewport, text_level=TextLevel.NONE)
    assert [line.text for line in shown.corners.bottom_right] == [
        "降噪 1.2",
        "AI · 未确认",
        "AI 分割 · 未确认",
    ]
    viewport.put_layer(ProcessedLayer(volume_of(_values()), "降噪 1.2", False, "AI · 已确认 · 降噪"))
    viewport.put_layer(LabelLayer(labels, False, "AI · 已确认 · 肺"))
    lines = _resolved(viewport, text_level=TextLevel.NONE).corners.bottom_right
    assert [line.text for line in lines] == ["降噪 1.2", "AI · 已确认 · 降噪", "AI · 已确认 · 肺"]
    assert not [line for line in lines if line.role is Role.WARNING]
    viewport.put_layer(ProcessedLayer(volume_of(_values()), "降噪 1.2"))
    hidden = _resolved(viewport, text_level=TextLevel.NONE, overlays_visible=False)
    said = ["降噪 1.2", "AI · 未确认", "叠加内容已隐藏"]
    assert [line.text for line in hidden.corners.bottom_right] == said


def test_a_confirmed_result_names_its_method_once() -> None:
    """Its own series and its images over the source: the mark says method, version and who."""
    said = "AI · 已确认 · 降噪 1.2 · 演示甲"
    own = CornerText(bottom_right=("降噪 1.2", "120 kV"))
    series = _viewport(volume_of(_values()), corner_text=own, confirmed=said)
    assert [line.text for line in _resolved(series).corners.bottom_right] == ["120 kV", said]
    series.confirmed, series.unconfirmed = "", True
    lines = [line.text for line in _resolved(series).corners.bottom_right]
    assert lines == ["降噪 1.2", "120 kV", "AI · 未确认"]
    source = _viewport(volume_of(_values()), compare=Compare.RESULT)
    source.put_layer(ProcessedLayer(volume_of(_values()), "降噪 1.2", False, said))
    hidden = _resolved(source, text_level=TextLevel.NONE)
    assert [line.text for line in hidden.corners.bottom_right] == [said]


def test_a_difference_is_shown_about_nothing() -> None:
    """Over an eighth of the window's width on both sides, grey is 0; values beside say of the original."""
    viewport = _viewport(volume_of(_values()), compare=Compare.DIFFERENCE, window=Window(40, 400))
    viewport.put_layer(ProcessedLayer(volume_of(_values() + np.int16(3))))
    shown = _resolved(viewport)
    assert shown.processed == GreyPipeline(None, Window(0, 100, function=VoiFunction.LINEAR_EXACT))
    assert "差值 ±50 HU" in _texts(shown)
    at = shown.placement.to_screen(4.5, 6.5)
    assert pointer_text(viewport, shown, at) == "光标 3 HU"
    viewport.compare = Compare.SWIPE
    shown = _resolved(viewport)
    left, right = shown.placement.to_screen(1.5, 6.5), shown.placement.to_screen(28.5, 6.5)
    assert pointer_text(viewport, shown, left) == f"光标 {3 * 600 + 6 * 30 + 1} HU"
    assert pointer_text(viewport, shown, right) == f"光标 {3 * 600 + 6 * 30 + 28 + 3} HU"


def test_the_pointer_reads_what_is_stored_in_a_frame() -> None:
    """Real values; nothing for colour, padding and beside the image."""
    pixels = np.arange(64, dtype=np.uint16).reshape(8, 8)
    frame = frame_of(pixels, transform=Rescale(2, -5), padding=(9, 9))
    viewport = _viewport(stack_of([pixels], [frame]), turns=1)
    shown = _resolved(viewport)
    assert pointer_text(viewport, shown, shown.placement.to_screen(3.5, 2.5)) == "光标 33"
    assert pointer_text(viewport, shown, shown.placement.to_screen(1.5, 1.5)) == ""
    assert pointer_text(viewport, shown, (1.0, 1.0)) == ""
    cine = _viewport(ultrasound(3))
    assert pointer_text(cine, _resolved(cine), (200, 150)) == ""


def test_shapes_show_on_their_own_image_only() -> None:
    """On the source image by SOP instance and frame; on a plane where it lies in the patient."""
    volume = volume_of(_values())
    viewport = _viewport(volume)
    draft = Draft(shape("length"), ((3.0, 4.0), (9.0, 4.0)), _resolved(viewport))
    drawn = draft.drawn(viewport)
    assert isinstance(drawn.anchor, FrameAnchor)
    assert (drawn.anchor.sop_uid, drawn.points_px) == ("1.2.3.4", ((3.0, 4.0), (9.0, 4.0)))
    on_slice = draft.mark(viewport)
    viewport.view = SliceView(1, 8)
    on_plane = Draft(shape("length"), ((3.0, 4.0), (9.0, 4.0)), _resolved(viewport)).mark(viewport)
    assert isinstance(on_plane.anchor, PlaneAnchor)
    assert not on_plane.points_px
    viewport.put_layer(ShapeLayer((replace(on_slice, tracking_uid="s"), replace(on_plane, tracking_uid="p"))))
    seen = {}
    for axis, index in ((0, 3), (0, 4), (1, 8), (1, 9), (2, 8)):
        viewport.view = SliceView(axis, index)
        seen[axis, index] = [mark.tracking_uid for mark in _resolved(viewport).marks]
    assert seen == {(0, 3): ["s"], (0, 4): [], (1, 8): ["p"], (1, 9): [], (2, 8): []}
    stack = ultrasound(4)
    cine = _viewport(stack, StackView(2))
    mark = Draft(shape("probe"), ((3.0, 4.0),), _resolved(cine)).mark(cine)
    assert isinstance(mark.anchor, FrameAnchor)
    assert mark.anchor.frame == 3
    cine.put_layer(ShapeLayer((mark,)))
    assert len(_resolved(cine).marks) == 1
    cine.view = StackView(1)
    assert not _resolved(cine).marks


def test_shapes_turn_with_their_image() -> None:
    """Points follow the image, whatever is done to the view."""
    viewport = _viewport(mammogram())
    mark = Draft(shape("length"), ((10.0, 20.0), (50.0, 20.0)), _resolved(viewport)).mark(viewport)
    viewport.put_layer(ShapeLayer((mark,)))
    viewport.turns, viewport.flipped, viewport.zoom = 1, True, 2.0
    shown = _resolved(viewport)
    assert shown.marks[0].points[0] == pytest.approx(shown.placement.to_screen(10, 20))
    first, second = shown.marks[0].points
    assert first[0] == pytest.approx(second[0])


def test_the_crosshair_stands_where_the_other_views_cut() -> None:
    """In DICOM's axis colours, which go with the image when it is turned."""
    screen = Screen(grid_layout(1, 2))
    volume = volume_of(_values())
    for identity, axis in ((ONE, 0), (TWO, 1)):
        screen.viewports[identity].show(volume, SliceView(axis))
    point = tuple(float(v) for v in volume.grid.to_lps((3, 4, 11)))
    point_to(screen, ONE, point)
    viewport = screen.viewports[ONE]
    shown = resolve(viewport, facts_of(screen, ONE), SIZE)
    assert shown is not None
    assert shown.cross is not None
    assert shown.to_lps(shown.cross.at) == pytest.approx(point)
    assert (shown.cross.upright_color, shown.cross.level_color) == ("#4d8dff", "#ff6b5e")
    viewport.turns = 1
    turned = resolve(viewport, facts_of(screen, ONE), SIZE)
    assert turned is not None
    assert turned.cross is not None
    assert (turned.cross.upright_color, turned.cross.level_color) == ("#ff6b5e", "#4d8dff")
    screen.crosshair_visible = False
    assert facts_of(screen, ONE).crosshair is None


def test_tiles_say_what_they_show_when_they_show_different_things() -> None:
    """Planes of one volume have no headers; a prior has one and its date, whatever is beside it."""
    screen = Screen(grid_layout(1, 2))
    volume = volume_of(_values())
    for identity, axis in ((ONE, 0), (TWO, 1)):
        screen.viewports[identity].show(volume, SliceView(axis))
    around = surroundings_of(screen)
    assert [around[i].headed for i in (ONE, TWO)] == [False, False]
    assert [around[i].first for i in (ONE, TWO)] == [True, False]
    screen.viewports[TWO].show(mammogram(), StackView())
    screen.viewports[TWO].role, screen.viewports[TWO].study_date = StudyRole.PRIOR, "2025-11-03"
    screen.links = (ScrollLink(frozenset((ONE, TWO))),)
    around = surroundings_of(screen)
    assert [around[i].headed for i in (ONE, TWO)] == [True, True]
    one, two = (
        resolve(screen.viewports[i], facts_of(screen, i), SIZE).header  # type: ignore[union-attr]
        for i in (ONE, TWO)
    )
    assert one is not None
    assert two is not None
    assert (one.tag, one.prior, two.tag, two.prior) == ("本次", False, "既往 2025-11-03", True)
    assert (one.chips[-1].text, one.chips[-1].short) == ("联动 · 逐幅", "逐幅")


def test_patient_and_study_are_told_once() -> None:
    """In the first tile of an image; a small tile has no room for them, and still says whose side it is."""
    own = CornerText(top_left=("演示患者",))
    viewport = _viewport(mammogram(), corner_text=own)
    assert "演示患者" in _texts(_resolved(viewport))
    assert "演示患者" not in _texts(_resolved(viewport, first=False))
    assert "演示患者" not in _texts(_resolved(viewport, text_level=TextLevel.FEW))
    small = _resolved(viewport, (150, 140))
    assert _texts(small) == "R CC\n1 / 1"


def test_a_calibrated_projection_names_its_magnification() -> None:
    """Estimated Radiographic Magnification Factor."""
    pixels = np.zeros((8, 8), np.uint8)
    spacing = PixelSpacing((0.1, 0.1), SpacingSource.CALIBRATED, magnification=1.25)
    shown = _resolved(_viewport(stack_of([pixels], [frame_of(pixels, spacing=spacing)])))
    assert shown.scale_bar is not None
    assert shown.scale_bar.text.endswith("已校准，÷ 1.25")


def test_a_mark_is_not_told_twice() -> None:
    """A mark of the screen keeps its own lines; only what is drawn says where they come from."""
    anchor = FrameAnchor(StudyUid("1"), SeriesUid("1"), SopUid("1"))
    mark = ShapeAnnotation("1", shape("ellipse"), anchor, lines=("a", "b"))
    viewport = _viewport(volume_of(_values()), compare=Compare.RESULT)
    viewport.put_layer(ProcessedLayer(volume_of(_values())))
    viewport.put_layer(ShapeLayer((mark,)))
    _resolved(viewport)
    assert viewport.marks == (mark,)
