"""Small studies of a radiologist's day, written as real DICOM files with known truth."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset

from app.domain.provenance import derived_uid
from tests.dicom.pixel_objects import write

MAMMOGRAMS, MAMMOGRAMS_BEFORE, BRAIN, PET_CT, OTHER_PET_CT, ULTRASOUND, ANGIOGRAM = (
    derived_uid("day", name)
    for name in (
        "mammograms",
        "mammograms before",
        "brain",
        "pet ct",
        "other pet ct",
        "ultrasound",
        "angiogram",
    )
)
CHEST, CHEST_LATELY, CHEST_LONG_AGO = (
    derived_uid("day", name) for name in ("chest", "chest lately", "chest long ago")
)
_MG, _MR, _CT, _PT, _US, _XA = (
    f"1.2.840.10008.5.1.4.1.1.{kind}" for kind in ("1.2", "4", "2", "128", "6.1", "12.1")
)  # fmt: skip
#: sequences of the brain, in the order of acquisition: description, TR, TE, TI in ms
SEQUENCES = (
    ("t2_tse_tra", 4500, 98, None),
    ("t1_tse_tra", 550, 9, None),
    ("t2_tirm_tra_dark-fluid", 9000, 90, 2500),
    ("ep2d_diff_trace", 5200, 89, None),
)
SLICES = 9
#: of the chest: how many slices so many millimetres apart, the spot (slice, row, column) of 1000 HU, and how
#: far the oldest of the studies lies from the others in its own space
CHEST_SLICES, CHEST_STEP_MM, SPOT, AWAY_MM = 24, 5.0, (15, 22, 40), -200.0
#: the angiogram's frames, and their time in ms
FRAMES, FRAME_MS = 12, 100.0


def write_mammograms(folder: Path) -> None:
    """Four views of 64 × 48 and the same a year before: a half disc at the chest wall."""
    for study, year in ((MAMMOGRAMS, 2026), (MAMMOGRAMS_BEFORE, 2025)):
        for n, (side, view) in enumerate((("L", "MLO"), ("R", "MLO"), ("L", "CC"), ("R", "CC"))):
            rows, columns = np.mgrid[:64, :48]
            wall = columns if side == "L" else 47 - columns
            breast = (wall / 30) ** 2 + ((rows - 32) / 28) ** 2 < 1
            _image(
                folder / f"{year}{side}{view}.dcm",
                np.where(breast, 900 + 100 * n, 20),
                study=study,
                series=f"{side} {view}",
                number=1,
                SOPClassUID=_MG,
                Modality="MG",
                PatientID="MG-7",
                PatientName="Li^Meihua=李^美华",
                StudyDate=f"{year}1120",
                StudyTime="090000",
                SeriesNumber=n + 1,
                ImageLaterality=side,
                ViewPosition=view,
                PatientOrientation=["A" if side == "L" else "P", "F"],
                ImagerPixelSpacing=[0.5, 0.5],
            )


def write_brain(folder: Path) -> None:
    """Four axial sequences of nine slices of 32 × 32, the last at b 0 and at a quarter of it at b 1000."""
    disc = _disc(32)
    for number, (name, repetition, echo, inversion) in enumerate(SEQUENCES):
        diffuses = number == 3
        for n, (b, k) in enumerate((b, k) for b in ((0, 1000) if diffuses else (0,)) for k in range(SLICES)):
            timing: dict[str, Any] = {
                "RepetitionTime": repetition,
                "EchoTime": echo,
                "ScanningSequence": "SE",
            }
            if inversion:
                timing |= {"InversionTime": inversion, "ScanningSequence": ["SE", "IR"]}
            if diffuses:
                timing |= {"DiffusionBValue": float(b), "ScanningSequence": "EP"}
            _slice(
                folder / f"{number}-{n:02d}.dcm",
                disc * (100 + 10 * k) * (number + 1) // (4 if b else 1),
                k,
                study=BRAIN,
                series=name,
                number=n + 1,
                space="brain",
                spacing_mm=6.0,
                SOPClassUID=_MR,
                Modality="MR",
                PatientID="MR-7",
                PatientName="Zhang^Wei=张^伟",
                BodyPartExamined="BRAIN",
                SeriesNumber=number + 1,
                **timing,
            )


def write_chest(folder: Path) -> None:
    """A chest with a spot in the left lung; one of half a year before in the same frame of reference, and
    one of two years before that lies in its own, one slice lower.
    """
    rows, columns = np.mgrid[:64, :64] - 32
    body = (rows / 24) ** 2 + (columns / 30) ** 2 < 1
    lungs = np.zeros_like(body)
    for side in (-13, 13):
        lungs |= (rows / 16) ** 2 + ((columns - side) / 10) ** 2 < 1
    plane = np.where(lungs, 174, np.where(body, 1064, 24))
    for study, date, space, away, deeper in (
        (CHEST, "20261121", "chest", 0.0, 0),
        (CHEST_LATELY, "20260520", "chest", 0.0, 0),
        (CHEST_LONG_AGO, "20241103", "chest long ago", AWAY_MM, 1),
    ):
        for k in range(CHEST_SLICES):
            values = plane.copy()
            if k == SPOT[0] - deeper:
                values[SPOT[1] - 1 : SPOT[1] + 2, SPOT[2] - 1 : SPOT[2] + 2] = 2024
            _slice(
                folder / f"{date}-{k:02d}.dcm",
                values,
                k,
                study=study,
                series="chest",
                number=k + 1,
                space=space,
                spacing_mm=CHEST_STEP_MM,
                pixel_mm=5.0,
                begin_mm=away,
                SOPClassUID=_CT,
                Modality="CT",
                PatientID="CT-7",
                PatientName="Qian^Jin=钱^进",
                BodyPartExamined="CHEST",
                StudyDescription="胸部 CT 平扫",
                StudyDate=date,
                SeriesNumber=1,
                RescaleSlope=1,
                RescaleIntercept=-1024,
                RescaleType="HU",
                KVP=120,
            )


def write_angiogram(folder: Path) -> None:
    """One run of 12 frames of 64 × 64: a dark vessel that fills from above, 10 frames a second."""
    rows, columns = np.mgrid[:64, :64]
    frames = [
        np.where((np.abs(columns - 32) < 3) & (rows < 5 * (n + 1)), 40, 160 + columns // 4)
        for n in range(FRAMES)
    ]
    _image(
        folder / "run.dcm",
        np.stack(frames),
        study=ANGIOGRAM,
        series="run",
        number=1,
        SOPClassUID=_XA,
        Modality="XA",
        PatientID="XA-7",
        PatientName="Wu^Gang=吴^刚",
        SeriesNumber=1,
        NumberOfFrames=FRAMES,
        FrameTime=FRAME_MS,
        FrameIncrementPointer=0x00181063,
    )


def write_pet_ct(
    folder: Path, study: str = PET_CT, patient: str = "PT-7", name: str = "Zhao^Lei=赵^雷"
) -> None:
    """CT of 12 slices of 2 mm and PET of 8 of 3 mm in one frame of reference; PET in Bq/ml with what SUV
    needs.
    """
    injection = Dataset()
    injection.RadionuclideTotalDose, injection.RadionuclideHalfLife = 3.7e8, 6586.2
    injection.RadiopharmaceuticalStartTime = "083000"
    uptake: dict[str, Any] = {
        "Units": "BQML",
        "DecayCorrection": "START",
        "CorrectedImage": ["ATTN", "DECY"],
        "PatientWeight": 70,
        "RescaleSlope": 10,
        "RescaleIntercept": 0,
        "RadiopharmaceuticalInformationSequence": [injection],
    }
    ct: dict[str, Any] = {"RescaleSlope": 1, "RescaleIntercept": -1024, "RescaleType": "HU", "KVP": 120}
    for modality, kind, count, step, more in (("CT", _CT, 12, 2.0, ct), ("PT", _PT, 8, 3.0, uptake)):
        for k in range(count):
            _slice(
                folder / f"{modality}{k:02d}.dcm",
                _disc(32) * (1024 + 5 * k),
                k,
                study=study,
                series=modality,
                number=k + 1,
                space=f"{patient} pet ct",
                spacing_mm=step,
                SOPClassUID=kind,
                Modality=modality,
                PatientID=patient,
                PatientName=name,
                SeriesNumber=1 if modality == "CT" else 2,
                **more,
            )


def write_ultrasound(folder: Path) -> None:
    """Three stills in colour, of which the last is calibrated: 0.5 mm a pixel in its region."""
    for n in range(3):
        region = Dataset()
        region.RegionSpatialFormat, region.RegionDataType = 1, 1
        region.RegionLocationMinX0, region.RegionLocationMinY0 = 0, 0
        region.RegionLocationMaxX1, region.RegionLocationMaxY1 = 63, 47
        region.PhysicalUnitsXDirection = region.PhysicalUnitsYDirection = 3
        region.PhysicalDeltaX = region.PhysicalDeltaY = 0.05
        grey = np.repeat(_disc(64)[:48, :, None] * (60 + 40 * n), 3, axis=2).astype(np.uint8)
        grey[:4, :, 0] = 200
        _image(
            folder / f"{n}.dcm",
            grey,
            study=ULTRASOUND,
            series="US",
            number=n + 1,
            SOPClassUID=_US,
            Modality="US",
            PatientID="US-7",
            PatientName="Sun^Yue=孙^悦",
            SeriesNumber=1,
            **({"SequenceOfUltrasoundRegions": [region]} if n == 2 else {}),
        )


def _disc(size: int) -> NDArray[np.int64]:
    rows, columns = np.mgrid[:size, :size] - size // 2
    return np.where(rows**2 + columns**2 < (0.4 * size) ** 2, 1, 0)


def _slice(
    path: Path,
    values: NDArray[Any],
    k: int,
    *,
    space: str,
    spacing_mm: float,
    pixel_mm: float = 2.0,
    begin_mm: float = 0.0,
    **attributes: Any,
) -> None:
    corner = -pixel_mm * values.shape[1] / 2
    _image(
        path,
        values,
        FrameOfReferenceUID=derived_uid("day", "space", space),
        ImagePositionPatient=[corner, corner, begin_mm + k * spacing_mm],
        ImageOrientationPatient=[1, 0, 0, 0, 1, 0],
        PixelSpacing=[pixel_mm, pixel_mm],
        SliceThickness=spacing_mm,
        ImageType=["ORIGINAL", "PRIMARY", "AXIAL"],
        **attributes,
    )


def _image(
    path: Path, values: NDArray[Any], *, study: str, series: str, number: int, **attributes: Any
) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    colour = values.shape[-1] == 3
    usual: dict[str, Any] = {
        "SpecificCharacterSet": "ISO_IR 192",
        "StudyInstanceUID": study,
        "SeriesInstanceUID": derived_uid("day", study, series),
        "SOPInstanceUID": derived_uid("day", study, series, str(number)),
        "InstanceNumber": number,
        "SeriesDescription": series,
        "StudyDate": "20261121",
        "StudyTime": "090000",
        "SeriesDate": "20261121",
        "SeriesTime": "090000",
        "AcquisitionDate": "20261121",
        "AcquisitionTime": "090000",
        "PatientBirthDate": "19680512",
        "PatientSex": "F",
    }
    if colour:
        usual |= {
            "SamplesPerPixel": 3,
            "PhotometricInterpretation": "RGB",
            "PlanarConfiguration": 0,
            "BitsAllocated": 8,
        }
    pixels = values.astype(np.uint8 if colour else "<u2")
    shape = values.shape[:2] if colour else values.shape[-2:]
    write(path, pixels.tobytes(), shape=shape, vr="OB" if colour else "OW", **(usual | attributes))


def all_studies(folder: Path) -> Iterator[Path]:
    """Write all of them, each into a folder of its own."""
    for name, make in (
        ("mammograms", write_mammograms),
        ("brain", write_brain),
        ("pet-ct", write_pet_ct),
        ("other-pet-ct", partial(write_pet_ct, study=OTHER_PET_CT, patient="PT-8", name="Zhou^Min=周^敏")),
        ("ultrasound", write_ultrasound),
        ("chest", write_chest),
        ("angiogram", write_angiogram),
    ):
        make(folder / name)
        yield folder / name
