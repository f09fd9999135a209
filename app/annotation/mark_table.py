"""The table of all marks of the open study, and how marks are kept: locked, hidden, compared."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from app.annotation.controller import AnnotationController
from app.annotation.listing import MarkRow, as_text, mark_rows
from app.errors import Refused
from app.session.session import Session


class MarkTable:
    """What the table shows and does.  Every act can be undone."""

    def __init__(self, session: Session, annotation: AnnotationController) -> None:
        self._session, self._annotation = session, annotation

    @property
    def rows(self) -> tuple[MarkRow, ...]:
        """A row for every mark of the open study."""
        session = self._session
        layer = session.study.annotations
        if not session.study.is_open(layer.study_uid):
            return ()
        done_at = session.study.required.started_at
        images, priors = session.screen.images, self._annotation.priors.marks
        series = session.study.pictured_series()
        return mark_rows(layer, images, session.shapes, priors, done_at, series)

    def text_of(self, tracking_uids: Sequence[str] = ()) -> str:
        """Rows as text, cells apart by tabs: those that are named, else all."""
        return as_text([r for r in self.rows if not tracking_uids or r.mark.tracking_uid in tracking_uids])

    def copy(self, tracking_uids: Sequence[str] = ()) -> int:
        """Put rows on the clipboard as text; how many they were.  `Refused` where there is none."""
        session = self._session
        count = len(tracking_uids or self.rows)
        if not count:
            raise Refused("Nothing is measured or marked.", hint="Draw a mark first.")
        if session.to_clipboard is None:
            raise Refused("The clipboard belongs to the window; it is not open.")
        session.to_clipboard(self.text_of(tracking_uids))
        return count

    def lock(self, tracking_uids: Sequence[str], *, locked: bool) -> None:
        """Lock marks, or let them be changed again."""
        self._keep("Lock mark" if locked else "Unlock mark", tracking_uids, locked=locked)

    def hide(self, tracking_uids: Sequence[str], *, hidden: bool) -> None:
        """Hide marks on the images, or show them again; the table keeps them."""
        self._keep("Hide mark" if hidden else "Show mark", tracking_uids, hidden=hidden)

    def follow(self, tracking_uid: str, prior_uid: str) -> None:
        """Say that a mark is of the same lesion as one of a prior; "" takes it back."""
        self._keep("Compare mark with a prior's", (tracking_uid,), follows=prior_uid)

    def _keep(self, name: str, tracking_uids: Sequence[str], **how: Any) -> None:
        layer = self._session.study.annotations
        known = [uid for uid in tracking_uids if layer.measurement(uid) is not None]
        if known and self._annotation.require_drawing():
            layer.keep(name, {uid: replace(layer.state(uid), **how) for uid in known})
