"""The command line: the same services as the window.

Exit statuses: 0 done, 2 wrong use, 3 bad input, 4 not found, 5 refused, 6 not allowed, 7 unavailable, 130 interrupted,
1 a defect.  With ``--json`` data go to standard output as JSON; messages always go to standard error.
"""

from __future__ import annotations

import getpass
import json
import os
import signal
import socket
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from app.errors import Cancelled, Refused, UserError
from app.i18n import set_language, tr

if TYPE_CHECKING:
    from app.domain.person import Actor, Role
    from app.services.station import Station

cli = typer.Typer(name="yingshu", add_completion=False, no_args_is_help=False, pretty_exceptions_enable=False, help="影枢 YingShu")
catalog = typer.Typer(help="Search the three-tier resource directory.")
people = typer.Typer(help="People of this station.")
audit = typer.Typer(help="The audit trail.")
cli.add_typer(catalog, name="catalog")
cli.add_typer(people, name="people")
cli.add_typer(audit, name="audit")

Home = Annotated[Path | None, typer.Option("--home", help="Data folder (or YINGSHU_HOME).")]
Lang = Annotated[str | None, typer.Option("--lang", help="zh or en.")]
AsLogin = Annotated[str | None, typer.Option("--as", help="Log in as this person (password: YINGSHU_PASSWORD, or asked for).")]
AsJson = Annotated[bool, typer.Option("--json", help="Print data as JSON.")]
Out = Annotated[Path, typer.Option("--out", help="Folder for the results.")]

SUBCOMMANDS = ("demo", "import", "list", "enhance", "segment", "report", "catalog", "people", "audit")


def main(arguments: list[str] | None = None) -> int:
    """Run the command line; the exit status."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    set_language(_language_of(given))
    try:
        if _wants_window(given):
            return _window(given)
        with _stopping_on_term():
            status = cli(given, standalone_mode=False)
        return int(status) if isinstance(status, int) else 0
    except UserError as error:
        return _tell(error)
    except (Cancelled, KeyboardInterrupt):
        print(tr("Stopped."), file=sys.stderr)
        return 130
    except Exception as error:
        if isinstance(error, BrokenPipeError):
            return 0
        if hasattr(error, "format_message"):  # click's errors of use
            print(error.format_message(), file=sys.stderr)
            return 2
        raise


@contextmanager
def _stopping_on_term() -> Iterator[None]:
    """SIGTERM stops a command as Ctrl+C does: children ended, memory given back, nothing half-written."""

    def stop(number: int, frame: object) -> None:
        raise KeyboardInterrupt

    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGTERM, stop)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def home_folder(given: Path | None) -> Path:
    """The data folder: the option, else YINGSHU_HOME, else the account's data directory."""
    if given is not None:
        return given
    if named := os.environ.get("YINGSHU_HOME"):
        return Path(named)
    return Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share") / "yingshu"


# -- the window -----------------------------------------------------------------------------------------------


def _wants_window(given: list[str]) -> bool:
    words = _words(given)
    return not any(flag in given for flag in ("--help", "--version")) and (not words or words[0] not in SUBCOMMANDS)


def _words(given: list[str]) -> list[str]:
    words, skip = [], False
    for argument in given:
        if skip:
            skip = False
        elif argument in ("--home", "--lang"):
            skip = True
        elif not argument.startswith("-"):
            words.append(argument)
    return words


def _option(given: list[str], name: str) -> str | None:
    for position, argument in enumerate(given):
        if argument == name and position + 1 < len(given):
            return given[position + 1]
        if argument.startswith(name + "="):
            return argument.split("=", 1)[1]
    return None


def _language_of(given: list[str]) -> Any:
    wanted = _option(given, "--lang") or os.environ.get("YINGSHU_LANG") or "zh"
    return wanted if wanted in ("zh", "en") else "zh"


def _window(given: list[str]) -> int:
    known = {"--home", "--lang", "--demo"}
    unknown = [a for a in given if a.startswith("-") and a.split("=")[0] not in known]
    if unknown:
        raise UserError("There is no option {name}.", hint="“main.py --help” names the options.", name=unknown[0])
    from app.bootstrap.run import run_window

    home = _option(given, "--home")
    return run_window(
        home_folder(Path(home) if home else None), [Path(p) for p in _words(given)],
        language=_option(given, "--lang"), demo="--demo" in given, own_home=home is not None,
    )  # fmt: skip


