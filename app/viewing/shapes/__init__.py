"""Types of shapes, a module each; the lists of them are the features' own (`app.features.Feature.shapes`)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from app.domain.roi import RoiKind
from app.viewing.shapes.shape import Shape


class ShapeTypes:
    """The types of shapes of all features, by their ids and by the kinds of region they are stored as."""

    def __init__(self, shapes: Iterable[Shape]) -> None:
        self._by_id = {one.shape_id: one for one in shapes}
        self._by_kind = {one.kind: one for one in self._by_id.values()}

    def __iter__(self) -> Iterator[Shape]:
        return iter(self._by_id.values())

    def named(self, shape_id: str) -> Shape:
        """The type with an id; `KeyError` where there is none."""
        return self._by_id[shape_id]

    def of(self, kind: RoiKind) -> Shape:
        """The type that is stored as a kind of region; `KeyError` where there is none."""
        return self._by_kind[kind]
