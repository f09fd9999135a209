"""Commands of measurements and key images."""

from __future__ import annotations

from app.annotation.controller import AnnotationController
from app.annotation.mark_table import MarkTable
from app.annotation.spine_commands import spine_commands
from app.annotation.uptake_commands import uptake_commands
from app.i18n import tr
from app.session.commands import Command, Toolbar, ToolbarGroup
from app.session.session import Session


def commands(session: Session) -> list[Command]:
    """Marking, deleting, taking back, finding again."""
    annotation, history = session.get(AnnotationController), session.study.history
    table, layer = session.get(MarkTable), session.study.annotations

    def has_images() -> bool:
        return session.screen.active_viewport.image is not None

    def may_keep() -> bool:
        return annotation.may_draw and layer.measurement(annotation.selected) is not None

    def is_locked() -> bool:
        return layer.state(annotation.selected).locked

    def is_hidden() -> bool:
        return layer.state(annotation.selected).hidden

    def has_marks() -> bool:
        return session.study.study is not None and bool(layer.measurements)

    def copy() -> None:
        session.dispatcher.tell(tr("On the clipboard, as a table: {n}", n=table.copy()))

    return [
        Command(
            "image.mark-key",
            "Mark key image",
            annotation.mark_key_image,
            also="KOS",
            key="K",
            icon="photo-star",
            where="read",
            enabled=has_images,
            toolbar=Toolbar(ToolbarGroup.MARK, order=10, shows_key=True),
        ),
        Command(
            "mark.delete",
            "Delete mark",
            annotation.delete_selected,
            key="Delete",
            icon="trash",
            where="read",
            enabled=lambda: may_keep() and not is_locked(),
            toolbar=Toolbar(ToolbarGroup.MARK, order=20),
        ),
        Command(
            "mark.lock",
            "Lock or unlock mark",
            lambda: table.lock((annotation.selected,), locked=not is_locked()),
            key="Shift+L",
            icon="lock",
            where="read",
            enabled=may_keep,
            on=is_locked,
        ),
        Command(
            "mark.hide",
            "Hide or show mark",
            lambda: table.hide((annotation.selected,), hidden=not is_hidden()),
            key="Shift+K",
            icon="eye-off",
            where="read",
            enabled=may_keep,
            on=is_hidden,
        ),
        Command(
            "mark.copy",
            "Copy table of marks",
            copy,
            key="Ctrl+Shift+M",
            icon="copy",
            where="read",
            enabled=has_marks,
        ),
        *spine_commands(session.screen, lambda: annotation.may_draw),
        *uptake_commands(session.screen),
        Command("measurement.show", "Show measurement", annotation.show_measurement, palette=False),
        Command("key-image.show", "Show key image", annotation.show_key_image, palette=False),
        Command(
            "history.undo",
            "Undo",
            history.undo,
            key="Ctrl+Z",
            icon="arrow-back-up",
            where="read",
            enabled=lambda: history.may_undo(draws=annotation.may_draw),
            about=lambda: tr(history.undo_name) if history.undo_name else "",
            toolbar=Toolbar(ToolbarGroup.HISTORY, order=10),
        ),
        Command(
            "history.redo",
            "Redo",
            history.redo,
            key="Ctrl+Y",
            icon="arrow-forward-up",
            where="read",
            enabled=lambda: history.may_redo(draws=annotation.may_draw),
            about=lambda: tr(history.redo_name) if history.redo_name else "",
            toolbar=Toolbar(ToolbarGroup.HISTORY, order=20),
        ),
    ]
