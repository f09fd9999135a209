"""Whoever can write the database or the files of a station can forge nothing that `audit verify` misses.

Each of these acts is done with the guards removed and put back, and with hashes that fit wherever the one who
acts can compute them: they know everything but the keys that lie outside the database.
"""

from __future__ import annotations

import json
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, fields, replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from app.audit import AuditEvent, canonical_details, chain_hash
from app.bootstrap.station import open_station
from app.domain.person import Actor, Role
from app.domain.report import Report, SectionKind, Text
from app.errors import Refused
from app.people import signing
from app.people.authority import StationAuthority, fingerprint
from app.people.service import PeopleService
from app.reporting.canonical import signed_content, statement
from app.reporting.recorded import report_problems
from app.reporting.service import ReportService
from app.reporting.settings import ReportSettings
from app.storage.documents import REPORT, to_json
from app.storage.folder import DataFolder
from app.storage.pins import REPORT as PINNED_REPORT
from tests.support.certified_keys import certified_key
from tests.support.earlier_versions import SIGNED_IN_FORM_1

_ADMINISTRATOR = Actor("admin", "测试", frozenset({Role.ADMINISTRATOR}), "s")
_DOCTOR = Actor("reader", "测试", frozenset({Role.REPORTING, Role.REVIEWING}))
_TOLD = SIGNED_IN_FORM_1.told()
_FINAL = _TOLD["final"]["report_id"]
#: it waited for review and is sent back
_WAITED = _TOLD["signed"]["report_id"]
_AUTHOR = _TOLD["people"]["李医生"]


