"""Registering in and finding through the three-tier directory (DB13/T 4.3, 4.5, 4.8, 4.10)."""

from __future__ import annotations

import logging
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from app.cataloging.privacy import assert_no_identity
from app.cataloging.proposal import document_of, propose
from app.domain.person import Actor, Right, Role
from app.domain.provenance import digest_of
from app.domain.report import ReportState
from app.domain.study import FlowState, FlowStep, StudyUid
from app.errors import Refused, UserError
from app.jobs import Progress, never_cancelled, no_progress
from app.jobs.runner import Cancelling
from app.people.rights import require
from app.ports import Directory, DirectoryRecord, ElementValue, NodeInfo, SearchAnswer
from app.services.archive import ArchiveService
from app.services.reports import ReportService
from app.settings import DirectorySettings, SettingsStore
from app.storage.folder import DataFolder
from app.storage.repositories.directory import OutboxEntry

log = logging.getLogger(__name__)

_STATION = Actor("system", "YingShu", frozenset({Role.CATALOGUING}))


@dataclass(frozen=True, slots=True)
class Registration:
    """What became of registering a study: sent now (with its identifier) or waiting in the outbox."""

    key: str
    sent: bool
    identifier: str = ""
    state: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class OutboxRow:
    """A registration that waits."""

    key: str
    study_uid: str
    tries: int
    last_error: str


