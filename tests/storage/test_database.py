"""The database: schema, locks, several writers, all or nothing (issue: Data folder; R5, R6)."""

from __future__ import annotations

import os
import resource
import shutil
import sqlite3
import subprocess
import sys
import textwrap
import threading
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy.exc import IntegrityError

from app.bootstrap.features import tables
from app.errors import BadInput, Unavailable
from app.storage import schema
from app.storage.database import Database
from tests.support.archive_rows import DOCTOR
from tests.support.small_disk import small_disk

_ROOT = Path(__file__).resolve().parents[2]


def test_tables_and_migrations_say_the_same(tmp_path: Path) -> None:
    """Every table of the code, shared or a feature's, is made by a revision, and nothing else."""
    from alembic.autogenerate import compare_metadata
    from alembic.runtime.migration import MigrationContext

    every = (schema.STATION_TABLES, *tables())
    versions = {one.version_table for one in every}
    options = {"include_name": lambda name, kind, _: kind != "table" or name not in versions}
    with (
        closing(Database(tmp_path / "database" / "new.db", tables=tables())) as database,
        database.read() as tx,
    ):
        context = MigrationContext.configure(tx.connection, opts=options)
        assert compare_metadata(context, [one.metadata for one in every]) == []
        for one in every:
            assert schema.revision_of(tx.connection, one) == one.head == schema.known_revisions(one)[-1]


def test_durable_and_checked(database: Database) -> None:
    with database.read() as tx:
        pragma = {
            name: tx.connection.exec_driver_sql(f"PRAGMA {name}").scalar()
            for name in ("journal_mode", "synchronous", "foreign_keys")
        }
    assert pragma == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1}


def test_an_error_inside_takes_all_back(database: Database) -> None:
    def half() -> None:
        with database.write() as tx:
            tx.settings.set("a", {"x": 1})
            tx.audit.append(DOCTOR, "settings.change", "a", "done", {})
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        half()
    with database.read() as tx:
        assert tx.settings.get("a") == {}
        assert tx.audit.rows() == []
        assert tx.audit.verify().ok


def test_reading_cannot_write(database: Database) -> None:
    with pytest.raises(Unavailable), database.read() as tx:
        tx.settings.set("a", {})
    with database.write() as tx:
        tx.settings.set("a", {"x": 1})


def test_a_reader_sees_one_moment(database: Database) -> None:
    with database.read() as before:
        assert before.settings.get("a") == {}
        with database.write() as tx:
            tx.settings.set("a", {"x": 1})
        assert before.settings.get("a") == {}
    with database.read() as after:
        assert after.settings.get("a") == {"x": 1}


