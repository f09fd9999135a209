"""A loaded display set in a viewport: its title and corner texts, its first window, images that arrive."""

from __future__ import annotations

from dataclasses import replace

from app.domain.display_set import DisplaySetId
from app.domain.image import Image
from app.domain.quantity import Quantity
from app.domain.study import Series, Study, beside_word
from app.domain.volume import Volume
from app.errors import Cancelled
from app.i18n import tr
from app.notifications import Level, explain
from app.reading.corner_text import CornerDocument, corner_text, document_for, documents
from app.reading.hanging import view_for
from app.reading.listing import words
from app.reading.settings import ReadingSettings
from app.session.loaded_series import Loaded
from app.session.session import Session
from app.viewing.presets import window_presets
from app.viewing.screen import CornerText, StudyRole, Viewport

#: what of the images' headers tells the technique
_TECHNIQUE = (
    "ContrastBolusAgent",
    "ManufacturerModelName",
    "KVP",
    "MagneticFieldStrength",
    "ConvolutionKernel",
    "SliceThickness",
)


class SeriesPresenter:
    """Shows loaded display sets in viewports."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._known_documents: dict[str, CornerDocument] | None = None
        self._corners: tuple[tuple[Study | None, Series, DisplaySetId], CornerText] | None = None

    def show(self, viewport: Viewport, loaded: Loaded) -> None:
        """Show a series in a viewport as it is opened."""
        session, image, series = self._session, loaded.image, self._titled(loaded)
        settings = session.station.settings.get(ReadingSettings)
        study = self._study_of(loaded.series)
        current = session.study.is_open(loaded.series.study_uid)
        view = view_for(session.screen, viewport.viewport_id, image, settings.volume_preset)
        viewport.show(image, view, display_set=loaded.display_set)
        viewport.failed = _why_missing(loaded)
        viewport.study_uid = loaded.series.study_uid
        viewport.role = StudyRole.CURRENT if current else StudyRole.PRIOR
        read = session.study.study
        viewport.beside_word = beside_word(study, read) if study and read else "Prior"
        viewport.study_date = f"{study.started_at:%Y-%m-%d}" if study and study.started_at else ""
        viewport.title = series.description
        viewport.corner_text = self._corner_text(study, series, loaded)
        viewport.unconfirmed = session.study.is_unconfirmed(loaded.series)
        wanted = next(((w, p.title) for p, w in window_presets() if p.name == settings.ct_preset), None)
        if isinstance(image, Volume) and image.quantity is Quantity.HU and wanted is not None:
            viewport.window, viewport.window_label = wanted

    def _corner_text(self, study: Study | None, series: Series, loaded: Loaded) -> CornerText:
        """What stands in the corners; of the views of one display set it is made once."""
        key = (study, series, loaded.display_set.display_set_id)
        if self._corners is None or self._corners[0] != key:
            document = document_for(self._documents(), series.modality)
            model = _details(loaded.image).get("ManufacturerModelName", "")
            self._corners = (key, corner_text(document, study, series, loaded.display_set, model))
        return self._corners[1]

    def _documents(self) -> dict[str, CornerDocument]:
        """The corner documents, read once; what is wrong with the station's own is told."""
        if self._known_documents is None:
            session = self._session
            self._known_documents, wrong = documents(session.station.folder.path / "corner_text")
            for error in wrong:
                session.station.notifications.add_error(error)
        return self._known_documents

    def _study_of(self, series: Series) -> Study | None:
        """The open study, or the prior that a series is of."""
        study = self._session.study
        known = (study.study, *study.priors)
        return next((s for s in known if s is not None and s.study_uid == series.study_uid), None)

    def follow(self, loaded: Loaded) -> None:
        """Tell what is odd about a display set, and let its viewports follow its images as they arrive."""
        session, image = self._session, loaded.image  # what comes after the release is compared only

        for template, params in _warnings(image):
            session.station.notifications.add(Level.WARNING, tr(template, **params))

        def arrived() -> None:
            for viewport in session.screen.showing(image):
                viewport.arrived += 1

        def completed() -> None:
            arrived()
            if session.loaded.holds(image):
                session.loaded.completed.emit(image)

        def broken(error: BaseException) -> None:
            if not isinstance(error, Cancelled):
                session.station.notifications.add_error(error)
            for viewport in session.screen.showing(image):
                viewport.failed = _why_missing(loaded)

        if not loaded.lease.job.ended:
            loaded.lease.job.changed.connect(lambda _: session.dispatcher.post(arrived))
        session.dispatcher.follow(loaded.lease.job, lambda _: completed(), failed=broken)

    def _titled(self, loaded: Loaded) -> Series:
        """The series, described with what tells the display set from others of it; one that a method made is
        described by the method's title in the window's language.
        """
        series, results = loaded.series, self._session.study.results
        made_by = next((r.algorithm for r in results if r.series_uid == series.series_uid), None)
        name = series.description or series.protocol or series.modality
        if made_by is not None:
            name = f"{tr(made_by.name)} {made_by.version}"
        told = words(loaded.display_set.title)
        return replace(series, description=" · ".join(part for part in (name, told) if part))


def _why_missing(loaded: Loaded) -> str:
    """Why images of it will not arrive; "" while they may."""
    error = loaded.lease.job.error
    if error is None:
        return ""
    if isinstance(error, Cancelled):
        return tr("Loading was stopped. Open the series again.")
    return tr("This image cannot be shown: {reason}", reason=explain(error).message)


def _details(image: Image) -> dict[str, str]:
    return image.details if isinstance(image, Volume) else image.display_set.details


def _warnings(image: Image) -> tuple[tuple[str, dict[str, str]], ...]:
    return image.warnings if isinstance(image, Volume) else image.display_set.warnings


def technique_of(volume: Volume) -> dict[str, str]:
    """What the images tell of the technique, by DICOM keyword."""
    return {k: v for k in _TECHNIQUE if (v := volume.details.get(k, ""))}
