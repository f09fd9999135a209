"""Calibrated monitors of the station: measured once on the glass, known to every window since."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta

from app.domain.person import Actor
from app.errors import BadInput
from app.i18n import tr
from app.notifications import Level
from app.people.rights import READ, require
from app.reading.repository import DisplayCheckRepository, MonitorRepository
from app.reading.settings import ReadingSettings
from app.session.session import Session
from app.storage.database import Database
from app.viewing.gsdf import contrast_deviation
from app.viewing.monitors import DisplayCheck, Monitor, MonitorCalibration

#: pixels for a millimetre that monitors have: from a projector to a telephone
_PX_PER_MM = (0.5, 40.0)
#: cause of the reminders of checks that are due
REMINDER = "monitor.check"


class MonitorService:
    """What was measured on the station's monitors."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def calibrations(self, actor: Actor) -> Mapping[str, MonitorCalibration]:
        """By the monitors' keys."""
        require(actor, READ)
        with self._db.read() as tx:
            return tx.get(MonitorRepository).all()

    def calibrate(self, actor: Actor, monitor: Monitor, *, length_px: float, length_mm: float) -> None:
        """Keep what was measured: so many pixels of the device are so long.  `BadInput` where no monitor is
        so fine or so coarse.
        """
        require(actor, READ)
        low, high = _PX_PER_MM
        found = length_px / length_mm if length_mm > 0 else 0.0
        if not low <= found <= high:
            raise BadInput(
                "A monitor has {low} to {high} pixels for a millimetre; measured were {found}.",
                hint="Measure the bar again, in millimetres.",
                low=low,
                high=high,
                found=f"{found:.2f}",
            )
        known = MonitorCalibration(found, monitor.size_px, datetime.now(UTC))
        with self._db.write() as tx:
            tx.get(MonitorRepository).put(monitor.key, known)
            tx.audit.append(actor, "monitor.calibrate", "", "done", {"px_per_mm": round(found, 4)})

    def checks(self, actor: Actor) -> Mapping[str, DisplayCheck]:
        """The last check of each monitor, by its key."""
        require(actor, READ)
        with self._db.read() as tx:
            return tx.get(DisplayCheckRepository).latest()

    def add_check(
        self, actor: Actor, monitor: Monitor, failed: Sequence[str], measured: Sequence[float]
    ) -> DisplayCheck:
        """Keep what a person saw of the test pattern, and what the luminances say where they were measured;
        `BadInput` for luminances that are none.
        """
        require(actor, READ)
        deviation = contrast_deviation(measured) if measured else None
        made = DisplayCheck(monitor.key, datetime.now(UTC), actor.name, tuple(failed), deviation)
        with self._db.write() as tx:
            tx.get(DisplayCheckRepository).add(made)
            found = {"passed": made.passed, "failed": list(made.failed)}
            tx.audit.append(actor, "monitor.check", "", "done", found)
        return made


def overdue(
    checks: Mapping[str, DisplayCheck], monitors: Iterable[Monitor], days: int, now: datetime
) -> list[tuple[Monitor, DisplayCheck | None]]:
    """Monitors whose last check is older than so many days, or that were never checked; none for 0 days."""
    if days <= 0:
        return []
    found = [(one, checks.get(one.key)) for one in monitors]
    return [(one, last) for one, last in found if last is None or now - last.at > timedelta(days=days)]


class MonitorController:
    """The screen knows the calibrated monitors while somebody is logged in."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._service = session.station.get(MonitorService)
        session.user.changed.connect(self.load)
        self.load()

    def keep(self, monitor: Monitor, *, length_px: float, length_mm: float) -> None:
        """A person has measured a bar of so many pixels of the device on a monitor's glass; `load`
        afterwards.  May run on any thread.
        """
        actor = self._session.user.actor
        self._service.calibrate(actor, monitor, length_px=length_px, length_mm=length_mm)

    @property
    def checks(self) -> Mapping[str, DisplayCheck]:
        """The last check of each monitor, by its key."""
        return self._service.checks(self._session.user.actor)

    def keep_check(self, monitor: Monitor, failed: Sequence[str], measured: Sequence[float]) -> DisplayCheck:
        """Keep what was seen and measured on a monitor.  May run on any thread."""
        return self._service.add_check(self._session.user.actor, monitor, failed, measured)

    def remind(self, monitors: Sequence[Monitor]) -> None:
        """Say of which monitors the check is due by the station's setting."""
        session = self._session
        session.station.notifications.end(REMINDER)
        if not session.user.is_logged_in:
            return
        days = session.station.settings.get(ReadingSettings).display_check_days
        for monitor, last in overdue(self.checks, monitors, days, datetime.now(UTC)):
            name, date = monitor.name, f"{last.at:%Y-%m-%d}" if last is not None else ""
            text = (
                tr("Monitor {name} was last checked {date}.", name=name, date=date)
                if date
                else tr("Monitor {name} was never checked.", name=name)
            )
            with session.station.notifications.caused_by(REMINDER):
                session.station.notifications.add(Level.WARNING, text, tr("Check it with the test pattern."))

    def load(self) -> None:
        """Take over what is known of the monitors."""
        session = self._session
        if session.user.is_logged_in:
            session.screen.calibrations = self._service.calibrations(session.user.actor)