@dataclass(frozen=True)
class Target:
    """A station's folder that somebody has laid hands on."""

    home: Path

    @property
    def database(self) -> Path:
        return self.home / "database" / "yingshu.sqlite3"

    def sql(self, script: str) -> int:
        """Run a script without guards, and put them back; how many rows it changed."""
        with closing(sqlite3.connect(self.database)) as raw:
            guards = raw.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'").fetchall()
            for name, _ in guards:
                raw.execute(f"DROP TRIGGER {name}")
            before = raw.total_changes
            raw.executescript(script)
            changed = raw.total_changes - before
            for _, sql in guards:
                raw.execute(sql)
            raw.commit()
        return changed

    def rows(self, query: str) -> list[tuple[object, ...]]:
        with closing(sqlite3.connect(self.database)) as raw:
            return raw.execute(query).fetchall()

    def problems(self) -> list[str]:
        """What `audit verify` says."""
        with DataFolder.open(self.home) as folder:
            authority = StationAuthority(folder.database.keys)
            people = PeopleService(
                folder.database, checks=[lambda tx: report_problems(tx, authority, folder.objects)]
            )
            found = people.verify_audit(_ADMINISTRATOR)
        return [problem.template.format(**problem.params) for problem in found.problems]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A station that came from the first version and has worked since: people and reports of every state,
    settings, a result that was confirmed.
    """
    home = SIGNED_IN_FORM_1.unpack(tmp_path_factory.mktemp("made") / "home")
    with open_station(home, language="zh") as station:
        station.settings.set(_ADMINISTRATOR, ReportSettings(hospital_name="影枢医院"))
        certified_key(station, replace(_DOCTOR, person_id=_TOLD["people"]["王主任"], name="王主任"))
        station.get(ReportService).send_back(_DOCTOR, _WAITED, "请补充心影")
        people = station.get(PeopleService)
        people.add(_ADMINISTRATOR, "new.doctor", "新医生", [Role.REPORTING], "Sesame-80-open")
        people.reset_password(_ADMINISTRATOR, "new.doctor", "Sesame-81-open")
    return home


@pytest.fixture
def target(made: Path, tmp_path: Path) -> Target:
    shutil.copytree(made, tmp_path / "home")
    return Target(tmp_path / "home")


def test_an_untouched_station_has_no_problem(target: Target) -> None:
    assert target.problems() == []
    assert target.problems() == [], "the look itself is recorded and changes nothing"


# -- the database


_SQL = {
    # people
    "another public key": "UPDATE person SET signing_public = randomblob(32)",
    "another locked key": "UPDATE person SET signing_private = randomblob(77)",
    "no key": "UPDATE person SET signing_public = NULL, signing_private = NULL",
    "keys of two people exchanged": f"""
        UPDATE person SET signing_public =
        (SELECT p.signing_public FROM person p WHERE p.login = 'new.doctor') WHERE person_id = '{_AUTHOR}'""",
    "another password": f"""
        UPDATE person SET secret_hash = (SELECT p.secret_hash FROM person p WHERE p.login = 'new.doctor')
        WHERE person_id = '{_AUTHOR}'""",
    "more roles": """UPDATE person SET roles = '["administrator","reviewing"]'""",
    "another name": "UPDATE person SET name = '别人'",
    "another login": "UPDATE person SET login = login || 'x'",
    "somebody made active or not": "UPDATE person SET active = 1 - active",
    "a given password as one's own": "UPDATE person SET password_given = 1 - password_given",
    "another id": f"UPDATE person SET person_id = 'x' WHERE person_id = '{_AUTHOR}'",
    "a person removed": f"DELETE FROM person WHERE person_id = '{_AUTHOR}'",
    "everybody removed": "DELETE FROM person",
    "a person put there": """
        INSERT INTO person SELECT 'forged', 'forged', name, roles, active, secret_hash, signing_public,
        signing_private, password_given FROM person LIMIT 1""",
    # certificates
    "a certificate removed": "DELETE FROM certificate WHERE rowid = (SELECT min(rowid) FROM certificate)",
    "all certificates removed": "DELETE FROM certificate",
    "a certificate of another": "UPDATE certificate SET person_id = 'x'",
    "a revoked certificate in force again": "UPDATE certificate SET revoked_at = NULL",
    "a certificate revoked": "UPDATE certificate SET revoked_at = '2000-01-01T00:00:00.000000Z'",
    "a certificate issued earlier": "UPDATE certificate SET issued_at = '1999-01-01T00:00:00.000000Z'",
    "a certificate of other bytes": "UPDATE certificate SET der = randomblob(300)",
    "a certificate as text": "UPDATE certificate SET der = 'x'",
    # the report's way
    "reset to draft": f"""
        UPDATE report SET state = 'draft', document = replace(document, '"state":"final"', '"state":"draft"')
        WHERE report_id = '{_FINAL}'""",
    "reset to draft, nobody signed": f"""
        UPDATE report SET state = 'draft', document = json_set(document, '$.state', 'draft',
        '$.signatures', json('[]')) WHERE report_id = '{_FINAL}'""",
    "state alone": f"UPDATE report SET state = 'returned' WHERE report_id = '{_FINAL}'",
    "superseded": f"UPDATE report SET state = 'superseded' WHERE report_id = '{_FINAL}'",
    "a returned one as a draft": f"UPDATE report SET state = 'draft' WHERE report_id = '{_WAITED}'",
    "another version": f"UPDATE report SET version = version + 1 WHERE report_id = '{_FINAL}'",
    "another study": f"UPDATE report SET study_uid = '1.2.3' WHERE report_id = '{_FINAL}'",
    "reports of two studies exchanged": f"""
        UPDATE report SET study_uid = CASE report_id
        WHEN '{_FINAL}' THEN (SELECT r.study_uid FROM report r WHERE r.report_id = '{_WAITED}')
        WHEN '{_WAITED}' THEN (SELECT r.study_uid FROM report r WHERE r.report_id = '{_FINAL}')
        ELSE study_uid END""",
    "a report removed": f"DELETE FROM report WHERE report_id = '{_FINAL}'",
    "a draft removed": f"DELETE FROM report WHERE report_id = '{_WAITED}'",
    "a report put there": f"""
        INSERT INTO report SELECT 'forged', '1.2.3.9', state, version, revision, saved_at,
        replace(document, '{_FINAL}', 'forged') FROM report WHERE report_id = '{_FINAL}'""",
    "a report under another id": f"UPDATE report SET report_id = 'x' WHERE report_id = '{_FINAL}'",
    # its words
    "words of a final report": f"""
        UPDATE report SET document = replace(document, '左', '右') WHERE report_id = '{_FINAL}'""",
    "words in every copy": """
        UPDATE report SET document = replace(document, '左', '右');
        UPDATE report_frozen SET document = replace(document, '左', '右');""",
    "a document that is none": f"UPDATE report SET document = '{{' WHERE report_id = '{_FINAL}'",
    "an empty document": f"UPDATE report SET document = '' WHERE report_id = '{_FINAL}'",
    "the patient": f"""
        UPDATE report SET document = json_set(document, '$.header.patient.patient_id', 'X')
        WHERE report_id = '{_FINAL}'""",
    "who wrote it": f"""
        UPDATE report SET document = replace(document, '{_AUTHOR}', 'x') WHERE report_id = '{_FINAL}'""",
    # editions
    "words of an edition": "UPDATE report_frozen SET document = replace(document, '左', '右')",
    "an edition's signatures": "UPDATE report_frozen SET signatures = '[]'",
    "an edition removed": """
        DELETE FROM report_frozen WHERE rowid = (SELECT min(rowid) FROM report_frozen)""",
    "all editions removed": "DELETE FROM report_frozen",
    "an edition of another version": "UPDATE report_frozen SET version = version + 7",
    "an edition put there": """
        INSERT INTO report_frozen SELECT report_id, version + 7, state, frozen_at, document, signatures
        FROM report_frozen LIMIT 1""",
    "signed bytes removed": "DELETE FROM signed_content",
    "signed bytes altered": "UPDATE signed_content SET content = x'7b7d'",
    "signed bytes as text": "UPDATE signed_content SET content = CAST(content AS TEXT)",
    "signed bytes not rebuilt": "UPDATE signed_content SET content = NULL, not_rebuilt = 'differs'",
    "signed bytes of another form": "UPDATE signed_content SET form = 'yingshu-report-9'",
    # settings and results
    "who may review": """
        UPDATE setting SET document = json_set(document, '$.content.same_person_may_review', json('true'))
        WHERE theme = 'report'""",
    "a setting removed": "DELETE FROM setting WHERE theme = 'report'",
    "a setting put there": """
        INSERT INTO setting SELECT 'directory', document, changed_at FROM setting LIMIT 1""",
    "a result discarded": "UPDATE result SET review = 'discarded'",
    "a result's document": "UPDATE result SET document = replace(document, 'accepted', 'discarded')",
    "a result removed": "DELETE FROM result",
    # the record
    "an event changed": "UPDATE audit SET person_name = '别人' WHERE seq = 3",
    "an event removed": "DELETE FROM audit WHERE seq = 3",
    "the last event removed": "DELETE FROM audit WHERE seq = (SELECT max(seq) FROM audit)",
    "all events removed": "DELETE FROM audit",
    "an event's seal": "UPDATE audit SET seal = '' WHERE seq = (SELECT max(seq) FROM audit)",
    "all seals": "UPDATE audit SET seal = ''",
    "a pin": """UPDATE audit SET details = replace(details, '"pins"', '"gone"')""",
}


@pytest.mark.parametrize("kind", _SQL)
def test_an_alteration_of_the_database_is_found(target: Target, kind: str) -> None:
    before = target.rows("SELECT type, name, sql FROM sqlite_master ORDER BY name")
    assert target.sql(_SQL[kind] + ";") > 0
    assert target.rows("SELECT type, name, sql FROM sqlite_master ORDER BY name") == before
    assert target.problems() != []


@pytest.mark.parametrize("name", ["audit_no_update", "report_frozen_no_delete", "signed_content_no_update"])
def test_a_guard_that_is_gone_or_does_nothing_is_found(target: Target, name: str) -> None:
    table = name.split("_no_")[0]
    with closing(sqlite3.connect(target.database)) as raw:
        raw.executescript(f"DROP TRIGGER {name};")
    assert [name in told for told in target.problems()] == [True]
    with closing(sqlite3.connect(target.database)) as raw:
        raw.executescript(
            f"CREATE TRIGGER {name} BEFORE UPDATE ON {table} WHEN 0 BEGIN SELECT RAISE(ABORT, 'x'); END;"
        )
    assert [name in told for told in target.problems()] == [True]


def _trigger(target: Target, name: str, sql: str) -> None:
    with closing(sqlite3.connect(target.database)) as raw:
        raw.executescript(f"DROP TRIGGER IF EXISTS {name}; CREATE TRIGGER {name} {sql} END;")


def _made_anew(target: Target, table: str, how: str, extra: str = "") -> None:
    """A table of the same rows without its constraints, or a view of them."""
    with closing(sqlite3.connect(target.database)) as raw:
        rows = f"SELECT type, name, sql FROM sqlite_master WHERE tbl_name = '{table}' AND type = 'trigger'"
        guards = raw.execute(rows).fetchall()
        raw.executescript(
            f"PRAGMA legacy_alter_table = ON; ALTER TABLE {table} RENAME TO other;"
            f"CREATE {how} {table} AS SELECT * FROM other; {extra}"
        )
        for _, name, sql in guards if how == "TABLE" else ():
            raw.executescript(f"DROP TRIGGER {name}; {sql};")


_SHAPE: dict[str, Callable[[Target], None]] = {
    "a guard that only says so": lambda t: _trigger(
        t,
        "audit_no_update",
        "BEFORE UPDATE ON audit WHEN 0 /* BEFORE UPDATE ON audit BEGIN SELECT RAISE(ABORT, */ "
        "BEGIN SELECT RAISE(ABORT, 'x');",
    ),
    "a guard that refuses nothing": lambda t: _trigger(
        t, "audit_no_delete", "BEFORE DELETE ON audit BEGIN SELECT RAISE(ABORT, 'x') WHERE 0;"
    ),
    "a trigger that hides an act": lambda t: _trigger(
        t, "quiet", "BEFORE INSERT ON audit WHEN new.action = 'report.sign' BEGIN SELECT RAISE(IGNORE);"
    ),
    "a key that is not unique": lambda t: _made_anew(t, "person", "TABLE"),
    "a row beside that of the same key": lambda t: _made_anew(
        t, "report", "TABLE", f"INSERT INTO report SELECT * FROM other WHERE report_id = '{_FINAL}';"
    ),
    "people as a view": lambda t: _made_anew(t, "person", "VIEW"),
    "reports as a view": lambda t: _made_anew(t, "report", "VIEW"),
    "the record as a view": lambda t: _made_anew(t, "audit", "VIEW"),
    "a table removed": lambda t: _made_anew(t, "result", "VIEW", "DROP VIEW result;"),
}


@pytest.mark.parametrize("kind", _SHAPE)
def test_an_alteration_of_the_tables_is_found(target: Target, kind: str) -> None:
    _SHAPE[kind](target)
    assert target.problems() != []


_DEEP = "replace(hex(zeroblob(50000)), '0', '[')"
_UNREADABLE = {
    "a role that there is not": """UPDATE person SET roles = '["king"]'""",
    "roles that are no JSON": "UPDATE person SET roles = 'x'",
    "a name that is not UTF-8": "UPDATE person SET name = CAST(x'fffe' AS TEXT)",
    "an event that is not UTF-8": "UPDATE audit SET person_name = CAST(x'ff' AS TEXT) WHERE seq = 5",
    "an event of bytes": "UPDATE audit SET details = x'ff00' WHERE seq = 5",
    "an event of the largest number": """
        INSERT INTO audit SELECT 9223372036854775807, at, person_id, person_name, roles, station, action,
        subject, outcome, details, prev_hash, hash, seal FROM audit WHERE seq = 1""",
    "a report nested without end": f"UPDATE report SET document = {_DEEP} WHERE report_id = '{_FINAL}'",
    "an edition nested without end": f"UPDATE report_frozen SET document = {_DEEP}",
    "a day that is none": "UPDATE certificate SET revoked_at = 'x'",
}


@pytest.mark.parametrize("kind", _UNREADABLE)
def test_what_cannot_be_read_is_told_and_the_look_goes_on(target: Target, kind: str) -> None:
    """Found also is what else was altered."""
    assert target.sql(_UNREADABLE[kind] + "; DELETE FROM setting;") > 1
    assert any("setting" in told for told in target.problems())
    assert len(target.problems()) > 1


@pytest.mark.parametrize("said", ["[" * 100_000, '{"count": Infinity, "hash": "x", "hmac": "x"}'])
def test_a_head_of_any_form_is_told(target: Target, said: str) -> None:
    (target.home / "audit.head").write_text(said)
    assert any("signed head" in told for told in target.problems())


@pytest.mark.parametrize(
    "script",
    [
        "VACUUM",
        "REINDEX; ANALYZE",
        "PRAGMA journal_mode = DELETE; PRAGMA page_size = 8192; VACUUM",
        "PRAGMA wal_checkpoint(TRUNCATE)",
        "CREATE INDEX mine ON report (state)",
    ],
)
def test_what_keeps_a_database_in_order_is_no_alarm(target: Target, script: str) -> None:
    with closing(sqlite3.connect(target.database)) as raw:
        raw.executescript(script)
    assert target.problems() == []


def test_a_database_written_out_and_read_in_is_no_alarm(target: Target) -> None:
    with closing(sqlite3.connect(target.database)) as raw:
        script = "\n".join(raw.iterdump())
    target.database.unlink()
    with closing(sqlite3.connect(target.database)) as raw:
        raw.executescript(script)
    assert target.problems() == []


# -- the files


def _remove(name: str) -> Callable[[Target], None]:
    return lambda target: (target.home / name).unlink()


def _write(name: str, data: bytes) -> Callable[[Target], None]:
    return lambda target: (target.home / name).write_bytes(data) and None


def _another_authority(target: Target) -> None:
    for name in ("authority.key", "authority.pem"):
        (target.home / name).unlink()
    StationAuthority(target.home).begin("s", datetime.now(UTC))


def _another_key(target: Target) -> None:
    StationAuthority(target.home.parent).begin("s", datetime.now(UTC))
    shutil.copy(target.home.parent / "authority.key", target.home / "authority.key")


def _before_the_upgrade(target: Target) -> None:
    """The head of then, and no event since: all would be trusted once more."""
    shutil.copy(SIGNED_IN_FORM_1.unpack(target.home.parent / "old") / "audit.head", target.home)
    target.sql("DELETE FROM audit WHERE seal <> ''; UPDATE person SET signing_public = randomblob(32);")


def _picture(target: Target) -> None:
    told = target.rows(f"SELECT document FROM report WHERE report_id = '{_FINAL}'")[0][0]
    sha256 = json.loads(str(told))["key_images"][0]["picture_sha256"]
    with DataFolder.open(target.home) as folder:
        path = folder.objects.path_of(sha256)
    path.chmod(0o600)
    path.write_bytes(b"another picture")


_FILES: dict[str, Callable[[Target], None]] = {
    "the head removed": _remove("audit.head"),
    "the head emptied": _write("audit.head", b""),
    "the record of before the upgrade": _before_the_upgrade,
    "the record's key removed": _remove("audit.key"),
    "another record key": _write("audit.key", bytes(32)),
    "the authority's key removed": _remove("authority.key"),
    "the authority's certificate removed": _remove("authority.pem"),
    "the authority's key damaged": _write("authority.key", b"x"),
    "the authority's certificate damaged": _write("authority.pem", b"x"),
    "another authority": _another_authority,
    "another key of the authority": _another_key,
    "a picture of a signed report": _picture,
}


@pytest.mark.parametrize("kind", _FILES)
def test_an_alteration_of_a_file_is_found(target: Target, kind: str) -> None:
    _FILES[kind](target)
    assert target.problems() != []


# -- forgers who know how all is made


def _append(target: Target, action: str, subject: str, details: dict[str, object]) -> None:
    """An event that continues the chain as it should; its seal cannot be made."""
    names = [field.name for field in fields(AuditEvent)]
    last = target.rows("SELECT seq, hash FROM audit ORDER BY seq DESC LIMIT 1")[0]
    assert isinstance(last[0], int)
    event = AuditEvent(
        last[0] + 1,
        "2026-11-28T00:00:00.000000Z",
        _AUTHOR,
        "李医生",
        "reporting",
        "s",
        action,
        subject,
        "done",
        canonical_details(details),
    )
    values = [*(getattr(event, name) for name in names), last[1], chain_hash(str(last[1]), event), "0" * 64]
    with closing(sqlite3.connect(target.database)) as raw:
        marks = ", ".join("?" * len(values))
        raw.execute(f"INSERT INTO audit ({', '.join(names)}, prev_hash, hash, seal) VALUES ({marks})", values)
        raw.commit()


def _forged(target: Target, key: signing.SigningKey) -> Report:
    """The final report with another impression, signed by a key that is put into the person's row."""
    with DataFolder.open(target.home) as folder, folder.database.read() as tx:
        report = tx.reports.get(_FINAL)
        assert report is not None
        sections = tuple(
            replace(s, content=(Text("另一个结论"),)) if s.kind is SectionKind.IMPRESSION else s
            for s in report.sections
        )
        bare = replace(report, sections=sections, signatures=())
    content = signed_content(bare)
    signatures = []
    for old in report.signatures:
        new = replace(
            old,
            digest_sha256=content.digest_sha256,
            public_key=key.public_base64,
            value="",
            person_id=_AUTHOR,
        )
        signatures.append(replace(new, value=key.sign(statement(new, signatures))))
    forged = replace(bare, signatures=tuple(signatures))
    with closing(sqlite3.connect(target.database)) as raw:
        raw.execute("UPDATE report SET document = ? WHERE report_id = ?", (to_json(REPORT, forged), _FINAL))
        raw.execute(
            "INSERT INTO signed_content VALUES (?, ?, ?, ?, '')",
            (content.digest_sha256, _FINAL, content.form, content.content),
        )
        raw.execute("UPDATE person SET signing_public = ? WHERE person_id = ?", (key.public, _AUTHOR))
        raw.commit()
    return forged


