"""The station's side of the directory: outbox, once, nobody's name."""

from __future__ import annotations

import socket
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from app.archive.service import ArchiveService
from app.bootstrap.directory_port import DirectoryPort
from app.demo.directory import SYSTEM, demo_directory
from app.demo.portal_visit import approve_and_publish
from app.directory.cataloging.proposal import document_of
from app.directory.repository import DirectoryRepository
from app.directory.service import DirectoryService
from app.directory.settings import DirectorySettings
from app.domain.person import Actor, Role
from app.domain.report import Section, SectionKind, Text
from app.domain.study import FlowState, FlowStep
from app.errors import NotFound, Refused, Unavailable
from app.i18n import set_language
from app.ports import DemoDirectory, ElementValue
from app.reporting.service import ReportService
from app.session.station import Station
from catalog_client.client import DirectoryClient
from tests.services.conftest import Staff


def _settle(station: Station, directory: DemoDirectory | None) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        nowhere = f"http://127.0.0.1:{free.getsockname()[1]}"
    urls = directory.urls if directory is not None else dict.fromkeys(("county", "city", "province"), nowhere)
    login, password = directory.accounts["cataloguer"] if directory is not None else ("a", "b")
    station.settings.set(
        SYSTEM,
        DirectorySettings(
            county_url=urls["county"],
            city_url=urls["city"],
            province_url=urls["province"],
            hospital_name="测试医院",
            org_code="12130608MB0000001X",
            area_code="130608",
            account=login,
            password=password,
            timeout_s=3,
        ),
    )


def _final(station: Station, staff: Staff, study_uid: str) -> None:
    author, reviewer = staff.actors[Role.REPORTING], staff.actors[Role.REVIEWING]
    report = station.get(ReportService).open(author, study_uid)
    words = {SectionKind.FINDINGS: "双肺未见异常密度影。", SectionKind.IMPRESSION: "未见明显异常。"}
    sections = tuple(
        Section(s.kind, (Text(words[s.kind]),)) if s.kind in words else s for s in report.sections
    )
    report = station.get(ReportService).save(author, replace(report, sections=sections))
    station.get(ReportService).sign(author, report.report_id, staff.keys[Role.REPORTING])
    station.get(ReportService).approve(reviewer, report.report_id, staff.keys[Role.REVIEWING])


@pytest.fixture
def cataloguer(staff: Staff) -> Actor:
    return staff.actors[Role.CATALOGUING]


@pytest.fixture(scope="module")
def directory(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DemoDirectory]:
    """A directory for tests that need none of their own."""
    with demo_directory(tmp_path_factory.mktemp("lasting") / "directory") as directory:
        yield directory


def test_only_a_reviewed_report_is_registered(station: Station, cataloguer: Actor, study_uid: str) -> None:
    """4.3.1: a draft does not reach the directory."""
    with pytest.raises(Refused):
        station.get(DirectoryService).propose(cataloguer, study_uid)


def test_offline_county_waits_in_the_outbox_and_is_sent_once(
    station: Station, staff: Staff, cataloguer: Actor, study_uid: str, tmp_path: Path
) -> None:
    """4.4.2: nothing lost, nothing twice: the county is down, then up; sending again gives the same
    record.
    """
    _final(station, staff, study_uid)
    _settle(station, None)
    values = station.get(DirectoryService).propose(cataloguer, study_uid)
    waiting = station.get(DirectoryService).register(cataloguer, study_uid, values)
    assert not waiting.sent
    assert [row.study_uid for row in station.get(DirectoryService).outbox(cataloguer)] == [study_uid]
    with pytest.raises(Unavailable):
        station.get(DirectoryService).search(cataloguer, "胸部", "county")
    with demo_directory(tmp_path / "directory") as directory:
        _settle(station, directory)
        assert station.get(DirectoryService).send_outbox(cataloguer) == 1
        assert station.get(DirectoryService).send_outbox(cataloguer) == 0
        identifiers = station.get(DirectoryService).identifiers(cataloguer, study_uid)
        assert len(identifiers) == 1
        again = station.get(DirectoryService).register(cataloguer, study_uid, values)
        assert again.identifier == identifiers[0]
        assert station.get(DirectoryService).local_study(cataloguer, identifiers[0]) == study_uid
        approve_and_publish(directory.urls["county"], identifiers[0], directory.accounts)
        found = station.get(DirectoryService).search(cataloguer, "胸部", "county")
        assert [hit.identifier for hit in found.hits].count(identifiers[0]) == 1
        assert station.get(DirectoryService).record(cataloguer, identifiers[0], "county").state == "published"


