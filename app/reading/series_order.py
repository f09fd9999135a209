"""In which order a reader wants the series of a study."""

from __future__ import annotations

from collections.abc import Sequence

from app.domain.study import NO_PICTURE, Series

#: modalities of what is read page by page, the most telling first
_READ_FIRST = ("SR", "DOC", "OT", "ECG", "HD", "EPS", "RESP", "KO")


def best_first(series: Sequence[Series]) -> list[Series]:
    """Series that may have pictures by what a reader wants first: original images, most of them."""
    images = [s for s in series if s.modality not in NO_PICTURE]
    return sorted(images, key=lambda s: (not s.derived, s.n_instances), reverse=True)


def best_series(series: Sequence[Series]) -> Series | None:
    """The first of them."""
    return next(iter(best_first(series)), None)


def first_page(series: Sequence[Series]) -> Series | None:
    """Of a study without images the series that is read first: reports, documents, curves, then the rest."""

    def rank(one: Series) -> int:
        known = one.modality in _READ_FIRST
        return _READ_FIRST.index(one.modality) if known else len(_READ_FIRST)

    return min(series, key=rank, default=None)
