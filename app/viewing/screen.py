"""The reading screen: viewports in a layout, each with images, a view and a state of its own.

Widgets and commands write it, viewers draw what `app.viewing.resolve.resolve` makes of it.  Every evented
class emits ``obj.events.<field>(new, old)`` on a change (psygnal).  Nothing here knows a toolkit.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import ClassVar, NewType

from psygnal import EmissionInfo, Signal, SignalGroupDescriptor

from app.domain.anchor import Anchor
from app.domain.display_set import DisplaySet
from app.domain.geometry import Point3, PointPx
from app.domain.image import Image, ImageStack
from app.domain.presentation import VoiTransform
from app.domain.quantity import Quantity
from app.domain.study import StudyUid
from app.domain.volume import Volume
from app.viewing.alignment import NO_ALIGNMENTS, Alignments
from app.viewing.corner_items import FrameItem
from app.viewing.layers import DRAWN_OVER, L, Layer, ShapeAnnotation, ShapeLayer
from app.viewing.layout_parts import shared_out
from app.viewing.layouts import Cell, Layout, layout
from app.viewing.monitors import Monitor, MonitorCalibration
from app.viewing.rendered import RenderedImage
from app.viewing.shapes.shape import Shape

ViewportId = NewType("ViewportId", str)
#: what is dragged out of the strip of series into a viewport: the Series Instance UID, and behind a blank the
#: id of
#: one of its display sets (the first where there is none), as UTF-8
SERIES_MIME = "application/x-yingshu-series"


@dataclass(frozen=True, slots=True)
class SliceView:
    """A plane of a volume's grid: across `axis` (0 slice, 1 row, 2 column) at the continuous `index` along
    it.
    """

    axis: int
    index: float = 0.0


@dataclass(frozen=True, slots=True)
class StackView:
    """One image of a stack, in the order the display set has them."""

    index: int = 0


@dataclass(frozen=True, slots=True)
class RenderingView:
    """The volume rendered; `camera` is (azimuth, elevation) in degrees from the front."""

    camera: tuple[float, float] = (0.0, 0.0)
    preset: str = "bone"


View = SliceView | StackView | RenderingView


class Compare(StrEnum):
    """Original and processed images of one series in the slice views."""

    SOURCE = "source"  # the original
    RESULT = "result"  # the processed one
    SWIPE = "swipe"  # left of the divider the original, right of it the processed one
    DIFFERENCE = "difference"  # processed minus original, grey = 0


class PairMode(StrEnum):
    """How the images of two views are shown in one."""

    SWIPE = "swipe"  # left of the divider one, right of it the other
    FLICKER = "flicker"  # in turn


class TextLevel(StrEnum):
    """How much corner text is drawn."""

    ALL = "all"
    FEW = "few"
    NONE = "none"


CornerLine = str | tuple[str | FrameItem, ...]


@dataclass(frozen=True, slots=True)
class CornerText:
    """Lines of the four corners that do not depend on the view (patient, study, series, technique).

    A line that is no text is made of items, of which some are of the image in view.  The viewers add what
    does: slice, window, zoom, value under the cursor.
    """

    top_left: tuple[CornerLine, ...] = ()
    top_right: tuple[CornerLine, ...] = ()
    bottom_left: tuple[CornerLine, ...] = ()
    bottom_right: tuple[CornerLine, ...] = ()


class StudyRole(StrEnum):
    """What the study of an image is to the examination that is being read."""

    CURRENT = "current"
    PRIOR = "prior"


class SizeMode(StrEnum):
    """How large an image is at zoom 1."""

    FIT = "fit"  # whole in its tile
    PIXELS = "pixels"  # a pixel of the image on one of the monitor
    TRUE = "true"  # a millimetre of the patient, or of the detector, on one of the glass


class PlayMode(StrEnum):
    """What a cine does at its end."""

    LOOP = "loop"
    BOUNCE = "bounce"


@dataclass(frozen=True, slots=True)
class Cine:
    """A viewport is playing, at `rate_hz` images a second."""

    rate_hz: float
    mode: PlayMode = PlayMode.LOOP


@dataclass
class Viewport:
    """One tile.

    `image` is what it shows (None: nothing, `notice` says why), `display_set` what it was acquired from (None
    for computed volumes).  `window` None shows every image as its own header says; `further` is the position
    along the volume's further axis.  `zoom` 1 is the size of `size_mode`, `pan` moves it (right, down on
    the screen) in millimetres of the plane (pixel widths where no distance is known); `turns` are quarter
    turns clockwise after `flipped` has exchanged left and right.  `compare` and `swipe` (0…1 of the width)
    say how a processed layer is shown.
    """

    viewport_id: ViewportId
    image: Image | None = None
    display_set: DisplaySet | None = None
    view: View = field(default_factory=StackView)
    further: int = 0
    layers: tuple[Layer, ...] = ()
    window: VoiTransform | None = None
    window_label: str = ""
    invert: bool = False
    #: name of the colour table that grey levels are shown through; "" shows them grey
    palette: str = ""
    zoom: float = 1.0
    pan: tuple[float, float] = (0.0, 0.0)
    size_mode: SizeMode = SizeMode.FIT
    turns: int = 0
    flipped: bool = False
    #: how it was hung: what a reset goes back to
    hung_inverted: bool = False
    hung_flipped: bool = False
    #: edge of the tile that a fitted image touches: ``left``, ``right``, or "" for the middle
    side: str = ""
    compare: Compare = Compare.SOURCE
    swipe: float = 0.5
    cine: Cine | None = None
    #: what was chosen for playing; None: as the object says
    cine_rate_hz: float | None = None
    cine_mode: PlayMode | None = None
    #: what plays: the first and the last position, and of how many; None plays all
    cine_range: tuple[int, int, int] | None = None
    study_uid: StudyUid | None = None
    role: StudyRole = StudyRole.CURRENT
    #: what another study is to the one that is read (`app.domain.study.beside_word`)
    beside_word: str = "Prior"
    #: date of the study as people write it
    study_date: str = ""
    #: what the display set is called
    title: str = ""
    corner_text: CornerText = field(default_factory=CornerText)
    #: what stands in place of images: which series is being opened, or why it cannot be shown
    notice: str = ""
    #: why images that have not arrived never will; "" while they may
    failed: str = ""
    #: the shown series itself was made by a machine and nobody has confirmed it
    unconfirmed: bool = False
    #: what stays on a machine's images once a doctor has confirmed them: model, version, who; "" before
    confirmed: str = ""
    #: the kind of uptake that is told of PET, where the images can be told in it (`Screen.uptake`)
    uptake: Quantity = Quantity.SUV_BW
    #: grows while the image fills, so that views look again
    arrived: int = 0
    #: value under the pointer in words, or ""; written by the viewers
    pointer_text: str = ""
    #: width and height of the tile; written by the viewers, (0, 0) where there is none
    tile_px: tuple[int, int] = (0, 0)
    #: what was last drawn of a volume rendering; written by the viewers, None before
    rendered: RenderedImage | None = None
    #: the monitor under the tile; written by the viewers, None where there is none
    monitor: Monitor | None = None

    events: ClassVar[SignalGroupDescriptor] = SignalGroupDescriptor()

    def layer(self, kind: type[L]) -> L | None:
        """The layer of a type, or None."""
        return next((one for one in self.layers if isinstance(one, kind)), None)

    @property
    def is_drawn_over(self) -> bool:
        """Something lies over the images that can be hidden."""
        return any(isinstance(one, DRAWN_OVER) for one in self.layers)

    def put_layer(self, layer: Layer) -> None:
        """Put a layer in the place of the one of its type."""
        self.layers = (*(one for one in self.layers if type(one) is not type(layer)), layer)

    def drop_layer(self, kind: type[L]) -> None:
        """Take the layer of a type away."""
        if self.layer(kind) is not None:
            self.layers = tuple(one for one in self.layers if not isinstance(one, kind))

    @property
    def marks(self) -> tuple[ShapeAnnotation, ...]:
        """Drawn shapes."""
        shapes = self.layer(ShapeLayer)
        return shapes.marks if shapes is not None else ()

    def reset_view(self) -> None:
        """The image as it was opened: fitted, in the middle, not turned, inverted and mirrored as hung."""
        self.zoom, self.pan, self.turns, self.flipped = 1.0, (0.0, 0.0), 0, self.hung_flipped
        self.size_mode, self.invert = SizeMode.FIT, self.hung_inverted
        if isinstance(self.view, RenderingView):
            self.view = RenderingView(preset=self.view.preset)

    def show(self, image: Image, view: View, *, display_set: DisplaySet | None = None) -> None:
        """Show an image as it is opened: nothing of the one before stays."""
        self.cine, self.cine_rate_hz, self.cine_mode, self.cine_range = None, None, None, None
        self.layers, self.compare, self.swipe = (), Compare.SOURCE, 0.5
        self.window, self.window_label, self.palette = None, "", ""
        self.further, self.side = 0, ""
        self.hung_inverted, self.hung_flipped = False, False
        self.failed, self.rendered = "", None
        self.reset_view()
        self.notice, self.pointer_text = "", ""
        self.corner_text, self.unconfirmed, self.confirmed = CornerText(), False, ""
        self.display_set = image.display_set if isinstance(image, ImageStack) else display_set
        self.view, self.image = view, image

    def clear(self, notice: str = "") -> None:
        """Show nothing, and say why; before the image's memory is given back."""
        self.cine, self.image, self.display_set, self.rendered = None, None, None, None
        self.layers, self.pointer_text = (), ""
        self.title, self.study_date, self.role = "", "", StudyRole.CURRENT
        self.study_uid, self.corner_text = None, CornerText()
        self.unconfirmed, self.confirmed = False, ""
        self.notice = notice


