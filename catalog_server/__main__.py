"""`python -m catalog_server`: serve a node, run the demonstration, add people, look after a database."""

from __future__ import annotations

import argparse
import getpass
import json
import re
import sqlite3
import sys
import threading
from pathlib import Path

import sqlalchemy as sa

from catalog_client.schema.oid import is_oid
from catalog_client.schema.wire import Tier
from catalog_server import logs, samples
from catalog_server.config import DEVELOPMENT_ROOT, NodeConfig
from catalog_server.demo import HomeInUse
from catalog_server.domain.states import Role

OK, USAGE, BAD_INPUT, UNAVAILABLE = 0, 2, 3, 7
_AREA = re.compile("[0-9]{6}")


def main(arguments: list[str] | None = None) -> int:
    """Exit status: 0 done, 2 usage, 3 bad input, 7 something needed is not there."""
    asked = _parser().parse_args(arguments)
    logs.configure()
    try:
        status: int = asked.run(asked)
    except (ValueError, HomeInUse) as error:
        print(f"catalog_server: {error}", file=sys.stderr)
        return BAD_INPUT
    except (OSError, sqlite3.Error, sa.exc.OperationalError) as error:
        print(f"catalog_server: {error}", file=sys.stderr)
        return UNAVAILABLE
    return status


def _serve(asked: argparse.Namespace) -> int:
    from catalog_server.api.application import create_app, node_of
    from catalog_server.serving import address, listen, server_of, wait_until

    if not is_oid(asked.oid_root):
        raise ValueError(f"--oid-root is no object identifier: {asked.oid_root!r}")
    tier = Tier(asked.tier)
    bound = listen(asked.host, asked.port)
    url = asked.public_url.rstrip("/") or address(bound)
    hosted = tuple(asked.hosted_area) or (samples.HOSTED[tier] if asked.demo else ())
    config = NodeConfig(
        tier,
        asked.area,
        asked.db,
        parent=asked.parent,
        children=tuple(asked.child),
        hosted_areas=hosted,
        demo=asked.demo,
        harvest_interval_s=asked.harvest_interval,
        oid_root=asked.oid_root,
        harvest_page_rows=asked.harvest_page,
        oid_root_registered=asked.oid_root_registered,
        public_url=url,
    )
    app = create_app(config)
    described: dict[str, object] = {"url": url, "tier": str(tier), "area": asked.area, "demo": asked.demo}
    if asked.demo:
        accounts = samples.accounts_of(_beside(asked.db))
        samples.prepare(node_of(app), accounts)
        described["accounts"] = {role: list(pair) for role, pair in accounts.items()}
    server = server_of(app)

    def say_ready() -> None:
        if wait_until(lambda: server.started or server.should_exit, 30.0) and server.started:
            print(json.dumps(described, ensure_ascii=False), flush=True)

    threading.Thread(target=say_ready, daemon=True).start()
    server.run(sockets=[bound])
    return OK


def _demo(asked: argparse.Namespace) -> int:
    from catalog_server import demo

    demo.run(asked.home, asked.port_file, with_samples=not asked.empty)
    return OK


def _new_password() -> str:
    password = getpass.getpass("Password: ") if sys.stdin.isatty() else sys.stdin.readline().rstrip("\n")
    if len(password) < 8:
        raise ValueError(f"a password has at least 8 characters, found {len(password)}")
    return password


def _change_person(asked: argparse.Namespace) -> int:
    from catalog_server.store import audit, people
    from catalog_server.store.database import Database

    password = _new_password() if asked.new_password else None
    active = None if not (asked.block or asked.allow) else not asked.block
    database = Database(asked.db)
    database.migrate()
    with database.write() as connection:
        if not people.change(connection, asked.login, password=password, active=active):
            raise ValueError(f"there is no login {asked.login!r}")
        done = [
            word
            for word, asked_for in (
                ("password", password),
                ("blocked", asked.block),
                ("allowed", asked.allow),
            )
            if asked_for
        ]
        audit.append(connection, "", "person.change", asked.login, detail={"changed": done})
    return OK


def _add_person(asked: argparse.Namespace) -> int:
    from catalog_server.store import audit, people
    from catalog_server.store.database import Database

    if not _AREA.fullmatch(asked.area):
        raise ValueError(f"an area code has six digits (GB/T 2260), found {asked.area!r}")
    password = _new_password()
    database = Database(asked.db)
    database.migrate()
    with database.write() as connection:
        if people.by_login(connection, asked.login) is not None:
            raise ValueError(f"the login {asked.login!r} is taken")
        people.add(
            connection,
            asked.login,
            password,
            asked.name or asked.login,
            frozenset(Role(r) for r in asked.role),
            asked.area,
        )
        audit.append(connection, "", "person.add", asked.login, detail={"roles": sorted(asked.role)})
    return OK


def _admit(asked: argparse.Namespace) -> int:
    from catalog_server.store import audit, children
    from catalog_server.store.database import Database

    database = Database(asked.db)
    database.migrate()
    if asked.child:
        state = children.WAITING if asked.refuse else children.ADMITTED
        url = asked.child.rstrip("/")
        with database.write() as connection:
            # of several at one address the newest is admitted; held back are all, whoever announced it since
            known = (
                children.hold_at(connection, url)
                if asked.refuse
                else children.decide(connection, children.newest_at(connection, url), state)
            )
            if not known:
                raise ValueError(f"no node announced itself at {asked.child}")
            audit.append(connection, "", "child.decide", url, state)
    with database.read() as connection:
        for row in children.rows(connection):
            print(json.dumps(dict(row), ensure_ascii=False))
    return OK


