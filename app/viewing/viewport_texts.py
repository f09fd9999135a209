"""What a tile says of its image: header, corner lines, chips."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Protocol

from app.domain.display_set import Axis, AxisKind, TranslatableText
from app.domain.frame import Frame
from app.domain.image import ImageStack
from app.domain.presentation import VoiTransform, Window
from app.domain.volume import Volume
from app.i18n import tr
from app.viewing.corner_items import FrameItem
from app.viewing.fidelity import drawing_limits, fidelity_limits, loading, lossless, pixel_lengths
from app.viewing.graphics import Corners, Role, TextLine
from app.viewing.layers import LabelLayer, ProcessedLayer, ReportLayer
from app.viewing.planes import plane_name
from app.viewing.reported import key_words
from app.viewing.screen import Compare, CornerLine, CornerText, StudyRole, TextLevel, Viewport
from app.viewing.shown_image import ShownImage, drawn_frame, warnings_of
from app.viewing.wording import UNIT_WORDS, number, short_number, window_words

#: UCUM units of further axes as people write them
_AXIS_UNITS = {"s/mm2": "s/mm²", "1": ""}


class ChipTone(StrEnum):
    """How loud a chip is: `DONE` green, `LIMIT` dashed and neutral, `LINKED` in the accent."""

    DONE = "done"
    LIMIT = "limit"
    LINKED = "linked"


@dataclass(frozen=True, slots=True)
class Chip:
    """A short remark at the right of a header; `tip` says what it means, `short` is said where there is no
    room for the whole and it must be said.
    """

    text: str
    tone: ChipTone
    tip: str = ""
    short: str = ""


@dataclass(frozen=True, slots=True)
class Header:
    """The line above an image.

    `tag` says whether the study is the current one or a prior, with its date; `counted` is `where` in short.
    """

    tag: str
    prior: bool
    name: str
    where: str
    counted: str
    chips: tuple[Chip, ...]


@dataclass(frozen=True, slots=True)
class TextFacts:
    """What the lines depend on besides the image.

    `whole`: patient and study stand here.  `headed`: the header tells already where the image is.  `small`:
    the tile has no room for more than a line a corner.  `hidden`: what lies over the images is.
    `presented`: name and creator of the presentation state that is applied, `left_out` what of it cannot be
    shown.  `size` says how large the image
    is, `lost_size` why not as large as was asked for.  `reduced`: so many pixels
    along a side are drawn as one.  `voi` is what the image is shown with (None: colour as
    it is), `difference` the window of a difference.
    """

    level: TextLevel
    whole: bool
    headed: bool
    active: bool
    small: bool
    compare: Compare
    difference: Window | None
    voi: VoiTransform | None
    overlays: bool
    hidden: bool = False
    presented: str = ""
    left_out: tuple[TranslatableText, ...] = ()
    size: str = ""
    lost_size: str = ""
    reduced: int = 1


def texts(viewport: Viewport, image: ShownImage, facts: TextFacts) -> Corners:
    """All lines; few: those of the view; none: only what must never be hidden (processed, not confirmed,
    lossy, warnings).  A mammogram that hangs at an edge of its tile has them at the other one.
    """
    must = _once(safety_lines(viewport, image, facts))
    if facts.level is TextLevel.NONE:
        return Corners(bottom_right=must)
    if facts.small:
        return Corners(
            top_left=_named(image, facts),
            top_right=() if facts.headed else (TextLine(_counted(image)),),
            bottom_right=must[:1],
        )
    whole = facts.level is TextLevel.ALL and facts.whole
    own = _own_lines(viewport.corner_text, image) if whole else Corners()
    if facts.headed:  # the header says what the series is called
        own = replace(own, bottom_right=tuple(one for one in own.bottom_right if one.text != viewport.title))
    where = () if facts.headed else (TextLine(where_text(viewport, image)),)
    window = _window_line(viewport, facts)
    said = Corners(
        top_left=(*_named(image, facts), *own.top_left, *where),
        top_right=(*own.top_right, *((TextLine(window),) if window else ())),
        bottom_left=(*own.bottom_left, *_image_lines(viewport, image, facts)),
        bottom_right=_once((*own.bottom_right, *must)),
    )
    return said.away_from(viewport.side)


def _once(lines: tuple[TextLine, ...]) -> tuple[TextLine, ...]:
    """Lines without those that another one says too: the mark of a confirmed result names its method."""
    parts = {part for line in lines if " · " in line.text for part in line.text.split(" · ")}
    return tuple(line for line in lines if line.text not in parts)


def _own_lines(said: CornerText, image: ShownImage) -> Corners:
    """What patient, study, series and the image tell."""
    corners = (said.top_left, said.top_right, said.bottom_left, said.bottom_right)
    return Corners(*(_plain(lines, image) for lines in corners))


def _plain(lines: tuple[CornerLine, ...], image: ShownImage) -> tuple[TextLine, ...]:
    """Lines that a document names; what the image does not tell is left out."""
    told = (line if isinstance(line, str) else _items(line, image) for line in lines)
    return tuple(TextLine(line, Role.QUIET) for line in told if line)


def _items(line: tuple[str | FrameItem, ...], image: ShownImage) -> str:
    parts = (part if isinstance(part, str) else part.words(image.frame) for part in line)
    return " ".join(part for part in parts if part)


def _named(image: ShownImage, facts: TextFacts) -> tuple[TextLine, ...]:
    """Side and projection of a projection image, e.g. ``R CC``."""
    name = projection_name(image)
    return (TextLine(name),) if name and not facts.headed else ()


def projection_name(image: ShownImage) -> str:
    """Side and view position, e.g. ``R MLO``; "" for cross-sections."""
    frame = image.frame
    if frame is None or image.plane.view is not None:
        return ""
    return projection_words(frame)


def projection_words(frame: Frame) -> str:
    """Side and view position of a frame, e.g. ``R MLO``; "" where it has none."""
    return " ".join(part for part in (frame.laterality, frame.view_position) if part)


def where_text(viewport: Viewport, image: ShownImage) -> str:
    """Plane, number of the image, place: ``Axial   Image 53 · 52 / 100   −123.5 mm``."""
    parts = [_plane_text(image), _number_text(viewport, image), _place_text(image)]
    return "   ".join(part for part in parts if part)


def _plane_text(image: ShownImage) -> str:
    view = image.plane.view
    if view is None:
        return ""
    return plane_name(view) if view.normal == 0 else f"{plane_name(view)} MPR"


def _number_text(viewport: Viewport, image: ShownImage) -> str:
    """The scanner's number where there is one, and how many there are."""
    frame = image.frame
    if frame is not None and frame.frames_in_object > 1 and isinstance(viewport.image, ImageStack):
        return tr("Frame {n} / {count}", n=image.index + 1, count=image.count)
    if image.number is None:
        return tr("Slice {n} / {count}", n=image.index + 1, count=image.count)
    if image.number == image.index + 1:
        return tr("Image {n} / {count}", n=image.index + 1, count=image.count)
    return tr("Image {number} · {counted}", number=image.number, counted=_counted(image))


