"""The table of all marks of a study: what its rows say, and the same as text with tabs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from app.annotation.comparison import Comparison, SizeChange, compared
from app.annotation.measuring import details, value_lines
from app.annotation.prior_marks import PriorMarks
from app.domain.image import Image
from app.domain.measurement import MarkState, Measurement
from app.domain.provenance import ReviewState
from app.domain.study import Series
from app.i18n import tr
from app.session.annotations import AnnotationLayer
from app.viewing.anchors import anchor_label
from app.viewing.shapes import ShapeTypes
from app.viewing.shapes.words import concept_text, sizes_text
from app.viewing.wording import number


@dataclass(frozen=True, slots=True)
class MarkRow:
    """One mark in the table."""

    mark: Measurement
    state: MarkState
    place: str
    lines: tuple[str, ...]
    #: what was measured besides
    details: tuple[str, ...] = ()
    comparison: Comparison | None = None
    #: what was measured on the prior
    prior_lines: tuple[str, ...] = ()
    #: from the prior to the present examination; None where a date is not known
    days: int | None = None

    @property
    def unconfirmed(self) -> bool:
        """A machine measured it, and nobody has confirmed it."""
        return self.mark.review is ReviewState.UNCONFIRMED


def mark_rows(
    layer: AnnotationLayer,
    images: tuple[Image, ...],
    shapes: ShapeTypes,
    priors: Sequence[PriorMarks] = (),
    done_at: datetime | None = None,
    series: Sequence[Series] = (),
) -> tuple[MarkRow, ...]:
    """A row for every mark, in the order they were made; `done_at` is when the study was, `series` are
    its series with pictures.
    """
    marks, rows = layer.measurements, []
    for mark in marks:
        state = layer.state(mark.tracking_uid)
        comparison = compared(mark, state, priors, marks, shapes)
        before = comparison.prior_at if comparison is not None else None
        days = (done_at.date() - before.date()).days if done_at is not None and before is not None else None
        rows.append(
            MarkRow(
                mark=mark,
                state=state,
                place=anchor_label(mark.anchor, images, series),
                lines=value_lines(mark, shapes),
                details=details(mark, shapes),
                comparison=comparison,
                prior_lines=value_lines(comparison.prior, shapes) if comparison is not None else (),
                days=days,
            )
        )
    return tuple(rows)


@dataclass(frozen=True, slots=True)
class SizeWords:
    """One size before and now in words, in one unit, and its change: the figure, then percent."""

    what: str
    before: str
    now: str
    difference: str
    percent: str
    unit: str
    #: how fast a volume grows, or ""
    doubling: str = ""

    @property
    def change(self) -> str:
        """E.g. ``+8.2 mm  +50 %``."""
        return "  ".join(x for x in (_with_unit(self.difference, self.unit), self.percent) if x)


def size_words(size: SizeChange, days: int | None = None) -> SizeWords:
    """A size in words, and how it grows where the days between are known."""
    doubling = size.doubling_days(days) if days is not None else None
    (before, now, away), unit = sizes_text((size.before, size.now, abs(size.difference)), size.unit)
    percent = f"{number(abs(size.percent), 0)} %" if size.percent is not None else ""
    return SizeWords(
        what=concept_text(size.concept),
        before=_with_unit(before, unit),
        now=_with_unit(now, unit),
        difference=_signed(away, size.difference),
        percent=_signed(percent, size.difference),
        unit=unit,
        doubling=tr("Doubling time {days} d", days=number(doubling)) if doubling is not None else "",
    )


def _with_unit(figure: str, unit: str) -> str:
    return f"{figure}{unit}" if unit == "°" else f"{figure} {unit}"


def _signed(text: str, value: float) -> str:
    """With its sign; what rounds to nothing has none."""
    nothing = not any(c in "123456789" for c in text)
    return text if nothing else f"{'+' if value > 0 else '−'}{text}"


def as_text(rows: Sequence[MarkRow]) -> str:
    """Rows with a header, cells apart by tabs, as table programs take them."""
    head = (tr("Mark"), tr("Values"), tr("Image"), tr("Prior values"), tr("Prior date"), tr("Size change"))
    return "\n".join("\t".join(_cell(cell) for cell in cells) for cells in (head, *map(_cells, rows))) + "\n"


def _cells(row: MarkRow) -> tuple[str, ...]:
    values = "; ".join((*row.lines, *row.details))
    if row.unconfirmed:
        values = f"{values} ({tr('AI · not confirmed')})"
    if row.comparison is None:
        return (row.mark.label, values, row.place, "", "", "")
    at = row.comparison.prior_at
    return (
        row.mark.label,
        values,
        row.place,
        "; ".join(row.prior_lines),
        f"{at:%Y-%m-%d}" if at is not None else "",
        "; ".join(
            "  ".join(x for x in (words.change, words.doubling) if x)
            for words in (size_words(size, row.days) for size in row.comparison.sizes)
        ),
    )


def _cell(text: str) -> str:
    """One line; a name that table programs would take for a formula is kept a text."""
    line = " ".join(text.split())
    return f"'{line}" if line.startswith(("=", "+", "@")) and not line[1:2].isdigit() else line
