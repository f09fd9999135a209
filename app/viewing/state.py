"""Intent: what the person asked to see.  Widgets and commands write it, viewers draw what `resolve` makes of it.

Every class emits ``obj.events.<field>(new, old)`` on a change (psygnal).  Nothing here knows a toolkit.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import ClassVar

from psygnal import Signal, SignalGroupDescriptor

from app.domain.geometry import Point3
from app.domain.presentation import Window
from app.domain.roi import Roi, RoiKind
from app.domain.segmentation import Segmentation
from app.domain.volume import Volume


class Plane(StrEnum):
    """The tiles of the 2×2 layout.  The first three are planes of the volume's grid, the fourth its rendering."""

    AXIAL = "axial"
    CORONAL = "coronal"
    SAGITTAL = "sagittal"
    RENDERING = "rendering"


SLICE_PLANES = (Plane.AXIAL, Plane.CORONAL, Plane.SAGITTAL)


class Tool(StrEnum):
    """What the left button does."""

    WINDOW = "window"
    SCROLL = "scroll"
    ZOOM = "zoom"
    PAN = "pan"
    CROSSHAIR = "crosshair"
    LENGTH = "length"
    ELLIPSE = "ellipse"
    PROBE = "probe"


DRAWING_TOOLS = {Tool.LENGTH: RoiKind.LENGTH, Tool.ELLIPSE: RoiKind.ELLIPSE, Tool.PROBE: RoiKind.POINT}


class Layout(StrEnum):
    """How tiles are laid out: all four, or the active one alone."""

    QUAD = "quad"
    SINGLE = "single"


class Compare(StrEnum):
    """Original and processed images of one series in the slice views."""

    SOURCE = "source"  # the original
    RESULT = "result"  # the processed one
    SWIPE = "swipe"  # left of the divider the original, right of it the processed one
    DIFFERENCE = "difference"  # processed minus original, grey = 0


class TextLevel(StrEnum):
    """How much corner text is drawn."""

    ALL = "all"
    FEW = "few"
    NONE = "none"


@dataclass
class ViewportState:
    """One tile.  `index` is the continuous slice index along the plane's normal in the grid of the volume
    (axial: slice, coronal: row, sagittal: column); `zoom` 1 fits the image into the tile; `pan_mm` moves the image
    (right, down) in millimetres on the plane.  `camera` turns the rendering: (azimuth, elevation) in degrees."""

    plane: Plane
    index: float = 0.0
    zoom: float = 1.0
    pan_mm: tuple[float, float] = (0.0, 0.0)
    camera: tuple[float, float] = (0.0, 0.0)

    events: ClassVar[SignalGroupDescriptor] = SignalGroupDescriptor()


@dataclass(frozen=True, slots=True)
class Mark:
    """A drawn shape as the screen shows it; `lines` are its texts; amber when `unconfirmed`."""

    tracking_uid: str
    roi: Roi
    plane: Plane
    index: float
    lines: tuple[str, ...] = ()
    selected: bool = False
    unconfirmed: bool = False
    key: bool = False


@dataclass(frozen=True, slots=True)
class CornerText:
    """Lines of the four corners that do not depend on the view (patient, study, series, technique).

    The viewers add what does: slice, window, zoom, value under the cursor.
    """

    top_left: tuple[str, ...] = ()
    top_right: tuple[str, ...] = ()
    bottom_left: tuple[str, ...] = ()
    bottom_right: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Drawn:
    """The person finished a shape on a plane."""

    kind: RoiKind
    points_mm: tuple[Point3, ...]
    plane: Plane
    index: float


@dataclass(frozen=True, slots=True)
class Reshaped:
    """The person moved a shape or one of its handles."""

    tracking_uid: str
    points_mm: tuple[Point3, ...]


@dataclass
class ScreenState:
    """The reading screen: what volume, which tool, how windowed, where the crosshair is."""

    volume: Volume | None = None
    #: processed images on the same grid, and its label "name version"
    result: Volume | None = None
    result_label: str = ""
    result_unconfirmed: bool = True
    compare: Compare = Compare.SOURCE
    swipe: float = 0.5
    #: the shown series itself was made by a machine and nobody has confirmed it
    volume_unconfirmed: bool = False
    segmentation: Segmentation | None = None
    segmentation_unconfirmed: bool = True
    overlay_visible: bool = True
    overlay_opacity: float = 0.35
    hidden_segments: frozenset[int] = frozenset()
    tool: Tool = Tool.WINDOW
    window: Window = field(default_factory=lambda: Window(40, 400))
    window_label: str = ""
    invert: bool = False
    crosshair_mm: Point3 | None = None
    crosshair_visible: bool = True
    layout: Layout = Layout.QUAD
    active: Plane = Plane.AXIAL
    text_level: TextLevel = TextLevel.ALL
    corner_text: CornerText = field(default_factory=CornerText)
    marks: tuple[Mark, ...] = ()
    rendering_preset: str = "bone"
    #: what stands in place of images while there are none: which series is being opened, or why it cannot be shown
    notice: str = ""
    #: turning the wheel towards oneself shows the next slice (one further along the normal when False)
    wheel_down_next: bool = True
    #: value under the pointer in words, or ""; written by the viewers
    pointer_text: str = ""
    #: grows while the volume fills, so that views look again
    arrived: int = 0
    viewports: dict[Plane, ViewportState] = field(default_factory=lambda: {plane: ViewportState(plane) for plane in Plane})

    events: ClassVar[SignalGroupDescriptor] = SignalGroupDescriptor()

    #: emitted by viewers; the composition root turns them into session changes
    drawn = Signal(Drawn)
    reshaped = Signal(Reshaped)
    mark_selected = Signal(str)
    context_asked = Signal(object, int, int)  # plane, global x, y of a short right click
    series_asked = Signal(int)  # 1: the next series, -1: the one before

    def viewport(self, plane: Plane) -> ViewportState:
        """State of a tile."""
        return self.viewports[plane]

    def reset_views(self) -> None:
        """Images as they were opened: fitted, in the middle, not inverted, the rendering from the front."""
        for state in self.viewports.values():
            state.zoom, state.pan_mm, state.camera = 1.0, (0.0, 0.0), (0.0, 0.0)
        self.invert = False

    def go_to(self, point_mm: Point3) -> None:
        """Put the crosshair there and bring all slice views to it."""
        if self.volume is None:
            return
        grid = self.volume.grid
        index = grid.to_index(point_mm)
        for axis, plane in enumerate(SLICE_PLANES):
            self.viewports[plane].index = float(min(max(index[axis], 0), grid.shape[axis] - 1))
        self.crosshair_mm = point_mm
