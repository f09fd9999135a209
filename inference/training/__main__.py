"""Command line of training: simulate, fit, evaluate, export into a model folder."""

from __future__ import annotations

import argparse
import logging
from pathlib import Path

from inference.training import recipes

_MODELS = Path(__file__).parents[2] / "resources" / "models"


def main() -> None:
    """Parse and run."""
    parser = argparse.ArgumentParser(prog="python -m inference.training", description=__doc__)
    parser.add_argument("task", choices=sorted(recipes.TASKS))
    parser.add_argument(
        "--steps",
        type=int,
        default=10_000,
        help="steps of the fit; with --seed, --anatomies and --threads they fix the result",
    )
    parser.add_argument(
        "--seed", type=int, default=1, help="number of the run; chooses the training anatomies"
    )
    parser.add_argument("--anatomies", type=int, default=48)
    parser.add_argument("--threads", type=int, default=1, help="for the fit; sums depend on their number")
    parser.add_argument("--processes", type=int, default=2, help="for the simulation")
    parser.add_argument("--models", type=Path, default=_MODELS, help="folder of the model folders")
    parser.add_argument(
        "--evaluate-only", action="store_true", help="judge and export the weights that are there"
    )
    given = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    options = recipes.Options(
        given.steps, given.seed, given.anatomies, given.threads, given.processes, given.models
    )
    recipes.TASKS[given.task](options, fit_first=not given.evaluate_only)


if __name__ == "__main__":
    main()
