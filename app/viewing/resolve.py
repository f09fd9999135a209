"""From intent to what is drawn: `resolve` is pure, its result frozen.

The same `Resolved` is drawn to the window and to a picture.  Pixels of the screen are device-independent,
``(x, y)`` from the upper left corner of the tile.  One mapping goes between pixels of the image, of the
screen, and LPS.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np

from app.domain.geometry import Point3, PointPx
from app.domain.image import ImageStack
from app.domain.presentation import GreyPipeline, Window
from app.domain.quantity import small_decimals
from app.domain.volume import Volume
from app.imaging.reduction import reduction_of
from app.viewing.fidelity import spacing_words
from app.viewing.graphics import AXIS_COLORS, ColourScale, Corners, CrossLines, ScaleBar, scale_bar
from app.viewing.grey_levels import Colour, as_window, compare_of, pixels_of, processed_pixels
from app.viewing.image_plane import ImagePlane, Letters, Placement, fit_px_per_unit, turned_size
from app.viewing.image_size import Glass, glass_of, lost_size, scale_of, size_words
from app.viewing.labels import TEXT_PX
from app.viewing.links import crosshair_in, link_kind
from app.viewing.mark_places import PlacedAnnotation, marks_on, place_marks
from app.viewing.mark_wording import source_told
from app.viewing.offsets import offset_astray, offset_beside
from app.viewing.pairs import Underlay, laid_over, pair_name, why_not
from app.viewing.presented import Cover, Framing, PresentedImage, Turn, cover_of, framing_of, shown_turn
from app.viewing.reserved_places import below_bar, beside_letter, letter_boxes, reserved_boxes, scale_boxes
from app.viewing.screen import (
    Compare,
    Crosshair,
    PairMode,
    RenderingView,
    Screen,
    SizeMode,
    StudyRole,
    TextLevel,
    Viewport,
    ViewportId,
)
from app.viewing.sequence_state import BAR_PX, SequenceBar, sequence_bar
from app.viewing.shapes.shape import Box
from app.viewing.shown_image import ShownImage, drawn_frame, presented_image, shown_image
from app.viewing.viewport_texts import Header, TextFacts, header_of, texts
from app.viewing.wording import UNIT_WORDS, number

#: height of the line that says what a tile shows; a tile smaller than `SMALL_PX` has no bar and little text
HEADER_PX = 28
SMALL_PX = (230, 170)
#: of a screen that does not know its size: 96 for an inch
USUAL_PX_PER_MM = 96 / 25.4


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a viewport has to say of itself because of the others.

    `alone`: it fills the screen.  `headed`: tiles say what they show, for they show different things.
    `compared`: a prior is among them.  `first`: no other tile before it shows the same images, so the
    patient's and study's lines stand here. `link` is ``position``, ``offset``, ``step`` or ``none`` where
    tiles are linked, else ""; `offset_mm` is how far beyond the other's its place lies, `astray_mm` how far
    it lies now where one of them was scrolled alone.
    """

    alone: bool = False
    headed: bool = False
    compared: bool = False
    first: bool = True
    link: str = ""
    offset_mm: float | None = None
    astray_mm: float | None = None


@dataclass(frozen=True, slots=True)
class ScreenFacts:
    """What a viewport needs to know of the screen.

    `bars`: what can be played has a bar to play it; `scale`: a bar says how long a length is.  `px_per_mm`:
    pixels of the screen for a millimetre on its glass, as the monitor tells; `glass` is what was measured on
    it.  Not `on_screen`: a picture of the whole image, without what lies over it.  `text_px` is the size of
    the texts beside marks, of which names only stand where all would hide what is marked, with `short_texts`.
    `pair` is the view that is shown in this one too, `under` the image that this one is laid over.
    """

    text_level: TextLevel = TextLevel.ALL
    crosshair: Crosshair | None = None
    overlays_visible: bool = True
    active: bool = False
    bars: bool = True
    scale: bool = True
    px_per_mm: float = USUAL_PX_PER_MM
    glass: Glass = field(default_factory=Glass)
    on_screen: bool = True
    text_px: float = TEXT_PX
    short_texts: bool = False
    around: Surroundings = Surroundings()
    pair: PairFacts | None = None
    under: Underlay | None = None


