"""Search words and identifiers: the index agrees with looking; the rules of OIDs hold."""

from __future__ import annotations

import logging
import random
import shutil
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic import command

from catalog_client.schema.document import digest, flatten, nest
from catalog_client.schema.elements import PARENT, Element
from catalog_client.schema.oid import BadOid, ResourceOid, arcs, is_oid, join
from catalog_client.schema.text import matches, query_terms
from catalog_client.schema.wire import ResultSetRequest, Tier
from catalog_server import logs
from catalog_server.__main__ import main
from catalog_server.config import DEVELOPMENT_ROOT, NodeConfig, sqlite_url
from catalog_server.domain.areas import areas
from catalog_server.domain.dictionary import basic_set_json, parse
from catalog_server.refusals import Refusal
from catalog_server.service import discovery
from catalog_server.service.node import open_node
from catalog_server.store import audit, dictionary, fulltext, oids, people
from catalog_server.store import node as node_store
from catalog_server.store.database import Database
from catalog_server.store.tables import idempotency, key_digest

_WORDS = [
    "肺结节",
    "肺",
    "结节",
    "胸部",
    "CT",
    "平扫",
    "增强",
    "脑梗死",
    "MRI",
    "T1WI",
    "唐山",
    "ＣＴ",
    "低剂量",
    "节",
    "1mm",
    "随访",
]


@pytest.fixture
def database(tmp_path: Path) -> Database:
    """An empty node's database."""
    found = Database(sqlite_url(tmp_path / "node.db"))
    found.migrate()
    return found


def test_the_index_finds_what_looking_finds(database: Database) -> None:
    """4.9.4: two characters, one character, words of letters, mixed, full width: as a search through all
    texts.
    """
    chance = random.Random(7)
    texts = [
        "".join(
            chance.choice(_WORDS) + chance.choice(["", "", " ", "，", "-"])
            for _ in range(chance.randint(1, 7))
        )
        for _ in range(400)
    ]
    with database.write() as connection:
        for number, text in enumerate(texts, start=1):
            fulltext.put(connection, number, "", text)
    queries = [*_WORDS, "肺结节 CT", "梗死", "结节随", "部C", "t1", "ct平扫", "没有", "节肺"]
    queries += ["".join(chance.sample(text, min(len(text), 2))) for text in texts[:60]]
    ids = sa.table("served_fts", sa.column("rowid", sa.Integer)).c.rowid
    with database.read() as connection:
        for query in queries:
            terms = query_terms(query)
            if terms:
                found = set(
                    connection.execute(sa.select(ids).where(fulltext.condition(ids, terms))).scalars()
                )
                assert found == {n for n, text in enumerate(texts, start=1) if matches(query, text)}, query
    assert query_terms(" ，。!") == []
    database.close()


def test_object_identifiers() -> None:
    """4.9.3: arcs without leading zeros, at most 64 characters; every made identifier reads back."""
    chance = random.Random(3)
    for _ in range(500):
        made = ResourceOid(
            "2.25.77",
            13,
            chance.randint(1, 9),
            chance.randint(1, 9),
            chance.randint(1, 9),
            chance.randint(0, 10**10),
        )
        assert ResourceOid.parse(str(made), "2.25.77") == made
        assert join(*arcs(str(made))) == str(made)
    for bad in ("", "1", "1.02", "3.1", "1.40", "1..2", "1.2.", "1.-2", "1.２", "1.2 ", "2." + "9" * 64):
        assert not is_oid(bad), bad
        with pytest.raises(BadOid):
            arcs(bad)


def test_tails_are_never_given_twice(database: Database) -> None:
    """4.8.2c: counted up under each arc; two counties never collide."""
    with database.write() as connection:
        made = [
            str(oids.allocate(connection, "2.25.77", area, "2.2.2")) for area in ("130608", "130602") * 20
        ]
    assert len(set(made)) == len(made)
    database.close()


def test_migrations_make_the_tables_of_the_program(database: Database) -> None:
    """4.9.4: `alembic check` is clean, and stays so when another metadata standard is loaded."""
    with database.config() as config:
        command.check(config)
    other = basic_set_json()
    other["set"] = {**other["set"], "id": "OTHER-SET", "version": "2.0"}
    with database.write() as connection:
        assert dictionary.load(connection, other)
        assert not dictionary.load(connection, other)
        assert dictionary.read(connection, "OTHER-SET", "2.0") == parse(other)
    with database.config() as config:
        command.check(config)
    database.close()


