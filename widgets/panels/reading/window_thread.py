"""Pictures that only the window's thread can draw, for a job that needs them."""

from __future__ import annotations

from collections.abc import Callable
from queue import Empty, SimpleQueue

from app.errors import Cancelled
from app.jobs.runner import Cancelling
from app.session.dispatcher import MainThreadDispatcher

_TICK_S = 0.05


def from_window(dispatcher: MainThreadDispatcher, draw: Callable[[], bytes], cancelled: Cancelling) -> bytes:
    """A picture drawn between the window's other events; raises what drawing raised, or `Cancelled`."""
    came: SimpleQueue[bytes | Exception] = SimpleQueue()

    def answer() -> None:
        try:
            came.put(draw())
        except Exception as error:  # noqa: BLE001  (raised again by the thread that waits)
            came.put(error)

    dispatcher.post(answer)
    while True:
        try:
            picture = came.get(timeout=_TICK_S)
        except Empty:
            if cancelled():
                raise Cancelled from None
            continue
        if isinstance(picture, Exception):
            raise picture
        return picture
