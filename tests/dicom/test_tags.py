"""Every element of a file, against pydicom's own walk, and of files that are odd."""

from __future__ import annotations

import math
import struct
import warnings
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pydicom
import pytest
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.multival import MultiValue
from pydicom.sequence import Sequence
from pydicom.uid import ExplicitVRLittleEndian, generate_uid
from pydicom.valuerep import PersonName

from app.dicom.dictionary import name_of, uid_name
from app.dicom.read import tags
from app.dicom.read.one_frame import facts_of_frame
from app.dicom.read.tag_counts import count_values, merge
from app.dicom.read.tags import LISTED_FRAMES, read_tags
from app.domain.tag_table import BINARY, ITEM, TagTable
from app.errors import BadInput
from app.processes.pool import Pool
from tests.support.real_data import real_data

KINDS = "dicom_kinds"
#: a name in GB 2312 under a declaration that pydicom does not decode
_BETTER = {"chrGB2312.dcm"}
#: the file ends inside a sequence; pydicom leaves out what follows
_FURTHER = {"emri_small_jpeg_2k_lossless_too_short.dcm"}
Line = tuple[int, str, object]


def _theirs(dataset: Dataset) -> Iterator[Line]:
    """pydicom's walk: (tag, VR, value), items as (ITEM, "", number)."""
    for element in dataset:
        tag, vr = int(element.tag), str(element.VR)
        if tag & 0xFFFF == 0 and vr == "UN":  # a private group's length (PS3.5 7.2)
            yield tag, "UL", [float(struct.unpack("<I", element.value)[0])]
        elif vr == "SQ":
            yield tag, vr, len(element.value)
            for number, item in enumerate(element.value, 1):
                yield ITEM, "", number
                yield from _theirs(item)
        elif vr in BINARY or isinstance(element.value, bytes):
            yield tag, "binary", len(element.value or b"")
        else:
            yield tag, vr, _plain(element.value)


def _plain(value: object) -> object:
    found = [_one(part) for part in (value if isinstance(value, MultiValue | list) else [value])]
    return [] if value is None or found == [""] else found


def _one(value: object) -> object:
    if isinstance(value, pydicom.tag.BaseTag):
        return f"({value >> 16:04X},{value & 0xFFFF:04X})"
    if isinstance(value, float | int) and not hasattr(value, "original_string"):
        return float(value)
    return _spaces(str(value).rstrip("=")) if isinstance(value, PersonName) else _spaces(str(value))


def _spaces(text: str) -> str:
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())


def _ours(table: TagTable) -> Iterator[Line]:
    for row, (tag, vr) in enumerate(zip(table.tags, table.vrs, strict=True)):
        value = table.values[row]
        if tag == ITEM:
            yield tag, vr, int(value)
        elif vr == "SQ":
            yield tag, vr, table.lengths[row]
        elif vr in BINARY:
            yield tag, "binary", table.lengths[row]
        elif vr in ("LT", "ST", "UT", "UR"):
            yield tag, vr, [_spaces(value)] if value else []
        elif vr in ("US", "SS", "UL", "SL", "UV", "SV", "FL", "FD"):
            yield tag, vr, [float(part) for part in value.split("\\")] if value else []
        else:
            parts = value.rstrip("=") if vr == "PN" else value
            yield tag, vr, [_spaces(part) for part in parts.split("\\")] if parts else []


def _same(ours: Line, theirs: Line, *, cut: bool) -> bool:
    if ours[:2] != theirs[:2]:
        return False
    mine, other = ours[2], theirs[2]
    if isinstance(mine, list) and isinstance(other, list):
        if cut:
            mine, other = mine[:-1], other[: len(mine) - 1]  # the last one may be a part
        if ours[1] == "FL":
            return bool(np.array_equal(np.float32(mine), np.float32(other), equal_nan=True))
        if ours[1] in ("DS", "IS"):
            return [_number(x) for x in mine] == [_number(x) for x in other]
        return len(mine) == len(other) and all(_equal(a, b) for a, b in zip(mine, other, strict=True))
    return mine == other


def _number(text: object) -> object:
    try:
        return float(str(text))
    except ValueError:
        return text


def _equal(one: object, other: object) -> bool:
    if isinstance(one, float) and isinstance(other, float) and math.isnan(one):
        return math.isnan(other)
    return one == other


def _files() -> list[Path]:
    folder = real_data(KINDS)
    return [
        file for file in sorted(folder.rglob("*")) if file.is_file() and file.suffix not in (".md", ".tsv")
    ]