def test_a_database_of_a_newer_program_or_another_node_is_refused(tmp_path: Path) -> None:
    """The message says what was found."""
    node = open_node(NodeConfig(Tier.COUNTY, "130608", sqlite_url(tmp_path / "node.db")))
    node.database.close()
    with pytest.raises(ValueError, match="130608"):
        open_node(NodeConfig(Tier.CITY, "130600", sqlite_url(tmp_path / "node.db")))
    newer = Database(sqlite_url(tmp_path / "node.db"))
    with newer.write() as connection:
        connection.execute(sa.text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(ValueError, match="9999"):
        newer.migrate()
    newer.close()


def test_the_audit_cannot_be_changed_unseen(database: Database) -> None:
    """4.4.1: rows are append-only; one that was changed past the program breaks the chain."""
    with database.write() as connection:
        for n in range(4):
            audit.append(connection, "someone", "test", str(n))
        assert audit.first_broken(connection) is None
    with pytest.raises(sa.exc.IntegrityError, match="append-only"), database.write() as connection:
        connection.execute(sa.text("UPDATE audit SET actor = 'other' WHERE seq = 2"))
    with database.write() as connection:
        connection.execute(sa.text("DROP TRIGGER audit_no_update"))
        connection.execute(sa.text("UPDATE audit SET actor = 'other' WHERE seq = 2"))
        assert audit.first_broken(connection) == 2
    database.close()


def test_dictionary_and_wire_agree() -> None:
    """4.6, 4.7: twenty elements in the standard's order, same entities, same names; areas as counted in GB/T
    2260.
    """
    rules = parse(basic_set_json())
    assert [rule.id for rule in rules.elements] == [str(e) for e in Element]
    assert {rule.id: rule.parent for rule in rules.elements if rule.parent} == PARENT
    assert {rule.dimension for rule in rules.elements} == set(rules.dimensions)
    tiers = [str(each.tier) for each in areas().values()]
    assert (tiers.count("province"), tiers.count("city"), tiers.count("county")) == (1, 11, 167)
    pairs = [
        (Element.KEYWORD, "a"),
        (Element.EMAIL, "x@y.cn"),
        (Element.PHONE, "1"),
        (Element.EMAIL, "z@y.cn"),
        (Element.KEYWORD, "b"),
    ]
    document = nest(pairs)
    assert sorted(flatten(document)) == sorted(pairs)
    assert len(document["elements"][Element.POINT_OF_CONTACT]) == 2
    assert digest(document) == digest(dict(reversed(list(document.items()))))


def test_an_error_of_the_database_tells_no_values(database: Database) -> None:
    """Privacy: the message of a failed statement goes to the log, so it holds no value of a document."""
    statement = sa.text("INSERT INTO node_state(name, value) VALUES (:name, :value)")
    with database.write() as connection:
        connection.execute(statement, {"name": "x", "value": "王小丫"})
        with pytest.raises(sa.exc.IntegrityError) as failed:
            connection.execute(statement, {"name": "x", "value": "王小丫"})
    assert "王小丫" not in str(failed.value)


def test_sessions_of_the_public_make_room(database: Database) -> None:
    """Anybody may open a session: the table stays of one size, and people's own sessions stay."""
    with database.write() as connection:
        who = people.add(connection, "shen", "a-long-password", "审", frozenset(), "130608")
        _, own = people.open_session(connection, who)
        tokens = [
            people.open_session(connection, people.PUBLIC)[1] for _ in range(people.PUBLIC_SESSIONS + 5)
        ]
    with database.read() as connection:
        assert [
            people.find_session(connection, token) is None
            for token in (tokens[0], tokens[4], tokens[5], tokens[-1], own)
        ] == [True, True, False, False, False]


def test_a_lost_database_gives_no_identifier_again(tmp_path: Path) -> None:
    """4.8.2c: neither a node set up anew nor one restored from a backup gives what was given before; counting
    survives a slow clock.
    """
    began = oids.BEGAN + timedelta(days=100)

    def give(name: str, seconds: float, times: int) -> list[str]:
        database = Database(sqlite_url(tmp_path / name))
        database.migrate()
        with database.write() as connection:
            now = began + timedelta(seconds=seconds)
            made = [
                str(oids.allocate(connection, DEVELOPMENT_ROOT, "131182", "2.2.2", now)) for _ in range(times)
            ]
        database.close()
        return made

    first = give("first.db", 0, 5)
    shutil.copy(tmp_path / "first.db", tmp_path / "backup.db")
    later = give("first.db", 60, 5)
    slow = give("first.db", -3600, 2)
    anew, restored = give("anew.db", 90, 5), give("backup.db", 120, 5)
    assert len({*first, *later, *slow, *anew, *restored}) == 22
    assert max(len(each) for each in anew) <= 64
    with pytest.raises(ValueError, match="root"):
        NodeConfig(Tier.COUNTY, "130608", "sqlite:///x.db", oid_root="2.25." + "9" * 39)


def test_an_epoch_is_later_than_the_one_before_whatever_the_clock_says() -> None:
    """4.4.2: after a restore on a machine whose clock is behind, the nodes above still take what is new."""
    ahead = "20990101T000000000000-abcdef"
    assert node_store.new_epoch_name(ahead) > ahead
    assert node_store.new_epoch_name() < ahead


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://u:geheim@h/d",
        "mysql+pymysql://u:geheim@h/d",
        "county.db",
        "sqlite://",
        "sqlite:///:memory:",
    ],
)
def test_an_address_of_another_database_is_refused_in_words(
    url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """The message names what is needed and repeats no password; no missing driver is met."""
    assert main(["verify", "--db", url]) == 3
    said = capsys.readouterr().err
    assert ("sqlite:////var/lib" in said, "geheim" in said) == (True, False)


def test_the_log_tells_of_a_defect_without_what_was_sent(capsys: pytest.CaptureFixture[str]) -> None:
    """Privacy: kind and place of a defect, not its words; the words of a full disk stay."""
    logs.configure()
    for error in (ValueError("王小丫"), OSError(28, "No space left on device")):
        try:
            raise error
        except (ValueError, OSError):
            logging.getLogger("catalog_server").exception("failed")
    said = capsys.readouterr().err
    assert (
        "王小丫" in said,
        "ValueError" in said,
        "test_words_and_identifiers.py" in said,
        "No space left" in said,
    ) == (False, True, True, True)


def test_keys_are_kept_as_hashes(tmp_path: Path) -> None:
    """Privacy: a station may make its key of a study's number; keys of before are hashed by the migration."""
    database = Database(sqlite_url(tmp_path / "node.db"))
    with database.config() as config:
        command.upgrade(config, "0002")
    row = {"person_id": "p", "key": "1.2.840.113619.2", "request_sha256": "", "oid": "2.25.1", "at": ""}
    with database.write() as connection:
        connection.execute(sa.insert(idempotency).values(row))
    database.migrate()
    with database.read() as connection:
        assert connection.execute(sa.select(idempotency.c.key)).scalars().all() == [
            key_digest("1.2.840.113619.2")
        ]
    database.close()


def test_result_sets_of_the_public_make_room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Anybody may keep a result: the oldest of the public's give way, those of people stay."""
    monkeypatch.setattr(discovery, "PUBLIC_RESULT_SETS", 3)
    node = open_node(NodeConfig(Tier.COUNTY, "130608", sqlite_url(tmp_path / "node.db")))
    try:
        with node.database.write() as connection:
            who = people.add(connection, "shen", "a-long-password", "审", frozenset(), "130608")
            own, _ = people.open_session(connection, who)
            visitors = [people.open_session(connection, people.PUBLIC)[0] for _ in range(5)]
        kept = [(each, discovery.keep(node, each, each.id, ResultSetRequest())) for each in (own, *visitors)]
        answers = []
        for session, found in kept:
            try:
                answers.append(discovery.fetch(node, session, found.result_set_id, 0, 1).total)
            except Refusal as refusal:
                answers.append(refusal.code)
        assert answers == [0, "not-found", "not-found", 0, 0, 0]
    finally:
        node.database.close()
