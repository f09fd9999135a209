"""Commands of the plane that the active view shows of its volume."""

from __future__ import annotations

from collections.abc import Callable

from app.domain.volume import Volume
from app.reading.hanging import link_all
from app.reading.settings import ReadingSettings
from app.session.commands import Command
from app.session.session import Session
from app.viewing.plane_views import PLANES, show_plane, shown_plane

#: in the order of the menu of a view
PLANE_IDS = tuple(f"view.{plane}" for plane in PLANES)


def plane_commands(session: Session) -> list[Command]:
    """Any plane of a volume in any view."""
    screen = session.screen

    def show(plane: str) -> Callable[[], None]:
        def apply() -> None:
            screen.end_pair()
            preset = session.station.settings.get(ReadingSettings).volume_preset
            show_plane(screen, screen.active_viewport, plane, preset=preset)
            if screen.links:
                link_all(screen)

        return apply

    def is_shown(plane: str) -> Callable[[], bool]:
        return lambda: shown_plane(screen.active_viewport) == plane

    def has_planes() -> bool:
        image = screen.active_viewport.image
        return isinstance(image, Volume) and min(image.grid.shape) > 1

    return [
        Command(
            "view.axial",
            "Show axial plane",
            show("axial"),
            key="Ctrl+1",
            where="read",
            enabled=has_planes,
            on=is_shown("axial"),
        ),
        Command(
            "view.coronal",
            "Show coronal plane",
            show("coronal"),
            key="Ctrl+2",
            where="read",
            enabled=has_planes,
            on=is_shown("coronal"),
        ),
        Command(
            "view.sagittal",
            "Show sagittal plane",
            show("sagittal"),
            key="Ctrl+3",
            where="read",
            enabled=has_planes,
            on=is_shown("sagittal"),
        ),
        Command(
            "view.rendering",
            "Show volume rendering",
            show("rendering"),
            key="Ctrl+4",
            where="read",
            enabled=has_planes,
            on=is_shown("rendering"),
        ),
    ]
