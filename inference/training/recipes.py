"""The recipes of the shipped models, one function each."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass
from itertools import repeat
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch.nn import functional

from inference.backends import OnnxNet
from inference.cuts import NET_PITCH_MM, VOLUME_WINDOW
from inference.model_folder import CARD, EVALUATION, GRAPH, WEIGHTS
from inference.nets.encdec import EncDecShape
from inference.runtime import cpu_name
from inference.segment.lungs_net import to_net_range
from inference.training import evaluate, export, fit
from inference.training.seeds import training_seeds
from inference.training.simulate import labelled_volumes, training_slices

log = logging.getLogger(__name__)

DENOISER = EncDecShape(widths=(40, 80, 128))
#: how often each chest of the lungs' training is varied, beside itself
_VARIATIONS = 7
LUNGS = EncDecShape(dims=3, outputs=3, widths=(16, 32, 48), unshuffle=1, residual=False, normalise=False)


@dataclass(frozen=True, slots=True)
class Options:
    """What the command line chose."""

    steps: int
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
        slices = training_slices(
            list(training_seeds(options.anatomies, options.seed)), 8, 2, options.processes
        )
        recipe = fit.Recipe(options.steps, options.seed)
        run = fit.fit(DENOISER, fit.denoising_batches(slices, options.seed), fit.l1, recipe, folder / WEIGHTS)
        _write_run(folder, "denoise", options, asdict(recipe) | asdict(run) | {"slices": len(slices.clean)})
    net = export.load(DENOISER, folder)
    parity = export.to_onnx(net, torch.randn(1, 1, 96, 128), folder)
    network = {"hu_scale": fit.HU_SCALE}
    export.write_card(folder, DENOISER, network, _about(folder, "ct/red-unet", parity))
    card = json.loads((folder / CARD).read_text(encoding="utf-8"))
    export.write_json(folder / EVALUATION, evaluate.judge_denoiser(OnnxNet(folder / GRAPH), card["network"]))
    _describe(folder, "Low-dose CT denoiser (ct/red-unet)", _DENOISER_TEXT)


def lungs(options: Options, *, fit_first: bool) -> None:
    """The lungs' 3D net: cross entropy and Dice on generated chests at 4 mm."""
    folder = _folder(options, "ct-lungs-unet3d")
    if fit_first:
        seeds = list(training_seeds(options.anatomies, options.seed + 20))
        shape = (76, 84, 96)
        with ProcessPoolExecutor(options.processes, mp_context=get_context("spawn")) as pool:
            parts = pool.map(
                labelled_volumes, seeds, repeat(NET_PITCH_MM), repeat(shape), repeat(_VARIATIONS)
            )
            volumes = [volume for part in parts for volume in part]
        recipe = fit.Recipe(options.steps, options.seed, rate=2e-3)
        run = fit.fit(LUNGS, _label_batches(volumes, options.seed), _label_loss, recipe, folder / WEIGHTS)
        _write_run(folder, "lungs", options, asdict(recipe) | asdict(run) | {"volumes": len(volumes)})
    net = export.load(LUNGS, folder)
    parity = export.to_onnx(net, torch.randn(1, 1, *VOLUME_WINDOW), folder)
    export.write_card(folder, LUNGS, {"pitch_mm": NET_PITCH_MM}, _about(folder, "ct/lungs-unet3d", parity))
    export.write_json(folder / EVALUATION, evaluate.judge_lungs(OnnxNet(folder / GRAPH)))
    _describe(folder, "Lungs by a small 3D U-Net (ct/lungs-unet3d)", _LUNGS_TEXT)


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


def _describe(folder: Path, name: str, text: str) -> None:
    """``MODEL_CARD.md``: the words with the figures of card and evaluation."""
    card, told = (json.loads((folder / file).read_text(encoding="utf-8")) for file in (CARD, EVALUATION))
    figures = "\n".join(f"| {figure} | {value} {unit} |" for figure, value, unit in told["figures"])
    training = card["training"]
    told_of_training = f"| of the training | {training['note']} |\n" if "note" in training else ""
    words = f"{text}\n\n{_details(told['details'])}" if "details" in told else text
    (folder / "MODEL_CARD.md").write_text(
        f"# {name}\n\n{words}\n\n| | |\n|---|---|\n| method | `{card['method_id']}` {card['version']} |\n"
        f"| parameters | {card['parameters']:,} |\n| licence | {card['licence']} |\n| training data | {card['training_data']} |\n"
        f"| training | `{training['command']}` ({training['steps']} steps, {training['seconds'] / 60:.0f} min) |\n"
        f"{told_of_training}| ONNX against torch | {card['onnx_parity']:.1e} |\n{figures}\n\n"
        "All figures are of generated studies whose anatomies were not trained on (`evaluation.json`). "
        "They show order and feasibility, not clinical performance.\n\n"
        f"Judge again: `python -m inference.training {training['command'].split()[3]} --evaluate-only`\n",
        encoding="utf-8",
    )


