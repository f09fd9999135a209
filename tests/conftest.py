"""What every test has."""

from __future__ import annotations

import gc
import sys
from collections.abc import Iterator

import pytest

from app.i18n import set_language
from tests.support.homes import PreparedHome, StudyHome, prepare_people, prepare_study


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


@pytest.fixture(autouse=True)
def _chinese() -> Iterator[None]:
    """Each test starts in Chinese, as the product does."""
    set_language("zh")
    yield
    set_language("zh")


@pytest.fixture(autouse=True)
def _no_window_left() -> Iterator[None]:
    """What a test put on the screen is gone when it ends: each later style sheet would be laid over it again."""
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
