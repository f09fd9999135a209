"""Stored documents have the number of their schema; earlier ones are read."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from app.directory.repository import DirectoryRepository
from app.domain import schema_history
from app.domain.anchor import FrameAnchor, GridAnchor
from app.domain.schema_history import Schema
from app.errors import BadInput
from app.storage import documents, tables
from app.storage.database import Transaction
from app.storage.documents import DocumentType, from_json, to_json
from app.storage.folder import DataFolder
from tests.support.earlier_versions import SIGNED_IN_FORM_1, SIGNED_IN_FORM_2, EarlierVersion

_TYPES = {
    "report": documents.REPORT,
    "signatures": documents.SIGNATURES,
    "measurements": documents.MEASUREMENTS,
    "key-images": documents.KEY_IMAGES,
    "result": documents.RESULT,
}
#: measurements of the present type, as if no upgrade had led to it
_FIRST = DocumentType(Schema("measurements"), documents.MEASUREMENTS.holds)
_UID = SIGNED_IN_FORM_1.told()["final"]["study_uid"]


def _renamed(measurements: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """An upgrade as a later version may have one: labels lose their spaces."""
    return [{**one, "label": one["label"].replace(" ", "")} for one in measurements]


_GRID_PLANES = ("axial", "coronal", "sagittal")


def _within(part: Any, whole: Any) -> bool:
    """Whether a JSON tree has all that another has; members may have been added to it.

    The name of a plane became the number of a grid axis; beside an image it said nothing that the image does
    not.
    """
    if isinstance(part, dict) and "plane" in part:
        (name, index), rest = part["plane"], {name: value for name, value in part.items() if name != "plane"}
        if rest["sop_uid"] is None:
            known = {name: rest[name] for name in ("study_uid", "series_uid", "frame_of_reference_uid")}
            rest = known | {"axis": _GRID_PLANES.index(name), "index": index}
        return _within(rest, whole)
    if isinstance(part, dict):
        return all(name in whole and _within(member, whole[name]) for name, member in part.items())
    if isinstance(part, list):
        return len(part) == len(whole) and all(map(_within, part, whole))
    return bool(part == whole)


@pytest.mark.parametrize(
    ("version", "kind"),
    [(SIGNED_IN_FORM_1, kind) for kind in _TYPES]
    + [(SIGNED_IN_FORM_2, kind) for kind in _TYPES if kind != "result"],
    ids=lambda one: one if isinstance(one, str) else one.folder.name,
)
def test_documents_of_earlier_versions_are_read(version: EarlierVersion, kind: str) -> None:
    """What an earlier version stored, without numbers or with earlier ones, comes whole."""
    stored = json.loads(version.stored_text(kind))
    value = from_json(_TYPES[kind], version.stored_text(kind))
    again = json.loads(to_json(_TYPES[kind], value))
    assert again["schema"] == _TYPES[kind].schema.number
    assert _within(stored["content"] if version is SIGNED_IN_FORM_2 else stored, again["content"])
    assert from_json(_TYPES[kind], json.dumps(again)) == value


def test_planes_of_earlier_versions_are_axes_of_the_grid() -> None:
    """ "axial" of a sagittal acquisition was its slices; "coronal" the planes across its rows."""
    measurements = from_json(documents.MEASUREMENTS, SIGNED_IN_FORM_2.stored_text("measurements"))
    kept = {m.tracking_uid: m.anchor for m in measurements}
    told = SIGNED_IN_FORM_2.told()["marks"]
    for uid, anchor in kept.items():
        where = told.get(uid, told["2.25.20200"])  # the machine's draft lies on the first one's image
        if where["axis"] in (None, 0):
            assert isinstance(anchor, FrameAnchor)
            assert anchor.frame == (where["index"] + 1 if where["axis"] is None else None)
        else:
            assert isinstance(anchor, GridAnchor)
            assert (anchor.axis, anchor.index) == (where["axis"], where["index"])


def test_an_anchor_of_an_unknown_plane_is_refused() -> None:
    (first, *_) = json.loads(SIGNED_IN_FORM_1.stored_text("measurements"))
    text = json.dumps([{**first, "anchor": {**first["anchor"], "sop_uid": None, "plane": ["oblique", 1.0]}}])
    with pytest.raises(BadInput, match="of schema 1 cannot be read"):
        from_json(documents.MEASUREMENTS, text)


def test_earlier_numbers_are_brought_up_step_by_step() -> None:
    text = to_json(_FIRST, from_json(documents.MEASUREMENTS, SIGNED_IN_FORM_1.stored_text("measurements")))
    text = json.dumps(json.loads(text)["content"])
    steps = DocumentType(
        Schema("measurements", (_renamed, lambda tree: tree[:2])), documents.MEASUREMENTS.holds
    )
    assert [m.label for m in from_json(steps, text)] == ["长径1", "椭圆1"]
    second = json.dumps({"content": json.loads(text), "schema": 2})
    assert [m.label for m in from_json(steps, second)] == ["长径 1", "椭圆 1"]
    third = to_json(steps, from_json(_FIRST, text))
    assert json.loads(third)["schema"] == 3
    assert len(from_json(steps, third)) == 5


@pytest.mark.parametrize(
    ("document", "told"),
    [
        ({"content": [], "schema": 99}, "has schema 99; this version of YingShu knows schemas up to 2"),
        ({"content": [], "schema": 0}, "has schema 0"),
        ({"content": [], "schema": "2"}, "cannot be read at schema"),
        ({"content": [{}], "schema": 1}, "of schema 1 cannot be read"),
        ({"content": [{}], "schema": 2}, "cannot be read at 0.tracking_uid"),
    ],
)
def test_what_cannot_be_read_is_named(document: dict[str, Any], told: str) -> None:
    kind = DocumentType(Schema("measurements", (_renamed,)), documents.MEASUREMENTS.holds)
    with pytest.raises(BadInput, match=told):
        from_json(kind, json.dumps(document))


def test_a_cut_text_is_named() -> None:
    with pytest.raises(BadInput, match=r"报告 cannot be read at \d+"):
        from_json(documents.REPORT, SIGNED_IN_FORM_1.stored_text("report")[:-3])


def _rows(tx: Transaction) -> int:
    """How many saves of the study's drawings there are."""
    wanted = select(func.count()).where(tables.annotation_layer.c.study_uid == _UID)
    return tx.connection.scalar(wanted) or 0


