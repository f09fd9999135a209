"""One image pixel on one of the monitor; one millimetre of the patient on one of the glass."""

from __future__ import annotations

import math
from datetime import UTC, datetime

import numpy as np
import pytest

from app.domain.frame import UltrasoundRegion
from app.domain.image import ImageStack
from app.domain.pixel import PixelSpacing, SpacingSource
from app.errors import Refused
from app.viewing.image_size import require_true_size
from app.viewing.monitors import Monitor, MonitorCalibration, monitor_of
from app.viewing.resolve import Resolved, facts_of, resolve
from app.viewing.screen import Screen, SizeMode, StackView, Viewport
from app.viewing.shown_image import shown_image
from tests.support.stacks import frame_of, stack_of

MONITOR = Monitor("Maker|Model|42", "Model DP-1", (3840, 2160), ratio=1.5)
SIZE = (500, 400)


def _image(**facts: object) -> ImageStack:
    stored = np.arange(64 * 80, dtype=np.int16).reshape(64, 80)
    return stack_of([stored], [frame_of(stored, **facts)])


def _screen(image: ImageStack, mode: SizeMode, *, px_per_mm: float | None = 6.0) -> tuple[Screen, Viewport]:
    screen = Screen()
    viewport = screen.active_viewport
    viewport.show(image, StackView(0))
    viewport.monitor, viewport.size_mode = MONITOR, mode
    if px_per_mm is not None:
        known = MonitorCalibration(px_per_mm, MONITOR.size_px, datetime(2026, 11, 2, tzinfo=UTC))
        screen.calibrations = {MONITOR.key: known}
    return screen, viewport


def _resolved(screen: Screen, viewport: Viewport) -> Resolved:
    shown = resolve(viewport, facts_of(screen, viewport.viewport_id), SIZE, MONITOR.ratio)
    assert shown is not None
    return shown


def _glass_px(shown: Resolved, across: float, down: float) -> float:
    """Pixels of the device between two points of the image, so many of its pixels apart."""
    a, b = shown.placement.to_screen(10, 10), shown.placement.to_screen(10 + across, 10 + down)
    return math.dist(a, b) * MONITOR.ratio


def _said(shown: Resolved) -> list[str]:
    corners = shown.corners
    return [line.text for line in (*corners.bottom_left, *corners.bottom_right)]


@pytest.mark.parametrize("spacing", [(0.2, 0.2), (0.5, 0.25), None])
@pytest.mark.parametrize("turns", [0, 1])
def test_a_pixel_of_the_image_is_one_of_the_monitor(spacing: tuple[float, float] | None, turns: int) -> None:
    """Whatever the scaling of the window system; the narrower side of one that is not square."""
    told = PixelSpacing(spacing, SpacingSource.PATIENT) if spacing else PixelSpacing()
    screen, viewport = _screen(_image(spacing=told), SizeMode.PIXELS)
    viewport.turns = turns
    shown = _resolved(screen, viewport)
    assert _glass_px(shown, 12, 0) == pytest.approx(12)
    assert _glass_px(shown, 0, 12) == pytest.approx(12 * (spacing[0] / spacing[1] if spacing else 1))
    assert "1:1 像素" in _said(shown)
    viewport.zoom = 2.0
    assert "像素 200 %" in _said(_resolved(screen, viewport))


@pytest.mark.parametrize(
    ("facts", "mm", "said"),
    [
        ({"spacing": PixelSpacing((0.4, 0.3), SpacingSource.PATIENT)}, 0.3, "真实尺寸 100 %"),
        ({"spacing": PixelSpacing((0.2, 0.2), SpacingSource.DETECTOR)}, 0.2, "真实尺寸 100 % · 探测器平面"),
        ({"regions": (UltrasoundRegion((5, 5, 70, 60), (0.1, 0.1), "mm", "2d"),)}, 0.1, "真实尺寸 100 %"),
    ],
)
def test_a_millimetre_is_one_on_the_glass(facts: dict[str, object], mm: float, said: str) -> None:
    """To the calibration of the monitor: 6 pixels of the device for a millimetre."""
    screen, viewport = _screen(_image(**facts), SizeMode.TRUE)
    shown = _resolved(screen, viewport)
    assert _glass_px(shown, 20, 0) == pytest.approx(20 * mm * 6.0, rel=1e-9)
    assert any(line.startswith(said) for line in _said(shown)), _said(shown)
    require_true_size(screen, viewport, shown.plane)


def test_real_size_is_refused_with_its_reason() -> None:
    """No spacing; a monitor that nobody has measured, or that shows another number of pixels since."""
    told = PixelSpacing((0.2, 0.2), SpacingSource.PATIENT)
    for image, px_per_mm, size, reason, warned in (
        (_image(spacing=PixelSpacing()), 6.0, None, "no pixel spacing", "无法真实尺寸：图像未校准"),
        (_image(spacing=told), None, None, "is not calibrated", "无法真实尺寸：显示器未校准"),
        (_image(spacing=told), 6.0, (1920, 1080), "1920×1080", "无法真实尺寸：显示器未校准"),
    ):
        screen, viewport = _screen(image, SizeMode.TRUE, px_per_mm=px_per_mm)
        if size is not None:
            viewport.monitor = Monitor(MONITOR.key, MONITOR.name, size, 1.0)
        shown = shown_image(viewport)
        assert shown is not None
        with pytest.raises(Refused) as refused:
            require_true_size(screen, viewport, shown.plane)
        assert reason in f"{refused.value.template} {refused.value.params}"
        fitted = resolve(viewport, facts_of(screen, viewport.viewport_id), SIZE)
        assert fitted is not None
        assert fitted.placement.px_per_unit == pytest.approx(fitted.framing.px_per_unit)
        assert warned in _said(fitted)
    viewport.monitor = None
    with pytest.raises(Refused, match="No monitor"):
        require_true_size(screen, viewport, shown.plane)


def test_monitors_are_told_apart() -> None:
    """By maker, model and serial number; by their connector where they tell no serial number."""

    class Size:
        def width(self) -> int:
            return 1280

        def height(self) -> int:
            return 720

    class Told:
        def __init__(self, serial: str, name: str) -> None:
            self._serial, self._name = serial, name

        def manufacturer(self) -> str:
            return "EIZO"

        def model(self) -> str:
            return "RX560 "

        def serialNumber(self) -> str:
            return self._serial

        def name(self) -> str:
            return self._name

        def size(self) -> Size:
            return Size()

        def devicePixelRatio(self) -> float:
            return 1.5

        def virtualSiblings(self) -> list[Told]:
            return [self, *others]

    others: list[Told] = []
    one = monitor_of(Told("77", "DP-1"))
    assert (one.key, one.size_px, one.ratio) == ("EIZO|RX560|77", (1920, 1080), 1.5)
    assert monitor_of(Told("77", "DP-2")).key == one.key
    assert monitor_of(Told("", "DP-1")).key != monitor_of(Told("", "DP-2")).key
    others += Told("77", "DP-1"), Told("77", "DP-2")
    two = [monitor_of(told).key for told in others]
    assert len({*two, one.key}) == 3, "of two that tell the same serial number neither is taken for the other"