def test_a_name_in_a_value_is_refused_before_it_leaves(
    station: Station, staff: Staff, cataloguer: Actor, study_uid: str
) -> None:
    """Privacy: the station refuses to queue a record that names the patient."""
    _final(station, staff, study_uid)
    _settle(station, None)
    values = station.get(DirectoryService).propose(cataloguer, study_uid)
    abstract = next(v for v in values if v.element_id == "abstract")
    named = [replace(v, value=v.value + "，患者王小明") if v is abstract else v for v in values]
    with pytest.raises(Refused):
        station.get(DirectoryService).register(cataloguer, study_uid, named)
    numbered = [*values, ElementValue("keyword", "T0042", "typed")]
    with pytest.raises(Refused):
        station.get(DirectoryService).register(cataloguer, study_uid, numbered)
    assert station.get(DirectoryService).outbox(cataloguer) == []


def _flow(station: Station, actor: Actor, study_uid: str) -> FlowState:
    return next(
        row.state
        for row in station.get(ArchiveService).flow(actor, study_uid)
        if row.step is FlowStep.REGISTRATION
    )


def _titled(values: Sequence[ElementValue], title: str) -> list[ElementValue]:
    return [replace(v, value=title) if v.element_id == "resource_title" else v for v in values]


def _county(directory: DemoDirectory, role: str) -> DirectoryClient:
    return DirectoryClient(directory.urls, directory.accounts[role], timeout_s=20)


def test_one_study_has_one_record_in_versions(
    station: Station, staff: Staff, cataloguer: Actor, study_uid: str, tmp_path: Path
) -> None:
    """4.5.1: what a reviewer returned is mended and sent again under its identifier; what waits for review is
    not overtaken; the list and the flow follow the county, also after publication; the same values again
    change nothing, but send a record again that was withdrawn or returned."""
    _final(station, staff, study_uid)
    with (
        demo_directory(tmp_path / "directory") as directory,
        _county(directory, "reviewer") as reviewer,
        _county(directory, "manager") as head,
    ):
        _settle(station, directory)
        values = station.get(DirectoryService).propose(cataloguer, study_uid)
        first = station.get(DirectoryService).register(cataloguer, study_uid, values)
        oid = first.identifier
        waits = station.get(DirectoryService).register(cataloguer, study_uid, _titled(values, "第二稿"))
        assert (waits.sent, len(station.get(DirectoryService).outbox(cataloguer))) == (False, 1), (
            "the first waits for its review"
        )
        reviewer.review(oid, "return", "名称不完整")
        assert station.get(DirectoryService).refresh() == 1
        assert station.get(DirectoryService).registrations(cataloguer)[0][2] == "returned"
        mended = station.get(DirectoryService).register(cataloguer, study_uid, _titled(values, "第三稿"))
        assert (mended.sent, mended.identifier, station.get(DirectoryService).outbox(cataloguer)) == (
            True,
            oid,
            [],
        )
        record = station.get(DirectoryService).record(cataloguer, oid, "county")
        assert (record.document["version"], record.document["document"]["elements"]["resource_title"]) == (
            2,
            ["第三稿"],
        )
        assert (
            station.get(DirectoryService)
            .register(cataloguer, study_uid, _titled(values, "第三稿"))
            .identifier
            == oid
        )
        assert _flow(station, cataloguer, study_uid) is FlowState.ACTIVE
        approve_and_publish(directory.urls["county"], oid, directory.accounts)
        assert (station.get(DirectoryService).refresh(), station.get(DirectoryService).refresh()) == (1, 0)
        assert _flow(station, cataloguer, study_uid) is FlowState.DONE
        head.withdraw(oid, "资料更正")
        assert station.get(DirectoryService).refresh() == 1, "what is published is asked for again"
        assert station.get(DirectoryService).registrations(cataloguer)[0][2] == "withdrawn"
        assert _flow(station, cataloguer, study_uid) is FlowState.ACTIVE
        for version in (3, 4):
            same = station.get(DirectoryService).register(cataloguer, study_uid, _titled(values, "第三稿"))
            assert (same.sent, same.identifier, same.state) == (True, oid, "registered")
            assert (
                station.get(DirectoryService).record(cataloguer, oid, "county").document["version"] == version
            )
            reviewer.review(oid, "return", "仍须核对")
        assert station.get(DirectoryService).identifiers(cataloguer, study_uid) == [oid]


