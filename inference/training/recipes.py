"""The recipes of the shipped models, one function each."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

import torch

from inference.nets.encdec import EncDec, EncDecShape
from inference.training import fit
from inference.training.seeds import training_seeds
from inference.training.simulate import training_slices

log = logging.getLogger(__name__)

DENOISER = EncDecShape(widths=(40, 80, 128))


@dataclass(frozen=True, slots=True)
class Options:
    """What the command line chose."""

    minutes: float
    seed: int
    anatomies: int
    threads: int
    processes: int
    models: Path


def denoise(options: Options, *, fit_first: bool) -> None:
    """The low-dose CT denoiser."""
    folder = options.models / "ct-red-unet"
    folder.mkdir(parents=True, exist_ok=True)
    torch.set_num_threads(options.threads)
    if fit_first:
        log.info("simulating %d chests", options.anatomies)
        slices = training_slices(list(training_seeds(options.anatomies, options.seed)), 8, 2, options.processes)
        log.info("fitting on %d slices", len(slices.clean))
        net = EncDec(DENOISER).to(memory_format=torch.channels_last)
        recipe = fit.Recipe(options.minutes, options.seed)
        run = fit.fit(net, fit.denoising_batches(slices, options.seed), fit.l1, recipe, folder / "model.safetensors")
        _write_run(folder, options, asdict(recipe) | asdict(run) | {"slices": len(slices.clean)})


def _write_run(folder: Path, options: Options, found: dict[str, float]) -> None:
    text = {"command": f"python -m inference.training {{task}} --minutes {options.minutes:g} --seed {options.seed}", **found}
    (folder / "training.json").write_text(json.dumps(text, indent=1) + "\n", encoding="utf-8")


TASKS: dict[str, Callable[..., None]] = {"denoise": denoise}
