"""Signatures of people: Ed25519 (RFC 8032), the private key locked with the person's password.

The lock: scrypt (RFC 7914) over the password gives a key for AES-256-GCM; the person's id is bound in as
associated data.
"""

from __future__ import annotations

import base64
import binascii
import os
from dataclasses import dataclass, field

from cryptography.exceptions import InvalidSignature, InvalidTag
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from app.errors import BadInput, NotAllowed

#: first byte of a locked key: how it was locked
_FORM = b"\x01"
_SALT, _NONCE, _RAW = 16, 12, 32
#: what is signed is this and the digest, so that a signature of ours fits nothing else
_CONTEXT = b"yingshu-report-signature-1\x00"


@dataclass(frozen=True, slots=True)
class SigningKey:
    """An unlocked key.  Lives in memory only, as short as the signing takes; its `repr` shows no secret."""

    person_id: str
    public: bytes
    private: bytes = field(repr=False)

    @property
    def public_base64(self) -> str:
        """The public key as signatures carry it."""
        return base64.b64encode(self.public).decode("ascii")

    def sign(self, digest_sha256: str) -> str:
        """Signature, base64, over a digest given in hexadecimal."""
        return sign(digest_sha256, self.private)


def new_key(person_id: str) -> SigningKey:
    """A fresh key pair (32 bytes each)."""
    private = Ed25519PrivateKey.generate()
    return SigningKey(person_id, private.public_key().public_bytes_raw(), private.private_bytes_raw())


def sign(digest_sha256: str, private: bytes) -> str:
    """Ed25519 signature over a SHA-256 given in hexadecimal; base64."""
    value = Ed25519PrivateKey.from_private_bytes(private).sign(_message(digest_sha256))
    return base64.b64encode(value).decode("ascii")


def verify(digest_sha256: str, public_key: str, value: str) -> bool:
    """Whether `value` (base64) was made over the digest with the private half of `public_key` (base64)."""
    try:
        key = Ed25519PublicKey.from_public_bytes(base64.b64decode(public_key, validate=True))
        key.verify(base64.b64decode(value, validate=True), _message(digest_sha256))
    except (InvalidSignature, ValueError, binascii.Error):
        return False
    return True


def lock(key: SigningKey, password: str) -> bytes:
    """The private key, encrypted: form, salt, nonce, cipher text with tag."""
    salt, nonce = os.urandom(_SALT), os.urandom(_NONCE)
    sealed = AESGCM(_derived(password, salt)).encrypt(nonce, key.private, key.person_id.encode("utf-8"))
    return _FORM + salt + nonce + sealed


def unlock(person_id: str, public: bytes, locked: bytes, password: str) -> SigningKey:
    """The key again.  `NotAllowed` for a wrong password or an altered row, `BadInput` for a form from a newer
    version.
    """
    if locked[:1] != _FORM:
        raise BadInput(
            "The signing key is stored in form {found}; this version reads form {known}.",
            found=locked[:1].hex(),
            known="01",
        )
    salt, nonce, sealed = (
        locked[1 : 1 + _SALT],
        locked[1 + _SALT : 1 + _SALT + _NONCE],
        locked[1 + _SALT + _NONCE :],
    )
    try:
        private = AESGCM(_derived(password, salt)).decrypt(nonce, sealed, person_id.encode("utf-8"))
    except InvalidTag as error:
        raise NotAllowed("The password is wrong.") from error
    if Ed25519PrivateKey.from_private_bytes(private).public_key().public_bytes_raw() != public:
        raise NotAllowed("The stored public key does not belong to the signing key.")
    return SigningKey(person_id, public, private)


def _message(digest_sha256: str) -> bytes:
    raw = bytes.fromhex(digest_sha256)
    if len(raw) != _RAW:
        raise ValueError(f"a SHA-256 has 32 bytes, found {len(raw)}")
    return _CONTEXT + raw


def _derived(password: str, salt: bytes) -> bytes:
    """scrypt with N = 2^15, r = 8, p = 1: 32 MiB, about 0.1 s."""
    return Scrypt(salt=salt, length=32, n=2**15, r=8, p=1).derive(password.encode("utf-8"))