def test_nothing_is_given_up_for_the_account_and_an_answer_that_was_lost_is_found(
    station: Station, staff: Staff, cataloguer: Actor, study_uid: str, tmp_path: Path
) -> None:
    """4.4.2: a locked or wrong account keeps the outbox; a first sending whose answer was lost becomes the
    record's first version; a county that lost its database gets the record anew."""
    _final(station, staff, study_uid)
    with demo_directory(tmp_path / "directory") as directory:
        _settle(station, directory)
        values = station.get(DirectoryService).propose(cataloguer, study_uid)
        told = station.settings.get(DirectorySettings)
        station.settings.set(SYSTEM, told.model_copy(update={"password": "falsch"}))
        assert not station.get(DirectoryService).register(cataloguer, study_uid, values).sent
        assert len(station.get(DirectoryService).outbox(cataloguer)) == 1, (
            "the next try may have the right password"
        )
        with _county(directory, "cataloguer") as client:
            (row,) = station.get(DirectoryService).outbox(cataloguer)
            lost = client.register(document_of(values), idempotency_key=row.key)
        station.settings.set(SYSTEM, told)
        sent = station.get(DirectoryService).register(cataloguer, study_uid, _titled(values, "改后"))
        assert not sent.sent, "the one that had arrived waits for its review"
        with _county(directory, "reviewer") as reviewer:
            reviewer.review(lost.oid, "return", "请改")
        assert station.get(DirectoryService).send_unattended() == 1
        assert station.get(DirectoryService).identifiers(cataloguer, study_uid) == [lost.oid]
        approve_and_publish(directory.urls["county"], lost.oid, directory.accounts)
        assert station.get(DirectoryService).refresh() == 1
    with demo_directory(tmp_path / "anew") as directory:
        _settle(station, directory)
        assert (station.get(DirectoryService).refresh(), station.get(DirectoryService).refresh()) == (1, 0), (
            "it was published, and the county lost it"
        )
        assert station.get(DirectoryService).registrations(cataloguer)[0][2] == "missing"
        with station.get(DirectoryService)._db.write() as tx:
            tx.get(DirectoryRepository).set_state(lost.oid, "published")
        with pytest.raises(NotFound):
            station.get(DirectoryService).record(cataloguer, lost.oid, "county")
        assert station.get(DirectoryService).registrations(cataloguer)[0][2] == "missing", (
            "who looks at it finds it lost as well"
        )
        again = station.get(DirectoryService).register(cataloguer, study_uid, _titled(values, "改后"))
        assert again.sent
        assert again.identifier != lost.oid
        broken = [v for v in values if v.element_id != "abstract"]
        with _county(directory, "reviewer") as reviewer:
            reviewer.review(again.identifier, "return", "请改")
        with pytest.raises(Refused):
            station.get(DirectoryService).register(cataloguer, study_uid, broken)
        assert [row.study_uid for row in station.get(DirectoryService).refused(cataloguer)] == [study_uid], (
            "a refusal stays in sight"
        )
        assert (
            station.get(DirectoryService).register(cataloguer, study_uid, values).identifier
            == again.identifier
        )
        assert station.get(DirectoryService).refused(cataloguer) == []


