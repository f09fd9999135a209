"""Which protocol fits a study best, and which of its images each cell gets."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

from app.domain.display_set import DisplaySetId
from app.domain.study import SeriesUid, StudyUid
from app.viewing.hanging.protocol import Condition, HangingProtocol, Stage, ViewRule, holds
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
        return self.filled >= self.stage.needs and (not self.stage.compares or len(sides) == 2)


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
    return sorted(
        found, key=lambda match: (*_whose(match.protocol, study), -match.score, match.protocol.protocol_id)
    )


#: modalities of one examination by two scanners in one
SCANNED_TOGETHER = frozenset(("CT", "MR", "PT", "NM"))


def _whose(protocol: HangingProtocol, study: Mapping[str, object]) -> tuple[bool, bool, int]:
    """What goes before how well a protocol fits: one that says for which studies before one for any, one for
    both halves of a PET-CT before one for either, and then a person's own before the station's before what
    ships.
    """
    asked = protocol.study.get("modality")
    named = asked.get("all", ()) if isinstance(asked, Mapping) else ()
    modalities = study["modality"]
    together = SCANNED_TOGETHER & modalities if isinstance(modalities, frozenset) else frozenset()
    leaves_out = len(together) > 1 and not together <= set(named)
    return (not protocol.study, leaves_out, 0 if protocol.owner else 1 if protocol.is_stored else 2)


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
    if not _meet_in_one(protocol.study, current):
        return None
    regions = _list_of(protocol.study.get("region", ()))
    stages = _in_order(
        [hung for stage in protocol.stages if (hung := hang(stage, current, priors, regions)).is_offered],
        compares_first=protocol.stages[0].compares,
    )
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


def _in_order(offered: list[HungStage], *, compares_first: bool) -> tuple[HungStage, ...]:
    """A protocol that does not mean to begin with a comparison begins with the study itself; without a stage
    for that it does not fit.
    """
    if compares_first:
        return tuple(offered)
    first = next((n for n, hung in enumerate(offered) if not hung.stage.compares), None)
    if first is None:
        return ()
    return (offered[first], *offered[:first], *offered[first + 1 :])


def _meet_in_one(asked: Mapping[str, Condition], current: Sequence[Hangable]) -> bool:
    """Modality and region are those of one image: beside a chest radiograph a head CT is no chest CT."""
    modality, region = asked.get("modality"), asked.get("region")
    if modality is None or region is None or isinstance(modality, Mapping) or region in ("", [""]):
        return True
    return any(holds(modality, one.traits.modality) and holds(region, one.traits.region) for one in current)


def _list_of(condition: object) -> Sequence[object]:
    return condition if isinstance(condition, list | tuple) else (condition,)


def _meets(condition: object, value: object) -> bool:
    """A study has several modalities and regions: one that is meant is enough, unless all are asked for; ""
    is a study that names none.
    """
    if isinstance(value, frozenset):
        if isinstance(condition, Mapping):
            return all(one in value for one in condition.get("all", ()))
        return any(one in value if one != "" else not value for one in _list_of(condition))
    return holds(condition, value)


def hang(
    stage: Stage,
    current: Sequence[Hangable],
    priors: Sequence[Sequence[Hangable]] = (),
    regions: Sequence[object] = (),
) -> HungStage:
    """Give each cell the image that fits best, in the order of the cells; no image twice unless the rule
    lets it.

    A cell for any image but of a modality apart, those of other `regions` hang in none: of a brain and a
    spine in one study the axial T2 of the spine stands in no cell of the brain.
    """
    used: set[tuple[DisplaySetId, int | None]] = set()
    images: list[Hangable | None] = []
    for rule in stage.views:
        if rule.prior == 0:
            pool = current
        else:
            pool = priors[rule.prior - 1] if rule.prior <= len(priors) else ()
        fitting = [
            one
            for one in pool
            if (rule.repeats or one.key not in used)
            and _fits(rule, one.traits)
            and not _is_elsewhere(rule, one.traits, regions)
        ]
        beside = _partner(stage.views, images) if rule.prior else None
        best = min(fitting, key=partial(_rank, rule, beside), default=None)
        images.append(best)
        if best is not None:
            used.add(best.key)
    hung = HungStage(stage, tuple(images), len(images))
    if not stage.compact or not hung.filled:
        return hung
    compact = _compacted(hung)
    return _filled_up(compact, [one for one in current if one.key not in used]) if stage.fill else compact


def _partner(views: Sequence[ViewRule], images: Sequence[Hangable | None]) -> Traits | None:
    """The image of the study that the next cell, which is for a prior, is compared with: the one that the
    same was asked of.
    """
    asked = views[len(images)].image
    before = reversed(list(zip(views, images, strict=False)))
    found = (one for rule, one in before if one is not None and not rule.prior and rule.image == asked)
    one = next(found, None)
    return one.traits if one is not None else None


#: by what an image and its prior are alike, apart from what a rule asks
_ALIKE = (
    "region", "plane", "weighting", "kernel", "phase", "view", "modifier", "laterality", "contrast",
    "fat_suppressed", "kind", "projection", "moving",
)  # fmt: skip


def _compacted(hung: HungStage) -> HungStage:
    """Without the cells that have no image."""
    kept = [(r, i) for r, i in zip(hung.stage.views, hung.images, strict=True) if i is not None]
    if len(kept) == len(hung.images):
        return hung
    views = tuple(rule for rule, _ in kept)
    stage = replace(hung.stage, views=views, layout_id=grid_for(len(views)).layout_id)
    return HungStage(stage, tuple(image for _, image in kept), hung.asked)


def _filled_up(hung: HungStage, left: Sequence[Hangable]) -> HungStage:
    """With what else was acquired of the modality in the cells that are left, what lies like the first image
    before the rest.
    """
    first = hung.images[0]
    assert first is not None
    liked = {"plane": first.traits.plane, "moving": False}
    rule = ViewRule({"modality": first.traits.modality, "projection": False, "secondary": False}, liked)
    fitting = sorted((one for one in left if _fits(rule, one.traits)), key=partial(_rank, rule, None))
    more = fitting[: len(hung.stage.layout.cells) - len(hung.images)]
    stage = replace(hung.stage, views=(*hung.stage.views, *(rule for _ in more)))
    return HungStage(stage, (*hung.images, *more), hung.asked)


def _fits(rule: ViewRule, traits: Traits) -> bool:
    """Scouts hang only where they are asked for."""
    if traits.localizer and "localizer" not in rule.image:
        return False
    return all(holds(condition, getattr(traits, name)) for name, condition in rule.image.items())


#: more places than a list of preferred values has
_LISTED = 1000


def _missed(condition: object, value: object) -> int:
    """How far a value is from what is preferred: 0, its place in a list of which the first is best, or too
    far.
    """
    return next((n for n, one in enumerate(_list_of(condition)) if holds(one, value)), _LISTED + 1)


def _is_elsewhere(rule: ViewRule, traits: Traits, regions: Sequence[object]) -> bool:
    """Another part of the body, in a cell that asks for more than a modality."""
    special = bool(set(rule.image) - {"modality", "localizer"})
    return special and bool(traits.region) and bool(regions) and traits.region not in regions


def _rank(rule: ViewRule, beside: Traits | None, one: Hangable) -> tuple[object, ...]:
    """Preferred traits first, in their order; a prior by how much it is like what it hangs `beside`; what
    was acquired before screenshots, originals before reformats, many images before few, then the scanner's
    order.
    """
    traits = one.traits
    missed = tuple(_missed(condition, getattr(traits, name)) for name, condition in rule.prefer.items())
    unlike = 0 if beside is None else sum(getattr(beside, n) != getattr(traits, n) for n in _ALIKE)
    return (
        sum(one > _LISTED for one in missed),
        missed,
        unlike,
        traits.secondary,
        traits.derived,
        traits.projection,
        -traits.images,
        one.order,
        one.display_set_id,
    )
