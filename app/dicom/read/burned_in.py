"""Whether it can be read in the pixels of an object who the patient is (PS3.3 C.7.6.1.1.10)."""

from __future__ import annotations

from pathlib import Path

from app.dicom.read.objects.opening import object_header

#: kinds whose pixels often hold the name, where they do not say: ultrasound, secondary capture, visible light
_OFTEN = ("3.1", "6.1", "6.2", "7", "7.", "77.1.")
_STORAGE = "1.2.840.10008.5.1.4.1.1."


def may_be_burned_in(path: Path, name: str) -> bool:
    """Burned In Annotation of a file; where it says nothing, what is usual for its kind.  Runs in a bounded
    child; raises `BadInput` about `name`.
    """
    with object_header(path, name) as (header, _):
        said = header.text(0x00280301).upper()
        kind = header.uid(0x00080016).removeprefix(_STORAGE)
        usual = kind in _OFTEN or kind.startswith(tuple(one for one in _OFTEN if one.endswith(".")))
        return said == "YES" or (said != "NO" and usual)
