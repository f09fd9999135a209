"""The station's own authority: it certifies whose signing key a public key is (X.509, RFC 5280 and 8410).

Its key lies beside the database and not in it, so who can write the database can put another key there and
cannot have it certified.  What the authority is, the audit record names (`station.authority`).
"""

from __future__ import annotations

import base64
import hashlib
import os
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.x509.oid import NameOID

from app.errors import BadInput, NotFound, Refused
from app.storage.files import make_private, told_for, write_atomically

_KEY_FILE, _CERTIFICATE_FILE = "authority.key", "authority.pem"
#: RFC 5280 4.1.2.5: no well-defined end; a certificate ends by being revoked
_NO_END = datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)
#: X.520: a common name has at most 64 characters; bytes of UTF-8 are what libraries count
_LONGEST_NAME = 64
#: clocks of one station may be set back a little
_LEEWAY = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class CertifiedKey:
    """What a certificate of this station says: whose key it is, and since when."""

    person_id: str
    public_base64: str
    since: datetime

    def holds_at(self, moment: datetime) -> bool:
        """Whether the certificate had been issued at a moment."""
        return moment + _LEEWAY >= self.since


class StationAuthority:
    """The authority whose files are in a folder."""

    def __init__(self, folder: Path) -> None:
        self._key_file = folder / _KEY_FILE
        self._certificate_file = folder / _CERTIFICATE_FILE

    def exists(self) -> bool:
        """Whether one of its files is there."""
        return self._key_file.exists() or self._certificate_file.exists()

    def begin(self, station: str, at: datetime) -> str:
        """Make the authority of a station that has none; its fingerprint."""
        private = Ed25519PrivateKey.generate()
        name = _name(f"YingShu {station}".strip(), os.urandom(8).hex())
        built = _builder(name, name, private.public_key(), at)
        built = built.add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        built = built.add_extension(_usage(signs_certificates=True), critical=True)
        certificate = built.sign(private, algorithm=None)
        raw = private.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        with told_for(self._key_file):
            self._key_file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            write_atomically(self._key_file, raw)
            write_atomically(self._certificate_file, certificate.public_bytes(serialization.Encoding.PEM))
            make_private(self._key_file)
        return fingerprint(certificate.public_bytes(serialization.Encoding.DER))

    def fingerprint(self) -> str:
        """SHA-256, as hexadecimal, of the authority's certificate."""
        return fingerprint(self._certificate().public_bytes(serialization.Encoding.DER))

    def issue(self, person_id: str, name: str, public: bytes, since: datetime) -> bytes:
        """A certificate (DER): the public key (32 bytes) is that of the person."""
        authority, private = self._pair()
        subject = _name(name, person_id)
        key = Ed25519PublicKey.from_public_bytes(public)
        built = _builder(subject, authority.subject, key, since)
        built = built.add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        built = built.add_extension(_usage(signs_certificates=False), critical=True)
        return built.sign(private, algorithm=None).public_bytes(serialization.Encoding.DER)

    def certified(self, der: bytes) -> CertifiedKey:
        """What a certificate says.  `Refused` where this authority has not issued it."""
        try:
            certificate = x509.load_der_x509_certificate(der)
            certificate.verify_directly_issued_by(self._certificate())
            key = certificate.public_key()
            serial = certificate.subject.get_attributes_for_oid(NameOID.SERIAL_NUMBER)
        except (InvalidSignature, ValueError, TypeError) as error:
            raise Refused("The certificate was not issued by this station.") from error
        if not isinstance(key, Ed25519PublicKey) or len(serial) != 1:
            raise Refused("The certificate was not issued by this station.")
        public = base64.b64encode(key.public_bytes_raw()).decode("ascii")
        return CertifiedKey(str(serial[0].value), public, certificate.not_valid_before_utc)

    def require_whole(self) -> None:
        """Both files are there and belong together; else `Refused`, `NotFound` or `BadInput` say what is
        wrong.
        """
        self._pair()

    def _pair(self) -> tuple[x509.Certificate, Ed25519PrivateKey]:
        certificate, private = self._certificate(), self._private()
        if private.public_key() != certificate.public_key():
            raise Refused("The key of the station's authority does not belong to its certificate.")
        return certificate, private

    def _certificate(self) -> x509.Certificate:
        try:
            return x509.load_pem_x509_certificate(self._read(self._certificate_file))
        except ValueError as error:
            raise _damaged(self._certificate_file) from error

    def _private(self) -> Ed25519PrivateKey:
        try:
            found = serialization.load_pem_private_key(self._read(self._key_file), password=None)
        except (ValueError, TypeError) as error:
            raise _damaged(self._key_file) from error
        if not isinstance(found, Ed25519PrivateKey):
            raise _damaged(self._key_file)
        return found

    def _read(self, path: Path) -> bytes:
        try:
            return path.read_bytes()
        except FileNotFoundError as error:
            raise NotFound(
                "The file {name} of the station's authority is missing.",
                hint="Put it back from a backup of the data folder.",
                name=path.name,
            ) from error
        except OSError as error:
            raise BadInput(
                "The file {name} of the station's authority cannot be read: {reason}.",
                name=path.name,
                reason=error.strerror or str(error),
            ) from error


def fingerprint(der: bytes) -> str:
    """SHA-256 of a certificate, as hexadecimal."""
    return hashlib.sha256(der).hexdigest()


def _builder(
    subject: x509.Name, issuer: x509.Name, key: Ed25519PublicKey, since: datetime
) -> x509.CertificateBuilder:
    built = x509.CertificateBuilder().subject_name(subject).issuer_name(issuer).public_key(key)
    built = built.serial_number(x509.random_serial_number())
    return built.not_valid_before(since.replace(microsecond=0)).not_valid_after(_NO_END)


def _name(common: str, serial: str) -> x509.Name:
    shown = common.encode("utf-8")[:_LONGEST_NAME].decode("utf-8", errors="ignore")
    return x509.Name(
        [
            x509.NameAttribute(NameOID.COMMON_NAME, shown or serial),
            x509.NameAttribute(NameOID.SERIAL_NUMBER, serial),
        ]
    )


def _usage(*, signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs_certificates,
        content_commitment=not signs_certificates,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        encipher_only=False,
        decipher_only=False,
    )


def _damaged(path: Path) -> BadInput:
    return BadInput(
        "The file {name} of the station's authority is damaged.",
        hint="Put it back from a backup of the data folder.",
        name=path.name,
    )
