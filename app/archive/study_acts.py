"""What people do with studies in the worklist: give them to a reader, say how soon, delete, restore."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from app.archive.rights import ASSIGN_STUDY, DELETE_STUDY
from app.domain.person import DOCTORS, Actor, Person
from app.domain.study import StudyRow
from app.domain.worklist import Urgency
from app.errors import BadInput, NotFound, Refused
from app.people.rights import READ, require
from app.storage.database import Database

#: studies that are acted on at once
MOST_STUDIES = 500
LONGEST_REASON = 500


class DeleteReason(StrEnum):
    """Why a study is deleted; the audit record has the kind, the study the words."""

    DUPLICATE = "duplicate"
    WRONG_PATIENT = "wrong-patient"
    TEST = "test"
    OTHER = "other"


class StudyActs:
    """Every act is audited, study by study, and leaves nothing half done."""

    def __init__(self, database: Database) -> None:
        self._db = database

    # -- who reads, and how soon ----------------------------------------------------------------------------

    def readers(self, actor: Actor) -> list[Person]:
        """People who may be given a study."""
        require(actor, READ)
        with self._db.read() as tx:
            people: list[Person] = tx.people.all()
        return [one for one in people if one.active and not one.roles.isdisjoint(DOCTORS)]

    def assign(self, actor: Actor, seen: Mapping[str, str], person_id: str) -> None:
        """Give studies to a reader, to nobody where `person_id` is empty.

        `seen` has, by study, who reads it (a person's id) as the list showed it: `Refused` where somebody
        else has been given one meanwhile.
        """
        require(actor, ASSIGN_STUDY)
        person = next((one for one in self.readers(actor) if one.person_id == person_id), None)
        if person is None and person_id:
            raise NotFound("There is no reader {name}.", name=person_id)
        with self._db.write() as tx:
            rows = _rows(tx, list(seen))
            taken = next(
                (row for uid, row in rows.items() if row.reader_id not in (seen[uid], person_id)), None
            )
            if taken is not None:
                raise Refused(
                    "A study was given to {person} meanwhile.",
                    hint="Look at the list again.",
                    person=taken.reader_name or "–",
                )
            for uid, row in rows.items():
                if row.reader_id != person_id:
                    tx.study_acts.assign(uid, person_id, person.name if person else "")
                    tx.audit.append(
                        actor, "study.assign", uid, "done", {"to": person_id, "from": row.reader_id}
                    )

    def set_urgency(self, actor: Actor, uids: Sequence[str], urgency: Urgency) -> None:
        """Say how soon studies are to be read."""
        require(actor, ASSIGN_STUDY)
        with self._db.write() as tx:
            for uid, row in _rows(tx, uids).items():
                if row.urgency is not urgency:
                    tx.study_acts.set_urgency(uid, urgency)
                    details = {"to": urgency.name.lower(), "from": row.urgency.name.lower()}
                    tx.audit.append(actor, "study.urgency", uid, "done", details)

    # -- deleting -------------------------------------------------------------------------------------------

    def protected(self, actor: Actor, uids: Sequence[str]) -> set[str]:
        """Studies that cannot be deleted: a report of them was signed."""
        require(actor, READ)
        with self._db.read() as tx:
            found: set[str] = tx.study_acts.signed_among(uids)
        return found

    def delete(self, actor: Actor, uids: Sequence[str], kind: DeleteReason, words: str = "") -> None:
        """Take studies out of all lists, all or none; objects, drafts and marks stay, and come back with
        `restore`.

        `Refused` for a study that has a signed report.
        """
        require(actor, DELETE_STUDY)
        reason = " ".join(words.split())[:LONGEST_REASON]
        if kind is DeleteReason.OTHER and not reason:
            raise BadInput("Say why the studies are deleted.")
        with self._db.write() as tx:
            rows = _rows(tx, uids)
            signed = tx.study_acts.signed_among(list(rows))
            if signed:
                raise Refused(
                    "{n} of the studies have a signed report and cannot be deleted.",
                    hint="Choose the others only.",
                    n=len(signed),
                )
            now = datetime.now(UTC)
            for uid, row in rows.items():
                if row.deleted_at is None:
                    tx.study_acts.delete(uid, now, actor.name, f"{kind.value}\n{reason}")
                    details = {
                        "reason": kind.value,
                        "objects": row.study.n_instances,
                        "report": row.report_state,
                    }
                    tx.audit.append(actor, "study.delete", uid, "done", details)

    def restore(self, actor: Actor, uids: Sequence[str]) -> None:
        """Put deleted studies back into the lists."""
        require(actor, DELETE_STUDY)
        with self._db.write() as tx:
            for uid, row in _rows(tx, uids).items():
                if row.deleted_at is not None:
                    tx.study_acts.restore(uid)
                    tx.audit.append(actor, "study.restore", uid, "done", {})


def _rows(tx: Any, uids: Sequence[str]) -> dict[str, StudyRow]:
    """The studies as they are now; `NotFound` where one is not here."""
    if len(uids) > MOST_STUDIES:
        raise BadInput(
            "{found} studies are chosen; {limit} at most are taken at once.",
            found=len(uids),
            limit=MOST_STUDIES,
        )
    rows = {str(row.study.study_uid): row for row in tx.studies.rows_of(uids)}
    missing = next((uid for uid in uids if uid not in rows), None)
    if missing is not None:
        raise NotFound("The archive has no study {uid}.", hint="Import it first.", uid=missing)
    return rows
