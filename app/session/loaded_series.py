"""The series on the screen, while it fills and after: its memory is given back when nobody works on it any
more.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from psygnal import Signal

from app.domain.display_set import DisplaySet, DisplaySetId
from app.domain.image import Image, ImageStack
from app.domain.study import Series
from app.domain.volume import Volume
from app.errors import Refused
from app.imaging.store import Lease
from app.session.study_session import StudySession
from app.viewing.screen import Screen, Viewport, ViewportId


@dataclass(frozen=True, slots=True, eq=False)
class Loaded:
    """A series and a lease on the images of one of its display sets, which may still fill."""

    series: Series
    lease: Lease

    @property
    def display_set(self) -> DisplaySet:
        """What of the series it is."""
        return self.lease.display_set

    @property
    def image(self) -> Image:
        """A volume or a stack."""
        return self.lease.image


class LoadedSeries:
    """What the viewports show of the series of the open study and of its priors: display sets by their id.

    A viewport that asks for a series gets a ticket; what comes for an older ticket is late.
    """

    #: somebody is about to wait for images
    asking = Signal()
    #: an image (volume or stack) is about to be taken off the screen
    unloading = Signal(object)
    #: all of an image has arrived
    completed = Signal(object)
    #: viewports show something else than before
    shown = Signal()

    def __init__(self, screen: Screen, study: StudySession) -> None:
        self._screen = screen
        self._study = study
        self._loaded: dict[DisplaySetId, Loaded] = {}
        self._tickets: dict[ViewportId, int] = {}
        self._last = 0

    # -- asking ---------------------------------------------------------------------------------------------

    def ask(self, viewports: Iterable[ViewportId]) -> int:
        """Viewports ask for another series: their ticket."""
        self.asking.emit()
        self._last += 1
        self._tickets |= dict.fromkeys(viewports, self._last)
        return self._last

    def waiting(self, ticket: int) -> list[Viewport]:
        """The viewports that still wait for what was asked with a ticket."""
        screen = self._screen.viewports
        return [screen[i] for i, asked in self._tickets.items() if asked == ticket and i in screen]

    # -- what is there --------------------------------------------------------------------------------------

    def find(self, display_set_id: DisplaySetId) -> Loaded | None:
        """A display set that is in memory."""
        return self._loaded.get(display_set_id)

    def of_image(self, image: Image | None) -> Loaded | None:
        """What an image was loaded as, while it is shown."""
        return next((one for one in self._loaded.values() if one.image is image), None)

    def holds(self, image: Image) -> bool:
        """The image is still shown."""
        return self.of_image(image) is not None

    def put(self, loaded: Loaded) -> None:
        """A display set has been opened and fills."""
        self._loaded[loaded.display_set.display_set_id] = loaded

    def hold(self, image: Image) -> Lease:
        """Another lease on a shown image, for work that outlasts the showing; `Refused` where it is not
        shown.
        """
        loaded = self.of_image(image)
        if loaded is None:
            raise Refused("The images were taken off the screen.", hint="Open the series again.")
        return loaded.lease.share()

    def unload_unseen(self) -> None:
        """Give back what no viewport shows any more."""
        for display_set_id, loaded in list(self._loaded.items()):
            if not self._screen.showing(loaded.image):
                self.unloading.emit(loaded.image)
                del self._loaded[display_set_id]
                loaded.lease.release()

    def unload_all(self) -> None:
        """Take everything off the screen."""
        self._tickets.clear()
        self._screen.tiling = None
        for loaded in self._loaded.values():
            self.unloading.emit(loaded.image)
        for viewport in self._screen.viewports.values():
            viewport.clear()
        self.unload_unseen()
        self._screen.crosshair = None

    # -- what panels act on ---------------------------------------------------------------------------------

    @property
    def volume(self) -> Volume | None:
        """The active viewport's volume, where it is of the open study: what panels and methods act on."""
        viewport = self._screen.active_viewport
        if viewport.study_uid is None or not self._study.is_open(viewport.study_uid):
            return None
        return self._screen.volume

    @property
    def required(self) -> Volume:
        """That volume; `Refused` without one."""
        if self.volume is not None:
            return self.volume
        if self._screen.volume is not None:
            raise Refused("This image is of a prior.", hint="Choose a view of the study that is read.")
        raise Refused("No images are open.", hint="Open a study first.")

    @property
    def is_complete(self) -> bool:
        """The active viewport's image, where it is of the open study, has arrived whole."""
        viewport = self._screen.active_viewport
        if viewport.study_uid is None or not self._study.is_open(viewport.study_uid):
            return False
        match viewport.image:
            case Volume() as volume:
                return volume.voxels.complete
            case ImageStack() as stack:
                return stack.pixels.complete
        return False
