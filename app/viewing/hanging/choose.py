"""Which protocol fits a study best, and which of its images each cell gets."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from app.domain.display_set import DisplaySetId
from app.domain.study import SeriesUid, StudyUid
from app.viewing.hanging.protocol import HangingProtocol, Stage, ViewRule, holds
from app.viewing.hanging.traits import Traits
from app.viewing.layouts import grid_for


@dataclass(frozen=True, slots=True)
class Hangable:
    """A display set that may hang, or with `index` one of its images: where it is, and what it is.

    `order` sorts equals, the scanner's number as a rule.
    """

    study_uid: StudyUid
    series_uid: SeriesUid
    display_set_id: DisplaySetId
    traits: Traits
    index: int | None = None
    order: int = 0

    @property
    def key(self) -> tuple[DisplaySetId, int | None]:
        """What names it."""
        return (self.display_set_id, self.index)


@dataclass(frozen=True, slots=True)
class HungStage:
    """A stage with what hangs in its cells; None where nothing fits."""

    stage: Stage
    images: tuple[Hangable | None, ...]
    #: cells that the protocol has; a compact stage leaves out those without an image
    asked: int

    @property
    def filled(self) -> int:
        """Cells with an image."""
        return sum(image is not None for image in self.images)

    @property
    def is_offered(self) -> bool:
        """Enough hangs, and of a comparison something of both sides."""
        sides = {
            bool(rule.prior)
            for rule, image in zip(self.stage.views, self.images, strict=True)
            if image is not None
        }
        compares = any(rule.prior for rule in self.stage.views)
        return self.filled >= self.stage.needs and (not compares or len(sides) == 2)


@dataclass(frozen=True, slots=True)
class Match:
    """A protocol that fits: how well (0 … 100), why, and its stages that can be shown."""

    protocol: HangingProtocol
    score: int
    reasons: tuple[str, ...]
    stages: tuple[HungStage, ...]


#: of 100: that it is for such studies, how many of its cells are filled, that it was made by the reader
_FITS, _FILLED, _OWN = 60, 30, 10


def matches(
    protocols: Sequence[HangingProtocol],
    current: Sequence[Hangable],
    priors: Sequence[Sequence[Hangable]] = (),
) -> list[Match]:
    """Protocols that fit the study, the best first.  `priors` are comparable studies, the latest first."""
    study = study_traits(current, len(priors))
    found = [one for protocol in protocols if (one := _matched(protocol, study, current, priors)) is not None]
    return sorted(found, key=lambda match: (-match.score, match.protocol.protocol_id))


def study_traits(current: Sequence[Hangable], n_priors: int) -> dict[str, object]:
    """What is asked of a study: its modalities, regions, and how many comparable priors it has."""
    return {
        "modality": frozenset(one.traits.modality for one in current),
        "region": frozenset(one.traits.region for one in current if one.traits.region),
        "priors": n_priors,
    }


def _matched(
    protocol: HangingProtocol,
    study: Mapping[str, object],
    current: Sequence[Hangable],
    priors: Sequence[Sequence[Hangable]],
) -> Match | None:
    if not all(_meets(condition, study[name]) for name, condition in protocol.study.items()):
        return None
    stages = tuple(hung for stage in protocol.stages if (hung := hang(stage, current, priors)).is_offered)
    if not stages:
        return None
    share = stages[0].filled / stages[0].asked
    # each condition narrows: a protocol for chest CT goes before one for CT, one for PET with CT before both
    several = sum(
        isinstance(condition, Mapping) and "all" in condition for condition in protocol.study.values()
    )
    narrow = min(1.0, 0.4 + 0.2 * len(protocol.study) + 0.4 * several)
    score = round(_FITS * narrow + _FILLED * share + (_OWN if protocol.owner else 0))
    return Match(protocol, score, tuple(protocol.study), stages)


def _meets(condition: object, value: object) -> bool:
    """A study has several modalities and regions: one that is meant is enough, unless all are asked for."""
    if isinstance(value, frozenset):
        if isinstance(condition, Mapping):
            return all(one in value for one in condition.get("all", ()))
        wanted = condition if isinstance(condition, list | tuple) else (condition,)
        return any(one in value for one in wanted)
    return holds(condition, value)


def hang(stage: Stage, current: Sequence[Hangable], priors: Sequence[Sequence[Hangable]] = ()) -> HungStage:
    """Give each cell the image that fits best, in the order of the cells; no image twice unless the rule
    lets it.
    """
    used: set[tuple[DisplaySetId, int | None]] = set()
    images: list[Hangable | None] = []
    for rule in stage.views:
        if rule.prior == 0:
            pool = current
        else:
            pool = priors[rule.prior - 1] if rule.prior <= len(priors) else ()
        fitting = [one for one in pool if (rule.repeats or one.key not in used) and _fits(rule, one.traits)]
        best = min(fitting, key=lambda one: _rank(rule, one), default=None)
        images.append(best)
        if best is not None:
            used.add(best.key)
    hung = HungStage(stage, tuple(images), len(images))
    return _compacted(hung) if stage.compact and hung.filled else hung


def _compacted(hung: HungStage) -> HungStage:
    """Without the cells that have no image."""
    kept = [(r, i) for r, i in zip(hung.stage.views, hung.images, strict=True) if i is not None]
    if len(kept) == len(hung.images):
        return hung
    views = tuple(rule for rule, _ in kept)
    stage = replace(hung.stage, views=views, layout_id=grid_for(len(views)).layout_id)
    return HungStage(stage, tuple(image for _, image in kept), hung.asked)


def _fits(rule: ViewRule, traits: Traits) -> bool:
    """Scouts hang only where they are asked for."""
    if traits.localizer and "localizer" not in rule.image:
        return False
    return all(holds(condition, getattr(traits, name)) for name, condition in rule.image.items())


def _rank(rule: ViewRule, one: Hangable) -> tuple[object, ...]:
    """Preferred traits first, in their order; originals before reformats, many images before few, then the
    scanner's order.
    """
    traits = one.traits
    missed = tuple(not holds(condition, getattr(traits, name)) for name, condition in rule.prefer.items())
    return (
        sum(missed),
        missed,
        traits.derived,
        traits.projection,
        -traits.images,
        one.order,
        one.display_set_id,
    )
