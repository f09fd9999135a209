"""Which workspaces stand in windows of their own, and on which monitors; kept by person."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from psygnal import Signal

from app.errors import BadInput, Refused
from app.session.personal_documents import PersonalDocuments
from app.session.user_session import UserSession
from app.viewing.monitors import Monitor

#: name that a person's windows are kept under
NAME = "windows"
FORM = 1
#: id of the menu of commands that move parts of the window to other places
WINDOWS_MENU = "windows"
_LONGEST_KEY = 400

#: left, top, width and height from the upper left of the monitor, in pixels of the screen
Area = tuple[int, int, int, int]


@dataclass(frozen=True, slots=True)
class Place:
    """A monitor by its key and name, and the window's place on it; without `area` the window fills it."""

    key: str
    name: str
    area: Area | None = None

    def plain(self) -> dict[str, Any]:
        """As JSON values."""
        area = {"area": list(self.area)} if self.area is not None else {}
        return {"monitor": self.key, "name": self.name, **area}


def read_places(plain: Any) -> dict[str, Place]:
    """Places by workspace, of JSON values; `BadInput` for anything else."""
    try:
        if plain["form"] != FORM:
            raise ValueError
        return {str(workspace): _place(one) for workspace, one in plain["places"].items()}
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise BadInput("This is no list of windows that YingShu {form} wrote.", form=FORM) from error


def _place(plain: Any) -> Place:
    key, name, area = str(plain["monitor"]), str(plain["name"]), plain.get("area")
    if len(key) > _LONGEST_KEY or len(name) > _LONGEST_KEY:
        raise ValueError
    if area is None:
        return Place(key, name)
    left, top, width, height = (int(number) for number in area)
    return Place(key, name, (left, top, width, height))


class WindowPlaces:
    """The places of whoever is logged in, over the monitors that are connected.

    A workspace whose monitor is gone stands in the main window until the monitor is back.
    """

    #: workspaces stand elsewhere, or monitors came and went
    changed = Signal()

    def __init__(self, documents: PersonalDocuments, user: UserSession) -> None:
        self._documents = documents
        self._monitors: tuple[Monitor, ...] = ()
        self._home = ""
        self._wanted: dict[str, Place] = {}
        #: the monitor that a workspace stood on last
        self._last: dict[str, str] = {}
        user.changed.connect(self._person_changed)

    # -- monitors -------------------------------------------------------------------------------------------

    def see(self, monitors: Sequence[Monitor], home: str) -> None:
        """These monitors are connected; the main window stands on the one with the key `home`."""
        before = {one.key for one in self._monitors}
        self._monitors, self._home = tuple(monitors), home
        if before != {one.key for one in monitors}:
            self.changed.emit()

    @property
    def monitor_count(self) -> int:
        """How many monitors are connected."""
        return len(self._monitors)

    def monitor(self, key: str) -> Monitor | None:
        """A connected monitor."""
        return next((one for one in self._monitors if one.key == key), None)

    # -- places ---------------------------------------------------------------------------------------------

    @property
    def out(self) -> Mapping[str, Place]:
        """The workspaces that stand in windows of their own now."""
        return {name: place for name, place in self._wanted.items() if self.monitor(place.key) is not None}

    @property
    def waiting(self) -> Mapping[str, Place]:
        """The workspaces that stand in the main window until their monitor is back."""
        return {name: place for name, place in self._wanted.items() if self.monitor(place.key) is None}

    def is_out(self, workspace_id: str) -> bool:
        """A workspace stands in a window of its own."""
        return workspace_id in self.out

    def take_out(self, workspace_id: str, *, beside: str = "") -> None:
        """Put a workspace into a window of its own: on the monitor where it stood last, else on one that is
        free, else beside the main window; one that is out already goes on to the next monitor.

        It keeps off the main window's monitor, or off that of the workspace that it belongs `beside`.
        """
        if not self._monitors:
            raise Refused("No window is open.")
        off = self._home
        if beside in self.out:
            off = self.out[beside].key
        elsewhere = [one for one in self._monitors if one.key != off] or [*self._monitors]
        elsewhere.sort(key=lambda one: one.key == self._home)  # its monitor comes last
        keys = [one.key for one in elsewhere]
        here = self.out.get(workspace_id)
        taken = {place.key for name, place in self.out.items() if name != workspace_id}
        if here is not None:
            at = (keys.index(here.key) + 1) % len(keys) if here.key in keys else 0
        elif self._last.get(workspace_id) in keys:
            at = keys.index(self._last[workspace_id])
        else:
            at = next((i for i, key in enumerate(keys) if key not in taken), 0)
        if here is None or here.key != keys[at]:
            self._put(workspace_id, Place(keys[at], elsewhere[at].name))

    def put_back(self, workspace_id: str) -> None:
        """Put a workspace back into the main window."""
        if workspace_id in self._wanted:
            self._put(workspace_id, None)

    def moved(self, workspace_id: str, place: Place) -> None:
        """A person has moved the window of a workspace."""
        if self.is_out(workspace_id) and self._wanted[workspace_id] != place:
            self._wanted[workspace_id] = place
            self._last[workspace_id] = place.key
            self._keep()

    def _put(self, workspace_id: str, place: Place | None) -> None:
        if place is None:
            self._wanted.pop(workspace_id, None)
        else:
            self._wanted[workspace_id] = place
            self._last[workspace_id] = place.key
        self._keep()
        self.changed.emit()

    # -- people ---------------------------------------------------------------------------------------------

    def _keep(self) -> None:
        places = {name: place.plain() for name, place in self._wanted.items()}
        self._documents.keep(NAME, {"form": FORM, "places": places, "last": dict(self._last)})

    def _person_changed(self) -> None:
        stored = self._documents.read(NAME)
        try:
            self._wanted = read_places(stored) if stored else {}
            self._last = {str(name): str(key) for name, key in dict(stored.get("last", {})).items()}
        except (BadInput, TypeError, ValueError):  # of another version: it stays as it is stored
            self._wanted, self._last = {}, {}
        self.changed.emit()
