"""Real World Value Mappings (PS3.3 C.7.6.16.2.11): linear and as tables, with the range that they map."""

from __future__ import annotations

import math
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from pydicom.dataset import Dataset

from app.annotation.measuring import make_measurement
from app.domain.geometry import PointPx
from app.domain.image import Image
from app.domain.pixel import Rescale
from app.domain.quantity import Quantity
from app.domain.study import StudyUid
from app.domain.volume import Volume
from app.errors import BadInput
from app.imaging.lookup import to_grey
from app.processes.dicom import DicomProcesses
from app.tags.image_lines import grey_text
from app.viewing.draft import Draft
from app.viewing.grey_levels import Colour, pixels_of
from app.viewing.resolve import ScreenFacts, resolve
from app.viewing.screen import SliceView, StackView, Viewport, ViewportId
from app.viewing.shown_image import shown_image
from tests.dicom.made_headers import held, image, items, written
from tests.dicom.test_volume_loading import loaded, stack_of
from tests.support.capabilities import shape

MR, SIZE = "1.2.840.10008.5.1.4.1.1.4", 24
SLICES = 5


def mapping(unit: str = "mm2/s", *, signed: bool = False, **told: Any) -> Dataset:
    (item,) = items(
        {
            "MeasurementUnitsCodeSequence": items(
                {"CodeValue": unit, "CodingSchemeDesignator": "UCUM", "CodeMeaning": unit}
            )
        }
    )
    for keyword, value in told.items():
        if keyword.endswith("Mapped") and not keyword.startswith("Double"):
            tag = 0x00409216 if "First" in keyword else 0x00409211
            item.add_new(tag, "SS" if signed else "US", value)
        else:
            setattr(item, keyword, value)
    return item


def _linear(first: int, last: int, *, signed: bool = False) -> Dataset:
    return mapping(
        signed=signed,
        RealWorldValueSlope=1e-6,
        RealWorldValueIntercept=2e-4,
        RealWorldValueFirstValueMapped=first,
        RealWorldValueLastValueMapped=last,
    )


def _root(first: int, last: int, *, signed: bool = False) -> Dataset:
    """A table of square roots."""
    return mapping(
        signed=signed,
        RealWorldValueFirstValueMapped=first,
        RealWorldValueLastValueMapped=last,
        RealWorldValueLUTData=[math.sqrt(n - first) / 100 for n in range(first, last + 1)],
    )


def _stored(*, signed: bool = False) -> NDArray[np.int64]:
    """Grows with the column by 40 and with the row by 1, from 100; signed from −400."""
    y, x = np.mgrid[:SIZE, :SIZE]
    return np.asarray((-400 if signed else 100) + 40 * x + y)


def _files(
    folder: Path, item: Dataset | list[Dataset], *, slices: int = 1, signed: bool = False, **told: Any
) -> Path:
    folder.mkdir()
    for n in range(slices):
        ds = image(
            n + 1,
            sop_class=MR,
            modality="MR",
            Rows=SIZE,
            Columns=SIZE,
            PixelSpacing=[2, 2],
            ImagePositionPatient=[0, 0, 2.0 * n],
            PixelRepresentation=int(signed),
            RescaleSlope=3,
            RescaleIntercept=-7,
            RescaleType="US",
            StudyInstanceUID="1.2.826.0.1.3680043.8.498.91",
            SeriesInstanceUID="1.2.826.0.1.3680043.8.498.92",
            FrameOfReferenceUID="1.2.826.0.1.3680043.8.498.93",
            PatientID="RW-1",
            PatientName="Test",
            SeriesNumber=1,
            RealWorldValueMappingSequence=item if isinstance(item, list) else [item],
            **told,
        )
        ds.PixelData = _stored(signed=signed).astype("<i2" if signed else "<u2").tobytes()
        (folder / f"{n}.dcm").write_bytes(written(ds))
    return folder


