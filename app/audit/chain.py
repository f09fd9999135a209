"""Each event's hash covers the hash before it: who changes, drops or moves one event must change all that
follow.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

#: what the first event's hash is chained to
GENESIS = "0" * 64
#: more of them say no more
_MOST_PROBLEMS = 20


@dataclass(frozen=True, slots=True)
class AuditEvent:
    """One act.  `at` is UTC in ISO 8601; `details` is canonical JSON text (`canonical_details`), free of
    patient names.
    """

    seq: int
    at: str
    person_id: str
    person_name: str
    roles: str
    station: str
    action: str
    subject: str
    outcome: str
    details: str


@dataclass(frozen=True, slots=True)
class ChainedEvent:
    """An event with the hash before it and its own."""

    event: AuditEvent
    prev_hash: str
    hash: str


@dataclass(frozen=True, slots=True)
class AuditProblem:
    """What is wrong at which event.  `template` is an English text and translation key with `params`."""

    seq: int
    template: str
    params: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class AuditVerdict:
    """Result of a check: how many events were looked at, hash of the last, what is wrong."""

    count: int
    head: str
    problems: tuple[AuditProblem, ...] = ()

    @property
    def ok(self) -> bool:
        """Nothing is wrong."""
        return not self.problems


def canonical_details(details: Mapping[str, Any]) -> str:
    """JSON text with one form only: sorted keys, no blanks."""
    return json.dumps(details, ensure_ascii=False, sort_keys=True, separators=(",", ":"), default=str)


def chain_hash(prev: str, event: AuditEvent) -> str:
    """SHA-256 over the hash before and the event's canonical JSON, as hexadecimal."""
    text = json.dumps([prev, asdict(event)], ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode("utf-8")).hexdigest()


def verify_chain(events: Iterable[ChainedEvent]) -> AuditVerdict:
    """Look through a whole chain in stored order.

    Finds a changed event (its hash does not fit), a removed or moved one (the number or the hash before does
    not fit). A tail that was cut off leaves a valid chain: that is found by the signed head
    (`app.storage.audit_head`).
    """
    problems: list[AuditProblem] = []
    prev, count, expected = GENESIS, 0, 1
    for row in events:
        count += 1
        problems.extend(_faults(row, prev, expected))
        prev, expected = row.hash, row.event.seq + 1
    return AuditVerdict(count, prev, tuple(problems[:_MOST_PROBLEMS]))


def _faults(row: ChainedEvent, prev: str, expected: int) -> list[AuditProblem]:
    found = []
    seq = row.event.seq
    if seq != expected:
        found.append(
            AuditProblem(
                seq,
                "Audit event {expected} is missing; {found} follows.",
                {"expected": str(expected), "found": str(seq)},
            )
        )
    if row.prev_hash != prev:
        found.append(
            AuditProblem(seq, "Audit event {seq} does not continue the event before it.", {"seq": str(seq)})
        )
    if row.hash != chain_hash(row.prev_hash, row.event):
        found.append(
            AuditProblem(seq, "Audit event {seq} was changed after it was written.", {"seq": str(seq)})
        )
    return found