# -- commands -------------------------------------------------------------------------------------------------


@cli.command("demo")
def _demo(
    out: Out,
    data: Annotated[Path | None, typer.Option("--data", help="Real images instead of the demo study.")] = None,
    lang: Lang = None,
    home: Home = None,
) -> int:
    """Do the main job without a person and leave its results in a folder."""
    from app.bootstrap.run import run_main_job

    return run_main_job(out, data=data, language=lang or _language_of([]), home=home)


@cli.command("import")
def _import(paths: list[Path], home: Home = None, lang: Lang = None, as_login: AsLogin = None, as_json: AsJson = False) -> int:
    """Import folders, files, ZIP archives or DICOMDIR media."""
    with _station(home, lang, as_login) as (station, actor):
        missing = [p for p in paths if not p.exists()]
        if missing:
            from app.errors import NotFound

            raise NotFound("There is nothing at {path}.", path=str(missing[0]))
        summary = station.archive.import_paths(actor, paths, progress=_progress(tr("Importing images")))
    if as_json:
        _print_json(asdict(summary))
    else:
        print(
            tr(
                "Imported. New images: {added}; here already: {known}; notices: {notices}.",
                added=summary.added, known=summary.known, notices=len(summary.notices),
            )
        )  # fmt: skip
        for notice in summary.notices[:50]:
            print(f"  {notice.path}: {tr(notice.template, **notice.params)}", file=sys.stderr)
    return 0


@cli.command("list")
def _list(
    text: Annotated[str, typer.Argument(help="Name, number, examination.")] = "",
    home: Home = None, lang: Lang = None, as_login: AsLogin = None, as_json: AsJson = False,
) -> int:  # fmt: skip
    """List studies and their series."""
    from app.domain.study import StudyFilter

    with _station(home, lang, as_login) as (station, actor):
        rows = station.archive.studies(actor, StudyFilter(text))
        listed = [(row, station.archive.series(actor, row.study.study_uid)) for row in rows]
    if as_json:
        _print_json([{**asdict(row), "series": [asdict(s) for s in series]} for row, series in listed])
        return 0
    for row, series in listed:
        study = row.study
        when = f"{study.started_at:%Y-%m-%d %H:%M}" if study.started_at else "-"
        print(f"{study.patient.display_name}  {study.patient.patient_id}  {when}  {study.description}  {row.report_state or '-'}")
        print(f"  {study.study_uid}")
        for one in series:
            print(f"    {one.modality:4} {one.n_instances:5}  {one.series_uid}  {one.description}")
    return 0


@cli.command("enhance")
def _enhance(
    series_uid: str, model: Annotated[str, typer.Option("--model", help="Method id.")], out: Out,
    device: str = "auto", home: Home = None, lang: Lang = None, as_login: AsLogin = None, as_json: AsJson = False,
) -> int:  # fmt: skip
    """Run an enhancement on a series and write the derived images."""
    return _run_method(series_uid, model, out, device, home, lang, as_login, as_json, "enhance")


@cli.command("segment")
def _segment(
    series_uid: str, model: Annotated[str, typer.Option("--model", help="Method id.")], out: Out,
    device: str = "auto", home: Home = None, lang: Lang = None, as_login: AsLogin = None, as_json: AsJson = False,
) -> int:  # fmt: skip
    """Run a segmentation on a series and write the DICOM SEG."""
    return _run_method(series_uid, model, out, device, home, lang, as_login, as_json, "segment")


@cli.command("report")
def _report(
    study_uid: str, export: Annotated[Path, typer.Option("--export", help="Folder for the report's files.")],
    home: Home = None, lang: Lang = None, as_login: AsLogin = None, as_json: AsJson = False,
) -> int:  # fmt: skip
    """Write a reviewed report as PDF, CDA, SR, KOS and encapsulated PDF."""
    from app.errors import NotFound

    with _station(home, lang, as_login) as (station, actor):
        report = station.reports.find(actor, study_uid)
        if report is None:
            raise NotFound("The study {uid} has no report.", uid=study_uid)
        written = station.reports.export(actor, report.report_id, export)
    files = {name: str(path) for name, path in asdict(written).items() if path is not None}
    if as_json:
        _print_json(files)
    else:
        print("\n".join(files.values()))
    return 0


