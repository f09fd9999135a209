"""Giving and verifying signatures on reports (电子病历 4.7)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from app.domain.person import Actor
from app.domain.report import Report, ReportState, Signature, SignatureRole
from app.domain.signed_forms import NotRebuilt, SignedContent
from app.errors import NotAllowed, Refused
from app.i18n import tr
from app.people import signing
from app.people.authority import StationAuthority
from app.people.certificates import is_certified
from app.people.signing import SigningKey
from app.reporting.canonical import says, statement
from app.storage.database import Transaction
from app.storage.repositories.reports import STATE_TITLES

#: who has signed a report of a state, in the order of signing
_SIGNED_BY: dict[ReportState, tuple[SignatureRole, ...]] = {
    ReportState.SIGNED: (SignatureRole.AUTHOR,),
    ReportState.FINAL: (SignatureRole.AUTHOR, SignatureRole.REVIEWER),
    ReportState.SUPERSEDED: (SignatureRole.AUTHOR, SignatureRole.REVIEWER),
}


def with_signature(
    report: Report, role: SignatureRole, actor: Actor, *, key: SigningKey, at: datetime, digest_sha256: str
) -> Report:
    """The report with one more signature, over the content of a digest.  `NotAllowed` for another's key."""
    if key.person_id != actor.person_id:
        raise NotAllowed("The signing key is not that of {person}.", hint="Log in again.", person=actor.name)
    bare = Signature(role, actor.person_id, actor.name, at, digest_sha256, key.public_base64, "")
    signature = replace(bare, value=key.sign(statement(bare, report.signatures)))
    return replace(report, signatures=(*report.signatures, signature))


def require_certified(
    tx: Transaction, actor: Actor, key: SigningKey, at: datetime, authority: StationAuthority
) -> None:
    """`Refused` for a key that nobody could verify afterwards."""
    if not is_certified(tx, authority, actor.person_id, key.public_base64, at):
        raise Refused(
            "The signing key of {person} is not certified by this station.",
            hint="Ask an administrator for a new password: a certified key is made with it.",
            person=actor.name,
        )


def verify(tx: Transaction, report: Report, authority: StationAuthority) -> None:
    """The report carries the signatures of its state; each was made over what it says, by a key that is
    certified as its person's, over stored bytes that say what the report says.

    `Refused` with the reason; `BadInput` for bytes of a newer version's form.
    """
    if tuple(s.role for s in report.signatures) != _SIGNED_BY.get(report.state, ()):
        raise Refused(
            "The report is {state}, but does not carry the signatures of that state.",
            state=tr(STATE_TITLES[report.state]),
        )
    for place, signature in enumerate(report.signatures):
        _require_valid(signature, report.signatures[:place])
        _require_said(signature, report, _content(tx, signature))
        if not is_certified(tx, authority, signature.person_id, signature.public_key, signature.signed_at):
            raise Refused(
                "The signature of {person} was not made with a key that this station has certified as that "
                "person's.",
                person=signature.person_name,
            )


def _require_valid(signature: Signature, before: Sequence[Signature]) -> None:
    if not signing.verify(statement(signature, before), signature.public_key, signature.value):
        raise Refused(
            "The signature of {person} is not valid: person, role, time, key, digest or order is not as it "
            "was signed.",
            person=signature.person_name,
        )


def _content(tx: Transaction, signature: Signature) -> SignedContent:
    """The bytes that a signature covers, as they were when it was given."""
    found = tx.reports.signed_content(signature.digest_sha256)
    if found is None:
        raise Refused("What {person} signed is not in the database.", person=signature.person_name)
    if found is NotRebuilt.DIFFERS:
        raise Refused(
            "The signature of {person} cannot be verified: the report that an earlier version stored "
            "does not "
            "have the signed digest.",
            person=signature.person_name,
        )
    if found is NotRebuilt.UNREADABLE:
        raise Refused(
            "The signature of {person} cannot be verified: the report that an earlier version stored is "
            "damaged.",
            person=signature.person_name,
        )
    if found.digest_sha256 != signature.digest_sha256:
        raise Refused(
            "What {person} signed was altered in the database: the stored bytes do not have the signed "
            "digest.",
            person=signature.person_name,
        )
    return found


def _require_said(signature: Signature, report: Report, content: SignedContent) -> None:
    if not says(report, content):
        raise Refused("The report does not say what {person} signed.", person=signature.person_name)
    if signature.role is SignatureRole.AUTHOR and signature.person_id != report.author_id:
        raise Refused(
            "{person} signed as author, but is not the report's author.", person=signature.person_name
        )
