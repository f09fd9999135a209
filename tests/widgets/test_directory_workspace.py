"""The directory in a real window over real nodes: searching, narrowing down, records, registrations."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from PySide6.QtWidgets import QLabel, QScrollArea

from app.demo.directory import SYSTEM, demo_directory
from app.directory.repository import DirectoryRepository
from app.directory.service import DirectoryService
from app.directory.settings import DirectorySettings
from app.ports import DemoDirectory, ElementValue
from app.session.station import Station
from catalog_client.client import DirectoryClient
from tests.catalog.nodes import sample
from tests.widgets.conftest import Room
from widgets.panels.directory.directory_facets import FacetPanel
from widgets.panels.directory.record_words import ElementInfo, value_words
from widgets.panels.directory.register_dialog import RegisterDialog, _CodeChoice
from widgets.shell.settings_dialog import SettingsDialog

pytestmark = pytest.mark.window


@pytest.fixture(scope="module")
def directory(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DemoDirectory]:
    """County, city and province with made-up records."""
    with demo_directory(tmp_path_factory.mktemp("nodes")) as running:
        yield running


def _settle(station: Station, directory: DemoDirectory, **changed: str) -> None:
    urls = {f"{tier}_url": url for tier, url in directory.urls.items()} | changed
    login, password = directory.accounts["cataloguer"]
    station.settings.set(SYSTEM, DirectorySettings(**urls, account=login, password=password, timeout_s=5))


def _client(directory: DemoDirectory, role: str) -> DirectoryClient:
    return DirectoryClient(directory.urls, directory.accounts[role], timeout_s=20)


def _shown(widget: object) -> str:
    return " ".join(one.text() for one in widget.findChildren(QLabel))  # type: ignore[attr-defined]


@pytest.mark.parametrize("language", ["en", "zh"])
def test_searching_and_narrowing_down(
    make_room: Callable[..., Room], station: Station, directory: DemoDirectory, language: str
) -> None:
    """4.5.2, 4.8.3: counts follow the filters; what is chosen stays in sight; codes have names in the
    window's language.
    """
    _settle(station, directory)
    room = make_room(language)
    room.commands.run("workspace.directory")
    here = room.window.workspaces["directory"]
    room.wait(lambda: here.model.rowCount() > 0)
    every, rows = here.model.rowCount(), here.model.rows
    assert {row.area_name for row in rows} == {"Qingyuan District" if language == "en" else "清苑区"}
    if language == "en":
        assert all(row.category.isascii() and row.security_level.isascii() for row in rows)
    room.wait(lambda: here.record.record is not None)
    said = _shown(here.record)
    words = (
        ("Level", "Free of charge", "Qingyuan District") if language == "en" else ("级 ", "不收费", "清苑区")
    )
    assert all(word in said for word in words), said
    here.facets.boxes["category", "2"].setChecked(True)
    room.wait(lambda: 0 < here.model.rowCount() < every and ("category", "2") in here.facets.boxes)
    found = here.model.rowCount()
    counts = [n for (name, _), n in _counts(here.facets).items() if name == "area"]
    assert sum(counts) == found, "areas count what the category leaves"
    for width in (1920, 1366):
        room.window.resize(width, 768)
        room.wait(lambda: here.facets.width() in (240, 196))
        room.wait(lambda: _counts_in_sight(here.facets))
    names = [each.text() for each in here.record.findChildren(QLabel)]
    first, last = ("Resource Title", "Abstract") if language == "en" else ("信息资源名称", "资源摘要")
    assert names.index(first) < names.index(last), "in the order of the standard"
    here.search_line.setText("绝无此词")
    here.search()
    room.wait(lambda: here.model.rowCount() == 0)
    room.wait(
        lambda: (
            here.facets.filters() == {"category": ["2"]} and list(here.facets.boxes) == [("category", "2")]
        )
    )
    here.facets.boxes["category", "2"].setChecked(False)
    here.search_line.setText("")
    here.search()
    room.wait(lambda: here.model.rowCount() == every)


def _counts_in_sight(panel: FacetPanel) -> bool:
    scroll = panel.findChildren(QScrollArea)[0]
    return all(box.parentWidget().width() <= scroll.viewport().width() for box in panel.boxes.values())


def _counts(panel: FacetPanel) -> dict[tuple[str, str], int]:
    found = {}
    for key, box in panel.boxes.items():
        line = next(item for item in panel._stack.children() if item.indexOf(box) >= 0)  # type: ignore[attr-defined]
        last = max(line.parentWidget().findChildren(QLabel), key=line.indexOf)  # type: ignore[attr-defined]
        found[key] = int(last.text().replace(",", ""))
    return found


def test_what_is_sent_waits_or_was_refused_is_listed(
    room: Room, station: Station, directory: DemoDirectory
) -> None:
    """4.4.2: nothing that was registered goes out of sight; a node that does not answer is told, with a way
    on.
    """
    _settle(station, directory)
    here = room.window.workspaces["directory"]
    with station.folder.database.write() as tx:
        for key, study in (("k1", "1.2.3"), ("k2", "1.2.4"), ("k3", "1.2.5")):
            tx.get(DirectoryRepository).enqueue(key, study, "register", {})
        tx.get(DirectoryRepository).failed("k1", "no answer", tx.get(DirectoryRepository).row("k1").queued_at)
        tx.get(DirectoryRepository).failed(
            "k2", "资源摘要缺失", tx.get(DirectoryRepository).row("k2").queued_at, final=True
        )
        tx.get(DirectoryRepository).sent(
            "k3", "2.25.1.2.3", "registered", tx.get(DirectoryRepository).row("k3").queued_at
        )
        tx.get(DirectoryRepository).link("2.25.1.2.3", "1.2.5")
        tx.get(DirectoryRepository).set_state("2.25.1.2.3", "missing")
    room.commands.run("workspace.directory")
    here.mine_tab.click()
    room.wait(lambda: "县级退件 1" in _shown(here.registrations))
    said = _shown(here.registrations)
    assert all(
        word in said for word in ("待发 1", "no answer", "资源摘要缺失", "已登记 1", "县级已无此记录")
    ), said
    with _client(directory, "cataloguer") as cataloguer, _client(directory, "reviewer") as reviewer:
        returned = cataloguer.register(sample("退回的资料"), idempotency_key="returned").oid
        reviewer.review(returned, "return", "关键字不足")
    with station.folder.database.write() as tx:
        tx.get(DirectoryRepository).link(returned, "1.2.6")
    here.registrations.record_asked.emit(returned)
    room.wait(lambda: here.record.record is not None)
    assert all(
        word in _shown(here.record) for word in ("已退回", "关键字不足", "演示审核员", "退回的资料")
    ), "the reason is there to be read"
    room.wait(
        lambda: station.get(DirectoryService).registrations(room.session.user.actor)[0][2] == "returned"
    )
    here.search_line.clear()
    _settle(station, directory, province_url="http://127.0.0.1:9")
    here.choose_tier("province")
    room.wait(lambda: here.pane.problem.isVisible() and here.pane.again.isVisible())
    _settle(station, directory)
    here.pane.again.click()
    room.wait(lambda: here.model.rowCount() > 0 and not here.pane.problem.isVisible())


def test_codes_are_chosen_by_name(room: Room) -> None:
    """4.8.2b: the cataloguer sees what a security level means; the record keeps the code."""
    info = ElementInfo(
        "security_classification", "安全限制分级", "", True, codes={"1": "一级 公开", "3": "三级 申请"}
    )
    dialog = RegisterDialog(
        room.window.ui,
        [ElementValue("security_classification", "3", "rule")],
        {info.element_id: info},
        room.window,
    )
    choice = dialog.table.cellWidget(0, 1)
    assert isinstance(choice, _CodeChoice)
    assert choice.currentText() == "三级 申请"
    choice.setCurrentIndex(0)
    assert [(v.value, v.source) for v in dialog.values()] == [("1", "person")]
    dialog.close()


def test_values_in_words() -> None:
    """Names of codes are known in both languages; what people wrote stays as they wrote it."""
    elements = {
        "charge_sign": ElementInfo("charge_sign", "", "", False, codes={"0": "Free of charge"}),
        "data_format": ElementInfo("data_format", "", "", False, codes={"PDF": "PDF document"}),
        "category_code": ElementInfo(
            "category_code", "", "", False, codes={"2.2.1": "CT / Chest"}, names={"CT / 胸部": "CT / Chest"}
        ),
    }
    shown = [
        value_words(e, v, elements)
        for e, v in (
            ("charge_sign", "0"),
            ("data_format", "PDF"),
            ("category_code", "2.2.1"),
            ("category_name", "CT / 胸部"),
            ("category_name", "自拟"),
            ("keyword", "0"),
        )
    ]
    assert shown == ["Free of charge", "PDF", "2.2.1  CT / Chest", "CT / Chest", "自拟", "0"]


def test_a_station_without_a_directory_says_what_to_set_up(make_room: Callable[..., Room]) -> None:
    """4.10: nothing failed, so nothing is red; the settings are one press away."""
    room = make_room()
    room.commands.run("workspace.directory")
    pane = room.window.workspaces["directory"].pane
    room.wait(lambda: pane.set_up.isVisible())
    assert not pane.problem.isVisible()
    assert "目录" in pane.none.title.text()
    pane.set_up.click()
    dialog = next(d for d in room.window.findChildren(SettingsDialog) if d.isVisible())
    dialog.reject()


def test_nothing_of_a_person_stays_after_log_out(room: Room, station: Station) -> None:
    """Privacy: the list of registrations names patients; it empties when its reader leaves, and nothing comes
    late.
    """
    room.open_small_study()
    with station.folder.database.write() as tx:
        tx.get(DirectoryRepository).enqueue("k1", str(room.study.study_uid), "register", {})
    room.commands.run("workspace.directory")
    here = room.window.workspaces["directory"]
    here.mine_tab.click()
    name = room.study.patient.display_name
    room.wait(lambda: name in _shown(here.registrations))
    here.registrations.look()
    room.window.workspaces["worklist"].listed.reload()
    room.commands.run("person.log-out")
    room.wait(lambda: not station.jobs.active)
    room.bot.wait(100)  # type: ignore[attr-defined]
    assert name not in _shown(here.registrations)
    assert room.window.workspaces["worklist"].model.here() == []