@catalog.command("search")
def _search(
    text: str, tier: Annotated[str, typer.Option("--tier", help="county, city or province.")] = "county",
    home: Home = None, lang: Lang = None, as_login: AsLogin = None, as_json: AsJson = False,
) -> int:  # fmt: skip
    """Search one tier of the directory."""
    if tier not in ("county", "city", "province"):
        raise UserError("The tier must be county, city or province; found {found}.", found=tier)
    with _station(home, lang, as_login) as (station, actor):
        answer = station.directory.search(actor, text, tier)
    if as_json:
        _print_json(asdict(answer))
        return 0
    print(tr("Records: {n} · {seconds} s", n=answer.total, seconds=f"{answer.seconds:.2f}"))
    for hit in answer.hits:
        print(f"{hit.identifier}  {hit.title}  {hit.area_name}  {hit.security_level}")
    return 0


@people.command("add")
def _add_person(
    login: str, name: Annotated[str, typer.Option("--name")],
    role: Annotated[list[str], typer.Option("--role", help="reporting, reviewing, cataloguing, administrator.")],
    home: Home = None, lang: Lang = None, as_login: AsLogin = None,
) -> int:  # fmt: skip
    """Add a person; the first one needs no log-in.  The new password comes from YINGSHU_NEW_PASSWORD or is asked for."""
    roles = _roles(role)
    password = _new_password()
    with _station(home, lang, as_login) as (station, actor):
        if station.people.empty():
            station.people.add_first(login, name, password, roles=roles)
        else:
            station.people.add(actor, login, name, roles, password)
    return 0


@people.command("list")
def _list_people(home: Home = None, lang: Lang = None, as_login: AsLogin = None, as_json: AsJson = False) -> int:
    """Who works here, with roles; for an administrator."""
    with _station(home, lang, as_login) as (station, actor):
        found = station.people.people(actor)
    if as_json:
        _print_json([asdict(person) for person in found])
        return 0
    for person in found:
        print(f"{person.login}  {person.name}  {','.join(sorted(person.roles))}{'' if person.active else '  (-)'}")
    return 0


@people.command("change")
def _change_person(
    login: str, name: Annotated[str | None, typer.Option("--name")] = None,
    role: Annotated[list[str] | None, typer.Option("--role", help="All roles that the person shall have.")] = None,
    active: Annotated[bool | None, typer.Option("--active/--inactive", help="Who has left is made inactive, never deleted.")] = None,
    home: Home = None, lang: Lang = None, as_login: AsLogin = None,
) -> int:  # fmt: skip
    """Change a person's name, roles, or whether they may log in; for an administrator."""
    with _station(home, lang, as_login) as (station, actor):
        before = station.people.by_login(actor, login)
        after = replace(
            before, name=before.name if name is None else name, roles=_roles(role) if role else before.roles,
            active=before.active if active is None else active,
        )  # fmt: skip
        station.people.change(actor, after)
    return 0


@people.command("password")
def _password(
    login: Annotated[str | None, typer.Argument(help="Whose password an administrator sets anew; without it your own.")] = None,
    home: Home = None, lang: Lang = None, as_login: AsLogin = None,
) -> int:  # fmt: skip
    """Change your own password (with --as), or set somebody's anew: that gives a new signing key too."""
    if login is None and as_login is None:
        raise UserError("Whose password?", hint="“--as LOGIN” changes your own; an administrator names a login.")
    if login is not None:
        with _station(home, lang, as_login) as (station, actor):
            station.people.reset_password(actor, login, _new_password())
        return 0
    old = os.environ.get("YINGSHU_PASSWORD") or getpass.getpass(tr("Password: "))
    with _station(home, lang, None) as (station, _):
        station.people.change_password(station.people.login(as_login or "", old), old, _new_password())
    return 0


@audit.command("list")
def _list_audit(
    limit: Annotated[int, typer.Option("--limit", min=1, max=100_000)] = 50,
    action: Annotated[str, typer.Option("--action", help="Beginning of the act's name, such as “report.”.")] = "",
    home: Home = None, lang: Lang = None, as_login: AsLogin = None, as_json: AsJson = False,
) -> int:  # fmt: skip
    """Who did what and when, newest first."""
    with _station(home, lang, as_login) as (station, actor):
        events = station.people.audit_events(actor, limit, action=action)
    if as_json:
        _print_json([asdict(event) for event in events])
        return 0
    for event in events:
        print(f"{event.seq}  {event.at}  {event.person_name}  {event.action}  {event.outcome}  {event.subject}")
    return 0


