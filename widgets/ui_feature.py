"""The window's half of a capability: workspaces, tabs beside the images, words on the status line, painters.

The list is explicit (`app.bootstrap.ui_features`): the main window, the rail, the dock and the tray are made
from it and name no capability.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from PySide6.QtWidgets import QWidget

from app.session.commands import Command, ToolbarGroup
from app.session.session import Session
from app.viewing.layer_painter import LayerPainter
from widgets.command_ui import CommandUi
from widgets.theme import DOCK
from widgets.workspace import Panel, StatusLabel, Workspace


@dataclass(frozen=True, slots=True)
class PanelSpec:
    """A tab of the dock beside the images.  `title` is an English text and a translation key.

    The dock has `width_px` while the tab is in front.
    """

    panel_id: str
    title: str
    #: sorts the tabs
    order: int
    make: Callable[[CommandUi], Panel]
    width_px: int = DOCK


@dataclass(frozen=True, slots=True)
class StatusSpec:
    """A word on the line at the bottom: how something of the station is."""

    status_id: str
    order: int
    make: Callable[[CommandUi], StatusLabel]


@dataclass(frozen=True, slots=True)
class ToolbarPart:
    """A part of the row of tools that is more than a command's button; `order` among those of its group."""

    group: ToolbarGroup
    order: int
    make: Callable[[CommandUi], QWidget]


@dataclass(frozen=True, slots=True)
class WindowParts:
    """What a workspace may be made of besides its own: the viewers, and what all features bring, in order."""

    #: makes the images of a monitor that the screen is shared out over, counted from the left
    viewer: Callable[[int], QWidget]
    toolbar: tuple[ToolbarPart, ...]
    panels: tuple[PanelSpec, ...]


@dataclass(frozen=True, slots=True)
class WorkspaceSpec:
    """A workspace of the window; its place on the rail and its key (Alt+1, …) come from its place in the
    list.

    `title` (under the icon), `tip` and `go` (of the command that goes there) are English texts and
    translation keys.
    """

    workspace_id: str
    title: str
    tip: str
    go: str
    icon: str
    make: Callable[[CommandUi, WindowParts], Workspace]


@dataclass(frozen=True, slots=True)
class WindowSpec:
    """A window beside the main one, which is there while `session.windows` says so and never stands in the
    main window.

    `title` is an English text and a translation key; keys mean in it what they mean in `workspace_id`.
    """

    window_id: str
    title: str
    workspace_id: str
    make: Callable[[CommandUi, WindowParts], Workspace]


@dataclass(frozen=True, slots=True)
class UiFeature:
    """The window's half of one capability.

    `layer_painters` draw the types of layers that it puts over images; its `ui` module alone names them
    (`viewers.layers`).
    """

    name: str
    workspaces: tuple[WorkspaceSpec, ...] = ()
    windows: tuple[WindowSpec, ...] = ()
    panels: tuple[PanelSpec, ...] = ()
    status: tuple[StatusSpec, ...] = ()
    toolbar: tuple[ToolbarPart, ...] = ()
    layer_painters: tuple[LayerPainter, ...] = ()


def workspaces_of(features: Iterable[UiFeature]) -> tuple[WorkspaceSpec, ...]:
    """The workspaces of all features, in the order of the rail."""
    return tuple(spec for feature in features for spec in feature.workspaces)


def windows_of(features: Iterable[UiFeature]) -> tuple[WindowSpec, ...]:
    """The windows beside the main one of all features."""
    return tuple(spec for feature in features for spec in feature.windows)


def panels_of(features: Iterable[UiFeature]) -> tuple[PanelSpec, ...]:
    """The tabs of all features, in their order."""
    return tuple(sorted((spec for f in features for spec in f.panels), key=lambda spec: spec.order))


def toolbar_of(features: Iterable[UiFeature]) -> tuple[ToolbarPart, ...]:
    """Parts of the row of tools of all features."""
    return tuple(part for feature in features for part in feature.toolbar)


def painters_of(features: Iterable[UiFeature]) -> tuple[LayerPainter, ...]:
    """The painters of layers of all features, in the order that layers lie on each other."""
    return tuple(sorted((one for f in features for one in f.layer_painters), key=lambda one: one.order))


def status_of(features: Iterable[UiFeature]) -> tuple[StatusSpec, ...]:
    """The status words of all features, in their order."""
    return tuple(sorted((spec for f in features for spec in f.status), key=lambda spec: spec.order))


def workspace_key(position: int) -> str:
    """The key of a workspace by its place on the rail, from 0."""
    return f"Alt+{position + 1}"


def workspace_commands(session: Session, specs: Sequence[WorkspaceSpec]) -> list[Command]:
    """Going from one workspace to another, by the places that commands may be in force in."""
    session.commands.places |= {spec.workspace_id: spec.title for spec in specs}

    def go(workspace_id: str) -> Callable[[], None]:
        return lambda: session.workspaces.show(workspace_id)

    return [
        Command(
            f"workspace.{spec.workspace_id}",
            spec.go,
            go(spec.workspace_id),
            key=workspace_key(position),
            icon=spec.icon,
        )
        for position, spec in enumerate(specs)
    ]
