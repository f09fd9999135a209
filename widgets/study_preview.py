"""The selected study at the foot of the worklist: pictures, sums, other studies, and what to do."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QPixmap
from PySide6.QtWidgets import QFrame, QLabel

from app.domain.study import NO_PICTURE, Series, Study, StudyRow
from app.errors import Cancelled
from app.i18n import tr
from widgets.acts import Acts
from widgets.banner import day_text, exam_text, priors_text, size_text
from widgets.elements import Elided, NoticeBox, column, push, row
from widgets.icons import picture
from widgets.theme import theme

PICTURES, SIDE = 4, 116


class Thumb(QLabel):
    """A series' picture on black."""

    def __init__(self, side: int) -> None:
        super().__init__()
        self.setObjectName("thumb")
        self.setFixedSize(side, side)
        self.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._side = side
        self._machine = QLabel("AI", self)
        self._machine.setProperty("chip", "amber")
        self._machine.move(4, 4)
        self._machine.hide()
        self.show_png(None)

    def mark_machine(self, made: bool) -> None:
        """Mark as a picture that a machine made."""
        self._machine.setVisible(made)

    def show_png(self, png: bytes | None) -> None:
        """Show the picture, or a sign that there is none."""
        found = QPixmap()
        if png and found.loadFromData(png):
            ratio = self.devicePixelRatioF()
            room = QSize(self._side - 4, self._side - 4) * ratio
            scaled = found.scaled(room, Qt.AspectRatioMode.KeepAspectRatio, Qt.TransformationMode.SmoothTransformation)
            scaled.setDevicePixelRatio(ratio)
            self.setPixmap(scaled)
        else:
            self.setPixmap(picture("photo-off", 24, theme().muted, ratio=self.devicePixelRatioF()))


class StudyPreview(QFrame):
    """What the selected study is, without opening it."""

    open_asked = Signal(str)
    report_asked = Signal(str)

    def __init__(self, acts: Acts) -> None:
        super().__init__()
        self.setObjectName("preview")
        self.setFixedHeight(SIDE + 32)
        self._acts = acts
        self._uid = ""
        self._generation = 0
        self._kept: dict[str, bytes | None] = {}
        self.thumbs = [Thumb(SIDE) for _ in range(PICTURES)]
        self.heading = Elided(size="title")
        self.sums = Elided(tone="muted")
        self.priors = NoticeBox("", "accent")
        self.open_button = push(tr("Open for reading"), icon_name="device-desktop-analytics", kind="primary", tip=tr("Enter"))
        self.open_button.clicked.connect(lambda: self.open_asked.emit(self._uid))
        self.report_button = push(tr("Open report"), icon_name="clipboard-plus")
        self.report_button.clicked.connect(lambda: self.report_asked.emit(self._uid))
        words = column(self.heading, self.sums, self.priors, None, gap=6)
        buttons = column(self.open_button, self.report_button, None, gap=8)
        line = row(*self.thumbs, 8, words, 8, buttons, gap=8, margins=(16, 16, 16, 16))
        line.setStretchFactor(words, 1)
        self.setLayout(line)

    def show_row(self, shown: StudyRow | None) -> None:
        """Show a study; pictures and the others come when they are there."""
        self._generation += 1
        for part in (self.open_button, self.report_button):
            part.setEnabled(shown is not None)
        if shown is None:
            self._uid = ""
            self.heading.setText("")
            self.sums.setText("")
            self.priors.hide()
            return
        study = shown.study
        if study.study_uid != self._uid:
            self._uid = study.study_uid
            self.priors.hide()
            for thumb in self.thumbs:
                thumb.show_png(None)
        self.heading.setText(f"{study.patient.display_name or tr('Name not given')} · {exam_text(study)}")
        facts = (
            tr("{n} series", n=study.n_series), tr("Images: {n}", n=f"{study.n_instances:,}"), size_text(study.size_bytes), study.institution,
            tr("imported {when}", when=day_text(study.imported_at.astimezone())) if study.imported_at else "",
        )  # fmt: skip
        self.sums.setText(" · ".join(fact for fact in facts if fact))
        self._fetch(self._generation, study)

    def _fetch(self, generation: int, study: Study) -> None:
        archive, actor = self._acts.desk.station.archive, self._acts.desk.actor

        def read() -> tuple[list[Series], list[Study], dict[str, bytes | None]]:
            series = [s for s in archive.series(actor, study.study_uid) if s.modality not in NO_PICTURE]
            best = sorted(series, key=lambda s: (s.derived, -s.n_instances))[:PICTURES]
            pictures: dict[str, bytes | None] = {}
            for one in best:
                if generation != self._generation:  # another study is selected by now
                    raise Cancelled
                pictures[one.series_uid] = self._kept.get(one.series_uid) or archive.thumbnail(actor, one.series_uid)
            return best, archive.priors(actor, study.study_uid), pictures

        def came(read: tuple[list[Series], list[Study], dict[str, bytes | None]]) -> None:
            best, others, pictures = read
            self._kept.update(pictures)
            if generation != self._generation:
                return
            for thumb, series in zip(self.thumbs, [*best, *([None] * PICTURES)], strict=False):
                thumb.setVisible(series is not None)
                if series is not None:
                    thumb.show_png(pictures.get(series.series_uid))
                    thumb.mark_machine(series.derived)
                    thumb.setToolTip(" · ".join(x for x in (series.modality, series.description, str(series.n_instances)) if x))
            self.priors.setVisible(bool(others))
            if others:
                nearest = max(others, key=lambda s: s.started_at.replace(tzinfo=None).isoformat() if s.started_at else "")
                self.priors.tell(f"{priors_text(study, others)} · {exam_text(nearest)}", "accent")

        self._acts.quietly(read, came, failed=lambda _: None, behind=True)
