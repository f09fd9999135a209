"""What every test has."""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Iterator
from functools import cache

import pytest

from app.i18n import set_language
from app.people import secrets, signing
from app.processes.dicom import DicomProcesses
from tests.support.display import own_display
from tests.support.homes import PreparedHome, StudyHome, prepare_people, prepare_study


def pytest_configure(config: pytest.Config) -> None:
    """A process of a parallel run shows its windows on a screen of its own: focus belongs to one of them."""
    worker = os.environ.get("PYTEST_XDIST_WORKER")
    if worker and "DISPLAY" in os.environ:
        config.add_cleanup(own_display())


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The longest files first: one that begins last would run alone at the end of a parallel run."""
    items.sort(key=lambda item: _rank(item.path.as_posix()))


def _rank(path: str) -> int:
    longest = (
        "journeys/test_main_job",
        "journeys/",
        "test_cli",
        "demo/",
        "widgets/",
        "inference/",
        "services/",
    )
    return next((place for place, part in enumerate(longest) if part in path), len(longest))


@pytest.fixture(scope="session")
def people_home(tmp_path_factory: pytest.TempPathFactory) -> PreparedHome:
    """A data folder with the demo's people."""
    return prepare_people(tmp_path_factory.mktemp("people") / "home")


@pytest.fixture(scope="session")
def study_home(people_home: PreparedHome, tmp_path_factory: pytest.TempPathFactory) -> StudyHome:
    """A data folder with the demo's people and the small study."""
    folder = tmp_path_factory.mktemp("study")
    return prepare_study(people_home, folder / "home", folder / "dicom")


def pytest_collection_finish() -> None:
    """What all modules brought along stays: the collections at the end of tests need not look at it again."""
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="session", autouse=True)
def _readers_loaded() -> Iterator[None]:
    """Stations come and go with the tests; the process that has loaded what reads DICOM stays."""
    with DicomProcesses():
        yield


@pytest.fixture(scope="session", autouse=True)
def _derived_once() -> Iterator[None]:
    """What is derived from a password takes long by design; the same password with the same salt once."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(secrets, "verify_secret", cache(secrets.verify_secret))
        patch.setattr(signing, "_derived", cache(signing._derived))
        yield


@pytest.fixture(scope="session", autouse=True)
def _signed_without_asking() -> Iterator[None]:
    """Tests of something else sign with the key that logging in opens; those of signing ask for it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("YINGSHU_REPORT_ASK_PASSWORD_TO_SIGN", "false")
        yield


@pytest.fixture(scope="module", autouse=True)
def _modules_kept() -> Iterator[None]:
    """What a module's tests loaded for good stays: later collections need not look at it again."""
    yield
    gc.collect()
    gc.freeze()


@pytest.fixture(autouse=True)
def _garbage_waits() -> Iterator[None]:
    """Collected between tests, as the window does it between events: a widget that is destroyed in the middle
    of its own event takes the program with it.
    """
    gc.disable()
    yield
    counts, limits = gc.get_count(), gc.get_threshold()
    if due := [generation for generation in range(3) if counts[generation] > limits[generation]]:
        gc.collect(due[-1])


@pytest.fixture(autouse=True)
def _chinese() -> Iterator[None]:
    """Each test starts in Chinese, as the product does."""
    set_language("zh")
    yield
    set_language("zh")


@pytest.fixture(autouse=True)
def _no_window_left() -> Iterator[None]:
    """What a test put on the screen is gone when it ends: each later style sheet would be laid over it
    again.
    """
    yield
    if "PySide6.QtWidgets" not in sys.modules:
        return
    from PySide6.QtCore import QCoreApplication, QEvent
    from PySide6.QtWidgets import QApplication

    if QApplication.instance() is None:
        return
    left = [widget for widget in QApplication.topLevelWidgets() if widget.parent() is None]
    for widget in left:
        widget.deleteLater()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    if left:
        del left, widget
        gc.collect()  # here and now, not in a thread of the next test
