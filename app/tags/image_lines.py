"""How the shown image is made: size, grey, fidelity; each with what it rests on."""

from __future__ import annotations

from dataclasses import dataclass

from app.dicom.dictionary import uid_name
from app.dicom.read.object_facts import ObjectFacts
from app.domain.frame import Frame
from app.domain.pixel import PixelSpacing, RealWorldValues, Rescale, SpacingSource
from app.domain.presentation import Window
from app.i18n import language, tr


@dataclass(frozen=True, slots=True)
class ImageLine:
    """What is told (a title), the words, and whether it is as good as it can be."""

    title: str
    text: str
    good: bool = False


def image_lines(
    facts: ObjectFacts, transfer_syntax: str, window: Window | None = None
) -> tuple[ImageLine, ...]:
    """What is to be said of an object's frame; `window` is the one on the screen."""
    syntax = ImageLine(tr("Transfer syntax"), _uid(transfer_syntax))
    if not facts.frames:
        reason = tr(facts.refusal[0], **facts.refusal[1]) if facts.refusal else tr("The object is no image.")
        return (ImageLine(tr("Image"), reason), syntax)
    frame = facts.frames[0]
    return (
        ImageLine(tr("Size rests on"), spacing_text(frame.spacing)),
        ImageLine(tr("Grey levels"), grey_text(frame, window)),
        _fidelity(frame),
        syntax,
    )


def spacing_text(spacing: PixelSpacing) -> str:
    """The distance of pixels and what it was measured on."""
    if spacing.mm is None:
        return tr("No physical scale: lengths are pixels")
    down, across = (f"{value:.4g}" for value in spacing.mm)
    size = f"{down} × {across} mm" if down != across else f"{down} mm"
    if spacing.magnification is not None:
        return tr(
            "{size}: detector spacing ÷ magnification {factor}",
            size=size,
            factor=f"{spacing.magnification:.3g}",
        )
    return {
        SpacingSource.PATIENT: tr("{size}: Pixel Spacing, in the patient", size=size),
        SpacingSource.DETECTOR: tr("{size}: on the detector, magnification not corrected", size=size),
        SpacingSource.CALIBRATED: tr("{size}: calibrated", size=size),
        SpacingSource.NONE: tr("{size}: source unknown", size=size),
    }[spacing.source]


def grey_text(frame: Frame, window: Window | None) -> str:
    """From stored bits to the screen."""
    form = frame.pixel_format
    if form.samples > 1:
        return tr("{n} × {bits} bits, colour", n=form.samples, bits=form.bits_stored)
    steps = [tr("{bits} bits", bits=form.bits_stored)]
    if isinstance(frame.transform, RealWorldValues):
        steps += _mapped(frame.transform)
    elif frame.real_world is not None and frame.transform == frame.real_world.linear:
        steps += _mapped(frame.real_world)
    elif isinstance(frame.transform, Rescale):
        steps += _rescale(frame.transform)
    elif frame.transform is not None:
        steps.append("Modality LUT")
    shown = window or next(iter(frame.voi), None)
    if isinstance(shown, Window):
        steps.append(tr("W {width} L {centre}", width=f"{shown.width:g}", centre=f"{shown.centre:g}"))
    elif shown is not None:
        steps.append("VOI LUT")
    inverse = form.is_monochrome1 or frame.presentation_inverse
    steps.append(tr("inverted grey") if inverse else tr("linear grey"))
    return " → ".join(steps)


def _mapped(mapping: RealWorldValues) -> list[str]:
    """The mapping, with the stored values that have a real one."""
    ends = ["" if one is None else f"{one:g}" for one in (mapping.first, mapping.last)]
    linear = mapping.linear
    how = _rescale(linear) if linear is not None else []
    return [" ".join((tr("real-world values of {first} … {last}", first=ends[0], last=ends[1]), *how))]


def _rescale(transform: Rescale) -> list[str]:
    parts = [f"× {transform.slope:g}"] if transform.slope != 1 else []
    if transform.intercept:
        parts.append(f"{'−' if transform.intercept < 0 else '+'} {abs(transform.intercept):g}")
    return [" ".join(parts)] if parts else []


def _fidelity(frame: Frame) -> ImageLine:
    title = tr("Fidelity")
    if frame.lossy_ratio is None:
        return ImageLine(title, tr("Lossless: pixels as they were made"), good=True)
    if not frame.lossy_ratio:
        return ImageLine(title, tr("Lossy compressed, ratio unknown"))
    return ImageLine(title, tr("Lossy compressed {ratio}:1", ratio=f"{frame.lossy_ratio:.3g}"))


def _uid(uid: str) -> str:
    english, chinese = uid_name(uid)
    return (chinese if language() == "zh" and chinese else english) or uid
