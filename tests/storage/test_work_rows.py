"""Drawings, reports, results and the directory's rows (DB13/T 5.3; issue steps 5 to 8)."""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select

from app.directory.repository import DirectoryRepository
from app.domain.anchor import FrameAnchor, PlaneAnchor
from app.domain.coding import Code
from app.domain.finding import Finding
from app.domain.key_object import KeyImage
from app.domain.measurement import MeasuredValue, Measurement
from app.domain.presentation import Window
from app.domain.provenance import Algorithm, ResultState, ReviewState
from app.domain.report import (
    Chip,
    ImageLink,
    MeasurementLink,
    Report,
    ReportHeader,
    ReportState,
    Section,
    SectionKind,
    Signature,
    SignatureRole,
    Text,
)
from app.domain.roi import Roi, RoiKind
from app.domain.study import SeriesUid, SopUid, StudyUid
from app.errors import NotFound, Refused
from app.storage import tables
from app.storage.database import Database, Transaction
from app.storage.documents import MEASUREMENTS, from_json
from tests.support.archive_rows import NOW, a_study, sha_of

_LENGTH = Code("410668003", "SCT", "Length")
_MM = Code("mm", "UCUM", "millimeter")
_ALGORITHM = Algorithm(
    "lungs",
    "Lungs",
    "1.0",
    Code("123109", "DCM", "Manual Processing"),
    "ab" * 32,
    (("spacing", "1.5"),),
    "onnxruntime",
)


def _anchor() -> PlaneAnchor:
    study, series = StudyUid("1.2.3"), SeriesUid("1.2.3.1")
    nearest = FrameAnchor(study, series, SopUid("1.2.3.1.7"), "1.2.840", 1, "1.9", 12)
    across = ((-1.5, 12.25, 3.0), (1.0, 0.0, 0.0), (0.0, 0.0, -1.0))
    return PlaneAnchor(study, series, "1.9", *across, 2, nearest)


def _measurement(uid: str = "2.25.1", value: float = 8.4) -> Measurement:
    roi = Roi(RoiKind.LENGTH, ((1.5, 2.0, -3.25), (4.0, 5.0, 6.0)), ((10.5, 20.5), (30.0, 40.0)))
    return Measurement(
        uid, "长径 1", roi, _anchor(), (MeasuredValue(_LENGTH, value, _MM),), "演示甲", NOW, site=_LENGTH
    )


def _key(key_id: str = "k1") -> KeyImage:
    return KeyImage(
        key_id, _anchor(), Window(-600, 1500, "lung"), "右上叶结节", sha_of(key_id), "演示甲", NOW
    )


def _report(**given: object) -> Report:
    header = ReportHeader(
        a_study().patient, "056Y", "1.2.3", "ACC", "S1", "胸部CT", NOW, "CT", "CHEST", "影枢医院"
    )
    sections = (
        Section(
            SectionKind.FINDINGS,
            (
                Text("右上叶"),
                Chip("结节", Code("RID3875", "RADLEX", "nodule")),
                MeasurementLink("8.4 mm", "2.25.1"),
            ),
        ),
        Section(SectionKind.IMPRESSION, (Text("随访\n复查"), ImageLink("图 1", "k1"))),
    )
    findings = (
        Finding("f1", Code("RID3875", "RADLEX", "nodule"), measurements=("2.25.1",), key_images=("k1",)),
    )
    values: dict[str, object] = {
        "findings": findings,
        "measurements": (_measurement(),),
        "key_images": (_key(),),
        "revision": 1,
    }
    return Report("r-1", "chest-ct", "1", "zh", header, sections, **{**values, **given})  # type: ignore[arg-type]


def _kept_drafts(tx: Transaction) -> list[int]:
    """Revisions of the drafts of the report that are kept."""
    draft = tables.report_draft
    wanted = select(draft.c.revision).where(draft.c.report_id == "r-1").order_by(draft.c.revision)
    return list(tx.connection.scalars(wanted))


def _signed(report: Report, role: SignatureRole = SignatureRole.AUTHOR) -> Report:
    signature = Signature(role, "p-1", "演示甲", NOW, "cd" * 32, "a2V5", "c2ln")
    state = ReportState.SIGNED if role is SignatureRole.AUTHOR else ReportState.FINAL
    return replace(report, state=state, signatures=(*report.signatures, signature))


# -- drawings
# --------------------------------------------------------------------------------------------------


