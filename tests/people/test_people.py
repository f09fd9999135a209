"""People, rights, passwords, signatures (issue: People, rights, audit; 21 CFR 11.50, GB/T 22239-2019
8.1.4).
"""

from __future__ import annotations

import ast
import hashlib
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from app.bootstrap.features import rights
from app.directory.rights import REGISTER
from app.domain.person import Actor, Role
from app.errors import BadInput, NotAllowed, NotFound, Refused
from app.i18n import set_language
from app.notifications import explain
from app.people import secrets, signing
from app.people.rights import READ, ROLE_TITLES, SIGN_REPORT, may, require
from app.people.service import FirstPerson, PeopleService, waiting_time
from app.reporting.rights import REVIEW_REPORT
from app.storage.database import Database
from tests.support.archive_rows import ADMINISTRATOR, DOCTOR

_DIGEST = hashlib.sha256("报告".encode()).hexdigest()


@pytest.fixture(scope="module")
def key() -> signing.SigningKey:
    return signing.new_key("p-1")


# -- rights -----------------------------------------------------------------------------------------------


def test_every_role_has_a_title_and_something_to_do() -> None:
    assert set(ROLE_TITLES) == set(Role) == frozenset().union(*(right.roles for right in rights()))


def test_a_right_is_defined_once() -> None:
    assert (
        len({right.right_id for right in rights()})
        == len({right.title for right in rights()})
        == len(rights())
    )


def test_every_right_is_asked_for() -> None:
    """A right that no service requires allows nothing; one that a feature does not list is not told."""
    asked = set()
    for file in (Path(__file__).resolve().parents[2] / "app").rglob("*.py"):
        for call in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(call, ast.Call) and getattr(call.func, "id", "") == "require":
                asked.add(ast.unparse(call.args[1]))
    named = {right.right_id.replace("-", "_").upper() for right in rights()}
    assert "settings.right" in asked  # a theme of settings names its right
    assert named - {"CHANGE_SETTINGS"} == {name for name in asked if name.isidentifier()}


def test_duties_are_kept_apart() -> None:
    assert Role.REPORTING not in REVIEW_REPORT.roles
    assert not REGISTER.roles & {Role.REPORTING, Role.REVIEWING}
    assert Role.ADMINISTRATOR not in READ.roles | SIGN_REPORT.roles


def test_refusal_names_person_role_and_right() -> None:
    with pytest.raises(NotAllowed) as refused:
        require(DOCTOR, REVIEW_REPORT)
    said = explain(refused.value)
    assert said.message == "演示甲（报告医师）无权审核报告。"
    assert "审核医师" in said.hint
    set_language("en")
    with pytest.raises(NotAllowed, match=r"演示甲 \(Reporting doctor\) may not review reports\."):
        require(DOCTOR, REVIEW_REPORT)


def test_roles_add_up() -> None:
    both = replace(DOCTOR, roles=frozenset({Role.REPORTING, Role.CATALOGUING}))
    require(both, REGISTER)
    require(both, SIGN_REPORT)
    assert not may(Actor("x", "x", frozenset()), READ)


# -- secrets and keys -------------------------------------------------------------------------------------


def test_passwords_are_hashed_with_argon2id() -> None:
    stored = secrets.hash_secret("正确 horse 7")
    assert stored.startswith("$argon2id$v=19$m=65536,t=3,p=4$")
    assert secrets.verify_secret("正确 horse 7", stored)
    assert not secrets.verify_secret("正确 horse 8", stored)
    assert not secrets.verify_secret("x", "no hash")


@pytest.mark.parametrize("password", ["short1", "a" * 129 + "1", "abcdefgh", "12345678", "xx-yanshi-1"])
def test_weak_passwords_are_refused(password: str) -> None:
    with pytest.raises(Refused):
        secrets.check_rules(password, login="yanshi")


def test_generated_passwords_keep_the_rules_and_differ() -> None:
    made = {secrets.generated_password() for _ in range(50)}
    assert len(made) == 50
    for password in made:
        secrets.check_rules(password)


def test_a_signature_fits_its_digest_and_key_alone(key: signing.SigningKey) -> None:
    value = key.sign(_DIGEST)
    assert signing.verify(_DIGEST, key.public_base64, value)
    assert not signing.verify(hashlib.sha256(b"other").hexdigest(), key.public_base64, value)
    assert not signing.verify(_DIGEST, signing.new_key("p-1").public_base64, value)
    for damaged in ("", "!!!", value[:-8] + "AAAAAAA=", "文"):
        assert not signing.verify(_DIGEST, key.public_base64, damaged)
        assert not signing.verify(_DIGEST, damaged, value)
    assert not signing.verify("zz", key.public_base64, value)


