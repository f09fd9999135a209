"""Objects that we write: judged by other makers' programs, read back, the same bytes each time."""

from __future__ import annotations

import io
import subprocess
import time
import warnings
from dataclasses import replace
from pathlib import Path

import highdicom as hd
import numpy as np
import pytest
from PIL import Image
from pydicom import dcmread
from pydicom.dataset import Dataset

from app.dicom.read.facts_document import unpack_source
from app.dicom.read.folder_index import ScannedFile, scan
from app.dicom.read.source_header import SourceHeader, joined
from app.dicom.write import codes
from app.dicom.write.composite import CT_IMAGE, IMPLEMENTATION_UID, MANUFACTURER, SAFETY, composite
from app.dicom.write.derived_series import derived_series_uid, write_derived_ct
from app.dicom.write.encapsulated import write_encapsulated_pdf
from app.dicom.write.key_captures import write_key_captures
from app.dicom.write.key_objects import write_key_objects
from app.dicom.write.measurement_report import write_measurement_report
from app.dicom.write.presentation_state import write_presentation
from app.dicom.write.secondary_capture import write_secondary_capture
from app.dicom.write.segmentation_object import read_segmentation, write_segmentation
from app.domain.anchor import Anchor, FrameAnchor, PlaneAnchor, source_image
from app.domain.coding import Code
from app.domain.finding import Finding, Presence
from app.domain.geometry import Grid
from app.domain.key_object import KeyImage
from app.domain.layers import DisplayedArea, ImageReference, PresentationState, SpatialReference
from app.domain.measurement import MeasuredValue, Measurement
from app.domain.picture import CapturedPicture
from app.domain.presentation import Window
from app.domain.provenance import Algorithm, ReviewState, derived_uid
from app.domain.quantity import Quantity
from app.domain.report import Report, ReportHeader, ReportState, Signature, SignatureRole
from app.domain.roi import Roi, RoiKind
from app.domain.segmentation import Segment, Segmentation
from app.domain.study import SeriesUid, SopUid, StudyUid
from app.errors import BadInput, Unavailable
from app.processes.pool import Pool
from app.viewing.shapes import concepts
from app.viewing.shapes.concepts import (
    AREA,
    ATTENUATION,
    LENGTH,
    MAXIMUM,
    MEAN,
    MILLIMETRE,
    SD,
    SQUARE_MILLIMETRE,
    VALUE_UNITS,
)
from tests.dicom import dicom_objects as objects
from tests.dicom.dicom_objects import SIGNED_AT
from tests.dicom.frame_series import looked_at, pictured
from tests.support.real_data import real_data
from tests.support.tools import require_tool, template_errors

ANATOMICAL_STRUCTURE = Code("123037004", "SCT", "Body structure")
MORPHOLOGICALLY_ABNORMAL = Code("49755003", "SCT", "Morphologically Abnormal Structure")
LUNG = Code("39607008", "SCT", "Lung")
NODULE = Code("27925004", "SCT", "Nodule")
AI = Code("123110", "DCM", "Artificial Intelligence")
HOUNSFIELD, NO_UNITS = VALUE_UNITS[Quantity.HU], VALUE_UNITS[Quantity.ARBITRARY]
DENOISER = Algorithm(
    "ct-denoise", "YingShu CT denoiser", "1.0.0", AI, "ab" * 32, (("strength", "1.0"),), "onnxruntime"
)
NODULE_RADLEX = Code("RID50149", "RADLEX", "pulmonary nodule")


def faults(path: Path) -> list[str]:
    """Errors that dciodvfy finds."""
    done = subprocess.run([require_tool("dciodvfy"), str(path)], capture_output=True, text=True, check=False)
    return [line for line in (done.stdout + done.stderr).splitlines() if line.startswith("Error")]


