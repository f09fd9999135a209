"""Objects that are no images, as a feature."""

from app.dicom.read.objects.loader import ObjectLoaders
from app.features import Feature
from app.objects.commands import commands
from app.objects.controller import ObjectsController
from app.objects.filing import FilingService
from app.objects.layers import LayersController
from app.objects.loaders import LOADERS
from app.objects.overlays import OverlayController
from app.objects.presentations import PresentationController
from app.objects.rights import RIGHTS
from app.objects.saved_regions import SavedRegionsController
from app.objects.saved_views import SavedViewsController
from app.objects.service import ObjectService
from app.ports import Archive
from app.processes.dicom import DicomProcesses
from app.session.session import Session
from app.session.station import Station


def _services(station: Station) -> None:
    service = ObjectService(station.get(Archive), station.get(DicomProcesses), station.get(ObjectLoaders))
    station.services.add(of=ObjectService, made=service)
    filing = FilingService(station.folder, station.get(Archive), station.get(DicomProcesses))
    station.services.add(of=FilingService, made=filing)


def _controllers(session: Session) -> None:
    objects = session.controllers.add(of=ObjectsController, made=ObjectsController(session))
    states = session.controllers.add(of=PresentationController, made=PresentationController(session))
    layers = session.controllers.add(of=LayersController, made=LayersController(session))
    session.controllers.add(of=SavedViewsController, made=SavedViewsController(session))
    session.controllers.add(of=SavedRegionsController, made=SavedRegionsController(session))
    session.controllers.add(of=OverlayController, made=OverlayController(session))
    session.state_signals += [objects.changed, states.changed, layers.changed]


FEATURE = Feature(
    "objects", services=_services, controllers=_controllers, commands=commands, loaders=LOADERS, rights=RIGHTS
)
