"""Overlays; presets; automatic windows."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from app.domain.presentation import Window
from app.domain.quantity import Quantity
from app.domain.volume import Volume
from app.i18n import catalogue
from app.viewing.overlays import difference, fill_image, outline
from app.viewing.own_window import volume_voi
from app.viewing.presets import automatic_window, rendering_preset, rendering_presets, window_presets
from tests.support.volumes import volume_of


def test_difference_is_processed_minus_original() -> None:
    """No overflow of int16, grey in the middle where nothing changed."""
    source, result = np.array([[-32768, 10]], np.int16), np.array([[32767, 10]], np.int16)
    assert difference(source, result).tolist() == [[65535.0, 0.0]]


def test_outline_encloses_the_mask() -> None:
    """Marching squares: the area inside the segments is the mask's, but for its cut corners."""
    mask = np.zeros((40, 50), bool)
    mask[10:30, 15:40] = True
    segments = outline(mask)
    assert segments[:, [0, 2]].min() == 15
    assert segments[:, [0, 2]].max() == 40
    assert segments[:, [1, 3]].min() == 10
    assert segments[:, [1, 3]].max() == 30
    length = np.hypot(segments[:, 0] - segments[:, 2], segments[:, 1] - segments[:, 3]).sum()
    assert length == pytest.approx(2 * (24 + 19) + 4 * np.sqrt(0.5))
    assert outline(np.zeros((5, 5), bool)).shape == (0, 4)
    assert len(outline(np.ones((5, 5), bool))) > 0


def test_hidden_labels_are_clear() -> None:
    """Premultiplied colour where a segment is shown, nothing where it is not."""
    labels = np.array([[0, 1, 2]], np.uint8)
    assert [hex(v) for v in fill_image(labels, [(2, (255, 0, 100))], 0.5)[0]] == ["0x0", "0x0", "0x80800032"]


def test_presets_are_plausible() -> None:
    """The table is data, so it is tested (a known viewer ships 2000/−500 for the liver): the named tissue
    lies inside.
    """
    tissue = {
        "mediastinum": (-50, 150),
        "lung": (-950, -300),
        "bone": (0, 1200),
        "abdomen": (-80, 180),
        "liver": (40, 130),
        "brain": (10, 60),
        "stroke": (28, 38),
        "vessels": (0, 450),
        "sinus": (-1000, 1500),
        "posterior-fossa": (10, 80),
        "larynx": (0, 150),
        "pelvis": (-80, 180),
        "emphysema": (-1000, -700),
    }
    presets = window_presets()
    assert {p.name for p, _ in presets} == set(tissue)
    for preset, window in presets:
        low, high = tissue[preset.name]
        assert window.low <= low, preset
        assert window.high >= high, preset
        assert preset.title in catalogue(), preset.title
    keys = [p.key for p, _ in presets if p.key]
    assert sorted(keys) == list("123456789")


def test_rendering_presets_show_what_they_name() -> None:
    """Bone is opaque in bone and clear in water; the lung preset is clear in soft tissue; values rise."""
    assert [p.name for p in rendering_presets()] == ["bone", "vessels", "lung"]

    def opacity(name: str, hu: float) -> float:
        return float(np.interp(hu, *zip(*rendering_preset(name).opacity, strict=True)))

    assert opacity("bone", 0) == 0
    assert opacity("bone", 700) > 0.6
    assert opacity("lung", 40) == 0
    assert opacity("lung", -500) > 0
    assert opacity("vessels", 300) > opacity("vessels", 150) > 0
    for preset in rendering_presets():
        assert preset.title in catalogue()
        for points in (preset.opacity, preset.colour):
            values = [p[0] for p in points]
            assert values == sorted(values)


def test_automatic_window_leaves_background_and_outliers_out() -> None:
    """MR has no fixed window: percentiles of what is not background, of what has arrived."""
    values = np.zeros((6, 40, 40), np.int16)
    values[:, 10:30, 10:30] = np.random.default_rng(0).integers(300, 700, (6, 20, 20))
    values[0, 12, 12] = 30000
    volume = volume_of(values)
    window = automatic_window(volume)
    assert 290 < window.low < 320
    assert 680 < window.high < 720
    full = automatic_window(volume, low=0.0, high=1.0)
    assert (full.low, full.high) == (0, 30000)
    waiting = volume_of(values, ready=np.zeros(6, bool))
    assert automatic_window(waiting).width > 0
    assert volume_voi(volume) == Window(40, 400), "CT without a window is shown as soft tissue"
    other = Volume(volume.grid, volume.voxels, Quantity.ARBITRARY, "MR", volume.series_uid)
    assert volume_voi(other) == window
    own = replace(other, windows=((7.0, 0.0, ""), (30.0, 60.0, "own")))
    assert volume_voi(own) == Window(30, 60, "own"), "a window of no width is none"
