"""Views of the worklist as they are stored, and what a damaged or newer one becomes."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from app.archive.repository import ViewRepository
from app.archive.worklist_service import WorklistService
from app.archive.worklist_views import MOST_FILTERS, ListLayout
from app.domain.person import Actor
from app.domain.worklist import Narrowing, Stage, Urgency, WorklistColumn, WorklistQuery
from app.errors import BadInput, NotFound, Refused
from app.session.station import Station
from app.storage import tables
from tests.support.archive_rows import a_series, a_study, instances

ASKED = WorklistQuery("张 '; --", Stage.TO_READ, frozenset({Narrowing.URGENT}), "CT")


def test_what_is_late_is_marked(station: Station, doctor: Actor) -> None:
    """By its urgency, until its report is approved; the row says what the chip counts."""
    worklist = station.get(WorklistService)
    now = datetime.now(UTC)
    with station.folder.database.write() as tx:
        for uid, came in (("1", timedelta(hours=1)), ("2", timedelta(hours=30)), ("3", timedelta(hours=30))):
            study = a_study(uid, patient_id=uid)
            series = a_series(study, f"{uid}.1")
            tx.studies.add(study, series, instances(series, 1), imported_at=now - came)
        tx.study_acts.set_urgency("1", Urgency.STAT)
        tx.connection.execute(
            tables.study.update().where(tables.study.c.study_uid == "3").values(report_state="final")
        )
    page = worklist.first_page(doctor, WorklistQuery())
    assert {str(row.study.study_uid): row.is_overdue for row in page.rows.values()} == {
        "1": True,
        "2": True,
        "3": False,
    }
    assert worklist.counts(doctor).narrowed[Narrowing.OVERDUE] == 2


def _store(station: Station, actor: Actor, name: str, document: str) -> None:
    with station.folder.database.write() as tx:
        tx.get(ViewRepository).put(actor.person_id, name, document)


def test_filters_come_back_as_they_were_saved(station: Station, doctor: Actor) -> None:
    worklist = station.get(WorklistService)
    assert worklist.save_filter(doctor, " 急  诊 ", ASKED) == "急 诊"
    assert worklist.views(doctor).filters == {"急 诊": ASKED}
    for name in ("", "   ", "长" * 61):
        with pytest.raises(BadInput, match="60"):
            worklist.save_filter(doctor, name, ASKED)
    worklist.remove_filter(doctor, "急 诊")
    with pytest.raises(NotFound):
        worklist.remove_filter(doctor, "急 诊")
    for n in range(MOST_FILTERS):
        worklist.save_filter(doctor, f"f{n}", ASKED)
    worklist.save_filter(doctor, "f0", WorklistQuery("other"))
    with pytest.raises(Refused):
        worklist.save_filter(doctor, "one more", ASKED)


@pytest.mark.parametrize("document", ["", "{", "[]", '{"schema": 9, "columns": ["state"]}', '{"schema": 1}'])
def test_a_damaged_layout_is_the_program_s(station: Station, doctor: Actor, document: str) -> None:
    _store(station, doctor, "", document)
    assert station.get(WorklistService).views(doctor).layout == ListLayout()


def test_what_this_version_does_not_know_is_left_out(station: Station, doctor: Actor) -> None:
    """A column that is not known is missing; one cannot guess what a filter asks for."""
    _store(station, doctor, "", '{"schema": 1, "columns": ["state", "moon", "state"], "sort": "moon"}')
    asked = '{"schema": 1, "text": "", "stage": "all", "narrowed": ["moon"], "modality": ""}'
    _store(station, doctor, "later", asked)
    views = station.get(WorklistService).views(doctor)
    assert views.layout == ListLayout((WorklistColumn.STATE,))
    assert views.filters == {}
