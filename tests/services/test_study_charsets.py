"""Names of a study in the character set that all its files tell, and in the one that a person chooses."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.archive.service import ArchiveService
from app.domain.person import Actor, Role
from app.domain.study import StudyFilter, StudyUid
from app.errors import BadInput, NotAllowed, NotFound
from app.session.station import Station
from tests.dicom import dicom_objects as objects
from tests.support.real_data import real_data
from tests.support.small_study import write_small_study

STUDY = StudyUid("1.2.3")
#: its bytes are a Chinese name as well: by itself it is read as one
KOREAN = "문길구"


def write(folder: Path, n: int, name: bytes, *elements: bytes, charset: bytes | None = None) -> Path:
    folder.mkdir(exist_ok=True)
    path = folder / f"{n}.dcm"
    data = objects.identity(n, name=name, charset=charset) + b"".join(elements) + objects.image()
    path.write_bytes(objects.part10(data))
    return path


def test_files_of_a_study_are_read_together(station: Station, doctor: Actor, tmp_path: Path) -> None:
    """A hospital's name in one file tells how the patient's in another is written, in one import or in
    two.
    """
    hospital = "서울성모병원 김영희".encode("cp949")
    first = write(tmp_path / "in", 1, KOREAN.encode("cp949"))
    second = write(tmp_path / "in", 2, KOREAN.encode("cp949"), objects.element(0x00080080, "LO", hospital))
    station.get(ArchiveService).import_paths(doctor, [first])
    assert station.get(ArchiveService).study(doctor, STUDY).patient.name == "巩辨备"
    summary = station.get(ArchiveService).import_paths(doctor, [second])
    assert summary.added == 1
    assert not summary.notices, "the same bytes do not contradict each other"
    study = station.get(ArchiveService).study(doctor, STUDY)
    assert (study.patient.name, study.institution) == (KOREAN, hospital.decode("cp949"))
    assert [
        row.study.study_uid for row in station.get(ArchiveService).studies(doctor, StudyFilter(KOREAN))
    ] == [STUDY]


def test_a_person_chooses(station: Station, doctor: Actor, tmp_path: Path) -> None:
    """All texts follow, what the study is found by too; it is on record; later files follow the choice."""
    protocol = objects.element(0x00181030, "LO", "흉부".encode("cp949"))
    station.get(ArchiveService).import_paths(
        doctor, [write(tmp_path / "in", 1, KOREAN.encode("cp949"), protocol)]
    )
    chosen, choices = station.get(ArchiveService).charset(doctor, STUDY)
    assert chosen == ""
    names = {choice.encoding: choice.patient_name for choice in choices}
    assert names["cp949"] == KOREAN
    assert len(set(names.values())) == len(names)
    study = station.get(ArchiveService).set_charset(doctor, STUDY, "cp949")
    assert study.patient.name == KOREAN
    assert [one.protocol for one in station.get(ArchiveService).series(doctor, STUDY)] == ["흉부"]
    assert len(station.get(ArchiveService).studies(doctor, StudyFilter(KOREAN))) == 1
    assert station.get(ArchiveService).charset(doctor, STUDY)[0] == "cp949"
    with station.folder.database.read() as tx:
        (row,) = [row for row in tx.audit.rows() if row.action == "study.charset"]
        assert (row.subject, row.outcome, row.person_id) == (STUDY, "done", doctor.person_id)
        assert KOREAN not in row.details
        assert tx.audit.verify().ok
    station.get(ArchiveService).import_paths(doctor, [write(tmp_path / "in", 2, KOREAN.encode("cp949"))])
    assert station.get(ArchiveService).study(doctor, STUDY).patient.name == KOREAN
    back = station.get(ArchiveService).set_charset(doctor, STUDY, "big5")
    assert back.patient.name not in (KOREAN, "")
    assert station.get(ArchiveService).studies(doctor, StudyFilter(KOREAN)) == []
    station.get(ArchiveService).set_charset(doctor, STUDY, "")
    assert station.get(ArchiveService).charset(doctor, STUDY)[0] == ""


def test_what_came_first_is_what_is_read_again(station: Station, doctor: Actor, tmp_path: Path) -> None:
    """A name that contradicts is told and not taken; choosing a set does not bring it in."""
    station.get(ArchiveService).import_paths(doctor, [write(tmp_path / "in", 1, b"Plain^Name")])
    other = write(
        tmp_path / "in",
        2,
        "王^小东".encode("gb18030"),
        objects.element(0x00080080, "LO", "协和医院".encode("gb18030")),
    )
    summary = station.get(ArchiveService).import_paths(doctor, [other])
    assert [notice.reason for notice in summary.notices] == ["contradiction"]
    study = station.get(ArchiveService).set_charset(doctor, STUDY, "gb18030")
    assert (study.patient.name, study.institution) == ("Plain^Name", "协和医院")


def test_what_cannot_be_chosen(station: Station, doctor: Actor, tmp_path: Path) -> None:
    write_small_study(tmp_path / "dicom")
    station.get(ArchiveService).import_paths(doctor, [write(tmp_path / "in", 1, b"Plain^Name")])
    assert station.get(ArchiveService).charset(doctor, STUDY) == ("", [])
    with pytest.raises(BadInput, match="No text of this study"):
        station.get(ArchiveService).set_charset(doctor, STUDY, "gb18030")
    with pytest.raises(BadInput, match="rot13"):
        station.get(ArchiveService).set_charset(doctor, STUDY, "rot13")
    with pytest.raises(NotFound):
        station.get(ArchiveService).set_charset(doctor, "9.9", "gb18030")


def test_rights(station: Station, doctor: Actor, tmp_path: Path) -> None:
    """Who may not import may not read the texts anew."""
    station.get(ArchiveService).import_paths(doctor, [write(tmp_path / "in", 1, KOREAN.encode("cp949"))])
    administrator = Actor("y", "admin", frozenset({Role.ADMINISTRATOR}))
    with pytest.raises(NotAllowed):
        station.get(ArchiveService).set_charset(administrator, STUDY, "cp949")


@pytest.mark.parametrize(
    ("case", "name"),
    [
        ("name_gbk_rare", "张喆"),
        ("name_ir58_no_escape", "Wang^XiaoDong=王^小东"),
        ("name_latin_double_a", "Sääski^Aino"),
    ],
)
def test_odd_cases(station: Station, doctor: Actor, case: str, name: str) -> None:
    station.get(ArchiveService).import_paths(doctor, [real_data("odd_cases") / case])
    (row,) = station.get(ArchiveService).studies(doctor)
    assert row.study.patient.name == name
    assert station.get(ArchiveService).charset(doctor, row.study.study_uid)[1][0].patient_name == name
