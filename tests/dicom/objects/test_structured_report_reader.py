"""Content trees, against dsrdump of another maker and against highdicom."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.dicom.read.objects.structured_report import read_report
from app.domain.document import ContentItem
from app.errors import BadInput
from app.processes.pool import Pool
from tests.dicom.objects.made_objects import base, coded, ct_images, item, key_objects
from tests.support.real_data import real_data
from tests.support.tools import require_tool

ENHANCED_SR = "1.2.840.10008.5.1.4.1.1.88.22"


def every(root: ContentItem) -> Iterator[ContentItem]:
    """All items of a tree in their order."""
    yield root
    for child in root.children:
        yield from every(child)


def report(path: Path, *, content: bool = True) -> Path:
    """A small report in Chinese with a number, a code and a place on an image."""
    ds = base(ENHANCED_SR, "1.2.3.7", "SR")
    ds.CompletionFlag, ds.VerificationFlag = "COMPLETE", "UNVERIFIED"
    if content:
        ds.ValueType, ds.ContinuityOfContent = "CONTAINER", "SEPARATE"
        ds.ConceptNameCodeSequence = [coded("126000", "DCM", "Imaging Measurement Report")]
        number = item(
            ValueType="NUM", RelationshipType="CONTAINS",
            ConceptNameCodeSequence=[coded("410668003", "SCT", "Length")],
            MeasuredValueSequence=[
                item(NumericValue="12.50", MeasurementUnitsCodeSequence=[coded("mm", "UCUM", "mm")])
            ],
        )  # fmt: skip
        place = item(
            ValueType="SCOORD", RelationshipType="INFERRED FROM", GraphicType="POLYLINE",
            GraphicData=[1.0, 2.0, 3.5, 4.5],
        )  # fmt: skip
        place.ContentSequence = [
            item(
                ValueType="IMAGE", RelationshipType="SELECTED FROM",
                ReferencedSOPSequence=[
                    item(
                        ReferencedSOPClassUID="1.2.840.10008.5.1.4.1.1.2", ReferencedSOPInstanceUID="1.2.9",
                        ReferencedFrameNumber=[2, 3],
                    )
                ],
            )
        ]  # fmt: skip
        number.ContentSequence = [place]
        text = item(
            ValueType="TEXT", RelationshipType="CONTAINS", TextValue="右肺上叶结节\r\n建议复查",
            ConceptNameCodeSequence=[coded("121071", "DCM", "Finding")],
        )  # fmt: skip
        ds.ContentSequence = [number, text]
    ds.save_as(path, enforce_file_format=True)
    return path


def test_values_units_places_and_lines(parsers: Pool, tmp_path: Path) -> None:
    """All that a tree says, as it says it."""
    document = parsers.call(read_report, report(tmp_path / "sr.dcm"), "sr", about="sr")
    assert (document.title, document.completion) == ("Imaging Measurement Report", "COMPLETE")
    number, text = document.root.children
    assert (number.text, number.unit.value if number.unit else "") == ("12.50", "mm")
    assert number.position == (1, 1)
    (place,) = number.children
    assert place.coordinates is not None
    assert (place.coordinates.kind, place.coordinates.values) == ("POLYLINE", ((1.0, 2.0), (3.5, 4.5)))
    assert place.relationship == "INFERRED FROM"
    assert place.children[0].images[0].frames == (2, 3)
    assert text.text == "右肺上叶结节\n建议复查"


def test_an_object_without_content_is_refused(tmp_path: Path) -> None:
    """Not an empty page."""
    with pytest.raises(BadInput, match="no content"):
        read_report(report(tmp_path / "sr.dcm", content=False), "sr")


def test_key_objects_by_highdicom(tmp_path: Path) -> None:
    """Title, text and the images that were chosen."""
    images = ct_images()
    key_objects(images[:2], "看这里").save_as(tmp_path / "ko.dcm")
    document = read_report(tmp_path / "ko.dcm", "ko")
    assert document.title == "Of Interest"
    items = list(every(document.root))
    assert [one.text for one in items if one.value_type == "TEXT"] == ["看这里"]
    chosen = [one.images[0].sop_uid for one in items if one.value_type == "IMAGE"]
    assert chosen == [image.SOPInstanceUID for image in images[:2]]
    assert {image.sop_uid for image in document.reference.images} == set(chosen)


@pytest.mark.real_data
@pytest.mark.tool("dsrdump")
@pytest.mark.parametrize(
    "name",
    [
        "dicom_seg_sr_rt/dcmqi/sr-example/sr.dcm",
        "dicom_kinds/pydicom/test-SR.dcm",
        "dicom_kinds/pydicom/reportsi.dcm",
        "dicom_kinds/dcmjs/sample-sr.dcm",
        "dicom_kinds/dicomParser/report_dfl",
        "dicom_kinds/highdicom/sr_document_with_multiple_groups.dcm",
    ],
)
def test_trees_as_dsrdump_prints_them(name: str) -> None:
    """The same items of the same types in the same order, with the same numbers."""
    folder, _, rest = name.partition("/")
    path = real_data(folder) / rest
    printed = subprocess.run(
        [require_tool("dsrdump"), "-Ec", "-Ee", "-Er", str(path)], capture_output=True, check=False
    ).stdout.decode("latin-1")
    expected = re.findall(r"^ *<(?:[a-z ]+ )?([A-Z0-9]+):", printed, re.M)
    found = [one for one in every(read_report(path, name).root) if not one.target]
    assert [one.value_type for one in found] == expected
    numbers = re.findall(r'NUM:\([^\n]*?\)="([^"]*)"', printed)
    assert [one.text for one in found if one.value_type == "NUM"] == numbers
