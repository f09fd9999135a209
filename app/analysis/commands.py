"""Commands of analysis."""

from __future__ import annotations

from app.analysis.controller import AnalysisController
from app.domain.provenance import ReviewState
from app.session.commands import Command
from app.session.session import Session


def commands(session: Session) -> list[Command]:
    """Planning, running, saying what a result is worth."""
    analysis = session.get(AnalysisController)

    def has_images() -> bool:
        return session.loaded.volume is not None

    return [
        Command("analysis.plan", "Plan analysis", analysis.make_plan, palette=False, enabled=has_images),
        Command("analysis.run", "Run analysis", analysis.run, palette=False, enabled=has_images),
        Command(
            "result.accept",
            "Confirm result",
            lambda result_id: analysis.review(result_id, ReviewState.ACCEPTED),
            palette=False,
        ),
        Command(
            "result.discard",
            "Discard result",
            lambda result_id: analysis.review(result_id, ReviewState.DISCARDED),
            palette=False,
        ),
    ]