def dumped(path: Path) -> str:
    """The tree that dsrdump prints."""
    done = subprocess.run(
        [require_tool("dsrdump"), "+U8", str(path)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture
def source(tmp_path: Path) -> tuple[list[Path], SourceHeader]:
    return objects.written(tmp_path / "source")


def derived(
    folder: Path, header: SourceHeader, algorithm: Algorithm = DENOISER, **changes: object
) -> list[Path]:
    uids = [image.sop_uid for image in header.images]
    options = {"description": "CT denoised 1.0.0"} | changes
    return write_derived_ct(folder, objects.grid(), objects.values() // 2, uids, header, algorithm, **options)  # type: ignore[arg-type]


def segmentation(header: SourceHeader, slices: int = 6, seed: int = 1) -> Segmentation:
    labels = np.random.default_rng(seed).integers(0, 3, (slices, 30, 37)).astype(np.uint8)
    labels[2] = 0
    segments = (
        Segment(1, "肺 Lung", ANATOMICAL_STRUCTURE, LUNG, (230, 60, 60)),
        Segment(2, "Nodule", MORPHOLOGICALLY_ABNORMAL, NODULE, (60, 200, 60)),
    )
    uids = tuple(SopUid(image.sop_uid) for image in header.images)
    return Segmentation(
        objects.grid(slices),
        labels,
        segments,
        SeriesUid(header.series_uid),
        uids,
        header.frame_of_reference_uid,
    )


def anchor(header: SourceHeader, index: int | None) -> Anchor:
    """On an image, or on the coronal plane through the third one."""
    image = header.images[2 if index is None else index]
    on = FrameAnchor(
        StudyUid(header.study_uid),
        SeriesUid(header.series_uid),
        SopUid(image.sop_uid),
        image.sop_class_uid,
        1,
        header.frame_of_reference_uid,
    )
    if index is not None:
        return on
    return PlaneAnchor(
        study_uid=on.study_uid,
        series_uid=on.series_uid,
        frame_of_reference_uid=header.frame_of_reference_uid,
        origin_mm=(0.0, 10.0, 0.0),
        right=(1.0, 0.0, 0.0),
        down=(0.0, 0.0, -1.0),
        nearest=on,
    )


def measurements(header: SourceHeader, *, in_space: bool = False) -> tuple[Measurement, ...]:
    def made(
        n: int, kind: RoiKind, mm: object, px: object, at: int | None, *values: MeasuredValue
    ) -> Measurement:
        roi = Roi(kind, mm, px)  # type: ignore[arg-type]
        return Measurement(
            derived_uid("m", str(n)), f"测量 {n}", roi, anchor(header, at), values, "p1", SIGNED_AT
        )

    length = MeasuredValue(LENGTH, 8.4, MILLIMETRE)
    mean = MeasuredValue(MEAN, -712.5, HOUNSFIELD)
    deviation = MeasuredValue(SD, 22.0, HOUNSFIELD)
    area = MeasuredValue(AREA, 88.0, SQUARE_MILLIMETRE)
    probe = MeasuredValue(ATTENUATION, -700.0, HOUNSFIELD)
    axes_mm = ((0, 0, 5), (8, 0, 5), (4, -2, 5), (4, 2, 5))
    flat = (
        made(1, RoiKind.LENGTH, ((0, 0, 5), (8.4, 0, 5)), ((10.5, 3.5), (22.5, 3.5)), 0, length),
        made(2, RoiKind.ELLIPSE, axes_mm, ((10, 8), (20, 8), (15, 4), (15, 12)), 1, mean, deviation, area),
        made(3, RoiKind.POINT, ((0, 0, 5),), ((10.5, 8.5),), 1, probe),
    )
    space = (
        made(4, RoiKind.LENGTH, ((0, 0, 5), (0, 0, 15)), (), None, length),
        made(5, RoiKind.ELLIPSE, ((0, 0, 5), (0, 0, 15), (-3, 0, 10), (3, 0, 10)), (), None, mean),
    )
    return (*flat, *space) if in_space else flat


def report(header: SourceHeader, *, state: ReportState = ReportState.FINAL, in_space: bool = False) -> Report:
    study = objects.study()
    head = ReportHeader(
        study.patient,
        "066Y",
        header.study_uid,
        "A1",
        "1",
        "胸部CT",
        study.started_at,
        "CT",
        "CHEST",
        "影枢示范医院",
    )
    findings = (
        Finding(
            "f1",
            NODULE_RADLEX,
            site=Code("RID1301", "RADLEX", "lung"),
            laterality=Code("RID5824", "RADLEX", "left"),
            measurements=(derived_uid("m", "1"),),
        ),
        Finding("f2", Code("RID34539", "RADLEX", "pleural effusion"), Presence.ABSENT),
        Finding("f3", Code("RID5352", "RADLEX", "pneumothorax"), review=ReviewState.UNCONFIRMED),
    )
    keys = (
        KeyImage("k1", anchor(header, 0), Window(-600, 1500), "左上叶结节", "ab", "p1", SIGNED_AT),
        KeyImage("k2", anchor(header, None), Window(-600, 1500), "冠状位", "cd", "p1", SIGNED_AT),
    )
    signatures = (
        Signature(SignatureRole.AUTHOR, "p1", "王医师", SIGNED_AT, "", "", ""),
        Signature(SignatureRole.REVIEWER, "p2", "赵医师", SIGNED_AT, "", "", ""),
    )
    return Report(
        "r-1",
        "chest-ct",
        "1",
        "zh",
        head,
        (),
        findings,
        measurements(header, in_space=in_space),
        keys,
        state=state,
        author_id="p1",
        author_name="王医师",
        signatures=signatures if state is ReportState.FINAL else signatures[:1],
        created_at=SIGNED_AT,
    )


def test_original_series_is_valid(source: tuple[list[Path], SourceHeader]) -> None:
    """Issue 3 step 3: a CT series without dciodvfy errors, values and geometry as given, Chinese text in
    UTF-8.
    """
    paths, _ = source
    for path in paths[:2]:
        assert faults(path) == []
    ds = dcmread(paths[3])
    assert np.array_equal(ds.pixel_array, objects.values()[3])
    assert str(ds.PatientName) == "Zhang^San=张^三"
    assert ds.SpecificCharacterSet == "ISO_IR 192"
    assert [float(v) for v in ds.ImagePositionPatient] == [-10.0, -20.0, 12.5]
    assert [float(v) for v in ds.PixelSpacing] == [0.8, 0.7]
    assert ds.file_meta.ImplementationClassUID == IMPLEMENTATION_UID


def test_derived_series_is_valid_and_names_its_sources(
    source: tuple[list[Path], SourceHeader], tmp_path: Path
) -> None:
    """facts/ai 4.2: new series, same study and frame, DERIVED, sources, method, weights; nothing else of the
    source.
    """
    paths, header = source
    made = derived(tmp_path / "out", header)
    assert faults(made[0]) == []
    ds, original = dcmread(made[2]), dcmread(paths[2])
    assert list(ds.ImageType[:2]) == ["DERIVED", "SECONDARY"]
    assert ds.SeriesDescription == "[AI] CT denoised 1.0.0"
    assert (
        ds.SeriesInstanceUID
        == derived_series_uid([i.sop_uid for i in header.images], DENOISER)
        != original.SeriesInstanceUID
    )
    assert (ds.StudyInstanceUID, ds.FrameOfReferenceUID) == (
        original.StudyInstanceUID,
        original.FrameOfReferenceUID,
    )
    item = ds.SourceImageSequence[0]
    assert (item.ReferencedSOPInstanceUID, item.PurposeOfReferenceCodeSequence[0].CodeValue) == (
        original.SOPInstanceUID,
        "121322",
    )
    assert "abababababab" in ds.DerivationDescription
    assert "strength=1.0" in ds.DerivationDescription
    assert ds.ContributingEquipmentSequence[0].Manufacturer == MANUFACTURER
    assert (ds.ContentQualification, ds.BurnedInAnnotation) == ("RESEARCH", "NO")
    assert (ds.ContentDate, ds.ContentTime) == (original.ContentDate, original.ContentTime)
    assert np.array_equal(ds.pixel_array, objects.values()[2] // 2)


def test_header_of_the_source_is_not_copied(parsers: Pool, tmp_path: Path) -> None:
    """Real GE CT: of its elements only the named ones come along, private ones never."""
    taken = [
        one
        for one in scan([real_data("ct_chest_cmb_crc")], parsers=parsers, workdir=tmp_path)
        if isinstance(one, ScannedFile)
    ][:3]
    header = joined([unpack_source(one.documents.source) for one in taken])
    original = dcmread(taken[0].path)
    grid = Grid((3, 512, 512), (2.5, 0.9, 0.9), (0.0, 0.0, 0.0), ((0, 0, 1), (0, 1, 0), (1, 0, 0)))
    values = np.full(grid.shape, -900.4, np.float32)
    paths = write_derived_ct(
        tmp_path / "out",
        grid,
        values,
        [image.sop_uid for image in header.images],
        header,
        DENOISER,
        description="denoised",
    )
    assert faults(paths[0]) == []
    labels = np.zeros(grid.shape, np.uint8)
    labels[:, 100:200, 100:200] = 1
    lungs = Segment(1, "Lungs", ANATOMICAL_STRUCTURE, LUNG, (230, 60, 60))
    uids = tuple(SopUid(image.sop_uid) for image in header.images)
    write_segmentation(
        tmp_path / "seg.dcm",
        Segmentation(grid, labels, (lungs,), SeriesUid(header.series_uid), uids),
        header,
        DENOISER,
        description="lungs",
    )
    assert faults(tmp_path / "seg.dcm") == []
    made = dcmread(paths[0])
    assert not [e for e in made if e.tag.is_private]
    assert {"PatientID", "StudyDate", "KVP"} <= {e.keyword for e in made}
    assert not {"ProtocolName", "StationName", "OperatorsName", "ScanOptions", "XRayTubeCurrent"} & {
        e.keyword for e in made
    }
    assert made.PatientID == original.PatientID
    assert np.unique(made.pixel_array).tolist() == [-900]


def test_same_job_same_bytes(source: tuple[list[Path], SourceHeader], tmp_path: Path) -> None:
    """Issue 3 step 6: UIDs from sources and method, dates from the sources; another device class is another
    result.
    """
    _, header = source
    first, document = derived(tmp_path / "a", header), report(header)
    sr, ko, seg, pdf = (tmp_path / f"{name}.dcm" for name in ("sr", "ko", "seg", "pdf"))

    def write() -> list[bytes]:
        write_measurement_report(sr, document, [header])
        write_key_objects(ko, document, [header])
        write_segmentation(seg, segmentation(header), header, DENOISER, description="lungs")
        write_encapsulated_pdf(pdf, b"%PDF-1.4 test", document, header)
        return [path.read_bytes() for path in (sr, ko, seg, pdf)]

    before = write()
    time.sleep(1.1)  # a clock that got into the objects shows itself
    assert write() == before
    again = derived(tmp_path / "b", header)
    assert [p.read_bytes() for p in first] == [p.read_bytes() for p in again]
    other = derived(tmp_path / "c", header, replace(DENOISER, device_class="cuda"))
    assert dcmread(other[0]).SOPInstanceUID != dcmread(first[0]).SOPInstanceUID


def test_missing_slice_is_not_written(source: tuple[list[Path], SourceHeader], tmp_path: Path) -> None:
    _, header = source
    uids = [image.sop_uid for image in header.images]
    uids[2] = ""
    made = write_derived_ct(
        tmp_path / "out", objects.grid(), objects.values(), uids, header, DENOISER, description="x"
    )
    assert [path.name for path in made] == ["00001.dcm", "00002.dcm", "00004.dcm", "00005.dcm", "00006.dcm"]


@pytest.mark.parametrize("text", ["张三 denoised", "for YS-0001", "zhang"])
def test_descriptions_do_not_name_the_patient(
    source: tuple[list[Path], SourceHeader], tmp_path: Path, text: str
) -> None:
    if text.startswith("张三"):
        text = "张 三 denoised"
    with pytest.raises(BadInput, match="patient"):
        derived(tmp_path / "out", source[1], description=text)
    assert not (tmp_path / "out").exists()


def test_mr_is_refused_as_ct(source: tuple[list[Path], SourceHeader], tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="MR"):
        derived(tmp_path / "out", replace(source[1], modality="MR"))


def test_unwritable_target_leaves_nothing(source: tuple[list[Path], SourceHeader], tmp_path: Path) -> None:
    """Bad input of issue 3: nothing half-written stays."""
    target = tmp_path / "seg.dcm"
    target.mkdir()
    with pytest.raises(Unavailable, match=r"seg\.dcm"):
        write_segmentation(target, segmentation(source[1]), source[1], DENOISER, description="lungs")
    assert not list(tmp_path.glob("*.part"))


def test_segmentation_round_trip(
    source: tuple[list[Path], SourceHeader], tmp_path: Path, parsers: Pool
) -> None:
    """Binary SEG: valid, equal labels (37 columns: bits run over byte ends), method and weights, sources by
    slice.
    """
    _, header = source
    made = segmentation(header)
    path = tmp_path / "seg.dcm"
    uid = write_segmentation(path, made, header, DENOISER, description="lungs 1.0.0")
    assert faults(path) == []
    back = read_segmentation(path, made.grid, parsers=parsers)
    assert np.array_equal(back.labels, made.labels)
    assert [(s.number, s.label, s.type) for s in back.segments] == [
        (1, "肺 Lung", LUNG),
        (2, "Nodule", NODULE),
    ]
    assert np.abs(np.array(back.segments[0].color) - (230, 60, 60)).max() <= 2
    assert back.segments[0].algorithm == DENOISER
    assert back.source_sop_uids[0] == header.images[0].sop_uid
    assert back.source_sop_uids[2] == "", "a slice without labels has no frame"
    independent = hd.seg.segread(path)
    assert independent.SOPInstanceUID == uid
    wanted = [image.sop_uid for image in header.images]
    planes = independent.get_pixels_by_source_instance(wanted, assert_missing_frames_are_empty=True)
    assert np.array_equal(planes[..., 1].astype(bool), made.labels == 2)
    assert dcmread(path).SeriesDescription.startswith("[AI] ")


def test_drawn_segmentation_is_manual(
    source: tuple[list[Path], SourceHeader], tmp_path: Path, parsers: Pool
) -> None:
    _, header = source
    uids = [
        write_segmentation(
            tmp_path / f"{seed}.dcm", segmentation(header, seed=seed), header, description="drawn"
        )
        for seed in (1, 2)
    ]
    assert uids[0] != uids[1]
    assert faults(tmp_path / "1.dcm") == []
    assert dcmread(tmp_path / "1.dcm").SegmentSequence[0].SegmentAlgorithmType == "MANUAL"
    assert (
        read_segmentation(tmp_path / "1.dcm", objects.grid(), parsers=parsers).segments[0].algorithm is None
    )


def test_segmentation_elsewhere_is_refused(
    source: tuple[list[Path], SourceHeader], tmp_path: Path, parsers: Pool
) -> None:
    paths, header = source
    write_segmentation(tmp_path / "seg.dcm", segmentation(header), header, DENOISER, description="lungs")
    moved = replace(objects.grid(), origin_mm=(-9.0, -20.0, 5.0))
    with pytest.raises(BadInput, match="off by"):
        read_segmentation(tmp_path / "seg.dcm", moved, parsers=parsers)
    with pytest.raises(BadInput, match="not a binary"):
        read_segmentation(paths[0], objects.grid(), parsers=parsers)
    empty = segmentation(header)
    with pytest.raises(BadInput, match="empty"):
        write_segmentation(
            tmp_path / "e.dcm", replace(empty, labels=empty.labels * 0), header, DENOISER, description="x"
        )


def test_real_segmentation_is_read(parsers: Pool, tmp_path: Path) -> None:
    """A SEG of another maker (dcmqi) on its CT."""
    folder = real_data("dicom_seg_sr_rt") / "dcmqi" / "segmentations"
    images = sorted(
        (dcmread(path) for path in (folder / "ct-3slice").iterdir()),
        key=lambda ds: float(ds.ImagePositionPatient[2]),
    )
    first = images[0]
    gap = float(images[1].ImagePositionPatient[2]) - float(first.ImagePositionPatient[2])
    spacing = [float(v) for v in first.PixelSpacing]
    origin = tuple(float(v) for v in first.ImagePositionPatient)
    grid = Grid((3, 512, 512), (gap, spacing[0], spacing[1]), origin, ((0, 0, 1), (0, 1, 0), (1, 0, 0)))  # type: ignore[arg-type]
    found = read_segmentation(folder / "liver.dcm", grid, parsers=parsers)
    reference = hd.seg.segread(folder / "liver.dcm").pixel_array
    assert int((found.labels > 0).sum()) == int((reference > 0).sum()) > 1000
    assert found.segments[0].type.meaning == "Liver"


def contents(ds: Dataset) -> list[Dataset]:
    found = []
    for item in ds.get("ContentSequence", []):
        found += [item, *contents(item)]
    return found


@pytest.mark.parametrize("in_space", [False, True])
def test_measurement_report(source: tuple[list[Path], SourceHeader], tmp_path: Path, in_space: bool) -> None:
    """3.3.3.1: TID 1500 with shapes, values, RadLex findings; Comprehensive 3D where a plane is no source
    image.
    """
    _, header = source
    path = tmp_path / "sr.dcm"
    write_measurement_report(path, report(header, in_space=in_space), [header])
    assert faults(path) == []
    text = dumped(path)
    assert all(part in text for part in ("测量 1", "POLYLINE", '"8.4"'))
    assert "pleural effusion" in text
    assert "RID28473" in text
    assert "pneumothorax" not in text, "what nobody accepted is not reported"
    assert "赵医师" in text
    document = hd.sr.srread(path)
    assert isinstance(document, hd.sr.Comprehensive3DSR if in_space else hd.sr.ComprehensiveSR)
    groups = document.content.get_planar_roi_measurement_groups()
    assert [g.tracking_uid for g in groups] == [
        derived_uid("m", n) for n in (["2", "5"] if in_space else ["2"])
    ]
    values = {(m.derivation or m.name).meaning: m.value for m in groups[0].get_measurements()}
    assert values == {"Mean": -712.5, "Standard Deviation": 22.0, "Area": 88.0}
    single = document.content.get_image_measurement_groups(tracking_uid=derived_uid("m", "1"))[0]
    assert single.finding_type.value == "RID50149"
    ds = dcmread(path)
    assert (ds.CompletionFlag, ds.VerificationFlag, ds.PreliminaryFlag) == ("COMPLETE", "VERIFIED", "FINAL")
    assert str(ds.AuthorObserverSequence[0].PersonName) == "王医师^"
    assert str(ds.VerifyingObserverSequence[0].VerifyingObserverName) == "赵医师^"
    assert not [i for i in contents(ds) if i.ValueType == "SCOORD3D"] or in_space


def machine_made(report: Report) -> Report:
    """The report with a measurement that a method made and a doctor took over, and a side for each RadLex
    side.
    """
    first, *others = report.measurements
    sides = ("RID5824", "RID5825", "RID5771")
    seen = [
        Finding(
            f"s{i}",
            NODULE_RADLEX,
            site=Code("RID1301", "RADLEX", "lung"),
            laterality=Code(side, "RADLEX", "side"),
        )
        for i, side in enumerate(sides)
    ]
    return replace(
        report, measurements=(replace(first, algorithm=DENOISER), *others), findings=(*report.findings, *seen)
    )


def test_templates_are_kept(source: tuple[list[Path], SourceHeader], tmp_path: Path) -> None:
    """PS3.16 TID 1500 and 2010 by pixelmed's validator: sides of CID 244, observers person and device,
    methods, regions.

    Lines and regions stand in two reports: the validator takes all groups for the kind of the first region
    that it finds.
    """
    _, header = source
    paths = [tmp_path / name for name in ("lines.dcm", "regions.dcm", "keys.dcm")]
    made = machine_made(report(header, in_space=True))
    lines = tuple(m for m in made.measurements if m.roi.kind is not RoiKind.ELLIPSE)
    regions = tuple(
        m for m in made.measurements if m.roi.kind is RoiKind.ELLIPSE and source_image(m.anchor)
    )  # it knows none in space
    write_measurement_report(
        paths[0], replace(made, measurements=lines), [header], organization="影枢示范医院"
    )
    write_measurement_report(paths[1], replace(made, measurements=regions, findings=()), [header])
    write_key_objects(paths[2], made, [header])
    assert [faults(path) for path in paths] == [[], [], []]
    text = dumped(paths[0])
    assert all(f"({value},SCT," in text for value in ("7771000", "24028007", "51440002"))
    assert '(121007,DCM,"Device")' in text
    assert "YingShu CT denoiser" in text
    assert '(121007,DCM,"Device")' not in dumped(_written_plain(tmp_path, header))
    assert template_errors(paths) == []


def _written_plain(folder: Path, header: SourceHeader) -> Path:
    write_measurement_report(folder / "plain.dcm", report(header), [header])
    return folder / "plain.dcm"


def test_frames_of_multi_frame_images_are_named(
    source: tuple[list[Path], SourceHeader], tmp_path: Path
) -> None:
    """A mark on frame 3 of an enhanced CT names that frame, in the report and among the key objects, and not
    the whole object.
    """
    _, plain = source
    enhanced = replace(plain.images[0], sop_class_uid="1.2.840.10008.5.1.4.1.1.2.1", frames=6)
    header = replace(plain, images=(enhanced,))
    made = report(plain)
    at = replace(made.key_images[0].anchor, sop_class_uid=enhanced.sop_class_uid, frame=3)
    keys = tuple(replace(made.key_images[0], key_id=f"k{f}", anchor=replace(at, frame=f)) for f in (3, 5))
    made = replace(made, measurements=(replace(made.measurements[0], anchor=at),), key_images=keys)
    write_measurement_report(tmp_path / "sr.dcm", made, [header])
    write_key_objects(tmp_path / "ko.dcm", made, [header])
    for name, wanted in (("sr.dcm", 3), ("ko.dcm", [3, 5])):
        assert faults(tmp_path / name) == []
        meant = [
            ref
            for item in contents(dcmread(tmp_path / name))
            for ref in item.get("ReferencedSOPSequence", [])
        ]
        assert [ref.ReferencedFrameNumber for ref in meant] == [wanted], name


def test_results_of_a_multi_frame_source_name_its_frames(
    source: tuple[list[Path], SourceHeader], tmp_path: Path, parsers: Pool
) -> None:
    """Enhanced CT: one derived image for every frame, each its own object, and labels that name object and
    frame.
    """
    paths, plain = source
    whole = hd.legacy.LegacyConvertedEnhancedCTImage(
        [dcmread(path) for path in paths],
        series_instance_uid=hd.UID(),
        series_number=3,
        sop_instance_uid=hd.UID(),
        instance_number=1,
    )
    whole.save_as(tmp_path / "whole.dcm")
    header = objects.read_source_header([tmp_path / "whole.dcm"])
    uids, frames = [header.images[0].sop_uid] * 6, tuple(range(1, 7))
    made = [
        dcmread(path)
        for path in write_derived_ct(
            tmp_path / "made",
            objects.grid(),
            objects.values(),
            uids,
            header,
            DENOISER,
            description="x",
            source_frames=frames,
        )
    ]
    assert len({ds.SOPInstanceUID for ds in made}) == 6
    assert [ds.SourceImageSequence[0].ReferencedFrameNumber for ds in made] == list(frames)
    assert {ds.SourceImageSequence[0].ReferencedSOPInstanceUID for ds in made} == {whole.SOPInstanceUID}
    drawn = replace(
        segmentation(plain),
        source_sop_uids=tuple(SopUid(uid) for uid in uids),
        source_frames=frames,
        source_series_uid=SeriesUid(header.series_uid),
    )
    write_segmentation(tmp_path / "seg.dcm", drawn, header, DENOISER, description="labels")
    assert faults(tmp_path / "seg.dcm") == []
    assert faults(sorted((tmp_path / "made").iterdir())[0]) == []
    ds = dcmread(tmp_path / "seg.dcm")
    assert [
        i.ReferencedSOPInstanceUID for i in ds.ReferencedSeriesSequence[0].ReferencedInstanceSequence
    ] == [whole.SOPInstanceUID]
    for group in ds.PerFrameFunctionalGroupsSequence:
        named = group.DerivationImageSequence[0].SourceImageSequence[0]
        position = group.PlanePositionSequence[0].ImagePositionPatient
        assert named.ReferencedSOPInstanceUID == whole.SOPInstanceUID
        assert named.ReferencedFrameNumber == 1 + round(
            float(objects.grid().to_index([float(v) for v in position])[0])
        )
    assert np.array_equal(
        read_segmentation(tmp_path / "seg.dcm", objects.grid(), parsers=parsers).labels, drawn.labels
    )


def test_the_study_is_one(source: tuple[list[Path], SourceHeader], tmp_path: Path) -> None:
    """dcentvfy over source, processed images, segmentation, report, key objects, PDF, presentation state and
    secondary capture: one patient, study, frame of reference.
    """
    paths, header = source
    made = [*derived(tmp_path / "derived", header)]
    write_segmentation(tmp_path / "seg.dcm", segmentation(header), header, DENOISER, description="lungs")
    write_measurement_report(tmp_path / "sr.dcm", report(header), [header])
    write_key_objects(tmp_path / "ko.dcm", report(header), [header])
    write_encapsulated_pdf(tmp_path / "pdf.dcm", b"%PDF-1.4\n%%EOF\n", report(header), header)
    first = header.images[0]
    image = ImageReference(SopUid(first.sop_uid), (), first.sop_class_uid)
    filed = {"made_at": SIGNED_AT, "series_number": 9950}
    area = DisplayedArea((), (1, 1), (37, 30), spacing_mm=(0.8, 0.7))
    state = PresentationState(
        "S", SpatialReference("", (SeriesUid(header.series_uid),), (image,)), areas=(area,)
    )
    write_presentation(tmp_path / "pr.dcm", state, [header], label="MARKS", series_uid="2.25.91", **filed)  # type: ignore[arg-type]
    write_secondary_capture(
        tmp_path / "sc.dcm",
        [(CapturedPicture(2, 3, bytes(18)), [image])],
        header,
        description="View",
        burned_in=False,
        is_lossy=False,
        series_uid="2.25.92",
        **filed,  # type: ignore[arg-type]
    )
    names = ("seg", "sr", "ko", "pdf", "pr", "sc")
    assert faults(tmp_path / "pr.dcm") == faults(tmp_path / "sc.dcm") == []
    files = [*paths, *made, *(tmp_path / f"{name}.dcm" for name in names)]
    done = subprocess.run(
        [require_tool("dcentvfy"), *map(str, files)], capture_output=True, text=True, check=False
    )
    told = [line for line in (done.stdout + done.stderr).splitlines() if line.strip()]
    # the program's tables put the accession number of structured reports into the study, of all other objects
    # into the series
    assert [line for line in told if "entities for attribute - Element=<AccessionNumber>" not in line] == []


@pytest.mark.parametrize(
    ("modality", "unit", "what"),
    [
        ("PT", codes.code("UCUM", "g/ml{SUVbw}"), "126401"),
        ("PT", VALUE_UNITS[Quantity.SUV_LBM_JANMA], "126405"),
        ("PT", VALUE_UNITS[Quantity.SUV_LBM_JAMES], "126406"),
        ("PT", VALUE_UNITS[Quantity.SUV_BSA], "126403"),
        ("CT", HOUNSFIELD, "112031"),
        ("MR", NO_UNITS, "110852"),
    ],
)
def test_statistics_are_named_by_what_is_measured(
    source: tuple[list[Path], SourceHeader], tmp_path: Path, modality: str, unit: Code, what: str
) -> None:
    """TID 1419: mean and maximum of a region are derivations of uptake, attenuation or signal, in its UCUM
    unit.
    """
    header = replace(source[1], modality=modality)
    made = report(header)
    region = next(m for m in made.measurements if m.roi.kind is RoiKind.ELLIPSE)
    values = tuple(MeasuredValue(concept, 5.2, unit) for concept in (MEAN, MAXIMUM))
    write_measurement_report(
        tmp_path / "sr.dcm", replace(made, measurements=(replace(region, values=values),)), [header]
    )
    (group,) = hd.sr.srread(tmp_path / "sr.dcm").content.get_planar_roi_measurement_groups()
    told = [(m.name.value, m.derivation.meaning, m.unit.value) for m in group.get_measurements()]
    assert told == [(what, "Mean", unit.value), (what, "Maximum", unit.value)]


def test_contrast_and_scanner_are_told(source: tuple[list[Path], SourceHeader]) -> None:
    """The report's technique says 增强扫描 only where the images name an agent; scanner and field strength as
    they tell them.
    """
    paths, plain = source
    assert plain.contrast_agent == ""
    ds = dcmread(paths[0])
    ds.ContrastBolusAgent, ds.ManufacturerModelName, ds.MagneticFieldStrength = (
        "Iohexol 350",
        "LightSpeed VCT",
        "1.5",
    )
    ds.save_as(paths[0])
    told = objects.read_source_header(paths[:1])
    assert (told.contrast_agent, told.model, told.field_strength) == ("Iohexol 350", "LightSpeed VCT", "1.5")


def test_unreviewed_report_is_preliminary(source: tuple[list[Path], SourceHeader], tmp_path: Path) -> None:
    write_measurement_report(tmp_path / "sr.dcm", report(source[1], state=ReportState.SIGNED), [source[1]])
    assert faults(tmp_path / "sr.dcm") == []
    ds = dcmread(tmp_path / "sr.dcm")
    assert (ds.CompletionFlag, ds.VerificationFlag, ds.PreliminaryFlag) == (
        "PARTIAL",
        "UNVERIFIED",
        "PRELIMINARY",
    )
    assert "VerifyingObserverSequence" not in ds
    write_measurement_report(tmp_path / "final.dcm", report(source[1]), [source[1]])
    assert dcmread(tmp_path / "final.dcm").SOPInstanceUID != ds.SOPInstanceUID, (
        "the reviewed edition is another object"
    )


def test_report_without_anything_is_refused(source: tuple[list[Path], SourceHeader], tmp_path: Path) -> None:
    bare = replace(report(source[1]), measurements=(), findings=(), key_images=())
    with pytest.raises(BadInput, match="no measurement"):
        write_measurement_report(tmp_path / "sr.dcm", bare, [source[1]])
    with pytest.raises(BadInput, match="no key image"):
        write_key_objects(tmp_path / "ko.dcm", bare, [source[1]])
    assert not list(tmp_path.glob("*.dcm"))


def test_key_objects(source: tuple[list[Path], SourceHeader], tmp_path: Path) -> None:
    """TID 2010; the images carry no purpose of reference, which pixelmed reports as an error."""
    _, header = source
    path = tmp_path / "ko.dcm"
    write_key_objects(path, report(header), [header])
    assert faults(path) == []
    assert "Of Interest" in dumped(path)
    document = hd.ko.KeyObjectSelectionDocument.from_dataset(dcmread(path))
    study, series_uid, sop_uid = document.resolve_reference(header.images[0].sop_uid)
    assert (study, series_uid, sop_uid) == (header.study_uid, header.series_uid, header.images[0].sop_uid)
    images = [item for item in contents(dcmread(path)) if item.ValueType == "IMAGE"]
    assert len(images) == 2  # the image, and the capture of the plane
    assert all("ConceptNameCodeSequence" not in image for image in images)
    assert "左上叶结节" in dumped(path)


def _png(rows: int, columns: int, shade: int) -> bytes:
    made = io.BytesIO()
    Image.fromarray(np.full((rows, columns, 3), shade, np.uint8)).save(made, "PNG")
    return made.getvalue()


@pytest.mark.parametrize("planes", [1, 3])
def test_key_images_on_planes_are_captured_and_named(
    source: tuple[list[Path], SourceHeader], tmp_path: Path, planes: int
) -> None:
    """No key image is lost: those that no image of the study shows are frames of a secondary capture."""
    _, header = source
    made = report(header)
    first, plane = made.key_images
    keys = tuple(replace(plane, key_id=f"p{n}", caption=f"平面 {n}") for n in range(planes))
    made = replace(made, key_images=(first, *keys))
    pictures = {key.key_id: _png(20 + 10 * n, 40, 50 * n + 10) for n, key in enumerate(keys)}
    ko, sc = tmp_path / "ko.dcm", tmp_path / "sc.dcm"
    write_key_objects(ko, made, [header])
    uid = write_key_captures(sc, made, pictures, [header])
    assert faults(ko) == faults(sc) == []
    written = dcmread(sc)
    assert (written.SOPInstanceUID, int(written.get("NumberOfFrames", 1))) == (uid, planes)
    frames = written.pixel_array.reshape(planes, written.Rows, written.Columns, 3)
    assert [int(frame[written.Rows // 2, 20, 0]) for frame in frames] == [50 * n + 10 for n in range(planes)]
    assert {str(one.ReferencedSOPInstanceUID) for one in written.SourceImageSequence} == {
        image.sop_uid for image in header.images
    }
    document = hd.ko.KeyObjectSelectionDocument.from_dataset(dcmread(ko))
    assert document.resolve_reference(uid) == (header.study_uid, written.SeriesInstanceUID, uid)
    named = [
        one
        for item in contents(dcmread(ko))
        for one in item.get("ReferencedSOPSequence", [])
        if one.ReferencedSOPInstanceUID == uid
    ]
    assert [one.get("ReferencedFrameNumber") for one in named] == [[1, 2, 3] if planes > 1 else None]
    (described,) = [item.TextValue for item in contents(dcmread(ko)) if item.ValueType == "TEXT"]
    assert described == "; ".join(["左上叶结节", *(f"平面 {n}" for n in range(planes))])
    with pytest.raises(BadInput, match="missing or damaged"):
        write_key_captures(tmp_path / "none.dcm", made, {}, [header])


def test_encapsulated_pdf(source: tuple[list[Path], SourceHeader], tmp_path: Path) -> None:
    _, header = source
    path, out = tmp_path / "pdf.dcm", tmp_path / "out.pdf"
    pdf = b"%PDF-1.4\n% report\n%%EOF\n"
    write_encapsulated_pdf(path, pdf, report(header), header)
    assert faults(path) == []
    assert dcmread(path).VerificationFlag == "VERIFIED"
    subprocess.run([require_tool("dcm2pdf"), str(path), str(out)], check=True, capture_output=True)
    assert out.read_bytes()[: len(pdf)] == pdf
    with pytest.raises(BadInput, match="not a PDF"):
        write_encapsulated_pdf(path, b"<html>", report(header), header)


def test_thumbnails_of_every_kind(
    parsers: Pool, source: tuple[list[Path], SourceHeader], tmp_path: Path
) -> None:
    """184 px PNG of grey, colour, palette, compressed and multi-frame images; a report has no image."""
    import io

    from PIL import Image

    kinds = real_data("dicom_kinds")
    pictures = [
        source[0][0],
        kinds / "cornerstone3D" / "no-pixel-spacing.dcm",
        kinds / "highdicom" / "dx_image.dcm",
        kinds / "go-dicom" / "I_000007.dcm",
        kinds / "cornerstone3D" / "TestPattern_JPEG-LS-Lossless.dcm",
    ]
    for path in pictures:
        picture = Image.open(io.BytesIO(pictured(parsers, path, tmp_path)))
        assert picture.size == (184, 184)
        assert len(set(picture.convert("L").tobytes())) > 10, path
    # ultrasound in YBR: a grey picture, not a green one
    red, green, blue = (
        Image.open(io.BytesIO(pictured(parsers, pictures[3], tmp_path)))
        .convert("RGB")
        .resize((1, 1))
        .getpixel((0, 0))
    )
    assert abs(red - green) < 20
    assert abs(blue - green) < 20
    report = looked_at(parsers, [kinds / "dcmjs" / "sample-sr.dcm"], tmp_path)
    assert (report.sets, len(report.objects)) == ((), 1)


def test_codes_are_the_standards() -> None:
    """SNOMED CT only through the standard's own table."""
    constants = [
        value
        for module in (codes, concepts)
        for value in vars(module).values()
        if isinstance(value, Code) and value.scheme != "UCUM"
    ]
    assert len(constants) > 10
    for constant in constants:
        known = codes.find(constant.scheme, constant.value)
        assert known is not None, constant
        assert len(constant.meaning) <= 64
    assert codes.code("DCM", "121322") == codes.SOURCE_FOR_PROCESSING
    assert len(codes.table("SCT")) > 7000


@pytest.mark.parametrize(("language", "named"), [("zh", "测量报告"), ("en", "Measurement report")])
def test_objects_of_a_report_speak_its_language_and_say_what_made_them(
    source: tuple[list[Path], SourceHeader], tmp_path: Path, language: str, named: str
) -> None:
    """3.3.3: series names in the report's language; every object carries the statement of safety."""
    header = source[1]
    document = replace(report(header), language=language)
    write_measurement_report(tmp_path / "sr.dcm", document, [header])
    write_key_objects(tmp_path / "ko.dcm", document, [header])
    sr, ko = dcmread(tmp_path / "sr.dcm"), dcmread(tmp_path / "ko.dcm")
    assert sr.SeriesDescription == named
    assert [ds.ContributingEquipmentSequence[0].ContributionDescription for ds in (sr, ko)] == [
        SAFETY,
        SAFETY,
    ]
    assert faults(tmp_path / "sr.dcm") == faults(tmp_path / "ko.dcm") == []


def test_a_number_in_the_report_has_no_dust_of_arithmetic(
    source: tuple[list[Path], SourceHeader], tmp_path: Path
) -> None:
    """3.3.3: SR says the number that CDA says (15.085, not 15.0849999999991)."""
    header = source[1]
    whole = report(header)
    first = whole.measurements[0]
    odd = replace(first, values=(replace(first.values[0], value=15.0849999999991),))
    write_measurement_report(tmp_path / "sr.dcm", replace(whole, measurements=(odd,)), [header])
    numbers = [
        i.NumericValue
        for c in dcmread(tmp_path / "sr.dcm").iterall()
        if c.keyword == "MeasuredValueSequence"
        for i in c.value
    ]
    assert str(numbers[0]) == "15.085"


@pytest.mark.parametrize(
    ("age", "body_part", "written"),
    [
        ("75Y", "CHEST", ("075Y", "CHEST")),
        ("7 m", "Chest", ("007M", "CHEST")),
        ("about 60", "chest+abdomen", ("", "")),
        ("075Y", "UPPER_ARM AND SHOULDER", ("075Y", "")),
    ],
)
def test_what_is_copied_from_odd_headers_is_valid(
    tmp_path: Path, age: str, body_part: str, written: tuple[str, str]
) -> None:
    """Ages and code strings as people write them are written as PS3.5 6.2 has them, or left out."""
    (path,) = objects.written(tmp_path, 1)[0]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        ds = dcmread(path)
        ds.PatientAge, ds.BodyPartExamined = age, body_part
        ds.SpecificCharacterSet = "ISO_IR 192"
        ds.save_as(path, enforce_file_format=True)
    header = objects.read_source_header([path])
    made = composite(header, sop_class_uid=CT_IMAGE, sop_uid="1.2.3")
    assert (made.get("PatientAge", ""), header.body_part) == written
