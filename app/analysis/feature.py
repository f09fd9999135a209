"""Analysis as a feature."""

from app.analysis.cli import cli
from app.analysis.commands import commands
from app.analysis.controller import AnalysisController
from app.analysis.rights import RIGHTS
from app.analysis.service import AnalysisService
from app.analysis.settings import AnalysisSettings
from app.features import Feature
from app.ports import Archive, InferenceEngine, VolumeReading
from app.processes.dicom import DicomProcesses
from app.session.session import Session
from app.session.station import Station


def _services(station: Station) -> None:
    analysis = AnalysisService(
        station.folder,
        station.get(Archive),
        station.get(VolumeReading),
        engine=station.get(InferenceEngine),
        jobs=station.jobs,
        dicom=station.get(DicomProcesses),
    )
    station.services.add(of=AnalysisService, made=analysis)


def _controllers(session: Session) -> None:
    analysis = session.controllers.add(of=AnalysisController, made=AnalysisController(session))
    session.state_signals.append(analysis.plan_changed)


FEATURE = Feature(
    "analysis",
    services=_services,
    controllers=_controllers,
    commands=commands,
    cli=cli,
    settings=(AnalysisSettings,),
    rights=RIGHTS,
)