def _counted(image: ShownImage) -> str:
    return f"{image.index + 1} / {image.count}"


def _place_text(image: ShownImage) -> str:
    """Slice Location and thickness of a source image, the step of a reformatted one."""
    frame, view = image.frame, image.plane.view
    location = tr("Location {mm}", mm=_mm(image.location_mm)) if image.location_mm is not None else ""
    thickness = frame.slice_thickness_mm if frame is not None else None
    thickness = thickness or (view.step_mm if view is not None else None)
    return "   ".join(part for part in (location, _mm(thickness) if thickness else "") if part)


def _mm(value: float) -> str:
    return f"{short_number(value)} mm"


def _window_line(viewport: Viewport, facts: TextFacts) -> str:
    if facts.difference is not None:
        assert isinstance(viewport.image, Volume)
        return tr(
            "Difference ±{half} {unit}",
            half=number(facts.difference.width / 2),
            unit=UNIT_WORDS[viewport.image.quantity],
        ).strip()
    inverted = f"  {tr('inverted')}" if viewport.invert else ""
    if facts.voi is None:
        return inverted.strip()
    if isinstance(facts.voi, Window):
        return window_words(facts.voi, viewport.window_label or facts.voi.label) + inverted
    return (facts.voi.explanation or "VOI LUT") + inverted


