"""Filing and finding studies (DB13/T 3.1.1, 3.3a; issue step 4)."""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from app.domain.study import FlowRow, FlowState, FlowStep, Notice, Patient, StudyFilter
from app.storage.database import Database
from tests.support.archive_rows import NOW, a_series, a_study, instances, sha_of


def _add(database: Database, *studies: object) -> None:
    with database.write() as tx:
        for study in studies:
            series = a_series(study, f"{study.study_uid}.1")  # type: ignore[attr-defined, arg-type]
            tx.studies.add(study, series, instances(series, 1), imported_at=NOW)  # type: ignore[arg-type]


def _found(database: Database, text: str, **given: object) -> list[str]:
    with database.read() as tx:
        return [row.study.study_uid for row in tx.studies.rows(StudyFilter(text, **given))]  # type: ignore[arg-type]


def test_what_is_filed_comes_back_whole(database: Database) -> None:
    study = a_study(
        issuer="HIS",
        patient_age="056Y",
        institution="影枢医院",
        body_part="CHEST",
        referring_physician="李^四",
    )
    series = a_series(study, protocol="P", manufacturer="M", frame_of_reference_uid="1.9", body_part="CHEST")
    objects = instances(series, 3)
    with database.write() as tx:
        assert tx.studies.add(study, series, objects, imported_at=NOW) == (3, 0, [])
    with database.read() as tx:
        size = sum(i.size_bytes for i in objects)
        assert tx.studies.study("1.2.3") == replace(
            study, modalities=("CT",), n_series=1, n_instances=3, size_bytes=size, imported_at=NOW
        )
        assert tx.studies.series_of("1.2.3") == [replace(series, n_instances=3, size_bytes=size)]
        assert tx.studies.series("1.2.3.1") == replace(series, n_instances=3, size_bytes=size)
        assert tx.studies.instances("1.2.3.1") == objects
        assert tx.studies.instance(objects[1].sop_uid) == objects[1]
        assert (tx.studies.study("9"), tx.studies.series("9"), tx.studies.instance("9")) == (None, None, None)


def test_importing_twice_adds_nothing(database: Database) -> None:
    study = a_study()
    series = a_series(study)
    with database.write() as tx:
        tx.studies.add(study, series, instances(series, 700), imported_at=NOW)
    with database.write() as tx:
        assert tx.studies.add(study, series, instances(series, 700), imported_at=NOW + timedelta(days=1)) == (
            0,
            700,
            [],
        )
    with database.read() as tx:
        found = tx.studies.study("1.2.3")
        assert found is not None
        assert (found.n_instances, found.imported_at) == (700, NOW)


def test_same_uid_other_bytes_is_told_and_the_first_kept(database: Database) -> None:
    """Bad input: duplicate UIDs, within one batch and against what is stored."""
    study = a_study()
    series = a_series(study)
    first, second = instances(series, 2), instances(series, 3, salt="other")
    with database.write() as tx:
        added, known, told = tx.studies.add(study, series, [*first, first[0], second[0]], imported_at=NOW)
        assert (added, known, [n.reason for n in told]) == (2, 1, ["duplicate-uid"])
    with database.write() as tx:
        added, known, told = tx.studies.add(study, series, second, imported_at=NOW)
        assert (added, known, len(told)) == (1, 0, 2)
        assert told[0].params == {
            "uid": first[0].sop_uid,
            "first": first[0].sha256[:12],
            "found": second[0].sha256[:12],
        }
        assert tx.studies.instance(first[0].sop_uid) == first[0]
        assert tx.studies.known_objects() == {first[0].sha256, first[1].sha256, second[2].sha256}


def test_contradicting_attributes_first_wins_gaps_are_filled_and_names_are_not_told(
    database: Database,
) -> None:
    study = replace(a_study(), accession_number="", description="")
    series = a_series(study)
    other = replace(
        study,
        patient=Patient("ID-78", "Li^Si=李^四=", "", study.patient.birth_date, "M"),
        accession_number="ACC-NEW",
        description="增强",
        patient_age="057Y",
    )
    with database.write() as tx:
        tx.studies.add(study, series, instances(series, 1), imported_at=NOW)
        _, _, told = tx.studies.add(
            other, replace(series, modality="PT"), instances(series, 1, start=2), imported_at=NOW
        )
        found = tx.studies.study("1.2.3")
        kept = tx.studies.series("1.2.3.1")
    assert [n.params["fields"] for n in told] == ["PatientID, PatientName", "Modality"]
    assert not any("李" in value or "ID-78" in value for n in told for value in n.params.values())
    assert found is not None
    assert (found.patient, found.accession_number, found.description) == (study.patient, "ACC-NEW", "增强")
    assert kept is not None
    assert kept.modality == "CT"
    assert _found(database, "acc-new") == ["1.2.3"], "what was filled in later is found"


