"""Pixels of real files in every transfer syntax, against other decoders: pydicom's, dcmtk, each other."""

from __future__ import annotations

import subprocess
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from pydicom import dcmread
from pydicom.pixels import get_decoder

from app.dicom.read.decode import PixelFile
from app.dicom.read.scanned_file import look_at_one
from app.errors import BadInput
from tests.dicom.pixel_objects import by_dcmtk, encapsulated, frame, opened, reasons, write
from tests.support.real_data import real_data
from tests.support.tools import require_tool

pytestmark = pytest.mark.real_data

FOLDERS = [
    ("dicom_kinds", 150),
    ("mr_vendors", 60),
    ("dicom_seg_sr_rt", 15),
    ("dicomdir", 30),
    ("odd_cases", 120),
]
#: decoders that pydicom does not have here; compared otherwise below
ONLY_HERE = (NotImplementedError, RuntimeError, AttributeError)


def files(name: str) -> list[Path]:
    """All files of a data set that are DICOM objects with pixels."""
    found = []
    for path in sorted(real_data(name).rglob("*")):
        if not path.is_file() or path.suffix in (".json", ".nrrd", ".md", ".tsv", ".txt", ".icc"):
            continue
        try:
            PixelFile(path, path.name).close()
        except BadInput:
            continue
        found.append(path)
    return found


def by_pydicom(path: Path, index: int) -> NDArray[Any] | None:
    """A frame by pydicom; None where it has no decoder."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it warns of what is odd in the files
        data = dcmread(path, force=True)
        try:
            decoder = get_decoder(data.file_meta.TransferSyntaxUID)
            grey = data.SamplesPerPixel == 1
            return np.asarray(decoder.as_array(data, index=index, raw=grey)[0])
        except ONLY_HERE:
            return None


@pytest.mark.parametrize(("name", "count"), FOLDERS)
def test_every_file_with_pixels_is_decoded(name: str, count: int) -> None:
    """All files, first and last frame: stored values equal to pydicom's, colours within one of its."""
    paths = files(name)
    compared = 0
    assert len(paths) >= count
    for path in paths:
        with opened(path) as file:
            for index in sorted({0, file.frames - 1}):
                values = file.stored(index)
                assert values.shape[:2] == (file.rows, file.columns)
                other = by_pydicom(path, index)
                if other is None:
                    continue
                compared += 1
                if values.ndim == 2:
                    assert np.array_equal(values, other), path
                elif file.samples == 3:
                    eight = other >> (8 * other.dtype.itemsize - 8)
                    assert np.abs(eight.astype(int) - values).max() <= 1, path
    assert compared >= count * 0.9


@pytest.mark.parametrize(
    "syntax",
    [
        "BigEndianExplicit", "DeflatedExplicitVRLittleEndian", "JPEG2000LosslessOnly", "JPEGLSLossless",
        "JPEGProcess14SV1", "JPEGProcess14Tr", "LittleEndianImplicit", "RLELossless",
    ],
)  # fmt: skip
def test_lossless_syntaxes_of_one_slice_are_identical(syntax: str) -> None:
    folder = real_data("dicom_kinds") / "cornerstone3D"
    plain = next(folder.glob("CTImage.dcm_LittleEndianExplicit*"))
    assert np.array_equal(frame(next(folder.glob(f"CTImage.dcm_{syntax}*"))), frame(plain))


@pytest.mark.parametrize(
    ("syntax", "loss"),
    [
        ("JPEG2000Transfer", 8),
        ("JPEGLSLossy", 4),
        ("JPEGProcess2_4", 40),
        ("JPEGProcess6_8", 40),
        ("JPEGProcess10_12", 40),
        ("JPEGProcess1Tr", 72),
    ],
)
def test_lossy_syntaxes_lie_near_the_slice(syntax: str, loss: float) -> None:
    """In HU, for those of 8 and 12 bits were scaled; the step of the 8-bit one is 32 HU."""
    folder = real_data("dicom_kinds") / "cornerstone3D"
    path = next(folder.glob(f"CTImage.dcm_{syntax}*"))
    data = dcmread(path, stop_before_pixels=True)
    hu = frame(path) * float(data.RescaleSlope) + float(data.RescaleIntercept)
    plain = frame(next(folder.glob("CTImage.dcm_LittleEndianExplicit*"))).astype(float) - 1024
    assert np.abs(hu - plain).max() <= loss


