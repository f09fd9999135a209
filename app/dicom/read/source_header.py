"""What a written object takes from its sources: named attributes only, never a header as a whole."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from app.dicom.read.header import Header, _six
from app.dicom.read.identity import Identity
from app.domain.geometry import Point3
from app.domain.study import Patient
from app.errors import BadInput


@dataclass(frozen=True, slots=True)
class SourceImage:
    """One source object: identity, geometry, date (DICOM texts, empty where absent)."""

    sop_class_uid: str
    sop_uid: str
    number: int | None = None
    frames: int = 1
    rows: int = 0
    columns: int = 0
    position_mm: Point3 | None = None
    orientation: tuple[float, float, float, float, float, float] | None = None
    spacing_mm: tuple[float, float] | None = None
    content_date: str = ""
    content_time: str = ""
    acquisition_number: str = ""


@dataclass(frozen=True, slots=True)
class SourceHeader:
    """Patient, study, series and images that an object is made from.  Dates, times and numbers are DICOM
    texts.
    """

    patient_id: str
    patient_name: str
    study_uid: str
    series_uid: str
    modality: str
    issuer: str = ""
    birth_date: str = ""
    sex: str = ""
    patient_age: str = ""
    study_date: str = ""
    study_time: str = ""
    study_id: str = ""
    accession_number: str = ""
    study_description: str = ""
    referring_physician: str = ""
    institution: str = ""
    series_number: str = ""
    series_description: str = ""
    series_date: str = ""
    series_time: str = ""
    body_part: str = ""
    laterality: str = ""
    patient_position: str = ""
    frame_of_reference_uid: str = ""
    position_reference: str = ""
    kvp: str = ""
    kernel: str = ""
    slice_thickness: str = ""
    model: str = ""
    contrast_agent: str = ""
    field_strength: str = ""
    image_type: str = ""
    derivation: str = ""
    derivation_codes: tuple[str, ...] = ()
    lossy: str = ""
    lossy_ratio: str = ""
    lossy_method: str = ""
    windows: tuple[tuple[float, float, str], ...] = ()
    images: tuple[SourceImage, ...] = ()

    def image(self, sop_uid: str) -> SourceImage:
        """The image of a UID."""
        found = next((image for image in self.images if image.sop_uid == sop_uid), None)
        if found is None:
            raise BadInput("An image that the result names is not among its sources.")
        return found


def source_of(header: Header, identity: Identity) -> SourceHeader:
    """What one object says, its image included, under the UIDs that it has here."""
    return _common(header, identity, _image(header, identity.sop_uid))


def of_patient(source: SourceHeader, patient: Patient) -> SourceHeader:
    """The same for a patient whose identity was corrected: what is made from now on says who it is."""
    return replace(
        source,
        patient_id=patient.patient_id[:64],
        patient_name=patient.name,
        issuer=patient.issuer[:64],
        birth_date=f"{patient.birth_date:%Y%m%d}" if patient.birth_date else "",
        sex=patient.sex,
    )


def joined(sources: Sequence[SourceHeader]) -> SourceHeader:
    """All images, and what the first object says of patient, study and series."""
    if not sources:
        raise BadInput("The series has no images.")
    return replace(sources[0], images=tuple(image for one in sources for image in one.images))


def _image(header: Header, sop_uid: str) -> SourceImage:
    position, spacing = header.lengths(0x00200032), header.lengths(0x00280030)
    return SourceImage(
        header.uid(0x00080016),
        sop_uid,
        header.integer(0x00200013),
        header.integer(0x00280008) or 1,
        header.short(0x00280010) or 0,
        header.short(0x00280011) or 0,
        (position[0], position[1], position[2]) if len(position) == 3 else None,
        _six(header.numbers(0x00200037)),
        (spacing[0], spacing[1]) if len(spacing) == 2 else None,
        _day(header, 0x00080023) or _day(header, 0x00080022) or _day(header, 0x00080020),
        _clock(header, 0x00080033) or _clock(header, 0x00080032) or _clock(header, 0x00080030),
        _integer_text(header, 0x00200012),
    )


def _common(header: Header, identity: Identity, image: SourceImage) -> SourceHeader:
    centres, widths, names = header.numbers(0x00281050), header.numbers(0x00281051), header.texts(0x00281055)
    return SourceHeader(
        patient_id=header.text(0x00100020)[:64],
        patient_name=header.name(0x00100010),
        study_uid=identity.study_uid,
        series_uid=identity.series_uid,
        modality=_code_string(header.text(0x00080060)),
        issuer=header.text(0x00100021)[:64],
        birth_date=_day(header, 0x00100030),
        sex=_sex(header.text(0x00100040)),
        patient_age=header.text(0x00101010)[:16],
        study_date=_day(header, 0x00080020),
        study_time=_clock(header, 0x00080030),
        study_id=header.text(0x00200010)[:16],
        accession_number=header.text(0x00080050)[:16],
        study_description=header.text(0x00081030)[:64],
        referring_physician=header.name(0x00080090),
        institution=header.text(0x00080080)[:64],
        series_number=_integer_text(header, 0x00200011),
        series_description=header.text(0x0008103E)[:64],
        series_date=_day(header, 0x00080021),
        series_time=_clock(header, 0x00080031),
        body_part=_code_string(header.text(0x00180015)),
        laterality=_code_string(header.text(0x00200060))[:1],
        patient_position=_code_string(header.text(0x00185100)),
        frame_of_reference_uid=header.uid(0x00200052),
        position_reference=header.text(0x00201040)[:64],
        kvp=_number_text(header, 0x00180060),
        kernel=header.text(0x00181210)[:16],
        slice_thickness=_number_text(header, 0x00180050),
        model=header.text(0x00081090)[:64],
        contrast_agent=header.text(0x00180010)[:64],
        field_strength=_number_text(header, 0x00180087),
        image_type=header.text(0x00080008)[:128],
        derivation=header.text(0x00082111)[:1024],
        derivation_codes=tuple(item.text(0x00080100)[:16] for item in header.items(0x00089215)[:8]),
        lossy=header.text(0x00282110)[:2],
        lossy_ratio=_number_text(header, 0x00282112),
        lossy_method=header.text(0x00282114)[:16],
        windows=tuple(
            (c, w, names[i] if i < len(names) else "")
            for i, (c, w) in enumerate(zip(centres, widths, strict=False))
            if w > 0
        ),
        images=(image,),
    )


def _day(header: Header, tag: int) -> str:
    day = header.day(tag)
    return f"{day.year:04}{day.month:02}{day.day:02}" if day else ""


def _clock(header: Header, tag: int) -> str:
    clock = header.clock(tag)
    if clock is None:
        return ""
    seconds = f"{clock.hour:02}{clock.minute:02}{clock.second:02}"
    return f"{seconds}.{clock.microsecond:06}" if clock.microsecond else seconds


def _integer_text(header: Header, tag: int) -> str:
    value = header.integer(tag)
    return "" if value is None or abs(value) > 2**31 - 1 else str(value)


def _number_text(header: Header, tag: int) -> str:
    value = header.number(tag)
    return "" if value is None else f"{value:.10g}"


def _code_string(text: str) -> str:
    """A value of VR CS: at most 16 capitals, digits, spaces and underscores; "" for what cannot be one."""
    made = text.strip().upper()
    return made if re.fullmatch(r"[A-Z0-9 _]{0,16}", made) else ""


def _sex(text: str) -> str:
    return text if text in ("M", "F", "O") else ""