def _viewport(image_: Image) -> Viewport:
    viewport = Viewport(ViewportId("1"))
    viewport.show(image_, SliceView(0, SLICES // 2) if isinstance(image_, Volume) else StackView(0))
    viewport.study_uid = StudyUid("1.2")
    return viewport


def _told(image_: Image, kind: str, *points: PointPx) -> dict[str, tuple[float, str]]:
    viewport = _viewport(image_)
    shown = resolve(viewport, ScreenFacts(), (400, 400))
    assert shown is not None
    made = make_measurement(
        viewport, Draft(shape(kind), points, shown).drawn(viewport), made_by="x", at=datetime.now(UTC)
    )
    return {value.concept.meaning: (value.value, value.unit.value) for value in made.values}


def _close(image_: Image) -> None:
    (image_.voxels if isinstance(image_, Volume) else image_.pixels).close()


def _read(processes: DicomProcesses, folder: Path, workdir: Path, *, volume: bool) -> Image:
    return loaded(processes, folder, workdir) if volume else stack_of(processes, folder, workdir)


@pytest.mark.parametrize("volume", [False, True])
@pytest.mark.parametrize("signed", [False, True])
@pytest.mark.parametrize("table", [False, True])
def test_probe_and_statistics_tell_mapped_values(
    processes: DicomProcesses, tmp_path: Path, *, volume: bool, signed: bool, table: bool
) -> None:
    """Of stored values 200 to 799 only (signed −300 to 299); the rest is left out, and the probe says so."""
    first, last = (-300, 299) if signed else (200, 799)
    item = (_root if table else _linear)(first, last, signed=signed)
    one = _read(
        processes,
        _files(tmp_path / "files", item, slices=SLICES if volume else 1, signed=signed),
        tmp_path,
        volume=volume,
    )
    stored = _stored(signed=signed)

    def real(values: NDArray[np.int64]) -> NDArray[np.float64]:
        inside = values[(values >= first) & (values <= last)].astype(float)
        return np.sqrt(inside - first) / 100 if table else inside * 1e-6 + 2e-4

    ((value, unit),) = _told(one, "probe", (10.5, 6.5)).values()
    assert (value, unit) == (pytest.approx(real(stored[6:7, 10])[0], rel=1e-6), "mm2/s")
    with pytest.raises(BadInput, match="no real one"):
        _told(one, "probe", (0.5, 0.5))
    corners: tuple[PointPx, ...] = ((0.0, 2.0), (20.0, 2.0), (20.0, 9.0), (0.0, 9.0))
    truth = real(stored[2:9, 0:20])
    assert 50 < truth.size < 140, "some have no real value"
    found = _told(one, "rectangle", *corners)
    assert found["Mean"] == (pytest.approx(truth.mean(), rel=1e-6), "mm2/s")
    assert found["Standard Deviation"][0] == pytest.approx(truth.std(ddof=1), rel=1e-5)
    assert found["Minimum"][0] == pytest.approx(truth.min(), rel=1e-6, abs=1e-9)
    assert found["Maximum"][0] == pytest.approx(truth.max(), rel=1e-6)
    assert found["Area"] == (pytest.approx(140 * 4), "mm2")
    if volume:
        ball = _told(one, "sphere", (3.0, 10.0), (5.2, 10.0))
        places = np.stack(np.indices((SLICES, SIZE, SIZE)), axis=-1) * 2.0
        away = np.linalg.norm(places - (4.0, 19.0, 5.0), axis=-1)
        inside = np.broadcast_to(stored, away.shape)[away <= 4.4 + 1e-6]
        assert ball["Mean"][0] == pytest.approx(real(inside).mean(), rel=1e-6)
    _close(one)


@pytest.mark.parametrize("table", [True, False])
def test_what_has_no_real_value_is_shown(processes: DicomProcesses, tmp_path: Path, *, table: bool) -> None:
    """As the line goes on; black where a table has nothing to say.  The window is of the values there are."""
    item = (_root if table else _linear)(200, 799)
    one = stack_of(processes, _files(tmp_path / "files", item), tmp_path)
    viewport = _viewport(one)
    shown = shown_image(viewport)
    assert shown is not None
    pipeline = pixels_of(viewport, shown, None)
    assert not isinstance(pipeline, Colour)
    stored = one.pixels.stored(0)
    assert stored is not None
    grey = to_grey(stored, pipeline)
    assert (grey[stored < 150] < 20).all()
    assert (grey[stored > 799] == 0).all() if table else (grey[stored > 799] > 150).all()
    assert grey[(stored >= 200) & (stored <= 799)].max() > 150
    assert "200 … 799" in grey_text(one.frames[0], None)
    one.pixels.close()


def test_a_range_that_covers_what_is_stored_leaves_a_rescale() -> None:
    """Whole numbers stay whole, and windows are told in the mapped unit."""
    data = image(
        1, sop_class=MR, modality="MR", WindowCenter=20, WindowWidth=11,
        RealWorldValueMappingSequence=[_linear(0, 65535)],
    )  # fmt: skip
    (one,) = held(data).sets
    assert one.frames[0].transform == Rescale(1e-6, 2e-4)
    data.RealWorldValueMappingSequence = [_linear(0, 500)]
    (one,) = held(data).sets
    assert one.frames[0].transform == Rescale(1e-6, 2e-4), "all is shown, though not all is measured"
    assert one.mapped == pytest.approx((2e-4, 7e-4))
    assert len(one.frames[0].voi) == 1


def test_a_share_without_a_unit_is_mapped_too() -> None:
    """Fractional anisotropy and its like: of unit 1."""
    share = mapping("1", RealWorldValueSlope=0.001, RealWorldValueIntercept=0.0)
    (one,) = held(image(1, sop_class=MR, modality="MR", RealWorldValueMappingSequence=[share])).sets
    assert (one.quantity, one.unit, one.frames[0].transform) == (Quantity.ARBITRARY, "1", Rescale(0.001, 0.0))


@pytest.mark.parametrize(
    ("kind", "unit", "quantity", "told"),
    [
        ("US", "ml/100ml/s", Quantity.MAPPED, "ml/100ml/s"),
        ("", "ml/100ml/s", Quantity.MAPPED, "ml/100ml/s"),
        ("US", "[hnsf'U]", Quantity.HU, "[hnsf'U]"),
        ("HU", "ml/100ml/s", Quantity.HU, "[hnsf'U]"),
        ("", "1", Quantity.HU, "[hnsf'U]"),
    ],
)
def test_maps_of_ct_are_what_their_mapping_says(kind: str, unit: str, quantity: Quantity, told: str) -> None:
    """Perfusion is told in its own unit, unless Rescale Type says HU."""
    flow = mapping(unit, RealWorldValueSlope=1.0, RealWorldValueIntercept=-1024.0)
    data = image(
        1, ImageType=["DERIVED", "PRIMARY", "PERFUSION", "RCBF"], RescaleSlope=1, RescaleIntercept=-1024,
        RescaleType=kind, RealWorldValueMappingSequence=[flow],
    )  # fmt: skip
    (one,) = held(data).sets
    assert (one.quantity, one.unit, one.warnings) == (quantity, told, ())


def test_a_table_that_lacks_entries_is_told_and_the_next_is_used() -> None:
    short = mapping(
        RealWorldValueFirstValueMapped=0, RealWorldValueLastValueMapped=99, RealWorldValueLUTData=[0.5] * 40
    )
    nameless = mapping("", RealWorldValueSlope=2.0, RealWorldValueIntercept=0.0)
    data = image(1, sop_class=MR, modality="MR", RealWorldValueMappingSequence=[short])
    (one,) = held(data).sets
    assert one.frames[0].real_world is None
    (told,) = one.warnings
    assert told[0].format(**told[1]).endswith("lacks entries (40 of 100 there); the table was not used.")
    data.RealWorldValueMappingSequence = [nameless, short, _linear(0, 65535)]
    (one,) = held(data).sets
    assert (one.unit, one.frames[0].transform) == ("mm2/s", Rescale(1e-6, 2e-4))


def test_every_frame_has_its_own_table(processes: DicomProcesses, tmp_path: Path) -> None:
    """Of an enhanced object: the n-th one has n times as much."""
    folder = tmp_path / "files"
    folder.mkdir()
    frames = [
        {
            "PlanePositionSequence": items({"ImagePositionPatient": [0, 0, 2.0 * n]}),
            "RealWorldValueMappingSequence": [
                mapping(
                    RealWorldValueFirstValueMapped=0,
                    RealWorldValueLastValueMapped=1100,
                    RealWorldValueLUTData=[(n + 1) * value / 1000 for value in range(1101)],
                )
            ],
        }
        for n in range(SLICES)
    ]
    shared = {
        "PlaneOrientationSequence": items({"ImageOrientationPatient": [1, 0, 0, 0, 1, 0]}),
        "PixelMeasuresSequence": items({"PixelSpacing": [2, 2]}),
    }
    ds = image(
        1, sop_class="1.2.840.10008.5.1.4.1.1.4.1", modality="MR", NumberOfFrames=SLICES, Rows=SIZE,
        Columns=SIZE, ImagePositionPatient=None, ImageOrientationPatient=None, PixelSpacing=None,
        StudyInstanceUID="1.2.826.0.1.3680043.8.498.94", SeriesInstanceUID="1.2.826.0.1.3680043.8.498.95",
        FrameOfReferenceUID="1.2.826.0.1.3680043.8.498.96", PatientID="RW-2", PatientName="Test",
        SeriesNumber=1, PerFrameFunctionalGroupsSequence=items(*frames),
        SharedFunctionalGroupsSequence=items(shared),
    )  # fmt: skip
    ds.PixelData = np.stack([_stored()] * SLICES).astype("<u2").tobytes()
    (folder / "1.dcm").write_bytes(written(ds))
    volume = loaded(processes, folder, tmp_path)
    at = volume.at()
    for s in range(SLICES):
        n = round(float(volume.grid.to_lps((s, 0, 0))[2]) / 2)
        assert at[s, 6, 10] == pytest.approx((n + 1) * _stored()[6, 10] / 1000, rel=1e-6)
    ((value, _),) = _told(volume, "probe", (10.5, 6.5)).values()
    assert value == pytest.approx(3 * _stored()[6, 10] / 1000, rel=1e-6)
    volume.voxels.close()
