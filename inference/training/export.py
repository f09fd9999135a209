"""Weights to a released model folder: ONNX beside safetensors, checksums in the card."""

from __future__ import annotations

import json
import warnings
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors.torch import load_file

from inference.backends import OnnxNet
from inference.model_folder import CARD, GRAPH, WEIGHTS, sha256
from inference.nets.encdec import EncDec, EncDecShape

#: largest difference between torch and ONNX Runtime that a release may have, in units of the net
PARITY = 1e-4


def load(shape: EncDecShape, folder: Path) -> EncDec:
    """The net with the folder's weights."""
    net = EncDec(shape)
    net.load_state_dict(load_file(folder / WEIGHTS))
    net.eval()
    return net


def to_onnx(net: EncDec, example: torch.Tensor, folder: Path) -> float:
    """Write ``model.onnx``; the largest difference to torch on `example`, which must be under `PARITY`."""
    target = folder / GRAPH
    draft = target.with_suffix(".part")
    names = ("slice", "row", "column")[-(example.ndim - 2) :]
    axes = {0: "batch"} | {number + 2: name for number, name in enumerate(names)}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the exporter's word on its own future
        torch.onnx.export(
            net,
            (example,),
            str(draft),
            input_names=["image"],
            output_names=["result"],
            opset_version=17,
            dynamic_axes={"image": axes, "result": axes},
            dynamo=False,
        )
    draft.replace(target)
    with torch.inference_mode():
        expected = net(example).numpy()
    difference = float(np.abs(OnnxNet(target)(example.numpy()) - expected).max())
    if difference > PARITY:
        raise RuntimeError(f"ONNX differs from torch by {difference}")
    return difference


def write_card(folder: Path, shape: EncDecShape, network: dict[str, Any], about: dict[str, Any]) -> None:
    """``card.json`` with what the run needs and the checksums that it insists on."""
    card = {
        **about,
        "architecture": asdict(shape),
        "network": {"reach": shape.reach, "multiple": shape.multiple, **network},
        "parameters": sum(parameter.numel() for parameter in EncDec(shape).parameters()),
        "files": {name: sha256(folder / name) for name in (WEIGHTS, GRAPH)},
    }
    write_json(folder / CARD, card)


def write_json(path: Path, content: dict[str, Any]) -> None:
    """Whole or not at all."""
    draft = path.with_suffix(".part")
    draft.write_text(json.dumps(content, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    draft.replace(path)