def test_drawings_come_back_equal_and_the_earlier_ones_stay(database: Database) -> None:
    with database.write() as tx:
        assert tx.annotations.layer("1.2.3") == ((), ())
        tx.annotations.save_layer("1.2.3", [_measurement()], [_key()], "演示甲")
        tx.annotations.save_layer("1.2.3", [_measurement()], [_key()], "演示甲")
        tx.annotations.save_layer("1.2.3", [_measurement(value=9.0)], [], "演示乙")
        tx.annotations.save_layer("other", [], [_key("k2")], "演示乙")
    with database.read() as tx:
        assert tx.annotations.layer("1.2.3") == ((_measurement(value=9.0),), ())
        rows = tx.connection.execute(
            select(tables.annotation_layer).where(tables.annotation_layer.c.study_uid == "1.2.3")
        )
        assert [(r.author, from_json(MEASUREMENTS, r.measurements)) for r in rows] == [
            ("演示甲", (_measurement(),)),
            ("演示乙", (_measurement(value=9.0),)),
        ]
        assert {sha_of("k1"), sha_of("k2")} <= tx.studies.known_objects(), (
            "pictures of removed key images stay for the history"
        )


def test_a_value_that_is_no_number_survives(database: Database) -> None:
    """Statistics of one pixel have no deviation; that must not make the layer unreadable."""
    with database.write() as tx:
        tx.annotations.save_layer("1.2.3", [_measurement(value=math.nan)], [], "演示甲")
        assert math.isnan(tx.annotations.layer("1.2.3")[0][0].values[0].value)


# -- reports
# ---------------------------------------------------------------------------------------------------


def test_a_report_comes_back_equal(database: Database) -> None:
    with database.write() as tx:
        tx.reports.save(_report())
    with database.read() as tx:
        assert tx.reports.get("r-1") == tx.reports.of_study("1.2.3") == _report()
        assert (tx.reports.get("x"), tx.reports.of_study("x")) == (None, None)
        assert sha_of("k1") in tx.studies.known_objects()


def test_an_older_revision_is_refused(database: Database) -> None:
    """Two windows edit: the second to save is told, nothing is overwritten."""
    with database.write() as tx:
        tx.reports.save(_report(revision=5))
    for revision in (4, 5):
        with (
            pytest.raises(Refused, match=f"revision 5 is stored, this one is {revision}"),
            database.write() as tx,
        ):
            tx.reports.save(_report(revision=revision, findings=()))
    with database.write() as tx:
        tx.reports.save(_report(revision=5))  # the same again is no conflict
        assert tx.reports.get("r-1") == _report(revision=5)


def test_signed_and_final_editions_stay_for_ever(database: Database) -> None:
    draft = _report()
    signed = _signed(replace(draft, revision=2))
    returned = replace(
        signed, state=ReportState.RETURNED, signatures=(), version=2, revision=3, return_reason="补充"
    )
    again = _signed(replace(returned, revision=4))
    final = _signed(again, SignatureRole.REVIEWER)
    for report in (draft, signed, returned, again, final):
        with database.write() as tx:
            tx.reports.save(report)
    with database.read() as tx:
        assert tx.reports.get("r-1") == final
        assert tx.reports.versions("r-1") == [signed, again, final]
        assert _kept_drafts(tx) == [1, 3]


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"state": ReportState.DRAFT, "revision": 9}, "cannot become 草稿"),
        ({"state": ReportState.DRAFT, "revision": 9, "version": 2}, "cannot become 草稿"),
        ({"state": ReportState.RETURNED, "revision": 9, "signatures": ()}, "cannot become 已退回"),
        ({"state": ReportState.FINAL, "sections": ()}, "differs from what its author signed"),
        ({"state": ReportState.SIGNED, "revision": 9, "sections": ()}, "cannot become 已书写"),
        ({"state": ReportState.RETURNED, "version": 0, "revision": 9}, "changed elsewhere"),
    ],
)
def test_a_signed_report_is_not_rewritten(database: Database, change: dict[str, object], told: str) -> None:
    signed = _signed(_report())
    with database.write() as tx:
        tx.reports.save(_report(revision=0))
        tx.reports.save(signed)
    with pytest.raises(Refused, match=told), database.write() as tx:
        tx.reports.save(replace(signed, **change))  # type: ignore[arg-type]
    with database.read() as tx:
        assert tx.reports.get("r-1") == signed


def test_a_superseded_report_makes_way(database: Database) -> None:
    final = _signed(_signed(_report()), SignatureRole.REVIEWER)
    with database.write() as tx:
        tx.reports.save(_signed(_report()))
        tx.reports.save(final)
        tx.reports.save(replace(final, state=ReportState.SUPERSEDED, revision=2))
        assert tx.reports.of_study("1.2.3") is None
        tx.reports.save(replace(_report(), report_id="r-2"))
        found = tx.reports.of_study("1.2.3")
        assert found is not None
        assert found.report_id == "r-2"


