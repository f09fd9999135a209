"""Nets as functions of arrays, whichever library runs them.  Loaded in the worker process alone."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from app.errors import LimitExceeded, Unavailable
from inference.model_folder import GRAPH, WEIGHTS, ModelFolder

Floats = NDArray[np.float32]


class Net(Protocol):
    """A net: (batch, channel, …) float32 in and out.  Safe to call from several threads."""

    def __call__(self, x: Floats) -> Floats: ...


class OnnxNet:
    """ONNX Runtime on the CPU, one thread a call: callers run several calls side by side.

    Threads of one call wait for each other at every layer, which is slow on a busy machine and makes sums
    depend on their number; calls side by side do neither.
    """

    def __init__(self, graph: Path) -> None:
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        options.inter_op_num_threads = 1
        options.enable_cpu_mem_arena = False
        options.enable_mem_pattern = False
        options.log_severity_level = 3
        self._session = onnxruntime.InferenceSession(str(graph), options, providers=["CPUExecutionProvider"])
        self._input = self._session.get_inputs()[0].name

    def __call__(self, x: Floats) -> Floats:
        """Run."""
        out: Floats = self._session.run(None, {self._input: np.ascontiguousarray(x, dtype=np.float32)})[0]
        return out


class TorchNet:
    """torch on CUDA in float32 (TF32 off: the same precision as on the CPU), with algorithms that give the
    same bytes every time.
    """

    def __init__(self, folder: ModelFolder, weights: Path, device: str) -> None:
        import torch
        from safetensors.torch import load_file

        from inference.nets.encdec import EncDec, EncDecShape

        if device.startswith("cuda") and not torch.cuda.is_available():
            raise Unavailable(
                "The computing library here cannot use the graphics processor {device}.",
                hint="Install the CUDA build of torch, or choose the processor (cpu).",
                device=device,
            )
        torch.backends.cuda.matmul.allow_tf32 = False
        torch.backends.cudnn.allow_tf32 = False
        torch.backends.cudnn.deterministic = True
        torch.backends.cudnn.benchmark = False
        self._torch, self._device = torch, device
        architecture: dict[str, Any] = dict(folder.card["architecture"])
        architecture["widths"] = tuple(architecture["widths"])
        self._net = EncDec(EncDecShape(**architecture))
        self._net.load_state_dict(load_file(weights))
        self._net.eval().to(device)

    def __call__(self, x: Floats) -> Floats:
        """Run; `LimitExceeded` where the graphics processor has too little memory."""
        try:
            with self._torch.inference_mode():
                out: Floats = (
                    self._net(self._torch.from_numpy(np.ascontiguousarray(x)).to(self._device))
                    .float()
                    .cpu()
                    .numpy()
                )
        except self._torch.OutOfMemoryError as error:
            raise LimitExceeded(
                "The graphics processor {device} has too little free memory for this analysis.",
                hint="Close other programs that use it, or choose the processor (cpu).",
                device=self._device,
            ) from error
        return out


def load(folder: ModelFolder, device: str) -> Net:
    """The net of a model folder for ``cpu`` or ``cuda:N``; its files are checked first."""
    if device == "cpu":
        return OnnxNet(folder.verified(GRAPH))
    return TorchNet(folder, folder.verified(WEIGHTS), device)
