"""Signing keys of people whose password nobody knows, certified as the station certifies its own."""

from __future__ import annotations

from app.domain.person import Actor
from app.people import signing
from app.people.authority import StationAuthority
from app.people.certificates import certify
from app.people.signing import SigningKey
from app.session.station import Station
from app.storage.pins import PERSON


def certified_key(station: Station, actor: Actor) -> SigningKey:
    """A new key of a person of the station."""
    key, database = signing.new_key(actor.person_id), station.folder.database
    with database.write() as tx:
        tx.people.set_signing_key(actor.person_id, key.public, b"")
        pins = ((PERSON, actor.person_id),)
        tx.audit.append(actor, "person.reset-password", actor.person_id, "done", {}, pins=pins)
        authority = StationAuthority(database.keys)
        certify(tx, authority, actor, person_id=actor.person_id, name=actor.name, public=key.public)
    return key
