"""``main.py inspect``: what files hold, at the command line."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import typer

from app.i18n import tr

#: exit status where nothing readable was found
NOTHING = 3


def register(cli: typer.Typer) -> None:
    """Add the command."""
    cli.command("inspect")(inspect_command)


def inspect_command(
    paths: list[Path], as_json: Annotated[bool, typer.Option("--json", help="Print data as JSON.")] = False
) -> int:
    """Say what files, folders, ZIP archives or DICOMDIR media hold, without importing them."""
    from app.archive.inspection import as_data, inspect
    from app.processes.dicom import DicomProcesses

    with DicomProcesses() as processes:
        found = inspect(paths, processes, progress=_progress())
    data = as_data(found)
    if as_json:
        json.dump(data, sys.stdout, ensure_ascii=False, indent=2, default=str)
        print()
    else:
        print("\n".join(_lines(data)))
    if found.is_empty:
        print(tr("Nothing readable was found."), file=sys.stderr)
        return NOTHING
    return 0


def _progress() -> Callable[..., None]:
    """On a terminal: how many files were looked at."""
    if not sys.stderr.isatty():
        return lambda fraction, done=0, total=0: None

    def show(fraction: float, done: int = 0, total: int = 0) -> None:
        end = "\n" if done >= total else ""
        print(f"\r{done}/{total}", end=end, file=sys.stderr, flush=True)

    return show


def _lines(data: dict[str, Any]) -> list[str]:
    """A study, a series, a display set, a reason a line."""
    lines = []
    for study in data["studies"]:
        when = (study["started_at"] or "")[:16].replace("T", " ")
        name = (
            f"{study['patient_name']}  {study['patient_id']}  {when}  {study['study_description']}".rstrip()
        )
        lines.append(name)
        for series in study["series"]:
            number = "" if series["number"] is None else series["number"]
            lines.append(f"  {series['modality']} {number}  {series['description']}".rstrip())
            for one in series["display_sets"]:
                lines.extend(_set_lines(one))
            lines.extend(
                f"    {tr('Object')}: {one['name']}  {', '.join(one['files'])}" for one in series["objects"]
            )
            lines.extend(f"    {one['reason']} ({one['count']})" for one in series["refused"])
    lines.extend(f"{one['file']}: {one['reason']}" for one in data["notices"])
    return lines


def _set_lines(one: dict[str, Any]) -> list[str]:
    kind = tr("Volume") if one["kind"] == "volume" else tr("Images")
    size = " × ".join(str(n) for n in one["shape"])
    spacing = "" if one["spacing_mm"] is None else " × ".join(f"{mm:.4g}" for mm in one["spacing_mm"]) + " mm"
    parts = [kind, *one["title"], str(one["frames"]), size, spacing, one["sop_class_name"]]
    if one["axis"] is not None:
        values = ", ".join(f"{value:g}" for value in one["axis"]["values"])
        parts.append(f"{one['axis']['kind']} {values} {one['axis']['unit']}".rstrip())
    if one["mean"] is not None:
        values = f"{one['minimum']:.6g} … {one['maximum']:.6g}, {one['mean']:.6g}"
        parts.append(f"{one['quantity']} {values} {one['unit']}")
    return [
        "    " + "  ".join(part for part in parts if part),
        *(f"      {text}" for text in one["warnings"]),
    ]
