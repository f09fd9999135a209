"""Stored hanging protocols, calibrations and checks of monitors; `tx.get(HangingRepository)`."""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy import Connection, delete, select
from sqlalchemy.dialects.sqlite import insert

from app.reading.tables import display_check as _check
from app.reading.tables import hanging_protocol as _protocol
from app.reading.tables import monitor_calibration as _calibration
from app.viewing.monitors import DisplayCheck, MonitorCalibration


class HangingRepository:
    """Documents by owner and id."""

    def __init__(self, connection: Connection) -> None:
        self._db = connection

    def of(self, owner: str) -> list[tuple[str, str]]:
        """(id, document) of an owner's protocols, "" for the station's."""
        wanted = select(_protocol.c.protocol_id, _protocol.c.document).where(_protocol.c.owner == owner)
        return [
            (row.protocol_id, row.document)
            for row in self._db.execute(wanted.order_by(_protocol.c.protocol_id))
        ]

    def put(self, owner: str, protocol_id: str, document: str) -> None:
        """Store a protocol in place of the one of this id."""
        values = {"document": document, "saved_at": datetime.now(UTC)}
        row = insert(_protocol).values(owner=owner, protocol_id=protocol_id, **values)
        keys = [_protocol.c.owner, _protocol.c.protocol_id]
        self._db.execute(row.on_conflict_do_update(index_elements=keys, set_=values))

    def remove(self, owner: str, protocol_id: str) -> bool:
        """Take a protocol away; False where there was none."""
        wanted = delete(_protocol).where(_protocol.c.owner == owner, _protocol.c.protocol_id == protocol_id)
        return self._db.execute(wanted).rowcount > 0


class MonitorRepository:
    """`tx.get(MonitorRepository)`."""

    def __init__(self, connection: Connection) -> None:
        self._db = connection

    def all(self) -> dict[str, MonitorCalibration]:
        """By the monitors' keys."""
        rows = self._db.execute(select(_calibration))
        return {
            row.monitor: MonitorCalibration(row.px_per_mm, (row.width, row.height), row.saved_at)
            for row in rows
        }

    def put(self, monitor: str, known: MonitorCalibration) -> None:
        """In the place of what was known of the monitor."""
        values = {
            "px_per_mm": known.px_per_mm,
            "width": known.size_px[0],
            "height": known.size_px[1],
            "saved_at": known.at,
        }
        row = insert(_calibration).values(monitor=monitor, **values)
        self._db.execute(row.on_conflict_do_update(index_elements=[_calibration.c.monitor], set_=values))


class DisplayCheckRepository:
    """`tx.get(DisplayCheckRepository)`."""

    def __init__(self, connection: Connection) -> None:
        self._db = connection

    def latest(self) -> dict[str, DisplayCheck]:
        """The last check of each monitor, by its key."""
        rows = self._db.execute(select(_check).order_by(_check.c.checked_at))
        return {
            row.monitor: DisplayCheck(
                row.monitor, row.checked_at, row.person, tuple(row.failed.splitlines()), row.deviation
            )
            for row in rows
        }

    def add(self, check: DisplayCheck) -> None:
        """Keep a check; those before stay."""
        values = {
            "monitor": check.monitor,
            "checked_at": check.at,
            "person": check.by,
            "failed": "\n".join(check.failed),
            "deviation": check.deviation,
        }
        self._db.execute(insert(_check).values(**values))
