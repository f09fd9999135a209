"""What a signed report rests on stays as it was signed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import TypeVar

from app.domain.measurement import Measurement
from app.domain.provenance import ReviewState
from app.domain.report import Report
from app.errors import Refused
from app.i18n import tr
from app.session.annotations import AnnotationState
from app.storage.repositories.reports import FROZEN, STATE_TITLES

T = TypeVar("T")


def require_kept(report: Report | None, before: AnnotationState, after: AnnotationState) -> None:
    """Raise `Refused` where a signed or final report carries a measurement or key image that is taken away or
    changed from `before` to `after`; it names the thing and the report's state.
    """
    if report is None or report.state not in FROZEN:
        return
    state = tr(STATE_TITLES[report.state])
    hint = "Have the report returned, or write a correction, first."
    measured = {m.tracking_uid for m in report.measurements}
    for m in _lost(measured, _by_uid(before[0]), _by_uid(after[0])):
        text = "The measurement {label} is part of the report, which is {state}: it stays as it is."
        raise Refused(text, hint=hint, label=m.label, state=state)
    shown = {k.key_id for k in report.key_images}
    keys = ({k.key_id: k for k in layer[1]} for layer in (before, after))
    for k in _lost(shown, *keys):
        text = "The key image “{caption}” is part of the report, which is {state}: it stays as it is."
        raise Refused(text, hint=hint, caption=k.caption, state=state)


def _by_uid(measurements: Iterable[Measurement]) -> dict[str, Measurement]:
    """What a doctor has said of a machine's measurement is no change of it."""
    return {m.tracking_uid: replace(m, review=ReviewState.ACCEPTED) for m in measurements}


def _lost(protected: Iterable[str], before: Mapping[str, T], after: Mapping[str, T]) -> list[T]:
    return [before[uid] for uid in protected if uid in before and after.get(uid) != before[uid]]