class DirectoryService:
    """The station's side of the directory.  It alone keeps identifier ↔ study; no node learns a patient."""

    def __init__(
        self, folder: DataFolder, archive: ArchiveService, reports: ReportService, directory: Directory, settings: SettingsStore
    ) -> None:
        self._db = folder.database
        self._archive = archive
        self._reports = reports
        self._directory = directory
        self._settings = settings
        self._sending = threading.Lock()

    def nodes(self, actor: Actor) -> Sequence[NodeInfo]:
        """The tiers as they answer now."""
        require(actor, Right.SEARCH_DIRECTORY)
        return self._directory.nodes()

    def elements(self, actor: Actor) -> Sequence[Mapping[str, object]]:
        """The metadata set in force, for showing a record with its element names."""
        require(actor, Right.SEARCH_DIRECTORY)
        return self._directory.elements()

    def propose(self, actor: Actor, study_uid: str) -> tuple[ElementValue, ...]:
        """Element values filled from the study and its report, each with its source, for a person to look over."""
        require(actor, Right.REGISTER)
        study = self._archive.study(actor, study_uid)
        series = self._archive.series(actor, study_uid)
        report = self._reports.find(actor, study_uid)
        if report is None or report.state is not ReportState.FINAL:
            raise Refused("The study has no reviewed report; only a reviewed report is registered.")
        return propose(study, series, report, self._settings.get(DirectorySettings))

    def register(self, actor: Actor, study_uid: str, values: Sequence[ElementValue]) -> Registration:
        """Put the record into the outbox, then send what is there.  Nothing is lost when the county is down.

        Raises `Refused` when a value would carry identity into the directory.
        """
        require(actor, Right.REGISTER)
        study = self._archive.study(actor, study_uid)
        document = document_of(values)
        assert_no_identity(document, study, self._archive.series(actor, study_uid))
        report = self._reports.find(actor, study_uid)
        key = digest_of([study_uid, report.report_id if report else "", str(report.version if report else 0)])[:32]
        with self._db.write() as tx:
            tx.directory.enqueue(key, study_uid, "register", document)
            tx.studies.set_flow(StudyUid(study_uid), FlowStep.REGISTRATION, FlowState.ACTIVE, actor.name, datetime.now(UTC))
            tx.audit.append(actor, "directory.register", key, "queued", {})
        refusals = self._send_waiting(actor, no_progress, never_cancelled)
        if key in refusals:  # of others in the outbox their own rows tell
            raise refusals[key]
        return self.registration(key)

    def send_outbox(self, actor: Actor, *, progress: Progress = no_progress, cancelled: Cancelling = never_cancelled) -> int:
        """Send what waits, each exactly once (the key makes a second sending harmless); how many went.

        One that the county refuses for good does not hold up those behind it; its refusal is raised at the end.
        """
        require(actor, Right.REGISTER)
        before = self._waiting()
        refusals = self._send_waiting(actor, progress, cancelled)
        if refusals:
            raise next(iter(refusals.values()))
        return max(0, before - self._waiting())

    def send_unattended(self, *, progress: Progress = no_progress, cancelled: Cancelling = never_cancelled) -> int:
        """The station sends what people have registered and the county could not take then; how many went.

        Nobody needs to sit here: each registration was confirmed by a person before it was queued.
        """
        return self.send_outbox(_STATION, progress=progress, cancelled=cancelled) if self._waiting() else 0

    def _waiting(self) -> int:
        with self._db.read() as tx:
            return len(tx.directory.pending())

    def _send_waiting(self, actor: Actor, progress: Progress, cancelled: Cancelling) -> dict[str, Refused]:
        """Send in the order of queueing, one sender at a time; what was refused for good, by key."""
        refusals: dict[str, Refused] = {}
        with self._sending:
            with self._db.read() as tx:
                waiting = list(tx.directory.pending())
            self._send_rows(actor, waiting, refusals, progress, cancelled)
        return refusals

    def _send_rows(
        self, actor: Actor, waiting: Sequence[OutboxEntry], refusals: dict[str, Refused], progress: Progress, cancelled: Cancelling
    ) -> None:  # fmt: skip
        for position, row in enumerate(waiting):
            if cancelled():
                break
            progress(position / len(waiting), position, len(waiting))
            try:
                record = self._directory.register(row.document, idempotency_key=row.key)
            except Refused as error:
                self._failed(row.key, str(error), final=True)
                refusals[row.key] = error
                continue
            except UserError as error:  # no answer, or an address at which nothing is registered: later again
                self._failed(row.key, str(error))
                log.warning("the county does not answer; %d registrations wait", len(waiting) - position)
                break
            self._sent(actor, row.key, row.study_uid, record)

    def outbox(self, actor: Actor) -> list[OutboxRow]:
        """What waits."""
        require(actor, Right.SEARCH_DIRECTORY)
        with self._db.read() as tx:
            return [OutboxRow(r.key, r.study_uid, r.tries, r.last_error) for r in tx.directory.pending()]

    def registrations(self, actor: Actor) -> list[tuple[str, str, str]]:
        """(identifier, study, state last told) of what this station registered, newest first."""
        require(actor, Right.SEARCH_DIRECTORY)
        with self._db.read() as tx:
            return list(tx.directory.registered())

    def registration(self, key: str) -> Registration:
        """State of one registration."""
        with self._db.read() as tx:
            row = tx.directory.row(key)
        return Registration(key, bool(row.identifier), row.identifier, row.state, row.last_error)

    def search(
        self, actor: Actor, text: str, tier: str, *, offset: int = 0, limit: int = 20, filters: Mapping[str, Sequence[str]] = {}
    ) -> SearchAnswer:
        """Search one tier.  Blocking: call off the GUI thread."""
        require(actor, Right.SEARCH_DIRECTORY)
        return self._directory.search(text, tier=tier, offset=offset, limit=limit, filters=filters)

    def facets(self, actor: Actor, text: str, tier: str) -> Mapping[str, Sequence[tuple[str, str, int]]]:
        """Counts by facet: (code, name, count)."""
        require(actor, Right.SEARCH_DIRECTORY)
        return self._directory.facets(text, tier=tier)

    def record(self, actor: Actor, identifier: str, tier: str) -> DirectoryRecord:
        """One record as a tier returns it; its state is remembered for the local study."""
        require(actor, Right.SEARCH_DIRECTORY)
        found = self._directory.record(identifier, tier=tier)
        study_uid = self.local_study(actor, identifier)
        if study_uid is not None and found.state == "published":
            with self._db.write() as tx:
                tx.directory.set_state(identifier, found.state)
                tx.studies.set_flow(StudyUid(study_uid), FlowStep.REGISTRATION, FlowState.DONE, actor.name, datetime.now(UTC))
        return found

    def local_study(self, actor: Actor, identifier: str) -> str | None:
        """The study that a record describes, where this station holds it."""
        require(actor, Right.SEARCH_DIRECTORY)
        with self._db.read() as tx:
            found: str | None = tx.directory.study_of(identifier)
        return found

    def identifiers(self, actor: Actor, study_uid: str) -> list[str]:
        """Identifiers under which a study is registered."""
        require(actor, Right.READ)
        with self._db.read() as tx:
            return list(tx.directory.identifiers_of(study_uid))

    def _failed(self, key: str, why: str, *, final: bool = False) -> None:
        with self._db.write() as tx:
            tx.directory.failed(key, why, datetime.now(UTC), final=final)

    def _sent(self, actor: Actor, key: str, study_uid: str, record: DirectoryRecord) -> None:
        with self._db.write() as tx:
            tx.directory.sent(key, record.identifier, record.state, datetime.now(UTC))
            tx.directory.link(record.identifier, study_uid)
            tx.audit.append(actor, "directory.register", record.identifier, "done", {"key": key})
