"""What a station's readers have set of mouse and marks, in force on the screen."""

from __future__ import annotations

from app.reading.settings import TEXT_SIZES_PX, ReadingSettings
from app.session.session import Session
from app.settings import SettingsGroup


class ReadingPreferences:
    """Tool of the left button, direction of the wheel, size of the texts beside marks."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._apply()
        session.station.settings.changed.connect(self._changed)

    def take_first_tool(self) -> None:
        """The tool that reading begins with: what one patient was measured with is not drawn on the next."""
        wanted = self._session.station.settings.get(ReadingSettings).left_drag
        tools = [tool.tool_id for tool in self._session.tools]
        self._session.screen.tool = wanted if wanted in tools else tools[0]

    def _apply(self) -> None:
        wanted, screen = self._session.station.settings.get(ReadingSettings), self._session.screen
        self.take_first_tool()
        screen.wheel_down_next = wanted.wheel_direction == "down-next"
        screen.mark_text_px = TEXT_SIZES_PX[wanted.mark_text]
        screen.print_text_px = TEXT_SIZES_PX[wanted.mark_text_print]

    def _changed(self, changed: SettingsGroup) -> None:
        if isinstance(changed, ReadingSettings):
            self._apply()