@dataclass(frozen=True, slots=True)
class Crosshair:
    """A point in a patient, in one frame of reference; in which series it was shown.

    `by_offset`: as an offset that was set by hand puts it into another space.
    """

    point_mm: Point3
    frame_of_reference_uid: str
    series_uid: str = field(default="", compare=False)
    by_offset: bool = False


@dataclass(frozen=True, slots=True)
class ScrollLink:
    """Viewports that scroll together: by position in a common frame of reference, by an offset that was set
    (`Screen.alignments`), else by as many images.
    """

    members: frozenset[ViewportId]


@dataclass(frozen=True, slots=True)
class Pair:
    """The view `front` shows the images of `other` too; flickering changes `rate_hz` times a second.

    `before` is what filled the screen before, or None.
    """

    front: ViewportId
    other: ViewportId
    mode: PairMode
    rate_hz: float
    before: ViewportId | None


@dataclass(frozen=True, slots=True, eq=False)
class Tiling:
    """One series is laid out as tiles; what the screen showed before is set aside."""

    layout: Layout
    viewports: Mapping[ViewportId, Viewport]
    active: ViewportId
    maximised: ViewportId | None
    links: tuple[ScrollLink, ...]
    same_look: bool


@dataclass(frozen=True, slots=True)
class Drawn:
    """The person finished a shape; points as `ShapeAnnotation` has them, `words` of a shape that has some."""

    viewport_id: ViewportId
    shape: Shape
    anchor: Anchor
    points_px: tuple[PointPx, ...]
    points_mm: tuple[Point3, ...]
    words: str = ""