def test_drafts_are_kept_for_a_while(database: Database) -> None:
    with database.write() as tx:
        for revision in range(1, 131):
            tx.reports.save(_report(revision=revision))
        assert _kept_drafts(tx) == list(range(31, 131))


# -- results
# ---------------------------------------------------------------------------------------------------


def test_results_and_what_was_said_of_them(database: Database) -> None:
    state = ResultState(
        "res-1",
        "1.2.3",
        "1.2.3.1",
        "2.25.9",
        "segmentation",
        _ALGORITHM,
        NOW,
        3.5,
        ReviewState.UNCONFIRMED,
        figures=(("volume", 4.2, "l"),),
    )
    with database.write() as tx:
        tx.results.add(state, objects=[sha_of("seg")])
    with database.write() as tx:
        assert tx.results.get("res-1") == tx.results.by_series("2.25.9") == state
        tx.results.set_review("res-1", ReviewState.ACCEPTED, "演示甲", NOW + timedelta(hours=1))
    with database.read() as tx:
        said = replace(
            state, review=ReviewState.ACCEPTED, reviewed_by="演示甲", reviewed_at=NOW + timedelta(hours=1)
        )
        assert tx.results.of_study("1.2.3") == [said]
        assert sha_of("seg") in tx.studies.known_objects()
        assert (tx.results.get("x"), tx.results.by_series("x"), tx.results.of_study("x")) == (None, None, [])
    with pytest.raises(NotFound), database.write() as tx:
        tx.results.set_review("x", ReviewState.ACCEPTED, "", NOW)


# -- directory
# -------------------------------------------------------------------------------------------------


def test_outbox_keeps_until_sent_and_sends_once(database: Database) -> None:
    """Offline county: outbox, sent later, once."""
    with database.write() as tx:
        tx.get(DirectoryRepository).enqueue("k1", "1.2.3", "register", {"title": "胸部CT", "n": [1, 2]})
        tx.get(DirectoryRepository).enqueue("k2", "1.2.4", "register", {})
        tx.get(DirectoryRepository).failed("k1", "no answer", NOW)
        first, second = tx.get(DirectoryRepository).pending()
        assert (first.key, first.document, first.tries, first.last_error) == (
            "k1",
            {"title": "胸部CT", "n": [1, 2]},
            1,
            "no answer",
        )
        assert second.key == "k2"
        tx.get(DirectoryRepository).enqueue("k1", "1.2.3", "register", {"title": "new"})
        tx.get(DirectoryRepository).sent("k1", "1.2.156.1", "registered", NOW)
        tx.get(DirectoryRepository).enqueue("k1", "1.2.3", "register", {"title": "again"})
        tx.get(DirectoryRepository).failed("k2", "refused", NOW, final=True)
        assert tx.get(DirectoryRepository).pending() == []
        row = tx.get(DirectoryRepository).row("k1")
        assert (row.identifier, row.state, row.document, row.sent_at, row.tries) == (
            "1.2.156.1",
            "registered",
            {"title": "new"},
            NOW,
            2,
        )
        assert tx.get(DirectoryRepository).row("k2").given_up
        tx.get(DirectoryRepository).enqueue("k2", "1.2.4", "register", {"mended": True})
        assert [r.document for r in tx.get(DirectoryRepository).pending()] == [{"mended": True}]
    with pytest.raises(NotFound), database.read() as tx:
        tx.get(DirectoryRepository).row("k9")


def test_identifier_and_study(database: Database) -> None:
    with database.write() as tx:
        tx.get(DirectoryRepository).link("1.2.156.1", "1.2.3")
        tx.get(DirectoryRepository).link("1.2.156.2", "1.2.3", 2)
        tx.get(DirectoryRepository).set_state("1.2.156.1", "published")
        assert tx.get(DirectoryRepository).study_of("1.2.156.2") == "1.2.3"
        assert tx.get(DirectoryRepository).study_of("9") is None
        assert tx.get(DirectoryRepository).identifiers_of("1.2.3") == ["1.2.156.1", "1.2.156.2"]
        assert (
            tx.get(DirectoryRepository).state_of("1.2.156.1"),
            tx.get(DirectoryRepository).state_of("1.2.156.2"),
            tx.get(DirectoryRepository).state_of("9"),
        ) == ("published", "", "")


def test_a_value_that_is_no_number_does_not_stop_a_report(database: Database) -> None:
    """NaN is not equal to itself: what is compared is the text."""
    draft = _report(measurements=(_measurement(value=math.nan),))
    with database.write() as tx:
        tx.reports.save(draft)
        tx.reports.save(draft)
        tx.reports.save(_signed(draft))
        tx.reports.save(_signed(_signed(draft), SignatureRole.REVIEWER))
        assert len(tx.reports.versions("r-1")) == 2