@dataclass(frozen=True, slots=True)
class PairFacts:
    """The view whose images are shown here too, how, what it needs to know, and whether it is seen alone
    now.
    """

    other: Viewport
    facts: ScreenFacts
    mode: PairMode
    turned: bool


def facts_of(
    screen: Screen,
    viewport_id: ViewportId,
    around: Surroundings | None = None,
    px_per_mm: float = USUAL_PX_PER_MM,
) -> ScreenFacts:
    """The screen as one viewport sees it; `around` where it is known already."""
    viewport = screen.viewports[viewport_id]
    crosshair = screen.crosshair if screen.crosshair_visible else None
    facts = ScreenFacts(
        text_level=screen.text_level,
        crosshair=crosshair_in(screen, viewport, crosshair),
        overlays_visible=screen.overlays_visible,
        active=screen.active == viewport_id,
        px_per_mm=px_per_mm,
        glass=glass_of(screen, viewport),
        text_px=screen.mark_text_px,
        short_texts=True,
        around=around if around is not None else surroundings_of(screen)[viewport_id],
    )
    return _with_pair(facts, screen, viewport_id, px_per_mm)


def _with_pair(facts: ScreenFacts, screen: Screen, viewport_id: ViewportId, px_per_mm: float) -> ScreenFacts:
    """Where two are shown in one view, both say in their headers whose images they are."""
    pair = screen.pair
    if pair is None or pair.front != viewport_id or pair.other not in screen.viewports:
        return facts
    mine, other = screen.viewports[viewport_id], screen.viewports[pair.other]
    around = replace(facts.around, headed=True, compared=mine.role is not other.role)
    theirs = replace(
        facts, crosshair=None, glass=glass_of(screen, other), around=replace(around, first=True), bars=False
    )
    seen = screen.pair_turned and pair.mode is PairMode.FLICKER
    return replace(facts, around=around, pair=PairFacts(other, theirs, pair.mode, seen))


def surroundings_of(screen: Screen) -> dict[ViewportId, Surroundings]:
    """Of every viewport."""
    tiles = screen.shown
    sources = {tile.viewport_id: _source(tile) for tile in tiles if tile.image is not None}
    compared = any(tile.role is StudyRole.PRIOR for tile in tiles)
    several = len(set(sources.values())) > 1
    seen: set[object] = set()
    monitor = {name: part for part in range(screen.parts) for name in screen.cells_of_part(part)}
    out = {}
    for viewport_id, viewport in screen.viewports.items():
        source = sources.get(viewport_id)
        link, offset_mm, astray_mm = _link(screen, viewport, compared=compared)
        out[viewport_id] = Surroundings(
            alone=len(tiles) == 1,
            headed=several or viewport.role is StudyRole.PRIOR,
            compared=compared,
            first=(monitor.get(viewport_id), source) not in seen,
            link=link,
            offset_mm=offset_mm,
            astray_mm=astray_mm,
        )
        seen.add((monitor.get(viewport_id), source))
    return out


def _source(viewport: Viewport) -> object:
    if isinstance(viewport.image, ImageStack):
        return viewport.image.display_set.display_set_id
    if viewport.display_set is not None:
        return viewport.display_set.display_set_id
    return viewport.image.series_uid if viewport.image is not None else None


def _link(screen: Screen, viewport: Viewport, *, compared: bool) -> tuple[str, float | None, float | None]:
    if not screen.links or viewport.image is None or isinstance(viewport.view, RenderingView):
        return "", None, None
    others = [
        screen.viewports[other]
        for link in screen.links
        if viewport.viewport_id in link.members
        for other in link.members - {viewport.viewport_id}
        if screen.viewports[other].image is not None
    ]
    if not others:
        return ("none" if compared else ""), None, None
    beside = offset_beside(screen, viewport)
    if beside is not None:
        return "offset", beside[1], offset_astray(screen, viewport, beside[0])
    # views of one study lie in one space; what counts is how the view goes with the other study's
    apart = [other for other in others if other.role is not viewport.role] or others
    by_position = all(link_kind(viewport, other) == "position" for other in apart)
    return ("position" if by_position else "step"), None, None


