"""What a view shows, as softcopy presentation states that say the same (PS3.3 A.33, PS3.4 N.2)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from app.domain.frame import Frame, FrameKey, Shutter
from app.domain.image import ImageStack
from app.domain.layers import DisplayedArea, PresentationState, Rgb, SoftcopyVoi, SpatialReference
from app.domain.overlay import OverlayPlane
from app.domain.pixel import LookupTable, RealWorldValues, Rescale, ValueTransform
from app.domain.presentation import GreyPipeline, VoiTransform
from app.domain.volume import Volume
from app.errors import Refused
from app.viewing.displayed_areas import ShownPart, displayed_areas, image_references, named_image
from app.viewing.grey_levels import Colour, pixels_of
from app.viewing.image_plane import ImagePlane, turn_of
from app.viewing.layers import OverlayLayer, ShapeAnnotation
from app.viewing.mark_graphics import LAYERS, DrawnAnnotations, drawn_annotations
from app.viewing.mark_places import marks_on
from app.viewing.mark_wording import source_told
from app.viewing.presented import Cover, PresentedImage, Turn, cover_of, hanging, shown_turn
from app.viewing.resolve import Resolved, facts_of, resolve
from app.viewing.screen import Compare, Screen, SliceView, StackView, View, Viewport, ViewportId
from app.viewing.shown_image import (
    ShownImage,
    image_at,
    is_part_of_image,
    presented_image,
    series_uid_of,
    shown_image,
    whole_image_at,
)

#: a tile whose size nobody has told is as good as square
_TILE_PX = (512, 512)
_VALUE_TYPES = frozenset(("OD", "HU", "US", "MGML", "Z_EFF", "ED", "EDW", "HU_MOD", "PCT"))
_TURNS = {turn_of(turns, flipped): (turns, flipped) for flipped in (False, True) for turns in range(4)}


@dataclass(frozen=True, slots=True)
class ViewStates:
    """The states that a view makes: one for each way in which values become grey and images are covered and
    turned.

    `marks` are how many of the reader's marks they hold; `cut` of these end at the edge of their image,
    `beside` lie outside of it altogether, `across` on planes that are no images: those are not in it.
    `loses_brightness`: colour images are windowed or inverted, for which colour states have no place.
    """

    states: tuple[PresentationState, ...]
    marks: int = 0
    cut: int = 0
    beside: int = 0
    across: int = 0
    loses_brightness: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class _StateSettings:
    """What one state says of all its images."""

    is_grey: bool
    modality: ValueTransform | None
    lut: LookupTable | None
    palette: bytes
    inverse: bool
    shutter: Shutter | None
    bitmap: OverlayPlane | None
    rgb: Rgb
    turn: tuple[int, bool]

    @property
    def key(self) -> tuple[object, ...]:
        return (
            self.is_grey,
            self.modality,
            self.lut,
            self.palette,
            self.inverse,
            self.shutter,
            self.bitmap,
            self.rgb,
            self.turn,
        )


@dataclass(frozen=True, slots=True, eq=False)
class _StateImage:
    """One image of the states: what it is, how it is shown, what is drawn on it."""

    frame: Frame
    way: _StateSettings
    voi: VoiTransform | None
    groups: frozenset[int]
    drawn: DrawnAnnotations
    #: what the applied state shows of it
    area: DisplayedArea | None

    @property
    def shown_part(self) -> ShownPart:
        return ShownPart(self.frame, self.way.turn, self.area)


def view_states(
    screen: Screen, viewport_id: ViewportId, *, label: str, description: str = "", creator: str = ""
) -> ViewStates:
    """The state of a view and the marks on its images: on the one that shows, and on others of its series.

    Marks that nobody has confirmed, and those of others, are not in it.  `Refused` where the view shows no
    image of the study.
    """
    viewport = screen.viewports[viewport_id]
    shown = _shown(viewport)
    resolved = resolve(viewport, facts_of(screen, viewport_id), _tile(viewport))
    assert resolved is not None
    marks = tuple(mark for mark in viewport.marks if not mark.unconfirmed)
    held: list[_StateImage] = []
    found: set[str] = set()
    for image in _images(viewport):
        on = marks_on(viewport, image, marks)
        if on or (image.index == shown.index and image.further == shown.further):
            held.append(_held(viewport, image, on, overlays=resolved.overlays))
            found |= {mark.tracking_uid for mark in on}
    made = _states(viewport, held, resolved, label, description, creator)
    return ViewStates(
        made,
        sum(one.drawn.marks for one in held),
        sum(one.drawn.cut for one in held),
        sum(one.drawn.beside for one in held),
        len({mark.tracking_uid for mark in marks} - found),
        any(not one.way.is_grey for one in held) and (viewport.window is not None or viewport.invert),
    )


def _shown(viewport: Viewport) -> ShownImage:
    shown = shown_image(viewport)
    if shown is None:
        raise Refused("A rendering is no image of the study.", hint="Choose a view of the images.")
    if not shown.ready:
        raise Refused("This image is still loading.", hint="Save it when it has arrived.")
    if _source(viewport, shown) is None:
        raise Refused(
            "A presentation state names images of the study; this view shows none of them.",
            hint="Choose a view of the images themselves; a plane computed from them is kept as a picture.",
        )
    return shown


def _tile(viewport: Viewport) -> tuple[int, int]:
    return viewport.tile_px if min(viewport.tile_px) > 0 else _TILE_PX


def _images(viewport: Viewport) -> Iterator[ShownImage]:
    """All that the view can show, in its order."""
    for view, further in _views(viewport):
        image = image_at(viewport, view, further)
        if image is not None and _source(viewport, image) is not None:
            yield image


def _views(viewport: Viewport) -> Iterator[tuple[View, int]]:
    match viewport.image:
        case ImageStack() as stack:
            yield from ((StackView(index), 0) for index in range(len(stack.frames)))
        case Volume() as volume:
            axis_length, slices = volume.voxels.ready.shape[0], volume.grid.shape[0]
            yield from ((SliceView(0, s), f) for f in range(axis_length) for s in range(slices))


def _source(viewport: Viewport, image: ShownImage) -> Frame | None:
    """The whole source image; None for a computed plane, a tile of a mosaic, a slide put together of
    tiles.
    """
    frame, volume = image.frame, viewport.image
    if frame is None or frame.tiles or frame.crop is not None or whole_image_at(viewport, image) is None:
        return None
    if isinstance(volume, Volume) and is_part_of_image(volume, image.further, image.index):
        return None
    return frame


def _held(
    viewport: Viewport, image: ShownImage, marks: tuple[ShapeAnnotation, ...], *, overlays: bool
) -> _StateImage:
    frame = image.frame
    assert frame is not None
    presented = presented_image(viewport, image)
    pixels, cover = pixels_of(viewport, image, presented), cover_of(frame, presented)
    turn = _stored_turn(shown_turn(viewport.turns, viewport.flipped, image.plane, presented), image.plane)
    return _StateImage(
        frame=frame,
        way=_way(frame, pixels, cover, presented, turn),
        voi=pixels.voi if isinstance(pixels, GreyPipeline) else None,
        groups=_active_groups(viewport, frame.key, presented) if overlays else frozenset(),
        drawn=drawn_annotations(source_told(marks, Compare.SOURCE, image.plane), frame, named_image(frame)),
        area=presented.area if presented is not None else None,
    )


def _way(
    frame: Frame,
    pixels: GreyPipeline | Colour,
    cover: Cover | None,
    presented: PresentedImage | None,
    turn: tuple[int, bool],
) -> _StateSettings:
    """Values of a volume are real already; their state begins with the stored ones again."""
    grey = pixels if isinstance(pixels, GreyPipeline) else None
    own = grey is not None and presented is not None and presented.state.is_grey
    modality = presented.state.modality if own and presented is not None else frame.transform
    if isinstance(modality, RealWorldValues):
        modality = modality.linear
        if modality is None:
            raise Refused(
                "The values of this image go through a table of real-world values, "
                "which no presentation state can hold."
            )
    lut, inverse = (grey.presentation, grey.inverse) if grey is not None else (None, False)
    if lut is not None and inverse:  # a state has either a table or a shape
        lut, inverse = _inverted(lut), False
    palette = grey.palette if grey is not None else b""
    if palette:  # a state in false colours has neither
        palette, lut, inverse = _colours(palette, lut, inverse=inverse), None, False
    return _StateSettings(
        is_grey=grey is not None,
        modality=None if grey is None or modality == Rescale() else modality,
        lut=lut,
        palette=palette,
        inverse=inverse,
        shutter=cover.shutter if cover is not None else None,
        bitmap=cover.bitmap if cover is not None else None,
        rgb=cover.rgb if cover is not None else (0, 0, 0),
        turn=turn,
    )


def _inverted(lut: LookupTable) -> LookupTable:
    top = (1 << lut.bits) - 1
    data = (top - lut.entries.astype(np.int64)).astype("<u2").tobytes()
    return LookupTable(lut.first_mapped, lut.bits, data, lut.explanation)


def _colours(palette: bytes, lut: LookupTable | None, *, inverse: bool) -> bytes:
    """The palette behind a table, or the other way round."""
    rgb = np.frombuffer(palette, np.uint8).reshape(-1, 3)
    if lut is not None:
        levels = lut.entries[np.linspace(0, len(lut.entries) - 1, len(rgb)).round().astype(int)]
        rgb = rgb[np.rint(levels / ((1 << lut.bits) - 1) * (len(rgb) - 1)).astype(int)]
    return rgb[::-1].tobytes() if inverse else rgb.tobytes()


def _active_groups(viewport: Viewport, key: FrameKey, presented: PresentedImage | None) -> frozenset[int]:
    """Overlay groups of the image that show."""
    if presented is not None:
        return presented.state.active_groups
    layer = viewport.layer(OverlayLayer)
    return frozenset(plane.group for plane in layer.planes.get(key, ())) if layer is not None else frozenset()


def _stored_turn(turn: Turn, plane: ImagePlane) -> tuple[int, bool]:
    """Quarter turns, after the flip, of the image as it is stored."""
    (a, b), (c, d) = (np.array(turn) @ hanging(plane)).astype(int).tolist()
    return _TURNS[((a, b), (c, d))]


# -- the states -------------------------------------------------------------------------------------------


def _states(
    viewport: Viewport, held: list[_StateImage], shown: Resolved, label: str, description: str, creator: str
) -> tuple[PresentationState, ...]:
    assert viewport.image is not None
    series = series_uid_of(viewport.image)
    ways: dict[tuple[object, ...], list[_StateImage]] = {}
    for one in held:
        ways.setdefault(one.way.key, []).append(one)
    title = " · ".join(dict.fromkeys(part for part in (label, description) if part))
    return tuple(
        _state(
            group,
            shown,
            SpatialReference("", (series,), image_references(one.frame for one in group)),
            title,
            description,
            creator,
            viewport,
        )
        for group in ways.values()
    )


def _state(
    held: list[_StateImage],
    shown: Resolved,
    reference: SpatialReference,
    title: str,
    description: str,
    creator: str,
    viewport: Viewport,
) -> PresentationState:
    way = held[0].way
    order = list(LAYERS)
    annotations = [annotation for one in held for annotation in one.drawn.annotations]
    annotations.sort(key=lambda one: order.index(one.layer))
    grey = way.rgb[0] / 255 if way.bitmap is not None else 0.0
    return PresentationState(
        title=title,
        reference=reference,
        annotations=tuple(annotations),
        shutter=way.shutter,
        voi=tuple(_voi(held)),
        areas=tuple(displayed_areas([one.shown_part for one in held], shown, viewport)),
        turns=way.turn[0],
        flipped=way.turn[1],
        inverse=way.inverse,
        modality=way.modality,
        value_type=_value_type(held[0].frame) if way.modality is not None else "",
        presentation_lut=way.lut,
        palette=way.palette,
        bitmap_shutter=way.bitmap,
        shutter_grey=way.shutter.grey if way.shutter is not None else grey,
        shutter_color=way.rgb if len(set(way.rgb)) > 1 else None,
        active_groups=frozenset[int]().union(*(one.groups for one in held)),
        is_grey=way.is_grey,
        description=description,
        creator=creator,
    )


def _value_type(frame: Frame) -> str:
    """What the images' values are, by the defined terms of PS3.3 C.11.1.1.2."""
    return frame.value_type if frame.value_type in _VALUE_TYPES else "US"


def _voi(held: list[_StateImage]) -> Iterator[SoftcopyVoi]:
    """Each window with the images that have it; one for all names none."""
    by_voi: dict[VoiTransform, list[_StateImage]] = {}
    for one in held:
        if one.voi is not None:
            by_voi.setdefault(one.voi, []).append(one)
    for voi, group in by_voi.items():
        yield SoftcopyVoi(image_references(one.frame for one in group) if len(by_voi) > 1 else (), (voi,))
