"""Films: pages of a fixed size with images in rows and columns.

Lengths are millimetres on paper from the upper left corner of the page.  Texts on images are made for
`PX_PER_MM` pixels for a millimetre of paper.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from typing import overload

from app.domain.image import ImageStack
from app.domain.pixel import SpacingSource
from app.errors import Refused, Unavailable
from app.viewing.graphics import ScaleBar
from app.viewing.image_plane import ImagePlane, turned_size
from app.viewing.image_size import mm_per_unit
from app.viewing.links import at_index
from app.viewing.reserved_places import beside_letter
from app.viewing.resolve import (
    Resolved,
    ScreenFacts,
    Surroundings,
    bar_of,
    facts_of,
    resolve,
    surroundings_of,
)
from app.viewing.screen import RenderingView, Screen, SizeMode, StudyRole, TextLevel, Viewport, ViewportId
from app.viewing.shapes.shape import Box
from app.viewing.shown_image import shown_image

PX_PER_MM = 6.0
INCH_MM = 25.4
#: edge of the page, its lines above and below, and what lies between two images
EDGE_MM, HEAD_MM, FOOT_MM, GAP_MM = 6.0, 12.0, 6.0, 1.5
#: rows and columns go up to this
MOST = 10


@dataclass(frozen=True, slots=True)
class FilmFormat:
    """A size of film or paper, upright.  `title` is English, a translation key."""

    name: str
    title: str
    width_mm: float
    height_mm: float


FORMATS = (
    FilmFormat("14x17", "Film 14 × 17 in", 14 * INCH_MM, 17 * INCH_MM),
    FilmFormat("11x14", "Film 11 × 14 in", 11 * INCH_MM, 14 * INCH_MM),
    FilmFormat("10x12", "Film 10 × 12 in", 10 * INCH_MM, 12 * INCH_MM),
    FilmFormat("8x10", "Film 8 × 10 in", 8 * INCH_MM, 10 * INCH_MM),
    FilmFormat("a3", "Paper A3", 297.0, 420.0),
    FilmFormat("a4", "Paper A4", 210.0, 297.0),
)


@dataclass(frozen=True, slots=True)
class Film:
    """How pages are made: `true_size` shows a millimetre as one, else images are as large as on the screen
    beside their tile; `black` has a black ground, `named` says who the patient is.
    """

    format: FilmFormat = FORMATS[0]
    landscape: bool = False
    rows: int = 5
    columns: int = 4
    true_size: bool = False
    black: bool = True
    named: bool = True

    @property
    def size_mm(self) -> tuple[float, float]:
        """Width and height of the page as it lies."""
        size = (self.format.width_mm, self.format.height_mm)
        return (size[1], size[0]) if self.landscape else size

    @property
    def area(self) -> Box:
        """Where images stand."""
        width, height = self.size_mm
        return Box(EDGE_MM, EDGE_MM + HEAD_MM, width - 2 * EDGE_MM, height - 2 * EDGE_MM - HEAD_MM - FOOT_MM)

    @property
    def cells(self) -> tuple[Box, ...]:
        """Places of the images of a page, in reading order."""
        shares = [
            Box(c / self.columns, r / self.rows, 1 / self.columns, 1 / self.rows)
            for r in range(self.rows)
            for c in range(self.columns)
        ]
        return tuple(self.part(share) for share in shares)

    def part(self, share: Box) -> Box:
        """A part of the area (in shares of it), less the gap around."""
        area = self.area
        return Box(
            area.x + share.x * area.width + GAP_MM / 2,
            area.y + share.y * area.height + GAP_MM / 2,
            share.width * area.width - GAP_MM,
            share.height * area.height - GAP_MM,
        )


@dataclass(frozen=True, slots=True)
class FilmImage:
    """One image of a film: a copy of the view, what it needs to know of the screen, its place on the page."""

    view: Viewport
    facts: ScreenFacts
    box: Box

    @property
    def size_px(self) -> tuple[int, int]:
        """Pixels that its texts are made for."""
        return max(round(self.box.width * PX_PER_MM), 1), max(round(self.box.height * PX_PER_MM), 1)

    def resolved(self) -> Resolved | None:
        """What it shows; None for a rendering."""
        return resolve(self.view, self.facts, self.size_px)


Page = tuple[FilmImage, ...]


class FilmPages(Sequence[Page]):
    """Pages of one series as the view stood, each made when it is asked for; by any thread."""

    def __init__(self, view: Viewport, facts: ScreenFacts, film: Film, indices: range) -> None:
        self._view, self._facts, self._film, self._indices = view, facts, film, indices
        self._cells = film.cells

    def __len__(self) -> int:
        return -(-len(self._indices) // len(self._cells))

    @overload
    def __getitem__(self, at: int) -> Page: ...

    @overload
    def __getitem__(self, at: slice) -> list[Page]: ...

    def __getitem__(self, at: int | slice) -> Page | list[Page]:
        if isinstance(at, slice):
            return [self[number] for number in range(len(self))[at]]
        first = range(len(self))[at] * len(self._cells)
        shown = zip(self._indices[first : first + len(self._cells)], self._cells, strict=False)
        return tuple(_image(self._view, self._facts, box, self._film, index=index) for index, box in shown)


def picked(first: int, last: int, step: int, count: int) -> range:
    """Indices of every `step`-th image from the `first` to the `last` (numbers from 1 on)."""
    if not 1 <= first <= last <= count or step < 1:
        raise Refused("Choose images between 1 and {count}, the first before the last.", count=count)
    return range(first - 1, last, step)


def series_pages(screen: Screen, film: Film, indices: range) -> FilmPages:
    """The images of the active view, page by page.  `Refused` where one of them has no true size."""
    live = screen.active_viewport
    if shown_image(live) is None:
        raise Refused("A volume rendering is no series of images.", hint="Choose a view of the images.")
    around = Surroundings(alone=True, headed=live.role is StudyRole.PRIOR, compared=True)
    view = _copy(live, film)
    if film.true_size:
        for index in indices if isinstance(view.image, ImageStack) else indices[:1]:
            view.view = at_index(view, index)
            plane = plane_shown(view)
            assert plane is not None
            require_true(plane)
    return FilmPages(view, _film_facts(screen, live.viewport_id, around), film, indices)


def views_page(screen: Screen, film: Film) -> Sequence[Page]:
    """The views as they share the screen, on one page."""
    around, page = surroundings_of(screen), []
    for live in screen.shown:
        if shown_image(live) is None and live.rendered is None:
            continue
        cell = screen.cell(live.viewport_id)
        share = Box(0, 0, 1, 1) if len(screen.shown) == 1 else Box(cell.x, cell.y, cell.width, cell.height)
        # paper does not scroll
        beside = replace(around[live.viewport_id], link="", offset_mm=None, astray_mm=None)
        facts = _film_facts(screen, live.viewport_id, beside)
        page.append(_image(live, facts, film.part(share), film))
    if not page:
        raise Refused("No view with images can be printed.", hint="Wait until they have arrived.")
    return (tuple(page),)


def _film_facts(screen: Screen, viewport_id: ViewportId, around: Surroundings) -> ScreenFacts:
    return replace(
        facts_of(screen, viewport_id, around),
        text_level=TextLevel.FEW,
        crosshair=None,
        active=False,
        bars=False,
        scale=False,
        text_px=screen.print_text_px,
        short_texts=False,
        pair=None,
    )


def _copy(live: Viewport, film: Film) -> Viewport:
    """A view as it stands, fitted where it was fitted before it was zoomed."""
    view = Viewport(**{one.name: getattr(live, one.name) for one in fields(live)})
    view.cine, view.pointer_text = None, ""
    if not film.named:
        view.study_date = ""
    if view.size_mode is not SizeMode.FIT:
        view.size_mode, view.zoom, view.pan = SizeMode.FIT, 1.0, (0.0, 0.0)
    return view


def _image(
    live: Viewport, facts: ScreenFacts, box: Box, film: Film, *, index: int | None = None
) -> FilmImage:
    """A copy of a view, at an index of it, as large as the film wants it."""
    view = _copy(live, film)
    if index is not None:
        view.view = at_index(view, index)
    made = FilmImage(view, facts, box)
    if film.true_size and isinstance(view.view, RenderingView):
        raise Refused("A volume rendering has no true size.", hint="Print it fitted to the film.")
    if film.true_size:
        view.zoom, view.pan = 1.0, (0.0, 0.0)
        shown = made.resolved()
        if shown is None:
            raise Unavailable("The image has not arrived.")
        require_true(shown.plane)
        worth = mm_per_unit(shown.plane)
        assert worth is not None
        view.zoom = worth * PX_PER_MM / shown.placement.px_per_unit
    return made


def plane_shown(view: Viewport) -> ImagePlane | None:
    """The plane of the image that a view shows; None for a rendering."""
    shown = shown_image(view)
    return shown.plane if shown is not None else None


def require_true(plane: ImagePlane) -> None:
    """Raise `Refused` with the reason where a millimetre of the patient is not known on the image."""
    if mm_per_unit(plane) is None:
        raise Refused(
            "This image has no pixel spacing: its true size is not known.",
            hint="Print it fitted to the film.",
        )
    if plane.source is SpacingSource.DETECTOR:
        raise Refused(
            "Lengths on this image are those at the detector, larger than the patient: it has no true size.",
            hint="Print it fitted to the film.",
        )


def cut_off_mm(image: FilmImage) -> tuple[float, float]:
    """How much of an image's width and height lies beyond its place on the film."""
    shown = image.resolved()
    if shown is None:
        return 0.0, 0.0
    width, height = turned_size(shown.plane, shown.placement.turn)
    scale, area = shown.placement.px_per_unit, shown.area
    wide, high = width * scale - area.width, height * scale - area.height
    return max(wide, 0.0) / PX_PER_MM, max(high, 0.0) / PX_PER_MM


def film_bar(image: FilmImage) -> ScaleBar | None:
    """The bar beside an image, its length in millimetres of paper; None where no distance is known, and of a
    rendering.
    """
    if isinstance(image.view.view, RenderingView):
        return None
    shown = image.resolved()
    if shown is None:
        raise Unavailable("The image has not arrived.")
    bar = bar_of(shown.placement, shown.area, image.view.side)
    if bar is None:
        return None
    bar = beside_letter(bar, shown.letters, shown.area, bar_bottom_mm(image) * PX_PER_MM)
    return replace(bar, length_px=bar.length_px / PX_PER_MM, inset_px=bar.inset_px / PX_PER_MM)


def bar_bottom_mm(image: FilmImage) -> float:
    """How far above the lower edge of an image its bar ends, clear of the corner texts."""
    shown = image.resolved()
    if shown is None:
        return 0.0
    at_right = image.view.side == "left"
    lines = len(shown.corners.bottom_right if at_right else shown.corners.bottom_left)
    return (20.0 + 20.0 * lines) / PX_PER_MM
