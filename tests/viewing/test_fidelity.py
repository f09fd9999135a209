"""What is said of the truth of an image: lost, computed, reduced, on its way, without calibration."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from app.domain.display_set import Correction
from app.domain.geometry import PointPx
from app.domain.pixel import PixelSpacing, SpacingSource
from app.i18n import set_language
from app.viewing.fidelity import reduced_volume
from app.viewing.graphics import Corners, TextLine
from app.viewing.resolve import Resolved, ScreenFacts, Surroundings, resolve
from app.viewing.screen import SliceView, StackView, View, Viewport, ViewportId
from tests.support.stacks import frame_of, stack_of
from tests.support.volumes import volume_of
from viewers.painting import corner_places
from viewers.tile_painting import tip_at


@pytest.fixture(autouse=True)
def _english():  # type: ignore[no-untyped-def]
    set_language("en")
    yield
    set_language("zh")


def _resolved(  # type: ignore[no-untyped-def]
    image, view: View, size: tuple[int, int] = (400, 400), *, headed: bool = False, failed: str = ""
) -> Resolved:
    viewport = Viewport(ViewportId("1"))
    viewport.show(image, view)
    viewport.failed = failed
    shown = resolve(viewport, ScreenFacts(around=Surroundings(headed=headed)), size)
    assert shown is not None
    return shown


def _lines(shown: Resolved) -> list[TextLine]:
    corners = shown.corners
    return [*corners.bottom_left, *corners.bottom_right]


def _tip(shown: Resolved, word: str) -> str:
    return next((line.tip for line in _lines(shown) if word in line.text), "")


def _frame(**facts: object):  # type: ignore[no-untyped-def]
    pixels = np.zeros((1200, 1000), np.uint16)
    return stack_of([pixels], [frame_of(pixels, **facts)])


def test_every_limit_has_its_words_and_its_sentence() -> None:
    bare = _resolved(_frame(lossy_ratio=12.0), StackView(0))
    assert [line.text for line in _lines(bare)] == [
        "1000 × 1200   reduced 1:3",
        "Lossy 12:1",
        "Not calibrated",
    ]
    assert "3 × 3 pixels" in _tip(bare, "reduced")
    assert "with loss" in _tip(bare, "Lossy")
    assert "in pixels" in _tip(bare, "Not calibrated")
    near = Viewport(ViewportId("1"))
    near.show(_frame(), StackView(0))
    near.zoom = 4.0
    shown = resolve(near, ScreenFacts(), (400, 400))
    assert shown is not None
    assert not _tip(shown, "reduced"), "each pixel is seen"


def test_what_was_computed_is_said() -> None:
    """Planes across thick slices are interpolated; slices between images at uneven distances are made up."""
    volume = volume_of(np.zeros((20, 60, 60), np.int16), (5.0, 0.8, 0.8))
    across = _resolved(volume, SliceView(1, 3.0))
    assert "0.80 × 5.00 mm" in _tip(across, "interpolated")
    assert not _tip(_resolved(volume, SliceView(0, 3.0)), "interpolated")
    made = _resolved(replace(volume, correction=Correction.RESAMPLED), SliceView(0, 3.0))
    assert "computed" in _tip(made, "Resampled")


def test_what_is_on_its_way_is_said() -> None:
    ready = np.ones(20, dtype=bool)
    ready[3:13] = False
    volume = volume_of(np.zeros((20, 60, 60), np.int16), ready=ready)
    assert "on their way" in _tip(_resolved(volume, SliceView(0, 5.0)), "Loading 50 %")
    broken = _resolved(volume, SliceView(0, 1.0), failed="the reason")
    assert "the reason" in _tip(broken, "Incomplete: 50 %")
    assert not _tip(broken, "Loading")


@pytest.mark.parametrize("headed", [False, True])
def test_the_pointer_is_told_what_the_words_mean(headed: bool, qapp: object) -> None:
    """Over a line of the corners, or a mark of the header; nothing elsewhere."""
    stack = _frame(lossy_ratio=12.0, spacing=PixelSpacing((0.1, 0.1), SpacingSource.DETECTOR))
    shown = _resolved(stack, StackView(0), (500, 400), headed=headed)
    assert tip_at(shown, (250.0, 200.0)) == ""
    if headed:
        assert any("with loss" in tip_at(shown, (float(x), 14.0)) for x in range(0, 500, 5))
        return
    places = corner_places(shown.corners, (500, 400), shown.letters)
    lossy = next(place for place in places if "Lossy" in place.text)
    at: PointPx = (lossy.box.center().x(), lossy.box.center().y())
    assert "with loss" in tip_at(shown, at)


def test_a_film_without_a_limit_says_what_its_lengths_are_worth(qapp: object) -> None:
    stack = _frame(spacing=PixelSpacing((0.1, 0.1), SpacingSource.DETECTOR))
    shown = _resolved(stack, StackView(0), (500, 400), headed=True)
    assert shown.header is not None
    assert [chip.text for chip in shown.header.chips] == ["Lossless · at the detector"]
    assert "on the detector" in shown.header.chips[0].tip


def test_a_rendering_of_fewer_voxels_says_so() -> None:
    assert reduced_volume((3000, 512, 512), (3000, 512, 512)) is None
    told = reduced_volume((3000, 512, 512), (600, 170, 256))
    assert told is not None
    assert told.text == "reduced to 256 × 170 × 600"
    assert "512 × 512 × 3000 voxels" in told.tip


def test_a_row_is_left_to_a_letter_where_there_is_one(qapp: object) -> None:
    """On a narrow tile; ultrasound has no letters, and its texts begin at the edge."""
    corners = Corners(top_left=(TextLine("SUN^YUE 1968-05-12"),))
    (plain,) = corner_places(corners, (220, 400), ("R", "L", "", "P"))
    (lettered,) = corner_places(corners, (220, 400), ("R", "L", "A", ""))
    assert plain.y < lettered.y
