"""Registering in and finding through the three-tier directory (DB13/T 4.3, 4.5, 4.8, 4.10)."""

from __future__ import annotations

import logging
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from app.directory.cataloging.privacy import assert_no_identity
from app.directory.cataloging.proposal import document_of, propose
from app.directory.repository import DirectoryRepository, OutboxEntry
from app.directory.rights import REGISTER, SEARCH_DIRECTORY
from app.directory.settings import DirectorySettings
from app.domain.person import Actor, Role, system_actor
from app.domain.provenance import digest_of
from app.domain.study import FlowState, FlowStep, StudyUid
from app.errors import NotFound, NotYet, Refused, UserError
from app.jobs import Progress, never_cancelled, no_progress
from app.jobs.runner import Cancelling
from app.people.rights import READ, require
from app.ports import (
    Archive,
    Directory,
    DirectoryRecord,
    ElementValue,
    NodeInfo,
    ReviewedReports,
    SearchAnswer,
)
from app.settings import SettingsStore
from app.storage.folder import DataFolder
from catalog_client.schema.document import canonical

log = logging.getLogger(__name__)

#: kind of an outbox entry that gives a record its next version
REVISE = "revise"

#: settled records that are asked for again in one round: a county may lose or withdraw them later
SAMPLE = 20

_STATION = system_actor(Role.CATALOGUING)


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
        self,
        folder: DataFolder,
        archive: Archive,
        reports: ReviewedReports,
        directory: Directory,
        settings: SettingsStore,
    ) -> None:
        self._db = folder.database
        self._archive = archive
        self._reports = reports
        self._directory = directory
        self._settings = settings
        self._sending = threading.Lock()

    def nodes(self, actor: Actor) -> Sequence[NodeInfo]:
        """The tiers as they answer now."""
        require(actor, SEARCH_DIRECTORY)
        return self._directory.nodes()

    def elements(self, actor: Actor) -> Sequence[Mapping[str, object]]:
        """The metadata set in force, for showing a record with its element names."""
        require(actor, SEARCH_DIRECTORY)
        return self._directory.elements()

    def propose(self, actor: Actor, study_uid: str) -> tuple[ElementValue, ...]:
        """Element values filled from the study and its report, each with its source, for a person to look
        over.
        """
        require(actor, REGISTER)
        study = self._archive.study(actor, study_uid)
        series = self._archive.series(actor, study_uid)
        reports = self._reports.in_force(actor, study_uid)
        if not reports:
            raise Refused("The study has no reviewed report; only a reviewed report is registered.")
        return propose(study, series, reports[0], self._settings.get(DirectorySettings))

    def register(self, actor: Actor, study_uid: str, values: Sequence[ElementValue]) -> Registration:
        """Put the record into the outbox, then send what is there.  Nothing is lost when the county is down.

        A study has one record: what was sent before under its identifier gets a new version, which is
        reviewed again. The same values again change nothing, unless the record was returned or withdrawn.

        Raises `Refused` when a value would carry identity into the directory.
        """
        require(actor, REGISTER)
        study = self._archive.study(actor, study_uid)
        document = document_of(values)
        assert_no_identity(document, study, self._archive.series(actor, study_uid))
        report = next(iter(self._reports.in_force(actor, study_uid)), None)
        first_key = digest_of(
            [study_uid, report.report_id if report else "", str(report.version if report else 0)]
        )[:32]
        with self._sending:  # what is on its way now is not replaced under the sender's hands
            with self._db.read() as tx:
                rows = list(tx.get(DirectoryRepository).of_study(study_uid))
            sent = [row for row in rows if row.sent_at is not None]
            if (
                sent
                and sent[-1].document == document
                and rows[-1].sent_at is not None
                and self._in_force(actor, sent[-1].identifier)
            ):
                return self.registration(sent[-1].key)
            kind, key = _next_entry(rows, first_key, document)
            with self._db.write() as tx:
                for row in rows:
                    if (
                        row.kind == REVISE or row.given_up
                    ):  # a version that was not taken gives way to this one
                        tx.get(DirectoryRepository).discard(row.key)
                tx.get(DirectoryRepository).enqueue(key, study_uid, kind, document)
                tx.studies.set_flow(
                    StudyUid(study_uid),
                    FlowStep.REGISTRATION,
                    FlowState.ACTIVE,
                    actor.name,
                    datetime.now(UTC),
                )
                tx.audit.append(actor, f"directory.{kind}", key, "queued", {})
        refusals = self._send_waiting(actor, no_progress, never_cancelled)
        if key in refusals:  # of others in the outbox their own rows tell
            raise refusals[key]
        return self.registration(key)

    def send_outbox(
        self, actor: Actor, *, progress: Progress = no_progress, cancelled: Cancelling = never_cancelled
    ) -> int:
        """Send what waits, each exactly once (the key makes a second sending harmless); how many went.

        One that the county refuses for good does not hold up those behind it; its refusal is raised at the
        end.
        """
        require(actor, REGISTER)
        before = self._waiting()
        refusals = self._send_waiting(actor, progress, cancelled)
        if refusals:
            raise next(iter(refusals.values()))
        return max(0, before - self._waiting())

    def send_unattended(
        self, *, progress: Progress = no_progress, cancelled: Cancelling = never_cancelled
    ) -> int:
        """The station sends what people have registered and the county could not take then; how many went.

        Nobody needs to sit here: each registration was confirmed by a person before it was queued.
        """
        return self.send_outbox(_STATION, progress=progress, cancelled=cancelled) if self._waiting() else 0

    def _waiting(self) -> int:
        with self._db.read() as tx:
            return len(tx.get(DirectoryRepository).pending())

    def _send_waiting(self, actor: Actor, progress: Progress, cancelled: Cancelling) -> dict[str, Refused]:
        """Send in the order of queueing, one sender at a time; what was refused for good, by key."""
        refusals: dict[str, Refused] = {}
        with self._sending:
            with self._db.read() as tx:
                waiting = list(tx.get(DirectoryRepository).pending())
            self._send_rows(actor, waiting, refusals, progress, cancelled)
        return refusals

    def _send_rows(
        self,
        actor: Actor,
        waiting: Sequence[OutboxEntry],
        refusals: dict[str, Refused],
        progress: Progress,
        cancelled: Cancelling,
    ) -> None:
        for position, row in enumerate(waiting):
            if cancelled():
                break
            progress(position / len(waiting), position, len(waiting))
            try:
                record = self._send(row)
            except Refused as error:
                self._failed(row.key, str(error), final=True)
                refusals[row.key] = error
                continue
            except NotYet as error:  # its turn comes; those behind it are other studies'
                self._failed(row.key, str(error))
                continue
            except UserError as error:  # no answer, or an address at which nothing is registered: later again
                self._failed(row.key, str(error))
                log.warning("the county does not answer; %d registrations wait", len(waiting) - position)
                break
            self._sent(actor, row.key, row.study_uid, record)

    def _send(self, row: OutboxEntry) -> DirectoryRecord:
        if row.kind != REVISE:
            return self._directory.register(row.document, idempotency_key=row.key)
        with self._db.read() as tx:
            known = list(tx.get(DirectoryRepository).identifiers_of(row.study_uid))
        if known:
            try:
                return self._directory.revise(known[-1], row.document)
            except NotFound:
                log.warning("the county does not know a record any more; it is registered anew")
                self._missing(known[-1])
        return self._directory.register(row.document, idempotency_key=row.key)

    def outbox(self, actor: Actor) -> list[OutboxRow]:
        """What waits."""
        require(actor, SEARCH_DIRECTORY)
        with self._db.read() as tx:
            return [
                OutboxRow(r.key, r.study_uid, r.tries, r.last_error)
                for r in tx.get(DirectoryRepository).pending()
            ]

    def refused(self, actor: Actor) -> list[OutboxRow]:
        """What the county refused for good: a person mends the values and registers again."""
        require(actor, SEARCH_DIRECTORY)
        with self._db.read() as tx:
            return [
                OutboxRow(r.key, r.study_uid, r.tries, r.last_error)
                for r in tx.get(DirectoryRepository).refused()
            ]

    def refresh(self, *, progress: Progress = no_progress, cancelled: Cancelling = never_cancelled) -> int:
        """Ask the county how what this station registered stands; how many changed.

        The station asks by itself, so that list and flow are true without anybody looking at the record: what
        is on its way in every round, and `SAMPLE` others, so that what the county lost or withdrew later
        shows within some rounds. Blocking.

        Raises
        ------
        Unavailable
            The county does not answer, or no directory is set.
        """
        with self._db.read() as tx:
            waiting = [
                *tx.get(DirectoryRepository).unsettled(),
                *tx.get(DirectoryRepository).settled_sample(SAMPLE),
            ]
        changed = 0
        for position, identifier in enumerate(waiting):
            if cancelled():
                break
            progress(position / len(waiting), position, len(waiting))
            try:
                changed += self._remember(_STATION, self._directory.record(identifier, tier="county"))
            except NotFound:
                changed += self._missing(identifier)
            except UserError:
                if not changed:
                    raise
                break  # what was heard so far is told; the rest is asked at the next turn
        return changed

    def _in_force(self, actor: Actor, identifier: str) -> bool:
        """Whether the county has a record and neither returned nor withdrew it; one that does not answer is
        believed as it told last.
        """
        try:
            self._remember(actor, self._directory.record(identifier, tier="county"))
        except NotFound:
            self._missing(identifier)
            return False
        except UserError as error:
            log.info("the county is not asked for a record: %s", type(error).__name__)
        with self._db.read() as tx:
            return tx.get(DirectoryRepository).state_of(identifier) not in {"returned", "withdrawn"}

    def _remember(self, actor: Actor, found: DirectoryRecord) -> bool:
        """Keep the state of a record of ours, in the list and in the study's flow; whether it is new."""
        with self._db.read() as tx:
            study_uid, known = (
                tx.get(DirectoryRepository).study_of(found.identifier),
                tx.get(DirectoryRepository).state_of(found.identifier),
            )
            sent = tx.get(DirectoryRepository).version_of(found.identifier)
        # above the county an older version may still be served while a new one is on its way
        if study_uid is None or known == found.state or int(found.document.get("version") or 1) < sent:
            return False
        self._set_state(actor, found.identifier, study_uid, found.state)
        return True

    def _missing(self, identifier: str) -> bool:
        """The county has no such record: it lost its database, or another one answers."""
        with self._db.read() as tx:
            study_uid, known = (
                tx.get(DirectoryRepository).study_of(identifier),
                tx.get(DirectoryRepository).state_of(identifier),
            )
        if study_uid is None or known == "missing" or not self._settings.get(DirectorySettings).account:
            return False  # the public does not see what is on its way
        self._set_state(_STATION, identifier, study_uid, "missing")
        return True

    def _set_state(self, actor: Actor, identifier: str, study_uid: str, state: str) -> None:
        flow = FlowState.DONE if state == "published" else FlowState.ACTIVE
        with self._db.write() as tx:
            tx.get(DirectoryRepository).set_state(identifier, state)
            if tx.studies.study(study_uid) is not None:  # a study may have left this station
                tx.studies.set_flow(
                    StudyUid(study_uid), FlowStep.REGISTRATION, flow, actor.name, datetime.now(UTC)
                )

    def registrations(self, actor: Actor) -> list[tuple[str, str, str]]:
        """(identifier, study, state last told) of what this station registered, newest first."""
        require(actor, SEARCH_DIRECTORY)
        with self._db.read() as tx:
            return list(tx.get(DirectoryRepository).registered())

    def registration(self, key: str) -> Registration:
        """State of one registration."""
        with self._db.read() as tx:
            row = tx.get(DirectoryRepository).row(key)
        return Registration(key, bool(row.identifier), row.identifier, row.state, row.last_error)

    def search(
        self,
        actor: Actor,
        text: str,
        tier: str,
        *,
        offset: int = 0,
        limit: int = 20,
        filters: Mapping[str, Sequence[str]] = {},
    ) -> SearchAnswer:
        """Search one tier.  Blocking: call off the GUI thread."""
        require(actor, SEARCH_DIRECTORY)
        return self._directory.search(text, tier=tier, offset=offset, limit=limit, filters=filters)

    def facets(
        self, actor: Actor, text: str, tier: str, *, filters: Mapping[str, Sequence[str]] = {}
    ) -> Mapping[str, Sequence[tuple[str, str, int]]]:
        """Counts by facet: (code, name, count) of what text and the other facets' filters leave."""
        require(actor, SEARCH_DIRECTORY)
        return self._directory.facets(text, tier=tier, filters=filters)

    def record(self, actor: Actor, identifier: str, tier: str) -> DirectoryRecord:
        """One record as a tier returns it; its state is remembered for the local study."""
        require(actor, SEARCH_DIRECTORY)
        try:
            found = self._directory.record(identifier, tier=tier)
        except NotFound:
            if tier == "county":
                self._missing(identifier)
            raise
        self._remember(actor, found)
        return found

    def local_study(self, actor: Actor, identifier: str) -> str | None:
        """The study that a record describes, where this station holds it."""
        require(actor, SEARCH_DIRECTORY)
        with self._db.read() as tx:
            found: str | None = tx.get(DirectoryRepository).study_of(identifier)
        return found

    def identifiers(self, actor: Actor, study_uid: str) -> list[str]:
        """Identifiers under which a study is registered."""
        require(actor, READ)
        with self._db.read() as tx:
            return list(tx.get(DirectoryRepository).identifiers_of(study_uid))

    def _failed(self, key: str, why: str, *, final: bool = False) -> None:
        with self._db.write() as tx:
            tx.get(DirectoryRepository).failed(key, why, datetime.now(UTC), final=final)

    def _sent(self, actor: Actor, key: str, study_uid: str, record: DirectoryRecord) -> None:
        with self._db.write() as tx:
            tx.get(DirectoryRepository).sent(key, record.identifier, record.state, datetime.now(UTC))
            tx.get(DirectoryRepository).link(
                record.identifier, study_uid, int(record.document.get("version") or 1)
            )
            tx.get(DirectoryRepository).set_state(record.identifier, record.state)
            tx.audit.append(actor, "directory.register", record.identifier, "done", {"key": key})


def _next_entry(rows: Sequence[OutboxEntry], first_key: str, document: Mapping[str, Any]) -> tuple[str, str]:
    """(kind, key) of the entry for a study's document: its registration until that was sent, then the
    record's next version.
    """
    sent = [row for row in rows if row.sent_at is not None]
    if not sent:
        return "register", next((row.key for row in rows if row.kind != REVISE), first_key)
    return REVISE, digest_of([sent[-1].key, canonical(document)])[:32]