def test_a_series_of_another_study_is_not_taken(database: Database) -> None:
    """Never file one patient's images under another's study."""
    first, second = a_study("1.1"), a_study("1.2", "Li^Si=李^四=", patient_id="ID-78")
    with database.write() as tx:
        tx.studies.add(first, a_series(first, "5.5"), instances(a_series(first, "5.5"), 1), imported_at=NOW)
        result = tx.studies.add(
            second, a_series(second, "5.5"), instances(a_series(second, "5.5"), 2, start=2), imported_at=NOW
        )
        assert result[:2] == (0, 0)
        assert result[2][0].params == {"uid": "5.5", "count": "2"}
        assert tx.studies.study("1.2") is None


# -- search
# ----------------------------------------------------------------------------------------------------

_GB = "Ouyang^ZhiYuan=欧阳^志远=".encode("gb18030").decode("gb18030")


@pytest.mark.parametrize(
    "text",
    [
        "王小",
        "小东",
        "王",
        "东",
        "王小东",
        "王^小东",
        "wangxiaodong",
        "wang xiao",
        "XiaoDong",
        "wxd",
        "WXD",
        "ID-77",
        "id-7",
        "acc123",
        "胸部",
        "部C",
        "王 胸部",
        "ＣＴ平扫",
        " wang  77 ",
    ],
)
def test_found_by(database: Database, text: str) -> None:
    """Search with Chinese names, parts of any length, pinyin, initials, number, accession, description."""
    _add(
        database,
        a_study(),
        a_study("9.9", _GB, patient_id="ZZ", accession_number="Q9", description="头颅MR", study_id=""),
    )
    assert _found(database, text) == ["1.2.3"]


@pytest.mark.parametrize("text", ["王东", "dongwang", "wx77", "%", "_", "'", "王 头颅", "77acc", "C%"])
def test_not_found_by(database: Database, text: str) -> None:
    _add(
        database,
        a_study(),
        a_study("9.9", _GB, patient_id="ZZ", accession_number="Q9", description="头颅MR", study_id=""),
    )
    assert _found(database, text) == []


@pytest.mark.parametrize(
    ("name", "text"),
    [
        (_GB, "欧阳"),
        (_GB, "阳志"),
        (_GB, "oyzy"),
        (_GB, "ouyangzhi"),
        ("吕^布", "lvbu"),
        ("吕^布", "lyubu"),
        ("单^田芳", "shantianfang"),
        ("曾^国藩", "zengguofan"),
        ("曾^国藩", "cengguofan"),
        ("㐂^郎", "㐂"),
        ("Müller^Jörg", "muller"),
        ("Müller^Jörg", "jörg"),
        ("김^철수", "철수"),
        ("Ng^Ah Kow", "ng ah"),
        ("𠮷^野", "𠮷"),
        ("山田^太郎", "太郎"),
    ],
)
def test_names_of_all_kinds(database: Database, name: str, text: str) -> None:
    _add(
        database,
        a_study(name=name),
        a_study("9.9", "Zz^Zz", patient_id="ZZ", accession_number="", description="", study_id=""),
    )
    assert _found(database, text) == ["1.2.3"]