def _forget(asked: argparse.Namespace) -> int:
    from catalog_server.store import audit, harvested
    from catalog_server.store.database import Database

    database = Database(asked.db)
    database.migrate()
    if asked.node:
        with database.write() as connection:
            dropped = harvested.forget(connection, asked.node)
            if not dropped:
                raise ValueError(
                    f"no copies of a node {asked.node!r} are held; without --node the command lists whose are"
                )
            audit.append(connection, "", "child.forget", asked.node, detail={"records": dropped})
    with database.read() as connection:
        for source, records in harvested.sources(connection).items():
            print(json.dumps({"node_id": source, "records": records}))
    return OK


def _new_epoch(asked: argparse.Namespace) -> int:
    from catalog_server.store import audit, node
    from catalog_server.store.database import Database

    database = Database(asked.db)
    database.migrate()
    with database.write() as connection:
        epoch = node.begin_epoch(connection)
        audit.append(connection, "", "node.new-epoch", epoch)
    print(epoch)
    return OK


def _verify(asked: argparse.Namespace) -> int:
    from catalog_server.store import audit
    from catalog_server.store.database import Database

    with Database(asked.db).read() as connection:
        broken = audit.first_broken(connection)
    print("audit chain holds" if broken is None else f"audit chain broken at row {broken}")
    return OK if broken is None else BAD_INPUT


def _beside(db_url: str) -> Path:
    return Path(sa.make_url(db_url).database or "node.db").with_suffix(".accounts.json")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m catalog_server", description="Three-tier directory of medical imaging resources"
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    serve = commands.add_parser("serve", help="serve one node")
    serve.add_argument("--tier", required=True, choices=[str(tier) for tier in Tier])
    serve.add_argument("--area", required=True, metavar="CODE", help="GB/T 2260 code, e.g. 130608")
    serve.add_argument("--db", required=True, metavar="URL", help="e.g. sqlite:////var/lib/yingshu/county.db")
    serve.add_argument("--port", type=int, required=True, help="0 takes a free one; the ready line names it")
    serve.add_argument("--host", default="127.0.0.1")
    serve.add_argument(
        "--parent", default="", metavar="URL", help="node above; it is told of this node and reads it"
    )
    serve.add_argument(
        "--public-url",
        default="",
        metavar="URL",
        help="where the node above reaches this one, if not at host and port",
    )
    serve.add_argument(
        "--child",
        action="append",
        default=[],
        metavar="URL",
        help="node below that is read; may be given again (nodes given --parent announce themselves)",
    )
    serve.add_argument(
        "--hosted-area",
        action="append",
        default=[],
        metavar="CODE",
        help="area without a node that registers here",
    )
    serve.add_argument("--harvest-interval", type=float, default=60.0, metavar="SECONDS")
    serve.add_argument("--harvest-page", type=int, default=500, metavar="ROWS")
    serve.add_argument("--oid-root", default=DEVELOPMENT_ROOT, metavar="OID")
    serve.add_argument(
        "--oid-root-registered", action="store_true", help="the root is registered with the authority"
    )
    serve.add_argument(
        "--demo", action="store_true", help="demo accounts and made-up records, marked as such"
    )
    serve.set_defaults(run=_serve)

    demo = commands.add_parser("demo", help="county, city and province on free ports of this machine")
    demo.add_argument("--home", type=Path, required=True, metavar="DIR")
    demo.add_argument("--port-file", type=Path, metavar="FILE", help="the ready line is written here as well")
    demo.add_argument("--empty", action="store_true", help="accounts, but no made-up records")
    demo.set_defaults(run=_demo)

    person = commands.add_parser("add-person", help="add a person; the password is read from standard input")
    person.add_argument("--db", required=True, metavar="URL")
    person.add_argument("--login", required=True)
    person.add_argument("--name", default="")
    person.add_argument("--area", required=True, metavar="CODE")
    person.add_argument("--role", action="append", required=True, choices=[str(role) for role in Role])
    person.set_defaults(run=_add_person)

    change = commands.add_parser(
        "change-person", help="give a new password (from standard input), block or allow; open sessions end"
    )
    change.add_argument("--db", required=True, metavar="URL")
    change.add_argument("--login", required=True)
    what = change.add_mutually_exclusive_group(required=True)
    what.add_argument("--new-password", action="store_true", help="also ends a lock after wrong passwords")
    what.add_argument("--block", action="store_true", help="the person may not sign in any more")
    what.add_argument("--allow", action="store_true")
    change.set_defaults(run=_change_person)

    admit = commands.add_parser(
        "admit", help="read a node below that announced itself; without --child: list them"
    )
    admit.add_argument("--db", required=True, metavar="URL")
    admit.add_argument("--child", metavar="URL", help="its address")
    admit.add_argument("--not", dest="refuse", action="store_true", help="stop reading it")
    admit.set_defaults(run=_admit)

    forget = commands.add_parser(
        "forget",
        help="drop the copies of a node below that is gone for good; without --node: list whose are held",
    )
    forget.add_argument("--db", required=True, metavar="URL")
    forget.add_argument("--node", metavar="ID")
    forget.set_defaults(run=_forget)

    for name, run, words in (
        ("new-epoch", _new_epoch, "after a restore from backup: the nodes above read everything again"),
        ("verify", _verify, "check the hash chain of the audit"),
    ):
        command = commands.add_parser(name, help=words)
        command.add_argument("--db", required=True, metavar="URL")
        command.set_defaults(run=run)
    return parser


if __name__ == "__main__":
    sys.exit(main())
