"""Judging on anatomies that were never trained on, beside classical rivals on the same slices."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray
from skimage.restoration import denoise_nl_means, denoise_tv_chambolle

from app.domain.geometry import Grid
from app.jobs import never_cancelled, no_progress
from inference.backends import Net
from inference.denoise import denoise_image
from inference.phantom_source import make_phantom_study
from inference.physics.noise import Exposure
from inference.quality import dice, psnr, ssim
from inference.segment.lungs_classical import segment_lungs
from inference.segment.lungs_net import segment_lungs_by_net
from inference.training.seeds import HELD_OUT_CHESTS, HELD_OUT_HEADS
from inference.training.simulate import Slices, slices_of_chest, slices_of_head

WINDOW = (-1000.0, 400.0)
EXPOSURES = {"low": Exposure(0.2), "ultra-low": Exposure(0.06), "lung kernel": Exposure(0.3, kernel_cutoff=0.0, kernel_sharpness=0.5)}
TISSUES = {"lung": (-950, -700), "fat": (-130, -70), "soft tissue": (0, 100), "bone": (300, 1200)}

Image = NDArray[np.float32]
Denoise = Callable[[Image], Image]


def held_out_chests(seeds: tuple[int, ...], exposure: Exposure, size: int) -> Slices:
    """Two slices of each held-out chest."""
    parts = [slices_of_chest(seed, 2, 1, size, exposure) for seed in seeds]
    return Slices(np.concatenate([p.clean for p in parts]), np.concatenate([p.noise for p in parts]))


def judge_denoiser(net: Net, network: dict[str, Any], *, size: int = 512) -> dict[str, Any]:
    """Figures of ``evaluation.json``: family A at three exposures with rivals, family B, bias by tissue."""
    ours: Denoise = lambda image: denoise_image(net, image, network, 1.0)  # noqa: E731
    out: dict[str, Any] = {"window_hu": WINDOW, "A_seeds": HELD_OUT_CHESTS, "B_seeds": HELD_OUT_HEADS, "size": size, "A": {}}
    for name, exposure in EXPOSURES.items():
        slices = held_out_chests(HELD_OUT_CHESTS, exposure, size)
        out["A"][name] = {"dose": exposure.dose, "net": compare(slices, ours), "low dose": compare(slices, lambda image: image)}
        if name == "low":
            out["A"][name] |= rivals(slices, 8, ours)
            out["bias_hu"] = bias(slices, ours)
    heads = [slices_of_head(seed, 2, Exposure(0.1), size) for seed in HELD_OUT_HEADS]
    both = Slices(np.concatenate([h.clean for h in heads]), np.concatenate([h.noise for h in heads]))
    out["B"] = {"dose": 0.1, "net": compare(both, ours), "low dose": compare(both, lambda image: image)} | rivals(both, 4, ours)
    seeds, small = HELD_OUT_CHESTS[:2], 320
    out["recheck"] = {"seeds": seeds, "size": small} | compare(held_out_chests(seeds, EXPOSURES["low"], small), ours)
    low = out["A"]["low"]
    out["figures"] = [
        ["PSNR", low["net"]["psnr_db"], "dB"],
        ["PSNR gain", round(low["net"]["psnr_db"] - low["low dose"]["psnr_db"], 2), "dB"],
        ["SSIM", low["net"]["ssim"], ""],
        ["PSNR gain on other anatomy", round(out["B"]["net"]["psnr_db"] - out["B"]["low dose"]["psnr_db"], 2), "dB"],
    ]
    return out


def compare(slices: Slices, denoise: Denoise, count: int | None = None) -> dict[str, float]:
    """Mean PSNR and SSIM of single slices."""
    rows = []
    for clean, noise in list(zip(slices.clean, slices.noise[:, 0], strict=True))[:count]:
        truth = clean.astype(np.float32)
        found = denoise(truth + noise)
        rows.append((psnr(found[None], truth[None], WINDOW), ssim(found, truth, WINDOW)))
    mean = np.mean(rows, axis=0)
    return {"psnr_db": round(float(mean[0]), 2), "ssim": round(float(mean[1]), 4), "slices": len(rows)}


def rivals(slices: Slices, count: int, ours: Denoise) -> dict[str, Any]:
    """Non-local means and total variation, each at the best of four strengths, and ours on the same slices."""
    noise = float(np.median(np.abs(slices.noise[:count])) / 0.6745)

    def non_local(strength: float) -> Denoise:
        return lambda image: denoise_nl_means(image, patch_size=5, patch_distance=6, h=strength * noise, sigma=noise, fast_mode=True)

    def variation(strength: float) -> Denoise:
        return lambda image: denoise_tv_chambolle(image / 1000.0, weight=strength * noise / 1000.0).astype(np.float32) * 1000

    out: dict[str, Any] = {}
    for name, family, strengths in (("NLM", non_local, (1.5, 2.5, 3.5, 5.0)), ("TV", variation, (1.3, 2.0, 3.0, 4.5))):
        tried = [compare(slices, family(strength), count) | {"strength": strength} for strength in strengths]
        out[name] = max(tried, key=lambda row: row["psnr_db"])
    out["net on the rivals' slices"] = compare(slices, ours, count)
    return out


def bias(slices: Slices, denoise: Denoise) -> dict[str, float]:
    """Mean of (denoised − truth) in HU, by the tissue that the truth is."""
    sums = {name: [0.0, 0] for name in TISSUES}
    for clean, noise in zip(slices.clean, slices.noise[:, 0], strict=True):
        truth = clean.astype(np.float32)
        error = denoise(truth + noise) - truth
        for name, (low, high) in TISSUES.items():
            where = (truth >= low) & (truth <= high)
            sums[name][0] += float(error[where].sum(dtype=np.float64))
            sums[name][1] += int(where.sum())
    return {name: round(total / max(1, count), 3) for name, (total, count) in sums.items()}


def judge_lungs(net: Net, seeds: tuple[int, ...] = HELD_OUT_CHESTS[:4]) -> dict[str, Any]:
    """Dice on held-out chests at low dose, beside the classical pipeline."""
    rows = []
    for seed in seeds:
        study = make_phantom_study(
            seed=seed, shape=(80, 256, 256), spacing_mm=(4.0, 1.4, 1.4), dose=0.2, progress=no_progress, cancelled=never_cancelled
        )
        grid: Grid = study.grid
        by_net = segment_lungs_by_net(net, study.low_dose, grid, progress=no_progress, cancelled=never_cancelled)
        classical = segment_lungs(study.low_dose, grid, progress=no_progress, cancelled=never_cancelled)
        right = (study.lungs > 0) & (grid.to_lps(np.indices(grid.shape).reshape(3, -1).T)[:, 0].reshape(grid.shape) < 0)
        rows.append((dice(by_net > 0, study.lungs > 0), dice(classical > 0, study.lungs > 0), dice(by_net == 1, right)))
    mean = np.mean(rows, axis=0)
    return {
        "A_seeds": seeds, "dice_net": round(float(mean[0]), 4), "dice_classical": round(float(mean[1]), 4),
        "dice_right_net": round(float(mean[2]), 4), "least_dice_net": round(float(np.min([r[0] for r in rows])), 4),
        "figures": [["Dice", round(float(mean[0]), 4), ""], ["Dice of the classical method", round(float(mean[1]), 4), ""]],
    }  # fmt: skip
