"""From intent to what is drawn: geometry, letters, texts, readiness."""

from __future__ import annotations

import numpy as np
import pytest

from app.domain.coding import Code
from app.domain.presentation import Window
from app.domain.roi import Roi, RoiKind
from app.domain.segmentation import Segment, Segmentation
from app.domain.volume import Volume
from app.i18n import set_language
from app.viewing.planes import nearest_slice, plane_view
from app.viewing.resolve import ResolvedSlice, Role, resolve, scale_bar, shown_value
from app.viewing.state import SLICE_PLANES, Compare, CornerText, Mark, Plane, ScreenState, TextLevel
from tests.support.volumes import AXIAL_AXES, random_axes, volume_of


def _screen(volume: Volume) -> ScreenState:
    screen = ScreenState()
    screen.volume = volume
    screen.go_to(volume.grid.centre_mm)
    return screen


def _values(shape: tuple[int, int, int] = (7, 20, 30)) -> np.ndarray:  # type: ignore[type-arg]
    return np.arange(int(np.prod(shape)), dtype=np.int16).reshape(shape)


def _resolved(screen: ScreenState, plane: Plane, size: tuple[int, int] = (400, 300)) -> ResolvedSlice:
    shown = resolve(screen, plane, size)
    assert shown is not None
    return shown


@pytest.mark.parametrize("seed", range(12))
def test_pixels_and_points_go_there_and_back(seed: int) -> None:
    """Any grid, oblique and of either handedness: screen → patient → screen within 1e-6 px (4.4.2, drawing on MPR)."""
    rng = np.random.default_rng(seed)
    volume = volume_of(_values(), tuple(rng.uniform(0.3, 4, 3)), random_axes(seed))
    screen = _screen(volume)
    for plane in SLICE_PLANES:
        screen.viewport(plane).zoom, screen.viewport(plane).pan_mm = float(rng.uniform(0.5, 5)), (3.0, -2.0)
        shown = _resolved(screen, plane)
        at = (float(rng.uniform(0, 400)), float(rng.uniform(0, 300)))
        point = shown.to_lps(at)
        assert shown.to_px(point) == pytest.approx(at, abs=1e-6)
        assert volume.grid.to_index(point)[shown.view.normal] == pytest.approx(shown.index, abs=1e-9)


@pytest.mark.parametrize("seed", range(12))
def test_the_pixel_that_is_drawn_is_the_voxel_that_is_there(seed: int) -> None:
    """The displayed array and the geometry agree: a pixel's centre maps to the voxel whose value it shows."""
    volume = volume_of(_values(), (2.0, 0.7, 1.3), random_axes(seed + 100))
    for plane in SLICE_PLANES:
        view = plane_view(volume.grid, plane)
        image = view.cut(volume.at(), 3)
        assert image.shape == view.size[::-1]
        for row, column in ((0, 0), (image.shape[0] - 1, 2), (4, image.shape[1] - 1)):
            s, r, c = (round(v) for v in view.to_index(column + 0.5, row + 0.5, 3))
            assert image[row, column] == volume.at()[s, r, c]


@pytest.mark.parametrize(
    ("axes", "letters"),
    [
        (AXIAL_AXES, {Plane.AXIAL: "RLAP", Plane.CORONAL: "RLHF", Plane.SAGITTAL: "APHF"}),
        # feet first, images from head to feet, rows to the front, columns to the right: still hangs the same
        (((0, 0, -1), (0, -1, 0), (-1, 0, 0)), {Plane.AXIAL: "RLAP", Plane.CORONAL: "RLHF", Plane.SAGITTAL: "APHF"}),
        # sagittal acquisition: its slices hang as sagittal images
        (((1, 0, 0), (0, 0, -1), (0, 1, 0)), {Plane.AXIAL: "APHF", Plane.CORONAL: "RLAP", Plane.SAGITTAL: "RLHF"}),
        # coronal acquisition with the rows along the body
        (((0, 1, 0), (1, 0, 0), (0, 0, 1)), {Plane.AXIAL: "RLHF", Plane.CORONAL: "APHF", Plane.SAGITTAL: "RLAP"}),
    ],
)
def test_images_hang_as_radiologists_hang_them(axes: tuple, letters: dict) -> None:  # type: ignore[type-arg]
    """Transverse from the feet, patient's left at the image's right; coronal and sagittal head up (IHE BIR orientation)."""
    screen = _screen(volume_of(_values(), axes=axes))
    for plane, wanted in letters.items():
        assert "".join(_resolved(screen, plane).letters) == wanted


def test_oblique_sides_have_two_letters() -> None:
    """A slanting side names both directions, the nearer first (PS3.3 C.7.6.1.1.1)."""
    turn = np.radians(30)
    axes = ((0.0, 0.0, 1.0), (-np.sin(turn), np.cos(turn), 0.0), (np.cos(turn), np.sin(turn), 0.0))
    assert _resolved(_screen(volume_of(_values(), axes=axes)), Plane.AXIAL).letters[1] == "LP"


