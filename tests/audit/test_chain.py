"""The audit record is append-only and hash-chained; tampering is found (21 CFR 11.10(e), P2)."""

from __future__ import annotations

import random
import shutil
import sqlite3
from contextlib import closing
from dataclasses import fields, replace
from pathlib import Path

import pytest

from app.audit import GENESIS, AuditEvent, ChainedEvent, canonical_details, chain_hash, verify_chain
from app.storage.database import Database
from app.storage.repositories.shape import GUARDS
from tests.support.archive_rows import DOCTOR, REVIEWER

_DROP = "DROP TRIGGER audit_no_update; DROP TRIGGER audit_no_delete;"
_RAISE = "".join(f"{sql};" for table, sql in GUARDS.values() if table == "audit")


def _chain(count: int) -> list[ChainedEvent]:
    rows, prev = [], GENESIS
    for seq in range(1, count + 1):
        event = AuditEvent(
            seq,
            f"2026-11-21T00:00:{seq:02d}Z",
            "p-1",
            "演示甲",
            "reporting",
            "s",
            "report.sign",
            f"r-{seq}",
            "done",
            "{}",
        )
        rows.append(ChainedEvent(event, prev, chain_hash(prev, event)))
        prev = rows[-1].hash
    return rows


def test_a_whole_chain_is_accepted() -> None:
    rows = _chain(50)
    verdict = verify_chain(rows)
    assert (verdict.ok, verdict.count, verdict.head) == (True, 50, rows[-1].hash)
    assert verify_chain([]).ok


def test_every_random_alteration_is_found() -> None:
    """P2: 2,000 random flips, drops, moves and doublings; none unseen."""
    choose = random.Random(7)
    rows = _chain(30)
    names = [f.name for f in fields(AuditEvent) if f.name != "seq"]
    for turn in range(2000):
        changed, at = list(rows), choose.randrange(len(rows) - 1)
        match turn % 5:
            case 0:
                name = choose.choice(names)
                old = getattr(changed[at].event, name)
                changed[at] = replace(
                    changed[at], event=replace(changed[at].event, **{name: old + choose.choice(" x0")})
                )
            case 1:
                del changed[at]
            case 2:
                changed[at], changed[at + 1] = changed[at + 1], changed[at]
            case 3:
                changed.insert(at, changed[at])
            case _:  # with a hash that fits the change: the next one then does not continue it
                event = replace(changed[at].event, person_name="别人")
                changed[at] = ChainedEvent(
                    event, changed[at].prev_hash, chain_hash(changed[at].prev_hash, event)
                )
        assert not verify_chain(changed).ok, f"turn {turn}"


def test_details_have_one_form() -> None:
    assert (
        canonical_details({"b": 1, "a": "文"}) == canonical_details({"a": "文", "b": 1}) == '{"a":"文","b":1}'
    )


# -- the stored chain -------------------------------------------------------------------------------------


@pytest.fixture
def filled(database: Database) -> Database:
    for n in range(12):
        with database.write() as tx:
            tx.audit.append(DOCTOR if n % 2 else REVIEWER, "report.save", f"r-{n}", "done", {"n": n})
            tx.audit.append(DOCTOR, "report.check", f"r-{n}", "done", {})
    return database


def _problems(database: Database) -> list[str]:
    with database.read() as tx:
        return [p.template.format(**p.params) for p in tx.audit.verify().problems]


def _tamper(database: Database, sql: str, *, guards: bool = True) -> None:
    with closing(sqlite3.connect(database.path)) as raw:
        raw.executescript(_DROP + sql + (_RAISE if guards else ""))


def test_rows_newest_first_with_who_and_what(filled: Database) -> None:
    with filled.read() as tx:
        rows = tx.audit.rows(3)
        assert [(r.seq, r.action, r.subject) for r in rows] == [
            (24, "report.check", "r-11"),
            (23, "report.save", "r-11"),
            (22, "report.check", "r-10"),
        ]
        assert (rows[1].person_name, rows[1].roles, rows[1].station, rows[1].details) == (
            "演示甲",
            "reporting",
            "station-1",
            '{"n":11}',
        )
        assert [r.seq for r in tx.audit.rows(2, before=22)] == [21, 20]
        assert [r.seq for r in tx.audit.rows(1, action="report.save")] == [23]
        assert [r.seq for r in tx.audit.rows(9, subject="r-0")] == [2, 1]
        assert tx.audit.verify().ok


