"""One reading: the study on the table, its series, its priors, what was made of it."""

from __future__ import annotations

from psygnal import Signal

from app.domain.provenance import ResultState
from app.domain.study import Series, Study
from app.session.annotations import AnnotationLayer
from app.session.history import History


class Reading:
    """The open study.  Views listen to the signals; commands and services change it through the composition root."""

    study_changed = Signal()
    series_changed = Signal()
    results_changed = Signal()

    def __init__(self) -> None:
        self.history = History()
        self.annotations = AnnotationLayer(self.history)
        self.study: Study | None = None
        self.series: tuple[Series, ...] = ()
        self.priors: tuple[Study, ...] = ()
        self.current: Series | None = None
        self.results: tuple[ResultState, ...] = ()

    def open(self, study: Study, series: tuple[Series, ...], priors: tuple[Study, ...]) -> None:
        """Put a study on the table."""
        self.study, self.series, self.priors = study, series, priors
        self.current = None
        self.results = ()
        self.study_changed.emit()

    def show(self, series: Series) -> None:
        """Choose the series that the viewers show."""
        self.current = series
        self.series_changed.emit()

    def set_series(self, series: tuple[Series, ...]) -> None:
        """The study's series have changed (a result was added)."""
        self.series = series
        self.series_changed.emit()

    def set_results(self, results: tuple[ResultState, ...]) -> None:
        """What machines made of this study, with what people said of it."""
        self.results = results
        self.results_changed.emit()

    def close(self) -> None:
        """Clear the table."""
        self.study, self.series, self.priors, self.current, self.results = None, (), (), None, ()
        self.study_changed.emit()
