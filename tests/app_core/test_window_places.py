"""Workspaces in windows of their own: which monitor, what happens when it goes, whose they are."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from psygnal import Signal

from app.domain.person import Actor
from app.errors import BadInput, Refused
from app.session.window_places import NAME, Place, WindowPlaces, read_places
from app.viewing.monitors import Monitor

LEFT, RIGHT, THIRD = (Monitor(f"maker|{name}|1", name, (2048, 2560)) for name in ("LEFT", "RIGHT", "THIRD"))


class Person:
    """Who is logged in."""

    changed = Signal()

    def __init__(self) -> None:
        self.actor = Actor("", "", frozenset())

    @property
    def is_logged_in(self) -> bool:
        return self.actor.person_id != ""

    def sit(self, person_id: str) -> None:
        self.actor = Actor(person_id, person_id, frozenset())
        self.changed.emit()


class Kept:
    """Personal documents in memory."""

    def __init__(self, person: Person) -> None:
        self._person = person
        self.documents: dict[tuple[str, str], dict[str, Any]] = {}

    def read(self, name: str) -> dict[str, Any]:
        return self.documents.get((self._person.actor.person_id, name), {})

    def keep(self, name: str, document: Mapping[str, Any]) -> None:
        self.documents[self._person.actor.person_id, name] = dict(document)


@pytest.fixture
def person() -> Person:
    return Person()


@pytest.fixture
def kept(person: Person) -> Kept:
    return Kept(person)


@pytest.fixture
def places(person: Person, kept: Kept) -> WindowPlaces:
    """The places of `ann` over two monitors, the main window on the left one."""
    made = WindowPlaces(kept, person)  # type: ignore[arg-type]
    made.see([LEFT, RIGHT], LEFT.key)
    person.sit("ann")
    return made


def names(places: WindowPlaces) -> dict[str, str]:
    return {workspace: place.name for workspace, place in places.out.items()}


def test_a_workspace_goes_to_a_free_monitor_and_on_to_the_next(places: WindowPlaces) -> None:
    """Not onto the main window's, nor where another one stands, while there is a free one."""
    places.take_out("read")
    assert names(places) == {"read": "RIGHT"}
    places.see([LEFT, RIGHT, THIRD], LEFT.key)
    places.take_out("report")
    assert names(places) == {"read": "RIGHT", "report": "THIRD"}
    places.take_out("report")
    assert names(places)["report"] == "RIGHT"
    places.put_back("report")
    places.take_out("report")
    assert names(places)["report"] == "RIGHT", "where it stood last"


def test_what_belongs_beside_another_keeps_off_its_monitor(places: WindowPlaces) -> None:
    """Also where that leaves only the main window's."""
    places.take_out("images", beside="read")
    assert names(places) == {"images": "RIGHT"}
    places.put_back("images")
    places.take_out("read")
    places.see([LEFT, RIGHT, THIRD], LEFT.key)
    places.take_out("images", beside="read")
    assert names(places)["images"] == "THIRD"
    places.put_back("images")
    places.see([LEFT, RIGHT], LEFT.key)
    places.take_out("images", beside="read")
    assert names(places)["images"] == "LEFT"


def test_with_one_monitor_it_stands_beside_the_main_window(places: WindowPlaces) -> None:
    places.see([LEFT], LEFT.key)
    places.take_out("report")
    assert names(places) == {"report": "LEFT"}
    places.see([], "")
    with pytest.raises(Refused):
        places.take_out("read")


def test_it_waits_in_the_main_window_until_its_monitor_is_back(places: WindowPlaces) -> None:
    told: list[None] = []
    places.take_out("read")
    area = Place(RIGHT.key, RIGHT.name, (10, 20, 800, 600))
    places.moved("read", area)
    places.changed.connect(lambda: told.append(None))
    places.see([LEFT], LEFT.key)
    assert names(places) == {}
    assert dict(places.waiting) == {"read": area}
    places.moved("read", Place(LEFT.key, LEFT.name))
    assert dict(places.waiting) == {"read": area}, "the window system's own moves change no habit"
    places.see([LEFT, RIGHT], LEFT.key)
    assert dict(places.out) == {"read": area}
    places.see([RIGHT, LEFT], RIGHT.key)
    assert len(told) == 2, "an order tells nothing new"


def test_places_are_those_of_the_person(places: WindowPlaces, person: Person, kept: Kept) -> None:
    places.take_out("read")
    places.moved("read", Place(RIGHT.key, RIGHT.name, (10, 20, 800, 600)))
    person.sit("bob")
    assert not places.is_out("read")
    person.sit("")
    assert not places.out
    person.sit("ann")
    assert places.out["read"].area == (10, 20, 800, 600)
    kept.documents["bob", NAME] = {"form": 99}
    person.sit("bob")
    assert not places.out


@pytest.mark.parametrize(
    "plain",
    [
        [],
        {"form": 2, "places": {}},
        {"form": 1, "places": {"read": {"monitor": "x"}}},
        {"form": 1, "places": {"read": {"monitor": "x", "name": "x", "area": [1, 2]}}},
        {"form": 1, "places": {"read": {"monitor": "x" * 500, "name": "x"}}},
    ],
)
def test_what_is_no_list_of_windows_is_refused(plain: Any) -> None:
    with pytest.raises(BadInput):
        read_places(plain)
