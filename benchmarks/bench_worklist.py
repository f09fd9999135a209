"""The worklist in a real window over 100,000 studies: open, type, sort; and what a report's save reads.

A time of the list ends when its cells are painted.  The peer is what a person waits for at least: SQLite's
own answer to the same question, whole, in the same run.
"""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from PySide6.QtCore import Qt

from app.archive.service import ArchiveService
from app.archive.worklist_service import WorklistService
from app.bootstrap.station import open_station
from app.bootstrap.window import SessionWindow
from app.domain.person import Actor, Role
from app.domain.study import StudyFilter
from app.domain.worklist import WorklistColumn, WorklistQuery
from app.people.service import PeopleService
from app.session.station import Station
from benchmarks.many_studies import file_studies
from benchmarks.rows import Row

STUDIES = 100_000
LOGIN, PASSWORD = "reader", "Measure-2026-abc"
#: typed letter by letter: a name, its pinyin, its initials, a number
TYPED = ("张伟", "zhangwei", "zw", "P00123", "胸部 王")
SORTED = (WorklistColumn.PATIENT, WorklistColumn.ACCESSION, WorklistColumn.STATE, WorklistColumn.TIME)


def run(*, full: bool = False) -> list[Row]:
    """Medians and worst of 3 rounds (9 when full)."""
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    rounds = 9 if full else 3
    with tempfile.TemporaryDirectory() as folder, open_station(Path(folder) / "home") as station:
        people = station.get(PeopleService)
        people.add_first(LOGIN, "reader", PASSWORD, roles=[Role.REPORTING])
        file_studies(station, STUDIES)
        with _worklist(station) as seat:
            return [*seat.rows(rounds), *_after_a_save(station, 3 * rounds)]


class _Seat:
    """Somebody at the list."""

    def __init__(self, window: SessionWindow, station: Station) -> None:
        self._window = window
        self._list = window.main.workspaces["worklist"]
        self._services = station.get(WorklistService)
        self._actor = window.session.user.actor
        #: the longest time that the window did not answer
        self._held = 0.0

    def rows(self, rounds: int) -> list[Row]:
        opened = [self._open() for _ in range(rounds)]
        held, shown = self._type(rounds)
        sorted_ = [self._sort(column, n % 2 == 0) for n in range(rounds) for column in SORTED]
        whole = _median(rounds, lambda: self._services.listed(self._actor, WorklistQuery()))
        found = _median(rounds, lambda: self._services.listed(self._actor, WorklistQuery("张伟")))
        by_name = WorklistQuery(sort=WorklistColumn.PATIENT)
        ordered = _median(rounds, lambda: self._services.listed(self._actor, by_name))
        name, ms = f"{STUDIES:,} studies", "ms"
        return [
            Row(f"open, {name}", max(opened) * 1e3, ms, "≤ 300 ms", "SQLite: all keys", whole * 1e3),
            Row(f"window held up by a key press, {name}, p95", _p95(held) * 1e3, ms, "≤ 50 ms"),
            Row(
                f"key press to hits, {name}, median",
                sorted(shown)[len(shown) // 2] * 1e3,
                ms,
                peer="SQLite: all hits",
                peer_value=found * 1e3,
            ),
            Row(f"sort, {name}, worst", max(sorted_) * 1e3, ms, "≤ 300 ms", "SQLite: all", ordered * 1e3),
        ]

    def _open(self) -> float:
        """From nothing to the first studies on the screen."""
        listed = self._list.listed
        self._list.model.show_list(self._list.model.keys[:0], {})
        started = time.perf_counter()
        listed.reload()
        self._until(lambda: self._list.model.row(0) is not None)
        self._window.process_events()
        took = time.perf_counter() - started
        self._settle()
        return took

    def _type(self, rounds: int) -> tuple[list[float], list[float]]:
        """How long each key press holds up the window at a time, and how long until its hits are painted."""
        held, shown = [], []
        line = self._list.search_line
        for typed in TYPED * rounds:
            line.clear()
            self._settle()
            for letter in typed:
                holding, showing = self._act(lambda c=letter: line.insert(c))  # type: ignore[misc]
                held.append(holding)
                shown.append(showing)
        line.clear()
        self._settle()
        return held, shown

    def _sort(self, column: WorklistColumn, descending: bool) -> float:
        order = Qt.SortOrder.DescendingOrder if descending else Qt.SortOrder.AscendingOrder
        place = list(WorklistColumn).index(column)
        return self._act(lambda: self._list.table.sortByColumn(place, order))[1]

    def _act(self, act: Callable[[], None]) -> tuple[float, float]:
        """How long an act and what follows hold up the window at a time, and how long until the list that it
        asks for is painted.
        """
        came: list[bool] = []
        self._list.listed.listed.connect(came.append)
        self._held = 0.0
        started = time.perf_counter()
        act()
        held = time.perf_counter() - started
        self._until(lambda: bool(came))
        self._window.process_events()
        shown = time.perf_counter() - started
        self._list.listed.listed.disconnect(came.append)
        self._settle()
        return max(held, self._held), shown

    def _settle(self) -> None:
        self._until(lambda: self._list.listed.is_idle)

    def _until(self, reached: Callable[[], bool]) -> None:
        deadline = time.monotonic() + 60
        while not reached():
            began = time.perf_counter()
            self._window.process_events()
            self._held = max(self._held, time.perf_counter() - began)
            time.sleep(0.001)
            if time.monotonic() > deadline:
                raise TimeoutError("the list did not come")


@contextmanager
def _worklist(station: Station) -> Iterator[_Seat]:
    window = SessionWindow(station, quiet=True)
    try:
        window.show((1366, 768))
        window.session.user.log_in(LOGIN, PASSWORD)
        seat = _Seat(window, station)
        seat._settle()
        yield seat
    finally:
        window.close()


def _after_a_save(station: Station, times: int) -> list[Row]:
    actor, archive = Actor("os:bench", "bench", frozenset({Role.OPERATOR})), station.get(ArchiveService)
    uid = archive.studies(actor, StudyFilter(limit=1))[0].study.study_uid
    one = _median(times, lambda: archive.study_rows(actor, [uid]))
    every = _median(3, lambda: archive.studies(actor, StudyFilter(limit=5000)))
    return [Row("read after a report save", one * 1e3, "ms", "", "5,000 rows", every * 1e3)]


def _p95(took: list[float]) -> float:
    return sorted(took)[int(0.95 * (len(took) - 1))]


def _median(times: int, act: Callable[[], object]) -> float:
    took = []
    for _ in range(times):
        started = time.perf_counter()
        act()
        took.append(time.perf_counter() - started)
    return sorted(took)[times // 2]
