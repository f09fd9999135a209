"""Who gives the report out."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Letterhead:
    """The hospital as it stands on the page and in CDA's custodian.

    `organisation_oid` is the hospital's own OID where it has one; `footer` is printed above the safety
    statement; `logo` is a PNG or JPEG, drawn at the head's left.
    """

    hospital: str
    department: str = ""
    footer: str = ""
    address: str = ""
    telephone: str = ""
    organisation_oid: str = ""
    logo: bytes = b""
