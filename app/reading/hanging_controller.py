"""Hanging the open study by a protocol, stage by stage; keeping the present arrangement as one's own."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from psygnal import Signal

from app.domain.display_set import AxisKind
from app.domain.image import ImageStack
from app.domain.volume import Volume
from app.errors import Refused
from app.i18n import tr
from app.jobs import Job
from app.notifications import Level
from app.reading.controller import ReadingController
from app.reading.hanging import link_all
from app.reading.hanging_service import HangingService, HungView, hangables_of, latest_first, made_of
from app.reading.settings import ReadingSettings
from app.session.session import Session
from app.viewing.hanging.choose import Hangable, HungStage, Match
from app.viewing.hanging.protocol import HangingProtocol, ViewRule
from app.viewing.plane_views import is_acquired, show_acquired, show_plane, shown_plane
from app.viewing.preset_windows import named_preset, preset_of, preset_window, value_kind
from app.viewing.screen import StackView, Viewport, ViewportId


class HangingController:
    """Which protocol hangs, and which of its stages.  `changed` when one of them has, or what fits has
    become known.
    """

    changed = Signal()

    def __init__(self, session: Session) -> None:
        self._session = session
        self._service = session.station.get(HangingService)
        self._reading = session.get(ReadingController)
        #: protocols that fit the open study, the best first; None while that is not known
        self.matches: list[Match] | None = None
        self.match: Match | None = None
        self.stage = 0
        self._generation = 0
        self._awaited: set[str] = set()
        #: a prior is to stand beside the study as soon as it is known what fits
        self._wants_prior = False
        session.study.study_changed.connect(self._forget)
        session.study.opened.connect(lambda _: self._look())
        session.loaded.shown.connect(self._link)

    # -- which protocol -------------------------------------------------------------------------------------

    def _forget(self) -> None:
        self._generation += 1
        self.matches, self.match, self.stage = None, None, 0
        self._awaited = set()
        self._wants_prior = False
        self.changed.emit()

    def _look(self) -> None:
        """Find what fits, in the background; the best one hangs where the reader has not chosen anything
        meanwhile.
        """
        session, generation = self._session, self._generation
        actor, study = session.user.actor, session.study.required
        series, priors = session.study.series, session.study.priors

        def work(*, progress: Any, cancelled: Callable[[], bool]) -> list[Match]:
            return self._service.matches(actor, study, series, priors, cancelled=cancelled)

        def came(found: list[Match]) -> None:
            if generation != self._generation:
                return
            self.matches = found
            if self._wants_prior:
                self.put_prior_beside()
            elif found and not self._reading.chosen_by_hand:
                self._hang(found[0], 0, begins=True)
            self.changed.emit()

        session.dispatcher.follow(session.station.jobs.submit("", work), came)

    def again(self) -> None:
        """Look anew: protocols have changed."""
        if self._session.study.study is not None:
            self._reading.chosen_by_hand = True
            self._look()

    # -- hanging --------------------------------------------------------------------------------------------

    def choose(self, protocol_id: str) -> None:
        """Hang by another protocol that fits."""
        found = next((m for m in self.matches or () if m.protocol.protocol_id == protocol_id), None)
        if found is None:
            raise Refused("No hanging protocol {name} fits this study.", name=protocol_id)
        self._hang(found, 0)

    def go(self, stage: int) -> None:
        """Show a stage of the protocol that hangs; the ends hold."""
        if self.match is None:
            raise Refused(
                "No hanging protocol fits this study.", hint="Arrange the views and keep them as your own."
            )
        self._hang(self.match, min(max(stage, 0), len(self.match.stages) - 1))

    def put_prior_beside(self) -> None:
        """Show the latest prior beside the study: as the best protocol compares them, else the largest series
        of the patient's latest other study.
        """
        study = self._session.study
        if not study.priors:
            raise Refused("The patient has no other study.")
        self._wants_prior = self.matches is None
        if self.matches is None:
            return
        for match in self.matches:
            for n, hung in enumerate(match.stages):
                if any(rule.prior for rule in hung.stage.views):
                    self._hang(match, n)
                    return
        if self.matches and not self._reading.chosen_by_hand:
            self._hang(self.matches[0], 0)
        self._reading.show_prior(latest_first(study.priors)[0])

    def step(self, by: int) -> None:
        """The next (1) or previous (-1) stage."""
        self.go(self.stage + by)

    def went_back(self, match: Match | None, stage: int) -> None:
        """The screen was brought back to how it was when this stage hung."""
        if match is not self.match or stage != self.stage:
            self.match, self.stage, self._awaited = match, stage, set()
            self.changed.emit()

    def _hang(self, match: Match, stage: int, *, begins: bool = False) -> None:
        self.match, self.stage = match, stage
        hung = match.stages[stage]
        screen = self._session.screen
        rules: dict[ViewportId, tuple[Hangable, ViewRule]] = {}
        places: dict[tuple[str, str], list[ViewportId]] = {}
        for cell, (image, rule) in enumerate(zip(hung.images, hung.stage.views, strict=True)):
            if image is not None:
                viewport_id = ViewportId(str(cell + 1))
                rules[viewport_id] = (image, rule)
                places.setdefault((image.series_uid, image.display_set_id), []).append(viewport_id)
        screen.links = ()
        self._awaited = {display_set_id for _, display_set_id in places} if hung.stage.link else set()
        arrange = partial(self._arrange, rules)
        self._reading.hang(hung.stage.layout, places, arrange, begins=begins)
        if screen.active not in rules:
            screen.active = next(iter(rules))
        for cell, viewport in enumerate(screen.viewports.values()):
            if viewport.viewport_id not in rules:
                viewport.notice = _why_empty(hung, cell)
        self._link()
        self.changed.emit()

    def _arrange(self, places: dict[ViewportId, tuple[Hangable, ViewRule]], viewport: Viewport) -> None:
        """The initial state of a view as its rule wants it."""
        image, rule = places.get(viewport.viewport_id, (None, None))
        if image is None or rule is None:
            return
        if image.index is not None and isinstance(viewport.image, ImageStack):
            viewport.view = StackView(image.index)
        self._show_plane(viewport, "" if _is_thicker(viewport, rule.show_up_to_mm) else rule.show)
        viewport.side = rule.side
        if rule.side or image.index is not None:
            viewport.flipped = viewport.hung_flipped = _is_turned_away(viewport, rule.side)
        if rule.further:
            viewport.further = _highest(viewport)
        preset = named_preset(rule.window, viewport)
        window = preset_window(preset, viewport) if preset is not None else None
        if preset is not None and window is not None:
            viewport.window, viewport.window_label = window, preset.title
        viewport.invert = viewport.hung_inverted = rule.invert
        viewport.palette = rule.palette if value_kind(viewport) is not None else ""

    def _show_plane(self, viewport: Viewport, plane: str) -> None:
        """The plane that is named; where none is, and the layout means none, the acquired one."""
        screen = self._session.screen
        if plane:
            preset = self._session.station.settings.get(ReadingSettings).volume_preset
            show_plane(screen, viewport, plane, preset=preset)
        elif not screen.cell(viewport.viewport_id).view and not is_acquired(viewport):
            show_acquired(viewport)

    def _link(self) -> None:
        """What scrolls together does so from the moment that all of it is there, until somebody says
        otherwise.
        """
        shown = (self._session.loaded.of_image(v.image) for v in self._session.screen.viewports.values())
        if self._awaited and self._awaited <= {
            one.display_set.display_set_id for one in shown if one is not None
        }:
            self._awaited = set()
            link_all(self._session.screen)

    # -- one's own ------------------------------------------------------------------------------------------

    def keep(self, title: str, *, for_all: bool = False) -> Job[HangingProtocol]:
        """Keep the present arrangement as a protocol of one's own, or of the station."""
        session = self._session
        title = title.strip()
        if session.screen.tiling is not None:
            raise Refused("Tiles cannot be kept as a hanging.", hint="Go back to the layout before them.")
        if not title:
            raise Refused("A hanging protocol needs a name.")
        views = [self._seen(viewport) for viewport in session.screen.viewports.values()]
        if not any(one.traits is not None and not one.prior for one in views):
            raise Refused("Nothing of this study hangs.", hint="Drag its series into the views first.")
        layout_id, actor = session.screen.layout.layout_id, session.user.actor
        study, series = session.study.required, session.study.series

        def work(*, progress: Any, cancelled: Callable[[], bool]) -> HangingProtocol:
            kind = self._service.kind_of(actor, study, series)
            made = made_of(views, layout_id, title, study_kind=kind)
            return self._service.save(actor, made, for_all=for_all)

        def kept(made: HangingProtocol) -> None:
            session.dispatcher.tell(tr("The hanging protocol {name} is kept.", name=made.title), Level.INFO)
            self.again()

        return session.dispatcher.follow(session.station.jobs.submit("", work), kept)

    def remove(self, protocol: HangingProtocol) -> Job[None]:
        """Take away a protocol of one's own, or of the station."""
        actor = self._session.user.actor

        def work(*, progress: Any, cancelled: Callable[[], bool]) -> None:
            self._service.remove(actor, protocol)

        return self._session.dispatcher.follow(
            self._session.station.jobs.submit("", work), lambda _: self.again()
        )

    def take_in(self, path: Path) -> Job[HangingProtocol]:
        """Keep the protocol of a file as one's own."""
        actor = self._session.user.actor

        def work(*, progress: Any, cancelled: Callable[[], bool]) -> HangingProtocol:
            return self._service.take_in(actor, path)

        return self._session.dispatcher.follow(
            self._session.station.jobs.submit("", work), lambda _: self.again()
        )

    def _seen(self, viewport: Viewport) -> HungView:
        """What a view on the screen shows, and how."""
        session = self._session
        loaded = session.loaded.of_image(viewport.image)
        if loaded is None or viewport.study_uid is None:
            return HungView()
        known = [session.study.study, *session.study.priors]
        study = next(one for one in known if one is not None and one.study_uid == viewport.study_uid)
        found = hangables_of(loaded.display_set, loaded.series, study, order=0)
        at = viewport.view.index if isinstance(viewport.view, StackView) and len(found) > 1 else 0
        shown = {v.study_uid for v in session.screen.viewports.values() if v.image is not None}
        priors = [one.study_uid for one in latest_first(session.study.priors) if one.study_uid in shown]
        prior = 0 if session.study.is_open(study.study_uid) else priors.index(study.study_uid) + 1
        one = found[min(at, len(found) - 1)]
        return HungView(
            one.traits,
            one.key,
            prior,
            preset_of(viewport),
            invert=viewport.invert,
            palette=viewport.palette,
            show=self._plane(viewport),
            further="highest" if _is_highest_b_value(viewport) else "",
            side=viewport.side,
        )

    def _plane(self, viewport: Viewport) -> str:
        """The plane to name: the layout says it, or it is the acquired one, where it is ""."""
        screen = self._session.screen
        named = screen.cell(viewport.viewport_id).view
        return "" if named or is_acquired(viewport) else shown_plane(viewport)