def test_filters_and_order(database: Database) -> None:
    when = datetime(2026, 1, 1, 8, tzinfo=None)  # noqa: DTZ001
    many = [a_study(f"1.{n}", started_at=when + timedelta(days=n), patient_id=f"P{n % 2}") for n in range(6)]
    undated = a_study("1.99", started_at=None, patient_id="")
    _add(database, *many, undated)
    with database.write() as tx:
        mr = a_series(many[2], "7.7", "MR")
        tx.studies.add(many[2], mr, instances(mr, 2), imported_at=NOW)
    assert _found(database, "") == ["1.5", "1.4", "1.3", "1.2", "1.1", "1.0", "1.99"]
    assert _found(database, "", limit=2) == ["1.5", "1.4"]
    assert _found(database, "", modality="MR") == ["1.2"]
    assert _found(database, "", since=date(2026, 1, 5)) == ["1.5", "1.4"]
    with database.read() as tx:
        rows = {row.study.study_uid: row for row in tx.studies.rows(StudyFilter())}
        assert rows["1.2"].study.modalities == ("CT", "MR")
        assert (rows["1.2"].study.n_series, rows["1.2"].study.n_instances) == (2, 3)
        assert rows["1.2"].n_priors == 2
        assert rows["1.99"].n_priors == 0, "studies without a number are nobody's priors"
        assert [s.study_uid for s in tx.studies.priors("1.2")] == ["1.4", "1.0"]
        assert tx.studies.priors("1.99") == []


def test_search_stays_quick_in_100000_studies(database: Database) -> None:
    """The browser answers while one types: one look through 100,000 studies is well under half a second."""
    from sqlalchemy import insert

    from app.storage import tables

    rows = [
        {
            "study_uid": f"1.{n}",
            "patient_id": f"P{n:06d}",
            "patient_name": "王^小东",
            "modalities": "CT",
            "imported_at": NOW,
            "started_at": datetime(2020, 1, 1, tzinfo=UTC) + timedelta(minutes=n),
            "search_text": f"acc{n}\np{n:06d}\nwangxiaodong\nwxd\n王小东\n胸部ct平扫 {n % 97}",
        }
        for n in range(100_000)
    ]
    with database.write() as tx:
        tx.connection.execute(insert(tables.study), rows)
    slowest = 0.0
    for text in ("p099999", "nobody", "王小", "小东 p05", ""):
        start = time.perf_counter()
        _found(database, text)
        slowest = max(slowest, time.perf_counter() - start)
    assert slowest < 0.5, f"slowest search took {slowest:.3f} s"


# -- the rest
# --------------------------------------------------------------------------------------------------


def test_flow(database: Database) -> None:
    """The one visible flow of an examination (DB13/T 3.3): touched steps, in its order, last state."""
    _add(database, a_study())
    with database.write() as tx:
        assert tx.studies.flow("1.2.3") == ()
        tx.studies.set_flow("1.2.3", FlowStep.REPORT, FlowState.ACTIVE, "演示甲", NOW)
        tx.studies.set_flow("1.2.3", FlowStep.REPORT, FlowState.DONE, "演示乙", NOW)
        tx.studies.set_flow("1.2.3", FlowStep.ACQUISITION, FlowState.DONE, "演示丙", NOW)
    with database.read() as tx:
        flow = tx.studies.flow("1.2.3")
        assert flow == (
            FlowRow(FlowStep.ACQUISITION, FlowState.DONE, "演示丙", NOW),
            FlowRow(FlowStep.REPORT, FlowState.DONE, "演示乙", NOW),
        )
        assert tx.studies.rows(StudyFilter())[0].flow == flow


def test_thumbnail_and_derived(database: Database) -> None:
    _add(database, a_study())
    with database.write() as tx:
        assert tx.studies.thumbnail("1.2.3.1") is None
        tx.studies.set_thumbnail("1.2.3.1", sha_of("png"))
        tx.studies.mark_derived("1.2.3.1")
        assert tx.studies.thumbnail("1.2.3.1") == sha_of("png")
        assert tx.studies.series_of("1.2.3")[0].derived
        assert sha_of("png") in tx.studies.known_objects()
        assert tx.studies.known_among({sha_of("png"), sha_of("nothing")}) == {sha_of("png")}


def test_notices_newest_first(database: Database) -> None:
    one, two = (
        Notice("not-dicom", "{name} is not DICOM.", {"name": "a.txt"}, "x/a.txt"),
        Notice("truncated", "cut"),
    )
    with database.write() as tx:
        tx.notices.add("i-1", [one])
        tx.notices.add("i-2", [two, one])
        tx.notices.add("i-3", [])
        assert tx.notices.any()
        assert [(i.import_id, i.notices) for i in tx.notices.recent(1)] == [("i-2", (two, one))]
        assert [(i.import_id, i.notices) for i in tx.notices.recent(9)] == [
            ("i-2", (two, one)),
            ("i-1", (one,)),
        ]
