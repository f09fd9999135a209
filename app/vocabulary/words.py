"""What is said of a release that was taken in."""

from __future__ import annotations

from app.i18n import tr
from app.terminology.term import RELEASE
from app.vocabulary.service import Taken


def taken_words(taken: Taken) -> list[str]:
    """Lines about a release: its version and counts, and what differs from before."""
    version = taken.version or tr("of no told version")
    lines = [
        tr("RadLex {version}, from {file}", version=version, file=taken.file),
        tr(
            "Concepts: {n}; with Chinese names: {chinese}; obsolete, left out: {obsolete}",
            n=f"{taken.concepts:,}",
            chinese=f"{taken.chinese:,}",
            obsolete=f"{taken.obsolete:,}",
        ),
    ]
    if taken.before and taken.before != RELEASE + (taken.version or taken.file):
        lines.append(
            tr(
                "In use before: {before}. Reports keep the codes that they were written with.",
                before=taken.before,
            )
        )
    if taken.renamed:
        lines.append(tr("Renamed in this release, so without our Chinese name: {n}", n=taken.renamed))
    if taken.skipped:
        lines.append(tr("Rows without a RadLex identifier or an English name: {n}", n=f"{taken.skipped:,}"))
    return lines