def test_the_same_elements_as_pydicom() -> None:
    """Tags, VRs, values of every file that both read; lengths of binary values."""
    compared, wrong = 0, []
    for file in _files():
        try:
            table = read_tags(file, file.name)
        except BadInput:
            with pytest.raises(pydicom.errors.InvalidDicomError):
                pydicom.dcmread(file)
            continue
        compared += 1
        if difference := _difference(table, file):
            wrong.append(f"{file.name}: {difference}")
    assert not wrong, "\n".join(wrong)
    assert compared > 150


def _once(table: TagTable, lines: list[Line]) -> list[Line]:
    """Without the first of two elements of one tag: pydicom keeps the last."""
    following = zip(table.tags[1:], table.parents[1:], strict=True)
    twice = {
        row
        for row, (tag, parent) in enumerate(following)
        if tag != ITEM and (tag, parent) == (table.tags[row], table.parents[row])
    }
    return [line for row, line in enumerate(lines) if row not in twice]


def _difference(table: TagTable, file: Path) -> str:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        dataset = pydicom.dcmread(file, force=True)
        theirs = [*_theirs(dataset.file_meta), *_theirs(dataset)]
    ours = _once(table, list(_ours(table)))
    if file.name in _FURTHER:
        return "" if ours[: len(theirs)] == theirs else "other elements"
    for row, (mine, other) in enumerate(zip(ours, theirs, strict=False)):
        if not _same(mine, other, cut=row in table.cut) and file.name not in _BETTER:
            return f"{mine[0]:08X} {mine!r:.120} pydicom: {other!r:.120}"
    return "" if len(ours) == len(theirs) else f"{len(ours)} elements, pydicom has {len(theirs)}"


def _written(tmp_path: Path, dataset: Dataset, name: str = "made.dcm") -> Path:
    meta = FileMetaDataset()
    meta.TransferSyntaxUID = ExplicitVRLittleEndian
    meta.MediaStorageSOPClassUID = dataset.SOPClassUID = "1.2.840.10008.5.1.4.1.1.2.1"
    meta.MediaStorageSOPInstanceUID = dataset.SOPInstanceUID = generate_uid()
    dataset.file_meta = meta
    dataset.save_as(tmp_path / name, enforce_file_format=True)
    return tmp_path / name


def _row(table: TagTable, tag: int) -> int:
    return table.tags.index(tag)


def test_a_child_reads_chinese_texts(parsers: Pool, tmp_path: Path) -> None:
    """GBK bytes, declared and not, come back as characters through the bounded child."""
    dataset = Dataset()
    dataset.SpecificCharacterSet = "GB18030"
    dataset.PatientName = "Zhang^San=张^三丰"
    dataset.SeriesDescription = "胸部平扫 薄层"
    found = parsers.call(read_tags, _written(tmp_path, dataset), "made", about="made")
    assert found.values[_row(found, 0x00100010)] == "Zhang^San=张^三丰"
    assert found.values[_row(found, 0x0008103E)] == "胸部平扫 薄层"
    assert found.encoding == "gb18030"
    assert found.tags[0] == 0x00020000


def test_private_elements_have_their_owner_and_name(tmp_path: Path) -> None:
    """Known names come from pydicom's private dictionary, the block is found by its creator."""
    dataset = Dataset()
    block = dataset.private_block(0x0019, "SIEMENS MR HEADER", create=True)
    block.add_new(0x0C, "IS", "1000")
    found = read_tags(_written(tmp_path, dataset), "made")
    row = _row(found, 0x0019100C)
    assert found.creators[row] == "SIEMENS MR HEADER"
    assert "value" in name_of(0x0019100C, found.creators[row]).english.lower()
    assert name_of(0x00190010).chinese == "私有创建者"
    assert name_of(0x0019100C, "nobody's").english == ""


def test_all_frames_are_counted_and_the_shown_one_is_listed(tmp_path: Path) -> None:
    """Of very many frames the first ones and the shown one have rows."""
    frames, shown = LISTED_FRAMES + 500, LISTED_FRAMES + 321
    dataset = Dataset()
    items = []
    for number in range(frames):
        item, content = Dataset(), Dataset()
        content.InStackPositionNumber = number + 1
        item.FrameContentSequence = Sequence([content])
        items.append(item)
    dataset.PerFrameFunctionalGroupsSequence = Sequence(items)
    found = read_tags(_written(tmp_path, dataset), "made", frame=shown)
    sequence = _row(found, 0x52009230)
    assert found.lengths[sequence] == frames
    listed = [found.values[row] for row, parent in enumerate(found.parents) if parent == sequence]
    assert len(listed) == LISTED_FRAMES + 1
    assert listed[-1] == str(shown + 1)
    assert found.values[-1] == str(shown + 1)
    assert found.notices == ((tags.MORE_FRAMES, {"found": str(frames), "limit": str(LISTED_FRAMES)}),)


