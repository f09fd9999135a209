"""A shipped model on disk: card, weights, evaluation.  Weights are used only as the card knows them."""

from __future__ import annotations

import hashlib
import json
from functools import cached_property
from pathlib import Path
from typing import Any

from app.errors import BadInput

CARD = "card.json"
WEIGHTS = "model.safetensors"
GRAPH = "model.onnx"
EVALUATION = "evaluation.json"


class ModelFolder:
    """One folder under ``resources/models``."""

    def __init__(self, path: Path) -> None:
        self.path = path

    @cached_property
    def card(self) -> dict[str, Any]:
        """``card.json``; an absent or broken one is a `BadInput`."""
        return self._json(CARD)

    @property
    def weights_sha256(self) -> str:
        """SHA-256 of the weights as the card has it; empty where the folder has no card."""
        if not (self.path / CARD).is_file():
            return ""
        return str(self.card["files"][WEIGHTS])

    @property
    def figures(self) -> tuple[tuple[str, float, str], ...]:
        """Held-out figures that the panel shows, as (name, value, unit)."""
        if not (self.path / EVALUATION).is_file():
            return ()
        return tuple((str(n), float(v), str(u)) for n, v, u in self._json(EVALUATION).get("figures", []))

    def verified(self, name: str) -> Path:
        """Path of a file whose checksum is that of the card."""
        file = self.path / name
        if not file.is_file():
            raise BadInput(
                "The model file {name} is missing.",
                hint="Install the program again or restore the file from its package.",
                name=f"{self.path.name}/{name}",
            )
        expected, found = str(self.card["files"].get(name, "")), sha256(file)
        if expected != found:
            raise BadInput(
                "The model file {name} is not the one that was released: its checksum must be "
                "{expected}, found {found}.",
                hint="Install the program again or restore the file from its package.",
                name=f"{self.path.name}/{name}",
                expected=expected or "–",
                found=found,
            )
        return file

    def _json(self, name: str) -> dict[str, Any]:
        file = self.path / name
        try:
            text: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
        except OSError as error:
            raise BadInput(
                "The model file {name} is missing.",
                hint="Install the program again or restore the file from its package.",
                name=f"{self.path.name}/{name}",
            ) from error
        except ValueError as error:
            raise BadInput(
                "The model file {name} cannot be read: {reason}.",
                name=f"{self.path.name}/{name}",
                reason=error,
            ) from error
        return text


def sha256(file: Path) -> str:
    """SHA-256 of a file, hexadecimal."""
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
