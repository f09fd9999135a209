"""How objects that are no images are loaded; the lists of loaders are the features' own
(`app.features.Feature.loaders`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from app.dicom.read.objects.summary import LayerSummary
from app.domain.document import Page
from app.domain.layers import SpatialReference
from app.domain.object_kind import ObjectKind


@dataclass(frozen=True, slots=True)
class ObjectLoader:
    """How objects of a kind are loaded.

    `read` and `summary` run in a bounded child, with a path and what the file is called.  `read` gives the
    data of an object.  `summary` tells of one that lies over images its title, how much it holds and what it
    lies over (None: this one lies over none).  `page` makes what a person reads of the data; it may ask how
    many of the images that a reference names are in the study.
    """

    kind: ObjectKind
    read: Callable[[Path, str], Any]
    #: None where the data is shown as it is: a page, a PDF, a waveform
    page: Callable[[Any, Callable[[SpatialReference], int]], Page] | None = None
    #: None where objects of the kind lie over no images
    summary: Callable[[Path, str], LayerSummary | None] | None = None


class ObjectLoaders:
    """The loaders of all features."""

    def __init__(self, loaders: Iterable[ObjectLoader]) -> None:
        self._loaders = {one.kind: one for one in loaders}

    def of(self, kind: ObjectKind) -> ObjectLoader | None:
        """The loader of a kind; None where objects of it cannot be opened."""
        return self._loaders.get(kind)
