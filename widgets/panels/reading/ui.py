"""Reading's half of the window."""

from functools import partial

from app.reading.spread import WINDOW_IDS
from app.session.commands import ToolbarGroup
from widgets.panels.reading.images_workspace import ImagesWorkspace
from widgets.panels.reading.layout_picker import LayoutPicker
from widgets.panels.reading.memory_status import MemoryStatus
from widgets.panels.reading.read_workspace import ReadWorkspace
from widgets.ui_feature import StatusSpec, ToolbarPart, UiFeature, WindowSpec, WorkspaceSpec

UI_FEATURE = UiFeature(
    "reading",
    workspaces=(
        WorkspaceSpec(
            "read",
            title="Read",
            tip="Reading",
            go="Go to reading",
            icon="device-desktop-analytics",
            make=ReadWorkspace,
        ),
    ),
    windows=(
        WindowSpec(
            WINDOW_IDS[0], title="More views", workspace_id="read", make=partial(ImagesWorkspace, part=1)
        ),
        WindowSpec(
            WINDOW_IDS[1],
            title="More views (third monitor)",
            workspace_id="read",
            make=partial(ImagesWorkspace, part=2),
        ),
    ),
    status=(StatusSpec("memory", order=25, make=MemoryStatus),),
    toolbar=(ToolbarPart(ToolbarGroup.LAYOUT, order=10, make=LayoutPicker),),
)
