"""Encapsulated PDF and CDA, and pages of attributes."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pydicom
import pytest
from reportlab.pdfgen.canvas import Canvas

from app.dicom.read.objects.attributes import read_attributes
from app.dicom.read.objects.encapsulated import draw_pdf_page, read_cda, read_pdf
from app.domain.document import Heading, Page, Paragraph, Table
from app.domain.object_kind import ObjectKind, object_kind
from app.errors import BadInput, NotFound
from app.processes.pool import Pool
from tests.dicom.objects.made_objects import base, item
from tests.support.real_data import real_data

PDF, CDA = "1.2.840.10008.5.1.4.1.1.104.1", "1.2.840.10008.5.1.4.1.1.104.2"


def two_pages() -> bytes:
    """A page whose left half is black, and an empty landscape one."""
    file = io.BytesIO()
    canvas = Canvas(file, pagesize=(200, 300))
    canvas.rect(0, 0, 100, 300, fill=1)
    canvas.showPage()
    canvas.setPageSize((300, 200))
    canvas.showPage()
    canvas.save()
    return file.getvalue()


def encapsulated(path: Path, data: bytes, sop_class: str = PDF) -> Path:
    ds = base(sop_class, "1.2.3.9", "DOC")
    ds.DocumentTitle, ds.EncapsulatedDocument = "检查报告", data + b"\0" * (len(data) % 2)
    ds.MIMETypeOfEncapsulatedDocument = "application/pdf" if sop_class == PDF else "text/XML"
    ds.save_as(path, enforce_file_format=True)
    return path


def test_pages_of_a_pdf(parsers: Pool, tmp_path: Path) -> None:
    """Sizes, and pictures of the wanted width with what is drawn on them."""
    path = encapsulated(tmp_path / "pdf.dcm", two_pages())
    found = parsers.call(read_pdf, path, "pdf", about="pdf")
    assert (found.title, found.sizes_pt) == ("检查报告", ((200.0, 300.0), (300.0, 200.0)))
    picture = parsers.call(draw_pdf_page, path, "pdf", 0, 400, about="pdf").pixels
    assert picture.shape == (600, 400, 3)
    assert picture[300, 50].tolist() == [0, 0, 0]
    assert picture[300, 350].tolist() == [255, 255, 255]
    with pytest.raises(NotFound):
        draw_pdf_page(path, "pdf", 2, 400)


@pytest.mark.parametrize("data", [b"MZ" + b"\0" * 100, b"%PDF-1.7 and nothing else"])
def test_what_is_no_pdf_is_refused(tmp_path: Path, data: bytes) -> None:
    """By its bytes, whatever the object says of it."""
    with pytest.raises(BadInput, match=r"holds none|cannot be opened"):
        read_pdf(encapsulated(tmp_path / "pdf.dcm", data), "pdf")


def test_words_of_a_cda(tmp_path: Path) -> None:
    """Titles, paragraphs, lists and tables in their order; entities are not resolved."""
    document = """<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>
    <ClinicalDocument xmlns="urn:hl7-org:v3"><title>影像报告</title><component><structuredBody><component>
    <section><title>所见</title><text>前言<paragraph>两肺&e;清晰</paragraph><list><item>一</item></list>
    <table><thead><tr><th>名</th><th>值</th></tr></thead><tbody><tr><td>长径</td><td>12 mm</td></tr></tbody>
    </table></text></section></component></structuredBody></component></ClinicalDocument>"""
    page = read_cda(encapsulated(tmp_path / "cda.dcm", document.encode(), CDA), "cda")
    assert page == Page(
        "影像报告",
        (
            Heading("所见"),
            Paragraph("前言"),
            Paragraph("两肺&e;清晰"),
            Paragraph("一", indent=1),
            Table(("名", "值"), (("长径", "12 mm"),)),
        ),
    )


def test_any_other_object_is_a_page_of_its_attributes(tmp_path: Path) -> None:
    """Sequences under headings, nothing private, nothing binary."""
    ds = base("1.2.840.10008.5.1.4.1.1.481.5", "1.2.3.10", "RTPLAN")
    ds.RTPlanLabel = "计划一"
    ds.FractionGroupSequence = [item(FractionGroupNumber=1, NumberOfFractionsPlanned=30)]
    ds.add_new(0x00091010, "LO", "secret of a maker")
    ds.save_as(tmp_path / "plan.dcm", enforce_file_format=True)
    page = read_attributes(tmp_path / "plan.dcm", "plan")
    rows = dict(row for block in page.blocks if isinstance(block, Table) for row in block.rows)
    assert rows["RT Plan Label"] == "计划一"
    assert rows["Number of Fractions Planned"] == "30"
    assert Heading("Fraction Group") in page.blocks
    assert "secret of a maker" not in str(page)


@pytest.mark.real_data
def test_a_real_plan() -> None:
    """What pydicom reads stands on the page."""
    path = real_data("dicom_kinds") / "pydicom" / "rtplan.dcm"
    page, ds = read_attributes(path, "plan"), pydicom.dcmread(path)
    rows = [row for block in page.blocks if isinstance(block, Table) for row in block.rows]
    assert ("RT Plan Label", ds.RTPlanLabel) in rows
    for beam in ds.BeamSequence:
        assert ("Beam Name", beam.BeamName) in rows


@pytest.mark.parametrize(
    ("sop_class", "kind"),
    [
        ("1.2.840.10008.5.1.4.1.1.66.4", ObjectKind.SEGMENTATION),
        ("1.2.840.10008.5.1.4.1.1.66.7", ObjectKind.SEGMENTATION),
        ("1.2.840.10008.5.1.4.1.1.66", ObjectKind.RAW_DATA),
        ("1.2.840.10008.5.1.4.1.1.4.2", ObjectKind.SPECTRA),
        ("1.2.840.10008.5.1.4.1.1.88.59", ObjectKind.KEY_OBJECTS),
        ("1.2.840.10008.5.1.4.1.1.88.34", ObjectKind.STRUCTURED_REPORT),
        ("1.2.840.10008.5.1.4.1.1.9.1.1", ObjectKind.WAVEFORM),
        ("1.2.840.10008.5.1.4.1.1.9.2.1", ObjectKind.WAVEFORM),
        ("1.2.840.10008.5.1.4.1.1.481.5", ObjectKind.ATTRIBUTES),
        ("1.2.3", ObjectKind.ATTRIBUTES),
    ],
)
def test_kinds_by_sop_class(sop_class: str, kind: ObjectKind) -> None:
    """Each class opens as what it is."""
    assert object_kind(sop_class) is kind


def test_pictures_are_plain_arrays(tmp_path: Path) -> None:
    """The picture outlives the document that it was drawn from."""
    picture = draw_pdf_page(encapsulated(tmp_path / "pdf.dcm", two_pages()), "pdf", 1, 90).pixels
    assert picture.shape == (60, 90, 3)
    assert np.all(picture == 255)