def test_pixels_of_unequal_spacing_keep_their_shape() -> None:
    """A coronal image of 4 mm slices and 0.5 mm columns is eight times as high as wide per pixel."""
    shown = _resolved(_screen(volume_of(_values(), (4.0, 0.5, 0.5))), Plane.CORONAL)
    across, down = shown.scale
    assert down / across == pytest.approx(8)
    assert "插值" in shown.corners.bottom_left[-1].text


@pytest.mark.parametrize(
    ("px_per_mm", "side", "mm", "text"), [(1.0, 500, 100, "10 cm"), (2.0, 500, 50, "5 cm"), (7.0, 300, 5, "5 mm"), (40.0, 400, 2, "2 mm")]
)
def test_the_scale_bar_is_a_round_length(px_per_mm: float, side: int, mm: float, text: str) -> None:
    """The bar's pixels are its millimetres at the shown scale (real-size reading)."""
    bar = scale_bar(px_per_mm, side)
    assert (bar.length_mm, bar.text) == (mm, text)
    assert bar.length_px == pytest.approx(mm * px_per_mm)
    assert bar.length_px <= side / 5 + 1e-9


def test_the_crosshair_stands_where_the_other_views_cut() -> None:
    """The lines of each view lie at the other views' slices, in DICOM's axis colours."""
    screen = _screen(volume_of(_values()))
    screen.viewport(Plane.SAGITTAL).index, screen.viewport(Plane.CORONAL).index = 11.0, 4.0
    shown = _resolved(screen, Plane.AXIAL)
    assert shown.cross is not None
    assert shown.to_lps(shown.cross.at) == pytest.approx(tuple(screen.volume.grid.to_lps((3, 4, 11))), abs=1e-9)  # type: ignore[union-attr]
    assert (shown.cross.upright_color, shown.cross.level_color) == ("#4d8dff", "#ff6b5e")


def test_resolving_changes_nothing_and_is_repeatable() -> None:
    """Pure: the same intent resolves to an equal state, and no event is sent."""
    screen = _screen(volume_of(_values()))
    heard: list[object] = []
    screen.events.connect(heard.append)
    assert resolve(screen, Plane.AXIAL, (200, 200)) == resolve(screen, Plane.AXIAL, (200, 200))
    assert not heard


def test_a_slice_that_has_not_arrived_shows_its_neighbour() -> None:
    """Progressive: the nearest arrived slice is shown and marked as not the one asked for."""
    ready = np.zeros(7, bool)
    screen = _screen(volume_of(_values(), ready=ready))
    assert _resolved(screen, Plane.AXIAL).shown is None
    ready[[1, 6]] = True
    screen.volume.voxels.ready[0] = ready  # type: ignore[union-attr]
    screen.viewport(Plane.AXIAL).index = 3.0
    shown = _resolved(screen, Plane.AXIAL)
    assert (shown.index, shown.shown, shown.ready) == (3, 1, False)
    assert any("加载" in line.text for line in shown.corners.bottom_right)


def test_unconfirmed_results_are_said_whatever_the_text_level() -> None:
    """AI output is marked as such until a person has confirmed it, even with all text hidden (5.3.3)."""
    volume = volume_of(_values())
    screen = _screen(volume)
    screen.result, screen.result_label, screen.compare = volume_of(_values()), "降噪 1.2", Compare.RESULT
    code = Code("39607008", "SCT", "Lung")
    screen.segmentation = Segmentation(
        volume.grid, np.ones((7, 20, 30), np.uint8), (Segment(1, "Lung", code, code, (1, 2, 3)),), volume.series_uid
    )
    screen.text_level = TextLevel.NONE
    texts = [line.text for line in _resolved(screen, Plane.AXIAL).corners.bottom_right]
    assert texts == ["降噪 1.2", "AI · 未确认", "AI 分割 · 未确认"]
    screen.result_unconfirmed = screen.segmentation_unconfirmed = False
    assert [line.text for line in _resolved(screen, Plane.AXIAL).corners.bottom_right] == ["降噪 1.2"]


def test_a_machines_series_says_so_when_it_is_opened_by_itself() -> None:
    """Processed images opened as a series of their own carry the amber line until somebody has confirmed them (5.3.3)."""
    screen = _screen(volume_of(_values()))
    screen.volume_unconfirmed = True
    for level in TextLevel:
        screen.text_level = level
        warnings = [line.text for line in _resolved(screen, Plane.CORONAL).corners.bottom_right if line.role is Role.WARNING]
        assert warnings == ["AI · 未确认"]
    screen.volume_unconfirmed = False
    assert not any("AI" in line.text for line in _resolved(screen, Plane.CORONAL).corners.bottom_right)


def test_patient_lines_stand_in_the_first_view_only() -> None:
    """Demographics once a screen; plane, slice and window in each view; English on demand."""
    set_language("en")
    screen = _screen(volume_of(_values()))
    screen.corner_text = CornerText(top_left=("Demo",))
    screen.window, screen.window_label = Window(-600, 1500), "Lung window"
    axial, coronal = _resolved(screen, Plane.AXIAL).corners, _resolved(screen, Plane.CORONAL).corners
    assert [line.text for line in axial.top_left] == ["Demo", "Axial   Slice 4 / 7   2 mm"]
    assert [line.text for line in coronal.top_left] == ["Coronal MPR   Slice 11 / 20   0.8 mm"]
    assert axial.top_right[-1].text == "Lung window  W 1500  L −600"


