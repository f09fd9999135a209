"""The conformance statement says what the code does: tables of docs/dicom-conformance.md."""

from __future__ import annotations

import re
from pathlib import Path

from highdicom.sr import Comprehensive3DSR, ComprehensiveSR
from pydicom import uid
from pydicom.charset import python_encoding
from pydicom.pixels import get_decoder

from app.dicom.read.prescan import NATIVE, VIDEO
from app.dicom.write.composite import CT_IMAGE, IMPLEMENTATION_VERSION, UTF8
from app.dicom.write.encapsulated import ENCAPSULATED_PDF
from app.dicom.write.presentation_state import COLOR_STATE, GRAYSCALE_STATE, PSEUDO_COLOR_STATE
from app.dicom.write.secondary_capture import MULTI_FRAME_CAPTURE, SECONDARY_CAPTURE
from app.dicom.write.segmentation_object import SEGMENTATION
from tests.dicom.charset_samples import decode_text

#: retired JPEG processes by GDCM, frames deflated each for itself by our own decoder
DECODED_WITHOUT_PYDICOM = {"1.2.840.10008.1.2.4.53", "1.2.840.10008.1.2.4.55", "1.2.840.10008.1.2.8.1"}
ROOT = Path(__file__).resolve().parents[2]
TEXT = (ROOT / "docs" / "dicom-conformance.md").read_text(encoding="utf-8")


def _table(heading: str) -> list[list[str]]:
    """Rows of the table whose first column has this heading."""
    lines = TEXT[TEXT.index(f"| {heading} |") :].splitlines()
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[: lines.index("")]]
    return rows[2:]


def test_transfer_syntaxes_are_those_that_are_decoded() -> None:
    """PS3.2: every transfer syntax for which there is a decoder, and none besides."""
    able = {*NATIVE, *DECODED_WITHOUT_PYDICOM}
    for syntax in uid.AllTransferSyntaxes:
        try:
            decoder = get_decoder(syntax)
        except NotImplementedError:
            continue
        if decoder.is_available:
            able.add(str(syntax))
    rows = _table("transfer syntax")
    assert {row[1] for row in rows} == able
    for name, value, by in rows:
        assert (by.startswith("own reader")) == (value in NATIVE), name
        words = set(re.findall(r"\w+", uid.UID(value).name.lower())) & {
            "jpeg",
            "rle",
            "implicit",
            "explicit",
            "big",
            "deflated",
            "ls",
            "throughput",
        }
        assert words <= set(re.findall(r"\w+", name.lower())), (name, uid.UID(value).name)


def test_video_transfer_syntaxes_are_all_of_the_standard() -> None:
    told = set()
    for _, whole, by in _table("video transfer syntax"):
        assert by.startswith("FFmpeg")
        first, *others = whole.split(", ")
        told |= {first, *(first.rsplit(".", 1)[0] + other for other in others)}
    assert told == {str(syntax) for syntax in uid.AllTransferSyntaxes if syntax.startswith(VIDEO)}


def test_classes_written_are_those_in_the_code() -> None:
    """PS3.2: the SOP classes that the writers make, each from the file that the table names."""
    constants = {
        "app/dicom/write/derived_series.py": {CT_IMAGE},
        "app/dicom/write/segmentation_object.py": {SEGMENTATION},
        "app/dicom/write/region_segmentation.py": {SEGMENTATION},
        "app/dicom/write/measurement_report.py": {uid.ComprehensiveSRStorage, uid.Comprehensive3DSRStorage},
        "app/dicom/write/key_objects.py": {uid.KeyObjectSelectionDocumentStorage},
        "app/dicom/write/encapsulated.py": {ENCAPSULATED_PDF},
        "app/dicom/write/presentation_state.py": {GRAYSCALE_STATE, COLOR_STATE, PSEUDO_COLOR_STATE},
        "app/dicom/write/secondary_capture.py": {SECONDARY_CAPTURE, MULTI_FRAME_CAPTURE},
    }
    told: dict[str, set[str]] = {}
    for row in _table("object written"):
        told.setdefault(row[4].strip("`"), set()).add(row[2])
        assert uid.UID(row[2]).name == row[1].split(",")[0]
    assert told == constants
    report = (ROOT / "app/dicom/write/measurement_report.py").read_text(encoding="utf-8")
    assert all(f"hd.sr.{kind.__name__}" in report for kind in (ComprehensiveSR, Comprehensive3DSR))
    found = "".join(file.read_text(encoding="utf-8") for file in (ROOT / "app" / "dicom").glob("*.py"))
    in_code = set(re.findall(r'"(1\.2\.840\.10008\.5\.1\.4\.1\.1\.[\d.]+)"', found))
    assert in_code <= {row[2] for row in _table("object written")}, (
        "a class that the statement does not tell of"
    )
    assert f"`{IMPLEMENTATION_VERSION}`" in TEXT


def test_classes_read_have_their_names() -> None:
    """PS3.2: name and UID of a row are one class."""
    for name, value, _ in _table("SOP class read in tests"):
        assert uid.UID(value).name == name


def test_character_sets_are_those_that_are_decoded() -> None:
    """PS3.3 C.12.1.1.2: every defined term that the statement names is known; the one written is UTF-8."""
    terms = set()
    for row in _table("Specific Character Set"):
        prefix = ""
        for word in re.findall(r"ISO_IR|ISO 2022 IR|GB18030|GBK|\d+", row[0]):
            if word in ("ISO_IR", "ISO 2022 IR"):
                prefix = word
            else:
                terms.add(word if word.startswith("GB") else f"{prefix} {word}")
        assert ("always" in row[2]) == (row[0] == UTF8)
    assert terms == {term for term in python_encoding if term} - {"ISO 2022 58", "ISO 2022 GBK"}
    samples = {
        "GB18030": "gb18030",
        "GBK": "gbk",
        "ISO_IR 192": "utf-8",
        "ISO_IR 144": "iso8859_5",
        "ISO_IR 100": "latin_1",
    }
    for term, encoding in samples.items():
        text = {"ISO_IR 144": "Люк", "ISO_IR 100": "Müller"}.get(term, "张三")
        assert decode_text(text.encode(encoding), [term]) == text