def _image_lines(viewport: Viewport, image: ShownImage, facts: TextFacts) -> tuple[TextLine, ...]:
    plane = image.plane
    across, down = pixel_lengths(plane)
    matrix = f"{plane.size[0]} × {plane.size[1]}"
    if plane.has_mm:
        x, y = number(across, 2), number(down, 2)
        matrix += f"   {x if x == y else f'{x} × {y}'} mm"
    limits = drawing_limits(plane, facts.reduced)
    words = "   ".join((matrix, *(limit.text for limit in limits)))
    lines = [TextLine(words, Role.QUIET, " ".join(limit.tip for limit in limits))]
    if facts.size:
        lines.append(TextLine(facts.size, Role.QUIET))
    if facts.active and viewport.pointer_text:
        lines.append(TextLine(viewport.pointer_text))
    return tuple(lines)


def safety_lines(viewport: Viewport, image: ShownImage, facts: TextFacts) -> tuple[TextLine, ...]:
    """What must never be hidden."""
    lines = [TextLine(tr(template, **params), Role.WARNING) for template, params in warnings_of(viewport)]
    if not facts.headed:
        limits = fidelity_limits(viewport, image)
        lines += [TextLine(limit.text, Role.WARNING, limit.tip) for limit in limits]
    if facts.lost_size:
        lines.append(TextLine(facts.lost_size, Role.WARNING))
    lines += _machine_lines(viewport, facts)
    if facts.presented:
        lines.append(TextLine(tr("Presentation state {name}", name=facts.presented)))
        lines += _left_out(facts.left_out)
    lines += _reported_lines(viewport, image, facts)
    if facts.hidden:
        lines.append(TextLine(tr("Overlays hidden"), Role.QUIET))
    if (waiting := loading(viewport, image)) is not None:
        role = Role.WARNING if viewport.failed else Role.QUIET
        lines.append(TextLine(waiting.text, role, waiting.tip))
    return tuple(lines)


def _left_out(reasons: Sequence[TranslatableText]) -> list[TextLine]:
    """What cannot be shown of another object: in a word where it is one thing, else when asked."""
    if not reasons:
        return []
    told = [tr(template, **params) for template, params in reasons]
    whole = told[0] if len(told) == 1 else tr("Not all of it can be shown: {n}", n=len(told))
    return [TextLine(whole, Role.WARNING, " ".join(told))]


def _machine_lines(viewport: Viewport, facts: TextFacts) -> list[TextLine]:
    """What a method made: amber until a doctor has confirmed it, quiet with who did afterwards."""
    processed, labels = viewport.layer(ProcessedLayer), viewport.layer(LabelLayer)
    lines: list[TextLine] = []
    unconfirmed, confirmed = viewport.unconfirmed, viewport.confirmed
    if facts.compare is not Compare.SOURCE and processed is not None:
        lines.append(TextLine(processed.label or tr("Processed")))
        unconfirmed = unconfirmed or processed.unconfirmed
        confirmed = processed.confirmed or confirmed
    if unconfirmed:
        lines.append(TextLine(tr("AI · not confirmed"), Role.WARNING))
    elif confirmed:
        lines.append(TextLine(confirmed))
    if facts.overlays and labels is not None:
        if labels.unconfirmed:
            lines.append(TextLine(tr("AI segmentation · not confirmed"), Role.WARNING))
        elif labels.confirmed:
            lines.append(TextLine(labels.confirmed))
    return lines


def _reported_lines(viewport: Viewport, image: ShownImage, facts: TextFacts) -> list[TextLine]:
    """Whose marks lie over the image, and that another has pointed it out."""
    layer = viewport.layer(ReportLayer)
    if layer is None or not facts.overlays:
        return []
    keys = key_words(layer.placed, drawn_frame(viewport, image))
    lines = [TextLine(tr("Key image of others: {words}", words=words)) for words in keys]
    lines.append(TextLine(tr("Marks of a report: {name}", name=layer.placed.said)))
    return lines + _left_out(layer.placed.report.told)


class Linked(Protocol):
    """What the other views make a header say."""

    @property
    def compared(self) -> bool:
        """A prior is among them."""

    @property
    def link(self) -> str:
        """How it scrolls with others."""

    @property
    def offset_mm(self) -> float | None:
        """How far beyond the other's its place lies."""

    @property
    def astray_mm(self) -> float | None:
        """How far it lies now, where that is not where the link would bring it."""


