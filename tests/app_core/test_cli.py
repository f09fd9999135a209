"""The command line, as a script uses it: exit statuses, JSON, clear refusals."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path
from typing import Any

import pydicom
import pytest

from app.cli import main
from tests.dicom.dicom_objects import identity, image, part10
from tests.support.small_study import GRID, write_small_study

ROOT = Path(__file__).resolve().parents[2]


class Shell:
    """Runs `main.py` on one data folder."""

    def __init__(self, home: Path) -> None:
        self.home = home

    def run(
        self, *arguments: str, language: str = "en", display: bool = False, **environment: str
    ) -> subprocess.CompletedProcess[str]:
        env = {**os.environ, "YINGSHU_HOME": str(self.home), "YINGSHU_LANG": language, **environment}
        if not display:
            env.pop("DISPLAY", None)
            env.pop("WAYLAND_DISPLAY", None)
            env.pop("QT_QPA_PLATFORM", None)
        return subprocess.run(
            [sys.executable, "main.py", *arguments],
            cwd=ROOT,
            capture_output=True,
            text=True,
            timeout=120,
            env=env,
            check=False,
        )

    def here(
        self, *arguments: str, language: str = "en", **environment: str
    ) -> subprocess.CompletedProcess[str]:
        """The same in this process, which need not start first."""
        out, err = io.StringIO(), io.StringIO()
        given = {"YINGSHU_HOME": str(self.home), "YINGSHU_LANG": language, **environment}
        with pytest.MonkeyPatch.context() as patch, redirect_stdout(out), redirect_stderr(err):
            for name, value in given.items():
                patch.setenv(name, value)
            status = main(list(arguments))
        return subprocess.CompletedProcess(list(arguments), status, out.getvalue(), err.getvalue())

    def json(self, *arguments: str) -> Any:
        done = self.run(*arguments, "--json")
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)


def test_the_window_begins_without_what_is_needed_later() -> None:
    """Writers, calculations and connections are loaded when something is written, calculated, sent; and
    nobody looks for garbage among what is loaded.
    """
    told = (
        "import gc, json, sys; from app.loading import load; load('app.cli'); import app.bootstrap.window;"
        "print(json.dumps([sorted(sys.modules), gc.isenabled(), gc.get_freeze_count()]))"
    )
    done = subprocess.run([sys.executable, "-c", told], cwd=ROOT, capture_output=True, text=True, check=True)
    names, collects, frozen = json.loads(done.stdout)
    later = {"highdicom", "scipy", "httpx", "alembic", "reportlab", "vtkmodules", "torch", "SimpleITK"}
    assert not later & {name.partition(".")[0] for name in names}
    assert collects
    assert frozen > len(names)


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    return Shell(tmp_path / "home")


def test_import_list_segment_and_refusals(shell: Shell, tmp_path: Path) -> None:
    """Import → list → segment over one data folder; what cannot be is refused with its status and reason."""
    _, series = write_small_study(tmp_path / "dicom")
    (tmp_path / "dicom" / "notes.txt").write_text("no image")
    imported = shell.json("import", str(tmp_path / "dicom"))
    assert imported["added"] == GRID.shape[0]
    assert [Path(n["path"]).name for n in imported["notices"]] == ["notes.txt"]

    listed = shell.json("list", "小明")
    assert [s["series_uid"] for row in listed for s in row["series"]] == [series.series_uid]
    assert json.loads(shell.here("list", "nobody", "--json").stdout) == []

    done = shell.json(
        "segment", series.series_uid, "--model", "ct/lungs-classical", "--out", str(tmp_path / "seg")
    )
    assert done["review"] == "unconfirmed"
    assert pydicom.dcmread(done["files"][0]).Modality == "SEG"

    wrong_task = shell.here(
        "enhance", series.series_uid, "--model", "ct/lungs-classical", "--out", str(tmp_path / "x")
    )
    assert wrong_task.returncode == 5
    assert "“segment”" in wrong_task.stderr
    assert "ct/red-unet" in wrong_task.stderr
    unknown = shell.here("segment", series.series_uid, "--model", "ct/none", "--out", str(tmp_path / "x"))
    assert unknown.returncode == 4
    assert "ct/lungs-classical" in unknown.stderr
    no_gpu = shell.here(
        "segment",
        series.series_uid,
        "--model",
        "ct/lungs-unet3d",
        "--out",
        str(tmp_path / "x"),
        "--device",
        "cuda",
    )
    assert no_gpu.returncode in (5, 0)
    report = shell.here("report", imported["studies"][0], "--export", str(tmp_path / "r"))
    assert report.returncode == 4
    assert not (tmp_path / "r").exists()


@pytest.mark.parametrize(
    ("arguments", "status", "words"),
    [
        (["import", "/nowhere/at/all"], 4, "/nowhere/at/all"),
        (["--wrong"], 2, "--wrong"),
        ([], 7, "no display"),
    ],
)
def test_exit_statuses_and_words(shell: Shell, arguments: list[str], status: int, words: str) -> None:
    """Errors name the thing; their status is the documented one; standard output stays empty."""
    _refused(shell.run(*arguments), status, words)


@pytest.mark.parametrize(
    ("arguments", "status", "words"),
    [
        (["enhance", "1.2.3", "--model", "ct/red-unet", "--out", "x"], 4, "1.2.3"),
        (["catalog", "search", "x", "--tier", "village"], 2, "village"),
        (["catalog", "search", "x", "--tier", "county"], 7, "No directory address"),
        (["import"], 2, ""),
    ],
)
def test_refusals_of_commands(shell: Shell, arguments: list[str], status: int, words: str) -> None:
    """The same of what a command refuses."""
    _refused(shell.here(*arguments), status, words)


def _refused(done: subprocess.CompletedProcess[str], status: int, words: str) -> None:
    assert (done.returncode, done.stdout) == (status, ""), done.stderr
    assert words.lower() in done.stderr.lower()
    assert "Traceback" not in done.stderr


def test_global_options_stand_anywhere(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """``--home`` and ``--lang`` before a command, after it, and joined with ``=``; a value that looks like a
    command is none.
    """
    home = tmp_path / "list"
    for arguments in (
        ["--home", str(home), "--lang", "en", "list"],
        ["list", f"--home={home}", "--lang=en"],
        ["--lang", "en", "list", "--home", str(home)],
    ):
        assert main(arguments) == 0, capsys.readouterr().err
    assert home.is_dir()
    assert main(["--home", str(home), "import", "/nowhere/at/all", "--lang", "zh"]) == 4
    assert "不存在" in capsys.readouterr().err
    assert main(["list", "--home"]) == 2


def test_an_import_that_takes_nothing_is_bad_input(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Status 3, after each file was named with its reason; a second import of known images is none."""
    (tmp_path / "text").mkdir()
    (tmp_path / "text" / "notes.txt").write_text("no image")
    home = ["--home", str(tmp_path / "home"), "--lang", "en"]
    assert main([*home, "import", str(tmp_path / "text")]) == 3
    told = capsys.readouterr().err
    assert "notes.txt: " in told
    assert "Nothing was imported" in told
    write_small_study(tmp_path / "dicom")
    assert main([*home, "import", str(tmp_path / "dicom")]) == 0
    assert main([*home, "import", str(tmp_path / "dicom")]) == 0


