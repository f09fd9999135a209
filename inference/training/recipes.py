"""The recipes of the shipped models, one function each."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch.nn import functional

from inference.backends import OnnxNet
from inference.cuts import NET_PITCH_MM, VOLUME_WINDOW
from inference.model_folder import EVALUATION, GRAPH, WEIGHTS
from inference.nets.encdec import EncDec, EncDecShape
from inference.segment.lungs_net import to_net_range
from inference.training import evaluate, export, fit
from inference.training.seeds import training_seeds
from inference.training.simulate import labelled_volume, training_slices

log = logging.getLogger(__name__)

DENOISER = EncDecShape(widths=(40, 80, 128))
LUNGS = EncDecShape(dims=3, outputs=3, widths=(10, 20, 40), unshuffle=1, residual=False, normalise=False)


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
    """The low-dose CT denoiser: L1 on patches of generated chests."""
    folder = _folder(options, "ct-red-unet")
    if fit_first:
        log.info("simulating %d chests", options.anatomies)
        slices = training_slices(list(training_seeds(options.anatomies, options.seed)), 8, 2, options.processes)
        net, recipe = EncDec(DENOISER), fit.Recipe(options.minutes, options.seed)
        run = fit.fit(net, fit.denoising_batches(slices, options.seed), fit.l1, recipe, folder / WEIGHTS)
        _write_run(folder, "denoise", options, asdict(recipe) | asdict(run) | {"slices": len(slices.clean)})
    net = export.load(DENOISER, folder)
    parity = export.to_onnx(net, torch.randn(1, 1, 96, 128), folder)
    network = {"hu_scale": fit.HU_SCALE}
    export.write_card(folder, DENOISER, network, _about(folder, "ct/red-unet", parity))
    card = json.loads((folder / "card.json").read_text(encoding="utf-8"))
    export.write_json(folder / EVALUATION, evaluate.judge_denoiser(OnnxNet(folder / GRAPH), card["network"]))


def lungs(options: Options, *, fit_first: bool) -> None:
    """The lungs' 3D net: cross entropy and Dice on generated chests at 4 mm."""
    folder = _folder(options, "ct-lungs-unet3d")
    if fit_first:
        seeds = list(training_seeds(options.anatomies, options.seed + 20))
        shape = (76, 84, 96)
        with ProcessPoolExecutor(options.processes, mp_context=get_context("spawn")) as pool:
            volumes = list(pool.map(labelled_volume, seeds, [NET_PITCH_MM] * len(seeds), [shape] * len(seeds)))
        net, recipe = EncDec(LUNGS), fit.Recipe(options.minutes, options.seed, rate=3e-3)
        run = fit.fit(net, _label_batches(volumes, options.seed), _label_loss, recipe, folder / WEIGHTS)
        _write_run(folder, "lungs", options, asdict(recipe) | asdict(run) | {"volumes": len(volumes)})
    net = export.load(LUNGS, folder)
    parity = export.to_onnx(net, torch.randn(1, 1, *VOLUME_WINDOW), folder)
    export.write_card(folder, LUNGS, {"pitch_mm": NET_PITCH_MM}, _about(folder, "ct/lungs-unet3d", parity))
    export.write_json(folder / EVALUATION, evaluate.judge_lungs(OnnxNet(folder / GRAPH)))


def _label_batches(volumes: list[Any], seed: int, batch: int = 2) -> Iterator[fit.Batch]:
    """Endless windows, with HU scaled and shifted a little; never mirrored, for right must stay right."""
    rng = np.random.default_rng([seed, 41])
    while True:
        images = np.empty((batch, 1, *VOLUME_WINDOW), dtype=np.float32)
        labels = np.empty((batch, *VOLUME_WINDOW), dtype=np.int64)
        for number in range(batch):
            hu, truth = volumes[int(rng.integers(len(volumes)))]
            starts = [int(rng.integers(0, n - w + 1)) for n, w in zip(hu.shape, VOLUME_WINDOW, strict=True)]
            window = tuple(slice(s, s + w) for s, w in zip(starts, VOLUME_WINDOW, strict=True))
            values = hu[window].astype(np.float32) * rng.uniform(0.95, 1.05) + rng.normal(0, 20)
            values += rng.normal(0, rng.uniform(0, 40), VOLUME_WINDOW)
            images[number, 0] = to_net_range(values)
            labels[number] = truth[window]
        yield torch.from_numpy(images), torch.from_numpy(labels)


def _label_loss(scores: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
    """Cross entropy plus one minus soft Dice of the two lungs."""
    scores = scores.float()
    share = scores.softmax(dim=1)[:, 1:]
    truth = functional.one_hot(labels, 3).movedim(-1, 1)[:, 1:].float()
    overlap = (share * truth).sum(dim=(0, 2, 3, 4))
    soft = 2 * overlap / (share.sum(dim=(0, 2, 3, 4)) + truth.sum(dim=(0, 2, 3, 4)) + 1.0)
    return functional.cross_entropy(scores, labels) + (1 - soft).mean()


def _folder(options: Options, name: str) -> Path:
    folder = options.models / name
    folder.mkdir(parents=True, exist_ok=True)
    torch.set_num_threads(options.threads)
    return folder


def _about(folder: Path, method_id: str, parity: float) -> dict[str, Any]:
    training = json.loads((folder / "training.json").read_text(encoding="utf-8"))
    return {
        "method_id": method_id, "version": "1.0.0", "licence": "Apache-2.0", "training": training,
        "training_data": "generated chests only (inference/physics); no patient data", "onnx_parity": parity,
    }  # fmt: skip


def _write_run(folder: Path, task: str, options: Options, found: dict[str, float]) -> None:
    command = f"python -m inference.training {task} --minutes {options.minutes:g} --seed {options.seed} --anatomies {options.anatomies}"
    export.write_json(folder / "training.json", {"command": command, **found})


TASKS: dict[str, Callable[..., None]] = {"denoise": denoise, "lungs": lungs}