def test_a_record_of_another_area_holds_no_other_up(
    station: Station, staff: Staff, cataloguer: Actor, study_uid: str, directory: DemoDirectory
) -> None:
    """4.4.2: a new version that the account may not send is kept and tried again; those behind it go."""
    _final(station, staff, study_uid)
    with _county(directory, "reviewer") as reviewer:
        _settle(station, directory)
        values = station.get(DirectoryService).propose(cataloguer, study_uid)
        oid = station.get(DirectoryService).register(cataloguer, study_uid, values).identifier
        reviewer.review(oid, "return", "请改")
        with closing(sqlite3.connect(directory.home / "county.db")) as county:
            county.execute("UPDATE resource SET area_code = '130602' WHERE oid = ?", [oid])
            county.commit()
        assert not station.get(DirectoryService).register(cataloguer, study_uid, _titled(values, "改后")).sent
        with station.get(DirectoryService)._db.write() as tx:
            tx.get(DirectoryRepository).enqueue(
                "another", "2.25.4711", "register", document_of(_titled(values, "另一份"))
            )
        assert station.get(DirectoryService).send_unattended() == 1
        assert [row.study_uid for row in station.get(DirectoryService).outbox(cataloguer)] == [study_uid]


def test_facets_count_what_the_other_filters_leave(
    station: Station, cataloguer: Actor, directory: DemoDirectory
) -> None:
    """4.8.3: with CT chosen, areas and subjects count CT alone, categories all; English names where the
    window is English.
    """
    _settle(station, directory)
    chosen = {"category": ["2"]}
    total = station.get(DirectoryService).search(cataloguer, "", "county", filters=chosen).total
    counted = station.get(DirectoryService).facets(cataloguer, "", "county", filters=chosen)
    assert sum(n for _, _, n in counted["area"]) == total
    assert len(counted["category"]) > 1
    set_language("en")
    hit = station.get(DirectoryService).search(cataloguer, "", "county", filters=chosen).hits[0]
    assert (hit.area_name, hit.category.split(" / ")[0]) == ("Qingyuan District", "CT unit group")
    assert station.get(DirectoryService).nodes(cataloguer)[0].area_name == "Qingyuan District"
    codes = next(
        row["codes"]
        for row in station.get(DirectoryService).elements(cataloguer)
        if row["id"] == "category_code"
    )
    assert {
        "code": "2.2.2",
        "name_zh": "CT 单元组 / 胸部 / 影像与报告",
        "name_en": "CT unit group / Chest / Images and report",
    } in codes


def test_settings_that_change_under_a_question_do_not_break_it(
    station: Station, directory: DemoDirectory
) -> None:
    """The client is made anew while another thread still asks with the one before, which is closed when its
    last user is done.
    """
    port = DirectoryPort(station.settings)
    _settle(station, directory)
    clients: list[DirectoryClient] = []

    def ask(client: DirectoryClient) -> int:
        clients.append(client)
        if len(clients) == 1:
            station.settings.set(
                SYSTEM, station.settings.get(DirectorySettings).model_copy(update={"timeout_s": 4})
            )
            assert port._use(ask) > 0
        return client.search("", tier="county").total

    assert port._use(ask) > 0
    assert clients[0] is not clients[1]
    with pytest.raises(RuntimeError):
        clients[0].search("", tier="county")
    port.close()
