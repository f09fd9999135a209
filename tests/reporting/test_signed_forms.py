"""Forms of signed content: fixed for ever, whatever becomes of the domain types (电子病历 4.7)."""

from __future__ import annotations

import json
import types
from dataclasses import dataclass, fields, is_dataclass, replace
from typing import Any, Union, get_args, get_origin, get_type_hints

import pytest

from app.domain.anchor import Anchor, FrameAnchor, GridAnchor, PlaneAnchor
from app.domain.key_object import KeyImage
from app.domain.measurement import Measurement
from app.domain.presentation import Window
from app.domain.report import Report, SectionKind
from app.domain.schema_history import Schema
from app.domain.signed_forms import FORM_1, PRESENT, SignedContent
from app.errors import BadInput
from app.reporting.canonical import digest, read_signed, said, says, signed_content
from app.storage import documents
from app.storage.documents import DocumentType, from_json, to_json
from tests.reporting.report_samples import anchor, chest_report, plane_anchor
from tests.support.earlier_versions import SIGNED_IN_FORM_1

_FINAL = SIGNED_IN_FORM_1.stored_text("report")
#: members of a report that are its way through the house and not signed
_NOT_SIGNED = frozenset({"signatures", "state", "revision", "updated_at", "return_reason"})


# Domain types as a later version may have them.


@dataclass(frozen=True, slots=True)
class _Anchor(FrameAnchor):
    frames: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class _Window(Window):
    shape: str = "straight"


@dataclass(frozen=True, slots=True)
class _Measurement(Measurement):
    anchor: _Anchor | PlaneAnchor | GridAnchor
    note: str = ""


@dataclass(frozen=True, slots=True)
class _KeyImage(KeyImage):
    anchor: _Anchor | PlaneAnchor | GridAnchor
    window: _Window


@dataclass(frozen=True, slots=True)
class _Report(Report):
    measurements: tuple[_Measurement, ...] = ()
    key_images: tuple[_KeyImage, ...] = ()
    urgent: bool = False


_LATER: DocumentType[_Report] = DocumentType(
    Schema("report", (*documents.REPORT.schema.upgrades, lambda tree: tree)), _Report
)


def _form_1(name: str) -> SignedContent:
    return SignedContent("yingshu-report-1", SIGNED_IN_FORM_1.signed_bytes(name))


def test_form_1_gives_the_bytes_that_were_signed() -> None:
    """The form is held against bytes that an earlier version signed."""
    content = FORM_1.write(json.loads(_FINAL), 1)
    assert content == _form_1("final")
    assert content.digest_sha256 == SIGNED_IN_FORM_1.told()["final"]["digest"]


@pytest.mark.parametrize("name", SIGNED_IN_FORM_1.names)
def test_form_1_is_read(name: str) -> None:
    report = read_signed(_form_1(name))
    assert report.report_id == SIGNED_IN_FORM_1.told()[name]["report_id"]
    assert report.section(SectionKind.FINDINGS).plain


def test_signed_bytes_say_what_the_stored_report_says() -> None:
    report = from_json(documents.REPORT, _FINAL)
    assert says(report, _form_1("final"))
    assert read_signed(_form_1("final")) == said(report)


def _with_more(tree: Any) -> Any:
    """The tree with a member more in each of its objects."""
    if isinstance(tree, list):
        return [_with_more(item) for item in tree]
    if isinstance(tree, dict):
        return {name: _with_more(member) for name, member in tree.items()} | {"added": "later"}
    return tree


def test_form_1_takes_no_notice_of_members_that_came_later() -> None:
    assert FORM_1.write(_with_more(json.loads(_FINAL)), 1) == _form_1("final")


def test_added_members_change_nothing_that_was_signed() -> None:
    """`FrameAnchor`, `Window`, `Measurement` and `Report` gain a member with a default: the signed bytes and
    the stored document are both read with the default and still say the same.
    """
    stored = from_json(_LATER, _FINAL)
    signed = from_json(_LATER, _form_1("final").content.decode("utf-8"))
    assert stored.key_images[0].window.shape == "straight"
    assert (stored.measurements[0].anchor.frames, stored.measurements[0].note, stored.urgent) == (
        (),
        "",
        False,
    )
    assert said(stored) == signed
    assert said(replace(stored, urgent=True)) != signed, "a value nobody signed"
    written = json.loads(to_json(_LATER, stored))
    assert (written["schema"], written["content"]["key_images"][0]["window"]["shape"]) == (
        documents.REPORT.schema.number + 1,
        "straight",
    )
    assert from_json(_LATER, json.dumps(written)) == stored


