"""One window in each language for all tests of a file, over a station with the studies of a day."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from app.archive.service import ArchiveService
from app.bootstrap.station import open_station
from app.bootstrap.window import SessionWindow
from app.domain.person import Role
from app.i18n import Language, set_language
from tests.journeys.conftest import Driver
from tests.journeys.day.reader import Reader
from tests.support.day_studies import all_studies
from tests.support.homes import StudyHome


@pytest.fixture(autouse=True)
def _no_window_left() -> None:
    """The window stays from test to test."""


@pytest.fixture(autouse=True)
def _chinese(reader: Reader) -> None:
    """The language is the window's, from test to test."""
    set_language(reader.language)


@pytest.fixture(scope="module")
def day_home(study_home: StudyHome, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with the small study and those of the day, imported once for both languages."""
    folder = tmp_path_factory.mktemp("day")
    home = study_home.copy_to(folder / "home")
    with open_station(home, language="zh") as station:
        station.get(ArchiveService).import_paths(
            study_home.actors[Role.REPORTING], list(all_studies(folder / "dicom"))
        )
    return home


@pytest.fixture(scope="module", params=["zh", "en"])
def reader(
    request: pytest.FixtureRequest,
    day_home: Path,
    study_home: StudyHome,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Reader]:
    """The reporting doctor at a window in one of the languages."""
    language: Language = request.param
    home = StudyHome(day_home, study_home.logins, study_home.actors, study_home.keys, "", study_home.files)
    set_language(language)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("YINGSHU_OPENGL", "off")
        folder = tmp_path_factory.mktemp(f"day-{language}")
        with open_station(home.copy_to(folder / "home"), language=language) as station:
            window = SessionWindow(station, quiet=True)
            try:
                window.show((1366, 768))
                window.session.user.log_in(*study_home.logins[Role.REPORTING])
                yield Reader(Driver(window, station, study_home.logins, study_home.study_uid), language)
            finally:
                window.close()
                set_language("zh")
