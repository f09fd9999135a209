"""The window of the other tests of widgets, for the tag browser."""

from tests.widgets.conftest import furnished_home, make_room, room, small_files, station

__all__ = ["furnished_home", "make_room", "room", "small_files", "station"]
