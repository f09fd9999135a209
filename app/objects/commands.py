"""Commands of objects that are no images."""

from __future__ import annotations

from collections.abc import Sequence

from app.jobs import Job
from app.objects.controller import ObjectsController
from app.objects.layers import LayersController
from app.objects.presentations import Found, PresentationController
from app.objects.rights import FILE_OBJECT
from app.objects.saved_regions import SavedRegionsController
from app.objects.saved_views import SavedViewsController
from app.objects.service import ObjectEntry
from app.session.commands import Command, Toolbar, ToolbarGroup
from app.session.session import Session
from app.viewing.layers import PresentationLayer


def commands(session: Session) -> Sequence[Command]:
    """Opening an object, going back to the images, what lies over them."""
    objects, layers = session.get(ObjectsController), session.get(LayersController)
    states, saved = session.get(PresentationController), session.get(SavedViewsController)
    regions = session.get(SavedRegionsController)

    def apply(entry: ObjectEntry) -> Job[Found]:
        objects.close()
        return states.apply(entry)

    return (
        Command("object.open", "Open object", objects.open, palette=False),
        Command(
            "object.close",
            "Show images again",
            objects.close,
            icon="photo",
            where="read",
            enabled=lambda: objects.shown is not None,
        ),
        Command("layer.show", "Show layer", layers.show, palette=False),
        Command("layer.hide", "Hide layer", layers.hide, palette=False),
        Command(
            "presentation.save",
            "Save marks and view",
            saved.save,
            also="GSPS presentation state",
            key="Ctrl+M",
            icon="device-floppy",
            where="read",
            enabled=lambda: (
                session.screen.active_viewport.image is not None and session.user.may(FILE_OBJECT)
            ),
            toolbar=Toolbar(ToolbarGroup.MARK, order=30, spare=True),
        ),
        Command(
            "regions.save",
            "Save regions as a segmentation",
            regions.save,
            icon="device-floppy",
            where="read",
            enabled=lambda: regions.can_save and session.user.may(FILE_OBJECT),
        ),
        Command("object.export", "Export object", objects.export, palette=False),
        Command("presentation.apply", "Apply presentation state", apply, palette=False),
        Command(
            "presentation.drop",
            "Drop presentation state",
            states.drop,
            key="Shift+O",
            icon="contrast-off",
            where="read",
            enabled=lambda: session.screen.active_viewport.layer(PresentationLayer) is not None,
        ),
    )
