"""Hanging protocols of a station: those that ship, the station's own, a person's own; and what of a study
can hang.
"""

from __future__ import annotations

import json
import logging
import uuid
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

from app.domain.display_set import DisplaySet
from app.domain.person import Actor
from app.domain.study import NO_PICTURE, Series, Study
from app.errors import BadInput, LimitExceeded, NotFound, UserError
from app.jobs import never_cancelled
from app.jobs.runner import Cancelling
from app.paths import resource_path
from app.people.rights import CHANGE_SETTINGS, READ, require
from app.ports import Archive
from app.reading.repository import HangingRepository
from app.storage.database import Database
from app.storage.files import told_for
from app.viewing.hanging.choose import SCANNED_TOGETHER, Hangable, Match, matches, study_traits
from app.viewing.hanging.protocol import SCHEMA, HangingProtocol, read_protocol, read_protocols, written
from app.viewing.hanging.traits import Traits, image_traits, traits_of
from app.viewing.hanging.words import REGIONS, first_named

log = logging.getLogger(__name__)

#: comparable priors that may hang
PRIORS = 2
#: longest document that is taken in, bytes
LONGEST = 256 * 1024
#: images of one series that can hang by themselves
SINGLES = 64
#: slices of up to this are thin
THIN_MM = 2.0
_PROJECTIONS = ("CR", "DX", "MG", "PX", "US", "IO", "NM", "RG", "XC", "ES", "OP", "GM")


class HangingService:
    """Protocols and what they are asked of; all calls are for any thread but the window's."""

    def __init__(self, archive: Archive, database: Database) -> None:
        self._archive = archive
        self._db = database

    # -- protocols ------------------------------------------------------------------------------------------

    def protocols(self, actor: Actor) -> list[HangingProtocol]:
        """A person's own first, then the station's, then those that ship; one of the same id hides the later
        ones.
        """
        require(actor, READ)
        with self._db.read() as tx:
            stored = [(owner, tx.get(HangingRepository).of(owner)) for owner in (actor.person_id, "")]
        found: dict[str, HangingProtocol] = {}
        for owner, documents in stored:
            for protocol_id, document in documents:
                try:
                    one = replace(read_protocol(document, name=protocol_id, owner=owner), is_stored=True)
                except BadInput as error:  # of a newer version, or of a copied database
                    log.warning("stored hanging protocol is left out: %s", error.template)
                    continue
                found.setdefault(one.protocol_id, one)
        for one in shipped_protocols():
            found.setdefault(one.protocol_id, one)
        return list(found.values())

    def save(self, actor: Actor, protocol: HangingProtocol, *, for_all: bool = False) -> HangingProtocol:
        """Keep a protocol as the person's own, or for all of the station (who may change its settings)."""
        require(actor, CHANGE_SETTINGS if for_all else READ)
        kept = replace(protocol, owner="" if for_all else actor.person_id, is_stored=True)
        document = written(kept)
        read_protocol(document, name=kept.title)
        with self._db.write() as tx:
            tx.get(HangingRepository).put(kept.owner, kept.protocol_id, document)
            if for_all:
                tx.audit.append(actor, "settings.change", "hanging", "done", {"protocol": kept.protocol_id})
        return kept

    def remove(self, actor: Actor, protocol: HangingProtocol) -> None:
        """Take a protocol away; what ships stays, and shows again where it was hidden."""
        require(actor, READ if protocol.owner == actor.person_id else CHANGE_SETTINGS)
        with self._db.write() as tx:
            if not tx.get(HangingRepository).remove(protocol.owner, protocol.protocol_id):
                raise NotFound("There is no hanging protocol {name} of your own.", name=protocol.title)

    def take_in(self, actor: Actor, path: Path) -> HangingProtocol:
        """Keep the protocol of a file as the person's own, beside those that are there."""
        if not path.is_file():  # a folder, a device, a pipe
            raise NotFound("There is no file {path}.", path=str(path))
        with told_for(path):
            size = path.stat().st_size
            if size > LONGEST:
                raise LimitExceeded(
                    "The hanging protocol {name} is {found} bytes long; up to {limit} are taken.",
                    name=path.name,
                    found=size,
                    limit=LONGEST,
                )
            text = path.read_text(encoding="utf-8", errors="replace")
        read = read_protocol(text, name=path.name)
        taken = {one.protocol_id for one in self.protocols(actor)}
        if read.protocol_id in taken:
            read = replace(read, protocol_id=f"{read.protocol_id}-{uuid.uuid4().hex[:8]}")
        return self.save(actor, read)

    # -- what can hang --------------------------------------------------------------------------------------

    def kind_of(self, actor: Actor, study: Study, series: Sequence[Series]) -> dict[str, object]:
        """What a study is, as protocols ask for it (`study_traits`)."""
        return study_traits(self._hangables(actor, study, series, never_cancelled), 0)

    def matches(
        self,
        actor: Actor,
        study: Study,
        series: Sequence[Series],
        priors: Sequence[Study],
        *,
        cancelled: Cancelling = never_cancelled,
    ) -> list[Match]:
        """Protocols that fit a study, the best first."""
        current = self._hangables(actor, study, series, cancelled)
        beside = [
            found
            for prior in comparable(study, current, priors)[:PRIORS]
            if (
                found := self._hangables(
                    actor, prior, self._archive.series(actor, prior.study_uid), cancelled
                )
            )
        ]
        return matches(self.protocols(actor), current, beside)

    def _hangables(
        self, actor: Actor, study: Study, series: Sequence[Series], cancelled: Cancelling
    ) -> list[Hangable]:
        found: list[Hangable] = []
        for one in series:
            if cancelled():
                break
            if one.modality in NO_PICTURE:
                continue
            try:
                sets = self._archive.display_sets(actor, one.series_uid).sets
            except UserError:  # it says why when it is opened; the others hang
                continue
            for held in sets:
                found += hangables_of(held, one, study, order=len(found))
        return found


