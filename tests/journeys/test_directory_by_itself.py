"""What the window does at the directory without anybody's hand: the outbox and the states of what was
registered.
"""

from __future__ import annotations

import socket
from dataclasses import replace
from pathlib import Path

import pytest

from app.archive.service import ArchiveService
from app.demo.directory import SYSTEM, demo_directory
from app.demo.portal_visit import approve_and_publish
from app.directory.service import DirectoryService, Registration
from app.directory.settings import DirectorySettings
from app.domain.person import Role
from app.domain.report import SectionKind, Text
from app.domain.study import FlowState, FlowStep
from tests.journeys.conftest import Driver

pytestmark = pytest.mark.window

_NEVER_MS = 3_600_000


def test_the_station_sends_and_asks_by_itself(driver: Driver, tmp_path: Path) -> None:
    """4.4.2, 3.3a: with the county down nothing is lost and the pause grows; the log-in sends, entering the
    directory asks, timers do both; the flow shows the publication though nobody looked at the record."""
    session, station = driver.window.session, driver.station
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        nowhere = f"http://127.0.0.1:{free.getsockname()[1]}"
    settings = DirectorySettings(
        county_url=nowhere,
        hospital_name="测试医院",
        org_code="12130608MB0000001X",
        area_code="130608",
        account="a",
        password="b",
        timeout_s=3,
    )
    station.settings.set(SYSTEM, settings)
    driver.open_study()
    report = driver.open_report()
    words = {SectionKind.FINDINGS: "双肺未见异常密度影。", SectionKind.IMPRESSION: "未见明显异常。"}
    sections = tuple(
        replace(s, content=(Text(words[s.kind]),)) if s.kind in words else s for s in report.sections
    )
    driver.wait(driver.run("report.save", replace(report, sections=sections)))
    driver.wait(driver.run("report.sign"))
    driver.run("person.log-in", *driver.logins[Role.REVIEWING])
    driver.wait(driver.run("report.approve"))
    driver.run("person.log-in", *driver.logins[Role.CATALOGUING])
    cataloguer = session.user.actor

    def registers(title: str) -> bool:
        values = [
            replace(v, value=title) if v.element_id == "resource_title" else v
            for v in driver.run("directory.propose")
        ]
        found = driver.wait(driver.run("directory.register", values))
        assert isinstance(found, Registration)
        return found.sent

    def idle() -> bool:
        return not station.jobs.active

    def waiting() -> int:
        return len(station.get(DirectoryService).outbox(cataloguer))

    def state() -> str:
        return station.get(DirectoryService).registrations(cataloguer)[0][2]

    assert not registers("第一版")
    driver.window.start_directory_sync(send_every_ms=_NEVER_MS, ask_every_ms=_NEVER_MS)
    driver.until(idle)
    assert waiting() == 1
    with demo_directory(tmp_path / "directory") as directory:
        login, password = directory.accounts["cataloguer"]
        answering = settings.model_copy(
            update={"county_url": directory.urls["county"], "account": login, "password": password}
        )
        station.settings.set(SYSTEM, answering)
        driver.run("person.log-in", *driver.logins[Role.CATALOGUING])
        driver.until(lambda: waiting() == 0)
        (identifier,) = station.get(DirectoryService).identifiers(cataloguer, driver.study_uid)
        station.settings.set(SYSTEM, settings)
        driver.window.start_directory_sync(send_every_ms=_NEVER_MS, ask_every_ms=20)
        driver.until(lambda: driver.window.directory_sync.pause_ms >= 80)  # type: ignore[union-attr]
        driver.window.start_directory_sync(send_every_ms=_NEVER_MS, ask_every_ms=_NEVER_MS)
        driver.until(idle)
        station.settings.set(SYSTEM, answering)
        approve_and_publish(directory.urls["county"], identifier, directory.accounts)
        assert state() == "registered"
        driver.run("workspace.directory")
        driver.until(lambda: state() == "published")

        station.settings.set(SYSTEM, settings)
        assert not registers("第二版")
        driver.window.start_directory_sync(send_every_ms=50, ask_every_ms=50)
        driver.until(idle)
        station.settings.set(SYSTEM, answering)
        driver.until(lambda: waiting() == 0)
        assert state() == "registered"
        approve_and_publish(directory.urls["county"], identifier, directory.accounts)
        driver.until(lambda: state() == "published")
        flow = {row.step: row.state for row in station.get(ArchiveService).flow(cataloguer, driver.study_uid)}
        assert flow[FlowStep.REGISTRATION] is FlowState.DONE
