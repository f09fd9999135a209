"""Keeps the worklist in step with the archive and with what is asked of it; the window never waits."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from PySide6.QtCore import QObject, QTimer, Signal

from app.archive.controller import ArchiveController
from app.archive.service import ArchiveService
from app.archive.worklist_service import PAGE, ListedPage, WorklistService
from app.domain.study import StudyRow
from app.domain.worklist import WorklistCounts, WorklistQuery
from widgets.command_ui import CommandUi
from widgets.panels.archive.study_table import Difference, StudyTable, difference

T = TypeVar("T")

#: changes within this time are read together
PAUSE_MS = 150
#: how often is looked whether another program has changed the archive
LOOK_MS = 5000
#: looks after which is read again all the same: studies become overdue, and the day ends
_LOOKS = 12
#: reads at a time: an answer to what was typed before is dropped, and does not hold up the next
_MOST_READS = 2

_GoneOver = tuple[ListedPage, Difference | None, bool]


class ListedStudies(QObject):
    """Reads in the background: at first what the window shows, then the rest of the list, then the counts.

    `listed` when the list has changed, True where it is another list; `counted` with the counts and whether
    there are import notices; `failed` with the error of a read.
    """

    listed = Signal(bool)
    counted = Signal(object, bool)
    failed = Signal(object)

    def __init__(self, ui: CommandUi, model: StudyTable, parent: QObject) -> None:
        super().__init__(parent)
        self._ui = ui
        self._model = model
        self.query = WorklistQuery()
        #: all that fit are in the list
        self.is_whole = True
        self._generation = 0
        self._reads = 0
        self._asked = self._rest = self._again = self._count = False
        self._changed: set[str] = set()
        self._mark: object = None
        self._looks = 0
        self._later = self._timer(PAUSE_MS, self._go_on)
        self._pages = self._timer(0, self._read_pages)
        self._look = self._timer(LOOK_MS, self.look)
        model.rows_wanted.connect(self._pages.start)
        ui.listen(ui.session.archive_changed, self._note)
        ui.listen(ui.session.get(ArchiveController).import_ended, lambda: self._note(None))

    def _timer(self, pause_ms: int, act: Callable[[], None]) -> QTimer:
        made = QTimer(self)
        made.setSingleShot(True)
        made.setInterval(pause_ms)
        made.timeout.connect(act)
        return made

    @property
    def is_idle(self) -> bool:
        """Everything that was asked for, or has changed, is shown."""
        behind = self._asked or self._rest or self._again or self._count or self._changed
        return not (behind or self._reads or self._later.isActive())

    # -- what is asked --------------------------------------------------------------------------------------

    def ask(self, query: WorklistQuery) -> None:
        """Show what fits; what is on its way for another question is dropped."""
        if query != self.query:
            self.query = query
            self._asked = True
            self._go_on()

    def reload(self) -> None:
        """Read everything anew; nothing is shown while nobody is logged in."""
        self._later.stop()
        self._changed.clear()
        if not self._ui.session.user.is_logged_in:
            self._generation += 1  # an answer that is under way is nobody's any more
            self._asked = self._rest = self._again = self._count = False
            self._model.show_list(self._model.keys[:0], {})
            self.listed.emit(True)
            self.counted.emit(WorklistCounts(), False)
            return
        self._again = self._count = True
        self._go_on()

    def watch(self, visible: bool) -> None:
        """Look now and then whether another program has changed the archive, while the list is seen."""
        self._look.stop()
        if visible:
            self.look()

    def look(self) -> None:
        """Read again where another program has written, and every minute."""
        if self._ui.closed:
            return
        mark = self._ui.session.station.folder.database.change_mark()
        self._looks += 1
        if self._looks % _LOOKS == 0 or (self._mark is not None and mark != self._mark):
            self._again = self._count = True
            self._go_on()
        self._mark = mark
        self._look.start()

    def _note(self, study_uid: str | None) -> None:
        """A study has changed, all have (""), or an import has ended (None)."""
        self._count = True
        if study_uid:
            self._changed.add(study_uid)
        elif study_uid == "":
            self._again = True
        self._later.start()

    # -- reading --------------------------------------------------------------------------------------------

    def _go_on(self) -> None:
        """Begin the next read, the most urgent first."""
        if self._ui.closed or not self._ui.session.user.is_logged_in or self._later.isActive():
            return
        if self._again and not self._model.keys:  # nothing is shown: the first page comes first
            self._asked, self._again = True, False
        if self._asked and self._reads < _MOST_READS:
            self._read_first()
        elif self._reads:
            return
        elif self._rest or self._again or self._changed:
            self._read_list()
        elif self._count:
            self._read_counts()

    def _read_first(self) -> None:
        self._asked = False
        worklist, actor, query = self._worklist, self._ui.session.user.actor, self.query

        def came(page: ListedPage) -> None:
            self._model.show_list(page.keys, page.rows)
            self.is_whole, self._rest = page.whole, not page.whole
            self.listed.emit(True)

        self._fetch(lambda: worklist.first_page(actor, query), came)

    def _read_list(self) -> None:
        worklist, actor, query = self._worklist, self._ui.session.user.actor, self.query
        changed, again, model = tuple(self._changed), self._again, self._model
        old, lately = model.keys[:], model.lately() if again else []
        self._rest = self._again = False
        self._changed.clear()

        def read() -> _GoneOver:
            page = worklist.listed(actor, query, changed)
            longer = page.keys[: len(old)] == old
            steps = None if longer else difference(old, page.keys)
            new = range(len(old), len(page.keys))[:PAGE] if longer else steps.came if steps else ()
            came = [page.keys[at] for at in new]
            page.rows.update(worklist.rows(actor, [*lately, *(k for k in came if k not in page.rows)]))
            return page, steps, longer

        def came(found: _GoneOver) -> None:
            page, steps, longer = found
            if longer:
                model.go_over(old, Difference((), ()), page.rows, alone=again)
                model.extend(page.keys)
            else:
                model.go_over(page.keys, steps, page.rows, alone=again)
            self.is_whole = True
            self.listed.emit(False)

        def dropped() -> None:  # what has changed is still to be read
            self._changed.update(changed)
            self._again = self._again or again

        self._fetch(read, came, dropped)

    def _read_counts(self) -> None:
        self._count = False
        worklist, actor = self._worklist, self._ui.session.user.actor
        archive = self._ui.session.station.get(ArchiveService)
        self._fetch(
            lambda: (worklist.counts(actor), archive.has_notices(actor)),
            lambda found: self.counted.emit(*found),
            begun_anew=False,
        )

    def _read_pages(self) -> None:
        """Rows that somebody looks at; they are good for every list."""
        keys = self._model.wanted()
        if keys and self._ui.session.user.is_logged_in:
            worklist, actor = self._worklist, self._ui.session.user.actor

            def came(rows: dict[int, StudyRow]) -> None:
                if self._ui.session.user.is_logged_in and self._ui.session.user.actor == actor:
                    self._model.put_rows(rows)

            self._ui.quietly(lambda: worklist.rows(actor, keys), came, failed=self.failed.emit)

    @property
    def _worklist(self) -> WorklistService:
        return self._ui.session.station.get(WorklistService)

    def _fetch(
        self,
        read: Callable[[], T],
        came: Callable[[T], None],
        dropped: Callable[[], None] = lambda: None,
        *,
        begun_anew: bool = True,
    ) -> None:
        self._generation += begun_anew
        generation = self._generation
        self._reads += 1

        def over(then: Callable[[], None]) -> None:
            self._reads -= 1
            then() if generation == self._generation else dropped()
            self._go_on()

        self._ui.quietly(
            read,
            lambda found: over(lambda: came(found)),
            failed=lambda error: over(lambda: self.failed.emit(error)),
        )
