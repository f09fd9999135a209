"""What the values of images are, with evidence only; what is missing is named."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass, replace

from app.dicom.read.body_size import shown_size, uptake_scales
from app.dicom.read.frames import DOSE
from app.dicom.read.suv import suv
from app.dicom.read.suv_facts import SuvInputs
from app.dicom.read.value_facts import NO_SLOPE, STORED_VALUES
from app.domain.display_set import TranslatableText
from app.domain.frame import Frame
from app.domain.pixel import RealWorldValues, Rescale
from app.domain.quantity import NO_SCALES, UNITS, Quantity, UptakeScales

CT_IMAGES = frozenset(
    ("1.2.840.10008.5.1.4.1.1.2", "1.2.840.10008.5.1.4.1.1.2.1", "1.2.840.10008.5.1.4.1.1.2.2")
)
_NUCLEAR = "1.2.840.10008.5.1.4.1.1.20"
_UCUM = {
    "[hnsf'U]": Quantity.HU, "{SUVbw}g/ml": Quantity.SUV_BW, "g/ml{SUVbw}": Quantity.SUV_BW,
    "Bq/ml": Quantity.ACTIVITY, "Gy": Quantity.DOSE,
}  # fmt: skip

#: the same as Units and SUV Type have it
_PET_UNITS = {
    "Bq/ml": ("BQML", ""), "{counts}": ("CNTS", ""), "{SUVbw}g/ml": ("GML", "BW"),
    "g/ml{SUVbw}": ("GML", "BW"), "{SUVlbm}g/ml": ("GML", "LBM"), "g/ml{SUVlbm}": ("GML", "LBM"),
    "g/ml{SUVlbm(Janma)}": ("GML", "LBMJANMA"), "{SUVlbm(Janma)}g/ml": ("GML", "LBMJANMA"),
    "g/ml{SUVlbm(James128)}": ("GML", "LBMJAMES128"), "{SUVlbm(James128)}g/ml": ("GML", "LBMJAMES128"),
    "{SUVbsa}cm2/ml": ("CM2ML", ""), "cm2/ml{SUVbsa}": ("CM2ML", ""),
    "{SUVibw}g/ml": ("GML", "IBW"), "g/ml{SUVibw}": ("GML", "IBW"),
}  # fmt: skip

#: optical density is stored in thousandths
THOUSANDTHS = "10*-3.{od}"
STORED = "Rescale slope or intercept cannot be read: the values are as they are stored, not HU."
ZERO = "Rescale Slope is 0: the values are as they are stored, not HU."
NO_RESCALE = "The images have no rescale slope and intercept: the values are as they are stored, not HU."
NO_PET_RESCALE = (
    "Rescale slope and intercept are missing or cannot be used: the values are as they are stored, neither "
    "activity nor SUV."
)
IMPLAUSIBLE = "Rescale Slope {slope} and Intercept {intercept} are implausible: the values are not HU."
#: of a CT image: some hundredths to some units, and about -1024
MOST_SLOPE, MOST_INTERCEPT = 1e3, 1e6
UNSPECIFIED = "The unit of the values is not specified: they are not HU."
NO_HU = "The values go through a table whose unit is not specified: they are not HU."
RELATIVE = "The dose is relative: its values have no unit."
NO_SCALING = "Dose Grid Scaling is missing or cannot be read: the values are as they are stored, not Gy."


@dataclass(frozen=True, slots=True)
class Meaning:
    """Quantity and UCUM unit of values, what is to be told of them, and the factor that makes SUV of them.

    `is_mapped`: the values are those of the Real World Value Mapping.  `scales` are those of uptake.
    """

    quantity: Quantity
    unit: str
    warnings: tuple[TranslatableText, ...] = ()
    factor: float | None = None
    shown: tuple[tuple[str, str], ...] = ()
    is_mapped: bool = False
    scales: UptakeScales = NO_SCALES


def meaning(frames: Sequence[Frame], modality: str, suv_inputs: SuvInputs | None) -> Meaning:
    """Of frames that have the same kind of value."""
    first = frames[0]
    if not first.pixel_format.is_grey:
        return _plain(Quantity.ARBITRARY)
    is_mapped = all(frame.real_world is not None for frame in frames)
    if suv_inputs is not None and modality == "PT":
        return _positrons(first, suv_inputs, is_mapped=is_mapped)
    if first.sop_class_uid == DOSE:
        return _dose(first)
    if first.sop_class_uid in CT_IMAGES:
        return _of_ct(first, first.real_world if is_mapped else None)
    if first.value_type == "OD":
        return Meaning(Quantity.OPTICAL_DENSITY, THOUSANDTHS)  # PS3.3 C.11.1.1.2
    if first.value_type == "HU" and first.transform is not None:
        return _plain(Quantity.HU)
    if first.real_world is not None and is_mapped:
        return _mapped(first.real_world.unit)
    if first.sop_class_uid == _NUCLEAR and not any("RECON" in kind for kind in first.distinction.image_type):
        return _plain(Quantity.COUNTS)
    return _plain(Quantity.ARBITRARY)


def _plain(quantity: Quantity, *told: str) -> Meaning:
    return Meaning(quantity, UNITS[quantity], tuple((text, {}) for text in told))


def _dose(frame: Frame) -> Meaning:
    """PS3.3 C.8.8.3: stored values are a dose only by Dose Grid Scaling."""
    if frame.transform is None:
        return _plain(Quantity.ARBITRARY, NO_SCALING)
    return _plain(Quantity.DOSE) if frame.value_type == "GY" else _plain(Quantity.ARBITRARY, RELATIVE)


def _mapped(unit: str) -> Meaning:
    quantity = Quantity.ARBITRARY if unit == "1" else _UCUM.get(unit, Quantity.MAPPED)
    return Meaning(quantity, UNITS[quantity] or unit, is_mapped=True)


def _positrons(first: Frame, inputs: SuvInputs, *, is_mapped: bool) -> Meaning:
    """Of PET: enhanced images say their unit in the Real World Value Mapping only."""
    is_mapped = is_mapped and not inputs.units
    if is_mapped and first.real_world is not None:
        units, suv_type = _PET_UNITS.get(first.real_world.unit, (first.real_world.unit, ""))
        inputs = replace(inputs, units=units, suv_type=suv_type)
    elif not isinstance(first.transform, Rescale):
        return _plain(Quantity.ARBITRARY, NO_PET_RESCALE)
    found = suv(inputs)
    scales = uptake_scales(inputs, found.quantity)
    return Meaning(
        found.quantity,
        UNITS[found.quantity],
        found.reasons,
        found.factor,
        (*found.shown, *shown_size(inputs, scales)),
        is_mapped=is_mapped,
        scales=scales,
    )


def _of_ct(frame: Frame, mapping: RealWorldValues | None) -> Meaning:
    """HU, but where a mapping gives another unit (perfusion), or one that the rescale does not tell."""
    found = _hounsfield(frame)
    if mapping is None or frame.value_type == "HU" or "LOCALIZER" in frame.distinction.image_type:
        return found
    if found.quantity is Quantity.HU and mapping.unit in ("1", UNITS[Quantity.HU]):
        return found
    return _mapped(mapping.unit)


def _hounsfield(frame: Frame) -> Meaning:
    """PS3.3 C.8.2.1: without a Rescale Type the output is HU; older scanners write "US" for original
    images.
    """
    kinds = frame.distinction.image_type
    if frame.value_type == STORED_VALUES:
        return _plain(Quantity.ARBITRARY, STORED)
    if frame.value_type == NO_SLOPE:
        return _plain(Quantity.ARBITRARY, ZERO)
    if frame.transform is None:
        return _plain(Quantity.ARBITRARY, NO_RESCALE)
    if not isinstance(frame.transform, Rescale):
        return _plain(Quantity.HU) if frame.value_type == "HU" else _plain(Quantity.ARBITRARY, NO_HU)
    if "LOCALIZER" in kinds:
        return _plain(Quantity.ARBITRARY)
    slope, intercept = frame.transform.slope, frame.transform.intercept
    if abs(slope) > MOST_SLOPE or abs(intercept) > MOST_INTERCEPT:
        told = {"slope": f"{slope:g}", "intercept": f"{intercept:g}"}
        return Meaning(Quantity.ARBITRARY, UNITS[Quantity.ARBITRARY], ((IMPLAUSIBLE, told),))
    if frame.value_type in ("", "HU") or (frame.value_type == "US" and kinds[:1] == ("ORIGINAL",)):
        return _plain(Quantity.HU)
    return _plain(Quantity.ARBITRARY, UNSPECIFIED)


def kind_of_value(frame: Frame) -> str:
    """The same for frames whose values mean the same: HU of CT images, also where Rescale Type is missing."""
    if frame.sop_class_uid not in CT_IMAGES or frame.pixel_format.floating:
        return frame.value_type
    return "HU" if _hounsfield(frame).quantity is Quantity.HU else frame.value_type


def together(inputs: Iterable[SuvInputs | None]) -> SuvInputs | None:
    """What the images of a PET series say, the first one standing for what is common to them."""
    known = [one for one in inputs if one is not None]
    if not known:
        return None
    return replace(
        known[0],
        differing=_differing(known, _OF_THE_SERIES),
        differing_body=_differing(known, _OF_THE_BODY),
        images=tuple(image for one in known for image in one.images),
        philips_suv_factors=tuple(dict.fromkeys(f for one in known for f in one.philips_suv_factors)),
        philips_activity_factors=tuple(
            dict.fromkeys(f for one in known for f in one.philips_activity_factors)
        ),
    )


_Named = tuple[tuple[str, Callable[[SuvInputs], Hashable]], ...]
#: what all images of a PET series must agree in, as the standard names it
_OF_THE_SERIES: _Named = (
    ("Patient's Weight", lambda one: one.weight_kg),
    ("Radiopharmaceutical Information Sequence", lambda one: one.injections),
    ("Decay Correction", lambda one: one.decay_correction),
    ("Decay Correction DateTime", lambda one: one.decay_corrected_at),
    ("SUV Type", lambda one: one.suv_type),
)


#: and for other kinds of SUV than that by body weight
_OF_THE_BODY: _Named = (("Patient's Size", lambda one: one.height_m), ("Patient's Sex", lambda one: one.sex))


def _differing(inputs: Sequence[SuvInputs], what: _Named) -> tuple[str, ...]:
    """Names of what images say differently; one that says nothing contradicts none."""
    return tuple(name for name, value in what if len({found for one in inputs if (found := value(one))}) > 1)
