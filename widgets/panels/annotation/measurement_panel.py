"""What was measured and marked on the open study."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtWidgets import QToolButton

from app.annotation.controller import AnnotationController
from app.annotation.mark_table import MarkTable
from app.domain.key_object import KeyImage
from app.i18n import tr
from app.viewing.anchors import anchor_label
from widgets.command_ui import CommandUi
from widgets.elements import Clickable, Elided, clear, column, icon_button, label, row, scrolling_column
from widgets.kept_pictures import KeptPictures
from widgets.panels.annotation.chosen_figures import ChosenFigures
from widgets.panels.annotation.mark_table import MarkTableView
from widgets.panels.annotation.size_changes import SizeChanges
from widgets.thumb import Thumb
from widgets.workspace import Panel


class KeyCard(Clickable):
    """One key image with its caption."""

    def __init__(self, ui: CommandUi, key: KeyImage, png: bytes | None) -> None:
        super().__init__()
        self.setObjectName("card")
        thumb = Thumb(64)
        thumb.show_png(png)
        drop = icon_button("trash", tr("Unmark key image"))
        drop.clicked.connect(lambda: ui.session.get(AnnotationController).unmark_key_image(key.key_id))
        drop.setVisible(ui.session.get(AnnotationController).may_draw)
        series = ui.session.study.pictured_series()
        where = anchor_label(key.anchor, ui.session.screen.images, series)
        place = (
            [label(where, tone="muted")] if where not in key.caption else []
        )  # captions made by the program begin with it
        words = column(Elided(key.caption), *place, None, gap=2)
        self.setLayout(row(thumb, words, drop, gap=10, margins=(8, 8, 8, 8)))
        self.clicked.connect(lambda: ui.session.get(AnnotationController).show_key_image(key.key_id))
        self.setAccessibleName(key.caption)


class MeasurementPanel(Panel):
    """The table of all marks, what has changed since the prior, and the key images."""

    def __init__(self, ui: CommandUi) -> None:
        super().__init__()
        self._ui = ui
        self._pictures = KeptPictures[bytes](ui)
        stack = scrolling_column(self, gap=8, margins=(16, 12, 16, 12))
        self.heading = label("", tone="muted")
        self.table = MarkTableView(ui)
        self.figures = ChosenFigures(ui)
        self._save = ui.button("presentation.save")
        self._save_regions = ui.button("regions.save")
        self.changes = SizeChanges(ui)
        self._acts = self._buttons()
        self._hint = label("", tone="muted", wrap=True)
        self._keys = column(gap=8)
        stack.addLayout(row(self.heading, None, *self._acts, gap=2))
        for part in (self.table, self.figures, self._hint, self._save, self._save_regions, self.changes):
            stack.addWidget(part)
        stack.addSpacing(12)
        stack.addLayout(self._keys)
        stack.addStretch(1)
        ui.listen(ui.session.study.annotations.changed, self.rebuild)
        ui.listen(ui.session.get(AnnotationController).priors.changed, self.rebuild)
        ui.listen(ui.session.study.study_changed, self.rebuild)
        ui.listen(ui.session.user.changed, self.rebuild)
        ui.listen(ui.commands.keys_changed, self.rebuild)
        ui.listen(ui.session.loaded.shown, self.rebuild)
        ui.listen(ui.session.screen.active_changed, self._active_changed)
        self.table.selectionModel().selectionChanged.connect(lambda *_: self._enable())
        self.rebuild()

    def _buttons(self) -> tuple[QToolButton, ...]:
        """Acts on the chosen rows."""
        acts: tuple[tuple[str, str, Callable[[], None]], ...] = (
            ("target-arrow", tr("Go to measurement"), lambda: self.table.go()),
            ("eye-off", tr("Hide or show on the images"), lambda: self.table.toggle_hidden()),
            ("lock", tr("Lock or unlock"), lambda: self.table.toggle_lock()),
            ("copy", tr("Copy as a table"), lambda: self.table.copy()),
            ("trash", tr("Delete measurement"), lambda: self.table.delete_chosen()),
        )
        made = []
        for name, tip, act in acts:
            button = icon_button(name, tip)
            button.clicked.connect(act)
            made.append(button)
        return tuple(made)

    def _active_changed(self, what: str) -> None:
        if what == "layers" or (what == "arrived" and self.figures.waits):
            self._mark()

    def focus_first(self) -> None:
        if self.table.marks.rows:
            self.table.setFocus()

    def rebuild(self) -> None:
        """Show what there is now."""
        rows = self._ui.session.get(MarkTable).rows
        hidden = sum(one.state.hidden for one in rows)
        text = tr("Measurements {n}", n=len(rows))
        self.heading.setText(f"{text} · {tr('{n} hidden', n=hidden)}" if hidden else text)
        self.table.show_rows(rows)
        self.table.setVisible(bool(rows))
        self._hint.setVisible(not rows)
        self._hint.setText(self._how_to_measure())
        self._save.setVisible(bool(rows))
        self._save_regions.setVisible(any(one.mark.roi.kind.is_volume for one in rows))
        self.changes.show_rows(rows)
        self._show_keys()
        self._mark()
        self._enable()

    def _how_to_measure(self) -> str:
        tools = {"length": "tool.length", "ellipse": "tool.ellipse", "probe": "tool.probe"}
        keys = {name: self._ui.key_named(command) or "–" for name, command in tools.items()}
        text = tr("Measure with {length} (length), {ellipse} (ellipse) or {probe} (value).", **keys)
        return f"{text} {tr('What you draw is saved at once.')}"

    def _enable(self) -> None:
        chosen, may = self.table.chosen, self._ui.session.get(AnnotationController).may_draw
        go, hide, lock, copy, drop = self._acts
        go.setEnabled(len(chosen) == 1)
        copy.setEnabled(bool(self.table.marks.rows))
        for button in (hide, lock, drop):
            button.setEnabled(bool(chosen) and may)

    def _show_keys(self) -> None:
        clear(self._keys)
        reading = self._ui.session.study
        layer = reading.annotations
        here = reading.study is not None and layer.study_uid == reading.study.study_uid
        keys = layer.key_images if here else ()
        self._keys.addWidget(label(tr("Key images {n}", n=len(keys)), tone="muted"))
        for key in keys:
            self._keys.addWidget(KeyCard(self._ui, key, self._picture(key)))
        if not keys:
            hint = tr(
                "{key} marks the image in the active view as a key image for the report.",
                key=self._ui.key_named("image.mark-key") or "–",
            )
            self._keys.addWidget(label(hint, tone="muted", wrap=True))

    def _picture(self, key: KeyImage) -> bytes | None:
        png = self._pictures.get(key.picture_sha256)
        if png is None:
            png = self._ui.session.dispatcher.attempt(
                lambda: self._ui.session.get(AnnotationController).key_picture(key)
            )
            if png is not None:
                self._pictures.put(key.picture_sha256, png)
        return png

    def _mark(self) -> None:
        selected = self._ui.session.get(AnnotationController).selected
        self.table.mark_selected(selected)
        rows = self.table.marks.rows
        self.figures.show_mark(next((r for r in rows if r.mark.tracking_uid == selected), None))