@dataclass(frozen=True, slots=True)
class Resolved:
    """One tile with a slice or an image of a stack, complete.

    `device_ratio` is how many pixels of the device a pixel of the screen has along a side.
    `failed` says why an image that has not arrived never will.
    `area` is where the image may be drawn, `pixels` how its values become grey (or that they are colour),
    `processed` the same of the processed images, or of the difference, where either shows.  `presented` is
    what an applied presentation state says of the image, `cover` what is hidden of it, `framing` how it lies
    at zoom 1.
    """

    viewport_id: ViewportId
    size_px: tuple[int, int]
    device_ratio: float
    area: Box
    image: ShownImage
    placement: Placement
    framing: Framing
    presented: PresentedImage | None
    pixels: GreyPipeline | Colour
    processed: GreyPipeline | None
    compare: Compare
    swipe_px: float
    cover: Cover | None
    letters: Letters
    cross: CrossLines | None
    scale_bar: ScaleBar | None
    colour_scale: ColourScale | None
    marks: tuple[PlacedAnnotation, ...]
    corners: Corners
    header: Header | None
    bar: SequenceBar | None
    overlays: bool
    active: bool
    failed: str
    #: another view's images in this one's place
    beside: Beside | None = None

    @property
    def plane(self) -> ImagePlane:
        """The image as it hangs."""
        return self.image.plane

    @property
    def is_small(self) -> bool:
        """There is no room for texts beside what is drawn."""
        return self.size_px[0] < SMALL_PX[0] or self.size_px[1] < SMALL_PX[1]

    def to_lps(self, at: PointPx) -> Point3 | None:
        """LPS point under a pixel of the screen; None where the image has no place in the patient."""
        return self.plane.to_lps(*self.placement.to_image(at))

    @property
    def is_divided(self) -> bool:
        """A divider stands between two images."""
        return self.compare is Compare.SWIPE or (
            self.beside is not None and self.beside.mode is PairMode.SWIPE
        )

    def other_at(self, at: PointPx) -> Beside | None:
        """The other view, where its image is what is seen under a pixel of the screen."""
        beside = self.beside
        if beside is None:
            return None
        seen = at[0] > self.swipe_px if beside.mode is PairMode.SWIPE else beside.turned
        return beside if seen else None

    @property
    def block_side(self) -> int:
        """Pixels of the image, along a side, that fall on one of the screen: they are drawn as one."""
        return reduction_of(self.placement.px_per_pixel * self.device_ratio)

    @property
    def is_missing(self) -> bool:
        """The image will never arrive: nothing stands in for it."""
        return bool(self.failed) and not self.image.ready

    def without_mark(self, tracking_uid: str) -> Resolved:
        """The same without one of its shapes."""
        return replace(self, marks=tuple(mark for mark in self.marks if mark.tracking_uid != tracking_uid))

    def holds(self, at: PointPx) -> bool:
        """The pixel lies on the image."""
        x, y = self.placement.to_image(at)
        return 0 <= x < self.plane.size[0] and 0 <= y < self.plane.size[1] and self.area.holds(at)


@dataclass(frozen=True, slots=True)
class Beside:
    """Another view's images as they lie in the place of one: `names` says what is left and right of the
    divider, or seen first and then; `turned`: the other is seen alone now.
    """

    viewport: Viewport
    shown: Resolved
    mode: PairMode
    turned: bool
    names: tuple[str, str]