@pytest.fixture
def forger() -> signing.SigningKey:
    return signing.new_key(_AUTHOR)


def _opened(target: Target, report_id: str) -> Iterator[str]:
    """What is said when the report is opened; nothing where it holds."""
    with open_station(target.home, language="en") as station:
        with station.folder.database.read() as tx:
            report = tx.reports.get(report_id)
        assert report is not None
        try:
            station.get(ReportService).verify(report)
        except Refused as error:
            yield str(error)


def test_text_signed_with_a_key_of_ones_own_is_found(target: Target, forger: signing.SigningKey) -> None:
    _forged(target, forger)
    assert target.problems() != []
    assert "not made with a key that this station has certified" in next(_opened(target, _FINAL))


def test_a_certificate_of_ones_own_authority_is_found(target: Target, forger: signing.SigningKey) -> None:
    _forged(target, forger)
    other = StationAuthority(target.home.parent)
    other.begin("s", datetime.now(UTC))
    der = other.issue(_AUTHOR, "李医生", forger.public, datetime(2000, 1, 1, tzinfo=UTC))
    with closing(sqlite3.connect(target.database)) as raw:
        raw.execute(
            "INSERT INTO certificate VALUES (?, ?, '2000-01-01T00:00:00.000000Z', ?, NULL)",
            (fingerprint(der), _AUTHOR, der),
        )
        raw.commit()
    _append(target, "person.certify", fingerprint(der), {"person": _AUTHOR})
    assert target.problems() != []
    assert "not made with a key that this station has certified" in next(_opened(target, _FINAL))


