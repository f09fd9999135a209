"""Reading as a feature."""

from app.features import Feature
from app.imaging.store import ImageStore
from app.ports import Archive, VolumeReading
from app.reading.cine_video import CineVideoService
from app.reading.commands import commands
from app.reading.controller import ReadingController
from app.reading.hanging_controller import HangingController
from app.reading.hanging_service import HangingService
from app.reading.listing import SeriesListing
from app.reading.menus import menus
from app.reading.monitors import MonitorController, MonitorService
from app.reading.picture_service import PictureService
from app.reading.plane_gathering import PlaneGathering
from app.reading.prefetch import SeriesPrefetch
from app.reading.scrolling import Scrolling
from app.reading.service import ReadingService
from app.reading.settings import ReadingSettings
from app.reading.spread import SpreadViews
from app.reading.tables import TABLES
from app.reading.tools import TOOLS
from app.reading.view_history import ViewHistory
from app.reading.view_history_commands import view_history_commands
from app.reading.window_commands import window_commands
from app.session.session import Session
from app.session.station import Station


def _services(station: Station) -> None:
    reading = ReadingService(station.get(Archive), station.get(ImageStore))
    station.services.add(of=ReadingService, made=reading)
    station.services.add(of=VolumeReading, made=reading)
    hanging = HangingService(station.get(Archive), station.folder.database)
    station.services.add(of=HangingService, made=hanging)
    station.services.add(of=MonitorService, made=MonitorService(station.folder.database))
    pictures = PictureService(station.folder.database)
    station.services.add(of=PictureService, made=pictures)
    station.services.add(of=CineVideoService, made=CineVideoService(pictures))


def _controllers(session: Session) -> None:
    session.controllers.add(of=SeriesListing, made=SeriesListing(session))
    session.controllers.add(of=ReadingController, made=ReadingController(session))
    session.controllers.add(of=MonitorController, made=MonitorController(session))
    session.controllers.add(of=SpreadViews, made=SpreadViews(session))
    session.controllers.add(of=SeriesPrefetch, made=SeriesPrefetch(session))
    session.controllers.add(of=PlaneGathering, made=PlaneGathering(session))
    session.controllers.add(of=Scrolling, made=Scrolling(session))
    views = session.controllers.add(of=ViewHistory, made=ViewHistory(session))
    session.state_signals.append(views.changed)
    hanging = session.controllers.add(of=HangingController, made=HangingController(session))
    session.state_signals.append(hanging.changed)


FEATURE = Feature(
    "reading",
    services=_services,
    controllers=_controllers,
    commands=lambda session: [*commands(session), *view_history_commands(session), *window_commands(session)],
    menus=menus,
    tools=TOOLS,
    settings=(ReadingSettings,),
    tables=TABLES,
)
