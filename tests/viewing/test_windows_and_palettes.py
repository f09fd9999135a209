"""Windows by modality and from a region, colour tables, one window for all views."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest

from app.domain.coding import Code
from app.domain.display_set import Axis, AxisKind
from app.domain.measurement import MeasuredValue
from app.domain.presentation import GreyPipeline, VoiFunction, Window
from app.domain.quantity import Quantity
from app.domain.volume import Volume, Voxels
from app.imaging.lookup import to_rgb32
from app.paths import resource_path
from app.reporting.quantities import value_words
from app.viewing import own_window
from app.viewing.grey_levels import own_voi
from app.viewing.layouts import grid_layout
from app.viewing.own_window import volume_voi
from app.viewing.palettes import next_palette, palette_rgb, palettes
from app.viewing.preset_windows import fits, named_preset, preset_of, preset_window
from app.viewing.presets import OwnWindowChange, PresetGroup, ValueShares, preset_groups
from app.viewing.resolve import ScreenFacts, resolve
from app.viewing.same_look import level_windows
from app.viewing.screen import Screen, SliceView, StackView, Viewport, ViewportId
from app.viewing.shapes.concepts import MEAN
from app.viewing.shown_image import shown_image
from app.viewing.tools.tool import Pointer
from app.viewing.wording import decimals_of, number, window_words
from tests.support.capabilities import tool
from tests.support.stacks import frame_of, mammogram, stack_of
from tests.support.volumes import volume_of


def _viewport(image, index: int = 0) -> Viewport:  # type: ignore[no-untyped-def]
    viewport = Viewport(ViewportId("1"))
    viewport.show(image, SliceView(0, float(index)) if isinstance(image, Volume) else StackView(index))
    return viewport


def _volume(quantity: Quantity, modality: str) -> Volume:
    values = np.zeros((4, 50, 40), np.int16)
    values += np.arange(50, dtype=np.int16)[None, :, None]
    return replace(volume_of(values), quantity=quantity, modality=modality)


def _group(viewport: Viewport) -> PresetGroup | None:
    (*found,) = (group for group in preset_groups() if fits(group, viewport))
    assert len(found) <= 1, "a digit means one window"
    return found[0] if found else None


@pytest.mark.parametrize(
    ("quantity", "modality", "first"),
    [
        (Quantity.HU, "CT", "mediastinum"),
        (Quantity.SUV_BW, "PT", "suv-5"),
        (Quantity.ACTIVITY, "PT", "values-usual"),
        (Quantity.ARBITRARY, "MR", "values-usual"),
        (Quantity.COUNTS, "CT", None),
    ],
)
def test_presets_fit_what_the_values_are(quantity: Quantity, modality: str, first: str | None) -> None:
    group = _group(_viewport(_volume(quantity, modality)))
    assert (group.presets[0].name if group is not None else None) == first


def test_every_preset_makes_a_window_and_has_its_own_key() -> None:
    for group in preset_groups():
        keys = [one.key for one in group.presets if one.key]
        assert len(keys) == len(set(keys))
        assert all(key in "123456789" for key in keys)
    for viewport in (_viewport(_volume(Quantity.ARBITRARY, "MR")), _viewport(mammogram())):
        group = _group(viewport)
        assert group is not None
        windows = [preset_window(one, viewport) for one in group.presets]
        assert all(window is not None and window.width > 0 for window in windows)


@pytest.mark.parametrize(
    ("value", "said"),
    [(0.000853, "0.000853"), (0.05, "0.0500"), (0.5, "0.50"), (0.0, "0.00"), (-3e-7, "−0.000000300")],
)
def test_small_values_keep_digits_that_say_something(value: float, said: str) -> None:
    """Of diffusion in mm²/s: 0.00 would be a wrong value."""
    assert number(value, decimals_of(Quantity.MAPPED, abs(value))) == said
    printed = value_words(MeasuredValue(MEAN, value, Code("mm2/s", "UCUM", "mm2/s")))
    assert printed == f"{said} mm2/s"
    assert window_words(Window(0.0005, 0.002)) == "W 0.00200  L 0.00050"


def test_bright_means_bright_on_the_screen() -> None:
    """Of MONOCHROME1 the low values are bright: the same preset moves its window the other way."""
    pixels = np.arange(2000, dtype=np.uint16).reshape(40, 50)
    change = next(p for g in preset_groups() for p in g.presets if p.name == "own-bright")
    assert isinstance(change.window, OwnWindowChange)
    for photometric, sign in (("MONOCHROME2", 1), ("MONOCHROME1", -1)):
        frame = frame_of(pixels)
        frame = replace(frame, pixel_format=replace(frame.pixel_format, photometric=photometric))
        viewport = _viewport(stack_of([pixels], [frame]))
        shown = shown_image(viewport)
        assert shown is not None
        own, made = own_voi(viewport, shown), preset_window(change, viewport)
        assert isinstance(own, Window)
        assert made is not None
        assert np.sign(made.centre - own.centre) == sign
        viewport.invert = True
        assert preset_window(change, viewport) == made


class _Tile:
    """The part of a tile that a tool uses."""

    def __init__(self, screen: Screen, viewport: Viewport) -> None:
        self.intent, self.viewport, self.draft = screen, viewport, None

    def resolved(self):  # type: ignore[no-untyped-def]
        return resolve(self.viewport, ScreenFacts(), (400, 400))


def test_a_window_from_the_values_in_a_rectangle() -> None:
    """Rows 10 to 29 of a ramp of 1 a row; a slip of the hand and a given up drag change nothing."""
    screen = Screen(grid_layout(1, 1))
    viewport = screen.active_viewport
    viewport.show(_volume(Quantity.HU, "CT"), SliceView(0, 0.0))
    tile = _Tile(screen, viewport)
    shown = tile.resolved()
    corners = [shown.placement.to_screen(*at) for at in ((5, 10), (30, 30))]
    chosen = tool("region-window")
    gesture = chosen.press(tile, shown, Pointer(corners[0]))  # type: ignore[arg-type]
    assert gesture is not None
    gesture.move(Pointer(corners[1]))
    gesture.cancel()
    assert (viewport.window, tile.draft) == (None, None)
    gesture = chosen.press(tile, shown, Pointer(corners[0]))  # type: ignore[arg-type]
    assert gesture is not None
    gesture.release(Pointer((corners[0][0] + 1, corners[0][1] + 1)))
    assert viewport.window is None
    gesture.move(Pointer(corners[1]))
    assert gesture.release(Pointer(corners[1]))
    assert isinstance(viewport.window, Window)
    assert (viewport.window.low, viewport.window.high) == pytest.approx((10, 29), abs=0.2)


def test_the_tables_are_those_of_the_standard() -> None:
    """PS3.6 Annex B, as pydicom has them."""
    from pydicom import dcmread
    from pydicom.data import get_palette_files

    named = [one for one in palettes() if one.uid]
    assert len(named) == 4
    for one in named:
        ds = dcmread(get_palette_files(f"{one.name}.dcm")[0])
        truth = np.stack(
            [
                np.frombuffer(getattr(ds, f"{c}PaletteColorLookupTableData"), np.uint8)
                for c in ("Red", "Green", "Blue")
            ]
        )
        assert np.array_equal(np.frombuffer(one.rgb, np.uint8).reshape(-1, 3).T, truth)
        assert one.uid == ds.SOPInstanceUID
    names = [""]
    while (following := next_palette(names[-1])) != "":
        names.append(following)
    assert names[1:] == [one.name for one in palettes()]


def test_grey_levels_are_shown_through_the_table() -> None:
    """The lowest value in its first colour, the highest in its last; with a scale that says what they are."""
    viewport = _viewport(_volume(Quantity.SUV_BW, "PT"))
    viewport.window, viewport.palette = Window(24.5, 49.0, function=VoiFunction.LINEAR_EXACT), "hotiron"
    shown = resolve(viewport, ScreenFacts(), (400, 400))
    assert shown is not None
    assert isinstance(shown.pixels, GreyPipeline)
    ends = to_rgb32(np.array([[0, 49]], np.int16), shown.pixels)
    assert [hex(int(v)) for v in ends[0]] == ["0xff000000", "0xffffffff"]
    assert shown.colour_scale is not None
    assert shown.colour_scale.rgb == palette_rgb("hotiron")
    assert shown.colour_scale.high.endswith(" SUVbw")
    viewport.palette = ""
    grey = resolve(viewport, ScreenFacts(), (400, 400))
    assert grey is not None
    assert grey.colour_scale is None


def test_one_window_for_all_views_of_the_same_values() -> None:
    screen = Screen(grid_layout(1, 3))
    one, two, three = screen.viewports.values()
    for viewport, quantity in ((one, Quantity.HU), (two, Quantity.HU), (three, Quantity.ARBITRARY)):
        viewport.show(_volume(quantity, "CT" if quantity is Quantity.HU else "MR"), SliceView(0, 0.0))
    one.window, one.palette, two.window = Window(-600, 1500), "rainbow", Window(1, 2)
    level_windows(screen)
    assert (two.window, two.palette, three.window) == (one.window, "rainbow", None)
    one.window = Window(40, 400)
    assert two.window == Window(-600, 1500), "once, not from now on"


def test_suv_windows_begin_and_end_where_their_names_say() -> None:
    for preset in next(group for group in preset_groups() if group.quantity is Quantity.SUV_BW).presets:
        assert isinstance(preset.window, Window)
        low, high = preset.title.rpartition("SUV ")[2].split(" to ")
        assert (preset.window.low, preset.window.high) == (float(low), float(high))


def test_hanging_protocols_name_presets_of_what_they_hang() -> None:
    """A preset by its name where it fits, and the name of what a view has; every shipped name is there."""
    pet, mr = _viewport(_volume(Quantity.SUV_BW, "PT")), _viewport(_volume(Quantity.ARBITRARY, "MR"))
    suv = named_preset("suv-7", pet)
    assert suv is not None
    assert named_preset("suv-7", mr) is None
    pet.window, pet.window_label = preset_window(suv, pet), suv.title
    mr.window_label = "Strong contrast"
    assert (preset_of(pet), preset_of(mr)) == ("suv-7", "values-strong")
    known = {preset.name for group in preset_groups() for preset in group.presets}
    for path in resource_path("hanging").glob("*.json"):
        stages = json.loads(path.read_text(encoding="utf-8"))["stages"]
        named = {view.get("window", "") for stage in stages for view in stage["views"]} - {""}
        assert named <= known, path.name


def test_a_window_is_there_whatever_is_dropped_meanwhile(monkeypatch: pytest.MonkeyPatch) -> None:
    """Films make windows on another thread: what is kept may go between two looks."""
    made = replace(volume_of(np.arange(6 * 40 * 40).reshape(6, 40, 40) % 700), quantity=Quantity.ARBITRARY)
    wanted = volume_voi(made)
    monkeypatch.setattr(own_window, "_KEPT", 0)
    again = replace(made, voxels=Voxels(made.voxels.array))
    assert volume_voi(again) == wanted


def test_each_b_value_has_a_window_of_its_own_and_times_share_one() -> None:
    """What the signal lost from b 0 to b 1000 is no reason to show it dark; enhancement is to be seen."""
    values = np.random.default_rng(1).integers(300, 700, (1, 6, 40, 40)).astype(np.int16)
    both = np.concatenate((values, values // 4))
    made = volume_of(values[0])
    plain = replace(made, voxels=Voxels(both), quantity=Quantity.ARBITRARY, modality="MR", references=())
    b_values = replace(plain, axis=Axis(AxisKind.B_VALUE, (0.0, 1000.0), "s/mm2"))
    assert volume_voi(b_values, further=1).width == pytest.approx(volume_voi(b_values).width / 4, rel=0.05)  # type: ignore[union-attr]
    times = replace(plain, voxels=Voxels(both), axis=Axis(AxisKind.TIME, (0.0, 30.0), "s"))
    assert volume_voi(times, further=1) == volume_voi(times)
    viewport = Viewport(ViewportId("1"))
    viewport.show(b_values, SliceView(0, 3.0))
    share = next(p for group in preset_groups() for p in group.presets if isinstance(p.window, ValueShares))
    before = preset_window(share, viewport)
    viewport.further = 1
    assert before is not None
    assert preset_window(share, viewport).width == pytest.approx(before.width / 4, rel=0.05)  # type: ignore[union-attr]