@audit.command("verify")
def _verify_audit(home: Home = None, lang: Lang = None, as_login: AsLogin = None) -> int:
    """Check the hash chain of the audit trail."""
    with _station(home, lang, as_login) as (station, actor):
        verdict = station.people.verify_audit(actor)
    if not verdict.ok:
        raise Refused("The audit trail was altered: {why}", why="; ".join(str(p) for p in verdict.problems))
    print(tr("The audit trail is intact. Rows: {n}.", n=verdict.count))
    return 0


def _new_password() -> str:
    return os.environ.get("YINGSHU_NEW_PASSWORD") or getpass.getpass(tr("New password: "))


def _roles(names: list[str]) -> frozenset[Role]:
    from app.domain.person import Role

    try:
        return frozenset(Role(name) for name in names)
    except ValueError as error:
        raise UserError("There is no role {name}.", hint="Roles: {known}.", name=", ".join(names), known=", ".join(Role)) from error


# -- inside ---------------------------------------------------------------------------------------------------


@contextmanager
def _station(home: Path | None, lang: str | None, as_login: str | None) -> Iterator[tuple[Station, Actor]]:
    from app.bootstrap.station import open_station

    with open_station(home_folder(home), language=lang) as station:
        yield station, _actor(station, as_login)


def _actor(station: Station, login: str | None) -> Actor:
    """Who acts at the command line: a person with a password, else the operating system's account as the station's operator."""
    if login is not None:
        password = os.environ.get("YINGSHU_PASSWORD") or getpass.getpass(tr("Password: "))
        return station.people.login(login, password)
    from app.domain.person import Actor, Role

    account = getpass.getuser()
    return Actor(f"os:{account}", account, frozenset({Role.OPERATOR}), socket.gethostname())


def _run_method(
    series_uid: str, model: str, out: Path, device: str, home: Path | None, lang: str | None, as_login: str | None, as_json: bool, task: str
) -> int:
    from app.domain.inference import Verdict

    with _station(home, lang, as_login) as (station, actor):
        card = station.analysis.card(model)
        if card.task != task:
            raise Refused("{method} does not {task}.", method=model, task=task)
        series, volume, load = station.reading.prepare(actor, series_uid)
        try:
            load.run(progress=_progress(tr("Loading images")), cancelled=lambda: False)
            plan = station.analysis.plan(actor, volume, model, device=device)
            print(
                tr("{method}: {device}, about {seconds} s, {memory} MiB", method=tr(card.title), device=plan.device,
                   seconds=f"{plan.seconds:.0f}", memory=plan.memory_bytes // 2**20),
                file=sys.stderr,
            )  # fmt: skip
            for said in (*plan.notes, *(plan.reasons if plan.verdict is Verdict.WARN else ())):
                print(f"  {tr(said.template, **said.params)}", file=sys.stderr)
            result = station.analysis.run(actor, volume, plan, series.study_uid, progress=_progress(tr(card.title)))
        finally:
            volume.voxels.close()
        files = station.analysis.export(actor, result, out)
    if as_json:
        _print_json({**asdict(result), "files": [str(f) for f in files]})
    else:
        print(tr("Files written to {folder}: {n}.", n=len(files), folder=str(out)))
        print(tr("The result is not confirmed by a person."), file=sys.stderr)
    return 0


def _progress(title: str) -> Callable[..., None]:
    if not sys.stderr.isatty():
        return lambda fraction, done=0, total=0: None

    def show(fraction: float, done: int = 0, total: int = 0) -> None:
        print(f"\r{title} {100 * fraction:3.0f} %", end="" if fraction < 1 else "\n", file=sys.stderr, flush=True)

    return show


def _print_json(data: Any) -> None:
    print(json.dumps(data, ensure_ascii=False, indent=1, default=_plain))


def _plain(value: Any) -> Any:
    if isinstance(value, (set, frozenset)):
        return sorted(value)
    return str(value)


def _tell(error: UserError) -> int:
    from app.notifications import explain

    told = explain(error)
    print(told.message, file=sys.stderr)
    if told.hint:
        print(told.hint, file=sys.stderr)
    return error.exit_code