def test_openssl_agrees_on_the_signature(key: signing.SigningKey) -> None:
    """What we sign another tool verifies: the raw key and message as documented."""
    import base64
    import subprocess
    import tempfile
    from pathlib import Path

    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    from tests.support.tools import require_tool

    openssl = require_tool("openssl")
    with tempfile.TemporaryDirectory() as made:
        place = Path(made)
        public = Ed25519PublicKey.from_public_bytes(key.public)
        (place / "key.pem").write_bytes(
            public.public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
        )
        (place / "message").write_bytes(b"yingshu-report-signature-1\x00" + bytes.fromhex(_DIGEST))
        (place / "signature").write_bytes(base64.b64decode(key.sign(_DIGEST)))
        done = subprocess.run(
            [
                openssl,
                "pkeyutl",
                "-verify",
                "-pubin",
                "-inkey",
                "key.pem",
                "-rawin",
                "-in",
                "message",
                "-sigfile",
                "signature",
            ],
            cwd=place,
            capture_output=True,
            text=True,
        )
    assert done.returncode == 0, done.stderr


def test_a_locked_key_opens_with_its_password_alone(key: signing.SigningKey) -> None:
    locked = signing.lock(key, "Passwort-1")
    assert key.private not in locked
    assert "private" not in repr(key)
    assert signing.unlock("p-1", key.public, locked, "Passwort-1") == key
    with pytest.raises(NotAllowed):
        signing.unlock("p-1", key.public, locked, "Passwort-2")
    with pytest.raises(NotAllowed):
        signing.unlock("p-2", key.public, locked, "Passwort-1")  # another person's row
    with pytest.raises(NotAllowed):
        signing.unlock("p-1", key.public, locked[:-1] + bytes([locked[-1] ^ 1]), "Passwort-1")
    with pytest.raises(NotAllowed):
        signing.unlock("p-1", signing.new_key("p-1").public, locked, "Passwort-1")
    with pytest.raises(BadInput, match="form 02"):
        signing.unlock("p-1", key.public, b"\x02" + locked[1:], "Passwort-1")


# -- the service ------------------------------------------------------------------------------------------


@pytest.fixture
def people(database: Database) -> PeopleService:
    return PeopleService(database, station="station-1")


@pytest.fixture
def demo(people: PeopleService) -> dict[str, FirstPerson]:
    return {made.person.name: made for made in people.ensure_first_people()}


def test_the_demo_has_its_three_people(
    people: PeopleService, demo: dict[str, FirstPerson], database: Database
) -> None:
    assert {name: set(made.person.roles) for name, made in demo.items()} == {
        "演示甲": {Role.REPORTING},
        "演示乙": {Role.REVIEWING},
        "演示丙": {Role.CATALOGUING},
    }
    assert people.ensure_first_people() == ()
    first = demo["演示甲"]
    actor = people.login(first.person.login.upper(), first.password)
    assert actor == Actor(first.person.person_id, "演示甲", frozenset({Role.REPORTING}), "station-1")
    everything = b"".join(p.read_bytes() for p in database.path.parent.iterdir())
    assert first.password.encode() not in everything
    assert first.password not in repr(first)


def test_signing_with_the_unlocked_key(people: PeopleService, demo: dict[str, FirstPerson]) -> None:
    first = demo["演示甲"]
    actor = people.login(first.person.login, first.password)
    opened = people.unlock_signing(actor, first.password)
    assert signing.verify(_DIGEST, opened.public_base64, opened.sign(_DIGEST))
    with pytest.raises(NotAllowed):
        people.unlock_signing(actor, "wrong-Passw0rd")


def test_a_new_password_keeps_the_key(people: PeopleService, demo: dict[str, FirstPerson]) -> None:
    first = demo["演示乙"]
    actor = people.login(first.person.login, first.password)
    before = people.unlock_signing(actor, first.password)
    people.change_password(actor, first.password, "New-Passw0rd")
    assert people.unlock_signing(actor, "New-Passw0rd") == before
    with pytest.raises(NotAllowed):
        people.login(first.person.login, first.password)
    with pytest.raises(Refused, match="8 to 128"):
        people.change_password(actor, "New-Passw0rd", "x")


def test_a_forgotten_password_is_set_anew_by_an_administrator(
    people: PeopleService, demo: dict[str, FirstPerson]
) -> None:
    """The old key cannot be opened any more: there is a new one; who is not an administrator sets nobody's
    password.
    """
    login = demo["演示乙"].person.login
    for _ in range(5):
        with pytest.raises(NotAllowed):
            people.login(login, "forgotten")
    before = people.unlock_signing(
        people.login(demo["演示甲"].person.login, demo["演示甲"].password), demo["演示甲"].password
    )
    with pytest.raises(NotAllowed):
        people.reset_password(DOCTOR, login, "New-Passw0rd")
    with pytest.raises(NotFound):
        people.reset_password(ADMINISTRATOR, "nobody", "New-Passw0rd")
    people.reset_password(ADMINISTRATOR, login, "New-Passw0rd")
    actor = people.login(login, "New-Passw0rd")
    opened = people.unlock_signing(actor, "New-Passw0rd")
    assert opened.public != before.public
    assert signing.verify(_DIGEST, opened.public_base64, opened.sign(_DIGEST))
    assert people.audit_events(ADMINISTRATOR, 9, action="person.reset")[0].subject == actor.person_id


