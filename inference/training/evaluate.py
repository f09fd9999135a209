"""Judging on anatomies that were never trained on, beside classical rivals on the same slices."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray
from skimage.restoration import denoise_nl_means, denoise_tv_chambolle

from app.domain.geometry import Grid
from app.errors import BadInput
from app.jobs import never_cancelled, no_progress
from inference.backends import Net
from inference.cuts import NET_PITCH_MM
from inference.denoise import denoise_image
from inference.phantom_source import make_phantom_study
from inference.physics.noise import Exposure
from inference.quality import dice, psnr, ssim
from inference.segment.lungs_classical import segment_lungs
from inference.segment.lungs_net import segment_lungs_by_net
from inference.training.details import judge_details
from inference.training.seeds import HELD_OUT_CHESTS, HELD_OUT_HEADS
from inference.training.simulate import Slices, labelled_volumes, slices_of_chest, slices_of_head

WINDOW = (-1000.0, 400.0)
EXPOSURES = {
    "low": Exposure(0.2),
    "ultra-low": Exposure(0.06),
    "lung kernel": Exposure(0.3, kernel_cutoff=0.0, kernel_sharpness=0.5),
}
TISSUES = {"lung": (-950, -700), "fat": (-130, -70), "soft tissue": (0, 100), "bone": (300, 1200)}

Image = NDArray[np.float32]
Denoise = Callable[[Image], Image]


def held_out_chests(seeds: tuple[int, ...], exposure: Exposure, size: int) -> Slices:
    """Two slices of each held-out chest."""
    parts = [slices_of_chest(seed, 2, 1, size, exposure) for seed in seeds]
    return Slices(np.concatenate([p.clean for p in parts]), np.concatenate([p.noise for p in parts]))


def judge_denoiser(net: Net, network: dict[str, Any], *, size: int = 512) -> dict[str, Any]:
    """Figures of ``evaluation.json``: family A at three exposures with rivals, family B, bias by tissue,
    details of a test object.
    """
    ours: Denoise = lambda image: denoise_image(net, image, network, 1.0)  # noqa: E731
    out: dict[str, Any] = {
        "window_hu": WINDOW,
        "A_seeds": HELD_OUT_CHESTS,
        "B_seeds": HELD_OUT_HEADS,
        "size": size,
        "A": {},
    }
    for name, exposure in EXPOSURES.items():
        slices = held_out_chests(HELD_OUT_CHESTS, exposure, size)
        out["A"][name] = {
            "dose": exposure.dose,
            "net": compare(slices, ours),
            "low dose": compare(slices, lambda image: image),
        }
        if name == "low":
            out["A"][name] |= rivals(slices, 8, ours)
            out["bias_hu"] = bias(slices, ours)
    heads = [slices_of_head(seed, 2, Exposure(0.1), size) for seed in HELD_OUT_HEADS]
    both = Slices(np.concatenate([h.clean for h in heads]), np.concatenate([h.noise for h in heads]))
    out["B"] = {
        "dose": 0.1,
        "net": compare(both, ours),
        "low dose": compare(both, lambda image: image),
    } | rivals(both, 4, ours)
    out["details"] = {name: judge_details(ours, EXPOSURES[name], size=size) for name in ("low", "ultra-low")}
    seeds, small = HELD_OUT_CHESTS[:2], 320
    out["recheck"] = {"seeds": seeds, "size": small} | compare(
        held_out_chests(seeds, EXPOSURES["low"], small), ours
    )
    low = out["A"]["low"]
    out["figures"] = [
        ["PSNR", low["net"]["psnr_db"], "dB"],
        ["PSNR gain", round(low["net"]["psnr_db"] - low["low dose"]["psnr_db"], 2), "dB"],
        ["SSIM", low["net"]["ssim"], ""],
        [
            "PSNR gain on other anatomy",
            round(out["B"]["net"]["psnr_db"] - out["B"]["low dose"]["psnr_db"], 2),
            "dB",
        ],
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
    """Non-local means and total variation, each at the best of four strengths, and ours on the same
    slices.
    """
    noise = float(np.median(np.abs(slices.noise[:count])) / 0.6745)

    def non_local(strength: float) -> Denoise:
        return lambda image: denoise_nl_means(
            image, patch_size=5, patch_distance=6, h=strength * noise, sigma=noise, fast_mode=True
        )

    def variation(strength: float) -> Denoise:
        return lambda image: (
            denoise_tv_chambolle(image / 1000.0, weight=strength * noise / 1000.0).astype(np.float32) * 1000
        )

    out: dict[str, Any] = {}
    for name, family, strengths in (
        ("NLM", non_local, (1.5, 2.5, 3.5, 5.0)),
        ("TV", variation, (1.3, 2.0, 3.0, 4.5)),
    ):
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


def judge_lungs(net: Net, seeds: tuple[int, ...] = HELD_OUT_CHESTS) -> dict[str, Any]:
    """Dice beside the classical pipeline: half of the seeds as low-dose studies, half as varied volumes on
    the net's grid.
    """
    whole, varied = seeds[: len(seeds) // 2], seeds[len(seeds) // 2 :]
    rows = []
    for seed in whole:
        study = make_phantom_study(
            seed=seed,
            shape=(80, 256, 256),
            spacing_mm=(4.0, 1.4, 1.4),
            dose=0.2,
            progress=no_progress,
            cancelled=never_cancelled,
        )
        x = study.grid.to_lps(np.indices(study.grid.shape).reshape(3, -1).T)[:, 0].reshape(study.grid.shape)
        rows.append(
            _compare_lungs(
                net, study.low_dose, study.grid, np.where(study.lungs > 0, np.where(x < 0, 1, 2), 0)
            )
        )
    harder = []
    for seed in varied:
        for hu, truth in labelled_volumes(seed, NET_PITCH_MM, (76, 84, 96), 3)[1:]:
            grid = Grid(
                hu.shape,
                (NET_PITCH_MM,) * 3,
                (0.0, 0.0, 0.0),
                ((0.0, 0.0, 1.0), (0.0, 1.0, 0.0), (1.0, 0.0, 0.0)),
            )
            harder.append(_compare_lungs(net, hu, grid, truth))
    plain, hard = np.mean(rows, axis=0), np.mean(harder, axis=0)
    least = [float(np.min(np.array(part)[:, 0])) for part in (rows, harder)]
    out: dict[str, Any] = {"A_seeds": whole, "varied_seeds": varied}
    for prefix, mean, lowest in (("", plain, least[0]), ("varied_", hard, least[1])):
        names = ("dice_net", "dice_net_right", "dice_net_left", "dice_classical")
        out |= {prefix + name: round(float(value), 4) for name, value in zip(names, mean, strict=True)}
        out[f"{prefix}least_dice_net"] = round(lowest, 4)
    out["figures"] = [
        ["Dice", out["dice_net"], ""],
        ["Dice of the classical method", out["dice_classical"], ""],
        ["Dice with findings and other bodies", out["varied_dice_net"], ""],
    ]
    return out


def _compare_lungs(
    net: Net, hu: NDArray[np.int16], grid: Grid, truth: NDArray[Any]
) -> tuple[float, float, float, float]:
    """Dice of the net (both lungs, right, left) and of the classical pipeline (both)."""
    found: list[NDArray[np.uint8]] = []
    for by_net in (True, False):
        try:
            if by_net:
                found.append(
                    segment_lungs_by_net(net, hu, grid, progress=no_progress, cancelled=never_cancelled)
                )
            else:
                found.append(segment_lungs(hu, grid, progress=no_progress, cancelled=never_cancelled))
        except BadInput:  # no lung seen
            found.append(np.zeros(hu.shape, dtype=np.uint8))
    labels, classical = found
    return (
        dice(labels > 0, truth > 0),
        dice(labels == 1, truth == 1),
        dice(labels == 2, truth == 2),
        dice(classical > 0, truth > 0),
    )