@dataclass(frozen=True, slots=True)
class Reshaped:
    """The person moved a shape or one of its handles."""

    viewport_id: ViewportId
    tracking_uid: str
    points_px: tuple[PointPx, ...]
    points_mm: tuple[Point3, ...]


@dataclass(frozen=True, slots=True)
class SpineLabelling:
    """How levels of the spine are named, click by click: from `start` on, "" where the last label is gone on
    from; upwards or downwards.
    """

    start: str = ""
    up: bool = False


@dataclass
class Screen:
    """The viewports by id, in the order of the layout's cells, and what they share."""

    layout: Layout = field(default_factory=lambda: layout("mpr"))
    viewports: dict[ViewportId, Viewport] = field(default_factory=dict)
    active: ViewportId = ViewportId("1")
    #: the one that fills the screen, or None
    maximised: ViewportId | None = None
    #: monitors that the layout is shared out over
    parts: int = 1
    links: tuple[ScrollLink, ...] = ()
    #: offsets between series that were set by hand; they stay while a study is open, linked or not
    alignments: Alignments = NO_ALIGNMENTS
    #: two views that are shown in one, and while they flicker, whether the other is seen now
    pair: Pair | None = None
    pair_turned: bool = False
    #: one series over all views (`app.viewing.tiling`), or None
    tiling: Tiling | None = None
    #: grid of the last tiles
    tile_grid: Layout = field(default_factory=lambda: layout("grid-3x4"))
    #: views of the same kind are windowed, zoomed, moved and turned as one
    same_look: bool = False
    tool: str = "window"
    crosshair: Crosshair | None = None
    crosshair_visible: bool = True
    text_level: TextLevel = TextLevel.ALL
    overlays_visible: bool = True
    spine: SpineLabelling = SpineLabelling()
    #: the kind of uptake that measurements and the pointer tell of PET
    uptake: Quantity = Quantity.SUV_BW
    #: size of the texts beside marks, on the screen and on pictures and paper
    mark_text_px: float = 13.0
    print_text_px: float = 13.0
    #: a magnified round goes with the pointer
    magnifier: bool = False
    #: calibrated monitors of the station, by their keys
    calibrations: Mapping[str, MonitorCalibration] = field(default_factory=dict)
    #: turning the wheel towards oneself shows the next image (one further along the normal when False)
    wheel_down_next: bool = True
    #: what the middle and the right button drag (ids of tools), and whether the wheel zooms, where Ctrl then
    #: scrolls
    middle_tool: str = "pan"
    right_tool: str = "zoom"
    wheel_zooms: bool = False

    events: ClassVar[SignalGroupDescriptor] = SignalGroupDescriptor()

    #: something of the active viewport has changed, or another one is active: the name of the field, or
    #: ``active``
    active_changed = Signal(str)
    #: a tile of a series shows another image of it
    tile_moved = Signal(str)
    #: a viewport of the screen, and which of its fields has changed
    viewport_changed = Signal(Viewport, str)
    #: emitted by viewers; the composition root turns them into session changes
    drawn = Signal(Drawn)
    reshaped = Signal(Reshaped)
    mark_selected = Signal(str)
    context_asked = Signal(str, int, int)  # viewport, global x, y of a short right click
    #: a person begins to change how images are looked at; acts of one kind ("": of none) that follow each
    #: other closely are one
    act_begun = Signal(str)
    act_ended = Signal()
    view_asked = Signal(int)  # -1: as it was looked at before, 1: as after that
    series_asked = Signal(str, int)  # viewport; 1: the next series, -1: the one before
    dropped = Signal(
        str, str, str
    )  # viewport, series that was dropped on it, display set of it ("": the first)

    def __post_init__(self) -> None:
        self._heard: dict[ViewportId, Viewport] = {}
        self.events.active.connect(self._active_moved)
        self.events.uptake.connect(self._tell_uptake)
        self._fill()

    @property
    def shown(self) -> tuple[Viewport, ...]:
        """The viewports that have a place on the screen, in the order of the cells."""
        if self.maximised is None:
            return tuple(self.viewports.values())
        beside = (mine for mine in map(self.cells_of_part, range(self.parts)) if self.maximised not in mine)
        seen = {self.maximised, *(identity for mine in beside for identity in mine)}
        return tuple(viewport for identity, viewport in self.viewports.items() if identity in seen)

    def cells_of_part(self, part: int) -> Mapping[ViewportId, Cell]:
        """The viewports that a monitor shows, with their places on it; of all monitors that the layout is
        shared out over, counted from the left.
        """
        cells = shared_out(self.layout, self.parts)[part] if part < self.parts else {}
        return {identity: cells[at] for at, identity in enumerate(self.viewports) if at in cells}

    @property
    def active_viewport(self) -> Viewport:
        """The viewport that keys and panels act on."""
        return self.viewports[self.active]

    @property
    def volume(self) -> Volume | None:
        """The volume in the active viewport; None where it shows none."""
        image = self.active_viewport.image
        return image if isinstance(image, Volume) else None

    @property
    def images(self) -> tuple[Image, ...]:
        """What the viewports show, each once; the active viewport's first."""
        shown = (viewport.image for viewport in (self.active_viewport, *self.viewports.values()))
        return tuple(dict.fromkeys(image for image in shown if image is not None))

    def showing(self, image: Image) -> tuple[Viewport, ...]:
        """The viewports that show an image, and those that will again when the tiles go."""
        aside = self.tiling.viewports.values() if self.tiling is not None else ()
        return tuple(viewport for viewport in (*self.viewports.values(), *aside) if viewport.image is image)

    def cell(self, viewport_id: ViewportId) -> Cell:
        """The place of a viewport in the layout."""
        return self.layout.cells[list(self.viewports).index(viewport_id)]

    def lay_out(self, wanted: Layout) -> None:
        """Another layout: viewports keep their images in order; those without a cell go."""
        self.end_pair()
        self.maximised = None
        kept = dict(list(self.viewports.items())[: len(wanted.cells)])
        if self.active not in kept:
            self.active = ViewportId("1")
        # links first: nobody may look for a viewport that has gone
        links = (link.members & set(kept) for link in self.links)
        self.links = tuple(ScrollLink(members) for members in links if len(members) > 1)
        self.viewports = kept
        self.layout = wanted
        self._fill()

    def put(self, wanted: Layout, viewports: Mapping[ViewportId, Viewport], active: ViewportId) -> None:
        """Other viewports, one for each cell of a layout."""
        self.end_pair()
        self.maximised, self.links = None, ()
        if self.active not in viewports:
            self.active = ViewportId("1")
        self.viewports = dict(viewports)
        self.layout = wanted
        self._fill()
        self.active = active

    def together(self, viewport_id: ViewportId) -> tuple[Viewport, ...]:
        """The viewports that are windowed as one: the planes of one volume in cells that were laid out as its
        planes.
        """
        mine = self.viewports[viewport_id]
        if not self.cell(viewport_id).view:
            return (mine,)
        return tuple(v for i, v in self.viewports.items() if self.cell(i).view and v.image is mine.image)

    def end_pair(self) -> None:
        """Show one view in its place again, as it was before."""
        pair, self.pair, self.pair_turned = self.pair, None, False
        if pair is not None and self.maximised == pair.front:
            self.maximised = pair.before

    def toggle_maximised(self, viewport_id: ViewportId) -> None:
        """Let a viewport fill the screen, or bring the others back."""
        self.active = viewport_id
        self.maximised = None if self.maximised is not None else viewport_id

    def _fill(self) -> None:
        """A viewport for every cell."""
        wanted = [ViewportId(str(number + 1)) for number in range(len(self.layout.cells))]
        if list(self.viewports) != wanted:
            self.viewports = {i: self.viewports.get(i) or Viewport(i) for i in wanted}
        self._tell_uptake()
        # a method alone is held weakly: with its viewport bound to it, the viewport would never go
        for viewport_id, viewport in self._heard.items():
            if self.viewports.get(viewport_id) is not viewport:
                viewport.events.disconnect(self._viewport_changed)
        for viewport_id, viewport in self.viewports.items():
            if self._heard.get(viewport_id) is not viewport:
                viewport.events.connect(self._viewport_changed)
        self._heard = dict(self.viewports)

    def _tell_uptake(self) -> None:
        for viewport in self.viewports.values():
            viewport.uptake = self.uptake

    def _active_moved(self) -> None:
        self.active_changed.emit("active")

    def _viewport_changed(self, info: EmissionInfo) -> None:
        viewport: Viewport = info.signal.instance.instance  # whose group of signals it is
        pair = self.pair
        shown = () if pair is None else (pair.front, pair.other)
        if info.signal.name == "image" and viewport.viewport_id in shown:
            self.end_pair()
        if self.tiling is not None and info.signal.name == "view":
            self.tile_moved.emit(viewport.viewport_id)
        if self.viewports.get(viewport.viewport_id) is viewport:
            self.viewport_changed.emit(viewport, info.signal.name)
        if self.viewports.get(self.active) is viewport:
            self.active_changed.emit(info.signal.name)
