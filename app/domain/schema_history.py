"""Which schema the stored documents have, and how a document of an earlier schema is brought to the present
one.

Every stored JSON document has the number of its schema (`app.storage.documents` writes and reads it), and so
has what is signed (`app.domain.signed_forms`).  A document without a number was written before there were
numbers: it is of number 1.

Whoever changes a domain type that documents hold appends one upgrade to every schema that holds it
(docs/decisions/signed-form.md); the number grows by itself.  An upgrade takes the JSON tree of its number and
gives that of the next, a new one: the tree it was given stays as it is.  For an added member that has a
default it gives back the same tree.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from app.errors import BadInput
from app.i18n import tr

Upgrade = Callable[[Any], Any]


@dataclass(frozen=True, slots=True)
class Schema:
    """The schema of one kind of document.

    `title` is its English name, a translation key; ``upgrades[n - 1]`` leads from number n to n + 1.
    """

    title: str
    upgrades: tuple[Upgrade, ...] = ()

    @property
    def number(self) -> int:
        """The number that is written now."""
        return 1 + len(self.upgrades)

    def present(self, tree: Any, found: int) -> Any:
        """The JSON tree of a document of number `found`, brought to the present number.

        `BadInput` for a number that this version does not know, and for a tree that an upgrade cannot read.
        """
        if not 1 <= found <= self.number:
            raise BadInput(
                "The stored {what} has schema {found}; this version of YingShu knows schemas up to {known}.",
                hint="Use a newer version of YingShu.",
                what=tr(self.title),
                found=found,
                known=self.number,
            )
        for number in range(found, self.number):
            try:
                tree = self.upgrades[number - 1](tree)
            except (LookupError, TypeError, ValueError, AttributeError) as error:
                raise BadInput(
                    "The stored {what} of schema {found} cannot be read.", what=tr(self.title), found=number
                ) from error
        return tree


def _with_defaults(tree: Any) -> Any:
    """Upgrade for added members that have a default: it is taken when the tree is read."""
    return tree


def _as_it_is(tree: Any) -> Any:
    """Upgrade for values that a member can have since: those of before are read as they are.  The number
    grows, so that an earlier version says that it is too old for them.
    """
    return tree


#: names that planes across the axes of a volume's grid (slice, row, column) had in documents
_GRID_PLANES = ("axial", "coronal", "sagittal")


def _anchor_of_a_kind(anchor: Mapping[str, Any]) -> dict[str, Any]:
    """A source image says itself where it is; without one there are an axis of the grid and an index."""
    known = {name: anchor[name] for name in ("study_uid", "series_uid", "frame_of_reference_uid")}
    if anchor.get("sop_uid") is not None:
        image = {name: anchor[name] for name in ("sop_uid", "sop_class_uid", "frame") if name in anchor}
        return known | image | {"kind": "frame"}
    name, index = anchor["plane"]
    axis = 0 if name == "frame" else _GRID_PLANES.index(name)
    return known | {"kind": "grid", "axis": axis, "index": index}


def _anchors_of_a_kind(drawn: Any) -> list[Any]:
    """Measurements or key images whose anchors have a kind."""
    return [{**one, "anchor": _anchor_of_a_kind(one["anchor"])} for one in drawn]


def _evidence_with_anchors_of_a_kind(report: Any) -> dict[str, Any]:
    evidence = {name: _anchors_of_a_kind(report[name]) for name in ("measurements", "key_images")}
    return {**report, **evidence}


#: a report, as draft and frozen, and the content that is signed of it (`app.domain.report.Report`)
REPORT = Schema(
    "report",
    (
        _with_defaults,  # 2: `Window.function`, LINEAR before
        _evidence_with_anchors_of_a_kind,  # 3: `Anchor`; one type with the name of a grid plane before
        _as_it_is,  # 4: kinds of `Roi`; length, ellipse and point before
        _as_it_is,  # 5: further kinds: volumes, splines, levels of the spine, legs and hips
        _with_defaults,  # 6: `Report.parent`
    ),
)
#: the signatures that stand beside a frozen report
SIGNATURES = Schema("signatures")
#: the measurements and the key images of a layer of drawings
MEASUREMENTS = Schema("measurements", (_anchors_of_a_kind, _as_it_is, _as_it_is))  # 2: `Anchor`, 3, 4: kinds
KEY_IMAGES = Schema("key images", (_with_defaults, _anchors_of_a_kind))  # 2: `Window.function`, 3: `Anchor`
#: the state of a method's result (`app.domain.provenance.ResultState`)
RESULT = Schema("result")
#: a record on its way to the directory
OUTBOX = Schema("registration")

#: themes of the settings whose fields have changed, by name
_THEMES: Mapping[str, Schema] = {}
_UNCHANGED_THEME = Schema("settings")


def theme(name: str) -> Schema:
    """The schema of a theme of the settings."""
    return _THEMES.get(name, _UNCHANGED_THEME)
