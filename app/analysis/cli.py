"""Methods at the command line: ``enhance``, ``segment``."""

from __future__ import annotations

import sys
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from app.analysis.service import AnalysisService
from app.command_line import AsJson, AsLogin, CommandLine, Out, Overwrite, print_json, progress
from app.domain.inference import Plan, Task, Verdict
from app.domain.person import Actor
from app.domain.provenance import ResultState
from app.errors import Refused
from app.i18n import tr
from app.ports import VolumeReading
from app.session.station import Station

Model = Annotated[str, typer.Option("--model", help="Method id.")]


def cli(line: CommandLine) -> None:
    """Add a command for each task."""
    _add(line, Task.ENHANCE, "Run an enhancement on a series and write the derived images.")
    _add(line, Task.SEGMENT, "Run a segmentation on a series and write the DICOM SEG.")


def _add(line: CommandLine, task: Task, text: str) -> None:
    @line.commands.command(task.value, help=text)
    def run_method(
        series_uid: str,
        model: Model,
        out: Out,
        device: str = "auto",
        overwrite: Overwrite = False,
        as_login: AsLogin = None,
        as_json: AsJson = False,
    ) -> int:
        with line.station(as_login) as (station, actor):
            method = _Method(station, actor, model, device)
            return method.run(task, series_uid, out, overwrite=overwrite, as_json=as_json)


class _Method:
    """One method on one series: loaded, planned, run, written."""

    def __init__(self, station: Station, actor: Actor, model: str, device: str) -> None:
        self._station, self._actor, self._model, self._device = station, actor, model, device
        self._analysis = station.get(AnalysisService)

    def run(self, task: Task, series_uid: str, out: Path, *, overwrite: bool, as_json: bool) -> int:
        card = self._analysis.card(self._model)
        if card.task is not task:
            raise Refused(
                "{method} is a method for “{found}”, not for “{wanted}”.",
                hint="Methods for “{wanted}” are: {known}.",
                method=self._model,
                found=card.task.value,
                wanted=task.value,
                known=", ".join(one.method_id for one in self._analysis.methods() if one.task is task),
            )
        result = self._result(series_uid, tr(card.title))
        files = self._analysis.export(self._actor, result, out, overwrite=overwrite)
        if as_json:
            print_json({**asdict(result), "files": [str(f) for f in files]})
        else:
            print(tr("Files written to {folder}: {n}.", n=len(files), folder=str(out)))
            print(tr("The result is not confirmed by a person."), file=sys.stderr)
        return 0

    def _result(self, series_uid: str, title: str) -> ResultState:
        series, lease = self._station.get(VolumeReading).acquire_volume(self._actor, series_uid)
        with lease:
            lease.wait(progress=progress(tr("Loading images")))
            volume = lease.volume
            plan = self._analysis.plan(self._actor, volume, self._model, device=self._device)
            _tell_plan(plan, title)
            return self._analysis.run(self._actor, volume, plan, series.study_uid, progress=progress(title))


def _tell_plan(plan: Plan, title: str) -> None:
    told = tr(
        "{method}: {device}, about {seconds} s, {memory} MiB",
        method=title,
        device=plan.device,
        seconds=f"{plan.seconds:.0f}",
        memory=plan.memory_bytes // 2**20,
    )
    print(told, file=sys.stderr)
    for said in (*plan.notes, *(plan.reasons if plan.verdict is Verdict.WARN else ())):
        print(f"  {tr(said.template, **said.params)}", file=sys.stderr)
