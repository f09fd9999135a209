"""The documents are whole and true."""

from __future__ import annotations

import re
from pathlib import Path

from app.cli import command_line, command_names
from app.errors import UserError

ROOT = Path(__file__).resolve().parents[1]
IDS = [
    "2",
    "2.5",
    "3.1.1",
    "3.1.4",
    "3.1.5",
    "3.2",
    "3.3a",
    "3.3b",
    "3.3.1a",
    "3.3.1b",
    "3.3.2a",
    "3.3.2b",
    "3.3.2c",
    "3.3.3a",
    "3.3.3.1a",
    "3.3.3.1b",
    "3.3.3.2a",
    "3.3.3.2b",
    "4.1.1a",
    "4.2.1",
    "4.2.2",
    "4.3.1",
    "4.3.2",
    "4.3.3",
    "4.3.4",
    "4.4.1",
    "4.4.2",
    "4.4.3",
    "4.5.1",
    "4.5.2",
    "4.6",
    "4.7",
    "4.8.2",
    "4.8.3",
    "4.8.4",
    "4.8.5",
    "4.8.6",
    "4.9.1",
    "4.9.2",
    "4.9.3",
    "4.9.4",
    "4.9.5",
    "4.10",
    "5.1.1",
    "5.1.2",
    "5.1.3",
    "5.1.4a",
    "5.1.4b",
    "5.1.4c",
    "5.2.1a",
    "5.2.1b",
    "5.2.1c",
    "5.2.2",
    "5.2.3",
    "5.3.1a",
    "5.3.1b",
    "5.3.1c",
    "5.3.1d",
    "5.3.1e",
    "5.3.2",
    "5.3.3",
]


def _rows() -> dict[str, list[str]]:
    text = (ROOT / "docs" / "conformance.md").read_text(encoding="utf-8")
    cells = [
        [c.strip() for c in line.strip("|").split("|")] for line in text.splitlines() if line.startswith("| ")
    ]
    return {row[0]: row for row in cells if row[0] not in ("id", "---")}


def test_conformance_has_a_row_for_every_clause() -> None:
    """One row an id; none is forgotten, none invented."""
    assert sorted(_rows()) == sorted(IDS)


def test_conformance_names_only_what_exists() -> None:
    """Every file and test folder that a row names is there."""
    missing = []
    for row in _rows().values():
        for name in re.findall(r"`([\w./-]+/[\w./-]*)`", " ".join(row[2:4])):
            if (
                name.startswith(
                    ("app", "widgets", "viewers", "inference", "catalog", "resources", "tests", "docs")
                )
                and not (ROOT / name).exists()
            ):
                missing.append(f"{row[0]}: {name}")
    assert not missing


def test_conformance_names_tests_that_exist() -> None:
    """A row with code names the test functions that show it, each of which is there; one without says that
    all is open.
    """
    missing, silent = [], []
    for row in _rows().values():
        named = re.findall(r"`(tests/[\w/]+\.py)::(test_\w+)`", row[3])
        missing += [f"{row[0]}: {file}::{name}" for file, name in named if not _has_test(ROOT / file, name)]
        if (row[2] == "–") != (not named) or (row[2] == "–") != (row[4] == "all"):
            silent.append(row[0])
    assert not missing
    assert not silent


def _has_test(file: Path, name: str) -> bool:
    return file.is_file() and re.search(rf"^def {name}\(", file.read_text(encoding="utf-8"), re.M) is not None


def test_every_subcommand_is_documented() -> None:
    """docs/command-line.md names each subcommand."""
    text = (ROOT / "docs" / "command-line.md").read_text(encoding="utf-8")
    assert [name for name in command_names(command_line()) if f"main.py {name}" not in text] == []


def test_every_exit_status_is_documented() -> None:
    """Scripts rely on the exit statuses."""
    text = (ROOT / "docs" / "command-line.md").read_text(encoding="utf-8")
    kinds = [
        UserError,
        *UserError.__subclasses__(),
        *(k for s in UserError.__subclasses__() for k in s.__subclasses__()),
    ]
    assert {k.exit_code for k in kinds} == {int(n) for n in re.findall(r"^\| (\d+) \|", text, re.M)} - {
        0,
        1,
        130,
    }


def test_readme_opens_with_the_two_commands() -> None:
    """A newcomer sees them first, in both languages."""
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    assert text.index("make run") < 200
    assert text.index("make test") < 300
    assert "Not a registered medical device" in text
    assert "非医疗器械注册产品" in text


def test_no_addresses_of_registries_or_paths_of_a_machine() -> None:
    """The project speaks of itself."""
    found = []
    for file in ROOT.rglob("*"):
        if (
            ".venv" in file.parts
            or ".git" in file.parts
            or "out" in file.parts[len(ROOT.parts) : len(ROOT.parts) + 1]
            or not file.is_file()
        ):
            continue
        if (
            file.suffix in (".py", ".md", ".toml", ".txt", ".json", ".csv", ".html", ".css")
            and file.name != "test_docs.py"
        ):
            text = file.read_text(encoding="utf-8", errors="replace")
            found += [
                f"{file.relative_to(ROOT)}: {word}"
                for word in ("pypi.org/simple", "registry.npmjs", "/work/main", "/work/shared")
                if word in text
            ]
    assert not found


def test_the_architecture_page_names_what_is_there() -> None:
    """Every file and folder that docs/architecture.md names is in the tree, and every list it sends people
    to.
    """
    page = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    named = {token for quoted in re.findall(r"`([^`]+)`", page) for token in quoted.split()}
    places = {token.split("<")[0].strip("/") for token in named if "/" in token or token.endswith(".py")}
    tops = ("app", "widgets", "viewers", "inference", "catalog_client", "catalog_server", "resources", "docs")
    files = [path.relative_to(ROOT).as_posix() for top in (*tops, "main.py") for path in _below(ROOT / top)]
    gone = [place for place in places if not any(f"/{file}/".endswith(f"/{place}/") for file in files)]
    assert gone == []
    code = "\n".join(path.read_text(encoding="utf-8") for path in (ROOT / "app").rglob("*.py"))
    code += "\n".join(path.read_text(encoding="utf-8") for path in (ROOT / "viewers").rglob("*.py"))
    code += "\n".join(path.read_text(encoding="utf-8") for path in (ROOT / "inference").rglob("*.py"))
    names = {token for token in named if re.fullmatch(r"[A-Z][A-Za-z]+", token)} - {"SHA-256"}
    assert [name for name in names if not re.search(rf"\b{name}\b", code)] == []


def _below(top: Path) -> list[Path]:
    return [top, *top.rglob("*")] if top.is_dir() else [top]
