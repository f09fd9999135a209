"""The open study: its series, its priors, what was made of it."""

from __future__ import annotations

from psygnal import Signal

from app.domain.provenance import ResultState, ReviewState
from app.domain.study import NO_PICTURE, Series, Study
from app.errors import Refused
from app.session.annotations import AnnotationLayer
from app.session.history import History


class StudySession:
    """One study while it is read.  Views listen to the signals; the features' controllers change it.

    `opened` comes after `study_changed`, when a study has been opened: the features load their parts then.
    """

    study_changed = Signal()
    opened = Signal(str)
    series_changed = Signal()
    #: the archive holds more or less of the study or of its priors than when it was opened
    contents_changed = Signal()
    results_changed = Signal()
    #: somebody wants to know what was said of the priors
    priors_asked = Signal()

    def __init__(self) -> None:
        self.history = History()
        self.annotations = AnnotationLayer(self.history)
        self.study: Study | None = None
        self.series: tuple[Series, ...] = ()
        self.priors: tuple[Study, ...] = ()
        self.current: Series | None = None
        self.results: tuple[ResultState, ...] = ()

    @property
    def required(self) -> Study:
        """The open study; `Refused` where none is open."""
        if self.study is None:
            raise Refused("No study is open.", hint="Open one in the worklist.")
        return self.study

    def is_open(self, study_uid: str) -> bool:
        """This study is the open one."""
        return self.study is not None and self.study.study_uid == study_uid

    def open(self, study: Study, series: tuple[Series, ...], priors: tuple[Study, ...]) -> None:
        """Open a study."""
        self.study, self.series, self.priors = study, series, priors
        self.current = None
        self.results = ()
        self.study_changed.emit()
        self.opened.emit(study.study_uid)

    def show(self, series: Series) -> None:
        """Choose the series that the viewers show."""
        self.current = series
        self.series_changed.emit()

    def set_series(self, series: tuple[Series, ...]) -> None:
        """The study's series have changed (a result was added)."""
        self.series = series
        self.series_changed.emit()

    def refresh(self, series: tuple[Series, ...], priors: tuple[Study, ...]) -> None:
        """What the archive holds of the study now; nothing is told where that is as before."""
        if (series, priors) != (self.series, self.priors):
            self.series, self.priors = series, priors
            self.contents_changed.emit()

    def set_results(self, results: tuple[ResultState, ...]) -> None:
        """What machines made of this study, with what people said of it."""
        self.results = results
        self.results_changed.emit()

    def pictured_series(self) -> list[Series]:
        """Series that have pictures, in the strip's order; discarded results are left out."""
        kept = {result.series_uid for result in self.results}
        return [
            s for s in self.series if s.modality not in NO_PICTURE and (not s.derived or s.series_uid in kept)
        ]

    def is_unconfirmed(self, series: Series) -> bool:
        """A machine made the series and nobody has confirmed it."""
        if not series.derived:
            return False
        reviews = (r.review for r in self.results if r.series_uid == series.series_uid)
        return next(reviews, ReviewState.UNCONFIRMED) is not ReviewState.ACCEPTED

    def close(self) -> None:
        """Close the study."""
        self.study, self.series, self.priors, self.current, self.results = None, (), (), None, ()
        self.study_changed.emit()
