"""An empty station asks for its first person, in a real window."""

from __future__ import annotations

from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from app.bootstrap.station import open_station
from app.bootstrap.window import DeskWindow
from app.domain.person import Role
from widgets.first_person import FirstPersonDialog

pytestmark = pytest.mark.window


def test_the_first_person_is_made_and_sits_down(qtbot: QtBot, tmp_path: Path) -> None:
    """People from the first start: passwords must agree, the person becomes administrator and may sign."""
    with open_station(tmp_path / "home", language="zh") as station:
        window = DeskWindow(station, quiet=True)
        try:
            dialog = FirstPersonDialog(window.main.acts, window.main)
            dialog.name.setText("赵医生")
            dialog.login.setText("zhao")
            dialog.password.setText("Ying-shu-2026")
            dialog.again.setText("something else")
            dialog.try_make()
            assert not dialog.problem.isHidden()
            assert station.people.empty()
            dialog.again.setText("Ying-shu-2026")
            dialog.try_make()
            assert window.desk.actor.roles == {Role.ADMINISTRATOR, Role.REPORTING}
            assert not station.people.empty()
        finally:
            window.close()
