"""From the list to what was drawn: the right display set, plane, image and position, without a window."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from app.annotation.controller import AnnotationController
from app.archive.service import ArchiveService
from app.bootstrap.features import make_session
from app.bootstrap.station import open_station
from app.domain.image import ImageStack
from app.domain.person import Role
from app.domain.volume import Volume
from app.session.session import Session
from app.viewing.draft import Draft
from app.viewing.links import index_of
from app.viewing.mark_places import marks_on
from app.viewing.resolve import ScreenFacts, resolve
from app.viewing.screen import SliceView, StackView, View, Viewport
from app.viewing.shown_image import shown_image
from tests.support.capabilities import shape
from tests.support.homes import PreparedHome
from tests.support.small_mr import CINE, MR, STUDY, write_small_mr


class _Reader:
    """A doctor who reads the small MR study; what jobs post is run while it waits."""

    def __init__(self, session: Session, posted: deque[Callable[[], None]]) -> None:
        self.session = session
        self._posted = posted

    def until(self, reached: Callable[[], bool]) -> None:
        end = time.monotonic() + 60
        while not reached() or self._posted or self.session.station.jobs.active:
            assert time.monotonic() < end, "not reached in time"
            while self._posted:
                self._posted.popleft()()
            time.sleep(0.002)

    def show(self, series_uid: str, wanted: Callable[[Viewport], bool]) -> Viewport:
        """Open display sets of a series until one is the wanted."""
        archive, actor = self.session.station.get(ArchiveService), self.session.user.actor
        for one in archive.display_sets(actor, series_uid).sets:
            self.session.commands.run("series.show", series_uid, one.display_set_id)
            self.until(lambda: self.session.screen.active_viewport.image is not None)
            if wanted(self.session.screen.active_viewport):
                return self.session.screen.active_viewport
        raise AssertionError("the series has no such display set")

    def draw(self, viewport: Viewport, view: View, further: int = 0) -> str:
        """Draw a length on a plane; its tracking UID."""
        viewport.view, viewport.further = view, further
        state = resolve(viewport, ScreenFacts(), (400, 400))
        assert state is not None
        self.session.screen.drawn.emit(
            Draft(shape("length"), ((2.0, 1.0), (8.0, 2.0)), state).drawn(viewport)
        )
        return self.session.study.annotations.measurements[-1].tracking_uid

    def go(self, tracking_uid: str) -> Viewport:
        annotation = self.session.get(AnnotationController)
        annotation.show_measurement(tracking_uid)
        self.until(lambda: annotation.selected == tracking_uid)
        return self.session.screen.active_viewport

    def drawn_here(self, viewport: Viewport) -> list[str]:
        """Tracking UIDs of the shapes that show on the image in a viewport."""
        shown = shown_image(viewport)
        assert shown is not None
        return [mark.tracking_uid for mark in marks_on(viewport, shown, viewport.marks)]


@pytest.fixture
def reader(people_home: PreparedHome, tmp_path: Path) -> Iterator[_Reader]:
    write_small_mr(tmp_path / "files")
    with open_station(people_home.copy_to(tmp_path / "home"), language="zh") as station:
        posted: deque[Callable[[], None]] = deque()
        session = make_session(station, posted.append)
        session.user.log_in(*people_home.logins[Role.REPORTING])
        station.get(ArchiveService).import_paths(session.user.actor, [tmp_path / "files"])
        reader = _Reader(session, posted)
        session.commands.run("study.open", STUDY)
        reader.until(lambda: session.screen.active_viewport.image is not None)
        yield reader
        session.commands.run("study.close")
        reader.until(lambda: True)
        session.close()


def _has_times(viewport: Viewport) -> bool:
    return isinstance(viewport.image, Volume) and viewport.image.axis is not None


def _is_sagittal(viewport: Viewport) -> bool:
    return isinstance(viewport.image, Volume) and viewport.image.grid.shape[0] == 5


def test_the_list_leads_to_the_display_set_the_plane_and_the_position(reader: _Reader) -> None:
    """Transverse slices at three times and sagittal ones in one series, a cine beside it: each measurement is
    found from wherever one is, after the study was closed too, and shows on its own image only.
    """
    session = reader.session
    times = reader.show(MR, _has_times)
    drawn = {
        reader.draw(times, view, further): (_has_times, view, further)
        for view, further in ((SliceView(0, 1.0), 2), (SliceView(1, 8.0), 1), (SliceView(1, 8.0), 2))
    }
    sagittal = reader.show(MR, _is_sagittal)
    drawn |= {
        reader.draw(sagittal, view): (_is_sagittal, view, 0)
        for view in (SliceView(0, 3.0), SliceView(1, 12.0))
    }
    cine = reader.show(CINE, lambda viewport: isinstance(viewport.image, ImageStack))
    drawn[reader.draw(cine, StackView(4))] = (lambda v: isinstance(v.image, ImageStack), StackView(4), 0)
    session.commands.run("study.close")
    session.commands.run("study.open", STUDY)
    reader.until(lambda: session.screen.active_viewport.image is not None)
    assert len(session.study.annotations.measurements) == len(drawn)
    for tracking_uid in (*drawn, *reversed(drawn)):
        wanted, view, further = drawn[tracking_uid]
        viewport = reader.go(tracking_uid)
        assert wanted(viewport)
        shown = shown_image(viewport)
        assert shown is not None
        assert (type(viewport.view), index_of(viewport), shown.further) == (type(view), view.index, further)
        if isinstance(view, SliceView):
            assert isinstance(viewport.view, SliceView)
            assert viewport.view.axis == view.axis
        assert reader.drawn_here(viewport) == [tracking_uid]
        for other in session.screen.together(viewport.viewport_id):
            assert other.further == further


def test_a_measurement_is_not_on_the_other_times(reader: _Reader) -> None:
    times = reader.show(MR, _has_times)
    made = reader.draw(times, SliceView(1, 8.0), 1)
    seen = []
    for further in range(3):
        times.further = further
        seen.append(reader.drawn_here(times))
    assert seen == [[], [made], []]