@pytest.mark.parametrize("syntax", ["j2k", "jpeg", "jpegls"])
def test_compressed_mr_is_equal(syntax: str) -> None:
    """Slices of a Siemens MR in several compressions: the same values as in the simplest, RLE."""
    folder = real_data("mr_vendors")
    paths = sorted((folder / "same_volume_compressed_rle").glob("*.dcm"))
    assert len(paths) == 4
    for path in paths:
        assert np.array_equal(frame(folder / f"same_volume_compressed_{syntax}" / path.name), frame(path))


GREY_JPEG = (
    "cornerstone3D/CT0012.fragmented_no_bot_jpeg_baseline.51.dcm",
    "cornerstone3D/CTImage.dcm_JPEGProcess10_12TransferSyntax_1.2.840.10008.1.2.4.55.dcm",
    "cornerstone3D/CTImage.dcm_JPEGProcess1TransferSyntax_1.2.840.10008.1.2.4.50.dcm",
    "cornerstone3D/CTImage.dcm_JPEGProcess2_4TransferSyntax_1.2.840.10008.1.2.4.51.dcm",
    "cornerstone3D/CTImage.dcm_JPEGProcess6_8TransferSyntax_1.2.840.10008.1.2.4.53.dcm",
    "cornerstone3D/CTImage.dcm_JPEGProcess14TransferSyntax_1.2.840.10008.1.2.4.57.dcm",
    "dcmjs/sample-op.dcm",
    "fo-dicom/GH133.dcm",
    "fo-dicom/GH184.dcm",
    "go-dicom/I_000000.dcm",
    "pydicom-data/JPEG-LL.dcm",
    "pydicom-data/JPGLosslessP14SV1_1s_1f_8b.dcm",
)