def test_messages_are_in_the_language_chosen(shell: Shell) -> None:
    """The same refusal in Chinese."""
    assert "不存在" in shell.here("import", "/nowhere/at/all", language="zh").stderr


def test_people_and_audit(shell: Shell, tmp_path: Path) -> None:
    """The first person needs no log-in, the second an administrator; the operator cannot sign; the trail is
    intact.
    """
    first = shell.run(
        "people",
        "add",
        "chen",
        "--name",
        "陈医生",
        "--role",
        "administrator",
        YINGSHU_NEW_PASSWORD="Ying-shu-2026",
    )
    assert first.returncode == 0, first.stderr
    second = ("people", "add", "lin", "--name", "林医生", "--role", "reporting")
    assert shell.here(*second, YINGSHU_NEW_PASSWORD="Ying-shu-2027").returncode == 6
    allowed = shell.here(
        *second, "--as", "chen", YINGSHU_PASSWORD="Ying-shu-2026", YINGSHU_NEW_PASSWORD="Ying-shu-2027"
    )
    assert allowed.returncode == 0, allowed.stderr
    wrong = shell.here("list", "--as", "lin", YINGSHU_PASSWORD="not it")
    assert wrong.returncode == 6
    assert shell.here("audit", "verify").returncode == 0


def test_no_patient_data_in_the_log(shell: Shell, tmp_path: Path) -> None:
    """Privacy: names, numbers and UIDs of patients do not reach the log."""
    study, series = write_small_study(tmp_path / "dicom")
    shell.json("import", str(tmp_path / "dicom"))
    shell.run("segment", series.series_uid, "--model", "ct/lungs-classical", "--out", str(tmp_path / "seg"))
    logged = b"".join(p.read_bytes() for p in (shell.home / "logs").rglob("*") if p.is_file())
    for word in ("小明", "Xiaoming", "T0042", study.study_uid, "19700304"):
        assert word.encode() not in logged, word