def test_acts_that_nobody_did_are_found(target: Target) -> None:
    _append(target, "report.approve", _WAITED, {"state": "final"})
    assert any("was not written by this station" in told for told in target.problems())


def test_a_chain_written_anew_is_found(target: Target) -> None:
    """All hashes fit each other; the head and the seals do not fit them."""
    names = [field.name for field in fields(AuditEvent)]
    rows = target.rows(f"SELECT {', '.join(names)} FROM audit ORDER BY seq")
    script, prev = [], "0" * 64
    for row in rows:
        event = replace(AuditEvent(*row), person_name="别人")  # type: ignore[arg-type]
        hashed = chain_hash(prev, event)
        script.append(
            f"UPDATE audit SET person_name = '别人', prev_hash = '{prev}', hash = '{hashed}' "
            f"WHERE seq = {event.seq};"
        )
        prev = hashed
    target.sql("\n".join(script))
    told = target.problems()
    assert any("signed head" in one for one in told)
    assert any("was not written by this station" in one for one in told)


def test_a_pin_of_ones_own_does_not_hide_a_change(target: Target) -> None:
    target.sql(f"UPDATE report SET state = 'draft' WHERE report_id = '{_FINAL}';")
    with DataFolder.open(target.home) as folder, folder.database.read() as tx:
        digest = PINNED_REPORT.digest(tx.connection, _FINAL)
    _append(target, "report.open", _FINAL, {"pins": {f"report/{_FINAL}": digest}, "state": "draft"})
    assert any(_FINAL in told for told in target.problems())