@pytest.mark.parametrize("name", GREY_JPEG)
def test_grey_jpeg_is_equal_to_dcmtk(name: str, tmp_path: Path) -> None:
    """Every JPEG process against dcmdjpeg; lossy ones may differ by the rounding of the transform."""
    path, plain = real_data("dicom_kinds") / name, tmp_path / "plain.dcm"
    subprocess.run([require_tool("dcmdjpeg"), str(path), str(plain)], check=True, capture_output=True)
    allowed = 0 if ".57" in name or "GH1" in name or "LL" in name or "P14" in name or "op" in name else 1
    with opened(path) as file, opened(plain) as other:
        assert file.frames == other.frames
        assert file.stored(0).dtype == other.stored(0).dtype
        assert file.decoder in ("GDCM", "Pillow")
        for index in {0, file.frames // 2, file.frames - 1}:
            difference = file.stored(index).astype(int) - other.stored(index)
            assert np.abs(difference).max() <= allowed


def test_colours_are_those_of_dcmtk() -> None:
    """Colour and palette images: exact where nothing is transformed, else within one; two for uncompressed
    YBR, which dcmtk rounds twice.
    """
    seen = {"exact": 0, "near": 0}
    for path in files("dicom_kinds"):
        with opened(path) as file:
            if file.photometric_out != "RGB":
                continue
            for index in sorted({0, file.frames - 1}):
                other = by_dcmtk(path, index)
                if other is None:
                    continue
                difference = int(np.abs(file.stored(index).astype(int) - other).max())
                if not file.pixel.photometric.startswith("YBR"):
                    seen["exact"] += 1
                    assert difference <= (1 if file.pixel.bits_allocated > 8 else 0), path
                else:
                    seen["near"] += 1
                    assert difference <= (1 if file.decoder in ("GDCM", "Pillow") else 2), path
    assert seen["exact"] > 30
    assert seen["near"] > 10


@pytest.mark.parametrize(
    "name",
    [
        "cornerstone3D/TestPattern_JPEG-LS-Lossless.dcm",
        "highdicom/sm_image_jpegls_nobot.dcm",
        "pydicom-data/JLSL_RGB_ILV0.dcm",
        "pydicom-data/JLSL_RGB_ILV2.dcm",
        "weasis-dicom-tools/palette-multiframe-jpeg-ls.dcm",
    ],
)
def test_jpeg_ls_in_colour_is_that_of_dcmtk(name: str, tmp_path: Path) -> None:
    path, plain = real_data("dicom_kinds") / name, tmp_path / "plain.dcm"
    subprocess.run([require_tool("dcmdjpls"), str(path), str(plain)], check=True, capture_output=True)
    assert np.array_equal(frame(path), by_dcmtk(plain))


def test_one_bit_frames_are_equal_in_every_coding() -> None:
    """The same three labels packed, in big endian, RLE, deflated frames and JPEG 2000; of 512 and of 510
    columns, whose frames do not start at a byte.
    """
    folder = real_data("dicom_kinds") / "pydicom-data"
    for plain, others in (
        ("liver", ("expb", "rle", "deflate", "j2k")),
        ("liver_nonbyte_aligned", ("rle", "deflate", "j2k")),
    ):
        for index in range(3):
            wanted = frame(folder / f"{plain}.dcm", index)
            assert wanted.any()
            for other in others:
                assert np.array_equal(frame(folder / f"{plain}_{other}.dcm", index), wanted), other


def test_tile_parts_longer_than_the_stream_are_mended() -> None:
    """Values of the case are known: the mean of slice n is 602.5 + 100 n, in HU 1024 less."""
    paths = sorted((real_data("odd_cases") / "j2k_tile_length").glob("*.dcm"))
    assert len(paths) == 4
    for path in paths:
        data = dcmread(path, stop_before_pixels=True)
        hu = frame(path) * float(data.RescaleSlope) + float(data.RescaleIntercept)
        assert hu.mean() == pytest.approx(602.5 + 100 * (int(data.InstanceNumber) - 1) - 1024)
        assert reasons(path) == ["repaired-image"]


def test_missing_delimiter_and_wrong_syntax_are_read() -> None:
    folder = real_data("odd_cases")
    for path in (folder / "no_final_delimiter").glob("*.dcm"):
        assert frame(path).any()
    for path in (folder / "implicit_said_explicit_written").glob("*.dcm"):
        with opened(path) as file:
            assert file.stored(0).any()
            assert file.notices[0].params == {
                "said": "Implicit VR Little Endian",
                "found": "Explicit VR Little Endian",
            }


def test_damage_is_told_when_files_are_imported() -> None:
    """The notice comes with the file, not only when its image is opened."""
    folder = real_data("odd_cases")
    for case, told in (("j2k_tile_length", ["repaired-image"]), ("no_final_delimiter", []), ("leap", [])):
        for path in (folder / case).glob("*.dcm"):
            looked = look_at_one(path, path.name)
            assert looked.taken is not None
            assert [(notice.reason, notice.path) for notice in looked.notices] == [
                (one, path.name) for one in told
            ]


def test_views_outlive_their_mapped_file(tmp_path: Path) -> None:
    """Pixels of a large file are views of it; the file is closed first."""
    values = np.arange(5000 * 7000, dtype=np.uint16).reshape(5000, 7000)
    path = write(tmp_path / "large.dcm", values.tobytes(), shape=values.shape)
    file = PixelFile(path, "large")
    stored = file.stored(0)
    file.close()
    assert np.array_equal(stored, values)


def test_lossless_jpeg_has_the_colours_that_the_header_says(tmp_path: Path) -> None:
    """A JFIF marker, which some encoders write before everything, does not make RGB into something else."""
    path = real_data("dicom_kinds") / "cornerstone3D" / "TestPattern_JPEG-Lossless_RGB.dcm"
    with opened(path) as file:
        assert file.found.fragments is not None
        stream = file.found.fragments.joined(file.found.data, (0, 1))
        jfif = b"\xff\xe0\x00\x10JFIF\0\1\1\0\0\1\0\1\0\0"
        marked = stream[:2] + jfif + stream[2:]
        other = write(
            tmp_path / "a.dcm", encapsulated([marked]), syntax=file.found.transfer_syntax, vr="OB",
            PhotometricInterpretation="RGB", SamplesPerPixel=3, PlanarConfiguration=0, BitsAllocated=8,
            shape=(file.rows, file.columns),
        )  # fmt: skip
        assert np.array_equal(frame(other), file.stored(0))
