"""The capabilities of the product, a line each; all else is made from this list."""

from __future__ import annotations

from collections.abc import Callable

from app.accounts.feature import FEATURE as ACCOUNTS
from app.analysis.feature import FEATURE as ANALYSIS
from app.annotation.feature import FEATURE as ANNOTATION
from app.archive.feature import FEATURE as ARCHIVE
from app.dicom.read.objects.loader import ObjectLoaders
from app.directory.feature import FEATURE as DIRECTORY
from app.domain.person import Right
from app.exporters import ReportExporters
from app.features import Feature
from app.objects.feature import FEATURE as OBJECTS
from app.people.audit_checks import AuditChecks
from app.people.rights import RIGHTS
from app.reading.feature import FEATURE as READING
from app.reporting.feature import FEATURE as REPORTING
from app.session.commands import Command, tools_menu
from app.session.dispatcher import Post
from app.session.session import Session
from app.session.station import Station
from app.settings import Appearance, SettingsGroup
from app.storage.table_set import TableSet
from app.tags.feature import FEATURE as TAGS
from app.viewing.pictures import PictureDrawer, ViewDrawer
from app.viewing.tools.tool import Tool
from app.vocabulary.feature import FEATURE as VOCABULARY

FEATURES: tuple[Feature, ...] = (
    ACCOUNTS,
    ARCHIVE,
    READING,
    OBJECTS,
    ANNOTATION,
    ANALYSIS,
    REPORTING,
    DIRECTORY,
    TAGS,
    VOCABULARY,
)


def settings_groups() -> tuple[type[SettingsGroup], ...]:
    """All settings, in the order of the dialog."""
    return (Appearance, *(group for feature in FEATURES for group in feature.settings))


def rights() -> tuple[Right, ...]:
    """All that people may be allowed."""
    return (*RIGHTS, *(right for feature in FEATURES for right in feature.rights))


def tables() -> tuple[TableSet, ...]:
    """What features keep in the database of their own."""
    return tuple(feature.tables for feature in FEATURES if feature.tables is not None)


def add_services(station: Station) -> None:
    """The services of all features, and what others of them give these services."""
    loaders = ObjectLoaders(one for feature in FEATURES for one in feature.loaders)
    station.services.add(of=ObjectLoaders, made=loaders)
    exporters = ReportExporters(one for feature in FEATURES for one in feature.exporters)
    station.services.add(of=ReportExporters, made=exporters)
    station.services.add(of=AuditChecks, made=AuditChecks())
    for feature in FEATURES:
        feature.services(station)


def make_session(
    station: Station,
    post: Post,
    draw: PictureDrawer | None = None,
    *,
    draw_view: ViewDrawer | None = None,
    to_clipboard: Callable[[str], None] | None = None,
) -> Session:
    """A window's session with the controllers and commands of all features."""
    session = Session(
        station,
        post,
        draw,
        draw_view=draw_view,
        to_clipboard=to_clipboard,
        shapes=tuple(shape for feature in FEATURES for shape in feature.shapes),
        tools=tuple(tool for feature in FEATURES for tool in feature.tools),
        rights=rights(),
    )
    for feature in FEATURES:
        feature.controllers(session)
    session.commands.add(_tool_commands(session))
    for feature in FEATURES:
        session.commands.add(feature.commands(session))
        session.commands.menus += feature.menus(session)
    return session


def _tool_commands(session: Session) -> list[Command]:
    def take(tool: Tool) -> Command:
        return Command(
            f"tool.{tool.tool_id}",
            tool.title,
            lambda: setattr(session.screen, "tool", tool.tool_id),
            key=tool.key,
            icon=tool.icon,
            where="read",
            on=lambda: session.screen.tool == tool.tool_id,
            menu="" if tool.in_row else tool.menu or tools_menu(tool.group),
        )

    return [take(tool) for tool in session.tools]