def header_of(viewport: Viewport, image: ShownImage, around: Linked, size: str = "") -> Header:
    """The line above an image; `size` where it is not fitted."""
    prior = viewport.role is StudyRole.PRIOR
    tag = (tr(viewport.beside_word) if prior else tr("Current")) if prior or around.compared else ""
    name = projection_name(image) or _plane_text(image)
    title = "" if _plain_word(name) == _plain_word(viewport.title) else viewport.title
    named = "   ".join(part for part in (name, title) if part)
    where = "   ".join(x for x in (size, _number_text(viewport, image), _place_text(image)) if x)
    return Header(
        tag=f"{tag} {viewport.study_date}".strip() if tag else "",
        prior=prior,
        name=named,
        where=where,
        counted=_counted(image),
        chips=_chips(viewport, image, around),
    )


def _plain_word(text: str) -> str:
    """``R CC``, ``R-CC`` and ``RCC`` are one name."""
    return "".join(filter(str.isalnum, text)).upper()


def _chips(viewport: Viewport, image: ShownImage, around: Linked) -> tuple[Chip, ...]:
    limits = fidelity_limits(viewport, image)
    chips = [Chip(limit.text, ChipTone.LIMIT, limit.tip) for limit in limits]
    if not limits and image.plane.view is None:
        mark = lossless(image.plane)
        chips.append(Chip(mark.text, ChipTone.DONE, mark.tip))
    link, offset_mm = around.link, around.offset_mm
    if link == "position":
        whole = tr("Linked · same frame of reference")
        chips.append(Chip(whole, ChipTone.LINKED, whole, tr("Same frame")))
    elif link == "offset" and offset_mm is not None:
        tip = tr("Set by hand: this view's place less the other's. Across the plane the middles are matched.")
        said = _signed(offset_mm)
        whole, short = tr("Linked · offset {mm} mm", mm=said), tr("Offset {mm} mm", mm=said)
        if around.astray_mm is not None:
            tip = tr("Went alone: “Link views at the places shown” keeps it, scrolling on takes it back.")
            whole = tr("Offset {mm} mm, now {now} mm", mm=said, now=_signed(around.astray_mm))
            short = tr("Now {now} mm", now=_signed(around.astray_mm))
        tone = ChipTone.LINKED if around.astray_mm is None else ChipTone.LIMIT
        chips.append(Chip(whole, tone, tip, short))
    elif link == "step":
        whole = tr("Linked · image by image")
        chips.append(Chip(whole, ChipTone.LINKED, whole, tr("By image")))
    elif link == "none" and image.count > 1:
        chips.append(Chip(tr("Not linked"), ChipTone.LIMIT))
    return tuple(chips)


def _signed(mm: float) -> str:
    return f"{mm:+.1f}".replace("-", "−") if round(mm, 1) else "0"


def sequence_text(viewport: Viewport, image: ShownImage, *, further: bool) -> str:
    """Where a cine or a further axis stands: ``31 / 75``, ``Phase 3 / 5 · 40 %``."""
    if not further:
        return f"{image.index + 1} / {image.count}"
    assert isinstance(viewport.image, Volume)
    return axis_text(viewport.image.axis, image.further, viewport.image.voxels.ready.shape[0])


def rate_words(rate_hz: float) -> str:
    """How many images a second, e.g. ``25/s``."""
    return tr("{rate}/s", rate=short_number(rate_hz))


def axis_text(axis: Axis | None, position: int, count: int) -> str:
    """Position on a further axis, e.g. ``Phase 3 / 5 · 40 %``."""
    at = f"{position + 1} / {count}"
    if axis is None:
        return tr("Position {at}", at=at)
    words = {
        AxisKind.TIME: tr("Time point {at}", at=at),
        AxisKind.DYNAMIC: tr("Time point {at}", at=at),
        AxisKind.PHASE: tr("Phase {at}", at=at),
        AxisKind.ECHO: tr("Echo {at}", at=at),
        AxisKind.INVERSION: tr("Inversion {at}", at=at),
        AxisKind.B_VALUE: tr("b value {at}", at=at),
        AxisKind.CONTRAST: tr("Contrast phase {at}", at=at),
        AxisKind.COMPONENT: tr("Component {at}", at=at),
    }[axis.kind]
    unit = _AXIS_UNITS.get(axis.unit, axis.unit)
    value = f"{short_number(axis.values[position])} {unit}".rstrip() if axis.values else ""
    label = tr(axis.labels[position]) if axis.labels and axis.labels[position] else ""
    # positions that have names are numbered; b-values have directions beside them
    told = (value, label) if axis.kind is AxisKind.B_VALUE else (label or value,)
    return " · ".join(part for part in (words, *told) if part)
