"""The record of who did what: an append-only chain of hashes.  Pure: rows in, verdict out."""

from app.audit.chain import (
    GENESIS,
    AuditEvent,
    AuditProblem,
    AuditVerdict,
    ChainedEvent,
    canonical_details,
    chain_hash,
    verify_chain,
)

__all__ = [
    "GENESIS",
    "AuditEvent",
    "AuditProblem",
    "AuditVerdict",
    "ChainedEvent",
    "canonical_details",
    "chain_hash",
    "verify_chain",
]
