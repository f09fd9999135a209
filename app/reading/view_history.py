"""Going back to how the screen was looked at before: beside the undoing of what is kept."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass

from psygnal import Signal

from app.errors import Refused
from app.reading.controller import ReadingController
from app.reading.hanging_controller import HangingController
from app.session.session import Session
from app.viewing.hanging.choose import Match
from app.viewing.screen import Viewport
from app.viewing.snapshot import ScreenSnapshot

#: turns of the wheel and repeated keys that follow each other so closely are one step
_TOGETHER_S = 1.0
_DEPTH = 100
#: going back and forth is no act
_OWN = ("view.undo", "view.redo")


@dataclass(frozen=True, slots=True)
class _State:
    """How the screen is looked at, and which stage of which protocol hung it."""

    screen: ScreenSnapshot
    match: Match | None
    stage: int

    def is_as(self, other: _State) -> bool:
        """Nothing would change by going from one to the other."""
        return self.screen.is_as(other.screen)


class ViewHistory:
    """Every act that changes window, zoom, place, turns, planes, layout or series is a step: a drag from the
    press to the release, a command, a drop.

    Which image of a series is shown is no part of it, nor what hangs by itself.
    """

    changed = Signal()

    def __init__(self, session: Session) -> None:
        self._session = session
        self._screen = session.screen
        self._back: list[_State] = []
        self._forth: list[_State] = []
        #: how it was when the act began that goes on, and how many commands are inside each other
        self._begun: _State | None = None
        self._inside = 0
        self._asked = False
        #: how it was before an act whose images are still being opened, and how it will be when those that
        #: going back has asked for are there
        self._waiting: _State | None = None
        self._coming: _State | None = None
        self._last: tuple[str, float] = ("", 0.0)
        session.commands.about_to_run.connect(self._command_begins)
        session.commands.has_run.connect(self._command_ends)
        self._screen.act_begun.connect(self._begin)
        self._screen.act_ended.connect(self._end)
        self._screen.view_asked.connect(
            lambda step: session.dispatcher.attempt(lambda: self._asked_for(step))
        )
        session.loaded.asking.connect(self._images_asked)
        session.study.study_changed.connect(self.clear)

    # -- acts -----------------------------------------------------------------------------------------------

    def _command_begins(self, command_id: str) -> None:
        if not self._inside and command_id not in _OWN:
            self._begin("")
        self._inside += 1

    def _command_ends(self, _: str) -> None:
        self._inside -= 1
        if not self._inside:
            self._end()

    def _seen(self) -> _State | None:
        seen, hanging = ScreenSnapshot.of(self._screen), self._session.get(HangingController)
        return _State(seen, hanging.match, hanging.stage) if seen is not None else None

    def _begin(self, together: str) -> None:
        """An act begins; those of one kind that follow each other closely are one."""
        if self._inside:
            return
        self._end()
        now = time.monotonic()
        goes_on = bool(together) and self._last[0] == together and now - self._last[1] < _TOGETHER_S
        self._last = (together, now)
        self._settle()
        self._begun = None if goes_on else self._seen()
        self._asked, self._coming = False, None

    def _end(self) -> None:
        begun, self._begun = self._begun, None
        now = self._seen() if begun is not None else None
        if begun is None or now is None:
            return
        if not now.is_as(begun):
            self._remember(begun)
        elif self._asked:
            self._waiting = begun

    def _images_asked(self) -> None:
        self._asked = True

    def _settle(self) -> None:
        """What an act before has asked for may have come."""
        waiting, now = self._waiting, self._seen()
        if waiting is not None and now is not None and not now.is_as(waiting):
            self._waiting = None
            self._remember(waiting)

    def _remember(self, before: _State) -> None:
        self._waiting = None
        self._back.append(before)
        del self._back[:-_DEPTH]
        self._forth.clear()
        self.changed.emit()

    def clear(self) -> None:
        """Forget all: another study."""
        self._back.clear()
        self._forth.clear()
        self._begun = self._waiting = self._coming = None
        self.changed.emit()

    # -- going back and forth -------------------------------------------------------------------------------

    @property
    def can_undo(self) -> bool:
        """There is a state to go back to."""
        waiting = (self._waiting,) if self._waiting is not None else ()
        return self._next_of((*self._back, *waiting)) is not None

    @property
    def can_redo(self) -> bool:
        """There is a state to go forth to."""
        return self._next_of(self._forth) is not None

    def undo(self) -> None:
        """As it was before the last act."""
        self._begun = None  # this is no act
        self._settle()
        self._go(self._back, self._forth)

    def redo(self) -> None:
        """As it was before the last going back."""
        self._begun = None
        self._go(self._forth, self._back)

    @property
    def _now(self) -> _State | None:
        """What is seen, or will be when what going back has asked for is there."""
        seen = self._seen()
        if self._coming is not None and seen is not None and seen.is_as(self._coming):
            self._coming = None
        return self._coming or seen

    def _next_of(self, states: Sequence[_State]) -> int | None:
        """Which of the states is the last that differs from the present one."""
        now = self._now
        if now is None:
            return None
        return next((at for at in reversed(range(len(states))) if not states[at].is_as(now)), None)

    def _go(self, source: list[_State], target: list[_State]) -> None:
        at, now = self._next_of(source), self._now
        if at is None or now is None:
            raise Refused("No change of the views is left.")
        wanted = source[at]
        self._put(wanted, now)
        del source[at:]
        target.append(now)
        self._last, self._waiting = ("", 0.0), None
        self.changed.emit()

    def _put(self, wanted: _State, now: _State) -> None:
        screen, reading, to = self._screen, self._session.get(ReadingController), wanted.screen
        if not to.is_arranged_as(now.screen):
            if not (to.is_whole and now.screen.is_whole):
                raise Refused(
                    "These images cannot be opened again.", hint="Choose another series at the left."
                )

            def arrange(viewport: Viewport) -> None:
                to.views[viewport.viewport_id].put_on(viewport, anew=True)

            reading.chosen_by_hand = True
            self._coming = wanted
            reading.hang(to.layout, to.places, arrange)
            screen.links = to.links
            self._session.get(HangingController).went_back(wanted.match, wanted.stage)
        to.put_on(screen)

    def _asked_for(self, step: int) -> None:
        """By a button of the mouse: where there is nothing, nothing happens."""
        if step < 0 and self.can_undo:
            self._session.commands.run("view.undo")
        elif step > 0 and self.can_redo:
            self._session.commands.run("view.redo")