def test_long_values_are_cut_and_keep_their_length(tmp_path: Path) -> None:
    """Texts, numbers and bytes; what is shown is a beginning."""
    dataset = Dataset()
    dataset.ImageComments = "a" * 9_000
    dataset.add_new(0x00281201, "OW", bytes(range(256)) * 100)
    dataset.add_new(0x00720078, "US", list(range(20_000)))
    found = read_tags(_written(tmp_path, dataset), "made")
    comments, palette, numbers = (_row(found, tag) for tag in (0x00204000, 0x00281201, 0x00720078))
    assert found.lengths[comments] == 9_000
    assert found.values[comments] == "a" * 1_024
    assert found.lengths[palette] == 25_600
    assert found.values[palette].startswith("00 01 02 03")
    assert found.lengths[numbers] == 40_000
    assert found.values[numbers].startswith("0\\1\\2\\3")
    assert {comments, numbers} <= found.cut


def test_damaged_files_tell_what_could_be_read(tmp_path: Path) -> None:
    """Whatever is cut off or turned over, there is a table or a reason, never another error."""
    dataset = _nested()
    whole = _written(tmp_path, dataset).read_bytes()
    chance, damaged, tables = np.random.default_rng(5), tmp_path / "damaged.dcm", 0
    refused = 0
    for _ in range(400):
        raw = bytearray(whole)
        for at in chance.integers(132, len(raw), 3):
            raw[at] = chance.integers(0, 256)
        damaged.write_bytes(raw[: chance.integers(140, len(raw))])
        try:
            tables += len(read_tags(damaged, "damaged").tags) > 0
        except BadInput:
            refused += 1
    assert tables > 200
    assert tables + refused == 400
    cut = whole[: whole.index(struct.pack("<HH", 0x0040, 0xA043)) + 20]
    damaged.write_bytes(cut)
    found = read_tags(damaged, "damaged")
    assert found.tags[-1] != 0x00100010
    assert found.notices[-1][0] == "element {tag} says {declared} bytes, {present} are there"
    assert found.values[_row(found, 0x00100020)] == "7"


def _nested() -> Dataset:
    dataset, concept, content = Dataset(), Dataset(), Dataset()
    dataset.PatientID = "7"
    concept.CodeValue, concept.CodingSchemeDesignator, concept.CodeMeaning = "121071", "DCM", "Finding"
    content.ConceptNameCodeSequence = Sequence([concept])
    content.TextValue = "one\r\ntwo"
    dataset.ContentSequence = Sequence([content, content])
    return dataset


def test_what_is_not_dicom_is_refused(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("nothing of the kind, but long enough to look at" * 9)
    with pytest.raises(BadInput):
        read_tags(tmp_path / "notes.txt", "notes.txt")


def test_common_attributes_and_identifiers_have_chinese_names() -> None:
    names = [name_of(int(tag)) for tag in pydicom.datadict.DicomDictionary]
    assert sum(bool(name.chinese) for name in names) > 500
    assert name_of(0x00080060).chinese == "检查类型"
    assert name_of(0x60020010).chinese == "叠加层行数"
    assert uid_name("1.2.840.10008.5.1.4.1.1.2") == ("CT Image Storage", "CT 图像")
    assert uid_name("1.2.3") == ("", "")


def test_values_of_a_series_are_counted(tmp_path: Path) -> None:
    """Same values once, different ones apart, absent ones by their number; long bytes by their digest."""
    files = []
    for number in range(6):
        dataset = Dataset()
        dataset.InstanceNumber, dataset.Manufacturer = number, "same"
        dataset.add_new(0x00281201, "OW", bytes(100) + bytes([number // 3, 0]))
        dataset.PixelData, dataset.BitsAllocated = bytes([number] * 8), 8
        dataset["PixelData"].VR = "OW"
        if number:
            dataset.SliceLocation = "5"
        files.append((_written(tmp_path, dataset, f"{number}.dcm"), str(number)))
    files.append((tmp_path / "absent.dcm", "absent"))
    whole, read = count_values(files)
    parts = merge([count_values(files[:2])[0], count_values(files[2:])[0]])
    assert read == 6
    assert parts == whole
    found = {one.path: one for one in whole}
    assert found[(0x00080070,)].counts == {"same": 6}
    assert len(found[(0x00200013,)].counts) == 6
    assert found[(0x00201041,)].present == 5
    assert sorted(found[(0x00281201,)].counts.values()) == [3, 3]
    assert (0x7FE00010,) not in found


def test_facts_of_the_asked_frame() -> None:
    file = next((real_data(KINDS)).rglob("emri_small.dcm"))
    facts = facts_of_frame(file, "emri", 3)
    assert [frame.index for frame in facts.frames] == [3]
    assert facts.frames[0].frames_in_object == 10