def test_labels_of_marks_do_not_cover_each_other() -> None:
    """Five lengths close together: no two texts overlap, none leaves the tile, other slices' marks are absent."""
    volume = volume_of(np.zeros((7, 200, 200), np.int16))
    screen = _screen(volume)
    grid = volume.grid

    def length(n: int, s: int = 3) -> Mark:
        ends = tuple(tuple(float(v) for v in grid.to_lps((s, 90 + 6 * n, c))) for c in (90, 110))
        return Mark(str(n), Roi(RoiKind.LENGTH, ends), Plane.AXIAL, float(s), ("L 16.0 mm",))  # type: ignore[arg-type]

    screen.marks = (*(length(n) for n in range(5)), length(9, s=5))
    placed = _resolved(screen, Plane.AXIAL, (600, 600)).marks
    assert [m.tracking_uid for m in placed] == ["0", "1", "2", "3", "4"]
    boxes = [m.text_box for m in placed]
    assert not any(a.overlaps(b) for i, a in enumerate(boxes) for b in boxes[:i])
    assert all(box.inside((600, 600)) for box in boxes)


def test_monochrome1_is_drawn_with_its_lowest_value_white() -> None:
    """PS3.3 C.7.6.3.1.2: such images are turned round; inverting by hand turns them back, and only that is told."""
    volume = volume_of(_values())
    volume.details["photometric"] = "MONOCHROME1"
    screen = _screen(volume)
    shown = _resolved(screen, Plane.AXIAL)
    assert shown.invert
    assert not any("反相" in line.text for line in shown.corners.top_right)
    screen.invert = True
    shown = _resolved(screen, Plane.AXIAL)
    assert not shown.invert
    assert any("反相" in line.text for line in shown.corners.top_right)
    volume.details["photometric"] = "MONOCHROME2"
    assert _resolved(screen, Plane.AXIAL).invert


def test_lossy_images_say_so_at_every_text_level() -> None:
    """Facts 4: the lossy mark is never hidden; the ratio stands with it where it is known."""
    volume = volume_of(_values())
    screen = _screen(volume)
    for told, text in (("12.5", "有损压缩 12.5:1"), ("1", "有损压缩")):
        volume.details["lossy"] = told
        for level in TextLevel:
            screen.text_level = level
            assert text in [line.text for line in _resolved(screen, Plane.AXIAL).corners.bottom_right]


def test_half_way_between_slices_the_same_one_is_meant_everywhere() -> None:
    """Drawing, measuring and marking agree on the slice of a position half-way between two."""
    assert [nearest_slice(v, 9) for v in (-3.0, 0.49, 0.5, 1.5, 2.5, 8.5, 99.0)] == [0, 0, 1, 2, 3, 8, 8]
    screen = _screen(volume_of(_values((6, 20, 30))))
    assert [_resolved(screen, plane).index for plane in SLICE_PLANES] == [3, 10, 15]


def test_values_over_processed_images_say_that_they_are_the_original_s() -> None:
    """A region's statistics are always those of the original; over processed images they say so, lengths need not."""
    volume = volume_of(np.zeros((7, 60, 60), np.int16))
    screen = _screen(volume)
    screen.result = volume_of(np.full((7, 60, 60), 50, np.int16))
    ends = tuple(tuple(float(v) for v in volume.grid.to_lps(p)) for p in ((3, 30, 20), (3, 30, 40), (3, 25, 30), (3, 35, 30)))
    screen.marks = (
        Mark("e", Roi(RoiKind.ELLIPSE, ends), Plane.AXIAL, 3.0, ("E1 0 HU",)),  # type: ignore[arg-type]
        Mark("l", Roi(RoiKind.LENGTH, ends[:2]), Plane.AXIAL, 3.0, ("L1 16.0 mm",)),  # type: ignore[arg-type]
    )
    for mode in Compare:
        screen.compare = mode
        ellipse, length = _resolved(screen, Plane.AXIAL, (600, 600)).marks
        assert ellipse.lines == ("E1 0 HU" if mode is Compare.SOURCE else "E1 0 HU · 取自原图",), mode
        assert length.lines == ("L1 16.0 mm",)


def test_the_value_under_the_pointer_is_the_shown_one() -> None:
    """HU of the original, of the processed, and of the difference, each where it is what is drawn."""
    screen = _screen(volume_of(np.full((7, 20, 30), -812, np.int16)))
    screen.result = volume_of(np.full((7, 20, 30), -800, np.int16))
    centre = (200.0, 150.0)
    told = []
    for mode in (Compare.SOURCE, Compare.RESULT, Compare.DIFFERENCE):
        screen.compare = mode
        told.append(shown_value(screen, _resolved(screen, Plane.AXIAL), centre))
    assert told == ["光标 −812 HU", "光标 −800 HU", "光标 12 HU"]
    assert shown_value(screen, _resolved(screen, Plane.AXIAL), (-5.0, 10.0)) == ""