def test_rows_of_an_earlier_version_go_on(tmp_path: Path) -> None:
    """Drawings, results, settings and outbox of an earlier version: read, and stored anew only when
    changed.
    """
    with DataFolder.open(SIGNED_IN_FORM_1.unpack(tmp_path / "home")) as folder, folder.database.write() as tx:
        measurements, key_images = tx.annotations.layer(_UID)
        assert measurements == from_json(documents.MEASUREMENTS, SIGNED_IN_FORM_1.stored_text("measurements"))
        tx.annotations.save_layer(_UID, measurements, key_images, "李医生")
        assert _rows(tx) == 1
        tx.annotations.save_layer(_UID, measurements[:1], key_images, "李医生")
        assert (_rows(tx), len(tx.annotations.layer(_UID)[0])) == (2, 1)
        assert tx.results.of_study(_UID) == [
            from_json(documents.RESULT, SIGNED_IN_FORM_1.stored_text("result"))
        ]
        assert tx.settings.get("report") == json.loads(SIGNED_IN_FORM_1.stored_text("settings"))
        (entry,) = tx.get(DirectoryRepository).pending()
        assert entry.document == json.loads(SIGNED_IN_FORM_1.stored_text("outbox"))
        report = tx.reports.of_study(_UID)
        tx.reports.save(report)  # the same again is no change
        assert tx.reports.get(report.report_id) == report


def test_every_document_is_stored_with_its_number(tmp_path: Path) -> None:
    with DataFolder.open(SIGNED_IN_FORM_1.unpack(tmp_path / "home")) as folder, folder.database.write() as tx:
        measurements, key_images = tx.annotations.layer(_UID)
        tx.annotations.save_layer("other", measurements, key_images, "李医生")
        tx.settings.set("report", tx.settings.get("report"))
        tx.get(DirectoryRepository).enqueue("key", "other", "register", {"title": "另一份"})
        stored = [
            tx.connection.exec_driver_sql(query).scalar()
            for query in (
                "SELECT measurements FROM annotation_layer WHERE study_uid = 'other'",
                "SELECT key_images FROM annotation_layer WHERE study_uid = 'other'",
                "SELECT document FROM setting WHERE theme = 'report'",
                "SELECT document FROM outbox WHERE key = 'key'",
            )
        ]
    kinds = (
        schema_history.MEASUREMENTS,
        schema_history.KEY_IMAGES,
        schema_history.theme("report"),
        schema_history.OUTBOX,
    )
    assert [json.loads(text)["schema"] for text in stored] == [kind.number for kind in kinds]