def test_what_the_form_has_no_member_for_is_not_signed_in_silence() -> None:
    """A member that was forgotten in the form: signing stops, for it would be shown and signed by nobody."""
    report = chest_report()
    key = report.key_images[0]
    known = {f.name: getattr(key.anchor, f.name) for f in fields(key.anchor)}
    anchor = _Anchor(**known | {"frames": (3, 4)})
    with pytest.raises(ValueError, match="does not hold all"):
        signed_content(replace(report, key_images=(replace(key, anchor=anchor),)))


def test_the_present_form_lists_every_member() -> None:
    """Who adds a member to a domain type adds it to the form too (docs/decisions/signed-form.md)."""
    assert _missing(Report, "report", _NOT_SIGNED) == []
    assert _missing(_Window, "window") == ["window.shape"]


def _missing(kind: type, name: str, left_out: set[str] = set()) -> list[str]:
    listed, hints = PRESENT.members[documents.REPORT.schema.number][name], get_type_hints(kind)
    found = [f"{name}.{f.name}" for f in fields(kind) if f.name not in listed and f.name not in left_out]
    for member, inner in listed.items():
        for part in _dataclasses_in(hints[member]):
            family, _, told_by = inner.partition("/")
            if not family:
                found.append(f"{name}.{member} is a type of its own")
            else:
                alternative = {f.name: f.default for f in fields(part)}.get(told_by)
                found += _missing(part, f"{family}/{alternative}" if told_by else family)
    return found


def _dataclasses_in(hint: Any) -> list[type]:
    if get_origin(hint) in (tuple, Union, types.UnionType):
        return [kind for part in get_args(hint) for kind in _dataclasses_in(part)]
    return [hint] if is_dataclass(hint) and isinstance(hint, type) else []


def test_the_present_form_names_itself_and_its_schema() -> None:
    content = signed_content(chest_report(signed=True))
    tree = json.loads(content.content)
    assert (tree["signed_form"], tree["schema"]) == ("yingshu-report-2", documents.REPORT.schema.number)
    assert not _NOT_SIGNED & tree.keys()
    assert digest(chest_report()) == content.digest_sha256


@pytest.mark.parametrize("language", ["zh", "en"])
def test_what_is_signed_now_is_read_again(language: str) -> None:
    report = chest_report(language, signed=True)
    assert read_signed(signed_content(report)) == said(report)


@pytest.mark.parametrize(
    "on",
    [
        anchor(),
        plane_anchor(),
        replace(plane_anchor(), nearest=None),
        GridAnchor(anchor().study_uid, anchor().series_uid, "1.2.9", 1, 16.25),
    ],
)
def test_every_kind_of_anchor_is_read_as_it_was_signed(on: Anchor) -> None:
    report = chest_report()
    keys = (replace(report.key_images[0], anchor=on), *report.key_images[1:])
    report = replace(report, measurements=(replace(report.measurements[0], anchor=on),), key_images=keys)
    content = signed_content(report)
    assert says(report, content)
    assert from_json(documents.REPORT, to_json(documents.REPORT, report)) == report
    elsewhere = replace(on, frame_of_reference_uid="1.2.10")
    assert not says(
        replace(report, measurements=(replace(report.measurements[0], anchor=elsewhere),)), content
    )


@pytest.mark.parametrize("value", [1e20, -0.0, 2.0**60, 1e-7, 5e-324, 3.0])
def test_every_number_is_read_as_it_was_signed(value: float) -> None:
    report = chest_report()
    (made,) = report.measurements
    made = replace(made, values=(replace(made.values[0], value=value),))
    report = replace(report, measurements=(made,))
    assert says(report, signed_content(report))


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"signed_form": "yingshu-report-9"}, "signed in form yingshu-report-9"),
        ({"schema": 99}, "has schema 99"),
        ({"schema": "1"}, "no report of form"),
        ({"remark": "signed, but shown to nobody"}, "no report of form"),
        ({"header": 3}, "no report of form"),
        ({"sections": [{"kind": "findings", "content": [{"kind": "table"}]}]}, "no report of form"),
        ({"language": None, "sections": None}, "no report of form"),
    ],
)
def test_bytes_that_are_no_report_of_their_form_are_refused(change: dict[str, Any], told: str) -> None:
    tree = json.loads(signed_content(chest_report()).content) | change
    text = json.dumps(tree, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    with pytest.raises(BadInput, match=told):
        read_signed(SignedContent(str(tree["signed_form"]), text.encode("utf-8")))


@pytest.mark.parametrize("content", [b"", b"\xff", b"[]", b"{}", b"3"])
def test_bytes_that_are_no_json_of_a_form_are_refused(content: bytes) -> None:
    with pytest.raises(BadInput, match="no report of form"):
        read_signed(SignedContent("yingshu-report-2", content))