def _is_highest_b_value(viewport: Viewport) -> bool:
    axis = viewport.image.axis if isinstance(viewport.image, Volume) else None
    return axis is not None and axis.kind is AxisKind.B_VALUE and 0 < viewport.further == _highest(viewport)


def _is_thicker(viewport: Viewport, most_mm: float) -> bool:
    image = viewport.image
    return bool(most_mm) and isinstance(image, Volume) and image.grid.spacing_mm[0] > most_mm


def _highest(viewport: Viewport) -> int:
    """Position of the highest value of the further axis; 0 without one."""
    axis = viewport.image.axis if isinstance(viewport.image, Volume) else None
    return axis.values.index(max(axis.values)) if axis is not None and axis.values else 0


def _is_turned_away(viewport: Viewport, side: str) -> bool:
    """The chest wall of a mammogram lies at the other side than where it is to hang."""
    return (side, _columns_towards(viewport)) in (("right", "A"), ("left", "P"))


def _columns_towards(viewport: Viewport) -> str:
    """A or P where the columns of a mammogram grow towards: by the place of its slices, else by Patient
    Orientation.
    """
    image, view = viewport.image, viewport.view
    if isinstance(image, ImageStack) and isinstance(view, StackView):
        frame = image.frames[view.index]
        if frame.patient_orientation is not None or frame.orientation is None:
            return (frame.patient_orientation or ("", ""))[0][:1]
        return "P" if frame.orientation[1] > 0 else "A"
    return ("P" if image.grid.axes[2][1] > 0 else "A") if isinstance(image, Volume) else ""


def _why_empty(hung: HungStage, cell: int) -> str:
    if cell >= len(hung.stage.views):
        return ""
    return tr("No prior for this view.") if hung.stage.views[cell].prior else tr("No image for this view.")
