"""Whose signing keys are whose: issuing, revoking and looking up certificates of the station's people."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from datetime import UTC, datetime

from app.audit import AuditProblem
from app.domain.person import Actor
from app.errors import Refused, UserError
from app.people.authority import StationAuthority, fingerprint
from app.storage.database import Transaction
from app.storage.pins import CERTIFICATE
from app.storage.repositories.people import Certificate

#: the act that names the authority of the station; its subject
AUTHORITY_ACT, AUTHORITY = "station.authority", "authority"
#: keys of versions that certified none count from here on
_BEFORE_CERTIFICATES = datetime(2000, 1, 1, tzinfo=UTC)


def certify(
    tx: Transaction,
    authority: StationAuthority,
    actor: Actor,
    *,
    person_id: str,
    name: str,
    public: bytes,
    since: datetime | None = None,
) -> None:
    """Certify a person's key (32 bytes), with its audit row; the authority is made with the first."""
    now = datetime.now(UTC)
    _require_authority(tx, authority, actor, now)
    der = authority.issue(person_id, name, public, since or now)
    tx.people.add_certificate(fingerprint(der), person_id, now, der)
    pins = ((CERTIFICATE, fingerprint(der)),)
    tx.audit.append(actor, "person.certify", fingerprint(der), "done", {"person": person_id}, pins=pins)


def revoke(tx: Transaction, actor: Actor, person_id: str) -> None:
    """The person's certificates hold for no signature from now on; what was signed before stays signed."""
    for row in tx.people.certificates(person_id):
        if row.revoked_at is None:
            _revoke(tx, actor, row)


def is_certified(
    tx: Transaction, authority: StationAuthority, person_id: str, public_base64: str, at: datetime
) -> bool:
    """Whether a key was certified as a person's at a moment: by the authority that the audit record names,
    in a certificate that it names too, and that was not revoked before.
    """
    try:
        if authority.fingerprint() != _recorded_authority(tx):
            return False
        for row in tx.people.certificates(person_id):
            told = authority.certified(row.der)
            if (
                (told.person_id, told.public_base64) == (person_id, public_base64)
                and told.holds_at(at)
                and (row.revoked_at is None or at <= row.revoked_at)
                and fingerprint(row.der) == row.fingerprint
                and tx.audit.is_as_recorded(CERTIFICATE, row.fingerprint)
            ):
                return True
    except UserError:
        return False
    return False


def certify_earlier_keys(tx: Transaction, authority: StationAuthority, actor: Actor) -> None:
    """Certify the keys of a station whose version knew no certificates: the present ones, and those that the
    audit record names beside what was signed with them.
    """
    names = {person.person_id: person.name for person in tx.people.all()}
    keys: dict[tuple[str, str], str] = {}
    for person_id, name in names.items():
        stored = tx.people.signing_key(person_id)
        if stored is not None:
            keys[person_id, base64.b64encode(stored[0]).decode("ascii")] = name
    for act in tx.audit.acts("report."):
        key = json.loads(act.details).get("key")
        if key:
            keys.setdefault((act.person_id, str(key)), act.person_name)
    for (person_id, key), name in keys.items():
        public = base64.b64decode(key)
        certify(
            tx, authority, actor, person_id=person_id, name=name, public=public, since=_BEFORE_CERTIFICATES
        )
        present = tx.people.signing_key(person_id)
        if present is None or present[0] != public:
            revoke_key(tx, actor, person_id, authority, key)


def revoke_key(
    tx: Transaction, actor: Actor, person_id: str, authority: StationAuthority, public_base64: str
) -> None:
    """The certificate of one key of a person holds for no signature from now on."""
    for row in tx.people.certificates(person_id):
        if row.revoked_at is None and authority.certified(row.der).public_base64 == public_base64:
            _revoke(tx, actor, row)


def certificate_problems(tx: Transaction, authority: StationAuthority) -> Iterator[AuditProblem]:
    """What is wrong with the authority, the certificates, and the keys that people have now."""
    recorded = _recorded_authority(tx)
    people = tx.people.all()
    if not recorded and not people:
        return
    try:
        if authority.fingerprint() != recorded:
            yield AuditProblem(0, "The station's authority is not the one that the audit record names.")
            return
        authority.require_whole()
    except UserError as error:
        yield AuditProblem(0, error.template, {k: str(v) for k, v in error.params.items()})
        return
    for row in tx.people.certificates():
        try:
            told = authority.certified(row.der)
            fits = told.person_id == row.person_id and fingerprint(row.der) == row.fingerprint
        except UserError:
            fits = False
        if not fits:
            params = {"key": row.fingerprint}
            yield AuditProblem(0, "The certificate {key} was not issued by this station.", params)
    for person in people:
        stored = tx.people.signing_key(person.person_id)
        if stored is None:
            continue
        key = base64.b64encode(stored[0]).decode("ascii")
        if not is_certified(tx, authority, person.person_id, key, datetime.now(UTC)):
            yield AuditProblem(
                0, "The signing key of {login} is not certified by this station.", {"login": person.login}
            )


def _revoke(tx: Transaction, actor: Actor, row: Certificate) -> None:
    tx.people.revoke_certificate(row.fingerprint, datetime.now(UTC))
    pins = ((CERTIFICATE, row.fingerprint),)
    tx.audit.append(actor, "person.revoke", row.fingerprint, "done", {"person": row.person_id}, pins=pins)


def _recorded_authority(tx: Transaction) -> str:
    """Fingerprint of the authority that the audit record names; empty where it names none."""
    act = tx.audit.first(AUTHORITY_ACT, AUTHORITY)
    return "" if act is None else str(json.loads(act.details).get("fingerprint", ""))


def _require_authority(tx: Transaction, authority: StationAuthority, actor: Actor, now: datetime) -> None:
    recorded = _recorded_authority(tx)
    if not recorded and not authority.exists():
        made = authority.begin(actor.station, now)
        tx.audit.append(actor, AUTHORITY_ACT, AUTHORITY, "done", {"fingerprint": made})
    elif authority.fingerprint() != recorded:
        raise Refused(
            "The station's authority is not the one that the audit record names.",
            hint="Put authority.key and authority.pem back from a backup of the data folder.",
        )