def hangables_of(held: DisplaySet, series: Series, study: Study, *, order: int) -> list[Hangable]:
    """A display set as one, or its images one by one where each is a projection of its own."""
    whole = traits_of(held, series, study)
    if held.modality not in _PROJECTIONS or whole.kind != "stack":
        return [Hangable(study.study_uid, series.series_uid, held.display_set_id, whole, order=order)]
    return [
        Hangable(
            study.study_uid,
            series.series_uid,
            held.display_set_id,
            image_traits(whole, held.frames[index]),
            index=index,
            order=order + index,
        )
        for index in range(min(len(held.frames), SINGLES))
    ]


def comparable(study: Study, current: Sequence[Hangable], priors: Sequence[Study]) -> list[Study]:
    """Studies of the same kind of examination before the current one, the latest first: by modality, and by
    region
    where both are known.
    """
    modalities = {one.traits.modality for one in current}
    regions = {one.traits.region for one in current if one.traits.region}

    def fits(prior: Study) -> bool:
        if study.started_at is not None and (prior.started_at is None or not _before(prior, study)):
            return False
        known = region_named(prior)
        return bool(modalities & set(prior.modalities)) and (not known or not regions or known in regions)

    return latest_first([prior for prior in priors if fits(prior)])


def latest_first(studies: Sequence[Study]) -> list[Study]:
    """By the day and time they were taken; those without one last."""

    def when(study: Study) -> str:
        return str(study.started_at.replace(tzinfo=None)) if study.started_at else ""

    return sorted(studies, key=when, reverse=True)


def _before(prior: Study, study: Study) -> bool:
    assert prior.started_at is not None
    assert study.started_at is not None
    return prior.started_at.replace(tzinfo=None) < study.started_at.replace(tzinfo=None)


