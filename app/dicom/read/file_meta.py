"""File meta information, and how a data set is written in truth (PS3.10 7.1, PS3.5 10)."""

from __future__ import annotations

import mmap
import struct
import zlib
from dataclasses import dataclass, field

from pydicom.uid import UID

from app.dicom.read.refusal import Unusable, truncated
from app.domain.study import Notice
from app.processes.limits import MAX_INFLATED_BYTES, mebibytes

Buffer = bytes | mmap.mmap

#: value representations with a length of 32 bits in explicit VR (PS3.5 7.1.2)
LONG_VRS = frozenset(
    (b"OB", b"OD", b"OF", b"OL", b"OV", b"OW", b"SQ", b"SV", b"UC", b"UN", b"UR", b"UT", b"UV")
)
SHORT_VRS = frozenset(b"AE AS AT CS DA DS DT FL FD IS LO LT PN SH SL SS ST TM UI UL US".split())

IMPLICIT_LITTLE = "1.2.840.10008.1.2"
EXPLICIT_LITTLE = "1.2.840.10008.1.2.1"
EXPLICIT_BIG = "1.2.840.10008.1.2.2"
DEFLATED = frozenset(("1.2.840.10008.1.2.1.99",))
NATIVE = frozenset((IMPLICIT_LITTLE, EXPLICIT_LITTLE, EXPLICIT_BIG, *DEFLATED))
#: GE's own, retired: implicit VR, little endian, but for the pixels
GE_BIG_ENDIAN_PIXELS = "1.2.840.113619.5.2"
_FORMS = {
    (False, True): "Implicit VR Little Endian",
    (True, True): "Explicit VR Little Endian",
    (True, False): "Explicit VR Big Endian",
    (False, False): "Implicit VR Big Endian",
}
_SYNTAXES = {
    (False, True): IMPLICIT_LITTLE, (True, True): EXPLICIT_LITTLE, (True, False): EXPLICIT_BIG,
}  # fmt: skip


@dataclass(slots=True)
class FileMeta:
    """Where the data set starts in `data` (the file, or its inflated data set) and how it is written."""

    data: Buffer
    preamble: bool
    transfer_syntax: str
    start: int
    explicit: bool
    little: bool
    values: dict[int, bytes]
    notices: list[Notice] = field(default_factory=list)


def read_file_meta(data: Buffer) -> FileMeta:
    """The file meta information, believed as far as the data set bears it out; raises `Unusable`.

    A transfer syntax that contradicts the first element of the data set (explicit for implicit VR, the other
    byte order, not deflated) is set right, with a notice.
    """
    meta = _declared(data)
    if meta.transfer_syntax in DEFLATED:
        try:
            meta.data, meta.start = _inflate(data, meta.start), 0
            return meta
        except zlib.error as error:
            if _form(data, meta.start) is None:
                raise Unusable("damaged", "the deflated data set is damaged") from error
    _as_written(meta)
    return meta


def _declared(data: Buffer) -> FileMeta:
    size = len(data)
    preamble = size >= 132 and data[128:132] == b"DICM"
    at = 132 if preamble else 0
    if size < at + 8:
        raise Unusable("not-dicom", "not a DICOM file ({found} bytes)", found=size)
    syntax = ""
    media: dict[int, bytes] = {}
    while at + 8 <= size and data[at : at + 2] == b"\x02\x00":
        value, length = _meta_value(data, at)
        if value + length > size:
            raise truncated(
                0x00020000 + int.from_bytes(data[at + 2 : at + 4], "little"), length, size - value
            )
        if data[at + 2 : at + 4] == b"\x10\x00":
            syntax = data[value : value + length].rstrip(b"\0 ").decode("ascii", "replace")
        elif data[at + 2 : at + 4] in (b"\x02\x00", b"\x03\x00"):  # Media Storage SOP Class and Instance UID
            media[0x00020000 + data[at + 2]] = bytes(data[value : value + length])
        at = value + length
    syntax = syntax or _guess(data, at, preamble=preamble)
    return FileMeta(
        data,
        preamble,
        syntax,
        at,
        syntax not in (IMPLICIT_LITTLE, GE_BIG_ENDIAN_PIXELS),
        syntax != EXPLICIT_BIG,
        values=media,
    )