def resolve(
    viewport: Viewport, facts: ScreenFacts, size_px: tuple[int, int], device_ratio: float = 1.0
) -> Resolved | None:
    """What a tile of `size_px` shows; None for renderings, and while there is no image (or it has been
    closed).
    """
    image = shown_image(viewport)
    if image is None:
        return None
    small = size_px[0] < SMALL_PX[0] or size_px[1] < SMALL_PX[1]
    bar = sequence_bar(viewport, image, size_px) if facts.bars and not small else None
    top = HEADER_PX if facts.around.headed else 0
    area = Box(0, top, size_px[0], max(size_px[1] - top - (BAR_PX if bar is not None else 0), 1))
    if facts.under is not None:
        area = facts.under.area
    presented, frame = presented_image(viewport, image), drawn_frame(viewport, image)
    turn = shown_turn(viewport.turns, viewport.flipped, image.plane, presented)
    framing = _framing(viewport, presented, image.plane, turn, area, facts, device_ratio)
    placement = place(viewport, image.plane, area, turn, framing)
    if facts.under is not None:
        placement = laid_over(facts.under, image.plane, turn, viewport.side)
    compare = compare_of(viewport)
    pixels = pixels_of(viewport, image, presented)
    partial = Resolved(
        viewport_id=viewport.viewport_id,
        size_px=size_px,
        device_ratio=device_ratio,
        area=area,
        image=image,
        placement=placement,
        framing=framing,
        presented=presented,
        pixels=pixels,
        processed=processed_pixels(viewport, pixels, compare),
        compare=compare,
        swipe_px=viewport.swipe * size_px[0],
        cover=cover_of(frame, presented) if frame is not None else None,
        letters=placement.letters,
        cross=_cross(facts.crosshair, placement),
        scale_bar=bar_of(placement, area, viewport.side) if facts.scale and not small else None,
        colour_scale=None if small else _colour_scale(viewport, pixels),
        marks=(),
        corners=Corners(),
        header=_header(viewport, facts, image) if facts.around.headed else None,
        bar=bar,
        overlays=facts.overlays_visible and facts.on_screen and viewport.is_drawn_over,
        active=facts.active,
        failed=viewport.failed,
    )
    corners = texts(viewport, image, _text_facts(viewport, facts, partial))
    scale = partial.scale_bar
    if scale is not None:
        scale = beside_letter(scale, placement.letters, area, below_bar(scale, corners))
    marks = source_told(marks_on(viewport, image, viewport.marks), compare, image.plane)
    texted = (*reserved_boxes(corners, area), *scale_boxes(scale, corners, area))
    reserved = () if small else (*texted, *letter_boxes(placement.letters, area))
    placed = place_marks(marks, placement, size_px, reserved, facts.text_px, shorten=facts.short_texts)
    whole = replace(partial, corners=corners, marks=placed, scale_bar=scale)
    return _with_other(whole, viewport, facts, turn) if facts.pair is not None else whole


def _with_other(shown: Resolved, viewport: Viewport, facts: ScreenFacts, turn: Turn) -> Resolved:
    """Lay the other view's images over; as they are where the two cannot be compared (any more)."""
    pair = facts.pair
    assert pair is not None
    if why_not(viewport, pair.other) is not None:
        return shown
    by_place = link_kind(viewport, pair.other) == "position"
    under = Underlay(shown.placement, turn, shown.area, viewport.zoom, viewport.pan, by_place)
    other = resolve(pair.other, replace(pair.facts, under=under), shown.size_px, shown.device_ratio)
    if other is None:
        return shown
    names = (pair_name(viewport, pair.other), pair_name(pair.other, viewport))
    corners = shown.corners
    if pair.mode is PairMode.SWIPE:  # each side says what it is
        right = other.corners
        corners = replace(corners, top_right=right.top_right, bottom_right=right.bottom_right)
    return replace(shown, corners=corners, beside=Beside(pair.other, other, pair.mode, pair.turned, names))


def _header(viewport: Viewport, facts: ScreenFacts, image: ShownImage) -> Header:
    fitted = viewport.size_mode is SizeMode.FIT
    size = "" if fitted else size_words(viewport.size_mode, viewport.zoom, image.plane, facts.glass)
    return header_of(viewport, image, facts.around, size)