def region_named(study: Study) -> str:
    """The region that a study's own words name; "" where none."""
    return first_named(study.body_part, REGIONS) or first_named(study.description, REGIONS)


@cache
def shipped_protocols() -> tuple[HangingProtocol, ...]:
    """The protocols that come with the program."""
    return read_protocols(resource_path("hanging"))


#: how a view shows its image, as a kept arrangement says it
_KEPT = ("prior", "window", "invert", "palette", "show", "further", "side")


@dataclass(frozen=True, slots=True)
class HungView:
    """What a view shows: what its image is (None: it is empty; `key` tells it from others), of which prior
    (0: the study itself), with which preset's window, inverted, through which colour table, which plane ("":
    the acquired one), where on a further axis (`ViewRule.further`), and the edge that the image touches
    (`ViewRule.side`).
    """

    traits: Traits | None = None
    key: Hashable = None
    prior: int = 0
    window: str = ""
    invert: bool = False
    palette: str = ""
    show: str = ""
    further: str = ""
    side: str = ""


def made_of(
    shown_views: Sequence[HungView],
    layout_id: str,
    title: str,
    *,
    study_kind: Mapping[str, object] | None = None,
) -> HangingProtocol:
    """A protocol that hangs such images as they stand, in studies of such a kind (`HangingService.kind_of`).

    Only what an image is counts, no words and no numbers of this study.  It is for studies of the regions of
    what is shown, else of the study; where neither names one, for those that name none.
    """
    views = []
    for one in shown_views:
        said = _distinguishing(one.traits) if one.traits is not None else {"modality": []}
        named = {name: getattr(one, name) for name in _KEPT}
        view: dict[str, object] = {"image": said} | {name: value for name, value in named.items() if value}
        if one.traits is not None:
            view["prefer"] = _telling(one.traits)
            if sum(one.key == other.key for other in shown_views) > 1:
                view["repeats"] = True
        views.append(view)
    shown = [(one.traits, one.prior) for one in shown_views if one.traits is not None]
    current = [traits for traits, prior in shown if not prior]
    kind = study_kind or {}
    # an arrangement of CT and PET is for studies with both, and so is one of the CT of a PET-CT
    modalities = sorted({one.modality for one in current} | _names(kind, "modality") & SCANNED_TOGETHER)
    regions = sorted({one.region for one in current if one.region} or _names(kind, "region"))
    study: dict[str, object] = {
        "modality": {"all": modalities} if len(modalities) > 1 else modalities,
        "region": regions or [""],
    }
    stage = {
        "title": title,
        "layout": layout_id,
        "needs": max(1, len(current)),
        "views": views,
        "link": len(shown) > 1,
    }
    document = {"schema": SCHEMA, "id": uuid.uuid4().hex, "title": title, "study": study, "stages": [stage]}
    return read_protocol(json.dumps(document), name=title)


def _telling(traits: Traits) -> dict[str, object]:
    """What decides between images that are alike otherwise: thin slices and thick ones are two things."""
    names = ("fat_suppressed", "corrected", "modifier", "moving", "derived", "projection", "secondary")
    said: dict[str, object] = {name: getattr(traits, name) for name in names}
    if traits.kind == "volume" and traits.thickness_mm:
        said["thickness_mm"] = {"most" if traits.thickness_mm <= THIN_MM else "least": THIN_MM}
    return said


def _names(kind: Mapping[str, object], trait: str) -> set[str]:
    found = kind.get(trait)
    return {str(one) for one in found} if isinstance(found, frozenset) else set()


def _distinguishing(traits: Traits) -> dict[str, object]:
    names = ("modality", "kind", "plane", "weighting", "kernel", "phase", "view", "modifier", "laterality")
    said: dict[str, object] = {name: value for name in names if (value := getattr(traits, name))}
    if traits.modality in ("MR", "CT"):
        said["contrast"] = traits.contrast
    if traits.localizer:
        said["localizer"] = True
    return said
