"""Lines of the tag browser: search, filters, the shown frame, two objects, a series."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.sequence import Sequence
from pydicom.uid import ExplicitVRLittleEndian

from app.dicom.read.tag_counts import count_values
from app.dicom.read.tags import read_tags
from app.i18n import set_language
from app.tags.listing import Kind, Listing, choose, comparison, listing_of, series_listing
from app.tags.wording import full_name, line_name, line_value, row_text


@pytest.fixture(autouse=True)
def _chinese() -> Iterator[None]:
    set_language("zh")
    yield
    set_language("zh")


def _image(number: int = 1) -> Dataset:
    dataset, code = Dataset(), Dataset()
    code.CodeValue, code.CodeMeaning = "T-D3000", "Chest"
    dataset.SOPClassUID, dataset.SOPInstanceUID = "1.2.840.10008.5.1.4.1.1.2", f"1.2.3.{number}"
    dataset.StudyDate, dataset.StudyTime, dataset.AcquisitionDateTime = (
        "20260102",
        "081530.5",
        "20260102081530+0800",
    )
    dataset.Modality, dataset.Manufacturer = "CT", "Maker"
    dataset.InstanceNumber, dataset.SliceLocation = number, f"{number}.5"
    dataset.PixelSpacing, dataset.ImagerPixelSpacing = ["0.7", "0.8"], ["0.9", "0.9"]
    dataset.AnatomicRegionSequence = Sequence([code])
    dataset.private_block(0x0019, "SIEMENS MR HEADER", create=True).add_new(0x0C, "IS", str(number))
    dataset.add_new(0x00281201, "OW", bytes([number] * 200))
    return dataset


def _saved(folder: Path, dataset: Dataset, name: str) -> Path:
    dataset.file_meta = FileMetaDataset()
    dataset.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    dataset.file_meta.MediaStorageSOPClassUID = dataset.SOPClassUID
    dataset.file_meta.MediaStorageSOPInstanceUID = dataset.SOPInstanceUID
    dataset.save_as(folder / name, enforce_file_format=True)
    return folder / name


@pytest.fixture
def listing(tmp_path: Path) -> Listing:
    return listing_of(read_tags(_saved(tmp_path, _image(), "1.dcm"), "1"))


def found(listing: Listing, search: str, **filters: bool) -> list[str]:
    """Tags of the hits."""
    shown = choose(listing, search, **filters)
    return [f"{listing.lines[i].tag:08X}" for i in sorted(shown.hits)]


@pytest.mark.parametrize(
    ("search", "tags"),
    [
        ("0028,0030", ["00280030"]),
        ("(0028,0030)", ["00280030"]),
        ("00280030", ["00280030"]),
        ("PixelSpacing", ["00181164", "00280030"]),
        ("spacing imager", ["00181164"]),
        ("间距 成像", ["00181164"]),
        ("maker", ["00080070"]),
        ("制造商 maker", ["00080070"]),
        ("chest", ["00080104"]),
        ("siemens header", ["00190010", "0019100C"]),
        ("检查日期 制造商", ["00080020", "00080070"]),  # no line has both: those that have one
        ("nothing of the kind", []),
    ],
)
def test_search_looks_in_tags_names_and_values(listing: Listing, search: str, tags: list[str]) -> None:
    """Any order of words, both languages."""
    assert found(listing, search) == tags


def test_a_hit_comes_with_what_is_around_it(listing: Listing) -> None:
    shown = choose(listing, "chest")
    lines = [listing.lines[i] for i in shown.in_order]
    assert [line.vr for line in lines] == ["SQ", "", "LO"]
    whole = choose(listing, "AnatomicRegionSequence")
    assert len(whole.in_order) == 4  # the sequence, its item, two elements


def test_private_elements_with_their_owner(listing: Listing) -> None:
    shown = choose(listing, private=True)
    assert [f"{listing.lines[i].tag:08X}" for i in shown.in_order] == ["00190010", "0019100C"]
    assert listing.private == 2
    assert "SIEMENS MR HEADER" in full_name(listing.lines[shown.in_order[1]])


def _worded(listing: Listing, tag: int) -> str:
    return line_value(next(line for line in listing.lines if line.tag == tag))


def test_values_are_explained(listing: Listing) -> None:
    """Dates, times, identifiers, several values, bytes; what is written stays beside."""
    assert _worded(listing, 0x00080020) == "2026-01-02 · 20260102"
    assert _worded(listing, 0x00080030) == "08:15:30.5 · 081530.5"
    assert _worded(listing, 0x0008002A) == "2026-01-02 08:15:30+0800 · 20260102081530+0800"
    assert _worded(listing, 0x00080016) == "CT 图像 · 1.2.840.10008.5.1.4.1.1.2"
    assert _worded(listing, 0x00280030) == "0.7 \\ 0.8"
    assert _worded(listing, 0x00281201).startswith("200 字节：01 01 01")
    assert _worded(listing, 0x00082218) == "1 项"
    set_language("en")
    assert _worded(listing, 0x00080016) == "CT Image Storage · 1.2.840.10008.5.1.4.1.1.2"


def test_rows_are_copied_with_their_depth(listing: Listing) -> None:
    at = next(i for i, line in enumerate(listing.lines) if line.tag == 0x00080104)
    assert row_text(listing, at) == ">>(0008,0104)\tLO\t代码含义\tChest"


def test_the_shown_frame_comes_first(tmp_path: Path) -> None:
    dataset, items = _image(), []
    for number in range(4):
        item, content = Dataset(), Dataset()
        content.FrameAcquisitionNumber = number + 1
        item.FrameContentSequence = Sequence([content])
        items.append(item)
    dataset.PerFrameFunctionalGroupsSequence = Sequence(items)
    listing = listing_of(read_tags(_saved(tmp_path, dataset, "m.dcm"), "m"), 2)
    first = listing.lines[:4]
    assert [line.kind for line in first] == [Kind.FRAME, Kind.ELEMENT, Kind.ITEM, Kind.ELEMENT]
    assert line_name(first[0]) == "本帧（3）"
    assert first[3].value == "3"
    assert all(line.parent < i for i, line in enumerate(listing.lines))


def test_two_objects_beside_each_other(tmp_path: Path) -> None:
    """What differs, also in bytes beyond those that are shown; what one of them lacks."""
    other = _image(2)
    del other.Manufacturer
    other["00281201"].value = bytes([1] * 199 + [9])
    files = _saved(tmp_path, _image(1), "1.dcm"), _saved(tmp_path, other, "2.dcm")
    beside = comparison(*(read_tags(file, file.name, digested=1 << 20) for file in files))
    shown = choose(beside, differing=True)
    differing = {f"{beside.lines[i].tag:08X}" for i in shown.in_order}
    assert differing == {"00020003", "00080018", "00080070", "0019100C", "00200013", "00201041", "00281201"}
    lacking = next(line for line in beside.lines if line.tag == 0x00080070)
    assert (line_value(lacking), line_value(lacking, second=True)) == ("Maker", "无此元素")
    assert comparison(*[read_tags(files[0], "1")] * 2).differing == 0


def test_only_what_differs_in_a_series(tmp_path: Path) -> None:
    files = []
    for number in range(1, 6):
        dataset = _image(number)
        dataset.ProtocolName = "thorax" if number < 4 else "abdomen"
        if number == 5:
            del dataset.Manufacturer
        files.append((_saved(tmp_path, dataset, f"{number}.dcm"), str(number)))
    counts, read = count_values(files)
    series = series_listing(counts, read)
    shown = choose(series, differing=True)
    tags = {f"{series.lines[i].tag:08X}" for i in shown.children[-1]}
    expected = {
        "00020003",
        "00080018",
        "00080070",
        "00181030",
        "0019100C",
        "00200013",
        "00201041",
        "00281201",
    }
    assert tags == expected
    protocol = next(i for i, line in enumerate(series.lines) if line.tag == 0x00181030)
    assert line_value(series.lines[protocol]) == "2 个不同的值"
    values = [line_value(series.lines[i]) for i in shown.children[protocol]]
    assert values == ["thorax  × 3", "abdomen  × 2"]
    maker = next(i for i, line in enumerate(series.lines) if line.tag == 0x00080070)
    values = [line_value(series.lines[i]) for i in shown.children[maker]]
    assert values == ["Maker  × 4", "无此元素 × 1"]
    assert series.differing == len(expected)


def test_a_hundred_thousand_elements_are_searched(tmp_path: Path) -> None:
    """Nothing is left out, and one line is found."""
    dataset, items = _image(), []
    for number in range(25_000):
        item = Dataset()
        item.CodeValue, item.CodeMeaning, item.CodingSchemeDesignator = (
            str(number),
            f"meaning {number}",
            "99X",
        )
        items.append(item)
    dataset.PurposeOfReferenceCodeSequence = Sequence(items)
    path = _saved(tmp_path, dataset, "many.dcm")
    many = listing_of(read_tags(path, "many"))
    shown = choose(many, "meaning 24999")
    assert len(many.lines) > 100_000
    assert len(shown.hits) == 1