def test_flip(filled: Database) -> None:
    _tamper(filled, "UPDATE audit SET person_name = '别人' WHERE seq = 7;")
    assert _problems(filled) == ["Audit event 7 was changed after it was written."]


def test_delete(filled: Database) -> None:
    _tamper(filled, "DELETE FROM audit WHERE seq = 7;")
    assert _problems(filled) == [
        "Audit event 7 is missing; 8 follows.",
        "Audit event 8 does not continue the event before it.",
    ]


def test_reorder(filled: Database) -> None:
    _tamper(
        filled,
        "UPDATE audit SET seq = -1 WHERE seq = 7; UPDATE audit SET seq = 7 WHERE seq = 8; UPDATE audit "
        "SET seq = 8 WHERE seq = -1;",
    )
    assert "Audit event 7 does not continue the event before it." in _problems(filled)


def test_truncated_tail(filled: Database) -> None:
    _tamper(filled, "DELETE FROM audit WHERE seq > 20;")
    assert _problems(filled) == [
        "The end of the audit record was cut off: 24 events were written, 20 are left."
    ]


def test_truncated_and_written_on(filled: Database) -> None:
    """New events after the cut do not hide it: a head that does not fit is never moved."""
    _tamper(filled, "DELETE FROM audit WHERE seq > 20;")
    for n in range(9):
        with filled.write() as tx:
            tx.audit.append(DOCTOR, "report.save", f"new-{n}", "done", {})
    assert _problems(filled) == ["Audit event 24 is not the one that the signed head names."]


def test_emptied(filled: Database) -> None:
    _tamper(filled, "DELETE FROM audit;")
    assert _problems(filled) == [
        "The end of the audit record was cut off: 24 events were written, 0 are left."
    ]
    filled.close()
    again = Database(filled.path)
    assert _problems(again) == [
        "The end of the audit record was cut off: 24 events were written, 0 are left."
    ]
    again.close()


def test_a_whole_older_copy_put_back(filled: Database, tmp_path: Path) -> None:
    filled.close()
    with closing(sqlite3.connect(filled.path)) as raw, closing(sqlite3.connect(tmp_path / "old")) as copy:
        raw.backup(copy)
    with filled.write() as tx:
        tx.audit.append(DOCTOR, "report.sign", "r-1", "done", {})
    filled.close()
    for suffix in ("-wal", "-shm"):
        filled.path.with_name(filled.path.name + suffix).unlink(missing_ok=True)
    shutil.copy(tmp_path / "old", filled.path)
    assert _problems(filled) == [
        "The end of the audit record was cut off: 25 events were written, 24 are left."
    ]


def test_removed_guards(filled: Database) -> None:
    _tamper(filled, "", guards=False)
    assert len(_problems(filled)) == 2
    assert "audit_no_delete" in _problems(filled)[0]


@pytest.mark.parametrize("content", [None, b"", b"{}", b'{"count": 20, "hash": "x", "hmac": "y"}'])
def test_head_missing_or_altered(filled: Database, content: bytes | None) -> None:
    head = filled.path.with_name("audit.head")
    if content is None:
        head.unlink()
    else:
        head.write_bytes(content)
    with filled.write() as tx:
        tx.audit.append(DOCTOR, "report.save", "r", "done", {})
    filled.close()
    again = Database(filled.path)
    assert _problems(again) == ["The signed head of the audit record is missing or was altered."]
    again.close()


def test_a_head_behind_the_rows_is_no_false_alarm(filled: Database) -> None:
    """A crash between commit and head leaves the head one behind; the next event takes it up."""
    head = filled.path.with_name("audit.head")
    behind = head.read_bytes()
    with filled.write() as tx:
        tx.audit.append(DOCTOR, "report.save", "r", "done", {})
    head.write_bytes(behind)
    assert _problems(filled) == []
    with filled.write() as tx:
        tx.audit.append(DOCTOR, "report.save", "r", "done", {})
    assert _problems(filled) == []
    assert head.read_bytes() != behind
