"""Mouse and presets while reading."""

from __future__ import annotations

from typing import Literal

from app.settings import SettingsGroup, setting

#: pixels of the letters of a text beside a mark, on a picture those of 500 in its width
TEXT_SIZES_PX = {"normal": 13.0, "large": 16.0, "largest": 20.0}
_SIZES = {"normal": "normal", "large": "large", "largest": "largest"}


class ReadingSettings(SettingsGroup):
    """Mouse and presets while reading."""

    name = "reading"
    title = "Reading"
    right = None

    left_drag: str = setting("window", "Left mouse button", choices="tools")
    wheel_direction: Literal["down-next", "down-previous"] = setting(
        "down-next",
        "Turning the wheel down shows",
        titles={"down-next": "the next image", "down-previous": "the previous image"},
    )
    ct_preset: Literal["object", "lung", "mediastinum", "bone", "abdomen", "brain"] = setting(
        "object",
        "First window of CT",
        titles={
            "object": "as stored in the images",
            "lung": "Lung",
            "mediastinum": "Mediastinum",
            "bone": "Bone",
            "abdomen": "Abdomen",
            "brain": "Brain",
        },
    )
    prefetch: bool = setting(True, "Load the other series of the open study ahead of time")
    volume_preset: Literal["bone", "vessels", "lung"] = setting(
        "bone", "First preset of 3D", titles={"bone": "Bone", "vessels": "Vessels", "lung": "Lung"}
    )
    display_check_days: int = setting(
        0, "Remind of the check of monitors after (0: never)", unit="days", ge=0, le=3650
    )
    mark_text: Literal["normal", "large", "largest"] = setting(
        "normal", "Text beside marks on the screen", titles=_SIZES
    )
    mark_text_print: Literal["normal", "large", "largest"] = setting(
        "normal", "Text beside marks on pictures and paper", titles=_SIZES
    )
