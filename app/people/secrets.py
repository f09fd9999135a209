"""Passwords: rules, Argon2id hashes (RFC 9106), generated ones for the demo."""

from __future__ import annotations

import secrets

from argon2 import PasswordHasher, Type
from argon2.exceptions import InvalidHashError, VerificationError

from app.errors import Refused

MIN_LENGTH = 8
MAX_LENGTH = 128
#: RFC 9106 section 4, second recommended option (64 MiB, 3 passes); about 0.1 s on one core
_hasher = PasswordHasher(time_cost=3, memory_cost=65536, parallelism=4, type=Type.ID)
#: without letters and digits that look alike
_ALPHABET = "abcdefghjkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789"


def check_rules(password: str, *, login: str = "") -> None:
    """Raise `Refused`, naming the rule, for a password that is too weak (GB/T 22239-2019 8.1.4.1)."""
    if not MIN_LENGTH <= len(password) <= MAX_LENGTH:
        raise Refused(
            "A password needs {low} to {high} characters; this one has {found}.",
            low=MIN_LENGTH,
            high=MAX_LENGTH,
            found=len(password),
        )
    kinds = _kinds(password)
    if kinds < 2:
        raise Refused(
            "A password needs two of: lower-case letters, capitals, digits, other characters; this one "
            "has {found}.",
            found=kinds,
        )
    if login and login.casefold() in password.casefold():
        raise Refused("A password must not contain the login name {login}.", login=login)


def _kinds(password: str) -> int:
    tests = (str.islower, str.isupper, str.isdigit, lambda c: not (c.islower() or c.isupper() or c.isdigit()))
    return sum(any(test(c) for c in password) for test in tests)


def hash_secret(password: str) -> str:
    """Argon2id hash with its parameters and salt, as text."""
    return _hasher.hash(password)


def verify_secret(password: str, secret_hash: str) -> bool:
    """Whether the password belongs to the hash; a damaged hash fits nothing."""
    try:
        return _hasher.verify(secret_hash, password)
    except (VerificationError, InvalidHashError):
        return False


def spend_the_time(password: str) -> None:
    """What `verify_secret` costs, for a login that nobody has: the answer's time must not tell."""
    _hasher.hash(password)


def generated_password(length: int = 14) -> str:
    """A random password that keeps the rules."""
    while True:
        password = "".join(secrets.choice(_ALPHABET) for _ in range(length))
        if _kinds(password) == 3:
            return password
