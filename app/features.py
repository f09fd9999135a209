"""What a capability of the product is without its window: services, controllers, commands, tools, settings.

The list is explicit (`app.bootstrap.features`): the shell and the command line are made from it and name no
capability.  Its other half, workspaces and panels, is a `widgets.ui_feature.UiFeature`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from app.command_line import CommandLine
from app.dicom.read.objects.loader import ObjectLoader
from app.domain.person import Right
from app.exporters import ReportExporter
from app.session.commands import Command, CommandMenu
from app.session.session import Session
from app.session.station import Station
from app.settings import SettingsGroup
from app.storage.table_set import TableSet
from app.viewing.shapes.shape import Shape
from app.viewing.tools.tool import Tool


def no_services(_: Station) -> None:
    """The feature has no service of its own."""


def no_controllers(_: Session) -> None:
    """The feature has no controller of its own."""


def no_commands(_: Session) -> Sequence[Command]:
    """The feature has no command."""
    return ()


def no_menus(_: Session) -> Sequence[CommandMenu]:
    """The feature has no menu."""
    return ()


def no_cli(_: CommandLine) -> None:
    """The feature has nothing at the command line."""


@dataclass(frozen=True, slots=True)
class Feature:
    """One capability without its window.

    `services` adds services to a station's registry, in the order of the list; `controllers` adds controllers
    to a window's session; `commands` and `menus` are made when all controllers are there.  `loaders` open
    kinds of objects that are no images, `exporters` write forms of a final report, `shapes` are types of what
    people draw, `tools` what the left button does.  `settings` are groups in the order of the dialog.
    `rights` are what its services ask for, `tables` what it keeps in the database beside what features share.
    `cli` adds commands to the command line; it must import what is heavy only when a command runs.
    """

    name: str
    services: Callable[[Station], None] = no_services
    controllers: Callable[[Session], None] = no_controllers
    commands: Callable[[Session], Sequence[Command]] = no_commands
    menus: Callable[[Session], Sequence[CommandMenu]] = no_menus
    loaders: tuple[ObjectLoader, ...] = ()
    exporters: tuple[ReportExporter, ...] = ()
    shapes: tuple[Shape, ...] = ()
    tools: tuple[Tool, ...] = ()
    settings: tuple[type[SettingsGroup], ...] = ()
    rights: tuple[Right, ...] = ()
    tables: TableSet | None = None
    cli: Callable[[CommandLine], None] = no_cli