def test_locked_by_another_program(database: Database) -> None:
    """Bad input: locked database → who, how long, what to do."""
    with closing(sqlite3.connect(database.path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with (
            pytest.raises(
                Unavailable, match=r"yingshu\.sqlite3 was locked by another program for more than 0\.5 s"
            ),
            database.write(),
        ):
            pass
        with database.read() as tx:  # readers go on
            assert tx.settings.get("a") == {}
        other.execute("ROLLBACK")
    with database.write() as tx:
        tx.settings.set("a", {"x": 1})


def test_a_write_inside_a_write_is_a_defect_and_no_deadlock(database: Database) -> None:
    with database.write(), pytest.raises(RuntimeError, match="inside another"), database.write():
        pass
    with database.write() as tx:
        tx.settings.set("a", {})


def test_many_threads_write(database: Database) -> None:
    failed: list[BaseException] = []

    def work(number: int) -> None:
        try:
            for turn in range(10):
                with database.write() as tx:
                    tx.audit.append(DOCTOR, "thread.turn", f"{number}/{turn}", "done", {})
        except BaseException as error:  # noqa: BLE001
            failed.append(error)

    threads = [threading.Thread(target=work, args=(n,)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []
    with database.read() as tx:
        verdict = tx.audit.verify()
    assert (verdict.ok, verdict.count) == (True, 40)


def test_two_processes_write(tmp_path: Path) -> None:
    """The command line runs beside the window: nothing lost, one chain, also when both create the database at
    once.
    """
    program = f"""
    import sys
    from pathlib import Path
    from app.storage.folder import DataFolder
    from app.storage.pins import SETTING
    from tests.support.archive_rows import DOCTOR
    with DataFolder.open(Path({str(tmp_path / "home")!r})) as folder:
        for turn in range(40):
            with folder.database.write() as tx:
                count = tx.settings.get("count").get("n", 0)
                tx.settings.set("count", {{"n": count + 1}})
                pins = ((SETTING, "count"),)
                tx.audit.append(DOCTOR, "count.up", sys.argv[1], "done", {{"n": count + 1}}, pins=pins)
    """
    environment = {**os.environ, "PYTHONPATH": str(_ROOT)}
    command = [sys.executable, "-c", textwrap.dedent(program)]
    children = [subprocess.Popen([*command, str(n)], env=environment) for n in range(3)]
    assert [child.wait(60) for child in children] == [0, 0, 0]
    database = Database(
        tmp_path / "home" / "database" / "yingshu.sqlite3", audit_head=tmp_path / "home" / "audit.head"
    )
    with database.read() as tx:
        assert tx.settings.get("count") == {"n": 120}
        verdict = tx.audit.verify()
        assert (verdict.ok, verdict.count) == (True, 120)
    database.close()


def test_no_room_left_is_told_and_the_rest_stays(tmp_path: Path) -> None:
    """Full disk while writing rows, through ``ulimit -f``."""
    database = Database(tmp_path / "db" / "y.sqlite3")
    with database.write() as tx:
        tx.settings.set("kept", {"x": 1})
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (600_000, before[1]))
    try:
        with pytest.raises(Unavailable, match=r"y\.sqlite3"), database.write() as tx:
            tx.settings.set("big", {"x": "y" * 3_000_000})
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    with database.write() as tx:
        assert tx.settings.get("kept") == {"x": 1}
        assert tx.settings.get("big") == {}
        tx.settings.set("after", {"x": 2})
    database.close()


def test_full_disk_is_told_and_what_was_committed_stays(tmp_path: Path) -> None:
    mount = shutil.which("mount")
    if os.geteuid() != 0 or mount is None:
        pytest.skip("mounting needs root")
    if (
        subprocess.run(
            [mount, "-t", "tmpfs", "-o", "size=3m", "tmpfs", str(tmp_path)], capture_output=True
        ).returncode
        != 0
    ):
        pytest.skip("a tmpfs cannot be mounted here")
    try:
        database = Database(tmp_path / "db" / "y.sqlite3")
        written = 0
        full: Unavailable | None = None
        while full is None:
            try:
                with database.write() as tx:
                    tx.settings.set(f"t{written}", {"x": "y" * 100_000})
                written += 1
            except Unavailable as error:
                full = error
        assert "is full" in str(full)
        with database.read() as tx:
            assert [len(tx.settings.get(f"t{n}")) for n in range(written + 1)] == [1] * written + [0]
            assert tx.connection.exec_driver_sql("PRAGMA integrity_check").scalar() == "ok"
        database.close()
    finally:
        subprocess.run(["umount", str(tmp_path)], check=True)


def test_what_was_committed_is_not_called_failed_for_the_head_of_the_audit(tmp_path: Path) -> None:
    """No room for one more file, but for the row: the act is done, the head follows with the next one."""
    with small_disk(tmp_path / "disk", "4m,nr_inodes=40") as disk:
        database = Database(disk / "db" / "y.sqlite3")
        with database.write() as tx:
            tx.audit.append(DOCTOR, "a.b", "1", "done", {})
        fillers: list[Path] = []
        while (names := len(fillers)) < 100:
            fillers.append(disk / f"{names}")
            try:
                fillers[-1].touch()
            except OSError:
                fillers.pop()
                break
        with database.write() as tx:
            tx.audit.append(DOCTOR, "a.b", "2", "done", {})
        with database.read() as tx:
            assert tx.audit.verify().ok
            assert tx.audit.verify().count == 2
        for filler in fillers:
            filler.unlink()
        with database.write() as tx:
            tx.audit.append(DOCTOR, "a.b", "3", "done", {})
        database.close()
        assert '"count": 3' in (disk / "db" / "audit.head").read_text()


def test_a_damaged_file_is_told(tmp_path: Path) -> None:
    file = tmp_path / "y.sqlite3"
    file.write_bytes(b"this is no database" * 1000)
    with pytest.raises(BadInput, match=r"y\.sqlite3 is damaged"):
        Database(file)


def test_signed_reports_and_audit_cannot_be_changed_by_sql(database: Database) -> None:
    """Append-only is enforced where the rows are."""
    with database.write() as tx:
        tx.audit.append(DOCTOR, "a.b", "s", "done", {})
        tx.connection.exec_driver_sql("INSERT INTO report_frozen VALUES ('r', 1, 'signed', 't', '{}', '[]')")
    for statement in (
        "UPDATE audit SET person_name = 'x'",
        "DELETE FROM audit",
        "UPDATE report_frozen SET document = ''",
        "DELETE FROM report_frozen",
    ):
        with pytest.raises(IntegrityError, match=r"append-only|never"), database.write() as tx:
            tx.connection.exec_driver_sql(statement)