def test_people_are_managed_from_the_command_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Who forgets a password gets a new one, who leaves is made inactive, and the administrator reads who did
    what.
    """

    def run(*words: str, status: int = 0, password: str = "Sesame-77", new: str = "") -> str:
        monkeypatch.setenv("YINGSHU_PASSWORD", password)
        monkeypatch.setenv("YINGSHU_NEW_PASSWORD", new)
        assert main([*words, "--home", str(tmp_path / "home"), "--lang", "en"]) == status, (
            capsys.readouterr().err
        )
        return capsys.readouterr().out

    run("people", "add", "boss", "--name", "Boss", "--role", "administrator", new="Sesame-77")
    run("people", "add", "li.si", "--name", "Li Si", "--role", "reporting", "--as", "boss", new="Sesame-78")
    run("people", "password", "li.si", "--as", "boss", new="Sesame-79")
    run("people", "password", "--as", "li.si", password="Sesame-78", new="Sesame-80", status=6)
    run("people", "password", "--as", "li.si", password="Sesame-79", new="Sesame-80")
    run("people", "password", status=2)
    run("people", "change", "li.si", "--inactive", "--as", "li.si", password="Sesame-80", status=6)
    run(
        "people", "change", "li.si", "--name", "Li Sihua", "--role", "reviewing", "--inactive", "--as", "boss"
    )
    run("people", "change", "nobody", "--active", "--as", "boss", status=4)
    run("people", "list", "--as", "li.si", password="Sesame-80", status=6)
    rows = {row["login"]: row for row in json.loads(run("people", "list", "--as", "boss", "--json"))}
    assert (rows["li.si"]["name"], rows["li.si"]["roles"], rows["li.si"]["active"]) == (
        "Li Sihua",
        ["reviewing"],
        False,
    )
    assert "li.si  Li Sihua  reviewing  (-)" in run("people", "list", "--as", "boss")
    run("people", "list", status=6)
    acts = [
        event["action"]
        for event in json.loads(run("audit", "list", "--action", "person.", "--as", "boss", "--json"))
    ]
    assert {
        "person.add",
        "person.reset-password",
        "person.change-password",
        "person.change",
        "person.login",
    } <= set(acts)
    assert "Sesame" not in run("audit", "list", "--as", "boss")


def test_a_terminal_without_the_letters_gets_escapes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As under a Latin locale; JSON reads them as the letters."""
    from app.cli import main

    (tmp_path / "a.dcm").write_bytes(part10(identity(name="张^三".encode(), charset=b"ISO_IR 192") + image()))
    out = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(out, "ascii", write_through=True))
    assert main(["inspect", str(tmp_path), "--json"]) == 0
    assert json.loads(out.getvalue().decode("ascii"))["studies"][0]["patient_name"] == "张^三"