def _meta_value(data: Buffer, at: int) -> tuple[int, int]:
    """Offset and length of the value of a file meta element."""
    if not data[at + 4 : at + 6].isalpha():  # file meta information in implicit VR: wrong, and seen
        return at + 8, int(struct.unpack_from("<I", data, at + 4)[0])
    if data[at + 4 : at + 6] in LONG_VRS:
        return at + 12, long_length(data, at, "<")
    return at + 8, int(struct.unpack_from("<H", data, at + 6)[0])


def long_length(data: Buffer, at: int, order: str) -> int:
    """The 32-bit length of an element in explicit VR that starts at `at`."""
    if at + 12 > len(data):
        raise Unusable("truncated", "the file ends inside an element header")
    return int(struct.unpack_from(order + "I", data, at + 8)[0])


def _guess(data: Buffer, at: int, *, preamble: bool) -> str:
    """Transfer syntax of a data set without file meta information, from its first element."""
    head = data[at : at + 8]
    if len(head) < 8 or head[:2] not in (b"\x08\x00", b"\x00\x08", b"\x04\x00", b"\x10\x00"):
        if preamble:
            raise Unusable("damaged", "no data set behind the DICM prefix")
        raise Unusable("not-dicom", "not a DICOM file (no DICM prefix, no data set)")
    if head[:2] == b"\x00\x08":
        return EXPLICIT_BIG
    if head[4:6].isalpha() and head[4:6].isupper():
        return EXPLICIT_LITTLE
    return IMPLICIT_LITTLE


def _as_written(meta: FileMeta) -> None:
    """Set right what the first element contradicts."""
    form = _form(meta.data, meta.start)
    if form is None or (form == (meta.explicit, meta.little) and meta.transfer_syntax not in DEFLATED):
        return
    meta.notices.append(
        Notice(
            "transfer-syntax",
            "the file names the transfer syntax {said}, its data set is written in {found}",
            {"said": UID(meta.transfer_syntax).name, "found": _FORMS[form]},
        )
    )
    meta.explicit, meta.little = form
    if meta.transfer_syntax in NATIVE and form in _SYNTAXES:
        meta.transfer_syntax = _SYNTAXES[form]


def _form(data: Buffer, at: int) -> tuple[bool, bool] | None:
    """(explicit VR, little endian) of the element at `at`; None where the bytes are no element's.

    The groups that a data set starts with are below 0100, so that one byte of the group is zero and tells
    the byte order.
    """
    head = data[at : at + 8]
    if len(head) < 8 or (head[0] == 0) == (head[1] == 0):
        return None
    little = head[1] == 0
    if head[4:6] in LONG_VRS or head[4:6] in SHORT_VRS:
        return True, little
    length = int.from_bytes(head[4:8], "little" if little else "big")
    return (False, little) if length <= len(data) - at - 8 or length == 0xFFFFFFFF else None


def _inflate(data: Buffer, start: int) -> bytes:
    # the standard wants the bare stream; some writers put zlib's header before it
    has_header = (
        data[start : start + 1] == b"\x78" and int.from_bytes(data[start : start + 2], "big") % 31 == 0
    )
    engine = zlib.decompressobj(zlib.MAX_WBITS if has_header else -zlib.MAX_WBITS)
    out = engine.decompress(data[start:], MAX_INFLATED_BYTES)
    if engine.unconsumed_tail and not engine.eof:
        raise Unusable(
            "limit", "the deflated data set grows over {limit}", limit=mebibytes(MAX_INFLATED_BYTES)
        )
    return out
