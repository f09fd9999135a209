"""Commands of the tag browser."""

from __future__ import annotations

from app.session.commands import Command, Toolbar, ToolbarGroup
from app.session.session import Session
from app.tags.controller import TagController


def commands(session: Session) -> list[Command]:
    """Opening it, showing an object, comparing."""
    tags = session.get(TagController)

    def is_open() -> bool:
        return session.study.study is not None

    return [
        Command(
            "tags.open",
            "Show tags",
            tags.open,
            also="DICOM header elements",
            key="Ctrl+T",
            icon="tags",
            where="read",
            enabled=is_open,
            toolbar=Toolbar(ToolbarGroup.LEAVE, order=-10, text="Tags", spare=True),
        ),
        Command("tags.show", "Show tags of an object", tags.show, palette=False, enabled=is_open),
        Command(
            "tags.compare", "Compare tags with another object", tags.compare, palette=False, enabled=is_open
        ),
    ]
