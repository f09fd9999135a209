"""The guard: looks at images before anything runs and says what a method was not made for (facts: safety
rules 3).

Its word is REFUSE where the result would be meaningless, WARN where it would be uncertain.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.domain.inference import Reason, Verdict
from app.domain.quantity import Quantity
from app.domain.volume import Volume
from inference.spec import Envelope

Finding = tuple[Verdict, Reason]

_SAMPLED_SLICES = 9
#: cosine that an axis of a transverse stack must reach against the body's long axis (about 15°)
_AXIAL_COSINE = 0.966
_LARGEST_TILT_DEG = 1.0
#: CT, enhanced CT, legacy converted enhanced CT: what a scanner's images are kept as
_CT_IMAGES = frozenset(
    {"1.2.840.10008.5.1.4.1.1.2", "1.2.840.10008.5.1.4.1.1.2.1", "1.2.840.10008.5.1.4.1.1.2.2"}
)
_CAPTURE = "1.2.840.10008.5.1.4.1.1.7"
#: values of Image Type whose pixels are no slice of HU
_PROJECTIONS = frozenset(
    {"MIP", "MINIP", "MAX_IP", "MIN_IP", "PROJECTION IMAGE", "VOLREN", "VRT", "SSD", "LOCALIZER"}
)
#: DCM code of a derivation by smoothing, and what makers write instead
_SMOOTHED_CODE = "113087"
_SMOOTHED = re.compile(r"de-?nois|smooth|noise[ -]reduc|降噪|去噪|平滑", re.IGNORECASE)
_AGE = re.compile(r"(\d{1,3})([YMWD])")
_UNITS_A_YEAR = {"Y": 1.0, "M": 12.0, "W": 52.18, "D": 365.25}


def judge(volume: Volume, envelope: Envelope) -> tuple[Verdict, tuple[Reason, ...]]:
    """Verdict, and the reasons for it: those of a refusal alone where there is one."""
    found = list(_kind(volume, envelope))
    if not found:
        found = [*_origin(volume, envelope), *_geometry(volume, envelope), *_told(volume, envelope)]
        if not any(verdict is Verdict.REFUSE for verdict, _ in found):
            found += [*_values(volume, envelope), *_body(volume, envelope)]
    refusals = tuple(reason for verdict, reason in found if verdict is Verdict.REFUSE)
    if refusals:
        return Verdict.REFUSE, refusals
    return (Verdict.WARN, tuple(reason for _, reason in found)) if found else (Verdict.ACCEPT, ())


def _kind(volume: Volume, envelope: Envelope) -> Iterator[Finding]:
    if volume.modality not in envelope.modalities:
        params = {"limit": ", ".join(envelope.modalities), "found": volume.modality or "–"}
        yield Verdict.REFUSE, Reason("made for {limit}, these images are {found}", params)
    elif volume.quantity is not Quantity.HU:
        yield Verdict.REFUSE, Reason("needs values in HU, these are {found}", {"found": str(volume.quantity)})
    if volume.voxels.array.shape[0] != 1:
        yield (
            Verdict.REFUSE,
            Reason(
                "made for one point in time, this series has {found}",
                {"found": str(volume.voxels.array.shape[0])},
            ),
        )
    if not volume.voxels.complete:
        found = f"{100 * volume.voxels.fraction:.0f}"
        yield Verdict.REFUSE, Reason("all images must have been loaded, {found} % have", {"found": found})


def _origin(volume: Volume, envelope: Envelope) -> Iterator[Finding]:
    """How the images came to be, as their header tells."""
    sop_class, details = volume.details.get("sop_class_uid", ""), volume.details
    if sop_class and sop_class not in _CT_IMAGES:
        kind = "Secondary Capture" if sop_class.startswith(_CAPTURE) else sop_class
        yield (
            Verdict.REFUSE,
            Reason(
                "needs CT images as a scanner makes them, these objects are of another kind ({found})",
                {"found": kind},
            ),
        )
    kinds = [kind.strip().upper() for kind in details.get("ImageType", "").split("\\")]
    if projected := sorted(_PROJECTIONS & set(kinds)):
        yield (
            Verdict.REFUSE,
            Reason(
                "made for slices, these images are projections ({found})", {"found": ", ".join(projected)}
            ),
        )
    if not envelope.acquired:
        return
    derivation = details.get("DerivationDescription", "")
    if _SMOOTHED_CODE in details.get("DerivationCodeSequence", "").split("\\") or _SMOOTHED.search(
        derivation
    ):
        yield (
            Verdict.REFUSE,
            Reason("made for images as scanned, these were already denoised or smoothed", {}),
        )
    elif kinds[0] == "DERIVED":
        yield (
            Verdict.WARN,
            Reason(
                "these images were computed from others ({found}): their noise is not that of a scan",
                {"found": "\\".join(kinds)},
            ),
        )


def _geometry(volume: Volume, envelope: Envelope) -> Iterator[Finding]:
    grid = volume.grid
    if any(n < least for n, least in zip(grid.shape, envelope.least_shape, strict=True)):
        limit, found = ("×".join(map(str, shape)) for shape in (envelope.least_shape, grid.shape))
        yield (
            Verdict.REFUSE,
            Reason(
                "needs at least {limit} (slices × rows × columns), found {found}",
                {"limit": limit, "found": found},
            ),
        )
        return
    if envelope.axial and abs(grid.axes[0][2]) < _AXIAL_COSINE:
        angle = float(np.degrees(np.arccos(min(1.0, abs(grid.axes[0][2])))))
        params = {"limit": "15", "found": f"{angle:.0f}"}
        yield (
            Verdict.REFUSE,
            Reason(
                "made for transverse images (at most {limit}° oblique), these are {found}° oblique", params
            ),
        )
    rows_mm, columns_mm = grid.spacing_mm[1], grid.spacing_mm[2]
    extent = max(rows_mm * grid.shape[1], columns_mm * grid.shape[2])
    checks = (
        (
            Reason(
                "pixels must be {limit} mm, found {found} mm",
                _range(envelope.pixel_mm, max(rows_mm, columns_mm)),
            ),
            envelope.pixel_mm,
            (min(rows_mm, columns_mm), max(rows_mm, columns_mm)),
        ),
        (
            Reason(
                "slices must be {limit} mm apart, found {found} mm",
                _range(envelope.slice_mm, grid.spacing_mm[0]),
            ),
            envelope.slice_mm,
            (grid.spacing_mm[0],) * 2,
        ),
        (
            Reason(
                "the field of view must be {limit} mm, found {found} mm",
                _range(envelope.field_of_view_mm, extent),
            ),
            envelope.field_of_view_mm,
            (extent,) * 2,
        ),
    )
    for reason, (low, high), (least, most) in checks:
        if least < low - 1e-6 or most > high + 1e-6:
            yield Verdict.REFUSE, reason
    if (covered := grid.shape[0] * grid.spacing_mm[0]) < envelope.cover_mm:
        params = {"limit": f"{envelope.cover_mm:g}", "found": f"{covered:.0f}"}
        yield (
            Verdict.WARN,
            Reason("at least {limit} mm along the body should be covered, found {found} mm", params),
        )


def _told(volume: Volume, envelope: Envelope) -> Iterator[Finding]:
    """What the loader found of the stack: tilt, missing and uneven slices (known by the fields of its
    warnings).
    """
    strict = Verdict.WARN if envelope.slicewise else Verdict.REFUSE
    for text, params in volume.warnings:
        fields = set(params)
        if fields == {"deg"}:
            if abs(float(params["deg"])) > _LARGEST_TILT_DEG:
                limit = {"limit": f"{_LARGEST_TILT_DEG:g}", "found": params["deg"]}
                yield strict, Reason("the gantry may be tilted by {limit}° at most, found {found}°", limit)
        elif fields == {"n", "first", "last"}:
            yield strict, Reason("no slice may be missing, {found} are", {"found": params["n"]})
        elif fields == {"low", "high", "mean"}:
            uneven = {"found": f"{params['low']}–{params['high']}"}
            yield (
                Verdict.WARN,
                Reason("slices should be evenly spaced, found distances of {found} mm", uneven),
            )
        else:
            yield Verdict.WARN, Reason(text, dict(params))


def _values(volume: Volume, envelope: Envelope) -> Iterator[Finding]:
    """HU must look like HU: numbers, air near −1000, some soft tissue near 0."""
    if broken := _broken_slices(volume.at()):
        yield (
            Verdict.REFUSE,
            Reason("all values must be numbers, {found} slices have others", {"found": str(broken)}),
        )
        return
    sample = _sample(volume.at())
    inside = sample[sample > -1500]  # padding outside the field of view
    dark = float(np.quantile(inside, 0.005)) if inside.size else float("nan")
    tissue = float(((sample > -250) & (sample < 350)).mean())
    if not inside.size or tissue < 0.01:
        params = {"limit": "1", "found": f"{100 * tissue:.1f}"}
        yield (
            Verdict.REFUSE,
            Reason(
                "at least {limit} % of the image must be soft tissue between -250 and 350 HU, found "
                "{found} %",
                params,
            ),
        )
    elif dark > -300 and float(np.quantile(inside, 0.5)) > 500:
        params = {"found": f"{dark:.0f}"}
        yield (
            Verdict.REFUSE,
            Reason(
                "values look unscaled: air should be near -1000 HU, the darkest tissue is {found}", params
            ),
        )
    elif dark > -300:
        air = {"found": f"{dark:.0f}"}
        yield (
            Verdict.REFUSE,
            Reason("air near -1000 HU should be seen, the darkest values are near {found}", air),
        )
    if envelope.noise_hu is not None and (noise := noise_level(sample)) is not None:
        low, high = envelope.noise_hu
        if not low <= noise <= high:
            yield (
                Verdict.WARN,
                Reason("noise should be {limit} HU, found {found} HU", _range(envelope.noise_hu, noise)),
            )


def _body(volume: Volume, envelope: Envelope) -> Iterator[Finding]:
    part = volume.body_part.upper().replace(" ", "").strip()
    if not part:
        yield Verdict.WARN, Reason("the images do not say which part of the body they show", {})
    elif part not in {name.replace(" ", "") for name in envelope.body_parts}:
        yield (
            Verdict.WARN,
            Reason("not tried on this part of the body ({found})", {"found": volume.body_part}),
        )
    if age := _AGE.fullmatch(volume.details.get("PatientAge", "").strip()):
        years = int(age[1]) / _UNITS_A_YEAR[age[2]]
        if years < envelope.adult_years:
            params = {"limit": f"{envelope.adult_years:g}", "found": f"{years:.2g}"}
            yield (
                Verdict.WARN,
                Reason(
                    "made for bodies of adults ({limit} years and over), this patient is {found} years old",
                    params,
                ),
            )


def _broken_slices(values: NDArray[Any]) -> int:
    """Slices with a value that is not finite; only floating values can have one."""
    return 0 if values.dtype.kind in "iu" else sum(not np.isfinite(image).all() for image in values)


def noise_level(sample: NDArray[Any]) -> float | None:
    """Noise SD in HU over soft tissue of (slice, row, column); None without tissue.

    Difference of pixels two columns apart, robustly (median of absolute values), where both sides are soft
    tissue.
    """
    values = sample.astype(np.float32)
    left, right = values[..., :-2], values[..., 2:]
    tissue = (np.abs(left) < 200) & (np.abs(right) < 200)
    if np.count_nonzero(tissue) < 200:
        return None
    return float(np.median(np.abs(right - left)[tissue]) / 0.6745 / np.sqrt(2))


def _sample(values: NDArray[Any]) -> NDArray[Any]:
    """A few slices, evenly over the stack, whole."""
    count = len(values)
    chosen = np.unique(
        np.linspace(0.08 * (count - 1), 0.92 * (count - 1), _SAMPLED_SLICES).round().astype(int)
    )
    return np.asarray(values[chosen])


def _range(limits: tuple[float, float], found: float) -> dict[str, str]:
    return {"limit": f"{limits[0]:g}–{limits[1]:g}", "found": f"{found:.3g}"}
