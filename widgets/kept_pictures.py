"""Small pictures that a panel keeps: so many at most, and none of the person before."""

from __future__ import annotations

import threading
from collections import OrderedDict
from typing import Generic, TypeVar

from widgets.command_ui import CommandUi

T = TypeVar("T")
#: pictures of one panel; the ones that were not asked for longest go first
MOST = 200


class KeptPictures(Generic[T]):
    """Pictures by series UID or checksum.  All are dropped when somebody logs in or out.

    Safe for threads: what is missing is found out, and made, in the background.
    """

    def __init__(self, ui: CommandUi, most: int = MOST) -> None:
        self._lock = threading.Lock()
        self._kept: OrderedDict[str, T] = OrderedDict()
        self._most = most
        self._person = 0
        ui.listen(ui.session.user.changed, self._forget)

    def __len__(self) -> int:
        return len(self._kept)

    def __contains__(self, key: str) -> bool:
        return key in self._kept

    @property
    def person(self) -> int:
        """Grows when somebody logs in or out: what is fetched for another person is not kept."""
        return self._person

    def _forget(self) -> None:
        with self._lock:
            self._person += 1
            self._kept.clear()

    def get(self, key: str) -> T | None:
        """A picture, if it is kept."""
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
            return self._kept.get(key)

    def put(self, key: str, picture: T, *, person: int | None = None) -> None:
        """Keep a picture, where the `person` it was fetched for is still there."""
        with self._lock:
            if person is not None and person != self._person:
                return
            self._kept[key] = picture
            self._kept.move_to_end(key)
            while len(self._kept) > self._most:
                self._kept.popitem(last=False)
