"""Commands of volume renderings: what a rendering shows."""

from __future__ import annotations

from collections.abc import Callable

from app.domain.quantity import Quantity
from app.domain.volume import Volume
from app.reading.hanging import with_preset
from app.reading.menus import RENDERINGS
from app.session.commands import Command
from app.viewing.screen import RenderingView, Screen, Viewport

_PRESETS = (("bone", "Bone"), ("vessels", "Vessels and soft tissue"), ("lung", "Lung and airways"))


def rendering_commands(screen: Screen) -> list[Command]:
    """One for each preset, in all renderings."""

    def render(name: str) -> Callable[[], None]:
        def apply() -> None:
            for viewport in screen.viewports.values():
                viewport.view = with_preset(viewport.view, name)

        return apply

    def renders() -> bool:
        return any(_renders_hounsfield(viewport) for viewport in screen.viewports.values())

    def rendered_as(name: str) -> Callable[[], bool]:
        return lambda: _rendering(screen) == name

    return [
        Command(
            f"rendering.{name}",
            title,
            render(name),
            where="read",
            enabled=renders,
            on=rendered_as(name),
            menu=RENDERINGS,
        )
        for name, title in _PRESETS
    ]


def _rendering(screen: Screen) -> str:
    """Preset of the rendering; "" where there is none."""
    views = (viewport.view for viewport in screen.viewports.values())
    return next((view.preset for view in views if isinstance(view, RenderingView)), "")


def _renders_hounsfield(viewport: Viewport) -> bool:
    image = viewport.image
    return (
        isinstance(viewport.view, RenderingView)
        and isinstance(image, Volume)
        and image.quantity is Quantity.HU
    )
