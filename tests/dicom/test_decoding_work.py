"""What the decoding of a series does when a child does not survive one of its images."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, cast

import pytest

from app.dicom.read.decoding import DecodingWork
from app.dicom.read.filling import Filled, Slot, Source
from app.domain.volume import SharedBlock
from app.errors import BadInput
from app.jobs import never_cancelled
from app.processes.pool import Pool
from app.processes.turns import Priority


class _Child:
    """Reports every second slot, and dies of those whose names say so."""

    def __init__(self) -> None:
        self.filled: list[int] = []

    def stream(self, _work: Any, _block: Any, slots: Sequence[Slot], **_: Any) -> Iterator[Filled]:
        told = 0
        for slot in slots:
            if slot.source.name == "deadly":
                raise BadInput("The reading process ended.")
            self.filled.append(slot.place[1])
            told += 1
            if told == 2:
                yield Filled(2)
                told = 0
        yield Filled(told)


class _Pool:
    def __init__(self, child: _Child) -> None:
        self._child = child

    @contextmanager
    def lent(self, **_: Any) -> Iterator[_Child]:
        yield self._child

    def others_wait(self, _priority: Priority) -> bool:
        return False


def _work(child: _Child, deadly: Sequence[int], lanes: int) -> DecodingWork:
    slots = [
        Slot(Source(Path(f"{n}"), "deadly" if n in deadly else "image", 0, (4, 6)), (0, n), None)
        for n in range(20)
    ]
    return DecodingWork(cast(Pool, _Pool(child)), cast(SharedBlock, None), slots, "CT", lanes)


@pytest.mark.parametrize("lanes", [1, 2])
@pytest.mark.parametrize("deadly", [(0,), (7,), (3, 12, 19)])
def test_an_image_that_no_child_survives_costs_itself(deadly: tuple[int, ...], lanes: int) -> None:
    child = _Child()
    told = list(_work(child, deadly, lanes).run(Priority.INTERACTIVE, never_cancelled))
    assert sum(one.slots for one in told) == 20
    assert [str(failure) for one in told for failure in one.failures] == ["The reading process ended."] * len(
        deadly
    )
    assert set(child.filled) == set(range(20)) - set(deadly)


def test_a_series_that_no_child_survives_is_given_up() -> None:
    with pytest.raises(BadInput):
        list(_work(_Child(), range(20), 1).run(Priority.INTERACTIVE, never_cancelled))
