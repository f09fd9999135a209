"""What one window works with: who is logged in, the open study, the screen, and the features' controllers."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from psygnal import Signal, SignalInstance

from app.domain.person import Right
from app.people.service import PeopleService
from app.session.commands import Commands
from app.session.dispatcher import MainThreadDispatcher, Post
from app.session.habits import PersonalHabits
from app.session.loaded_series import LoadedSeries
from app.session.pending_edits import PendingEdits
from app.session.personal_documents import PersonalDocuments
from app.session.registry import TypeRegistry
from app.session.station import Station
from app.session.study_session import StudySession
from app.session.user_session import UserSession
from app.session.window_places import WindowPlaces
from app.session.workspaces import PanelState, WorkspaceState
from app.viewing.pictures import PictureDrawer, ViewDrawer
from app.viewing.same_look import SameLook
from app.viewing.screen import Screen
from app.viewing.shapes import ShapeTypes
from app.viewing.shapes.shape import Shape
from app.viewing.tiling import TileMode
from app.viewing.tools.tool import Tool

T = TypeVar("T")


class Session:
    """One window's session.  Lives on the main thread; long work runs in jobs that the dispatcher follows.

    Parameters
    ----------
    station : the opened data folder with its services
    post : runs a function on the main thread, later
    draw : draws an image to a picture; None where there is no window
    draw_view : draws a view as it stands on the screen
    to_clipboard : puts a text on the clipboard; None where there is no window
    shapes : the types of what is drawn, of all features
    tools : what the left button can do, in the order of the row
    rights : what people may be allowed, of all features
    """

    #: studies, series or their states have changed: the Study Instance UID, or "" where it may be any
    archive_changed = Signal(str)

    def __init__(
        self,
        station: Station,
        post: Post,
        draw: PictureDrawer | None = None,
        *,
        draw_view: ViewDrawer | None = None,
        to_clipboard: Callable[[str], None] | None = None,
        shapes: tuple[Shape, ...] = (),
        tools: tuple[Tool, ...] = (),
        rights: tuple[Right, ...] = (),
    ) -> None:
        self.station = station
        self.draw, self.draw_view = draw, draw_view
        self.to_clipboard = to_clipboard
        self.shapes = ShapeTypes(shapes)
        self.tools = tools
        self.rights = rights
        self.dispatcher = MainThreadDispatcher(post, station.notifications)
        self.edits = PendingEdits(self.dispatcher)
        self.user = UserSession(station.get(PeopleService), station.jobs, self.dispatcher, self.edits)
        self.study = StudySession()
        self.screen = Screen()
        self.same_look = SameLook(self.screen)
        self.tile_mode = TileMode(self.screen)
        self.loaded = LoadedSeries(self.screen, self.study)
        self.workspaces = WorkspaceState()
        self.panels = PanelState()
        self.documents = PersonalDocuments(station.settings, self.user, self.edits)
        self.windows = WindowPlaces(self.documents, self.user)
        self.controllers = TypeRegistry()
        #: signals of the features' controllers after which commands may be possible or not
        self.state_signals: list[SignalInstance] = []
        self.commands = Commands()
        self.habits = PersonalHabits(self.documents, self.user, self.commands, self.screen)
        for signal in (self.user.changed, self.study.study_changed):
            signal.connect(self._moved)

    def _moved(self) -> None:
        """What is told from now on belongs to the present person and study."""
        person = self.user.actor.person_id if self.user.is_logged_in else ""
        study = self.study.study.study_uid if self.study.study is not None else ""
        self.station.notifications.move(study_uid=study, person_id=person)

    def get(self, of: type[T]) -> T:
        """A feature's controller."""
        return self.controllers.get(of)

    def close(self) -> None:
        """Nothing is saved any more."""
        self.edits.close()
