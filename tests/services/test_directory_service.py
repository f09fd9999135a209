"""The station's side of the directory: outbox, once, nobody's name."""

from __future__ import annotations

import socket
from dataclasses import replace
from pathlib import Path

import pytest

from app.bootstrap.demo_directory import demo_directory
from app.bootstrap.portal_visit import approve_and_publish
from app.bootstrap.run import SYSTEM
from app.domain.person import Actor, Role
from app.domain.report import Section, SectionKind, Text
from app.errors import Refused, Unavailable
from app.ports import DemoDirectory, ElementValue
from app.services.station import Station
from app.settings import DirectorySettings
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
            county_url=urls["county"], city_url=urls["city"], province_url=urls["province"], hospital_name="测试医院", org_code="12130608MB0000001X",
            area_code="130608", account=login, password=password, timeout_s=3,
        ),
    )  # fmt: skip


def _final(station: Station, staff: Staff, study_uid: str) -> None:
    author, reviewer = staff.actors[Role.REPORTING], staff.actors[Role.REVIEWING]
    report = station.reports.open(author, study_uid)
    words = {SectionKind.FINDINGS: "双肺未见异常密度影。", SectionKind.IMPRESSION: "未见明显异常。"}
    sections = tuple(Section(s.kind, (Text(words[s.kind]),)) if s.kind in words else s for s in report.sections)
    report = station.reports.save(author, replace(report, sections=sections))
    station.reports.sign(author, report.report_id, staff.keys[Role.REPORTING])
    station.reports.approve(reviewer, report.report_id, staff.keys[Role.REVIEWING])


@pytest.fixture
def cataloguer(staff: Staff) -> Actor:
    return staff.actors[Role.CATALOGUING]


def test_only_a_reviewed_report_is_registered(station: Station, cataloguer: Actor, study_uid: str) -> None:
    """4.3.1: a draft does not reach the directory."""
    with pytest.raises(Refused):
        station.directory.propose(cataloguer, study_uid)


def test_offline_county_waits_in_the_outbox_and_is_sent_once(
    station: Station, staff: Staff, cataloguer: Actor, study_uid: str, tmp_path: Path
) -> None:
    """4.4.2: nothing lost, nothing twice: the county is down, then up; sending again gives the same record."""
    _final(station, staff, study_uid)
    _settle(station, None)
    values = station.directory.propose(cataloguer, study_uid)
    waiting = station.directory.register(cataloguer, study_uid, values)
    assert not waiting.sent
    assert [row.study_uid for row in station.directory.outbox(cataloguer)] == [study_uid]
    with pytest.raises(Unavailable):
        station.directory.search(cataloguer, "胸部", "county")
    with demo_directory(tmp_path / "directory") as directory:
        _settle(station, directory)
        assert station.directory.send_outbox(cataloguer) == 1
        assert station.directory.send_outbox(cataloguer) == 0
        identifiers = station.directory.identifiers(cataloguer, study_uid)
        assert len(identifiers) == 1
        again = station.directory.register(cataloguer, study_uid, values)
        assert again.identifier == identifiers[0]
        assert station.directory.local_study(cataloguer, identifiers[0]) == study_uid
        approve_and_publish(directory.urls["county"], identifiers[0], directory.accounts)
        found = station.directory.search(cataloguer, "胸部", "county")
        assert [hit.identifier for hit in found.hits].count(identifiers[0]) == 1
        assert station.directory.record(cataloguer, identifiers[0], "county").state == "published"


def test_a_name_in_a_value_is_refused_before_it_leaves(station: Station, staff: Staff, cataloguer: Actor, study_uid: str) -> None:
    """Privacy: the station refuses to queue a record that names the patient."""
    _final(station, staff, study_uid)
    _settle(station, None)
    values = station.directory.propose(cataloguer, study_uid)
    abstract = next(v for v in values if v.element_id == "abstract")
    named = [replace(v, value=v.value + "，患者王小明") if v is abstract else v for v in values]
    with pytest.raises(Refused):
        station.directory.register(cataloguer, study_uid, named)
    numbered = [*values, ElementValue("keyword", "T0042", "typed")]
    with pytest.raises(Refused):
        station.directory.register(cataloguer, study_uid, numbered)
    assert station.directory.outbox(cataloguer) == []