def _text_facts(viewport: Viewport, facts: ScreenFacts, shown: Resolved) -> TextFacts:
    level = facts.text_level
    if min(shown.area.width / SMALL_PX[0], shown.area.height / SMALL_PX[1]) < 1 and level is TextLevel.ALL:
        level = TextLevel.FEW
    difference = shown.processed is not None and shown.compare is Compare.DIFFERENCE
    voi = shown.processed.voi if difference and shown.processed is not None else None
    grey = shown.pixels if isinstance(shown.pixels, GreyPipeline) else None
    return TextFacts(
        level=level,
        whole=facts.around.first or facts.around.alone,
        headed=facts.around.headed,
        active=facts.active,
        small=shown.area.width < SMALL_PX[0] or shown.area.height < SMALL_PX[1],
        compare=shown.compare,
        difference=voi if isinstance(voi, Window) else None,
        voi=grey.voi if grey is not None else viewport.window,
        overlays=shown.overlays,
        hidden=viewport.is_drawn_over and not facts.overlays_visible,
        presented=shown.presented.said if shown.presented is not None else "",
        left_out=shown.presented.told if shown.presented is not None else (),
        size=size_words(viewport.size_mode, viewport.zoom, shown.plane, facts.glass),
        lost_size=lost_size(viewport.size_mode, shown.plane, facts.glass),
        reduced=shown.block_side,
    )


def place(viewport: Viewport, plane: ImagePlane, area: Box, turn: Turn, framing: Framing) -> Placement:
    """Where the image lies, with the viewport's zoom and pan."""
    scale = framing.px_per_unit * viewport.zoom
    middle = (
        area.x + area.width / 2 + (framing.offset[0] + viewport.pan[0]) * scale,
        area.y + area.height / 2 + (framing.offset[1] + viewport.pan[1]) * scale,
    )
    return Placement(plane, turn, scale, middle)


def _framing(
    viewport: Viewport,
    presented: PresentedImage | None,
    plane: ImagePlane,
    turn: Turn,
    area: Box,
    facts: ScreenFacts,
    device_ratio: float,
) -> Framing:
    """The whole image, or the size that a reader or the part that a presentation state asks for."""
    size = (area.width, area.height)
    wanted = scale_of(viewport.size_mode, plane, facts.glass) if facts.on_screen else None
    if wanted is not None or presented is None or presented.area is None or not facts.on_screen:
        fit = wanted or fit_px_per_unit(plane, turn, size)
        room = area.width / fit - turned_size(plane, turn)[0]
        return Framing(fit, ({"left": -room / 2, "right": room / 2}.get(viewport.side, 0.0), 0.0))
    return framing_of(presented.area, plane, turn, size, facts.px_per_mm, device_ratio)


def _cross(crosshair: Crosshair | None, placement: Placement) -> CrossLines | None:
    if crosshair is None:
        return None
    at = placement.plane.from_lps(crosshair.point_mm)
    pose = placement.plane.pose
    if at is None or pose is None:
        return None
    upright, level = (AXIS_COLORS[int(np.argmax(np.abs(v)))] for v in (pose.across_mm, pose.down_mm))
    if placement.turn[0][0] == 0:
        upright, level = level, upright
    return CrossLines(placement.to_screen(*at), upright, level, crosshair.by_offset)


def bar_of(placement: Placement, area: Box, side: str) -> ScaleBar | None:
    """The bar of an image; None where no distance is known; not at the side where the image hangs."""
    if not placement.plane.has_mm:
        return None
    bar = scale_bar(placement.px_per_unit, round(min(area.width, area.height)))
    worth = spacing_words(placement.plane)
    return replace(bar, text=f"{bar.text} · {worth}" if worth else bar.text, at_right=side == "left")


def _colour_scale(viewport: Viewport, pixels: GreyPipeline | Colour) -> ColourScale | None:
    """What the colours of a table stand for; None where grey is grey."""
    if isinstance(pixels, Colour) or not pixels.palette:
        return None
    window, image = as_window(pixels.voi), viewport.image
    if isinstance(image, Volume):
        quantity, unit = image.quantity, image.mapped_unit
    else:
        assert isinstance(image, ImageStack)
        quantity, unit = image.display_set.quantity, image.display_set.unit
    digits = 0 if window.width >= 100 else 1 if window.width >= 10 else small_decimals(window.width)
    words = UNIT_WORDS[quantity] or unit
    high = f"{number(window.high, digits)} {words}".strip()
    return ColourScale(pixels.palette, number(window.low, digits), high, pixels.inverse)