def _details(told: dict[str, Any]) -> str:
    """What the net does to edges, low contrasts and even areas, by dose."""
    lines = ["**Details of a test object** (`inference/training/details.py`; mean of several exposures):", ""]
    for name, found in told.items():
        edges = ", ".join(
            f"{edge} {mm['truth_mm']} → {mm['net_mm']}" for edge, mm in found["edge_10_90"].items()
        )
        kept = ", ".join(f"{spot} {100 * share:.0f} %" for spot, share in found["contrast_kept"].items())
        even = found["even"]
        before, after = even["low_dose_sd_of_5mm_means_hu"], even["net_sd_of_5mm_means_hu"]
        added = "these means vary less, not more" if after <= before else "these means vary more"
        lines += [
            f"- {name} ({found['dose']:g} of a diagnostic dose): width of edges in mm, exact → denoised: {edges}.",
            f"  Contrast kept of discs in water: {kept}.",
            f"  Even water: noise {even['low_dose_sd_hu']} → {even['net_sd_hu']} HU, of means over 5 mm "
            f"{before} → {after} HU ({added}), "
            f"mean {even['low_dose_mean_hu']} → {even['net_mean_hu']} HU.",
        ]
    return "\n".join(lines)


_DENOISER_TEXT = """\
Residual encoder-decoder on the 2×2 unshuffled image that lowers the noise of
low-dose CT (DB13/T 5.2.1), image by image.

**Made for** CT in HU, transverse, pixels of 0.3–1.3 mm, any reconstruction kernel from soft to lung, about 1/30 of a
diagnostic chest dose upwards. **Not made for** other modalities, synthetic dose calculation, or any diagnostic claim.

**How trained.** Chests are generated (`inference/physics/phantom.py`), projected, exposed with Poisson counts and
electronic noise, reconstructed with random kernels; the target is the exact anatomy. L1, AdamW, running mean of weights.
The demo study's seed and anatomy are excluded, and so are all seeds of the evaluation. Family B of the evaluation is a
head of another generator altogether.

**Known limits.** Not validated on patients. Spots of low contrast are smoothed with the noise: of discs of 10–40 HU in water those of
4 and 6 mm keep at most a third of their contrast at low dose, those of 10 mm about 40 to 90 %, and all keep less at ultra-low dose
(below), so a small lesion of the liver may vanish. Edges of large discs of high contrast stay about as sharp; small nodules and
vessels were not measured. Bone loses a few HU of its peaks (`bias_hu`). Edges of the generated images are as
sharp as the pixel, not blurred by focus and kernel as a scanner's. PSNR and SSIM (Wang 2004) do not measure how well small lesions
are seen: keep the original at hand."""

_LUNGS_TEXT = """\
Small 3D U-Net that labels right and left lung on a 4 mm grid (DB13/T 5.3.2, 5.3.3).

**Made for** transverse chest CT in HU. **Not made for** children, collapsed lung, lungs after an operation, or any diagnostic claim: it
shows the pipeline from training to DICOM SEG.

**How trained.** Generated chests with exact labels, each as it is and in seven variations: other sizes and postures, arms, tables,
gas in the bowel, effusion, consolidation, ground glass, emphysema, metal, kernels, noise, cut fields of view
(`inference/training/variation.py`); cross entropy and soft Dice. The demo study's seed and anatomy are excluded, and so are all
seeds of the evaluation. No patient data."""


def _folder(options: Options, name: str) -> Path:
    folder = options.models / name
    folder.mkdir(parents=True, exist_ok=True)
    torch.set_num_threads(options.threads)
    return folder


def _about(folder: Path, method_id: str, parity: float) -> dict[str, Any]:
    training = json.loads((folder / "training.json").read_text(encoding="utf-8"))
    return {
        "method_id": method_id,
        "version": "1.0.0",
        "licence": "Apache-2.0",
        "training": training,
        "training_data": "generated chests only (inference/physics); no patient data",
        "onnx_parity": parity,
    }


def _write_run(folder: Path, task: str, options: Options, found: dict[str, float]) -> None:
    command = (
        f"python -m inference.training {task} --steps {options.steps} --seed {options.seed} "
        f"--anatomies {options.anatomies} --threads {options.threads}"
    )
    made_with = {
        "torch": torch.__version__,
        "processor": cpu_name(),
        "instructions": torch.backends.cpu.get_cpu_capability(),
    }
    export.write_json(folder / "training.json", {"command": command, **found, **made_with})


TASKS: dict[str, Callable[..., None]] = {"denoise": denoise, "lungs": lungs}
