"""Pictures of patients are kept for whoever sits here, and so many only."""

from __future__ import annotations

import pytest

from tests.widgets.conftest import PASSWORD, Room
from widgets.kept_pictures import KeptPictures
from widgets.panels.reading.series_strip import SeriesStrip

pytestmark = pytest.mark.window


def test_pictures_go_with_the_person(room: Room) -> None:
    """Privacy: strip, preview and panels hold no picture after log-out, nor one that comes late."""
    room.open_small_study()
    strip = room.window.findChild(SeriesStrip)
    assert strip is not None
    preview = room.window.workspaces["worklist"].preview
    room.wait(lambda: len(strip._pictures) == 1 and len(preview._kept) == 1)
    late = preview._kept.person
    room.commands.run("person.log-out")
    assert (len(strip._pictures), len(preview._kept), strip.cards) == (0, 0, {})
    preview._kept.put("1.2.3", b"late", person=late)
    assert len(preview._kept) == 0
    room.session.user.log_in("doctor", PASSWORD)
    assert len(strip._pictures) == 0


def test_the_oldest_go_first(room: Room) -> None:
    """A day of 1,000 studies does not fill the memory."""
    kept = KeptPictures[bytes](room.window.ui, most=3)
    for n in range(5):
        kept.put(str(n), b"")
        kept.get("2")
    assert [n for n in range(5) if str(n) in kept] == [2, 3, 4]