def test_wrong_passwords_are_audited_and_make_wait(
    people: PeopleService, demo: dict[str, FirstPerson], database: Database
) -> None:
    """Log in fails 5 times → a growing wait, also for names that nobody has, also with the right password."""
    first = demo["演示甲"]
    for login in (first.person.login, "nobody"):
        for _ in range(5):
            with pytest.raises(NotAllowed, match="Login name or password is wrong"):
                people.login(login, "wrong")
        with pytest.raises(Refused, match=r"try again in [12] s"):
            people.login(login, first.password)
    with database.read() as tx:
        assert "nobody" not in str(tx.connection.exec_driver_sql("SELECT * FROM login_failure").fetchall()), (
            "it may be a password"
        )
        rows = tx.audit.rows(10, action="person.login")
    assert [(r.outcome, r.subject, json.loads(r.details)["in_a_row"]) for r in rows[4:6]] == [
        ("refused", "", 1),
        ("refused", first.person.person_id, 5),
    ]


def test_failures_are_forgotten_after_a_day(database: Database) -> None:
    """The table does not grow with every name that somebody types."""
    at = datetime(2026, 11, 21, 8, tzinfo=UTC)
    with database.write() as tx:
        assert [tx.people.add_failure("a", at), tx.people.add_failure("a", at)] == [1, 2]
        tx.people.add_failure("b", at + timedelta(hours=25))
        assert (tx.people.failures("a"), tx.people.failures("b")) == (None, (1, at + timedelta(hours=25)))


def test_the_wait_grows_and_ends() -> None:
    now = datetime(2026, 11, 21, tzinfo=UTC)
    assert [int(waiting_time((n, now), now).total_seconds()) for n in (0, 4, 5, 6, 7, 12, 13, 90)] == [
        0,
        0,
        2,
        4,
        8,
        256,
        300,
        300,
    ]
    assert waiting_time((5, now), now + timedelta(seconds=3)) == timedelta(0)
    assert waiting_time(None, now) == timedelta(0)


def test_managing_people(people: PeopleService) -> None:
    boss = people.add_first("boss", "管理员", "Sesame-77")
    actor = people.login("boss", "Sesame-77")
    with pytest.raises(Refused, match="has people already"):
        people.add_first("boss2", "x", "Sesame-77")
    added = people.add(actor, "li.si", " 李  四 ", [Role.REPORTING], "Sesame-78")
    assert (added.name, added.roles) == ("李 四", frozenset({Role.REPORTING}))
    assert [p.login for p in people.people(actor)] == ["boss", "li.si"]
    with pytest.raises(Refused, match="is taken"):
        people.add(actor, "LI.SI", "x", [Role.REPORTING], "Sesame-79")
    with pytest.raises(Refused, match="the last"):
        people.change(actor, replace(boss, active=False))
    for wrong in (replace(added, name="  "), replace(added, roles=frozenset())):
        with pytest.raises(BadInput):
            people.change(actor, wrong)
    people.change(actor, replace(added, active=False))
    with pytest.raises(NotAllowed):
        people.login("li.si", "Sesame-78")
    for login, name, roles in (("a b", "x", [Role.REPORTING]), ("ab", "", [Role.REPORTING]), ("ab", "x", [])):
        with pytest.raises(BadInput):
            people.add(actor, login, name, roles, "Sesame-80")
    with pytest.raises(NotFound):
        people.change(actor, replace(added, person_id="none"))
    with pytest.raises(NotAllowed):
        people.add(DOCTOR, "x.y", "x", [Role.ADMINISTRATOR], "Sesame-81")
    with pytest.raises(NotAllowed):
        people.people(DOCTOR)


def test_the_audit_record_is_checked_and_read_by_the_administrator(
    people: PeopleService, demo: dict[str, FirstPerson]
) -> None:
    verdict = people.verify_audit(ADMINISTRATOR)
    assert (verdict.problems, verdict.count) == ((), 7)  # three people, their certificates, the authority
    assert [e.action for e in people.audit_events(ADMINISTRATOR, 2)] == ["audit.verify", "person.certify"]
    with pytest.raises(NotAllowed):
        people.verify_audit(DOCTOR)