@pytest.mark.parametrize(
    ("script", "said"),
    [
        (_SQL["reset to draft, nobody signed"], "was altered"),
        (_SQL["words of a final report"], "does not say what"),
        (_SQL["another public key"], None),
        (_SQL["another version"], "was altered"),
        (_SQL["another study"], "was altered"),
        (_SQL["all certificates removed"], "not made with a key"),
    ],
)
def test_it_is_told_when_the_report_is_opened(target: Target, script: str, said: str | None) -> None:
    """A key put into a person's row changes nothing of what was signed before: that report still holds."""
    target.sql(script + ";")
    told = list(_opened(target, _FINAL))
    assert (told == []) if said is None else (len(told) == 1 and said in told[0])


def test_what_was_revoked_signs_nothing_any_more(made: Path, target: Target) -> None:
    """A password set anew ends the key before: what is signed with it later is no signature."""
    with open_station(target.home, language="en") as station:
        author = replace(_DOCTOR, person_id=_AUTHOR, name="李医生")
        old = certified_key(station, author)
        people = station.get(PeopleService)
        login = next(p.login for p in people.people(_ADMINISTRATOR) if p.person_id == _AUTHOR)
        people.reset_password(_ADMINISTRATOR, login, "Sesame-82-open")
        with pytest.raises(Refused, match="not certified"):
            station.get(ReportService).sign(author, _WAITED, old)
        assert station.get(PeopleService).verify_audit(_ADMINISTRATOR).problems == ()
