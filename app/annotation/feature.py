"""Measurements and key images as a feature."""

from app.annotation.commands import commands
from app.annotation.controller import AnnotationController
from app.annotation.exporters import EXPORTERS
from app.annotation.mark_table import MarkTable
from app.annotation.rights import RIGHTS
from app.annotation.service import AnnotationService
from app.annotation.settings import MeasuringSettings
from app.annotation.shapes import SHAPES
from app.annotation.tables import TABLES
from app.annotation.tools import TOOLS
from app.features import Feature
from app.session.commands import CommandMenu, Toolbar, ToolbarGroup, tools_menu
from app.session.session import Session
from app.session.station import Station


def _services(station: Station) -> None:
    station.services.add(of=AnnotationService, made=AnnotationService(station.folder))


def _controllers(session: Session) -> None:
    annotation = session.controllers.add(of=AnnotationController, made=AnnotationController(session))
    session.controllers.add(of=MarkTable, made=MarkTable(session, annotation))


def _menus(_: Session) -> tuple[CommandMenu, ...]:
    group = ToolbarGroup.MEASURE
    place = Toolbar(group, order=10)
    return (CommandMenu(tools_menu(group), "Measure and annotate", "ruler-2", place, shows_choice=True),)


FEATURE = Feature(
    "annotation",
    services=_services,
    controllers=_controllers,
    commands=commands,
    menus=_menus,
    exporters=EXPORTERS,
    shapes=SHAPES,
    tools=TOOLS,
    settings=(MeasuringSettings,),
    rights=RIGHTS,
    tables=TABLES,
)
